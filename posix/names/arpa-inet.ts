/** POSIX names of arpa/inet.h. An empty module when CONFIG_NET_SOCKETS_POSIX_NAMES=n. */
export {
  zsock_inet_addr as inet_addr,
  zsock_inet_aton as inet_aton,
  zsock_inet_ntoa as inet_ntoa,
  zsock_inet_ntop as inet_ntop,
  zsock_inet_pton as inet_pton,
} from "../zsock/inet";
