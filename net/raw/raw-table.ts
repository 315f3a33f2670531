/** The open raw sockets, in one chain: there are few of them, and each sees every datagram of its protocol. */
import { Socket } from "../socket/socket";
import { SocketChain } from "../socket/socket-chain";
import { PROTOCOL_RAW, RawFields } from "./raw-fields";

/** Memory of this file. In a function, so that an image without raw sockets has nothing of it. */
class Memory {
  /** usize → usize → Socket: the first of the chain; 0 = none is open. */
  static head(): usize {
    return memory.data(4, 4);
  }
}

export class RawTable {
  /** usize → the first raw Socket, or 0; the next one is its `hashNext`. */
  @inline static first(): usize {
    return load<usize>(Memory.head());
  }

  static insert(socket: Socket): void {
    SocketChain.insert(Memory.head(), socket);
  }

  static remove(socket: Socket): void {
    SocketChain.remove(Memory.head(), socket);
  }

  /**
   * True when a datagram is one that `socket` wants to see: its protocol, to its local address and from its peer, as far as it has them.
   * @param local, remote network order: this device's address and the other one; @param index interface that it came in on
   */
  static matches(socket: Socket, protocol: u32, local: u32, remote: u32, index: u32): bool {
    const wanted = RawFields.of(socket).protocol;
    return (
      wanted == protocol &&
      wanted != PROTOCOL_RAW &&
      (!socket.localAddress || socket.localAddress == local) &&
      (!socket.remoteAddress || socket.remoteAddress == remote) &&
      (!socket.boundInterface || <u32>socket.boundInterface == index)
    );
  }
}
