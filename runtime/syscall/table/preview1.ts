/**
 * WASI preview 1: the part of its core that programs with sockets use, with the standard signatures.
 * @see https://github.com/WebAssembly/WASI/blob/main/legacy/preview1/docs.md
 */
import { type SystemCall, systemCall } from "./types.js";

const MODULE = "wasi_snapshot_preview1";

export const PREVIEW1: readonly SystemCall[] = [
  systemCall(MODULE, "args_get", "argv* argv_buf*", "the program's arguments", {
    core: "sys_strings_get",
    constants: [0],
  }),
  systemCall(MODULE, "args_sizes_get", "argc* argv_buf_size*", "count and size of the arguments", {
    core: "sys_strings_sizes_get",
    constants: [0],
  }),
  systemCall(MODULE, "environ_get", "environ* environ_buf*", "the environment", {
    core: "sys_strings_get",
    constants: [1],
  }),
  systemCall(MODULE, "environ_sizes_get", "environc* environ_buf_size*", "count and size of the environment", {
    core: "sys_strings_sizes_get",
    constants: [1],
  }),
  systemCall(MODULE, "clock_res_get", "id resolution*", "resolution of a clock, nanoseconds"),
  systemCall(MODULE, "clock_time_get", "id precision:i64 time*", "value of a clock, nanoseconds", { clock: true }),
  systemCall(MODULE, "random_get", "buf* buf_len", "random bytes"),
  systemCall(MODULE, "sched_yield", "", "lets other tasks and the stack run"),
  systemCall(MODULE, "proc_exit", "code", "ends the program", { result: "none" }),
  systemCall(MODULE, "fd_close", "fd", "closes a descriptor; SO_LINGER may make it wait", {
    clock: true,
    blocks: true,
  }),
  systemCall(MODULE, "fd_fdstat_get", "fd stat*", "type, flags and rights of a descriptor"),
  systemCall(MODULE, "fd_fdstat_set_flags", "fd flags", "sets the descriptor's flags (NONBLOCK = 4)"),
  systemCall(MODULE, "fd_filestat_get", "fd stat*", "type of a descriptor as a file"),
  systemCall(MODULE, "fd_prestat_get", "fd prestat*", "no directories are opened in advance: EBADF"),
  systemCall(MODULE, "fd_prestat_dir_name", "fd path* path_len", "no directories are opened in advance: EBADF"),
  systemCall(MODULE, "fd_read", "fd iovs* iovs_len nread*", "reads from the console or a socket", { blocks: true }),
  systemCall(MODULE, "fd_renumber", "from to", "moves a descriptor onto another number", { clock: true }),
  systemCall(MODULE, "fd_seek", "fd offset:i64 whence newoffset*", "nothing here is a file: ESPIPE"),
  systemCall(MODULE, "fd_write", "fd iovs* iovs_len nwritten*", "writes to the console or a socket", {
    clock: true,
    blocks: true,
  }),
  systemCall(MODULE, "poll_oneoff", "in* out* nsubscriptions nevents*", "waits for descriptors and clocks", {
    clock: true,
    blocks: true,
  }),
  systemCall(MODULE, "sock_accept", "fd flags result_fd*", "next connection of a listener", { blocks: true }),
  systemCall(MODULE, "sock_recv", "fd ri_data* ri_data_len ri_flags ro_datalen* ro_flags*", "receives", {
    short: true,
    blocks: true,
  }),
  systemCall(MODULE, "sock_send", "fd si_data* si_data_len si_flags so_datalen*", "sends", {
    clock: true,
    blocks: true,
  }),
  systemCall(MODULE, "sock_shutdown", "fd how", "closes one or both directions", { clock: true }),
];
