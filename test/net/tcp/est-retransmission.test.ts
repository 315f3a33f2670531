/** SYNs and SYN-ACKs that nobody answers: the row EST-9. */
import assert from "node:assert/strict";
import { script } from "../../harness/script.js";
import { tcp } from "../../harness/tcp-conversation.js";

script(
  "[EST-9] an unanswered SYN is sent again with back-off, and connect gives up after 3 minutes at the earliest",
  { rfc: "9293 §3.8.3 MUST-22, MUST-23" },
  (stack) => {
    const t = tcp(stack);
    const call = t.beginConnect();
    t.out("S 0:0(0)");
    // 1, 2, 4 … 60 s (6298 §2.1, §5.5): each comes that much after the one before.
    for (const seconds of [1, 2, 4, 8, 16, 32, 60])
      t.out("S 0:0(0) <mss 1460,sackOK,TS val * ecr 0,wscale 0>", { after: seconds * 1000 });
    assert(!call.done);
    assert(stack.elapsed >= 120_000);
    t.quiet(59_000);
    assert(!call.done);
    t.quiet(1500);
    assert.equal(call.errno, "ETIMEDOUT");
    assert(stack.elapsed >= 180_000, `connect gave up after ${stack.elapsed} ms`);
  },
);

script("[EST-9] the number of SYNs is what TCP_SYNCNT says", { rfc: "6298 §2.1" }, (stack) => {
  const t = tcp(stack);
  const call = t.beginConnect({ prepare: (fd) => stack.setSocketOption(fd, "TCP_SYNCNT", 2) });
  t.out("S 0:0(0)");
  t.out("S 0:0(0)", { after: 1000 });
  t.out("S 0:0(0)", { after: 2000 });
  t.quiet(3900);
  assert(!call.done);
  t.quiet(200);
  assert.equal(call.errno, "ETIMEDOUT");
});

script("[EST-9] an unanswered SYN-ACK is sent again five times and then forgotten", { rfc: "6298 §2.1" }, (stack) => {
  const t = tcp(stack);
  t.listen();
  t.in("S 0:0(0) <mss 1460,sackOK,TS val 5 ecr 0,nop,wscale 7>");
  t.out("S. 0:0(0) ack 1");
  for (const seconds of [1, 2, 4, 8, 16]) {
    t.out("S. 0:0(0) ack 1 <mss 1460,sackOK,TS val * ecr 5,wscale 0>", { after: seconds * 1000 });
  }
  t.quiet(32_500);
  assert.equal(stack.core.pools().find((pool) => pool.name === "SYN queue")?.used, 0);
  t.in(". 1:1(0) ack 1");
  t.out("R 1:1(0)");
});

script(
  "[EST-9] a SYN that comes again just before its answers are given up has its full time once more",
  { rfc: "6298 §5.5" },
  (stack) => {
    const t = tcp(stack);
    t.listen();
    t.in("S 0:0(0) <mss 1460>");
    t.out("S. 0:0(0) ack 1");
    for (const seconds of [1, 2, 4, 8, 16]) t.out("S. 0:0(0) ack 1", { after: seconds * 1000 });
    t.quiet(31_900);
    t.in("S 0:0(0) <mss 1460>");
    t.out("S. 0:0(0) ack 1");
    // The old time is over here.
    t.quiet(1000);
    t.in(". 1:1(0) ack 1");
    stack.expectNothing();
    t.accept();
  },
);

script(
  "[EST-9] a connection whose SYN-ACK was lost begins with a window of one segment",
  { rfc: "5681 §3.1" },
  (stack) => {
    const t = tcp(stack);
    t.listen();
    t.in("S 0:0(0) <mss 1000>");
    t.out("S. 0:0(0) ack 1");
    t.out("S. 0:0(0) ack 1", { after: 1000 });
    t.in(". 1:1(0) ack 1");
    t.accept();
    t.send(3000);
    t.out(". 1:1001(1000) ack 1");
    stack.expectNothing();
    t.ack();
    t.out(". 1001:2001(1000) ack 1");
    t.out("P. 2001:3001(1000) ack 1");
    t.ack();
  },
);

script("[EST-9] the SYN-ACK is sent again no longer once the ACK is there", { rfc: "6298 §5.2" }, (stack) => {
  const t = tcp(stack);
  t.establish();
  t.quiet(10_000);
});

script(
  "[EST-9] retransmitted SYN-ACKs of many half-open connections keep their own times",
  { settings: { NET_TCP_SYN_ACK_RETRY_COUNT: 1 } },
  (stack) => {
    const first = tcp(stack);
    first.listen();
    const all = [first, ...[1, 2, 3].map((i) => tcp(stack, { peerPort: 41_000 + i, arp: false }))];
    for (const t of all) {
      t.in("S 0:0(0) <mss 1460>");
      t.out("S. 0:0(0) ack 1");
      stack.advance(100);
    }
    stack.advance(600);
    for (const t of all) {
      t.out("S. 0:0(0) ack 1");
      stack.advance(100);
    }
    stack.quiet(5000);
  },
);
