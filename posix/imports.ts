/**
 * The system calls as AssemblyScript declarations; each answers a WASI errno, 0 for success.
 * Generated from runtime/syscall/table by generate-declarations.ts: do not edit.
 */

/** The program's arguments. */
// @ts-ignore: decorator
@external("wasi_snapshot_preview1", "args_get")
export declare function args_get(argv: usize, argv_buf: usize): i32;

/** Count and size of the arguments. */
// @ts-ignore: decorator
@external("wasi_snapshot_preview1", "args_sizes_get")
export declare function args_sizes_get(argc: usize, argv_buf_size: usize): i32;

/** The environment. */
// @ts-ignore: decorator
@external("wasi_snapshot_preview1", "environ_get")
export declare function environ_get(environ: usize, environ_buf: usize): i32;

/** Count and size of the environment. */
// @ts-ignore: decorator
@external("wasi_snapshot_preview1", "environ_sizes_get")
export declare function environ_sizes_get(environc: usize, environ_buf_size: usize): i32;

/** Resolution of a clock, nanoseconds. */
// @ts-ignore: decorator
@external("wasi_snapshot_preview1", "clock_res_get")
export declare function clock_res_get(id: i32, resolution: usize): i32;

/** Value of a clock, nanoseconds. */
// @ts-ignore: decorator
@external("wasi_snapshot_preview1", "clock_time_get")
export declare function clock_time_get(id: i32, precision: i64, time: usize): i32;

/** Random bytes. */
// @ts-ignore: decorator
@external("wasi_snapshot_preview1", "random_get")
export declare function random_get(buf: usize, buf_len: i32): i32;

/** Lets other tasks and the stack run. */
// @ts-ignore: decorator
@external("wasi_snapshot_preview1", "sched_yield")
export declare function sched_yield(): i32;

/** Ends the program. */
// @ts-ignore: decorator
@external("wasi_snapshot_preview1", "proc_exit")
export declare function proc_exit(code: i32): void;

/** Closes a descriptor; SO_LINGER may make it wait. */
// @ts-ignore: decorator
@external("wasi_snapshot_preview1", "fd_close")
export declare function fd_close(fd: i32): i32;

/** Type, flags and rights of a descriptor. */
// @ts-ignore: decorator
@external("wasi_snapshot_preview1", "fd_fdstat_get")
export declare function fd_fdstat_get(fd: i32, stat: usize): i32;

/** Sets the descriptor's flags (NONBLOCK = 4). */
// @ts-ignore: decorator
@external("wasi_snapshot_preview1", "fd_fdstat_set_flags")
export declare function fd_fdstat_set_flags(fd: i32, flags: i32): i32;

/** Type of a descriptor as a file. */
// @ts-ignore: decorator
@external("wasi_snapshot_preview1", "fd_filestat_get")
export declare function fd_filestat_get(fd: i32, stat: usize): i32;

/** No directories are opened in advance: EBADF. */
// @ts-ignore: decorator
@external("wasi_snapshot_preview1", "fd_prestat_get")
export declare function fd_prestat_get(fd: i32, prestat: usize): i32;

/** No directories are opened in advance: EBADF. */
// @ts-ignore: decorator
@external("wasi_snapshot_preview1", "fd_prestat_dir_name")
export declare function fd_prestat_dir_name(fd: i32, path: usize, path_len: i32): i32;

/** Reads from the console or a socket. */
// @ts-ignore: decorator
@external("wasi_snapshot_preview1", "fd_read")
export declare function fd_read(fd: i32, iovs: usize, iovs_len: i32, nread: usize): i32;

/** Moves a descriptor onto another number. */
// @ts-ignore: decorator
@external("wasi_snapshot_preview1", "fd_renumber")
export declare function fd_renumber(from_: i32, to: i32): i32;

/** Nothing here is a file: ESPIPE. */
// @ts-ignore: decorator
@external("wasi_snapshot_preview1", "fd_seek")
export declare function fd_seek(fd: i32, offset: i64, whence: i32, newoffset: usize): i32;

/** Writes to the console or a socket. */
// @ts-ignore: decorator
@external("wasi_snapshot_preview1", "fd_write")
export declare function fd_write(fd: i32, iovs: usize, iovs_len: i32, nwritten: usize): i32;

/** Waits for descriptors and clocks. */
// @ts-ignore: decorator
@external("wasi_snapshot_preview1", "poll_oneoff")
export declare function poll_oneoff(in_: usize, out: usize, nsubscriptions: i32, nevents: usize): i32;

/** Next connection of a listener. */
// @ts-ignore: decorator
@external("wasi_snapshot_preview1", "sock_accept")
export declare function sock_accept(fd: i32, flags: i32, result_fd: usize): i32;

/** Receives. */
// @ts-ignore: decorator
@external("wasi_snapshot_preview1", "sock_recv")
export declare function sock_recv(
  fd: i32,
  ri_data: usize,
  ri_data_len: i32,
  ri_flags: i32,
  ro_datalen: usize,
  ro_flags: usize,
): i32;

/** Sends. */
// @ts-ignore: decorator
@external("wasi_snapshot_preview1", "sock_send")
export declare function sock_send(fd: i32, si_data: usize, si_data_len: i32, si_flags: i32, so_datalen: usize): i32;

/** Closes one or both directions. */
// @ts-ignore: decorator
@external("wasi_snapshot_preview1", "sock_shutdown")
export declare function sock_shutdown(fd: i32, how: i32): i32;

/** Opens a socket: af 0 IPv4, 1 IPv6; type 0 datagram, 1 stream. */
// @ts-ignore: decorator
@external("wasi_snapshot_preview1", "sock_open")
export declare function sock_open(pool: i32, af: i32, type_: i32, fd: usize): i32;

/** Binds to a local address. */
// @ts-ignore: decorator
@external("wasi_snapshot_preview1", "sock_bind")
export declare function sock_bind(fd: i32, addr: usize): i32;

/** Starts listening. */
// @ts-ignore: decorator
@external("wasi_snapshot_preview1", "sock_listen")
export declare function sock_listen(fd: i32, backlog: i32): i32;

/** Connects, or sets the default peer. */
// @ts-ignore: decorator
@external("wasi_snapshot_preview1", "sock_connect")
export declare function sock_connect(fd: i32, addr: usize): i32;

/** Receives, with the sender. */
// @ts-ignore: decorator
@external("wasi_snapshot_preview1", "sock_recv_from")
export declare function sock_recv_from(
  fd: i32,
  ri_data: usize,
  ri_data_len: i32,
  ri_flags: i32,
  addr: usize,
  ro_datalen: usize,
): i32;

/** Sends to an address. */
// @ts-ignore: decorator
@external("wasi_snapshot_preview1", "sock_send_to")
export declare function sock_send_to(
  fd: i32,
  si_data: usize,
  si_data_len: i32,
  si_flags: i32,
  addr: usize,
  so_datalen: usize,
): i32;

/** Not supported: sockets are closed with fd_close. */
// @ts-ignore: decorator
@external("wasi_snapshot_preview1", "sock_close")
export declare function sock_close(fd: i32): i32;

/** Local address. */
// @ts-ignore: decorator
@external("wasi_snapshot_preview1", "sock_addr_local")
export declare function sock_addr_local(fd: i32, addr: usize): i32;

/** Peer address. */
// @ts-ignore: decorator
@external("wasi_snapshot_preview1", "sock_addr_remote")
export declare function sock_addr_remote(fd: i32, addr: usize): i32;

/** Addresses of a name. */
// @ts-ignore: decorator
@external("wasi_snapshot_preview1", "sock_addr_resolve")
export declare function sock_addr_resolve(
  host: usize,
  service: usize,
  hints: usize,
  info: usize,
  ninfo: i32,
  total: usize,
): i32;

/** Reads broadcast. */
// @ts-ignore: decorator
@external("wasi_snapshot_preview1", "sock_get_broadcast")
export declare function sock_get_broadcast(fd: i32, value: usize): i32;

/** Sets broadcast. */
// @ts-ignore: decorator
@external("wasi_snapshot_preview1", "sock_set_broadcast")
export declare function sock_set_broadcast(fd: i32, value: i32): i32;

/** Reads keep_alive. */
// @ts-ignore: decorator
@external("wasi_snapshot_preview1", "sock_get_keep_alive")
export declare function sock_get_keep_alive(fd: i32, value: usize): i32;

/** Sets keep_alive. */
// @ts-ignore: decorator
@external("wasi_snapshot_preview1", "sock_set_keep_alive")
export declare function sock_set_keep_alive(fd: i32, value: i32): i32;

/** Reads reuse_addr. */
// @ts-ignore: decorator
@external("wasi_snapshot_preview1", "sock_get_reuse_addr")
export declare function sock_get_reuse_addr(fd: i32, value: usize): i32;

/** Sets reuse_addr. */
// @ts-ignore: decorator
@external("wasi_snapshot_preview1", "sock_set_reuse_addr")
export declare function sock_set_reuse_addr(fd: i32, value: i32): i32;

/** Reads reuse_port. */
// @ts-ignore: decorator
@external("wasi_snapshot_preview1", "sock_get_reuse_port")
export declare function sock_get_reuse_port(fd: i32, value: usize): i32;

/** Sets reuse_port. */
// @ts-ignore: decorator
@external("wasi_snapshot_preview1", "sock_set_reuse_port")
export declare function sock_set_reuse_port(fd: i32, value: i32): i32;

/** Reads tcp_no_delay. */
// @ts-ignore: decorator
@external("wasi_snapshot_preview1", "sock_get_tcp_no_delay")
export declare function sock_get_tcp_no_delay(fd: i32, value: usize): i32;

/** Sets tcp_no_delay. */
// @ts-ignore: decorator
@external("wasi_snapshot_preview1", "sock_set_tcp_no_delay")
export declare function sock_set_tcp_no_delay(fd: i32, value: i32): i32;

/** Reads tcp_quick_ack. */
// @ts-ignore: decorator
@external("wasi_snapshot_preview1", "sock_get_tcp_quick_ack")
export declare function sock_get_tcp_quick_ack(fd: i32, value: usize): i32;

/** Sets tcp_quick_ack. */
// @ts-ignore: decorator
@external("wasi_snapshot_preview1", "sock_set_tcp_quick_ack")
export declare function sock_set_tcp_quick_ack(fd: i32, value: i32): i32;

/** Reads tcp_fastopen_connect. */
// @ts-ignore: decorator
@external("wasi_snapshot_preview1", "sock_get_tcp_fastopen_connect")
export declare function sock_get_tcp_fastopen_connect(fd: i32, value: usize): i32;

/** Sets tcp_fastopen_connect. */
// @ts-ignore: decorator
@external("wasi_snapshot_preview1", "sock_set_tcp_fastopen_connect")
export declare function sock_set_tcp_fastopen_connect(fd: i32, value: i32): i32;

/** Reads ipv6_only. */
// @ts-ignore: decorator
@external("wasi_snapshot_preview1", "sock_get_ipv6_only")
export declare function sock_get_ipv6_only(fd: i32, value: usize): i32;

/** Sets ipv6_only. */
// @ts-ignore: decorator
@external("wasi_snapshot_preview1", "sock_set_ipv6_only")
export declare function sock_set_ipv6_only(fd: i32, value: i32): i32;

/** Reads ip_ttl. */
// @ts-ignore: decorator
@external("wasi_snapshot_preview1", "sock_get_ip_ttl")
export declare function sock_get_ip_ttl(fd: i32, value: usize): i32;

/** Sets ip_ttl. */
// @ts-ignore: decorator
@external("wasi_snapshot_preview1", "sock_set_ip_ttl")
export declare function sock_set_ip_ttl(fd: i32, value: i32): i32;

/** Reads ip_multicast_ttl. */
// @ts-ignore: decorator
@external("wasi_snapshot_preview1", "sock_get_ip_multicast_ttl")
export declare function sock_get_ip_multicast_ttl(fd: i32, value: usize): i32;

/** Sets ip_multicast_ttl. */
// @ts-ignore: decorator
@external("wasi_snapshot_preview1", "sock_set_ip_multicast_ttl")
export declare function sock_set_ip_multicast_ttl(fd: i32, value: i32): i32;

/** Reads tcp_keep_idle. */
// @ts-ignore: decorator
@external("wasi_snapshot_preview1", "sock_get_tcp_keep_idle")
export declare function sock_get_tcp_keep_idle(fd: i32, value: usize): i32;

/** Sets tcp_keep_idle. */
// @ts-ignore: decorator
@external("wasi_snapshot_preview1", "sock_set_tcp_keep_idle")
export declare function sock_set_tcp_keep_idle(fd: i32, value: i32): i32;

/** Reads tcp_keep_intvl. */
// @ts-ignore: decorator
@external("wasi_snapshot_preview1", "sock_get_tcp_keep_intvl")
export declare function sock_get_tcp_keep_intvl(fd: i32, value: usize): i32;

/** Sets tcp_keep_intvl. */
// @ts-ignore: decorator
@external("wasi_snapshot_preview1", "sock_set_tcp_keep_intvl")
export declare function sock_set_tcp_keep_intvl(fd: i32, value: i32): i32;

/** Reads recv_buf_size. */
// @ts-ignore: decorator
@external("wasi_snapshot_preview1", "sock_get_recv_buf_size")
export declare function sock_get_recv_buf_size(fd: i32, value: usize): i32;

/** Sets recv_buf_size. */
// @ts-ignore: decorator
@external("wasi_snapshot_preview1", "sock_set_recv_buf_size")
export declare function sock_set_recv_buf_size(fd: i32, value: i32): i32;

/** Reads send_buf_size. */
// @ts-ignore: decorator
@external("wasi_snapshot_preview1", "sock_get_send_buf_size")
export declare function sock_get_send_buf_size(fd: i32, value: usize): i32;

/** Sets send_buf_size. */
// @ts-ignore: decorator
@external("wasi_snapshot_preview1", "sock_set_send_buf_size")
export declare function sock_set_send_buf_size(fd: i32, value: i32): i32;

/** Reads recv_timeout. */
// @ts-ignore: decorator
@external("wasi_snapshot_preview1", "sock_get_recv_timeout")
export declare function sock_get_recv_timeout(fd: i32, value: usize): i32;

/** Sets recv_timeout. */
// @ts-ignore: decorator
@external("wasi_snapshot_preview1", "sock_set_recv_timeout")
export declare function sock_set_recv_timeout(fd: i32, microseconds: i64): i32;

/** Reads send_timeout. */
// @ts-ignore: decorator
@external("wasi_snapshot_preview1", "sock_get_send_timeout")
export declare function sock_get_send_timeout(fd: i32, value: usize): i32;

/** Sets send_timeout. */
// @ts-ignore: decorator
@external("wasi_snapshot_preview1", "sock_set_send_timeout")
export declare function sock_set_send_timeout(fd: i32, microseconds: i64): i32;

/** Reads SO_LINGER. */
// @ts-ignore: decorator
@external("wasi_snapshot_preview1", "sock_get_linger")
export declare function sock_get_linger(fd: i32, enabled: usize, seconds: usize): i32;

/** Sets SO_LINGER. */
// @ts-ignore: decorator
@external("wasi_snapshot_preview1", "sock_set_linger")
export declare function sock_set_linger(fd: i32, enabled: i32, seconds: i32): i32;

/** Reads IP_MULTICAST_LOOP. */
// @ts-ignore: decorator
@external("wasi_snapshot_preview1", "sock_get_ip_multicast_loop")
export declare function sock_get_ip_multicast_loop(fd: i32, ipv6: i32, enabled: usize): i32;

/** Sets IP_MULTICAST_LOOP. */
// @ts-ignore: decorator
@external("wasi_snapshot_preview1", "sock_set_ip_multicast_loop")
export declare function sock_set_ip_multicast_loop(fd: i32, ipv6: i32, enabled: i32): i32;

/** Joins a multicast group. */
// @ts-ignore: decorator
@external("wasi_snapshot_preview1", "sock_set_ip_add_membership")
export declare function sock_set_ip_add_membership(fd: i32, group: usize, interface_: i32): i32;

/** Leaves a multicast group. */
// @ts-ignore: decorator
@external("wasi_snapshot_preview1", "sock_set_ip_drop_membership")
export declare function sock_set_ip_drop_membership(fd: i32, group: usize, interface_: i32): i32;

/** Opens a socket; SOCK_NONBLOCK may be or'd into the type. */
// @ts-ignore: decorator
@external("socklet_v1", "socket")
export declare function socklet_socket(family: i32, type_: i32, protocol: i32, fd: usize): i32;

/** Socketpair: two connected sockets (AF_UNIX). */
// @ts-ignore: decorator
@external("socklet_v1", "socket_pair")
export declare function socklet_socket_pair(family: i32, type_: i32, protocol: i32, fds: usize): i32;

/** Bind, for addresses of every family. */
// @ts-ignore: decorator
@external("socklet_v1", "bind")
export declare function socklet_bind(fd: i32, addr: usize, addr_len: i32): i32;

/** Connect, for addresses of every family. */
// @ts-ignore: decorator
@external("socklet_v1", "connect")
export declare function socklet_connect(fd: i32, addr: usize, addr_len: i32): i32;

/** Getsockname, for addresses of every family. */
// @ts-ignore: decorator
@external("socklet_v1", "local_address")
export declare function socklet_local_address(fd: i32, addr: usize, room: usize): i32;

/** Getpeername, for addresses of every family. */
// @ts-ignore: decorator
@external("socklet_v1", "peer_address")
export declare function socklet_peer_address(fd: i32, addr: usize, room: usize): i32;

/** Accept4: the next connection of a listener, and its peer; SOCK_NONBLOCK may be in the flags. */
// @ts-ignore: decorator
@external("socklet_v1", "accept")
export declare function socklet_accept(fd: i32, flags: i32, addr: usize, addr_len: usize, result_fd: usize): i32;

/** Recvfrom with MSG_ flags. */
// @ts-ignore: decorator
@external("socklet_v1", "recv_from")
export declare function socklet_recv_from(
  fd: i32,
  buf: usize,
  len: i32,
  flags: i32,
  addr: usize,
  addr_len: usize,
  nread: usize,
): i32;

/** Sendto with MSG_ flags. */
// @ts-ignore: decorator
@external("socklet_v1", "send_to")
export declare function socklet_send_to(
  fd: i32,
  buf: usize,
  len: i32,
  flags: i32,
  addr: usize,
  addr_len: i32,
  nsent: usize,
): i32;

/** Another descriptor for the same: the lowest free number from `lowest` on. */
// @ts-ignore: decorator
@external("socklet_v1", "dup")
export declare function socklet_dup(fd: i32, lowest: i32, result_fd: usize): i32;

/** Another descriptor for the same: the number `to`, which is closed first. */
// @ts-ignore: decorator
@external("socklet_v1", "dup2")
export declare function socklet_dup2(from_: i32, to: i32): i32;

/** Sendmsg: several buffers, a destination, control messages. */
// @ts-ignore: decorator
@external("socklet_v1", "send_message")
export declare function socklet_send_message(fd: i32, message: usize, flags: i32, nsent: usize): i32;

/** Recvmsg: several buffers, the sender, control messages. */
// @ts-ignore: decorator
@external("socklet_v1", "receive_message")
export declare function socklet_receive_message(fd: i32, message: usize, flags: i32, nread: usize): i32;

/** Getsockopt. */
// @ts-ignore: decorator
@external("socklet_v1", "get_option")
export declare function socklet_get_option(fd: i32, level: i32, name: i32, value: usize, len: usize): i32;

/** Setsockopt. */
// @ts-ignore: decorator
@external("socklet_v1", "set_option")
export declare function socklet_set_option(fd: i32, level: i32, name: i32, value: usize, len: i32): i32;

/** Select; timeout -1 = for ever. */
// @ts-ignore: decorator
@external("socklet_v1", "select")
export declare function socklet_select(
  nfds: i32,
  readfds: usize,
  writefds: usize,
  exceptfds: usize,
  timeout_us: i64,
  nready: usize,
): i32;

/** Opens an event counter (CONFIG_EVENTFD). */
// @ts-ignore: decorator
@external("socklet_v1", "eventfd")
export declare function socklet_eventfd(value: i32, flags: i32, fd: usize): i32;

/** Epoll_create1: opens an empty set of descriptors (CONFIG_EPOLL). */
// @ts-ignore: decorator
@external("socklet_v1", "epoll_create")
export declare function socklet_epoll_create(flags: i32, fd: usize): i32;

/** Epoll_ctl: 1 adds, 2 removes, 3 modifies; an event is u32 events at 0, u64 data at 8, 16 bytes. */
// @ts-ignore: decorator
@external("socklet_v1", "epoll_control")
export declare function socklet_epoll_control(epfd: i32, operation: i32, fd: i32, event: usize): i32;

/** Epoll_wait; timeout -1 = for ever. */
// @ts-ignore: decorator
@external("socklet_v1", "epoll_wait")
export declare function socklet_epoll_wait(
  epfd: i32,
  events: usize,
  maxevents: i32,
  timeout_ms: i32,
  nready: usize,
): i32;

/** Waits until there is an address; timeout -1 = for ever. */
// @ts-ignore: decorator
@external("socklet_v1", "wait_address")
export declare function socklet_wait_address(timeout_ms: i32): i32;

/** Describes an interface (1 = the NIC, 2 = loopback): u32 flags, MTU, address, mask, broadcast, gateway, u8[6] MAC address; 32 bytes. */
// @ts-ignore: decorator
@external("socklet_v1", "interface_info")
export declare function socklet_interface_info(index: i32, info: usize): i32;

/** The name of this host, as a C string when it has room; its bytes without the zero byte in any case (CONFIG_NET_HOSTNAME_DYNAMIC). */
// @ts-ignore: decorator
@external("socklet_v1", "host_name")
export declare function socklet_host_name(name: usize, room: i32, length: usize): i32;

/** Sethostname: another name for this host, until the next reset (CONFIG_NET_HOSTNAME_DYNAMIC). */
// @ts-ignore: decorator
@external("socklet_v1", "set_host_name")
export declare function socklet_set_host_name(name: usize, len: i32): i32;

/** Poll; timeout -1 = for ever. */
// @ts-ignore: decorator
@external("socklet_v1", "poll")
export declare function socklet_poll(fds: usize, nfds: i32, timeout_ms: i32, nready: usize): i32;
