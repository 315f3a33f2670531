/** IP_OPTIONS (RFC 791 §3.1; RFC 1122 §3.2.1.8, §4.1.3.2, §4.2.3.8; ip(7) of Linux): what goes into each header, and every error. */
import assert from "node:assert/strict";
import { type Bytes, bytes, concat, ipBytes, pattern } from "../harness/bytes.js";
import { join } from "../harness/igmp.js";
import { packetSocket } from "../harness/packet-calls.js";
import type { Packet } from "../harness/parse.js";
import { script } from "../harness/script.js";
import { AF_INET, MSG_DONTWAIT, SO_ERROR, SOL_SOCKET } from "../harness/socket-calls.js";
import type { Stack } from "../harness/stack.js";
import { TcpPeer } from "../harness/tcp-peer.js";
import { EXPERIMENT, IP_HDRINCL, IPPROTO_IP, IPPROTO_RAW, RAW, SOCK_RAW } from "./raw/settings.js";

const IP_OPTIONS = 4;
const ON = { settings: { NET_IPV4_HDR_OPTIONS: true } };
const WHOLE = { settings: { ...RAW.settings, NET_IPV4_HDR_OPTIONS: true, NET_TCP: false, NET_IPV4_IGMP: true } };
const [END, NOP, RR, TS, LSRR, SSRR, ALERT] = [0, 1, 7, 68, 131, 137, 148];
/** On the link, and the second router of a route; then where the datagrams go. */
const HOP = "10.0.2.9";
const SECOND = "198.51.100.1";
const FAR = "192.0.2.9";
const HOP_MAC = "02:00:00:00:00:09";
/** What says "not milliseconds since midnight" in a timestamp. */
const NOT_STANDARD = 0x8000_0000;

function set(stack: Stack, fd: number, options: Bytes): string {
  return stack.errno(() => stack.setOptionBytes(fd, IPPROTO_IP, IP_OPTIONS, options));
}

function get(stack: Stack, fd: number, room = 64): number[] {
  return [...stack.getOptionBytes(fd, IPPROTO_IP, IP_OPTIONS, room)];
}

function route(type: number, ...addresses: readonly string[]): number[] {
  return [type, 3 + 4 * addresses.length, 4, ...addresses.flatMap((address) => [...ipBytes(address)])];
}

/** Sends one datagram to FAR, or to `ip`, and gives it back. */
function send(stack: Stack, fd: number, data: Bytes = "out", ip = stack.peer.ip): Packet {
  stack.sendTo(fd, ip, 9000, data);
  return stack.takeNext("a datagram").packet;
}

/** The hop has been heard of. */
function knowHop(stack: Stack): void {
  stack.arpResolve();
  stack.arpResolve(stack.station({ mac: HOP_MAC, ip: HOP }));
}

script(
  "options are in each header of a datagram socket, filled up with zeros; none when they are taken away",
  ON,
  (stack) => {
    stack.arpResolve();
    const fd = stack.openUdp();
    const plain = send(stack, fd);
    assert.equal(plain.ip?.ihl, 5);
    for (const [given, sent] of [
      [
        [ALERT, 4, 0, 0],
        [ALERT, 4, 0, 0],
      ],
      [[NOP], [NOP, END, END, END]],
      [
        [NOP, NOP, NOP, NOP, NOP],
        [NOP, NOP, NOP, NOP, NOP, END, END, END],
      ],
      [Array<number>(40).fill(NOP), Array<number>(40).fill(NOP)],
      [
        [ALERT, 4, 0, 0, END, 9, 9, 9],
        [ALERT, 4, 0, 0, END, END, END, END],
      ],
    ] as const) {
      assert.equal(set(stack, fd, given), "SUCCESS");
      assert.deepEqual(get(stack, fd), sent);
      for (const data of ["", "a", "four", "five!"])
        for (let i = 0; i < 2; i++) {
          const { ip, udp } = send(stack, fd, data);
          assert.deepEqual([...(ip?.options ?? [])], sent);
          assert.deepEqual([ip?.ihl, ip?.df, ip?.dst], [5 + sent.length / 4, true, stack.peer.ip]);
          assert.deepEqual(udp?.payload, bytes(data));
        }
    }
    assert.equal(set(stack, fd, []), "SUCCESS");
    assert.deepEqual(get(stack, fd), []);
    for (let i = 0; i < 2; i++) assert.equal(send(stack, fd).ip?.ihl, 5);
  },
);

script(
  "fragments: each has options, later ones only those that are to be copied",
  { ...ON, rfc: "791 §3.1" },
  (stack) => {
    stack.arpResolve();
    const fd = stack.openUdp();
    const record = [RR, 7, 4, 0, 0, 0, 0];
    set(stack, fd, [...record, ALERT, 4, 0, 0, NOP]);
    const data = pattern(3000);
    stack.sendTo(fd, stack.peer.ip, 9000, data);
    const packets = stack.takeSent().map(({ packet }) => packet);
    assert.equal(packets.length, 3);
    for (const [i, { ip }] of packets.entries()) {
      const own = [...ipBytes(stack.ip)];
      const first = i === 0 ? [RR, 7, 8, ...own] : Array<number>(7).fill(NOP);
      assert.deepEqual([...(ip?.options ?? [])], [...first, ALERT, 4, 0, 0, NOP]);
      assert.equal(ip?.offset, i * 1464, "1,500 bytes less a header of 32, in multiples of 8");
    }
    assert.deepEqual(concat(...packets.map(({ ip }) => ip?.payload ?? new Uint8Array())).slice(8), data);
    for (const [size, count] of [
      [1460, 1],
      [1461, 2],
    ] as const) {
      stack.sendTo(fd, stack.peer.ip, 9000, pattern(size));
      assert.equal(stack.takeSent().length, count);
    }
    assert.equal(
      stack.errno(() => stack.sendTo(fd, stack.peer.ip, 9000, pattern(65_507 - 11))),
      "EMSGSIZE",
      "the largest datagram is smaller by the options",
    );
  },
);

script("a record of the route begins with this host, as long as it has room", { ...ON, rfc: "791 §3.1" }, (stack) => {
  stack.arpResolve();
  const fd = stack.openUdp();
  const own = [...ipBytes(stack.ip)];
  for (const [given, sent] of [
    [
      [RR, 11, 4, 0, 0, 0, 0, 0, 0, 0, 0, END],
      [RR, 11, 8, ...own, 0, 0, 0, 0, END],
    ],
    [
      [RR, 11, 8, 1, 2, 3, 4, 0, 0, 0, 0, END],
      [RR, 11, 12, 1, 2, 3, 4, ...own, END],
    ],
    [
      [RR, 7, 8, 1, 2, 3, 4, END],
      [RR, 7, 8, 1, 2, 3, 4, END],
    ],
    [
      [RR, 3, 4, END],
      [RR, 3, 4, END],
    ],
  ] as const) {
    assert.equal(set(stack, fd, given), "SUCCESS");
    for (let i = 0; i < 2; i++) assert.deepEqual([...(send(stack, fd).ip?.options ?? [])], sent);
    assert.deepEqual(get(stack, fd), given, "what is set stays as it was set");
  }
});

script("timestamps: alone, with addresses, of addresses that are given", { ...ON, rfc: "791 §3.1" }, (stack) => {
  stack.arpResolve();
  const fd = stack.openUdp();
  const own = [...ipBytes(stack.ip)];
  const other = [...ipBytes(HOP)];
  const four = [0, 0, 0, 0];
  const now = () =>
    [...new Uint8Array(Uint32Array.of((NOT_STANDARD | Math.floor(stack.world.now / 1000)) >>> 0).buffer)].reverse();
  for (const [given, sent] of [
    [[TS, 12, 5, 0, ...four, ...four], () => [TS, 12, 9, 0, ...now(), ...four]],
    [[TS, 12, 9, 0, ...four, ...four], () => [TS, 12, 13, 0, ...four, ...now()]],
    [[TS, 12, 13, 0x10, ...four, ...four], () => [TS, 12, 13, 0x10, ...four, ...four]],
    [[TS, 12, 5, 1, ...four, ...four], () => [TS, 12, 13, 1, ...own, ...now()]],
    [[TS, 12, 5, 3, ...own, ...four], () => [TS, 12, 13, 3, ...own, ...now()]],
    [[TS, 12, 5, 3, ...other, ...four], () => [TS, 12, 5, 3, ...other, ...four]],
  ] as const) {
    assert.equal(set(stack, fd, given), "SUCCESS", `${given}`);
    stack.advance(1234);
    assert.deepEqual([...(send(stack, fd).ip?.options ?? [])], sent());
    assert.deepEqual(get(stack, fd), given);
  }
  stack.core.realtimeOffset = () => 1_700_000_000_000_000n;
  set(stack, fd, [TS, 8, 5, 0, ...four]);
  const { ip } = send(stack, fd);
  const time = new DataView(Uint8Array.from(ip?.options ?? []).buffer).getUint32(4);
  assert.equal(
    time,
    (1_700_000_000_000 + Math.floor(stack.world.now / 1000)) % 86_400_000,
    "where the time of day is known",
  );
});

script(
  "a source route: to the first hop, the destination last, the checksum over that one",
  { ...ON, rfc: "1122 §4.1.3.2" },
  (stack) => {
    knowHop(stack);
    for (const type of [LSRR, SSRR]) {
      const fd = stack.openUdp();
      for (const [addresses, rest] of [
        [[HOP], [FAR]],
        [
          [HOP, SECOND],
          [SECOND, FAR],
        ],
        [
          [HOP, SECOND, "198.51.100.2"],
          [SECOND, "198.51.100.2", FAR],
        ],
      ] as const) {
        const given = [...route(type, ...addresses), NOP];
        assert.equal(set(stack, fd, given), "SUCCESS");
        for (let i = 0; i < 2; i++) {
          const { eth, ip, udp } = send(stack, fd, "routed", FAR);
          assert.deepEqual([eth.dst, ip?.dst, ip?.final], [HOP_MAC, HOP, FAR]);
          assert.deepEqual([...(ip?.options ?? [])], [...route(type, ...rest), NOP]);
          assert.deepEqual(udp?.payload, bytes("routed"), "parse.ts has checked the sum");
        }
        assert.deepEqual(get(stack, fd), given);
      }
      stack.close(fd);
    }
  },
);

script("a loose route may begin behind the gateway, a strict one not: ENETUNREACH", ON, (stack) => {
  stack.arpResolve();
  const fd = stack.openUdp();
  set(stack, fd, [...route(LSRR, SECOND), NOP]);
  const { eth, ip } = send(stack, fd, "x", FAR);
  assert.deepEqual([eth.dst, ip?.dst], [stack.peer.mac, SECOND]);
  set(stack, fd, [...route(SSRR, SECOND), NOP]);
  assert.equal(
    stack.errno(() => stack.sendTo(fd, FAR, 9, "x")),
    "ENETUNREACH",
  );
  assert.equal(
    stack.errno(() => stack.sendTo(fd, stack.peer.ip, 9, "x")),
    "ENETUNREACH",
    "also to a destination that is on the link",
  );
  set(stack, fd, []);
  assert.equal(send(stack, fd, "x", FAR).ip?.dst, FAR);
  const stream = stack.openTcp();
  set(stack, stream, [...route(SSRR, SECOND), NOP]);
  assert.equal(
    stack.errno(() => stack.connect(stream, stack.peer.ip, 80)),
    "ENETUNREACH",
  );
});

script(
  "a connected socket: errors of routers about a routed datagram find it",
  { ...ON, rfc: "1122 §4.1.3.3" },
  (stack) => {
    knowHop(stack);
    const fd = stack.openUdp();
    stack.connect(fd, FAR, 9000);
    set(stack, fd, [...route(LSRR, HOP, SECOND), NOP]);
    stack.send(fd, "out");
    const datagram = stack.takeNext("the datagram").packet.ip?.datagram as Uint8Array;
    const unreachable = (quote: Uint8Array) =>
      stack.inject(stack.peer.icmp({ type: 3, code: 3 }, quote.slice(0, 28 + 12)));
    unreachable(datagram);
    assert.equal(stack.getOption(fd, SOL_SOCKET, SO_ERROR), 14, "ECONNREFUSED, while it is on its way");
    // As the destination has it: all routers have been through the route.
    const arrived = datagram.slice();
    arrived.set(ipBytes(FAR), 16);
    arrived[22] = 12;
    unreachable(arrived);
    assert.equal(stack.getOption(fd, SOL_SOCKET, SO_ERROR), 14);
    const foreign = datagram.slice();
    foreign.set(ipBytes("192.0.2.77"), 20 + 11 - 4);
    unreachable(foreign);
    assert.equal(stack.getOption(fd, SOL_SOCKET, SO_ERROR), 0, "that went elsewhere");
  },
);

/** A connection to the peer from a socket with `options`, of a peer that takes `mss` bytes. */
function connected(stack: Stack, options: Bytes, mss = 1460): { fd: number; peer: TcpPeer; sent: Packet[] } {
  const fd = stack.openTcp();
  assert.equal(set(stack, fd, options), "SUCCESS");
  const sent: Packet[] = [];
  const peer = TcpPeer.listening(stack, { peerPort: 80, mss });
  stack.tap((packet) => {
    if (packet.tcp !== undefined) sent.push(packet);
    return false;
  });
  stack.connect(fd, stack.peer.ip, 80);
  return { fd, peer, sent };
}

script(
  "a stream: in the SYN and in every segment, which carries less for it",
  { ...ON, rfc: "9293 §3.7.1" },
  (stack) => {
    stack.arpResolve();
    for (const [mss, count] of [
      [1460, 4],
      [1460, 40],
      [500, 40],
      [40, 40],
    ] as const) {
      const options = Array<number>(count).fill(NOP);
      const { fd, peer, sent } = connected(stack, options, mss);
      const most = Math.max(mss - count, 48);
      assert.equal(stack.getSocketOption(fd, "TCP_MAXSEG"), most);
      const data = pattern(3000);
      stack.send(fd, data);
      stack.advance(500);
      assert.deepEqual(peer.received, data);
      peer.send("answer");
      stack.advance(500);
      assert.equal(Buffer.from(stack.recv(fd)).toString(), "answer");
      stack.close(fd);
      stack.advance(500);
      peer.close();
      stack.advance(500);
      // The last ACK is that of TIME-WAIT, which keeps nothing but the four-tuple.
      const segments = sent.slice(0, -1);
      for (const { ip, tcp } of segments) {
        assert.deepEqual([...(ip?.options ?? [])], options, tcp?.flags);
        assert.ok((tcp?.payload.length ?? 0) <= most);
      }
      assert.ok(
        segments.some(({ tcp }) => tcp?.flags.includes("S")) && segments.some(({ tcp }) => tcp?.flags.includes("F")),
      );
      assert.ok(segments.some(({ tcp }) => tcp?.payload.length === most));
      const syn = segments[0]?.tcp?.options.find(({ kind }) => kind === "mss");
      assert.equal(syn?.kind === "mss" ? syn.value : 0, 1460, "what we take is not smaller (RFC 6691)");
      peer.detach();
      stack.advance(130_000);
    }
    stack.takeSent();
  },
);

script("set on a connection they count from the next segment on; what is in flight goes again smaller", ON, (stack) => {
  stack.arpResolve();
  const { fd, peer, sent } = connected(stack, []);
  stack.send(fd, pattern(2920));
  stack.advance(100);
  const options = Array<number>(40).fill(NOP);
  assert.equal(set(stack, fd, options), "SUCCESS");
  assert.equal(stack.getSocketOption(fd, "TCP_MAXSEG"), 1420);
  sent.length = 0;
  const data = pattern(2920, 7);
  stack.send(fd, data);
  stack.advance(100);
  assert.ok(sent.length >= 3);
  for (const { ip } of sent) assert.deepEqual([...(ip?.options ?? [])], options);
  assert.equal(peer.receivedBytes, 5840);
  set(stack, fd, []);
  assert.equal(stack.getSocketOption(fd, "TCP_MAXSEG"), 1460);
  sent.length = 0;
  stack.send(fd, "plain");
  stack.advance(100);
  for (const { ip } of sent) assert.equal(ip?.ihl, 5);
  peer.detach();
});

script("lost segments of before fit the frames of after", ON, (stack) => {
  stack.arpResolve();
  let losing = false;
  const fd = stack.openTcp();
  const peer = TcpPeer.listening(stack, {
    peerPort: 80,
    drop: (segment, way) => losing && way === "from stack" && (segment?.payload.length ?? 0) > 0,
  });
  stack.connect(fd, stack.peer.ip, 80);
  losing = true;
  const data = pattern(2920);
  stack.send(fd, data);
  stack.advance(50);
  set(stack, fd, Array<number>(40).fill(NOP));
  losing = false;
  stack.advance(5000);
  assert.deepEqual(peer.received, data, "the checks of every frame have looked at their lengths");
  peer.detach();
});

script("a stream over a source route", { ...ON, rfc: "1122 §4.2.3.8" }, (stack) => {
  knowHop(stack);
  const fd = stack.openTcp();
  set(stack, fd, [...route(LSRR, HOP), NOP]);
  const peer = TcpPeer.listening(stack, { peer: stack.station({ mac: HOP_MAC, ip: FAR }), peerPort: 80 });
  const seen: string[] = [];
  stack.tap(({ eth, ip, tcp }) => {
    if (tcp !== undefined) seen.push(`${eth.dst} ${ip?.dst} ${[...(ip?.options ?? [])]}`);
    return false;
  });
  stack.connect(fd, FAR, 80);
  assert.equal(stack.peerAddress(fd).ip, FAR);
  stack.send(fd, "over the hop");
  stack.advance(100);
  assert.equal(Buffer.from(peer.received).toString(), "over the hop");
  assert.ok(seen.length >= 3, `${seen.length} segments`);
  for (const line of seen) assert.equal(line, `${HOP_MAC} ${HOP} ${[...route(LSRR, FAR), NOP]}`);
  peer.detach();
});

script("a first hop that does not answer ends connect: EHOSTUNREACH", ON, (stack) => {
  const fd = stack.openTcp();
  set(stack, fd, [...route(LSRR, HOP), NOP]);
  assert.equal(
    stack.errno(() => stack.connect(fd, FAR, 80)),
    "EHOSTUNREACH",
  );
  for (const { packet } of stack.takeSent()) assert.equal(packet.arp?.tpa, HOP);
});

script("connections of a listener have none, and a new socket has none of an old one's", ON, (stack) => {
  stack.arpResolve();
  const listener = stack.openTcp();
  set(stack, listener, [NOP, NOP, NOP, NOP]);
  stack.bind(listener, 80);
  stack.listen(listener);
  const peer = new TcpPeer(stack, { port: 80 });
  const untap = stack.tap(({ ip, tcp }) => {
    if (tcp !== undefined) assert.equal(ip?.ihl, 5);
    return false;
  });
  peer.connect();
  stack.advance(50);
  const fd = stack.accept(listener);
  assert.deepEqual(get(stack, fd), []);
  assert.deepEqual(get(stack, listener), [NOP, NOP, NOP, NOP]);
  stack.send(fd, "plain");
  stack.advance(50);
  assert.equal(Buffer.from(peer.received).toString(), "plain");
  untap();
  set(stack, fd, [NOP, NOP, NOP, NOP]);
  peer.detach();
  stack.linger(fd, 0);
  for (const socket of [fd, listener]) stack.close(socket);
  for (let i = 0; i < 4; i++) assert.deepEqual(get(stack, i % 2 === 0 ? stack.openUdp() : stack.openTcp()), []);
  stack.takeSent();
});

script("inside the device: options pass, a source route is not taken", ON, (stack) => {
  const receiver = stack.openUdp();
  stack.bind(receiver, 7);
  const fd = stack.openUdp();
  const arrives = () => {
    stack.sendTo(fd, stack.ip, 7, "in");
    return stack.begin.recvFrom(receiver, { flags: MSG_DONTWAIT }).errno;
  };
  set(stack, fd, [RR, 39, 4, ...Array<number>(36).fill(0), END]);
  assert.equal(arrives(), "SUCCESS");
  set(stack, fd, [...route(LSRR, "127.0.0.1"), NOP]);
  assert.equal(arrives(), "EAGAIN");
});

script(
  "raw sockets: options in the header that is made for them, in fragments too; EINVAL beside IP_HDRINCL",
  WHOLE,
  (stack) => {
    knowHop(stack);
    const fd = stack.socket(AF_INET, SOCK_RAW, EXPERIMENT);
    set(stack, fd, [ALERT, 4, 0, 0, RR, 7, 4, 0, 0, 0, 0, NOP]);
    const { ip } = send(stack, fd, pattern(5));
    assert.deepEqual([...(ip?.options ?? [])], [ALERT, 4, 0, 0, RR, 7, 8, ...ipBytes(stack.ip), NOP]);
    assert.deepEqual(ip?.payload, pattern(5));
    stack.sendTo(fd, stack.peer.ip, 0, pattern(2000));
    const packets = stack.takeSent().map(({ packet }) => packet.ip);
    assert.deepEqual(concat(...packets.map((each) => each?.payload ?? new Uint8Array())), pattern(2000));
    assert.deepEqual([...(packets[1]?.options ?? [])], [ALERT, 4, 0, 0, ...Array<number>(8).fill(NOP)]);
    set(stack, fd, [...route(LSRR, HOP), NOP]);
    assert.deepEqual(
      [send(stack, fd, "x", FAR)].map((packet) => [packet.ip?.dst, packet.ip?.final]),
      [[HOP, FAR]],
    );
    assert.equal(
      stack.errno(() => stack.sendTo(fd, FAR, 0, pattern(65_535 - 20 - 7))),
      "EMSGSIZE",
    );
    const included = stack.socket(AF_INET, SOCK_RAW, IPPROTO_RAW);
    set(stack, included, [NOP, NOP, NOP, NOP]);
    assert.equal(
      stack.errno(() => stack.sendTo(included, stack.peer.ip, 0, pattern(40))),
      "EINVAL",
    );
    stack.setOption(included, IPPROTO_IP, IP_HDRINCL, 0);
    assert.equal(send(stack, included, "x").ip?.ihl, 6);
    const packet = packetSocket(stack, SOCK_RAW, 3);
    assert.equal(set(stack, packet, []), "ENOPROTOOPT");
    assert.equal(
      stack.errno(() => get(stack, packet)),
      "ENOPROTOOPT",
    );
  },
);

script("to groups: options, also in the copy for members here; no source route", WHOLE, (stack) => {
  const group = "239.1.2.3";
  const fd = stack.openUdp();
  stack.bind(fd, 5000);
  join(stack, fd, group);
  stack.advance(10);
  stack.takeSent();
  set(stack, fd, [ALERT, 4, 0, 0]);
  stack.sendTo(fd, group, 5000, "to the group");
  assert.deepEqual([...(stack.takeNext("the datagram").packet.ip?.options ?? [])], [ALERT, 4, 0, 0]);
  assert.equal(Buffer.from(stack.recv(fd)).toString(), "to the group");
  set(stack, fd, [...route(LSRR, stack.peer.ip), NOP]);
  assert.equal(
    stack.errno(() => stack.sendTo(fd, group, 5000, "x")),
    "EINVAL",
  );
  stack.advance(2000);
  stack.takeSent();
});

/** Lists that Linux refuses, and those that it takes; unknown ones only from a program with raw sockets. */
const REFUSED: readonly Bytes[] = [
  [RR],
  [RR, 0, 0, 0],
  [RR, 1, 4, 0],
  [RR, 2, NOP, NOP],
  [RR, 5, 4, 0],
  [RR, 3, 3, NOP],
  [RR, 7, 5, 0, 0, 0, 0, NOP],
  [RR, 3, 4, RR, 3, 4, NOP, NOP],
  [NOP, NOP, NOP, RR],
  [LSRR, 3, 4, NOP],
  [LSRR, 6, 4, 1, 2, 3, NOP, NOP],
  [LSRR, 8, 4, 10, 0, 2, 9, 0],
  [LSRR, 7, 8, 10, 0, 2, 9, NOP],
  [LSRR, 7, 5, 10, 0, 2, 9, NOP],
  [SSRR, 7, 0, 10, 0, 2, 9, NOP],
  [...route(LSRR, HOP), ...route(SSRR, HOP)],
  [TS, 3, 5, NOP],
  [TS, 8, 4, 0, 0, 0, 0, 0],
  [TS, 8, 6, 0, 0, 0, 0, 0],
  [TS, 8, 5, 1, 0, 0, 0, 0],
  [TS, 8, 5, 3, 0, 0, 0, 0],
  [TS, 4, 5, 0xf0],
  [TS, 4, 5, 0xf1],
  [TS, 4, 5, 0, TS, 4, 5, 0],
  [ALERT, 3, 0, NOP],
  [ALERT, 2, NOP, NOP],
];
const TAKEN: readonly Bytes[] = [
  [RR, 3, 4, NOP],
  [RR, 3, 200, NOP],
  [TS, 4, 5, 0],
  [TS, 4, 5, 0xe0],
  [TS, 4, 5, 0xf3],
  [ALERT, 4, 1, 2],
  [ALERT, 4, 0, 0, ALERT, 4, 0, 0],
  [...route(SSRR, HOP, HOP, HOP, HOP, HOP, HOP, HOP, HOP, HOP), NOP],
];
const PRIVILEGED: readonly Bytes[] = [
  [130, 4, 1, 2],
  [134, 4, 1, 2],
  [136, 4, 0, 1],
  [0x5e, 2, NOP, NOP],
  [TS, 8, 5, 2, 0, 0, 0, 0],
];

for (const [who, options, unknown] of [
  ["a program", ON, "EINVAL"],
  ["one with raw sockets", WHOLE, "SUCCESS"],
] as const)
  script(`what ${who} may set`, options, (stack) => {
    const fd = stack.openUdp();
    set(stack, fd, [ALERT, 4, 0, 0]);
    for (const list of REFUSED) assert.equal(set(stack, fd, list), "EINVAL", `${list}`);
    for (const list of unknown === "EINVAL" ? PRIVILEGED : []) assert.equal(set(stack, fd, list), "EINVAL", `${list}`);
    for (const length of [41, 44, 64])
      assert.equal(set(stack, fd, new Uint8Array(length)), "EINVAL", `${length} bytes`);
    assert.deepEqual(get(stack, fd), [ALERT, 4, 0, 0], "what is refused changes nothing");
    for (const room of [0, 1, 3]) assert.equal(get(stack, fd, room).length, room, "as much as there is room for");
    for (const list of [...TAKEN, ...(unknown === "EINVAL" ? [] : PRIVILEGED)]) {
      assert.equal(set(stack, fd, list), "SUCCESS", `${list}`);
      assert.deepEqual(get(stack, fd), [...bytes(list)]);
    }
    assert.equal(stack.sys("set_option", fd, IPPROTO_IP, IP_OPTIONS, 0xffff_fff0, 4), 21, "EFAULT");
  });

script("an image without it says ENOPROTOOPT", {}, (stack) => {
  for (const fd of [stack.openUdp(), stack.openTcp()]) {
    assert.equal(set(stack, fd, [NOP, NOP, NOP, NOP]), "ENOPROTOOPT");
    assert.equal(
      stack.errno(() => get(stack, fd)),
      "ENOPROTOOPT",
    );
  }
});
