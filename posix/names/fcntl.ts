/** POSIX names of fcntl.h. An empty module when CONFIG_NET_SOCKETS_POSIX_NAMES=n. */
export {
  ZVFS_F_DUPFD as F_DUPFD,
  ZVFS_F_GETFL as F_GETFL,
  ZVFS_F_SETFL as F_SETFL,
  ZVFS_O_NONBLOCK as O_NONBLOCK,
} from "../zsock/constants";
export { zsock_fcntl as fcntl } from "../zsock/option";
