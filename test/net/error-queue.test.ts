/** The error queue of datagram and raw sockets: IP_RECVERR and MSG_ERRQUEUE (ip(7), udp(7), raw(7), recv(2) of Linux). */
import assert from "node:assert/strict";
import { pattern } from "../harness/bytes.js";
import { ICMP, LOCAL, noError, receiveErrors, takeError } from "../harness/error-queue.js";
import {
  beginReceiveMessage,
  IP_PKTINFO,
  IP_RECVERR,
  IP_RECVTTL,
  IP_TTL,
  IPPROTO_IP,
  MSG_CTRUNC,
  MSG_ERRQUEUE,
  SO_TIMESTAMP,
  words,
} from "../harness/message-calls.js";
import { script } from "../harness/script.js";
import {
  AF_INET,
  MSG_DONTWAIT,
  MSG_OOB,
  MSG_PEEK,
  MSG_TRUNC,
  MSG_WAITALL,
  POLLERR,
  POLLIN,
  POLLOUT,
  SO_ERROR,
  SOL_SOCKET,
} from "../harness/socket-calls.js";
import type { Stack } from "../harness/stack.js";
import { events } from "./tcp/sockets-pair.js";

const ON = { settings: { NET_SOCKETS_RECVERR: true, NET_SOCKETS_ERROR_QUEUE: 4, NET_SOCKETS_ERROR_PAYLOAD: 64 } };
const ONCE = { ...ON, variants: false };
const RAW = { settings: { ...ON.settings, NET_SOCKETS_INET_RAW: true, APP_RAW_SOCKETS: true } };
const IP_MTU_DISCOVER = 10;
const [DONT, WANT, DO, PROBE] = [0, 1, 2, 3];
const IP_HDRINCL = 3;
const SOCK_RAW = 3;
/** A router on the way. */
const ROUTER = "192.0.2.1";
const FAR = "198.51.100.7";

/** A socket on port 4000 with IP_RECVERR; the next hop is known. */
function open(stack: Stack, on = true): number {
  stack.arpResolve();
  const fd = stack.openUdp();
  stack.bind(fd, 4000);
  if (on) receiveErrors(stack, fd);
  return fd;
}

/** Sends `data` to port 9000 of `to`; the datagram as it went out. */
function sent(stack: Stack, fd: number, data: Uint8Array, to = FAR): Uint8Array {
  stack.sendTo(fd, to, 9000, data);
  const datagram = stack.takeSent()[0]?.packet.ip?.datagram;
  assert.ok(datagram !== undefined);
  return datagram;
}

/** An ICMP error about `datagram`, of which `quoted` bytes come back. */
function report(
  stack: Stack,
  datagram: Uint8Array,
  { type = 11, code = 0, rest = 0, from = ROUTER, quoted = datagram.length } = {},
): void {
  stack.inject(stack.peer.icmp({ type, code, rest, ip: { src: from } }, datagram.slice(0, quoted)));
}

function pending(stack: Stack, fd: number): number {
  return stack.getOption(fd, SOL_SOCKET, SO_ERROR);
}

/** What a receiving call says. */
function next(stack: Stack, fd: number): string {
  return stack.begin.recvFrom(fd, { flags: MSG_DONTWAIT }).errno;
}

script("an error about a socket without a peer: what, from whom, about what, and where that went", ON, (stack) => {
  const fd = open(stack);
  assert.equal(noError(stack, fd), "EAGAIN");
  const data = pattern(40, 3);
  report(stack, sent(stack, fd, data));
  assert.equal(events(stack, fd, POLLIN | POLLOUT), POLLIN | POLLOUT | POLLERR);
  const { error, before, payload, from, port, nameLength, flags, controlLength, length } = takeError(stack, fd);
  assert.deepEqual(error, {
    errno: "EHOSTUNREACH",
    origin: ICMP,
    type: 11,
    code: 0,
    info: 0,
    data: 0,
    offender: ROUTER,
  });
  assert.deepEqual(before, []);
  assert.deepEqual([payload, length], [data, 40]);
  assert.deepEqual([from, port, nameLength], [FAR, 9000, 8]);
  assert.deepEqual([flags, controlLength], [MSG_ERRQUEUE, 40]);
  assert.equal(noError(stack, fd), "EAGAIN");
  assert.equal(pending(stack, fd), 0, "taking it clears the pending error");
  assert.equal(events(stack, fd, POLLIN | POLLOUT), POLLOUT);
  assert.equal(next(stack, fd), "EAGAIN");
});

script("the pending error is the next call's too, and the queue stays", ON, (stack) => {
  const fd = open(stack);
  report(stack, sent(stack, fd, pattern(8)), { type: 3, code: 3, from: FAR });
  const call = stack.errno(() => stack.sendTo(fd, FAR, 9000, "again"));
  assert.equal(call, "ECONNREFUSED");
  assert.equal(next(stack, fd), "EAGAIN", "once");
  assert.equal(events(stack, fd, POLLIN), POLLERR, "POLLERR while something is queued");
  report(stack, sent(stack, fd, pattern(8)), { type: 3, code: 1 });
  assert.equal(next(stack, fd), "EHOSTUNREACH");
  assert.equal(takeError(stack, fd).error.errno, "ECONNREFUSED");
  assert.equal(next(stack, fd), "EHOSTUNREACH", "the pending error becomes that of the next one in the queue");
  assert.equal(takeError(stack, fd).error.errno, "EHOSTUNREACH");
  assert.equal(pending(stack, fd), 0);
});

script("a waiting call is ended by an error; a queued one ends none", ON, (stack) => {
  const fd = open(stack);
  const datagram = sent(stack, fd, pattern(8));
  const waiting = stack.begin.recvFrom(fd);
  assert.equal(waiting.done, false);
  report(stack, datagram);
  assert.equal(waiting.errno, "EHOSTUNREACH");
  const second = stack.begin.recvFrom(fd);
  stack.advance(100);
  assert.equal(second.done, false, "the pending error has been told");
  stack.inject(stack.peer.udp({ srcPort: 9000, dstPort: 4000 }, "data"));
  assert.equal(Buffer.from(second.value().data).toString(), "data");
  takeError(stack, fd);
});

script("poll wakes for POLLERR alone, select says readable and writable", ON, (stack) => {
  const fd = open(stack);
  const datagram = sent(stack, fd, pattern(8));
  const call = stack.begin.poll([{ fd, events: 0 }], 5000);
  assert.equal(call.done, false);
  report(stack, datagram);
  assert.deepEqual(call.value(), [POLLERR]);
  assert.equal(next(stack, fd), "EHOSTUNREACH");
  assert.deepEqual(stack.select([fd], [fd], 0), { read: [fd], write: [fd] });
  takeError(stack, fd);
  assert.deepEqual(stack.select([fd], [], 0), { read: [], write: [] });
});

script("poll_oneoff: an event of either kind, with the pending error; nothing can be read", ON, (stack) => {
  const fd = open(stack);
  const subscriptions = 64;
  const at = 192;
  const count = 320;
  const wait = () => {
    for (const [i, type] of [1, 2].entries()) {
      stack.memory.store32(subscriptions + i * 48 + 8, type);
      stack.memory.store32(subscriptions + i * 48 + 16, fd);
    }
    assert.equal(stack.sys("poll_oneoff", subscriptions, at, 2, count), 0);
    const found = stack.memory.load32(count);
    return Array.from({ length: found }, (_, i) => {
      const event = at + i * 32;
      return [stack.memory.bytes[event + 10], stack.memory.load16(event + 8), stack.memory.load32(event + 16)];
    });
  };
  assert.deepEqual(wait(), [[2, 0, 0]], "it can be written");
  report(stack, sent(stack, fd, pattern(8)));
  const EHOSTUNREACH = 23;
  assert.deepEqual(wait(), [
    [1, EHOSTUNREACH, 0],
    [2, EHOSTUNREACH, 0],
  ]);
  next(stack, fd);
  assert.deepEqual(wait(), [
    [1, 0, 0],
    [2, 0, 0],
  ]);
  takeError(stack, fd);
  assert.deepEqual(wait(), [[2, 0, 0]]);
});

const CODES = [
  ...["ENETUNREACH", "EHOSTUNREACH", "ENOPROTOOPT", "ECONNREFUSED", "EMSGSIZE", "ENOTSUP", "ENETUNREACH"],
  ...["EHOSTUNREACH", "ENETUNREACH", "ENETUNREACH", "EHOSTUNREACH", "ENETUNREACH", "EHOSTUNREACH"],
  ...["EHOSTUNREACH", "EHOSTUNREACH", "EHOSTUNREACH"],
];

script("every type and code has its errno; those that mean nothing to a program are not queued", ONCE, (stack) => {
  const fd = open(stack);
  const datagram = sent(stack, fd, pattern(8));
  for (const [code, errno] of CODES.entries()) {
    report(stack, datagram, { type: 3, code, rest: code === 4 ? 900 : 0 });
    const { error } = takeError(stack, fd);
    assert.deepEqual([error.errno, error.type, error.code], [errno, 3, code]);
    assert.equal(error.info, code === 4 ? 900 : 0, "the MTU of the next hop");
  }
  report(stack, datagram, { type: 12, code: 0, rest: 0x14_00_00_00 });
  const { error } = takeError(stack, fd);
  assert.deepEqual([error.errno, error.type, error.info], ["EPROTO", 12, 0x14], "the octet that is wrong");
  for (const [type, code] of [
    [3, 16],
    [3, 255],
    [11, 1],
    [4, 0],
    [5, 0],
    [13, 0],
  ]) {
    report(stack, datagram, { type, code });
    assert.equal(noError(stack, fd), "EAGAIN", `${type}/${code}`);
    assert.equal(pending(stack, fd), 0);
  }
});

script("without IP_RECVERR nothing is queued, and a socket without a peer hears nothing", ON, (stack) => {
  const fd = open(stack, false);
  assert.equal(stack.getOption(fd, IPPROTO_IP, IP_RECVERR), 0);
  for (const [type, code] of [
    [3, 3],
    [3, 1],
    [11, 0],
  ]) {
    report(stack, sent(stack, fd, pattern(8)), { type, code });
    assert.equal(next(stack, fd), "EAGAIN");
    assert.equal(noError(stack, fd), "EAGAIN");
  }
});

script("switched off, the queue is empty; the pending error stays, as on Linux", ON, (stack) => {
  const fd = open(stack);
  assert.equal(stack.getOption(fd, IPPROTO_IP, IP_RECVERR), 1);
  for (let i = 0; i < 2; i++) {
    const datagram = sent(stack, fd, pattern(8));
    report(stack, datagram);
    if (i === 0) next(stack, fd);
  }
  receiveErrors(stack, fd, 0);
  assert.equal(noError(stack, fd), "EAGAIN");
  assert.equal(next(stack, fd), "EHOSTUNREACH");
  assert.equal(events(stack, fd, POLLIN), 0);
  stack.setOption(fd, IPPROTO_IP, IP_RECVERR, 7);
  assert.equal(stack.getOption(fd, IPPROTO_IP, IP_RECVERR), 1);
});

script("a full queue: what comes first stays, what does not fit is counted, SO_ERROR is the last", ON, (stack) => {
  const fd = open(stack);
  const other = stack.openUdp();
  receiveErrors(stack, other);
  const datagram = sent(stack, fd, pattern(20));
  const mine = sent(stack, other, pattern(20));
  for (const code of [0, 1, 2]) report(stack, datagram, { type: 3, code });
  report(stack, mine, { type: 3, code: 13 });
  assert.equal(stack.counter("drop_error_queue_full"), 0);
  report(stack, datagram, { type: 3, code: 3 });
  report(stack, mine, { type: 3, code: 3 });
  assert.equal(stack.counter("drop_error_queue_full"), 2);
  assert.equal(next(stack, fd), "ECONNREFUSED");
  assert.deepEqual(
    [0, 1, 2].map(() => takeError(stack, fd).error.code),
    [0, 1, 2],
  );
  assert.equal(noError(stack, fd), "EAGAIN");
  assert.equal(takeError(stack, other).error.code, 13);
  report(stack, datagram);
  takeError(stack, fd);
});

script("close gives the places back, also with errors queued", ON, (stack) => {
  stack.arpResolve();
  for (let i = 0; i < 10; i++) {
    const fd = stack.openUdp();
    receiveErrors(stack, fd);
    const datagram = sent(stack, fd, pattern(8));
    for (let each = 0; each < 4; each++) report(stack, datagram);
    stack.close(fd);
  }
  assert.equal(stack.counter("drop_error_queue_full"), 0);
  const fd = stack.openUdp();
  assert.equal(stack.getOption(fd, IPPROTO_IP, IP_RECVERR), 0);
  assert.equal(noError(stack, fd), "EAGAIN", "a new socket has nothing of the old one");
});

script(
  "what is quoted: nothing but the ports, some of it, more than is kept; and buffers that are shorter",
  ON,
  (stack) => {
    const fd = open(stack);
    const data = pattern(200, 9);
    const datagram = sent(stack, fd, data);
    for (const [quoted, bytes] of [
      [28, 0],
      [29, 1],
      [60, 32],
      [92, 64],
      [93, 64],
      [228, 64],
    ]) {
      report(stack, datagram, { quoted });
      const { payload, flags } = takeError(stack, fd);
      assert.deepEqual(payload, data.slice(0, bytes), `${quoted} bytes quoted`);
      assert.equal(flags, MSG_ERRQUEUE);
    }
    report(stack, datagram);
    const short = takeError(stack, fd, { sizes: [3, 4] });
    assert.deepEqual([short.length, short.flags], [7, MSG_ERRQUEUE | MSG_TRUNC]);
    assert.deepEqual(short.parts, [data.slice(0, 3), data.slice(3, 7)]);
    report(stack, datagram);
    assert.equal(takeError(stack, fd, { sizes: [] }).flags, MSG_ERRQUEUE | MSG_TRUNC);
  },
);

script(
  "room: CTRUNC when IP_RECVERR does not fit, a short name is cut; the error is taken all the same",
  ONCE,
  (stack) => {
    const fd = open(stack);
    const datagram = sent(stack, fd, pattern(8));
    for (const room of [0, 15, 16, 39]) {
      report(stack, datagram);
      const call = beginReceiveMessage(stack, fd, { flags: MSG_ERRQUEUE, room });
      assert.deepEqual([call.value().flags, call.value().controlLength], [MSG_ERRQUEUE | MSG_CTRUNC, 0], `${room}`);
    }
    for (const room of [40, 47, 48, 64]) {
      report(stack, datagram);
      const guard = takeError(stack, fd, { room });
      assert.equal(guard.controlLength, 40);
    }
    report(stack, datagram);
    const short = takeError(stack, fd, { nameRoom: 4 });
    assert.deepEqual([short.port, short.from, short.nameLength], [9000, "0.0.0.0", 8]);
    report(stack, datagram);
    assert.equal(takeError(stack, fd, { nameRoom: 0 }).nameLength, 0);
    assert.equal(noError(stack, fd), "EAGAIN");
  },
);

script("flags: those of Linux mean nothing here, others are refused; nobody waits", ONCE, (stack) => {
  const fd = open(stack);
  const datagram = sent(stack, fd, pattern(8));
  for (const flags of [MSG_PEEK, MSG_TRUNC, MSG_WAITALL, MSG_DONTWAIT]) {
    report(stack, datagram);
    assert.equal(takeError(stack, fd, { flags, sizes: [5] }).length, 5);
    assert.equal(noError(stack, fd, flags), "EAGAIN");
  }
  assert.equal(noError(stack, fd, MSG_OOB), "ENOTSUP");
  assert.equal(beginReceiveMessage(stack, fd, { flags: MSG_ERRQUEUE, sizes: new Array(17).fill(1) }).errno, "EMSGSIZE");
});

script("recvfrom with MSG_ERRQUEUE gives the payload and where it went", ON, (stack) => {
  const fd = open(stack);
  const take = () => stack.begin.recvFrom(fd, { flags: MSG_ERRQUEUE });
  assert.equal(take().errno, "EAGAIN");
  report(stack, sent(stack, fd, pattern(30)));
  assert.deepEqual(take().value(), { from: FAR, port: 9000, data: pattern(30), length: 30 });
  assert.equal(pending(stack, fd), 0);
  assert.equal(take().errno, "EAGAIN");
  assert.equal(stack.begin.recvFrom(fd, { flags: MSG_ERRQUEUE | MSG_OOB }).errno, "ENOTSUP");
  report(stack, sent(stack, fd, pattern(30)));
  assert.deepEqual(stack.recvWith(fd, { flags: MSG_ERRQUEUE, length: 4 }), pattern(4));
});

script("EFAULT takes nothing", ONCE, (stack) => {
  const fd = open(stack);
  report(stack, sent(stack, fd, pattern(8)));
  const nowhere = 0xffff_fff0;
  const at = stack.scratch(28);
  const out = stack.scratch(4);
  const attempt = (field: number): string => {
    for (let i = 0; i < 7; i++) stack.memory.store32(at + i * 4, 0);
    stack.memory.store32(at + field, nowhere);
    stack.memory.store32(at + field + 4, field === 8 ? 1 : 64);
    return stack.start("receive_message", [fd, at, MSG_ERRQUEUE, out], () => 0).errno;
  };
  for (const field of [0, 8, 16]) assert.equal(attempt(field), "EFAULT", `${field}`);
  assert.equal(stack.start("receive_message", [fd, nowhere, MSG_ERRQUEUE, out], () => 0).errno, "EFAULT");
  assert.equal(stack.start("recv_from", [fd, nowhere, 64, MSG_ERRQUEUE, 0, 0, out], () => 0).errno, "EFAULT");
  assert.equal(stack.start("recv_from", [fd, at, 8, MSG_ERRQUEUE, nowhere, out, out], () => 0).errno, "EFAULT");
  takeError(stack, fd);
});

script("of several sockets the one that a datagram of the other end would reach hears of it", ON, (stack) => {
  const fd = open(stack);
  const specific = stack.openUdp();
  stack.setOption(fd, SOL_SOCKET, 15, 1);
  stack.setOption(specific, SOL_SOCKET, 15, 1);
  stack.close(fd);
  const any = stack.openUdp();
  stack.setOption(any, SOL_SOCKET, 15, 1);
  stack.bind(any, 4000);
  stack.bind(specific, 4000);
  stack.connect(specific, FAR, 9000);
  for (const each of [any, specific]) receiveErrors(stack, each);
  stack.send(specific, "x");
  const datagram = stack.takeSent()[0]?.packet.ip?.datagram as Uint8Array;
  report(stack, datagram);
  assert.equal(noError(stack, any), "EAGAIN");
  assert.equal(takeError(stack, specific).error.offender, ROUTER);
  // A connected socket without the option, as before: what may mend is not told.
  receiveErrors(stack, specific, 0);
  report(stack, datagram);
  assert.equal(next(stack, specific), "EAGAIN");
  report(stack, datagram, { type: 3, code: 3 });
  assert.equal(next(stack, specific), "ECONNREFUSED");
});

script("a forged error, about what no socket can have sent, is nothing", ON, (stack) => {
  const fd = open(stack);
  const datagram = sent(stack, fd, pattern(8));
  const forged = (change: (copy: Uint8Array) => void): void => {
    const copy = datagram.slice();
    change(copy);
    report(stack, copy);
  };
  forged((copy) => copy.set([10, 9, 9, 9], 12));
  forged((copy) => copy.set([0x0f, 0xff], 20));
  forged((copy) => copy.set([0x00, 0x10], 6));
  forged((copy) => copy.set([0x44], 0));
  stack.inject(stack.peer.icmp({ type: 11, code: 0, rest: 0, checksum: "bad" }, datagram));
  stack.inject(stack.peer.icmp({ type: 11, code: 0, rest: 0 }, datagram.slice(0, 27)));
  assert.equal(noError(stack, fd), "EAGAIN");
  assert.equal(pending(stack, fd), 0);
  forged(() => undefined);
  takeError(stack, fd);
});

const MTU = { settings: { ...ON.settings, NET_SOCKETS_MTU_DISCOVER: true } };

script("a datagram that is refused here: EMSGSIZE, from this device, with the MTU and no payload", MTU, (stack) => {
  const fd = open(stack);
  stack.setOption(fd, IPPROTO_IP, IP_MTU_DISCOVER, DO);
  assert.equal(
    stack.errno(() => stack.sendTo(fd, FAR, 9000, pattern(1473))),
    "EMSGSIZE",
  );
  assert.equal(events(stack, fd, POLLIN | POLLOUT), POLLOUT | POLLERR);
  assert.equal(next(stack, fd), "EAGAIN", "it is no pending error: the call has said so");
  assert.equal(pending(stack, fd), 0);
  const { error, payload, from, port } = takeError(stack, fd);
  assert.deepEqual(error, { errno: "EMSGSIZE", origin: LOCAL, type: 0, code: 0, info: 1500, data: 0, offender: "" });
  assert.deepEqual([payload.length, from, port], [0, FAR, 9000]);
  // A router's report, and what follows from it.
  report(stack, sent(stack, fd, pattern(1400)), { type: 3, code: 4, rest: 1000, quoted: 28 });
  assert.equal(
    stack.errno(() => stack.sendTo(fd, FAR, 9000, pattern(1400))),
    "EMSGSIZE",
    "the pending error",
  );
  assert.equal(
    stack.errno(() => stack.sendTo(fd, FAR, 9000, pattern(1400))),
    "EMSGSIZE",
    "the datagram",
  );
  assert.deepEqual(
    [0, 1].map(() => takeError(stack, fd).error).map(({ origin, info }) => [origin, info]),
    [
      [ICMP, 1000],
      [LOCAL, 1000],
    ],
  );
  stack.setOption(fd, IPPROTO_IP, IP_MTU_DISCOVER, PROBE);
  sent(stack, fd, pattern(1400));
  stack.errno(() => stack.sendTo(fd, FAR, 9000, pattern(1473)));
  assert.equal(takeError(stack, fd).error.info, 1500, "the link's alone");
  receiveErrors(stack, fd, 0);
  stack.errno(() => stack.sendTo(fd, FAR, 9000, pattern(1473)));
  assert.equal(noError(stack, fd), "EAGAIN");
});

script("fragmentation needed: heard of with IP_PMTUDISC_WANT too, as on Linux, not with _DONT", MTU, (stack) => {
  const fd = open(stack);
  for (const [mode, heard] of [
    [WANT, true],
    [DONT, false],
  ] as const) {
    stack.setOption(fd, IPPROTO_IP, IP_MTU_DISCOVER, mode);
    report(stack, sent(stack, fd, pattern(500)), { type: 3, code: 4, rest: 600 });
    if (heard) assert.equal(takeError(stack, fd).error.info, 600);
    else assert.equal(noError(stack, fd), "EAGAIN");
  }
});

script("a next hop that does not answer is an error of this device: host unreachable", ON, (stack) => {
  const fd = stack.openUdp();
  stack.bind(fd, 4000);
  receiveErrors(stack, fd);
  stack.sendTo(fd, "10.0.2.77", 9000, pattern(30));
  stack.advance(10_000);
  stack.takeSent();
  assert.equal(next(stack, fd), "EHOSTUNREACH", "also without a peer");
  const { error, payload, from, port } = takeError(stack, fd);
  assert.deepEqual(error, {
    errno: "EHOSTUNREACH",
    origin: ICMP,
    type: 3,
    code: 1,
    info: 0,
    data: 0,
    offender: stack.ip,
  });
  assert.deepEqual([payload, from, port], [pattern(30), "10.0.2.77", 9000]);
  receiveErrors(stack, fd, 0);
  stack.advance(5000);
  stack.sendTo(fd, "10.0.2.77", 9000, pattern(30));
  stack.advance(10_000);
  stack.takeSent();
  assert.equal(next(stack, fd), "EAGAIN");
});

script("over loopback: a port that nobody has", ON, (stack) => {
  const fd = stack.openUdp();
  receiveErrors(stack, fd);
  stack.sendTo(fd, "127.0.0.1", 4999, "is anybody there?");
  stack.advance(1);
  const { error, payload, from, port } = takeError(stack, fd);
  assert.deepEqual([error.errno, error.type, error.code, error.offender], ["ECONNREFUSED", 3, 3, "127.0.0.1"]);
  assert.deepEqual([Buffer.from(payload).toString(), from, port], ["is anybody there?", "127.0.0.1", 4999]);
});

const INFO = { settings: { ...ON.settings, NET_CONTEXT_RECV_PKTINFO: true, NET_CONTEXT_TIMESTAMPING: true } };

script("control messages that the socket asks for are about the ICMP message", INFO, (stack) => {
  const fd = open(stack);
  stack.setOption(fd, IPPROTO_IP, IP_RECVTTL, 1);
  stack.setOption(fd, IPPROTO_IP, IP_PKTINFO, 1);
  stack.setOption(fd, SOL_SOCKET, SO_TIMESTAMP, 1);
  const datagram = sent(stack, fd, pattern(8));
  stack.advance(123);
  const arrived = BigInt(stack.world.now);
  stack.inject(stack.peer.icmp({ type: 11, code: 0, rest: 0, ip: { src: ROUTER, ttl: 61 } }, datagram));
  stack.advance(1000);
  const { before } = takeError(stack, fd);
  assert.deepEqual(
    before.map(({ level, type }) => [level, type]),
    [
      [SOL_SOCKET, SO_TIMESTAMP],
      [IPPROTO_IP, IP_PKTINFO],
      [IPPROTO_IP, IP_TTL],
    ],
  );
  const stamp = new DataView(before[0].data.buffer, before[0].data.byteOffset);
  assert.equal(stamp.getBigInt64(0, true) * 1_000_000n + stamp.getBigInt64(8, true), arrived);
  assert.deepEqual(before[2].data, words(61));
  // An error found here came over no wire.
  assert.equal(
    stack.errno(() => stack.sendTo(fd, "127.0.0.1", 9000, pattern(8))),
    "SUCCESS",
  );
  stack.advance(1);
  assert.deepEqual(takeError(stack, fd).before.at(-1)?.data, words(64));
});

script(
  "raw sockets: the payload is all that is behind the IP header, or all with IP_HDRINCL; no port",
  RAW,
  (stack) => {
    stack.arpResolve();
    const fd = stack.socket(AF_INET, SOCK_RAW, 253);
    receiveErrors(stack, fd);
    const datagram = sent(stack, fd, pattern(40));
    report(stack, datagram);
    assert.equal(next(stack, fd), "EHOSTUNREACH");
    const { error, payload, from, port } = takeError(stack, fd);
    assert.deepEqual([error.errno, error.origin, error.offender], ["EHOSTUNREACH", ICMP, ROUTER]);
    assert.deepEqual([payload, from, port], [pattern(40), FAR, 0]);
    stack.setOption(fd, IPPROTO_IP, IP_HDRINCL, 1);
    report(stack, datagram, { type: 3, code: 2, from: FAR });
    const whole = takeError(stack, fd);
    assert.deepEqual([whole.error.errno, whole.payload], ["ENOPROTOOPT", datagram]);
    assert.equal(
      stack.errno(() => stack.sendTo(fd, FAR, 0, pattern(1501))),
      "EMSGSIZE",
    );
    assert.deepEqual([takeError(stack, fd).error.info, pending(stack, fd)], [1500, 0]);
    // Without the option, and without a peer, a raw socket hears nothing.
    receiveErrors(stack, fd, 0);
    report(stack, datagram, { type: 3, code: 2, from: FAR });
    assert.deepEqual([next(stack, fd), noError(stack, fd)], ["EAGAIN", "EAGAIN"]);
  },
);

script("a next hop that does not answer a raw socket's datagram", RAW, (stack) => {
  const fd = stack.socket(AF_INET, SOCK_RAW, 253);
  receiveErrors(stack, fd);
  stack.sendTo(fd, "10.0.2.77", 0, pattern(30));
  stack.advance(10_000);
  stack.takeSent();
  const { error, payload } = takeError(stack, fd);
  assert.deepEqual([error.errno, error.offender, payload], ["EHOSTUNREACH", stack.ip, pattern(30)]);
});

script("an image without error queues: ENOPROTOOPT, and the flag is unknown", {}, (stack) => {
  const fd = stack.openUdp();
  assert.equal(
    stack.errno(() => stack.setOption(fd, IPPROTO_IP, IP_RECVERR, 1)),
    "ENOPROTOOPT",
  );
  assert.equal(
    stack.errno(() => stack.getOption(fd, IPPROTO_IP, IP_RECVERR)),
    "ENOPROTOOPT",
  );
  assert.equal(noError(stack, fd), "ENOTSUP");
  assert.equal(stack.begin.recvFrom(fd, { flags: MSG_ERRQUEUE }).errno, "ENOTSUP");
});
