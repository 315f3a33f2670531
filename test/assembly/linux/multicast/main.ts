// What Linux asks for by datagrams to port 5000: joining, leaving, filtering. The answer is the result, or the errno, in decimal.
// Text that begins with "=" goes on to the group 239.5.6.8, port 5001, and is not answered.
import { htonl, htons } from "socklet/posix/arpa/inet";
import { errno } from "socklet/posix/errno";
import {
  IP_ADD_MEMBERSHIP,
  IP_ADD_SOURCE_MEMBERSHIP,
  IP_BLOCK_SOURCE,
  IP_DROP_MEMBERSHIP,
  IP_UNBLOCK_SOURCE,
  IPPROTO_IP,
  ip_mreq_source,
  sockaddr_in,
} from "socklet/posix/netinet/in";
import { puts } from "socklet/posix/stdio";
import {
  AF_INET,
  bind,
  IntCell,
  recvfrom,
  SOCK_DGRAM,
  Static,
  sendto,
  setsockopt,
  socket,
} from "socklet/posix/sys/socket";

const GROUP: u32 = 0xef050607;
const ECHO: u32 = 0xef050608;
/** For one source. */
const FILTERED: u32 = 0xef050609;
const LINUX: u32 = 0x0a000202;
const ADDRESS_BYTES: u32 = 8;

const buffer: usize = memory.data(256, 4);
const peer = Static.of<sockaddr_in>();
const target = Static.of<sockaddr_in>();
const length = Static.of<IntCell>();
const request = Static.of<ip_mreq_source>();

function set(fd: i32, name: i32, group: u32, bytes: u32): i32 {
  request.imr_multiaddr = htonl(group);
  request.imr_interface = 0;
  request.imr_sourceaddr = htonl(LINUX);
  return setsockopt(fd, IPPROTO_IP, name, request, bytes) < 0 ? errno() : 0;
}

function carryOut(fd: i32, command: u8): i32 {
  if (command == 0x6a) return set(fd, IP_ADD_MEMBERSHIP, GROUP, 8); // j
  if (command == 0x6c) return set(fd, IP_DROP_MEMBERSHIP, GROUP, 8); // l
  if (command == 0x62) return set(fd, IP_BLOCK_SOURCE, GROUP, 12); // b
  if (command == 0x75) return set(fd, IP_UNBLOCK_SOURCE, GROUP, 12); // u
  if (command == 0x73) return set(fd, IP_ADD_SOURCE_MEMBERSHIP, FILTERED, 12); // s
  return 999;
}

function address(to: sockaddr_in, ip: u32, port: u32): void {
  to.sin_family = <u16>AF_INET;
  to.sin_port = htons(port);
  to.sin_addr = htonl(ip);
}

const fd = socket(AF_INET, SOCK_DGRAM, 0);
address(target, 0, 5000);
bind(fd, target, ADDRESS_BYTES);
puts("ready");
while (true) {
  length.value = <i32>ADDRESS_BYTES;
  const bytes = <i32>recvfrom(fd, buffer, 256, 0, peer, length);
  if (bytes <= 0) continue;
  if (load<u8>(buffer) == 0x3d) {
    address(target, ECHO, 5001);
    sendto(fd, buffer, bytes, 0, target, ADDRESS_BYTES);
    continue;
  }
  const result = carryOut(fd, load<u8>(buffer));
  store<u8>(buffer, <u8>(0x30 + result / 100), 0);
  store<u8>(buffer, <u8>(0x30 + ((result / 10) % 10)), 1);
  store<u8>(buffer, <u8>(0x30 + (result % 10)), 2);
  sendto(fd, buffer, 3, 0, peer, ADDRESS_BYTES);
}
