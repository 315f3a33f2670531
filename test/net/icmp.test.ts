/** ICMP (RFC 792, RFC 1122 §3.2.2, RFC 1191, RFC 5927): the rows ICM-1 … ICM-11 of the checklist, and attacks. */
import assert from "node:assert/strict";
import { concat, pattern } from "../harness/bytes.js";
import { BROADCAST_MAC, fragments, icmp, ipv4, PROTOCOL_ICMP, PROTOCOL_UDP, udp } from "../harness/packets.js";
import { script } from "../harness/script.js";
import { MSG_DONTWAIT } from "../harness/socket-calls.js";
import type { Stack } from "../harness/stack.js";

/** A UDP socket on a port of its own, connected to port 9000 of the peer. */
function connected(stack: Stack): number {
  stack.arpResolve();
  const fd = stack.openUdp();
  stack.bind(fd, 4000);
  stack.connect(fd, stack.peer.ip, 9000);
  return fd;
}

/** The datagram that the stack sends for `send(fd, data)`: what an honest error quotes. */
function sent(stack: Stack, fd: number, data: Uint8Array): Uint8Array {
  stack.send(fd, data);
  const packet = stack.takeSent()[0]?.packet;
  return packet?.ip?.datagram ?? new Uint8Array();
}

/** An ICMP error about `datagram`. */
function error(stack: Stack, type: number, code: number, datagram: Uint8Array, rest = 0): Uint8Array {
  return stack.peer.icmp({ type, code, rest }, datagram.slice(0, 28));
}

/** The error that a call on the socket has waiting. */
function pending(stack: Stack, fd: number): string {
  return stack.errno(() => stack.recvFrom(fd, { flags: MSG_DONTWAIT }));
}

script(
  "[ICM-1] an echo request is answered with the same identifier, sequence number and data",
  { rfc: "1122 §3.2.2.6" },
  (stack) => {
    stack.arpResolve();
    for (const size of [0, 1, 2, 3, 4, 5, 7, 8, 55, 56, 57, 1023, 1470, 1471, 1472]) {
      stack.inject(stack.peer.ping({ id: 0xfffe, sequence: size }, pattern(size, 0x80)));
      stack.expect({
        eth: { dst: stack.peer.mac },
        ip: { src: stack.ip, dst: stack.peer.ip, protocol: PROTOCOL_ICMP, ihl: 5 },
        icmp: { type: 0, code: 0, id: 0xfffe, sequence: size, payload: pattern(size, 0x80) },
      });
    }
    stack.quiet(100);
  },
);

script("[ICM-1] the checksum is right for data that sums to anything", { rfc: "1122 §3.2.2.6" }, (stack) => {
  stack.arpResolve();
  // The harness checks the checksum of every answer; the request's goes through all values around its wrap.
  for (let value = 0; value < 64; value++) {
    for (const base of [0, 0x7ff0, 0xf7d0, 0xffd0]) {
      stack.inject(stack.peer.ping({ id: (base + value) & 0xffff, sequence: 0 }, []));
      stack.expect({ icmp: { type: 0, id: (base + value) & 0xffff } });
    }
  }
});

script(
  "[ICM-1] a request of 8,000 bytes in fragments is answered in fragments",
  { rfc: "1122 §3.2.2.6", settings: { NET_IPV4_FRAGMENT_BUFFER: 8192 } },
  (stack) => {
    stack.arpResolve();
    for (const size of [1473, 1480, 2953, 8000, 8001]) {
      const message = icmp({ type: 8, id: 3, sequence: size }, pattern(size));
      const fields = { src: stack.peer.ip, dst: stack.ip, protocol: PROTOCOL_ICMP, id: size };
      stack.inject(...fragments(fields, message, 1480).map((each) => stack.peer.ethernet(each)));
      const answer = stack.takeSent().map(({ packet }) => packet);
      assert.equal(answer.length, Math.ceil((size + 8) / 1480));
      const whole = concat(...answer.map((packet) => packet.ip?.payload ?? new Uint8Array()));
      assert.deepEqual(whole, icmp({ type: 0, id: 3, sequence: size }, pattern(size)));
    }
    const bad = icmp({ type: 8, checksum: "bad" }, pattern(8000));
    const fields = { src: stack.peer.ip, dst: stack.ip, protocol: PROTOCOL_ICMP, id: 9 };
    stack.inject(...fragments(fields, bad, 1480).map((each) => stack.peer.ethernet(each)));
    stack.quiet(100);
  },
);

script(
  '[ICM-1] type of service and "don\'t fragment" come back, also to a neighbour that must be asked for first',
  { rfc: "1122 §3.2.2.6" },
  (stack) => {
    stack.inject(stack.peer.ping({ ip: { tos: 0xb8, df: true, id: 0x1234 } }));
    stack.expect({ arp: { operation: 1, tpa: stack.peer.ip } });
    stack.inject(stack.peer.arpReply());
    stack.expect({ ip: { tos: 0xb8, df: true }, icmp: { type: 0 } });
    for (const df of [true, false]) {
      stack.inject(stack.peer.ping({ ip: { tos: 0x10, df, id: 0x4321 } }));
      stack.expect({ ip: { tos: 0x10, df, id: 0x4321 }, icmp: { type: 0 } });
    }
  },
);

script("[ICM-2] a message with a wrong checksum is dropped", { rfc: "792" }, (stack) => {
  const fd = connected(stack);
  for (const size of [0, 1, 2, 3, 56, 1472]) stack.inject(stack.peer.ping({ checksum: "bad" }, pattern(size)));
  const frame = stack.peer.ping({}, pattern(20));
  for (let bit = 0; bit < 28 * 8; bit++) {
    const copy = frame.slice();
    copy[34 + (bit >> 3)] ^= 1 << (bit & 7);
    stack.inject(copy);
  }
  const datagram = sent(stack, fd, pattern(10));
  stack.inject(stack.peer.icmp({ type: 3, code: 3, rest: 0, checksum: "bad" }, datagram.slice(0, 28)));
  stack.quiet(1000);
  assert.equal(pending(stack, fd), "EAGAIN");
});

script("[ICM-3] [ATK-33] unknown types, and codes that echo has not, are dropped", { rfc: "1122 §3.2.2" }, (stack) => {
  stack.arpResolve();
  for (let type = 0; type < 256; type++) {
    if (type === 8) continue;
    stack.inject(stack.peer.icmp({ type }, pattern(28)));
  }
  for (const code of [1, 2, 255]) stack.inject(stack.peer.ping({ code }));
  stack.quiet(1000);
  stack.alive();
});

script("[ICM-3] [ATK-90] a message of 0 to 7 octets is dropped", { rfc: "1122 §3.2.2" }, (stack) => {
  stack.arpResolve();
  for (const type of [0, 3, 8, 11, 12, 13, 17]) {
    for (let length = 0; length < 8; length++) {
      stack.inject(stack.peer.ipv4({ protocol: PROTOCOL_ICMP }, icmp({ type }).subarray(0, length)));
      const short = new Uint8Array(length);
      if (length > 1) short.set([type, 0]);
      if (length > 3) short.set([~type & 0xff, 0xff], 2);
      stack.inject(stack.peer.ipv4({ protocol: PROTOCOL_ICMP }, short));
    }
  }
  stack.quiet(1000);
});

script(
  "[ICM-4] no error about an error, a later fragment, a broadcast or an impossible source",
  { rfc: "1122 §3.2.2" },
  (stack) => {
    stack.arpResolve();
    const closed = { srcPort: 9000, dstPort: 8 };
    const { peer } = stack;
    // Errors about things we never sent, and about errors.
    const about = ipv4(
      { src: stack.ip, dst: peer.ip, protocol: PROTOCOL_UDP },
      udp({ src: stack.ip, dst: peer.ip, srcPort: 8, dstPort: 9000 }, "x"),
    );
    for (const type of [3, 4, 5, 11, 12]) stack.inject(peer.icmp({ type, code: 0 }, about.slice(0, 28)));
    stack.inject(peer.udpFragments(closed, pattern(100), 64)[1]);
    // A later fragment with options that would be a parameter problem.
    stack.inject(peer.ipv4({ protocol: PROTOCOL_UDP, offset: 64, options: [0x44, 0, 0, 0] }, pattern(64)));
    for (const [ip, eth] of [
      [{ dst: "255.255.255.255" }, { dst: BROADCAST_MAC }],
      [{ dst: "10.0.2.255" }, { dst: BROADCAST_MAC }],
      [{ dst: "10.0.2.255" }, {}],
      [{ dst: "224.0.0.1" }, { dst: "01:00:5e:00:00:01" }],
      [{ dst: "224.0.0.1" }, {}],
      [{}, { dst: BROADCAST_MAC }],
      [{ src: "0.0.0.0" }, {}],
      [{ src: "127.0.0.1" }, {}],
      [{ src: "224.0.0.9" }, {}],
      [{ src: "10.0.2.255" }, {}],
      [{ src: "255.255.255.255" }, {}],
    ]) {
      stack.inject(peer.udp({ ...closed, ip, eth }, "x"), peer.ipv4({ protocol: 253, ...ip }, "x", eth));
    }
    stack.quiet(61_000);
  },
);

script(
  "[ICM-5] a closed port and an unknown protocol are answered, quoting what came, unchanged",
  { rfc: "1122 §3.2.2.1" },
  (stack) => {
    stack.arpResolve();
    for (const size of [0, 1, 2, 3, 8, 17, 18, 63, 519, 520, 521, 1024, 1471, 1472]) {
      const frame = stack.peer.udp({ srcPort: 9000, dstPort: 8, ip: { ttl: 3, tos: 4, id: 0x1234 } }, pattern(size));
      stack.inject(frame);
      const { icmp: message, ip } = stack.expect({
        ip: { src: stack.ip, dst: stack.peer.ip, totalLength: (value) => value <= 576 },
        icmp: { type: 3, code: 3, rest: 0 },
      });
      const quoted = message?.payload ?? new Uint8Array();
      assert.equal(quoted.length, Math.min(28 + size, 548), `UDP ${size}: ${ip?.totalLength}`);
      assert.deepEqual(quoted, frame.slice(14, 14 + quoted.length));
      stack.advance(300);
    }
    for (const size of [0, 1, 7, 8, 9, 600]) {
      const frame = stack.peer.ipv4({ protocol: 253, id: 9 }, pattern(size));
      stack.inject(frame);
      const { icmp: message } = stack.expect({ icmp: { type: 3, code: 2, rest: 0 } });
      const quoted = message?.payload ?? new Uint8Array();
      assert.equal(quoted.length, Math.min(20 + size, 548), `protocol 253 ${size}`);
      assert.deepEqual(quoted, frame.slice(14, 14 + quoted.length));
      stack.advance(300);
    }
  },
);

script("[ICM-5] a datagram to a closed port that is broken is not answered", { rfc: "1122 §4.1.3.1" }, (stack) => {
  stack.arpResolve();
  const to = { srcPort: 9000, dstPort: 8 };
  for (const size of [0, 3, 64, 1472]) stack.inject(stack.peer.udp({ ...to, checksum: "bad" }, pattern(size)));
  for (const length of [0, 7, 100]) stack.inject(stack.peer.udp({ ...to, length }, pattern(20)));
  stack.quiet(1000);
  stack.inject(stack.peer.udp({ ...to, checksum: "none" }, "x"));
  stack.expect({ icmp: { type: 3, code: 3 } });
});

script("[ICM-5] [ATK-21] [ATK-80] the options of what came are quoted, not used", { rfc: "1122 §3.2.2.1" }, (stack) => {
  stack.arpResolve();
  const options = [7, 15, 4, ...Array(12).fill(0), 1];
  const frame = stack.peer.udp({ srcPort: 9000, dstPort: 8, ip: { options } }, pattern(30));
  stack.inject(frame);
  const { icmp: message } = stack.expect({ ip: { ihl: 5, dst: stack.peer.ip }, icmp: { type: 3, code: 3 } });
  assert.deepEqual(message?.payload, frame.slice(14, 14 + 36 + 38));
});

script("[ATK-3] [ATK-94] an error about a short packet quotes no octet behind it", {}, (stack) => {
  stack.arpResolve();
  // Fill the buffers with something that would be recognised.
  stack.inject(stack.peer.ping({}, new Uint8Array(1472).fill(0xee)));
  stack.expect({ icmp: { type: 0 } });
  for (let size = 0; size < 30; size++) {
    stack.inject(stack.peer.ipv4({ protocol: 253 }, pattern(size, 1), { padByte: 0xee }));
    const { icmp: message } = stack.expect({ icmp: { type: 3, code: 2 } });
    assert.equal(message?.payload.length, 20 + size);
    assert.ok(!message?.payload.includes(0xee), "old memory in the quote");
    stack.advance(300);
  }
});

script("[ICM-6] errors are rate-limited, at an irregular pace", { rfc: "1812 §4.3.2.8" }, (stack) => {
  stack.arpResolve();
  const times: number[] = [];
  for (let i = 0; i < 1000; i++) {
    stack.inject(stack.peer.udp({ srcPort: 9000, dstPort: 1000 + i }, "x"));
    stack.advance(1);
    for (const { time, packet } of stack.takeSent()) {
      assert.equal(packet.icmp?.type, 3);
      times.push(time);
    }
  }
  assert.ok(times.length >= 12 && times.length <= 21, `${times.length} errors in a second`);
  for (let i = 0; i < 4000; i++) {
    stack.inject(stack.peer.udp({ srcPort: 9000, dstPort: 1000 + i }, "x"));
    stack.advance(1);
    for (const { time } of stack.takeSent()) times.push(time);
  }
  const gaps = times.slice(12).map((time, i) => time - times[i + 11]);
  assert.ok(new Set(gaps).size > 5, "the pace is regular");
  const perSecond = (times.length - 10) / 5;
  assert.ok(perSecond >= 5 && perSecond <= 11, `${perSecond} a second`);
  // Afterwards the bucket fills again.
  stack.advance(10_000);
  for (let i = 0; i < 5; i++) {
    stack.inject(stack.peer.udp({ srcPort: 9000, dstPort: 8 }, "x"));
    stack.expect({ icmp: { type: 3 } });
  }
});

script(
  "[ICM-6] [ATK-110] one destination that uses up its errors does not take those of all others",
  { rfc: "4443 §2.4f" },
  (stack) => {
    stack.arpResolve();
    for (let i = 0; i < 100; i++) stack.inject(stack.peer.udp({ srcPort: 9000, dstPort: 8 }, "x"));
    assert.equal(stack.takeSent().length, 10);
    let answered = 0;
    for (let host = 0; host < 64; host++) {
      stack.inject(stack.peer.udp({ srcPort: 9000, dstPort: 8, ip: { src: `192.0.2.${host + 1}` } }, "x"));
      answered += stack.takeSent().length;
    }
    // Those who share the bucket get nothing, the others do.
    assert.ok(answered > 32 && answered < 64, `${answered} of 64`);
  },
);

script(
  "[ICM-6] the configured rate and burst count",
  { rfc: "1812 §4.3.2.8", settings: { NET_ICMP_ERROR_RATE: 100, NET_ICMP_ERROR_BURST: 3 } },
  (stack) => {
    stack.arpResolve();
    for (let i = 0; i < 50; i++) stack.inject(stack.peer.udp({ srcPort: 9000, dstPort: 8 }, "x"));
    assert.equal(stack.takeSent().length, 3);
    let count = 0;
    for (let i = 0; i < 1000; i++) {
      stack.inject(stack.peer.udp({ srcPort: 9000, dstPort: 8 }, "x"));
      stack.advance(1);
      count += stack.takeSent().length;
    }
    assert.ok(count >= 50 && count <= 101, `${count} errors in a second`);
  },
);

script("[ICM-7] [ATK-16] address masks are neither told nor learned", { rfc: "1122 §3.2.2.9" }, (stack) => {
  const fd = connected(stack);
  stack.inject(stack.peer.icmp({ type: 17, id: 1, sequence: 1 }, [0, 0, 0, 0]));
  stack.inject(stack.peer.icmp({ type: 18, id: 1, sequence: 1 }, [255, 0, 0, 0]));
  stack.inject(stack.peer.icmp({ type: 18, id: 1, sequence: 1 }, [255, 255, 255, 252]));
  stack.quiet(1000);
  // With 255.0.0.0, 10.0.3.1 would be on the link; with /30, 10.0.2.200 would not.
  stack.sendTo(fd, "10.0.3.1", 9000, "x");
  stack.expect({ eth: { dst: stack.peer.mac }, ip: { dst: "10.0.3.1" } });
  stack.sendTo(fd, "10.0.2.200", 9000, "x");
  stack.expect({ arp: { tpa: "10.0.2.200" } });
  stack.advance(6000);
  stack.takeSent();
});

script("[ICM-8] redirects are ignored, from the gateway and from others", { rfc: "1122 §3.2.2.2" }, (stack) => {
  stack.arpResolve();
  const fd = stack.openUdp();
  stack.connect(fd, "192.0.2.1", 9000);
  const datagram = sent(stack, fd, pattern(10));
  const other = stack.station({ mac: "02:00:00:00:00:77", ip: "10.0.2.77" });
  stack.arpResolve(other);
  for (const code of [0, 1, 2, 3]) {
    for (const from of [stack.peer, other]) {
      stack.inject(from.icmp({ type: 5, code, rest: 0x0a00_024d }, datagram.slice(0, 28)));
    }
  }
  stack.quiet(1000);
  stack.send(fd, "x");
  stack.expect({ eth: { dst: stack.peer.mac }, ip: { dst: "192.0.2.1" } });
  assert.equal(pending(stack, fd), "EAGAIN");
});

/** Sends 1,400 bytes; the largest IP payload among the frames that this takes. */
function largest(stack: Stack, fd: number): number {
  stack.send(fd, pattern(1400));
  return Math.max(...stack.takeSent().map(({ packet }) => packet.ip?.totalLength ?? 0));
}

// The rows speak of TCP, which does not exist yet: a connected UDP socket shows the same path MTU.
script(
  '[ICM-9] "fragmentation needed" lowers the path MTU of a connected UDP socket, for ten minutes',
  { rfc: "1191 §6.3" },
  (stack) => {
    const fd = connected(stack);
    const datagram = sent(stack, fd, pattern(1400));
    stack.inject(error(stack, 3, 4, datagram, 1200));
    // 1,200 bytes, or less by what the multiple of 8 costs.
    const size = largest(stack, fd);
    assert.ok(size <= 1200 && size > 1190, `${size}`);
    // Only this destination.
    stack.sendTo(fd, "192.0.2.1", 9000, pattern(1400));
    stack.expect({ ip: { totalLength: 1428, df: true } });
    // A larger report does not raise it.
    stack.inject(error(stack, 3, 4, datagram, 1400));
    assert.ok(largest(stack, fd) <= 1200);
    stack.advance(601_000);
    stack.arpResolve();
    assert.equal(largest(stack, fd), 1428);
  },
);

script(
  "[ICM-9] a path MTU below 552 is not believed, and 0 means the next plateau",
  { rfc: "1191 §3, §7.1" },
  (stack) => {
    const fd = connected(stack);
    const datagram = sent(stack, fd, pattern(1400));
    stack.inject(error(stack, 3, 4, datagram, 0));
    let size = largest(stack, fd);
    assert.ok(size <= 1006 && size > 990, `${size}`);
    stack.inject(error(stack, 3, 4, datagram, 68));
    size = largest(stack, fd);
    assert.ok(size <= 552 && size > 536, `${size}`);
    stack.inject(error(stack, 3, 4, datagram, 1));
    assert.ok(largest(stack, fd) > 536);
  },
);

// Sequence numbers come with TCP; for UDP the four-tuple must be one of ours.
script(
  "[ICM-10] [ATK-122] an error counts only when it quotes what one of our sockets can have sent",
  { rfc: "5927 §4" },
  (stack) => {
    const fd = connected(stack);
    const good = { src: stack.ip, dst: stack.peer.ip, srcPort: 4000, dstPort: 9000 };
    const datagram = (change: Partial<typeof good>, ip: object = {}): Uint8Array => {
      const fields = { ...good, ...change };
      return ipv4({ src: fields.src, dst: fields.dst, protocol: PROTOCOL_UDP, ...ip }, udp(fields, pattern(20)));
    };
    const forged = [
      datagram({ srcPort: 4001 }),
      datagram({ dstPort: 9001 }),
      datagram({ dst: "10.0.2.3" }),
      datagram({ src: "10.0.2.16" }),
      datagram({ src: "127.0.0.1" }),
      datagram({}, { offset: 8 }),
      datagram({}, { protocol: 6 }),
      datagram({}, { protocol: PROTOCOL_ICMP }),
      datagram({}, { version: 6 }),
    ];
    for (const each of forged) {
      stack.inject(error(stack, 3, 3, each), error(stack, 3, 4, each, 576));
      assert.equal(pending(stack, fd), "EAGAIN");
    }
    assert.equal(largest(stack, fd), 1428);
    // The honest one.
    stack.inject(error(stack, 3, 3, datagram({})));
    assert.equal(pending(stack, fd), "ECONNREFUSED");
    assert.equal(pending(stack, fd), "EAGAIN");
    stack.expectNothing();
  },
);

script("[ICM-10] source quench and soft errors do not end a connection", { rfc: "5927 §4" }, (stack) => {
  const fd = connected(stack);
  const datagram = sent(stack, fd, pattern(10));
  for (const [type, code] of [
    [4, 0],
    [3, 0],
    [3, 1],
    [3, 5],
    [11, 0],
    [11, 1],
    [12, 0],
  ])
    stack.inject(error(stack, type, code, datagram));
  assert.equal(pending(stack, fd), "EAGAIN");
  stack.inject(stack.peer.udp({ srcPort: 9000, dstPort: 4000 }, "still"));
  assert.deepEqual(stack.recv(fd), new TextEncoder().encode("still"));
});

script("[ATK-7] [ATK-15] quotes that are cut or lie about their lengths do nothing", {}, (stack) => {
  const fd = connected(stack);
  const datagram = sent(stack, fd, pattern(40));
  for (let length = 0; length < 28; length++) {
    for (const [type, code] of [
      [3, 4],
      [3, 3],
      [11, 0],
      [12, 0],
    ]) {
      stack.inject(stack.peer.icmp({ type, code, rest: 576 }, datagram.slice(0, length)));
    }
  }
  for (const first of [0x40, 0x44, 0x46, 0x4f, 0x55, 0x65]) {
    const lie = datagram.slice(0, 28);
    lie[0] = first;
    stack.inject(stack.peer.icmp({ type: 3, code: 4, rest: 576 }, lie), stack.peer.icmp({ type: 3, code: 3 }, lie));
  }
  // A tunnel inside the quote.
  const tunnel = ipv4({ src: stack.ip, dst: stack.peer.ip, protocol: 41 }, pattern(12));
  stack.inject(stack.peer.icmp({ type: 12, code: 0, rest: 0 }, tunnel));
  stack.quiet(1000);
  assert.equal(pending(stack, fd), "EAGAIN");
  assert.equal(largest(stack, fd), 1428);
});

script("[ICM-11] [ATK-33] timestamp requests of any length are not answered", { rfc: "1122 §3.2.2.8" }, (stack) => {
  stack.arpResolve();
  for (const length of [0, 4, 12, 16]) stack.inject(stack.peer.icmp({ type: 13, id: 1, sequence: 1 }, pattern(length)));
  stack.inject(
    stack.peer.icmp({ type: 14, id: 1, sequence: 1 }, pattern(12)),
    stack.peer.icmp({ type: 15 }),
    stack.peer.icmp({ type: 16 }),
  );
  stack.quiet(1000);
});

script(
  "[ICM-1] echo requests to a broadcast or multicast address are not answered",
  { rfc: "1122 §3.2.2.6" },
  (stack) => {
    stack.arpResolve();
    for (const [dst, mac] of [
      ["255.255.255.255", BROADCAST_MAC],
      ["10.0.2.255", BROADCAST_MAC],
      ["224.0.0.1", "01:00:5e:00:00:01"],
    ]) {
      stack.inject(stack.peer.ping({ ip: { dst }, eth: { dst: mac } }), stack.peer.ping({ ip: { dst } }));
    }
    stack.quiet(1000);
  },
);
