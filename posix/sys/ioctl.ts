/** sys/ioctl.h: requests to descriptors. */
export * from "../names/ioctl";
export {
  ZFD_IOCTL_FIONBIO,
  ZFD_IOCTL_FIONREAD,
  ZFD_IOCTL_SIOCATMARK,
  ZFD_IOCTL_SIOCOUTQ,
} from "../zsock/constants";
export { zsock_ioctl } from "../zsock/option";
