// IP_RECVERR, MSG_ERRQUEUE and SO_TIMESTAMPING over loopback: errors about datagrams, and when they came and went.
import { ntohl, ntohs } from "socklet/posix/arpa/inet";
import { EAGAIN, ECONNREFUSED, EINVAL, EMSGSIZE, ENOMSG, ENOPROTOOPT, EOPNOTSUPP } from "socklet/posix/errno";
import {
  SCM_TSTAMP_SND,
  SO_EE_OFFENDER,
  SO_EE_ORIGIN_ICMP,
  SO_EE_ORIGIN_LOCAL,
  SO_EE_ORIGIN_TIMESTAMPING,
  scm_timestamping,
  sock_extended_err,
} from "socklet/posix/linux/errqueue";
import {
  SOF_TIMESTAMPING_OPT_ID,
  SOF_TIMESTAMPING_OPT_TSONLY,
  SOF_TIMESTAMPING_RAW_HARDWARE,
  SOF_TIMESTAMPING_RX_HARDWARE,
  SOF_TIMESTAMPING_RX_SOFTWARE,
  SOF_TIMESTAMPING_SOFTWARE,
  SOF_TIMESTAMPING_TX_HARDWARE,
  SOF_TIMESTAMPING_TX_SOFTWARE,
} from "socklet/posix/linux/net_tstamp";
import { IP_MTU_DISCOVER, IP_PMTUDISC_DO, IP_RECVERR, IP_RECVTTL, IP_TTL, IPPROTO_IP } from "socklet/posix/netinet/in";
import { POLLERR, POLLIN, POLLOUT, poll, pollfd } from "socklet/posix/poll";
import {
  EPOLL_CTL_ADD,
  EPOLLERR,
  EPOLLET,
  EPOLLIN,
  epoll_create1,
  epoll_ctl,
  epoll_event,
  epoll_wait,
} from "socklet/posix/sys/epoll";
import {
  AF_INET,
  AF_UNSPEC,
  CMSG_DATA,
  CMSG_FIRSTHDR,
  CMSG_NXTHDR,
  cmsghdr,
  connect,
  getsockopt,
  IntCell,
  iovec,
  MSG_DONTWAIT,
  MSG_ERRQUEUE,
  MSG_OOB,
  MSG_TRUNC,
  msghdr,
  NULL,
  recv,
  recvfrom,
  recvmsg,
  SCM_TIMESTAMPING,
  SO_ERROR,
  SO_TIMESTAMPING,
  SOCK_STREAM,
  SOL_SOCKET,
  send,
  sendto,
  setsockopt,
  socket,
} from "socklet/posix/sys/socket";
import { CLOCK_REALTIME, clock_gettime, timespec } from "socklet/posix/time";
import { close } from "socklet/posix/unistd";
import { ADDRESS_BYTES, arrived, at, bound, fill, filled, LOOPBACK, room, SOON, Static, sockaddr_in } from "../sockets";
import { check, done, equal, fails } from "../tap";

/** A port that nobody has. */
const NOBODY: u32 = 7099;

/** Microseconds: the real-time clock of a host may know milliseconds alone, and its distance from the monotonic one then moves by as much. */
const CLOCK_STEP: i64 = 2000;

const buffer: usize = memory.data(3072, 4);
const inside: usize = memory.data(512, 4);
const message = Static.of<msghdr>();
const vector = Static.of<iovec>();
const control: usize = memory.data(160, 8);
const name = Static.of<sockaddr_in>();
const value = Static.of<IntCell>();
const size = Static.of<IntCell>();
const entry = Static.of<pollfd>();
const event = Static.of<epoll_event>();
const now = Static.of<timespec>();

function set(fd: i32, level: i32, option: i32, to: i32): i32 {
  value.value = to;
  return setsockopt(fd, level, option, value, 4);
}

function get(fd: i32, level: i32, option: i32): i32 {
  size.value = 4;
  return getsockopt(fd, level, option, value, size) < 0 ? -1 : value.value;
}

/** recvmsg into `bytes` bytes, with a name and control messages. */
function take(fd: i32, bytes: u32, flags: i32): i32 {
  vector.iov_base = inside;
  vector.iov_len = bytes;
  message.msg_name = changetype<usize>(name);
  message.msg_namelen = ADDRESS_BYTES;
  message.msg_iov = changetype<usize>(vector);
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = 160;
  message.msg_flags = 0;
  return recvmsg(fd, message, flags);
}

/** usize → the data of the control message of this level and type, or NULL. */
function found(level: i32, type: i32): usize {
  for (let each = CMSG_FIRSTHDR(message); each != NULL; each = CMSG_NXTHDR(message, each)) {
    const head = changetype<cmsghdr>(each);
    if (head.cmsg_level == level && head.cmsg_type == type) return CMSG_DATA(each);
  }
  return NULL;
}

/** What the message says of an error; there always is one. */
function extended(): sock_extended_err {
  return changetype<sock_extended_err>(found(IPPROTO_IP, IP_RECVERR));
}

/** Waits for POLLERR. */
function failed(fd: i32): bool {
  entry.fd = fd;
  entry.events = 0;
  return poll(entry, 1, SOON) == 1 && (entry.revents & <i16>POLLERR) != 0;
}

function told(fd: i32): void {
  equal(get(fd, IPPROTO_IP, IP_RECVERR), 0, "IP_RECVERR is off at first");
  fails(take(fd, 64, MSG_ERRQUEUE), EAGAIN, "nothing is queued: EAGAIN");
  equal(set(fd, IPPROTO_IP, IP_RECVERR, 1), 0, "it can be switched on");
  equal(get(fd, IPPROTO_IP, IP_RECVERR), 1, "and is on");
  fill(buffer, 40, 3);
  sendto(fd, buffer, 40, 0, at(LOOPBACK, NOBODY), ADDRESS_BYTES);
  check(failed(fd), "POLLERR, without a peer, when nobody has the port");
  equal(take(fd, 64, MSG_ERRQUEUE), 32, "MSG_ERRQUEUE gives the beginning of the datagram");
  check(filled(inside, 32, 3), "that was sent");
  equal(message.msg_flags, MSG_ERRQUEUE, "msg_flags says where it comes from");
  check(ntohl(name.sin_addr) == LOOPBACK && ntohs(name.sin_port) == NOBODY, "the name where it went");
  const error = extended();
  check(changetype<usize>(error) != NULL, "a control message IP_RECVERR");
  equal(error.ee_errno, ECONNREFUSED, "ECONNREFUSED");
  check(
    error.ee_origin == <u8>SO_EE_ORIGIN_ICMP && error.ee_type == 3 && error.ee_code == 3,
    "by ICMP: port unreachable",
  );
  const offender = SO_EE_OFFENDER(error);
  check(offender.sin_family == <u16>AF_INET && ntohl(offender.sin_addr) == LOOPBACK, "and who said so");
  equal(get(fd, SOL_SOCKET, SO_ERROR), 0, "SO_ERROR is none when all are taken");
  fails(take(fd, 64, MSG_ERRQUEUE), EAGAIN, "and the queue is empty");
}

function pending(fd: i32): void {
  sendto(fd, buffer, 20, 0, at(LOOPBACK, NOBODY), ADDRESS_BYTES);
  check(failed(fd), "the next error");
  fails(recv(fd, inside, 64, MSG_DONTWAIT), ECONNREFUSED, "is that of the next call");
  fails(recv(fd, inside, 64, MSG_DONTWAIT), EAGAIN, "once");
  check(failed(fd), "and stays in the queue");
  equal(recvfrom(fd, inside, 8, MSG_ERRQUEUE, name, room()), 8, "recvfrom takes it too");
  equal(ntohs(name.sin_port), NOBODY, "with its name");
  sendto(fd, buffer, 20, 0, at(LOOPBACK, NOBODY), ADDRESS_BYTES);
  failed(fd);
  equal(take(fd, 5, MSG_ERRQUEUE), 5, "a short buffer cuts it");
  equal(message.msg_flags, MSG_ERRQUEUE | MSG_TRUNC, "MSG_TRUNC says so");
  fails(take(fd, 5, MSG_ERRQUEUE | MSG_OOB), EOPNOTSUPP, "another flag: EOPNOTSUPP");
  set(fd, IPPROTO_IP, IP_RECVTTL, 1);
  sendto(fd, buffer, 20, 0, at(LOOPBACK, NOBODY), ADDRESS_BYTES);
  failed(fd);
  take(fd, 64, MSG_ERRQUEUE);
  const hops = found(IPPROTO_IP, IP_TTL);
  check(hops != NULL && load<i32>(hops) == 64, "IP_RECVTTL: that of the ICMP message");
  set(fd, IPPROTO_IP, IP_RECVTTL, 0);
}

function events(fd: i32): void {
  const set = epoll_create1(0);
  event.events = EPOLLIN | EPOLLET;
  event.data = 9;
  epoll_ctl(set, EPOLL_CTL_ADD, fd, event);
  equal(epoll_wait(set, event, 1, 0), 0, "epoll: nothing yet");
  sendto(fd, buffer, 20, 0, at(LOOPBACK, NOBODY), ADDRESS_BYTES);
  equal(epoll_wait(set, event, 1, SOON), 1, "epoll says that there is something");
  check((event.events & EPOLLERR) != 0 && event.data == 9, "EPOLLERR, unasked");
  take(fd, 64, MSG_ERRQUEUE);
  close(set);
}

function refused(fd: i32): void {
  equal(set(fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DO), 0, "a socket whose datagrams are not fragmented");
  fails(sendto(fd, buffer, 3000, 0, at(LOOPBACK, 7002), ADDRESS_BYTES), EMSGSIZE, "EMSGSIZE");
  equal(take(fd, 64, MSG_ERRQUEUE), 0, "is queued, without payload");
  const error = extended();
  check(error.ee_errno == <u32>EMSGSIZE && error.ee_origin == <u8>SO_EE_ORIGIN_LOCAL, "found on this device");
  check(error.ee_info >= 576 && error.ee_info < 3028, "ee_info is what the path takes");
  equal(SO_EE_OFFENDER(error).sin_family, AF_UNSPEC, "there is no offender");
  equal(ntohs(name.sin_port), 7002, "the name is where it was to go");
}

function full(fd: i32): void {
  for (let i = 0; i < 4; i++) sendto(fd, buffer, 3000, 0, at(LOOPBACK, 7002), ADDRESS_BYTES);
  for (let i = 0; i < 3; i++) equal(take(fd, 64, MSG_ERRQUEUE), 0, "as many as there are places for");
  fails(take(fd, 64, MSG_ERRQUEUE), EAGAIN, "the rest is lost");
  sendto(fd, buffer, 3000, 0, at(LOOPBACK, 7002), ADDRESS_BYTES);
  set(fd, IPPROTO_IP, IP_RECVERR, 0);
  fails(take(fd, 64, MSG_ERRQUEUE), EAGAIN, "switching it off empties the queue");
  fails(sendto(fd, buffer, 3000, 0, at(LOOPBACK, 7002), ADDRESS_BYTES), EMSGSIZE, "then EMSGSIZE");
  fails(take(fd, 64, MSG_ERRQUEUE), EAGAIN, "is queued no more");
}

/** Microseconds of the real-time clock. */
function clock(): i64 {
  clock_gettime(CLOCK_REALTIME, now);
  return now.tv_sec * 1_000_000 + now.tv_nsec / 1000;
}

/** The software's stamp in the message, µs; 0 when there is none. */
function stamp(): i64 {
  const stamps = changetype<scm_timestamping>(found(SOL_SOCKET, SCM_TIMESTAMPING));
  if (!changetype<usize>(stamps)) return 0;
  return stamps.ts(0).tv_sec * 1_000_000 + stamps.ts(0).tv_nsec / 1000;
}

/** Whether `time` is one from `before` to `after`, as exactly as the host's clock can tell. */
function isBetween(time: i64, before: i64, after: i64): bool {
  return time >= before - CLOCK_STEP && time <= after + CLOCK_STEP;
}

function stamps(from: i32, to: i32): void {
  const receive = SOF_TIMESTAMPING_RX_SOFTWARE | SOF_TIMESTAMPING_SOFTWARE;
  const hardware = SOF_TIMESTAMPING_TX_HARDWARE | SOF_TIMESTAMPING_RX_HARDWARE | SOF_TIMESTAMPING_RAW_HARDWARE;
  equal(get(to, SOL_SOCKET, SO_TIMESTAMPING), 0, "SO_TIMESTAMPING is off at first");
  equal(set(to, SOL_SOCKET, SO_TIMESTAMPING, receive | hardware), 0, "what the hardware cannot do can be asked for");
  equal(get(to, SOL_SOCKET, SO_TIMESTAMPING), receive | hardware, "and is kept");
  fails(set(to, SOL_SOCKET, SO_TIMESTAMPING, 0x1000000), EINVAL, "an unknown flag: EINVAL");
  const send = SOF_TIMESTAMPING_TX_SOFTWARE | SOF_TIMESTAMPING_SOFTWARE | SOF_TIMESTAMPING_OPT_ID;
  equal(set(from, SOL_SOCKET, SO_TIMESTAMPING, send | SOF_TIMESTAMPING_OPT_TSONLY), 0, "stamps of what is sent");
  const before = clock();
  for (let i = 0; i < 2; i++) sendto(from, buffer, 10, 0, at(LOOPBACK, 7002), ADDRESS_BYTES);
  check(arrived(to), "datagrams come");
  for (let i: u32 = 0; i < 2; i++) {
    equal(take(to, 64, 0), 10, "one of them");
    check(isBetween(stamp(), before, clock()), "has the time at which it came");
  }
  for (let i: u32 = 0; i < 2; i++) {
    check(failed(from), "the error queue has a stamp");
    equal(take(from, 64, MSG_ERRQUEUE), 0, "without the datagram");
    check(isBetween(stamp(), before, clock()), "the time at which it was sent");
    const error = extended();
    check(error.ee_errno == <u32>ENOMSG && error.ee_origin == <u8>SO_EE_ORIGIN_TIMESTAMPING, "it is no error");
    check(error.ee_info == <u32>SCM_TSTAMP_SND && error.ee_data == i, "and says which datagram it is of");
  }
  entry.fd = from;
  entry.events = <i16>(POLLIN | POLLOUT);
  equal(poll(entry, 1, 0), 1, "with none left");
  equal(entry.revents, POLLOUT, "there is no POLLERR");
}

function stream(): void {
  const fd = socket(AF_INET, SOCK_STREAM, 0);
  equal(set(fd, IPPROTO_IP, IP_RECVERR, 1), 0, "a stream has IP_RECVERR");
  equal(get(fd, IPPROTO_IP, IP_RECVERR), 1, "which is on");
  fails(take(fd, 64, MSG_ERRQUEUE), EAGAIN, "but no queue");
  fails(connect(fd, at(LOOPBACK, NOBODY), ADDRESS_BYTES), ECONNREFUSED, "connect fails as ever");
  fails(set(fd, SOL_SOCKET, SO_TIMESTAMPING, 0), ENOPROTOOPT, "SO_TIMESTAMPING is of datagrams: ENOPROTOOPT");
  close(fd);
}

const from = bound(7001);
const to = bound(7002);
told(from);
pending(from);
events(from);
refused(from);
full(from);
stamps(from, to);
stream();
equal(send(from, buffer, 1, 0), -1, "without a peer send fails");
close(from);
close(to);
done();
