// Sends text to whoever connects (the character generator, RFC 864): as many bytes as the argument says, or for ever.
//
// The text is the well-known pattern of 72 printable characters a line, each line beginning one character later, so that a program at
// the other end can check every byte.

import { CONFIG_NET_CONFIG_MY_IPV4_ADDR } from "socklet/config";
import { htonl, htons, inet_ntoa } from "socklet/posix/arpa/inet";
import { EAGAIN, errno } from "socklet/posix/errno";
import { INADDR_ANY, sockaddr_in } from "socklet/posix/netinet/in";
import { perror, print, printNumber, printUnsigned, puts } from "socklet/posix/stdio";
import { argc, argv, atoi, EXIT_FAILURE } from "socklet/posix/stdlib";
import { NULL } from "socklet/posix/sys/select";
import {
  AF_INET,
  accept,
  bind,
  listen,
  SO_SNDTIMEO,
  SOCK_STREAM,
  SOL_SOCKET,
  Static,
  send,
  setsockopt,
  socket,
} from "socklet/posix/sys/socket";
import { timeval } from "socklet/posix/sys/time";
import { close } from "socklet/posix/unistd";

const PORT: u16 = 19;
const BACKLOG: i32 = 4;
/** Seconds that a client may leave everything unread before it is given up. */
const PATIENCE: i64 = 30;

/** 95 printable characters, from the blank on; a line shows 72 of them and ends with CR LF. */
const CHARACTERS: u32 = 95;
const FIRST_CHARACTER: u32 = 0x20;
const COLUMNS: u32 = 72;
const LINE_BYTES: u32 = COLUMNS + 2;
/** The pattern repeats after so many bytes. */
const PERIOD: u32 = CHARACTERS * LINE_BYTES;

/** The pattern, once. */
const text: usize = memory.data(PERIOD, 4);
const address = Static.of<sockaddr_in>();
const patience = Static.of<timeval>();

function fillText(): void {
  let at = text;
  for (let line: u32 = 0; line < CHARACTERS; line++) {
    for (let column: u32 = 0; column < COLUMNS; column++) {
      store<u8>(at, FIRST_CHARACTER + ((line + column) % CHARACTERS));
      at++;
    }
    store<u8>(at, 0x0d);
    store<u8>(at, 0x0a, 1);
    at += 2;
  }
}

/** Sends `limit` bytes (0: without end) and answers how many went. */
function pour(client: i32, limit: u32): u32 {
  let total: u32 = 0;
  let position: u32 = 0;
  while (limit == 0 || total < limit) {
    let length = PERIOD - position;
    if (limit != 0 && length > limit - total) length = limit - total;
    const sent = send(client, text + position, length, 0);
    if (sent < 0) {
      if (errno() == EAGAIN) puts("the client reads nothing");
      else perror("send");
      return total;
    }
    total += sent;
    position += sent;
    if (position == PERIOD) position = 0;
  }
  return total;
}

export function main(): i32 {
  const limit: u32 = argc() > 1 ? atoi(argv(1)) : 0;
  fillText();
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
  print("tcp_source: listening on ");
  print(inet_ntoa(CONFIG_NET_CONFIG_MY_IPV4_ADDR));
  print(" port ");
  printNumber(PORT);
  puts("");

  patience.tv_sec = PATIENCE;
  while (true) {
    const client = accept(listener, NULL, NULL);
    if (client < 0) {
      perror("accept");
      continue;
    }
    if (setsockopt(client, SOL_SOCKET, SO_SNDTIMEO, patience, offsetof<timeval>()) < 0) perror("setsockopt");
    printUnsigned(pour(client, limit));
    puts(" bytes sent");
    close(client);
  }
}
