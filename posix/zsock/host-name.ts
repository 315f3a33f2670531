/** The name of this host: CONFIG_NET_HOSTNAME, and with CONFIG_NET_HOSTNAME_DYNAMIC what sethostname made of it. */
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
import { ENAMETOOLONG } from "../errno";
import { socklet_host_name, socklet_set_host_name } from "../imports";
import { Result } from "./result";

class Store {
  /** The name as it is configured: usize → u8[32], zeros behind it. */
  static configured(): usize {
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

  /** usize → u32: bytes of the name. */
  static length(): usize {
    return memory.data(4, 4);
  }
}

/**
 * The name of this host (CONFIG_NET_HOSTNAME, or what sethostname was given).
 *
 * @param name usize → u8[bytes], gets the C string
 * @returns 0, or -1 with errno: ENAMETOOLONG (it has no room with its zero byte), EFAULT
 * @see POSIX gethostname()
 */
export function zsock_gethostname(name: usize, bytes: u32): i32 {
  if (CONFIG_NET_HOSTNAME_DYNAMIC) {
    const wasi = socklet_host_name(name, bytes, Store.length());
    if (wasi) return Result.failed(wasi);
    return bytes <= load<u32>(Store.length()) ? Result.error(ENAMETOOLONG) : 0;
  }
  if (bytes <= <u32>CONFIG_NET_HOSTNAME_LENGTH) return Result.error(ENAMETOOLONG);
  memory.copy(name, Store.configured(), CONFIG_NET_HOSTNAME_LENGTH);
  store<u8>(name + CONFIG_NET_HOSTNAME_LENGTH, 0);
  return 0;
}

/**
 * Gives this host another name, until the next reset: for gethostname, for the next message of the DHCP client, and for the resolver, which
 * finds it without asking.
 *
 * @param name  usize → u8[bytes]; it ends before the first zero byte, if there is one
 * @param bytes 0 to 32. Without a name the DHCP client tells the server none
 * @returns 0, or -1 with errno: EINVAL (more than 32 bytes), EPERM (CONFIG_APP_MAY_SET_HOSTNAME=n), EFAULT, ENOSYS
 *   (CONFIG_NET_HOSTNAME_DYNAMIC=n)
 * @see sethostname(2) of Linux
 */
export function zsock_sethostname(name: usize, bytes: u32): i32 {
  return Result.of(socklet_set_host_name(name, bytes));
}
