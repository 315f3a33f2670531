/** sendmsg and recvmsg on packet sockets: buffers, sockaddr_ll for a name, flags (Linux's packet(7)). */
import assert from "node:assert/strict";
import { concat, macBytes, pattern } from "../../harness/bytes.js";
import { MSG_CTRUNC, MSG_ERRQUEUE } from "../../harness/message-calls.js";
import {
  beginReceiveFrameMessage,
  beginSendFrameMessage,
  bindLink,
  ETH_P_ALL,
  PACKET_HOST,
  packetSocket,
  receiveFrame,
  type SendFrameOptions,
  SOCK_DGRAM,
  SOCK_RAW,
} from "../../harness/packet-calls.js";
import { script } from "../../harness/script.js";
import { MSG_DONTWAIT, MSG_MORE, MSG_NOSIGNAL, MSG_OOB, MSG_PEEK, MSG_TRUNC } from "../../harness/socket-calls.js";
import type { Stack } from "../../harness/stack.js";
import { RAW } from "./settings.js";

const OPTIONS = { ...RAW };
const ONCE = { ...RAW, variants: false };
const ETH_P_TEST = 0x88b5;
const NIC = 1;
const LOOPBACK = 2;
/** Beyond the harness's guest memory. */
const NOWHERE = 0xffff_fff0;

function frame(stack: Stack, payload: Uint8Array): Uint8Array {
  return stack.peer.ethernet(payload, { type: ETH_P_TEST });
}

function sendError(
  stack: Stack,
  fd: number,
  parts: readonly (Uint8Array | string)[],
  options: SendFrameOptions = {},
): string {
  return beginSendFrameMessage(stack, fd, parts, options).errno;
}

function receiveError(stack: Stack, fd: number, options: object = {}): string {
  return beginReceiveFrameMessage(stack, fd, { flags: MSG_DONTWAIT, ...options }).errno;
}

script("a frame is scattered over buffers, with its sender", OPTIONS, (stack) => {
  const whole = packetSocket(stack, SOCK_RAW, ETH_P_TEST);
  const inside = packetSocket(stack, SOCK_DGRAM, ETH_P_TEST);
  const bytes = frame(stack, pattern(90));
  stack.inject(bytes);
  const message = beginReceiveFrameMessage(stack, whole, { sizes: [14, 0, 33, 500] }).value();
  assert.deepEqual(message.parts, [bytes.slice(0, 14), new Uint8Array(0), bytes.slice(14, 47), bytes.slice(47)]);
  const { length, nameLength, controlLength, flags, from } = message;
  assert.deepEqual([length, nameLength, controlLength, flags], [104, 20, 0, 0]);
  assert.deepEqual(from, { protocol: ETH_P_TEST, index: NIC, hardware: 1, kind: PACKET_HOST, mac: stack.peer.mac });
  const second = beginReceiveFrameMessage(stack, inside, { sizes: [1, 2, 100] }).value();
  assert.deepEqual(second.parts, [pattern(1), pattern(90).slice(1, 3), pattern(90).slice(3)]);
});

script("a waiting call is done when a frame comes", OPTIONS, (stack) => {
  const fd = packetSocket(stack, SOCK_RAW, ETH_P_TEST);
  const call = beginReceiveFrameMessage(stack, fd);
  stack.advance(1000);
  assert.equal(call.done, false);
  stack.inject(frame(stack, pattern(60)));
  assert.deepEqual(call.value().parts[0], frame(stack, pattern(60)));
  stack.receiveTimeout(fd, 50_000);
  const late = beginReceiveFrameMessage(stack, fd);
  stack.advance(60);
  assert.equal(late.errno, "EAGAIN");
});

script("MSG_TRUNC in msg_flags says that a frame was cut, in the flags it asks how long it was", OPTIONS, (stack) => {
  const fd = packetSocket(stack, SOCK_DGRAM, ETH_P_TEST);
  stack.inject(frame(stack, pattern(90)));
  const take = (sizes: number[], flags: number) => {
    const message = beginReceiveFrameMessage(stack, fd, { sizes, flags }).value();
    return [message.length, message.flags];
  };
  assert.deepEqual(take([3, 4], MSG_PEEK), [7, MSG_TRUNC]);
  assert.deepEqual(take([3, 4], MSG_PEEK | MSG_TRUNC), [90, MSG_TRUNC]);
  assert.deepEqual(take([40, 50], MSG_TRUNC | MSG_NOSIGNAL), [90, 0]);
  assert.equal(receiveError(stack, fd), "EAGAIN");
});

script("a short room for the name cuts it; none asks for none", OPTIONS, (stack) => {
  const fd = packetSocket(stack, SOCK_RAW, ETH_P_TEST);
  for (const room of [0, 1, 8, 11, 19, 20, 100]) {
    stack.inject(frame(stack, pattern(60)));
    const { from, nameLength } = beginReceiveFrameMessage(stack, fd, { nameRoom: room }).value();
    assert.equal(nameLength, room === 0 ? 0 : 20, `room for ${room}`);
    assert.equal(from.index, room >= 8 ? NIC : 0);
    assert.equal(from.mac, room >= 18 ? stack.peer.mac : "00:00:00:00:00:00");
  }
});

script("a frame is gathered from buffers: with its own header, or with one made of the name", OPTIONS, (stack) => {
  const whole = packetSocket(stack, SOCK_RAW, 0);
  const inside = packetSocket(stack, SOCK_DGRAM, 0);
  const to = { index: NIC, protocol: ETH_P_TEST, mac: "02:00:00:00:00:77" };
  const header = concat(macBytes(to.mac), macBytes(stack.mac), Uint8Array.of(0x88, 0xb5));
  const data = pattern(80);
  const parts = [data.slice(0, 1), data.slice(1, 4), new Uint8Array(0), data.slice(4)];
  assert.equal(beginSendFrameMessage(stack, inside, parts, { to, flags: MSG_NOSIGNAL }).value(), 80);
  assert.equal(beginSendFrameMessage(stack, whole, [header, ...parts], { to: { index: NIC } }).value(), 94);
  for (let i = 0; i < 2; i++) assert.deepEqual(stack.takeNext("a frame").packet.frame, concat(header, data));
  // Without a name: out of the interface that the socket is bound to. The name of one call is not the next one's.
  assert.equal(sendError(stack, whole, [header, data]), "ENXIO");
  bindLink(stack, whole, { index: NIC });
  assert.equal(sendError(stack, whole, [header, data], { to: { index: 9 } }), "ENXIO");
  assert.equal(beginSendFrameMessage(stack, whole, [header, data]).value(), 94);
  assert.deepEqual(stack.takeNext("a frame").packet.frame, concat(header, data));
  const reader = packetSocket(stack, SOCK_RAW, ETH_P_ALL);
  beginSendFrameMessage(stack, whole, [header, data], { to: { index: LOOPBACK } }).value();
  assert.deepEqual(receiveFrame(stack, reader).data, concat(header, data));
  stack.quiet(100);
});

script("errors", ONCE, (stack) => {
  const fd = packetSocket(stack, SOCK_RAW, ETH_P_TEST);
  const to = { index: NIC };
  const many = Array.from({ length: 17 }, () => "x");
  assert.equal(sendError(stack, fd, many, { to }), "EMSGSIZE", "more than IOV_MAX buffers");
  assert.equal(receiveError(stack, fd, { sizes: many.map(() => 1) }), "EMSGSIZE");
  assert.equal(sendError(stack, fd, [pattern(1000), pattern(515)], { to }), "EMSGSIZE", "more than a frame");
  assert.equal(sendError(stack, fd, [pattern(6), pattern(7)], { to }), "EINVAL", "less than a header");
  assert.equal(sendError(stack, fd, [pattern(60)], { to, nameLength: 19 }), "EINVAL", "a short name");
  assert.equal(sendError(stack, fd, [pattern(60)], { to, control: 24 }), "ENOTSUP", "control messages");
  assert.equal(sendError(stack, fd, [pattern(60)], { to, flags: MSG_MORE }), "ENOTSUP");
  assert.equal(sendError(stack, fd, [pattern(60)], { to, flags: MSG_OOB }), "ENOTSUP");
  for (const flags of [MSG_OOB, MSG_ERRQUEUE, MSG_CTRUNC]) assert.equal(receiveError(stack, fd, { flags }), "ENOTSUP");
  const at = stack.scratch(28);
  const out = stack.scratch(4);
  for (const call of ["send_message", "receive_message"]) {
    assert.equal(stack.start(call, [fd, NOWHERE, 0, out], () => 0).errno, "EFAULT", call);
    assert.equal(stack.start(call, [fd, at, 0, NOWHERE], () => 0).errno, "EFAULT", call);
    for (const field of [0, 8]) {
      for (let i = 0; i < 7; i++) stack.memory.store32(at + i * 4, 0);
      stack.memory.store32(at + field, NOWHERE);
      stack.memory.store32(at + field + 4, field === 0 ? 20 : 1);
      assert.equal(stack.start(call, [fd, at, MSG_DONTWAIT, out], () => 0).errno, "EFAULT", `${call} ${field}`);
    }
  }
  assert.equal(receiveError(stack, fd), "EAGAIN");
  stack.quiet(100);
});

script(
  "with error queues in the image a packet socket's is always empty",
  {
    settings: { ...RAW.settings, NET_SOCKETS_RECVERR: true },
    variants: false,
  },
  (stack) => {
    const fd = packetSocket(stack, SOCK_RAW, ETH_P_TEST);
    assert.equal(receiveError(stack, fd, { flags: MSG_ERRQUEUE }), "EAGAIN");
    assert.equal(
      stack.errno(() => stack.setOption(fd, 0, 11, 1)),
      "ENOPROTOOPT",
    );
  },
);
