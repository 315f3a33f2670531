/**
 * Short ways of the calls that a server makes for each packet. Each does the usual case of the call after which it is named, or answers
 * LONG_WAY and has changed nothing: the host then makes the call itself, which finds out what is the matter. They need no time, and have a
 * function, and so the registers of the CPU, for themselves. A small image leaves them out (@see runtime/syscall/table/types.ts, `short`).
 */
import { CONFIG_NET_TCP, CONFIG_OPTIMIZE_FOR_SIZE } from "../../config";
import { guest_check, guest_load32, guest_store16, guest_store32 } from "../../hal/imports";
import { LONG_WAY, PENDING } from "../../net/base/errno";
import { Capability } from "../../net/socket/capability";
import { DatagramSocket } from "../../net/socket/datagram-socket";
import { SOCKET_UDP, Socket } from "../../net/socket/socket";
import { StreamTransfer } from "../../net/socket/stream-transfer";
import { LENDING, Task, Tasks } from "../../net/socket/task";
import { UdpOutput } from "../../net/transport/udp/output";
import { Descriptors } from "./descriptors";
import { WASI_ADDRESS_IPV4_BYTES, WasiAddress } from "./wasi-address";

/** An iovec of preview 1: address and length. */
const IOVEC_BYTES: u32 = 8;

/** sock_recv_from: nothing is there, and the next datagram goes straight into the one buffer; then, that it has come. */
export function sys_sock_recv_from_short(
  task: i32,
  fd: i32,
  iovs: usize,
  iovCount: u32,
  riFlags: i32,
  address: usize,
  countOut: usize,
): i32 {
  if (!LENDING) return LONG_WAY;
  // First, so that the compiler sees them passed when the call is asked again.
  if (!guest_check(task, address, WASI_ADDRESS_IPV4_BYTES) || !guest_check(task, countOut, 4)) return LONG_WAY;
  const waiting = Task.at(task);
  if (waiting.isFilled) {
    waiting.finishLending();
    WasiAddress.store(task, address, waiting.filledAddress, waiting.filledPort);
    guest_store32(task, countOut, waiting.filledLength);
    return 0;
  }
  const entry = Descriptors.get(fd);
  if (!Descriptors.isSocket(entry) || (iovCount ^ 1) | riFlags || waiting.pending) return LONG_WAY;
  const socket = Socket.at(entry);
  if (!DatagramSocket.mustWait(socket)) return LONG_WAY;
  if (!guest_check(task, iovs, IOVEC_BYTES)) return LONG_WAY;
  const buffer = guest_load32(task, iovs);
  const length = guest_load32(task, iovs + 4);
  if (buffer & 3 || !guest_check(task, buffer, length)) return LONG_WAY;
  waiting.waitLending(socket, buffer, length);
  Tasks.waitsThrough(task, fd);
  return PENDING;
}

/** sock_recv: as sys_sock_recv_from_short, on a stream, and what is there already, and that the stream has ended. */
export function sys_sock_recv_short(
  task: i32,
  fd: i32,
  iovs: usize,
  iovCount: u32,
  riFlags: i32,
  countOut: usize,
  flagsOut: usize,
): i32 {
  if (!LENDING || !CONFIG_NET_TCP) return LONG_WAY;
  if (!guest_check(task, countOut, 4) || !guest_check(task, flagsOut, 2)) return LONG_WAY;
  const waiting = Task.at(task);
  if (waiting.isFilled) {
    waiting.finishLending();
    guest_store32(task, countOut, waiting.filledLength);
    guest_store16(task, flagsOut, 0);
    return 0;
  }
  const entry = Descriptors.get(fd);
  if (!Descriptors.isSocket(entry) || (iovCount ^ 1) | riFlags || waiting.pending) return LONG_WAY;
  const socket = Socket.at(entry);
  if (!guest_check(task, iovs, IOVEC_BYTES)) return LONG_WAY;
  const buffer = guest_load32(task, iovs);
  const length = guest_load32(task, iovs + 4);
  if (!StreamTransfer.mustWait(socket)) {
    if (!guest_check(task, buffer, length)) return LONG_WAY;
    let bytes: u32 = 0;
    if (!StreamTransfer.isEnded(socket)) {
      bytes = StreamTransfer.receiveOne(socket, task, buffer, length);
      if (!bytes) return LONG_WAY;
    }
    guest_store32(task, countOut, bytes);
    guest_store16(task, flagsOut, 0);
    return 0;
  }
  if (!length || buffer & 3 || !guest_check(task, buffer, length)) return LONG_WAY;
  waiting.waitLending(socket, buffer, length);
  Tasks.waitsThrough(task, fd);
  return PENDING;
}

/** sock_send_to: one buffer, aligned, to the address that the last datagram of this socket went to. */
export function sys_sock_send_to_short(
  task: i32,
  fd: i32,
  iovs: usize,
  iovCount: u32,
  siFlags: i32,
  address: usize,
  countOut: usize,
): i32 {
  if (CONFIG_OPTIMIZE_FOR_SIZE) return LONG_WAY;
  const entry = Descriptors.get(fd);
  if (!Descriptors.isSocket(entry) || (iovCount ^ 1) | siFlags) return LONG_WAY;
  const socket = Socket.at(entry);
  if (socket.kind != SOCKET_UDP || WasiAddress.check(task, address)) return LONG_WAY;
  if (!guest_check(task, countOut, 4) || !guest_check(task, iovs, IOVEC_BYTES)) return LONG_WAY;
  const buffer = guest_load32(task, iovs);
  const length = guest_load32(task, iovs + 4);
  if (!guest_check(task, buffer, length)) return LONG_WAY;
  const destination = WasiAddress.address(task, address);
  const portHigh = WasiAddress.portHigh(task, address);
  if (!portHigh || !Capability.maySend(destination, portHigh >>> 16)) return LONG_WAY;
  // What allowed the last datagram to this address allows this one: `set` and `setError` would have forgotten it.
  if (!UdpOutput.isDirect(socket, destination, buffer, length)) return LONG_WAY;
  if (!UdpOutput.sendDirect(socket, destination, (socket.ports >>> 16) | portHigh, task, buffer, length)) {
    guest_store32(task, countOut, length);
    Task.at(task).finish();
    return 0;
  }
  return LONG_WAY;
}
