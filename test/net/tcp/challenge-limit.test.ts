/** How many challenge ACKs go out: the row SEQ-6, the attack 106. In ESTABLISHED, SYN-RECEIVED and TIME-WAIT. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { compileCore } from "../../harness/compile.js";
import { script } from "../../harness/script.js";
import { Stack } from "../../harness/stack.js";
import { type TcpConversation, tcp } from "../../harness/tcp-conversation.js";

/** CONFIG_NET_TCP_CHALLENGE_ACKS and the limits that follow from it. */
const AVERAGE = 10;
const LEAST = AVERAGE / 2;
const MOST = (3 * AVERAGE) / 2;
/** Longer than a period of the limit (2^20 µs), ms. */
const PERIOD = 1048.576;

/** How many of `count` copies of a segment are answered with an ACK, all at one moment. */
function answers(t: TcpConversation, segment: string, count: number): number {
  t.stack.expectNothing();
  const frame = t.frame(segment);
  for (let i = 0; i < count; i++) t.stack.inject(frame);
  const sent = t.stack.takeSent();
  for (const { packet } of sent) {
    assert.equal(packet.tcp?.flags, ".");
    assert.equal(packet.tcp?.payload.length, 0);
  }
  return sent.length;
}

interface Place {
  readonly name: string;
  readonly enter: (t: TcpConversation) => void;
  /** A segment that is challenged there. */
  readonly segments: readonly string[];
}

const PLACES: readonly Place[] = [
  {
    name: "ESTABLISHED",
    enter: (t) => void t.establish(),
    segments: ["R 100:100(0)", "S 100:100(0)", ". 1:1(0) ack 1000000"],
  },
  {
    name: "SYN-RECEIVED",
    enter: (t) => {
      t.listen();
      t.in("S 0:0(0) <mss 1460>");
      t.out("S. 0:0(0) ack 1");
    },
    segments: ["R 100:100(0)", "S 100:100(0)", ". 100000:100000(0) ack 1"],
  },
  {
    name: "TIME-WAIT",
    enter: (t) => {
      t.establish();
      t.close();
      t.out("F. 1:1(0) ack 1");
      t.in("F. 1:1(0) ack 2");
      t.out(". 2:2(0) ack 2");
    },
    segments: ["S 1:1(0)", ". 100000:100000(0) ack 2", ". 2:2(0) ack 1000000"],
  },
];

for (const { name, enter, segments } of PLACES) {
  script(`[SEQ-6] [ATK-106] a connection in ${name} answers only so many a second`, { rfc: "5961 §7" }, (stack) => {
    const t = tcp(stack);
    enter(t);
    // The end of a period that began with the handshake.
    stack.advance(PERIOD);
    stack.takeSent();
    const limits: number[] = [];
    for (let i = 0; i < 12; i++) {
      const count = answers(t, segments[i % segments.length], 100);
      assert(count >= LEAST && count <= MOST, `${count} challenges`);
      limits.push(count);
      // None is left for another kind.
      assert.equal(answers(t, segments[(i + 1) % segments.length], 20), 0);
      stack.advance(PERIOD);
      stack.takeSent(); // a SYN-ACK may come again
    }
    assert(new Set(limits).size > 2, `the limit hardly changes: ${limits}`);
    assert(stack.counter("tcp_challenges_held") > 1000);
    if (name !== "ESTABLISHED") return;
    t.abort();
    t.out("R. 1:1(0) ack 1");
  });
}

script(
  "[SEQ-6] [ATK-106] what one connection has used tells another one nothing",
  { rfc: "5961 §7", settings: { NET_MAX_CONTEXTS: 12, ZVFS_OPEN_MAX: 16 } },
  (stack) => {
    const victim = tcp(stack);
    victim.establish();
    const spies = [1, 2, 3, 4, 5].map((i) => {
      const t = tcp(stack, { peerPort: 41_000 + i, arp: false });
      t.listener = victim.listener;
      t.establish();
      return t;
    });
    // The same moments twice: in one the victim is challenged to its limit, in the other it is not.
    const count = (): number[] => spies.map((t) => answers(t, "R 100:100(0)", 50));
    const here = stack.snapshot();
    const quiet = count();
    stack.restore(here);
    answers(victim, "R 100:100(0)", 500);
    assert.deepEqual(count(), quiet);
    assert(new Set(quiet).size > 1, `all spies have the same limit: ${quiet}`);
    stack.restore(here);
  },
);

test("[SEQ-6] the limits of another start are others", async () => {
  const compiled = await compileCore();
  const limits = (seed: number): number[] => {
    const stack = new Stack(compiled, { seed });
    const t = tcp(stack);
    t.establish();
    return Array.from({ length: 10 }, () => {
      stack.advance(PERIOD);
      return answers(t, "R 100:100(0)", 50);
    });
  };
  assert.deepEqual(limits(1), limits(1));
  assert.notDeepEqual(limits(1), limits(2));
});

script("[SEQ-6] a real peer that has begun anew is told within a second", { rfc: "5961 §4.2" }, (stack) => {
  const t = tcp(stack);
  t.establish();
  answers(t, "S 100:100(0)", 100);
  stack.advance(2 * PERIOD);
  t.in("S 5000:5000(0)");
  t.out(". 1:1(0) ack 1");
  t.in("R 1:1(0)");
  t.readError("ECONNRESET");
});
