/** The congestion window (RFC 5681, 6928, 3465, 3168, 9438): the rows RTX-8 to RTX-11, RTX-17 to RTX-19, attack 109. */
import assert from "node:assert/strict";
import { script } from "../../harness/script.js";
import type { Stack } from "../../harness/stack.js";
import { type EstablishOptions, type TcpConversation, tcp } from "../../harness/tcp-conversation.js";

const LARGE = { NET_TCP_SEND_BUFFER: 40_000, NET_TCP_SEND_RECORDS: 48 };

/** A connection with segments of 1000 bytes that always has more to send. */
class Source {
  readonly t: TcpConversation;
  /** Bytes given to the stack. */
  private given = 0;
  acknowledged = 1;

  constructor(
    readonly stack: Stack,
    options: EstablishOptions = {},
    private readonly ecn = false,
    private readonly rtt = 100,
  ) {
    this.t = tcp(stack);
    this.t.establish({ mss: 1000, ecn: this.ecn, ...options });
    this.fill();
  }

  /** Keeps the send buffer full: whole segments. */
  fill(): void {
    const room = 40_000 - (this.given - (this.acknowledged - 1));
    const bytes = room - (room % 1000);
    if (bytes > 0) {
      this.t.send(bytes);
      this.given += bytes;
    }
  }

  /** Bytes in flight. */
  get flight(): number {
    return this.t.stackNext - this.acknowledged;
  }

  /** Acknowledges `bytes` more; @returns payload bytes that it let out. */
  ack(bytes: number, flags = "."): number {
    this.acknowledged += bytes;
    this.t.in(`${flags} 1:1(0) ack ${this.acknowledged}`);
    this.fill();
    return this.t.takeSegments().reduce((sum, { payload }) => sum + payload.length, 0);
  }

  /** One round trip: everything in flight is acknowledged, `each` bytes at a time. @returns bytes in flight after it */
  round(each = 2000): number {
    this.t.advance(this.rtt);
    const end = this.t.stackNext;
    while (this.acknowledged < end) this.ack(Math.min(each, end - this.acknowledged));
    return this.flight;
  }
}

script("[RTX-8] ten segments go before the first acknowledgement", { rfc: "6928 §2", settings: LARGE }, (stack) => {
  const source = new Source(stack);
  assert.equal(source.t.takeSegments().length, 10);
  assert.equal(source.flight, 10_000);
});

script("[RTX-8] of the largest segments no more than 14,600 bytes", { rfc: "6928 §2", settings: LARGE }, (stack) => {
  const t = tcp(stack);
  t.establish({ mss: 1460 });
  t.send(20_000);
  assert.equal(
    t.takeSegments().reduce((sum, { payload }) => sum + payload.length, 0),
    14_600,
  );
});

script(
  "[RTX-8] the initial window can be configured",
  { rfc: "6928 §2", settings: { ...LARGE, NET_TCP_INITIAL_WINDOW: 3 } },
  (stack) => {
    const source = new Source(stack);
    assert.equal(source.t.takeSegments().length, 3);
  },
);

script("[RTX-8] one segment when the SYN was lost", { rfc: "5681 §3.1", settings: LARGE }, (stack) => {
  const t = tcp(stack);
  const call = t.beginConnect();
  t.out("S 0:0(0)");
  t.out("S 0:0(0)", { after: 1000 });
  t.in("S. 0:0(0) ack 1 <mss 1000>");
  t.out(". 1:1(0) ack 1");
  call.value();
  t.send(5000);
  t.out(". 1(1000) ack 1");
  stack.expectNothing();
  t.in(". 1:1(0) ack 1001");
  t.out(". 1001(1000) ack 1");
  t.out(". 2001(1000) ack 1");
  stack.expectNothing();
  t.ack();
  t.takeSegments();
  t.ack();
});

script(
  "[RTX-9] slow start: each acknowledgement lets out what it covers and as much again, two segments at most",
  { rfc: "5681 §3.1, 3465 §2.2", settings: LARGE },
  (stack) => {
    const source = new Source(stack);
    source.t.takeSegments();
    assert.equal(source.ack(1000), 2000);
    assert.equal(source.ack(2000), 4000);
    // Many at once: L = 2.
    assert.equal(source.ack(5000), 7000);
    assert.equal(source.flight, 15_000);
  },
);

script("[RTX-9] it doubles in a round trip", { rfc: "5681 §3.1", settings: LARGE }, (stack) => {
  const source = new Source(stack);
  assert.equal(source.round(), 20_000);
  assert.equal(source.round(), 40_000);
});

script("[RTX-9] a window that is not used does not grow", { rfc: "7661 §4.1", settings: LARGE }, (stack) => {
  const t = tcp(stack);
  t.establish({ mss: 1000 });
  for (let seq = 1; seq < 30_000; seq += 1000) {
    t.send(1000);
    t.out(`P. ${seq}(1000) ack 1`);
    t.advance(20);
    t.ack();
  }
  t.send(30_000);
  assert.equal(t.takeSegments().length, 10, "the window is still the initial one");
});

/** Loses the first segment in flight and recovers. ssthresh and cwnd are half of what was in flight then. */
function loseOne(source: Source): void {
  const { t } = source;
  const lost = source.acknowledged;
  for (let i = 0; i < 3; i++) t.in(`. 1:1(0) ack ${lost}`);
  const again = t.takeSegments().filter(({ seq }) => (seq - t.iss) >>> 0 === lost);
  assert.equal(again.length, 1, "fast retransmit");
  t.advance(100);
  source.ack(t.stackNext - lost);
}

script(
  "[RTX-10] congestion avoidance: about one segment more a round trip",
  { rfc: "5681 §3.1", settings: LARGE },
  (stack) => {
    const source = new Source(stack);
    source.round();
    loseOne(source);
    // The first rounds fill the window again.
    source.round();
    source.round();
    source.round();
    let before = source.round();
    assert.ok(before >= 10_000 && before <= 14_000, `half of 20 segments, and some rounds: ${before}`);
    for (let i = 0; i < 8; i++) {
      const now = source.round();
      assert.ok(now - before <= 1000, `${before} to ${now}`);
      before = now;
    }
    assert.ok(before >= 17_000, `it grows: ${before}`);
  },
);

script(
  "[RTX-11] after a time-out one segment goes, and slow start ends at half of what was in flight",
  { rfc: "5681 §3.1", settings: LARGE },
  (stack) => {
    const source = new Source(stack);
    source.round();
    const { t } = source;
    assert.equal(source.flight, 20_000);
    t.advance(1300);
    const sent = t.takeSegments();
    assert.equal(sent.length, 1, "exactly one segment");
    assert.equal((sent[0].seq - t.iss) >>> 0, source.acknowledged);
    // All of it arrives after all, by what is sent now.
    source.ack(20_000);
    assert.ok(source.flight <= 2000, `slow start from one segment: ${source.flight}`);
    let before = source.flight;
    for (let i = 0; i < 4; i++) {
      const now = source.round();
      assert.ok(now <= before * 2 + 1000, "no more than twice");
      before = now;
    }
    // ssthresh is 10 segments: from there on one a round trip.
    assert.ok(before >= 9000 && before <= 13_000, `${before}`);
    const next = source.round();
    assert.ok(next - before <= 1000);
  },
);

script(
  "[RTX-11] the second time-out in a row leaves ssthresh alone",
  { rfc: "5681 §3.1", settings: LARGE },
  (stack) => {
    const source = new Source(stack);
    source.round();
    const { t } = source;
    t.advance(1100);
    t.advance(2100);
    t.advance(4100);
    for (const { seq } of t.takeSegments()) assert.equal((seq - t.iss) >>> 0, source.acknowledged);
    source.ack(20_000);
    for (let i = 0; i < 5; i++) source.round();
    assert.ok(source.flight >= 9000, `slow start went on to 10 segments: ${source.flight}`);
  },
);

script(
  "[RTX-17] after an idle time longer than the time-out the window is the initial one again",
  { rfc: "5681 §4.1", settings: LARGE },
  (stack) => {
    const t = tcp(stack);
    t.establish({ mss: 1000 });
    let sent = 0;
    t.send(40_000);
    while (sent < 40_000) {
      sent += t.takeSegments().reduce((sum, { payload }) => sum + payload.length, 0);
      t.advance(50);
      t.in(`. 1:1(0) ack ${t.stackNext}`);
    }
    t.takeSegments();
    // A short pause: the window has grown and stays.
    t.advance(500);
    t.send(40_000);
    const afterShort = t.takeSegments().length;
    assert.ok(afterShort > 12, `${afterShort} segments`);
    sent = 0;
    for (let i = 0; i < 20; i++) {
      t.advance(50);
      t.in(`. 1:1(0) ack ${t.stackNext}`);
      t.takeSegments();
    }
    t.advance(1500);
    t.send(30_000);
    assert.equal(t.takeSegments().length, 10);
  },
);

script(
  "[RTX-18] [ATK-109] an acknowledgement of what was never sent changes nothing",
  { rfc: "9293 §3.10.7.4", settings: LARGE },
  (stack) => {
    const source = new Source(stack);
    const { t } = source;
    t.takeSegments();
    for (const ahead of [1, 1000, 100_000, 0x3fff_ffff]) {
      t.in(`. 1:1(0) ack ${t.stackNext + ahead}`);
      for (const segment of t.takeSegments()) assert.equal(segment.payload.length, 0, "an ACK, no data");
    }
    assert.equal(source.flight, 10_000);
  },
);

script(
  "[RTX-18] [ATK-109] acknowledging every byte by itself gains nothing",
  { rfc: "3465 §2.3", settings: LARGE, variants: false },
  (stack) => {
    const divided = new Source(stack);
    divided.t.takeSegments();
    for (let i = 0; i < 1000; i++) divided.ack(1);
    // One segment has been acknowledged: as one ACK, this would have let out two.
    assert.ok(divided.t.stackNext <= 12_001, `${divided.t.stackNext}`);
  },
);

script("[RTX-19] never more in flight than the peer's window", { rfc: "5681 §2", settings: LARGE }, (stack) => {
  const source = new Source(stack, { window: 12_345 });
  for (let i = 0; i < 6; i++) {
    assert.ok(source.flight <= 12_345);
    source.round(3000);
  }
});

script(
  "ECN: the window is halved once per window of data, and CWR tells of it",
  { rfc: "3168 §6.1.2", settings: { ...LARGE, NET_TCP_ECN: true } },
  (stack) => {
    const source = new Source(stack, {}, true);
    source.round();
    const { t } = source;
    const flight = source.flight;
    assert.equal(flight, 20_000);
    const point = t.stackNext;
    t.advance(100);
    let cwr = 0;
    while (source.acknowledged < point) {
      source.acknowledged += 2000;
      t.in(`E. 1:1(0) ack ${source.acknowledged}`);
      for (const segment of t.takeSegments()) if (segment.flags.includes("W")) cwr++;
    }
    assert.equal(cwr, 1, "one CWR");
    assert.ok(source.flight >= 9000 && source.flight <= 11_000, `half: ${source.flight}`);
    // CWR got there: no more ECE, and the window grows slowly.
    const before = source.round();
    assert.ok(source.round() - before <= 1000);
  },
);

script(
  "CUBIC: less is given up, and the old window is reached again along its curve",
  { rfc: "9438", settings: { ...LARGE, NET_TCP_CUBIC_DEFAULT: true } },
  (stack) => {
    // Round trips of 400 ms: long enough for the curve to be above what Reno would do (§4.3).
    const source = new Source(stack, {}, false, 400);
    source.round();
    loseOne(source);
    const flights: number[] = [];
    for (let i = 0; i < 18; i++) flights.push(source.round());
    // Slow start fills 0.7 of 20 segments again; there the epoch begins.
    const begin = flights.findIndex((flight) => flight >= 14_000);
    assert.ok(begin >= 0 && flights[begin] <= 16_000, flights.join());
    const after = (rounds: number): number => flights[begin + rounds] as number;
    // K = cbrt(6 / 0.4) = 2.5 s, six round trips, until the plateau; then away from it as slowly as towards it.
    assert.ok(after(5) >= 18_000 && after(5) <= 20_000, flights.join());
    assert.ok(after(7) >= 19_000 && after(7) <= 21_000, flights.join());
    assert.ok(after(12) >= 25_000, flights.join());
  },
);
