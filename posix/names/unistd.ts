/** POSIX names of unistd.h that are sockets' too. An empty module when CONFIG_NET_SOCKETS_POSIX_NAMES=n. */
export { zsock_dup as dup, zsock_dup2 as dup2 } from "../zsock/duplicate";
export { zsock_gethostname as gethostname, zsock_sethostname as sethostname } from "../zsock/host-name";
export { zsock_close as close } from "../zsock/socket";
export { zsock_read as read, zsock_write as write } from "../zsock/transfer";
