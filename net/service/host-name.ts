/** The name of this host (CONFIG_NET_HOSTNAME). */
import {
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
}

export class HostName {
  /** usize → u8[length()]: ASCII, without a NUL. */
  @inline static text(): usize {
    return Memory.name();
  }

  /** Bytes of the name, 1 to 32. */
  @inline static length(): u32 {
    return CONFIG_NET_HOSTNAME_LENGTH;
  }
}
