/** Connections that share fewer buffers and records than there are of them: nothing is lost, and the next one gets what another gives back. */
import assert from "node:assert/strict";
import { script } from "../../harness/script.js";
import { MSG_DONTWAIT } from "../../harness/socket-calls.js";
import type { Stack } from "../../harness/stack.js";
import { streamBytes, type TcpConversation, tcp } from "../../harness/tcp-conversation.js";
import { findOption, type TcpSegment } from "../../harness/tcp-segment.js";
import { FEW_RECORDS, ONE_BUFFER } from "./settings.js";

/** `count` connections to one listener. */
function several(stack: Stack, count: number): TcpConversation[] {
  const list: TcpConversation[] = [];
  for (let i = 0; i < count; i++) {
    const t = tcp(stack, { peerPort: 41_000 + i, arp: i === 0 });
    const first = list[0];
    if (first !== undefined) t.listener = first.listener;
    t.establish();
    list.push(t);
  }
  return list;
}

script(
  "one receive buffer for two: the second's data is refused until the first has been read",
  { settings: ONE_BUFFER },
  (stack) => {
    const [a, b] = several(stack, 2) as [TcpConversation, TcpConversation];
    a.in("P. 1:101(100) ack 1");
    a.out(". 1:1(0) ack 101", { after: 100 });
    b.in("P. 1:101(100) ack 1");
    b.out(". 1:1(0) ack 1");
    b.readError("EAGAIN");
    // A peer that tries again meanwhile hears the same.
    b.in("P. 1:101(100) ack 1");
    b.out(". 1:1(0) ack 1");
    a.read(100);
    b.in("P. 1:101(100) ack 1");
    b.read(100);
    b.out(". 1:1(0) ack 101", { within: 200 });
    a.in("P. 101:201(100) ack 1");
    a.read(100);
    a.out(". 1:1(0) ack 201", { within: 200 });
  },
);

script("one receive buffer for two: a FIN without data needs none", { settings: ONE_BUFFER }, (stack) => {
  const [a, b] = several(stack, 2) as [TcpConversation, TcpConversation];
  a.in("P. 1:101(100) ack 1");
  a.out(". 1:1(0) ack 101", { after: 100 });
  b.in("F. 1:1(0) ack 1");
  b.out(". 1:1(0) ack 2");
  b.readEnd();
  a.read(100);
});

script(
  "one receive buffer for two: FIN with data that finds none is taken when it comes again",
  { settings: ONE_BUFFER },
  (stack) => {
    const [a, b] = several(stack, 2) as [TcpConversation, TcpConversation];
    a.in("P. 1:101(100) ack 1");
    a.out(". 1:1(0) ack 101", { after: 100 });
    b.in("FP. 1:101(100) ack 1");
    b.out(". 1:1(0) ack 1");
    b.readError("EAGAIN");
    a.read(100);
    b.in("FP. 1:101(100) ack 1");
    b.out(". 1:1(0) ack 102");
    b.read(100);
    b.readEnd();
  },
);

script(
  "one send buffer for two: the second's send waits until the first's data is acknowledged",
  { settings: ONE_BUFFER },
  (stack) => {
    const [a, b] = several(stack, 2) as [TcpConversation, TcpConversation];
    a.send(100);
    a.out("P. 1:101(100) ack 1");
    assert.equal(
      stack.errno(() => stack.sendWith(b.fd, "x", MSG_DONTWAIT)),
      "EAGAIN",
    );
    const call = b.beginSend(200);
    assert.equal(call.done, false);
    stack.advance(500);
    assert.equal(call.done, false);
    a.in(". 1:1(0) ack 101");
    stack.advance(100);
    assert.equal(call.value(), 200);
    b.out("P. 1:201(200) ack 1");
    b.ack();
    a.send(10);
    a.out("P. 101:111(10) ack 1");
    a.ack();
  },
);

script(
  "one send buffer for two: the report of a duplicate that comes after everything was acknowledged does not keep it",
  { settings: ONE_BUFFER, rfc: "2883 §4" },
  (stack) => {
    const a = tcp(stack, { peerPort: 41_000 });
    a.establish({ sackOK: true });
    const b = tcp(stack, { peerPort: 41_001, arp: false });
    b.listener = a.listener;
    b.establish();
    a.send(100);
    a.out("P. 1:101(100) ack 1");
    a.ack();
    a.in(". 1:1(0) ack 101 <sack 1:101>");
    stack.expectNothing();
    b.send(100);
    b.out("P. 1:101(100) ack 1");
    b.ack();
  },
);

/** A peer that loses a part of what comes, and acknowledges what it has. */
function lossy(t: TcpConversation, options: { sack: boolean; loss: number; seed: number; bytes: number }): void {
  const { stack } = t;
  let seed = options.seed;
  const random = (): number => {
    seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
    return (seed >>> 8) / 2 ** 24;
  };
  const have = new Uint8Array(options.bytes + 2);
  let acked = 1;
  let written = 0;
  const started = stack.elapsed;
  const take = (segment: TcpSegment): void => {
    if (segment.payload.length === 0) return;
    if (random() < options.loss) return;
    const at = (segment.seq - t.iss) >>> 0;
    assert.deepEqual(segment.payload, streamBytes(at, segment.payload.length), `bytes at ${at}`);
    have.fill(1, at, at + segment.payload.length);
    while (have[acked] === 1) acked += 1;
    if (random() < options.loss) return;
    const blocks: string[] = [];
    if (options.sack) {
      for (let i = acked; i < have.length && blocks.length < 3; i++) {
        if (have[i] !== 1) continue;
        const left = i;
        while (have[i] === 1) i += 1;
        blocks.push(`${left}:${i}`);
      }
    }
    const stamp = findOption(segment, "TS");
    const list = [...(stamp ? ["TS val * ecr *"] : []), ...(blocks.length > 0 ? [`sack ${blocks.join(" ")}`] : [])];
    t.in(`. 1:1(0) ack ${acked} <${list.join(",")}>`);
  };
  while (acked <= options.bytes) {
    if (stack.elapsed - started > 3_600_000) stack.fail(`an hour for ${acked} of ${options.bytes} bytes`);
    while (written < options.bytes) {
      const data = streamBytes(written + 1, Math.min(1000, options.bytes - written));
      let count = 0;
      try {
        count = stack.sendWith(t.fd, data, MSG_DONTWAIT);
      } catch {
        break;
      }
      t.noteWritten(data.subarray(0, count));
      written += count;
    }
    stack.advance(20);
    for (const segment of t.takeSegments()) take(segment);
  }
}

for (const { sack, timestamps, mss, loss } of [
  { sack: false, timestamps: false, mss: 200, loss: 0.1 },
  { sack: true, timestamps: false, mss: 200, loss: 0.1 },
  { sack: true, timestamps: true, mss: 536, loss: 0.2 },
  { sack: false, timestamps: true, mss: 1460, loss: 0.3 },
  { sack: true, timestamps: true, mss: 64, loss: 0.02 },
]) {
  script(
    `fewer records than segments in flight: MSS ${mss}, ${loss * 100} % lost${sack ? ", SACK" : ""}${timestamps ? ", timestamps" : ""}`,
    { rfc: "6675", settings: FEW_RECORDS, variants: false },
    (stack) => {
      for (let seed = 1; seed <= 3; seed++) {
        const t = tcp(stack, { port: 8080 + seed, arp: seed === 1 });
        t.establish({ sackOK: sack, timestamps, mss });
        stack.setSocketOption(t.fd, "TCP_USER_TIMEOUT", 3_600_000);
        lossy(t, { sack, loss, seed, bytes: 30_000 });
        stack.takeSent();
        t.in("R *(0)");
        t.close();
        stack.close(t.listener);
      }
    },
  );
}
