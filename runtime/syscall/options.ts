/**
 * Socket options: getsockopt and setsockopt by level and name (socklet_v1, Zephyr's numbers) and the WAMR functions, one per
 * option. An option that is not built in answers ENOPROTOOPT (ENOTSUP for the WAMR functions), never success without
 * effect.
 */
import {
  CONFIG_NET_CONTEXT_PRIORITY,
  CONFIG_NET_CONTEXT_TIMESTAMPING,
  CONFIG_NET_IPV4_HDR_OPTIONS,
  CONFIG_NET_IPV4_IGMP,
  CONFIG_NET_SOCKETS_BINDTODEVICE,
  CONFIG_NET_SOCKETS_MTU_DISCOVER,
  CONFIG_NET_SOCKETS_UDP_RCVBUF,
  CONFIG_NET_SOCKETS_UNIX,
  CONFIG_NET_TCP,
  CONFIG_NET_TCP_FASTOPEN,
} from "../../config";
import { guest_check, guest_load32, guest_load64, guest_store8, guest_store32, guest_store64 } from "../../hal/imports";
import { Clock } from "../../net/base/clock";
import { EFAULT, EINVAL, ENOPROTOOPT, ENOTSUP } from "../../net/base/errno";
import { DATAGRAM_INFO } from "../../net/socket/datagram-info";
import { ERROR_QUEUE, ErrorQueue } from "../../net/socket/error-queue";
import { Multicast } from "../../net/socket/multicast";
import { Priority } from "../../net/socket/priority";
import { WHOLE_FRAMES } from "../../net/socket/raw-kinds";
import {
  OPTION_BROADCAST,
  OPTION_RECEIVE_ERRORS,
  OPTION_REUSEADDR,
  OPTION_REUSEPORT,
  Socket,
} from "../../net/socket/socket";
import { STREAM_FASTOPEN_CONNECT } from "../../net/socket/stream-fast-open";
import { streamOption } from "../../net/socket/stream-option-number";
import {
  STREAM_KEEPALIVE,
  STREAM_KEEPIDLE,
  STREAM_KEEPINTVL,
  STREAM_NODELAY,
  STREAM_QUICKACK,
  STREAM_RCVBUF,
  STREAM_SNDBUF,
  StreamOptions,
} from "../../net/socket/stream-options";
import { Timestamping } from "../../net/socket/timestamping";
import { ControlMessages } from "./control-messages";
import { Descriptors } from "./descriptors";
import { DeviceOption, SO_BINDTODEVICE } from "./device-option";
import { IP_OPTIONS, IpOptions } from "./ip-options";
import { LocalCalls } from "./local-calls";
import { MulticastOptions } from "./multicast-options";
import { PathOptions } from "./path-options";
import { RawOptions } from "./raw-options";
import { SOCKET_SETTINGS, SocketSettings } from "./socket-settings";
import { StreamStructures } from "./stream-structures";

/** Levels (Zephyr's numbers). */
const SOL_SOCKET: i32 = 1;
const IPPROTO_IP: i32 = 0;

/** Names at SOL_SOCKET. */
const SO_REUSEADDR: i32 = 2;
const SO_TYPE: i32 = 3;
const SO_ERROR: i32 = 4;
const SO_BROADCAST: i32 = 6;
const SO_RCVBUF: i32 = 8;
const SO_REUSEPORT: i32 = 15;
const SO_RCVTIMEO: i32 = 20;
const SO_SNDTIMEO: i32 = 21;
const SO_ACCEPTCONN: i32 = 30;
const SO_TIMESTAMPING: i32 = 37;
const SO_PROTOCOL: i32 = 38;
const SO_DOMAIN: i32 = 39;
/** Names at IPPROTO_IP. */
const IP_TOS: i32 = 1;
const IP_TTL: i32 = 2;
const IP_RECVERR: i32 = 11;

/** Values that getsockopt answers, in Zephyr's numbers. */
const ZEPHYR_SOCK_STREAM: i32 = 1;
const ZEPHYR_SOCK_DGRAM: i32 = 2;
const ZEPHYR_AF_INET: i32 = 1;
const IPPROTO_TCP: i32 = 6;
const IPPROTO_UDP: i32 = 17;

/** The WAMR options, as runtime/syscall/table/wamr.ts numbers them. */
const WASI_BROADCAST: i32 = 0;
const WASI_KEEP_ALIVE: i32 = 1;
const WASI_REUSE_ADDR: i32 = 2;
const WASI_REUSE_PORT: i32 = 3;
const WASI_TCP_NO_DELAY: i32 = 4;
const WASI_TCP_QUICK_ACK: i32 = 5;
const WASI_TCP_FASTOPEN_CONNECT: i32 = 6;
const WASI_IP_TTL: i32 = 8;
const WASI_IP_MULTICAST_TTL: i32 = 9;
const WASI_TCP_KEEP_IDLE: i32 = 10;
const WASI_TCP_KEEP_INTVL: i32 = 11;
const WASI_RECV_BUF_SIZE: i32 = 12;
const WASI_SEND_BUF_SIZE: i32 = 13;
const WASI_RECV_TIMEOUT: i32 = 14;
const WASI_SEND_TIMEOUT: i32 = 15;

/** struct timeval as it crosses the boundary: i64 seconds, i64 microseconds. */
const TIMEVAL_BYTES: u32 = 16;
const MICROSECONDS: u64 = 1_000_000;
/** Longest time-out that is kept apart from "for ever": about 292,000 years. */
const LONGEST_SECONDS: u64 = u64.MAX_VALUE / MICROSECONDS - 1;

/** True for a raw or packet socket. */
function isRawKind(socket: Socket): bool {
  return socket.isRaw() || socket.isPacket();
}

/** Bit of a yes-or-no option, or 0. A stream is never broadcast. */
function bitOf(socket: Socket, level: i32, name: i32): u32 {
  if (DATAGRAM_INFO && socket.isDatagram()) {
    const bit = ControlMessages.option(level, name);
    if (bit && (socket.isUdp() || ControlMessages.isTime(bit))) return bit;
  }
  if (ERROR_QUEUE && level == IPPROTO_IP && name == IP_RECVERR) return OPTION_RECEIVE_ERRORS;
  if (level != SOL_SOCKET) return 0;
  if (name == SO_REUSEADDR) return OPTION_REUSEADDR;
  if (name == SO_REUSEPORT) return OPTION_REUSEPORT;
  if (name == SO_BROADCAST && !socket.isStream()) return OPTION_BROADCAST;
  return 0;
}

/** True for SO_TIMESTAMPING of a datagram, raw or packet socket. */
function isStampOption(socket: Socket, level: i32, name: i32): bool {
  return CONFIG_NET_CONTEXT_TIMESTAMPING && level == SOL_SOCKET && name == SO_TIMESTAMPING && socket.isDatagram();
}

/** An i32-valued option of `socket`, or a negative number when there is no such option. SO_ERROR is cleared by this. */
function read(socket: Socket, level: i32, name: i32): i32 {
  if (WHOLE_FRAMES && isRawKind(socket)) {
    const value = RawOptions.read(socket, level, name);
    if (value != RawOptions.COMMON) return value;
  }
  const bit = bitOf(socket, level, name);
  if (bit) return i32(socket.has(bit));
  if (CONFIG_NET_CONTEXT_TIMESTAMPING && isStampOption(socket, level, name)) return <i32>Timestamping.flags(socket);
  const stream = socket.isStream();
  if (level == SOL_SOCKET) {
    if (name == SO_TYPE) return stream ? ZEPHYR_SOCK_STREAM : ZEPHYR_SOCK_DGRAM;
    if (name == SO_ERROR) return socket.takeError();
    if (name == SO_PROTOCOL) return stream ? IPPROTO_TCP : IPPROTO_UDP;
    if (name == SO_DOMAIN) return ZEPHYR_AF_INET;
    if (name == SO_RCVBUF && !stream) return CONFIG_NET_SOCKETS_UDP_RCVBUF;
    if (name == SO_ACCEPTCONN && !stream) return 0;
  } else if (level == IPPROTO_IP) {
    if (name == IP_TTL) return socket.ttlTos & 0xff;
    if (name == IP_TOS) return (socket.ttlTos >>> 8) & 0xff;
  }
  return stream ? StreamOptions.get(socket, streamOption(level, name)) : -1;
}

/**
 * getsockopt. `value` receives at most *len bytes, *len what there was to say. SO_ERROR is a WASI errno here; posix/
 * translates it. EBADF, ENOTSOCK, EFAULT, EINVAL (no room for a time, or for the name of an interface), ENOTCONN (IP_MTU: no peer),
 * ENOPROTOOPT, ENOTSUP
 * (ICMP_FILTER of a raw socket that is not ICMP's).
 */
export function sys_get_option(task: i32, now: u64, fd: i32, level: i32, name: i32, value: usize, length: usize): i32 {
  // What routers have said of a path is forgotten after a while.
  if (CONFIG_NET_SOCKETS_MTU_DISCOVER) Clock.enter(now);
  const entry = Descriptors.get(fd);
  if (!Descriptors.isSocket(entry))
    return CONFIG_NET_SOCKETS_UNIX
      ? LocalCalls.getOption(task, entry, level, name, value, length)
      : Descriptors.notSocket(entry);
  if (!guest_check(task, length, 4)) return EFAULT;
  const room = guest_load32(task, length);
  if (!guest_check(task, value, room)) return EFAULT;
  const socket = Socket.at(entry);
  if (level == SOL_SOCKET && (name == SO_RCVTIMEO || name == SO_SNDTIMEO)) {
    if (room < TIMEVAL_BYTES) return EINVAL;
    const time = name == SO_RCVTIMEO ? socket.receiveTimeout : socket.sendTimeout;
    guest_store64(task, value, time / MICROSECONDS);
    guest_store64(task, value + 8, time % MICROSECONDS);
    guest_store32(task, length, TIMEVAL_BYTES);
    return 0;
  }
  if (CONFIG_NET_SOCKETS_BINDTODEVICE && level == SOL_SOCKET && name == SO_BINDTODEVICE)
    return DeviceOption.get(task, socket, value, room, length);
  if (CONFIG_NET_IPV4_HDR_OPTIONS && level == IPPROTO_IP && name == IP_OPTIONS)
    return IpOptions.get(task, socket, value, room, length);
  const option = streamOption(level, name);
  if (socket.isStream() && StreamStructures.has(option)) {
    guest_store32(task, length, StreamStructures.get(socket, option, task, value, room));
    return 0;
  }
  if (CONFIG_NET_IPV4_IGMP && level == IPPROTO_IP && MulticastOptions.has(name))
    return MulticastOptions.get(task, socket, name, value, room, length);
  if (WHOLE_FRAMES && RawOptions.isFilter(socket, level)) {
    return RawOptions.getFilter(task, socket, name, value, length, room);
  }
  let result: i32;
  if (SOCKET_SETTINGS && SocketSettings.has(socket, level, name)) {
    result = SocketSettings.get(socket, name);
  } else if (CONFIG_NET_SOCKETS_MTU_DISCOVER && PathOptions.has(level, name)) {
    result = PathOptions.get(socket, name);
    if (result < 0) return -result;
  } else {
    result = read(socket, level, name);
    if (result < 0) return ENOPROTOOPT;
  }
  const bytes = min<u32>(room, 4);
  for (let i: u32 = 0; i < bytes; i++) {
    guest_store8(task, value + i, result);
    result >>>= 8;
  }
  guest_store32(task, length, bytes);
  return 0;
}

/**
 * setsockopt. Integers are four bytes, times 16, SO_LINGER 8, TCP_CONGESTION and SO_BINDTODEVICE a name. EBADF, ENOTSOCK, EFAULT, EINVAL (length or value), ENOPROTOOPT
 * (no such option, or one that can only be read), ENOENT (TCP_CONGESTION: not built in), ENODEV (SO_BINDTODEVICE: no such interface), EPERM (SO_PRIORITY: not 0 to 6), ENOTSUP (ICMP_FILTER of a raw socket that is not ICMP's).
 */
export function sys_set_option(task: i32, now: u64, fd: i32, level: i32, name: i32, value: usize, length: u32): i32 {
  if (CONFIG_NET_TCP || CONFIG_NET_IPV4_IGMP) Clock.enter(now);
  const entry = Descriptors.get(fd);
  if (!Descriptors.isSocket(entry))
    return CONFIG_NET_SOCKETS_UNIX
      ? LocalCalls.setOption(task, entry, level, name, value, length)
      : Descriptors.notSocket(entry);
  if (!guest_check(task, value, length)) return EFAULT;
  const socket = Socket.at(entry);
  if (level == SOL_SOCKET && (name == SO_RCVTIMEO || name == SO_SNDTIMEO)) {
    if (length < TIMEVAL_BYTES) return EINVAL;
    const seconds = guest_load64(task, value);
    const micros = guest_load64(task, value + 8);
    if (seconds > LONGEST_SECONDS || micros >= MICROSECONDS) return EINVAL;
    setTimeout(socket, name == SO_RCVTIMEO, seconds * MICROSECONDS + micros);
    return 0;
  }
  if (CONFIG_NET_SOCKETS_BINDTODEVICE && level == SOL_SOCKET && name == SO_BINDTODEVICE)
    return DeviceOption.set(task, socket, value, length);
  if (CONFIG_NET_IPV4_HDR_OPTIONS && level == IPPROTO_IP && name == IP_OPTIONS)
    return IpOptions.set(task, socket, value, length);
  const stream = socket.isStream();
  const option = streamOption(level, name);
  if (stream && StreamStructures.has(option)) return StreamStructures.set(socket, option, task, value, length);
  if (CONFIG_NET_IPV4_IGMP && level == IPPROTO_IP && MulticastOptions.has(name))
    return MulticastOptions.set(task, socket, name, value, length);
  if (WHOLE_FRAMES && RawOptions.isFilter(socket, level)) {
    return RawOptions.setFilter(task, socket, name, value, length);
  }
  if (length < 4) return EINVAL;
  const number = <i32>guest_load32(task, value);
  if (WHOLE_FRAMES && isRawKind(socket)) {
    const answer = RawOptions.set(socket, level, name, number);
    if (answer != RawOptions.COMMON) return answer;
  }
  if (SOCKET_SETTINGS && SocketSettings.has(socket, level, name))
    return SocketSettings.set(socket, name, number, length);
  if (CONFIG_NET_SOCKETS_MTU_DISCOVER && PathOptions.has(level, name)) return PathOptions.set(socket, name, number);
  if (CONFIG_NET_CONTEXT_TIMESTAMPING && isStampOption(socket, level, name))
    return -Timestamping.set(socket, <u32>number);
  const bit = bitOf(socket, level, name);
  if (bit) {
    if (DATAGRAM_INFO) ControlMessages.switch(socket, bit, number != 0);
    else socket.set(bit, number != 0);
    if (ERROR_QUEUE && bit == OPTION_RECEIVE_ERRORS && !number) ErrorQueue.purge(socket);
    return 0;
  }
  if (level == IPPROTO_IP) return setHeaderField(socket, name, number);
  return stream ? -StreamOptions.set(socket, option, number) : ENOPROTOOPT;
}

/** IP_TTL and IP_TOS. */
function setHeaderField(socket: Socket, name: i32, number: i32): i32 {
  if (name == IP_TTL) return setTtl(socket, number);
  if (name != IP_TOS) return ENOPROTOOPT;
  if (<u32>number > 255) return EINVAL;
  // The two bits of ECN are those of the connection (RFC 3168 §5), as on Linux.
  const service = socket.isStream() ? <u32>number & ~3 : <u32>number;
  if (CONFIG_NET_CONTEXT_PRIORITY) Priority.follow(socket, service);
  socket.setTtlTos((socket.ttlTos & 0xff) | (service << 8));
  return 0;
}

function setTtl(socket: Socket, ttl: i32): i32 {
  if (<u32>(ttl - 1) > 254) return EINVAL;
  socket.setTtlTos((socket.ttlTos & 0xff00) | <u32>ttl);
  return 0;
}

function setTimeout(socket: Socket, receive: bool, micros: u64): void {
  if (receive) socket.setReceiveTimeout(micros);
  else socket.sendTimeout = micros;
}

/** Bit of a WAMR yes-or-no option, or 0. */
function wasiBit(socket: Socket, option: i32): u32 {
  if (option == WASI_BROADCAST && !socket.isStream()) return OPTION_BROADCAST;
  if (option == WASI_REUSE_ADDR) return OPTION_REUSEADDR;
  if (option == WASI_REUSE_PORT) return OPTION_REUSEPORT;
  return 0;
}

/** The stream option that a WAMR function stands for, or 0. */
function wasiStreamOption(option: i32): u32 {
  if (CONFIG_NET_TCP_FASTOPEN && option == WASI_TCP_FASTOPEN_CONNECT) return STREAM_FASTOPEN_CONNECT;
  switch (option) {
    case WASI_KEEP_ALIVE:
      return STREAM_KEEPALIVE;
    case WASI_TCP_NO_DELAY:
      return STREAM_NODELAY;
    case WASI_TCP_QUICK_ACK:
      return STREAM_QUICKACK;
    case WASI_TCP_KEEP_IDLE:
      return STREAM_KEEPIDLE;
    case WASI_TCP_KEEP_INTVL:
      return STREAM_KEEPINTVL;
    case WASI_RECV_BUF_SIZE:
      return STREAM_RCVBUF;
    case WASI_SEND_BUF_SIZE:
      return STREAM_SNDBUF;
    default:
      return 0;
  }
}

/** True for the stream options that are a bool at this boundary. */
function isWasiBool(option: i32): bool {
  if (CONFIG_NET_TCP_FASTOPEN && option == WASI_TCP_FASTOPEN_CONNECT) return true;
  return option == WASI_KEEP_ALIVE || option == WASI_TCP_NO_DELAY || option == WASI_TCP_QUICK_ACK;
}

/** sock_get_*: writes 1 byte (yes or no, TTL), 4 (sizes) or 8 (µs). EBADF, ENOTSOCK, EFAULT, ENOTSUP. */
export function sys_option_get(task: i32, option: i32, fd: i32, out: usize): i32 {
  const entry = Descriptors.get(fd);
  if (!Descriptors.isSocket(entry)) return Descriptors.notSocket(entry);
  const socket = Socket.at(entry);
  const bit = wasiBit(socket, option);
  if (bit || option == WASI_IP_TTL) {
    if (!guest_check(task, out, 1)) return EFAULT;
    guest_store8(task, out, bit ? u32(socket.has(bit)) : socket.ttlTos & 0xff);
    return 0;
  }
  if (CONFIG_NET_IPV4_IGMP && option == WASI_IP_MULTICAST_TTL && socket.isUdp()) {
    if (!guest_check(task, out, 1)) return EFAULT;
    guest_store8(task, out, Multicast.ttl(socket));
    return 0;
  }
  const named = socket.isStream() ? wasiStreamOption(option) : 0;
  if (named) {
    const bool = isWasiBool(option);
    if (!guest_check(task, out, bool ? 1 : 4)) return EFAULT;
    const number = StreamOptions.get(socket, named);
    if (bool) guest_store8(task, out, number);
    else guest_store32(task, out, number);
    return 0;
  }
  if (option == WASI_RECV_BUF_SIZE) {
    if (!guest_check(task, out, 4)) return EFAULT;
    guest_store32(task, out, CONFIG_NET_SOCKETS_UDP_RCVBUF);
    return 0;
  }
  if (option == WASI_RECV_TIMEOUT || option == WASI_SEND_TIMEOUT) {
    if (!guest_check(task, out, 8)) return EFAULT;
    guest_store64(task, out, option == WASI_RECV_TIMEOUT ? socket.receiveTimeout : socket.sendTimeout);
    return 0;
  }
  return ENOTSUP;
}

/** sock_set_*: a bool counts by its low byte, as in the known host. EBADF, ENOTSOCK, EINVAL, ENOTSUP. */
export function sys_option_set(_task: i32, now: u64, option: i32, fd: i32, value: i32): i32 {
  if (CONFIG_NET_TCP) Clock.enter(now);
  const entry = Descriptors.get(fd);
  if (!Descriptors.isSocket(entry)) return Descriptors.notSocket(entry);
  const socket = Socket.at(entry);
  const bit = wasiBit(socket, option);
  if (bit) {
    socket.set(bit, (value & 0xff) != 0);
    return 0;
  }
  if (option == WASI_IP_TTL) return setTtl(socket, value);
  if (CONFIG_NET_IPV4_IGMP && option == WASI_IP_MULTICAST_TTL && socket.isUdp())
    return -Multicast.setTtl(socket, value);
  const named = socket.isStream() ? wasiStreamOption(option) : 0;
  if (!named) return ENOTSUP;
  if (CONFIG_NET_TCP_FASTOPEN && named == STREAM_FASTOPEN_CONNECT) value = i32((value & 0xff) != 0);
  return -StreamOptions.set(socket, named, isWasiBool(option) ? value & 0xff : value);
}

/** sock_set_recv_timeout and sock_set_send_timeout, µs; 0 = none. EBADF, ENOTSOCK. */
export function sys_option_set_timeout(_task: i32, option: i32, fd: i32, micros: i64): i32 {
  const entry = Descriptors.get(fd);
  if (!Descriptors.isSocket(entry))
    return CONFIG_NET_SOCKETS_UNIX
      ? LocalCalls.setTimeout(entry, option == WASI_RECV_TIMEOUT, <u64>micros)
      : Descriptors.notSocket(entry);
  setTimeout(Socket.at(entry), option == WASI_RECV_TIMEOUT, <u64>micros);
  return 0;
}

/** SO_LINGER: 1 byte yes or no, 4 bytes seconds. EBADF, ENOTSOCK, EFAULT, ENOTSUP (a datagram socket). */
export function sys_sock_get_linger(task: i32, fd: i32, enabled: usize, seconds: usize): i32 {
  const entry = Descriptors.get(fd);
  if (!Descriptors.isSocket(entry) || !Socket.at(entry).isStream()) return unsupported(fd);
  if (!guest_check(task, enabled, 1) || !guest_check(task, seconds, 4)) return EFAULT;
  const linger = StreamOptions.linger(Socket.at(entry));
  guest_store8(task, enabled, u32(linger >= 0));
  guest_store32(task, seconds, max(linger, 0));
  return 0;
}

/** SO_LINGER. EBADF, ENOTSOCK, EINVAL (a listener), ENOTSUP (a datagram socket). */
export function sys_sock_set_linger(_task: i32, fd: i32, enabled: i32, seconds: i32): i32 {
  const entry = Descriptors.get(fd);
  if (!Descriptors.isSocket(entry) || !Socket.at(entry).isStream()) return unsupported(fd);
  return -StreamOptions.setLinger(Socket.at(entry), (enabled & 0xff) != 0, seconds);
}

/** usize → the datagram socket `fd`, or 0: it is another kind of socket, or none. */
function datagramSocket(fd: i32): usize {
  const entry = Descriptors.get(fd);
  return Descriptors.isSocket(entry) && Socket.at(entry).isUdp() ? entry : 0;
}

/** IP_MULTICAST_LOOP: 1 byte. EBADF, ENOTSOCK, EFAULT, ENOTSUP (not built in, a stream, or `ipv6` of a socket that is not). */
export function sys_sock_get_ip_multicast_loop(task: i32, fd: i32, ipv6: i32, out: usize): i32 {
  if (!CONFIG_NET_IPV4_IGMP) return unsupported(fd);
  const p = datagramSocket(fd);
  if (!p || ipv6) return unsupported(fd);
  if (!guest_check(task, out, 1)) return EFAULT;
  guest_store8(task, out, u32(Multicast.loop(Socket.at(p))));
  return 0;
}

/** IP_MULTICAST_LOOP; the low byte counts. EBADF, ENOTSOCK, ENOTSUP (as above). */
export function sys_sock_set_ip_multicast_loop(_task: i32, fd: i32, ipv6: i32, enabled: i32): i32 {
  if (!CONFIG_NET_IPV4_IGMP) return unsupported(fd);
  const p = datagramSocket(fd);
  if (!p || ipv6) return unsupported(fd);
  Multicast.setLoop(Socket.at(p), (enabled & 0xff) != 0);
  return 0;
}

/**
 * IP_ADD_MEMBERSHIP; `address` of the interface in network order, 0 = none in particular. EBADF, ENOTSOCK, ENOTSUP (not built in, or a
 * stream), EFAULT, EAFNOSUPPORT (an IPv6 group), EPROTONOSUPPORT (unknown kind), EINVAL (not a group), ENODEV, EADDRINUSE (a member
 * already), ENOBUFS.
 */
export function sys_sock_set_ip_add_membership(task: i32, now: u64, fd: i32, group: usize, address: u32): i32 {
  if (!CONFIG_NET_IPV4_IGMP) return unsupported(fd);
  Clock.enter(now);
  const p = datagramSocket(fd);
  return p ? MulticastOptions.wasiMembership(task, Socket.at(p), group, address, true) : unsupported(fd);
}

/** IP_DROP_MEMBERSHIP. Parameters and errors as above, and EADDRNOTAVAIL (not a member); never EINVAL, EADDRINUSE, ENOBUFS. */
export function sys_sock_set_ip_drop_membership(task: i32, now: u64, fd: i32, group: usize, address: u32): i32 {
  if (!CONFIG_NET_IPV4_IGMP) return unsupported(fd);
  Clock.enter(now);
  const p = datagramSocket(fd);
  return p ? MulticastOptions.wasiMembership(task, Socket.at(p), group, address, false) : unsupported(fd);
}

function unsupported(fd: i32): i32 {
  const entry = Descriptors.get(fd);
  return Descriptors.isSocket(entry) ? ENOTSUP : Descriptors.notSocket(entry);
}
