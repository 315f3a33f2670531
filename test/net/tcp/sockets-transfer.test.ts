/** Stream sockets: sending and receiving, flags, waiting and its limits, and the order of errors (POSIX; Linux where that leaves it open). */
import assert from "node:assert/strict";
import { pattern } from "../../harness/bytes.js";
import { script } from "../../harness/script.js";
import {
  MSG_DONTWAIT,
  MSG_MORE,
  MSG_NOSIGNAL,
  MSG_OOB,
  MSG_PEEK,
  MSG_TRUNC,
  MSG_WAITALL,
  POLLIN,
  POLLOUT,
  POLLPRI,
} from "../../harness/socket-calls.js";
import type { Stack } from "../../harness/stack.js";
import { tcp } from "../../harness/tcp-conversation.js";
import { connected, events, LOOPBACK } from "./sockets-pair.js";

const ONCE = { variants: false };
const ALL = POLLIN | POLLOUT | POLLPRI;

function text(data: Uint8Array): string {
  return Buffer.from(data).toString();
}

/** What a receiving call answers without waiting. */
function peekError(stack: Stack, fd: number, flags = 0): string {
  return stack.errno(() => stack.recvWith(fd, { flags: flags | MSG_DONTWAIT }));
}

script("recv waits for data, and gives what is there", {}, (stack) => {
  const t = tcp(stack);
  t.establish();
  const call = stack.begin.recv(t.fd, 100);
  stack.advance(1000);
  assert.equal(call.done, false);
  t.in("P. 1:11(10) ack 1");
  assert.equal(call.value().length, 10);
  stack.takeSent();
  t.in("R 11:11(0)");
});

script("reading in pieces, with vectors, peeking and dropping", ONCE, (stack) => {
  const { client, server } = connected(stack);
  stack.send(client, pattern(300));
  stack.advance(1);
  assert.deepEqual(stack.recvWith(server, { length: 10, flags: MSG_PEEK }), pattern(10));
  assert.deepEqual(stack.recv(server, 10), pattern(10), "peeking has taken nothing");
  const dropped = stack.recvFrom(server, { length: 20, flags: MSG_TRUNC });
  assert.equal(dropped.length, 20);
  assert.ok(
    dropped.data.every((byte) => byte === 0),
    "MSG_TRUNC copies nothing",
  );
  assert.deepEqual(stack.recv(server, 10), pattern(10, 31));
  // Three buffers in one call: fd_read.
  for (const [index, length] of [7, 0, 33].entries()) {
    stack.memory.store32(64 + index * 8, 256 + index * 64);
    stack.memory.store32(68 + index * 8, length);
  }
  assert.equal(stack.sys("fd_read", server, 64, 3, 96), 0);
  assert.equal(stack.memory.load32(96), 40);
  assert.deepEqual(stack.memory.bytes.slice(256, 263), pattern(7, 41));
  assert.deepEqual(stack.memory.bytes.slice(384, 417), pattern(33, 48));
  assert.deepEqual(stack.recv(server, 2048), pattern(220, 81));
  assert.equal(peekError(stack, server), "EAGAIN");
});

script("recvfrom on a stream names the peer, sendto ignores the address", ONCE, (stack) => {
  const { client, server } = connected(stack);
  assert.equal(stack.sendTo(client, "8.8.8.8", 9, "hello"), 5);
  const { from, port, data } = stack.recvFrom(server);
  assert.deepEqual({ ip: from, port }, stack.localAddress(client));
  assert.equal(text(data), "hello");
});

script("empty sends and receives move nothing and wait for nothing", ONCE, (stack) => {
  const { client, server } = connected(stack);
  assert.equal(stack.send(client, ""), 0);
  assert.equal(stack.recv(server, 0).length, 0);
  stack.send(client, "x");
  stack.advance(1);
  assert.equal(stack.recv(server, 0).length, 0);
  assert.equal(text(stack.recv(server)), "x");
});

script("MSG_WAITALL waits until the buffer is full, or the stream ends", {}, (stack) => {
  const t = tcp(stack);
  t.establish();
  const call = stack.begin.recvWith(t.fd, { length: 30, flags: MSG_WAITALL });
  t.in("P. 1:11(10) ack 1");
  stack.advance(200);
  t.in("P. 11:21(10) ack 1");
  stack.advance(200);
  assert.equal(call.done, false);
  t.in("P. 21:41(20) ack 1");
  assert.equal(call.value().length, 30);
  const rest = stack.begin.recvWith(t.fd, { length: 30, flags: MSG_WAITALL });
  assert.equal(rest.done, false);
  t.in("F. 41:41(0) ack 1");
  assert.equal(rest.value().length, 10);
  assert.equal(stack.recv(t.fd).length, 0);
  t.abort();
  stack.takeSent();
});

script("MSG_WAITALL for more than the receive buffer holds takes it in parts", {}, (stack) => {
  const t = tcp(stack);
  t.establish();
  const total = stack.getSocketOption(t.fd, "SO_RCVBUF") + 3000;
  const call = stack.begin.recvWith(t.fd, { length: total, flags: MSG_WAITALL });
  for (let sent = 0; sent < total; sent += 1000) {
    assert.equal(call.done, false);
    t.data(1000);
    stack.takeSent();
  }
  assert.equal(call.value().length, total);
  t.in("R *(0)");
});

script("MSG_PEEK with MSG_WAITALL waits, and takes nothing", {}, (stack) => {
  const t = tcp(stack);
  t.establish();
  const call = stack.begin.recvWith(t.fd, { length: 20, flags: MSG_WAITALL | MSG_PEEK });
  t.data(10);
  assert.equal(call.done, false);
  t.data(10);
  assert.equal(call.value().length, 20);
  const more = stack.begin.recvWith(t.fd, { length: 30, flags: MSG_WAITALL | MSG_PEEK });
  assert.equal(more.done, false);
  t.in("F. 21:21(0) ack 1");
  assert.equal(more.value().length, 20, "no more will come");
  assert.equal(stack.recv(t.fd).length, 20);
  t.abort();
  stack.takeSent();
});

script("SO_RCVTIMEO: EAGAIN without data, what there is with some", {}, (stack) => {
  const t = tcp(stack);
  t.establish();
  stack.receiveTimeout(t.fd, 500_000);
  const call = stack.begin.recv(t.fd);
  stack.advance(499);
  assert.equal(call.done, false);
  stack.advance(10);
  assert.equal(call.errno, "EAGAIN");
  const all = stack.begin.recvWith(t.fd, { length: 30, flags: MSG_WAITALL });
  stack.advance(300);
  t.in("P. 1:11(10) ack 1");
  stack.advance(199);
  assert.equal(all.done, false, "one time for the whole call");
  stack.advance(10);
  assert.equal(all.value().length, 10);
  stack.takeSent();
  t.in("R 11:11(0)");
});

script("SO_RCVLOWAT: recv and poll wait for so many bytes, or the end", {}, (stack) => {
  const t = tcp(stack);
  t.establish();
  stack.setSocketOption(t.fd, "SO_RCVLOWAT", 20);
  const call = stack.begin.recv(t.fd, 100);
  t.in("P. 1:11(10) ack 1");
  stack.advance(200);
  assert.equal(call.done, false);
  t.in("P. 11:26(15) ack 1");
  assert.equal(call.value().length, 25);
  const small = stack.begin.recv(t.fd, 5);
  t.in("P. 26:31(5) ack 1");
  assert.equal(small.value().length, 5, "a smaller buffer is enough when it is full");
  t.in("P. 31:41(10) ack 1");
  assert.equal(events(stack, t.fd, POLLIN), 0);
  assert.equal(stack.recvWith(t.fd, { length: 4, flags: MSG_DONTWAIT }).length, 4);
  t.in("F. 41:41(0) ack 1");
  assert.equal(events(stack, t.fd, POLLIN), POLLIN);
  assert.equal(stack.recv(t.fd).length, 6);
  t.abort();
  stack.takeSent();
});

script("send waits for room; without waiting it takes a part, then answers EAGAIN", {}, (stack) => {
  const t = tcp(stack);
  t.establish({ window: 0 });
  stack.nonBlocking(t.fd);
  const taken = stack.send(t.fd, pattern(10_000));
  assert.equal(taken, stack.getSocketOption(t.fd, "SO_SNDBUF"));
  assert.equal(
    stack.errno(() => stack.send(t.fd, "more")),
    "EAGAIN",
  );
  assert.equal(events(stack, t.fd, ALL), 0);
  stack.nonBlocking(t.fd, false);
  const call = stack.begin.send(t.fd, pattern(4000));
  assert.equal(call.done, false);
  t.in(". 1:1(0) ack 1 win 65535");
  stack.advance(1);
  t.ack();
  stack.advance(1);
  t.ack();
  stack.advance(1);
  assert.equal(call.value(), 4000);
  stack.takeSent();
  t.in("R 1:1(0)");
});

script("SO_SNDTIMEO: what was taken, or EAGAIN", { late: true }, (stack) => {
  const t = tcp(stack);
  t.establish({ window: 0 });
  stack.sys("sock_set_send_timeout", t.fd, 200_000n);
  const room = stack.getSocketOption(t.fd, "SO_SNDBUF");
  const call = stack.begin.send(t.fd, pattern(room + 1));
  stack.advance(190);
  assert.equal(call.done, false);
  stack.advance(20);
  assert.equal(call.value(), room);
  const second = stack.begin.send(t.fd, "x");
  stack.advance(190);
  assert.equal(second.done, false);
  stack.advance(20);
  assert.equal(second.errno, "EAGAIN");
  stack.takeSent();
  t.in("R 1:1(0)");
});

script("poll says that there is room when the peer has made some", {}, (stack) => {
  const t = tcp(stack);
  t.establish();
  stack.nonBlocking(t.fd);
  stack.send(t.fd, pattern(10_000));
  const poll = stack.begin.poll([{ fd: t.fd, events: POLLOUT }], -1);
  assert.equal(poll.done, false);
  stack.advance(1);
  t.ack();
  assert.deepEqual(poll.value(), [POLLOUT]);
  stack.takeSent();
  t.in("R 1:1(0)");
});

script("all send buffers taken: send waits until one is free", { settings: { NET_TCP_SEND_BUFFERS: 1 } }, (stack) => {
  const t = tcp(stack);
  t.establish();
  const u = tcp(stack, { port: 8081, peerPort: 40_001 });
  u.establish();
  t.send(100);
  t.out("P. 1:101(100) ack 1");
  assert.equal(
    stack.errno(() => stack.sendWith(u.fd, "x", MSG_DONTWAIT)),
    "EAGAIN",
  );
  assert.equal(events(stack, u.fd, POLLOUT), 0);
  const call = stack.begin.send(u.fd, pattern(50));
  stack.advance(20);
  assert.equal(call.done, false);
  t.ack();
  stack.advance(20);
  assert.equal(call.value(), 50);
  stack.takeSent();
  for (const each of [t, u]) each.in("R 1:1(0)");
});

script("a reset: what had come is read first, then ECONNRESET once, then the end and EPIPE", {}, (stack) => {
  const t = tcp(stack);
  t.establish();
  t.in("P. 1:11(10) ack 1");
  t.in("R 11:11(0)");
  stack.takeSent();
  assert.equal(stack.recv(t.fd).length, 10);
  assert.equal(
    stack.errno(() => stack.recv(t.fd)),
    "ECONNRESET",
  );
  assert.equal(stack.recv(t.fd).length, 0);
  assert.equal(
    stack.errno(() => stack.send(t.fd, "x")),
    "EPIPE",
  );
});

script("a reset while sending: ECONNRESET once, then EPIPE", {}, (stack) => {
  const t = tcp(stack);
  t.establish();
  t.in("R 1:1(0)");
  assert.equal(
    stack.errno(() => stack.sendWith(t.fd, "x", MSG_NOSIGNAL)),
    "ECONNRESET",
  );
  assert.equal(
    stack.errno(() => stack.sendWith(t.fd, "x", MSG_NOSIGNAL)),
    "EPIPE",
  );
});

script("a reset wakes a send that has moved a part: the part first, the error with the next call", {}, (stack) => {
  const t = tcp(stack);
  t.establish({ window: 0 });
  const room = stack.getSocketOption(t.fd, "SO_SNDBUF");
  const call = stack.begin.send(t.fd, pattern(room + 1));
  t.in("R 1:1(0)");
  assert.equal(call.value(), room);
  assert.equal(
    stack.errno(() => stack.send(t.fd, "x")),
    "ECONNRESET",
  );
});

script("flags that are not known are refused, MSG_OOB and MSG_MORE on datagrams too", ONCE, (stack) => {
  const { client } = connected(stack);
  assert.equal(peekError(stack, client, 0x8), "ENOTSUP");
  assert.equal(
    stack.errno(() => stack.sendWith(client, "x", MSG_PEEK)),
    "ENOTSUP",
  );
  const udp = stack.openUdp();
  stack.bind(udp, 0);
  assert.equal(peekError(stack, udp, MSG_OOB), "ENOTSUP");
  stack.connect(udp, LOOPBACK, 9);
  assert.equal(
    stack.errno(() => stack.sendWith(udp, "x", MSG_OOB)),
    "ENOTSUP",
  );
  assert.equal(
    stack.errno(() => stack.sendWith(udp, "x", MSG_MORE)),
    "ENOTSUP",
  );
});

script("MSG_MORE holds a small segment back until the next send", {}, (stack) => {
  const t = tcp(stack);
  t.establish();
  stack.sendWith(t.fd, "head", MSG_MORE);
  t.quiet(50);
  stack.send(t.fd, "body");
  t.noteWritten(Uint8Array.from(Buffer.from("headbody")));
  t.out("P. 1:9(8) ack 1");
  t.ack();
  t.in("R 1:1(0)");
});

script("urgent data: select and poll tell of it, MSG_OOB reads it once, recv stops at the mark", {}, (stack) => {
  const t = tcp(stack);
  t.establish();
  assert.equal(
    stack.errno(() => stack.recvWith(t.fd, { flags: MSG_OOB })),
    "EINVAL",
    "there is none",
  );
  const select = stack.begin.select([], [], -1, [t.fd]);
  assert.equal(select.done, false);
  t.in("PU. 1:11(10) ack 1 urg 6");
  assert.deepEqual(select.value(), { read: [], write: [], except: [t.fd] });
  assert.equal(events(stack, t.fd, ALL), ALL);
  const byte = stack.recvWith(t.fd, { flags: MSG_OOB | MSG_PEEK });
  assert.equal(byte.length, 1);
  assert.deepEqual(stack.recvWith(t.fd, { flags: MSG_OOB }), byte);
  assert.equal(
    stack.errno(() => stack.recvWith(t.fd, { flags: MSG_OOB })),
    "EINVAL",
    "it has been read",
  );
  assert.equal(events(stack, t.fd, ALL), POLLIN | POLLOUT);
  const before = stack.recv(t.fd);
  assert.equal(before.length, 5, "up to the mark");
  assert.equal(stack.getSocketOption(t.fd, "TCP_ATMARK"), 1);
  const peeked = stack.recvWith(t.fd, { flags: MSG_PEEK });
  const after = stack.recv(t.fd);
  assert.equal(after.length, 4, "behind it, without the byte itself");
  assert.deepEqual(peeked, after);
  assert.equal(stack.getSocketOption(t.fd, "TCP_ATMARK"), 0);
  stack.takeSent();
  t.in("R 11:11(0)");
});

script("urgent data announced and not yet there: POLLPRI, EAGAIN; in line it is not read apart", {}, (stack) => {
  const t = tcp(stack);
  t.establish();
  t.in("U. 1:3(2) ack 1 urg 5");
  assert.equal(events(stack, t.fd, POLLPRI), POLLPRI);
  assert.equal(
    stack.errno(() => stack.recvWith(t.fd, { flags: MSG_OOB })),
    "EAGAIN",
  );
  t.in("P. 3:11(8) ack 1");
  assert.equal(stack.recvWith(t.fd, { flags: MSG_OOB }).length, 1);
  stack.setSocketOption(t.fd, "SO_OOBINLINE", 1);
  assert.equal(
    stack.errno(() => stack.recvWith(t.fd, { flags: MSG_OOB })),
    "EINVAL",
  );
  assert.equal(stack.recv(t.fd).length, 4);
  assert.equal(stack.getSocketOption(t.fd, "TCP_ATMARK"), 1);
  assert.equal(stack.recv(t.fd).length, 6, "with the urgent byte");
  stack.takeSent();
  t.in("R 11:11(0)");
});

script("an urgent byte that is the last before the end is not part of the stream", {}, (stack) => {
  const t = tcp(stack);
  t.establish();
  t.in("PU. 1:4(3) ack 1 urg 3");
  t.in("F. 4:4(0) ack 1");
  assert.equal(stack.recv(t.fd).length, 2);
  assert.equal(stack.getSocketOption(t.fd, "TCP_ATMARK"), 1);
  assert.equal(stack.recvWith(t.fd, { flags: MSG_OOB }).length, 1);
  assert.equal(stack.recv(t.fd).length, 0);
  t.abort();
  stack.takeSent();
});

script("send with MSG_OOB marks its last byte", { rfc: "6093 §3.1" }, (stack) => {
  const { client, server } = connected(stack);
  stack.sendWith(client, "abc", MSG_OOB);
  stack.send(client, "def");
  stack.advance(10);
  assert.equal(text(stack.recvWith(server, { flags: MSG_OOB })), "c");
  assert.equal(text(stack.recv(server)), "ab");
  assert.equal(text(stack.recv(server)), "def");
});
