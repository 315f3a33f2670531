/**
 * The socket functions that WAMR adds to wasi_snapshot_preview1, with the same names, types and layouts, so that a
 * program built for that host runs unchanged. Options share two core functions and are told apart by a number.
 */
import { type SystemCall, systemCall } from "./types.js";

const MODULE = "wasi_snapshot_preview1";

/** Numbers of the WAMR options, as runtime/syscall/options.ts switches over them. */
export const WASI_OPTION = {
  broadcast: 0,
  keep_alive: 1,
  reuse_addr: 2,
  reuse_port: 3,
  tcp_no_delay: 4,
  tcp_quick_ack: 5,
  tcp_fastopen_connect: 6,
  ipv6_only: 7,
  ip_ttl: 8,
  ip_multicast_ttl: 9,
  tcp_keep_idle: 10,
  tcp_keep_intvl: 11,
  recv_buf_size: 12,
  send_buf_size: 13,
  recv_timeout: 14,
  send_timeout: 15,
} as const;

function option(name: keyof typeof WASI_OPTION): SystemCall[] {
  const constants = [WASI_OPTION[name]];
  const timeout = name === "recv_timeout" || name === "send_timeout";
  return [
    systemCall(MODULE, `sock_get_${name}`, "fd value*", `reads ${name}`, { core: "sys_option_get", constants }),
    systemCall(MODULE, `sock_set_${name}`, timeout ? "fd microseconds:i64" : "fd value", `sets ${name}`, {
      core: timeout ? "sys_option_set_timeout" : "sys_option_set",
      constants,
      clock: !timeout,
    }),
  ];
}

export const WAMR: readonly SystemCall[] = [
  systemCall(MODULE, "sock_open", "pool af type fd*", "opens a socket: af 0 IPv4, 1 IPv6; type 0 datagram, 1 stream"),
  systemCall(MODULE, "sock_bind", "fd addr*", "binds to a local address"),
  systemCall(MODULE, "sock_listen", "fd backlog", "starts listening"),
  systemCall(MODULE, "sock_connect", "fd addr*", "connects, or sets the default peer", { clock: true, blocks: true }),
  systemCall(
    MODULE,
    "sock_recv_from",
    "fd ri_data* ri_data_len ri_flags addr* ro_datalen*",
    "receives, with the sender",
    {
      short: true,
      blocks: true,
    },
  ),
  systemCall(MODULE, "sock_send_to", "fd si_data* si_data_len si_flags addr* so_datalen*", "sends to an address", {
    short: true,
    clock: true,
    blocks: true,
  }),
  systemCall(MODULE, "sock_close", "fd", "not supported: sockets are closed with fd_close"),
  systemCall(MODULE, "sock_addr_local", "fd addr*", "local address"),
  systemCall(MODULE, "sock_addr_remote", "fd addr*", "peer address"),
  systemCall(MODULE, "sock_addr_resolve", "host* service* hints* info* ninfo total*", "addresses of a name", {
    clock: true,
    blocks: true,
  }),
  ...(Object.keys(WASI_OPTION) as (keyof typeof WASI_OPTION)[]).flatMap(option),
  systemCall(MODULE, "sock_get_linger", "fd enabled* seconds*", "reads SO_LINGER"),
  systemCall(MODULE, "sock_set_linger", "fd enabled seconds", "sets SO_LINGER"),
  systemCall(MODULE, "sock_get_ip_multicast_loop", "fd ipv6 enabled*", "reads IP_MULTICAST_LOOP"),
  systemCall(MODULE, "sock_set_ip_multicast_loop", "fd ipv6 enabled", "sets IP_MULTICAST_LOOP"),
  systemCall(MODULE, "sock_set_ip_add_membership", "fd group* interface", "joins a multicast group", {
    clock: true,
  }),
  systemCall(MODULE, "sock_set_ip_drop_membership", "fd group* interface", "leaves a multicast group", {
    clock: true,
  }),
];
