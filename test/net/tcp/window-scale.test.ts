/** Window scaling (RFC 7323 §2): the row SEQ-9 of the checklist. */
import assert from "node:assert/strict";
import { script } from "../../harness/script.js";
import { type TcpConversation, tcp } from "../../harness/tcp-conversation.js";
import { findOption } from "../../harness/tcp-segment.js";
import { LARGE_BUFFERS } from "./settings.js";

const RFC = { rfc: "7323 §2.2, §2.3" };

/** Acknowledges two segments of 1,024 bytes at a time until `total` bytes are sent; the most bytes that were in flight. */
function mostInFlight(t: TcpConversation, field: number, total: number): number {
  let acked = 0;
  let most = 0;
  for (let round = 0; round < 200; round++) {
    t.takeSegments();
    most = Math.max(most, t.stackNext - 1 - acked);
    if (t.stackNext > total) break;
    acked = Math.min(acked + 2048, t.stackNext - 1);
    t.in(`. *(0) ack ${acked + 1} win ${field}`);
  }
  return most;
}

script("[SEQ-9] without the option on the peer's SYN-ACK windows are as they stand", RFC, (stack) => {
  const t = tcp(stack);
  const call = t.beginConnect();
  t.out("S 0:0(0) <mss 1460,sackOK,TS val 0 ecr 0,wscale 0>");
  t.in("S. 0:0(0) ack 1 win 1000 <mss 1460>");
  t.out(". 1:1(0) ack 1");
  call.value();
  t.send(1001);
  t.out(". 1:1001(1000) ack 1");
  t.in(". 1:1(0) ack 1001 win 1000");
  t.out("P. 1001:1002(1) ack 1");
  t.ack();
});

script("[SEQ-9] with it on both the window is scaled", RFC, (stack) => {
  const t = tcp(stack);
  t.listen();
  t.in("S 0:0(0) win 65535 <mss 1000,nop,wscale 3>");
  t.out("S. 0:0(0) ack 1 <mss 1460,wscale 0>");
  t.in(". 1:1(0) ack 1 win 500");
  t.accept();
  t.send(4001);
  for (const first of [1, 1001, 2001, 3001]) t.out(`. ${first}(1000) ack 1`);
  t.in(". 1:1(0) ack 4001 win 500");
  t.out("P. 4001:4002(1) ack 1");
  t.in(". 1:1(0) ack 4002 win 500");
});

script("[SEQ-9] the window of a SYN-ACK is never scaled", RFC, (stack) => {
  const t = tcp(stack);
  const call = t.beginConnect();
  t.out("S 0:0(0)");
  t.in("S. 0:0(0) ack 1 win 1000 <mss 1460,nop,wscale 4>");
  t.out(". 1:1(0) ack 1");
  call.value();
  t.send(2001);
  t.out(". 1:1001(1000) ack 1");
  // From here on it is: 100 are 1,600.
  t.in(". 1:1(0) ack 1001 win 100");
  t.out("P. 1001:2002(1001) ack 1");
  t.in(". 1:1(0) ack 2002 win 100");
});

script("[SEQ-9] nor is that of the SYN-ACK in a simultaneous open", RFC, (stack) => {
  const t = tcp(stack);
  const call = t.beginConnect();
  t.out("S 0:0(0)");
  t.in("S 0:0(0) win 992 <mss 1460,nop,wscale 4>");
  t.out("S. 0:0(0) ack 1");
  t.in("S. 0:0(0) ack 1 win 992 <mss 1460,nop,wscale 4>");
  stack.advance(200);
  stack.takeSent();
  call.value();
  t.send(1200);
  t.out(". 1:993(992) ack 1");
  t.in(". 1:1(0) ack 993 win 100");
  t.out("P. 993:1201(208) ack 1");
  t.in(". 1:1(0) ack 1201 win 100");
});

script("[SEQ-9] a shift above 14 counts as 14", { ...RFC, settings: LARGE_BUFFERS, variants: false }, (stack) => {
  for (const [index, shift] of [14, 15, 16, 31, 32, 255].entries()) {
    const t = tcp(stack, { port: 8080 + index });
    t.listen();
    t.in(`S 0:0(0) win 65535 <mss 1024,nop,wscale ${shift}>`);
    t.out("S. 0:0(0) ack 1 <mss 1460,wscale *>");
    t.in(". 1:1(0) ack 1 win 2");
    t.accept();
    t.send(90_000);
    assert.equal(mostInFlight(t, 2, 90_000), 2 << 14, `shift ${shift}`);
    t.in("R *(0)");
    t.close();
    stack.close(t.listener);
  }
});

script(
  "[SEQ-9] our own shift reaches the whole receive buffer; the window of our SYN is not scaled",
  { ...RFC, settings: LARGE_BUFFERS },
  (stack) => {
    const t = tcp(stack);
    t.listen();
    t.in("S 0:0(0) <mss 1460,nop,wscale 0>");
    t.out("S. 0:0(0) ack 1 win 65535 <mss 1460,wscale 2>");
    t.in(". 1:1(0) ack 1");
    t.accept();
    let at = 1;
    for (; at < 150_000; at += 1460) t.in(`P. ${at}(1460) ack 1`);
    stack.advance(500);
    const last = t.takeSegments().at(-1);
    assert.equal(last && (last.ack - t.irs) >>> 0, at, "all of it was taken");
    const left = (last?.window ?? 0) << 2;
    assert.ok(left <= 200_000 - (at - 1) && left > 200_000 - (at - 1) - 1460, `${left} bytes are left`);
    t.read(at - 1);
    stack.takeSent();
  },
);

script(
  "[SEQ-9] a peer without it sees no more than 65,535 of a large buffer",
  { ...RFC, settings: LARGE_BUFFERS },
  (stack) => {
    const t = tcp(stack);
    t.listen();
    t.in("S 0:0(0) <mss 1460>");
    t.out("S. 0:0(0) ack 1 win 65535 <mss 1460>");
    t.in(". 1:1(0) ack 1");
    t.accept();
    t.in("P. 1:11(10) ack 1");
    const { tcp: segment } = t.out(". 1:1(0) ack 11", { after: 100 });
    assert.ok((segment?.window ?? 0) > 65_000, "the window is not cut to a scaled one");
    t.read(10);
  },
);

script(
  "[SEQ-9] built without scaling it is neither offered nor agreed to",
  { ...RFC, settings: { NET_TCP_WINDOW_SCALE: false } },
  (stack) => {
    const t = tcp(stack);
    t.listen();
    t.in("S 0:0(0) win 1000 <mss 1460,nop,wscale 4>");
    const { tcp: segment } = t.out("S. 0:0(0) ack 1");
    assert.equal(segment && findOption(segment, "wscale"), undefined);
    t.in(". 1:1(0) ack 1 win 1000");
    t.accept();
    t.send(2000);
    t.out(". 1:1001(1000) ack 1");
    t.in(". 1:1(0) ack 1001 win 1000");
    t.out("P. 1001:2001(1000) ack 1");
    t.ack();
  },
);
