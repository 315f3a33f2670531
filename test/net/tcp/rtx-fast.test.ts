/** Fast retransmit and fast recovery without selective acknowledgements (RFC 5681 §3.2, 3042, 6582): the rows RTX-12 to RTX-15. */
import assert from "node:assert/strict";
import { script } from "../../harness/script.js";
import type { Stack } from "../../harness/stack.js";
import { type EstablishOptions, type TcpConversation, tcp } from "../../harness/tcp-conversation.js";

/** Room for twenty segments and more. */
const LARGE = { NET_TCP_SEND_BUFFER: 40_000, NET_TCP_SEND_RECORDS: 48 };

/** Segments of 1000 bytes, ten of them in flight (numbers 1 to 10,000), ten more queued. */
function tenInFlight(stack: Stack, options: EstablishOptions = {}): TcpConversation {
  const t = tcp(stack);
  t.establish({ mss: 1000, ...options });
  t.send(20_000);
  for (let seq = 1; seq < 10_000; seq += 1000) t.out(`. ${seq}(1000) ack 1`);
  stack.expectNothing();
  t.advance(50);
  return t;
}

/** Takes the rest of the transfer: acknowledges whatever comes until all 20,000 bytes are there. */
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

script(
  "[RTX-12] the third duplicate acknowledgement makes the first segment go again",
  { rfc: "5681 §3.2", settings: LARGE },
  (stack) => {
    const t = tenInFlight(stack);
    t.in(". 1:1(0) ack 1");
    t.out(". 10001(1000) ack 1");
    t.in(". 1:1(0) ack 1");
    t.out(". 11001(1000) ack 1");
    t.in(". 1:1(0) ack 1");
    t.out(". 1(1000) ack 1");
    stack.expectNothing();
    finish(t);
  },
);

script("[RTX-12] two do not, whatever follows", { rfc: "5681 §3.2", settings: LARGE }, (stack) => {
  const t = tenInFlight(stack);
  t.in(". 1:1(0) ack 1");
  t.in(". 1:1(0) ack 1");
  for (const segment of t.takeSegments()) assert.ok(segment.payload.length > 0);
  const next = t.stackNext;
  t.in(". 1:1(0) ack 1001");
  // The count starts over: two more are two.
  t.in(". 1:1(0) ack 1001");
  t.in(". 1:1(0) ack 1001");
  for (const segment of t.takeSegments()) assert.ok((segment.seq - t.iss) >>> 0 >= next, "nothing old was sent");
  finish(t);
});

script(
  "[RTX-12] a segment with data, another window, or nothing outstanding: no duplicate",
  { rfc: "5681 §2", settings: LARGE },
  (stack) => {
    const t = tcp(stack);
    t.establish({ mss: 1000 });
    // Nothing is outstanding.
    for (let i = 0; i < 5; i++) t.in(". 1:1(0) ack 1");
    stack.expectNothing();
    t.send(4000);
    for (const seq of [1, 1001, 2001]) t.out(`. ${seq}(1000) ack 1`);
    t.out("P. 3001(1000) ack 1");
    // The window changes each time.
    for (let i = 1; i <= 4; i++) t.in(`. 1:1(0) ack 1 win ${60_000 + i}`);
    stack.expectNothing();
    t.in(". 1:1(0) ack 1 win 60004");
    t.in(". 1:1(0) ack 1 win 60004");
    // Data with the same acknowledgement is none either.
    t.in("P. 1:101(100) ack 1 win 60004");
    t.in("P. 101:201(100) ack 1 win 60004");
    t.advance(100);
    for (const segment of t.takeSegments()) assert.equal(segment.payload.length, 0, "acknowledgements only");
    t.read(200);
    t.in(". 201:201(0) ack 1 win 60004");
    t.out(". 1(1000) ack 201");
    t.in(". 201:201(0) ack 4001 win 60004");
  },
);

script("[RTX-12] duplicate acknowledgements of a window of 0 are answers to probes", { rfc: "5681 §3.2" }, (stack) => {
  const t = tcp(stack);
  t.establish({ mss: 1000 });
  t.in(". 1:1(0) ack 1 win 0");
  t.send(1000);
  for (let i = 0; i < 6; i++) t.in(". 1:1(0) ack 1 win 0");
  stack.expectNothing();
  t.in(". 1:1(0) ack 1 win 5000");
  t.out("P. 1(1000) ack 1");
  t.ack();
});

script(
  "[RTX-13] limited transmit: the first two duplicates each let one new segment out",
  { rfc: "3042", settings: LARGE },
  (stack) => {
    const t = tenInFlight(stack);
    t.in(". 1:1(0) ack 1");
    t.out(". 10001(1000) ack 1");
    stack.expectNothing();
    t.in(". 1:1(0) ack 1");
    t.out(". 11001(1000) ack 1");
    stack.expectNothing();
    // It was reordering. cwnd is what it was, plus two segments for what is acknowledged now.
    t.in(". 1:1(0) ack 2001");
    const sent = t.takeSegments();
    assert.equal(t.stackNext - 2001, 12_000, "in flight: ten segments and two of slow start");
    assert.ok(sent.length > 0);
    finish(t);
  },
);

script("[RTX-13] only as far as the peer's window goes", { rfc: "3042", settings: LARGE }, (stack) => {
  const t = tcp(stack);
  t.establish({ mss: 1000, window: 10_500 });
  t.send(20_000);
  for (let seq = 1; seq < 10_000; seq += 1000) t.out(`. ${seq}(1000) ack 1`);
  t.in(". 1:1(0) ack 1");
  t.in(". 1:1(0) ack 1");
  stack.expectNothing();
  t.in(". 1:1(0) ack 1");
  t.out(". 1(1000) ack 1");
  t.window = 60_000;
  finish(t);
});

script(
  "[RTX-14] a partial acknowledgement makes the next hole go again at once",
  { rfc: "6582 §3.2", settings: LARGE },
  (stack) => {
    const t = tenInFlight(stack);
    // Lost: 1 and 4001.
    for (let i = 0; i < 3; i++) t.in(". 1:1(0) ack 1");
    t.out(". 10001(1000) ack 1");
    t.out(". 11001(1000) ack 1");
    t.out(". 1(1000) ack 1");
    for (let i = 0; i < 5; i++) t.in(". 1:1(0) ack 1");
    for (const { seq } of t.takeSegments()) assert.ok((seq - t.iss) >>> 0 > 12_000, "new data only");
    const point = 12_001;
    t.advance(50);
    t.in(". 1:1(0) ack 4001");
    const [again] = t.takeSegments();
    assert.equal((again.seq - t.iss) >>> 0, 4001);
    // All that was sent before the loss, and what was sent since.
    const end = t.stackNext;
    assert.ok(end >= point);
    t.advance(50);
    t.in(`. 1:1(0) ack ${end}`);
    // RFC 6582 §3.2 step 3: nothing in flight, so no burst, whatever ssthresh (5 segments) says.
    const burst = t.takeSegments();
    assert.ok(burst.length >= 1 && burst.length <= 2, `${burst.length} segments`);
    for (const { seq } of burst) assert.ok((seq - t.iss) >>> 0 >= end);
    finish(t);
  },
);

script(
  "[RTX-14] the window after recovery is half of what was in flight",
  { rfc: "6582 §3.2", settings: LARGE },
  (stack) => {
    const t = tenInFlight(stack);
    for (let i = 0; i < 9; i++) t.in(". 1:1(0) ack 1");
    const sent = t.takeSegments().map(({ seq }) => (seq - t.iss) >>> 0);
    assert.equal(sent.filter((seq) => seq === 1).length, 1, "one retransmission");
    t.advance(50);
    t.in(". 1:1(0) ack 10001");
    t.takeSegments();
    t.advance(50);
    t.in(`. 1:1(0) ack ${t.stackNext}`);
    t.takeSegments();
    // Congestion avoidance from 5: never more than 7 two round trips later.
    for (let i = 0; i < 3; i++) {
      const before = t.stackNext;
      t.in(`. 1:1(0) ack ${before}`);
      t.takeSegments();
      assert.ok(t.stackNext - before <= 7000, `${t.stackNext - before} in flight`);
      t.advance(50);
    }
    finish(t);
  },
);

script(
  "[RTX-15] duplicates of what a time-out made go twice start no fast retransmit",
  { rfc: "6582 §4", settings: LARGE },
  (stack) => {
    const t = tenInFlight(stack);
    t.out(". 1(1000) ack 1", { after: 950 });
    // All had arrived, only the acknowledgements were lost; each copy of what goes again makes a duplicate.
    t.in(". 1:1(0) ack 10001");
    const after = t.stackNext;
    for (let i = 0; i < 8; i++) t.in(". 1:1(0) ack 10001");
    for (const { seq } of t.takeSegments()) assert.ok((seq - t.iss) >>> 0 >= 10_001, "nothing old");
    assert.ok(t.stackNext >= after);
    const first = 10_001;
    // Above the recovery point duplicates count again.
    t.in(`. 1:1(0) ack ${first + 1000}`);
    t.takeSegments();
    for (let i = 0; i < 3; i++) t.in(`. 1:1(0) ack ${first + 1000}`);
    assert.ok(t.takeSegments().some(({ seq }) => (seq - t.iss) >>> 0 === first + 1000));
    finish(t);
  },
);

script("[RTX-15] nor do those of a recovery that has just ended", { rfc: "6582 §3.2", settings: LARGE }, (stack) => {
  const t = tenInFlight(stack);
  for (let i = 0; i < 3; i++) t.in(". 1:1(0) ack 1");
  t.takeSegments();
  t.in(". 1:1(0) ack 12001");
  t.takeSegments();
  for (let i = 0; i < 5; i++) t.in(". 1:1(0) ack 12001");
  for (const { seq } of t.takeSegments()) assert.ok((seq - t.iss) >>> 0 > 12_001, "nothing old");
  finish(t);
});
