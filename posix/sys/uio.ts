/** sys/uio.h: reading and writing with several buffers. */
export * from "../names/uio";
export { zsock_iovec } from "../zsock/message";
export { Static } from "../zsock/types";
export { ZSOCK_IOV_MAX, zsock_readv, zsock_writev } from "../zsock/uio";
