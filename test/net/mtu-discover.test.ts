/** IP_MTU_DISCOVER and IP_MTU (ip(7) of Linux): what becomes of datagrams that a path does not take in one piece (RFC 1191, RFC 6864). */
import assert from "node:assert/strict";
import { concat, pattern } from "../harness/bytes.js";
import { IPPROTO_IP } from "../harness/igmp.js";
import type { Packet } from "../harness/parse.js";
import { script } from "../harness/script.js";
import { MSG_DONTWAIT, POLLERR } from "../harness/socket-calls.js";
import type { Stack } from "../harness/stack.js";
import { connected as connectedStream, events } from "./tcp/sockets-pair.js";

const IP_MTU_DISCOVER = 10;
const IP_MTU = 14;
const [DONT, WANT, DO, PROBE] = [0, 1, 2, 3];
const ON = { settings: { NET_SOCKETS_MTU_DISCOVER: true } };
/** Payload of the largest datagram that the link takes in one piece. */
const LINK = 1472;
/** MTU that a router reports, and the largest payload for it. */
const PATH = 1000;
const ROOM = PATH - 28;

/** A datagram socket on port 4000, connected to port 9000 of the peer. */
function open(stack: Stack, mode?: number): number {
  stack.arpResolve();
  const fd = stack.openUdp();
  stack.bind(fd, 4000);
  stack.connect(fd, stack.peer.ip, 9000);
  if (mode !== undefined) stack.setOption(fd, IPPROTO_IP, IP_MTU_DISCOVER, mode);
  return fd;
}

/** Sends `size` bytes: the frames that this takes, checked to be those bytes; or why it was refused. */
function send(stack: Stack, fd: number, size: number): readonly Packet[] | string {
  const data = pattern(size);
  const error = stack.errno(() => stack.send(fd, data));
  const packets = stack.takeSent().map(({ packet }) => packet);
  if (error !== "SUCCESS") {
    assert.equal(packets.length, 0, "nothing was sent");
    return error;
  }
  const whole = concat(...packets.map(({ ip }) => ip?.payload ?? new Uint8Array(0)));
  assert.deepEqual(whole.slice(8), data);
  return packets;
}

/** Sends one datagram, and has a router say that it did not pass. */
function reported(stack: Stack, fd: number, mtu = PATH): void {
  stack.send(fd, pattern(1400));
  const datagram = stack.takeSent()[0]?.packet.ip?.datagram;
  assert.ok(datagram !== undefined);
  stack.inject(stack.peer.icmp({ type: 3, code: 4, rest: mtu }, datagram.slice(0, 28)));
}

/** What the next call says of an error that waits. */
function pending(stack: Stack, fd: number): string {
  return stack.begin.recvFrom(fd, { flags: MSG_DONTWAIT }).errno;
}

function mtu(stack: Stack, fd: number): number {
  return stack.getOption(fd, IPPROTO_IP, IP_MTU);
}

script("the default is to want: in one piece with DF, larger than the link in fragments", ON, (stack) => {
  const fd = open(stack);
  assert.equal(stack.getOption(fd, IPPROTO_IP, IP_MTU_DISCOVER), WANT);
  for (const [size, count] of [
    [1, 1],
    [LINK, 1],
    [LINK + 1, 2],
  ] as const) {
    const packets = send(stack, fd, size);
    assert.ok(typeof packets !== "string");
    assert.equal(packets.length, count);
    for (const { ip } of packets) assert.equal(ip?.df, count === 1);
  }
  reported(stack, fd);
  assert.equal(pending(stack, fd), "EAGAIN", "the next one is fragmented: nothing to tell the program");
  assert.equal(send(stack, fd, ROOM).length, 1);
  assert.equal(send(stack, fd, ROOM + 1).length, 2);
});

script(
  "DO: EMSGSIZE for what the link, and what the path, does not take; the program hears of a report",
  ON,
  (stack) => {
    const fd = open(stack, DO);
    for (let i = 0; i < 2; i++) {
      const [packet] = send(stack, fd, LINK) as readonly Packet[];
      assert.ok(packet?.ip?.df);
      assert.equal(send(stack, fd, LINK + 1), "EMSGSIZE");
    }
    reported(stack, fd);
    assert.equal(events(stack, fd, 0) & POLLERR, POLLERR);
    assert.equal(pending(stack, fd), "EMSGSIZE");
    assert.equal(pending(stack, fd), "EAGAIN", "once");
    assert.equal(send(stack, fd, ROOM + 1), "EMSGSIZE");
    assert.equal(send(stack, fd, ROOM).length, 1);
    assert.equal(mtu(stack, fd), PATH);
  },
);

script("PROBE: the link alone counts, with DF", ON, (stack) => {
  const fd = open(stack, PROBE);
  reported(stack, fd);
  assert.equal(pending(stack, fd), "EMSGSIZE");
  assert.equal(mtu(stack, fd), PATH);
  for (let i = 0; i < 2; i++) {
    const [packet] = send(stack, fd, LINK) as readonly Packet[];
    assert.ok(packet?.ip?.df);
  }
  assert.equal(send(stack, fd, LINK + 1), "EMSGSIZE");
});

script("DONT: never DF, and each datagram has an identification of its own", { ...ON, rfc: "6864 §4.1" }, (stack) => {
  const fd = open(stack, DONT);
  const seen = new Set<number>();
  for (const size of [1, 2, 400, LINK, LINK + 1, 3000]) {
    const packets = send(stack, fd, size);
    assert.ok(typeof packets !== "string");
    for (const { ip } of packets) assert.equal(ip?.df, false);
    const identifications = new Set(packets.map(({ ip }) => ip?.id as number));
    assert.equal(identifications.size, 1);
    for (const id of identifications) {
      assert.ok(!seen.has(id), `identification ${id} is new`);
      seen.add(id);
    }
  }
  reported(stack, fd);
  assert.equal(pending(stack, fd), "EAGAIN");
  assert.equal(send(stack, fd, ROOM + 1).length, 2, "what is known of the path counts all the same");
});

script("a change counts for the next datagram, also to where the last one went", ON, (stack) => {
  const fd = open(stack);
  const flag = () => (send(stack, fd, 100) as readonly Packet[])[0]?.ip?.df;
  for (const [mode, df] of [
    [WANT, true],
    [DONT, false],
    [DO, true],
    [DONT, false],
    [PROBE, true],
  ] as const) {
    stack.setOption(fd, IPPROTO_IP, IP_MTU_DISCOVER, mode);
    assert.equal(stack.getOption(fd, IPPROTO_IP, IP_MTU_DISCOVER), mode);
    for (let i = 0; i < 2; i++) assert.equal(flag(), df);
  }
});

script(
  "IP_MTU: of a socket with a peer; what the link takes until a router says less, for ten minutes",
  ON,
  (stack) => {
    const fd = open(stack);
    assert.equal(mtu(stack, fd), 1500);
    reported(stack, fd, 576);
    assert.equal(mtu(stack, fd), 576);
    stack.advance(601_000);
    assert.equal(mtu(stack, fd), 1500);
    stack.takeSent();
    const alone = stack.openUdp();
    assert.equal(
      stack.errno(() => mtu(stack, alone)),
      "ENOTCONN",
    );
    stack.connect(alone, "127.0.0.1", 9);
    assert.equal(mtu(stack, alone), 1500);
  },
);

script("errors: no such mode, what can only be read, streams", ON, (stack) => {
  const fd = open(stack, DO);
  const set = (socket: number, name: number, value: number) =>
    stack.errno(() => stack.setOption(socket, IPPROTO_IP, name, value));
  for (const value of [-1, 4, 5, 6, 256]) assert.equal(set(fd, IP_MTU_DISCOVER, value), "EINVAL", `${value}`);
  assert.equal(stack.getOption(fd, IPPROTO_IP, IP_MTU_DISCOVER), DO, "a refused value changes nothing");
  assert.equal(set(fd, IP_MTU, 1400), "ENOPROTOOPT");
  const { client, server } = connectedStream(stack);
  for (const stream of [client, server]) {
    assert.equal(set(stream, IP_MTU_DISCOVER, DO), "ENOPROTOOPT", "a stream always discovers");
    assert.equal(mtu(stack, stream), 1500);
  }
  stack.close(fd);
  assert.equal(
    stack.errno(() => mtu(stack, stack.openTcp())),
    "ENOTCONN",
  );
});

script("an image without the options says ENOPROTOOPT", {}, (stack) => {
  const fd = stack.openUdp();
  for (const name of [IP_MTU_DISCOVER, IP_MTU]) {
    assert.equal(
      stack.errno(() => stack.getOption(fd, IPPROTO_IP, name)),
      "ENOPROTOOPT",
    );
    assert.equal(
      stack.errno(() => stack.setOption(fd, IPPROTO_IP, name, 1)),
      "ENOPROTOOPT",
    );
  }
});
