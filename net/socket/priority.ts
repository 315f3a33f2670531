/**
 * SO_PRIORITY (socket(7) of Linux): which of what waits to be sent goes first. The drivers of this stack have no queue to sort: a datagram
 * goes to the chip in the call that sends it, or that call waits. So the number is kept and told, and changes nothing on the wire; a
 * driver with several queues finds it in the socket. Only with CONFIG_NET_CONTEXT_PRIORITY.
 */
import { EPERM } from "../base/errno";
import { OPTION_PRIORITY_SHIFT, Socket } from "./socket";

/** Three bits of `Socket.options`. */
const MASK: u32 = 7 << OPTION_PRIORITY_SHIFT;
/** Larger numbers need a privilege on Linux (CAP_NET_ADMIN) that nobody has here. */
const HIGHEST: u32 = 6;
/** What Linux makes of the type of service, by its bits 4 and 3 ("low delay", "high throughput" of RFC 1349): best effort, bulk, interactive, both. */
const OF_SERVICE: u32 = 0x4620;

export class Priority {
  /** 0 to 6; 0 at first. */
  static get(socket: Socket): u32 {
    return (socket.options & MASK) >>> OPTION_PRIORITY_SHIFT;
  }

  /** 0, or -EPERM: not 0 to 6. */
  static set(socket: Socket, priority: u32): i32 {
    if (priority > HIGHEST) return -EPERM;
    socket.options = (socket.options & ~MASK) | (priority << OPTION_PRIORITY_SHIFT);
    return 0;
  }

  /** IP_TOS is going to be `service` (one byte): another one than before sets the priority too, as on Linux. */
  static follow(socket: Socket, service: u32): void {
    if (((socket.ttlTos >>> 8) & 0xff) == service) return;
    Priority.set(socket, (OF_SERVICE >>> (((service >>> 3) & 3) << 2)) & 0xf);
  }
}
