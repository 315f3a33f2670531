/*
 * The system calls as C declarations; each answers a WASI errno, 0 for success.
 * Generated from runtime/syscall/table by generate-declarations.ts: do not edit.
 */
#ifndef SOCKLET_IMPORTS_H
#define SOCKLET_IMPORTS_H

#define SOCKLET_IMPORT(module, name) __attribute__((import_module(module), import_name(name)))

#ifdef __cplusplus
extern "C" {
#endif

/* The program's arguments. */
SOCKLET_IMPORT("wasi_snapshot_preview1", "args_get")
int wasi_args_get(void *argv, void *argv_buf);

/* Count and size of the arguments. */
SOCKLET_IMPORT("wasi_snapshot_preview1", "args_sizes_get")
int wasi_args_sizes_get(void *argc, void *argv_buf_size);

/* The environment. */
SOCKLET_IMPORT("wasi_snapshot_preview1", "environ_get")
int wasi_environ_get(void *environ, void *environ_buf);

/* Count and size of the environment. */
SOCKLET_IMPORT("wasi_snapshot_preview1", "environ_sizes_get")
int wasi_environ_sizes_get(void *environc, void *environ_buf_size);

/* Resolution of a clock, nanoseconds. */
SOCKLET_IMPORT("wasi_snapshot_preview1", "clock_res_get")
int wasi_clock_res_get(int id, void *resolution);

/* Value of a clock, nanoseconds. */
SOCKLET_IMPORT("wasi_snapshot_preview1", "clock_time_get")
int wasi_clock_time_get(int id, long long precision, void *time);

/* Random bytes. */
SOCKLET_IMPORT("wasi_snapshot_preview1", "random_get")
int wasi_random_get(void *buf, int buf_len);

/* Lets other tasks and the stack run. */
SOCKLET_IMPORT("wasi_snapshot_preview1", "sched_yield")
int wasi_sched_yield(void);

/* Ends the program. */
SOCKLET_IMPORT("wasi_snapshot_preview1", "proc_exit")
void wasi_proc_exit(int code);

/* Closes a descriptor; SO_LINGER may make it wait. */
SOCKLET_IMPORT("wasi_snapshot_preview1", "fd_close")
int wasi_fd_close(int fd);

/* Type, flags and rights of a descriptor. */
SOCKLET_IMPORT("wasi_snapshot_preview1", "fd_fdstat_get")
int wasi_fd_fdstat_get(int fd, void *stat);

/* Sets the descriptor's flags (NONBLOCK = 4). */
SOCKLET_IMPORT("wasi_snapshot_preview1", "fd_fdstat_set_flags")
int wasi_fd_fdstat_set_flags(int fd, int flags);

/* Type of a descriptor as a file. */
SOCKLET_IMPORT("wasi_snapshot_preview1", "fd_filestat_get")
int wasi_fd_filestat_get(int fd, void *stat);

/* No directories are opened in advance: EBADF. */
SOCKLET_IMPORT("wasi_snapshot_preview1", "fd_prestat_get")
int wasi_fd_prestat_get(int fd, void *prestat);

/* No directories are opened in advance: EBADF. */
SOCKLET_IMPORT("wasi_snapshot_preview1", "fd_prestat_dir_name")
int wasi_fd_prestat_dir_name(int fd, void *path, int path_len);

/* Reads from the console or a socket. */
SOCKLET_IMPORT("wasi_snapshot_preview1", "fd_read")
int wasi_fd_read(int fd, void *iovs, int iovs_len, void *nread);

/* Moves a descriptor onto another number. */
SOCKLET_IMPORT("wasi_snapshot_preview1", "fd_renumber")
int wasi_fd_renumber(int from, int to);

/* Nothing here is a file: ESPIPE. */
SOCKLET_IMPORT("wasi_snapshot_preview1", "fd_seek")
int wasi_fd_seek(int fd, long long offset, int whence, void *newoffset);

/* Writes to the console or a socket. */
SOCKLET_IMPORT("wasi_snapshot_preview1", "fd_write")
int wasi_fd_write(int fd, void *iovs, int iovs_len, void *nwritten);

/* Waits for descriptors and clocks. */
SOCKLET_IMPORT("wasi_snapshot_preview1", "poll_oneoff")
int wasi_poll_oneoff(void *in, void *out, int nsubscriptions, void *nevents);

/* Next connection of a listener. */
SOCKLET_IMPORT("wasi_snapshot_preview1", "sock_accept")
int wasi_sock_accept(int fd, int flags, void *result_fd);

/* Receives. */
SOCKLET_IMPORT("wasi_snapshot_preview1", "sock_recv")
int wasi_sock_recv(int fd, void *ri_data, int ri_data_len, int ri_flags, void *ro_datalen, void *ro_flags);

/* Sends. */
SOCKLET_IMPORT("wasi_snapshot_preview1", "sock_send")
int wasi_sock_send(int fd, void *si_data, int si_data_len, int si_flags, void *so_datalen);

/* Closes one or both directions. */
SOCKLET_IMPORT("wasi_snapshot_preview1", "sock_shutdown")
int wasi_sock_shutdown(int fd, int how);

/* Opens a socket: af 0 IPv4, 1 IPv6; type 0 datagram, 1 stream. */
SOCKLET_IMPORT("wasi_snapshot_preview1", "sock_open")
int wasi_sock_open(int pool, int af, int type, void *fd);

/* Binds to a local address. */
SOCKLET_IMPORT("wasi_snapshot_preview1", "sock_bind")
int wasi_sock_bind(int fd, void *addr);

/* Starts listening. */
SOCKLET_IMPORT("wasi_snapshot_preview1", "sock_listen")
int wasi_sock_listen(int fd, int backlog);

/* Connects, or sets the default peer. */
SOCKLET_IMPORT("wasi_snapshot_preview1", "sock_connect")
int wasi_sock_connect(int fd, void *addr);

/* Receives, with the sender. */
SOCKLET_IMPORT("wasi_snapshot_preview1", "sock_recv_from")
int wasi_sock_recv_from(int fd, void *ri_data, int ri_data_len, int ri_flags, void *addr, void *ro_datalen);

/* Sends to an address. */
SOCKLET_IMPORT("wasi_snapshot_preview1", "sock_send_to")
int wasi_sock_send_to(int fd, void *si_data, int si_data_len, int si_flags, void *addr, void *so_datalen);

/* Not supported: sockets are closed with fd_close. */
SOCKLET_IMPORT("wasi_snapshot_preview1", "sock_close")
int wasi_sock_close(int fd);

/* Local address. */
SOCKLET_IMPORT("wasi_snapshot_preview1", "sock_addr_local")
int wasi_sock_addr_local(int fd, void *addr);

/* Peer address. */
SOCKLET_IMPORT("wasi_snapshot_preview1", "sock_addr_remote")
int wasi_sock_addr_remote(int fd, void *addr);

/* Addresses of a name. */
SOCKLET_IMPORT("wasi_snapshot_preview1", "sock_addr_resolve")
int wasi_sock_addr_resolve(void *host, void *service, void *hints, void *info, int ninfo, void *total);

/* Reads broadcast. */
SOCKLET_IMPORT("wasi_snapshot_preview1", "sock_get_broadcast")
int wasi_sock_get_broadcast(int fd, void *value);

/* Sets broadcast. */
SOCKLET_IMPORT("wasi_snapshot_preview1", "sock_set_broadcast")
int wasi_sock_set_broadcast(int fd, int value);

/* Reads keep_alive. */
SOCKLET_IMPORT("wasi_snapshot_preview1", "sock_get_keep_alive")
int wasi_sock_get_keep_alive(int fd, void *value);

/* Sets keep_alive. */
SOCKLET_IMPORT("wasi_snapshot_preview1", "sock_set_keep_alive")
int wasi_sock_set_keep_alive(int fd, int value);

/* Reads reuse_addr. */
SOCKLET_IMPORT("wasi_snapshot_preview1", "sock_get_reuse_addr")
int wasi_sock_get_reuse_addr(int fd, void *value);

/* Sets reuse_addr. */
SOCKLET_IMPORT("wasi_snapshot_preview1", "sock_set_reuse_addr")
int wasi_sock_set_reuse_addr(int fd, int value);

/* Reads reuse_port. */
SOCKLET_IMPORT("wasi_snapshot_preview1", "sock_get_reuse_port")
int wasi_sock_get_reuse_port(int fd, void *value);

/* Sets reuse_port. */
SOCKLET_IMPORT("wasi_snapshot_preview1", "sock_set_reuse_port")
int wasi_sock_set_reuse_port(int fd, int value);

/* Reads tcp_no_delay. */
SOCKLET_IMPORT("wasi_snapshot_preview1", "sock_get_tcp_no_delay")
int wasi_sock_get_tcp_no_delay(int fd, void *value);

/* Sets tcp_no_delay. */
SOCKLET_IMPORT("wasi_snapshot_preview1", "sock_set_tcp_no_delay")
int wasi_sock_set_tcp_no_delay(int fd, int value);

/* Reads tcp_quick_ack. */
SOCKLET_IMPORT("wasi_snapshot_preview1", "sock_get_tcp_quick_ack")
int wasi_sock_get_tcp_quick_ack(int fd, void *value);

/* Sets tcp_quick_ack. */
SOCKLET_IMPORT("wasi_snapshot_preview1", "sock_set_tcp_quick_ack")
int wasi_sock_set_tcp_quick_ack(int fd, int value);

/* Reads tcp_fastopen_connect. */
SOCKLET_IMPORT("wasi_snapshot_preview1", "sock_get_tcp_fastopen_connect")
int wasi_sock_get_tcp_fastopen_connect(int fd, void *value);

/* Sets tcp_fastopen_connect. */
SOCKLET_IMPORT("wasi_snapshot_preview1", "sock_set_tcp_fastopen_connect")
int wasi_sock_set_tcp_fastopen_connect(int fd, int value);

/* Reads ipv6_only. */
SOCKLET_IMPORT("wasi_snapshot_preview1", "sock_get_ipv6_only")
int wasi_sock_get_ipv6_only(int fd, void *value);

/* Sets ipv6_only. */
SOCKLET_IMPORT("wasi_snapshot_preview1", "sock_set_ipv6_only")
int wasi_sock_set_ipv6_only(int fd, int value);

/* Reads ip_ttl. */
SOCKLET_IMPORT("wasi_snapshot_preview1", "sock_get_ip_ttl")
int wasi_sock_get_ip_ttl(int fd, void *value);

/* Sets ip_ttl. */
SOCKLET_IMPORT("wasi_snapshot_preview1", "sock_set_ip_ttl")
int wasi_sock_set_ip_ttl(int fd, int value);

/* Reads ip_multicast_ttl. */
SOCKLET_IMPORT("wasi_snapshot_preview1", "sock_get_ip_multicast_ttl")
int wasi_sock_get_ip_multicast_ttl(int fd, void *value);

/* Sets ip_multicast_ttl. */
SOCKLET_IMPORT("wasi_snapshot_preview1", "sock_set_ip_multicast_ttl")
int wasi_sock_set_ip_multicast_ttl(int fd, int value);

/* Reads tcp_keep_idle. */
SOCKLET_IMPORT("wasi_snapshot_preview1", "sock_get_tcp_keep_idle")
int wasi_sock_get_tcp_keep_idle(int fd, void *value);

/* Sets tcp_keep_idle. */
SOCKLET_IMPORT("wasi_snapshot_preview1", "sock_set_tcp_keep_idle")
int wasi_sock_set_tcp_keep_idle(int fd, int value);

/* Reads tcp_keep_intvl. */
SOCKLET_IMPORT("wasi_snapshot_preview1", "sock_get_tcp_keep_intvl")
int wasi_sock_get_tcp_keep_intvl(int fd, void *value);

/* Sets tcp_keep_intvl. */
SOCKLET_IMPORT("wasi_snapshot_preview1", "sock_set_tcp_keep_intvl")
int wasi_sock_set_tcp_keep_intvl(int fd, int value);

/* Reads recv_buf_size. */
SOCKLET_IMPORT("wasi_snapshot_preview1", "sock_get_recv_buf_size")
int wasi_sock_get_recv_buf_size(int fd, void *value);

/* Sets recv_buf_size. */
SOCKLET_IMPORT("wasi_snapshot_preview1", "sock_set_recv_buf_size")
int wasi_sock_set_recv_buf_size(int fd, int value);

/* Reads send_buf_size. */
SOCKLET_IMPORT("wasi_snapshot_preview1", "sock_get_send_buf_size")
int wasi_sock_get_send_buf_size(int fd, void *value);

/* Sets send_buf_size. */
SOCKLET_IMPORT("wasi_snapshot_preview1", "sock_set_send_buf_size")
int wasi_sock_set_send_buf_size(int fd, int value);

/* Reads recv_timeout. */
SOCKLET_IMPORT("wasi_snapshot_preview1", "sock_get_recv_timeout")
int wasi_sock_get_recv_timeout(int fd, void *value);

/* Sets recv_timeout. */
SOCKLET_IMPORT("wasi_snapshot_preview1", "sock_set_recv_timeout")
int wasi_sock_set_recv_timeout(int fd, long long microseconds);

/* Reads send_timeout. */
SOCKLET_IMPORT("wasi_snapshot_preview1", "sock_get_send_timeout")
int wasi_sock_get_send_timeout(int fd, void *value);

/* Sets send_timeout. */
SOCKLET_IMPORT("wasi_snapshot_preview1", "sock_set_send_timeout")
int wasi_sock_set_send_timeout(int fd, long long microseconds);

/* Reads SO_LINGER. */
SOCKLET_IMPORT("wasi_snapshot_preview1", "sock_get_linger")
int wasi_sock_get_linger(int fd, void *enabled, void *seconds);

/* Sets SO_LINGER. */
SOCKLET_IMPORT("wasi_snapshot_preview1", "sock_set_linger")
int wasi_sock_set_linger(int fd, int enabled, int seconds);

/* Reads IP_MULTICAST_LOOP. */
SOCKLET_IMPORT("wasi_snapshot_preview1", "sock_get_ip_multicast_loop")
int wasi_sock_get_ip_multicast_loop(int fd, int ipv6, void *enabled);

/* Sets IP_MULTICAST_LOOP. */
SOCKLET_IMPORT("wasi_snapshot_preview1", "sock_set_ip_multicast_loop")
int wasi_sock_set_ip_multicast_loop(int fd, int ipv6, int enabled);

/* Joins a multicast group. */
SOCKLET_IMPORT("wasi_snapshot_preview1", "sock_set_ip_add_membership")
int wasi_sock_set_ip_add_membership(int fd, void *group, int interface);

/* Leaves a multicast group. */
SOCKLET_IMPORT("wasi_snapshot_preview1", "sock_set_ip_drop_membership")
int wasi_sock_set_ip_drop_membership(int fd, void *group, int interface);

/* Opens a socket; SOCK_NONBLOCK may be or'd into the type. */
SOCKLET_IMPORT("socklet_v1", "socket")
int socklet_socket(int family, int type, int protocol, void *fd);

/* Socketpair: two connected sockets (AF_UNIX). */
SOCKLET_IMPORT("socklet_v1", "socket_pair")
int socklet_socket_pair(int family, int type, int protocol, void *fds);

/* Bind, for addresses of every family. */
SOCKLET_IMPORT("socklet_v1", "bind")
int socklet_bind(int fd, void *addr, int addr_len);

/* Connect, for addresses of every family. */
SOCKLET_IMPORT("socklet_v1", "connect")
int socklet_connect(int fd, void *addr, int addr_len);

/* Getsockname, for addresses of every family. */
SOCKLET_IMPORT("socklet_v1", "local_address")
int socklet_local_address(int fd, void *addr, void *room);

/* Getpeername, for addresses of every family. */
SOCKLET_IMPORT("socklet_v1", "peer_address")
int socklet_peer_address(int fd, void *addr, void *room);

/* Accept4: the next connection of a listener, and its peer; SOCK_NONBLOCK may be in the flags. */
SOCKLET_IMPORT("socklet_v1", "accept")
int socklet_accept(int fd, int flags, void *addr, void *addr_len, void *result_fd);

/* Recvfrom with MSG_ flags. */
SOCKLET_IMPORT("socklet_v1", "recv_from")
int socklet_recv_from(int fd, void *buf, int len, int flags, void *addr, void *addr_len, void *nread);

/* Sendto with MSG_ flags. */
SOCKLET_IMPORT("socklet_v1", "send_to")
int socklet_send_to(int fd, void *buf, int len, int flags, void *addr, int addr_len, void *nsent);

/* Another descriptor for the same: the lowest free number from `lowest` on. */
SOCKLET_IMPORT("socklet_v1", "dup")
int socklet_dup(int fd, int lowest, void *result_fd);

/* Another descriptor for the same: the number `to`, which is closed first. */
SOCKLET_IMPORT("socklet_v1", "dup2")
int socklet_dup2(int from, int to);

/* Sendmsg: several buffers, a destination, control messages. */
SOCKLET_IMPORT("socklet_v1", "send_message")
int socklet_send_message(int fd, void *message, int flags, void *nsent);

/* Recvmsg: several buffers, the sender, control messages. */
SOCKLET_IMPORT("socklet_v1", "receive_message")
int socklet_receive_message(int fd, void *message, int flags, void *nread);

/* Getsockopt. */
SOCKLET_IMPORT("socklet_v1", "get_option")
int socklet_get_option(int fd, int level, int name, void *value, void *len);

/* Setsockopt. */
SOCKLET_IMPORT("socklet_v1", "set_option")
int socklet_set_option(int fd, int level, int name, void *value, int len);

/* Select; timeout -1 = for ever. */
SOCKLET_IMPORT("socklet_v1", "select")
int socklet_select(int nfds, void *readfds, void *writefds, void *exceptfds, long long timeout_us, void *nready);

/* Opens an event counter (CONFIG_EVENTFD). */
SOCKLET_IMPORT("socklet_v1", "eventfd")
int socklet_eventfd(int value, int flags, void *fd);

/* Epoll_create1: opens an empty set of descriptors (CONFIG_EPOLL). */
SOCKLET_IMPORT("socklet_v1", "epoll_create")
int socklet_epoll_create(int flags, void *fd);

/* Epoll_ctl: 1 adds, 2 removes, 3 modifies; an event is u32 events at 0, u64 data at 8, 16 bytes. */
SOCKLET_IMPORT("socklet_v1", "epoll_control")
int socklet_epoll_control(int epfd, int operation, int fd, void *event);

/* Epoll_wait; timeout -1 = for ever. */
SOCKLET_IMPORT("socklet_v1", "epoll_wait")
int socklet_epoll_wait(int epfd, void *events, int maxevents, int timeout_ms, void *nready);

/* Waits until there is an address; timeout -1 = for ever. */
SOCKLET_IMPORT("socklet_v1", "wait_address")
int socklet_wait_address(int timeout_ms);

/* Describes an interface (1 = the NIC, 2 = loopback): u32 flags, MTU, address, mask, broadcast, gateway, u8[6] MAC address; 32 bytes. */
SOCKLET_IMPORT("socklet_v1", "interface_info")
int socklet_interface_info(int index, void *info);

/* The name of this host, as a C string when it has room; its bytes without the zero byte in any case (CONFIG_NET_HOSTNAME_DYNAMIC). */
SOCKLET_IMPORT("socklet_v1", "host_name")
int socklet_host_name(void *name, int room, void *length);

/* Sethostname: another name for this host, until the next reset (CONFIG_NET_HOSTNAME_DYNAMIC). */
SOCKLET_IMPORT("socklet_v1", "set_host_name")
int socklet_set_host_name(void *name, int len);

/* Poll; timeout -1 = for ever. */
SOCKLET_IMPORT("socklet_v1", "poll")
int socklet_poll(void *fds, int nfds, int timeout_ms, void *nready);

#ifdef __cplusplus
}
#endif

#endif
