/** What the contract programs do with streams: listeners and connections over loopback, both ends in one program. */
import {
  AF_INET,
  accept,
  bind,
  connect,
  IntCell,
  linger,
  listen,
  NULL,
  SO_LINGER,
  SOCK_STREAM,
  SOL_SOCKET,
  Static,
  setsockopt,
  socket,
} from "socklet/posix/sys/socket";
import { close } from "socklet/posix/unistd";
import { ADDRESS_BYTES, at, LOOPBACK } from "./sockets";

/** A stream socket. */
export function stream(): i32 {
  return socket(AF_INET, SOCK_STREAM, 0);
}

/** A listener on 127.0.0.1 and `port`. */
export function listener(port: u32): i32 {
  const fd = stream();
  if (bind(fd, at(LOOPBACK, port), ADDRESS_BYTES) < 0) return -1;
  return listen(fd, 4) < 0 ? -1 : fd;
}

class Pair {
  /** usize → i32 the end that connected, i32 the end that was accepted. */
  static block(): usize {
    return memory.data(8, 4);
  }

  static hard(): linger {
    return changetype<linger>(memory.data(8, 4));
  }
}

/** The end of the last `pair` that connected. */
export function clientEnd(): i32 {
  return load<i32>(Pair.block());
}

/** The end of the last `pair` that was accepted. */
export function serverEnd(): i32 {
  return load<i32>(Pair.block(), 4);
}

/** Makes a connection to `listening` on `port`. False when that failed. */
export function pair(listening: i32, port: u32): bool {
  const client = stream();
  if (connect(client, at(LOOPBACK, port), ADDRESS_BYTES) < 0) return false;
  store<i32>(Pair.block(), client);
  store<i32>(Pair.block(), accept(listening, NULL, NULL), 4);
  return serverEnd() >= 0;
}

/** Closes a connection without anything left of it: the port can be used again at once. */
export function drop(fd: i32): void {
  const hard = Pair.hard();
  hard.l_onoff = 1;
  hard.l_linger = 0;
  setsockopt(fd, SOL_SOCKET, SO_LINGER, hard, 8);
  close(fd);
}

export { IntCell, Static };
