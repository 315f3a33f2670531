/** AF_UNIX streams: connections, bytes, flags, ends and readiness (POSIX; Linux's unix(7)). */
import assert from "node:assert/strict";
import { pattern } from "../../harness/bytes.js";
import {
  EPOLLET,
  EPOLLHUP,
  EPOLLIN,
  EPOLLOUT,
  EPOLLRDHUP,
  epollAdd,
  epollCreate,
  epollWait,
} from "../../harness/event-calls.js";
import { beginConnectLocal, connectLocal, local, localName, pair, peerName } from "../../harness/local-calls.js";
import { script } from "../../harness/script.js";
import {
  MSG_DONTWAIT,
  MSG_OOB,
  MSG_PEEK,
  MSG_TRUNC,
  MSG_WAITALL,
  POLLERR,
  POLLHUP,
  POLLIN,
  POLLOUT,
  SO_ERROR,
  SO_RCVBUF,
  SO_REUSEADDR,
  SO_TYPE,
  SOCK_NONBLOCK,
  SOCK_STREAM,
  SOL_SOCKET,
} from "../../harness/socket-calls.js";
import type { Stack } from "../../harness/stack.js";
import { asSecondTask, events } from "../tcp/sockets-pair.js";
import { LOCAL } from "./settings.js";

const OPTIONS = { ...LOCAL, variants: false };
const ALL = POLLIN | POLLOUT;
/** Bytes of one message in an empty buffer. */
const MOST = LOCAL.settings.NET_SOCKETS_UNIX_BUFFER - 8;

function listening(stack: Stack, name: string, backlog = 2): number {
  const fd = local(stack, SOCK_STREAM, name);
  stack.listen(fd, backlog);
  return fd;
}

function text(data: Uint8Array): string {
  return Buffer.from(data).toString();
}

script("a connection by path, by abstract name and by a name that the core chose", OPTIONS, (stack) => {
  for (const name of ["/run/a", "@hidden", ""]) {
    const listener = listening(stack, name);
    const known = localName(stack, listener);
    if (name === "") assert.match(known, /^@[0-9a-f]{5}$/);
    else assert.equal(known, name);
    const client = local(stack, SOCK_STREAM);
    connectLocal(stack, client, known);
    const server = stack.accept(listener);
    assert.deepEqual([peerName(stack, client), localName(stack, server)], [known, known]);
    assert.deepEqual([localName(stack, client), peerName(stack, server)], ["", ""]);
    stack.send(client, "ping");
    assert.equal(text(stack.recv(server)), "ping");
    stack.send(server, "pong");
    assert.equal(text(stack.recv(client)), "pong");
    for (const fd of [listener, client, server]) stack.close(fd);
  }
});

script("a pair is connected, and both ends block until something comes", OPTIONS, (stack) => {
  const [a, b] = pair(stack, SOCK_STREAM);
  const call = stack.begin.recv(b);
  stack.advance(1000);
  assert.equal(call.done, false);
  asSecondTask(stack, () => stack.send(a, "hello"));
  assert.equal(text(call.value()), "hello");
});

script("writes run together; reading takes any number of bytes", OPTIONS, (stack) => {
  const [a, b] = pair(stack, SOCK_STREAM);
  stack.send(a, pattern(30));
  stack.send(a, pattern(30, 31));
  assert.deepEqual(stack.recvWith(b, { length: 40, flags: MSG_PEEK }), pattern(40));
  assert.deepEqual(stack.recv(b, 7), pattern(7));
  assert.deepEqual(stack.recvWith(b, { length: 100, flags: MSG_PEEK }), pattern(53, 8));
  assert.deepEqual(stack.recv(b, 40), pattern(40, 8));
  assert.equal(stack.recvFrom(b, { length: 5, flags: MSG_TRUNC }).length, 5, "dropped");
  assert.deepEqual(stack.recv(b, 100), pattern(8, 53));
  assert.equal(
    stack.errno(() => stack.recvWith(b, { flags: MSG_DONTWAIT })),
    "EAGAIN",
  );
});

script(
  "through a small buffer: a blocked sender goes on where it was, and every byte arrives once",
  OPTIONS,
  (stack) => {
    const [a, b] = pair(stack, SOCK_STREAM);
    const call = stack.begin.send(a, pattern(2000));
    assert.equal(call.done, false);
    asSecondTask(stack, () => {
      const parts: Uint8Array[] = [];
      for (let i = 0, got = 0; got < 2000; i++) {
        const part = stack.recv(b, 1 + ((i * 37) % 190));
        parts.push(part);
        got += part.length;
      }
      assert.deepEqual(new Uint8Array(Buffer.concat(parts)), pattern(2000));
    });
    assert.equal(call.value(), 2000);
  },
);

script("MSG_WAITALL waits for all; MSG_DONTWAIT, O_NONBLOCK and SO_RCVTIMEO do not", OPTIONS, (stack) => {
  const [a, b] = pair(stack, SOCK_STREAM);
  const call = stack.begin.recvWith(b, { length: 500, flags: MSG_WAITALL });
  asSecondTask(stack, () => {
    stack.send(a, pattern(200));
    assert.equal(call.done, false);
    stack.send(a, pattern(200, 201));
    stack.send(a, pattern(100, 401));
  });
  assert.deepEqual(call.value(), pattern(500));
  assert.equal(stack.sendWith(a, pattern(1000), MSG_DONTWAIT), MOST, "what there is room for");
  assert.equal(
    stack.errno(() => stack.sendWith(a, "x", MSG_DONTWAIT)),
    "EAGAIN",
  );
  assert.equal(stack.recv(b).length, MOST);
  stack.receiveTimeout(b, 50_000);
  const start = stack.elapsed;
  assert.equal(
    stack.errno(() => stack.recv(b)),
    "EAGAIN",
  );
  assert.equal(stack.elapsed - start, 50);
  stack.nonBlocking(b);
  assert.equal(
    stack.errno(() => stack.recv(b)),
    "EAGAIN",
  );
  assert.equal(
    stack.errno(() => stack.recvWith(b, { flags: MSG_OOB })),
    "ENOTSUP",
  );
});

script("the backlog: a further connect waits for accept, or answers EAGAIN", OPTIONS, (stack) => {
  const listener = listening(stack, "/a", 1);
  const first = local(stack, SOCK_STREAM);
  connectLocal(stack, first, "/a");
  const second = local(stack, SOCK_STREAM);
  const eager = local(stack, SOCK_STREAM | SOCK_NONBLOCK);
  assert.equal(
    stack.errno(() => connectLocal(stack, eager, "/a")),
    "EAGAIN",
  );
  stack.close(eager);
  const call = beginConnectLocal(stack, second, "/a");
  assert.equal(call.done, false);
  asSecondTask(stack, () => stack.accept(listener));
  assert.equal(call.errno, "SUCCESS");
});

script("connect: ENOENT, ECONNREFUSED, EPROTOTYPE, EISCONN, EINVAL; bind: EADDRINUSE, EINVAL", OPTIONS, (stack) => {
  const errno = (run: () => void): string => stack.errno(run);
  const listener = listening(stack, "/a");
  const fd = local(stack, SOCK_STREAM);
  assert.equal(
    errno(() => connectLocal(stack, fd, "/nobody")),
    "ENOENT",
  );
  assert.equal(
    errno(() => connectLocal(stack, fd, "@nobody")),
    "ECONNREFUSED",
  );
  assert.equal(
    errno(() => connectLocal(stack, fd, "")),
    "EINVAL",
  );
  const bound = local(stack, SOCK_STREAM, "/bound");
  assert.equal(
    errno(() => connectLocal(stack, fd, "/bound")),
    "ECONNREFUSED",
    "nobody listens",
  );
  assert.equal(
    errno(() => local(stack, SOCK_STREAM, "/bound")),
    "EADDRINUSE",
  );
  assert.equal(
    errno(() => connectLocal(stack, local(stack, 5), "/a")),
    "EPROTOTYPE",
  );
  connectLocal(stack, fd, "/a");
  assert.equal(
    errno(() => connectLocal(stack, fd, "/a")),
    "EISCONN",
  );
  assert.equal(
    errno(() => connectLocal(stack, listener, "/a")),
    "EINVAL",
  );
  assert.equal(
    errno(() => stack.listen(fd)),
    "EINVAL",
  );
  assert.equal(
    errno(() => stack.accept(fd)),
    "EINVAL",
  );
  stack.close(bound);
  assert.equal(stack.sys("bind", fd, 64, 1), 28, "a family that is cut");
  assert.equal(stack.sys("bind", fd, 0xffff_fff0, 10), 21);
  stack.memory.store16(64, 1);
  assert.equal(stack.sys("bind", fd, 64, 8), 5, "AF_INET");
});

script("a name is free again when its socket is closed; too long ones are refused", OPTIONS, (stack) => {
  const name = "n".repeat(16);
  stack.close(local(stack, SOCK_STREAM, name));
  const fd = local(stack, SOCK_STREAM, name);
  assert.equal(localName(stack, fd), name);
  assert.equal(
    stack.errno(() => local(stack, SOCK_STREAM, `${name}n`)),
    "EINVAL",
  );
  assert.equal(
    stack.errno(() => local(stack, SOCK_STREAM, `@${name}`)),
    "EINVAL",
  );
});

script("the end: what was sent is read, then 0; sending answers EPIPE without a signal", OPTIONS, (stack) => {
  const [a, b] = pair(stack, SOCK_STREAM);
  stack.send(a, "last");
  stack.close(a);
  assert.equal(events(stack, b, ALL), POLLIN | POLLHUP);
  assert.equal(text(stack.recv(b)), "last");
  assert.equal(stack.recv(b).length, 0);
  assert.equal(
    stack.errno(() => stack.send(b, "x")),
    "EPIPE",
  );
  assert.equal(
    stack.errno(() => peerName(stack, b)),
    "ENOTCONN",
  );
});

script("closing with bytes unread resets: ECONNRESET once, then the end", OPTIONS, (stack) => {
  const [a, b] = pair(stack, SOCK_STREAM);
  stack.send(b, "never read");
  stack.send(a, "before");
  stack.close(a);
  assert.equal(events(stack, b, ALL) & POLLERR, POLLERR);
  assert.equal(text(stack.recv(b)), "before");
  assert.equal(
    stack.errno(() => stack.recv(b)),
    "ECONNRESET",
  );
  assert.equal(stack.recv(b).length, 0);
});

script("poll_oneoff names the pending error of a socket, and the bytes that can be read", OPTIONS, (stack) => {
  const [a, b] = pair(stack, SOCK_STREAM);
  stack.send(b, "never read");
  stack.send(a, "before");
  stack.close(a);
  stack.memory.bytes.fill(0, 64, 200);
  stack.memory.bytes[72] = 1;
  stack.memory.store32(80, b);
  assert.equal(stack.sys("poll_oneoff", 64, 128, 1, 192), 0);
  assert.equal(stack.memory.load32(192), 1);
  assert.equal(stack.memory.load16(136), 15, "ECONNRESET");
  assert.equal(stack.memory.load32(144), 6, "bytes");
});

script("a listener that closes resets who was not accepted", OPTIONS, (stack) => {
  const listener = listening(stack, "/a");
  const client = local(stack, SOCK_STREAM);
  connectLocal(stack, client, "/a");
  stack.send(client, "hello?");
  stack.close(listener);
  assert.equal(stack.getOption(client, SOL_SOCKET, SO_ERROR), 15, "ECONNRESET");
  assert.equal(stack.getOption(client, SOL_SOCKET, SO_ERROR), 0);
});

script("a client that closes before accept leaves what it sent", OPTIONS, (stack) => {
  const listener = listening(stack, "/a");
  const client = local(stack, SOCK_STREAM);
  connectLocal(stack, client, "/a");
  stack.send(client, "note");
  stack.close(client);
  const server = stack.accept(listener);
  assert.equal(text(stack.recv(server)), "note");
  assert.equal(stack.recv(server).length, 0);
});

script("shutdown: each direction by itself, and who waits is woken", OPTIONS, (stack) => {
  const [a, b] = pair(stack, SOCK_STREAM);
  const call = stack.begin.recv(b);
  asSecondTask(stack, () => stack.shutdown(a, "wr"));
  assert.equal(call.value().length, 0);
  assert.equal(
    stack.errno(() => stack.send(a, "x")),
    "EPIPE",
  );
  stack.send(b, "still");
  assert.equal(text(stack.recv(a)), "still");
  stack.shutdown(a, "rd");
  assert.equal(
    stack.errno(() => stack.send(b, "x")),
    "EPIPE",
  );
  assert.equal(
    stack.errno(() => stack.shutdown(local(stack, SOCK_STREAM), "rd")),
    "ENOTCONN",
  );
});

script("closing a socket wakes its own calls with EBADF, and the peer's", OPTIONS, (stack) => {
  const [a, b] = pair(stack, SOCK_STREAM);
  const own = stack.begin.recv(a);
  asSecondTask(stack, () => stack.close(a));
  assert.equal(own.errno, "EBADF");
  assert.equal(stack.recv(b).length, 0);
  const [c, d] = pair(stack, SOCK_STREAM);
  const sender = stack.begin.send(c, pattern(1000));
  asSecondTask(stack, () => stack.close(d));
  assert.equal(sender.value(), MOST, "what was taken");
  const listener = listening(stack, "/a");
  const accept = stack.begin.accept(listener);
  asSecondTask(stack, () => stack.close(listener));
  assert.equal(accept.errno, "EBADF");
});

script("poll and epoll: room, bytes, connections and ends", OPTIONS, (stack) => {
  const [a, b] = pair(stack, SOCK_STREAM);
  assert.equal(events(stack, a, ALL), POLLOUT);
  stack.sendWith(a, pattern(1000), MSG_DONTWAIT);
  assert.equal(events(stack, a, ALL), 0, "full");
  assert.equal(events(stack, b, ALL), ALL);
  const set = epollCreate(stack);
  epollAdd(stack, set, a, EPOLLOUT | EPOLLET);
  epollAdd(stack, set, b, EPOLLIN | EPOLLRDHUP | EPOLLET);
  assert.deepEqual(epollWait(stack, set), [{ events: EPOLLIN, data: BigInt(b) }]);
  stack.recv(b);
  assert.deepEqual(epollWait(stack, set), [{ events: EPOLLOUT, data: BigInt(a) }]);
  stack.shutdown(a, "wr");
  assert.deepEqual(epollWait(stack, set).find(({ data }) => data === BigInt(b))?.events, EPOLLIN | EPOLLRDHUP);
  stack.close(a);
  assert.equal((epollWait(stack, set)[0]?.events ?? 0) & EPOLLIN, EPOLLIN);
  stack.shutdown(b, "wr");
  assert.equal((epollWait(stack, set)[0]?.events ?? 0) & EPOLLHUP, EPOLLHUP);
  const listener = listening(stack, "/a");
  assert.equal(events(stack, listener, ALL), 0);
  const poll = stack.begin.poll([{ fd: listener, events: POLLIN }], -1);
  const client = asSecondTask(stack, () => {
    const fd = local(stack, SOCK_STREAM);
    connectLocal(stack, fd, "/a");
    return fd;
  });
  assert.deepEqual(poll.value(), [POLLIN]);
  assert.equal(events(stack, client, ALL), POLLOUT);
});

script("options: type, domain, buffer, time-outs; the others are refused", OPTIONS, (stack) => {
  const [a] = pair(stack, SOCK_STREAM);
  assert.equal(stack.getOption(a, SOL_SOCKET, SO_TYPE), SOCK_STREAM);
  assert.equal(stack.getOption(a, SOL_SOCKET, 39), 6);
  assert.equal(stack.getOption(a, SOL_SOCKET, 38), 0);
  assert.equal(stack.getOption(a, SOL_SOCKET, SO_RCVBUF), LOCAL.settings.NET_SOCKETS_UNIX_BUFFER);
  assert.equal(
    stack.errno(() => stack.setOption(a, SOL_SOCKET, SO_REUSEADDR, 1)),
    "ENOPROTOOPT",
  );
  assert.equal(
    stack.errno(() => stack.getOption(a, 6, 1)),
    "ENOPROTOOPT",
  );
  assert.equal(
    stack.errno(() => stack.localAddress(a)),
    "EAFNOSUPPORT",
    "WASI's address record has no room for a path",
  );
});

script(
  "attack 127: with all sockets open the next ones are refused with ENFILE and ENOBUFS, and nothing leaks",
  OPTIONS,
  (stack) => {
    const listener = listening(stack, "/a");
    const others = Array.from({ length: 5 }, () => local(stack, SOCK_STREAM));
    assert.equal(
      stack.errno(() => local(stack, SOCK_STREAM)),
      "ENFILE",
    );
    assert.equal(
      stack.errno(() => pair(stack, SOCK_STREAM)),
      "ENFILE",
    );
    assert.equal(
      stack.errno(() => connectLocal(stack, others[0] as number, "/a")),
      "ENOBUFS",
    );
    stack.close(others[1] as number);
    assert.equal(
      stack.errno(() => pair(stack, SOCK_STREAM)),
      "ENFILE",
      "one of two is given back",
    );
    connectLocal(stack, others[0] as number, "/a");
    stack.close(stack.accept(listener));
    for (let fd = 0; stack.errno(() => stack.dup(1)) === "SUCCESS"; fd++) assert.ok(fd < 20);
    assert.equal(
      stack.errno(() => local(stack, SOCK_STREAM)),
      "EMFILE",
    );
  },
);

script("a thousand connections one after the other leave everything as it was", OPTIONS, (stack) => {
  const listener = listening(stack, "/a");
  for (let i = 0; i < 1000; i++) {
    const client = local(stack, SOCK_STREAM);
    connectLocal(stack, client, "/a");
    const server = stack.accept(listener);
    stack.send(client, `${i}`);
    assert.equal(text(stack.recv(server)), `${i}`);
    stack.close(i % 2 ? client : server);
    stack.close(i % 2 ? server : client);
  }
  assert.equal(stack.core.pools().find(({ name }) => name === "unix sockets")?.used, 1);
});
