/** The open packet sockets, in one chain: each looks at every frame. */
import { Socket } from "../socket/socket";
import { SocketChain } from "../socket/socket-chain";

/** Memory of this file. In a function, so that an image without packet sockets has nothing of it. */
class Memory {
  /** usize → usize → Socket: the first of the chain; 0 = none is open. */
  static head(): usize {
    return memory.data(4, 4);
  }
}

export class PacketTable {
  /** usize → the first packet Socket, or 0; the next one is its `hashNext`. */
  @inline static first(): usize {
    return load<usize>(Memory.head());
  }

  static insert(socket: Socket): void {
    SocketChain.insert(Memory.head(), socket);
  }

  static remove(socket: Socket): void {
    SocketChain.remove(Memory.head(), socket);
  }
}
