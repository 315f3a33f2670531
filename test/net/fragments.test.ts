/** Reassembly (RFC 791 §3.2, RFC 1122 §3.3.2): the rows IP4-8 … IP4-12 of the checklist, and fragment attacks. */
import assert from "node:assert/strict";
import { concat, pattern } from "../harness/bytes.js";
import {
  BROADCAST_MAC,
  fragments,
  type Ipv4Fields,
  icmp,
  PROTOCOL_ICMP,
  PROTOCOL_TCP,
  PROTOCOL_UDP,
  udp,
} from "../harness/packets.js";
import { script } from "../harness/script.js";
import { MSG_DONTWAIT } from "../harness/socket-calls.js";
import type { Stack } from "../harness/stack.js";

/** A frame with a fragment of an ICMP message (or of `fields.protocol`). */
function fragment(stack: Stack, fields: Partial<Ipv4Fields>, payload: Uint8Array): Uint8Array {
  return stack.peer.ipv4({ protocol: PROTOCOL_ICMP, id: 77, ...fields }, payload);
}

/** The fragments of an echo request with `size` bytes of data, `each` bytes of payload each. */
function echo(stack: Stack, size: number, each: number, fields: Partial<Ipv4Fields> = {}): Uint8Array[] {
  const message = icmp({ type: 8, id: 5, sequence: 9 }, pattern(size));
  const ip = { src: stack.peer.ip, dst: stack.ip, protocol: PROTOCOL_ICMP, id: 77, ...fields };
  return fragments(ip, message, each).map((datagram) => stack.peer.ethernet(datagram));
}

function permutations<T>(list: readonly T[]): T[][] {
  if (list.length < 2) return [[...list]];
  return list.flatMap((first, i) =>
    permutations([...list.slice(0, i), ...list.slice(i + 1)]).map((rest) => [first, ...rest]),
  );
}

/** Reassembly buffers in use. */
function buffersUsed(stack: Stack): number {
  return stack.core.pools().find(({ name }) => name === "reassembly")?.used ?? -1;
}

script("[IP4-8] fragments are put together in any order, and repeated ones do no harm", { rfc: "791" }, (stack) => {
  stack.arpResolve();
  for (const size of [100, 201, 1003]) {
    const pieces = echo(stack, size, (((size + 8) / 3) & ~7) + 8);
    assert.equal(pieces.length, 3);
    for (const order of permutations(pieces)) {
      stack.inject(...order);
      stack.expect({ ip: { dst: stack.peer.ip }, icmp: { type: 0, id: 5, sequence: 9, payload: pattern(size) } });
      stack.inject(order[0], order[0], order[1], order[0], order[1], order[2]);
      stack.expect({ icmp: { type: 0, payload: pattern(size) } });
      stack.expectNothing();
      // The repetitions after it was complete started nothing that could be completed.
      assert.equal(buffersUsed(stack), 0);
    }
  }
});

script(
  "[IP4-8] a datagram of any number of fragments reaches its socket",
  { rfc: "791", settings: { NET_SOCKETS_UDP_RCVBUF: 4096 } },
  (stack) => {
    stack.arpResolve();
    const fd = stack.openUdp();
    stack.bind(fd, 7);
    for (const [size, each] of [
      [1500, 1480],
      [2032, 1480],
      [2032, 64],
      [576, 8],
      [17, 8],
      [9, 16],
      [1999, 568],
    ]) {
      const pieces = stack.peer.udpFragments({ srcPort: 9000, dstPort: 7 }, pattern(size), each);
      for (const piece of pieces.reverse()) stack.inject(piece);
      const { data, from, port } = stack.recvFrom(fd, { length: 4096 });
      assert.deepEqual(data, pattern(size));
      assert.deepEqual([from, port], [stack.peer.ip, 9000]);
    }
  },
);

script("[IP4-8] a wrong checksum of a whole datagram is found, and a closed port answered", { rfc: "791" }, (stack) => {
  stack.arpResolve();
  const fd = stack.openUdp();
  stack.bind(fd, 7);
  const bad = { srcPort: 9000, checksum: "bad" } as const;
  stack.inject(...stack.peer.udpFragments({ ...bad, dstPort: 7 }, pattern(1900), 1480));
  stack.inject(...stack.peer.udpFragments({ ...bad, dstPort: 8 }, pattern(1900), 1480));
  stack.quiet(500);
  assert.equal(
    stack.errno(() => stack.recvFrom(fd, { flags: MSG_DONTWAIT })),
    "EAGAIN",
  );
  const pieces = stack.peer.udpFragments({ srcPort: 9000, dstPort: 8 }, pattern(1900), 1480);
  stack.inject(...pieces);
  const { icmp: message } = stack.expect({ icmp: { type: 3, code: 3 } });
  const quoted = message?.payload ?? new Uint8Array();
  assert.deepEqual(quoted, pieces[0].slice(14, 14 + quoted.length));
});

script(
  "[IP4-8] the key is source, destination, protocol and identification together",
  { rfc: "791", settings: { NET_IPV4_FRAGMENT_MAX_COUNT: 8 } },
  (stack) => {
    stack.arpResolve();
    const [first, second] = echo(stack, 100, 64);
    const [, otherId] = echo(stack, 100, 64, { id: 78 });
    const [, otherSource] = echo(stack, 100, 64, { src: "10.0.2.3" });
    const [, otherProtocol] = echo(stack, 100, 64, { protocol: PROTOCOL_UDP });
    stack.inject(first, otherId, otherSource, otherProtocol);
    stack.expectNothing();
    assert.equal(buffersUsed(stack), 4);
    stack.inject(second);
    stack.expect({ icmp: { type: 0, payload: pattern(100) } });
    stack.advance(61_000);
    assert.equal(buffersUsed(stack), 0);
    stack.expectNothing();
  },
);

script(
  "[IP4-9] the time for a datagram is fixed; 11/1 goes out when fragment 0 had come",
  { rfc: "1122 §3.3.2", late: true, settings: { NET_IPV4_FRAGMENT_MAX_COUNT: 2 } },
  (stack) => {
    stack.arpResolve();
    const pieces = echo(stack, 300, 64);
    stack.inject(pieces[0]);
    stack.advance(30_000);
    // Later fragments do not extend it.
    stack.inject(pieces[1]);
    stack.advance(29_000);
    stack.inject(pieces[2]);
    stack.expectNothing();
    assert.equal(buffersUsed(stack), 1);
    stack.advance(1010);
    const { icmp: message } = stack.expect({ ip: { dst: stack.peer.ip }, icmp: { type: 11, code: 1, rest: 0 } });
    assert.deepEqual(message?.payload, pieces[0].slice(14, 14 + 28));
    assert.equal(buffersUsed(stack), 0);
    // Without fragment 0: nothing.
    stack.inject(pieces[1]);
    stack.quiet(61_000);
    assert.equal(buffersUsed(stack), 0);
  },
);

script(
  "[IP4-9] the time that was configured counts",
  { rfc: "1122 §3.3.2", settings: { NET_IPV4_FRAGMENT_TIMEOUT: 120 } },
  (stack) => {
    stack.arpResolve();
    const [first, second] = echo(stack, 100, 64);
    stack.inject(first);
    stack.advance(119_900);
    stack.inject(second);
    stack.expect({ icmp: { type: 0, payload: pattern(100) } });
    stack.inject(first);
    stack.advance(120_010);
    stack.expect({ icmp: { type: 11, code: 1 } });
  },
);

/** Pairs of fragments (offset, length, more) that overlap in one way or another. */
const OVERLAPS: [string, [number, number, boolean][]][] = [
  [
    "partly",
    [
      [0, 80, true],
      [40, 80, false],
    ],
  ],
  [
    "partly, later one first",
    [
      [40, 80, false],
      [0, 80, true],
    ],
  ],
  [
    "by one unit",
    [
      [0, 80, true],
      [72, 80, false],
    ],
  ],
  [
    "inside the first",
    [
      [0, 80, true],
      [24, 32, true],
      [80, 40, false],
    ],
  ],
  [
    "inside, at its start",
    [
      [0, 80, true],
      [0, 40, true],
      [80, 40, false],
    ],
  ],
  [
    "inside, at its end",
    [
      [0, 80, true],
      [40, 40, true],
      [80, 40, false],
    ],
  ],
  [
    "around the first",
    [
      [40, 40, true],
      [0, 120, true],
      [120, 8, false],
    ],
  ],
  [
    "longer from the same start",
    [
      [0, 40, true],
      [0, 80, true],
      [80, 8, false],
    ],
  ],
  [
    "two that one covers",
    [
      [0, 40, true],
      [40, 40, true],
      [0, 80, true],
      [80, 8, false],
    ],
  ],
  [
    "two ends",
    [
      [0, 80, true],
      [80, 40, false],
      [80, 20, false],
    ],
  ],
  [
    "more after the end",
    [
      [80, 40, false],
      [120, 40, true],
      [0, 80, true],
    ],
  ],
  [
    "an end before the end",
    [
      [0, 80, true],
      [80, 40, true],
      [40, 40, false],
    ],
  ],
  [
    "no end at the end",
    [
      [80, 40, false],
      [80, 40, true],
      [0, 80, true],
    ],
  ],
];

for (const [name, pieces] of OVERLAPS) {
  script(
    `[IP4-10] [ATK-99] overlapping fragments (${name}) end the datagram: no answer is built from a mix`,
    { rfc: "5722, 3128" },
    (stack) => {
      stack.arpResolve();
      const length = Math.max(...pieces.map(([offset, size]) => offset + size));
      // Each piece is cut from a message of its own, all with the right checksum.
      pieces.forEach(([offset, size, mf], i) => {
        const message = icmp({ type: 8, id: 5, sequence: i }, pattern(length - 8, i * 16 + 1));
        stack.inject(fragment(stack, { offset, mf }, message.subarray(offset, offset + size)));
      });
      for (const { packet } of stack.takeSent()) assert.notEqual(packet.icmp?.type, 0);
      stack.advance(61_000);
      for (const { packet } of stack.takeSent()) assert.notEqual(packet.icmp?.type, 0);
      assert.equal(buffersUsed(stack), 0);
      // The same identification works again.
      stack.inject(...echo(stack, 100, 64));
      stack.expect({ icmp: { type: 0, payload: pattern(100) } });
    },
  );
}

script(
  "[IP4-11] [ATK-98] [ATK-40] a fragment beyond 65,535 or beyond the buffer is refused",
  { rfc: "791" },
  (stack) => {
    stack.arpResolve();
    const first = echo(stack, 500, 256)[0];
    for (const [offset, length] of [
      [65_512, 24],
      [65_512, 64],
      [65_512, 1480],
      [65_504, 32],
      [65_512, 8],
      [4096, 64],
      [2048, 8],
      [2040, 16],
    ]) {
      stack.inject(first, fragment(stack, { offset, mf: false }, pattern(length)));
      stack.inject(fragment(stack, { offset, mf: true }, pattern(length)));
      stack.expectNothing();
    }
    stack.advance(130_000);
    // Nothing but time exceeded for a first fragment, and no more of it than came.
    for (const { packet } of stack.takeSent()) {
      assert.deepEqual([packet.icmp?.type, packet.icmp?.code], [11, 1]);
      assert.deepEqual(packet.icmp?.payload, first.slice(14, 14 + 28));
    }
    assert.equal(buffersUsed(stack), 0);
    stack.alive();
  },
);

script("[IP4-11] fragments that carry nothing, or no multiple of eight, are dropped", { rfc: "791" }, (stack) => {
  stack.arpResolve();
  stack.inject(fragment(stack, { offset: 0, mf: true }, new Uint8Array(0)));
  stack.inject(fragment(stack, { offset: 64, mf: false }, new Uint8Array(0)));
  for (const length of [1, 4, 7, 9, 63, 65]) stack.inject(fragment(stack, { offset: 0, mf: true }, pattern(length)));
  stack.quiet(100);
  assert.equal(buffersUsed(stack), 0);
});

script(
  "[IP4-12] a TCP header that is cut, or overwritten by a second fragment, is dropped",
  { rfc: "1858, 3128" },
  (stack) => {
    stack.arpResolve();
    const header = pattern(40);
    for (const size of [8, 16]) {
      stack.inject(fragment(stack, { protocol: PROTOCOL_TCP, offset: 0, mf: true }, header.subarray(0, size)));
      stack.inject(fragment(stack, { protocol: PROTOCOL_TCP, offset: size, mf: false }, header.subarray(size)));
    }
    stack.inject(fragment(stack, { protocol: PROTOCOL_TCP, offset: 0, mf: true, id: 78 }, header.subarray(0, 24)));
    stack.inject(fragment(stack, { protocol: PROTOCOL_TCP, offset: 8, mf: false, id: 78 }, header.subarray(8)));
    stack.expectNothing();
    stack.advance(61_000);
    stack.takeSent();
    assert.equal(buffersUsed(stack), 0);
  },
);

script(
  "[ATK-103] [ATK-127] a flood of fragments holds no more than the pool, and ends with it",
  { settings: { NET_IPV4_FRAGMENT_MAX_COUNT: 4 } },
  (stack) => {
    stack.arpResolve();
    for (let id = 0; id < 500; id++) {
      stack.inject(fragment(stack, { id, offset: 0, mf: true }, pattern(64)));
      stack.inject(fragment(stack, { id: id + 1000, offset: 64, mf: true }, pattern(64)));
      assert.ok(buffersUsed(stack) <= 4);
    }
    // The oldest is given up for an honest one.
    stack.inject(...echo(stack, 1000, 256));
    stack.expect({ icmp: { type: 0, payload: pattern(1000) } });
    stack.advance(61_000);
    assert.ok(stack.takeSent().length <= 4);
    assert.equal(buffersUsed(stack), 0);
    stack.alive();
  },
);

script(
  "[ATK-103] a datagram of very many very small fragments is given up",
  { settings: { NET_IPV4_FRAGMENT_BUFFER: 8192 } },
  (stack) => {
    stack.arpResolve();
    // 1,001 fragments of 8 bytes: more than the 272 that a buffer of 8 KiB allows.
    for (const piece of echo(stack, 8000, 8)) stack.inject(piece);
    stack.expectNothing();
    stack.advance(130_000);
    stack.takeSent();
    assert.equal(buffersUsed(stack), 0);
    for (const piece of echo(stack, 8000, 64)) stack.inject(piece);
    assert.ok(stack.takeSent().length >= 5, "fragments of 64 bytes are fine");
  },
);

script(
  "[ATK-1] [ATK-3] [ATK-5] fragmented tunnels are not unpacked, and no error quotes more than came",
  {},
  (stack) => {
    stack.arpResolve();
    const fd = stack.openUdp();
    stack.bind(fd, 7);
    const { peer } = stack;
    // IP in IP: the inner header says IHL 15 and 100 bytes in all; a second one nests a fragment.
    const evil = concat(
      Uint8Array.of(0x4f, 0, 0, 100, 0, 1, 0, 0, 64, 253, 0, 0, 10, 0, 2, 2, 10, 0, 2, 15),
      new Uint8Array(4),
    );
    for (const [id, inner] of [
      [1, evil],
      [2, peer.udp({ srcPort: 1, dstPort: 7 }, pattern(200)).slice(14)],
      [3, fragment(stack, { mf: true }, pattern(64)).slice(14)],
    ] as const) {
      const cut = id === 1 ? 24 : 40;
      stack.inject(peer.ipv4({ protocol: 4, id, offset: 0, mf: true }, inner.subarray(0, cut)));
      stack.inject(
        peer.ipv4({ protocol: 4, id, offset: cut, mf: false }, id === 1 ? new Uint8Array(40) : inner.subarray(cut)),
      );
      for (const { packet } of stack.takeSent()) {
        assert.deepEqual([packet.icmp?.type, packet.icmp?.code, packet.ip?.dst], [3, 2, peer.ip]);
        assert.ok((packet.icmp?.payload.length ?? 999) <= 20 + inner.length + 40);
      }
      stack.advance(500);
    }
    assert.equal(
      stack.errno(() => stack.recvFrom(fd, { flags: MSG_DONTWAIT })),
      "EAGAIN",
    );
    stack.quiet(61_000);
  },
);

script(
  "[ATK-116] fragments with differing options: only those of the first count, source routes are dropped",
  {},
  (stack) => {
    stack.arpResolve();
    const message = icmp({ type: 8, id: 5, sequence: 9 }, pattern(192));
    const parts = [0, 64, 128, 192].map((at) => message.subarray(at, at + 64));
    const send = (options: readonly (number[] | undefined)[]): void =>
      parts.forEach((part, i) => {
        const mf = i < parts.length - 1;
        stack.inject(fragment(stack, { offset: i * 64, mf, ...(options[i] ? { options: options[i] } : {}) }, part));
      });
    send([[7, 7, 4, 0, 0, 0, 0, 0], [1, 1, 1, 1], undefined, Array(40).fill(1)]);
    stack.expect({ ip: { ihl: 5 }, icmp: { type: 0, payload: pattern(192) } });
    send([undefined, [131, 7, 4, 10, 0, 2, 99, 0], undefined, [137, 39, 4, ...Array(37).fill(9)]]);
    stack.advance(61_000);
    for (const { packet } of stack.takeSent()) assert.deepEqual([packet.icmp?.type, packet.icmp?.code], [11, 1]);
    send([undefined, undefined, undefined, undefined]);
    stack.expect({ icmp: { type: 0, payload: pattern(192) } });
  },
);

script("[IP4-8] a fragmented broadcast reaches a socket, and nothing answers it", { rfc: "1122 §3.3.2" }, (stack) => {
  stack.arpResolve();
  const fd = stack.openUdp();
  stack.bind(fd, 7);
  const eth = { dst: BROADCAST_MAC };
  const ip = { dst: "10.0.2.255" };
  stack.inject(...stack.peer.udpFragments({ srcPort: 9000, dstPort: 7, ip, eth }, pattern(500), 256));
  assert.deepEqual(stack.recvFrom(fd).data, pattern(500));
  stack.inject(...stack.peer.udpFragments({ srcPort: 9000, dstPort: 8, ip, eth }, pattern(500), 256));
  stack.inject(stack.peer.udpFragments({ srcPort: 9000, dstPort: 8, ip: { ...ip, id: 3 }, eth }, pattern(500), 256)[0]);
  stack.quiet(61_000);
});

script(
  "[IP4-8] what is sent in fragments can be put together, also over the loopback interface",
  {
    rfc: "791",
    settings: { NET_SOCKETS_UDP_RCVBUF: 8192, NET_IPV4_FRAGMENT_BUFFER: 8192, NET_LOOPBACK_BUFFER: 16_384 },
  },
  (stack) => {
    stack.arpResolve();
    const fd = stack.openUdp();
    stack.bind(fd, 7);
    for (const size of [1473, 2952, 2953, 8000]) {
      stack.sendTo(fd, "127.0.0.1", 7, pattern(size));
      assert.deepEqual(stack.recvFrom(fd, { length: 8192 }).data, pattern(size));
      stack.sendTo(fd, stack.peer.ip, 9000, pattern(size));
      const sent = stack.takeSent();
      assert.equal(sent.length, Math.ceil((size + 8) / 1480));
      // The same fragments come back as a datagram from the peer.
      const whole = concat(...sent.map(({ packet }) => packet.ip?.payload ?? new Uint8Array()));
      assert.deepEqual(whole.subarray(8), pattern(size));
      const back = udp({ src: stack.peer.ip, dst: stack.ip, srcPort: 9000, dstPort: 7 }, whole.subarray(8));
      const fields = { src: stack.peer.ip, dst: stack.ip, protocol: PROTOCOL_UDP, id: size };
      stack.inject(...fragments(fields, back, 1480).map((each) => stack.peer.ethernet(each)));
      assert.deepEqual(stack.recvFrom(fd, { length: 8192 }).data, pattern(size));
    }
  },
);

script(
  "[IP4-8] without CONFIG_NET_IPV4_FRAGMENT fragments are dropped and large datagrams refused",
  { settings: { NET_IPV4_FRAGMENT: false } },
  (stack) => {
    stack.arpResolve();
    stack.inject(...echo(stack, 200, 64));
    stack.quiet(61_000);
    const fd = stack.openUdp();
    assert.equal(
      stack.errno(() => stack.sendTo(fd, stack.peer.ip, 9000, pattern(1473))),
      "EMSGSIZE",
    );
    stack.alive();
  },
);
