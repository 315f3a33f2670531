// One program, two sockets, one wait: select() tells which of them has something to read, or that nothing came in time.
//
// Port 7001 sends datagrams back as they are, port 7002 in capital letters.

import { htonl, htons } from "socklet/posix/arpa/inet";
import { INADDR_ANY, sockaddr_in } from "socklet/posix/netinet/in";
import { perror, print, printNumber, puts } from "socklet/posix/stdio";
import { EXIT_FAILURE, exit } from "socklet/posix/stdlib";
import { FD_ISSET, FD_SET, FD_ZERO, fd_set, NULL, select } from "socklet/posix/sys/select";
import { AF_INET, bind, IntCell, recvfrom, SOCK_DGRAM, Static, sendto, socket } from "socklet/posix/sys/socket";
import { timeval } from "socklet/posix/sys/time";

const PLAIN_PORT: u16 = 7001;
const CAPITALS_PORT: u16 = 7002;
const TIMEOUT_SECONDS: i64 = 2;
const BUFFER_BYTES: u32 = 512;

const buffer: usize = memory.data(BUFFER_BYTES, 4);
const address = Static.of<sockaddr_in>();
const peer = Static.of<sockaddr_in>();
const peerLength = Static.of<IntCell>();
const timeout = Static.of<timeval>();
const readable = fd_set.create();

/** A socket bound to `port`. The program ends when there is none to be had. */
function open(port: u16): i32 {
  const fd = socket(AF_INET, SOCK_DGRAM, 0);
  if (fd < 0) {
    perror("socket");
    exit(EXIT_FAILURE);
  }
  address.sin_family = <u16>AF_INET;
  address.sin_port = htons(port);
  address.sin_addr = htonl(INADDR_ANY);
  if (bind(fd, address, offsetof<sockaddr_in>()) < 0) {
    perror("bind");
    exit(EXIT_FAILURE);
  }
  return fd;
}

/** Makes capitals of the small letters among `length` bytes of the buffer. */
function capitalize(length: i32): void {
  for (let i: i32 = 0; i < length; i++) {
    const letter = load<u8>(buffer + <usize>i);
    if (letter >= 0x61 && letter <= 0x7a) store<u8>(buffer + <usize>i, letter - 0x20);
  }
}

/** Takes one datagram from `fd` and answers it. */
function answer(fd: i32, port: u16, capitals: bool): void {
  peerLength.value = <i32>offsetof<sockaddr_in>();
  const length = recvfrom(fd, buffer, BUFFER_BYTES, 0, peer, peerLength);
  if (length < 0) {
    perror("recvfrom");
    return;
  }
  print("port ");
  printNumber(port);
  print(": ");
  printNumber(length);
  puts(" bytes");
  if (capitals) capitalize(length);
  if (sendto(fd, buffer, length, 0, peer, peerLength.value) < 0) perror("sendto");
}

export function main(): i32 {
  const plain = open(PLAIN_PORT);
  const capitals = open(CAPITALS_PORT);
  const highest = plain > capitals ? plain : capitals;
  puts("select_two_ports: waiting at ports 7001 and 7002");

  while (true) {
    // select leaves only the ready descriptors in the set, so it is filled anew each time.
    FD_ZERO(readable);
    FD_SET(plain, readable);
    FD_SET(capitals, readable);
    timeout.tv_sec = TIMEOUT_SECONDS;
    timeout.tv_usec = 0;

    const ready = select(highest + 1, readable, NULL, NULL, timeout);
    if (ready < 0) {
      perror("select");
      return EXIT_FAILURE;
    }
    if (ready == 0) {
      puts("nothing for 2 s");
      continue;
    }
    if (FD_ISSET(plain, readable)) answer(plain, PLAIN_PORT, false);
    if (FD_ISSET(capitals, readable)) answer(capitals, CAPITALS_PORT, true);
  }
}
