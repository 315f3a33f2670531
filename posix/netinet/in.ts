/** netinet/in.h: Internet addresses, protocols and options. */
export {
  IP_ADD_MEMBERSHIP,
  IP_ADD_SOURCE_MEMBERSHIP,
  IP_BLOCK_SOURCE,
  IP_DROP_MEMBERSHIP,
  IP_DROP_SOURCE_MEMBERSHIP,
  IP_HDRINCL,
  IP_MULTICAST_IF,
  IP_MULTICAST_LOOP,
  IP_MULTICAST_TTL,
  IP_PKTINFO,
  IP_RECVPKTINFO,
  IP_RECVTOS,
  IP_RECVTTL,
  IP_TOS,
  IP_TTL,
  IP_UNBLOCK_SOURCE,
  IPPROTO_ICMP,
  IPPROTO_IP,
  IPPROTO_IPV6,
  IPPROTO_RAW,
  IPPROTO_TCP,
  IPPROTO_UDP,
  SOL_RAW,
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
export { ip_mreq, ip_mreq_source, ip_mreqn, sockaddr_in } from "../zsock/types";
