/**
 * DNS message (RFC 1035 §4.1): header, question, and records of answer, authority and additional section.
 *
 *      0                   1                   2                   3
 *      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *     +-------------------------------+-+-------+-+-+-+-+-----+-------+
 *     |              id               |Q|opcode |A|T|R|R|  Z  | rcode | +0
 *     +-------------------------------+-+-------+-+-+-+-+-----+-------+
 *     |           questions           |            answers            | +4
 *     +-------------------------------+-------------------------------+
 *     |           authority           |          additional           | +8
 *     +-------------------------------+-------------------------------+
 *
 *     question:  name, type, class
 *     record:    name, type, class, TTL (4), length (2), data
 */
import { Be } from "../base/be";

/** Bytes of the header; the question begins here. */
export const DNS_HEADER_BYTES: u32 = 12;
/** Bytes of type and class after the question's name. */
export const DNS_QUESTION_TAIL_BYTES: u32 = 4;
/** Bytes between the name of a record and its data. */
export const DNS_RECORD_HEAD_BYTES: u32 = 10;
/** Bytes of numbers at the end of an SOA record (RFC 1035 §3.3.13); the last is the TTL of negative answers. */
export const DNS_SOA_TAIL_BYTES: u32 = 20;

/** UDP port of servers, network order. */
export const DNS_PORT_BE: u32 = 53 << 8;

export const DNS_TYPE_A: u32 = 1;
export const DNS_TYPE_CNAME: u32 = 5;
export const DNS_TYPE_SOA: u32 = 6;
export const DNS_CLASS_IN: u32 = 1;

export const DNS_RCODE_NONE: u32 = 0;
export const DNS_RCODE_NO_NAME: u32 = 3;

/** Type A and class IN, as the end of a question lies in memory. */
const TAIL_A_IN: u32 = 0x01000100;
/** Flags of a question, and counts 1, 0, 0, 0, as they lie in memory: recursion is desired. */
const FLAGS_QUESTION: u32 = 0x0001;
const COUNTS_QUESTION: u64 = 0x0100;

const FLAGS: usize = 2;
const RCODE: usize = 3;
const QUESTIONS: usize = 4;
const ANSWERS: usize = 6;
const AUTHORITY: usize = 8;

/** Bits of the byte at FLAGS. */
const RESPONSE: u32 = 0x80;
const OPCODE: u32 = 0x78;
const TRUNCATED: u32 = 0x02;

@unmanaged
@final
export class DnsMessage {
  /** Lays the view over `p`: usize → u8[at least 12]. */
  @inline static at(p: usize): DnsMessage {
    return changetype<DnsMessage>(p);
  }

  /** True for a response with one question to the query with that id (memory order). */
  isResponse(id: u32): bool {
    const at = changetype<usize>(this);
    const flags = <u32>load<u8>(at, FLAGS);
    return (
      <u32>load<u16>(at) == id && (flags & (RESPONSE | OPCODE)) == RESPONSE && load<u16>(at, QUESTIONS) == <u16>0x0100
    );
  }

  @inline isTruncated(): bool {
    return (<u32>load<u8>(changetype<usize>(this), FLAGS) & TRUNCATED) != 0;
  }

  @inline rcode(): u32 {
    return <u32>load<u8>(changetype<usize>(this), RCODE) & 15;
  }

  /** Records that the answer section is said to have. */
  @inline answers(): u32 {
    return Be.swap16(load<u16>(changetype<usize>(this), ANSWERS));
  }

  /** Records that the authority section is said to have. */
  @inline authority(): u32 {
    return Be.swap16(load<u16>(changetype<usize>(this), AUTHORITY));
  }

  /** True when a question's tail at `p` asks for an IPv4 address. */
  @inline static asksForA(p: usize): bool {
    return load<u32>(p) == TAIL_A_IN;
  }

  /**
   * Writes a question for the IPv4 address of `name` (usize → u8[length], labels).
   * @returns bytes of the message
   */
  question(id: u32, name: usize, length: u32): u32 {
    const at = changetype<usize>(this);
    store<u16>(at, <u16>id);
    store<u16>(at, <u16>FLAGS_QUESTION, FLAGS);
    store<u64>(at, COUNTS_QUESTION, QUESTIONS);
    memory.copy(at + DNS_HEADER_BYTES, name, <usize>length);
    store<u32>(at + DNS_HEADER_BYTES + length, TAIL_A_IN);
    return DNS_HEADER_BYTES + length + DNS_QUESTION_TAIL_BYTES;
  }
}

/** Fields of a record, from the byte after its name: usize → u8[10]. */
export class DnsRecord {
  @inline static type(p: usize): u32 {
    return Be.swap16(load<u16>(p));
  }

  @inline static isInternet(p: usize): bool {
    return Be.swap16(load<u16>(p, 2)) == DNS_CLASS_IN;
  }

  /** Seconds; a value that is negative as a signed number counts as 0 (RFC 2181 §8). */
  @inline static ttl(p: usize): u32 {
    const ttl = Be.swap32(load<u32>(p, 4));
    return <i32>ttl < 0 ? 0 : ttl;
  }

  /** Bytes of data. */
  @inline static length(p: usize): u32 {
    return Be.swap16(load<u16>(p, 8));
  }
}
