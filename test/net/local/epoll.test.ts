/** epoll: what is in a set, what is reported and how often, as Linux's epoll(7) has it. */
import assert from "node:assert/strict";
import {
  beginEpollWait,
  EPOLL_CTL_ADD,
  EPOLL_CTL_DEL,
  EPOLL_CTL_MOD,
  EPOLLERR,
  EPOLLET,
  EPOLLHUP,
  EPOLLIN,
  EPOLLONESHOT,
  EPOLLOUT,
  EPOLLPRI,
  EPOLLRDHUP,
  epollAdd,
  epollControl,
  epollCreate,
  epollWait,
  eventfd,
  readEvent,
  writeEvent,
} from "../../harness/event-calls.js";
import { script } from "../../harness/script.js";
import { MSG_DONTWAIT, MSG_OOB, POLLIN } from "../../harness/socket-calls.js";
import type { Stack } from "../../harness/stack.js";
import { asSecondTask, connected, events, LOOPBACK } from "../tcp/sockets-pair.js";
import { LOCAL } from "./settings.js";

const OPTIONS = { ...LOCAL, variants: false };

/** A datagram socket on a loopback port. */
function datagramAt(stack: Stack, port: number): number {
  const fd = stack.openUdp();
  stack.bind(fd, port, LOOPBACK);
  return fd;
}

/** A datagram arrives at a loopback port. */
function arrive(stack: Stack, from: number, port: number): void {
  stack.sendTo(from, LOOPBACK, port, "x");
  stack.advance(1);
}

/** Descriptors and events of what epoll_wait gives now. */
function now(stack: Stack, set: number): [number, number][] {
  return epollWait(stack, set).map(({ events, data }) => [Number(data), events]);
}

script("level-triggered: reported as often as it is asked, until it is over", OPTIONS, (stack) => {
  const fd = datagramAt(stack, 5000);
  const set = epollCreate(stack);
  epollAdd(stack, set, fd, EPOLLIN);
  assert.deepEqual(now(stack, set), []);
  arrive(stack, fd, 5000);
  assert.deepEqual(now(stack, set), [[fd, EPOLLIN]]);
  assert.deepEqual(now(stack, set), [[fd, EPOLLIN]]);
  stack.recv(fd);
  assert.deepEqual(now(stack, set), []);
});

script("edge-triggered: reported once for each arrival", OPTIONS, (stack) => {
  const fd = datagramAt(stack, 5000);
  const set = epollCreate(stack);
  epollAdd(stack, set, fd, EPOLLIN | EPOLLET);
  arrive(stack, fd, 5000);
  assert.deepEqual(now(stack, set), [[fd, EPOLLIN]]);
  assert.deepEqual(now(stack, set), []);
  arrive(stack, fd, 5000);
  assert.deepEqual(now(stack, set), [[fd, EPOLLIN]], "the second, while the first has not been read");
  epollControl(stack, set, EPOLL_CTL_MOD, fd, EPOLLIN | EPOLLET);
  assert.deepEqual(now(stack, set), [[fd, EPOLLIN]], "modifying arms it again");
});

script("one-shot: reported once, and again after it is modified", OPTIONS, (stack) => {
  const fd = datagramAt(stack, 5000);
  const set = epollCreate(stack);
  epollAdd(stack, set, fd, EPOLLIN | EPOLLONESHOT);
  arrive(stack, fd, 5000);
  assert.deepEqual(now(stack, set), [[fd, EPOLLIN]]);
  arrive(stack, fd, 5000);
  assert.deepEqual(now(stack, set), []);
  epollControl(stack, set, EPOLL_CTL_MOD, fd, EPOLLIN | EPOLLONESHOT);
  assert.deepEqual(now(stack, set), [[fd, EPOLLIN]]);
});

script("waiting ends with an event, after its time, or at once", OPTIONS, (stack) => {
  const fd = datagramAt(stack, 5000);
  const set = epollCreate(stack);
  epollAdd(stack, set, fd, EPOLLIN);
  const call = beginEpollWait(stack, set, -1);
  stack.advance(10_000);
  assert.equal(call.done, false);
  asSecondTask(stack, () => arrive(stack, fd, 5000));
  assert.deepEqual(call.value(), [{ events: EPOLLIN, data: BigInt(fd) }]);
  stack.recv(fd);
  const start = stack.elapsed;
  assert.deepEqual(epollWait(stack, set, 250), []);
  assert.equal(stack.elapsed - start, 250);
  const other = beginEpollWait(stack, set, 100);
  stack.advance(40);
  // Something happens that is not asked for: the wait goes on, and ends when it would have.
  asSecondTask(stack, () => stack.setOption(fd, 1, 2, 1));
  stack.advance(59);
  assert.equal(other.done, false);
  stack.advance(1);
  assert.deepEqual(other.value(), []);
});

script("the events of a connection: OUT, IN, PRI, RDHUP, HUP, ERR", OPTIONS, (stack) => {
  const { client, server } = connected(stack);
  const set = epollCreate(stack);
  epollAdd(stack, set, server, EPOLLIN | EPOLLOUT | EPOLLPRI | EPOLLRDHUP);
  assert.deepEqual(now(stack, set), [[server, EPOLLOUT]]);
  stack.send(client, "abc");
  stack.advance(1);
  assert.deepEqual(now(stack, set), [[server, EPOLLIN | EPOLLOUT]]);
  stack.sendWith(client, "!", MSG_OOB);
  stack.advance(200);
  assert.deepEqual(now(stack, set), [[server, EPOLLIN | EPOLLOUT | EPOLLPRI]]);
  stack.recvWith(server, { length: 1, flags: MSG_OOB });
  stack.recv(server);
  stack.shutdown(client, "wr");
  stack.advance(200);
  assert.deepEqual(now(stack, set), [[server, EPOLLIN | EPOLLOUT | EPOLLRDHUP]]);
  stack.shutdown(server, "wr");
  stack.advance(200);
  assert.ok((now(stack, set)[0]?.[1] as number) & EPOLLHUP, "both directions are over");
});

script("an error is reported unasked", OPTIONS, (stack) => {
  const { client, server } = connected(stack);
  const set = epollCreate(stack);
  epollAdd(stack, set, client, 0);
  stack.linger(server, 0);
  stack.close(server);
  stack.advance(1);
  const [[, found] = [0, 0]] = now(stack, set);
  assert.equal(found, EPOLLERR | EPOLLHUP);
});

script("a listener is ready when a connection waits, a full sender when there is room", OPTIONS, (stack) => {
  const { listener, client, server } = connected(stack);
  const set = epollCreate(stack);
  epollAdd(stack, set, listener, EPOLLIN);
  epollAdd(stack, set, client, EPOLLOUT | EPOLLET);
  assert.deepEqual(now(stack, set), [[client, EPOLLOUT]]);
  let sent = 0;
  while (stack.errno(() => (sent += stack.sendWith(client, new Uint8Array(2000), MSG_DONTWAIT))) === "SUCCESS")
    stack.advance(200);
  assert.deepEqual(now(stack, set), [], "edge-triggered, and full");
  for (let got = 0; got < sent; ) {
    got += stack.recv(server).length;
    stack.advance(300);
  }
  assert.deepEqual(now(stack, set), [[client, EPOLLOUT]]);
  const second = stack.openTcp();
  stack.connect(second, LOOPBACK, 8080);
  stack.advance(1);
  assert.deepEqual(now(stack, set), [[listener, EPOLLIN]]);
  stack.close(stack.accept(listener));
});

script("several at once: the oldest first, no more than asked for, the others next time", OPTIONS, (stack) => {
  const set = epollCreate(stack);
  const counters = [0, 0, 0].map(() => eventfd(stack));
  for (const fd of counters) epollAdd(stack, set, fd, EPOLLIN);
  for (const fd of [...counters].reverse()) writeEvent(stack, fd, 1n);
  const [a, b, c] = counters.map(BigInt);
  assert.deepEqual(
    epollWait(stack, set, 0, 2).map(({ data }) => data),
    [c, b],
  );
  assert.deepEqual(
    epollWait(stack, set, 0, 2).map(({ data }) => data),
    [a, c],
  );
  for (const fd of counters) readEvent(stack, fd);
  assert.deepEqual(now(stack, set), []);
});

script(
  "a descriptor that is closed, replaced or moved leaves the set; a copy of it does not bring it back",
  OPTIONS,
  (stack) => {
    const fd = datagramAt(stack, 5000);
    const sender = datagramAt(stack, 5001);
    const set = epollCreate(stack);
    epollAdd(stack, set, fd, EPOLLIN);
    const copy = stack.dup(fd);
    epollAdd(stack, set, copy, EPOLLIN);
    arrive(stack, sender, 5000);
    assert.deepEqual(
      now(stack, set)
        .map(([number]) => number)
        .sort(),
      [fd, copy].sort(),
    );
    stack.close(fd);
    assert.deepEqual(now(stack, set), [[copy, EPOLLIN]]);
    assert.equal(stack.sys("dup2", sender, copy), 0);
    assert.deepEqual(now(stack, set), []);
    assert.equal(
      stack.errno(() => epollControl(stack, set, EPOLL_CTL_DEL, copy)),
      "ENOENT",
    );
  },
);

script("the errnos of epoll_ctl and epoll_wait", OPTIONS, (stack) => {
  const set = epollCreate(stack);
  const fd = eventfd(stack);
  const errno = (epfd: number, operation: number, target: number, asked = EPOLLIN): string =>
    stack.errno(() => epollControl(stack, epfd, operation, target, asked));
  assert.equal(errno(99, EPOLL_CTL_ADD, fd), "EBADF");
  assert.equal(errno(set, EPOLL_CTL_ADD, 99), "EBADF");
  assert.equal(errno(set, EPOLL_CTL_ADD, 1), "EPERM", "the console");
  assert.equal(errno(fd, EPOLL_CTL_ADD, fd), "EINVAL", "no set");
  assert.equal(errno(set, EPOLL_CTL_ADD, set), "EINVAL", "the set itself");
  const other = epollCreate(stack);
  assert.equal(errno(set, EPOLL_CTL_ADD, other), "EINVAL", "another set");
  assert.equal(errno(set, 4, fd), "EINVAL", "no such operation");
  assert.equal(errno(set, EPOLL_CTL_ADD, fd, 1 << 20), "EINVAL", "no such event");
  assert.equal(errno(set, EPOLL_CTL_MOD, fd), "ENOENT");
  assert.equal(errno(set, EPOLL_CTL_DEL, fd), "ENOENT");
  assert.equal(errno(set, EPOLL_CTL_ADD, fd), "SUCCESS");
  assert.equal(errno(set, EPOLL_CTL_ADD, fd), "EEXIST");
  assert.equal(errno(set, EPOLL_CTL_DEL, fd), "SUCCESS");
  assert.equal(
    stack.errno(() => epollWait(stack, fd)),
    "EINVAL",
  );
  assert.equal(
    stack.errno(() => epollWait(stack, 99)),
    "EBADF",
  );
  assert.equal(stack.sys("epoll_wait", set, 64, 0, 0, 64), 28);
  assert.equal(stack.sys("epoll_wait", set, 64, -1, 0, 64), 28);
  assert.equal(stack.sys("epoll_wait", set, 0xffff_fff0, 1, 0, 64), 21);
  assert.equal(
    stack.errno(() => epollCreate(stack, 1)),
    "EINVAL",
  );
});

script(
  "attack 127: a full table of interests answers ENOSPC, one of sets ENFILE; nothing is lost",
  OPTIONS,
  (stack) => {
    const set = epollCreate(stack);
    epollCreate(stack);
    assert.equal(
      stack.errno(() => epollCreate(stack)),
      "ENFILE",
    );
    const fd = eventfd(stack, 1);
    const copies = Array.from({ length: 6 }, () => stack.dup(fd));
    for (const copy of copies) epollAdd(stack, set, copy, EPOLLIN);
    assert.equal(
      stack.errno(() => epollAdd(stack, set, fd, EPOLLIN)),
      "ENOSPC",
    );
    assert.equal(now(stack, set).length, 6);
    stack.close(copies[0] as number);
    epollAdd(stack, set, fd, EPOLLIN);
    assert.equal(now(stack, set).length, 6);
  },
);

script("poll and select see an epoll descriptor as readable when it has events, and wait for it", OPTIONS, (stack) => {
  const set = epollCreate(stack);
  const fd = eventfd(stack);
  epollAdd(stack, set, fd, EPOLLIN);
  assert.equal(events(stack, set, POLLIN), 0);
  const poll = stack.begin.poll([{ fd: set, events: POLLIN }], -1);
  asSecondTask(stack, () => writeEvent(stack, fd, 1n));
  assert.deepEqual(poll.value(), [POLLIN]);
  assert.deepEqual(stack.select([set], [], 0).read, [set]);
  readEvent(stack, fd);
  assert.equal(events(stack, set, POLLIN), 0);
});

script("closing a set wakes who waits for it, with EBADF, and frees all of it", OPTIONS, (stack) => {
  const set = epollCreate(stack);
  epollAdd(stack, set, eventfd(stack), EPOLLIN);
  epollAdd(stack, set, datagramAt(stack, 5000), EPOLLIN);
  const call = beginEpollWait(stack, set, -1);
  asSecondTask(stack, () => stack.close(set));
  assert.equal(call.errno, "EBADF");
  assert.deepEqual(
    stack.core.pools().filter(({ name, used }) => /epoll/.test(name) && used > 0),
    [],
  );
});
