/** From the answer of a system call (a WASI errno) to C's convention: -1 and errno. */
import { EINVAL, setErrno } from "../errno";

/** WASI preview 1 defines the numbers 0 to 76. */
const WASI_ERRNO_COUNT: u32 = 77;

export class Result {
  /** 0 for success, else -1 with errno set: the result of most calls. */
  static of(wasi: i32): i32 {
    return wasi ? Result.failed(wasi) : 0;
  }

  /** Sets errno to Zephyr's number for `wasi` (not 0); always -1. */
  static failed(wasi: i32): i32 {
    return Result.error(Result.translate(wasi));
  }

  /** Zephyr's number for `wasi`; EINVAL for one that preview 1 does not have. */
  static translate(wasi: i32): i32 {
    return <u32>wasi < WASI_ERRNO_COUNT ? <i32>load<u8>(Result.numbers() + <usize>wasi) : EINVAL;
  }

  /** Sets errno to `error`, one of Zephyr's numbers; always -1. */
  static error(error: i32): i32 {
    setErrno(error);
    return -1;
  }

  /** usize → u8[77]: Zephyr's number for each of WASI preview 1's, in the order of its `errno` enumeration. */
  static numbers(): usize {
    return memory.data<u8>([
      0, // success
      7, // 2big
      13, // acces
      112, // addrinuse
      125, // addrnotavail
      106, // afnosupport
      11, // again
      120, // already
      9, // badf
      77, // badmsg
      16, // busy
      140, // canceled
      10, // child
      113, // connaborted
      111, // connrefused
      104, // connreset
      45, // deadlk
      121, // destaddrreq
      33, // dom
      132, // dquot
      17, // exist
      14, // fault
      27, // fbig
      118, // hostunreach
      36, // idrm
      138, // ilseq
      119, // inprogress
      4, // intr
      22, // inval
      5, // io
      127, // isconn
      21, // isdir
      92, // loop
      24, // mfile
      31, // mlink
      122, // msgsize
      74, // multihop
      91, // nametoolong
      115, // netdown
      126, // netreset
      114, // netunreach
      23, // nfile
      105, // nobufs
      19, // nodev
      2, // noent
      8, // noexec
      46, // nolck
      67, // nolink
      12, // nomem
      35, // nomsg
      109, // noprotoopt
      28, // nospc
      88, // nosys
      128, // notconn
      20, // notdir
      90, // notempty
      141, // notrecoverable
      108, // notsock
      95, // notsup
      25, // notty
      6, // nxio
      139, // overflow
      142, // ownerdead
      1, // perm
      32, // pipe
      71, // proto
      123, // protonosupport
      107, // prototype
      34, // range
      30, // rofs
      29, // spipe
      3, // srch
      133, // stale
      116, // timedout
      26, // txtbsy
      18, // xdev
      1, // notcapable: Zephyr has no number for it
    ]);
  }
}
