// Port 7: the first word of a datagram says how often getsockname is called, the smallest system call; then the datagram goes back.

import { htons } from "socklet/posix/arpa/inet";
import { sockaddr_in } from "socklet/posix/netinet/in";
import { puts } from "socklet/posix/stdio";
import { EXIT_FAILURE } from "socklet/posix/stdlib";
import {
  AF_INET,
  bind,
  getsockname,
  IntCell,
  recvfrom,
  SOCK_DGRAM,
  Static,
  sendto,
  socket,
} from "socklet/posix/sys/socket";

const buffer: usize = memory.data(64, 4);
const address = Static.of<sockaddr_in>();
const peer = Static.of<sockaddr_in>();
const length = Static.of<IntCell>();

export function main(): i32 {
  const server = socket(AF_INET, SOCK_DGRAM, 0);
  address.sin_family = <u16>AF_INET;
  address.sin_port = htons(7);
  address.sin_addr = 0;
  if (server < 0 || bind(server, address, offsetof<sockaddr_in>()) < 0) return EXIT_FAILURE;
  puts("listening");
  while (true) {
    length.value = <i32>offsetof<sockaddr_in>();
    const count = recvfrom(server, buffer, 64, 0, peer, length);
    if (count < 0) return EXIT_FAILURE;
    for (let left = load<u32>(buffer); left; left--) {
      length.value = <i32>offsetof<sockaddr_in>();
      if (getsockname(server, address, length) < 0) return EXIT_FAILURE;
    }
    sendto(server, buffer, count, 0, peer, offsetof<sockaddr_in>());
  }
}
