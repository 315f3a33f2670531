/**
 * errno.h: why the last call failed. The numbers are Zephyr's (those of newlib).
 *
 * A call that fails returns -1 and leaves the reason here; a call that succeeds leaves it alone.
 */
export { strerror } from "./string";

class Cell {
  /** usize → i32: where errno lives. */
  static address(): usize {
    return memory.data(4, 4);
  }
}

/** Why the last failing call failed: one of the E constants, 0 before the first failure. */
export function errno(): i32 {
  return load<i32>(Cell.address());
}

/** Sets errno: for functions of your own that follow the same convention. */
export function setErrno(value: i32): void {
  store<i32>(Cell.address(), value);
}

export const EPERM: i32 = 1;
export const ENOENT: i32 = 2;
export const ESRCH: i32 = 3;
export const EINTR: i32 = 4;
export const EIO: i32 = 5;
export const ENXIO: i32 = 6;
export const E2BIG: i32 = 7;
export const ENOEXEC: i32 = 8;
export const EBADF: i32 = 9;
export const ECHILD: i32 = 10;
export const EAGAIN: i32 = 11;
/** The same number as EAGAIN. */
export const EWOULDBLOCK: i32 = 11;
export const ENOMEM: i32 = 12;
export const EACCES: i32 = 13;
export const EFAULT: i32 = 14;
export const EBUSY: i32 = 16;
export const EEXIST: i32 = 17;
export const EXDEV: i32 = 18;
export const ENODEV: i32 = 19;
export const ENOTDIR: i32 = 20;
export const EISDIR: i32 = 21;
export const EINVAL: i32 = 22;
/** The system-wide table is full: no socket record is left (CONFIG_NET_MAX_CONTEXTS). */
export const ENFILE: i32 = 23;
/** This program's descriptor table is full (CONFIG_ZVFS_OPEN_MAX). */
export const EMFILE: i32 = 24;
export const ENOTTY: i32 = 25;
export const ETXTBSY: i32 = 26;
export const EFBIG: i32 = 27;
export const ENOSPC: i32 = 28;
export const ESPIPE: i32 = 29;
export const EROFS: i32 = 30;
export const EMLINK: i32 = 31;
export const EPIPE: i32 = 32;
export const EDOM: i32 = 33;
export const ERANGE: i32 = 34;
export const ENOMSG: i32 = 35;
export const EIDRM: i32 = 36;
export const EDEADLK: i32 = 45;
export const ENOLCK: i32 = 46;
export const ENOLINK: i32 = 67;
export const EPROTO: i32 = 71;
export const EMULTIHOP: i32 = 74;
export const EBADMSG: i32 = 77;
export const ENOSYS: i32 = 88;
export const ENOTEMPTY: i32 = 90;
export const ENAMETOOLONG: i32 = 91;
export const ELOOP: i32 = 92;
export const EOPNOTSUPP: i32 = 95;
export const EPFNOSUPPORT: i32 = 96;
export const ECONNRESET: i32 = 104;
/** No buffer is left (a receive ring: CONFIG_NET_SOCKETS_UDP_BUFFERS). */
export const ENOBUFS: i32 = 105;
export const EAFNOSUPPORT: i32 = 106;
export const EPROTOTYPE: i32 = 107;
export const ENOTSOCK: i32 = 108;
export const ENOPROTOOPT: i32 = 109;
export const ESHUTDOWN: i32 = 110;
export const ECONNREFUSED: i32 = 111;
export const EADDRINUSE: i32 = 112;
export const ECONNABORTED: i32 = 113;
export const ENETUNREACH: i32 = 114;
export const ENETDOWN: i32 = 115;
export const ETIMEDOUT: i32 = 116;
export const EHOSTDOWN: i32 = 117;
export const EHOSTUNREACH: i32 = 118;
export const EINPROGRESS: i32 = 119;
export const EALREADY: i32 = 120;
export const EDESTADDRREQ: i32 = 121;
export const EMSGSIZE: i32 = 122;
export const EPROTONOSUPPORT: i32 = 123;
export const ESOCKTNOSUPPORT: i32 = 124;
export const EADDRNOTAVAIL: i32 = 125;
export const ENETRESET: i32 = 126;
export const EISCONN: i32 = 127;
export const ENOTCONN: i32 = 128;
export const ETOOMANYREFS: i32 = 129;
export const EDQUOT: i32 = 132;
export const ESTALE: i32 = 133;
/** Never the reason of a system call here: they say EOPNOTSUPP, and WASI has one number for both. */
export const ENOTSUP: i32 = 134;
export const EILSEQ: i32 = 138;
export const EOVERFLOW: i32 = 139;
export const ECANCELED: i32 = 140;
export const ENOTRECOVERABLE: i32 = 141;
export const EOWNERDEAD: i32 = 142;
