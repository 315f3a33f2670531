/** sendmsg and recvmsg on AF_UNIX sockets: several buffers, a name, descriptors (SCM_RIGHTS). */
import { guest_check, guest_load32, guest_store32 } from "../../hal/imports";
import { EBADF, EFAULT, EINVAL, ENOTSUP } from "../../net/base/errno";
import { LocalName } from "../../net/local/local-name";
import { LocalRights, RIGHTS_MOST } from "../../net/local/local-rights";
import { LOCAL_SEQUENCED, LocalSocket } from "../../net/local/local-socket";
import { LocalTransfer } from "../../net/local/local-transfer";
import { Handle } from "../../net/socket/handle";
import { Received } from "../../net/socket/received";
import { Task } from "../../net/socket/task";
import { Descriptors } from "./descriptors";
import { LocalAddress } from "./local-address";
import { LocalCalls } from "./local-calls";
import {
  CONTROL_DATA,
  MESSAGE_CONTROL_LENGTH,
  MESSAGE_FLAGS,
  MESSAGE_NAME_LENGTH,
  MessageHeader,
  MessageTargets,
  MSG_CTRUNC,
  MSG_DONTROUTE,
  MSG_DONTWAIT,
  MSG_EOR,
  MSG_NOSIGNAL,
  MSG_PEEK,
  MSG_TRUNC,
  MSG_WAITALL,
} from "./message-header";

const SOL_SOCKET: i32 = 1;
const SCM_RIGHTS: i32 = 1;

export class LocalMessages {
  /** sendmsg; the errnos of sys_send_message. MSG_EOR says of a sequenced packet what it is anyway, MSG_DONTROUTE of all of them. */
  static send(task: i32, fd: i32, entry: usize, message: usize, flags: i32, countOut: usize): i32 {
    if (!LocalCalls.isLocal(entry)) return Descriptors.notSocket(entry);
    const socket = changetype<LocalSocket>(Handle.of(entry));
    const known = MSG_DONTROUTE | MSG_DONTWAIT | MSG_NOSIGNAL | (socket.type == LOCAL_SEQUENCED ? MSG_EOR : 0);
    if (flags & ~known) return ENOTSUP;
    let error = MessageHeader.take(task, message);
    if (error) return error;
    const control = MessageHeader.control(task, message);
    const controlLength = MessageHeader.controlLength(task, message);
    if (!guest_check(task, control, controlLength) || !guest_check(task, countOut, 4)) return EFAULT;
    const name = MessageHeader.name(task, message);
    if (name) {
      error = LocalAddress.take(task, name, MessageHeader.nameLength(task, message));
      if (error) return error;
    }
    error = LocalMessages.takeRights(task, control, controlLength);
    if (error) {
      // A descriptor may have been closed while the call waited.
      Task.at(task).finish();
      return error;
    }
    const result = LocalTransfer.sendWithRights(socket, task, MessageHeader.sendFlags(flags), name != 0);
    if (result < 0) return Descriptors.failure(task, fd, result);
    guest_store32(task, countOut, result);
    return 0;
  }

  /** Takes the descriptors of the control messages at `place` (guest, checked) into LocalRights.sent. 0, EINVAL, EBADF. */
  private static takeRights(task: i32, place: usize, length: u32): i32 {
    const rights = LocalRights.sent();
    rights.count = 0;
    while (length) {
      if (length < CONTROL_DATA) return EINVAL;
      const whole = guest_load32(task, place);
      if (whole < CONTROL_DATA || whole > length || whole & 3) return EINVAL;
      if (<i32>guest_load32(task, place + 4) != SOL_SOCKET || <i32>guest_load32(task, place + 8) != SCM_RIGHTS)
        return EINVAL;
      for (let at: u32 = CONTROL_DATA; at < whole; at += 4) {
        const entry = Descriptors.get(<i32>guest_load32(task, place + at));
        if (!entry) return EBADF;
        if (rights.count == RIGHTS_MOST || !LocalRights.canPass(entry)) return EINVAL;
        rights.add(entry);
      }
      const step = min<u32>((whole + 7) & ~7, length);
      place += step;
      length -= step;
    }
    return 0;
  }

  /** recvmsg; the errnos of sys_receive_message. */
  static receive(task: i32, fd: i32, entry: usize, message: usize, flags: i32, countOut: usize): i32 {
    if (!LocalCalls.isLocal(entry)) return Descriptors.notSocket(entry);
    if (flags & ~(MSG_PEEK | MSG_TRUNC | MSG_DONTWAIT | MSG_WAITALL | MSG_NOSIGNAL)) return ENOTSUP;
    const error = MessageHeader.takeTargets(task, message, LocalAddress.MOST, countOut);
    if (error) return error;
    const socket = changetype<LocalSocket>(Handle.of(entry));
    const result = LocalTransfer.receiveWithRights(socket, task, MessageHeader.receiveFlags(flags));
    if (result < 0) return Descriptors.failure(task, fd, result);
    const targets = MessageTargets.shared();
    if (targets.name) {
      const sender = LocalName.sender();
      const room = min<u32>(targets.nameRoom, LocalAddress.MOST);
      LocalAddress.store(task, targets.name, room, message + MESSAGE_NAME_LENGTH, sender.bytes(), sender.length);
    }
    const isCut = LocalMessages.storeRights(
      task,
      targets.control,
      targets.controlRoom,
      message + MESSAGE_CONTROL_LENGTH,
    );
    let out = isCut ? MSG_CTRUNC : 0;
    if (Received.shared().truncated) out |= MSG_TRUNC;
    // The end of the connection is no record.
    else if (socket.type == LOCAL_SEQUENCED && result > 0) out |= MSG_EOR;
    guest_store32(task, message + MESSAGE_FLAGS, out);
    guest_store32(task, countOut, result);
    return 0;
  }

  /**
   * Gives the descriptors in LocalRights.received numbers, and writes them as a control message to `place` (guest, checked), its length to `lengthOut`.
   * True when some found no room; they are closed.
   */
  private static storeRights(task: i32, place: usize, room: u32, lengthOut: usize): bool {
    const rights = LocalRights.received();
    const count = rights.count;
    const most = room > CONTROL_DATA ? (room - CONTROL_DATA) >>> 2 : 0;
    let done: u32 = 0;
    while (done < count && done < most && Descriptors.hasRoom()) {
      guest_store32(task, place + CONTROL_DATA + (done << 2), Descriptors.add(rights.entry(done)));
      done++;
    }
    rights.drop(done);
    if (done) {
      guest_store32(task, place, CONTROL_DATA + (done << 2));
      guest_store32(task, place + 4, SOL_SOCKET);
      guest_store32(task, place + 8, SCM_RIGHTS);
    }
    guest_store32(task, lengthOut, done ? CONTROL_DATA + (done << 2) : 0);
    return done < count;
  }
}
