/** POSIX names of net/if.h. An empty module when CONFIG_NET_SOCKETS_POSIX_NAMES=n. */
export {
  ZSOCK_IF_NAMESIZE as IF_NAMESIZE,
  zsock_if_freenameindex as if_freenameindex,
  zsock_if_indextoname as if_indextoname,
  zsock_if_nameindex as if_nameindex,
  zsock_if_nametoindex as if_nametoindex,
} from "../zsock/interfaces";
