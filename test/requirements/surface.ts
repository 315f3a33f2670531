/**
 * The socket API that programs expect: functions, options and flags by their POSIX (or Linux) names. What is not among the exports of
 * posix/ is listed in docs/sockets.md as missing; what is there has to be used by a contract program.
 */
export const FUNCTIONS: readonly string[] = words(`
  socket socketpair bind connect listen accept accept4 send recv sendto recvfrom sendmsg recvmsg sendmmsg recvmmsg
  read write readv writev close shutdown dup dup2 getsockopt setsockopt getsockname getpeername sockatmark fcntl ioctl
  poll ppoll select pselect FD_ZERO FD_SET FD_CLR FD_ISSET epoll_create1 epoll_ctl epoll_wait eventfd eventfd_read eventfd_write
  getaddrinfo freeaddrinfo gai_strerror getnameinfo gethostname sethostname getprotobyname getservbyname getservbyport
  inet_pton inet_ntop inet_aton inet_ntoa inet_addr htons htonl ntohs ntohl
  if_nametoindex if_indextoname if_nameindex getifaddrs errno strerror perror`);

export const OPTIONS: readonly string[] = words(`
  SO_DEBUG SO_REUSEADDR SO_TYPE SO_ERROR SO_DONTROUTE SO_BROADCAST SO_SNDBUF SO_RCVBUF SO_KEEPALIVE SO_OOBINLINE SO_PRIORITY SO_LINGER
  SO_REUSEPORT SO_RCVLOWAT SO_SNDLOWAT SO_RCVTIMEO SO_SNDTIMEO SO_BINDTODEVICE SO_ACCEPTCONN SO_TIMESTAMP SO_PROTOCOL SO_DOMAIN
  TCP_NODELAY TCP_MAXSEG TCP_CORK TCP_KEEPIDLE TCP_KEEPINTVL TCP_KEEPCNT TCP_SYNCNT TCP_LINGER2 TCP_DEFER_ACCEPT TCP_WINDOW_CLAMP TCP_INFO
  TCP_QUICKACK TCP_CONGESTION TCP_USER_TIMEOUT TCP_FASTOPEN
  IP_TOS IP_TTL IP_HDRINCL IP_OPTIONS IP_PKTINFO IP_RECVTTL IP_RECVTOS IP_RECVERR IP_MTU_DISCOVER IP_MTU IP_LOCAL_PORT_RANGE
  IP_MULTICAST_IF IP_MULTICAST_TTL IP_MULTICAST_LOOP IP_ADD_MEMBERSHIP IP_DROP_MEMBERSHIP IP_ADD_SOURCE_MEMBERSHIP
  IP_DROP_SOURCE_MEMBERSHIP IP_BLOCK_SOURCE IP_UNBLOCK_SOURCE`);

export const FLAGS: readonly string[] = words(`
  MSG_OOB MSG_PEEK MSG_DONTROUTE MSG_CTRUNC MSG_TRUNC MSG_DONTWAIT MSG_EOR MSG_WAITALL MSG_ERRQUEUE MSG_NOSIGNAL MSG_MORE
  SCM_RIGHTS SCM_TIMESTAMP SOCK_STREAM SOCK_DGRAM SOCK_RAW SOCK_SEQPACKET SOCK_NONBLOCK SOCK_CLOEXEC
  AF_UNSPEC AF_INET AF_INET6 AF_UNIX AF_PACKET SHUT_RD SHUT_WR SHUT_RDWR SOMAXCONN
  POLLIN POLLPRI POLLOUT POLLERR POLLHUP POLLNVAL O_NONBLOCK F_GETFL F_SETFL F_DUPFD FIONREAD FIONBIO SIOCATMARK SIOCOUTQ SIOCGIFADDR
  SIOCGIFHWADDR SIOCGIFMTU SIOCGIFFLAGS EPOLLIN EPOLLPRI EPOLLOUT EPOLLERR EPOLLHUP EPOLLRDHUP EPOLLET EPOLLONESHOT EPOLL_CLOEXEC
  EPOLL_CTL_ADD EPOLL_CTL_MOD EPOLL_CTL_DEL EFD_SEMAPHORE EFD_CLOEXEC EFD_NONBLOCK
  AI_PASSIVE AI_CANONNAME AI_NUMERICHOST AI_NUMERICSERV AI_V4MAPPED AI_ALL AI_ADDRCONFIG
  NI_NUMERICHOST NI_NUMERICSERV NI_NOFQDN NI_NAMEREQD NI_DGRAM`);

function words(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== "");
}
