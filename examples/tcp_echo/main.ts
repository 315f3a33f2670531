// A TCP echo server for several clients at once, in one thread: no socket is ever waited for alone, select() waits for all of them.
//
// Each client has a buffer of its own. It is read when that is empty, and written when it is not: a client that sends and never reads
// is read no further, so TCP makes it wait, and the others do not notice.

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
  SOCK_STREAM,
  Static,
  send,
  setsockopt,
  socket,
} from "socklet/posix/sys/socket";
import { close } from "socklet/posix/unistd";

const PORT: u16 = 7777;
const BACKLOG: i32 = 8;
const CLIENTS: i32 = 8;
const BUFFER_BYTES: u32 = 512;

/** A connection, or a free place. */
@unmanaged
@final
class Client {
  /** Descriptor; 0, which is the console's, while the place is free. */
  fd: i32;
  /** Bytes in the buffer, and how many of them have gone back. */
  filled: u32;
  sent: u32;

  static at(index: i32): Client {
    const table: usize = memory.data(CLIENTS * <i32>offsetof<Client>(), 4);
    return changetype<Client>(table + <usize>index * offsetof<Client>());
  }

  /** usize → u8[BUFFER_BYTES] of client `index`. */
  static buffer(index: i32): usize {
    const buffers: usize = memory.data(CLIENTS * <i32>BUFFER_BYTES, 4);
    return buffers + <usize>index * BUFFER_BYTES;
  }
}

const address = Static.of<sockaddr_in>();
const option = Static.of<IntCell>();
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
  // Between select() and accept() a client may think better of it: accept() must not wait for the next one then.
  if (listen(fd, BACKLOG) < 0 || fcntl(fd, F_SETFL, O_NONBLOCK) < 0) {
    perror("listen");
    return -1;
  }
  return fd;
}

/** The first free place, or -1. */
function freePlace(): i32 {
  for (let i: i32 = 0; i < CLIENTS; i++) if (Client.at(i).fd == 0) return i;
  return -1;
}

function welcome(listener: i32, place: i32): void {
  const fd = accept(listener, NULL, NULL);
  if (fd < 0) {
    if (errno() != EAGAIN) perror("accept");
    return;
  }
  fcntl(fd, F_SETFL, O_NONBLOCK);
  // What does not fill a segment goes at once: the client may be waiting for just that before it sends more.
  option.value = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, option, offsetof<IntCell>());
  const client = Client.at(place);
  client.fd = fd;
  client.filled = 0;
  client.sent = 0;
}

function farewell(client: Client): void {
  close(client.fd);
  client.fd = 0;
}

/** Takes what has come. The end of the stream, or an error, ends the connection: by then everything before has gone back. */
function take(client: Client, index: i32): void {
  const length = recv(client.fd, Client.buffer(index), BUFFER_BYTES, 0);
  if (length > 0) {
    client.filled = length;
    client.sent = 0;
    give(client, index);
  } else if (length == 0) {
    farewell(client);
  } else if (errno() != EAGAIN) {
    perror("recv");
    farewell(client);
  }
}

/** Sends back as much as the socket takes. */
function give(client: Client, index: i32): void {
  const length = send(client.fd, Client.buffer(index) + client.sent, client.filled - client.sent, 0);
  if (length >= 0) {
    client.sent += length;
    if (client.sent == client.filled) client.filled = 0;
  } else if (errno() != EAGAIN) {
    perror("send");
    farewell(client);
  }
}

export function main(): i32 {
  const listener = open();
  if (listener < 0) return EXIT_FAILURE;
  print("tcp_echo: listening on ");
  print(inet_ntoa(CONFIG_NET_CONFIG_MY_IPV4_ADDR));
  print(" port ");
  printNumber(PORT);
  puts("");

  while (true) {
    FD_ZERO(readable);
    FD_ZERO(writable);
    let highest = listener;
    // With no place left new clients wait in the listener's queue.
    const place = freePlace();
    if (place >= 0) FD_SET(listener, readable);
    for (let i: i32 = 0; i < CLIENTS; i++) {
      const client = Client.at(i);
      if (client.fd == 0) continue;
      FD_SET(client.fd, client.filled == 0 ? readable : writable);
      if (client.fd > highest) highest = client.fd;
    }

    if (select(highest + 1, readable, writable, NULL, NULL) < 0) {
      perror("select");
      return EXIT_FAILURE;
    }
    for (let i: i32 = 0; i < CLIENTS; i++) {
      const client = Client.at(i);
      if (client.fd == 0) continue;
      if (FD_ISSET(client.fd, readable)) take(client, i);
      else if (FD_ISSET(client.fd, writable)) give(client, i);
    }
    if (place >= 0 && FD_ISSET(listener, readable)) welcome(listener, place);
  }
}
