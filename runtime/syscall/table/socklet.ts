/**
 * socklet_v1: what POSIX has and the WASI tables do not. Layouts are those of Zephyr's C structures (posix/).
 * A program finds out whether its host has this module by the environment variable SOCKLET_ABI ("1").
 */
import { type SystemCall, systemCall } from "./types.js";

const MODULE = "socklet_v1";

export const SOCKLET: readonly SystemCall[] = [
  systemCall(MODULE, "socket", "family type protocol fd*", "opens a socket; SOCK_NONBLOCK may be or'd into the type"),
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
  systemCall(MODULE, "get_option", "fd level name value* len*", "getsockopt"),
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
  systemCall(MODULE, "wait_address", "timeout_ms", "waits until there is an address; timeout -1 = for ever", {
    clock: true,
    blocks: true,
  }),
  systemCall(MODULE, "poll", "fds* nfds timeout_ms nready*", "poll; timeout -1 = for ever", {
    clock: true,
    blocks: true,
  }),
];
