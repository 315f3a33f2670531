import { host_random } from "../../hal/imports";

/** Random numbers of the host. */
export class Random {
  /** Fills `bytes` bytes, a multiple of 4, at `place` (usize → u8[bytes], 4-aligned). */
  static fill(place: usize, bytes: usize): void {
    for (let i: usize = 0; i < bytes; i += 4) store<u32>(place + i, host_random());
  }
}
