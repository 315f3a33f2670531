// Asks a server over UDP. Datagrams get lost, so the question is repeated when no answer comes in time.
//
// Arguments: address and port of the server; without them the environment variables SERVER and PORT count.
// Exit code: 0 when there was an answer, 1 when there was none, 2 when the arguments are wrong.

import { htons, INADDR_NONE, inet_addr } from "socklet/posix/arpa/inet";
import { EAGAIN, ECONNREFUSED, errno } from "socklet/posix/errno";
import { sockaddr_in } from "socklet/posix/netinet/in";
import { perror, print, printNumber, putchar, puts } from "socklet/posix/stdio";
import { argc, argv, atoi, EXIT_FAILURE, EXIT_SUCCESS, getenv } from "socklet/posix/stdlib";
import {
  AF_INET,
  connect,
  NULL,
  recv,
  SO_RCVTIMEO,
  SOCK_DGRAM,
  SOL_SOCKET,
  Static,
  send,
  setsockopt,
  socket,
} from "socklet/posix/sys/socket";
import { timeval } from "socklet/posix/sys/time";
import { close, usleep } from "socklet/posix/unistd";

const EXIT_USAGE: i32 = 2;
const TRIES: i32 = 3;
const TIMEOUT_SECONDS: i64 = 1;
const BUFFER_BYTES: u32 = 512;

// "time?" in ASCII: what goes over the wire is bytes, not AssemblyScript strings.
const question: usize = memory.data<u8>([0x74, 0x69, 0x6d, 0x65, 0x3f]);
const QUESTION_BYTES: u32 = 5;

const buffer: usize = memory.data(BUFFER_BYTES, 4);
const server = Static.of<sockaddr_in>();
const timeout = Static.of<timeval>();

/** Reads the server's address from the arguments or the environment. */
function findServer(): bool {
  const fromArguments = argc() >= 3;
  const address = fromArguments ? argv(1) : getenv("SERVER");
  const port = fromArguments ? argv(2) : getenv("PORT");
  if (address == NULL || port == NULL) return false;
  const number = atoi(port);
  server.sin_family = <u16>AF_INET;
  server.sin_addr = inet_addr(address);
  server.sin_port = htons(number);
  return server.sin_addr != INADDR_NONE && number > 0 && number < 65536;
}

/** Sends the question and waits for the answer: its length, or -1 with errno. */
function ask(fd: i32): i32 {
  if (send(fd, question, QUESTION_BYTES, 0) < 0) return -1;
  return recv(fd, buffer, BUFFER_BYTES, 0);
}

export function main(): i32 {
  if (!findServer()) {
    puts("udp_client: say which server to ask: its IPv4 address and its port");
    return EXIT_USAGE;
  }
  const fd = socket(AF_INET, SOCK_DGRAM, 0);
  if (fd < 0) {
    perror("socket");
    return EXIT_FAILURE;
  }
  // A connected datagram socket hears only its peer, and hears too when the peer says that nobody is there.
  if (connect(fd, server, offsetof<sockaddr_in>()) < 0) {
    perror("connect");
    return EXIT_FAILURE;
  }
  timeout.tv_sec = TIMEOUT_SECONDS;
  if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, timeout, offsetof<timeval>()) < 0) {
    perror("setsockopt");
    return EXIT_FAILURE;
  }

  for (let attempt: i32 = 1; attempt <= TRIES; attempt++) {
    const length = ask(fd);
    if (length >= 0) {
      print("answer: ");
      for (let i: i32 = 0; i < length; i++) putchar(load<u8>(buffer + <usize>i));
      puts("");
      close(fd);
      return EXIT_SUCCESS;
    }
    print("attempt ");
    printNumber(attempt);
    if (errno() == EAGAIN) {
      puts(": no answer within 1 s");
    } else if (errno() == ECONNREFUSED) {
      puts(": nobody listens there");
      usleep(500_000); // perhaps it is about to start
    } else {
      perror("");
    }
  }
  close(fd);
  puts("udp_client: giving up");
  return EXIT_FAILURE;
}
