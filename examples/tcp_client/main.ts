// Connects to a server, sends it a line, and prints all that it answers until it closes the connection.
//
// Arguments: address and port of the server, then the words of the line.
// Exit code: 0 when there was an answer, 1 when there was none, 2 when the arguments are wrong.

import { htons, INADDR_NONE, inet_addr } from "socklet/posix/arpa/inet";
import { EAGAIN, errno } from "socklet/posix/errno";
import { sockaddr_in } from "socklet/posix/netinet/in";
import { fflush, perror, print, printNumber, putchar, puts } from "socklet/posix/stdio";
import { argc, argv, atoi, EXIT_FAILURE, EXIT_SUCCESS } from "socklet/posix/stdlib";
import { strlen } from "socklet/posix/string";
import {
  AF_INET,
  connect,
  recv,
  SHUT_WR,
  SO_RCVTIMEO,
  SOCK_STREAM,
  SOL_SOCKET,
  Static,
  send,
  setsockopt,
  shutdown,
  socket,
} from "socklet/posix/sys/socket";
import { timeval } from "socklet/posix/sys/time";
import { close } from "socklet/posix/unistd";

const EXIT_USAGE: i32 = 2;
/** Arguments before the words: the program's name, address, port. */
const FIRST_WORD: i32 = 3;
const TIMEOUT_SECONDS: i64 = 10;
const BUFFER_BYTES: u32 = 512;
const BLANK: u8 = 0x20;
const NEWLINE: u8 = 0x0a;

const buffer: usize = memory.data(BUFFER_BYTES, 4);
const server = Static.of<sockaddr_in>();
const timeout = Static.of<timeval>();

/** Reads the server's address from the arguments. */
function findServer(): bool {
  if (argc() < FIRST_WORD) return false;
  const port = atoi(argv(2));
  server.sin_family = <u16>AF_INET;
  server.sin_addr = inet_addr(argv(1));
  server.sin_port = htons(port);
  return server.sin_addr != INADDR_NONE && port > 0 && port < 65536;
}

/** Puts the words of the arguments into the buffer, as one line. Its length. */
function writeLine(): u32 {
  let length: u32 = 0;
  for (let i = FIRST_WORD; i < argc(); i++) {
    if (length) store<u8>(buffer + length++, BLANK);
    // All arguments together are shorter than the buffer: see argc().
    const bytes = strlen(argv(i));
    memory.copy(buffer + length, argv(i), bytes);
    length += bytes;
  }
  store<u8>(buffer + length++, NEWLINE);
  return length;
}

/** Sends `length` bytes of the buffer: TCP may take them in several pieces. */
function sendAll(fd: i32, length: u32): bool {
  let sent: u32 = 0;
  while (sent < length) {
    const taken = send(fd, buffer + sent, length - sent, 0);
    if (taken < 0) {
      perror("send");
      return false;
    }
    sent += taken;
  }
  return true;
}

/** Prints the answer to its end. Its length, or -1. */
function printAnswer(fd: i32): i32 {
  let total: i32 = 0;
  let length = recv(fd, buffer, BUFFER_BYTES, 0);
  while (length > 0) {
    for (let i: i32 = 0; i < length; i++) putchar(load<u8>(buffer + <usize>i));
    total += length;
    length = recv(fd, buffer, BUFFER_BYTES, 0);
  }
  fflush();
  if (length == 0) return total;
  if (errno() == EAGAIN) puts("tcp_client: the answer does not end");
  else perror("recv");
  return -1;
}

export function main(): i32 {
  if (!findServer()) {
    puts("tcp_client: say which server to ask: its IPv4 address and its port, then what to send");
    return EXIT_USAGE;
  }
  const fd = socket(AF_INET, SOCK_STREAM, 0);
  if (fd < 0) {
    perror("socket");
    return EXIT_FAILURE;
  }
  timeout.tv_sec = TIMEOUT_SECONDS;
  if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, timeout, offsetof<timeval>()) < 0) {
    perror("setsockopt");
    return EXIT_FAILURE;
  }
  if (connect(fd, server, offsetof<sockaddr_in>()) < 0) {
    perror("connect");
    close(fd);
    return EXIT_FAILURE;
  }
  // The server sees the end of what we send and can still answer: that is what shutdown is for.
  if (!sendAll(fd, writeLine()) || shutdown(fd, SHUT_WR) < 0) {
    close(fd);
    return EXIT_FAILURE;
  }
  const length = printAnswer(fd);
  close(fd);
  if (length < 0) return EXIT_FAILURE;
  print("tcp_client: ");
  printNumber(length);
  puts(" bytes in all");
  return length > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
