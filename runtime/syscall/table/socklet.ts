/**
 * socklet_v1: what POSIX has and the WASI tables do not. Layouts are those of Zephyr's C structures (posix/).
 * A program finds out whether its host has this module by the environment variable SOCKLET_ABI ("1").
 */
import { type SystemCall, systemCall } from "./types.js";

const MODULE = "socklet_v1";

export const SOCKLET: readonly SystemCall[] = [
  systemCall(MODULE, "socket", "family type protocol fd*", "opens a socket; SOCK_NONBLOCK may be or'd into the type"),
  systemCall(MODULE, "socket_pair", "family type protocol fds*", "socketpair: two connected sockets (AF_UNIX)"),
  systemCall(MODULE, "bind", "fd addr* addr_len", "bind, for addresses of every family"),
  systemCall(MODULE, "connect", "fd addr* addr_len", "connect, for addresses of every family", {
    clock: true,
    blocks: true,
  }),
  systemCall(MODULE, "local_address", "fd addr* room*", "getsockname, for addresses of every family"),
  systemCall(MODULE, "peer_address", "fd addr* room*", "getpeername, for addresses of every family"),
  systemCall(
    MODULE,
    "accept",
    "fd flags addr* addr_len* result_fd*",
    "accept4: the next connection of a listener, and its peer; SOCK_NONBLOCK may be in the flags",
    { blocks: true },
  ),
  systemCall(MODULE, "recv_from", "fd buf* len flags addr* addr_len* nread*", "recvfrom with MSG_ flags", {
    blocks: true,
  }),
  systemCall(MODULE, "send_to", "fd buf* len flags addr* addr_len nsent*", "sendto with MSG_ flags", {
    clock: true,
    blocks: true,
  }),
  systemCall(
    MODULE,
    "dup",
    "fd lowest result_fd*",
    "another descriptor for the same: the lowest free number from `lowest` on",
  ),
  systemCall(MODULE, "dup2", "from to", "another descriptor for the same: the number `to`, which is closed first", {
    clock: true,
  }),
  systemCall(
    MODULE,
    "send_message",
    "fd message* flags nsent*",
    "sendmsg: several buffers, a destination, control messages",
    {
      clock: true,
      blocks: true,
    },
  ),
  systemCall(
    MODULE,
    "receive_message",
    "fd message* flags nread*",
    "recvmsg: several buffers, the sender, control messages",
    {
      clock: true,
      blocks: true,
    },
  ),
  systemCall(MODULE, "get_option", "fd level name value* len*", "getsockopt", { clock: true }),
  systemCall(MODULE, "set_option", "fd level name value* len", "setsockopt", { clock: true }),
  systemCall(
    MODULE,
    "select",
    "nfds readfds* writefds* exceptfds* timeout_us:i64 nready*",
    "select; timeout -1 = for ever",
    {
      clock: true,
      blocks: true,
    },
  ),
  systemCall(MODULE, "eventfd", "value flags fd*", "opens an event counter (CONFIG_EVENTFD)"),
  systemCall(MODULE, "epoll_create", "flags fd*", "epoll_create1: opens an empty set of descriptors (CONFIG_EPOLL)"),
  systemCall(
    MODULE,
    "epoll_control",
    "epfd operation fd event*",
    "epoll_ctl: 1 adds, 2 removes, 3 modifies; an event is u32 events at 0, u64 data at 8, 16 bytes",
  ),
  systemCall(MODULE, "epoll_wait", "epfd events* maxevents timeout_ms nready*", "epoll_wait; timeout -1 = for ever", {
    clock: true,
    blocks: true,
  }),
  systemCall(MODULE, "wait_address", "timeout_ms", "waits until there is an address; timeout -1 = for ever", {
    clock: true,
    blocks: true,
  }),
  systemCall(
    MODULE,
    "interface_info",
    "index info*",
    "describes an interface (1 = the NIC, 2 = loopback): u32 flags, MTU, address, mask, broadcast, gateway, u8[6] MAC address; 32 bytes",
  ),
  systemCall(
    MODULE,
    "host_name",
    "name* room length*",
    "the name of this host, as a C string when it has room; its bytes without the zero byte in any case (CONFIG_NET_HOSTNAME_DYNAMIC)",
  ),
  systemCall(
    MODULE,
    "set_host_name",
    "name* len",
    "sethostname: another name for this host, until the next reset (CONFIG_NET_HOSTNAME_DYNAMIC)",
  ),
  systemCall(MODULE, "poll", "fds* nfds timeout_ms nready*", "poll; timeout -1 = for ever", {
    clock: true,
    blocks: true,
  }),
];
