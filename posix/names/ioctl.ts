/** POSIX names of sys/ioctl.h. An empty module when CONFIG_NET_SOCKETS_POSIX_NAMES=n. */
export {
  ZFD_IOCTL_FIONBIO as FIONBIO,
  ZFD_IOCTL_FIONREAD as FIONREAD,
  ZFD_IOCTL_SIOCATMARK as SIOCATMARK,
  ZFD_IOCTL_SIOCOUTQ as SIOCOUTQ,
} from "../zsock/constants";
export { zsock_ioctl as ioctl } from "../zsock/option";
