/** Sequence numbers across 2^32 on both sides (RFC 9293 §3.4): the row DAT-18 of the checklist. */
import assert from "node:assert/strict";
import { script } from "../../harness/script.js";
import { MSG_DONTWAIT } from "../../harness/socket-calls.js";
import { streamBytes, tcp } from "../../harness/tcp-conversation.js";

const RFC = { rfc: "9293 §3.4", variants: false };

script("[DAT-18] a hundred thousand bytes each way, across the wrap of both numbers", RFC, (stack) => {
  const t = tcp(stack);
  t.establish({ iss: 0xffff_f000, sackOK: true, timestamps: true });
  let sent = 0;
  let received = 0;
  while (sent < 100_000 || received < 100_000) {
    // Out: two full segments, acknowledged together.
    const data = streamBytes(sent + 1, 2896);
    assert.equal(stack.sendWith(t.fd, data, MSG_DONTWAIT), 2896);
    t.noteWritten(data);
    t.out(`. *(1448) ack ${received + 1}`);
    t.out(`P. *(1448) ack ${received + 1}`);
    sent += 2896;
    t.ack();
    // In: the first of three comes last.
    const at = received + 1;
    t.in(`. ${at + 1448}(1448) ack *`);
    t.out(`. *(0) ack ${at} <TS val * ecr *,sack ${at + 1448}:${at + 2896}>`);
    t.in(`. ${at}(1448) ack *`);
    t.out(`. *(0) ack ${at + 2896} <TS val * ecr *>`);
    t.read(2896);
    stack.takeSent();
    received += 2896;
  }
  assert.ok((t.iss + sent) >>> 0 < t.iss, "our numbers have wrapped");
  assert.ok((t.irs + received) >>> 0 < t.irs, "the peer's numbers have wrapped");
});

script("[DAT-18] a loss at the wrap is repaired, with SACK blocks on both sides of it", RFC, (stack) => {
  const t = tcp(stack);
  t.establish({ iss: 0xffff_ff00, sackOK: true });
  // The first number of ours that is 0 is about 256 bytes on: in the first segment.
  t.send(5840);
  for (const at of [1, 1461, 2921]) t.out(`. ${at}(1460) ack 1`);
  t.out("P. 4381:5841(1460) ack 1");
  // The first is lost.
  t.in(". 1:1(0) ack 1 <sack 1461:2921>");
  t.in(". 1:1(0) ack 1 <sack 1461:4381>");
  t.in(". 1:1(0) ack 1 <sack 1461:5841>");
  stack.advance(300);
  const again = t.takeSegments();
  assert.ok(
    again.some(({ seq, payload }) => (seq - t.iss) >>> 0 === 1 && payload.length === 1460),
    "the lost one goes again",
  );
  assert.ok(
    again.every(({ seq }) => (seq - t.iss) >>> 0 < 1461),
    "and nothing else",
  );
  t.in(". 1:1(0) ack 5841");
  t.quiet(5000);
});

script("[DAT-18] window, challenge and RST around number 0", RFC, (stack) => {
  // The peer's byte 16 has number 0.
  const t = tcp(stack);
  t.establish({ iss: 0xffff_fff8 });
  t.in("P. 1:16(15) ack 1");
  t.read(15);
  t.out(". 1:1(0) ack 16", { after: 100 });
  // Outside, on both sides.
  t.in(". 15:15(0) ack 1");
  t.out(". 1:1(0) ack 16");
  t.in("R 15:15(0)");
  t.quiet(100);
  // In the window: challenged.
  t.in("R 17:17(0)");
  t.out(". 1:1(0) ack 16");
  // An old ACK, and one of what was not sent.
  t.send(20);
  t.out("P. 1:21(20) ack 16");
  t.in(". 16:16(0) ack 8");
  t.in(". 16:16(0) ack 21");
  t.in(". 16:16(0) ack 22");
  t.out(". 21:21(0) ack 16");
  t.in("P. 16:26(10) ack 21");
  t.read(10);
  t.out(". 21:21(0) ack 26", { after: 100 });
});

script("[DAT-18] closing while the FIN has number 0", RFC, (stack) => {
  const t = tcp(stack, { irs: 0xffff_ffff });
  t.establish();
  t.in("F. 1:1(0) ack 1");
  t.out(". 1:1(0) ack 2");
  t.readEnd();
  t.close();
  t.out("F. 1:1(0) ack 2");
  t.in(". 2:2(0) ack 2");
  t.quiet(3000);
});

script("[DAT-18] [ATK-128] retransmission, delayed ACK and TIME-WAIT while the clock wraps", {}, (stack) => {
  // The variants of a script begin 5 s before the clock wraps in one way or another.
  const t = tcp(stack);
  t.establish();
  for (let round = 0; round < 12; round++) {
    t.advance(300);
    t.data(10);
    t.out(`. *(0) ack ${t.peerNext}`, { after: 100 });
    t.read(10);
  }
  t.send(100);
  t.out("P. 1:101(100) ack *");
  t.out("P. 1:101(100) ack *", { after: 1000, tolerance: 20 });
  t.out("P. 1:101(100) ack *", { after: 2000, tolerance: 30 });
  t.ack();
  t.shutdown();
  t.out("F. 101:101(0) ack *");
  t.in("F. *(0) ack *");
  t.out(". 102:102(0) ack *");
  t.quiet(5000);
  t.in("F. 121:121(0) ack 102");
  t.out(". 102:102(0) ack 122");
  t.readEnd();
});
