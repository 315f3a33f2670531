/** Keep-alive (RFC 9293 §3.8.4): the row DAT-14 of the checklist. */
import assert from "node:assert/strict";
import { script } from "../../harness/script.js";
import { type TcpConversation, tcp } from "../../harness/tcp-conversation.js";

const RFC = { rfc: "9293 §3.8.4", variants: false };
const HOUR = 3_600_000;

/** The next segment of the connection and the ms until it came; ARP in between does not count. */
function next(t: TcpConversation, limit: number): { text: string; after: number } {
  const start = t.stack.elapsed;
  t.stack.untilSent(limit);
  const [segment, ...rest] = t.takeSegments();
  assert.ok(segment !== undefined && rest.length === 0, "one segment");
  return { text: t.show(segment).replace(/ win .*/, ""), after: t.stack.elapsed - start };
}

/** Within half a percent, and not early by more than the clock's step. */
function about(after: number, expected: number): void {
  assert.ok(after >= expected - 10 && after <= expected * 1.005 + 20, `after ${after} ms, expected ${expected}`);
}

function options(t: TcpConversation, idle: number, interval: number, count: number): void {
  t.stack.setSocketOption(t.fd, "SO_KEEPALIVE", 1);
  t.stack.setSocketOption(t.fd, "TCP_KEEPIDLE", idle);
  t.stack.setSocketOption(t.fd, "TCP_KEEPINTVL", interval);
  t.stack.setSocketOption(t.fd, "TCP_KEEPCNT", count);
}

script("[DAT-14] off by default: three idle hours, a day", RFC, (stack) => {
  const t = tcp(stack);
  t.establish();
  t.quiet(3 * HOUR);
  t.quiet(24 * HOUR);
  t.data(10);
  t.read(10);
  assert.equal(next(t, 500).text, ". 1:1(0) ack 11");
});

script("[DAT-14] switched on: a probe after two hours, from before SND.NXT and without data", RFC, (stack) => {
  const t = tcp(stack);
  t.establish();
  stack.setSocketOption(t.fd, "SO_KEEPALIVE", 1);
  for (let round = 0; round < 3; round++) {
    const { text, after } = next(t, 3 * HOUR);
    assert.equal(text, ". 0:0(0) ack 1");
    about(after, 2 * HOUR);
    t.in(". 1:1(0) ack 1");
    stack.expectNothing();
  }
});

script("[DAT-14] no answer: several probes, then ETIMEDOUT", RFC, (stack) => {
  const t = tcp(stack);
  t.establish();
  options(t, 60, 10, 4);
  const waiting = stack.begin.recv(t.fd, 100);
  about(next(t, 100_000).after, 60_000);
  for (let probe = 2; probe <= 4; probe++) {
    const { text, after } = next(t, 20_000);
    assert.equal(text, ". 0:0(0) ack 1");
    about(after, 10_000);
    assert.equal(waiting.done, false);
  }
  stack.advance(10_100);
  assert.equal(waiting.errno, "ETIMEDOUT");
  // It may say good-bye, no more.
  for (const segment of t.takeSegments()) assert.match(segment.flags, /R/);
  t.quiet(HOUR);
});

script("[DAT-14] one lost probe or answer does not end the connection", RFC, (stack) => {
  const t = tcp(stack);
  t.establish();
  options(t, 60, 10, 4);
  next(t, 100_000);
  next(t, 20_000);
  next(t, 20_000);
  t.in(". 1:1(0) ack 1");
  const { after } = next(t, 100_000);
  about(after, 60_000);
  t.in(". 1:1(0) ack 1");
});

script("[DAT-14] the peer says that it knows no such connection", RFC, (stack) => {
  const t = tcp(stack);
  t.establish();
  options(t, 60, 10, 4);
  next(t, 100_000);
  t.in("R 1:1(0)");
  t.readError("ECONNRESET");
  t.quiet(HOUR);
});

script("[DAT-14] traffic in either direction puts the probe off", RFC, (stack) => {
  const t = tcp(stack);
  t.establish();
  options(t, 60, 10, 4);
  stack.advance(50_000);
  t.data(10);
  assert.equal(next(t, 500).text, ". 1:1(0) ack 11");
  t.read(10);
  stack.advance(50_000);
  stack.expectNothing();
  t.send(10);
  assert.equal(next(t, 10).text, "P. 1:11(10) ack 11");
  t.ack();
  const { text, after } = next(t, 100_000);
  assert.equal(text, ". 10:10(0) ack 11");
  assert.ok(after > 59_000, `after ${after} ms`);
  t.ack();
});

script("[DAT-14] while something is in flight there are no probes: that is sent again", RFC, (stack) => {
  const t = tcp(stack);
  t.establish();
  options(t, 5, 1, 3);
  t.send(100);
  assert.equal(next(t, 10).text, "P. 1:101(100) ack 1");
  for (let round = 0; round < 4; round++) assert.match(next(t, 20_000).text, /^P?\. 1:101\(100\)/);
  t.ack();
});

script("[DAT-14] switched off again nothing is sent", RFC, (stack) => {
  const t = tcp(stack);
  t.establish();
  options(t, 60, 10, 4);
  stack.advance(59_000);
  stack.setSocketOption(t.fd, "SO_KEEPALIVE", 0);
  t.quiet(HOUR);
});

script("[DAT-14] set on the listener, accepted connections have it", RFC, (stack) => {
  const t = tcp(stack);
  t.listen();
  t.fd = t.listener;
  options(t, 60, 10, 4);
  t.establish();
  const { text, after } = next(t, 100_000);
  assert.equal(text, ". 0:0(0) ack 1");
  about(after, 60_000);
  t.in(". 1:1(0) ack 1");
});

script(
  "[DAT-14] a peer's probe is answered, with and without its octet of garbage",
  { rfc: "9293 §3.8.4" },
  (stack) => {
    const t = tcp(stack);
    t.establish();
    t.in("P. 1:11(10) ack 1");
    t.out(". 1:1(0) ack 11", { after: 100 });
    t.read(10);
    t.in(". 10:10(0) ack 1");
    t.out(". 1:1(0) ack 11");
    t.in(". 10:11(1) ack 1", { payload: [0xee] });
    t.out(". 1:1(0) ack 11");
    t.readError("EAGAIN");
    t.quiet(1000);
  },
);

script("[DAT-14] after a half-close of either side as well", RFC, (stack) => {
  const theirs = tcp(stack);
  theirs.establish();
  options(theirs, 60, 10, 4);
  theirs.in("F. 1:1(0) ack 1");
  theirs.out(". 1:1(0) ack 2");
  theirs.readEnd();
  const closeWait = next(theirs, 100_000);
  assert.equal(closeWait.text, ". 0:0(0) ack 2");
  theirs.in("R 2:2(0)");
  stack.close(theirs.fd);
  const ours = tcp(stack, { port: 8081 });
  ours.establish();
  options(ours, 60, 10, 4);
  ours.shutdown();
  ours.out("F. 1:1(0) ack 1");
  ours.in(". 1:1(0) ack 2");
  const finWait2 = next(ours, 100_000);
  assert.equal(finWait2.text, ". 1:1(0) ack 1");
  ours.in(". 1:1(0) ack 2");
});

script(
  "[DAT-14] segments of a stranger do not keep a connection alive",
  { rfc: "9293 §3.8.4", variants: false },
  (stack) => {
    const t = tcp(stack);
    t.establish();
    options(t, 60, 10, 3);
    const waiting = stack.begin.recv(t.fd, 100);
    // Somebody else sends what cannot be the peer's: far outside the window, and silently dropped.
    for (let second = 0; second < 120 && !waiting.done; second++) {
      stack.advance(1000);
      t.in("R 900000:900000(0)");
      stack.takeSent();
    }
    assert.equal(waiting.done, true, "given up after 60 + 3 × 10 s");
    assert.equal(waiting.errno, "ETIMEDOUT");
  },
);
