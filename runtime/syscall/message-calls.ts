/** socklet_v1: sendmsg and recvmsg. Layouts: message-header.ts. Internet sockets: internet-messages.ts; AF_UNIX: local-messages.ts. */
import { CONFIG_NET_SOCKETS_UNIX } from "../../config";
import { Clock } from "../../net/base/clock";
import { Socket } from "../../net/socket/socket";
import { Descriptors } from "./descriptors";
import { InternetMessages } from "./internet-messages";
import { LocalMessages } from "./local-messages";

/**
 * sendmsg(): up to 16 buffers as one datagram, or as one piece of a stream. EBADF, ENOTSOCK, EFAULT (header, name, control messages, a buffer),
 * EMSGSIZE (more than 16 buffers), EINVAL (more than 2^31 - 1 bytes; a control message that is cut, unknown or out of range; name), ENOTSUP (another
 * flag; control messages where there are none: streams, images without CONFIG_NET_CONTEXT_RECV_PKTINFO), ENODEV (IP_PKTINFO: no such
 * interface), and what send_to answers. AF_UNIX: SCM_RIGHTS, up to 4 descriptors of internet sockets and event counters; EINVAL also for more, or
 * of another kind, EBADF also for one of them.
 */
export function sys_send_message(task: i32, now: u64, fd: i32, message: usize, flags: i32, countOut: usize): i32 {
  Clock.enter(now);
  const entry = Descriptors.get(fd);
  if (Descriptors.isSocket(entry)) return InternetMessages.send(task, fd, Socket.at(entry), message, flags, countOut);
  return CONFIG_NET_SOCKETS_UNIX
    ? LocalMessages.send(task, fd, entry, message, flags, countOut)
    : Descriptors.notSocket(entry);
}

/**
 * recvmsg(). The name and its length, the control messages' length and the flags of the header are filled in: MSG_TRUNC (the datagram was cut),
 * MSG_CTRUNC (control messages found no room; descriptors among them were closed), MSG_OOB (the urgent byte), MSG_EOR (the end of a record:
 * SOCK_SEQPACKET), MSG_ERRQUEUE (a queued error: error-messages.ts). EBADF, ENOTSOCK, EFAULT (header, name, room for control messages, a buffer), EMSGSIZE (more than 16 buffers), EINVAL (more than
 * 2^31 - 1 bytes), ENOTSUP (another flag), and what recv_from answers.
 */
export function sys_receive_message(task: i32, now: u64, fd: i32, message: usize, flags: i32, countOut: usize): i32 {
  Clock.enter(now);
  const entry = Descriptors.get(fd);
  if (Descriptors.isSocket(entry))
    return InternetMessages.receive(task, fd, Socket.at(entry), message, flags, countOut);
  return CONFIG_NET_SOCKETS_UNIX
    ? LocalMessages.receive(task, fd, entry, message, flags, countOut)
    : Descriptors.notSocket(entry);
}
