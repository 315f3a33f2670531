/** Timestamps and PAWS (RFC 7323 §3 to §5): the rows SEQ-10 to SEQ-13 of the checklist. */
import assert from "node:assert/strict";
import { script } from "../../harness/script.js";
import type { Stack } from "../../harness/stack.js";
import { type TcpConversation, tcp } from "../../harness/tcp-conversation.js";
import { findOption } from "../../harness/tcp-segment.js";

/** Days in ms. */
const DAY = 86_400_000;

/** A connection whose peer's SYN had TSval `val`. */
function begin(stack: Stack, val = 100, options = ""): TcpConversation {
  const t = tcp(stack);
  t.listen();
  t.in(`S 0:0(0) <mss 1460,${options}TS val ${val} ecr 0>`);
  t.out(`S. 0:0(0) ack 1 <mss 1460,${options}TS val 0 ecr ${val}>`);
  t.in(`. 1:1(0) ack 1 <TS val ${val} ecr 0>`);
  t.accept();
  return t;
}

script("[SEQ-10] timestamps agreed on are in every segment, and echo what came", { rfc: "7323 §3.2" }, (stack) => {
  const t = begin(stack);
  t.send(100);
  t.out("P. 1:101(100) ack 1 <TS val * ecr 100>");
  t.in("P. 1:11(10) ack 101 <TS val 150 ecr *>");
  t.out(". 101:101(0) ack 11 <TS val * ecr 150>", { after: 100 });
  t.read(10);
  t.send(50);
  t.out("P. 101:151(50) ack 11 <TS val * ecr 150>");
  // Sent again: also with them.
  stack.untilSent(2000);
  t.out("P. 101:151(50) ack 11 <TS val * ecr 150>");
  t.in(". 11:11(0) ack 151 <TS val 160 ecr *>");
  t.shutdown();
  t.out("F. 151:151(0) ack 11 <TS val * ecr 160>");
  t.in("F. 11:11(0) ack 152 <TS val 170 ecr *>");
  t.out(". 152:152(0) ack 12 <TS val * ecr 170>");
  // From TIME-WAIT too.
  t.in("F. 11:11(0) ack 152 <TS val 180 ecr *>");
  t.out(". 152:152(0) ack 12 <TS val * ecr *>");
});

script("[SEQ-10] the peer opens without them: there are none", { rfc: "7323 §3.2" }, (stack) => {
  const t = tcp(stack);
  t.establish();
  t.in("P. 1:11(10) ack 1 <TS val 150 ecr 0>");
  t.read(10);
  t.out(". 1:1(0) ack 11 <>", { after: 100 });
  // An older one means nothing either.
  t.in("P. 11:21(10) ack 1 <TS val 50 ecr 0>");
  t.read(10);
  t.out(". 1:1(0) ack 21 <>", { after: 100 });
});

script("[SEQ-10] the peer answers our SYN without them: there are none", { rfc: "7323 §3.2" }, (stack) => {
  const t = tcp(stack);
  const call = t.beginConnect();
  t.out("S 0:0(0) <mss 1460,sackOK,TS val 0 ecr 0,wscale *>");
  t.in("S. 0:0(0) ack 1 <mss 1460>");
  t.out(". 1:1(0) ack 1 <>");
  call.value();
});

script("[SEQ-10] a segment without them is dropped silently", { rfc: "7323 §3.2" }, (stack) => {
  const t = begin(stack);
  t.in("P. 1:11(10) ack 1 <>");
  t.in("F. 1:1(0) ack 1 <>");
  t.in(". 1:1(0) ack 1 win 0 <>");
  t.quiet(1000);
  t.readError("EAGAIN");
  t.send(10);
  t.out("P. 1:11(10) ack 1");
  t.in("P. 1:11(10) ack 11 <TS val 101 ecr *>");
  t.read(10);
  t.out(". 11:11(0) ack 11", { after: 100 });
});

script("[SEQ-10] a RST without them counts", { rfc: "7323 §3.2" }, (stack) => {
  const t = begin(stack);
  t.in("R 1:1(0) <>");
  t.readError("ECONNRESET");
  stack.expectNothing();
});

script("[SEQ-10] TSval goes on with time, about one in a millisecond", { rfc: "7323 §5.4" }, (stack) => {
  const t = begin(stack);
  const value = (): number => {
    t.send(1);
    const { tcp: segment } = t.out("P. *(1) ack *");
    t.in(`. 1:1(0) ack * <TS val 100 ecr *>`);
    return (segment && findOption(segment, "TS")?.val) ?? 0;
  };
  const first = value();
  t.advance(1000);
  const second = value();
  // Between 1 ms and 1 s a tick (§5.4).
  assert.ok((second - first) >>> 0 > 900 && (second - first) >>> 0 < 1100, `${second - first} in a second`);
  t.advance(100_000);
  const later = (value() - second) >>> 0;
  assert.ok(later > 90_000 && later < 110_000, `${later} in 100 seconds`);
});

script("[SEQ-11] with a delayed ACK the first segment's timestamp is echoed", { rfc: "7323 §4.3" }, (stack) => {
  const t = begin(stack);
  t.in("P. 1:11(10) ack 1 <TS val 200 ecr 0>");
  t.in("P. 11:21(10) ack 1 <TS val 210 ecr 0>");
  t.out(". 1:1(0) ack 21 <TS val * ecr 200>");
  t.in("P. 21:31(10) ack 1 <TS val 220 ecr 0>");
  t.out(". 1:1(0) ack 31 <TS val * ecr 220>", { after: 100 });
  t.read(30);
});

script(
  "[SEQ-11] a segment out of order does not change what is echoed; the one that fills the gap does",
  { rfc: "7323 §4.3" },
  (stack) => {
    const t = begin(stack, 100, "sackOK,");
    t.in("P. 1:11(10) ack 1 <TS val 200 ecr 0>");
    t.out(". 1:1(0) ack 11 <TS val * ecr 200>", { after: 100 });
    t.in("P. 21:31(10) ack 1 <TS val 300 ecr 0>");
    t.out(". 1:1(0) ack 11 <TS val * ecr 200,sack 21:31>");
    t.in("P. 31:41(10) ack 1 <TS val 310 ecr 0>");
    t.out(". 1:1(0) ack 11 <TS val * ecr 200,sack 21:41>");
    t.in("P. 11:21(10) ack 1 <TS val 250 ecr 0>");
    t.out(". 1:1(0) ack 41 <TS val * ecr 250>");
    t.read(40);
    // 250 is compared with now, not 310.
    t.in("P. 41:51(10) ack 1 <TS val 260 ecr 0>");
    t.read(10);
    t.out(". 1:1(0) ack 51 <TS val * ecr 260>", { after: 100 });
  },
);

script("[SEQ-11] an old segment with a new timestamp is echoed", { rfc: "7323 §4.3" }, (stack) => {
  // SEG.SEQ <= Last.ACK.sent and it overlaps the window: the ACK was lost, the peer has sent the segment again with more.
  const t = begin(stack);
  t.in("P. 1:11(10) ack 1 <TS val 200 ecr 0>");
  t.out(". 1:1(0) ack 11 <TS val * ecr 200>", { after: 100 });
  t.in("P. 1:21(20) ack 1 <TS val 240 ecr 0>");
  t.out(". 1:1(0) ack 21 <TS val * ecr 240>");
  t.read(20);
});

script("[SEQ-12] an older timestamp: the segment is dropped and acknowledged", { rfc: "7323 §5.3" }, (stack) => {
  const t = begin(stack, 1000);
  for (const text of ["P. 1:11(10) ack 1", "F. 1:1(0) ack 1", "FP. 1:11(10) ack 1"]) {
    for (const val of [999, 500, 1000 - 0x7fff_ffff]) {
      t.in(`${text} <TS val ${val >>> 0} ecr 0>`);
      t.out(". 1:1(0) ack 1 <TS val * ecr 1000>");
      t.advance(1100);
    }
  }
  t.readError("EAGAIN");
  // The same one is fine.
  t.in("P. 1:11(10) ack 1 <TS val 1000 ecr 0>");
  t.read(10);
  t.out(". 1:1(0) ack 11 <TS val * ecr 1000>", { after: 100 });
});

script("[SEQ-12] an old duplicate with an ACK of new data does not acknowledge it", { rfc: "7323 §5.3" }, (stack) => {
  const t = begin(stack, 1000);
  t.send(100);
  t.out("P. 1:101(100) ack 1");
  t.in(". 1:1(0) ack 101 <TS val 900 ecr 0>");
  t.out(". 101:101(0) ack 1");
  // Not acknowledged: it goes out again.
  stack.untilSent(3000);
  t.out("P. 1:101(100) ack 1");
  t.in(". 1:1(0) ack 101 <TS val 1001 ecr 0>");
});

script("[SEQ-12] a RST with an older timestamp counts all the same", { rfc: "7323 §5.3" }, (stack) => {
  const t = begin(stack, 1000);
  t.in("R. 1:1(0) ack 1 <TS val 900 ecr 0>");
  stack.expectNothing();
  t.readError("ECONNRESET");
});

script("[SEQ-12] [DAT-18] timestamps wrap around", { rfc: "7323 §5.2" }, (stack) => {
  const t = begin(stack, 0xffff_fff0);
  t.in(`P. 1:11(10) ack 1 <TS val ${0xffff_ffff} ecr 0>`);
  t.out(`. 1:1(0) ack 11 <TS val * ecr ${0xffff_ffff}>`, { after: 100 });
  t.in("P. 11:21(10) ack 1 <TS val 0 ecr 0>");
  t.out(". 1:1(0) ack 21 <TS val * ecr 0>", { after: 100 });
  t.in("P. 21:31(10) ack 1 <TS val 20 ecr 0>");
  t.out(". 1:1(0) ack 31 <TS val * ecr 20>", { after: 100 });
  t.in(`P. 31:41(10) ack 1 <TS val ${0xffff_ffff} ecr 0>`);
  t.out(". 1:1(0) ack 31 <TS val * ecr 20>");
  t.read(30);
  t.readError("EAGAIN");
});

script(
  "[SEQ-13] after 24 days without a segment an older timestamp counts again",
  { rfc: "7323 §5.5", variants: false },
  (stack) => {
    const t = begin(stack, 1000);
    stack.fork(
      () => {
        t.advance(23 * DAY);
        stack.takeSent();
        t.in("P. 1:11(10) ack 1 <TS val 900 ecr 0>");
        t.out(". 1:1(0) ack 1 <TS val * ecr 1000>", { within: 100 });
        t.readError("EAGAIN");
      },
      () => {
        t.advance(25 * DAY);
        stack.takeSent();
        // Half the number space may have gone by in the meantime: 900 is not old.
        t.in("P. 1:11(10) ack 1 <TS val 900 ecr 0>");
        t.out(". 1:1(0) ack 11 <TS val * ecr 900>", { within: 600 });
      },
    );
  },
);

script(
  "[SEQ-13] a connection that was busy for 30 days still refuses an older timestamp",
  { rfc: "7323 §5.5", variants: false },
  (stack) => {
    const t = begin(stack, 1000);
    for (let day = 1; day <= 30; day++) {
      t.advance(DAY);
      stack.takeSent();
      t.in(`P. ${day * 10 - 9}(10) ack 1 <TS val ${(1000 + day * DAY) >>> 0} ecr 0>`);
      t.out(`. 1:1(0) ack ${day * 10 + 1} <TS val * ecr ${(1000 + day * DAY) >>> 0}>`, { within: 600 });
      t.read(10);
    }
    t.in(`P. 301:311(10) ack 1 <TS val ${(999 + 30 * DAY) >>> 0} ecr 0>`);
    t.out(". 1:1(0) ack 301");
    t.readError("EAGAIN");
  },
);

script(
  "[SEQ-11] [TCP-1] the timestamp of a segment with a wrong checksum is not taken",
  { rfc: "7323 §4.3" },
  (stack) => {
    const t = begin(stack);
    t.send(100);
    t.out("P. 1:101(100) ack 1");
    // One damaged bit made it a timestamp far ahead: believed, everything after it would look old.
    for (const text of ["P. 1:11(10) ack 1", ". 1:1(0) ack 101", "P. 1:1001(1000) ack 101", "F. 1:1(0) ack 101"]) {
      t.in(`${text} <nop,nop,TS val ${0x4000_0000} ecr *>`, { checksum: "bad" });
    }
    const waiting = stack.begin.recv(t.fd, 100);
    t.in(`P. 1:11(10) ack 1 <nop,nop,TS val ${0x5000_0000} ecr *>`, { checksum: "bad" });
    assert.equal(waiting.done, false);
    t.in("P. 1:11(10) ack 101 <nop,nop,TS val 120 ecr *>");
    stack.advance(1);
    assert.equal(waiting.value().length, 10);
    t.out(". 101:101(0) ack 11 <TS val * ecr 120>", { within: 200 });
  },
);
