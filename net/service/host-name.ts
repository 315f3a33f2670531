/** The name of this host: CONFIG_NET_HOSTNAME, and with CONFIG_NET_HOSTNAME_DYNAMIC what sethostname makes of it until the next reset. */
import {
  CONFIG_NET_HOSTNAME_DYNAMIC,
  CONFIG_NET_HOSTNAME_LENGTH,
  CONFIG_NET_HOSTNAME_WORD0,
  CONFIG_NET_HOSTNAME_WORD1,
  CONFIG_NET_HOSTNAME_WORD2,
  CONFIG_NET_HOSTNAME_WORD3,
  CONFIG_NET_HOSTNAME_WORD4,
  CONFIG_NET_HOSTNAME_WORD5,
  CONFIG_NET_HOSTNAME_WORD6,
  CONFIG_NET_HOSTNAME_WORD7,
} from "../../config";

/** Bytes of the longest name. */
export const HOST_NAME_MOST: u32 = 32;

/** Memory of this file. In functions, so that an image without the service has nothing of it. */
class Memory {
  static name(): usize {
    return memory.data<u32>([
      CONFIG_NET_HOSTNAME_WORD0,
      CONFIG_NET_HOSTNAME_WORD1,
      CONFIG_NET_HOSTNAME_WORD2,
      CONFIG_NET_HOSTNAME_WORD3,
      CONFIG_NET_HOSTNAME_WORD4,
      CONFIG_NET_HOSTNAME_WORD5,
      CONFIG_NET_HOSTNAME_WORD6,
      CONFIG_NET_HOSTNAME_WORD7,
    ]);
  }

  /** usize → u32, with CONFIG_NET_HOSTNAME_DYNAMIC. */
  static length(): usize {
    return memory.data<u32>([CONFIG_NET_HOSTNAME_LENGTH]);
  }
}

export class HostName {
  /** usize → u8[length()], without a NUL. ASCII, unless sethostname was given something else. */
  @inline static text(): usize {
    return Memory.name();
  }

  /** Bytes of the name, 1 to HOST_NAME_MOST; 0 only when sethostname took the name away. */
  @inline static length(): u32 {
    return CONFIG_NET_HOSTNAME_DYNAMIC ? load<u32>(Memory.length()) : CONFIG_NET_HOSTNAME_LENGTH;
  }

  /** Byte `index` (below HOST_NAME_MOST) of a new name, of which `end` says how long it is. */
  static put(index: u32, byte: u32): void {
    store<u8>(Memory.name() + index, <u8>byte);
  }

  /** The name has `length` bytes, 0 to HOST_NAME_MOST. */
  static end(length: u32): void {
    store<u32>(Memory.length(), length);
  }
}
