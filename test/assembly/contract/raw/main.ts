// Raw and packet sockets over loopback: echo requests to this device itself, headers of one's own, frames of any type.
import { ntohl, ntohs } from "socklet/posix/arpa/inet";
import {
  EACCES,
  EADDRNOTAVAIL,
  EAGAIN,
  EDESTADDRREQ,
  EFAULT,
  EINVAL,
  EMSGSIZE,
  ENODEV,
  ENOPROTOOPT,
  ENOTCONN,
  ENXIO,
  EOPNOTSUPP,
  EPROTONOSUPPORT,
  EPROTOTYPE,
} from "socklet/posix/errno";
import { ETH_HLEN, ETH_P_ALL, ETH_P_IP, ether_header } from "socklet/posix/net/ethernet";
import { htons, IP_HDRINCL, IP_TTL, IPPROTO_ICMP, IPPROTO_IP, IPPROTO_RAW, SOL_RAW } from "socklet/posix/netinet/in";
import { iphdr } from "socklet/posix/netinet/ip";
import {
  ICMP_ECHO,
  ICMP_ECHOREPLY,
  ICMP_FILTER,
  icmp_checksum,
  icmp_filter,
  icmphdr,
} from "socklet/posix/netinet/ip_icmp";
import { ARPHRD_ETHER, PACKET_HOST, sockaddr_ll } from "socklet/posix/netpacket/packet";
import { POLLIN, POLLOUT, poll, pollfd } from "socklet/posix/poll";
import { FIONREAD, ioctl } from "socklet/posix/sys/ioctl";
import {
  AF_INET,
  AF_PACKET,
  accept,
  bind,
  connect,
  getpeername,
  getsockname,
  getsockopt,
  IntCell,
  iovec,
  listen,
  MSG_DONTWAIT,
  MSG_PEEK,
  MSG_TRUNC,
  mmsghdr,
  msghdr,
  NULL,
  recv,
  recvfrom,
  recvmmsg,
  recvmsg,
  SO_DOMAIN,
  SO_PROTOCOL,
  SO_TYPE,
  SOCK_DGRAM,
  SOCK_RAW,
  SOCK_STREAM,
  SOL_SOCKET,
  send,
  sendmmsg,
  sendmsg,
  sendto,
  setsockopt,
  socket,
} from "socklet/posix/sys/socket";
import { close, read, write } from "socklet/posix/unistd";
import { ADDRESS_BYTES, arrived, at, datagram, fill, filled, LOOPBACK, room, Static, sockaddr_in } from "../sockets";
import { check, done, equal, fails } from "../tap";

/** A protocol, and a type of frames, that nobody speaks. */
const EXPERIMENT: i32 = 253;
const ETH_P_TEST: u32 = 0x88b5;
/** The loopback interface. */
const INTERFACE_LOOPBACK: i32 = 2;
const IP_BYTES: u32 = 20;
const ECHO_BYTES: u32 = 8;
const LINK_BYTES: u32 = 20;

const out: usize = memory.data(1600, 4);
const inside: usize = memory.data(1600, 4);
const peer = Static.of<sockaddr_in>();
const cell = Static.of<IntCell>();
const size = Static.of<IntCell>();
const filter = Static.of<icmp_filter>();
const link = Static.of<sockaddr_ll>();
const entry = Static.of<pollfd>();
const message = Static.of<msghdr>();
const vector: usize = memory.data(16, 4);
const batch: usize = memory.data(64, 4);

function raw(protocol: i32): i32 {
  return socket(AF_INET, SOCK_RAW, protocol);
}

function option(fd: i32, level: i32, name: i32): i32 {
  size.value = 4;
  return getsockopt(fd, level, name, cell, size) < 0 ? -1 : cell.value;
}

/** Puts an echo request with `bytes` bytes of data at `out`; its length. */
function echoRequest(sequence: u32, bytes: u32): u32 {
  const header = icmphdr.at(out);
  header.type = <u8>ICMP_ECHO;
  header.code = 0;
  header.checksum = 0;
  header.id = htons(0x5a5a);
  header.sequence = htons(sequence);
  fill(out + ECHO_BYTES, bytes, sequence);
  header.checksum = icmp_checksum(out, ECHO_BYTES + bytes);
  return ECHO_BYTES + bytes;
}

function opening(): void {
  fails(raw(0), EPROTONOSUPPORT, "a raw socket of no protocol: EPROTONOSUPPORT");
  fails(raw(256), EINVAL, "of what is no protocol number: EINVAL");
  fails(raw(-1), EINVAL, "of a negative one: EINVAL");
  fails(socket(AF_PACKET, SOCK_STREAM, 0), EPROTOTYPE, "a stream of frames: EPROTOTYPE");
  const fd = raw(EXPERIMENT);
  equal(fd, 3, "a raw socket has the lowest free number");
  equal(option(fd, SOL_SOCKET, SO_TYPE), SOCK_RAW, "SO_TYPE is SOCK_RAW");
  equal(option(fd, SOL_SOCKET, SO_PROTOCOL), EXPERIMENT, "SO_PROTOCOL is its protocol");
  equal(option(fd, IPPROTO_IP, IP_HDRINCL), 0, "IP_HDRINCL is off");
  fails(recv(fd, inside, 100, MSG_DONTWAIT), EAGAIN, "nothing to read: EAGAIN");
  fails(send(fd, out, 1, 0), EDESTADDRREQ, "send without a peer: EDESTADDRREQ");
  fails(sendto(fd, out, 1, 0, at(0xffffffff, 0), ADDRESS_BYTES), EACCES, "broadcast without SO_BROADCAST: EACCES");
  fails(sendto(fd, out, 1, 0, at(LOOPBACK, 0), 7), EINVAL, "a short address: EINVAL");
  fails(bind(fd, at(0x0a000263, 0), ADDRESS_BYTES), EADDRNOTAVAIL, "bind to another's address: EADDRNOTAVAIL");
  fails(listen(fd, 1), EOPNOTSUPP, "listen: EOPNOTSUPP");
  fails(accept(fd, NULL, NULL), EOPNOTSUPP, "accept: EOPNOTSUPP");
  fails(getpeername(fd, peer, room()), ENOTCONN, "getpeername without a peer: ENOTCONN");
  fails(sendto(fd, 0xfffffff0, 32, 0, at(LOOPBACK, 0), ADDRESS_BYTES), EFAULT, "bytes from nowhere: EFAULT");
  equal(close(fd), 0, "it can be closed");
}

function ping(): void {
  const fd = raw(IPPROTO_ICMP);
  filter.data = ~((<u32>1) << ICMP_ECHOREPLY);
  equal(setsockopt(fd, SOL_RAW, ICMP_FILTER, filter, 4), 0, "ICMP_FILTER: echo replies alone");
  fails(setsockopt(fd, SOL_RAW, ICMP_FILTER, filter, 3), EINVAL, "three bytes of it: EINVAL");
  fails(setsockopt(fd, SOL_RAW, 2, filter, 4), ENOPROTOOPT, "another option of that level: ENOPROTOOPT");
  cell.value = 17;
  equal(setsockopt(fd, IPPROTO_IP, IP_TTL, cell, 4), 0, "IP_TTL");
  for (let bytes: u32 = 0; bytes <= 57; bytes += 19) {
    const length = echoRequest(bytes, bytes);
    equal(sendto(fd, out, length, 0, at(LOOPBACK, 0), ADDRESS_BYTES), length, "an echo request is sent");
    const whole = <i32>(IP_BYTES + length);
    equal(recvfrom(fd, inside, 1600, 0, peer, room()), whole, "the answer comes with its IP header");
    const header = iphdr.at(inside);
    equal(ntohs(header.tot_len), whole, "which says how long it is");
    equal(header.headerBytes(), IP_BYTES, "has 20 bytes");
    equal(header.protocol, IPPROTO_ICMP, "and the protocol");
    equal(ntohl(peer.sin_addr), LOOPBACK, "the sender's address");
    equal(peer.sin_port, 0, "and no port");
    const answer = icmphdr.at(inside + IP_BYTES);
    check(answer.type == ICMP_ECHOREPLY && ntohs(answer.sequence) == bytes, "it is the answer to this request");
    equal(icmp_checksum(inside + IP_BYTES, length), 0, "its checksum is right");
    check(filled(inside + IP_BYTES + ECHO_BYTES, bytes, bytes), "the data is as it was sent");
  }
  const other = raw(EXPERIMENT);
  fails(setsockopt(other, SOL_RAW, ICMP_FILTER, filter, 4), EOPNOTSUPP, "ICMP_FILTER of another protocol: EOPNOTSUPP");
  close(other);
  equal(connect(fd, at(LOOPBACK, 0), ADDRESS_BYTES), 0, "connect sets the peer");
  const length = echoRequest(1, 40);
  equal(write(fd, out, length), length, "write sends to it");
  check(arrived(fd), "poll says when there is an answer");
  ioctl(fd, FIONREAD, cell);
  equal(cell.value, IP_BYTES + length, "FIONREAD says how long it is");
  equal(recv(fd, inside, 10, MSG_PEEK | MSG_TRUNC), IP_BYTES + length, "so does MSG_TRUNC, and MSG_PEEK leaves it");
  equal(read(fd, inside, 10), 10, "what does not fit is cut");
  fails(recv(fd, inside, 10, MSG_DONTWAIT), EAGAIN, "and gone");
  fails(bind(fd, at(0, 0), ADDRESS_BYTES), EINVAL, "bind of a connected one: EINVAL");
  close(fd);
}

function headers(): void {
  const reader = raw(EXPERIMENT);
  const second = raw(EXPERIMENT);
  const sender = raw(IPPROTO_RAW);
  equal(option(sender, IPPROTO_IP, IP_HDRINCL), 1, "IPPROTO_RAW implies IP_HDRINCL");
  memory.fill(out, 0, IP_BYTES);
  const header = iphdr.at(out);
  header.version_ihl = 0x45;
  header.ttl = 9;
  header.protocol = <u8>EXPERIMENT;
  header.saddr = 0x0100007f;
  header.daddr = 0x0100007f;
  fill(out + IP_BYTES, 30, 3);
  equal(sendto(sender, out, 50, 0, at(LOOPBACK, 0), ADDRESS_BYTES), 50, "a datagram with a header of one's own");
  equal(recv(reader, inside, 1600, 0), 50, "is received");
  const received = iphdr.at(inside);
  check(filled(inside + IP_BYTES, 30, 3), "unchanged");
  equal(received.ttl, 9, "with its TTL");
  equal(ntohs(received.tot_len), 50, "the total length filled in");
  check(received.id != 0, "the identification filled in");
  equal(icmp_checksum(inside, IP_BYTES), 0, "and the checksum right");
  equal(recv(second, inside, 1600, MSG_DONTWAIT), 50, "a second reader has it too");
  fails(sendto(sender, out, 19, 0, at(LOOPBACK, 0), ADDRESS_BYTES), EINVAL, "shorter than a header: EINVAL");
  header.version_ihl = 0x4f;
  fails(sendto(sender, out, 50, 0, at(LOOPBACK, 0), ADDRESS_BYTES), EINVAL, "shorter than it says: EINVAL");
  fails(sendto(sender, out, 1600, 0, at(LOOPBACK, 0), ADDRESS_BYTES), EMSGSIZE, "more than the MTU: EMSGSIZE");
  fails(recv(sender, inside, 100, MSG_DONTWAIT), EAGAIN, "a socket of IPPROTO_RAW receives nothing");
  close(reader);
  close(second);
  close(sender);
}

function frames(): void {
  const all = socket(AF_PACKET, SOCK_RAW, htons(ETH_P_ALL));
  const ip = socket(AF_PACKET, SOCK_DGRAM, htons(ETH_P_IP));
  equal(option(all, SOL_SOCKET, SO_DOMAIN), AF_PACKET, "SO_DOMAIN of a packet socket");
  equal(option(ip, SOL_SOCKET, SO_TYPE), SOCK_DGRAM, "its type");
  equal(option(ip, SOL_SOCKET, SO_PROTOCOL), ETH_P_IP, "and the type of its frames");
  link.sll_family = <u16>AF_PACKET;
  link.sll_protocol = htons(ETH_P_ALL);
  link.sll_ifindex = 7;
  fails(bind(all, link, LINK_BYTES), ENODEV, "bind to an interface that is not there: ENODEV");
  link.sll_ifindex = INTERFACE_LOOPBACK;
  equal(bind(all, link, LINK_BYTES), 0, "bind to the loopback interface");
  fails(bind(all, at(LOOPBACK, 1), ADDRESS_BYTES), EINVAL, "to an internet address: EINVAL");
  fails(connect(all, link, LINK_BYTES), EOPNOTSUPP, "connect: EOPNOTSUPP");
  const udp = datagram();
  bind(udp, at(LOOPBACK, 2001), ADDRESS_BYTES);
  fill(out, 33, 5);
  sendto(udp, out, 33, 0, at(LOOPBACK, 2001), ADDRESS_BYTES);
  size.value = <i32>LINK_BYTES;
  equal(recvfrom(all, inside, 1600, 0, link, size), ETH_HLEN + 28 + 33, "a datagram is seen as a whole frame");
  equal(size.value, LINK_BYTES, "whose address has 20 bytes");
  equal(link.sll_family, AF_PACKET, "of the family AF_PACKET");
  equal(ntohs(link.sll_protocol), ETH_P_IP, "its type");
  equal(link.sll_ifindex, INTERFACE_LOOPBACK, "its interface");
  check(link.sll_hatype == ARPHRD_ETHER && link.sll_pkttype == PACKET_HOST && link.sll_halen == 6, "and the rest");
  equal(ether_header.type(inside), ETH_P_IP, "the type is in the header too");
  check(filled(inside + ETH_HLEN + 28, 33, 5), "the data is as it was sent");
  equal(recv(ip, inside, 1600, 0), 28 + 33, "SOCK_DGRAM reads what is behind the header");
  equal(recv(udp, inside, 1600, 0), 33, "and the socket has its datagram");
  memory.fill(out, 0, ETH_HLEN);
  ether_header.setType(out, ETH_P_TEST);
  fill(out + ETH_HLEN, 41, 6);
  equal(send(all, out, ETH_HLEN + 41, 0), ETH_HLEN + 41, "a frame of one's own is sent");
  equal(recv(all, inside, 1600, 0), ETH_HLEN + 41, "and received");
  check(filled(inside + ETH_HLEN, 41, 6), "unchanged");
  fails(recv(ip, inside, 1600, MSG_DONTWAIT), EAGAIN, "not by who wants another type");
  fails(send(ip, out, 10, 0), ENXIO, "send without an interface: ENXIO");
  fails(send(all, out, 13, 0), EINVAL, "less than a header: EINVAL");
  fails(send(all, out, 1600, 0), EMSGSIZE, "more than a frame: EMSGSIZE");
  size.value = <i32>LINK_BYTES;
  equal(getsockname(all, link, size), 0, "getsockname");
  equal(link.sll_ifindex, INTERFACE_LOOPBACK, "says the interface");
  fails(getpeername(all, link, size), EOPNOTSUPP, "getpeername: EOPNOTSUPP");
  entry.fd = all;
  entry.events = <i16>(POLLIN | POLLOUT);
  equal(poll(entry, 1, 0), 1, "poll");
  equal(entry.revents, POLLOUT, "it can be written");
  close(all);
  close(ip);
  close(udp);
}

/** Makes `bytes` bytes at `place` buffer `index` of the list. */
function part(index: i32, place: usize, bytes: u32): void {
  const each = iovec.at(vector, index);
  each.iov_base = place;
  each.iov_len = bytes;
}

/** A message of `count` buffers from the list, with `link` for a name. */
function prepare(count: i32): void {
  message.msg_name = changetype<usize>(link);
  message.msg_namelen = LINK_BYTES;
  message.msg_iov = vector;
  message.msg_iovlen = count;
  message.msg_control = NULL;
  message.msg_controllen = 0;
  message.msg_flags = -1;
}

function frameMessages(): void {
  const reader = socket(AF_PACKET, SOCK_RAW, htons(ETH_P_TEST));
  const fd = socket(AF_PACKET, SOCK_DGRAM, htons(ETH_P_TEST));
  memory.fill(changetype<usize>(link), 0, LINK_BYTES);
  link.sll_family = <u16>AF_PACKET;
  link.sll_protocol = htons(ETH_P_TEST);
  link.sll_ifindex = INTERFACE_LOOPBACK;
  fill(out, 60, 8);
  part(0, out, 7);
  part(1, out + 7, 53);
  prepare(2);
  equal(sendmsg(fd, message, 0), 60, "sendmsg makes a frame of two buffers and an address");
  part(0, inside, ETH_HLEN);
  part(1, inside + ETH_HLEN, 100);
  memory.fill(changetype<usize>(link), 0, LINK_BYTES);
  prepare(2);
  equal(recvmsg(reader, message, 0), ETH_HLEN + 60, "recvmsg makes two buffers of it");
  check(ether_header.type(inside) == ETH_P_TEST && filled(inside + ETH_HLEN, 60, 8), "header and data");
  check(message.msg_flags == 0 && message.msg_controllen == 0, "no flags and no control messages");
  equal(message.msg_namelen, LINK_BYTES, "the name has 20 bytes");
  check(link.sll_ifindex == INTERFACE_LOOPBACK && ntohs(link.sll_protocol) == ETH_P_TEST, "where from, and its type");
  part(0, inside, 9);
  prepare(1);
  equal(recvmsg(fd, message, MSG_PEEK), 9, "what does not fit is cut");
  equal(message.msg_flags, MSG_TRUNC, "MSG_TRUNC says so");
  equal(recvmsg(fd, message, MSG_TRUNC), 60, "the flag asks for the length");
  fails(recvmsg(fd, message, MSG_DONTWAIT), EAGAIN, "nothing there: EAGAIN");
  prepare(1);
  message.msg_namelen = LINK_BYTES - 1;
  fails(sendmsg(fd, message, 0), EINVAL, "a short address: EINVAL");
  prepare(1);
  message.msg_control = inside;
  message.msg_controllen = 24;
  fails(sendmsg(fd, message, 0), EOPNOTSUPP, "control messages: EOPNOTSUPP");
  for (let i = 0; i < 2; i++) {
    part(i, out + <usize>i * 20, 20);
    const each = mmsghdr.at(batch, i);
    each.msg_name = changetype<usize>(link);
    each.msg_namelen = LINK_BYTES;
    each.msg_iov = vector + <usize>i * offsetof<iovec>();
    each.msg_iovlen = 1;
    each.msg_control = NULL;
  }
  equal(sendmmsg(fd, batch, 2, 0), 2, "sendmmsg sends two frames");
  for (let i = 0; i < 2; i++) part(i, inside + <usize>i * 100, 100);
  for (let i = 0; i < 2; i++) mmsghdr.at(batch, i).msg_namelen = LINK_BYTES;
  equal(recvmmsg(reader, batch, 2, MSG_DONTWAIT, NULL), 2, "recvmmsg takes both");
  equal(mmsghdr.at(batch, 1).msg_len, ETH_HLEN + 20, "with their lengths");
  check(filled(inside + 100 + ETH_HLEN, 20, <u32>(20 * 7 + 8)), "and data");
  close(reader);
  close(fd);
}

opening();
ping();
headers();
frames();
frameMessages();
done();
