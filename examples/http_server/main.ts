// A web server for several clients at once, in one thread: select() waits for all of them.
//
// main.ts       waits, accepts, reads and writes
// client.ts     what is known of a connection
// request.ts    the parser
// answer.ts     what is sent back
// pages.ts      the contents

import { CONFIG_NET_CONFIG_MY_IPV4_ADDR } from "socklet/config";
import { htonl, htons, inet_ntoa } from "socklet/posix/arpa/inet";
import { EAGAIN, errno } from "socklet/posix/errno";
import { F_SETFL, fcntl, O_NONBLOCK } from "socklet/posix/fcntl";
import { INADDR_ANY, sockaddr_in } from "socklet/posix/netinet/in";
import { TCP_NODELAY } from "socklet/posix/netinet/tcp";
import { perror, print, printNumber, puts } from "socklet/posix/stdio";
import { EXIT_FAILURE } from "socklet/posix/stdlib";
import { FD_ISSET, FD_SET, FD_ZERO, fd_set, NULL, select } from "socklet/posix/sys/select";
import {
  AF_INET,
  accept,
  bind,
  IntCell,
  IPPROTO_TCP,
  listen,
  recv,
  SHUT_WR,
  SOCK_STREAM,
  Static,
  send,
  setsockopt,
  shutdown,
  socket,
} from "socklet/posix/sys/socket";
import { timeval } from "socklet/posix/sys/time";
import { uptimeMilliseconds } from "socklet/posix/time";
import { Answer } from "./answer";
import { ANSWERING, CLIENTS, Client, INPUT_BYTES, LINGERING, PATIENCE, READING } from "./client";
import { Request } from "./request";

const PORT: u16 = 80;
const BACKLOG: i32 = 12;
/** Bytes handed to send() at once: a full segment. */
const PIECE_BYTES: u32 = 1460;
/** Milliseconds that a client gets to take the last answer and close. */
const LINGER_PATIENCE: u32 = 2000;
/** Milliseconds that a connection must have been idle to give way to a new one: its next request may be on its way. */
const IDLE_PATIENCE: u32 = 1000;

const piece: usize = memory.data(PIECE_BYTES, 4);
const address = Static.of<sockaddr_in>();
const option = Static.of<IntCell>();
const second = Static.of<timeval>();
const readable = fd_set.create();
const writable = fd_set.create();

/** A socket that listens at PORT and does not block, or -1. */
function open(): i32 {
  const fd = socket(AF_INET, SOCK_STREAM, 0);
  if (fd < 0) {
    perror("socket");
    return -1;
  }
  address.sin_family = <u16>AF_INET;
  address.sin_port = htons(PORT);
  address.sin_addr = htonl(INADDR_ANY);
  if (bind(fd, address, offsetof<sockaddr_in>()) < 0) {
    perror("bind");
    return -1;
  }
  if (listen(fd, BACKLOG) < 0 || fcntl(fd, F_SETFL, O_NONBLOCK) < 0) {
    perror("listen");
    return -1;
  }
  return fd;
}

/** A place for a new connection: a free one, or that of the connection which has been idle longest; -1: there is none. */
function findPlace(): i32 {
  let place: i32 = -1;
  let longest = IDLE_PATIENCE;
  const now = uptimeMilliseconds();
  for (let i: i32 = 0; i < CLIENTS; i++) {
    const client = Client.at(i);
    if (client.fd == 0) return i;
    if (client.isIdle() && now - client.activeAt >= longest) {
      longest = now - client.activeAt;
      place = i;
    }
  }
  return place;
}

function welcome(listener: i32): void {
  const place = findPlace();
  if (place < 0) return;
  const client = Client.at(place);
  // A last look at who is to go: a request may just have come.
  if (client.fd != 0) serve(client);
  if (client.fd != 0 && !client.isIdle()) return;
  const fd = accept(listener, NULL, NULL);
  if (fd < 0) {
    if (errno() != EAGAIN) perror("accept");
    return;
  }
  fcntl(fd, F_SETFL, O_NONBLOCK);
  // Answers are written in as few pieces as there can be: the last one need not wait for the acknowledgement of the others.
  option.value = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, option, offsetof<IntCell>());
  if (client.fd != 0) client.close();
  client.open(fd);
  Answer.countAccepted();
  serve(client);
}

/** Reads what there is into the empty input buffer. False when there is nothing to look at, or the connection is over. */
function fill(client: Client): bool {
  const length = recv(client.fd, client.input(), INPUT_BYTES, 0);
  if (length > 0) {
    // The time counts from the first byte of a request: who sends a byte now and then does not keep the place.
    if (client.isIdle()) client.activeAt = uptimeMilliseconds();
    client.filled = length;
    client.looked = 0;
    return true;
  }
  // The client has gone, in order or not. Who ends only its own side has had all its answers by now.
  if (length == 0 || errno() != EAGAIN) client.close();
  return false;
}

/** Sends what the socket takes. False when it is full, or the connection is over. */
function pour(client: Client): bool {
  const end = Answer.length(client);
  while (client.sent < end) {
    const length = Answer.piece(client, piece, PIECE_BYTES);
    const sent = send(client.fd, piece, length, 0);
    if (sent < 0) {
      if (errno() != EAGAIN) client.close();
      return false;
    }
    client.sent += sent;
    client.activeAt = uptimeMilliseconds();
  }
  return true;
}

/** The answer has gone: on to the next request, or to the end. */
function finish(client: Client): void {
  if (Request.keepsAlive(client)) {
    client.phase = READING;
    Request.reset(client);
  } else {
    // Closing now, with input unread, would send a reset, which could overtake the answer (RFC 9112 §9.6).
    client.phase = LINGERING;
    client.activeAt = uptimeMilliseconds();
    shutdown(client.fd, SHUT_WR);
  }
}

/** Goes on with a connection as far as it goes without waiting. */
function serve(client: Client): void {
  let mayRead = true;
  while (client.fd != 0) {
    if (client.phase == ANSWERING) {
      if (!pour(client)) return;
      finish(client);
      continue;
    }
    if (client.phase == LINGERING) client.looked = client.filled;
    if (client.looked == client.filled) {
      // Once a turn: others wait too.
      if (!mayRead || !fill(client)) return;
      mayRead = false;
    }
    if (client.phase == READING && Request.parse(client)) Answer.make(client);
  }
}

/** Closes connections that make no progress. */
function dropSlow(): void {
  const now = uptimeMilliseconds();
  for (let i: i32 = 0; i < CLIENTS; i++) {
    const client = Client.at(i);
    const patience = client.phase == LINGERING ? LINGER_PATIENCE : PATIENCE;
    if (client.fd != 0 && now - client.activeAt > patience) client.close();
  }
}

export function main(): i32 {
  const listener = open();
  if (listener < 0) return EXIT_FAILURE;
  print("http_server: listening on ");
  print(inet_ntoa(CONFIG_NET_CONFIG_MY_IPV4_ADDR));
  print(" port ");
  printNumber(PORT);
  puts("");

  while (true) {
    FD_ZERO(readable);
    FD_ZERO(writable);
    let highest = listener;
    if (findPlace() >= 0) FD_SET(listener, readable);
    for (let i: i32 = 0; i < CLIENTS; i++) {
      const client = Client.at(i);
      if (client.fd == 0) continue;
      FD_SET(client.fd, client.phase == ANSWERING ? writable : readable);
      if (client.fd > highest) highest = client.fd;
    }
    second.tv_sec = 1;
    second.tv_usec = 0;
    if (select(highest + 1, readable, writable, NULL, second) < 0) {
      perror("select");
      return EXIT_FAILURE;
    }
    for (let i: i32 = 0; i < CLIENTS; i++) {
      const client = Client.at(i);
      if (client.fd == 0) continue;
      if (FD_ISSET(client.fd, readable) || FD_ISSET(client.fd, writable)) serve(client);
    }
    dropSlow();
    if (FD_ISSET(listener, readable)) welcome(listener);
  }
}
