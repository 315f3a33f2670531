/**
 * What a system call may write to: for each row of the table, the ranges of the application's memory that its arguments
 * name as output. Written from the calls' documentation, apart from the code that carries them out.
 *
 * @see https://github.com/WebAssembly/WASI/blob/main/legacy/preview1/docs.md
 */
export interface Range {
  readonly start: number;
  readonly length: number;
  /** May be absent: address 0 means "not wanted". */
  readonly optional?: boolean;
}

/** Reads a 32-bit word of the memory as it was before the call; 0 outside. */
export type Word = (address: number) => number;

type Arguments = readonly (number | bigint)[];

/** An IPv4 address in WAMR's record of 24 bytes; the rest of it is for IPv6. */
const INTERFACE_INFO = 32;
const ADDRESS_RECORD = 10;
const FDSTAT = 24;
const FILESTAT = 64;
const EVENT = 32;
/** The longest address of socklet_v1: sockaddr_ll; a sockaddr_un with a name of 16 bytes and its NUL is one byte shorter. */
const ADDRESS = 20;
/** An event of epoll, and more of them than any set has. */
const EPOLL_EVENT = 16;
const EVENT_LIMIT = 64;
const SUBSCRIPTION_LIMIT = 0x1000;
/** Of WASI's and of POSIX's vectors. */
const VECTOR_LIMIT = 0x1000;
/** Bytes of the options of WAMR that are not a bool or one byte. */
const OPTION_BYTES: Readonly<Record<string, number>> = {
  sock_get_recv_timeout: 8,
  sock_get_send_timeout: 8,
  sock_get_recv_buf_size: 4,
  sock_get_send_buf_size: 4,
};

function number(value: number | bigint): number {
  return Number(value) >>> 0;
}

/** The buffers that an I/O vector names. */
function vector(word: Word, address: number, count: number): Range[] {
  const buffers: Range[] = [];
  for (let i = 0; i < Math.min(count, VECTOR_LIMIT); i++) {
    buffers.push({ start: word(address + i * 8), length: word(address + i * 8 + 4), optional: true });
  }
  return buffers;
}

const range = (start: number, length: number): Range => ({ start, length });
const optional = (start: number, length: number): Range => ({ start, length, optional: true });

/** Strings that the host has for the program. */
export interface Strings {
  readonly count: number;
  /** Bytes of all of them with their NULs. */
  readonly bytes: number;
}

/** The ranges that `name` may write to with these arguments; undefined for a call this file does not know. */
export function outputRanges(
  name: string,
  args: Arguments,
  word: Word,
  strings: (kind: "args" | "environ") => Strings,
): Range[] | undefined {
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0] = args.map(number);
  const text = strings(name.startsWith("environ") ? "environ" : "args");
  switch (name) {
    case "args_get":
    case "environ_get":
      return [range(a, text.count * 4), range(b, text.bytes)];
    case "args_sizes_get":
    case "environ_sizes_get":
      return [range(a, 4), range(b, 4)];
    case "clock_res_get":
      return [range(b, 8)];
    case "clock_time_get":
      return [range(c, 8)];
    case "random_get":
      return [range(a, b)];
    case "fd_fdstat_get":
      return [range(b, FDSTAT)];
    case "fd_filestat_get":
      return [range(b, FILESTAT)];
    case "fd_read":
      return [...vector(word, b, c), range(d, 4)];
    case "fd_seek":
      return [range(d, 8)];
    case "fd_write":
      return [range(d, 4)];
    case "poll_oneoff":
      return [optional(b, Math.min(c, SUBSCRIPTION_LIMIT) * EVENT), range(d, 4)];
    case "sock_accept":
      return [range(c, 4)];
    case "sock_recv":
      return [...vector(word, b, c), range(e, 4), range(f, 2)];
    case "sock_recv_from":
      return [...vector(word, b, c), range(e, ADDRESS_RECORD), range(f, 4)];
    case "sock_send":
      return [range(e, 4)];
    case "sock_send_to":
      return [range(f, 4)];
    case "epoll_create":
      return [range(b, 4)];
    case "epoll_wait":
      return [optional(b, Math.min(c, EVENT_LIMIT) * EPOLL_EVENT), range(e, 4)];
    case "eventfd":
      return [range(c, 4)];
    case "send_message":
      return [range(d, 4)];
    case "receive_message":
      return [
        ...vector(word, word(b + 8), word(b + 12)),
        optional(word(b), Math.min(word(b + 4), ADDRESS)),
        optional(word(b + 16), word(b + 20)),
        range(b, 28),
        range(d, 4),
      ];
    case "interface_info":
      return [range(b, INTERFACE_INFO)];
    case "host_name":
      return [optional(a, b), range(c, 4)];
    case "socket_pair":
      return [range(d, 8)];
    case "local_address":
    case "peer_address":
      return [optional(b, Math.min(word(c), ADDRESS)), range(c, 4)];
    case "dup":
      return [range(c, 4)];
    case "sock_open":
    case "socket":
      return [range(d, 4)];
    case "sock_addr_local":
    case "sock_addr_remote":
      return [range(b, ADDRESS_RECORD)];
    case "sock_addr_resolve":
      return [range(f, 4)];
    case "sock_get_linger":
      return [range(b, 4), range(c, 4)];
    case "sock_get_ip_multicast_loop":
      return [range(c, 4)];
    case "recv_from":
      return [optional(b, c), optional(e, e === 0 ? 0 : word(f)), optional(f, 4), range(g, 4)];
    case "send_to":
      return [range(g, 4)];
    case "get_option":
      return [range(d, word(e)), range(e, 4)];
    case "select": {
      const bytes = Math.ceil(a / 32) * 4;
      return [optional(b, bytes), optional(c, bytes), optional(d, bytes), range(f, 4)];
    }
    case "poll": {
      const entries = Array.from({ length: Math.min(b, VECTOR_LIMIT) }, (_, i) => optional(a + i * 8 + 6, 2));
      return [...entries, range(d, 4)];
    }
    default:
      if (/^sock_get_/.test(name)) return [range(b, OPTION_BYTES[name] ?? 1)];
      return [];
  }
}
