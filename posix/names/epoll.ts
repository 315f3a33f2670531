/** POSIX names of sys/epoll.h. An empty module when CONFIG_NET_SOCKETS_POSIX_NAMES=n. */
export {
  ZSOCK_EPOLL_CLOEXEC as EPOLL_CLOEXEC,
  ZSOCK_EPOLL_CTL_ADD as EPOLL_CTL_ADD,
  ZSOCK_EPOLL_CTL_DEL as EPOLL_CTL_DEL,
  ZSOCK_EPOLL_CTL_MOD as EPOLL_CTL_MOD,
  ZSOCK_EPOLLERR as EPOLLERR,
  ZSOCK_EPOLLET as EPOLLET,
  ZSOCK_EPOLLHUP as EPOLLHUP,
  ZSOCK_EPOLLIN as EPOLLIN,
  ZSOCK_EPOLLONESHOT as EPOLLONESHOT,
  ZSOCK_EPOLLOUT as EPOLLOUT,
  ZSOCK_EPOLLPRI as EPOLLPRI,
  ZSOCK_EPOLLRDHUP as EPOLLRDHUP,
  zsock_epoll_create1 as epoll_create1,
  zsock_epoll_ctl as epoll_ctl,
  zsock_epoll_event as epoll_event,
  zsock_epoll_wait as epoll_wait,
} from "../zsock/epoll";
