/**
 * Which segments of a connection count: sequence number, window, ACK (RFC 9293 §3.4, §3.10.7.4): the rows SEQ-1, SEQ-2, SEQ-7, SEQ-8. RFC 5961 is in
 * challenge.test.ts, timestamps in timestamps.test.ts, window scaling in window-scale.test.ts.
 */
import assert from "node:assert/strict";
import { script } from "../../harness/script.js";
import { type TcpConversation, tcp } from "../../harness/tcp-conversation.js";

const RFC = { rfc: "9293 §3.10.7.4" };
/** CONFIG_NET_TCP_RECV_BUFFER, and so the largest window. */
const WINDOW = 5840;

/** A connection that has taken 4 bytes, so that there is an old byte to repeat: RCV.NXT 5, all of it read. */
function begin(t: TcpConversation): void {
  t.establish();
  t.in("P. 1:5(4) ack 1");
  t.read(4);
  t.out(". 1:1(0) ack 5", { after: 100 });
}

script("[SEQ-1] without data, with a window: RCV.NXT to the last byte of the window", RFC, (stack) => {
  const t = tcp(stack);
  begin(t);
  // Acceptable: nothing to say.
  for (const seq of [5, 6, 5 + WINDOW - 5]) {
    t.in(`. ${seq}:${seq}(0) ack 1`);
    t.quiet(600);
  }
  // Not acceptable: an ACK that says what is expected.
  for (const seq of [4, 1, -1000, 5 + 65_536, 0x4000_0000]) {
    t.in(`. ${seq}:${seq}(0) ack 1`);
    t.out(". 1:1(0) ack 5");
    t.quiet(1000);
  }
});

script("[SEQ-1] without data, at the right edge of the window", RFC, (stack) => {
  const t = tcp(stack);
  t.establish();
  const window = t.stack.config.int("NET_TCP_RECV_BUFFER");
  // The last byte of the window, and the place behind it, where a peer is that has filled the window (as Linux has it).
  for (const seq of [window, window + 1]) {
    t.in(`. ${seq}:${seq}(0) ack 1`);
    t.quiet(1000);
  }
  t.in(`. ${window + 2}:${window + 2}(0) ack 1`);
  t.out(`. 1:1(0) ack 1 win ${window}`);
});

script("[SEQ-1] the ACK of a peer that has filled the window and lost it is taken", RFC, (stack) => {
  const t = tcp(stack);
  t.establish();
  t.send(100);
  t.out("P. 1:101(100) ack 1");
  // Its window's worth of data never came: what it acknowledges counts all the same.
  t.in(`. ${1 + WINDOW}:${1 + WINDOW}(0) ack 101`);
  t.quiet(5000);
});

script("[SEQ-1] with data, with a window: its first or its last byte must lie in the window", RFC, (stack) => {
  const t = tcp(stack);
  begin(t);
  const edge = 1 + WINDOW;
  stack.fork(
    () => {
      // Only old bytes: dropped and acknowledged.
      t.in("P. 4:5(1) ack 1");
      t.out(". 1:1(0) ack 5");
      t.in("P. 1:5(4) ack 1");
      t.out(". 1:1(0) ack 5");
      t.quiet(500);
      t.readError("EAGAIN");
    },
    () => {
      // The first byte beyond the window.
      t.in(`P. ${edge + 4}:${edge + 5}(1) ack 1`);
      t.out(". 1:1(0) ack 5");
      t.in(`P. ${edge + 1000}:${edge + 2000}(1000) ack 1`);
      t.out(". 1:1(0) ack 5");
      t.quiet(500);
      t.readError("EAGAIN");
    },
    () => {
      // The last byte of the window alone: out of order, so it is acknowledged at once, and kept.
      t.in(`P. ${edge - 1}:${edge}(1) ack 1`);
      t.out(". 1:1(0) ack 5");
      t.quiet(500);
    },
    () => {
      t.in("P. 5:6(1) ack 1");
      t.out(". 1:1(0) ack 6", { after: 100 });
    },
  );
});

/** Fills the receive buffer of the stack: its window is 0, RCV.NXT is 1 + WINDOW. */
function fill(t: TcpConversation): void {
  for (let at = 1; at < 1 + WINDOW; at += 1460) t.in(`P. ${at}(1460) ack *`);
  t.stack.advance(600);
  const last = t.takeSegments().at(-1);
  assert.equal(last?.window, 0, "the last acknowledgement closes the window");
}

script("[SEQ-1] with a window of 0: only a segment without data exactly at RCV.NXT", RFC, (stack) => {
  const t = tcp(stack);
  t.establish();
  fill(t);
  const next = 1 + WINDOW;
  stack.fork(
    () => {
      t.in(`. ${next}:${next}(0) ack 1`);
      t.quiet(1000);
    },
    () => {
      for (const seq of [next - 1, next + 1, next + 1000]) {
        t.in(`. ${seq}:${seq}(0) ack 1`);
        t.out(`. 1:1(0) ack ${next} win 0`);
        t.quiet(1000);
      }
    },
    () => {
      // Data is never acceptable: a window probe is answered and not taken.
      for (const seq of [next, next - 1, next + 1]) {
        t.in(`P. ${seq}:${seq + 1}(1) ack 1`);
        t.out(`. 1:1(0) ack ${next} win 0`);
        t.quiet(1000);
      }
    },
  );
  t.read(WINDOW);
  t.out(`. 1:1(0) ack ${next}`); // told as soon as it is worth it
  t.readError("EAGAIN");
});

script("[SEQ-1] an unacceptable RST is dropped without an answer", RFC, (stack) => {
  const t = tcp(stack);
  begin(t);
  for (const seq of [4, 1, -1000, 5 + WINDOW, 0x7fff_0000]) {
    t.in(`R ${seq}:${seq}(0)`);
    t.in(`R. ${seq}:${seq}(0) ack 1`);
  }
  t.quiet(3000);
  t.data(10);
  t.read(10);
  t.out(". 1:1(0) ack 15", { after: 100 });
});

script("[SEQ-2] what was taken before is cut off", RFC, (stack) => {
  const t = tcp(stack);
  begin(t);
  t.in("P. 1:15(14) ack 1");
  t.read(10);
  t.readError("EAGAIN");
  t.out(". 1:1(0) ack 15");
  t.in("P. -5:20(25) ack 1");
  t.read(5);
  t.readError("EAGAIN");
  t.out(". 1:1(0) ack 20");
  t.quiet(500);
});

script("[SEQ-2] a byte that was taken is not taken again with other content", RFC, (stack) => {
  const t = tcp(stack);
  t.establish();
  t.in("P. 1:5(4) ack 1");
  t.in("P. 1:9(8) ack 1", { payload: "XXXXgood" });
  t.readBytes([1, 2, 3, 4, ...Buffer.from("good")]);
  stack.advance(500);
  assert.equal((t.takeSegments().at(-1)?.ack ?? 0) - ((t.irs + 9) >>> 0), 0);
});

script("[SEQ-2] what lies beyond the window is cut off, a FIN behind it too", RFC, (stack) => {
  const t = tcp(stack);
  t.establish();
  const left = 1000;
  for (let at = 1; at < 1 + WINDOW - left; at += 1210) t.in(`P. ${at}(1210) ack 1`);
  stack.advance(600);
  assert.equal(t.takeSegments().at(-1)?.window, left);
  // 1000 fit, 1010 come.
  const first = 1 + WINDOW - left;
  t.in(`FP. ${first}(1010) ack 1`);
  stack.advance(600);
  const last = t.takeSegments().at(-1);
  assert.equal(last && (last.ack - t.irs) >>> 0, 1 + WINDOW);
  assert.equal(last?.window, 0);
  t.read(WINDOW);
  t.readError("EAGAIN");
  t.out(`. 1:1(0) ack ${1 + WINDOW}`);
  // They come again, and the FIN with them.
  t.in(`FP. ${1 + WINDOW}:5851(10) ack 1`);
  t.out(". 1:1(0) ack 5852");
  t.read(10);
  t.readEnd();
});

script("[SEQ-7] a segment without ACK, RST or SYN is dropped, with and without data", RFC, (stack) => {
  const t = tcp(stack);
  t.establish();
  for (const flags of ["-", "P", "F", "FP", "U", "FPU"]) {
    t.in(`${flags} 1:1(0)`);
    t.in(`${flags} 1:11(10)`);
  }
  t.quiet(3000);
  t.readError("EAGAIN");
  t.in("P. 1:11(10) ack 1");
  t.read(10);
  t.out(". 1:1(0) ack 11", { after: 100 });
});

script("[SEQ-8] an old acknowledgement is ignored; data that comes with it is taken", RFC, (stack) => {
  const t = tcp(stack);
  t.establish();
  t.send(1000);
  t.out("P. 1:1001(1000) ack 1");
  t.ack();
  t.send(500);
  t.out("P. 1001:1501(500) ack 1");
  t.in(". 1:1(0) ack 1");
  t.in(". 1:1(0) ack 500");
  t.quiet(500);
  t.in("P. 1:11(10) ack 500");
  t.read(10);
  t.out(". 1501:1501(0) ack 11", { within: 100 });
  t.in(". 11:11(0) ack 1501");
  t.quiet(3000);
});

script("[SEQ-8] a segment that was sent earlier does not set the window back", RFC, (stack) => {
  const t = tcp(stack);
  t.establish({ window: 5000 });
  t.in("P. 1:11(10) ack 1 win 4000");
  // An older one overtaken by it (SND.WL1): 100 would be its window.
  t.in(". 1:1(0) ack 1 win 100");
  t.read(10);
  stack.advance(600);
  stack.takeSent();
  t.send(4100);
  let sent = 0;
  for (const segment of t.takeSegments()) sent += segment.payload.length;
  assert.equal(sent, 2920, "the full segments that the later window allows");
  t.ack();
  stack.advance(300);
  stack.takeSent();
  t.ack();
});

script("[SEQ-8] with the same sequence number the later acknowledgement has the window", RFC, (stack) => {
  const t = tcp(stack);
  t.establish({ window: 5000 });
  t.send(2000);
  t.out(". 1:1461(1460) ack 1");
  t.in(". 1:1(0) ack 1461 win 3000");
  t.out("P. 1461:2001(540) ack 1");
  // SND.WL2: this one left the peer earlier.
  t.in(". 1:1(0) ack 1 win 10");
  t.in(". 1:1(0) ack 2001 win 3000");
  t.in(". 1:1(0) ack 1461 win 10");
  t.send(1460);
  t.out("P. 2001:3461(1460) ack 1");
  t.ack();
});

script("[SEQ-8] an old acknowledgement does not change the window, whatever its sequence number", RFC, (stack) => {
  const t = tcp(stack);
  t.establish({ window: 5000 });
  t.send(1000);
  t.out("P. 1:1001(1000) ack 1");
  t.in(". 1:1(0) ack 1001 win 5000");
  // SND.UNA =< SEG.ACK does not hold.
  t.in(". 100:100(0) ack 900 win 0");
  t.send(1000);
  t.out("P. 1001:2001(1000) ack 1");
  t.ack();
});
