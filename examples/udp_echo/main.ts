// A UDP echo server (RFC 862): whatever arrives at port 7 goes back to where it came from.
//
// It reads like the C program of a networking textbook, and is one: the names are those of POSIX. Three things differ.
// - A C `static` variable of a structure type is `Static.of<…>()`, an array of bytes is `memory.data(…)`.
//   Nothing is ever allocated while the program runs.
// - `sizeof(struct sockaddr_in)` is `offsetof<sockaddr_in>()`.
// - A `socklen_t` that a function writes to is an `IntCell`, whose content is `.value`.

import { CONFIG_NET_CONFIG_MY_IPV4_ADDR } from "socklet/config";
import { htonl, htons, inet_ntoa } from "socklet/posix/arpa/inet";
import { errno } from "socklet/posix/errno";
import { INADDR_ANY, sockaddr_in } from "socklet/posix/netinet/in";
import { print, printNumber, puts } from "socklet/posix/stdio";
import { EXIT_FAILURE } from "socklet/posix/stdlib";
import { AF_INET, bind, IntCell, recvfrom, SOCK_DGRAM, Static, sendto, socket } from "socklet/posix/sys/socket";

const PORT: u16 = 7;
const BUFFER_BYTES: u32 = 8000;

const buffer: usize = memory.data(BUFFER_BYTES, 4);
const address = Static.of<sockaddr_in>();
const peer = Static.of<sockaddr_in>();
const peerLength = Static.of<IntCell>();

/** Says which call failed. perror would say it in words, for 1 KiB of memory. */
function report(call: string): void {
  print(call);
  print(": errno ");
  printNumber(errno());
  puts("");
}

export function main(): i32 {
  const server = socket(AF_INET, SOCK_DGRAM, 0);
  if (server < 0) {
    report("socket");
    return EXIT_FAILURE;
  }

  // Port 7 on every address that this device has. Addresses and ports are stored in network order, as always.
  address.sin_family = <u16>AF_INET;
  address.sin_port = htons(PORT);
  address.sin_addr = htonl(INADDR_ANY);
  if (bind(server, address, offsetof<sockaddr_in>()) < 0) {
    report("bind");
    return EXIT_FAILURE;
  }

  print("udp_echo: listening on ");
  print(inet_ntoa(CONFIG_NET_CONFIG_MY_IPV4_ADDR));
  print(" port ");
  printNumber(PORT);
  puts("");

  while (true) {
    // Room for the sender's address on entry, its length on return.
    peerLength.value = <i32>offsetof<sockaddr_in>();
    const length = recvfrom(server, buffer, BUFFER_BYTES, 0, peer, peerLength);
    if (length < 0) {
      report("recvfrom");
      continue;
    }
    if (sendto(server, buffer, length, 0, peer, peerLength.value) < 0) report("sendto");
  }
}
