/** netinet/in.h: Internet addresses, protocols and options. */
export {
  IP_PKTINFO,
  IP_RECVPKTINFO,
  IP_RECVTOS,
  IP_RECVTTL,
  IP_TOS,
  IP_TTL,
  IPPROTO_ICMP,
  IPPROTO_IP,
  IPPROTO_IPV6,
  IPPROTO_RAW,
  IPPROTO_TCP,
  IPPROTO_UDP,
} from "../zsock/constants";
export { in_pktinfo } from "../zsock/control-message";
export {
  htonl,
  htons,
  INADDR_ANY,
  INADDR_BROADCAST,
  INADDR_LOOPBACK,
  INADDR_NONE,
  INET_ADDRSTRLEN,
  ntohl,
  ntohs,
} from "../zsock/inet";
export { sockaddr_in } from "../zsock/types";
