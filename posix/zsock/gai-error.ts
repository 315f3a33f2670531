/** Texts of gai_strerror. */
import { strlen } from "../string";

class GaiText {
  /** usize → u8[]: for each error its number without the sign, the text with its zero byte; 0 at the end. */
  static entries(): usize {
    // biome-ignore format: one entry after the other
    return memory.data<u8>([
      // Unknown flags
      1, 85, 110, 107, 110, 111, 119, 110, 32, 102, 108, 97, 103, 115, 0,
      // No such name
      2, 78, 111, 32, 115, 117, 99, 104, 32, 110, 97, 109, 101, 0,
      // No answer, try again
      3, 78, 111, 32, 97, 110, 115, 119, 101, 114, 44, 32, 116, 114, 121, 32, 97, 103, 97, 105, 110, 0,
      // The name cannot be resolved
      4, 84, 104, 101, 32, 110, 97, 109, 101, 32, 99, 97, 110, 110, 111, 116, 32, 98, 101, 32, 114, 101, 115, 111, 108, 118, 101, 100, 0,
      // No address
      5, 78, 111, 32, 97, 100, 100, 114, 101, 115, 115, 0,
      // Unknown family
      6, 85, 110, 107, 110, 111, 119, 110, 32, 102, 97, 109, 105, 108, 121, 0,
      // Unknown type of socket
      7, 85, 110, 107, 110, 111, 119, 110, 32, 116, 121, 112, 101, 32, 111, 102, 32, 115, 111, 99, 107, 101, 116, 0,
      // Unknown service
      8, 85, 110, 107, 110, 111, 119, 110, 32, 115, 101, 114, 118, 105, 99, 101, 0,
      // Address of another family
      9, 65, 100, 100, 114, 101, 115, 115, 32, 111, 102, 32, 97, 110, 111, 116, 104, 101, 114, 32, 102, 97, 109, 105, 108, 121, 0,
      // Out of memory
      10, 79, 117, 116, 32, 111, 102, 32, 109, 101, 109, 111, 114, 121, 0,
      // System error
      11, 83, 121, 115, 116, 101, 109, 32, 101, 114, 114, 111, 114, 0,
      // Buffer too small
      12, 66, 117, 102, 102, 101, 114, 32, 116, 111, 111, 32, 115, 109, 97, 108, 108, 0,
      0,
    ]);
  }

  static unknown(): usize {
    return memory.data<u8>([85, 110, 107, 110, 111, 119, 110, 32, 101, 114, 114, 111, 114, 0]); // "Unknown error"
  }
}

/** A sentence for an error of getaddrinfo (EAI_*): usize → C string. */
export function zsock_gai_strerror(error: i32): usize {
  let entry = GaiText.entries();
  while (load<u8>(entry)) {
    if (<i32>load<u8>(entry) == -error) return entry + 1;
    entry += 2 + <usize>strlen(entry + 1);
  }
  return GaiText.unknown();
}
