/** netinet/tcp.h: options of the level IPPROTO_TCP. An image without TCP answers them with ENOPROTOOPT. */
export { TCP_KEEPCNT, TCP_KEEPIDLE, TCP_KEEPINTVL, TCP_NODELAY } from "../zsock/constants";
