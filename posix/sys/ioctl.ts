/** sys/ioctl.h: requests to descriptors. */
export * from "../names/ioctl";
export {
  ZFD_IOCTL_FIONBIO,
  ZFD_IOCTL_FIONREAD,
  ZFD_IOCTL_SIOCATMARK,
  ZFD_IOCTL_SIOCOUTQ,
} from "../zsock/constants";
export {
  ZFD_IOCTL_SIOCGIFADDR,
  ZFD_IOCTL_SIOCGIFBRDADDR,
  ZFD_IOCTL_SIOCGIFFLAGS,
  ZFD_IOCTL_SIOCGIFHWADDR,
  ZFD_IOCTL_SIOCGIFINDEX,
  ZFD_IOCTL_SIOCGIFMTU,
  ZFD_IOCTL_SIOCGIFNETMASK,
} from "../zsock/interfaces";
export { zsock_ioctl } from "../zsock/option";
