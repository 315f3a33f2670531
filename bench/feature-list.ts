/**
 * The features that `npm run bench:features` measures: what switches each of them, and the program that it is measured in. A program has
 * to use a feature: the compiler drops system calls that it does not make, and what only they reach.
 */

export interface Feature {
  readonly name: string;
  /** Folder of a program of this repository. */
  readonly application: string;
  /** Lines of prj.conf, the first is the option that is measured: what the image has that has the feature. */
  readonly on: readonly string[];
  /** The image without it. Options of the program's own prj.conf that need what is off here are left out. */
  readonly off: readonly string[];
  /** Lines that both images have, where they differ from the program's own prj.conf. */
  readonly given?: readonly string[];
  /** What the table says beside the name. */
  readonly note?: string;
}

const TCP_ECHO = "examples/tcp_echo";
const HTTP_GET = "examples/http_get";
const contract = (name: string): string => `test/assembly/contract/${name}`;

/** A feature that one option, CONFIG_`option`, switches. */
function one(name: string, application: string, option: string, more: Partial<Feature> = {}): Feature {
  return { name, application, on: [`CONFIG_${option}=y`], off: [`CONFIG_${option}=n`], ...more };
}

/** Allowed to an application that serves one port and asks nobody. */
const FEW_RIGHTS = ['CONFIG_APP_MAY_BIND="*:7"', 'CONFIG_APP_MAY_CONNECT=""', 'CONFIG_APP_MAY_SEND=""'];
const ALL_RIGHTS = ["CONFIG_APP_MAY_BIND", "CONFIG_APP_MAY_CONNECT", "CONFIG_APP_MAY_SEND"].map(
  (name) => `${name}="*"`,
);

/** All features, in the order of the table. Those of one program with the same `given` share an image. */
export const FEATURES: readonly Feature[] = [
  one("TCP", contract("streams"), "NET_TCP", {
    given: ["CONFIG_NET_UDP=y"],
    note: "beside UDP, with its buffers and its features that are on by default",
  }),
  one("UDP", contract("transfer"), "NET_UDP", {
    given: ["CONFIG_NET_TCP=y"],
    note: "beside TCP, with its receive rings",
  }),
  one("selective acknowledgements", TCP_ECHO, "NET_TCP_SACK", { note: "RACK-TLP, which works with them, stays in" }),
  one("RACK-TLP", TCP_ECHO, "NET_TCP_RACK"),
  one("TCP timestamps, PAWS", TCP_ECHO, "NET_TCP_TIMESTAMPS"),
  one("window scaling", TCP_ECHO, "NET_TCP_WINDOW_SCALE"),
  one("CUBIC", TCP_ECHO, "NET_TCP_CUBIC"),
  one("SYN cookies", TCP_ECHO, "NET_TCP_SYN_COOKIES"),
  one("ECN", TCP_ECHO, "NET_TCP_ECN"),
  one("TCP Fast Open", contract("fast_open"), "NET_TCP_FASTOPEN"),
  one("IPv4 fragments and reassembly", TCP_ECHO, "NET_IPV4_FRAGMENT"),
  one("loopback interface", TCP_ECHO, "NET_LOOPBACK"),
  one("address conflict detection", TCP_ECHO, "NET_IPV4_ACD"),
  one("DHCP", HTTP_GET, "NET_DHCPV4"),
  one("link-local addresses", HTTP_GET, "NET_IPV4_AUTO", {
    given: ["CONFIG_NET_IPV4_ACD=y"],
    note: "beside DHCP and conflict detection, which it needs",
  }),
  one("DNS", HTTP_GET, "DNS_RESOLVER", { note: "with its cache, and with DNS over TCP" }),
  one("DNS over TCP", HTTP_GET, "DNS_RESOLVER_TCP"),
  one("DNS cache", HTTP_GET, "DNS_RESOLVER_CACHE"),
  one("epoll", contract("events"), "EPOLL"),
  one("eventfd", contract("events"), "EVENTFD"),
  one("AF_UNIX", contract("local"), "NET_SOCKETS_UNIX"),
  one("multicast with IGMPv3", contract("multicast"), "NET_IPV4_IGMP"),
  one("raw sockets", contract("raw"), "NET_SOCKETS_INET_RAW", { note: "beside packet sockets" }),
  one("packet sockets", contract("raw"), "NET_SOCKETS_PACKET", { note: "beside raw sockets" }),
  {
    name: "raw and packet sockets",
    application: contract("raw"),
    on: ["CONFIG_NET_SOCKETS_INET_RAW=y", "CONFIG_NET_SOCKETS_PACKET=y"],
    off: ["CONFIG_NET_SOCKETS_INET_RAW=n", "CONFIG_NET_SOCKETS_PACKET=n"],
    note: "with the buffer that they share",
  },
  one("error queue", contract("error_queue"), "NET_SOCKETS_RECVERR"),
  one("packet information", contract("messages"), "NET_CONTEXT_RECV_PKTINFO"),
  one("time stamps", contract("messages"), "NET_CONTEXT_TIMESTAMPING"),
  one("SO_BINDTODEVICE", contract("interfaces"), "NET_SOCKETS_BINDTODEVICE"),
  one("path MTU (IP_MTU_DISCOVER)", contract("interfaces"), "NET_SOCKETS_MTU_DISCOVER"),
  { name: "rights of the application", application: TCP_ECHO, on: FEW_RIGHTS, off: ALL_RIGHTS },
  one("idle and busy time", TCP_ECHO, "HOST_ACCOUNTING"),
  one("fast paths", TCP_ECHO, "NET_FAST_PATHS"),
  one("optimised for size", TCP_ECHO, "OPTIMIZE_FOR_SIZE", {
    note: "asc -Oz and gcc -Os, which is this board's default",
  }),
];
