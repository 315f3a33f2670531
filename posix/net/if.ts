/** net/if.h: interfaces. */
export * from "../names/interfaces";
export {
  IFF_BROADCAST,
  IFF_LOOPBACK,
  IFF_RUNNING,
  IFF_UP,
  ifreq,
  ZSOCK_IF_NAMESIZE,
  zsock_if_freenameindex,
  zsock_if_indextoname,
  zsock_if_nameindex,
  zsock_if_nameindex_entry,
  zsock_if_nametoindex,
} from "../zsock/interfaces";
export { NULL, Static } from "../zsock/types";
