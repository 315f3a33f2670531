/** Selective acknowledgements as the sender uses them (RFC 2018, 2883, 6675, 8985): the rows RTX-16 and DAT-6, attacks 104 and 105. */
import assert from "node:assert/strict";
import { script } from "../../harness/script.js";
import type { Stack } from "../../harness/stack.js";
import { type TcpConversation, tcp } from "../../harness/tcp-conversation.js";

const LARGE = { NET_TCP_SEND_BUFFER: 40_000, NET_TCP_SEND_RECORDS: 48 };
/** Losses are found by counting, as RFC 6675 has it. */
const COUNTING = { ...LARGE, NET_TCP_RACK: false };

/** A connection with SACK and segments of 1000 bytes; its handshake took 50 ms. */
function established(stack: Stack): TcpConversation {
  const t = tcp(stack);
  t.listen();
  t.advance(1);
  t.in("S 0:0(0) win 65535 <mss 1000,sackOK>");
  t.out("S. 0:0(0) ack 1");
  t.advance(50);
  t.in(". 1:1(0) ack 1");
  t.accept();
  return t;
}

/** Ten segments in flight (numbers 1 to 10,000), ten more queued. */
function tenInFlight(stack: Stack): TcpConversation {
  const t = established(stack);
  t.send(20_000);
  for (let seq = 1; seq < 10_000; seq += 1000) t.out(`. ${seq}(1000) ack 1`);
  stack.expectNothing();
  t.advance(50);
  return t;
}

/** Relative numbers of the segments with data that were sent and not looked at. */
function sent(t: TcpConversation): number[] {
  return t
    .takeSegments()
    .filter(({ payload }) => payload.length > 0)
    .map(({ seq }) => (seq - t.iss) >>> 0);
}

/** Acknowledges whatever comes until all bytes are there. */
function finish(t: TcpConversation, end = 20_001): void {
  for (let i = 0; i < 60; i++) {
    t.takeSegments();
    t.in(`. 1:1(0) ack ${t.stackNext}`);
    if (t.stackNext >= end) break;
    t.advance(50);
  }
  assert.ok(t.stackNext >= end, `the rest was sent: ${t.stackNext}`);
  t.takeSegments();
}

for (const [name, settings] of [
  ["by counting", COUNTING],
  ["by time", LARGE],
] as const) {
  script(
    `[RTX-16] holes 1, 3 and 5 of ten: exactly these go again (${name})`,
    { rfc: "6675 §5", settings },
    (stack) => {
      const t = tenInFlight(stack);
      const seen: number[] = [];
      t.in(". 1:1(0) ack 1 <sack 1001:2001>");
      seen.push(...sent(t));
      t.in(". 1:1(0) ack 1 <sack 3001:4001 1001:2001>");
      seen.push(...sent(t));
      t.in(". 1:1(0) ack 1 <sack 5001:6001 3001:4001 1001:2001>");
      seen.push(...sent(t));
      assert.equal(seen.filter((seq) => seq === 1).length, 1, "the third block: the first hole goes");
      for (const right of [7001, 8001, 9001, 10_001]) {
        t.in(`. 1:1(0) ack 1 <sack 5001:${right} 3001:4001 1001:2001>`);
        const now = sent(t);
        assert.ok(now.length <= 1, "one for each segment that has arrived, at most");
        seen.push(...now);
      }
      t.advance(50);
      // The three arrive, one after the other.
      for (const [ack, blocks] of [
        [2001, " <sack 3001:4001 5001:10001>"],
        [4001, " <sack 5001:10001>"],
        [10_001, ""],
      ] as const) {
        const held = seen.filter((seq) => seq < ack).length;
        if (held === 0) break;
        t.in(`. 1:1(0) ack ${ack}${blocks}`);
        seen.push(...sent(t));
      }
      const old = seen.filter((seq) => seq <= 10_000);
      assert.deepEqual(
        [...old].sort((a, b) => a - b),
        [1, 2001, 4001],
        "each hole once, and nothing else",
      );
      finish(t);
    },
  );

  script(
    `[RTX-16] one loss among ten: the window is halved, and recovery ends with it (${name})`,
    { rfc: "6675 §5", settings },
    (stack) => {
      const t = tenInFlight(stack);
      for (let right = 2001; right <= 10_001; right += 1000) t.in(`. 1:1(0) ack 1 <sack 1001:${right}>`);
      const now = sent(t);
      assert.equal(now.filter((seq) => seq === 1).length, 1);
      const fresh = now.filter((seq) => seq > 10_000).length;
      // Two by limited transmit, then one for every two that arrive.
      assert.ok(fresh >= 3 && fresh <= 6, `${fresh} new segments`);
      t.advance(50);
      t.in(`. 1:1(0) ack ${t.stackNext}`);
      const after = sent(t).length;
      assert.ok(after >= 4 && after <= 6, `half of ten: ${after}`);
      finish(t);
    },
  );

  script(
    `[DAT-6] blocks that vanish: a time-out sends what they covered again (${name})`,
    { rfc: "2018 §8", settings },
    (stack) => {
      const t = established(stack);
      t.send(5000);
      for (const seq of [1, 1001, 2001, 3001]) t.out(`. ${seq}(1000) ack 1`);
      t.out("P. 4001(1000) ack 1");
      t.advance(20);
      t.in(". 1:1(0) ack 1 <sack 1001:5001>");
      t.out(". 1(1000) ack 1", { within: 200 });
      // The peer has dropped what it reported, and only takes the first segment.
      t.in(". 1:1(0) ack 1001");
      const seen = new Set<number>();
      for (let i = 0; i < 12; i++) {
        t.advance(1000);
        for (const seq of sent(t)) seen.add(seq);
        // It takes what comes in order.
        let next = 1001;
        while (seen.has(next)) next += 1000;
        t.in(`. 1:1(0) ack ${next}`);
        for (const seq of sent(t)) seen.add(seq);
        if (next > 5000) break;
      }
      assert.deepEqual(
        [...seen].sort((a, b) => a - b),
        [1001, 2001, 3001, 4001],
        "all of it went again",
      );
      t.ack();
    },
  );

  script(`blocks that make no sense are passed over (${name})`, { rfc: "2018 §4", settings }, (stack) => {
    const t = tenInFlight(stack);
    // Beyond what was sent, reversed, empty, at the ACK itself, from far below, half a segment.
    for (const block of ["20001:30001", "5001:4001", "4001:4001", "1:3001", "-2000000000:5001", "1200:1700"]) {
      for (let i = 0; i < 4; i++) t.in(`. 1:1(0) ack 1 win ${60_000 + i} <sack ${block}>`);
    }
    stack.expectNothing();
    t.window = 60_003;
    finish(t);
  });

  script(
    `[ATK-105] blocks that cut the flight into crumbs neither cost memory nor make small segments (${name})`,
    { rfc: "CVE-2019-11478", settings, variants: false },
    (stack) => {
      const t = tenInFlight(stack);
      for (let i = 0; i < 300; i++) {
        const at = 1100 + 29 * i;
        t.in(`. 1:1(0) ack 1 <sack ${at}:${at + 7} ${at + 11}:${at + 12} 9990:9999>`);
      }
      for (const { payload } of t.takeSegments())
        assert.ok(payload.length === 0 || payload.length === 1000, "full segments");
      finish(t);
    },
  );
}

script(
  "[ATK-104] segments of 48 bytes, thousands of them, and blocks that join them (SACK panic)",
  { rfc: "CVE-2019-11477", settings: LARGE, variants: false },
  (stack) => {
    const t = tcp(stack);
    t.establish({ mss: 1, sackOK: true, wscale: 10 });
    stack.setSocketOption(t.fd, "TCP_NODELAY", 1);
    t.send(40_000);
    let acknowledged = 1;
    for (let i = 0; i < 400 && acknowledged < 40_001; i++) {
      for (const { seq, payload } of t.takeSegments())
        assert.ok(payload.length >= 48 || ((seq - t.iss) >>> 0) + payload.length === 40_001, `${payload.length} bytes`);
      const end = t.stackNext;
      t.in(`. 1:1(0) ack ${acknowledged} <sack ${acknowledged + 48}:${end}>`);
      t.in(`. 1:1(0) ack ${acknowledged} <sack ${acknowledged + 96}:${end - 48} ${acknowledged + 48}:${end}>`);
      t.takeSegments();
      t.advance(20);
      acknowledged = t.stackNext;
      t.in(`. 1:1(0) ack ${acknowledged}`);
    }
    t.takeSegments();
    assert.equal(acknowledged, 40_001, "it all went through");
  },
);

script(
  "[RTX-16] more segments in flight than records: losses are still mended",
  { rfc: "6675 §5", settings: { NET_TCP_SEND_BUFFER: 40_000, NET_TCP_SEND_RECORDS: 4 } },
  (stack) => {
    const t = tenInFlight(stack);
    for (let right = 7001; right <= 10_001; right += 1000) t.in(`. 1:1(0) ack 1 <sack 6001:${right} 1001:5001>`);
    const seen = sent(t);
    for (let i = 0; i < 10 && !(seen.includes(1) && seen.includes(5001)); i++) {
      t.advance(1000);
      seen.push(...sent(t));
      t.in(`. 1:1(0) ack ${seen.includes(1) ? 5001 : 1} <sack 6001:10001>`);
      seen.push(...sent(t));
    }
    assert.ok(seen.includes(1) && seen.includes(5001), `both holes: ${seen}`);
    finish(t);
  },
);

script(
  "[RTX-16] the last segment is lost too: it goes again although nothing above it arrives",
  { rfc: "6675 §4", settings: COUNTING },
  (stack) => {
    const t = established(stack);
    t.send(6000);
    t.takeSegments();
    t.advance(50);
    // 1 and 5001 are lost.
    for (const right of [2001, 3001, 4001, 5001]) t.in(`. 1:1(0) ack 1 <sack 1001:${right}>`);
    assert.deepEqual(sent(t), [1, 5001], "the hole, and the last as rescue");
    t.in(". 1:1(0) ack 6001");
  },
);
