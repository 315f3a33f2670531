/**
 * socklet_v1: sendmsg and recvmsg, with Zephyr's layouts.
 *
 *     struct msghdr    +0 u32 name   +4 u32 namelen   +8 u32 iov   +12 u32 iovlen   +16 u32 control   +20 u32 controllen   +24 i32 flags
 *     struct cmsghdr   +0 u32 len, header included   +4 i32 level   +8 i32 type   +16 data; the next one begins at the next multiple of 8
 */
import { CONFIG_NET_SOCKETS_UNIX } from "../../config";
import { guest_check, guest_load32, guest_store32 } from "../../hal/imports";
import { Clock } from "../../net/base/clock";
import { EBADF, EFAULT, EINVAL, ENOTSUP } from "../../net/base/errno";
import { LocalName } from "../../net/local/local-name";
import { LocalRights, RIGHTS_MOST } from "../../net/local/local-rights";
import { LocalSocket } from "../../net/local/local-socket";
import { LocalTransfer } from "../../net/local/local-transfer";
import { FLAG_DONTWAIT, RECEIVE_PEEK, RECEIVE_REAL_LENGTH } from "../../net/socket/datagram-socket";
import { GuestVector } from "../../net/socket/guest-vector";
import { Handle } from "../../net/socket/handle";
import { Received } from "../../net/socket/received";
import { RECEIVE_WAIT_ALL } from "../../net/socket/stream-transfer";
import { Task } from "../../net/socket/task";
import { Descriptors } from "./descriptors";
import { LocalAddress } from "./local-address";
import { LocalCalls } from "./local-calls";

const MSGHDR_BYTES: u32 = 28;
const CMSG_DATA: u32 = 16;
const MSG_PEEK: i32 = 0x02;
const MSG_CTRUNC: u32 = 0x08;
const MSG_TRUNC: i32 = 0x20;
const MSG_DONTWAIT: i32 = 0x40;
const MSG_WAITALL: i32 = 0x100;
const MSG_NOSIGNAL: i32 = 0x4000;
const SOL_SOCKET: i32 = 1;
const SCM_RIGHTS: i32 = 1;

/** The fields of a msghdr, copied once. */
@unmanaged
@final
class Header {
  name: u32;
  nameLength: u32;
  vector: u32;
  vectorLength: u32;
  control: u32;
  controlLength: u32;

  static shared(): Header {
    return changetype<Header>(memory.data(24, 4));
  }

  /** 0; EFAULT (the header, the control messages or a buffer), EINVAL (too many buffers). */
  take(task: i32, message: usize): i32 {
    if (!guest_check(task, message, MSGHDR_BYTES)) return EFAULT;
    this.name = guest_load32(task, message);
    this.nameLength = guest_load32(task, message + 4);
    this.vector = guest_load32(task, message + 8);
    this.vectorLength = guest_load32(task, message + 12);
    this.control = guest_load32(task, message + 16);
    this.controlLength = this.control ? guest_load32(task, message + 20) : 0;
    if (this.controlLength && !guest_check(task, this.control, this.controlLength)) return EFAULT;
    return -GuestVector.shared().load(task, this.vector, this.vectorLength);
  }
}

/**
 * sendmsg(), of AF_UNIX sockets: name, buffers and descriptors (SCM_RIGHTS: up to 4, internet sockets and event counters). EBADF (the socket, or a descriptor
 * to be passed), ENOTSOCK, ENOTSUP (another flag; an internet socket), EFAULT, EINVAL (a control message that is cut or unknown; too many descriptors, or one
 * of another kind), and what send_to answers.
 */
export function sys_send_message(task: i32, now: u64, fd: i32, message: usize, flags: i32, countOut: usize): i32 {
  Clock.enter(now);
  const entry = Descriptors.get(fd);
  if (!CONFIG_NET_SOCKETS_UNIX) return Descriptors.isSocket(entry) ? ENOTSUP : Descriptors.notSocket(entry);
  return sendLocal(task, fd, entry, message, flags, countOut);
}

function sendLocal(task: i32, fd: i32, entry: usize, message: usize, flags: i32, countOut: usize): i32 {
  if (!LocalCalls.isLocal(entry)) return Descriptors.isSocket(entry) ? ENOTSUP : Descriptors.notSocket(entry);
  if (flags & ~(MSG_DONTWAIT | MSG_NOSIGNAL)) return ENOTSUP;
  const header = Header.shared();
  let error = header.take(task, message);
  if (error) return error;
  if (!guest_check(task, countOut, 4)) return EFAULT;
  if (header.name) {
    error = LocalAddress.take(task, header.name, header.nameLength);
    if (error) return error;
  }
  error = takeRights(task, header.control, header.controlLength);
  if (error) {
    // A descriptor may have been closed while the call waited.
    Task.at(task).finish();
    return error;
  }
  const how = flags & MSG_DONTWAIT ? FLAG_DONTWAIT : 0;
  const socket = changetype<LocalSocket>(Handle.of(entry));
  const result = LocalTransfer.sendWithRights(socket, task, how, header.name != 0);
  if (result < 0) return Descriptors.failure(task, fd, result);
  guest_store32(task, countOut, result);
  return 0;
}

/** Takes the descriptors of the control messages at `place` (guest, checked) into LocalRights.sent. 0, EINVAL, EBADF. */
function takeRights(task: i32, place: usize, length: u32): i32 {
  const rights = LocalRights.sent();
  rights.count = 0;
  while (length) {
    if (length < CMSG_DATA) return EINVAL;
    const whole = guest_load32(task, place);
    if (whole < CMSG_DATA || whole > length || whole & 3) return EINVAL;
    if (<i32>guest_load32(task, place + 4) != SOL_SOCKET || <i32>guest_load32(task, place + 8) != SCM_RIGHTS)
      return EINVAL;
    for (let at: u32 = CMSG_DATA; at < whole; at += 4) {
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

/**
 * recvmsg(), of AF_UNIX sockets. The name and its length, the control messages' length and the flags of the header are filled in: MSG_TRUNC (the message was cut),
 * MSG_CTRUNC (descriptors found no room there or in the table, and were closed). EBADF, ENOTSOCK, ENOTSUP (another flag; an internet socket), EFAULT, EINVAL (too many
 * buffers), and what recv_from answers.
 */
export function sys_receive_message(task: i32, now: u64, fd: i32, message: usize, flags: i32, countOut: usize): i32 {
  Clock.enter(now);
  const entry = Descriptors.get(fd);
  if (!CONFIG_NET_SOCKETS_UNIX) return Descriptors.isSocket(entry) ? ENOTSUP : Descriptors.notSocket(entry);
  return receiveLocal(task, fd, entry, message, flags, countOut);
}

function receiveLocal(task: i32, fd: i32, entry: usize, message: usize, flags: i32, countOut: usize): i32 {
  if (!LocalCalls.isLocal(entry)) return Descriptors.isSocket(entry) ? ENOTSUP : Descriptors.notSocket(entry);
  if (flags & ~(MSG_PEEK | MSG_TRUNC | MSG_DONTWAIT | MSG_WAITALL | MSG_NOSIGNAL)) return ENOTSUP;
  const header = Header.shared();
  const error = header.take(task, message);
  if (error) return error;
  if (!guest_check(task, countOut, 4)) return EFAULT;
  const room = min<u32>(header.nameLength, LocalAddress.MOST);
  if (header.name && !guest_check(task, header.name, room)) return EFAULT;
  const how =
    (flags & MSG_PEEK ? RECEIVE_PEEK : 0) |
    (flags & MSG_TRUNC ? RECEIVE_REAL_LENGTH : 0) |
    (flags & MSG_DONTWAIT ? FLAG_DONTWAIT : 0) |
    (flags & MSG_WAITALL ? RECEIVE_WAIT_ALL : 0);
  const result = LocalTransfer.receiveWithRights(changetype<LocalSocket>(Handle.of(entry)), task, how);
  if (result < 0) return Descriptors.failure(task, fd, result);
  if (header.name) {
    const name = LocalName.sender();
    LocalAddress.store(task, header.name, room, message + 4, name.bytes(), name.length);
  }
  const isCut = storeRights(task, header.control, header.controlLength, message + 20);
  guest_store32(task, message + 24, (Received.shared().truncated ? MSG_TRUNC : 0) | (isCut ? MSG_CTRUNC : 0));
  guest_store32(task, countOut, result);
  return 0;
}

/**
 * Gives the descriptors in LocalRights.received numbers, and writes them as a control message to `place` (guest, checked), its length to `lengthOut`.
 * True when some found no room; they are closed.
 */
function storeRights(task: i32, place: usize, room: u32, lengthOut: usize): bool {
  const rights = LocalRights.received();
  const count = rights.count;
  const most = room > CMSG_DATA ? (room - CMSG_DATA) >>> 2 : 0;
  let done: u32 = 0;
  while (done < count && done < most && Descriptors.hasRoom()) {
    guest_store32(task, place + CMSG_DATA + (done << 2), Descriptors.add(rights.entry(done)));
    done++;
  }
  rights.drop(done);
  if (done) {
    guest_store32(task, place, CMSG_DATA + (done << 2));
    guest_store32(task, place + 4, SOL_SOCKET);
    guest_store32(task, place + 8, SCM_RIGHTS);
  }
  guest_store32(task, lengthOut, done ? CMSG_DATA + (done << 2) : 0);
  return done < count;
}
