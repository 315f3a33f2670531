/**
 * The cookies that a server gives (RFC 7413 §4.1.2): SipHash-2-4 of the client's address and our own, under a key that nobody
 * else has. It is byte for byte what Linux makes of the same key, so that servers behind one address can share one.
 *
 * The key is drawn at boot. TCP_FASTOPEN_KEY sets it, and with a second one behind it that which was used before: cookies of
 * that one still count, and the answer brings one of the first. There is one key for all listeners, where Linux keeps one for
 * each besides that of the system: a device has one application, and 32 bytes for each socket would be paid by everybody.
 *
 * 64 bits, as Linux has them: a stranger guesses one in 2^63 SYNs on average, each of which is answered to the address that it
 * claims to come from.
 */
import { CONFIG_NET_TCP_FASTOPEN } from "../../../config";
import { host_random } from "../../../hal/imports";

/** Bytes of a cookie of ours, and of a key. */
export const COOKIE_BYTES: u32 = 8;
export const FASTOPEN_KEY_BYTES: u32 = 16;

/** Answers of `check`. */
export const COOKIE_WRONG: u32 = 0;
export const COOKIE_RIGHT: u32 = 1;
/** Right, and made with the second key: the client should have a new one. */
export const COOKIE_OLD: u32 = 2;

/** u64[4]: two keys, u64: 1 while the second is there. */
const KEYS: usize = CONFIG_NET_TCP_FASTOPEN ? memory.data(40, 8) : 0;
const SECOND: usize = KEYS + 32;

/** What the state begins with (the constants of SipHash), and the last block: a length of eight bytes. */
const SIP_0: u64 = ((<u64>0x736f6d65) << 32) | 0x70736575;
const SIP_1: u64 = ((<u64>0x646f7261) << 32) | 0x6e646f6d;
const SIP_2: u64 = ((<u64>0x6c796765) << 32) | 0x6e657261;
const SIP_3: u64 = ((<u64>0x74656462) << 32) | 0x79746573;
const SIP_END: u64 = (<u64>8) << 56;

export class FastOpenCookie {
  /** Draws the key. */
  static initialise(): void {
    for (let i: usize = 0; i < FASTOPEN_KEY_BYTES; i += 4) store<u32>(KEYS + i, host_random());
    store<u64>(SECOND, 0);
  }

  /** Bytes of the keys in use: 16, or 32 with a second one. */
  static keyBytes(): u32 {
    return load<u64>(SECOND) ? FASTOPEN_KEY_BYTES << 1 : FASTOPEN_KEY_BYTES;
  }

  /** Word `index` (below keyBytes() / 4) of the keys, little-endian. */
  static keyWord(index: u32): u32 {
    return load<u32>(KEYS + ((<usize>index) << 2));
  }

  /** Sets word `index` of the keys. `useKeys` says how many count. */
  static setKeyWord(index: u32, word: u32): void {
    store<u32>(KEYS + ((<usize>index) << 2), word);
  }

  /** One key counts from now on, or two. */
  static useKeys(two: bool): void {
    store<u64>(SECOND, u64(two));
  }

  /** The cookie of a client, as it lies in memory. @param client, own addresses, network order */
  static make(client: u32, own: u32): u64 {
    return FastOpenCookie.hash(KEYS, client, own);
  }

  /** COOKIE_*: what `cookie` (as it lies in memory) is to a client. @param client, own addresses, network order */
  static check(cookie: u64, client: u32, own: u32): u32 {
    if (cookie == FastOpenCookie.hash(KEYS, client, own)) return COOKIE_RIGHT;
    if (load<u64>(SECOND) && cookie == FastOpenCookie.hash(KEYS + FASTOPEN_KEY_BYTES, client, own)) return COOKIE_OLD;
    return COOKIE_WRONG;
  }

  /** SipHash-2-4 of the eight bytes `client`, `own` with the key at `key` (usize → u64[2]). */
  private static hash(key: usize, client: u32, own: u32): u64 {
    const k0 = load<u64>(key);
    const k1 = load<u64>(key, 8);
    let v0 = k0 ^ SIP_0;
    let v1 = k1 ^ SIP_1;
    let v2 = k0 ^ SIP_2;
    let v3 = k1 ^ SIP_3;
    const block = <u64>client | ((<u64>own) << 32);
    // Two rounds for each of two blocks, four at the end.
    for (let round = 0; round < 8; round++) {
      if (round == 0) v3 ^= block;
      else if (round == 2) {
        v0 ^= block;
        v3 ^= SIP_END;
      } else if (round == 4) {
        v0 ^= SIP_END;
        v2 ^= 0xff;
      }
      v0 += v1;
      v1 = rotl<u64>(v1, 13) ^ v0;
      v0 = rotl<u64>(v0, 32);
      v2 += v3;
      v3 = rotl<u64>(v3, 16) ^ v2;
      v0 += v3;
      v3 = rotl<u64>(v3, 21) ^ v0;
      v2 += v1;
      v1 = rotl<u64>(v1, 17) ^ v2;
      v2 = rotl<u64>(v2, 32);
    }
    return v0 ^ v1 ^ v2 ^ v3;
  }
}
