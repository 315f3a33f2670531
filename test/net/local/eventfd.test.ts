/** eventfd: the counter, semaphores, waiting and its errors, as Linux's eventfd(2) has them. */
import assert from "node:assert/strict";
import {
  beginRead,
  beginWrite,
  EFD_NONBLOCK,
  EFD_SEMAPHORE,
  eventfd,
  readEvent,
  writeEvent,
} from "../../harness/event-calls.js";
import { script } from "../../harness/script.js";
import { MSG_DONTWAIT, POLLIN, POLLOUT } from "../../harness/socket-calls.js";
import { asSecondTask, events } from "../tcp/sockets-pair.js";
import { LOCAL } from "./settings.js";

const OPTIONS = { ...LOCAL, variants: false };
const MOST = 0xffff_ffff_ffff_fffen;

script("reading takes the whole counter, which writing adds to", OPTIONS, (stack) => {
  const fd = eventfd(stack, 5);
  writeEvent(stack, fd, 7n);
  assert.equal(readEvent(stack, fd), 12n);
  writeEvent(stack, fd, 0n);
  writeEvent(stack, fd, 0x1_0000_0001n);
  assert.equal(readEvent(stack, fd), 0x1_0000_0001n);
});

script("a semaphore gives 1 at a time", OPTIONS, (stack) => {
  const fd = eventfd(stack, 2, EFD_SEMAPHORE | EFD_NONBLOCK);
  assert.equal(readEvent(stack, fd), 1n);
  assert.equal(readEvent(stack, fd), 1n);
  assert.equal(beginRead(stack, fd).errno, "EAGAIN");
});

script("a reader waits until something is written, a writer until there is room", OPTIONS, (stack) => {
  const fd = eventfd(stack);
  const read = beginRead(stack, fd);
  stack.advance(1000);
  assert.equal(read.done, false);
  asSecondTask(stack, () => writeEvent(stack, fd, MOST));
  assert.equal(read.value(), MOST);
  writeEvent(stack, fd, MOST - 1n);
  const write = beginWrite(stack, fd, 2n);
  assert.equal(write.done, false);
  asSecondTask(stack, () => assert.equal(readEvent(stack, fd), MOST - 1n));
  assert.equal(write.value(), 8);
  assert.equal(readEvent(stack, fd), 2n);
});

script("without blocking: EAGAIN at 0 and at the largest value", OPTIONS, (stack) => {
  const fd = eventfd(stack, 0, EFD_NONBLOCK);
  assert.equal(beginRead(stack, fd).errno, "EAGAIN");
  writeEvent(stack, fd, MOST);
  assert.equal(beginWrite(stack, fd, 1n).errno, "EAGAIN");
  assert.equal(readEvent(stack, fd), MOST, "what was refused has changed nothing");
  stack.nonBlocking(fd, false);
  const read = beginRead(stack, fd);
  assert.equal(read.done, false);
  asSecondTask(stack, () => writeEvent(stack, fd, 1n));
  assert.equal(read.value(), 1n);
});

script("EINVAL: every size but 8, the value 2^64 - 1, unknown flags", OPTIONS, (stack) => {
  const fd = eventfd(stack, 1);
  for (const size of [0, 1, 7, 9, 16]) {
    assert.equal(beginRead(stack, fd, size).errno, "EINVAL", `read ${size}`);
    assert.equal(beginWrite(stack, fd, 1n, size).errno, "EINVAL", `write ${size}`);
  }
  assert.equal(beginWrite(stack, fd, MOST + 1n).errno, "EINVAL");
  assert.equal(readEvent(stack, fd), 1n);
  assert.equal(
    stack.errno(() => eventfd(stack, 0, 1)),
    "EINVAL",
  );
});

script("poll: readable unless 0, writable unless full", OPTIONS, (stack) => {
  const fd = eventfd(stack);
  const all = POLLIN | POLLOUT;
  assert.equal(events(stack, fd, all), POLLOUT);
  writeEvent(stack, fd, 1n);
  assert.equal(events(stack, fd, all), all);
  writeEvent(stack, fd, MOST - 1n);
  assert.equal(events(stack, fd, all), POLLIN);
  readEvent(stack, fd);
  const poll = stack.begin.poll([{ fd, events: POLLIN }], -1);
  assert.equal(poll.done, false);
  asSecondTask(stack, () => writeEvent(stack, fd, 1n));
  assert.deepEqual(poll.value(), [POLLIN]);
  assert.deepEqual(stack.select([fd], [], 0).read, [fd]);
});

script("an event counter is no socket: ENOTSOCK", OPTIONS, (stack) => {
  const fd = eventfd(stack);
  for (const call of [
    () => stack.bind(fd, 1000),
    () => stack.listen(fd),
    () => stack.connect(fd, "127.0.0.1", 1000),
    () => stack.accept(fd),
    () => stack.recv(fd),
    () => stack.recvWith(fd, { flags: MSG_DONTWAIT }),
    () => stack.recvFrom(fd),
    () => stack.send(fd, "x"),
    () => stack.sendTo(fd, "127.0.0.1", 1000, "x"),
    () => stack.shutdown(fd, "rd"),
    () => stack.localAddress(fd),
    () => stack.peerAddress(fd),
    () => stack.getOption(fd, 1, 3),
    () => stack.setOption(fd, 1, 2, 1),
    () => stack.linger(fd, 1),
  ])
    assert.equal(stack.errno(call), "ENOTSOCK", String(call));
});

script(
  "attack 127: with all counters open the next one is refused with ENFILE, and closing one makes room",
  OPTIONS,
  (stack) => {
    const all = [1, 2, 3, 4].map((value) => eventfd(stack, value));
    assert.equal(
      stack.errno(() => eventfd(stack)),
      "ENFILE",
    );
    const copy = stack.dup(all[0] as number);
    stack.close(all[0] as number);
    assert.equal(
      stack.errno(() => eventfd(stack)),
      "ENFILE",
      "a copy keeps it open",
    );
    assert.equal(readEvent(stack, copy), 1n);
    stack.close(copy);
    eventfd(stack);
  },
);

script("closing an event counter wakes who waits for it, with EBADF", OPTIONS, (stack) => {
  const fd = eventfd(stack);
  const read = beginRead(stack, fd);
  asSecondTask(stack, () => stack.close(fd));
  assert.equal(read.errno, "EBADF");
});
