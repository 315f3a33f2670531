/** Attacks on TCP that other stacks fell for, as far as no other file has them: `../../requirements/rows.ts` names them. */
import assert from "node:assert/strict";
import { ethernet, ipv4, PROTOCOL_TCP } from "../../harness/packets.js";
import { script } from "../../harness/script.js";
import type { Stack } from "../../harness/stack.js";
import { type TcpConversation, tcp } from "../../harness/tcp-conversation.js";

/** The connection has taken nothing, sent nothing and works. */
function unharmed(t: TcpConversation, next = 1): void {
  t.quiet(1000);
  t.readError("EAGAIN");
  t.in(`P. ${next}(10) ack 1`);
  t.read(10);
  t.out(`. 1:1(0) ack ${next + 10}`, { after: 100 });
}

/** A frame of the peer with this IP datagram, cut or padded to `bytes` bytes after the Ethernet header. */
function frameOf(stack: Stack, datagram: Uint8Array, bytes = datagram.length): Uint8Array {
  const body = new Uint8Array(bytes).fill(0xa5);
  body.set(datagram.subarray(0, bytes));
  return ethernet({ dst: stack.mac, src: stack.peer.mac, pad: false }, body);
}

/** The TCP segment in a frame. */
function segmentOf(frame: Uint8Array): Uint8Array {
  return frame.subarray(34, 14 + (((frame[16] ?? 0) << 8) | (frame[17] ?? 0)));
}

script("[ATK-12] fragments that make a segment shorter than its header says", { rfc: "CVE-2020-11907" }, (stack) => {
  const t = tcp(stack);
  t.establish();
  for (const dataOffset of [0, 4, 9, 15]) {
    // 32 bytes of segment in two fragments.
    const whole = segmentOf(t.frame("P. 1:13(12) ack 1", { dataOffset }));
    assert.equal(whole.length, 32);
    const ip = { src: stack.peer.ip, dst: stack.ip, protocol: PROTOCOL_TCP, id: 100 + dataOffset };
    stack.inject(frameOf(stack, ipv4({ ...ip, mf: true }, whole.subarray(0, 24)), 60));
    stack.inject(frameOf(stack, ipv4({ ...ip, offset: 24 }, whole.subarray(24)), 60));
  }
  unharmed(t);
});

script("[ATK-12] a whole segment in fragments is taken", {}, (stack) => {
  const t = tcp(stack);
  t.establish();
  const whole = segmentOf(t.frame("P. 1:101(100) ack 1"));
  const ip = { src: stack.peer.ip, dst: stack.ip, protocol: PROTOCOL_TCP, id: 77 };
  stack.inject(frameOf(stack, ipv4({ ...ip, offset: 48 }, whole.subarray(48)), 100));
  stack.inject(frameOf(stack, ipv4({ ...ip, mf: true }, whole.subarray(0, 48)), 100));
  t.read(100);
  stack.advance(500);
  assert.equal((t.takeSegments().at(-1)?.ack ?? 0) >>> 0, (t.irs + 101) >>> 0);
});

script(
  "[ATK-77] [ATK-81] a total length beyond the frame: nothing behind it is read",
  { rfc: "CVE-2020-35684, CVE-2021-31890" },
  (stack) => {
    const t = tcp(stack);
    t.establish();
    for (const extra of [1, 10, 100, 1000, 60_000]) {
      const whole = segmentOf(t.frame("P. 1:21(20) ack 1"));
      const datagram = ipv4(
        { src: stack.peer.ip, dst: stack.ip, protocol: PROTOCOL_TCP, totalLength: 20 + whole.length + extra },
        whole,
      );
      stack.inject(frameOf(stack, datagram, Math.max(46, datagram.length)));
    }
    unharmed(t);
  },
);

script(
  "[ATK-86] [ATK-79] a total length that cuts header or options off",
  { rfc: "CVE-2018-16524, CVE-2021-31401" },
  (stack) => {
    const t = tcp(stack);
    t.listen();
    const syn = segmentOf(t.frame("S 0:0(0) <mss 1460,sackOK,TS val 1 ecr 0,nop,wscale 2>"));
    for (let cut = 1; cut <= syn.length; cut++) {
      const datagram = ipv4(
        { src: stack.peer.ip, dst: stack.ip, protocol: PROTOCOL_TCP, totalLength: 20 + syn.length - cut },
        syn,
      );
      stack.inject(frameOf(stack, datagram));
    }
    t.quiet(3000);
    // Below 20 there is not even an IP header.
    for (let totalLength = 0; totalLength < 20; totalLength++) {
      stack.inject(
        frameOf(stack, ipv4({ src: stack.peer.ip, dst: stack.ip, protocol: PROTOCOL_TCP, totalLength }, syn)),
      );
    }
    t.quiet(3000);
  },
);

script(
  "[ATK-89] [ATK-59] a datagram without a TCP header, in frames of every length",
  { rfc: "CVE-2018-16603" },
  (stack) => {
    const t = tcp(stack);
    t.listen();
    const syn = segmentOf(t.frame("S 0:0(0) <mss 1460>"));
    for (let length = 20; length < 44; length++) {
      const datagram = ipv4({ src: stack.peer.ip, dst: stack.ip, protocol: PROTOCOL_TCP, totalLength: 20 }, syn);
      stack.inject(frameOf(stack, datagram, length));
      // And with the honest length of what is there.
      const short = ipv4({ src: stack.peer.ip, dst: stack.ip, protocol: PROTOCOL_TCP, totalLength: length }, syn);
      stack.inject(frameOf(stack, short, Math.max(length, 46)));
    }
    t.quiet(3000);
  },
);

script("[ATK-100] LAND: a SYN from our own address and port is dropped", { rfc: "CVE-1999-0016" }, (stack) => {
  const t = tcp(stack);
  t.listen();
  for (const dst of [stack.ip, "127.0.0.1"]) {
    for (const flags of ["S", "S.", ".", "R"]) {
      stack.inject(
        stack.peer.tcp({ srcPort: t.port, dstPort: t.port, flags, seq: 1, ack: 1, ip: { src: stack.ip, dst } }),
        stack.peer.tcp({ srcPort: t.port, dstPort: t.port, flags, seq: 1, ack: 1, ip: { src: "127.0.0.1", dst } }),
      );
    }
  }
  t.quiet(10_000);
  t.establish();
  unharmed(t);
});

script("[ATK-24] TCP-AO and MD5 options, well-formed or not, touch nothing", { rfc: "CVE-2019-12260" }, (stack) => {
  const t = tcp(stack);
  t.listen();
  t.in("S 0:0(0) <mss 1460,raw 1d10aabbccddeeff0011223344556677>");
  t.out("S. 0:0(0) ack 1 <mss 1460>");
  t.in(". 1:1(0) ack 1 <raw 1d04aabb>");
  t.accept();
  let at = 1;
  for (const option of [
    "raw 1d00",
    "raw 1d01",
    "raw 1d02",
    "raw 1d03ff",
    "raw 1dff",
    "raw 131200000000000000000000000000000000",
    "raw 1300",
  ]) {
    t.in(`PU. ${at}(10) ack 1 urg 0 <${option}>`);
    t.read(10);
    at += 10;
    t.readError("EAGAIN");
  }
  stack.advance(500);
  const last = t.takeSegments().at(-1);
  assert.equal(last && (last.ack - t.irs) >>> 0, at);
});

script(
  "[ATK-107] blind RSTs and SYNs over the whole window do not end a connection",
  { rfc: "CVE-2004-0230", variants: false },
  (stack) => {
    const t = tcp(stack);
    t.establish();
    t.in("P. 1:11(10) ack 1");
    t.read(10);
    stack.advance(500);
    stack.takeSent();
    // Everything but the one number that counts.
    for (let seq = 11 - 6000; seq < 11 + 6000; seq += 7) {
      if (seq === 11) continue;
      t.in(`R ${seq}:${seq}(0)`);
      t.in(`S ${seq}:${seq}(0)`);
    }
    const answers = t.takeSegments();
    assert.ok(
      answers.every(({ flags }) => flags === "."),
      "challenges at most",
    );
    assert.ok(answers.length < 40, `${answers.length} challenges in no time`);
    stack.advance(2000);
    stack.takeSent();
    t.in("P. 11:21(10) ack 1");
    t.read(10);
    t.out(". 1:1(0) ack 21", { after: 100 });
  },
);

script(
  "[ATK-102] tiny segments in order, each acknowledged, hold one receive buffer",
  { rfc: "CVE-2018-5390", variants: false },
  (stack) => {
    const t = tcp(stack);
    t.establish();
    const pools = stack.usedPools().length;
    for (let at = 1; at <= 5000; at++) t.in(`P. ${at}(1) ack 1`);
    stack.advance(500);
    stack.takeSent();
    assert.equal(stack.usedPools().length, pools + 1);
    t.read(5000);
    stack.takeSent();
  },
);

script(
  "[ATK-127] more connections than there are sockets: the rest are turned away, and all is whole again afterwards",
  { rfc: "table exhaustion", variants: false },
  (stack) => {
    const total = stack.config.int("NET_MAX_CONTEXTS");
    const first = tcp(stack, { peerPort: 50_000 });
    first.listen(8080, 100);
    const conversations: TcpConversation[] = [];
    for (let i = 0; i < total + 10; i++) {
      const t = tcp(stack, { peerPort: 50_001 + i, arp: false });
      t.listener = first.listener;
      t.in("S 0:0(0) <mss 1460>");
      conversations.push(t);
      const [answer] = t.takeSegments();
      if (answer === undefined) continue;
      assert.equal(answer.flags, "S.");
      t.in(". 1:1(0) ack 1");
    }
    stack.takeSent();
    assert.ok(stack.core.pools().every(({ used, capacity }) => used <= capacity));
    // All peers go away.
    for (const t of conversations) t.in("R 1:1(0)");
    stack.takeSent();
    stack.advance(120_000);
    stack.takeSent();
    // Connections that were reset in the accept queue are gone; the port takes new ones.
    const late = tcp(stack, { peerPort: 60_000, arp: false });
    late.listener = first.listener;
    late.in("S 0:0(0) <mss 1460>");
    stack.advance(10);
    late.out("S. 0:0(0) ack 1");
    late.in(". 1:1(0) ack 1");
    late.accept();
    late.in("P. 1:11(10) ack 1");
    late.read(10);
    stack.advance(500);
    stack.takeSent();
  },
);

script("[ATK-9] [ATK-81] urgent pointer, window and option lengths at their largest at once", {}, (stack) => {
  const t = tcp(stack);
  t.establish({ timestamps: true, sackOK: true, wscale: 14 });
  const blocks = "sack -1:-2 0:4294967295 5000:1";
  for (const flags of ["PU.", "FPUEW.", "U.", "PUEW."]) {
    t.in(`${flags} 1:1(0) ack 1 win 65535 urg 65535 <TS val 4294967295 ecr 0,${blocks}>`);
  }
  for (const segment of t.takeSegments()) assert.equal(segment.flags.replace(/[EW]/g, ""), ".");
  stack.advance(2000);
  stack.takeSent();
  stack.alive();
  stack.takeSent();
});
