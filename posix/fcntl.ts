/** fcntl.h: flags of descriptors. */
export * from "./names/fcntl";
export { ZVFS_F_DUPFD, ZVFS_F_GETFL, ZVFS_F_SETFL, ZVFS_O_NONBLOCK } from "./zsock/constants";
export { zsock_fcntl } from "./zsock/option";
