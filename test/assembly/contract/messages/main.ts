// sendmsg and recvmsg on datagram sockets: buffers, names, flags, control messages.
import { ntohl, ntohs } from "socklet/posix/arpa/inet";
import { EAGAIN, EDESTADDRREQ, EFAULT, EINVAL, EMSGSIZE, ENODEV, EOPNOTSUPP } from "socklet/posix/errno";
import { IP_PKTINFO, IP_RECVTOS, IP_RECVTTL, IP_TOS, IP_TTL, IPPROTO_IP, in_pktinfo } from "socklet/posix/netinet/in";
import {
  CMSG_DATA,
  CMSG_FIRSTHDR,
  CMSG_LEN,
  CMSG_NXTHDR,
  CMSG_SPACE,
  cmsghdr,
  IntCell,
  iovec,
  MSG_CTRUNC,
  MSG_DONTWAIT,
  MSG_OOB,
  MSG_PEEK,
  MSG_TRUNC,
  MSG_WAITFORONE,
  mmsghdr,
  msghdr,
  NULL,
  recvmmsg,
  recvmsg,
  SCM_TIMESTAMP,
  SO_TIMESTAMP,
  SO_TIMESTAMPNS,
  SOL_SOCKET,
  sendmmsg,
  sendmsg,
  setsockopt,
  timeval,
} from "socklet/posix/sys/socket";
import { CLOCK_REALTIME, clock_gettime, timespec } from "socklet/posix/time";
import { close } from "socklet/posix/unistd";
import { ADDRESS_BYTES, at, bound, datagram, fill, filled, LOOPBACK, Static, sockaddr_in } from "../sockets";
import { check, done, equal, fails } from "../tap";

const buffer: usize = memory.data(2048, 4);
const message = Static.of<msghdr>();
const vector: usize = memory.data(136, 4);
const control: usize = memory.data(128, 8);
const name = Static.of<sockaddr_in>();
const value = Static.of<IntCell>();
const now = Static.of<timespec>();

/** The message: `first` and `second` bytes from `place` on, no name, no control messages. */
function prepare(place: usize, first: u32, second: u32): void {
  const entry = iovec.at(vector, 0);
  entry.iov_base = place;
  entry.iov_len = first;
  const next = iovec.at(vector, 1);
  next.iov_base = place + first;
  next.iov_len = second;
  message.msg_name = NULL;
  message.msg_namelen = 0;
  message.msg_iov = vector;
  message.msg_iovlen = 2;
  message.msg_control = NULL;
  message.msg_controllen = 0;
  message.msg_flags = -1;
}

/** As `prepare`, with the destination 127.0.0.1 and `port`. */
function address(place: usize, first: u32, second: u32, port: u32): void {
  prepare(place, first, second);
  message.msg_name = changetype<usize>(at(LOOPBACK, port));
  message.msg_namelen = ADDRESS_BYTES;
}

/** As `prepare`, with room for a name and for control messages. */
function receive(place: usize, first: u32, second: u32, room: u32): void {
  prepare(place, first, second);
  message.msg_name = changetype<usize>(name);
  message.msg_namelen = ADDRESS_BYTES;
  message.msg_control = control;
  message.msg_controllen = room;
}

function set(fd: i32, level: i32, option: i32, to: i32): i32 {
  value.value = to;
  return setsockopt(fd, level, option, value, 4);
}

/** usize → the data of the control message of this level and type, or NULL. */
function found(level: i32, type: i32): usize {
  for (let each = CMSG_FIRSTHDR(message); each != NULL; each = CMSG_NXTHDR(message, each)) {
    const head = changetype<cmsghdr>(each);
    if (head.cmsg_level == level && head.cmsg_type == type) return CMSG_DATA(each);
  }
  return NULL;
}

/** Puts a control message of `bytes` bytes behind the ones in the message. usize → its data. */
function append(level: i32, type: i32, bytes: u32): usize {
  const head = changetype<cmsghdr>(control + message.msg_controllen);
  message.msg_control = control;
  message.msg_controllen += CMSG_SPACE(bytes);
  head.cmsg_len = CMSG_LEN(bytes);
  head.cmsg_level = level;
  head.cmsg_type = type;
  return head.data();
}

function buffers(from: i32, to: i32): void {
  prepare(buffer, 10, 20);
  fails(sendmsg(from, message, 0), EDESTADDRREQ, "no destination: EDESTADDRREQ");
  fill(buffer, 300, 1);
  address(buffer, 100, 200, 7002);
  equal(sendmsg(from, message, 0), 300, "sendmsg makes one datagram of two buffers");
  receive(buffer + 512, 250, 250, 0);
  equal(recvmsg(to, message, 0), 300, "recvmsg makes two buffers of it");
  check(filled(buffer + 512, 300, 1), "with the bytes in order");
  equal(message.msg_flags, 0, "msg_flags is 0");
  equal(message.msg_namelen, ADDRESS_BYTES, "a name");
  check(ntohl(name.sin_addr) == LOOPBACK && ntohs(name.sin_port) == 7001, "of who sent it");
  address(buffer, 100, 200, 7002);
  sendmsg(from, message, 0);
  receive(buffer + 512, 3, 4, 0);
  equal(recvmsg(to, message, MSG_PEEK), 7, "MSG_PEEK looks at what fits");
  equal(message.msg_flags, MSG_TRUNC, "MSG_TRUNC: it is longer");
  equal(recvmsg(to, message, MSG_TRUNC), 300, "and with the flag its length is the answer");
  fails(recvmsg(to, message, MSG_DONTWAIT), EAGAIN, "nothing there and MSG_DONTWAIT: EAGAIN");
  fails(recvmsg(to, message, MSG_OOB), EOPNOTSUPP, "MSG_OOB: EOPNOTSUPP");
  address(buffer, 0, 0, 7002);
  equal(sendmsg(from, message, 0), 0, "an empty datagram");
  equal(recvmsg(to, message, 0), 0, "arrives");
}

function limits(from: i32): void {
  address(buffer, 1, 1, 7002);
  message.msg_iovlen = 17;
  fails(sendmsg(from, message, 0), EMSGSIZE, "17 buffers: EMSGSIZE");
  fails(recvmsg(from, message, 0), EMSGSIZE, "recvmsg too");
  message.msg_iovlen = 2;
  message.msg_namelen = 7;
  fails(sendmsg(from, message, 0), EINVAL, "7 bytes are no name: EINVAL");
  fails(sendmsg(from, <usize>0xfffffff0, 0), EFAULT, "a header nowhere: EFAULT");
  fails(recvmsg(from, <usize>0xfffffff0, 0), EFAULT, "recvmsg too");
  address(0xfffffff0, 8, 8, 7002);
  iovec.at(vector, 1).iov_base = 0xfffffff8;
  iovec.at(vector, 1).iov_len = 16;
  fails(sendmsg(from, message, 0), EFAULT, "a buffer nowhere: EFAULT");
  receive(buffer, 8, 8, 64);
  message.msg_control = 0xfffffff0;
  fails(recvmsg(from, message, MSG_DONTWAIT), EFAULT, "control messages nowhere: EFAULT");
}

/** What the real-time clock of native_sim, which knows milliseconds, may be off against its other clock, µs. */
const CLOCK_ERROR: i64 = 2000;

function received(from: i32, to: i32): void {
  equal(set(to, IPPROTO_IP, IP_PKTINFO, 1), 0, "IP_PKTINFO");
  equal(set(to, IPPROTO_IP, IP_RECVTTL, 1), 0, "IP_RECVTTL");
  equal(set(to, IPPROTO_IP, IP_RECVTOS, 1), 0, "IP_RECVTOS");
  equal(set(to, SOL_SOCKET, SO_TIMESTAMP, 1), 0, "SO_TIMESTAMP");
  set(from, IPPROTO_IP, IP_TTL, 9);
  set(from, IPPROTO_IP, IP_TOS, 0x20);
  clock_gettime(CLOCK_REALTIME, now);
  const before = now.tv_sec * 1_000_000 + now.tv_nsec / 1000;
  address(buffer, 5, 5, 7002);
  sendmsg(from, message, 0);
  receive(buffer, 10, 10, 128);
  equal(recvmsg(to, message, 0), 10, "a datagram");
  equal(message.msg_controllen, 32 + 32 + 24 + 17, "with four control messages");
  const info = changetype<in_pktinfo>(found(IPPROTO_IP, IP_PKTINFO));
  check(changetype<usize>(info) != NULL && info.ipi_ifindex == 2, "in_pktinfo: it came over loopback");
  check(ntohl(info.ipi_addr) == LOOPBACK && ntohl(info.ipi_spec_dst) == LOOPBACK, "to 127.0.0.1");
  const hops = found(IPPROTO_IP, IP_TTL);
  check(hops != NULL && load<i32>(hops) == 9, "its TTL");
  const service = found(IPPROTO_IP, IP_TOS);
  check(service != NULL && load<u8>(service) == 0x20, "its type of service");
  const time = changetype<timeval>(found(SOL_SOCKET, SCM_TIMESTAMP));
  const stamp = changetype<usize>(time) ? time.tv_sec * 1_000_000 + time.tv_usec : 0;
  clock_gettime(CLOCK_REALTIME, now);
  const after = now.tv_sec * 1_000_000 + now.tv_nsec / 1000;
  check(stamp >= before - CLOCK_ERROR && stamp <= after + CLOCK_ERROR, "and when it came");
  equal(set(to, SOL_SOCKET, SO_TIMESTAMPNS, 1), 0, "SO_TIMESTAMPNS takes the place of SO_TIMESTAMP");
  address(buffer, 5, 5, 7002);
  sendmsg(from, message, 0);
  receive(buffer, 10, 10, 40);
  recvmsg(to, message, 0);
  equal(message.msg_flags, MSG_CTRUNC, "no room for all: MSG_CTRUNC");
  equal(message.msg_controllen, 32, "those that fit");
  check(found(SOL_SOCKET, SCM_TIMESTAMP) == NULL && found(SOL_SOCKET, 35) != NULL, "are whole");
}

function sent(from: i32, to: i32): void {
  address(buffer, 5, 5, 7002);
  store<i32>(append(IPPROTO_IP, IP_TTL, 4), 3);
  store<i32>(append(IPPROTO_IP, IP_TOS, 4), 0x10);
  const info = changetype<in_pktinfo>(append(IPPROTO_IP, IP_PKTINFO, 12));
  info.ipi_ifindex = 0;
  info.ipi_spec_dst = at(0x7f090909, 7002).sin_addr;
  at(LOOPBACK, 7002);
  equal(sendmsg(from, message, 0), 10, "sendmsg with a TTL, a type of service and a source of its own");
  receive(buffer, 10, 10, 128);
  recvmsg(to, message, 0);
  const hops = found(IPPROTO_IP, IP_TTL);
  check(hops != NULL && load<i32>(hops) == 3, "the TTL arrives");
  const service = found(IPPROTO_IP, IP_TOS);
  check(service != NULL && load<u8>(service) == 0x10, "and the type of service");
  equal(ntohl(name.sin_addr), 0x7f090909, "and the source");
  address(buffer, 5, 5, 7002);
  sendmsg(from, message, 0);
  receive(buffer, 10, 10, 128);
  recvmsg(to, message, 0);
  const usual = found(IPPROTO_IP, IP_TTL);
  check(usual != NULL && load<i32>(usual) == 9, "the next one has the socket's");
  equal(ntohl(name.sin_addr), LOOPBACK, "and the usual source");
  address(buffer, 5, 5, 7002);
  store<i32>(append(IPPROTO_IP, IP_TTL, 4), 256);
  fails(sendmsg(from, message, 0), EINVAL, "a TTL of 256: EINVAL");
  address(buffer, 5, 5, 7002);
  store<i32>(append(IPPROTO_IP, 99, 4), 1);
  fails(sendmsg(from, message, 0), EINVAL, "an unknown control message: EINVAL");
  address(buffer, 5, 5, 7002);
  append(IPPROTO_IP, IP_TTL, 4);
  message.msg_controllen = 18;
  fails(sendmsg(from, message, 0), EINVAL, "one that is cut: EINVAL");
  address(buffer, 5, 5, 7002);
  const wrong = changetype<in_pktinfo>(append(IPPROTO_IP, IP_PKTINFO, 12));
  wrong.ipi_ifindex = 9;
  wrong.ipi_spec_dst = 0;
  fails(sendmsg(from, message, 0), ENODEV, "an interface that there is not: ENODEV");
}

const batch: usize = memory.data(96, 4);

/** Three messages of one buffer of `bytes` bytes each, one behind the other. */
function prepareBatch(bytes: u32, port: u32): void {
  for (let i = 0; i < 3; i++) {
    const entry = iovec.at(vector, i);
    entry.iov_base = buffer + <usize>i * bytes;
    entry.iov_len = bytes;
    const header = mmsghdr.at(batch, i);
    header.msg_name = port ? changetype<usize>(at(LOOPBACK, port)) : NULL;
    header.msg_namelen = port ? ADDRESS_BYTES : 0;
    header.msg_iov = vector + <usize>i * offsetof<iovec>();
    header.msg_iovlen = 1;
    header.msg_control = NULL;
    header.msg_len = 99;
  }
}

function batches(from: i32, to: i32): void {
  fill(buffer, 120, 5);
  prepareBatch(40, 7002);
  equal(sendmmsg(from, batch, 3, 0), 3, "sendmmsg sends three messages");
  equal(mmsghdr.at(batch, 2).msg_len, 40, "and says how long each was");
  memory.fill(buffer, 0, 256);
  prepareBatch(40, 0);
  equal(recvmmsg(to, batch, 2, 0, NULL), 2, "recvmmsg takes as many as asked for");
  prepareBatch(80, 0);
  equal(recvmmsg(to, batch, 3, MSG_WAITFORONE, NULL), 1, "MSG_WAITFORONE: those that are there");
  equal(mmsghdr.at(batch, 0).msg_len, 40, "with its length");
  check(filled(buffer, 40, <u32>(80 * 7 + 5)), "and its bytes");
  fails(recvmmsg(to, batch, 3, MSG_DONTWAIT, NULL), EAGAIN, "nothing there: EAGAIN");
  now.tv_sec = 0;
  now.tv_nsec = 1_000_000_000;
  fails(recvmmsg(to, batch, 3, 0, now), EINVAL, "a time that is none: EINVAL");
  now.tv_nsec = 0;
  prepareBatch(40, 7002);
  sendmmsg(from, batch, 3, 0);
  equal(recvmmsg(to, batch, 3, 0, now), 1, "after its time no more messages are taken");
}

const from = bound(7001);
const to = bound(7002);
const fresh = datagram();
check(fresh == -1, "both sockets are in use");
buffers(from, to);
limits(from);
received(from, to);
sent(from, to);
batches(from, to);
close(from);
close(to);
done();
