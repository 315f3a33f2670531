/** sendmsg and recvmsg on UDP and TCP sockets: buffers, names, flags (POSIX; Linux where that leaves it open). Control messages: control-messages.test.ts. */
import assert from "node:assert/strict";
import { pattern } from "../harness/bytes.js";
import {
  beginReceiveMessage,
  beginSendMessage,
  type Incoming,
  IP_PKTINFO,
  IP_TTL,
  IPPROTO_IP,
  type Outgoing,
  receiveMessage,
  SO_TIMESTAMP,
  sendMessage,
  words,
} from "../harness/message-calls.js";
import { script } from "../harness/script.js";
import {
  MSG_DONTWAIT,
  MSG_MORE,
  MSG_NOSIGNAL,
  MSG_OOB,
  MSG_PEEK,
  MSG_TRUNC,
  MSG_WAITALL,
  SOL_SOCKET,
} from "../harness/socket-calls.js";
import type { Stack } from "../harness/stack.js";
import { connected, LOOPBACK } from "./tcp/sockets-pair.js";

const ONCE = { variants: false };
/** Beyond the harness's guest memory. */
const NOWHERE = 0xffff_fff0;

/** A socket on port 7; the peer's MAC address is known. */
function open(stack: Stack): number {
  stack.arpResolve();
  const fd = stack.openUdp();
  stack.bind(fd, 7);
  return fd;
}

function sendError(stack: Stack, fd: number, outgoing: Outgoing): string {
  return beginSendMessage(stack, fd, outgoing).errno;
}

function receiveError(stack: Stack, fd: number, incoming: Incoming = {}): string {
  return beginReceiveMessage(stack, fd, { ...incoming, flags: (incoming.flags ?? 0) | MSG_DONTWAIT }).errno;
}

script("UDP: buffers are gathered into one datagram, and scattered from one", {}, (stack) => {
  const fd = open(stack);
  const parts = [pattern(3, 1), [], pattern(130, 20), pattern(7, 200)];
  const whole = Uint8Array.of(...parts.flatMap((part) => [...part]));
  assert.equal(sendMessage(stack, fd, { parts, to: { ip: stack.peer.ip, port: 9000 } }), 140);
  stack.expect({ udp: { srcPort: 7, dstPort: 9000, payload: whole } });
  stack.inject(stack.peer.udp({ srcPort: 9000, dstPort: 7 }, whole));
  const message = receiveMessage(stack, fd, { sizes: [5, 0, 100, 50] });
  assert.deepEqual(message.parts, [whole.slice(0, 5), new Uint8Array(0), whole.slice(5, 105), whole.slice(105)]);
  const { length, from, port, nameLength, controlLength, flags } = message;
  assert.deepEqual(
    { length, from, port, nameLength, controlLength, flags },
    { length: 140, from: stack.peer.ip, port: 9000, nameLength: 8, controlLength: 0, flags: 0 },
  );
});

script("UDP: an empty datagram, with an empty buffer and with none", {}, (stack) => {
  const fd = open(stack);
  for (const parts of [[[]], []]) {
    assert.equal(sendMessage(stack, fd, { parts, to: { ip: stack.peer.ip, port: 9000 } }), 0);
    stack.expect({ udp: { dstPort: 9000, payload: [] } });
  }
  stack.inject(stack.peer.udp({ srcPort: 9000, dstPort: 7 }, []));
  assert.equal(receiveMessage(stack, fd).length, 0);
});

script("UDP: without a name the message goes to the peer, with one to it", {}, (stack) => {
  stack.arpResolve();
  const fd = stack.openUdp();
  assert.equal(sendError(stack, fd, { parts: ["x"] }), "EDESTADDRREQ");
  stack.connect(fd, stack.peer.ip, 9000);
  sendMessage(stack, fd, { parts: ["to the", " peer"] });
  stack.expect({ udp: { dstPort: 9000, payload: "to the peer" } });
  sendMessage(stack, fd, { parts: ["elsewhere"], to: { ip: stack.peer.ip, port: 9001 } });
  stack.expect({ udp: { dstPort: 9001, payload: "elsewhere" } });
});

script(
  "UDP: MSG_TRUNC in msg_flags says that a datagram was cut, in the flags it asks how long it was",
  {},
  (stack) => {
    const fd = open(stack);
    for (let i = 0; i < 3; i++) stack.inject(stack.peer.udp({ srcPort: 9000, dstPort: 7 }, pattern(100)));
    const peeked = receiveMessage(stack, fd, { sizes: [6, 4], flags: MSG_PEEK });
    assert.deepEqual([peeked.length, peeked.flags], [10, MSG_TRUNC]);
    const asked = receiveMessage(stack, fd, { sizes: [6, 4], flags: MSG_TRUNC });
    assert.deepEqual([asked.length, asked.flags], [100, MSG_TRUNC]);
    assert.deepEqual(asked.parts, [pattern(6), pattern(4, 7)]);
    const exact = receiveMessage(stack, fd, { sizes: [60, 40], flags: MSG_TRUNC | MSG_WAITALL });
    assert.deepEqual([exact.length, exact.flags], [100, 0]);
    assert.equal(receiveMessage(stack, fd, { sizes: [] }).flags, MSG_TRUNC, "no buffer: all of it is cut");
    assert.equal(receiveError(stack, fd), "EAGAIN");
  },
);

script("UDP: a waiting call is done when a datagram comes; its buffers are filled then", {}, (stack) => {
  const fd = open(stack);
  const call = beginReceiveMessage(stack, fd, { sizes: [2, 20] });
  stack.advance(1000);
  assert.equal(call.done, false);
  stack.inject(stack.peer.udp({ srcPort: 9000, dstPort: 7 }, "late"));
  assert.deepEqual(
    call.value().parts.map((part) => Buffer.from(part).toString()),
    ["la", "te"],
  );
  stack.receiveTimeout(fd, 50_000);
  const late = beginReceiveMessage(stack, fd);
  stack.advance(49);
  assert.equal(late.done, false);
  stack.advance(7);
  assert.equal(late.errno, "EAGAIN");
});

script("UDP: a short room for the name cuts it; none asks for none", {}, (stack) => {
  const fd = open(stack);
  for (let i = 0; i < 2; i++) stack.inject(stack.peer.udp({ srcPort: 9000, dstPort: 7 }, "x"));
  const short = receiveMessage(stack, fd, { nameRoom: 4 });
  assert.deepEqual([short.port, short.from, short.nameLength], [9000, "0.0.0.0", 8]);
  assert.equal(receiveMessage(stack, fd, { nameRoom: 0 }).nameLength, 0);
});

script("UDP: errors are those of POSIX", ONCE, (stack) => {
  const fd = open(stack);
  const to = { ip: stack.peer.ip, port: 9000 };
  const many = Array.from({ length: 17 }, () => "x");
  assert.equal(sendError(stack, fd, { parts: many, to }), "EMSGSIZE", "more than IOV_MAX buffers");
  assert.equal(receiveError(stack, fd, { sizes: many.map(() => 1) }), "EMSGSIZE");
  assert.equal(sendMessage(stack, fd, { parts: many.slice(1), to }), 16);
  stack.expect({ udp: { payload: "x".repeat(16) } });
  const half = new Uint8Array(32_760);
  assert.equal(sendError(stack, fd, { parts: [half, half], to }), "EMSGSIZE", "more than a datagram holds");
  for (const flags of [MSG_OOB, MSG_MORE, MSG_PEEK, 0x80, 1 << 20])
    assert.equal(sendError(stack, fd, { parts: ["x"], to, flags }), "ENOTSUP", `flag ${flags}`);
  for (const flags of [MSG_OOB, 0x80, 1 << 20]) assert.equal(receiveError(stack, fd, { flags }), "ENOTSUP");
  assert.equal(sendError(stack, fd, { parts: ["x"], to: { ...to, port: 0 } }), "EINVAL");
  assert.equal(sendError(stack, fd, { parts: ["x"], to: { ip: "255.255.255.255", port: 9 } }), "EACCES");
  assert.equal(sendError(stack, 1, { parts: ["x"], to }), "ENOTSOCK");
  assert.equal(receiveError(stack, 1), "ENOTSOCK");
  assert.equal(sendError(stack, 7, { parts: ["x"], to }), "EBADF");
  assert.equal(receiveError(stack, 7), "EBADF");
  stack.quiet(100);
});

script("EFAULT: header, buffers, name, control messages, the count", ONCE, (stack) => {
  const fd = open(stack);
  stack.inject(stack.peer.udp({ srcPort: 9000, dstPort: 7 }, "stays"));
  const good = stack.scratch(28);
  const vector = stack.scratch(8);
  const place = stack.scratch(64);
  stack.memory.store32(good + 8, vector);
  stack.memory.store32(good + 12, 1);
  stack.memory.store32(vector, place);
  stack.memory.store32(vector + 4, 16);
  const both = (message: number, out = place): string[] =>
    ["send_message", "receive_message"].map(
      (call) => stack.start(call, [fd, message, MSG_DONTWAIT, out], () => 0).errno,
    );
  assert.deepEqual(both(NOWHERE), ["EFAULT", "EFAULT"]);
  assert.deepEqual(both(good, NOWHERE), ["EFAULT", "EFAULT"]);
  const with32 = (offset: number, ...values: number[]): string[] => {
    const before = values.map((_, i) => stack.memory.load32(good + offset + i * 4));
    for (const [i, value] of values.entries()) stack.memory.store32(good + offset + i * 4, value);
    const result = both(good);
    for (const [i, value] of before.entries()) stack.memory.store32(good + offset + i * 4, value);
    return result;
  };
  assert.deepEqual(with32(0, NOWHERE, 8), ["EFAULT", "EFAULT"], "name");
  assert.deepEqual(with32(8, NOWHERE), ["EFAULT", "EFAULT"], "vector");
  assert.equal(with32(16, NOWHERE, 64)[1], "EFAULT", "room for control messages");
  stack.memory.store32(vector, NOWHERE);
  stack.memory.store32(vector + 4, 17);
  assert.deepEqual(both(good), ["EFAULT", "EFAULT"], "buffer");
  assert.equal(Buffer.from(stack.recvFrom(fd).data).toString(), "stays");
});

script("a buffer that lies over the header does no harm", ONCE, (stack) => {
  const fd = open(stack);
  stack.inject(stack.peer.udp({ srcPort: 9000, dstPort: 7 }, new Uint8Array(64).fill(0xff)));
  const message = stack.scratch(64);
  const name = stack.scratch(8);
  const control = stack.scratch(64);
  const vector = stack.scratch(8);
  for (const [i, value] of [name, 8, vector, 1, control, 64].entries()) stack.memory.store32(message + i * 4, value);
  stack.memory.store32(vector, message);
  stack.memory.store32(vector + 4, 64);
  assert.equal(stack.start("receive_message", [fd, message, 0, vector], () => 0).errno, "SUCCESS");
  assert.equal(stack.memory.load32(vector), 64);
  assert.equal(stack.memory.load16(name), 1, "the name is where it was asked for");
});

script("control messages and their options where the image has none: ENOTSUP, ENOPROTOOPT", ONCE, (stack) => {
  const fd = open(stack);
  const control = [{ level: IPPROTO_IP, type: IP_TTL, data: words(1) }];
  assert.equal(sendError(stack, fd, { parts: ["x"], to: { ip: stack.peer.ip, port: 9 }, control }), "ENOTSUP");
  for (const [level, name] of [
    [IPPROTO_IP, IP_PKTINFO],
    [IPPROTO_IP, 12],
    [IPPROTO_IP, 13],
    [SOL_SOCKET, SO_TIMESTAMP],
  ]) {
    assert.equal(
      stack.errno(() => stack.setOption(fd, level, name, 1)),
      "ENOPROTOOPT",
    );
    assert.equal(
      stack.errno(() => stack.getOption(fd, level, name)),
      "ENOPROTOOPT",
    );
  }
  stack.quiet(100);
});

script("TCP: buffers are gathered into the stream and scattered from it", ONCE, (stack) => {
  const { client, server } = connected(stack);
  const parts = [pattern(5, 1), [], pattern(300, 50), pattern(1, 9)];
  const whole = Uint8Array.of(...parts.flatMap((part) => [...part]));
  assert.equal(sendMessage(stack, client, { parts, flags: MSG_NOSIGNAL }), 306);
  const peeked = receiveMessage(stack, server, { sizes: [4, 4], flags: MSG_PEEK });
  assert.deepEqual(peeked.parts, [whole.slice(0, 4), whole.slice(4, 8)]);
  const first = receiveMessage(stack, server, { sizes: [100, 6] });
  assert.deepEqual(first.parts, [whole.slice(0, 100), whole.slice(100, 106)]);
  assert.deepEqual([first.flags, first.controlLength], [0, 0], "a stream is never cut");
  assert.deepEqual([first.from, first.port], [LOOPBACK, stack.localAddress(client).port], "the peer, as recvfrom says");
  assert.deepEqual(receiveMessage(stack, server, { sizes: [1000] }).parts, [whole.slice(106)]);
  // MSG_MORE holds a segment back, MSG_WAITALL waits for what comes in pieces.
  sendMessage(stack, client, { parts: ["held ", "back"], flags: MSG_MORE });
  assert.equal(receiveError(stack, server), "EAGAIN");
  const all = beginReceiveMessage(stack, server, { sizes: [4, 10], flags: MSG_WAITALL });
  stack.advance(1000);
  assert.equal(all.done, false, "9 of 14 bytes are there");
});

script("TCP: MSG_WAITALL fills all buffers; MSG_TRUNC drops; MSG_OOB is the urgent byte", ONCE, (stack) => {
  const { client, server } = connected(stack);
  for (const part of ["0123", "4567", "89"]) sendMessage(stack, client, { parts: [part] });
  const all = receiveMessage(stack, server, { sizes: [1, 8, 1], flags: MSG_WAITALL });
  assert.equal(Buffer.concat(all.parts).toString(), "0123456789");
  sendMessage(stack, client, { parts: ["drop", "ped"] });
  const dropped = receiveMessage(stack, server, { sizes: [3, 4], flags: MSG_TRUNC });
  assert.equal(dropped.length, 7);
  sendMessage(stack, client, { parts: ["a", "!"], flags: MSG_OOB });
  stack.advance(1);
  const urgent = receiveMessage(stack, server, { sizes: [4], flags: MSG_OOB });
  assert.deepEqual([Buffer.concat(urgent.parts).toString(), urgent.flags], ["!", MSG_OOB]);
  assert.equal(receiveError(stack, server, { flags: MSG_OOB }), "EINVAL", "once");
  assert.equal(Buffer.concat(receiveMessage(stack, server).parts).toString(), "a");
});

script(
  "TCP: errors and the end are those of send and recv; a name is ignored, control messages are not",
  ONCE,
  (stack) => {
    const { client, server } = connected(stack);
    const fresh = stack.openTcp();
    assert.equal(sendError(stack, fresh, { parts: ["x"] }), "ENOTCONN");
    assert.equal(receiveError(stack, fresh), "ENOTCONN");
    const control = [{ level: IPPROTO_IP, type: IP_TTL, data: words(1) }];
    assert.equal(sendError(stack, client, { parts: ["x"], control }), "ENOTSUP");
    assert.equal(sendMessage(stack, client, { parts: ["named"], to: { ip: "203.0.113.9", port: 1 } }), 5);
    assert.equal(Buffer.concat(receiveMessage(stack, server).parts).toString(), "named");
    stack.shutdown(client, "wr");
    assert.equal(sendError(stack, client, { parts: ["x"] }), "EPIPE");
    stack.advance(1);
    const { length, flags } = receiveMessage(stack, server);
    assert.deepEqual([length, flags], [0, 0], "the end");
  },
);
