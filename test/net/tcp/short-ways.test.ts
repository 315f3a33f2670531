/**
 * The short ways of opening and ending a connection (net/transport/tcp/input.ts): a SYN that has an MSS and nothing else, the ACK
 * that ends a handshake, a FIN alone, the ACK of our last FIN. What is nearly one of them goes the long way and means what it says,
 * and every datagram is counted once on either way.
 */
import assert from "node:assert/strict";
import { script } from "../../harness/script.js";
import { tcp } from "../../harness/tcp-conversation.js";

script(
  "[TCP-3] one word of options in a SYN: the MSS, or another option, whatever it is",
  { rfc: "9293 §3.2" },
  (stack) => {
    const t = tcp(stack);
    t.listen();
    const cases: readonly [string, number, string][] = [
      ["mss 600", 600, "mss 1460"],
      ["nop,wscale 7", 536, "mss 1460,wscale 0"],
      ["wscale 7,nop", 536, "mss 1460,wscale 0"],
      ["nop,nop,sackOK", 536, "mss 1460,sackOK"],
      ["eol", 536, "mss 1460"],
      ["nop,nop,nop,nop", 536, "mss 1460"],
      // An MSS of a wrong length is no MSS, and a length beyond the options ends the reading.
      ["raw 2 3 5 180", 536, "mss 1460"],
      ["raw 2 8 5 180", 536, "mss 1460"],
      ["raw 253 4 1 2", 536, "mss 1460"],
    ];
    for (const [index, [options, mss, answer]] of cases.entries()) {
      const each = tcp(stack, { peerPort: 41_000 + index, arp: false });
      each.listener = t.listener;
      each.in(`S 0:0(0) <${options}>`);
      each.out(`S. 0:0(0) ack 1 <${answer}>`);
      each.in(". 1:1(0) ack 1");
      each.accept();
      each.send(700);
      each.out(`${mss > 700 ? "P" : ""}. 1:${1 + mss}(${mss}) ack 1`);
      each.in(`R 1:1(0)`);
      each.readError("ECONNRESET");
      each.close();
    }
  },
);

script("[TCP-1] every single-bit error in a SYN with its MSS alone is caught", { variants: false }, (stack) => {
  const t = tcp(stack);
  t.listen();
  const good = t.frame("S 0:0(0) <mss 1460>");
  const before = stack.counter("ip_in");
  let damaged = 0;
  for (let bit = (14 + 20) * 8; bit < (14 + 20 + 24) * 8; bit++) {
    const frame = Uint8Array.from(good);
    frame[bit >> 3] ^= 0x80 >> (bit & 7);
    stack.inject(frame);
    damaged += 1;
  }
  t.quiet(1000);
  assert.equal(stack.counter("ip_in") - before, damaged);
  assert.equal(stack.counter("drop_tcp_checksum") + stack.counter("drop_tcp_malformed"), damaged);
  stack.inject(good);
  t.out("S. 0:0(0) ack 1");
  t.in("R 1:1(0)");
});

script("[EST-1] a SYN with its MSS alone means the same with PSH, with URG and with reserved bits", {}, (stack) => {
  const t = tcp(stack);
  t.listen();
  for (const [index, [flags, reserved]] of (
    [
      ["SP", 0],
      ["SU", 0],
      ["S", 1],
    ] as const
  ).entries()) {
    const each = tcp(stack, { peerPort: 41_000 + index, arp: false });
    each.in(`${flags} 0:0(0) <mss 600>`, { reserved });
    each.out("S. 0:0(0) ack 1 <mss 1460>");
    each.in("R 1:1(0)");
  }
});

script("[EST-1] a SYN from port 0 opens nothing, one again gets the same SYN-ACK", {}, (stack) => {
  const t = tcp(stack);
  t.listen();
  const zero = tcp(stack, { peerPort: 0, arp: false });
  zero.in("S 0:0(0) <mss 1460>");
  zero.quiet(500);
  t.in("S 0:0(0) <mss 1460>");
  t.out("S. 0:0(0) ack 1");
  t.in("S 0:0(0) <mss 1460>");
  t.out("S. 0:0(0) ack 1");
  t.in("R 1:1(0)");
});

script("a connection of a listener that was a client before: nothing of that is left in it", {}, (stack) => {
  const t = tcp(stack);
  const fd = stack.openTcp();
  stack.bind(fd, 8080);
  const call = stack.begin.connect(fd, t.peer.ip, t.peerPort);
  stack.world.settle();
  t.out("S 0:0(0)");
  // Retransmitted, so that a time-out is counted; then refused.
  t.advance(1000);
  t.out("S 0:0(0)");
  t.in("R. 0:0(0) ack 1");
  assert.equal(call.errno, "ECONNREFUSED");
  stack.listen(fd, 2);
  const next = tcp(stack, { peerPort: 41_000, arp: false });
  next.listener = fd;
  next.establish();
  next.send(100);
  next.out("P. 1:101(100) ack 1");
  // The first time-out of data is that of a connection that has lost nothing.
  next.out("P. 1:101(100) ack 1", { within: 1000 });
  next.ack();
  next.data(10);
  next.out(". 101:101(0) ack 11", { after: 100 });
  next.read(10);
});

script("[CLS-1] the ACK of the last FIN: not of another number, not with data, not outside the window", {}, (stack) => {
  const t = tcp(stack);
  t.establish();
  t.in("F. 1:1(0) ack 1");
  t.out(". 1:1(0) ack 2");
  t.readEnd();
  t.shutdown("wr");
  t.out("F. 1:1(0) ack 2");
  t.sendError("EPIPE");
  // The same ACK as before: the FIN has not come, and it is sent again.
  t.in(". 2:2(0) ack 1");
  t.sendError("EPIPE");
  stack.expectNothing();
  // An ACK of what was never sent is answered.
  t.in(". 2:2(0) ack 3");
  t.out(". 2:2(0) ack 2");
  t.in(". 2:2(0) ack 2", { checksum: "bad" });
  t.out("F. 1:1(0) ack 2", { within: 1000 });
  const before = stack.counter("ip_in");
  t.in(". 2:2(0) ack 2");
  assert.equal(stack.counter("ip_in"), before + 1);
  t.quiet(3000);
  t.sendError("EPIPE");
  t.readEnd();
  t.close();
});
