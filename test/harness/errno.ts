/**
 * WASI errno numbers and their names.
 * @see https://github.com/WebAssembly/WASI/blob/main/legacy/preview1/docs.md#errno
 */
const NAMES = [
  "SUCCESS",
  ..."E2BIG EACCES EADDRINUSE EADDRNOTAVAIL EAFNOSUPPORT EAGAIN EALREADY EBADF EBADMSG EBUSY ECANCELED".split(" "),
  ..."ECHILD ECONNABORTED ECONNREFUSED ECONNRESET EDEADLK EDESTADDRREQ EDOM EDQUOT EEXIST EFAULT EFBIG".split(" "),
  ..."EHOSTUNREACH EIDRM EILSEQ EINPROGRESS EINTR EINVAL EIO EISCONN EISDIR ELOOP EMFILE EMLINK EMSGSIZE".split(" "),
  ..."EMULTIHOP ENAMETOOLONG ENETDOWN ENETRESET ENETUNREACH ENFILE ENOBUFS ENODEV ENOENT ENOEXEC ENOLCK".split(" "),
  ..."ENOLINK ENOMEM ENOMSG ENOPROTOOPT ENOSPC ENOSYS ENOTCONN ENOTDIR ENOTEMPTY ENOTRECOVERABLE ENOTSOCK".split(" "),
  ..."ENOTSUP ENOTTY ENXIO EOVERFLOW EOWNERDEAD EPERM EPIPE EPROTO EPROTONOSUPPORT EPROTOTYPE ERANGE EROFS".split(" "),
  ..."ESPIPE ESRCH ESTALE ETIMEDOUT ETXTBSY EXDEV ENOTCAPABLE".split(" "),
];

/** `EADDRINUSE` for 3. */
export function errnoName(errno: number): string {
  return NAMES[errno] ?? `errno ${errno}`;
}

/** 3 for `EADDRINUSE`. */
export function errnoNumber(name: string): number {
  const number = NAMES.indexOf(name);
  if (number < 0) throw new Error(`${name} is no WASI errno`);
  return number;
}

/** A system call of a script failed. */
export class ErrnoError extends Error {
  override readonly name = "ErrnoError";
  readonly code: string;

  constructor(
    readonly call: string,
    readonly errno: number,
  ) {
    super(`${call}: ${errnoName(errno)}`);
    this.code = errnoName(errno);
  }
}
