/** Stream sockets: shutdown, close, SO_LINGER, and what poll says of each stage (POSIX; Linux where that leaves it open). */
import assert from "node:assert/strict";
import { script } from "../../harness/script.js";
import { MSG_DONTWAIT, POLLERR, POLLHUP, POLLIN, POLLOUT } from "../../harness/socket-calls.js";
import { tcp } from "../../harness/tcp-conversation.js";
import { asSecondTask, connected, events, TWO_TASKS } from "./sockets-pair.js";

const ONCE = { variants: false };
const ALL = POLLIN | POLLOUT;

script("shutdown for writing: the FIN goes, EPIPE, reading goes on", {}, (stack) => {
  const t = tcp(stack);
  t.establish();
  assert.equal(events(stack, t.fd, ALL), POLLOUT);
  stack.shutdown(t.fd, "wr");
  t.out("F. 1:1(0) ack 1");
  assert.equal(
    stack.errno(() => stack.send(t.fd, "x")),
    "EPIPE",
  );
  assert.equal(events(stack, t.fd, ALL), POLLOUT, "sending would not wait, it would fail");
  stack.shutdown(t.fd, "wr");
  t.ack();
  t.in("P. 1:6(5) ack 2");
  assert.equal(stack.recv(t.fd).length, 5);
  t.in("F. 6:6(0) ack 2");
  assert.equal(stack.recv(t.fd).length, 0);
  assert.equal(events(stack, t.fd, ALL), ALL | POLLHUP);
  stack.takeSent();
  assert.equal(
    stack.errno(() => stack.shutdown(t.fd, "wr")),
    "ENOTCONN",
    "the connection is over (TIME-WAIT)",
  );
  assert.equal(
    stack.errno(() => stack.peerAddress(t.fd)),
    "ENOTCONN",
  );
  assert.equal(stack.recv(t.fd).length, 0);
  assert.equal(
    stack.errno(() => stack.send(t.fd, "x")),
    "EPIPE",
  );
});

script("the peer's FIN: POLLIN, 0 again and again, sending goes on", {}, (stack) => {
  const t = tcp(stack);
  t.establish();
  const call = stack.begin.recv(t.fd);
  t.in("F. 1:1(0) ack 1");
  assert.equal(call.value().length, 0);
  // Who was woken may close at once: the ACK waits for that, as long as for data.
  stack.expectNothing();
  t.stack.advance(100);
  t.out(". 1:1(0) ack 2");
  assert.equal(stack.recv(t.fd).length, 0);
  assert.equal(events(stack, t.fd, ALL), ALL);
  t.send(3);
  t.out("P. 1:4(3) ack 2");
  t.ack();
  stack.shutdown(t.fd, "rdwr");
  t.out("F. 4:4(0) ack 2");
  assert.equal(events(stack, t.fd, ALL), ALL | POLLHUP);
  t.ack();
});

script("unread data survives the end of the connection", {}, (stack) => {
  const t = tcp(stack);
  t.establish();
  t.in("P. 1:11(10) ack 1");
  t.in("F. 11:11(0) ack 1");
  stack.shutdown(t.fd, "wr");
  stack.takeSent();
  t.in(". 12:12(0) ack 2");
  stack.advance(200);
  assert.equal(events(stack, t.fd, ALL), ALL | POLLHUP);
  assert.equal(stack.recv(t.fd).length, 10);
  assert.equal(stack.recv(t.fd).length, 0);
});

script("shutdown for reading: what is there is read, then the end; a waiting recv wakes", TWO_TASKS, (stack) => {
  const { client, server } = connected(stack);
  stack.send(client, "before");
  stack.advance(1);
  stack.shutdown(server, "rd");
  assert.equal(Buffer.from(stack.recv(server)).toString(), "before");
  assert.equal(stack.recv(server).length, 0);
  assert.equal(events(stack, server, ALL), ALL);
  stack.send(server, "still sends");
  assert.equal(stack.recv(client).length, 11);
  const call = stack.begin.recv(client);
  assert.equal(call.done, false);
  asSecondTask(stack, () => stack.shutdown(client, "rd"));
  assert.equal(call.value().length, 0);
});

script("shutdown for writing wakes a send that waits: its part, then EPIPE", TWO_TASKS, (stack) => {
  const t = tcp(stack);
  t.establish({ window: 0 });
  const room = stack.getSocketOption(t.fd, "SO_SNDBUF");
  const call = stack.begin.send(t.fd, new Uint8Array(room + 1));
  asSecondTask(stack, () => stack.shutdown(t.fd, "wr"));
  assert.equal(call.value(), room);
  assert.equal(
    stack.errno(() => stack.send(t.fd, "x")),
    "EPIPE",
  );
  t.in("R 1:1(0)");
});

script("close wakes recv, send and select of another task with EBADF", TWO_TASKS, (stack) => {
  for (const begin of [
    (fd: number) => stack.begin.recv(fd),
    (fd: number) => stack.begin.recvWith(fd, { flags: 0 }),
    (fd: number) => stack.begin.select([fd], [], -1),
  ]) {
    const { listener, client, server } = connected(stack);
    const call = begin(client);
    assert.equal(call.done, false);
    asSecondTask(stack, () => stack.close(client));
    assert.equal(call.errno, "EBADF");
    stack.close(server);
    stack.close(listener);
    stack.advance(70_000);
  }
  const t = tcp(stack);
  t.establish({ window: 0 });
  const call = stack.begin.send(t.fd, new Uint8Array(10_000));
  asSecondTask(stack, () => stack.close(t.fd));
  assert.equal(call.errno, "EBADF");
  t.in("R 1:1(0)");
  stack.takeSent();
});

script("close with unread data resets the connection", { rfc: "2525 §2.17" }, (stack) => {
  const t = tcp(stack);
  t.establish();
  t.in("P. 1:11(10) ack 1");
  stack.close(t.fd);
  stack.takeSent();
  t.in(". 11:11(0) ack 1");
  assert.ok(t.takeSegments().every((segment) => segment.flags.includes("R")));
});

script("close without anything unread: FIN, in the background", {}, (stack) => {
  const t = tcp(stack);
  t.establish();
  t.send(5);
  t.out("P. 1:6(5) ack 1");
  const call = stack.begin.close(t.fd);
  assert.equal(call.done, true);
  t.out("F. 6:6(0) ack 1");
  t.ack();
  t.in("F. 1:1(0) ack 7");
  t.out(". 7:7(0) ack 2");
});

script("SO_LINGER with 0 seconds: close resets", {}, (stack) => {
  const t = tcp(stack);
  t.establish();
  stack.linger(t.fd, 0);
  stack.close(t.fd);
  t.out("R. 1:1(0) ack 1");
  stack.quiet(1000);
});

script("SO_LINGER: close waits until all is acknowledged", {}, (stack) => {
  const t = tcp(stack);
  t.establish();
  stack.linger(t.fd, 5);
  t.send(5);
  t.out("P. 1:6(5) ack 1");
  const call = stack.begin.close(t.fd);
  t.out("F. 6:6(0) ack 1");
  assert.equal(call.done, false);
  t.in(". 1:1(0) ack 6");
  stack.advance(100);
  assert.equal(call.done, false, "the FIN is not acknowledged");
  t.in(". 1:1(0) ack 7");
  assert.equal(call.errno, "SUCCESS");
  t.in("F. 1:1(0) ack 7");
  t.out(". 7:7(0) ack 2");
});

script("SO_LINGER: after its time close ends, and the connection goes on in the background", {}, (stack) => {
  const t = tcp(stack);
  t.establish();
  stack.linger(t.fd, 2);
  const call = stack.begin.close(t.fd);
  t.out("F. 1:1(0) ack 1");
  stack.advance(1990);
  assert.equal(call.done, false);
  stack.advance(20);
  assert.equal(call.errno, "SUCCESS");
  stack.takeSent();
  t.ack();
  t.in("F. 1:1(0) ack 2");
  t.out(". 2:2(0) ack 2");
});

script("SO_LINGER: nothing to wait for when all is acknowledged or the peer is gone", {}, (stack) => {
  const t = tcp(stack);
  t.establish();
  stack.linger(t.fd, 5);
  stack.shutdown(t.fd, "wr");
  t.out("F. 1:1(0) ack 1");
  t.ack();
  assert.equal(stack.begin.close(t.fd).errno, "SUCCESS");
  t.in("F. 1:1(0) ack 2");
  t.out(". 2:2(0) ack 2");
  const u = tcp(stack, { port: 8081, peerPort: 40_001 });
  u.establish();
  stack.linger(u.fd, 5);
  const call = stack.begin.close(u.fd);
  u.out("F. 1:1(0) ack 1");
  u.in("R 1:1(0)");
  assert.equal(call.errno, "SUCCESS");
});

script("SO_LINGER is read as it was set", ONCE, (stack) => {
  const fd = stack.openTcp();
  const read = (): number[] => {
    stack.memory.bytes.fill(0xa5, 64, 80);
    assert.equal(stack.sys("sock_get_linger", fd, 64, 68), 0);
    assert.equal(stack.memory.bytes[65], 0xa5, "one byte");
    return [stack.memory.bytes[64] as number, stack.memory.load32(68)];
  };
  assert.deepEqual(read(), [0, 0]);
  stack.linger(fd, 7);
  assert.deepEqual(read(), [1, 7]);
  stack.linger(fd, undefined);
  assert.deepEqual(read(), [0, 0]);
  const udp = stack.openUdp();
  assert.equal(
    stack.errno(() => stack.linger(udp, 1)),
    "ENOTSUP",
  );
});

script("a reset: POLLIN, POLLOUT, POLLERR and POLLHUP; SO_ERROR takes the error", {}, (stack) => {
  const t = tcp(stack);
  t.establish();
  const select = stack.begin.select([t.fd], [], -1);
  t.in("R 1:1(0)");
  assert.deepEqual(select.value().read, [t.fd]);
  assert.equal(events(stack, t.fd, ALL), ALL | POLLERR | POLLHUP);
  assert.equal(stack.getSocketOption(t.fd, "SO_ERROR"), 15, "ECONNRESET");
  assert.equal(events(stack, t.fd, ALL), ALL | POLLHUP);
  assert.equal(stack.recvWith(t.fd, { flags: MSG_DONTWAIT }).length, 0);
});
