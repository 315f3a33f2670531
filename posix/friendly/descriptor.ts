/** What socket objects have in common. An object is its descriptor plus one, so that none is NULL; it lies nowhere and costs nothing. */

import { errno, setErrno } from "../errno";
import {
  SO_RCVTIMEO,
  SO_REUSEADDR,
  SO_REUSEPORT,
  SO_SNDTIMEO,
  SOL_SOCKET,
  ZVFS_F_SETFL,
  ZVFS_O_NONBLOCK,
} from "../zsock/constants";
import { zsock_fcntl, zsock_getsockopt, zsock_setsockopt } from "../zsock/option";
import { zsock_bind, zsock_close, zsock_getpeername, zsock_getsockname } from "../zsock/socket";
import { IntCell, zsock_timeval } from "../zsock/types";
import { Endpoint } from "./endpoint";

const ADDRESS_BYTES: i32 = 8;

export class Descriptor {
  /** The object of a descriptor; 0 for one below 0. */
  @inline static objectOf(fd: i32): usize {
    return fd < 0 ? 0 : <usize>fd + 1;
  }

  /** The descriptor of an object. */
  @inline static of(object: usize): i32 {
    return <i32>object - 1;
  }

  private static cell(): IntCell {
    return changetype<IntCell>(memory.data(4, 4));
  }

  private static time(): zsock_timeval {
    return changetype<zsock_timeval>(memory.data(16, 8));
  }

  private static length(): IntCell {
    const cell = changetype<IntCell>(memory.data(4, 4));
    cell.value = ADDRESS_BYTES;
    return cell;
  }

  /** Sets an option of one number. */
  static set(fd: i32, level: i32, name: i32, value: i32): bool {
    const cell = Descriptor.cell();
    cell.value = value;
    return zsock_setsockopt<IntCell>(fd, level, name, cell, 4) == 0;
  }

  /** An option of one number, -1 with an error. */
  static get(fd: i32, level: i32, name: i32): i32 {
    const cell = Descriptor.cell();
    const length = Descriptor.length();
    length.value = 4;
    return zsock_getsockopt<IntCell, IntCell>(fd, level, name, cell, length) < 0 ? -1 : cell.value;
  }

  /** How long receiving and sending may wait, milliseconds; 0 for ever. */
  static setTimeout(fd: i32, milliseconds: i32): bool {
    const time = Descriptor.time();
    time.tv_sec = milliseconds / 1000;
    time.tv_usec = (milliseconds % 1000) * 1000;
    return (
      zsock_setsockopt<zsock_timeval>(fd, SOL_SOCKET, SO_RCVTIMEO, time, 16) == 0 &&
      zsock_setsockopt<zsock_timeval>(fd, SOL_SOCKET, SO_SNDTIMEO, time, 16) == 0
    );
  }

  static setBlocking(fd: i32, blocking: bool): bool {
    return zsock_fcntl(fd, ZVFS_F_SETFL, blocking ? 0 : ZVFS_O_NONBLOCK) == 0;
  }

  static setReuse(fd: i32, port: bool): bool {
    return Descriptor.set(fd, SOL_SOCKET, port ? SO_REUSEPORT : SO_REUSEADDR, 1);
  }

  /** Binds to `port` on `address` (network order, 0 = all). */
  static bind(fd: i32, address: u32, port: u32): bool {
    const own = Endpoint.create();
    own.set(address, port);
    return zsock_bind<Endpoint>(fd, own, <u32>ADDRESS_BYTES) == 0;
  }

  static localEnd(fd: i32, to: Endpoint): bool {
    return zsock_getsockname<Endpoint, IntCell>(fd, to, Descriptor.length()) == 0;
  }

  static peerEnd(fd: i32, to: Endpoint): bool {
    return zsock_getpeername<Endpoint, IntCell>(fd, to, Descriptor.length()) == 0;
  }

  /** Closes a descriptor of which nothing has come; the error that made it so stays. */
  static giveUp(fd: i32): void {
    const error = errno();
    zsock_close(fd);
    setErrno(error);
  }
}
