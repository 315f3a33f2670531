/** Sockets linked through `hashNext`, from a word that holds the first of them: 0 = none. A socket is on one chain at most. */
import { Chain } from "../base/chain";
import { Socket } from "./socket";

export class SocketChain {
  /** Puts `socket` before the others. @param head usize → usize → Socket */
  static insert(head: usize, socket: Socket): void {
    socket.hashNext = load<usize>(head);
    store<usize>(head, changetype<usize>(socket));
  }

  /** Takes `socket` off; nothing happens when it is not on that chain. @param head usize → usize → Socket */
  static remove(head: usize, socket: Socket): void {
    Chain.remove(head, changetype<usize>(socket), offsetof<Socket>("hashNext"));
  }
}
