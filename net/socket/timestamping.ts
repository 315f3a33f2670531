/**
 * SO_TIMESTAMPING of datagram, raw and packet sockets (Linux's Documentation/networking/timestamping.rst): software time stamps of what came,
 * which recvmsg says, and, with CONFIG_NET_SOCKETS_RECVERR, of datagrams sent, which come over the error queue (error-queue.ts); frames of
 * packet sockets are not stamped when they are sent. Only with CONFIG_NET_CONTEXT_TIMESTAMPING.
 *
 * A datagram is stamped with the time of the call or poll that gives it to the chip or takes it from there; one that first waits for the MAC
 * address of its next hop with the time at which it begins to wait, where Linux stamps it later. It is not returned with its stamp: a program
 * tells its stamps apart by OPT_ID, as if OPT_TSONLY were always set. No chip here stamps frames itself: flags that ask for this are kept and
 * have no effect, as on Linux with such a NIC.
 */
import { CONFIG_NET_MAX_CONTEXTS } from "../../config";
import { EINVAL, ENOMSG } from "../base/errno";
import { ErrorQueue, ORIGIN_TIMESTAMPING, QueuedError, SEND_STAMPS } from "./error-queue";
import { OPTION_STAMP_SENT, Socket, SocketPool } from "./socket";

/** Linux's SOF_TIMESTAMPING_*. Zephyr has numbers of its own for the hardware ones alone, which would collide. */
export const STAMP_TX_HARDWARE: u32 = 1 << 0;
export const STAMP_TX_SOFTWARE: u32 = 1 << 1;
export const STAMP_RX_HARDWARE: u32 = 1 << 2;
export const STAMP_RX_SOFTWARE: u32 = 1 << 3;
/** Software stamps are reported, not only made. */
export const STAMP_SOFTWARE: u32 = 1 << 4;
export const STAMP_SYS_HARDWARE: u32 = 1 << 5;
export const STAMP_RAW_HARDWARE: u32 = 1 << 6;
/** Stamps say which datagram they are of: the first one after this was set is 0. */
export const STAMP_ID: u32 = 1 << 7;
export const STAMP_ONLY: u32 = 1 << 11;

/** What can be set. Stamps at other places (TX_SCHED, TX_ACK) and other contents of a message (OPT_CMSG, OPT_STATS …) are refused: they would have no effect. */
const KNOWN: u32 =
  STAMP_TX_HARDWARE |
  STAMP_RX_HARDWARE |
  STAMP_RX_SOFTWARE |
  STAMP_SOFTWARE |
  STAMP_SYS_HARDWARE |
  STAMP_RAW_HARDWARE |
  STAMP_ID |
  STAMP_ONLY |
  (SEND_STAMPS ? STAMP_TX_SOFTWARE : 0);

@unmanaged
@final
class Settings {
  /** STAMP_*. */
  flags: u32;
  /** Number of the next datagram (STAMP_ID). */
  next: u32;
}

/** Memory of this file. In a function, so that an image without time stamps has nothing of it. */
class Memory {
  /** Settings of each record of the pool of sockets. */
  static settings(): usize {
    return memory.data(CONFIG_NET_MAX_CONTEXTS * 8, 4);
  }
}

export class Timestamping {
  private static settings(socket: Socket): Settings {
    return changetype<Settings>(Memory.settings() + ((<usize>SocketPool.indexOf(changetype<usize>(socket))) << 3));
  }

  /** The socket is closed: the next one with its record has no settings. */
  static close(socket: Socket): void {
    Timestamping.settings(socket).flags = 0;
  }

  /** STAMP_*. */
  static flags(socket: Socket): u32 {
    return Timestamping.settings(socket).flags;
  }

  /**
   * 0, or -EINVAL: a flag that is unknown or would have no effect (STAMP_TX_SOFTWARE of a packet socket, or in an image without error queues,
   * among them).
   */
  static set(socket: Socket, flags: u32): i32 {
    if (flags & ~KNOWN || (flags & STAMP_TX_SOFTWARE && socket.isPacket())) return -EINVAL;
    const settings = Timestamping.settings(socket);
    if (flags & ~settings.flags & STAMP_ID) settings.next = 0;
    settings.flags = flags;
    if (SEND_STAMPS) socket.set(OPTION_STAMP_SENT, (flags & STAMP_TX_SOFTWARE) != 0);
    return 0;
  }

  /** True when recvmsg reports stamps; `queued`: of what comes from the error queue. */
  static reports(socket: Socket, queued: bool): bool {
    const flags = Timestamping.flags(socket);
    return (flags & STAMP_SOFTWARE) != 0 && (queued || (flags & STAMP_RX_SOFTWARE) != 0);
  }

  /** True when what `socket` sends is stamped: then no datagram takes the short way, which knows nothing of it. Only where there are SEND_STAMPS. */
  @inline static stampsSent(socket: Socket): bool {
    return socket.has(OPTION_STAMP_SENT);
  }

  /** A datagram of a socket that stamps has been sent: queues its stamp. It counts also when no place is free. */
  static sent(socket: Socket): void {
    const settings = Timestamping.settings(socket);
    let id: u32 = 0;
    if (settings.flags & STAMP_ID) {
      id = settings.next;
      settings.next = id + 1;
    }
    const p = ErrorQueue.add(socket, ENOMSG, ORIGIN_TIMESTAMPING);
    if (p) QueuedError.at(p).data = id;
  }
}
