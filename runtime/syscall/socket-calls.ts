/**
 * The socket functions of wasi_snapshot_preview1: preview 1's own and those that WAMR adds, with their layouts. Where the
 * known host is wrong (flags ignored, nothing written to ro_flags, shutdown always both ways …) these follow the text.
 */
import { CONFIG_NET_FAST_PATHS, CONFIG_NET_SOCKETS_UNIX, CONFIG_NET_TCP, CONFIG_OPTIMIZE_FOR_SIZE } from "../../config";
import { guest_check, guest_load32, guest_store16, guest_store32 } from "../../hal/imports";
import { Clock } from "../../net/base/clock";
import { EAFNOSUPPORT, EFAULT, EINVAL, EMFILE, ENOTCONN, ENOTSUP, EPROTOTYPE } from "../../net/base/errno";
import { RawSocket } from "../../net/raw/raw-socket";
import { RECEIVE_PEEK } from "../../net/socket/datagram-socket";
import { GuestVector } from "../../net/socket/guest-vector";
import { FAMILY_INET, FAMILY_INET6, Operations, TYPE_DATAGRAM, TYPE_STREAM } from "../../net/socket/operations";
import { RAW_SOCKETS } from "../../net/socket/raw-kinds";
import { Received } from "../../net/socket/received";
import { Socket, STATE_NONBLOCK } from "../../net/socket/socket";
import { RECEIVE_WAIT_ALL, StreamTransfer } from "../../net/socket/stream-transfer";
import { Task } from "../../net/socket/task";
import { Descriptors } from "./descriptors";
import { LocalCalls } from "./local-calls";
import { WASI_ADDRESS_IPV4_BYTES, WasiAddress } from "./wasi-address";

/** riflags of preview 1. */
const RI_PEEK: i32 = 1;
const RI_WAITALL: i32 = 2;
/** roflags of preview 1. */
const RO_TRUNCATED: u32 = 1;
/** fdflags of preview 1 that sock_accept takes. */
const FDFLAG_NONBLOCK: i32 = 4;
/** An iovec of preview 1: address and length. */
const IOVEC_BYTES: u32 = 8;
/** sdflags of preview 1. */
const SD_READ: i32 = 1;
const SD_WRITE: i32 = 2;

/**
 * Opens a socket. af: 0 IPv4, 1 IPv6; type: 0 datagram, 1 stream; `pool` is ignored.
 * EFAULT, EAFNOSUPPORT, EPROTOTYPE, EMFILE, ENFILE, ENOBUFS.
 */
export function sys_sock_open(task: i32, _pool: i32, af: i32, type: i32, fdOut: usize): i32 {
  if (!guest_check(task, fdOut, 4)) return EFAULT;
  if (<u32>af > 1) return EAFNOSUPPORT;
  if (<u32>type > 1) return EPROTOTYPE;
  const fd = openSocket(af ? FAMILY_INET6 : FAMILY_INET, type ? TYPE_STREAM : TYPE_DATAGRAM, 0);
  if (fd < 0) return -fd;
  guest_store32(task, fdOut, fd);
  return 0;
}

/** A new socket with the lowest free descriptor: its number, or -errno (@see Operations.open; -EMFILE). */
export function openSocket(family: i32, type: i32, protocol: i32): i32 {
  const p = Operations.open(family, type, protocol);
  if (!p) return Operations.openError();
  const fd = Descriptors.add(p);
  if (fd < 0) Operations.release(Socket.at(p), fd);
  return fd;
}

/** Binds. EBADF, ENOTSOCK, EFAULT, EAFNOSUPPORT, EINVAL (bound already), EADDRINUSE, EADDRNOTAVAIL. */
export function sys_sock_bind(task: i32, fd: i32, address: usize): i32 {
  const entry = Descriptors.get(fd);
  if (!Descriptors.isSocket(entry))
    return CONFIG_NET_SOCKETS_UNIX ? LocalCalls.refuse(entry) : Descriptors.notSocket(entry);
  if (Socket.at(entry).isPacket()) return EAFNOSUPPORT;
  const error = WasiAddress.check(task, address);
  if (error) return error;
  return -Operations.bind(Socket.at(entry), WasiAddress.address(task, address), WasiAddress.port(task, address));
}

/**
 * Connects. EBADF, ENOTSOCK, EFAULT, EAFNOSUPPORT, EACCES, ENETUNREACH, EADDRINUSE; a stream also EINPROGRESS, EALREADY, EISCONN, ENOTSUP (it
 * listens), EADDRNOTAVAIL (port 0), EHOSTUNREACH, ENOBUFS, ECONNREFUSED, ECONNRESET, ETIMEDOUT, ECONNABORTED (shut down meanwhile).
 */
export function sys_sock_connect(task: i32, now: u64, fd: i32, address: usize): i32 {
  Clock.enter(now);
  const entry = Descriptors.get(fd);
  if (!Descriptors.isSocket(entry))
    return CONFIG_NET_SOCKETS_UNIX ? LocalCalls.refuse(entry) : Descriptors.notSocket(entry);
  if (Socket.at(entry).isPacket()) return EAFNOSUPPORT;
  const error = WasiAddress.check(task, address);
  if (error) return error;
  const socket = Socket.at(entry);
  const result = Operations.connect(socket, task, WasiAddress.address(task, address), WasiAddress.port(task, address));
  return Descriptors.failure(task, fd, result);
}

/** Listens. EBADF, ENOTSOCK, ENOTSUP (a datagram socket), EINVAL (connected), EADDRINUSE. */
export function sys_sock_listen(_task: i32, fd: i32, backlog: i32): i32 {
  const entry = Descriptors.get(fd);
  if (!Descriptors.isSocket(entry))
    return CONFIG_NET_SOCKETS_UNIX ? LocalCalls.listen(entry, backlog) : Descriptors.notSocket(entry);
  return -Operations.listen(Socket.at(entry), backlog);
}

/**
 * Accepts. `flags`: NONBLOCK (4) for the new descriptor. EFAULT, EBADF, ENOTSOCK, ENOTSUP (a datagram socket), EINVAL (it does not listen; another
 * flag), EAGAIN, EMFILE.
 */
export function sys_sock_accept(task: i32, fd: i32, flags: i32, fdOut: usize): i32 {
  if (!guest_check(task, fdOut, 4)) return EFAULT;
  if (flags & ~FDFLAG_NONBLOCK) return EINVAL;
  const result = acceptSocket(task, fd, flags != 0);
  if (result < 0) return Descriptors.failure(task, fd, result);
  guest_store32(task, fdOut, result);
  return 0;
}

/** The descriptor of the next connection, PENDING, or -errno (@see StreamSocket.accept; -EBADF, -ENOTSOCK, -EMFILE). */
export function acceptSocket(task: i32, fd: i32, nonblock: bool): i32 {
  const entry = Descriptors.get(fd);
  if (!Descriptors.isSocket(entry))
    return CONFIG_NET_SOCKETS_UNIX ? LocalCalls.accept(task, entry, nonblock) : -Descriptors.notSocket(entry);
  // Without a number for it no connection is taken.
  if (CONFIG_NET_TCP && !Descriptors.hasRoom()) {
    Task.at(task).finish();
    return -EMFILE;
  }
  const result = Operations.accept(Socket.at(entry), task);
  if (!CONFIG_NET_TCP || result < 0) return result;
  if (nonblock) Socket.at(result).set(STATE_NONBLOCK, true);
  return Descriptors.add(result);
}

/** Always ENOTSUP: a socket is closed with fd_close. */
export function sys_sock_close(_task: i32, _fd: i32): i32 {
  return ENOTSUP;
}

/** Flags of the core for riflags of preview 1. */
function receiveFlags(riFlags: i32): u32 {
  return (riFlags & RI_PEEK ? RECEIVE_PEEK : 0) | (CONFIG_NET_TCP && riFlags & RI_WAITALL ? RECEIVE_WAIT_ALL : 0);
}

/** Receives with the sender's address. EBADF, ENOTSOCK, EFAULT, EINVAL (flags), EAGAIN, the socket's error. */
export function sys_sock_recv_from(
  task: i32,
  fd: i32,
  iovs: usize,
  iovCount: u32,
  riFlags: i32,
  address: usize,
  countOut: usize,
): i32 {
  const entry = Descriptors.get(fd);
  if (!Descriptors.isSocket(entry))
    return CONFIG_NET_SOCKETS_UNIX ? LocalCalls.refuse(entry) : Descriptors.notSocket(entry);
  if (Socket.at(entry).isPacket()) return EAFNOSUPPORT;
  if (!guest_check(task, address, WASI_ADDRESS_IPV4_BYTES) || !guest_check(task, countOut, 4)) return EFAULT;
  const socket = Socket.at(entry);
  const error = GuestVector.shared().load(task, iovs, iovCount);
  if (error) return -error;
  if (riFlags & ~(RI_PEEK | RI_WAITALL)) return EINVAL;
  const result = Operations.receive(socket, task, receiveFlags(riFlags));
  if (result < 0) return Descriptors.failure(task, fd, result);
  const received = Received.shared();
  WasiAddress.store(task, address, received.address, received.port);
  guest_store32(task, countOut, result);
  return 0;
}

/** Receives. As sock_recv_from, and says in roflags whether the datagram was cut. */
export function sys_sock_recv(
  task: i32,
  fd: i32,
  iovs: usize,
  iovCount: u32,
  riFlags: i32,
  countOut: usize,
  flagsOut: usize,
): i32 {
  const entry = Descriptors.get(fd);
  if (!Descriptors.isSocket(entry))
    return CONFIG_NET_SOCKETS_UNIX
      ? receiveOther(task, fd, entry, iovs, iovCount, riFlags, countOut, flagsOut)
      : Descriptors.notSocket(entry);
  if (riFlags & ~(RI_PEEK | RI_WAITALL)) return EINVAL;
  if (!guest_check(task, countOut, 4) || !guest_check(task, flagsOut, 2)) return EFAULT;
  const socket = Socket.at(entry);
  const error = GuestVector.shared().load(task, iovs, iovCount);
  if (error) return -error;
  const result = Operations.receive(socket, task, receiveFlags(riFlags));
  if (result < 0) return Descriptors.failure(task, fd, result);
  guest_store32(task, countOut, result);
  guest_store16(task, flagsOut, Received.shared().truncated ? RO_TRUNCATED : 0);
  return 0;
}

/**
 * Sends to an address. EBADF, ENOTSOCK, EFAULT, EINVAL (flags, port 0), EAFNOSUPPORT, EMSGSIZE, EACCES (broadcast),
 * EAGAIN, ENETUNREACH, EHOSTUNREACH, ENOBUFS, EPIPE, the socket's error.
 */
export function sys_sock_send_to(
  task: i32,
  now: u64,
  fd: i32,
  iovs: usize,
  iovCount: u32,
  siFlags: i32,
  address: usize,
  countOut: usize,
): i32 {
  Clock.enter(now);
  const entry = Descriptors.get(fd);
  if (!Descriptors.isSocket(entry))
    return CONFIG_NET_SOCKETS_UNIX ? LocalCalls.refuse(entry) : Descriptors.notSocket(entry);
  if (Socket.at(entry).isPacket()) return EAFNOSUPPORT;
  if (siFlags) return EINVAL;
  if (!guest_check(task, countOut, 4)) return EFAULT;
  const error = WasiAddress.check(task, address);
  if (error) return error;
  const port = WasiAddress.port(task, address);
  // A stream ignores the address altogether, a raw socket the port.
  if (!port && (!(CONFIG_NET_TCP || RAW_SOCKETS) || Socket.at(entry).isUdp())) return EINVAL;
  const destination = RawSocket.destination(Socket.at(entry), WasiAddress.address(task, address));
  const socket = Socket.at(entry);
  const failed = GuestVector.shared().load(task, iovs, iovCount);
  if (failed) return -failed;
  const result = Operations.send(socket, task, destination, port, 0);
  if (result < 0) return Descriptors.failure(task, fd, result);
  guest_store32(task, countOut, result);
  return 0;
}

/** Sends to the peer. As sock_send_to, and EDESTADDRREQ without a peer (a stream: ENOTCONN). */
export function sys_sock_send(
  task: i32,
  now: u64,
  fd: i32,
  iovs: usize,
  iovCount: u32,
  siFlags: i32,
  countOut: usize,
): i32 {
  Clock.enter(now);
  const entry = Descriptors.get(fd);
  if (!Descriptors.isSocket(entry))
    return CONFIG_NET_SOCKETS_UNIX
      ? LocalCalls.sendVector(task, fd, entry, iovs, iovCount, siFlags, countOut)
      : Descriptors.notSocket(entry);
  if (siFlags) return EINVAL;
  if (!guest_check(task, countOut, 4)) return EFAULT;
  const socket = Socket.at(entry);
  const vector = GuestVector.shared();
  if (CONFIG_NET_FAST_PATHS && iovCount == 1) {
    if (!guest_check(task, iovs, IOVEC_BYTES)) return EFAULT;
    const buffer = guest_load32(task, iovs);
    const length = guest_load32(task, iovs + 4);
    if (!guest_check(task, buffer, length)) return EFAULT;
    if (CONFIG_NET_TCP && !CONFIG_OPTIMIZE_FOR_SIZE && StreamTransfer.sendOne(socket, task, buffer, length)) {
      guest_store32(task, countOut, length);
      return 0;
    }
    vector.hold(buffer, length);
  } else {
    const error = vector.load(task, iovs, iovCount);
    if (error) return -error;
  }
  const result = Operations.send(socket, task, 0, 0, 0);
  if (result < 0) return Descriptors.failure(task, fd, result);
  guest_store32(task, countOut, result);
  return 0;
}

/** Shuts directions down: 1 reading, 2 writing, 3 both. EBADF, ENOTSOCK, EINVAL, ENOTCONN. */
export function sys_sock_shutdown(_task: i32, now: u64, fd: i32, how: i32): i32 {
  Clock.enter(now);
  const entry = Descriptors.get(fd);
  if (!Descriptors.isSocket(entry))
    return CONFIG_NET_SOCKETS_UNIX ? shutdownOther(entry, how) : Descriptors.notSocket(entry);
  if (how == 0 || how & ~(SD_READ | SD_WRITE)) return EINVAL;
  return -Operations.shutdown(Socket.at(entry), (how & SD_READ) != 0, (how & SD_WRITE) != 0);
}

/** As sys_sock_shutdown, on what is no internet socket. */
function shutdownOther(entry: usize, how: i32): i32 {
  if (LocalCalls.isLocal(entry) && (how == 0 || how & ~(SD_READ | SD_WRITE))) return EINVAL;
  return LocalCalls.shutdown(entry, (how & SD_READ) != 0, (how & SD_WRITE) != 0);
}

/** As sys_sock_recv, on what is no internet socket. */
function receiveOther(
  task: i32,
  fd: i32,
  entry: usize,
  iovs: usize,
  iovCount: u32,
  riFlags: i32,
  countOut: usize,
  flagsOut: usize,
): i32 {
  if (LocalCalls.isLocal(entry) && riFlags & ~(RI_PEEK | RI_WAITALL)) return EINVAL;
  const how = (riFlags & RI_PEEK ? RECEIVE_PEEK : 0) | (riFlags & RI_WAITALL ? RECEIVE_WAIT_ALL : 0);
  return LocalCalls.receiveVector(task, fd, entry, iovs, iovCount, how, countOut, flagsOut);
}

/** Local address; 0.0.0.0:0 while unbound. EBADF, ENOTSOCK, EFAULT. */
export function sys_sock_addr_local(task: i32, fd: i32, address: usize): i32 {
  const entry = Descriptors.get(fd);
  if (!Descriptors.isSocket(entry))
    return CONFIG_NET_SOCKETS_UNIX ? LocalCalls.refuse(entry) : Descriptors.notSocket(entry);
  if (Socket.at(entry).isPacket()) return EAFNOSUPPORT;
  if (!guest_check(task, address, WASI_ADDRESS_IPV4_BYTES)) return EFAULT;
  const socket = Socket.at(entry);
  WasiAddress.store(task, address, socket.localAddress, socket.localPort());
  return 0;
}

/** Peer's address. EBADF, ENOTSOCK, EFAULT, ENOTCONN. */
export function sys_sock_addr_remote(task: i32, fd: i32, address: usize): i32 {
  const entry = Descriptors.get(fd);
  if (!Descriptors.isSocket(entry))
    return CONFIG_NET_SOCKETS_UNIX ? LocalCalls.refuse(entry) : Descriptors.notSocket(entry);
  if (Socket.at(entry).isPacket()) return EAFNOSUPPORT;
  if (!guest_check(task, address, WASI_ADDRESS_IPV4_BYTES)) return EFAULT;
  const socket = Socket.at(entry);
  if (!Operations.isConnected(socket)) return ENOTCONN;
  WasiAddress.store(task, address, socket.remoteAddress, socket.remotePort());
  return 0;
}
