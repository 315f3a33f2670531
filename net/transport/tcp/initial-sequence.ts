/**
 * Numbers that nobody outside can guess: initial sequence numbers and timestamp offsets (RFC 9293 §3.4.1, RFC 6528,
 * RFC 7323 §5.4). All come from one keyed hash, HalfSipHash-2-4 (the 32-bit form of SipHash that its authors describe for
 * short inputs on small machines): additions, rotations and exclusive-ors only, about 250 instructions, once per connection.
 *
 * An initial sequence number is a clock of 4 µs plus the hash of the four-tuple: the numbers of one four-tuple grow with time,
 * so that old segments of it lie behind a new connection; those of different four-tuples have nothing to do with each other.
 */
import { CONFIG_NET_FAST_PATHS, CONFIG_NET_TCP } from "../../../config";
import { Clock } from "../../base/clock";
import { Random } from "../../base/random";

/** Bytes of a key: two words. */
export const KEY_BYTES: usize = 8;

/** Keys: of sequence numbers, of timestamp offsets, of everything else. */
const KEYS: usize = CONFIG_NET_TCP ? memory.data(3 * 8, 4) : 0;
const SEQUENCE_KEY: usize = KEYS;
const TIMESTAMP_KEY: usize = KEYS + KEY_BYTES;
const GENERAL_KEY: usize = KEYS + 2 * KEY_BYTES;

/** What the two upper words of the state begin with. */
const SIP_2: u32 = 0x6c796765;
const SIP_3: u32 = 0x74656462;
/** The last block: the length of the input, 12 bytes, in its top byte. */
const SIP_END: u32 = 12 << 24;
/** u32[4]: v0 to v3 while they are worked on. */
const WORK: usize = CONFIG_NET_TCP ? memory.data(16, 4) : 0;
/** u32: the own address of the last sequence number, u32[4]: v0 to v3 after it. There is one address, as a rule. With fast paths. */
const LAST_LOCAL: usize = CONFIG_NET_TCP && CONFIG_NET_FAST_PATHS ? memory.data(20, 4) : 0;
const LAST_STATE: usize = LAST_LOCAL + 4;

export class InitialSequence {
  /** Draws the keys. */
  static initialise(): void {
    Random.fill(KEYS, 3 * KEY_BYTES);
    if (CONFIG_NET_FAST_PATHS) InitialSequence.remember(0);
  }

  private static remember(local: u32): void {
    store<u32>(LAST_LOCAL, local);
    InitialSequence.begin(SEQUENCE_KEY, local);
    memory.copy(LAST_STATE, WORK, 16);
  }

  /** Writes a new key at `key` (usize → u8[KEY_BYTES], 4-aligned). */
  static drawKey(key: usize): void {
    Random.fill(key, KEY_BYTES);
  }

  /**
   * The initial sequence number of a connection that is opened now.
   * @param local, remote addresses, network order; @param ports as `Socket.ports`
   * @see RFC 9293 §3.4.1 (MUST-8, SHLD-1), RFC 6528 §3
   */
  static isn(local: u32, remote: u32, ports: u32): u32 {
    const clock = <u32>(Clock.now() >>> 2);
    if (!CONFIG_NET_FAST_PATHS) return clock + InitialSequence.keyed(SEQUENCE_KEY, local, remote, ports);
    if (load<u32>(LAST_LOCAL) != local) InitialSequence.remember(local);
    const state = LAST_STATE;
    InitialSequence.set(load<u32>(state), load<u32>(state, 4), load<u32>(state, 8), load<u32>(state, 12));
    return clock + InitialSequence.end(remote, ports);
  }

  /** What is added to the long ticks for TSval on a connection: timestamps tell nobody how long this machine runs (RFC 7323 §7.1). */
  static timestampOffset(local: u32, remote: u32, ports: u32): u32 {
    return InitialSequence.keyed(TIMESTAMP_KEY, local, remote, ports);
  }

  /** A keyed hash of three words, for decisions that nobody outside should foresee. */
  static hash(a: u32, b: u32, c: u32): u32 {
    return InitialSequence.keyed(GENERAL_KEY, a, b, c);
  }

  /** HalfSipHash-2-4 of the twelve bytes `a`, `b`, `c` with the key at `key` (usize → u8[KEY_BYTES], 4-aligned). */
  static keyed(key: usize, a: u32, b: u32, c: u32): u32 {
    InitialSequence.begin(key, a);
    return InitialSequence.end(b, c);
  }

  /** Begins with the key at `key` and takes the first block. */
  private static begin(key: usize, block: u32): void {
    const low = load<u32>(key);
    const high = load<u32>(key, 4);
    InitialSequence.set(low, high, low ^ SIP_2, high ^ SIP_3);
    InitialSequence.take(block);
  }

  /** The hash of the input whose first block has been taken, and which goes on with `b` and `c`. */
  @inline private static end(b: u32, c: u32): u32 {
    InitialSequence.take(b);
    InitialSequence.take(c);
    InitialSequence.take(SIP_END);
    store<u32>(WORK, load<u32>(WORK, 8) ^ 0xff, 8);
    // The four closing rounds.
    InitialSequence.take(0);
    InitialSequence.take(0);
    return load<u32>(WORK, 4) ^ load<u32>(WORK, 12);
  }

  @inline private static set(v0: u32, v1: u32, v2: u32, v3: u32): void {
    store<u32>(WORK, v0);
    store<u32>(WORK, v1, 4);
    store<u32>(WORK, v2, 8);
    store<u32>(WORK, v3, 12);
  }

  /** Two rounds with one block. */
  @inline private static take(block: u32): void {
    store<u32>(WORK, load<u32>(WORK, 12) ^ block, 12);
    InitialSequence.round();
    InitialSequence.round();
    store<u32>(WORK, load<u32>(WORK) ^ block);
  }

  /** One round. Where one stands behind the other the words never leave their registers. */
  @inline private static round(): void {
    let v0 = load<u32>(WORK);
    let v1 = load<u32>(WORK, 4);
    let v2 = load<u32>(WORK, 8);
    let v3 = load<u32>(WORK, 12);
    v0 += v1;
    v1 = rotl<u32>(v1, 5) ^ v0;
    v2 += v3;
    v3 = rotl<u32>(v3, 8) ^ v2;
    v0 = rotl<u32>(v0, 16) + v3;
    v3 = rotl<u32>(v3, 7) ^ v0;
    v2 += v1;
    v1 = rotl<u32>(v1, 13) ^ v2;
    InitialSequence.set(v0, v1, rotl<u32>(v2, 16), v3);
  }
}
