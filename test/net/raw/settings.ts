/** One configuration for all tests of raw and packet sockets, so that the core is compiled once. */
export const RAW = {
  settings: {
    NET_SOCKETS_INET_RAW: true,
    NET_SOCKETS_PACKET: true,
    APP_RAW_SOCKETS: true,
    NET_TASKS: 2,
    NET_MAX_CONTEXTS: 6,
    NET_SOCKETS_UDP_BUFFERS: 6,
    ZVFS_OPEN_MAX: 12,
    NET_IPV4_FRAGMENT_BUFFER: 4096,
    NET_SOCKETS_UDP_RCVBUF: 4096,
  },
} as const;

export const AF_PACKET = 3;
export const SOCK_RAW = 3;
export const IPPROTO_ICMP = 1;
export const IPPROTO_RAW = 255;
/** A protocol that nobody speaks (RFC 3692). */
export const EXPERIMENT = 253;
/** Level and name of ICMP_FILTER. */
export const SOL_RAW = 255;
export const ICMP_FILTER = 1;
export const IPPROTO_IP = 0;
export const IP_TOS = 1;
export const IP_TTL = 2;
export const IP_HDRINCL = 3;
