/** Small segments: Nagle's algorithm, TCP_NODELAY, silly windows of the peer (RFC 9293 §3.7.4, §3.8.6.2.1): the row DAT-8. */
import assert from "node:assert/strict";
import { script } from "../../harness/script.js";
import { tcp } from "../../harness/tcp-conversation.js";

const RFC = { rfc: "9293 §3.7.4" };

script("[DAT-8] the second small write waits for the acknowledgement of the first", RFC, (stack) => {
  const t = tcp(stack);
  t.establish();
  t.send(10);
  t.out("P. 1:11(10) ack 1");
  t.send(10);
  t.send(10);
  t.quiet(500);
  t.in(". 1:1(0) ack 11");
  t.out("P. 11:31(20) ack 1");
  t.ack();
  t.quiet(3000);
});

script("[DAT-8] what makes a full segment does not wait", RFC, (stack) => {
  const t = tcp(stack);
  t.establish();
  t.send(10);
  t.out("P. 1:11(10) ack 1");
  t.send(1000);
  stack.expectNothing();
  t.send(1000);
  t.out(". 11:1471(1460) ack 1");
  t.quiet(100);
  t.ack();
  t.out("P. 1471:2011(540) ack 1");
  t.ack();
});

script("[DAT-8] part of the acknowledgement does not let a small segment out, all of it does", RFC, (stack) => {
  const t = tcp(stack);
  t.establish();
  t.send(1460);
  t.out("P. 1:1461(1460) ack 1");
  t.send(10);
  t.in(". 1:1(0) ack 1000");
  t.quiet(200);
  t.in(". 1:1(0) ack 1461");
  t.out("P. 1461:1471(10) ack 1");
  t.ack();
});

script("[DAT-8] with TCP_NODELAY every write goes at once", RFC, (stack) => {
  const t = tcp(stack);
  t.establish();
  stack.setSocketOption(t.fd, "TCP_NODELAY", 1);
  for (let at = 1; at < 51; at += 10) {
    t.send(10);
    t.out(`P. ${at}(10) ack 1`);
  }
  t.ack();
  stack.setSocketOption(t.fd, "TCP_NODELAY", 0);
  t.send(10);
  t.out("P. 51:61(10) ack 1");
  t.send(10);
  t.quiet(300);
  t.ack();
  t.out("P. 61:71(10) ack 1");
  t.ack();
});

script("[DAT-8] a last small segment before a close does not wait", RFC, (stack) => {
  const t = tcp(stack);
  t.establish();
  t.send(10);
  t.out("P. 1:11(10) ack 1");
  t.send(10);
  stack.expectNothing();
  t.shutdown();
  t.out("FP. 11:21(10) ack 1");
  t.in(". 1:1(0) ack 22");
});

script(
  "[DAT-8] a window smaller than a segment is not filled with small ones while something is in flight",
  { rfc: "9293 §3.8.6.2.1" },
  (stack) => {
    const t = tcp(stack);
    t.establish({ window: 5840 });
    t.send(5840);
    t.takeSegments();
    // The peer reads a hundred bytes at a time and tells each of them (a silly window).
    t.in(". 1:1(0) ack 4381 win 1460");
    t.send(1000);
    for (let window = 0; window < 1460; window += 100) t.in(`. 1:1(0) ack 4381 win ${1460 + Math.min(window, 100)}`);
    let small = 0;
    for (const segment of t.takeSegments()) if (segment.payload.length < 1000) small += 1;
    assert.equal(small, 0, "no small segments");
    t.in(". 1:1(0) ack 5841 win 5840");
    t.out("P. 5841:6841(1000) ack 1");
    t.ack();
  },
);

script(
  "[DAT-8] held back by the window alone, a small segment goes out within a second (override)",
  { rfc: "9293 §3.8.6.2.1" },
  (stack) => {
    const t = tcp(stack);
    t.establish({ window: 5840 });
    // 100 bytes are less than half of the largest window: worth waiting for more, not for ever.
    t.in(". 1:1(0) ack 1 win 100");
    t.send(1000);
    const took = stack.untilSent(1100);
    assert.ok(took >= 95, `after ${took} ms`);
    t.out(". 1:101(100) ack 1");
    t.in(". 1:1(0) ack 101 win 5840");
    t.out("P. 101:1001(900) ack 1");
    t.ack();
  },
);
