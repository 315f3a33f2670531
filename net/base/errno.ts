/**
 * Error numbers inside the core: WASI's, so that a system call hands them on unchanged. A function that returns a
 * count or an error returns the count (≥ 0) or the negated number.
 * @see https://github.com/WebAssembly/WASI/blob/main/legacy/preview1/docs.md#errno
 */
// What a driver answers with is defined where drivers are.
export { ENODEV, ETIMEDOUT } from "../../hal/errno";

export const EACCES: i32 = 2;
export const EADDRINUSE: i32 = 3;
export const EADDRNOTAVAIL: i32 = 4;
export const EAFNOSUPPORT: i32 = 5;
export const EAGAIN: i32 = 6;
export const EALREADY: i32 = 7;
export const EBADF: i32 = 8;
export const ECONNABORTED: i32 = 13;
export const ECONNREFUSED: i32 = 14;
export const ECONNRESET: i32 = 15;
export const EDESTADDRREQ: i32 = 17;
export const EEXIST: i32 = 20;
export const EFAULT: i32 = 21;
export const EHOSTUNREACH: i32 = 23;
export const EINPROGRESS: i32 = 26;
export const EINTR: i32 = 27;
export const EINVAL: i32 = 28;
export const EIO: i32 = 29;
export const EISCONN: i32 = 30;
export const EMFILE: i32 = 33;
export const EMSGSIZE: i32 = 35;
export const ENETDOWN: i32 = 38;
export const ENETRESET: i32 = 39;
export const ENETUNREACH: i32 = 40;
export const ENFILE: i32 = 41;
export const ENOBUFS: i32 = 42;
export const ENOENT: i32 = 44;
export const ENOMEM: i32 = 48;
export const ENOMSG: i32 = 49;
export const ENOPROTOOPT: i32 = 50;
export const ENOSPC: i32 = 51;
export const ENOSYS: i32 = 52;
export const ENOTCONN: i32 = 53;
export const ENOTSOCK: i32 = 57;
export const ENOTSUP: i32 = 58;
export const ENXIO: i32 = 60;
export const EPERM: i32 = 63;
export const EPIPE: i32 = 64;
export const EPROTO: i32 = 65;
export const EPROTONOSUPPORT: i32 = 66;
export const EPROTOTYPE: i32 = 67;
export const ERANGE: i32 = 68;
export const ESPIPE: i32 = 70;
export const ENOTCAPABLE: i32 = 76;

/** A system call that waits: the host parks the task and repeats the call (docs/architecture.md). */
export const PENDING: i32 = -1;
/** A short way that does not fit: nothing has changed, the host makes the call itself (runtime/syscall/short-calls.ts). */
export const LONG_WAY: i32 = -2;
