// socklet/net over TCP: connections, listeners, sets, lines, errors.
import {
  BROKEN,
  Endpoint,
  errorName,
  errorText,
  LineReader,
  LineWriter,
  lastError,
  READABLE,
  SocketSet,
  TcpListener,
  TcpSocket,
  WRITABLE,
} from "socklet/net";
import { htonl } from "socklet/posix/arpa/inet";
import {
  EADDRINUSE,
  EAGAIN,
  EBADF,
  ECONNREFUSED,
  EHOSTUNREACH,
  EINVAL,
  EMSGSIZE,
  ENOSPC,
  ENOTCONN,
  EPIPE,
} from "socklet/posix/errno";
import { strcmp } from "socklet/posix/string";
import { fill, filled, LOOPBACK } from "../sockets";
import { drop } from "../streams";
import { check, done, equal } from "../tap";

const buffer: usize = memory.data(4096, 4);
const lineBuffer: usize = memory.data(16, 4);
const end = Endpoint.create();
const other = Endpoint.create();
const set = SocketSet.create();
const lines = LineReader.create();
const out = LineWriter.create();

/** `text` is the C string at `at`. */
function says(at: usize, text: string): bool {
  for (let i = 0; i < text.length; i++) if (load<u8>(at + i) != <u8>text.charCodeAt(i)) return false;
  return !load<u8>(at + text.length);
}

/** Both ends of a connection are kept here: a program has no variables of nullable types at its top. */
let clientFd: i32 = -1;
let serverFd: i32 = -1;

function client(): TcpSocket {
  return changetype<TcpSocket>(changetype<usize>(TcpSocket.of(clientFd)));
}

function server(): TcpSocket {
  return changetype<TcpSocket>(changetype<usize>(TcpSocket.of(serverFd)));
}

function join(listener: TcpListener, timeout: i32): bool {
  const near = TcpSocket.connect<string>("127.0.0.1", 7003, timeout);
  if (!near) return false;
  const far = listener.accept();
  if (!far) return false;
  clientFd = near.fd();
  serverFd = far.fd();
  return true;
}

function opening(listener: TcpListener): void {
  check(TcpListener.open(7003) === null, "a port that is taken: no listener");
  equal(lastError(), EADDRINUSE, "EADDRINUSE");
  check(TcpSocket.connect<string>("127.0.0.1", 9) === null, "nobody listens: no connection");
  equal(lastError(), ECONNREFUSED, "ECONNREFUSED");
  check(TcpSocket.connect<string>("127.0.0.1", 9, 1000) === null, "nor with a time-out");
  equal(lastError(), ECONNREFUSED, "with the same error");
  check(says(errorName(lastError()), "ECONNREFUSED"), "errorName");
  check(says(errorText(lastError()), "Connection refused"), "errorText");
  check(says(errorName(9999), "E"), "a number that there is not has no name");
  check(TcpSocket.connect<string>("a.name", 80) === null, "a name without a resolver");
  equal(lastError(), EHOSTUNREACH, "EHOSTUNREACH");
  check(join(listener, 0), "a connection");
  check(client().localEnd(end) && server().peerEnd(other) && end.equals(other), "both ends agree on where it begins");
  check(client().peerEnd(end) && end.port() == 7003 && end.address == htonl(LOOPBACK), "and where it ends");
  check(strcmp(end.text(), end.text()) == 0 && says(end.text(), "127.0.0.1"), "as text");
}

function moving(): void {
  fill(buffer, 1000, 1);
  check(client().sendAll(buffer, 1000), "sendAll");
  equal(server().receive(buffer + 2000, 10), 10, "receive");
  equal(server().receiveExactly(buffer + 2010, 990), 990, "receiveExactly");
  check(filled(buffer + 2000, 1000, 1), "all of it");
  check(server().setTimeout(20), "setTimeout");
  equal(server().receive(buffer, 10), -1, "nothing there");
  equal(lastError(), EAGAIN, "EAGAIN");
  check(server().setTimeout(0) && server().setBlocking(false), "setBlocking");
  equal(server().receive(buffer, 10), -1, "and at once");
  check(server().setBlocking(true) && server().setNoDelay(true), "setNoDelay");
  check(client().send(buffer, 5) == 5 && client().finish(), "finish");
  check(!client().sendAll(buffer, 5) && lastError() == EPIPE, "then nothing can be sent: EPIPE");
  equal(server().receiveExactly(buffer, 100), 5, "receiveExactly gives what there is before the end");
  equal(server().receive(buffer, 100), 0, "the end");
  check(server().sendText("the other direction"), "which can still answer");
  equal(client().receiveExactly(buffer, 19), 19, "sendText");
  check(load<u8>(buffer) == 0x74 && load<u8>(buffer + 18) == 0x6e, "its letters");
  check(client().close() && server().close(), "close");
  check(!client().close() && lastError() == EBADF, "once: EBADF");
}

function reading(listener: TcpListener): void {
  check(join(listener, 1000), "a connection within a time");
  check(client().sendText("GET / HTTP/1\r\n\n0123456789abcdef\nlast"), "lines");
  client().finish();
  lines.open(server(), lineBuffer, 16);
  equal(lines.next(), 12, "a line");
  check(says(lines.text(), "GET / HTTP/1"), "without its end");
  equal(lines.next(), 0, "an empty one");
  equal(lines.next(), -1, "one that is too long");
  equal(lastError(), EMSGSIZE, "EMSGSIZE");
  equal(lines.next(), 1, "the rest of it");
  equal(lines.next(), 4, "the last one has no end");
  check(says(lines.text(), "last") && lines.pending() == 0, "and is all that is left");
  equal(lines.next(), -1, "then it is over");
  equal(lastError(), 0, "without an error");
  drop(clientFd);
  drop(serverFd);
  check(join(listener, 0), "a line in pieces");
  client().sendText("half");
  server().setTimeout(20);
  lines.open(server(), lineBuffer, 16);
  equal(lines.next(), -1, "the other half has not come");
  equal(lastError(), EAGAIN, "EAGAIN");
  // What is small waits for the acknowledgement of what was sent before.
  server().setTimeout(0);
  client().sendText(" done\nmore");
  equal(lines.next(), 9, "now it has");
  check(says(lines.text(), "half done"), "and the first one is still there");
  equal(lines.pending(), 4, "with the beginning of the next line");
}

/** What has come to the server is `text`. */
function arrived(text: string): bool {
  const bytes = server().receiveExactly(buffer + 2000, <u32>text.length);
  if (bytes != text.length) return false;
  for (let i = 0; i < bytes; i++) if (load<u8>(buffer + 2000 + i) != <u8>text.charCodeAt(i)) return false;
  return true;
}

function writing(listener: TcpListener): void {
  check(join(listener, 0) && client().setNoDelay(true), "a connection to write to");
  out.open(client(), lineBuffer, 16);
  check(out.text("GET ") && out.number(-2147483648), "text and the longest number");
  equal(out.pending(), 15, "wait in the buffer");
  server().setTimeout(20);
  check(server().receive(buffer, 10) == -1 && lastError() == EAGAIN, "and go nowhere");
  check(out.text("!") && out.pending() == 16, "a full buffer waits too");
  check(out.number(0) && out.pending() == 1, "what does not fit sends what is there");
  check(arrived("GET -2147483648!"), "in its order");
  check(out.line(" is done") && out.flush() && out.pending() == 0, "line, flush");
  check(arrived("0 is done\r\n"), "with CR and LF");
  check(out.number(2147483647) && out.line("0123456789abcdef"), "a line that is longer than the buffer");
  equal(out.pending(), 2, "leaves its end there");
  check(out.line("") && out.flush(), "an empty line");
  check(arrived("21474836470123456789abcdef\r\n\r\n"), "all of it");
  fill(buffer, 1500, 9);
  check(out.text("x") && out.write(buffer, 3) && out.write(buffer + 3, 1497) && out.flush(), "bytes, more than fit");
  check(server().receiveExactly(buffer + 2000, 1) == 1 && load<u8>(buffer + 2000) == 0x78, "the text");
  check(server().receiveExactly(buffer + 2000, 1500) == 1500 && filled(buffer + 2000, 1500, 9), "the bytes");
  client().setBlocking(false);
  let sent = 0;
  while (out.write(buffer, 10)) sent += 10;
  equal(lastError(), EAGAIN, "nobody reads: EAGAIN");
  const kept = out.pending();
  check(kept > 0 && kept <= 16 && !out.flush() && out.pending() == kept, "what could not be sent stays");
  server().setTimeout(0);
  let read = 0;
  let good = true;
  while (read < sent) {
    const bytes = server().receive(buffer + 2000, 1000);
    if (bytes <= 0) break;
    for (let i = 0; i < bytes; i++) {
      if (load<u8>(buffer + 2000 + i) != load<u8>(buffer + ((read + i) % 10))) good = false;
    }
    read += bytes;
    out.flush();
  }
  check(read == sent && good && out.pending() == 0, "and follows when there is room, each byte once");
  client().setBlocking(true);
  check(out.text("last") && client().finish() && !out.flush() && lastError() == EPIPE, "after the end: EPIPE");
  drop(clientFd);
  drop(serverFd);
}

function waiting(listener: TcpListener): void {
  equal(set.wait(0), 0, "an empty set");
  check(set.add(listener.fd(), READABLE) && set.add(serverFd, READABLE), "add");
  check(set.add(serverFd, WRITABLE) && set.size() == 2, "again: other events");
  equal(set.wait(100), 1, "wait");
  equal(set.next(), serverFd, "next");
  equal(set.events(), WRITABLE, "events");
  equal(set.next(), -1, "no more");
  set.add(serverFd, READABLE);
  equal(set.wait(10), 0, "the time is over");
  const second = TcpSocket.connectTo(end, 1000);
  check(second !== null, "connectTo");
  client().setNoDelay(true);
  client().sendText("x");
  // Each may come first.
  let ready = set.wait(1000);
  for (let tries = 0; ready == 1 && tries < 1000; tries++) ready = set.wait(1000);
  equal(ready, 2, "both have something");
  let seen = 0;
  for (let fd = set.next(); fd >= 0; fd = set.next()) {
    seen++;
    if (fd == listener.fd()) {
      check(set.remove(fd), "remove between two next");
      const taken = listener.acceptFrom(other);
      if (taken) drop(taken.fd());
    }
  }
  equal(seen, 2, "and none is passed over");
  check(!set.remove(listener.fd()) && lastError() == EBADF, "remove what is not there: EBADF");
  if (second) drop(second.fd());
  drop(clientFd);
  equal(set.wait(1000), 1, "the peer is gone");
  check(set.next() == serverFd && (set.events() & BROKEN) != 0, "BROKEN");
  for (let fd = 100; set.size() < 16; fd++) set.add(fd, READABLE);
  check(!set.add(200, READABLE) && lastError() == ENOSPC, "a full set: ENOSPC");
  drop(serverFd);
}

function start(): void {
  const listener = TcpListener.open(7003, 4, htonl(LOOPBACK));
  check(listener !== null, "a listener");
  if (!listener) return;
  opening(listener);
  moving();
  reading(listener);
  waiting(listener);
  writing(listener);
  check(listener.setBlocking(false) && listener.accept() === null && lastError() == EAGAIN, "nobody waits: EAGAIN");
  check(listener.localEnd(end) && end.port() == 7003, "localEnd");
  listener.close();
  const stream = TcpListener.of(serverFd);
  check(stream !== null && stream.accept() === null && lastError() == EBADF, "accept on what is closed: EBADF");
  check(TcpSocket.of(-1) === null, "no descriptor, no object");
  check(EINVAL == 22 && ENOTCONN == 128, "errors have Zephyr's numbers");
}

start();
done();
