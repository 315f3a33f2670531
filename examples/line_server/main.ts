// A server that takes commands, a line each, with the objects of socklet/net: several clients at once, each with its own lines.
//
//     count   how many lines this client has sent
//     peer    the client's address
//     quit    closes the connection
//
// Any other line is sent back in capitals.

import {
  BROKEN,
  Endpoint,
  LineReader,
  lastError,
  printError,
  READABLE,
  SocketSet,
  TcpListener,
  TcpSocket,
} from "socklet/net";
import { EAGAIN, EMSGSIZE } from "socklet/posix/errno";
import { fflush, print, printNumber, puts } from "socklet/posix/stdio";
import { EXIT_FAILURE } from "socklet/posix/stdlib";
import { strlen } from "socklet/posix/string";

const PORT: u32 = 2323;
const PLACES: i32 = 4;
/** Longest line with its end, bytes. */
const LINE_BYTES: u32 = 128;
/** What is kept for a client: its lines, their number, its descriptor and its buffer. */
const CLIENT_BYTES: i32 = 24 + 8 + 128;

@unmanaged
@final
class Client {
  /** 0: the place is free; else the descriptor plus 1. */
  occupied: i32;
  count: i32;

  static at(place: i32): Client {
    return changetype<Client>(memory.data(PLACES * CLIENT_BYTES, 4) + <usize>(place * CLIENT_BYTES));
  }

  /** The lines of this client. */
  lines(): LineReader {
    return changetype<LineReader>(changetype<usize>(this) + 8);
  }

  /** usize → u8[LINE_BYTES]. */
  buffer(): usize {
    return changetype<usize>(this) + 32;
  }
}

const set = SocketSet.create();
const peer = Endpoint.create();
const decimal: usize = memory.data(12, 4);

/** The place of the client `fd`, or with -1 a free one; -1 when there is none. */
function placeOf(fd: i32): i32 {
  for (let place = 0; place < PLACES; place++) {
    if (Client.at(place).occupied == fd + 1) return place;
  }
  return -1;
}

function take(listener: TcpListener): void {
  const socket = listener.acceptFrom(peer);
  if (!socket) return;
  const place = placeOf(-1);
  if (place < 0) {
    socket.sendText("no more places\n");
    socket.close();
    return;
  }
  // One that stops in the middle of a line keeps nobody else waiting.
  socket.setBlocking(false);
  const client = Client.at(place);
  client.occupied = socket.fd() + 1;
  client.count = 0;
  client.lines().open(socket, client.buffer(), LINE_BYTES);
  set.add(socket.fd(), READABLE);
  print("client ");
  print(peer.text());
  puts("");
  fflush();
}

/** Turns that are spent on what a client has sent and nobody wants. */
const LAST_READS: i32 = 32;

function drop(socket: TcpSocket, client: Client): void {
  set.remove(socket.fd());
  client.occupied = 0;
  // A connection that is closed with unread data is reset, and the reset may overtake the last words to the client.
  for (let left = LAST_READS; left > 0 && socket.receive(client.buffer(), LINE_BYTES) > 0; left--);
  socket.close();
}

/** usize → C string: `value` in decimal. */
function text(value: i32): usize {
  let at = decimal + 11;
  store<u8>(at, 0);
  do {
    at--;
    store<u8>(at, <u8>(0x30 + (value % 10)));
    value /= 10;
  } while (value);
  return at;
}

/** `line` (usize → C string) is the word `word`. */
function is(line: usize, word: string): bool {
  for (let i = 0; i < word.length; i++) if (load<u8>(line + i) != <u8>word.charCodeAt(i)) return false;
  return !load<u8>(line + word.length);
}

/** Answers one line. False when the client is to go. */
function answer(socket: TcpSocket, client: Client, line: usize): bool {
  client.count++;
  if (is(line, "quit")) return false;
  let words = line;
  if (is(line, "count")) {
    words = text(client.count);
  } else if (is(line, "peer")) {
    if (!socket.peerEnd(peer)) return false;
    words = peer.text();
  } else {
    for (let p = line; load<u8>(p); p++) {
      if (<u32>load<u8>(p) - 0x61 < 26) store<u8>(p, load<u8>(p) & 0xdf);
    }
  }
  return socket.sendAll(words, strlen(words)) && socket.sendText("\n");
}

/** Answers all whole lines that `socket` has sent. */
function serve(socket: TcpSocket, client: Client): void {
  const lines = client.lines();
  while (lines.next() >= 0) {
    if (answer(socket, client, lines.text())) continue;
    drop(socket, client);
    return;
  }
  const error = lastError();
  if (error == EAGAIN) return;
  if (error == EMSGSIZE) socket.sendText("too long\n");
  drop(socket, client);
}

export function main(): i32 {
  const listener = TcpListener.open(PORT);
  if (!listener) {
    printError("listen");
    return EXIT_FAILURE;
  }
  set.add(listener.fd(), READABLE);
  print("line_server: listening on port ");
  printNumber(PORT);
  puts("");
  fflush();
  while (true) {
    if (set.wait(-1) < 0) {
      printError("wait");
      return EXIT_FAILURE;
    }
    for (let fd = set.next(); fd >= 0; fd = set.next()) {
      const socket = TcpSocket.of(fd);
      if (!socket) continue;
      const place = fd == listener.fd() ? -1 : placeOf(fd);
      if (place < 0) take(listener);
      else if (set.events() & BROKEN && !(set.events() & READABLE)) drop(socket, Client.at(place));
      else serve(socket, Client.at(place));
    }
  }
}
