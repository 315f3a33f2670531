/** The TCP header: checksum, data offset, reserved bits (RFC 9293 §3.1): the rows TCP-1, TCP-2, TCP-10 of the checklist. */
import { script } from "../../harness/script.js";
import type { Stack } from "../../harness/stack.js";
import { tcp } from "../../harness/tcp-conversation.js";

const RFC = { rfc: "9293 §3.1" };

/** Nothing is half-open and nothing came of it: a handshake still works. */
function stillListens(stack: Stack): void {
  stack.expectNothing();
  const t = tcp(stack, { peerPort: 40_999, arp: false });
  t.port = 8080;
  t.in("S 0:0(0) <mss 1460>");
  t.out("S. 0:0(0) ack 1");
  t.in("R 1:1(0)");
}

script("[TCP-1] a SYN with a wrong checksum is dropped silently", RFC, (stack) => {
  const t = tcp(stack);
  t.listen();
  for (const checksum of ["bad", "none", 0xffff] as const) t.in("S 0:0(0) <mss 1000>", { checksum });
  t.quiet(3000);
  stillListens(stack);
});

script("[TCP-1] a segment to a closed port with a wrong checksum is not answered", RFC, (stack) => {
  const t = tcp(stack);
  for (const flags of ["S", ".", "FP."]) t.in(`${flags} 0:0(0) ack 1`, { checksum: "bad" });
  t.quiet(1000);
});

script("[TCP-1] data with a wrong checksum is neither taken nor acknowledged, at every length", RFC, (stack) => {
  const t = tcp(stack);
  t.establish();
  for (const length of [1, 2, 3, 4, 5, 63, 64, 65, 1459, 1460]) t.in(`P. 1(${length}) ack 1`, { checksum: "bad" });
  t.quiet(1000);
  t.readError("EAGAIN");
  // Nothing has moved: the same bytes are taken when they are right.
  t.in("P. 1:11(10) ack 1");
  t.read(10);
  t.out(". 1:1(0) ack 11", { after: 100 });
});

script("[TCP-1] every single-bit error in a segment is caught", { variants: false }, (stack) => {
  const t = tcp(stack);
  t.establish();
  const good = t.frame("P. 1:9(8) ack 1");
  for (let bit = (14 + 20) * 8; bit < (14 + 20 + 20 + 8) * 8; bit++) {
    const frame = Uint8Array.from(good);
    frame[bit >> 3] ^= 0x80 >> (bit & 7);
    stack.inject(frame);
  }
  t.quiet(1000);
  t.readError("EAGAIN");
  stack.inject(good);
  t.read(8);
  stack.untilSent(500);
  t.out(". 1:1(0) ack 9");
});

script("[TCP-1] what is sent has a right checksum, at every length modulo 4 and with options", RFC, (stack) => {
  // The harness verifies the checksum of every frame of the stack; here: that there are segments of all kinds.
  for (const [index, timestamps] of [false, true].entries()) {
    const t = tcp(stack, { port: 8080 + index });
    t.establish({ timestamps });
    for (const length of [1, 2, 3, 4, 5, 63, 64, 65, 1447, 1448]) {
      t.send(length);
      t.out(`P. *(${length}) ack 1`);
      t.ack();
    }
  }
});

script("[TCP-2] a data offset below 5 is dropped silently", RFC, (stack) => {
  const t = tcp(stack);
  t.listen();
  for (let dataOffset = 0; dataOffset < 5; dataOffset++) {
    t.in("S 0:0(0)", { dataOffset });
    t.in(". 0:0(0) ack 5", { dataOffset });
    t.in("R 0:0(0)", { dataOffset });
    t.in("P. 0:20(20) ack 5", { dataOffset });
  }
  t.quiet(3000);
  stillListens(stack);
});

script("[TCP-2] [ATK-59] [ATK-79] a data offset beyond the segment is dropped silently", RFC, (stack) => {
  const t = tcp(stack);
  t.listen();
  for (let dataOffset = 6; dataOffset <= 15; dataOffset++) {
    t.in("S 0:0(0)", { dataOffset });
    t.in(". 0:0(0) ack 5", { dataOffset });
    t.in("P. 0:3(3) ack 5", { dataOffset });
  }
  t.quiet(3000);
  stillListens(stack);
});

script("[TCP-2] on a connection such a segment does nothing", RFC, (stack) => {
  const t = tcp(stack);
  t.establish();
  for (const flags of [".", "P.", "F.", "R", "R.", "S"]) {
    for (const dataOffset of [0, 1, 2, 3, 4, 6, 15]) t.in(`${flags} 1:3(2) ack 1`, { dataOffset });
  }
  t.quiet(3000);
  t.readError("EAGAIN");
  t.in("P. 1:5(4) ack 1");
  t.read(4);
  t.out(". 1:1(0) ack 5", { after: 100 });
});

script("[TCP-2] all 40 bytes of options may be there, with data behind them", RFC, (stack) => {
  const t = tcp(stack);
  t.establish();
  const nops = Array.from({ length: 40 }, () => "nop").join(",");
  t.in(`P. 1:101(100) ack 1 <${nops}>`);
  t.read(100);
  t.out(". 1:1(0) ack 101", { after: 100 });
});

script("[ATK-59] [ATK-12] segments of 0 to 19 bytes are dropped", RFC, (stack) => {
  const t = tcp(stack);
  t.listen();
  const whole = t.frame("S 0:0(0)").subarray(34, 54);
  for (let length = 0; length < 20; length++) {
    stack.inject(stack.peer.ipv4({ protocol: 6 }, whole.subarray(0, length)));
  }
  t.quiet(3000);
  stillListens(stack);
});

script("[TCP-10] reserved bits are ignored when they come in, and are 0 in what is sent", RFC, (stack) => {
  // That all segments of the stack have them 0 is a check of the harness.
  const t = tcp(stack);
  t.listen();
  t.in("S 0:0(0) <mss 1460>", { reserved: 15 });
  t.out("S. 0:0(0) ack 1 <mss 1460>");
  t.in(". 1:1(0) ack 1", { reserved: 5 });
  t.accept();
  t.in("P. 1:11(10) ack 1", { reserved: 10 });
  t.read(10);
  t.out(". 1:1(0) ack 11", { after: 100 });
  t.send(7);
  t.out("P. 1:8(7) ack 11");
  t.in("F. 11:11(0) ack 8", { reserved: 1 });
  t.out(". 8:8(0) ack 12");
  t.readEnd();
});
