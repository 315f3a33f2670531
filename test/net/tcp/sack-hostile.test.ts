/**
 * A peer that acknowledges at random: old and new numbers, blocks cut anywhere, windows that close, silence. Whatever it has said, once
 * it behaves again the stream goes on and comes to its end (RFC 2018 §8, attacks 104 and 105).
 */
import assert from "node:assert/strict";
import { SeededRandom } from "../../../runtime/node/random.js";
import { script } from "../../harness/script.js";
import { type TcpConversation, tcp } from "../../harness/tcp-conversation.js";

const BYTES = 40_000;
const STEPS = 150;

/** One ACK as a peer without sense may send it; `una` is the highest number it has acknowledged. */
function nonsense(t: TcpConversation, random: SeededRandom, una: number, sack: boolean): { text: string; ack: number } {
  const end = t.stackNext;
  const within = (): number => una + random.below(Math.max(1, end - una + 1));
  const kind = random.below(8);
  const ack = kind === 0 ? within() : kind === 1 ? una + 1000 * random.below(3) : una;
  const taken = Math.min(ack, end);
  const blocks: string[] = [];
  if (sack && random.below(4) > 0) {
    for (let i = random.below(4); i >= 0 && blocks.length < 3; i--) {
      const left = within();
      const right = random.below(3) === 0 ? within() : left + 1 + random.below(3000);
      blocks.push(`${left}:${right}`);
    }
  }
  const window = random.below(12) === 0 ? random.below(3) * 700 : 60_000 + random.below(2);
  const stamp = t.timestamps ? [`nop,nop,TS val * ecr ${random.below(2) === 0 ? "*" : random.below(5000)}`] : [];
  const options = [...stamp, ...(blocks.length > 0 ? [`sack ${blocks.join(" ")}`] : [])];
  const flags = random.below(10) === 0 ? ".E" : ".";
  return { text: `${flags} 1:1(0) ack ${taken} win ${window} <${options.join(",")}>`, ack: taken };
}

for (const [name, settings, options] of [
  ["RACK", {}, { sackOK: true }],
  ["RACK and timestamps", {}, { sackOK: true, timestamps: true }],
  ["four records", { NET_TCP_SEND_RECORDS: 4 }, { sackOK: true }],
  ["counting", { NET_TCP_RACK: false }, { sackOK: true }],
  ["without SACK", {}, { timestamps: true }],
  ["CUBIC and ECN", { NET_TCP_CUBIC_DEFAULT: true, NET_TCP_ECN: true }, { sackOK: true, ecn: true }],
] as const) {
  const all = { NET_TCP_SEND_BUFFER: BYTES, NET_TCP_SEND_RECORDS: 48, ...settings };
  script(
    `[ATK-105] acknowledgements at random, then a peer that behaves: ${name}`,
    { rfc: "CVE-2019-11478", settings: all, variants: false },
    (stack) => {
      for (let seed = 1; seed <= 12; seed++) {
        const random = new SeededRandom(seed);
        const t = tcp(stack, { peerPort: 40_000 + seed });
        if (seed > 1) t.listen(8080 + seed);
        t.establish({ mss: [1000, 1460, 200][seed % 3], ...options });
        if (seed % 2 === 0) stack.setSocketOption(t.fd, "TCP_NODELAY", 1);
        t.send(BYTES);
        let una = 1;
        let frames = 0;
        for (let step = 0; step < STEPS; step++) {
          if (random.below(3) === 0) t.advance(random.below(12) === 0 ? random.below(3000) : random.below(60));
          frames += t.takeSegments().length;
          const { text, ack } = nonsense(t, random, una, "sackOK" in options);
          una = Math.max(una, ack);
          t.in(text);
          frames += t.takeSegments().length;
        }
        assert.ok(frames < STEPS * 20, `${frames} frames for ${STEPS} acknowledgements`);
        // From here on it has what comes in order, and says so.
        const have = new Set<number>();
        let next = una;
        let silent = 0;
        t.in(`. 1:1(0) ack ${next} win 60000`);
        for (let i = 0; i < 2000 && next <= BYTES; i++) {
          const segments = t.takeSegments();
          silent = segments.length > 0 ? 0 : silent + 1;
          for (const { seq, payload } of segments) {
            const start = (seq - t.iss) >>> 0;
            for (let at = start; at < start + payload.length; at++) have.add(at);
          }
          while (have.has(next)) next += 1;
          if (segments.length > 0) t.in(`. 1:1(0) ack ${next} win 60000`);
          else t.advance(100);
          assert.ok(silent < 1300, `seed ${seed}: nothing for 130 s at ${next}`);
        }
        assert.equal(next, BYTES + 1, `seed ${seed}`);
        t.takeSegments();
        t.in(`. 1:1(0) ack ${BYTES + 1} win 60000`);
        t.abort();
        t.takeSegments();
        stack.close(t.listener);
      }
    },
  );
}
