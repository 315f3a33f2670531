/** Static ASCII text for the log and for names of pools: no strings, no heap. */
import { host_log } from "../../hal/imports";

export class Text {
  /** Bytes before the NUL at `text` (at most 120). */
  static length(text: usize): u32 {
    let n: u32 = 0;
    while (n < 120 && load<u8>(text + n)) n++;
    return n;
  }

  /** Logs NUL-terminated ASCII as one line. */
  static log(text: usize): void {
    host_log(text, Text.length(text));
  }
}
