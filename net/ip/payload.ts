import { Device } from "../../hal/device";
import { Frame } from "../../hal/frame";
import { bulk_add_carry } from "../../hal/imports";
import { Checksum } from "../base/checksum";

/** The rest of the datagram in the frame being read, taken out of it. */
export class Payload {
  /**
   * Moves the next `bytes` bytes to `place` (usize → u8[bytes], 4-aligned); what its last word has behind them becomes zero.
   * @returns `seed` plus their sum
   */
  @inline static take(device: Device, place: usize, bytes: u32, seed: u32): u32 {
    const words = bytes >>> 2;
    const sum = Frame.readSum(device, place, words, seed);
    if (!(bytes & 3)) return sum;
    const last = Frame.word(device) & Checksum.lastWordMask(bytes);
    store<u32>(place + (words << 2), last);
    return bulk_add_carry(sum, last);
  }
}
