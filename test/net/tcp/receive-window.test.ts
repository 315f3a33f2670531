/** The window that the stack offers, and what it makes of the peer's (RFC 9293 §3.8.6): the rows DAT-7, DAT-9, DAT-12. */
import assert from "node:assert/strict";
import { script } from "../../harness/script.js";
import type { Stack } from "../../harness/stack.js";
import { type TcpConversation, tcp } from "../../harness/tcp-conversation.js";
import { LARGE_BUFFERS } from "./settings.js";

/** CONFIG_NET_TCP_RECV_BUFFER. */
const BUFFER = 5840;

/** Fills the receive buffer: RCV.NXT is 1 + BUFFER then. */
function fill(t: TcpConversation): void {
  for (let at = 1; at < 1 + BUFFER; at += 1460) t.in(`. ${at}(1460) ack *`);
  t.stack.advance(600);
  const last = t.takeSegments().at(-1);
  assert.equal(last && (last.ack - t.irs) >>> 0, 1 + BUFFER);
  assert.equal(last?.window, 0);
}

script("[DAT-7] a window of 0 stays 0 until a segment's worth has been read", { rfc: "9293 §3.8.6.2.2" }, (stack) => {
  const t = tcp(stack);
  t.establish();
  fill(t);
  let read = 0;
  for (; read < 1459; read += 1) {
    if (read === 10) {
      // A probe in between hears of no small window either.
      t.in(`P. ${1 + BUFFER}(1) ack 1`);
      t.out(`. 1:1(0) ack ${1 + BUFFER} win 0`);
    }
    t.read(1);
    stack.expectNothing();
  }
  t.quiet(10_000);
  // Whatever comes next: the window that is told is worth a segment, and told by the time two could be sent.
  while (read < 2920) {
    t.read(1);
    read += 1;
    const update = t.takeSegments().at(-1);
    if (update === undefined) continue;
    assert.equal(update.flags, ".");
    assert.ok(update.window >= 1460, `a window of ${update.window}`);
    return;
  }
  stack.fail(`${read} bytes were read and the window is still 0`);
});

script(
  "[DAT-7] reading in small pieces: the window grows in steps of a segment or half the buffer",
  { rfc: "9293 §3.8.6.2.2" },
  (stack) => {
    const t = tcp(stack);
    t.establish();
    fill(t);
    let window = 0;
    let updates = 0;
    for (let read = 0; read < BUFFER; read += 10) {
      t.read(10);
      for (const update of t.takeSegments()) {
        assert.ok(update.window - window >= 1460, `from ${window} to ${update.window}`);
        window = update.window;
        updates += 1;
      }
    }
    assert.ok(updates >= 1 && updates <= 4, `${updates} updates`);
  },
);

script("[DAT-7] a probe after a segment's worth has been read hears of it", { rfc: "9293 §3.8.6.2.2" }, (stack) => {
  const t = tcp(stack);
  t.establish();
  fill(t);
  t.read(1500);
  stack.takeSent();
  t.in(`P. ${1 + BUFFER}(1) ack 1`);
  stack.advance(500);
  const answer = t.takeSegments().at(-1);
  assert.ok(answer !== undefined && answer.window >= 1400, `a window of ${answer?.window}`);
});

script("[DAT-7] with a small buffer (SO_RCVBUF) half of it is enough", { rfc: "9293 §3.8.6.2.2" }, (stack) => {
  const t = tcp(stack);
  t.listen();
  stack.setSocketOption(t.listener, "SO_RCVBUF", 1000);
  const size = stack.getSocketOption(t.listener, "SO_RCVBUF");
  t.in("S 0:0(0) <mss 1460>");
  t.out(`S. 0:0(0) ack 1 win ${size}`);
  t.in(". 1:1(0) ack 1");
  t.accept();
  t.in(`. 1(${size}) ack 1`);
  stack.advance(600);
  assert.equal(t.takeSegments().at(-1)?.window, 0);
  t.read(Math.floor(size / 2) - 1);
  t.quiet(1000);
  t.read(2);
  const update = t.takeSegments().at(-1);
  assert.ok(update !== undefined && update.window >= size / 2, `a window of ${update?.window}`);
});

/** A mixture of everything that moves the window; the harness holds its right edge against every segment sent. */
function moveWindow(stack: Stack, buffer: number, wscale?: number): void {
  const t = tcp(stack);
  t.establish({ sackOK: true, wscale });
  let at = 1;
  let unread = 0;
  let seed = 12_345;
  const random = (limit: number): number => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
    return (seed >>> 8) % limit;
  };
  for (let round = 0; round < 2000; round++) {
    const what = random(buffer > BUFFER ? 8 : 4);
    if (what === 1 && unread > 0) {
      const length = 1 + random(Math.min(unread, 60_000));
      t.read(length);
      unread -= length;
    } else if (what === 2) {
      t.in(`. ${at + 1 + random(1000)}(${1 + random(100)}) ack *`);
    } else if (what === 3) {
      t.advance(random(300));
    } else {
      const length = Math.min(1 + random(1460), buffer - unread);
      if (length === 0) continue;
      t.in(`P. ${at}(${length}) ack *`);
      stack.advance(150);
      t.takeSegments();
      const taken = t.acknowledged - at;
      if (taken > 0) {
        at += taken;
        unread += taken;
      }
    }
    stack.takeSent();
  }
  assert.ok(at > 200_000, `${at} bytes came through`);
}

script(
  "[DAT-9] the right edge of our window never goes back, however the application reads",
  { rfc: "9293 §3.8.6", variants: false },
  (stack) => moveWindow(stack, BUFFER),
);

script(
  "[DAT-9] nor with a large buffer and window scaling",
  { rfc: "7323 §2.4", variants: false, settings: LARGE_BUFFERS },
  (stack) => moveWindow(stack, 200_000, 0),
);

script(
  "[DAT-9] nor with a large buffer that the peer can see only a part of",
  { variants: false, settings: LARGE_BUFFERS },
  (stack) => moveWindow(stack, 200_000),
);

/** Makes `option` smaller on a connection. */
function makeSmaller(stack: Stack, option: string): void {
  const t = tcp(stack);
  t.establish({ sackOK: true });
  stack.setSocketOption(t.fd, option, 1024);
  // All of the 5,840 that the SYN-ACK offered, the last first.
  for (const at of [4381, 2921, 1461, 1]) t.in(`. ${at}(1460) ack 1`);
  stack.advance(300);
  const last = t.takeSegments().at(-1);
  assert.equal(last && (last.ack - t.irs) >>> 0, 5841);
  t.read(5840);
  stack.advance(1000);
  const update = t.takeSegments().at(-1);
  assert.ok(
    update !== undefined && update.window > 0 && update.window <= 1460,
    `a window of ${update?.window} from then on`,
  );
  t.in(`. 5841(${update.window}) ack 1`);
  stack.advance(300);
  stack.takeSent();
  t.read(update.window);
  stack.advance(300);
  stack.takeSent();
}

script(
  "[DAT-9] SO_RCVBUF made smaller on a connection takes nothing back that was offered",
  { rfc: "9293 §3.8.6" },
  (stack) => makeSmaller(stack, "SO_RCVBUF"),
);

script("[DAT-9] nor does TCP_WINDOW_CLAMP", { rfc: "9293 §3.8.6" }, (stack) => makeSmaller(stack, "TCP_WINDOW_CLAMP"));

script(
  "[DAT-9] a peer that shrinks its window: nothing beyond it is sent, and what was sent is kept",
  { rfc: "9293 §3.8.6" },
  (stack) => {
    const t = tcp(stack);
    t.establish({ window: 5840 });
    t.send(5840);
    for (const at of [1, 1461, 2921]) t.out(`. ${at}(1460) ack 1`);
    t.out("P. 4381:5841(1460) ack 1");
    // 1460 arrived; the window is 0 now: the rest lies beyond it.
    t.in(". 1:1(0) ack 1461 win 0");
    t.quiet(200);
    // What lies beyond the window goes out again, not faster than the time-out says, until it is acknowledged.
    let again = 0;
    for (let second = 0; second < 20; second++) {
      stack.advance(1000);
      for (const segment of t.takeSegments()) {
        assert.equal((segment.seq - t.iss) >>> 0, 1461, t.show(segment));
        again += 1;
      }
      t.in(". 1:1(0) ack 1461 win 0");
    }
    assert.ok(again >= 3 && again <= 10, `${again} times in 20 s`);
    // The window opens again: everything gets there.
    t.in(". 1:1(0) ack 1461 win 5840");
    for (let round = 0; round < 20; round++) {
      stack.advance(1000);
      t.takeSegments();
      t.ack();
    }
    t.quiet(5000);
    t.send(10);
    t.out("P. 5841:5851(10) ack 1");
    t.ack();
  },
);

script(
  "[DAT-9] shrunk to part of what is in flight, the acknowledgements are taken as they come",
  { rfc: "9293 §3.8.6" },
  (stack) => {
    const t = tcp(stack);
    t.establish({ window: 5840 });
    t.send(4380);
    for (const at of [1, 1461]) t.out(`. ${at}(1460) ack 1`);
    t.out("P. 2921:4381(1460) ack 1");
    t.in(". 1:1(0) ack 1 win 1000");
    t.in(". 1:1(0) ack 1461 win 500");
    t.in(". 1:1(0) ack 4381 win 5840");
    t.quiet(5000);
    t.send(1460);
    t.out("P. 4381:5841(1460) ack 1");
    t.ack();
  },
);

script(
  "[DAT-12] with our window at 0 the peer's acknowledgements and windows are taken",
  { rfc: "9293 §3.8.6 (MUST-66)" },
  (stack) => {
    const t = tcp(stack);
    t.establish();
    fill(t);
    const next = 1 + BUFFER;
    t.send(1000);
    t.out(`P. 1:1001(1000) ack ${next} win 0`);
    t.in(`. ${next}:${next}(0) ack 1001`);
    t.quiet(5000);
    // On a segment whose data there is no room for, too.
    t.send(500);
    t.out(`P. 1001:1501(500) ack ${next} win 0`);
    t.in(`P. ${next}(100) ack 1501 win 1460`);
    t.out(`. 1501:1501(0) ack ${next} win 0`);
    t.quiet(5000);
    t.send(2000);
    t.out(`. 1501:2961(1460) ack ${next}`);
    t.in(`. ${next}:${next}(0) ack 2961 win 65535`);
    t.out(`P. 2961:3501(540) ack ${next}`);
    t.in(`. ${next}:${next}(0) ack 3501`);
  },
);

script("[DAT-12] with our window at 0 a RST resets", { rfc: "9293 §3.8.6 (MUST-66)" }, (stack) => {
  const t = tcp(stack);
  t.establish();
  fill(t);
  t.in(`R. ${1 + BUFFER}(0) ack 1`);
  stack.expectNothing();
  t.in(`. ${1 + BUFFER}(0) ack 1`);
  t.out("R 1:1(0)");
});

script("[DAT-12] with our window at 0 urgent data is announced", { rfc: "9293 §3.8.6 (MUST-66)" }, (stack) => {
  const t = tcp(stack);
  t.establish();
  fill(t);
  const selected = stack.begin.select([], [], 5_000_000, [t.fd]);
  assert.equal(selected.done, false);
  t.in(`U. ${1 + BUFFER}(0) ack 1 urg 1`);
  stack.advance(10);
  assert.deepEqual(selected.value().except, [t.fd]);
  stack.takeSent();
});
