/** How long segments are, and how much of the window they use (RFC 9293 §3.7, §3.8.6): the rows TCP-7 to TCP-9, TCP-12, TCP-13. */
import assert from "node:assert/strict";
import { script } from "../../harness/script.js";
import { tcp } from "../../harness/tcp-conversation.js";
import { sequenceLength } from "../../harness/tcp-segment.js";
import { LARGE_BUFFERS } from "./settings.js";

const RFC = { rfc: "9293 §3.7.1" };

script("[TCP-7] a peer whose SYN names no MSS gets 536 bytes at most", RFC, (stack) => {
  const t = tcp(stack);
  t.listen();
  t.in("S 0:0(0) <>");
  t.out("S. 0:0(0) ack 1 <mss 1460>");
  t.in(". 1:1(0) ack 1");
  t.accept();
  t.send(2000);
  t.out(". 1:537(536) ack 1");
  t.out(". 537:1073(536) ack 1");
  t.out(". 1073:1609(536) ack 1");
  // The rest is small and waits (Nagle).
  t.ack();
  t.out("P. 1609:2001(392) ack 1");
  t.ack();
});

script("[TCP-7] nor does one whose SYN-ACK names none get more", RFC, (stack) => {
  const t = tcp(stack);
  const call = t.beginConnect();
  t.out("S 0:0(0)");
  t.in("S. 0:0(0) ack 1 <>");
  t.out(". 1:1(0) ack 1");
  call.value();
  t.send(600);
  t.out(". 1:537(536) ack 1");
  t.ack();
  t.out("P. 537:601(64) ack 1");
  t.ack();
});

script("[TCP-8] the MSS that we offer is the MTU less 40, on a SYN and on a SYN-ACK", RFC, (stack) => {
  const t = tcp(stack);
  const call = t.beginConnect();
  t.out("S 0:0(0) <mss 1460,sackOK,TS val 0 ecr 0,wscale *>");
  t.in("R. 0:0(0) ack 1");
  assert.equal(call.errno, "ECONNREFUSED");
  const passive = tcp(stack, { peerPort: 40_001 });
  passive.listen(8081);
  passive.in("S 0:0(0) <mss 1460>");
  passive.out("S. 0:0(0) ack 1 <mss 1460>");
  passive.in("R 1:1(0)");
});

script("[TCP-8] segments are as long as the smaller of both sides allows", RFC, (stack) => {
  for (const [index, mss] of [536, 537, 1000, 1460, 1461, 8960, 65_535].entries()) {
    const t = tcp(stack, { port: 8080 + index });
    t.establish({ mss });
    const full = Math.min(mss, 1460);
    t.send(full + 1);
    t.out(`. 1:${full + 1}(${full}) ack 1`);
    t.ack();
    t.out(`P. ${full + 1}:${full + 2}(1) ack 1`);
    t.ack();
    t.in("R *(0)");
    t.close();
    stack.close(t.listener);
  }
});

script("[TCP-8] timestamps are taken off", { rfc: "9293 §3.7.1, 6691 §2" }, (stack) => {
  const t = tcp(stack);
  t.establish({ timestamps: true, mss: 1000 });
  t.send(2000);
  t.out(". 1:989(988) ack 1");
  t.out(". 989:1977(988) ack 1");
  t.ack();
  t.out("P. 1977:2001(24) ack 1");
  t.ack();
});

script("[TCP-8] with SACK blocks to report full segments stay full", { rfc: "9293 §3.7.1, 6691 §2" }, (stack) => {
  const t = tcp(stack);
  t.establish({ timestamps: true, sackOK: true });
  t.in("P. 101:111(10) ack 1");
  t.out(". 1:1(0) ack 1 <TS val * ecr *,sack 101:111>");
  // The harness checks that payload and options together never exceed the MSS.
  t.send(1448);
  const { tcp: segment } = t.out("P. *(*) ack 1");
  assert.ok(segment !== undefined && segment.payload.length >= 1448 - 12, `${segment?.payload.length} bytes`);
  t.ack();
  stack.takeSent();
  t.ack();
});

script("[TCP-9] [ATK-85] an MSS of 0 or 1 is raised: no division, and no flood of tiny segments", RFC, (stack) => {
  for (const [index, mss] of [0, 1, 8, 20, 47].entries()) {
    const t = tcp(stack, { port: 8080 + index });
    t.establish({ mss });
    t.send(4000);
    let bytes = 0;
    let count = 0;
    for (let round = 0; round < 200 && bytes < 4000; round++) {
      for (const segment of t.takeSegments()) {
        bytes += segment.payload.length;
        count += 1;
      }
      t.ack();
    }
    assert.equal(bytes, 4000, "all of it was sent");
    assert.ok(count <= Math.ceil(4000 / 48) + 2, `${count} segments for 4000 bytes, MSS ${mss}`);
    t.in("R *(0)");
    t.close();
    stack.close(t.listener);
  }
});

script("[TCP-9] an MSS of 64 is kept, with timestamps too", RFC, (stack) => {
  const t = tcp(stack);
  t.establish({ mss: 64, timestamps: true });
  t.send(104);
  t.out(". 1:53(52) ack 1");
  t.out("P. 53:105(52) ack 1");
  t.ack();
});

script(
  "[TCP-12] a window of 65,535 and a scaled one of more are unsigned, and used up to their end",
  {
    rfc: "9293 §3.8.6",
    guestBytes: 0x8_0000,
    settings: LARGE_BUFFERS,
    variants: false,
  },
  (stack) => {
    // Each window is a whole number of segments: less than a segment waits (silly-window avoidance).
    for (const [index, { window, wscale, mss }] of [
      { window: 65_535, wscale: undefined, mss: 1285 },
      { window: 32_768, wscale: undefined, mss: 1024 },
      { window: 32_769, wscale: 0, mss: 993 },
      { window: 20_000, wscale: 2, mss: 1250 },
    ].entries()) {
      const t = tcp(stack, { port: 8080 + index });
      const limit = window << (wscale ?? 0);
      t.establish({ window, wscale, mss });
      t.send(190_000);
      // Acknowledged two segments at a time until the congestion window is beyond the peer's.
      let acked = 0;
      for (let round = 0; round < 100; round++) {
        t.takeSegments();
        if (t.stackNext - 1 - acked >= limit) break;
        acked = Math.min(acked + 2 * mss, t.stackNext - 1);
        t.in(`. *(0) ack ${acked + 1}`);
      }
      assert.equal(t.stackNext - 1 - acked, limit, `bytes in flight with a window of ${limit}`);
      // Not one more: the harness holds that too.
      t.in("R *(0)");
      t.close();
      stack.close(t.listener);
    }
  },
);

script("[TCP-13] PSH stands on the last segment of what was written", { rfc: "9293 §3.9.1.2" }, (stack) => {
  const t = tcp(stack);
  t.establish();
  t.send(2920);
  t.out(". 1:1461(1460) ack 1");
  t.out("P. 1461:2921(1460) ack 1");
  t.ack();
  t.send(1);
  t.out("P. 2921:2922(1) ack 1");
  t.ack();
  t.send(3000);
  t.out(". 2922:4382(1460) ack 1");
  t.out(". 4382:5842(1460) ack 1");
  t.ack();
  t.out("P. 5842:5922(80) ack 1");
  t.ack();
});

script("[TCP-13] the last segment has it too when the window let only part of the write out at first", {}, (stack) => {
  const t = tcp(stack);
  t.establish({ window: 2000 });
  t.send(3000);
  let pushed = "";
  for (let round = 0; round < 20 && t.stackNext < 3001; round++) {
    stack.advance(250);
    for (const segment of t.takeSegments()) {
      if (sequenceLength(segment) === 0) continue;
      pushed = segment.flags;
    }
    t.ack();
  }
  stack.advance(250);
  for (const segment of t.takeSegments()) if (sequenceLength(segment) > 0) pushed = segment.flags;
  assert.equal(pushed, "P.");
  t.ack();
});

script(
  "a path that swallows full segments and says nothing: smaller ones after a few time-outs",
  { rfc: "2923 §2.1, 4821 §7", variants: false },
  (stack) => {
    const t = tcp(stack);
    t.establish();
    t.send(5000);
    let covered = 1;
    const got = new Set<number>();
    for (let second = 0; second < 120 && covered < 5001; second++) {
      stack.advance(1000);
      let moved = false;
      for (const segment of t.takeSegments()) {
        // A router on the way drops what is larger than 1,000 bytes, in silence.
        if (segment.payload.length + 40 > 1000) continue;
        const at = (segment.seq - t.iss) >>> 0;
        for (let i = 0; i < segment.payload.length; i++) got.add(at + i);
        while (got.has(covered)) {
          covered += 1;
          moved = true;
        }
      }
      if (moved) t.in(`. 1:1(0) ack ${covered}`);
    }
    assert.equal(covered, 5001, "everything got through");
    t.quiet(3000);
  },
);
