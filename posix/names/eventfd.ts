/** POSIX names of sys/eventfd.h. An empty module when CONFIG_NET_SOCKETS_POSIX_NAMES=n. */
export {
  ZVFS_EFD_CLOEXEC as EFD_CLOEXEC,
  ZVFS_EFD_NONBLOCK as EFD_NONBLOCK,
  ZVFS_EFD_SEMAPHORE as EFD_SEMAPHORE,
  zvfs_eventfd as eventfd,
  zvfs_eventfd_read as eventfd_read,
  zvfs_eventfd_write as eventfd_write,
} from "../zsock/eventfd";
