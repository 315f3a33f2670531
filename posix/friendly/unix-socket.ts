/** AF_UNIX streams: connections between the tasks of a device. Needs CONFIG_NET_SOCKETS_UNIX. */
import { AF_UNIX, SOCK_STREAM } from "../zsock/constants";
import {
  zsock_accept,
  zsock_bind,
  zsock_close,
  zsock_connect,
  zsock_listen,
  zsock_socket,
  zsock_socketpair,
} from "../zsock/socket";
import { sockaddr_un } from "../zsock/types";
import { Descriptor } from "./descriptor";
import { Stream } from "./stream";

class Memory {
  static address(): sockaddr_un {
    return sockaddr_un.create();
  }

  /** usize → i32[2]: the descriptors of a pair. */
  static pair(): usize {
    return memory.data(8, 4);
  }
}

/** A connection. */
@unmanaged
@final
export class UnixSocket extends Stream {
  /** The object of a descriptor that is open; null for a number below 0. */
  @inline static of(fd: i32): UnixSocket | null {
    return changetype<UnixSocket | null>(Descriptor.objectOf(fd));
  }

  /**
   * A connection to who listens on `path`, an ASCII text.
   * @returns null with an error: ENOENT (nobody has the path), ECONNREFUSED (its owner does not listen), EAFNOSUPPORT (not built in), ENFILE,
   *   EMFILE, ENOBUFS
   */
  static connect(path: string): UnixSocket | null {
    const fd = zsock_socket(AF_UNIX, SOCK_STREAM, 0);
    const address = Memory.address();
    const length = address.setPath(path);
    if (fd < 0 || zsock_connect<sockaddr_un>(fd, address, length) == 0) return UnixSocket.of(fd);
    Descriptor.giveUp(fd);
    return null;
  }

  /** Two ends of a connection: one is the answer, the other `secondOfPair`. Null with an error: EAFNOSUPPORT (not built in), ENFILE, EMFILE. */
  static pair(): UnixSocket | null {
    if (zsock_socketpair(AF_UNIX, SOCK_STREAM, 0, Memory.pair())) return null;
    return UnixSocket.of(load<i32>(Memory.pair()));
  }

  /** The other end of the last `pair`. */
  static secondOfPair(): UnixSocket | null {
    return UnixSocket.of(load<i32>(Memory.pair(), 4));
  }
}

/** A socket that takes connections. */
@unmanaged
@final
export class UnixListener {
  /** Listens on `path`, an ASCII text. Null with an error: EADDRINUSE, EAFNOSUPPORT (not built in), ENFILE, EMFILE. */
  static open(path: string, backlog: i32 = 5): UnixListener | null {
    const fd = zsock_socket(AF_UNIX, SOCK_STREAM, 0);
    if (fd < 0) return null;
    const address = Memory.address();
    const length = address.setPath(path);
    if (zsock_bind<sockaddr_un>(fd, address, length) == 0 && zsock_listen(fd, backlog) == 0)
      return changetype<UnixListener | null>(Descriptor.objectOf(fd));
    Descriptor.giveUp(fd);
    return null;
  }

  /** The descriptor, for the functions of socklet/posix. */
  @inline fd(): i32 {
    return Descriptor.of(changetype<usize>(this));
  }

  /** The next connection; null with an error. @see POSIX accept() */
  accept(): UnixSocket | null {
    return UnixSocket.of(zsock_accept<usize, usize>(this.fd(), 0, 0));
  }

  /** accept waits, or answers EAGAIN instead. */
  setBlocking(blocking: bool): bool {
    return Descriptor.setBlocking(this.fd(), blocking);
  }

  /** Closes it, and gives the path up; the object must not be used any more. */
  close(): bool {
    return zsock_close(this.fd()) == 0;
  }
}
