/** TCP: connections, and listeners that take them. */
import { EINPROGRESS, ETIMEDOUT, errno } from "../errno";
import {
  AF_INET,
  IPPROTO_TCP,
  SO_ERROR,
  SOCK_NONBLOCK,
  SOCK_STREAM,
  SOL_SOCKET,
  TCP_NODELAY,
  ZSOCK_POLLOUT,
} from "../zsock/constants";
import { zsock_addrinfo, zsock_freeaddrinfo } from "../zsock/netdb";
import { Result } from "../zsock/result";
import { zsock_accept, zsock_close, zsock_connect, zsock_listen, zsock_socket } from "../zsock/socket";
import { IntCell, sockaddr_in, zsock_pollfd } from "../zsock/types";
import { zsock_poll } from "../zsock/wait";
import { Descriptor } from "./descriptor";
import { Endpoint, Lookup } from "./endpoint";
import { Stream } from "./stream";

const ADDRESS_BYTES: u32 = 8;

/** A connection. */
@unmanaged
@final
export class TcpSocket extends Stream {
  /** The object of a descriptor that is open; null for a number below 0. */
  @inline static of(fd: i32): TcpSocket | null {
    return changetype<TcpSocket | null>(Descriptor.objectOf(fd));
  }

  /**
   * A connection to `host` and `port`: its addresses are tried one after the other.
   *
   * @param host    string, or usize → C string: a name or a numeric address
   * @param timeout milliseconds that each address has; 0: as long as TCP tries
   * @returns null with the error of the last address: those of Endpoint.resolve and of connect, ETIMEDOUT
   */
  static connect<S>(host: S, port: u32, timeout: i32 = 0): TcpSocket | null {
    const list = Lookup.begin<S>(host);
    let fd: i32 = -1;
    for (let p = list; p && fd < 0; p = zsock_addrinfo.at(p).ai_next) {
      const to = Attempt.endpoint();
      to.set(changetype<sockaddr_in>(zsock_addrinfo.at(p).ai_addr).sin_addr, port);
      fd = Attempt.make(to, timeout);
    }
    if (list) zsock_freeaddrinfo<usize>(list);
    return TcpSocket.of(fd);
  }

  /** As `connect`, to an address that is known. */
  static connectTo(peer: Endpoint, timeout: i32 = 0): TcpSocket | null {
    return TcpSocket.of(Attempt.make(peer, timeout));
  }

  /** Small pieces are sent at once. */
  setNoDelay(on: bool): bool {
    return Descriptor.set(this.fd(), IPPROTO_TCP, TCP_NODELAY, i32(on));
  }

  /** Fills in the own address and port. */
  localEnd(to: Endpoint): bool {
    return Descriptor.localEnd(this.fd(), to);
  }

  /** Fills in the peer's. */
  peerEnd(to: Endpoint): bool {
    return Descriptor.peerEnd(this.fd(), to);
  }
}

/** One attempt to connect. */
class Attempt {
  static endpoint(): Endpoint {
    return changetype<Endpoint>(memory.data(8, 4));
  }

  private static entry(): zsock_pollfd {
    return changetype<zsock_pollfd>(memory.data(8, 4));
  }

  /** The descriptor of the connection, or -1 with an error. */
  static make(to: Endpoint, timeout: i32): i32 {
    const fd = zsock_socket(AF_INET, SOCK_STREAM | (timeout ? SOCK_NONBLOCK : 0), IPPROTO_TCP);
    if (fd < 0) return -1;
    let done: bool = zsock_connect<Endpoint>(fd, to, ADDRESS_BYTES) == 0;
    if (!done && timeout && errno() == EINPROGRESS) done = Attempt.wait(fd, timeout);
    if (done && timeout) done = Descriptor.setBlocking(fd, true);
    if (done) return fd;
    Descriptor.giveUp(fd);
    return -1;
  }

  private static wait(fd: i32, timeout: i32): bool {
    const entry = Attempt.entry();
    entry.fd = fd;
    entry.events = <i16>ZSOCK_POLLOUT;
    const ready = zsock_poll<zsock_pollfd>(entry, 1, timeout);
    if (ready < 0) return false;
    const error = ready ? Descriptor.get(fd, SOL_SOCKET, SO_ERROR) : ETIMEDOUT;
    return error ? error > 0 && Result.error(error) == 0 : true;
  }
}

/** A socket that takes connections. */
@unmanaged
@final
export class TcpListener {
  /** The object of a listening descriptor; null for a number below 0. */
  @inline static of(fd: i32): TcpListener | null {
    return changetype<TcpListener | null>(Descriptor.objectOf(fd));
  }

  /**
   * Listens on `port`.
   *
   * @param backlog   connections that wait to be accepted, at most
   * @param address   own address, network order; 0: all
   * @param reusePort several listeners share the port, and its connections are spread over them
   * @returns null with an error: EADDRINUSE, EADDRNOTAVAIL, ENFILE, EMFILE, ENOBUFS, EPROTOTYPE (no TCP in this image)
   */
  static open(port: u32, backlog: i32 = 5, address: u32 = 0, reusePort: bool = false): TcpListener | null {
    const fd = zsock_socket(AF_INET, SOCK_STREAM, IPPROTO_TCP);
    if (fd < 0) return null;
    const bound =
      Descriptor.setReuse(fd, false) &&
      (!reusePort || Descriptor.setReuse(fd, true)) &&
      Descriptor.bind(fd, address, port) &&
      zsock_listen(fd, backlog) == 0;
    if (bound) return TcpListener.of(fd);
    Descriptor.giveUp(fd);
    return null;
  }

  /** The descriptor, for the functions of socklet/posix. */
  @inline fd(): i32 {
    return Descriptor.of(changetype<usize>(this));
  }

  /** The next connection; null with an error. @see POSIX accept() */
  accept(): TcpSocket | null {
    return TcpSocket.of(zsock_accept<usize, usize>(this.fd(), 0, 0));
  }

  /** As `accept`, and says who it is. */
  acceptFrom(peer: Endpoint): TcpSocket | null {
    const length = changetype<IntCell>(memory.data(4, 4));
    length.value = <i32>ADDRESS_BYTES;
    return TcpSocket.of(zsock_accept<Endpoint, IntCell>(this.fd(), peer, length));
  }

  /** accept waits, or answers EAGAIN instead. */
  setBlocking(blocking: bool): bool {
    return Descriptor.setBlocking(this.fd(), blocking);
  }

  /** Fills in the own address and port. */
  localEnd(to: Endpoint): bool {
    return Descriptor.localEnd(this.fd(), to);
  }

  /** Closes it; the object must not be used any more. */
  close(): bool {
    return zsock_close(this.fd()) == 0;
  }
}
