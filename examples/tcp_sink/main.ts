// Reads whatever a client sends, throws it away (the discard service, RFC 863), and says at the end how much it was and how fast.
//
// One client at a time: the next one waits in the listener's queue. So that one which has vanished does not wait there for ever,
// the connection is probed when nothing comes (SO_KEEPALIVE).

import { CONFIG_NET_CONFIG_MY_IPV4_ADDR } from "socklet/config";
import { htonl, htons, inet_ntoa, ntohs } from "socklet/posix/arpa/inet";
import { INADDR_ANY, sockaddr_in } from "socklet/posix/netinet/in";
import { TCP_KEEPCNT, TCP_KEEPIDLE, TCP_KEEPINTVL } from "socklet/posix/netinet/tcp";
import { perror, print, printNumber, printUnsigned, puts } from "socklet/posix/stdio";
import { EXIT_FAILURE } from "socklet/posix/stdlib";
import {
  AF_INET,
  accept,
  bind,
  IntCell,
  IPPROTO_TCP,
  listen,
  recv,
  SO_KEEPALIVE,
  SOCK_STREAM,
  SOL_SOCKET,
  Static,
  setsockopt,
  socket,
} from "socklet/posix/sys/socket";
import { uptimeMilliseconds } from "socklet/posix/time";
import { close } from "socklet/posix/unistd";

const PORT: u16 = 9;
const BACKLOG: i32 = 4;
const BUFFER_BYTES: u32 = 2920;
/** Seconds of silence before the first probe, between two of them, and how many may stay without an answer. */
const KEEP_IDLE: i32 = 10;
const KEEP_INTERVAL: i32 = 5;
const KEEP_COUNT: i32 = 3;

const buffer: usize = memory.data(BUFFER_BYTES, 4);
const address = Static.of<sockaddr_in>();
const peer = Static.of<sockaddr_in>();
const peerLength = Static.of<IntCell>();
const option = Static.of<IntCell>();

function setOption(fd: i32, level: i32, name: i32, value: i32): void {
  option.value = value;
  if (setsockopt(fd, level, name, option, offsetof<IntCell>()) < 0) perror("setsockopt");
}

/** Prints where the client is. */
function printPeer(): void {
  print(inet_ntoa(peer.sin_addr));
  print(" port ");
  printNumber(ntohs(peer.sin_port));
}

/** Reads to the end and prints the totals. */
function drain(fd: i32): void {
  const begin = uptimeMilliseconds();
  let total: u32 = 0; // of more than 4 GB it is the rest
  let length = recv(fd, buffer, BUFFER_BYTES, 0);
  while (length > 0) {
    total += length;
    length = recv(fd, buffer, BUFFER_BYTES, 0);
  }
  if (length < 0) perror("recv");
  const milliseconds = uptimeMilliseconds() - begin;
  printUnsigned(total);
  print(" bytes in ");
  printUnsigned(milliseconds);
  print(" ms, ");
  printUnsigned(total / (milliseconds ? milliseconds : 1));
  puts(" kB/s");
}

export function main(): i32 {
  const listener = socket(AF_INET, SOCK_STREAM, 0);
  if (listener < 0) {
    perror("socket");
    return EXIT_FAILURE;
  }
  address.sin_family = <u16>AF_INET;
  address.sin_port = htons(PORT);
  address.sin_addr = htonl(INADDR_ANY);
  if (bind(listener, address, offsetof<sockaddr_in>()) < 0) {
    perror("bind");
    return EXIT_FAILURE;
  }
  if (listen(listener, BACKLOG) < 0) {
    perror("listen");
    return EXIT_FAILURE;
  }
  print("tcp_sink: listening on ");
  print(inet_ntoa(CONFIG_NET_CONFIG_MY_IPV4_ADDR));
  print(" port ");
  printNumber(PORT);
  puts("");

  while (true) {
    peerLength.value = <i32>offsetof<sockaddr_in>();
    const client = accept(listener, peer, peerLength);
    if (client < 0) {
      perror("accept");
      continue;
    }
    setOption(client, SOL_SOCKET, SO_KEEPALIVE, 1);
    setOption(client, IPPROTO_TCP, TCP_KEEPIDLE, KEEP_IDLE);
    setOption(client, IPPROTO_TCP, TCP_KEEPINTVL, KEEP_INTERVAL);
    setOption(client, IPPROTO_TCP, TCP_KEEPCNT, KEEP_COUNT);
    printPeer();
    puts(" has come");
    drain(client);
    close(client);
  }
}
