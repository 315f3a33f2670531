/** Packet sockets (Linux's packet(7)): whole frames in and out. */
import assert from "node:assert/strict";
import { HostNic } from "../../../runtime/node/host-nic.js";
import { concat, macBytes, pattern } from "../../harness/bytes.js";
import {
  AF_PACKET,
  beginReceiveFrame,
  bindLink,
  ETH_P_802_2,
  ETH_P_ALL,
  ETH_P_ARP,
  ETH_P_IP,
  LINK_BYTES,
  linkAddress,
  linkName,
  PACKET_BROADCAST,
  PACKET_HOST,
  PACKET_OTHERHOST,
  packetSocket,
  receiveFrame,
  SOCK_DGRAM,
  SOCK_RAW,
  sendFrame,
} from "../../harness/packet-calls.js";
import { BROADCAST_MAC, ethernet, fragments, ipv4 } from "../../harness/packets.js";
import { script } from "../../harness/script.js";
import {
  MSG_DONTWAIT,
  MSG_PEEK,
  MSG_TRUNC,
  POLLIN,
  POLLOUT,
  SO_BROADCAST,
  SO_TYPE,
  SOL_SOCKET,
} from "../../harness/socket-calls.js";
import type { Stack } from "../../harness/stack.js";
import { asSecondTask, events } from "../tcp/sockets-pair.js";
import { RAW } from "./settings.js";

const OPTIONS = { ...RAW };
const ONCE = { ...RAW, variants: false };
/** A type of frames that the stack does not know (IEEE's for experiments). */
const ETH_P_TEST = 0x88b5;
const NIC = 1;
const LOOPBACK = 2;
const SO_DOMAIN = 39;
const SO_PROTOCOL = 38;

function empty(stack: Stack, fd: number): void {
  assert.equal(
    stack.errno(() => receiveFrame(stack, fd, 100, MSG_DONTWAIT)),
    "EAGAIN",
  );
}

function test(stack: Stack, payload: Uint8Array | string, eth: object = {}): Uint8Array {
  return stack.peer.ethernet(typeof payload === "string" ? Buffer.from(payload) : payload, {
    type: ETH_P_TEST,
    ...eth,
  });
}

script(
  "SOCK_RAW reads whole frames, SOCK_DGRAM what is behind the header, and both hear from whom",
  OPTIONS,
  (stack) => {
    const whole = packetSocket(stack, SOCK_RAW, ETH_P_TEST);
    const inside = packetSocket(stack, SOCK_DGRAM, ETH_P_TEST);
    const from = { protocol: ETH_P_TEST, index: NIC, hardware: 1, kind: PACKET_HOST, mac: stack.peer.mac };
    for (const size of [46, 47, 48, 49, 100, 1499, 1500]) {
      const frame = test(stack, pattern(size));
      stack.inject(frame);
      assert.deepEqual(receiveFrame(stack, whole), { from, data: frame, length: frame.length, nameLength: LINK_BYTES });
      const { data, from: sender } = receiveFrame(stack, inside);
      assert.deepEqual(data, pattern(size));
      assert.deepEqual(sender, from);
    }
    stack.quiet(1000);
  },
);

script("a frame shorter than Ethernet's shortest is read too", OPTIONS, (stack) => {
  const whole = packetSocket(stack, SOCK_RAW, ETH_P_ALL);
  for (const size of [0, 1, 2, 3, 27, 28, 29]) {
    const frame = ethernet({ dst: stack.mac, src: stack.peer.mac, type: ETH_P_TEST, pad: false }, pattern(size));
    stack.inject(frame);
    assert.deepEqual(receiveFrame(stack, whole).data, frame);
  }
});

script("ETH_P_ALL sees every frame, a type its own alone, 0 none; all in addition to the stack", OPTIONS, (stack) => {
  const all = packetSocket(stack, SOCK_RAW, ETH_P_ALL);
  const arp = packetSocket(stack, SOCK_RAW, ETH_P_ARP);
  const ip = packetSocket(stack, SOCK_DGRAM, ETH_P_IP);
  const none = packetSocket(stack, SOCK_RAW, 0);
  const frames = [stack.peer.arpRequest(), stack.peer.ping(), test(stack, "else")];
  stack.inject(...frames);
  stack.expect({ arp: { operation: 2 } });
  stack.expect({ icmp: { type: 0 } });
  for (const frame of frames) assert.deepEqual(receiveFrame(stack, all).data, frame);
  assert.deepEqual(receiveFrame(stack, arp).data, frames[0]);
  assert.deepEqual(receiveFrame(stack, ip).data, frames[1]?.slice(14));
  for (const fd of [all, arp, ip, none]) empty(stack, fd);
  assert.equal(stack.counter("drop_ethertype"), 1);
});

script("how a frame was addressed; what is for others is shown as well", OPTIONS, (stack) => {
  const fd = packetSocket(stack, SOCK_RAW, ETH_P_ALL);
  for (const [dst, kind] of [
    [stack.mac, PACKET_HOST],
    [BROADCAST_MAC, PACKET_BROADCAST],
    ["02:00:00:00:00:55", PACKET_OTHERHOST],
  ] as const) {
    stack.inject(test(stack, "whose?", { dst }));
    assert.equal(receiveFrame(stack, fd).from.kind, kind, dst);
  }
  stack.inject(stack.peer.ping({ eth: { dst: "02:00:00:00:00:55" } }));
  assert.equal(receiveFrame(stack, fd).from.kind, PACKET_OTHERHOST);
  stack.quiet(1000);
  assert.equal(stack.counter("drop_other_mac"), 2);
});

script(
  "a frame that is larger than the MTU is read, and answered as little as without a packet socket",
  ONCE,
  (stack) => {
    const fd = packetSocket(stack, SOCK_RAW, ETH_P_ALL);
    const frame = stack.peer.ping({}, pattern(1476));
    assert.equal(frame.length, 1518);
    stack.inject(frame);
    assert.deepEqual(receiveFrame(stack, fd).data, frame);
    stack.quiet(1000);
  },
);

script("frames of IEEE 802.3, with a length for a type, count as ETH_P_802_2", ONCE, (stack) => {
  const fd = packetSocket(stack, SOCK_RAW, ETH_P_802_2);
  stack.inject(test(stack, pattern(46), { type: 46 }), test(stack, pattern(46), { type: 0x5ff }));
  for (let i = 0; i < 2; i++) assert.equal(receiveFrame(stack, fd).from.protocol, ETH_P_802_2);
  stack.inject(test(stack, pattern(46), { type: 0x600 }));
  empty(stack, fd);
});

script("while one is open, the stack works on frames of every kind as before", OPTIONS, (stack) => {
  const fd = packetSocket(stack, SOCK_RAW, ETH_P_TEST);
  stack.arpResolve();
  const udp = stack.openUdp();
  stack.bind(udp, 7);
  for (const size of [0, 1, 100, 1472]) {
    stack.inject(stack.peer.udp({ srcPort: 9, dstPort: 7 }, pattern(size)));
    assert.deepEqual(stack.recvFrom(udp).data, pattern(size));
  }
  stack.inject(...stack.peer.udpFragments({ srcPort: 9, dstPort: 7 }, pattern(3000), 1480));
  assert.deepEqual(stack.recvFrom(udp, { length: 4000 }).data, pattern(3000));
  const fields = { src: stack.peer.ip, dst: stack.ip, protocol: 253, id: 1 };
  stack.inject(...fragments(fields, pattern(2000), 1480).map((each) => stack.peer.ethernet(each)));
  stack.expect({ icmp: { type: 3, code: 2 } });
  const listener = stack.openTcp();
  stack.bind(listener, 80);
  stack.listen(listener);
  stack.inject(stack.peer.tcp({ srcPort: 5, dstPort: 80, seq: 1, flags: "S", window: 1000 }));
  const { tcp } = stack.expect({ tcp: { flags: "S." } });
  stack.inject(
    stack.peer.tcp({ srcPort: 5, dstPort: 80, seq: 2, ack: ((tcp?.seq ?? 0) + 1) >>> 0, flags: ".", window: 1000 }),
    stack.peer.tcp(
      { srcPort: 5, dstPort: 80, seq: 2, ack: ((tcp?.seq ?? 0) + 1) >>> 0, flags: "P.", window: 1000 },
      pattern(500),
    ),
  );
  assert.deepEqual(stack.recv(stack.accept(listener)), pattern(500));
  stack.takeSent();
  empty(stack, fd);
  stack.alive();
  stack.takeSent();
});

script("SOCK_RAW sends frames as they are, SOCK_DGRAM makes their header", OPTIONS, (stack) => {
  const whole = packetSocket(stack, SOCK_RAW, 0);
  const inside = packetSocket(stack, SOCK_DGRAM, 0);
  const to = { index: NIC, protocol: ETH_P_TEST, mac: "02:00:00:00:00:77" };
  const header = concat(macBytes(to.mac), macBytes(stack.mac), Uint8Array.of(0x88, 0xb5));
  for (const size of [0, 1, 2, 3, 45, 46, 47, 1499, 1500]) {
    const frame = concat(header, pattern(size));
    assert.equal(sendFrame(stack, whole, frame, { index: NIC }), frame.length);
    assert.equal(sendFrame(stack, inside, pattern(size), to), size);
    for (let i = 0; i < 2; i++) {
      const { packet } = stack.takeNext("a frame");
      assert.equal(packet.frame.length, Math.max(60, size + 14));
      assert.deepEqual(packet.frame.slice(0, size + 14), frame);
      assert.ok(packet.frame.slice(size + 14).every((byte) => byte === 0));
    }
  }
  stack.quiet(1000);
  assert.equal(stack.counter("packet_out"), 18);
});

script("without an address a frame goes out of the interface that the socket is bound to", OPTIONS, (stack) => {
  const fd = packetSocket(stack, SOCK_RAW, ETH_P_TEST);
  const frame = test(stack, pattern(50), { dst: stack.peer.mac, src: stack.mac });
  assert.equal(
    stack.errno(() => sendFrame(stack, fd, frame)),
    "ENXIO",
  );
  bindLink(stack, fd, { index: NIC });
  assert.deepEqual(linkName(stack, fd), { protocol: ETH_P_TEST, index: NIC, hardware: 1, kind: 0, mac: stack.mac });
  assert.equal(sendFrame(stack, fd, frame), frame.length);
  assert.deepEqual(stack.takeNext("the frame").packet.frame, frame);
  assert.equal(stack.send(fd, frame), frame.length);
  assert.deepEqual(stack.takeNext("the frame").packet.frame, frame);
  // An address of one call is not the next one's.
  assert.equal(
    stack.errno(() => sendFrame(stack, fd, frame, { index: 9 })),
    "ENXIO",
  );
  assert.equal(sendFrame(stack, fd, frame), frame.length);
  stack.takeNext("the frame");
  const inside = packetSocket(stack, SOCK_DGRAM, ETH_P_TEST);
  bindLink(stack, inside, { index: NIC });
  assert.equal(
    stack.errno(() => sendFrame(stack, inside, "to whom?")),
    "EINVAL",
  );
});

script("bind: to an interface, to a type, again; ENODEV, EINVAL", OPTIONS, (stack) => {
  const fd = packetSocket(stack, SOCK_RAW, ETH_P_ARP);
  bindLink(stack, fd, { index: LOOPBACK });
  stack.inject(stack.peer.arpRequest());
  stack.takeSent();
  empty(stack, fd);
  bindLink(stack, fd, { index: NIC, protocol: ETH_P_TEST });
  stack.inject(stack.peer.arpRequest(), test(stack, "this one"));
  stack.takeSent();
  assert.equal(receiveFrame(stack, fd).from.protocol, ETH_P_TEST);
  empty(stack, fd);
  bindLink(stack, fd, {});
  assert.equal(linkName(stack, fd).index, 0);
  for (const index of [3, -1, 0x10001]) {
    assert.equal(
      stack.errno(() => bindLink(stack, fd, { index })),
      "ENODEV",
      String(index),
    );
  }
  const at = linkAddress(stack, { index: NIC });
  assert.equal(
    stack.errno(() => stack.wait(stack.start("bind", [fd, at, 19], () => undefined))),
    "EINVAL",
  );
  stack.memory.bytes[at + 11] = 9;
  assert.equal(
    stack.errno(() => stack.wait(stack.start("bind", [fd, at, 20], () => undefined))),
    "EINVAL",
  );
  stack.memory.store16(at, 1);
  stack.memory.bytes[at + 11] = 6;
  assert.equal(
    stack.errno(() => stack.wait(stack.start("bind", [fd, at, 20], () => undefined))),
    "EINVAL",
  );
});

script("the loopback interface: what this device sends to itself, and frames of any type", OPTIONS, (stack) => {
  const fd = packetSocket(stack, SOCK_RAW, ETH_P_ALL);
  bindLink(stack, fd, { index: LOOPBACK });
  const udp = stack.openUdp();
  stack.bind(udp, 7, "127.0.0.1");
  stack.sendTo(udp, "127.0.0.1", 7, "to myself");
  const { data, from } = receiveFrame(stack, fd);
  assert.equal(Buffer.from(stack.recvFrom(udp).data).toString(), "to myself");
  assert.deepEqual(data.slice(0, 14), concat(new Uint8Array(12), Uint8Array.of(8, 0)));
  assert.deepEqual(Buffer.from(data.slice(14 + 28)).toString(), "to myself");
  assert.deepEqual(from, { protocol: ETH_P_IP, index: LOOPBACK, hardware: 1, kind: 0, mac: "00:00:00:00:00:00" });
  const frame = test(stack, "of my own");
  sendFrame(stack, fd, frame, { index: LOOPBACK });
  assert.deepEqual(receiveFrame(stack, fd).data, frame);
  const datagram = ipv4(
    { src: "127.0.0.1", dst: "127.0.0.1", protocol: 1 },
    Uint8Array.of(8, 0, 0xf7, 0xff, 0, 0, 0, 0),
  );
  sendFrame(stack, packetSocket(stack, SOCK_DGRAM, ETH_P_IP), datagram, { index: LOOPBACK, protocol: ETH_P_IP });
  assert.deepEqual(receiveFrame(stack, fd).data.slice(14), datagram);
  assert.equal(receiveFrame(stack, fd).data[34], 0, "and the echo server answers");
  sendFrame(stack, fd, frame.slice(0, 14), { index: LOOPBACK });
  assert.equal(receiveFrame(stack, fd).length, 14);
  stack.quiet(100);
});

script("EMSGSIZE, EINVAL, ENXIO, ENETDOWN, and calls that it has not", OPTIONS, (stack) => {
  const whole = packetSocket(stack, SOCK_RAW, ETH_P_TEST);
  const inside = packetSocket(stack, SOCK_DGRAM, ETH_P_TEST);
  const to = { index: NIC, protocol: ETH_P_TEST, mac: stack.peer.mac };
  const attempt = (run: () => unknown): string => stack.errno(run);
  for (const size of [1515, 1519, 20_000])
    assert.equal(
      attempt(() => sendFrame(stack, whole, pattern(size), to)),
      "EMSGSIZE",
    );
  for (const size of [1501, 20_000])
    assert.equal(
      attempt(() => sendFrame(stack, inside, pattern(size), to)),
      "EMSGSIZE",
    );
  for (const size of [0, 13])
    assert.equal(
      attempt(() => sendFrame(stack, whole, pattern(size), to)),
      "EINVAL",
    );
  for (const index of [0, 3])
    assert.equal(
      attempt(() => sendFrame(stack, whole, pattern(60), { index })),
      "ENXIO",
    );
  assert.equal(
    attempt(() => stack.sendTo(whole, "10.0.2.2", 7, pattern(60))),
    "EINVAL",
    "a sockaddr_in",
  );
  assert.equal(
    attempt(() => stack.connect(whole, "10.0.2.2", 7)),
    "EAFNOSUPPORT",
  );
  assert.equal(
    attempt(() => stack.wait(stack.start("connect", [whole, linkAddress(stack, to), 20], () => 0))),
    "ENOTSUP",
  );
  assert.equal(
    attempt(() => stack.bind(whole, 7)),
    "EAFNOSUPPORT",
  );
  assert.equal(
    attempt(() => stack.localAddress(whole)),
    "EAFNOSUPPORT",
  );
  assert.equal(
    attempt(() => stack.peerAddress(whole)),
    "EAFNOSUPPORT",
  );
  const room = stack.scratch(24);
  assert.equal(
    attempt(() => stack.wait(stack.start("peer_address", [whole, room, room + 20], () => 0))),
    "ENOTSUP",
  );
  assert.equal(
    attempt(() => stack.listen(whole)),
    "ENOTSUP",
  );
  assert.equal(
    attempt(() => stack.accept(whole)),
    "ENOTSUP",
  );
  assert.equal(
    attempt(() => stack.shutdown(whole, "rd")),
    "ENOTSUP",
  );
  assert.equal(
    attempt(() => receiveFrame(stack, whole, 10, 1)),
    "ENOTSUP",
    "MSG_OOB",
  );
  assert.equal(
    attempt(() => stack.setOption(whole, SOL_SOCKET, SO_BROADCAST, 1)),
    "ENOPROTOOPT",
  );
  assert.equal(
    attempt(() => stack.getOption(whole, 0, 2)),
    "ENOPROTOOPT",
  );
  for (const [fd, type] of [
    [whole, SOCK_RAW],
    [inside, SOCK_DGRAM],
  ] as const) {
    const values = [SO_TYPE, SO_DOMAIN, SO_PROTOCOL].map((name) => stack.getOption(fd, SOL_SOCKET, name));
    assert.deepEqual(values, [type, AF_PACKET, ETH_P_TEST]);
  }
  stack.quiet(100);
});

script("waiting, poll, MSG_PEEK, MSG_TRUNC, FIONREAD and a full ring are a datagram socket's", OPTIONS, (stack) => {
  const fd = packetSocket(stack, SOCK_DGRAM, ETH_P_TEST);
  const call = beginReceiveFrame(stack, fd);
  assert.equal(call.done, false);
  stack.inject(test(stack, pattern(60)));
  assert.deepEqual(call.value().data, pattern(60));
  assert.equal(events(stack, fd, POLLIN | POLLOUT), POLLOUT);
  stack.inject(test(stack, pattern(70)));
  assert.equal(events(stack, fd, POLLIN | POLLOUT), POLLIN | POLLOUT);
  assert.deepEqual(receiveFrame(stack, fd, 10, MSG_PEEK).data, pattern(10));
  assert.equal(receiveFrame(stack, fd, 10, MSG_PEEK | MSG_TRUNC).length, 70);
  assert.equal(receiveFrame(stack, fd, 10).length, 10);
  empty(stack, fd);
  for (let i = 0; i < 5; i++) stack.inject(test(stack, pattern(1500, i)));
  for (let i = 0; i < 2; i++) assert.deepEqual(receiveFrame(stack, fd).data, pattern(1500, i));
  empty(stack, fd);
  assert.equal(stack.counter("drop_packet_ring_full"), 3);
  const parked = beginReceiveFrame(stack, fd);
  asSecondTask(stack, () => stack.close(fd));
  assert.equal(parked.errno, "EBADF");
  stack.receiveTimeout(packetSocket(stack, SOCK_RAW, ETH_P_TEST), 1000);
});

const chip = new HostNic();
script("a chip without room: EAGAIN, or the call waits", { ...ONCE, nic: () => chip }, (stack) => {
  const fd = packetSocket(stack, SOCK_DGRAM, ETH_P_TEST);
  const to = { index: NIC, protocol: ETH_P_TEST, mac: stack.peer.mac };
  chip.transmitReady = false;
  assert.equal(
    stack.errno(() => sendFrame(stack, fd, "x", to, MSG_DONTWAIT)),
    "EAGAIN",
  );
  chip.transmitReady = true;
  sendFrame(stack, fd, "x", to);
  assert.equal(stack.takeNext("a frame").packet.eth.type, ETH_P_TEST);
});
