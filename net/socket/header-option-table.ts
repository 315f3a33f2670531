/**
 * The table of IP_OPTIONS (header-options.ts), one entry for each record of the pool of sockets. Apart from what is done with it, since the pool
 * itself clears entries and everything else needs the pool.
 */
import { CONFIG_NET_MAX_CONTEXTS } from "../../config";

@unmanaged
@final
export class HeaderOptionEntry {
  /** Bytes of the list, 0 to 40, a multiple of 4. */
  bytes: u32;
  /** Where its source route begins, plus 1; 0 = none. */
  route: u32;
  // u8[40]: the list.
  word0: u32;
  word1: u32;
  word2: u32;
  word3: u32;
  word4: u32;
  word5: u32;
  word6: u32;
  word7: u32;
  word8: u32;
  word9: u32;

  /** usize → u8[40]. */
  @inline list(): usize {
    return changetype<usize>(this) + offsetof<HeaderOptionEntry>("word0");
  }
}

const ENTRY_BYTES: usize = 48;
if (offsetof<HeaderOptionEntry>() != ENTRY_BYTES) ERROR("an entry has 48 bytes");

/** Memory of this file. In a function, so that an image without the option has nothing of it. */
class Memory {
  static table(): usize {
    return memory.data(CONFIG_NET_MAX_CONTEXTS * 48, 4);
  }
}

export class HeaderOptionTable {
  /** The entry of record `index` (SocketPool.indexOf). */
  static at(index: i32): HeaderOptionEntry {
    return changetype<HeaderOptionEntry>(Memory.table() + <usize>index * ENTRY_BYTES);
  }

  /** The record goes back to its pool. */
  static forget(index: i32): void {
    HeaderOptionTable.at(index).bytes = 0;
    HeaderOptionTable.at(index).route = 0;
  }
}
