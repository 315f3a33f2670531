/**
 * Names of errnos: for each its number in one byte, the name, a zero byte; a zero byte after the last.
 * Generated from posix/errno.ts by generate-declarations.ts: do not edit.
 */
export class ErrorName {
  /** usize → u8[]: the entries, by rising number. Present only in programs that ask for a name. */
  static entries(): usize {
    // biome-ignore format: one entry after the other
    return memory.data<u8>([
      // 1 EPERM
      1, 69, 80, 69, 82, 77, 0,
      // 2 ENOENT
      2, 69, 78, 79, 69, 78, 84, 0,
      // 5 EIO
      5, 69, 73, 79, 0,
      // 7 E2BIG
      7, 69, 50, 66, 73, 71, 0,
      // 9 EBADF
      9, 69, 66, 65, 68, 70, 0,
      // 11 EAGAIN
      11, 69, 65, 71, 65, 73, 78, 0,
      // 12 ENOMEM
      12, 69, 78, 79, 77, 69, 77, 0,
      // 13 EACCES
      13, 69, 65, 67, 67, 69, 83, 0,
      // 14 EFAULT
      14, 69, 70, 65, 85, 76, 84, 0,
      // 17 EEXIST
      17, 69, 69, 88, 73, 83, 84, 0,
      // 19 ENODEV
      19, 69, 78, 79, 68, 69, 86, 0,
      // 22 EINVAL
      22, 69, 73, 78, 86, 65, 76, 0,
      // 23 ENFILE
      23, 69, 78, 70, 73, 76, 69, 0,
      // 24 EMFILE
      24, 69, 77, 70, 73, 76, 69, 0,
      // 28 ENOSPC
      28, 69, 78, 79, 83, 80, 67, 0,
      // 29 ESPIPE
      29, 69, 83, 80, 73, 80, 69, 0,
      // 32 EPIPE
      32, 69, 80, 73, 80, 69, 0,
      // 33 EDOM
      33, 69, 68, 79, 77, 0,
      // 88 ENOSYS
      88, 69, 78, 79, 83, 89, 83, 0,
      // 95 EOPNOTSUPP
      95, 69, 79, 80, 78, 79, 84, 83, 85, 80, 80, 0,
      // 104 ECONNRESET
      104, 69, 67, 79, 78, 78, 82, 69, 83, 69, 84, 0,
      // 105 ENOBUFS
      105, 69, 78, 79, 66, 85, 70, 83, 0,
      // 106 EAFNOSUPPORT
      106, 69, 65, 70, 78, 79, 83, 85, 80, 80, 79, 82, 84, 0,
      // 107 EPROTOTYPE
      107, 69, 80, 82, 79, 84, 79, 84, 89, 80, 69, 0,
      // 108 ENOTSOCK
      108, 69, 78, 79, 84, 83, 79, 67, 75, 0,
      // 109 ENOPROTOOPT
      109, 69, 78, 79, 80, 82, 79, 84, 79, 79, 80, 84, 0,
      // 111 ECONNREFUSED
      111, 69, 67, 79, 78, 78, 82, 69, 70, 85, 83, 69, 68, 0,
      // 112 EADDRINUSE
      112, 69, 65, 68, 68, 82, 73, 78, 85, 83, 69, 0,
      // 113 ECONNABORTED
      113, 69, 67, 79, 78, 78, 65, 66, 79, 82, 84, 69, 68, 0,
      // 114 ENETUNREACH
      114, 69, 78, 69, 84, 85, 78, 82, 69, 65, 67, 72, 0,
      // 115 ENETDOWN
      115, 69, 78, 69, 84, 68, 79, 87, 78, 0,
      // 116 ETIMEDOUT
      116, 69, 84, 73, 77, 69, 68, 79, 85, 84, 0,
      // 118 EHOSTUNREACH
      118, 69, 72, 79, 83, 84, 85, 78, 82, 69, 65, 67, 72, 0,
      // 119 EINPROGRESS
      119, 69, 73, 78, 80, 82, 79, 71, 82, 69, 83, 83, 0,
      // 120 EALREADY
      120, 69, 65, 76, 82, 69, 65, 68, 89, 0,
      // 121 EDESTADDRREQ
      121, 69, 68, 69, 83, 84, 65, 68, 68, 82, 82, 69, 81, 0,
      // 122 EMSGSIZE
      122, 69, 77, 83, 71, 83, 73, 90, 69, 0,
      // 123 EPROTONOSUPPORT
      123, 69, 80, 82, 79, 84, 79, 78, 79, 83, 85, 80, 80, 79, 82, 84, 0,
      // 125 EADDRNOTAVAIL
      125, 69, 65, 68, 68, 82, 78, 79, 84, 65, 86, 65, 73, 76, 0,
      // 126 ENETRESET
      126, 69, 78, 69, 84, 82, 69, 83, 69, 84, 0,
      // 127 EISCONN
      127, 69, 73, 83, 67, 79, 78, 78, 0,
      // 128 ENOTCONN
      128, 69, 78, 79, 84, 67, 79, 78, 78, 0,
      0,
    ]);
  }

  /** The name of an errno: usize → C string; "E" for one that is not here. */
  static of(error: i32): usize {
    let entry = ErrorName.entries();
    while (load<u8>(entry)) {
      if (<i32>load<u8>(entry) == error) return entry + 1;
      do entry++;
      while (load<u8>(entry));
      entry++;
    }
    return memory.data<u8>([69, 0]);
  }
}
