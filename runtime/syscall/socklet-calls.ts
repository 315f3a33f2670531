/**
 * socklet_v1: sockets as POSIX has them, with flags, protocols and sockaddr structures in Zephyr's layout:
 *
 *     struct sockaddr_un   see local-address.ts
 *     struct sockaddr_ll   see link-address.ts
 *     struct sockaddr_in   +0 u16 family (AF_INET 1)   +2 u16 port, network order   +4 u32 address, network order
 */
import {
  CONFIG_NET_SOCKETS_DONTROUTE,
  CONFIG_NET_SOCKETS_INET_RAW,
  CONFIG_NET_SOCKETS_PACKET,
  CONFIG_NET_SOCKETS_UNIX,
  CONFIG_NET_TCP,
  CONFIG_NET_TCP_FASTOPEN,
} from "../../config";
import { guest_check, guest_load16, guest_load32, guest_store16, guest_store32 } from "../../hal/imports";
import { Clock } from "../../net/base/clock";
import { EAFNOSUPPORT, EFAULT, EINVAL, ENOTCONN, ENOTSUP, EPROTOTYPE } from "../../net/base/errno";
import { RawSocket } from "../../net/raw/raw-socket";
import { FLAG_DONTWAIT, RECEIVE_PEEK, RECEIVE_REAL_LENGTH } from "../../net/socket/datagram-socket";
import { DirectRoute } from "../../net/socket/direct-route";
import { ERROR_QUEUE } from "../../net/socket/error-queue";
import { GuestVector } from "../../net/socket/guest-vector";
import {
  FAMILY_INET,
  FAMILY_PACKET,
  Operations,
  TYPE_DATAGRAM,
  TYPE_RAW,
  TYPE_STREAM,
} from "../../net/socket/operations";
import { Received } from "../../net/socket/received";
import { Socket, STATE_NONBLOCK } from "../../net/socket/socket";
import { FLAG_FASTOPEN } from "../../net/socket/stream-fast-open";
import { FLAG_MORE, FLAG_URGENT, RECEIVE_WAIT_ALL } from "../../net/socket/stream-transfer";
import { Descriptors } from "./descriptors";
import { ErrorMessages } from "./error-messages";
import { AF_PACKET } from "./link-address";
import { AF_UNIX, LocalAddress } from "./local-address";
import { LocalCalls } from "./local-calls";
import { MSG_ERRQUEUE } from "./message-header";
import { PacketCalls } from "./packet-calls";
import { acceptSocket, openSocket } from "./socket-calls";

/** Zephyr's numbers. */
const AF_INET: i32 = 1;
const SOCK_STREAM: i32 = 1;
const SOCK_DGRAM: i32 = 2;
const SOCK_RAW: i32 = 3;
const SOCK_NONBLOCK: i32 = 0x800;
const SOCK_CLOEXEC: i32 = 0x80000;
const MSG_OOB: i32 = 0x01;
const MSG_PEEK: i32 = 0x02;
const MSG_TRUNC: i32 = 0x20;
const MSG_DONTWAIT: i32 = 0x40;
const MSG_WAITALL: i32 = 0x100;
/** Where there is that flag. */
const MSG_DONTROUTE: i32 = CONFIG_NET_SOCKETS_DONTROUTE ? 0x04 : 0;
const MSG_NOSIGNAL: i32 = 0x4000;
const MSG_MORE: i32 = 0x8000;
/** Linux's number. */
export const MSG_FASTOPEN: i32 = 0x20000000;
/** Flags that only streams know. */
const RECEIVE_STREAM_FLAGS: i32 = CONFIG_NET_TCP ? MSG_OOB : 0;
const SEND_STREAM_FLAGS: i32 = CONFIG_NET_TCP
  ? CONFIG_NET_TCP_FASTOPEN
    ? MSG_OOB | MSG_MORE | MSG_FASTOPEN
    : MSG_OOB | MSG_MORE
  : 0;
export const SOCKADDR_IN_BYTES: u32 = 8;

/**
 * socket(). SOCK_NONBLOCK and SOCK_CLOEXEC may be or'd into the type. EFAULT, EAFNOSUPPORT, EPROTOTYPE,
 * EPROTONOSUPPORT, EINVAL (unknown bits in the type; a raw socket of no protocol number), EACCES (a raw or packet socket, and the application may have
 * none), EMFILE, ENFILE, ENOBUFS.
 */
export function sys_socket(task: i32, family: i32, type: i32, protocol: i32, fdOut: usize): i32 {
  if (!guest_check(task, fdOut, 4)) return EFAULT;
  const kind = type & 0xf;
  if (type & ~(0xf | SOCK_NONBLOCK | SOCK_CLOEXEC)) return EINVAL;
  if (CONFIG_NET_SOCKETS_UNIX && family == AF_UNIX) return openLocal(task, type, protocol, fdOut);
  const isPacket = CONFIG_NET_SOCKETS_PACKET && family == AF_PACKET;
  if (family != AF_INET && !isPacket) return EAFNOSUPPORT;
  const isRaw = (CONFIG_NET_SOCKETS_INET_RAW || isPacket) && kind == SOCK_RAW;
  if (kind != SOCK_DGRAM && kind != SOCK_STREAM && !isRaw) return EPROTOTYPE;
  const socketType = isRaw ? TYPE_RAW : kind == SOCK_DGRAM ? TYPE_DATAGRAM : TYPE_STREAM;
  const fd = openSocket(isPacket ? FAMILY_PACKET : FAMILY_INET, socketType, protocol);
  if (fd < 0) return -fd;
  if (type & SOCK_NONBLOCK) Socket.at(Descriptors.get(fd)).set(STATE_NONBLOCK, true);
  guest_store32(task, fdOut, fd);
  return 0;
}

function openLocal(task: i32, type: i32, protocol: i32, fdOut: usize): i32 {
  const fd = LocalCalls.open(type, protocol);
  if (fd < 0) return -fd;
  guest_store32(task, fdOut, fd);
  return 0;
}

/**
 * bind(), for addresses of every family. EBADF, ENOTSOCK, EFAULT, EINVAL (length; bound already), EAFNOSUPPORT, EADDRINUSE, EADDRNOTAVAIL; AF_PACKET:
 * EINVAL (another family), ENODEV, ENETDOWN.
 */
export function sys_bind(task: i32, fd: i32, address: usize, length: u32): i32 {
  const entry = Descriptors.get(fd);
  if (!Descriptors.isSocket(entry))
    return CONFIG_NET_SOCKETS_UNIX ? LocalCalls.bind(task, entry, address, length) : Descriptors.notSocket(entry);
  if (Socket.at(entry).isPacket()) return PacketCalls.bind(task, Socket.at(entry), address, length);
  const error = checkAddress(task, address, length);
  if (error) return error;
  return -Operations.bind(Socket.at(entry), guest_load32(task, address + 4), guest_load16(task, address + 2));
}

/**
 * connect(), for addresses of every family. EBADF, ENOTSOCK, EFAULT, EINVAL (length), EAFNOSUPPORT, and what sock_connect answers; AF_UNIX: ENOENT and
 * ECONNREFUSED (nobody has the name, or listens), EPROTOTYPE, EPERM, EISCONN, EAGAIN, ENOBUFS, EINVAL (it listens).
 */
export function sys_connect(task: i32, now: u64, fd: i32, address: usize, length: u32): i32 {
  Clock.enter(now);
  const entry = Descriptors.get(fd);
  if (!Descriptors.isSocket(entry))
    return CONFIG_NET_SOCKETS_UNIX
      ? LocalCalls.connect(task, fd, entry, address, length)
      : Descriptors.notSocket(entry);
  if (Socket.at(entry).isPacket()) return ENOTSUP;
  const error = checkAddress(task, address, length);
  if (error) return error;
  const peer = guest_load32(task, address + 4);
  const result = Operations.connect(Socket.at(entry), task, peer, guest_load16(task, address + 2));
  return Descriptors.failure(task, fd, result);
}

/** 0 when a sockaddr_in lies at `address`; EINVAL, EFAULT, EAFNOSUPPORT. */
export function checkAddress(task: i32, address: usize, length: u32): i32 {
  if (length < SOCKADDR_IN_BYTES) return EINVAL;
  if (!guest_check(task, address, SOCKADDR_IN_BYTES)) return EFAULT;
  return <i32>guest_load16(task, address) == AF_INET ? 0 : EAFNOSUPPORT;
}

/** getsockname(), of sockets of every family: as recvfrom writes addresses. EBADF, ENOTSOCK, EFAULT. */
export function sys_local_address(task: i32, fd: i32, address: usize, addressLength: usize): i32 {
  return addressOf(task, fd, false, address, addressLength);
}

/** getpeername(), of sockets of every family: as recvfrom writes addresses. EBADF, ENOTSOCK, EFAULT, ENOTCONN. */
export function sys_peer_address(task: i32, fd: i32, address: usize, addressLength: usize): i32 {
  return addressOf(task, fd, true, address, addressLength);
}

function addressOf(task: i32, fd: i32, peer: bool, address: usize, addressLength: usize): i32 {
  const entry = Descriptors.get(fd);
  if (!Descriptors.isSocket(entry))
    return CONFIG_NET_SOCKETS_UNIX
      ? LocalCalls.address(task, entry, peer, address, addressLength)
      : Descriptors.notSocket(entry);
  if (Socket.at(entry).isPacket()) return PacketCalls.address(task, Socket.at(entry), peer, address, addressLength);
  if (!guest_check(task, addressLength, 4)) return EFAULT;
  const room = guest_load32(task, addressLength);
  if (!guest_check(task, address, min<u32>(room, SOCKADDR_IN_BYTES))) return EFAULT;
  const socket = Socket.at(entry);
  if (peer && !Operations.isConnected(socket)) return ENOTCONN;
  const ip = peer ? socket.remoteAddress : socket.localAddress;
  storeAddress(task, address, room, addressLength, ip, peer ? socket.remotePort() : socket.localPort());
  return 0;
}

/** As sys_recv_from, on what is no internet socket. */
function receiveOther(
  task: i32,
  fd: i32,
  entry: usize,
  buffer: usize,
  length: u32,
  flags: i32,
  address: usize,
  addressLength: usize,
  countOut: usize,
): i32 {
  const known = MSG_PEEK | MSG_TRUNC | MSG_DONTWAIT | MSG_WAITALL | MSG_NOSIGNAL;
  if (LocalCalls.isLocal(entry) && flags & ~known) return ENOTSUP;
  const how =
    (flags & MSG_PEEK ? RECEIVE_PEEK : 0) |
    (flags & MSG_TRUNC ? RECEIVE_REAL_LENGTH : 0) |
    (flags & MSG_DONTWAIT ? FLAG_DONTWAIT : 0) |
    (flags & MSG_WAITALL ? RECEIVE_WAIT_ALL : 0);
  return LocalCalls.receiveFrom(task, fd, entry, buffer, length, how, address, addressLength, countOut);
}

/** As sys_send_to, on what is no internet socket. */
function sendOther(
  task: i32,
  fd: i32,
  entry: usize,
  buffer: usize,
  length: u32,
  flags: i32,
  address: usize,
  addressLength: u32,
  countOut: usize,
): i32 {
  if (LocalCalls.isLocal(entry) && flags & ~(MSG_DONTROUTE | MSG_DONTWAIT | MSG_NOSIGNAL)) return ENOTSUP;
  const how = flags & MSG_DONTWAIT ? FLAG_DONTWAIT : 0;
  return LocalCalls.sendTo(task, fd, entry, buffer, length, how, address, addressLength, countOut);
}

/**
 * accept4(). SOCK_NONBLOCK and SOCK_CLOEXEC in `flags`. `address` 0: not wanted; else as recvfrom. EFAULT, EINVAL (another flag), and what sock_accept
 * answers.
 */
export function sys_accept(task: i32, fd: i32, flags: i32, address: usize, addressLength: usize, fdOut: usize): i32 {
  if (flags & ~(SOCK_NONBLOCK | SOCK_CLOEXEC)) return EINVAL;
  if (!guest_check(task, fdOut, 4)) return EFAULT;
  let room: u32 = 0;
  if (address) {
    if (!guest_check(task, addressLength, 4)) return EFAULT;
    room = guest_load32(task, addressLength);
    if (!guest_check(task, address, acceptedBytes(fd, room))) return EFAULT;
  }
  const result = acceptSocket(task, fd, (flags & SOCK_NONBLOCK) != 0);
  if (result < 0) return Descriptors.failure(task, fd, result);
  if (CONFIG_NET_SOCKETS_UNIX && address && !Descriptors.isSocket(Descriptors.get(result))) {
    LocalCalls.address(task, Descriptors.get(result), true, address, addressLength);
  } else if (address) {
    const socket = Socket.at(Descriptors.get(result));
    storeAddress(task, address, room, addressLength, socket.remoteAddress, socket.remotePort());
  }
  guest_store32(task, fdOut, result);
  return 0;
}

/**
 * recvfrom(). MSG_PEEK, MSG_TRUNC (answer the full length; of a stream: drop the bytes), MSG_DONTWAIT, MSG_WAITALL (no effect on datagrams), MSG_OOB
 * (streams), MSG_ERRQUEUE (the payload of the datagram that a queued error is about: error-messages.ts). `address` 0: not wanted; else *addressLength says how much room there is, and afterwards how long the address is.
 * EBADF, ENOTSOCK, EFAULT, ENOTSUP (another flag), EAGAIN, the socket's error; of a stream ENOTCONN, EINVAL (MSG_OOB and no urgent byte).
 */
export function sys_recv_from(
  task: i32,
  fd: i32,
  buffer: usize,
  length: u32,
  flags: i32,
  address: usize,
  addressLength: usize,
  countOut: usize,
): i32 {
  const entry = Descriptors.get(fd);
  if (!Descriptors.isSocket(entry))
    return CONFIG_NET_SOCKETS_UNIX
      ? receiveOther(task, fd, entry, buffer, length, flags, address, addressLength, countOut)
      : Descriptors.notSocket(entry);
  if (ERROR_QUEUE && flags & MSG_ERRQUEUE) {
    const socket = Socket.at(entry);
    return ErrorMessages.receiveFrom(task, socket, buffer, length, flags, address, addressLength, countOut);
  }
  if (flags & ~(MSG_PEEK | MSG_TRUNC | MSG_DONTWAIT | MSG_WAITALL | MSG_NOSIGNAL | RECEIVE_STREAM_FLAGS))
    return ENOTSUP;
  if (flags & RECEIVE_STREAM_FLAGS && Socket.at(entry).isDatagram()) return ENOTSUP;
  if (Socket.at(entry).isPacket()) {
    const how = messageFlags(flags);
    return PacketCalls.receiveFrom(task, fd, Socket.at(entry), buffer, length, how, address, addressLength, countOut);
  }
  const error = GuestVector.shared().set(task, buffer, length);
  if (error) return -error;
  if (!guest_check(task, countOut, 4)) return EFAULT;
  let room: u32 = 0;
  if (address) {
    if (!guest_check(task, addressLength, 4)) return EFAULT;
    room = guest_load32(task, addressLength);
    if (!guest_check(task, address, min<u32>(room, SOCKADDR_IN_BYTES))) return EFAULT;
  }
  let how: u32 =
    (flags & MSG_PEEK ? RECEIVE_PEEK : 0) |
    (flags & MSG_TRUNC ? RECEIVE_REAL_LENGTH : 0) |
    (flags & MSG_DONTWAIT ? FLAG_DONTWAIT : 0);
  if (CONFIG_NET_TCP) how |= (flags & MSG_WAITALL ? RECEIVE_WAIT_ALL : 0) | (flags & MSG_OOB ? FLAG_URGENT : 0);
  const result = Operations.receive(Socket.at(entry), task, how);
  if (result < 0) return Descriptors.failure(task, fd, result);
  if (address) {
    const received = Received.shared();
    storeAddress(task, address, room, addressLength, received.address, received.port);
  }
  guest_store32(task, countOut, result);
  return 0;
}

/** The core's flags for those of recvfrom and sendto that messages know. */
function messageFlags(flags: i32): u32 {
  return (
    (flags & MSG_PEEK ? RECEIVE_PEEK : 0) |
    (flags & MSG_TRUNC ? RECEIVE_REAL_LENGTH : 0) |
    (flags & MSG_DONTWAIT ? FLAG_DONTWAIT : 0)
  );
}

/** Bytes of an address that accept may write where there is room for `room`. */
function acceptedBytes(fd: i32, room: u32): u32 {
  const isLocal = CONFIG_NET_SOCKETS_UNIX && LocalCalls.isLocal(Descriptors.get(fd));
  return min<u32>(room, isLocal ? LocalAddress.MOST : SOCKADDR_IN_BYTES);
}

/** Writes a peer (network order) as sockaddr_in, cut to the room there is, as POSIX says. */
export function storeAddress(task: i32, address: usize, room: u32, addressLength: usize, peer: u32, port: u32): void {
  if (room >= 2) guest_store16(task, address, AF_INET);
  if (room >= 4) guest_store16(task, address + 2, port);
  if (room >= SOCKADDR_IN_BYTES) guest_store32(task, address + 4, peer);
  guest_store32(task, addressLength, SOCKADDR_IN_BYTES);
}

/**
 * sendto(). MSG_DONTROUTE (CONFIG_NET_SOCKETS_DONTROUTE), MSG_DONTWAIT, MSG_NOSIGNAL (no signals here: always), and on streams MSG_MORE, MSG_OOB,
 * MSG_FASTOPEN. `address` 0: to the peer; a stream ignores it, as POSIX says, but for MSG_FASTOPEN, which connects (@see StreamFastOpen.send). EBADF,
 * ENOTSOCK, EFAULT, EINVAL (short address, port 0), EAFNOSUPPORT, ENOTSUP (another flag), and what sock_send_to answers.
 */
export function sys_send_to(
  task: i32,
  now: u64,
  fd: i32,
  buffer: usize,
  length: u32,
  flags: i32,
  address: usize,
  addressLength: u32,
  countOut: usize,
): i32 {
  Clock.enter(now);
  const entry = Descriptors.get(fd);
  if (!Descriptors.isSocket(entry))
    return CONFIG_NET_SOCKETS_UNIX
      ? sendOther(task, fd, entry, buffer, length, flags, address, addressLength, countOut)
      : Descriptors.notSocket(entry);
  if (flags & ~(MSG_DONTROUTE | MSG_DONTWAIT | MSG_NOSIGNAL | SEND_STREAM_FLAGS)) return ENOTSUP;
  const isDatagram = !CONFIG_NET_TCP || Socket.at(entry).isDatagram();
  if (flags & SEND_STREAM_FLAGS && isDatagram) return ENOTSUP;
  if (Socket.at(entry).isPacket()) {
    const how = messageFlags(flags);
    return PacketCalls.sendTo(task, fd, Socket.at(entry), buffer, length, how, address, addressLength, countOut);
  }
  const error = GuestVector.shared().set(task, buffer, length);
  if (error) return -error;
  if (!guest_check(task, countOut, 4)) return EFAULT;
  let destination: u32 = 0;
  let port: u32 = 0;
  if (address) {
    if (addressLength < SOCKADDR_IN_BYTES) return EINVAL;
    if (!guest_check(task, address, SOCKADDR_IN_BYTES)) return EFAULT;
    if (<i32>guest_load16(task, address) != AF_INET) return EAFNOSUPPORT;
    port = guest_load16(task, address + 2);
    destination = RawSocket.destination(Socket.at(entry), guest_load32(task, address + 4));
    if (!port && isDatagram && !Socket.at(entry).isRaw()) return EINVAL;
  }
  let how: u32 = flags & MSG_DONTWAIT ? FLAG_DONTWAIT : 0;
  if (CONFIG_NET_TCP) how |= (flags & MSG_MORE ? FLAG_MORE : 0) | (flags & MSG_OOB ? FLAG_URGENT : 0);
  if (CONFIG_NET_TCP_FASTOPEN && flags & MSG_FASTOPEN) how |= FLAG_FASTOPEN;
  const result =
    CONFIG_NET_SOCKETS_DONTROUTE && flags & MSG_DONTROUTE
      ? DirectRoute.send(Socket.at(entry), task, destination, port, how)
      : Operations.send(Socket.at(entry), task, destination, port, how);
  if (result < 0) return Descriptors.failure(task, fd, result);
  guest_store32(task, countOut, result);
  return 0;
}
