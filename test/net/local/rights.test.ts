/** Descriptors in messages: sendmsg and recvmsg with SCM_RIGHTS (POSIX; Linux's unix(7)). */
import assert from "node:assert/strict";
import { epollCreate, eventfd, readEvent, writeEvent } from "../../harness/event-calls.js";
import { AF_UNIX, pair, SOCK_SEQPACKET } from "../../harness/local-calls.js";
import { beginReceiveMessage, beginSendMessage, receiveMessage, sendMessage } from "../../harness/message-calls.js";
import { script } from "../../harness/script.js";
import { type Call, MSG_PEEK, SOCK_DGRAM, SOCK_STREAM } from "../../harness/socket-calls.js";
import type { Stack } from "../../harness/stack.js";
import { asSecondTask, LOOPBACK } from "../tcp/sockets-pair.js";
import { LOCAL } from "./settings.js";

const OPTIONS = { ...LOCAL, variants: false };
const MSG_CTRUNC = 0x08;
const MSG_TRUNC = 0x20;
const MSG_EOR = 0x80;

/** A msghdr in guest memory with one buffer and a control buffer. */
function header(stack: Stack, buffer: number, length: number, control: number, controlLength: number): number {
  const at = stack.scratch(40);
  stack.memory.store32(at + 8, at + 32);
  stack.memory.store32(at + 12, 1);
  stack.memory.store32(at + 16, control);
  stack.memory.store32(at + 20, controlLength);
  stack.memory.store32(at + 32, buffer);
  stack.memory.store32(at + 36, length);
  return at;
}

function beginSend(stack: Stack, fd: number, text: string, rights: readonly number[]): Call<number> {
  const buffer = stack.scratch(text.length);
  stack.memory.write(buffer, Buffer.from(text));
  const control = stack.scratch(64);
  stack.memory.store32(control, 16 + rights.length * 4);
  stack.memory.store32(control + 4, 1);
  stack.memory.store32(control + 8, 1);
  for (const [i, each] of rights.entries()) stack.memory.store32(control + 16 + i * 4, each);
  const at = header(stack, buffer, text.length, control, rights.length > 0 ? 16 + rights.length * 4 : 0);
  const out = stack.scratch(4);
  return stack.start("send_message", [fd, at, 0, out], () => stack.memory.load32(out));
}

function send(stack: Stack, fd: number, text: string, rights: readonly number[]): number {
  return stack.wait(beginSend(stack, fd, text, rights));
}

interface Message {
  readonly text: string;
  readonly rights: number[];
  readonly flags: number;
}

function receive(stack: Stack, fd: number, { length = 100, room = 64, flags = 0 } = {}): Message {
  const buffer = stack.scratch(length);
  const control = stack.scratch(64);
  const at = header(stack, buffer, length, control, room);
  const out = stack.scratch(4);
  const message = stack.wait(
    stack.start("receive_message", [fd, at, flags, out], () => {
      const bytes = stack.memory.load32(at + 20);
      const count = bytes === 0 ? 0 : (stack.memory.load32(control) - 16) / 4;
      return {
        text: Buffer.from(stack.memory.bytes.slice(buffer, buffer + stack.memory.load32(out))).toString(),
        rights: Array.from({ length: count }, (_, i) => stack.memory.load32(control + 16 + i * 4)),
        flags: stack.memory.load32(at + 24),
      };
    }),
  );
  for (const each of message.rights) stack.open.add(each);
  return message;
}

script("a descriptor arrives under the lowest free number, and outlives the one that was sent", OPTIONS, (stack) => {
  for (const type of [SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET]) {
    const [a, b] = pair(stack, type);
    const counter = eventfd(stack, 7);
    const udp = stack.openUdp();
    stack.bind(udp, 5000, LOOPBACK);
    send(stack, a, "two", [counter, udp]);
    stack.close(counter);
    stack.close(udp);
    const { text, rights, flags } = receive(stack, b);
    assert.deepEqual([text, rights, flags], ["two", [counter, udp], type === SOCK_SEQPACKET ? MSG_EOR : 0]);
    assert.equal(readEvent(stack, counter), 7n);
    assert.equal(stack.localAddress(udp).port, 5000);
    for (const fd of [a, b, counter, udp]) stack.close(fd);
  }
});

script("of a stream they come with the first byte of their message, and end the read", OPTIONS, (stack) => {
  const [a, b] = pair(stack, SOCK_STREAM);
  const counter = eventfd(stack, 1);
  stack.send(a, "before");
  send(stack, a, "with", [counter]);
  stack.send(a, "after");
  assert.deepEqual(receive(stack, b), { text: "before", rights: [], flags: 0 });
  assert.equal(receive(stack, b, { flags: MSG_PEEK }).rights.length, 0, "looking leaves them");
  assert.equal(receive(stack, b, { length: 2 }).rights.length, 1);
  assert.deepEqual(receive(stack, b), { text: "thafter", rights: [], flags: 0 });
});

script("what nobody takes is closed: by recv, by a short control buffer, by closing the socket", OPTIONS, (stack) => {
  const used = (): number => stack.core.pools().find(({ name }) => name === "event counters")?.used ?? -1;
  const [a, b] = pair(stack, SOCK_SEQPACKET);
  const pass = (): void => {
    const counter = eventfd(stack, 1);
    send(stack, a, "x", [counter]);
    stack.close(counter);
    assert.equal(used(), 1);
  };
  pass();
  stack.recv(b);
  assert.equal(used(), 0);
  pass();
  assert.deepEqual(receive(stack, b, { room: 16 }), { text: "x", rights: [], flags: MSG_CTRUNC | MSG_EOR });
  assert.equal(used(), 0);
  pass();
  stack.close(b);
  assert.equal(used(), 0);
});

script("a full descriptor table: MSG_CTRUNC; a message that is cut: MSG_TRUNC", OPTIONS, (stack) => {
  const [a, b] = pair(stack, SOCK_DGRAM);
  const counter = eventfd(stack, 1);
  send(stack, a, "0123456789", [counter, counter]);
  const copies: number[] = [];
  while (stack.errno(() => copies.push(stack.dup(counter))) === "SUCCESS");
  stack.close(copies.pop() as number);
  const { text, rights, flags } = receive(stack, b, { length: 4 });
  assert.deepEqual([text, rights.length, flags], ["0123", 1, MSG_CTRUNC | MSG_TRUNC]);
});

script(
  "EBADF and EINVAL: what is not open, sockets of AF_UNIX, epoll sets, the console, too many",
  OPTIONS,
  (stack) => {
    const [a, b] = pair(stack, SOCK_STREAM);
    const counter = eventfd(stack, 1);
    const errno = (...rights: number[]): string => beginSend(stack, a, "x", rights).errno;
    assert.equal(errno(19), "EBADF");
    assert.equal(errno(b), "EINVAL");
    assert.equal(errno(epollCreate(stack)), "EINVAL");
    assert.equal(errno(1), "EINVAL");
    assert.equal(errno(counter, counter, counter, counter, counter), "EINVAL");
    assert.equal(beginSend(stack, stack.openUdp(), "x", [counter]).errno, "ENOTSUP");
    assert.equal(beginSend(stack, counter, "x", []).errno, "ENOTSOCK");
    assert.equal(
      stack.errno(() => stack.recvWith(b, { flags: 0x40 })),
      "EAGAIN",
      "nothing was sent",
    );
  },
);

script(
  "MSG_EOR: a sequenced packet is a record; it may be sent with the flag, other types may not",
  OPTIONS,
  (stack) => {
    for (const type of [SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET]) {
      const [a, b] = pair(stack, type);
      const record = type === SOCK_SEQPACKET;
      const call = beginSendMessage(stack, a, { parts: ["a", "record"], flags: MSG_EOR });
      assert.equal(call.errno, record ? "SUCCESS" : "ENOTSUP");
      if (!record) sendMessage(stack, a, { parts: ["a", "record"] });
      const whole = receiveMessage(stack, b, { sizes: [3, 10], nameRoom: 0, flags: MSG_PEEK });
      assert.deepEqual([whole.length, whole.flags], [7, record ? MSG_EOR : 0]);
      const cut = receiveMessage(stack, b, { sizes: [1, 2], nameRoom: 0 });
      assert.equal(cut.flags, type === SOCK_STREAM ? 0 : MSG_TRUNC);
      stack.close(a);
      if (type === SOCK_SEQPACKET) assert.equal(receiveMessage(stack, b, { nameRoom: 0 }).flags, 0, "the end is none");
      stack.close(b);
    }
  },
);

script("more than 16 buffers: EMSGSIZE", OPTIONS, (stack) => {
  const [a, b] = pair(stack, SOCK_DGRAM);
  const parts = Array.from({ length: 17 }, () => "x");
  assert.equal(beginSendMessage(stack, a, { parts }).errno, "EMSGSIZE");
  assert.equal(sendMessage(stack, a, { parts: parts.slice(1) }), 16);
  assert.equal(beginReceiveMessage(stack, b, { sizes: parts.map(() => 1) }).errno, "EMSGSIZE");
});

script("a sender that waits for room keeps its descriptors until the message goes", OPTIONS, (stack) => {
  const [a, b] = pair(stack, SOCK_STREAM);
  stack.send(a, new Uint8Array(248));
  const counter = eventfd(stack, 5);
  const call = beginSend(stack, a, "late", [counter]);
  assert.equal(call.done, false);
  asSecondTask(stack, () => stack.recv(b, 300));
  assert.equal(call.value(), 4);
  const [copy] = receive(stack, b).rights;
  writeEvent(stack, counter, 1n);
  assert.equal(readEvent(stack, copy as number), 6n);
  assert.equal(
    stack.errno(() => stack.socket(AF_UNIX, 9)),
    "EPROTOTYPE",
  );
});
