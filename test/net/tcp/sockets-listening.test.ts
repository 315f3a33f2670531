/** Stream sockets: listen, accept, and which ports can be bound beside which (POSIX; Linux where that leaves it open). */
import assert from "node:assert/strict";
import { script } from "../../harness/script.js";
import { MSG_DONTWAIT, POLLIN, POLLOUT, SOCK_NONBLOCK } from "../../harness/socket-calls.js";
import type { Stack } from "../../harness/stack.js";
import { tcp } from "../../harness/tcp-conversation.js";
import { asSecondTask, connected, events, LOOPBACK, listening, TWO_TASKS } from "./sockets-pair.js";

const ALL = POLLIN | POLLOUT;
const WASI_NONBLOCK = 4;
const ONCE = { variants: false };
const MANY = { variants: false, settings: { NET_MAX_CONTEXTS: 12, ZVFS_OPEN_MAX: 16 } };

/** What bind answers on a fresh socket with these options. */
function binds(stack: Stack, port: number, ip: string, ...options: readonly string[]): { fd: number; errno: string } {
  const fd = stack.openTcp();
  for (const name of options) stack.setSocketOption(fd, name, 1);
  return { fd, errno: stack.errno(() => stack.bind(fd, port, ip)) };
}

script("a listener without bind gets a port; listen again changes the backlog alone", ONCE, (stack) => {
  const fd = stack.openTcp();
  stack.listen(fd, 3);
  const { port } = stack.localAddress(fd);
  assert.ok(port >= 49_152);
  stack.listen(fd, 5);
  assert.equal(stack.localAddress(fd).port, port);
  const client = stack.openTcp();
  stack.connect(client, LOOPBACK, port);
  assert.equal(stack.localAddress(stack.accept(fd)).port, port);
});

script("what does not listen cannot accept, and datagram sockets neither listen nor accept", ONCE, (stack) => {
  const { client } = connected(stack);
  assert.equal(
    stack.errno(() => stack.accept(client)),
    "EINVAL",
  );
  const udp = stack.openUdp();
  assert.equal(
    stack.errno(() => stack.listen(udp)),
    "ENOTSUP",
  );
  assert.equal(
    stack.errno(() => stack.accept(udp)),
    "ENOTSUP",
  );
  assert.equal(
    stack.errno(() => stack.accept(1)),
    "ENOTSOCK",
  );
  assert.equal(
    stack.errno(() => stack.accept(7)),
    "EBADF",
  );
});

script("a listener is neither sent to nor read nor named as a peer", ONCE, (stack) => {
  const fd = listening(stack);
  assert.equal(
    stack.errno(() => stack.send(fd, "x")),
    "ENOTCONN",
  );
  assert.equal(
    stack.errno(() => stack.recv(fd)),
    "ENOTCONN",
  );
  assert.equal(
    stack.errno(() => stack.peerAddress(fd)),
    "ENOTCONN",
  );
  assert.equal(
    stack.errno(() => stack.shutdown(fd, "wr")),
    "ENOTCONN",
  );
  assert.equal(events(stack, fd, ALL), 0);
});

script("accept waits; without waiting it answers EAGAIN, and so it does after SO_RCVTIMEO", {}, (stack) => {
  const fd = listening(stack);
  stack.receiveTimeout(fd, 250_000);
  const call = stack.begin.accept(fd);
  stack.advance(249);
  assert.equal(call.done, false);
  stack.advance(10);
  assert.equal(call.errno, "EAGAIN");
  stack.nonBlocking(fd);
  assert.equal(
    stack.errno(() => stack.accept(fd)),
    "EAGAIN",
  );
  const client = stack.openTcp();
  stack.connect(client, LOOPBACK, 8080);
  assert.equal(events(stack, fd, ALL), POLLIN, "a connection that waits makes the listener readable");
  const server = stack.accept(fd);
  assert.equal(events(stack, fd, ALL), 0);
  // As on Linux O_NONBLOCK is the listener's alone.
  stack.receiveTimeout(server, 1000);
  const recv = stack.begin.recv(server);
  assert.equal(recv.done, false);
  stack.advance(10);
  assert.equal(recv.errno, "EAGAIN");
});

script("sock_accept and accept4 take NONBLOCK, and refuse other flags", ONCE, (stack) => {
  const fd = listening(stack);
  for (const name of ["sock_accept", "accept"]) {
    const client = stack.openTcp();
    stack.connect(client, LOOPBACK, 8080);
    const server =
      name === "sock_accept"
        ? stack.accept(fd, WASI_NONBLOCK)
        : (() => {
            assert.equal(stack.sys("accept", fd, SOCK_NONBLOCK, 64, 80, 84), 0);
            return stack.memory.load32(84);
          })();
    assert.equal(
      stack.errno(() => stack.recv(server)),
      "EAGAIN",
    );
    stack.close(client);
    stack.close(server);
  }
  assert.equal(stack.sys("accept", fd, 1, 0, 0, 84), 28, "EINVAL");
  assert.equal(stack.sys("sock_accept", fd, 1, 84), 28, "EINVAL");
});

script("accept4 gives the peer's address, cut to the room there is, or none", ONCE, (stack) => {
  const fd = listening(stack);
  for (const room of [0, 2, 4, 8, 24]) {
    const client = stack.openTcp();
    stack.connect(client, LOOPBACK, 8080);
    const { port } = stack.localAddress(client);
    stack.memory.bytes.fill(0xa5, 64, 96);
    stack.memory.store32(96, room);
    assert.equal(stack.sys("accept", fd, 0, 64, 96, 100), 0);
    assert.equal(stack.memory.load32(96), 8, "how long it is");
    const whole = Uint8Array.of(1, 0, port >> 8, port & 0xff, 127, 0, 0, 1);
    const written = Math.min(room, 8);
    assert.deepEqual(stack.memory.bytes.slice(64, 64 + written), whole.slice(0, written));
    assert.ok(stack.memory.bytes.slice(64 + written, 96).every((byte) => byte === 0xa5));
    stack.close(client);
    stack.close(stack.memory.load32(100));
  }
  assert.equal(stack.sys("accept", fd, 0, 64, 0x7fffffff, 100), 21, "EFAULT");
});

script(
  "without a free descriptor accept answers EMFILE, and the connection stays",
  { variants: false, settings: { NET_MAX_CONTEXTS: 8, ZVFS_OPEN_MAX: 5 } },
  (stack) => {
    const fd = listening(stack);
    const client = stack.openTcp();
    stack.connect(client, LOOPBACK, 8080);
    assert.equal(
      stack.errno(() => stack.accept(fd)),
      "EMFILE",
    );
    stack.send(client, "patience");
    stack.close(client);
    assert.equal(Buffer.from(stack.recv(stack.accept(fd))).toString(), "patience");
  },
);

script("a listener shut for reading stops: accept wakes with EINVAL, the port is refused", TWO_TASKS, (stack) => {
  const fd = listening(stack);
  const call = stack.begin.accept(fd);
  asSecondTask(stack, () => stack.shutdown(fd, "rd"));
  assert.equal(call.errno, "EINVAL");
  const client = stack.openTcp();
  assert.equal(
    stack.errno(() => stack.connect(client, LOOPBACK, 8080)),
    "ECONNREFUSED",
  );
  stack.listen(fd, 2);
  stack.connect(client, LOOPBACK, 8080);
});

script("closing a listener: accept wakes with EBADF, whoever waits in the queue is reset", TWO_TASKS, (stack) => {
  const fd = listening(stack);
  const client = stack.openTcp();
  stack.connect(client, LOOPBACK, 8080);
  stack.close(fd);
  assert.equal(
    stack.errno(() => stack.recv(client)),
    "ECONNRESET",
  );
  const second = listening(stack, 8081);
  const call = stack.begin.accept(second);
  asSecondTask(stack, () => stack.close(second));
  assert.equal(call.errno, "EBADF");
  const poll = stack.begin.poll([{ fd: client, events: 0 }], 100);
  stack.advance(200);
  assert.equal(poll.done, true, "the task can go on");
});

script("select wakes when a connection has been made, not with its SYN", {}, (stack) => {
  const t = tcp(stack);
  t.listen();
  const select = stack.begin.select([t.listener], [], -1);
  t.in("S 0:0(0)");
  t.out("S. 0:0(0) ack 1");
  stack.advance(5);
  assert.equal(select.done, false);
  t.in(". 1:1(0) ack 1");
  assert.deepEqual(select.value(), { read: [t.listener], write: [] });
  t.accept();
  t.in("R 1:1(0)");
});

script("bind: addresses that are not ours, and twice", ONCE, (stack) => {
  const fd = stack.openTcp();
  for (const ip of ["8.8.8.8", "255.255.255.255", "224.0.0.1"]) {
    assert.equal(
      stack.errno(() => stack.bind(fd, 80, ip)),
      "EADDRNOTAVAIL",
      ip,
    );
  }
  stack.bind(fd, 80);
  assert.equal(
    stack.errno(() => stack.bind(fd, 81)),
    "EINVAL",
  );
});

script("bind: a port is taken on overlapping addresses, by a socket that listens or not", MANY, (stack) => {
  const first = binds(stack, 80, "0.0.0.0");
  assert.equal(first.errno, "SUCCESS");
  assert.equal(binds(stack, 80, "0.0.0.0").errno, "EADDRINUSE");
  assert.equal(binds(stack, 80, LOOPBACK).errno, "EADDRINUSE");
  assert.equal(binds(stack, 80, LOOPBACK, "SO_REUSEADDR").errno, "EADDRINUSE", "both need it");
  stack.close(first.fd);
  const one = binds(stack, 80, LOOPBACK);
  assert.equal(one.errno, "SUCCESS", "a closed socket's port is free at once");
  assert.equal(binds(stack, 80, stack.ip).errno, "SUCCESS", "another address");
  const udp = stack.openUdp();
  stack.bind(udp, 80, LOOPBACK);
});

script("bind: SO_REUSEADDR shares a port that nobody listens on", MANY, (stack) => {
  const first = binds(stack, 80, LOOPBACK, "SO_REUSEADDR");
  const second = binds(stack, 80, LOOPBACK, "SO_REUSEADDR");
  assert.deepEqual([first.errno, second.errno], ["SUCCESS", "SUCCESS"]);
  stack.listen(first.fd);
  assert.equal(
    stack.errno(() => stack.listen(second.fd)),
    "EADDRINUSE",
    "only one listens",
  );
  assert.equal(binds(stack, 80, LOOPBACK, "SO_REUSEADDR").errno, "EADDRINUSE", "a listener is in the way");
});

script("bind: with SO_REUSEPORT on all several sockets listen", MANY, (stack) => {
  const first = binds(stack, 80, LOOPBACK, "SO_REUSEPORT");
  const second = binds(stack, 80, LOOPBACK, "SO_REUSEPORT");
  stack.listen(first.fd);
  stack.listen(second.fd);
  assert.equal(binds(stack, 80, LOOPBACK).errno, "EADDRINUSE");
  const client = stack.openTcp();
  stack.connect(client, LOOPBACK, 80);
  const { read } = stack.select([first.fd, second.fd], [], 0);
  assert.equal(read.length, 1, "one of them has the connection");
});

script("bind: a connection of a closed listener holds the port, unless both have SO_REUSEADDR", MANY, (stack) => {
  for (const [index, options] of [[], ["SO_REUSEADDR"]].entries()) {
    const port = 8080 + index;
    const first = binds(stack, port, LOOPBACK, ...options);
    stack.listen(first.fd);
    const client = stack.openTcp();
    stack.connect(client, LOOPBACK, port);
    const server = stack.accept(first.fd);
    stack.close(first.fd);
    const again = binds(stack, port, LOOPBACK, "SO_REUSEADDR");
    assert.equal(again.errno, options.length > 0 ? "SUCCESS" : "EADDRINUSE");
    stack.close(again.fd);
    stack.linger(server, 0);
    stack.close(server);
    stack.close(client);
    stack.advance(10);
    const last = binds(stack, port, LOOPBACK);
    assert.equal(last.errno, "SUCCESS", "after the reset the port is free");
    stack.close(last.fd);
  }
});

script("bind: a connection in TIME-WAIT holds the port for a socket without SO_REUSEADDR", MANY, (stack) => {
  const { listener, client, server } = connected(stack);
  stack.close(listener);
  stack.close(server);
  stack.advance(1);
  stack.close(client);
  stack.advance(10);
  assert.equal(binds(stack, 8080, LOOPBACK).errno, "EADDRINUSE");
  const again = binds(stack, 8080, LOOPBACK, "SO_REUSEADDR");
  assert.equal(again.errno, "SUCCESS");
  stack.close(again.fd);
  stack.advance(61_000);
  assert.equal(binds(stack, 8080, LOOPBACK).errno, "SUCCESS", "after 2 MSL");
});

script("connections inherit options of their listener", ONCE, (stack) => {
  const fd = listening(stack);
  stack.setSocketOption(fd, "TCP_NODELAY", 1);
  stack.setSocketOption(fd, "SO_KEEPALIVE", 1);
  stack.setSocketOption(fd, "TCP_KEEPIDLE", 77);
  stack.setSocketOption(fd, "SO_RCVBUF", 2000);
  stack.setSocketOption(fd, "SO_SNDBUF", 3000);
  stack.setSocketOption(fd, "SO_RCVLOWAT", 5);
  const client = stack.openTcp();
  stack.connect(client, LOOPBACK, 8080);
  const server = stack.accept(fd);
  for (const [name, value] of Object.entries({
    TCP_NODELAY: 1,
    SO_KEEPALIVE: 1,
    TCP_KEEPIDLE: 77,
    SO_RCVBUF: 2000,
    SO_SNDBUF: 3000,
    SO_RCVLOWAT: 5,
    SO_ACCEPTCONN: 0,
  })) {
    assert.equal(stack.getSocketOption(server, name), value, name);
  }
  assert.equal(stack.getSocketOption(fd, "SO_ACCEPTCONN"), 1);
});

script("connections inherit SO_RCVTIMEO and SO_SNDTIMEO of their listener, as on Linux", ONCE, (stack) => {
  const fd = listening(stack);
  stack.receiveTimeout(fd, 250_000);
  assert.equal(stack.sys("sock_set_send_timeout", fd, 120_000n), 0);
  const client = stack.openTcp();
  stack.connect(client, LOOPBACK, 8080);
  const server = stack.accept(fd);
  const recv = stack.begin.recv(server);
  stack.advance(249);
  assert.equal(recv.done, false);
  stack.advance(10);
  assert.equal(recv.errno, "EAGAIN");
  // Nobody reads: both buffers fill up.
  stack.nonBlocking(server);
  // What is still under way makes room once more when it arrives.
  for (const bytes of [1000, 1, 1, 1]) {
    for (let left = 1000; left > 0 && stack.errno(() => stack.send(server, Buffer.alloc(bytes))) === "SUCCESS"; left--);
    stack.advance(300);
  }
  stack.nonBlocking(server, false);
  const send = stack.begin.send(server, Buffer.alloc(1000));
  stack.advance(119);
  assert.equal(send.done, false);
  stack.advance(10);
  assert.equal(send.errno, "EAGAIN");
});

script("data and the end can wait in the accept queue", ONCE, (stack) => {
  const fd = listening(stack);
  const client = stack.openTcp();
  stack.connect(client, LOOPBACK, 8080);
  stack.send(client, "early");
  stack.close(client);
  stack.advance(10);
  const server = stack.accept(fd);
  assert.equal(Buffer.from(stack.recv(server)).toString(), "early");
  assert.equal(stack.recvWith(server, { flags: MSG_DONTWAIT }).length, 0, "the end");
});
