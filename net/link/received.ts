/**
 * The first words of the frame that is being handled, for the slow path: Ethernet header, IP header with options, and
 * two words of what follows, contiguous. The fast path keeps them in registers and puts them here only when it gives up.
 */
import { EthernetHeader } from "../wire/ethernet";
import { Ipv4Header } from "../wire/ipv4";

/** 16 + 60 + 8 bytes. */
const BYTES: i32 = 84;
const WORDS: usize = memory.data(BYTES, 4);

export class Received {
  /** Address of the copy: usize → u32[21], word 0 first. */
  @inline static words(): usize {
    return WORDS;
  }

  /** Zeros, for what the frame does not have. */
  @inline static clear(): void {
    memory.fill(WORDS, 0, BYTES);
  }

  @inline static ethernet(): EthernetHeader {
    return EthernetHeader.at(WORDS);
  }

  /** Address of the word after the Ethernet header. */
  @inline static network(): usize {
    return WORDS + 16;
  }

  @inline static ipv4(): Ipv4Header {
    return Ipv4Header.at(WORDS + 16);
  }
}
