// Fetches a page by name: the address of this device comes from a DHCP server, that of the web server from a name server.
//
// Arguments: name of the server, its port or service, path of the page.
// Exit code: 0 when a page came (status 200), 1 when none did, 2 when the arguments are wrong.

import { addrinfo, freeaddrinfo, gai_strerror, getaddrinfo } from "socklet/posix/netdb";
import { fflush, perror, print, printNumber, putchar, puts } from "socklet/posix/stdio";
import { argc, argv, EXIT_FAILURE, EXIT_SUCCESS } from "socklet/posix/stdlib";
import { strlen } from "socklet/posix/string";
import {
  connect,
  IntCell,
  recv,
  SO_RCVTIMEO,
  SOCK_STREAM,
  SOL_SOCKET,
  Static,
  send,
  setsockopt,
  socket,
} from "socklet/posix/sys/socket";
import { timeval } from "socklet/posix/sys/time";
import { close } from "socklet/posix/unistd";
import { Head } from "./head";

const EXIT_USAGE: i32 = 2;
/** The program's name, server, port, path. */
const ARGUMENTS: i32 = 4;
const TIMEOUT_SECONDS: i64 = 10;
const BUFFER_BYTES: u32 = 512;
const STATUS_OK: u32 = 200;

const buffer: usize = memory.data(BUFFER_BYTES, 4);
const hints = Static.of<addrinfo>();
const found = Static.of<IntCell>();
const timeout = Static.of<timeval>();

/** Prints a C string. */
function printText(text: usize): void {
  for (let p = text; load<u8>(p); p++) putchar(load<u8>(p));
}

/** A connection to the first address that takes one, or -1. */
function open(name: usize, service: usize): i32 {
  hints.ai_socktype = SOCK_STREAM;
  const error = getaddrinfo(name, service, hints, found);
  if (error) {
    print("http_get: ");
    printText(name);
    print(": ");
    printText(gai_strerror(error));
    puts("");
    return -1;
  }
  const list = <usize>found.value;
  let fd: i32 = -1;
  for (let p = list; p && fd < 0; p = addrinfo.at(p).ai_next) {
    const address = addrinfo.at(p);
    fd = socket(address.ai_family, address.ai_socktype, address.ai_protocol);
    if (fd >= 0 && connect(fd, address.ai_addr, address.ai_addrlen) < 0) {
      perror("connect");
      close(fd);
      fd = -1;
    }
  }
  freeaddrinfo(list);
  return fd;
}

/** Adds text (ASCII) to the request at `at`; the address after it. */
function add(at: usize, text: string): usize {
  for (let i = 0; i < text.length; i++) store<u8>(at++, <u8>text.charCodeAt(i));
  return at;
}

function addText(at: usize, text: usize): usize {
  const bytes = <usize>strlen(text);
  memory.copy(at, text, bytes);
  return at + bytes;
}

/** Sends the request; all arguments together are shorter than the buffer (see argc). */
function ask(fd: i32, name: usize, path: usize): bool {
  let end = add(buffer, "GET ");
  end = addText(end, path);
  end = add(end, " HTTP/1.0\r\nHost: ");
  end = addText(end, name);
  end = add(end, "\r\nConnection: close\r\n\r\n");
  for (let at = buffer; at < end; ) {
    const taken = send(fd, at, <u32>(end - at), 0);
    if (taken < 0) {
      perror("send");
      return false;
    }
    at += taken;
  }
  return true;
}

/** Prints what follows the head of the answer. False when the answer broke off. */
function printBody(fd: i32): bool {
  let length = recv(fd, buffer, BUFFER_BYTES, 0);
  while (length > 0) {
    for (let i: i32 = 0; i < length; i++) {
      const byte = load<u8>(buffer + <usize>i);
      if (Head.isOver()) putchar(byte);
      else Head.take(byte);
    }
    length = recv(fd, buffer, BUFFER_BYTES, 0);
  }
  fflush();
  if (length < 0) perror("recv");
  return length == 0;
}

export function main(): i32 {
  if (argc() != ARGUMENTS) {
    puts("http_get: say which page: the name of the server, its port, the path");
    return EXIT_USAGE;
  }
  const fd = open(argv(1), argv(2));
  if (fd < 0) return EXIT_FAILURE;
  timeout.tv_sec = TIMEOUT_SECONDS;
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, timeout, offsetof<timeval>());
  const whole = ask(fd, argv(1), argv(3)) && printBody(fd);
  close(fd);
  if (whole && Head.status() == STATUS_OK) return EXIT_SUCCESS;
  print("http_get: status ");
  printNumber(Head.status());
  puts("");
  return EXIT_FAILURE;
}
