/** SO_TIMESTAMPING with software stamps (Linux's Documentation/networking/timestamping.rst): of datagrams that came, and, over the error queue, sent. */
import assert from "node:assert/strict";
import { pattern } from "../harness/bytes.js";
import { noError, type QueuedMessage, receiveErrors, TIMESTAMPING, takeError } from "../harness/error-queue.js";
import {
  type Control,
  IP_RECVTTL,
  IPPROTO_IP,
  type Message,
  receiveMessage,
  SO_TIMESTAMP,
  SO_TIMESTAMPING,
  SO_TIMESTAMPNS,
  sendMessage,
  words,
} from "../harness/message-calls.js";
import { script } from "../harness/script.js";
import { POLLERR, POLLIN, POLLOUT, SO_ERROR, SOL_SOCKET } from "../harness/socket-calls.js";
import type { Stack } from "../harness/stack.js";
import { events } from "./tcp/sockets-pair.js";

const RECEIVED = { settings: { NET_CONTEXT_TIMESTAMPING: true, NET_CONTEXT_RECV_PKTINFO: true } };
const BOTH = { settings: { ...RECEIVED.settings, NET_SOCKETS_RECVERR: true, NET_SOCKETS_ERROR_QUEUE: 3 } };

const TX_HARDWARE = 1;
const TX_SOFTWARE = 2;
const RX_HARDWARE = 4;
const RX_SOFTWARE = 8;
const SOFTWARE = 0x10;
const SYS_HARDWARE = 0x20;
const RAW_HARDWARE = 0x40;
const OPT_ID = 0x80;
const TX_SCHED = 0x100;
const TX_ACK = 0x200;
const OPT_CMSG = 0x400;
const OPT_TSONLY = 0x800;

function open(stack: Stack, flags: number): number {
  stack.arpResolve();
  const fd = stack.openUdp();
  stack.bind(fd, 7);
  stamp(stack, fd, flags);
  return fd;
}

function stamp(stack: Stack, fd: number, flags: number): void {
  stack.setOption(fd, SOL_SOCKET, SO_TIMESTAMPING, flags);
}

/** The three times of a scm_timestamping, ns. */
function stamps(control: Control): bigint[] {
  assert.deepEqual([control.level, control.type, control.data.length], [SOL_SOCKET, SO_TIMESTAMPING, 48]);
  const view = new DataView(control.data.buffer, control.data.byteOffset);
  return [0, 16, 32].map((at) => view.getBigInt64(at, true) * 1_000_000_000n + view.getBigInt64(at + 8, true));
}

function receive(stack: Stack, fd: number): Message {
  stack.inject(stack.peer.udp({ srcPort: 9000, dstPort: 7 }, "x"));
  return receiveMessage(stack, fd);
}

function send(stack: Stack, fd: number, data = "x"): void {
  stack.sendTo(fd, stack.peer.ip, 9000, data);
  stack.expect({ udp: { payload: data } });
}

/** Number and time, ns, of a stamp. */
function sentStamp({ error, before, payload, nameLength }: QueuedMessage): [number, bigint] {
  const { errno, origin, type, code, info, offender } = error;
  assert.deepEqual(
    { errno, origin, type, code, info, offender },
    { errno: "ENOMSG", origin: TIMESTAMPING, type: 0, code: 0, info: 0, offender: "" },
  );
  assert.deepEqual([payload.length, nameLength], [0, 0], "the datagram is not returned");
  assert.equal(before.length, 1);
  const [software, ...others] = stamps(before[0] as Control);
  assert.deepEqual(others, [0n, 0n]);
  return [error.data, software as bigint];
}

script("what came: the time at which the stack took it from the chip", RECEIVED, (stack) => {
  const fd = open(stack, RX_SOFTWARE | SOFTWARE);
  stack.advance(1234.567);
  const arrived = BigInt(stack.world.now) * 1000n;
  stack.inject(stack.peer.udp({ srcPort: 9000, dstPort: 7 }, "x"));
  stack.advance(3_000_000);
  const { control } = receiveMessage(stack, fd);
  assert.equal(control.length, 1);
  assert.deepEqual(stamps(control[0] as Control), [arrived, 0n, 0n]);
});

script("a stamp has to be asked for, and to be asked to be reported", RECEIVED, (stack) => {
  const fd = open(stack, 0);
  for (const [flags, count] of [
    [0, 0],
    [RX_SOFTWARE, 0],
    [SOFTWARE, 0],
    [RX_SOFTWARE | SOFTWARE, 1],
    [RX_HARDWARE | RAW_HARDWARE | SYS_HARDWARE, 0],
    [TX_HARDWARE | RX_HARDWARE | RAW_HARDWARE | RX_SOFTWARE | SOFTWARE | OPT_ID | OPT_TSONLY, 1],
    [0, 0],
  ] as const) {
    stamp(stack, fd, flags);
    assert.equal(stack.getOption(fd, SOL_SOCKET, SO_TIMESTAMPING), flags);
    assert.equal(receive(stack, fd).control.length, count, `0x${flags.toString(16)}`);
  }
});

script("beside SO_TIMESTAMPNS and what the header says; no room cuts it as a whole", RECEIVED, (stack) => {
  const fd = open(stack, RX_SOFTWARE | SOFTWARE);
  stack.setOption(fd, SOL_SOCKET, SO_TIMESTAMPNS, 1);
  stack.setOption(fd, IPPROTO_IP, IP_RECVTTL, 1);
  assert.deepEqual(
    receive(stack, fd).control.map(({ type }) => type),
    [SO_TIMESTAMPNS, SO_TIMESTAMPING, 2],
  );
  stack.inject(stack.peer.udp({ srcPort: 9000, dstPort: 7 }, "x"));
  const { control, flags } = receiveMessage(stack, fd, { room: 32 + 63 });
  assert.deepEqual([control.map(({ type }) => type), flags], [[SO_TIMESTAMPNS], 0x08]);
});

script(
  "EINVAL: flags that are unknown or would have no effect; ENOPROTOOPT: streams, other images",
  RECEIVED,
  (stack) => {
    const fd = open(stack, RX_SOFTWARE);
    const set = (socket: number, flags: number) => stack.errno(() => stamp(stack, socket, flags));
    for (const flags of [TX_SCHED, TX_ACK, OPT_CMSG, 0x1000, 0x8000_0000, -1, TX_SOFTWARE]) {
      assert.equal(set(fd, flags), "EINVAL", `0x${flags.toString(16)}`);
      assert.equal(stack.getOption(fd, SOL_SOCKET, SO_TIMESTAMPING), RX_SOFTWARE, "a refused value changes nothing");
    }
    assert.equal(set(stack.openTcp(), RX_SOFTWARE), "ENOPROTOOPT");
    stack.close(fd);
    assert.equal(stack.getOption(stack.openUdp(), SOL_SOCKET, SO_TIMESTAMPING), 0, "a new socket has none");
  },
);

script("an image without time stamps: ENOPROTOOPT", {}, (stack) => {
  const fd = stack.openUdp();
  assert.equal(
    stack.errno(() => stamp(stack, fd, 0)),
    "ENOPROTOOPT",
  );
  assert.equal(
    stack.errno(() => stack.getOption(fd, SOL_SOCKET, SO_TIMESTAMPING)),
    "ENOPROTOOPT",
  );
});

script("what was sent: a stamp each on the error queue, with its number", BOTH, (stack) => {
  const fd = open(stack, TX_SOFTWARE | SOFTWARE | OPT_ID);
  const times: bigint[] = [];
  for (let i = 0; i < 3; i++) {
    times.push(BigInt(stack.world.now) * 1000n);
    send(stack, fd, `number ${i}`);
    stack.advance(77);
  }
  assert.equal(events(stack, fd, POLLIN | POLLOUT), POLLOUT | POLLERR);
  assert.equal(stack.getOption(fd, SOL_SOCKET, SO_ERROR), 0, "a stamp is no error");
  for (const [i, time] of times.entries()) assert.deepEqual(sentStamp(takeError(stack, fd)), [i, time]);
  assert.equal(noError(stack, fd), "EAGAIN");
  assert.equal(events(stack, fd, POLLIN | POLLOUT), POLLOUT);
});

script("numbers count what was sent alone, and begin anew when they are asked for anew", BOTH, (stack) => {
  const fd = open(stack, TX_SOFTWARE | SOFTWARE | OPT_ID);
  const number = (): number => {
    send(stack, fd);
    return sentStamp(takeError(stack, fd))[0];
  };
  assert.deepEqual([number(), number()], [0, 1]);
  assert.equal(
    stack.errno(() => stack.sendTo(fd, "255.255.255.255", 9000, "x")),
    "EACCES",
  );
  assert.equal(number(), 2, "what failed has none");
  for (let i = 0; i < 4; i++) send(stack, fd);
  assert.equal(stack.counter("drop_error_queue_full"), 1);
  assert.deepEqual(
    [0, 1, 2].map(() => sentStamp(takeError(stack, fd))[0]),
    [3, 4, 5],
  );
  assert.equal(number(), 7, "what found no place counts");
  stamp(stack, fd, TX_SOFTWARE | SOFTWARE | OPT_ID | OPT_TSONLY);
  assert.equal(number(), 8, "asked for still");
  stamp(stack, fd, TX_SOFTWARE | SOFTWARE);
  assert.equal(number(), 0, "not asked for");
  stamp(stack, fd, TX_SOFTWARE | SOFTWARE | OPT_ID);
  assert.equal(number(), 0);
});

script(
  "every way out is stamped: connected, gathered, in fragments, to this device, to a new neighbour",
  BOTH,
  (stack) => {
    const fd = open(stack, TX_SOFTWARE | SOFTWARE | OPT_ID);
    stack.setOption(fd, SOL_SOCKET, 6, 1);
    const stamped = (id: number): void => {
      stack.takeSent();
      assert.equal(sentStamp(takeError(stack, fd))[0], id);
      assert.equal(noError(stack, fd), "EAGAIN", "one each");
    };
    // Twice: the second one would take the short way.
    for (let i = 0; i < 2; i++) {
      stack.sendTo(fd, stack.peer.ip, 9000, pattern(100));
      stamped(i);
    }
    sendMessage(stack, fd, { parts: ["a", "bcd"], to: { ip: stack.peer.ip, port: 9000 } });
    stamped(2);
    stack.sendTo(fd, stack.peer.ip, 9000, pattern(4000));
    stamped(3);
    stack.sendTo(fd, "10.0.2.99", 9000, "who is that?");
    stamped(4);
    stack.sendTo(fd, "255.255.255.255", 9000, "all");
    stamped(5);
    const other = stack.openUdp();
    stack.bind(other, 9);
    stack.sendTo(fd, "127.0.0.1", 9, "inside");
    assert.equal(stack.recvFrom(other).port, 7);
    stamped(6);
    sendMessage(stack, fd, {
      parts: ["x"],
      to: { ip: stack.peer.ip, port: 9000 },
      control: [{ level: IPPROTO_IP, type: 2, data: words(9) }],
    });
    stamped(7);
    stack.connect(fd, stack.peer.ip, 9000);
    for (let i = 8; i < 10; i++) {
      stack.send(fd, "peer");
      stamped(i);
    }
    stamp(stack, fd, 0);
    stack.send(fd, "peer");
    stack.expect({ udp: { payload: "peer" } });
    assert.equal(noError(stack, fd), "EAGAIN");
  },
);

script("a stamp that is not to be reported is an empty message; an error comes with its own time", BOTH, (stack) => {
  const fd = open(stack, TX_SOFTWARE);
  receiveErrors(stack, fd);
  stack.sendTo(fd, stack.peer.ip, 9000, pattern(8));
  const datagram = stack.takeSent()[0]?.packet.ip?.datagram as Uint8Array;
  const { error, before } = takeError(stack, fd);
  assert.deepEqual([error.origin, before], [TIMESTAMPING, []]);
  stamp(stack, fd, SOFTWARE);
  stack.setOption(fd, SOL_SOCKET, SO_TIMESTAMP, 1);
  stack.advance(50);
  const arrived = BigInt(stack.world.now) * 1000n;
  stack.inject(stack.peer.icmp({ type: 3, code: 1, rest: 0 }, datagram));
  stack.advance(50);
  const report = takeError(stack, fd);
  assert.deepEqual(
    report.before.map(({ type }) => type),
    [SO_TIMESTAMP, SO_TIMESTAMPING],
  );
  assert.equal(stamps(report.before[1] as Control)[0], arrived);
  assert.equal(report.error.errno, "EHOSTUNREACH");
});

script("stamps do not clear an error, errors do", BOTH, (stack) => {
  const fd = open(stack, TX_SOFTWARE | SOFTWARE);
  receiveErrors(stack, fd);
  stack.sendTo(fd, stack.peer.ip, 9000, pattern(8));
  const datagram = stack.takeSent()[0]?.packet.ip?.datagram as Uint8Array;
  stack.inject(stack.peer.icmp({ type: 3, code: 1, rest: 0 }, datagram));
  assert.equal(
    stack.errno(() => stack.send(fd, "x")),
    "EHOSTUNREACH",
    "the pending error",
  );
  assert.equal(takeError(stack, fd).error.origin, TIMESTAMPING);
  assert.notEqual(stack.getOption(fd, SOL_SOCKET, SO_ERROR), 0, "that of the next one in the queue");
  assert.equal(takeError(stack, fd).error.type, 3);
  stack.inject(stack.peer.icmp({ type: 3, code: 1, rest: 0 }, datagram));
  receiveErrors(stack, fd, 0);
  receiveErrors(stack, fd);
  stamp(stack, fd, 0);
  assert.equal(
    stack.errno(() => stack.sendTo(fd, stack.peer.ip, 9000, "x")),
    "EHOSTUNREACH",
  );
  stamp(stack, fd, TX_SOFTWARE);
  stack.inject(stack.peer.icmp({ type: 3, code: 1, rest: 0 }, datagram));
  takeError(stack, fd);
  send(stack, fd);
  takeError(stack, fd);
  assert.equal(stack.getOption(fd, SOL_SOCKET, SO_ERROR), 0);
});
