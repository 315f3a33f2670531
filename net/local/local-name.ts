/** A name of an AF_UNIX socket on its way between the application and the core. */
import { CONFIG_NET_SOCKETS_UNIX_NAME } from "../../config";
import { LocalSocket } from "./local-socket";

@unmanaged
@final
export class LocalName {
  /** Bytes; 0 = no name. */
  length: u32;

  /** The name that a call was given. */
  static given(): LocalName {
    return changetype<LocalName>(memory.data(4 + CONFIG_NET_SOCKETS_UNIX_NAME, 4));
  }

  /** The sender of what was received last. */
  static sender(): LocalName {
    return changetype<LocalName>(memory.data(4 + CONFIG_NET_SOCKETS_UNIX_NAME, 4));
  }

  /** usize → u8[CONFIG_NET_SOCKETS_UNIX_NAME]. */
  @inline bytes(): usize {
    return changetype<usize>(this) + offsetof<LocalName>();
  }

  /** True for a name that begins with NUL: it was never meant to be a file. */
  isAbstract(): bool {
    return this.length != 0 && !load<u8>(this.bytes());
  }

  /** Takes over the name of `socket`. */
  copy(socket: LocalSocket): void {
    this.length = socket.nameLength;
    memory.copy(this.bytes(), socket.name(), socket.nameLength);
  }
}
