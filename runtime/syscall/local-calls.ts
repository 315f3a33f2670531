/**
 * What system calls mean on descriptors that are no internet sockets: AF_UNIX sockets carry them out, the others answer ENOTSOCK, and what is not
 * open EBADF. The calls come here where they find that an entry is not an internet socket's, so that those pay nothing.
 */
import { CONFIG_NET_SOCKETS_UNIX } from "../../config";
import {
  guest_check,
  guest_load32,
  guest_load64,
  guest_store8,
  guest_store16,
  guest_store32,
  guest_store64,
} from "../../hal/imports";
import {
  EAFNOSUPPORT,
  EFAULT,
  EINVAL,
  EMFILE,
  ENFILE,
  ENOPROTOOPT,
  ENOTCONN,
  EPROTONOSUPPORT,
  EPROTOTYPE,
} from "../../net/base/errno";
import { LocalConnection } from "../../net/local/local-connection";
import { LocalName } from "../../net/local/local-name";
import {
  LOCAL_DATAGRAM,
  LOCAL_LISTENS,
  LOCAL_SEQUENCED,
  LOCAL_STREAM,
  LocalSocket,
  LocalSockets,
} from "../../net/local/local-socket";
import { LocalTransfer } from "../../net/local/local-transfer";
import { GuestVector } from "../../net/socket/guest-vector";
import { HANDLE_LOCAL, Handle } from "../../net/socket/handle";
import { Handles } from "../../net/socket/handles";
import { Received } from "../../net/socket/received";
import { STATE_CONNECTED, STATE_NONBLOCK } from "../../net/socket/socket";
import { Task } from "../../net/socket/task";
import { Descriptors } from "./descriptors";
import { AF_UNIX, LocalAddress } from "./local-address";

/** Zephyr's numbers. */
const SOCK_STREAM: i32 = 1;
const SOCK_DGRAM: i32 = 2;
const SOCK_SEQPACKET: i32 = 5;
const SOCK_NONBLOCK: i32 = 0x800;
const SOCK_CLOEXEC: i32 = 0x80000;
const SOL_SOCKET: i32 = 1;
const SO_TYPE: i32 = 3;
const SO_ERROR: i32 = 4;
const SO_SNDBUF: i32 = 7;
const SO_RCVBUF: i32 = 8;
const SO_RCVTIMEO: i32 = 20;
const SO_SNDTIMEO: i32 = 21;
const SO_ACCEPTCONN: i32 = 30;
const SO_PROTOCOL: i32 = 38;
const SO_DOMAIN: i32 = 39;
const TIMEVAL_BYTES: u32 = 16;
const MICROSECONDS: u64 = 1_000_000;
/** Longest time-out that is kept apart from "for ever": about 292,000 years. */
const LONGEST_SECONDS: u64 = u64.MAX_VALUE / MICROSECONDS - 1;
/** roflags of preview 1. */
const RO_TRUNCATED: u32 = 1;

export class LocalCalls {
  /** True for the entry of an AF_UNIX socket. */
  static isLocal(entry: usize): bool {
    return CONFIG_NET_SOCKETS_UNIX && Handle.isEntry(entry) && Handle.of(entry).kind == HANDLE_LOCAL;
  }

  @inline private static of(entry: usize): LocalSocket {
    return changetype<LocalSocket>(Handle.of(entry));
  }

  /** LOCAL_* for a type of the socket API, or 0. */
  private static typeOf(kind: i32): u32 {
    if (kind == SOCK_STREAM) return LOCAL_STREAM;
    if (kind == SOCK_DGRAM) return LOCAL_DATAGRAM;
    return kind == SOCK_SEQPACKET ? LOCAL_SEQUENCED : 0;
  }

  /** A new AF_UNIX socket: its descriptor, or -EPROTOTYPE, -EPROTONOSUPPORT, -ENFILE, -EMFILE. Flags were checked. */
  static open(type: i32, protocol: i32): i32 {
    const kind = LocalCalls.typeOf(type & 0xf);
    if (!kind) return -EPROTOTYPE;
    if (protocol && protocol != AF_UNIX) return -EPROTONOSUPPORT;
    const p = LocalSockets.take(kind, 1);
    return p ? LocalCalls.describe(p, (type & SOCK_NONBLOCK) != 0) : -ENFILE;
  }

  /** Gives a socket (usize → LocalSocket) the lowest free descriptor: it, or -EMFILE and the socket is closed. */
  private static describe(p: usize, nonblock: bool): i32 {
    Handle.at(p).set(STATE_NONBLOCK, nonblock);
    const fd = Descriptors.add(Handle.at(p).entry());
    if (fd < 0) Handles.release(Handle.at(p), fd);
    return fd;
  }

  /** Two connected sockets: their descriptors go to the guest memory at `out`, checked. 0 or errno. */
  static pair(task: i32, type: i32, protocol: i32, out: usize): i32 {
    const first = LocalCalls.open(type, protocol);
    if (first < 0) return -first;
    const second = LocalCalls.open(type, protocol);
    if (second < 0) {
      Descriptors.close(first);
      return -second;
    }
    LocalConnection.join(LocalCalls.of(Descriptors.get(first)), LocalCalls.of(Descriptors.get(second)));
    guest_store32(task, out, first);
    guest_store32(task, out + 4, second);
    return 0;
  }

  /** bind. */
  static bind(task: i32, entry: usize, address: usize, length: u32): i32 {
    if (!LocalCalls.isLocal(entry)) return Descriptors.notSocket(entry);
    const error = LocalAddress.take(task, address, length);
    return error ? error : -LocalConnection.bind(LocalCalls.of(entry));
  }

  /** connect. */
  static connect(task: i32, fd: i32, entry: usize, address: usize, length: u32): i32 {
    if (!LocalCalls.isLocal(entry)) return Descriptors.notSocket(entry);
    const error = LocalAddress.take(task, address, length);
    if (error) return error;
    return Descriptors.failure(task, fd, LocalConnection.connect(LocalCalls.of(entry), task));
  }

  /** listen. */
  static listen(entry: usize, backlog: i32): i32 {
    if (!LocalCalls.isLocal(entry)) return Descriptors.notSocket(entry);
    return -LocalConnection.listen(LocalCalls.of(entry), backlog);
  }

  /** The descriptor of the next connection, PENDING, or -errno. */
  static accept(task: i32, entry: usize, nonblock: bool): i32 {
    if (!LocalCalls.isLocal(entry)) return -Descriptors.notSocket(entry);
    if (!Descriptors.hasRoom()) {
      Task.at(task).finish();
      return -EMFILE;
    }
    const result = LocalConnection.accept(LocalCalls.of(entry), task);
    return result < 0 ? result : LocalCalls.describe(result, nonblock);
  }

  /** shutdown. */
  static shutdown(entry: usize, read: bool, write: bool): i32 {
    if (!LocalCalls.isLocal(entry)) return Descriptors.notSocket(entry);
    return -LocalConnection.shutdown(LocalCalls.of(entry), read, write);
  }

  /** Calls of WASI whose addresses are internet addresses. */
  static refuse(entry: usize): i32 {
    return LocalCalls.isLocal(entry) ? EAFNOSUPPORT : Descriptors.notSocket(entry);
  }

  /** sock_send: no destination. */
  static sendVector(task: i32, fd: i32, entry: usize, iovs: usize, count: u32, siFlags: i32, countOut: usize): i32 {
    if (!LocalCalls.isLocal(entry)) return Descriptors.notSocket(entry);
    if (siFlags) return EINVAL;
    if (!guest_check(task, countOut, 4)) return EFAULT;
    const error = GuestVector.shared().load(task, iovs, count);
    if (error) return -error;
    const result = LocalTransfer.send(LocalCalls.of(entry), task, 0, false);
    if (result < 0) return Descriptors.failure(task, fd, result);
    guest_store32(task, countOut, result);
    return 0;
  }

  /** sock_recv; `how` are the core's flags. */
  static receiveVector(
    task: i32,
    fd: i32,
    entry: usize,
    iovs: usize,
    count: u32,
    how: u32,
    countOut: usize,
    flagsOut: usize,
  ): i32 {
    if (!LocalCalls.isLocal(entry)) return Descriptors.notSocket(entry);
    if (!guest_check(task, countOut, 4) || !guest_check(task, flagsOut, 2)) return EFAULT;
    const error = GuestVector.shared().load(task, iovs, count);
    if (error) return -error;
    const result = LocalTransfer.receive(LocalCalls.of(entry), task, how);
    if (result < 0) return Descriptors.failure(task, fd, result);
    guest_store32(task, countOut, result);
    guest_store16(task, flagsOut, Received.shared().truncated ? RO_TRUNCATED : 0);
    return 0;
  }

  /** recvfrom; `how` are the core's flags. */
  static receiveFrom(
    task: i32,
    fd: i32,
    entry: usize,
    buffer: usize,
    length: u32,
    how: u32,
    address: usize,
    addressLength: usize,
    countOut: usize,
  ): i32 {
    if (!LocalCalls.isLocal(entry)) return Descriptors.notSocket(entry);
    const error = GuestVector.shared().set(task, buffer, length);
    if (error) return -error;
    if (!guest_check(task, countOut, 4)) return EFAULT;
    if (address && LocalAddress.checkRoom(task, address, addressLength)) return EFAULT;
    const result = LocalTransfer.receive(LocalCalls.of(entry), task, how);
    if (result < 0) return Descriptors.failure(task, fd, result);
    if (address) {
      const name = LocalName.sender();
      LocalAddress.store(
        task,
        address,
        LocalAddress.room(task, addressLength),
        addressLength,
        name.bytes(),
        name.length,
      );
    }
    guest_store32(task, countOut, result);
    return 0;
  }

  /** sendto; `how` are the core's flags. */
  static sendTo(
    task: i32,
    fd: i32,
    entry: usize,
    buffer: usize,
    length: u32,
    how: u32,
    address: usize,
    addressLength: u32,
    countOut: usize,
  ): i32 {
    if (!LocalCalls.isLocal(entry)) return Descriptors.notSocket(entry);
    const error = GuestVector.shared().set(task, buffer, length);
    if (error) return -error;
    if (!guest_check(task, countOut, 4)) return EFAULT;
    if (address) {
      const failed = LocalAddress.take(task, address, addressLength);
      if (failed) return failed;
    }
    const result = LocalTransfer.send(LocalCalls.of(entry), task, how, address != 0);
    if (result < 0) return Descriptors.failure(task, fd, result);
    guest_store32(task, countOut, result);
    return 0;
  }

  /** getsockname, or with `peer` getpeername. */
  static address(task: i32, entry: usize, peer: bool, address: usize, addressLength: usize): i32 {
    if (!LocalCalls.isLocal(entry)) return Descriptors.notSocket(entry);
    if (LocalAddress.checkRoom(task, address, addressLength)) return EFAULT;
    let socket = LocalCalls.of(entry);
    if (peer) {
      if (!socket.has(STATE_CONNECTED) || !socket.peer) return ENOTCONN;
      socket = LocalSocket.at(socket.peer);
    }
    const room = LocalAddress.room(task, addressLength);
    LocalAddress.store(task, address, room, addressLength, socket.name(), socket.nameLength);
    return 0;
  }

  /** getsockopt. */
  static getOption(task: i32, entry: usize, level: i32, name: i32, value: usize, length: usize): i32 {
    if (!LocalCalls.isLocal(entry)) return Descriptors.notSocket(entry);
    if (!guest_check(task, length, 4)) return EFAULT;
    const room = guest_load32(task, length);
    if (!guest_check(task, value, room)) return EFAULT;
    const socket = LocalCalls.of(entry);
    if (level != SOL_SOCKET) return ENOPROTOOPT;
    if (name == SO_RCVTIMEO || name == SO_SNDTIMEO) {
      if (room < TIMEVAL_BYTES) return EINVAL;
      const time = name == SO_RCVTIMEO ? socket.receiveTimeout : socket.sendTimeout;
      guest_store64(task, value, time / MICROSECONDS);
      guest_store64(task, value + 8, time % MICROSECONDS);
      guest_store32(task, length, TIMEVAL_BYTES);
      return 0;
    }
    let result = LocalCalls.number(socket, name);
    if (result < 0) return ENOPROTOOPT;
    const bytes = min<u32>(room, 4);
    for (let i: u32 = 0; i < bytes; i++) {
      guest_store8(task, value + i, result);
      result >>>= 8;
    }
    guest_store32(task, length, bytes);
    return 0;
  }

  /** An i32-valued option at SOL_SOCKET, or -1. SO_ERROR is cleared by this. */
  private static number(socket: LocalSocket, name: i32): i32 {
    switch (name) {
      case SO_TYPE:
        if (socket.type == LOCAL_STREAM) return SOCK_STREAM;
        return socket.type == LOCAL_DATAGRAM ? SOCK_DGRAM : SOCK_SEQPACKET;
      case SO_ERROR:
        return socket.takeError();
      case SO_SNDBUF:
      case SO_RCVBUF:
        return LocalSocket.bufferBytes();
      case SO_ACCEPTCONN:
        return i32(socket.has(LOCAL_LISTENS));
      case SO_PROTOCOL:
        return 0;
      case SO_DOMAIN:
        return AF_UNIX;
      default:
        return -1;
    }
  }

  /** setsockopt: the two time-outs; the others can only be read. */
  static setOption(task: i32, entry: usize, level: i32, name: i32, value: usize, length: u32): i32 {
    if (!LocalCalls.isLocal(entry)) return Descriptors.notSocket(entry);
    if (!guest_check(task, value, length)) return EFAULT;
    if (level != SOL_SOCKET || (name != SO_RCVTIMEO && name != SO_SNDTIMEO)) return ENOPROTOOPT;
    if (length < TIMEVAL_BYTES) return EINVAL;
    const seconds = guest_load64(task, value);
    const micros = guest_load64(task, value + 8);
    if (seconds > LONGEST_SECONDS || micros >= MICROSECONDS) return EINVAL;
    LocalCalls.setTimeout(entry, name == SO_RCVTIMEO, seconds * MICROSECONDS + micros);
    return 0;
  }

  /** SO_RCVTIMEO and SO_SNDTIMEO, µs; 0 = none. */
  static setTimeout(entry: usize, receive: bool, micros: u64): i32 {
    if (!LocalCalls.isLocal(entry)) return Descriptors.notSocket(entry);
    if (receive) LocalCalls.of(entry).receiveTimeout = micros;
    else LocalCalls.of(entry).sendTimeout = micros;
    return 0;
  }
}

/**
 * socketpair(). EFAULT, EAFNOSUPPORT, EPROTOTYPE, EPROTONOSUPPORT,
 * EINVAL (unknown bits in the type), EMFILE, ENFILE.
 */
export function sys_socket_pair(task: i32, family: i32, type: i32, protocol: i32, fdsOut: usize): i32 {
  if (!guest_check(task, fdsOut, 8)) return EFAULT;
  if (type & ~(0xf | SOCK_NONBLOCK | SOCK_CLOEXEC)) return EINVAL;
  if (!CONFIG_NET_SOCKETS_UNIX || family != AF_UNIX) return EAFNOSUPPORT;
  return LocalCalls.pair(task, type, protocol, fdsOut);
}
