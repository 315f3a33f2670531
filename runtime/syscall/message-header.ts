/**
 * What sendmsg and recvmsg of all families share: layouts and flags, Zephyr's.
 *
 *     struct msghdr    +0 u32 name   +4 u32 namelen   +8 u32 iov   +12 u32 iovlen   +16 u32 control   +20 u32 controllen   +24 i32 flags
 *     struct cmsghdr   +0 u32 len, header included   +4 i32 level   +8 i32 type   +16 data; the next one begins at the next multiple of 8
 */
import { CONFIG_NET_SOCKETS_DONTROUTE } from "../../config";
import { guest_check, guest_load32 } from "../../hal/imports";
import { EFAULT, EMSGSIZE } from "../../net/base/errno";
import { FLAG_DONTWAIT, RECEIVE_PEEK, RECEIVE_REAL_LENGTH } from "../../net/socket/datagram-socket";
import { GuestVector, VECTOR_MAX } from "../../net/socket/guest-vector";
import { FLAG_MORE, FLAG_URGENT, RECEIVE_WAIT_ALL } from "../../net/socket/stream-transfer";

const MSGHDR_BYTES: u32 = 28;
/** Offsets of what recvmsg fills in. */
export const MESSAGE_NAME_LENGTH: usize = 4;
export const MESSAGE_CONTROL_LENGTH: usize = 20;
export const MESSAGE_FLAGS: usize = 24;

/** Offset of the data in a control message. */
export const CONTROL_DATA: u32 = 16;

export const MSG_OOB: i32 = 0x01;
export const MSG_PEEK: i32 = 0x02;
/** MSG_DONTROUTE, where there is that flag. */
export const MSG_DONTROUTE: i32 = CONFIG_NET_SOCKETS_DONTROUTE ? 0x04 : 0;
export const MSG_CTRUNC: i32 = 0x08;
export const MSG_TRUNC: i32 = 0x20;
export const MSG_DONTWAIT: i32 = 0x40;
export const MSG_EOR: i32 = 0x80;
export const MSG_WAITALL: i32 = 0x100;
export const MSG_ERRQUEUE: i32 = 0x2000;
export const MSG_NOSIGNAL: i32 = 0x4000;
export const MSG_MORE: i32 = 0x8000;

/**
 * Where recvmsg puts the name and the control messages. Read from the header before the buffers are filled, since one of them may lie over it.
 */
@unmanaged
@final
export class MessageTargets {
  /** Guest address, 0 = not wanted, and bytes there. */
  name: usize;
  nameRoom: u32;
  /** Guest address and bytes, both 0 when not wanted. */
  control: usize;
  controlRoom: u32;

  /** The one of the call that is being made. In a function, so that an image without recvmsg has nothing of it. */
  static shared(): MessageTargets {
    return changetype<MessageTargets>(memory.data(16, 4));
  }
}

export class MessageHeader {
  /** Checks the msghdr at `message` and takes its buffers into the shared GuestVector. 0, EFAULT, EMSGSIZE (more than 16 buffers), EINVAL (more than 2^31 - 1 bytes). */
  static take(task: i32, message: usize): i32 {
    if (!guest_check(task, message, MSGHDR_BYTES)) return EFAULT;
    const count = guest_load32(task, message + 12);
    if (count > VECTOR_MAX) return EMSGSIZE;
    return -GuestVector.shared().load(task, guest_load32(task, message + 8), count);
  }

  /**
   * As `take`, for recvmsg: also notes in the shared MessageTargets where name and control messages go, of the former at most `nameBytes`.
   * The errnos of `take`; EFAULT for these two and `countOut`.
   */
  static takeTargets(task: i32, message: usize, nameBytes: u32, countOut: usize): i32 {
    const error = MessageHeader.take(task, message);
    if (error) return error;
    const targets = MessageTargets.shared();
    const name = MessageHeader.name(task, message);
    const nameRoom = MessageHeader.nameLength(task, message);
    const control = MessageHeader.control(task, message);
    const controlRoom = MessageHeader.controlLength(task, message);
    targets.name = name;
    targets.nameRoom = nameRoom;
    targets.control = control;
    targets.controlRoom = controlRoom;
    if (name && !guest_check(task, name, min<u32>(nameRoom, nameBytes))) return EFAULT;
    return guest_check(task, control, controlRoom) && guest_check(task, countOut, 4) ? 0 : EFAULT;
  }

  /** Guest address of the name; 0 = none. The header was checked. */
  @inline static name(task: i32, message: usize): usize {
    return guest_load32(task, message);
  }

  /** Bytes at the name. */
  @inline static nameLength(task: i32, message: usize): u32 {
    return guest_load32(task, message + MESSAGE_NAME_LENGTH);
  }

  /** Guest address of the control messages; 0 = none. */
  @inline static control(task: i32, message: usize): usize {
    return guest_load32(task, message + 16);
  }

  /** Bytes of control messages, or room for them; 0 when there are none. */
  @inline static controlLength(task: i32, message: usize): u32 {
    return MessageHeader.control(task, message) ? guest_load32(task, message + MESSAGE_CONTROL_LENGTH) : 0;
  }

  /** Flags of the core for the MSG_ flags of a receiving call. */
  static receiveFlags(flags: i32): u32 {
    return (
      (flags & MSG_PEEK ? RECEIVE_PEEK : 0) |
      (flags & MSG_TRUNC ? RECEIVE_REAL_LENGTH : 0) |
      (flags & MSG_DONTWAIT ? FLAG_DONTWAIT : 0) |
      (flags & MSG_WAITALL ? RECEIVE_WAIT_ALL : 0) |
      (flags & MSG_OOB ? FLAG_URGENT : 0)
    );
  }

  /** Flags of the core for the MSG_ flags of a sending call. */
  static sendFlags(flags: i32): u32 {
    return (
      (flags & MSG_DONTWAIT ? FLAG_DONTWAIT : 0) |
      (flags & MSG_MORE ? FLAG_MORE : 0) |
      (flags & MSG_OOB ? FLAG_URGENT : 0)
    );
  }
}
