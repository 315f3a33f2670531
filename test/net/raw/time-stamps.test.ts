/** SO_TIMESTAMP, SO_TIMESTAMPNS and SO_TIMESTAMPING on raw and packet sockets: when a datagram or frame came, and when a datagram was sent. */
import assert from "node:assert/strict";
import { pattern } from "../../harness/bytes.js";
import { noError, TIMESTAMPING, takeError } from "../../harness/error-queue.js";
import {
  type Control,
  IP_RECVTTL,
  IPPROTO_IP,
  MSG_CTRUNC,
  receiveMessage,
  SO_TIMESTAMP,
  SO_TIMESTAMPING,
  SO_TIMESTAMPNS,
} from "../../harness/message-calls.js";
import { ETH_P_ALL, ETH_P_ARP, packetSocket, SOCK_DGRAM } from "../../harness/packet-calls.js";
import { script } from "../../harness/script.js";
import { AF_INET, SOL_SOCKET } from "../../harness/socket-calls.js";
import type { Stack } from "../../harness/stack.js";
import { EXPERIMENT, IPPROTO_ICMP, RAW, SOCK_RAW } from "./settings.js";

const ON = { settings: { ...RAW.settings, NET_CONTEXT_TIMESTAMPING: true, NET_SOCKETS_RECVERR: true } };
const TX_SOFTWARE = 0x02;
const RX_SOFTWARE = 0x08;
const SOFTWARE = 0x10;
const OPT_ID = 0x80;

/** The time in a control message, µs, as `unit` parts of a second. */
function time({ data }: Control, unit: bigint): bigint {
  const view = new DataView(data.buffer, data.byteOffset);
  return view.getBigInt64(0, true) * 1_000_000n + view.getBigInt64(8, true) / (unit / 1_000_000n);
}

/** Asks for the three of them in turn; `arrive` brings something of `from`'s kind. */
function received(stack: Stack, fd: number, arrive: () => void): void {
  const checks: [number, number, bigint][] = [
    [SO_TIMESTAMP, 1, 1_000_000n],
    [SO_TIMESTAMPNS, 1, 1_000_000_000n],
    [SO_TIMESTAMPING, RX_SOFTWARE | SOFTWARE, 1_000_000_000n],
  ];
  for (const [name, value, unit] of checks) {
    assert.equal(stack.getOption(fd, SOL_SOCKET, name), 0);
    stack.setOption(fd, SOL_SOCKET, name, value);
    assert.equal(stack.getOption(fd, SOL_SOCKET, name), value);
    stack.advance(1234.5);
    const arrived = BigInt(stack.world.now);
    arrive();
    stack.advance(500);
    stack.takeSent();
    const { control, flags } = receiveMessage(stack, fd);
    assert.deepEqual(
      control.map(({ level, type }) => [level, type]),
      [[SOL_SOCKET, name]],
    );
    assert.deepEqual([time(control[0] as Control, unit), flags], [arrived, 0]);
    arrive();
    stack.takeSent();
    const short = receiveMessage(stack, fd, { room: 31 });
    assert.deepEqual([short.control, short.flags], [[], MSG_CTRUNC]);
    stack.setOption(fd, SOL_SOCKET, name, 0);
    arrive();
    stack.takeSent();
    assert.deepEqual(receiveMessage(stack, fd).control, []);
  }
}

script("a raw socket: when a datagram came", ON, (stack) => {
  stack.arpResolve();
  const fd = stack.socket(AF_INET, SOCK_RAW, IPPROTO_ICMP);
  received(stack, fd, () => stack.inject(stack.peer.ping()));
});

script("a packet socket: when a frame came", ON, (stack) => {
  const fd = packetSocket(stack, SOCK_DGRAM, ETH_P_ARP);
  received(stack, fd, () => stack.inject(stack.peer.arpRequest()));
});

script("a raw socket: when a datagram was sent, with its number", ON, (stack) => {
  stack.arpResolve();
  const fd = stack.socket(AF_INET, SOCK_RAW, EXPERIMENT);
  stack.setOption(fd, SOL_SOCKET, SO_TIMESTAMPING, TX_SOFTWARE | SOFTWARE | OPT_ID);
  for (let i = 0; i < 2; i++) {
    const sent = BigInt(stack.world.now);
    stack.sendTo(fd, stack.peer.ip, 0, pattern(20));
    stack.takeNext("a datagram");
    stack.advance(10);
    const { error, before, nameLength } = takeError(stack, fd);
    assert.deepEqual([error.errno, error.origin, error.data, nameLength], ["ENOMSG", TIMESTAMPING, i, 0]);
    assert.equal(time(before[0] as Control, 1_000_000_000n), sent);
  }
  assert.equal(
    stack.errno(() => stack.sendTo(fd, "255.255.255.255", 0, "x")),
    "EACCES",
  );
  assert.equal(noError(stack, fd), "EAGAIN");
});

script("EINVAL: frames are not stamped when they are sent; ENOPROTOOPT: what is of datagrams alone", ON, (stack) => {
  const fd = packetSocket(stack, SOCK_DGRAM, ETH_P_ALL);
  const set = (socket: number, level: number, name: number, value: number) =>
    stack.errno(() => stack.setOption(socket, level, name, value));
  assert.equal(set(fd, SOL_SOCKET, SO_TIMESTAMPING, TX_SOFTWARE), "EINVAL");
  assert.equal(set(fd, IPPROTO_IP, IP_RECVTTL, 1), "ENOPROTOOPT");
  assert.equal(set(stack.socket(AF_INET, SOCK_RAW, EXPERIMENT), IPPROTO_IP, IP_RECVTTL, 1), "ENOPROTOOPT");
});

script("an image without time stamps: ENOPROTOOPT", RAW, (stack) => {
  for (const fd of [packetSocket(stack, SOCK_DGRAM, ETH_P_ALL), stack.socket(AF_INET, SOCK_RAW, EXPERIMENT)]) {
    for (const name of [SO_TIMESTAMP, SO_TIMESTAMPNS, SO_TIMESTAMPING]) {
      assert.equal(
        stack.errno(() => stack.setOption(fd, SOL_SOCKET, name, 1)),
        "ENOPROTOOPT",
      );
      assert.equal(
        stack.errno(() => stack.getOption(fd, SOL_SOCKET, name)),
        "ENOPROTOOPT",
      );
    }
  }
});
