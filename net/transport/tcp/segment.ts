/**
 * A segment that has arrived, as the slow path sees it: header fields in host order, its options parsed, its checksum
 * verified, its payload in core memory. It is handed from function to function; nothing keeps it.
 */
import {
  CONFIG_NET_TCP,
  CONFIG_NET_TCP_FASTOPEN,
  CONFIG_NET_TCP_SACK,
  CONFIG_NET_TCP_TIMESTAMPS,
  CONFIG_NET_TCP_WINDOW_SCALE,
} from "../../../config";
import { Be } from "../../base/be";
import {
  TCP_FIN,
  TCP_OPTION_END,
  TCP_OPTION_FASTOPEN,
  TCP_OPTION_MSS,
  TCP_OPTION_NOP,
  TCP_OPTION_SACK,
  TCP_OPTION_SACK_PERMITTED,
  TCP_OPTION_TIMESTAMPS,
  TCP_OPTION_WINDOW_SCALE,
  TCP_RST,
  TCP_SYN,
} from "../../wire/tcp";
import { FastOpenOption } from "./fast-open-option";
import { Tuple } from "./tuple";

/** `Segment.options`: which were there and well-formed. One that this image does not know is no bit, and never there. */
export const HAS_MSS: u32 = 1;
export const HAS_SCALE: u32 = CONFIG_NET_TCP_WINDOW_SCALE ? 2 : 0;
export const HAS_SACK_PERMITTED: u32 = CONFIG_NET_TCP_SACK ? 4 : 0;
/** Without CONFIG_NET_TCP_TIMESTAMPS only TIME-WAIT asks for it, and nobody for tsVal and tsEcr. */
export const HAS_TIMESTAMPS: u32 = 8;
export const HAS_SACK: u32 = CONFIG_NET_TCP_SACK ? 16 : 0;
/** What it says is with FastOpenOption. */
export const HAS_FASTOPEN: u32 = CONFIG_NET_TCP_FASTOPEN ? 32 : 0;

/** SACK blocks that fit in a header. */
export const SACK_BLOCKS: u32 = 4;
/** Largest shift of the window (RFC 7323 §2.3). */
const SCALE_MAX: u32 = 14;

@unmanaged
@final
export class Segment {
  seq: u32;
  /** Meaningless without TCP_ACK. */
  ack: u32;
  /** TCP_* flags of the header. */
  flags: u32;
  /** Own and peer's address, network order. */
  local: u32;
  remote: u32;
  /** Peer's port in the low half, own port in the high half, network order: as `Socket.ports`. */
  ports: u32;
  /** Window field, not scaled. */
  window: u32;
  urgentPointer: u32;
  /** usize → u8[length], any alignment after trimming; 4-aligned when it arrives. */
  data: usize;
  /** Bytes of payload. */
  length: u32;
  /** Bytes that were cut off it, being outside the window. */
  cut: u32;
  /** Low two bits of the type of service of the datagram (RFC 3168 §5). */
  ecn: u32;

  // ---- options ----
  /** HAS_*. */
  options: u32;
  /** MSS as the option has it. */
  mss: u32;
  /** Window shift, at most 14. */
  scale: u32;
  tsVal: u32;
  tsEcr: u32;
  /** Blocks: `sackBlock`. */
  sackCount: u32;
  sackBlock0: u64;
  sackBlock1: u64;
  sackBlock2: u64;
  sackBlock3: u64;

  /** The one segment that is being looked at: input is never nested. */
  @inline static current(): Segment {
    return changetype<Segment>(STORAGE);
  }

  @inline has(flags: u32): bool {
    return (this.flags & flags) != 0;
  }

  @inline hasOption(options: u32): bool {
    return (this.options & options) != 0;
  }

  /** SEG.LEN: payload, and one for each of SYN and FIN. */
  @inline sequenceLength(): u32 {
    return this.length + (this.flags & TCP_FIN) + ((this.flags & TCP_SYN) >>> 1);
  }

  /**
   * The first step of RFC 9293 §3.10.7.4, for a record that takes nothing of the payload: something of it is among the `window` numbers
   * from `next` on.
   */
  isAcceptable(next: u32, window: u32): bool {
    const length = this.sequenceLength();
    const ahead = this.seq - next;
    if (!window) return !length && !ahead;
    if (ahead < window) return true;
    // A RST counts by its own number, not by that of what it carries (RFC 5961 §3.2).
    return length != 0 && !this.has(TCP_RST) && ahead + length - 1 < window;
  }

  /** usize → SACK block `i` (below sackCount): u32 left edge, u32 right edge (first byte after). */
  @inline sackBlock(i: u32): usize {
    return changetype<usize>(this) + offsetof<Segment>("sackBlock0") + (i << 3);
  }

  /** Takes `bytes` bytes off the front of the payload. */
  @inline trimFront(bytes: u32): void {
    this.seq += bytes;
    this.data += bytes;
    this.length -= bytes;
    this.cut += bytes;
  }

  /**
   * Reads the options at `p` (usize → u8[bytes], any alignment). One with a length that cannot be right ends the reading;
   * what came before it counts. Unknown ones are passed over (RFC 9293 §3.1, MUST-6 and MUST-7).
   */
  parseOptions(p: usize, bytes: u32): void {
    this.options = 0;
    this.sackCount = 0;
    const end = p + bytes;
    while (p < end) {
      const kind = <u32>load<u8>(p);
      if (kind == TCP_OPTION_END) return;
      if (kind == TCP_OPTION_NOP) {
        p++;
        continue;
      }
      if (p + 2 > end) return;
      const length = <u32>load<u8>(p, 1);
      if (length < 2 || p + length > end) return;
      this.takeOption(p, kind, length);
      p += length;
    }
  }

  /** One option of `length` bytes, all of them present. A known one of a wrong length counts as unknown. */
  private takeOption(p: usize, kind: u32, length: u32): void {
    if (kind == TCP_OPTION_TIMESTAMPS && length == 10) {
      this.options |= HAS_TIMESTAMPS;
      if (!CONFIG_NET_TCP_TIMESTAMPS) return;
      this.tsVal = Be.swap32(load<u32>(p, 2));
      this.tsEcr = Be.swap32(load<u32>(p, 6));
    } else if (CONFIG_NET_TCP_SACK && kind == TCP_OPTION_SACK) {
      if (length >= 10 && ((length - 2) & 7) == 0) this.takeSack(p + 2, (length - 2) >>> 3);
    } else if (!(this.flags & TCP_SYN)) {
      // The rest belongs on a SYN and means nothing elsewhere (MUST-65).
    } else if (kind == TCP_OPTION_MSS && length == 4) {
      this.options |= HAS_MSS;
      this.mss = Be.swap16(load<u16>(p, 2));
    } else if (CONFIG_NET_TCP_WINDOW_SCALE && kind == TCP_OPTION_WINDOW_SCALE && length == 3) {
      this.options |= HAS_SCALE;
      const shift = <u32>load<u8>(p, 2);
      this.scale = shift < SCALE_MAX ? shift : SCALE_MAX;
    } else if (CONFIG_NET_TCP_SACK && kind == TCP_OPTION_SACK_PERMITTED && length == 2) {
      this.options |= HAS_SACK_PERMITTED;
    } else if (CONFIG_NET_TCP_FASTOPEN && kind == TCP_OPTION_FASTOPEN) {
      if (FastOpenOption.take(p, length)) this.options |= HAS_FASTOPEN;
    }
  }

  private takeSack(p: usize, count: u32): void {
    this.options |= HAS_SACK;
    this.sackCount = count < SACK_BLOCKS ? count : SACK_BLOCKS;
    let place = changetype<usize>(this) + offsetof<Segment>("sackBlock0");
    for (let i: u32 = 0; i < this.sackCount; i++) {
      store<u32>(place, Be.swap32(load<u32>(p)));
      store<u32>(place, Be.swap32(load<u32>(p, 4)), 4);
      place += 8;
      p += 8;
    }
  }
}

const STORAGE: usize = CONFIG_NET_TCP ? memory.data(<i32>offsetof<Segment>(), 8) : 0;
if (offsetof<Segment>("local") != offsetof<Tuple>("local")) ERROR("a segment begins as Tuple has it");
