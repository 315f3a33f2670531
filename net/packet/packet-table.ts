/** The open packet sockets, in one chain: each looks at every frame. */
import { Socket } from "../socket/socket";

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
    socket.hashNext = PacketTable.first();
    store<usize>(Memory.head(), changetype<usize>(socket));
  }

  static remove(socket: Socket): void {
    const self = changetype<usize>(socket);
    let link = Memory.head();
    for (let p = load<usize>(link); p; p = load<usize>(link)) {
      if (p == self) {
        store<usize>(link, socket.hashNext);
        return;
      }
      link = p + offsetof<Socket>("hashNext");
    }
  }
}
