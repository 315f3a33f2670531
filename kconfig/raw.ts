/** Options: sockets that carry whole datagrams and whole frames. */
import type { KconfigMenu } from "./option.js";

export const raw: KconfigMenu = {
  title: "Raw and packet sockets",
  options: [
    {
      name: "NET_SOCKETS_INET_RAW",
      type: "bool",
      prompt: "Raw sockets: AF_INET, SOCK_RAW",
      default: false,
      help: "Datagrams of any protocol, with their IP header: ping, traceroute, protocols of one's own. Without it socket() answers EPROTOTYPE for SOCK_RAW and the code is absent. With it the application also needs APP_RAW_SOCKETS, and 1,520 bytes of RAM hold a frame: while a raw or packet socket is open, each frame is read as a whole before it is looked at. Each socket takes a receive ring of NET_SOCKETS_UDP_BUFFERS.",
    },
    {
      name: "NET_SOCKETS_PACKET",
      type: "bool",
      prompt: "Packet sockets: AF_PACKET",
      default: false,
      help: "Ethernet frames of one type or of all, with their header (SOCK_RAW) or without it (SOCK_DGRAM). Without it socket() answers EAFNOSUPPORT for AF_PACKET and the code is absent. With it the application also needs APP_RAW_SOCKETS. Costs as NET_SOCKETS_INET_RAW, with which it shares the frame's 1,520 bytes. Frames that this device sends are not shown, nor those to groups that the stack is not a member of, which the chip does not let through.",
    },
  ],
};
