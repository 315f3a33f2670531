/** Stream sockets: connecting, and what every call answers before, meanwhile and after a failure (POSIX; Linux where that leaves it open). */
import assert from "node:assert/strict";
import { pattern } from "../../harness/bytes.js";
import { script } from "../../harness/script.js";
import {
  MSG_DONTWAIT,
  POLLERR,
  POLLHUP,
  POLLIN,
  POLLOUT,
  SO_ERROR,
  SOCK_NONBLOCK,
  SOL_SOCKET,
} from "../../harness/socket-calls.js";
import { tcp } from "../../harness/tcp-conversation.js";
import { asSecondTask, connected, events, LOOPBACK, listening, TWO_TASKS } from "./sockets-pair.js";

const ALL = POLLIN | POLLOUT;
const REFUSED_NUMBER = 14;

script("a connection over loopback: both ends know their names, and bytes go both ways", {}, (stack) => {
  const { client, server } = connected(stack);
  const name = stack.localAddress(client);
  assert.equal(name.ip, LOOPBACK);
  assert.ok(name.port >= 49_152);
  assert.deepEqual(stack.peerAddress(client), { ip: LOOPBACK, port: 8080 });
  assert.deepEqual(stack.localAddress(server), { ip: LOOPBACK, port: 8080 });
  assert.deepEqual(stack.peerAddress(server), name);
  stack.send(client, pattern(100));
  assert.deepEqual(stack.recv(server), pattern(100));
  stack.send(server, "pong");
  assert.equal(Buffer.from(stack.recv(client)).toString(), "pong");
});

script("the address 0.0.0.0 is this machine", {}, (stack) => {
  listening(stack);
  const client = stack.openTcp();
  stack.connect(client, "0.0.0.0", 8080);
  assert.equal(stack.peerAddress(client).ip, LOOPBACK);
});

script("a fresh stream socket: ENOTCONN, POLLOUT with POLLHUP as on Linux", {}, (stack) => {
  const fd = stack.openTcp();
  assert.equal(
    stack.errno(() => stack.recv(fd)),
    "ENOTCONN",
  );
  assert.equal(
    stack.errno(() => stack.send(fd, "x")),
    "ENOTCONN",
  );
  assert.equal(
    stack.errno(() => stack.sendTo(fd, LOOPBACK, 8080, "x")),
    "ENOTCONN",
  );
  assert.equal(
    stack.errno(() => stack.peerAddress(fd)),
    "ENOTCONN",
  );
  assert.equal(
    stack.errno(() => stack.shutdown(fd, "rdwr")),
    "ENOTCONN",
  );
  assert.equal(
    stack.errno(() => stack.accept(fd)),
    "EINVAL",
  );
  assert.deepEqual(stack.localAddress(fd), { ip: "0.0.0.0", port: 0 });
  assert.equal(events(stack, fd, ALL), POLLOUT | POLLHUP);
});

script("a blocking connect to a port where nobody listens: ECONNREFUSED, and another one may follow", {}, (stack) => {
  const client = stack.openTcp();
  assert.equal(
    stack.errno(() => stack.connect(client, LOOPBACK, 8080)),
    "ECONNREFUSED",
  );
  assert.equal(stack.getOption(client, SOL_SOCKET, SO_ERROR), 0, "the error has been told");
  assert.equal(
    stack.errno(() => stack.recv(client)),
    "ENOTCONN",
  );
  assert.equal(
    stack.errno(() => stack.send(client, "x")),
    "ENOTCONN",
  );
  assert.deepEqual(stack.localAddress(client), { ip: "0.0.0.0", port: 0 }, "what connect chose is given up");
  listening(stack);
  stack.connect(client, LOOPBACK, 8080);
  assert.equal(
    stack.errno(() => stack.connect(client, LOOPBACK, 8080)),
    "EISCONN",
  );
});

script("a connect in the background: EINPROGRESS, EALREADY, POLLOUT, SO_ERROR 0, EISCONN", {}, (stack) => {
  stack.arpResolve();
  const t = tcp(stack);
  const call = t.beginConnect({ socketFlags: SOCK_NONBLOCK });
  assert.equal(call.errno, "EINPROGRESS");
  t.out("S 0:0(0)");
  assert.equal(
    stack.errno(() => stack.connect(t.fd, stack.peer.ip, t.peerPort)),
    "EALREADY",
  );
  assert.equal(events(stack, t.fd, ALL), 0, "neither readable nor writable");
  assert.equal(
    stack.errno(() => stack.peerAddress(t.fd)),
    "ENOTCONN",
  );
  assert.equal(
    stack.errno(() => stack.send(t.fd, "early")),
    "EAGAIN",
  );
  assert.equal(
    stack.errno(() => stack.recv(t.fd)),
    "EAGAIN",
  );
  const poll = stack.begin.poll([{ fd: t.fd, events: ALL }], -1);
  assert.equal(poll.done, false);
  t.in("S. 0:0(0) ack 1");
  t.out(". 1:1(0) ack 1");
  assert.deepEqual(poll.value(), [POLLOUT]);
  assert.equal(stack.getOption(t.fd, SOL_SOCKET, SO_ERROR), 0);
  assert.equal(
    stack.errno(() => stack.connect(t.fd, stack.peer.ip, t.peerPort)),
    "EISCONN",
  );
});

script("a connect in the background that is refused: everything wakes, SO_ERROR tells it once", {}, (stack) => {
  stack.arpResolve();
  const t = tcp(stack);
  t.beginConnect({ socketFlags: SOCK_NONBLOCK });
  t.out("S 0:0(0)");
  const poll = stack.begin.poll([{ fd: t.fd, events: ALL }], -1);
  t.in("R. 0:0(0) ack 1");
  assert.deepEqual(poll.value(), [POLLIN | POLLOUT | POLLERR | POLLHUP]);
  assert.deepEqual(stack.select([t.fd], [t.fd], 0), { read: [t.fd], write: [t.fd] });
  assert.equal(stack.getOption(t.fd, SOL_SOCKET, SO_ERROR), REFUSED_NUMBER);
  assert.equal(stack.getOption(t.fd, SOL_SOCKET, SO_ERROR), 0);
  assert.equal(
    stack.errno(() => stack.peerAddress(t.fd)),
    "ENOTCONN",
  );
  // As on Linux: the end of a stream that never began, and nothing can be sent.
  assert.equal(stack.recv(t.fd).length, 0);
  assert.equal(
    stack.errno(() => stack.send(t.fd, "x")),
    "EPIPE",
  );
  listening(stack, 8081);
  assert.equal(
    stack.errno(() => stack.connect(t.fd, LOOPBACK, 8081)),
    "EINPROGRESS",
  );
  stack.advance(10);
  stack.send(t.fd, "now it works");
});

script("the failure of a connect in the background is told by the next connect, once", {}, (stack) => {
  const client = stack.openTcp(SOCK_NONBLOCK);
  assert.equal(
    stack.errno(() => stack.connect(client, LOOPBACK, 8080)),
    "EINPROGRESS",
  );
  stack.advance(10);
  assert.equal(
    stack.errno(() => stack.connect(client, LOOPBACK, 8080)),
    "ECONNREFUSED",
  );
  assert.equal(
    stack.errno(() => stack.connect(client, LOOPBACK, 8080)),
    "EINPROGRESS",
  );
  stack.advance(10);
  assert.equal(
    stack.errno(() => stack.recv(client)),
    "ECONNREFUSED",
    "or by another call",
  );
});

script("SO_SNDTIMEO ends a blocking connect with EINPROGRESS, and it goes on", {}, (stack) => {
  stack.arpResolve();
  const t = tcp(stack);
  const call = t.beginConnect({
    prepare: (fd) => stack.sys("sock_set_send_timeout", fd, 300_000n),
  });
  t.out("S 0:0(0)");
  t.quiet(299);
  assert.equal(call.done, false);
  stack.advance(10);
  assert.equal(call.errno, "EINPROGRESS");
  assert.equal(
    stack.errno(() => stack.connect(t.fd, stack.peer.ip, t.peerPort)),
    "EALREADY",
  );
  t.in("S. 0:0(0) ack 1");
  t.out(". 1:1(0) ack 1");
  assert.equal(events(stack, t.fd, ALL), POLLOUT);
});

script("nobody answers the SYNs: ETIMEDOUT", { variants: false, settings: { NET_TCP_SYN_RETRY_COUNT: 2 } }, (stack) => {
  stack.arpResolve();
  const t = tcp(stack);
  const call = t.beginConnect();
  stack.advance(60_000);
  assert.equal(call.errno, "ETIMEDOUT");
  assert.equal(t.takeSegments().length, 3);
});

script("destinations that no stream can have", {}, (stack) => {
  stack.arpResolve();
  const fd = stack.openTcp();
  assert.equal(
    stack.errno(() => stack.connect(fd, LOOPBACK, 0)),
    "EADDRNOTAVAIL",
    "port 0",
  );
  for (const ip of ["255.255.255.255", "10.0.2.255", "224.0.0.1", "240.0.0.1"]) {
    assert.equal(
      stack.errno(() => stack.connect(fd, ip, 80)),
      "ENETUNREACH",
      ip,
    );
  }
  stack.quiet(2000);
});

script("a neighbour that does not answer ARP: EHOSTUNREACH, also when nobody waits", {}, (stack) => {
  const fd = stack.openTcp();
  assert.equal(
    stack.errno(() => stack.connect(fd, "10.0.2.77", 80)),
    "EHOSTUNREACH",
  );
  const background = stack.openTcp(SOCK_NONBLOCK);
  stack.advance(5000);
  stack.takeSent();
  assert.equal(
    stack.errno(() => stack.connect(background, "10.0.2.77", 80)),
    "EINPROGRESS",
  );
  stack.advance(10_000);
  stack.takeSent();
  assert.equal(events(stack, background, ALL) & POLLERR, POLLERR);
  assert.equal(
    stack.errno(() => stack.connect(background, "10.0.2.77", 80)),
    "EHOSTUNREACH",
  );
});

script("a listener cannot connect, a connection cannot listen", {}, (stack) => {
  const { listener, client, server } = connected(stack);
  assert.equal(
    stack.errno(() => stack.connect(listener, LOOPBACK, 8080)),
    "ENOTSUP",
  );
  assert.equal(
    stack.errno(() => stack.listen(client)),
    "EINVAL",
  );
  assert.equal(
    stack.errno(() => stack.listen(server)),
    "EINVAL",
  );
  assert.equal(
    stack.errno(() => stack.bind(client, 9000)),
    "EINVAL",
  );
});

script("the same connection twice: EADDRINUSE", { settings: { NET_MAX_CONTEXTS: 8 } }, (stack) => {
  listening(stack);
  const first = stack.openTcp();
  const second = stack.openTcp();
  for (const fd of [first, second]) {
    stack.setSocketOption(fd, "SO_REUSEADDR", 1);
    stack.bind(fd, 5000, LOOPBACK);
  }
  stack.connect(first, LOOPBACK, 8080);
  assert.equal(
    stack.errno(() => stack.connect(second, LOOPBACK, 8080)),
    "EADDRINUSE",
  );
  assert.deepEqual(stack.localAddress(second), { ip: LOOPBACK, port: 5000 }, "what was bound stays bound");
});

script("a bound socket connects from where it is bound", {}, (stack) => {
  const listener = listening(stack);
  const client = stack.openTcp();
  stack.bind(client, 5000, LOOPBACK);
  stack.connect(client, LOOPBACK, 8080);
  assert.deepEqual(stack.peerAddress(stack.accept(listener)), { ip: LOOPBACK, port: 5000 });
});

script("another task's shutdown ends a connect with ECONNABORTED, its close with EBADF", TWO_TASKS, (stack) => {
  stack.arpResolve();
  for (const [act, errno] of [
    [(fd: number) => stack.shutdown(fd, "rdwr"), "ECONNABORTED"],
    [(fd: number) => stack.close(fd), "EBADF"],
  ] as const) {
    const fd = stack.openTcp();
    const call = stack.begin.connect(fd, stack.peer.ip, 80);
    assert.equal(call.done, false);
    asSecondTask(stack, () => act(fd));
    stack.advance(1);
    assert.equal(call.errno, errno);
    stack.takeSent();
  }
  stack.quiet(5000);
});

script("ports that connect draws differ, and lie in the range of ephemeral ones", { rfc: "6056 §3.3.3" }, (stack) => {
  listening(stack, 8080, 100);
  const ports = new Set<number>();
  for (let i = 0; i < 40; i++) {
    const fd = stack.openTcp();
    stack.connect(fd, LOOPBACK, 8080);
    const { port } = stack.localAddress(fd);
    assert.ok(port >= 49_152 && port <= 65_535);
    ports.add(port);
    stack.linger(fd, 0);
    stack.close(fd);
    stack.advance(1);
  }
  assert.equal(ports.size, 40, "none is used again while there are others");
});

script("MSG_DONTWAIT on a blocking socket that connects", {}, (stack) => {
  stack.arpResolve();
  const t = tcp(stack);
  t.beginConnect({ socketFlags: SOCK_NONBLOCK });
  t.out("S 0:0(0)");
  stack.nonBlocking(t.fd, false);
  assert.equal(
    stack.errno(() => stack.recvWith(t.fd, { flags: MSG_DONTWAIT })),
    "EAGAIN",
  );
  assert.equal(
    stack.errno(() => stack.sendWith(t.fd, "x", MSG_DONTWAIT)),
    "EAGAIN",
  );
  const send = stack.begin.send(t.fd, "waits for the connection");
  assert.equal(send.done, false);
  t.in("S. 0:0(0) ack 1");
  t.out(". 1:1(0) ack 1");
  assert.equal(send.value(), 24);
  stack.takeSent();
});
