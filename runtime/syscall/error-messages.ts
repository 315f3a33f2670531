/**
 * MSG_ERRQUEUE at the boundary (ip(7), recv(2) of Linux): the payload is that of the datagram that caused the error, as much of it as was
 * quoted and kept; the name is where it was sent to; control messages are those that the socket's options ask for, about the ICMP message,
 * and, last, always
 *
 *     IPPROTO_IP  IP_RECVERR   struct sock_extended_err: u32 errno (WASI's; posix/ translates it), u8 origin, u8 ICMP type, u8 ICMP code, u8 0,
 *                              u32 info, u32 data; then the sender of the ICMP message as a sockaddr_in, AF_UNSPEC when there is none
 *
 * Behind it there are zeros where there is room, as much as C's sockaddr_in has.
 */
import { CONFIG_NET_CONTEXT_RECV_PKTINFO, CONFIG_NET_CONTEXT_TIMESTAMPING } from "../../config";
import { guest_check, guest_load32, guest_store32 } from "../../hal/imports";
import { EAGAIN, EFAULT, ENOTSUP } from "../../net/base/errno";
import { DATAGRAM_INFO, DatagramInfo } from "../../net/socket/datagram-info";
import { ErrorQueue, ORIGIN_ICMP, QueuedError } from "../../net/socket/error-queue";
import { GuestVector } from "../../net/socket/guest-vector";
import { Socket } from "../../net/socket/socket";
import { ControlMessages } from "./control-messages";
import {
  MESSAGE_CONTROL_LENGTH,
  MESSAGE_FLAGS,
  MESSAGE_NAME_LENGTH,
  MessageHeader,
  MessageTargets,
  MSG_CTRUNC,
  MSG_DONTWAIT,
  MSG_ERRQUEUE,
  MSG_NOSIGNAL,
  MSG_PEEK,
  MSG_TRUNC,
  MSG_WAITALL,
} from "./message-header";
import { SOCKADDR_IN_BYTES, storeAddress } from "./socklet-calls";

const AF_INET: u32 = 1;
const IPPROTO_IP: i32 = 0;
const IP_RECVERR: i32 = 11;
const EXTENDED_ERROR_BYTES: u32 = 16;
/** What C's sockaddr_in has behind the part that means something. */
const SIN_ZERO_BYTES: u32 = 8;

/** As on Linux MSG_PEEK, _TRUNC, _WAITALL and _DONTWAIT mean nothing here: an error is taken, its length not asked for, and nobody waits. */
const FLAGS: i32 = MSG_ERRQUEUE | MSG_PEEK | MSG_TRUNC | MSG_WAITALL | MSG_DONTWAIT | MSG_NOSIGNAL;

export class ErrorMessages {
  /** recvmsg with MSG_ERRQUEUE: ENOTSUP (another flag), EFAULT, EMSGSIZE, EINVAL as sys_receive_message; EAGAIN (the queue is empty; of a stream it always is). */
  static receive(task: i32, socket: Socket, message: usize, flags: i32, countOut: usize): i32 {
    if (flags & ~FLAGS) return ENOTSUP;
    const error = MessageHeader.takeTargets(task, message, SOCKADDR_IN_BYTES, countOut);
    if (error) return error;
    const p = ErrorQueue.take(socket);
    if (!p) return EAGAIN;
    const queued = QueuedError.at(p);
    const copied = GuestVector.shared().write(task, queued.payload(), queued.length);
    let out = MSG_ERRQUEUE | (copied < <u32>queued.length ? MSG_TRUNC : 0);
    const targets = MessageTargets.shared();
    if (targets.name)
      ErrorMessages.storeName(task, queued, targets.name, targets.nameRoom, message + MESSAGE_NAME_LENGTH);
    const used = ErrorMessages.storeControl(task, socket, queued, targets.control, targets.controlRoom);
    if (used & ControlMessages.CUT) out |= MSG_CTRUNC;
    ErrorQueue.give(p);
    guest_store32(task, message + MESSAGE_CONTROL_LENGTH, used & ~ControlMessages.CUT);
    guest_store32(task, message + MESSAGE_FLAGS, out);
    guest_store32(task, countOut, copied);
    return 0;
  }

  /** recvfrom with MSG_ERRQUEUE: the payload and the name alone. EFAULT, EAGAIN, ENOTSUP (another flag). */
  static receiveFrom(
    task: i32,
    socket: Socket,
    buffer: usize,
    length: u32,
    flags: i32,
    address: usize,
    addressLength: usize,
    countOut: usize,
  ): i32 {
    if (flags & ~FLAGS) return ENOTSUP;
    if (GuestVector.shared().set(task, buffer, length)) return EFAULT;
    if (!guest_check(task, countOut, 4)) return EFAULT;
    let room: u32 = 0;
    if (address) {
      if (!guest_check(task, addressLength, 4)) return EFAULT;
      room = guest_load32(task, addressLength);
      if (!guest_check(task, address, min<u32>(room, SOCKADDR_IN_BYTES))) return EFAULT;
    }
    const p = ErrorQueue.take(socket);
    if (!p) return EAGAIN;
    const queued = QueuedError.at(p);
    const copied = GuestVector.shared().write(task, queued.payload(), queued.length);
    if (address) ErrorMessages.storeName(task, queued, address, room, addressLength);
    ErrorQueue.give(p);
    guest_store32(task, countOut, copied);
    return 0;
  }

  /** Where the datagram went; of a time stamp that is not said. */
  private static storeName(task: i32, error: QueuedError, name: usize, room: u32, lengthOut: usize): void {
    if (error.destination) storeAddress(task, name, room, lengthOut, error.destination, error.port);
    else guest_store32(task, lengthOut, 0);
  }

  /** Writes the control messages to `place` (guest, checked for `room` bytes). @returns bytes, CUT as of ControlMessages.store */
  private static storeControl(task: i32, socket: Socket, error: QueuedError, place: usize, room: u32): u32 {
    let used: u32 = 0;
    if (DATAGRAM_INFO) DatagramInfo.take(error.place());
    if (CONFIG_NET_CONTEXT_TIMESTAMPING) used = ControlMessages.storeTimes(task, socket, place, room, true);
    // What came over the wire has a header.
    if (CONFIG_NET_CONTEXT_RECV_PKTINFO && error.origin() == ORIGIN_ICMP)
      used = ControlMessages.storeHeader(task, socket, place, room, used);
    const bytes = EXTENDED_ERROR_BYTES + SOCKADDR_IN_BYTES;
    used = ControlMessages.begin(task, place, room, used, IPPROTO_IP, IP_RECVERR, bytes);
    if (used & ControlMessages.CUT) return used;
    const data = place + used - bytes;
    guest_store32(task, data, error.errno);
    guest_store32(task, data + 4, error.kind);
    guest_store32(task, data + 8, error.info);
    guest_store32(task, data + 12, error.data);
    guest_store32(task, data + 16, error.offender ? AF_INET : 0);
    guest_store32(task, data + 20, error.offender);
    if (room - used >= SIN_ZERO_BYTES) {
      guest_store32(task, place + used, 0);
      guest_store32(task, place + used + 4, 0);
    }
    return used;
  }
}
