/** sendmsg and recvmsg on internet sockets: several buffers, the other end's address, control messages (control-messages.ts). Packet sockets: packet-messages.ts. */
import { CONFIG_NET_CONTEXT_RECV_PKTINFO, CONFIG_NET_SOCKETS_DONTROUTE, CONFIG_NET_TCP_FASTOPEN } from "../../config";
import { guest_check, guest_load16, guest_load32, guest_store32 } from "../../hal/imports";
import { EFAULT, EINVAL, ENOTSUP } from "../../net/base/errno";
import { RawSocket } from "../../net/raw/raw-socket";
import { DATAGRAM_INFO } from "../../net/socket/datagram-info";
import { DirectRoute } from "../../net/socket/direct-route";
import { ERROR_QUEUE } from "../../net/socket/error-queue";
import { Operations } from "../../net/socket/operations";
import { PACKET_SOCKETS } from "../../net/socket/raw-kinds";
import { Received } from "../../net/socket/received";
import { SendControl } from "../../net/socket/send-control";
import { Socket } from "../../net/socket/socket";
import { FLAG_FASTOPEN } from "../../net/socket/stream-fast-open";
import { ControlMessages } from "./control-messages";
import { Descriptors } from "./descriptors";
import { ErrorMessages } from "./error-messages";
import {
  MESSAGE_CONTROL_LENGTH,
  MESSAGE_FLAGS,
  MESSAGE_NAME_LENGTH,
  MessageHeader,
  MessageTargets,
  MSG_CTRUNC,
  MSG_DONTROUTE,
  MSG_DONTWAIT,
  MSG_ERRQUEUE,
  MSG_MORE,
  MSG_NOSIGNAL,
  MSG_OOB,
  MSG_PEEK,
  MSG_TRUNC,
  MSG_WAITALL,
} from "./message-header";
import { PacketMessages } from "./packet-messages";
import { checkAddress, MSG_FASTOPEN, SOCKADDR_IN_BYTES, storeAddress } from "./socklet-calls";

const SEND_FLAGS: i32 = MSG_DONTROUTE | MSG_DONTWAIT | MSG_NOSIGNAL;
const SEND_STREAM_FLAGS: i32 = CONFIG_NET_TCP_FASTOPEN
  ? SEND_FLAGS | MSG_MORE | MSG_OOB | MSG_FASTOPEN
  : SEND_FLAGS | MSG_MORE | MSG_OOB;
const RECEIVE_FLAGS: i32 = MSG_PEEK | MSG_TRUNC | MSG_DONTWAIT | MSG_WAITALL | MSG_NOSIGNAL;

export class InternetMessages {
  /** sendmsg; the errnos of sys_send_message. */
  static send(task: i32, fd: i32, socket: Socket, message: usize, flags: i32, countOut: usize): i32 {
    const stream = socket.isStream();
    if (flags & ~(stream ? SEND_STREAM_FLAGS : SEND_FLAGS)) return ENOTSUP;
    if (PACKET_SOCKETS && socket.isPacket()) return PacketMessages.send(task, fd, socket, message, flags, countOut);
    let error = MessageHeader.take(task, message);
    if (error) return error;
    if (!guest_check(task, countOut, 4)) return EFAULT;
    let address: u32 = 0;
    let port: u32 = 0;
    const name = MessageHeader.name(task, message);
    if (name) {
      error = checkAddress(task, name, MessageHeader.nameLength(task, message));
      if (error) return error;
      address = RawSocket.destination(socket, guest_load32(task, name + 4));
      port = guest_load16(task, name + 2);
      if (!port && socket.isUdp()) return EINVAL;
    }
    let how = MessageHeader.sendFlags(flags);
    if (CONFIG_NET_TCP_FASTOPEN && flags & MSG_FASTOPEN) how |= FLAG_FASTOPEN;
    const length = MessageHeader.controlLength(task, message);
    let result: i32;
    if (length) {
      if (!CONFIG_NET_CONTEXT_RECV_PKTINFO || !socket.isUdp()) return ENOTSUP;
      const control = MessageHeader.control(task, message);
      if (!guest_check(task, control, length)) return EFAULT;
      error = ControlMessages.take(task, socket, control, length);
      if (error) return error;
      result =
        CONFIG_NET_SOCKETS_DONTROUTE && flags & MSG_DONTROUTE
          ? DirectRoute.sendControlled(socket, task, address, port, how)
          : SendControl.shared().send(socket, task, address, port, how);
    } else if (CONFIG_NET_SOCKETS_DONTROUTE && flags & MSG_DONTROUTE) {
      result = DirectRoute.send(socket, task, address, port, how);
    } else {
      result = Operations.send(socket, task, address, port, how);
    }
    if (result < 0) return Descriptors.failure(task, fd, result);
    guest_store32(task, countOut, result);
    return 0;
  }

  /** recvmsg; the errnos of sys_receive_message. */
  static receive(task: i32, fd: i32, socket: Socket, message: usize, flags: i32, countOut: usize): i32 {
    if (ERROR_QUEUE && flags & MSG_ERRQUEUE) return ErrorMessages.receive(task, socket, message, flags, countOut);
    const stream = socket.isStream();
    if (flags & ~(stream ? RECEIVE_FLAGS | MSG_OOB : RECEIVE_FLAGS)) return ENOTSUP;
    if (PACKET_SOCKETS && socket.isPacket()) return PacketMessages.receive(task, fd, socket, message, flags, countOut);
    const error = MessageHeader.takeTargets(task, message, SOCKADDR_IN_BYTES, countOut);
    if (error) return error;
    const result = Operations.receive(socket, task, MessageHeader.receiveFlags(flags));
    if (result < 0) return Descriptors.failure(task, fd, result);
    const received = Received.shared();
    let out = (received.truncated ? MSG_TRUNC : 0) | (flags & MSG_OOB);
    const targets = MessageTargets.shared();
    let used: u32 = 0;
    // Without a sender there was no datagram: the socket is shut for reading.
    if (DATAGRAM_INFO && socket.isDatagram() && received.address) {
      used = ControlMessages.store(task, socket, targets.control, targets.controlRoom);
      if (used & ControlMessages.CUT) out |= MSG_CTRUNC;
      used &= ~ControlMessages.CUT;
    }
    if (targets.name) {
      const lengthOut = message + MESSAGE_NAME_LENGTH;
      storeAddress(task, targets.name, targets.nameRoom, lengthOut, received.address, received.port);
    }
    guest_store32(task, message + MESSAGE_CONTROL_LENGTH, used);
    guest_store32(task, message + MESSAGE_FLAGS, out);
    guest_store32(task, countOut, result);
    return 0;
  }
}
