/** ICMP errors about segments (RFC 9293 §3.9.2.2, RFC 1191, RFC 5461, RFC 5927): the rows CLS-9, ICM-9, ICM-10, the attack of row 122. */
import assert from "node:assert/strict";
import { ipv4, PROTOCOL_TCP, quote } from "../../harness/packets.js";
import type { Packet } from "../../harness/parse.js";
import { script } from "../../harness/script.js";
import type { Stack } from "../../harness/stack.js";
import { type TcpConversation, tcp } from "../../harness/tcp-conversation.js";
import { tcpSegment as segment } from "../../harness/tcp-segment.js";

const RFC = { rfc: "9293 §3.9.2.2" };

/** A router sends the error about a datagram of the stack. */
function error(stack: Stack, type: number, code: number, datagram: Uint8Array, rest = 0): void {
  stack.inject(stack.peer.icmp({ type, code, rest }, quote(datagram)));
}

/** The datagram in a packet that the stack sent. */
function datagramOf(packet: Packet): Uint8Array {
  assert.ok(packet.ip !== undefined);
  return packet.ip.datagram;
}

/** A forged quote: the segment with relative number `seq` of the stack. */
function forged(
  t: TcpConversation,
  seq: number,
  change: { srcPort?: number; dstPort?: number; src?: string; dst?: string } = {},
): Uint8Array {
  const fields = { src: t.stack.ip, dst: t.peer.ip, srcPort: t.port, dstPort: t.peerPort, ...change };
  const { src, dst } = fields;
  return ipv4(
    { src, dst, protocol: PROTOCOL_TCP, df: true },
    segment({ ...fields, seq: (t.iss + seq) >>> 0, flags: "P." }, new Uint8Array(1460)),
  );
}

script("[CLS-9] [ICM-10] on a connection every error is soft: it goes on", RFC, (stack) => {
  const t = tcp(stack);
  t.establish();
  t.send(100);
  const datagram = datagramOf(t.out("P. 1:101(100) ack 1"));
  for (const [type, code] of [
    [3, 0],
    [3, 1],
    [3, 2],
    [3, 3],
    [3, 5],
    [3, 13],
    [11, 0],
    [11, 1],
    [12, 0],
    [4, 0],
  ]) {
    error(stack, type ?? 0, code ?? 0, datagram);
  }
  t.quiet(900);
  // Retransmission goes on as if nothing had been said, and a source quench changes nothing (RFC 6633).
  stack.untilSent(600);
  t.out("P. 1:101(100) ack 1");
  t.in("P. 1:11(10) ack 101");
  t.read(10);
  t.out(". 101:101(0) ack 11", { after: 100 });
});

script("[CLS-9] a source quench leaves the congestion window as it is", { rfc: "6633" }, (stack) => {
  const t = tcp(stack);
  t.establish();
  t.send(1460);
  const datagram = datagramOf(t.out("P. 1:1461(1460) ack 1"));
  error(stack, 4, 0, datagram);
  t.send(4380);
  t.out(". 1461:2921(1460) ack 1");
  t.out(". 2921:4381(1460) ack 1");
  t.out("P. 4381:5841(1460) ack 1");
  t.ack();
});

script("[CLS-9] connecting: port unreachable is a refusal", { rfc: "9293 §3.9.2.2, 1122 §4.2.3.9" }, (stack) => {
  const t = tcp(stack);
  const call = t.beginConnect();
  const datagram = datagramOf(t.out("S 0:0(0)"));
  error(stack, 3, 3, datagram);
  stack.advance(10);
  assert.equal(call.errno, "ECONNREFUSED");
  t.quiet(30_000);
});

script("[CLS-9] connecting: protocol unreachable ends it too", { rfc: "9293 §3.9.2.2, 1122 §4.2.3.9" }, (stack) => {
  const t = tcp(stack);
  const call = t.beginConnect();
  const datagram = datagramOf(t.out("S 0:0(0)"));
  error(stack, 3, 2, datagram);
  stack.advance(10);
  assert.ok(call.done);
  assert.ok(["ENOPROTOOPT", "ECONNREFUSED"].includes(call.errno), call.errno);
  t.quiet(30_000);
});

script(
  "[CLS-9] connecting: net and host unreachable, time exceeded and the rest are soft",
  { rfc: "9293 §3.9.2.2, 5461" },
  (stack) => {
    const t = tcp(stack);
    const call = t.beginConnect();
    const datagram = datagramOf(t.out("S 0:0(0)"));
    for (const [type, code] of [
      [3, 0],
      [3, 1],
      [3, 5],
      [11, 0],
      [12, 0],
      [4, 0],
    ]) {
      error(stack, type ?? 0, code ?? 0, datagram);
    }
    assert.equal(call.done, false);
    t.out("S 0:0(0)", { after: 1000, tolerance: 50 });
    t.in("S. 0:0(0) ack 1 <mss 1460>");
    t.out(". 1:1(0) ack 1");
    call.value();
  },
);

script("[CLS-9] [ICM-10] [ATK-122] connecting: a forged quote refuses nothing", { rfc: "5927 §4" }, (stack) => {
  const t = tcp(stack);
  const call = t.beginConnect();
  t.out("S 0:0(0)");
  for (const seq of [-1, 1, 2, 1000, 0x7fff_ffff, -5000]) error(stack, 3, 3, forged(t, seq));
  error(stack, 3, 3, forged(t, 0, { srcPort: t.port + 1 }));
  error(stack, 3, 3, forged(t, 0, { dstPort: t.peerPort + 1 }));
  error(stack, 3, 3, forged(t, 0, { dst: "10.0.2.3" }));
  error(stack, 3, 3, forged(t, 0, { src: "10.0.2.77" }));
  stack.advance(10);
  assert.equal(call.done, false);
  t.in("S. 0:0(0) ack 1 <mss 1460>");
  t.out(". 1:1(0) ack 1");
  call.value();
});

script(
  "[ICM-9] [CLS-9] fragmentation needed: what is in flight goes again at once, in smaller segments",
  { rfc: "1191 §6.4, 9293 §3.7.2" },
  (stack) => {
    const t = tcp(stack);
    t.establish();
    t.send(4380);
    const first = datagramOf(t.out(". 1:1461(1460) ack 1"));
    assert.equal((first[6] ?? 0) & 0x40, 0x40, "DF is set");
    t.out(". 1461:2921(1460) ack 1");
    t.out("P. 2921:4381(1460) ack 1");
    error(stack, 3, 4, first, 1200);
    stack.advance(10);
    let covered = 1;
    for (const each of t.takeSegments()) {
      assert.ok(each.payload.length <= 1160, `${each.payload.length} bytes`);
      const at = (each.seq - t.iss) >>> 0;
      if (at <= covered) covered = Math.max(covered, at + each.payload.length);
    }
    assert.ok(covered > 1161, "the lost segments went out again without a time-out");
    for (let round = 0; round < 10; round++) {
      t.in(`. 1:1(0) ack ${Math.min(covered, 4381)}`);
      stack.advance(1200);
      for (const each of t.takeSegments()) {
        assert.ok(each.payload.length <= 1160, `${each.payload.length} bytes`);
        const at = (each.seq - t.iss) >>> 0;
        if (at <= covered) covered = Math.max(covered, at + each.payload.length);
      }
    }
    assert.equal(covered, 4381);
    t.ack();
    // New data keeps to it.
    t.send(1461);
    t.out(". 4381:5541(1160) ack 1");
    t.ack();
    t.out("P. 5541:5842(301) ack 1");
    t.ack();
  },
);

script("[ICM-9] with timestamps they are taken off as well", { rfc: "1191 §3" }, (stack) => {
  const t = tcp(stack);
  t.establish({ timestamps: true });
  t.send(1448);
  const datagram = datagramOf(t.out("P. 1:1449(1448) ack 1"));
  error(stack, 3, 4, datagram, 1000);
  stack.advance(10);
  const sizes = t.takeSegments().map(({ payload }) => payload.length);
  assert.ok(sizes.length > 0 && sizes.every((size) => size <= 948), sizes.join());
  t.ack();
  stack.advance(2000);
  stack.takeSent();
  t.ack();
});

script("[ICM-9] an MTU of 0: the next plateau below what was sent", { rfc: "1191 §5, §7.1" }, (stack) => {
  const t = tcp(stack);
  t.establish();
  t.send(1460);
  const datagram = datagramOf(t.out("P. 1:1461(1460) ack 1"));
  error(stack, 3, 4, datagram, 0);
  stack.advance(10);
  assert.equal(t.takeSegments()[0]?.payload.length, 1492 - 40);
  t.ack();
  stack.advance(2000);
  stack.takeSent();
  t.ack();
});

script("[ICM-9] [ATK-122] a tiny MTU is not believed", { rfc: "1191 §3, 5927 §7" }, (stack) => {
  const t = tcp(stack);
  t.establish();
  let at = 1;
  for (const mtu of [1, 20, 40, 41, 67, 68, 100, 296]) {
    t.send(1460);
    const [first] = stack.takeSent();
    assert.ok(first !== undefined);
    error(stack, 3, 4, datagramOf(first.packet), mtu);
    at += 1460;
    for (let round = 0; round < 5; round++) {
      stack.advance(300);
      const segments = t.takeSegments();
      for (const each of segments) {
        const rest = at - ((each.seq - t.iss) >>> 0);
        assert.ok(
          each.payload.length >= Math.min(rest, 500) || each.payload.length === 0,
          `${each.payload.length} bytes, MTU ${mtu}`,
        );
      }
      t.ack();
    }
  }
  t.quiet(3000);
});

script(
  "[ICM-10] [ATK-122] fragmentation needed about what is not in flight changes nothing",
  { rfc: "5927 §4, §7" },
  (stack) => {
    const t = tcp(stack);
    t.establish();
    t.send(1460);
    t.out("P. 1:1461(1460) ack 1");
    t.ack();
    t.send(1460);
    t.out("P. 1461:2921(1460) ack 1");
    // Acknowledged already, not sent yet, far away, another connection.
    for (const seq of [1, 1460, 2921, 5000, -1000, 0x7000_0000]) error(stack, 3, 4, forged(t, seq), 600);
    error(stack, 3, 4, forged(t, 1461, { dstPort: t.peerPort + 1 }), 600);
    error(stack, 3, 4, forged(t, 1461, { srcPort: t.port + 1 }), 600);
    t.quiet(100);
    t.in(". 1:1(0) ack 2921");
    t.send(1460);
    t.out("P. 2921:4381(1460) ack 1");
    t.ack();
  },
);

script("[ICM-10] a larger MTU than ours, or one of the link, changes nothing", { rfc: "1191 §3" }, (stack) => {
  const t = tcp(stack);
  t.establish();
  t.send(1460);
  const datagram = datagramOf(t.out("P. 1:1461(1460) ack 1"));
  for (const mtu of [1500, 1501, 9000, 65_535]) error(stack, 3, 4, datagram, mtu);
  t.quiet(100);
  t.ack();
  t.send(1460);
  t.out("P. 1461:2921(1460) ack 1");
  t.ack();
});

script("[ICM-10] a quote of eight octets is enough, of fewer it is nothing", { rfc: "792, 1122 §3.2.2" }, (stack) => {
  const t = tcp(stack);
  const call = t.beginConnect();
  const datagram = datagramOf(t.out("S 0:0(0)"));
  for (let length = 0; length < 28; length++)
    stack.inject(stack.peer.icmp({ type: 3, code: 3 }, datagram.slice(0, length)));
  stack.advance(10);
  assert.equal(call.done, false);
  stack.inject(stack.peer.icmp({ type: 3, code: 3 }, datagram.slice(0, 28)));
  stack.advance(10);
  assert.equal(call.errno, "ECONNREFUSED");
});
