/** One configuration for all tests of descriptors and what is not an internet socket, so that the core is compiled once. */
export const LOCAL = {
  settings: {
    NET_TASKS: 2,
    NET_MAX_CONTEXTS: 8,
    NET_SOCKETS_UDP_BUFFERS: 8,
    ZVFS_OPEN_MAX: 20,
    NET_SOCKETS_UNIX: true,
    NET_SOCKETS_UNIX_MAX: 6,
    NET_SOCKETS_UNIX_BUFFER: 256,
    NET_SOCKETS_UNIX_NAME: 16,
    EVENTFD: true,
    ZVFS_EVENTFD_MAX: 4,
    EPOLL: true,
    EPOLL_SETS: 2,
    EPOLL_INTERESTS: 6,
  },
} as const;
