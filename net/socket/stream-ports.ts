/**
 * Local ports of stream sockets: what may be bound beside what (as Linux has it), and the port that connect draws, so that
 * strangers cannot guess it and connections to one peer do not reuse a port at once (RFC 6056 §3.3.3, algorithm 3).
 * Addresses and ports are in network order.
 */
import {
  CONFIG_NET_MAX_CONTEXTS,
  CONFIG_NET_SOCKETS_LOCAL_PORT_MIN,
  CONFIG_NET_TCP,
  CONFIG_NET_TCP_TIME_WAIT,
} from "../../config";
import { host_random } from "../../hal/imports";
import { Be } from "../base/be";
import { EADDRINUSE } from "../base/errno";
import { CLOSED, LISTEN, Tcb } from "../transport/tcp/connection";
import { Connections } from "../transport/tcp/connections";
import { InitialSequence } from "../transport/tcp/initial-sequence";
import { TimeWait } from "../transport/tcp/time-wait";
import { DeviceBinding } from "./device-binding";
import { PortRange } from "./port-range";
import { OPTION_REUSEADDR, OPTION_REUSEPORT, SOCKET_TCP, SocketPool, STATE_BOUND, STATE_PORT_CHOSEN } from "./socket";

/** All ephemeral ports of the device. */
const COUNT: u32 = 65_536 - CONFIG_NET_SOCKETS_LOCAL_PORT_MIN;
/** More ports cannot be taken than there are records: one more try finds a free one, if there is one. */
const RECORDS: u32 = CONFIG_NET_MAX_CONTEXTS + CONFIG_NET_TCP_TIME_WAIT + 1;
const TRIES: u32 = RECORDS < COUNT ? RECORDS : COUNT;

/** u32 next_ephemeral of RFC 6056 §3.3.3. */
const NEXT: usize = CONFIG_NET_TCP ? memory.data(4, 4) : 0;

export class StreamPorts {
  /**
   * Gives `tcb` its local address and port.
   * @param address 0 = any; @param port 0 = draw one
   * @returns 0, or -EADDRINUSE: see `conflicts`, or no ephemeral port is free
   */
  static bind(tcb: Tcb, address: u32, port: u32): i32 {
    if (!port) {
      port = StreamPorts.draw(tcb, address);
      if (!port) return -EADDRINUSE;
    } else if (StreamPorts.conflicts(tcb, address, port)) {
      return -EADDRINUSE;
    }
    tcb.localAddress = address;
    tcb.setLocalPort(port);
    tcb.set(STATE_BOUND, true);
    return 0;
  }

  /** A port for `tcb` on `address` that conflicts with nothing, drawn at random (RFC 6056 §3.3.2); 0 = none is free. */
  private static draw(tcb: Tcb, address: u32): u32 {
    const first = PortRange.first(tcb);
    const count = PortRange.count(tcb);
    let candidate = host_random() % count;
    for (let i: u32 = 0; i < TRIES; i++) {
      const port = Be.swap16(first + candidate);
      if (!StreamPorts.isHeld(tcb, port) && !StreamPorts.conflicts(tcb, address, port)) return port;
      candidate = candidate + 1 == count ? 0 : candidate + 1;
    }
    return 0;
  }

  /**
   * A port for a connection from `local` to `port` of `remote`; 0 = none is free. It belongs to no other socket, and the
   * connection is not one in TIME-WAIT.
   */
  static forConnection(tcb: Tcb, local: u32, remote: u32, port: u32): u32 {
    const first = PortRange.first(tcb);
    const count = PortRange.count(tcb);
    const offset = InitialSequence.hash(local, remote, port);
    for (let i: u32 = 0; i < TRIES; i++) {
      const next = load<u32>(NEXT);
      store<u32>(NEXT, next + 1);
      const candidate = Be.swap16(first + ((offset + next) % count));
      const ports = port | (candidate << 16);
      if (StreamPorts.isHeld(tcb, candidate) || Connections.lookup(local, remote, ports)) continue;
      if (!TimeWait.find(local, remote, ports)) return candidate;
    }
    return 0;
  }

  /**
   * True when `tcb` may not have `port` on `address`. Another socket of the port with an overlapping address and interface is in the way
   * unless both have SO_REUSEPORT, or both have SO_REUSEADDR and the other does not listen. A connection in TIME-WAIT is in the way
   * of a socket without either option.
   */
  static conflicts(tcb: Tcb, address: u32, port: u32): bool {
    for (let i: i32 = 0; i < CONFIG_NET_MAX_CONTEXTS; i++) {
      const other = Tcb.of(SocketPool.record(i));
      if (changetype<usize>(other) == changetype<usize>(tcb) || !StreamPorts.holds(other, port)) continue;
      if (address && other.localAddress && other.localAddress != address) continue;
      if (DeviceBinding.apart(tcb, other)) continue;
      const both = tcb.options & other.options;
      if (both & OPTION_REUSEPORT) continue;
      if (both & OPTION_REUSEADDR && <u32>other.state != LISTEN) continue;
      return true;
    }
    return !tcb.has(OPTION_REUSEADDR | OPTION_REUSEPORT) && TimeWait.holds(port);
  }

  /** True when a socket other than `tcb` has `port`, on whatever address. */
  private static isHeld(tcb: Tcb, port: u32): bool {
    for (let i: i32 = 0; i < CONFIG_NET_MAX_CONTEXTS; i++) {
      const other = Tcb.of(SocketPool.record(i));
      if (changetype<usize>(other) != changetype<usize>(tcb) && StreamPorts.holds(other, port)) return true;
    }
    return false;
  }

  /**
   * True when `other` (a record, in use or not) is a stream socket with that port. One that connect or accept gave it is
   * free again when the connection is over, also while the descriptor is still open.
   */
  private static holds(other: Tcb, port: u32): bool {
    if (other.kind != SOCKET_TCP || other.localPort() != port) return false;
    return <u32>other.state != CLOSED || (other.options & (STATE_BOUND | STATE_PORT_CHOSEN)) == STATE_BOUND;
  }
}
