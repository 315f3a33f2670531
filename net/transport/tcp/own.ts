/**
 * Connections that the stack itself opens: a socket's record without a descriptor. Their owner looks at them when he is woken
 * (`Tasks.wake` of the record's address), builds what he sends in the send buffer, and reads in the receive ring what has come.
 *
 * The record counts one reference while somebody owns it, so that a connection which ends stays readable; `finish` and `abort` give
 * it up. Addresses and ports are in network order.
 */
import { Route } from "../../ip/route";
import { Neighbour } from "../../link/neighbour";
import { STATE_ADDRESS_CHOSEN, STATE_BOUND, STATE_CONNECTED, STATE_PORT_CHOSEN } from "../../socket/socket";
import { StreamPorts } from "../../socket/stream-ports";
import { Calls } from "./calls";
import { CLOSE_WAIT, CLOSED, ESTABLISHED, TCP_FIN_RECEIVED, Tcb } from "./connection";
import { Connections } from "./connections";
import { Receiver } from "./receiver";
import { SendBuffer, SendBuffers } from "./send-buffer";
import { Sender } from "./sender";

export class OwnConnection {
  /**
   * Begins to connect to `port` of `address`.
   * @returns usize → Tcb; 0 when every record belongs to an open socket, there is no way to the address, or no port is free
   */
  static open(address: u32, port: u32): usize {
    const p = Connections.create();
    if (!p) return 0;
    const tcb = Tcb.of(p);
    tcb.references = 1;
    if (OwnConnection.connect(tcb, address, port)) return p;
    OwnConnection.abort(tcb);
    return 0;
  }

  private static connect(tcb: Tcb, address: u32, port: u32): bool {
    const p = Route.find(address, 0);
    if (!p) return false;
    const local = Route.source(Neighbour.at(p));
    const own = StreamPorts.forConnection(tcb, local, address, port);
    if (!own) return false;
    tcb.localAddress = local;
    tcb.setLocalPort(own);
    tcb.set(STATE_BOUND | STATE_CONNECTED | STATE_ADDRESS_CHOSEN | STATE_PORT_CHOSEN, true);
    return !Calls.connect(tcb, address, port);
  }

  /** True when the handshake is done and our side is open. */
  static canSend(tcb: Tcb): bool {
    return <u32>tcb.state == ESTABLISHED || <u32>tcb.state == CLOSE_WAIT;
  }

  /**
   * Where the first bytes of the connection are built, once `canSend`: usize → u8[CONFIG_NET_TCP_SEND_BUFFER], 4-aligned; 0 when no send
   * buffer is free now (nobody tells when one is).
   */
  static room(tcb: Tcb): usize {
    return SendBuffers.attach(tcb) ? SendBuffer.at(tcb.sendBuffer).ring() : 0;
  }

  /** Sends the `bytes` bytes that were built in `room`. */
  static send(tcb: Tcb, bytes: u32): void {
    SendBuffer.at(tcb.sendBuffer).length = bytes;
    Sender.run(tcb);
  }

  /** Bytes that have come. */
  @inline static available(tcb: Tcb): u32 {
    return tcb.ringCount;
  }

  /** What has come, in one piece as long as nothing of it has been taken: usize → u8[available]. Valid until the connection is given up. */
  @inline static data(tcb: Tcb): usize {
    return tcb.ringBase + tcb.ringTail;
  }

  /** True when nothing comes after what is there: the peer's FIN or RST, or an attempt to connect that is over. */
  static hasEnded(tcb: Tcb): bool {
    return tcb.is(TCP_FIN_RECEIVED) || <u32>tcb.state == CLOSED;
  }

  /** Gives the connection up in order, with a FIN. What has come is dropped. The record is not the caller's any more. */
  static finish(tcb: Tcb): void {
    Receiver.discard(tcb);
    tcb.references = 0;
    Calls.close(tcb);
  }

  /** Gives the connection up with a RST, when the peer knows of it. The record is not the caller's any more. */
  static abort(tcb: Tcb): void {
    tcb.references = 0;
    Calls.abort(tcb);
  }
}
