/** Options: what the application may do with the network. The core asks before it does anything; EACCES is the answer otherwise. */
import type { KconfigMenu } from "./option.js";

const FORM =
  'Blanks separate entries; each is an address, "10.0.0.0/8" for a range of them or "*" for all, with ":80" or ":80-90" behind it ' +
  "when only these ports are meant. One entry that fits is enough; an empty list allows nothing.";

export const capabilities: KconfigMenu = {
  title: "What the application may do",
  options: [
    {
      name: "APP_MAY_BIND",
      type: "endpoints",
      prompt: "Addresses and ports that it may bind and listen on",
      default: "*",
      help: `${FORM} Binding to every address (INADDR_ANY) needs an entry for all addresses; port 0, or listening without bind, one for all ports. A port that the stack draws for a client needs none.`,
    },
    {
      name: "APP_MAY_CONNECT",
      type: "endpoints",
      prompt: "Addresses and ports that it may connect to",
      default: "*",
      help: `${FORM} For streams and for datagram sockets.`,
    },
    {
      name: "APP_MAY_SEND",
      type: "endpoints",
      prompt: "Addresses and ports that it may send datagrams to",
      default: "*",
      help: `${FORM} Asked for each datagram that names its destination; the peer of a connected socket was asked for when it connected.`,
    },
    {
      name: "APP_MAY_RESOLVE",
      type: "names",
      prompt: "Names that it may ask a DNS server for",
      default: "*",
      help: 'Blanks separate entries: a name, "*.example.com" for all names below that one, or "*" for all. An empty list allows none. Addresses in digits and names that are known without a server are not asked for.',
    },
    {
      name: "APP_MAY_SET_HOSTNAME",
      type: "bool",
      prompt: "It may give this host another name",
      default: true,
      depends: ["NET_HOSTNAME_DYNAMIC"],
      help: "Without it sethostname answers EPERM.",
    },
  ],
};
