/**
 * sendmsg and recvmsg on packet sockets: a frame gathered from several buffers or scattered over them, its other end a sockaddr_ll
 * (link-address.ts). Of control messages there are those about the time at which it came.
 */
import { CONFIG_NET_CONTEXT_TIMESTAMPING } from "../../config";
import { guest_check, guest_store32 } from "../../hal/imports";
import { EFAULT, ENOTSUP } from "../../net/base/errno";
import { PacketAddress } from "../../net/packet/packet-fields";
import { PacketSocket } from "../../net/packet/packet-socket";
import { Received } from "../../net/socket/received";
import { Socket } from "../../net/socket/socket";
import { ControlMessages } from "./control-messages";
import { Descriptors } from "./descriptors";
import { LinkAddress } from "./link-address";
import {
  MESSAGE_CONTROL_LENGTH,
  MESSAGE_FLAGS,
  MESSAGE_NAME_LENGTH,
  MessageHeader,
  MessageTargets,
  MSG_CTRUNC,
  MSG_TRUNC,
} from "./message-header";

export class PacketMessages {
  /**
   * sendmsg, its flags checked: EFAULT, EMSGSIZE and EINVAL as MessageHeader.take, EINVAL (name), ENOTSUP (control messages), and what
   * PacketSocket.send answers.
   */
  static send(task: i32, fd: i32, socket: Socket, message: usize, flags: i32, countOut: usize): i32 {
    let error = MessageHeader.take(task, message);
    if (error) return error;
    if (!guest_check(task, countOut, 4)) return EFAULT;
    if (MessageHeader.controlLength(task, message)) return ENOTSUP;
    const name = MessageHeader.name(task, message);
    if (name) {
      error = LinkAddress.check(task, name, MessageHeader.nameLength(task, message));
      if (error) return error;
      LinkAddress.setDestination(task, name);
    }
    const result = PacketSocket.send(socket, task, MessageHeader.sendFlags(flags));
    if (result < 0) return Descriptors.failure(task, fd, result);
    guest_store32(task, countOut, result);
    return 0;
  }

  /** recvmsg, its flags checked: EFAULT, EMSGSIZE and EINVAL as MessageHeader.take, and what PacketSocket.receive answers. */
  static receive(task: i32, fd: i32, socket: Socket, message: usize, flags: i32, countOut: usize): i32 {
    const error = MessageHeader.takeTargets(task, message, LinkAddress.BYTES, countOut);
    if (error) return error;
    const result = PacketSocket.receive(socket, task, MessageHeader.receiveFlags(flags));
    if (result < 0) return Descriptors.failure(task, fd, result);
    const from = PacketAddress.sender();
    const targets = MessageTargets.shared();
    const name = targets.name;
    const room = min<u32>(targets.nameRoom, LinkAddress.BYTES);
    if (name && from.given)
      LinkAddress.store(task, name, room, from.protocolBe, from.index, from.kind, from.macLow, from.macHigh);
    if (name) guest_store32(task, message + MESSAGE_NAME_LENGTH, from.given ? LinkAddress.BYTES : 0);
    let out = Received.shared().truncated ? MSG_TRUNC : 0;
    let used: u32 = 0;
    if (CONFIG_NET_CONTEXT_TIMESTAMPING && from.given) {
      used = ControlMessages.storeTimes(task, socket, targets.control, targets.controlRoom, false);
      if (used & ControlMessages.CUT) out |= MSG_CTRUNC;
      used &= ~ControlMessages.CUT;
    }
    guest_store32(task, message + MESSAGE_CONTROL_LENGTH, used);
    guest_store32(task, message + MESSAGE_FLAGS, out);
    guest_store32(task, countOut, result);
    return 0;
  }
}
