/**
 * SO_DONTROUTE of a socket and MSG_DONTROUTE of one call: only what is on the link of an interface can be reached, no router is asked
 * (POSIX send(); socket(7) and send(2) of Linux). ENETUNREACH for everything else. Route.find does it, which is told by ON_LINK in
 * `Socket.way`. Only with CONFIG_NET_SOCKETS_DONTROUTE.
 */
import { ENETUNREACH } from "../base/errno";
import { Route } from "../ip/route";
import { Interfaces } from "../link/interface";
import { ON_LINK } from "../link/on-link";
import { Operations } from "./operations";
import { SendControl } from "./send-control";
import { Socket } from "./socket";
import { Task } from "./task";

export class DirectRoute {
  /** SO_DONTROUTE. */
  static isOn(socket: Socket): bool {
    return (socket.way & ON_LINK) != 0;
  }

  /** Sets SO_DONTROUTE. It counts for whatever is sent from now on, also on a connection. */
  static set(socket: Socket, on: bool): void {
    socket.way = <u16>(on ? socket.way | ON_LINK : socket.way & ~ON_LINK);
    // What is remembered of the way to the last destination may lead over a router.
    socket.forgetWay();
  }

  /**
   * As Operations.send, with MSG_DONTROUTE: a datagram goes as if the socket had SO_DONTROUTE. Of a stream the peer is looked at and nothing
   * else, since what it has queued goes out later: -ENETUNREACH when it is not on the link. (Linux ignores the flag there.)
   */
  static send(socket: Socket, task: i32, address: u32, port: u32, flags: u32): i32 {
    if (socket.isStream()) {
      if (Operations.isConnected(socket) && !DirectRoute.reaches(socket)) {
        Task.at(task).finish();
        return -ENETUNREACH;
      }
      return Operations.send(socket, task, address, port, flags);
    }
    const before = DirectRoute.isOn(socket);
    DirectRoute.set(socket, true);
    const result = Operations.send(socket, task, address, port, flags);
    DirectRoute.set(socket, before);
    return result;
  }

  /** As `send`, for a datagram of which the shared SendControl says more. */
  static sendControlled(socket: Socket, task: i32, address: u32, port: u32, flags: u32): i32 {
    const before = DirectRoute.isOn(socket);
    DirectRoute.set(socket, true);
    const result = SendControl.shared().send(socket, task, address, port, flags);
    DirectRoute.set(socket, before);
    return result;
  }

  /** True when a connection from `remote` (network order) is one that a listener with SO_DONTROUTE can answer. */
  static isDirect(remote: u32): bool {
    return Interfaces.isLocal(remote) || Interfaces.nic().isOnLink(remote);
  }

  private static reaches(socket: Socket): bool {
    return Route.find(socket.remoteAddress, socket.way | ON_LINK) != 0 || Route.error() != -ENETUNREACH;
  }
}
