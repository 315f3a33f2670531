/** RACK and tail loss probes (RFC 8985), and reductions that are taken back (RFC 3522, 4015, 5682). */
import assert from "node:assert/strict";
import { script } from "../../harness/script.js";
import type { Stack } from "../../harness/stack.js";
import { type EstablishOptions, type TcpConversation, tcp } from "../../harness/tcp-conversation.js";

const LARGE = { NET_TCP_SEND_BUFFER: 40_000, NET_TCP_SEND_RECORDS: 48 };

/** A connection with SACK whose round trip is 100 ms, as the handshake has shown. */
function measured(stack: Stack, options: EstablishOptions = {}): TcpConversation {
  const t = tcp(stack);
  t.listen();
  t.advance(1);
  t.in(`S 0:0(0) win 65535 <${t.synOptions({ mss: 1000, sackOK: true, ...options })}>`);
  t.out("S. 0:0(0) ack 1");
  t.advance(100);
  t.in(". 1:1(0) ack 1");
  t.accept();
  return t;
}

function sent(t: TcpConversation): number[] {
  return t
    .takeSegments()
    .filter(({ payload }) => payload.length > 0)
    .map(({ seq }) => (seq - t.iss) >>> 0);
}

script(
  "RACK: a single segment that arrives out of order is not taken for a loss",
  { rfc: "8985 §6.2", settings: LARGE },
  (stack) => {
    const t = measured(stack);
    t.send(4000);
    assert.deepEqual(sent(t), [1, 1001, 2001, 3001]);
    t.advance(100);
    t.in(". 1:1(0) ack 1 <sack 1001:2001>");
    // A quarter of the round trip is what reordering may take.
    t.advance(20);
    t.in(". 1:1(0) ack 4001");
    assert.deepEqual(sent(t), []);
    t.quiet(2000);
  },
);

script(
  "RACK: when it has not come a quarter of a round trip later it goes again",
  { rfc: "8985 §6.2", settings: LARGE },
  (stack) => {
    const t = measured(stack);
    t.send(2000);
    assert.deepEqual(sent(t), [1, 1001]);
    t.advance(100);
    t.in(". 1:1(0) ack 1 <sack 1001:2001>");
    t.out(". 1(1000) ack 1", { after: 25, tolerance: 1 });
    t.advance(100);
    t.in(". 1:1(0) ack 2001");
    t.quiet(2000);
  },
);

script("RACK: a retransmission that is lost too is found by time", { rfc: "8985 §6.2", settings: LARGE }, (stack) => {
  const t = measured(stack);
  t.send(20_000);
  assert.equal(sent(t).length, 10);
  t.advance(100);
  const first: number[] = [];
  for (const right of [2001, 3001, 4001, 5001, 6001, 7001, 8001]) {
    t.in(`. 1:1(0) ack 1 <sack 1001:${right}>`);
    first.push(...sent(t));
  }
  assert.equal(first.filter((seq) => seq === 1).length, 1);
  t.advance(5);
  for (const right of [9001, 10_001]) t.in(`. 1:1(0) ack 1 <sack 1001:${right}>`);
  first.push(...sent(t));
  const later = first.filter((seq) => seq > 10_000);
  assert.ok(later.length > 0, "new data after the retransmission");
  t.advance(100);
  // What was sent after the retransmission arrives, the retransmission does not.
  t.in(`. 1:1(0) ack 1 <sack 1001:${Math.max(...later) + 1000}>`);
  t.advance(60);
  const again = sent(t);
  assert.ok(again.includes(1), `the first segment a third time: ${again}`);
  t.in(`. 1:1(0) ack ${t.stackNext}`);
  for (let i = 0; i < 20 && t.stackNext < 20_001; i++) {
    t.takeSegments();
    t.advance(50);
    t.in(`. 1:1(0) ack ${t.stackNext}`);
  }
  t.takeSegments();
  t.ack();
});

script("TLP: two round trips after the last segment it goes again", { rfc: "8985 §7.2", settings: LARGE }, (stack) => {
  const t = measured(stack);
  t.send(3000);
  assert.deepEqual(sent(t), [1, 1001, 2001]);
  t.out("P. 2001(1000) ack 1", { after: 200, tolerance: 1 });
  // It arrives and shows that the first two are missing.
  t.advance(100);
  t.in(". 1:1(0) ack 1 <sack 2001:3001>");
  assert.deepEqual(sent(t), [1], "as much as has arrived");
  t.advance(100);
  t.in(". 1:1(0) ack 1001 <sack 2001:3001>");
  assert.deepEqual(sent(t), [1001]);
  t.advance(100);
  t.ack();
  t.quiet(2000);
});

script("TLP: new data is preferred", { rfc: "8985 §7.3", settings: LARGE }, (stack) => {
  const t = measured(stack);
  t.send(12_000);
  assert.equal(sent(t).length, 10);
  t.out(". 10001(1000) ack 1", { after: 200, tolerance: 1 });
  t.quiet(500);
  t.in(". 1:1(0) ack 11001");
  t.out("P. 11001(1000) ack 1");
  t.ack();
});

script(
  "TLP: a single segment gives the peer time for its delayed acknowledgement",
  { rfc: "8985 §7.2", settings: LARGE },
  (stack) => {
    const t = measured(stack);
    t.send(500);
    t.out("P. 1(500) ack 1");
    t.out("P. 1(500) ack 1", { after: 400, tolerance: 1 });
    // One probe; then the time-out.
    t.out("P. 1(500) ack 1", { after: 1000, tolerance: 1 });
    t.ack();
  },
);

script("TLP: without SACK there is none", { rfc: "8985 §7.1", settings: LARGE }, (stack) => {
  const t = measured(stack, { sackOK: false });
  t.send(3000);
  t.takeSegments();
  t.quiet(999);
  t.ack();
});

script(
  "TLP: a probe that mended a loss costs half the window; a D-SACK says that it did not",
  { rfc: "8985 §7.4", settings: LARGE },
  (stack) => {
    for (const [index, dsack] of [false, true].entries()) {
      const t = tcp(stack, { port: 8080 + index });
      t.listen();
      t.advance(1);
      t.in(`S 0:0(0) win 65535 <mss 1000,sackOK>`);
      t.out("S. 0:0(0) ack 1");
      t.advance(100);
      t.in(". 1:1(0) ack 1");
      t.accept();
      stack.setSocketOption(t.fd, "TCP_NODELAY", 1);
      t.send(10_000);
      assert.equal(sent(t).length, 10);
      stack.untilSent(210);
      assert.deepEqual(sent(t), [9001]);
      // More data behind the probe, then the acknowledgement of all.
      t.send(10);
      t.advance(10);
      sent(t);
      if (t.stackNext === 10_001) t.in(". 1:1(0) ack 9001");
      sent(t);
      const next = t.stackNext;
      t.in(`. 1:1(0) ack ${next}${dsack ? " <sack 9001:10001>" : ""}`);
      t.send(30_000);
      const window = sent(t).length;
      if (dsack) assert.ok(window >= 10, `the window is what it was: ${window}`);
      else assert.ok(window <= 6, `half: ${window}`);
      for (let i = 0; i < 30; i++) {
        t.advance(20);
        t.in(`. 1:1(0) ack ${t.stackNext}`);
        t.takeSegments();
      }
    }
  },
);

script(
  "Eifel: the echo of the first copy's timestamp takes a time-out back",
  { rfc: "3522, 4015", settings: LARGE },
  (stack) => {
    const t = measured(stack, { timestamps: true, sackOK: false });
    t.send(20_000);
    const before = sent(t).length;
    assert.equal(before, 10);
    const stamp = t.stackStamp;
    stack.untilSent(1300);
    assert.deepEqual(sent(t), [1], "the time-out");
    t.advance(20);
    // The path was slow: this answers the first copies.
    t.in(`. 1:1(0) ack 989 <nop,nop,TS val 5000 ecr 0>`);
    const now = sent(t);
    assert.ok(
      now.every((seq) => seq > 9000),
      `nothing else goes again: ${now}`,
    );
    assert.ok(stamp > 0);
    t.advance(20);
    t.in(`. 1:1(0) ack ${t.stackNext} <nop,nop,TS val 5001 ecr *>`);
    assert.ok(sent(t).length >= 8, "the window is what it was");
    t.advance(20);
    t.in(`. 1:1(0) ack ${t.stackNext} <nop,nop,TS val 5002 ecr *>`);
    t.takeSegments();
    t.ack();
  },
);

script(
  "F-RTO: after a delay, not a loss, nothing but the first segment goes again",
  { rfc: "5682 §2", settings: LARGE },
  (stack) => {
    for (const [index, sackOK] of [false, true].entries()) {
      const t = tcp(stack, { port: 8080 + index });
      t.establish({ mss: 1000, sackOK });
      t.send(20_000);
      assert.equal(sent(t).length, 10);
      // All are late by a second and more.
      stack.untilSent(1100);
      let again = sent(t);
      if (sackOK && !again.includes(1)) {
        stack.untilSent(1100);
        again = sent(t);
      }
      assert.deepEqual(again, [1]);
      t.advance(10);
      t.in(". 1:1(0) ack 1001");
      // With SACK a tail loss probe has taken the first of them.
      const fresh = sackOK ? [11_001, 12_001] : [10_001, 11_001];
      assert.deepEqual(sent(t), fresh, "two new segments, not two old ones");
      t.in(". 1:1(0) ack 2001");
      const next = sent(t);
      assert.ok(
        next.every((seq) => seq > 11_001),
        `nothing old: ${next}`,
      );
      for (let ack = 3001; ack <= 10_001; ack += 1000) t.in(`. 1:1(0) ack ${ack}`);
      assert.ok(sent(t).every((seq) => seq > 11_001));
      assert.ok(t.stackNext - 10_001 >= 9000, `the window is what it was: ${t.stackNext - 10_001}`);
      // The copy of the first makes a duplicate acknowledgement, which says nothing.
      for (let i = 0; i < 3; i++) t.in(". 1:1(0) ack 10001");
      assert.ok(sent(t).every((seq) => seq > 11_001));
      t.advance(50);
      t.in(`. 1:1(0) ack ${t.stackNext}`);
      t.takeSegments();
      t.ack();
    }
  },
);

script("F-RTO: after a loss the rest goes again", { rfc: "5682 §2", settings: LARGE }, (stack) => {
  const t = tcp(stack);
  t.establish({ mss: 1000 });
  t.send(20_000);
  assert.equal(sent(t).length, 10);
  stack.untilSent(1100);
  assert.deepEqual(sent(t), [1]);
  t.in(". 1:1(0) ack 1001");
  assert.deepEqual(sent(t), [10_001, 11_001]);
  // The new data arrives beyond a gap.
  t.in(". 1:1(0) ack 1001");
  const now = sent(t);
  assert.ok(now.includes(1001), `the second segment goes again: ${now}`);
  for (let ack = 2001; ack <= 10_001; ack += 1000) {
    t.advance(10);
    t.in(`. 1:1(0) ack ${ack}`);
    t.takeSegments();
  }
  for (let i = 0; i < 20; i++) {
    t.advance(10);
    t.in(`. 1:1(0) ack ${t.stackNext}`);
    t.takeSegments();
  }
});

script(
  "RACK: a D-SACK says that a retransmission came too early: the next one waits longer",
  { rfc: "8985 §6.2, 2883", settings: LARGE },
  (stack) => {
    const t = measured(stack);
    t.send(2000);
    assert.deepEqual(sent(t), [1, 1001]);
    t.advance(100);
    t.in(". 1:1(0) ack 1 <sack 1001:2001>");
    t.out(". 1(1000) ack 1", { after: 25, tolerance: 1 });
    t.send(2000);
    const more = sent(t);
    // The first copy was only late; the second arrives too.
    t.advance(50);
    t.in(". 1:1(0) ack 2001");
    more.push(...sent(t));
    t.advance(50);
    t.in(". 1:1(0) ack 2001 <sack 1:1001>");
    assert.deepEqual([...more, ...sent(t)], [2001, 3001]);
    t.advance(50);
    t.in(". 1:1(0) ack 2001 <sack 3001:4001>");
    // Two quarters of SRTT: (7 × 100 + 100)/8.
    const took = stack.untilSent(200);
    assert.ok(took > 30 && took <= 60, `${took} ms`);
    assert.deepEqual(sent(t), [2001]);
    t.in(". 1:1(0) ack 4001");
  },
);

script(
  "Eifel: reordering that looked like a loss costs nothing once the first copy has answered",
  { rfc: "3522, 4015", settings: LARGE },
  (stack) => {
    const t = measured(stack, { timestamps: true });
    t.send(20_000);
    assert.equal(sent(t).length, 10);
    t.advance(100);
    const size = 988;
    for (const last of [2, 3, 4, 5])
      t.in(`. 1:1(0) ack 1 <nop,nop,TS val 2000 ecr 0,sack ${1 + size}:${1 + last * size}>`);
    const again = sent(t);
    assert.ok(again.includes(1), `fast retransmit: ${again}`);
    const before = t.stackNext;
    t.advance(5);
    // The first copy of the first segment has arrived: it carried a timestamp from 100 ms ago.
    t.in(`. 1:1(0) ack ${1 + 5 * size} <nop,nop,TS val 2005 ecr 98>`);
    const freed = sent(t).length;
    assert.ok(freed >= 3, `as much as before goes on: ${freed}`);
    assert.ok(t.stackNext - (1 + 5 * size) >= 10 * size, "ten segments in flight");
    assert.ok(t.stackNext > before);
    for (let i = 0; i < 6; i++) {
      t.advance(20);
      t.in(`. 1:1(0) ack ${t.stackNext} <nop,nop,TS val ${2100 + i} ecr *>`);
      t.takeSegments();
    }
    t.ack();
  },
);
