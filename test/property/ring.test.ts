/** The datagram ring, through the socket calls, against a queue with the same rule for what fits. */
import assert from "node:assert/strict";
import { before, test } from "node:test";
import fc from "fast-check";
import { pattern } from "../harness/bytes.js";
import { type CompiledCore, compileCore } from "../harness/compile.js";
import { MSG_DONTWAIT, MSG_PEEK, MSG_TRUNC } from "../harness/socket-calls.js";
import { Stack } from "../harness/stack.js";

const RECORD = 12;

/**
 * The rule: a datagram takes 12 bytes and its payload in whole words, in one piece. It goes behind the youngest, or, when it
 * does not fit there before the end, to the beginning; it may never reach the oldest one (an equal position is "full").
 * An empty ring begins at 0.
 */
class RingModel {
  readonly queue: { id: number; size: number; from: number; to: number }[] = [];
  dropped = 0;

  constructor(private readonly capacity: number) {}

  add(id: number, size: number): boolean {
    const need = RECORD + Math.ceil(size / 4) * 4;
    const from = this.place(need);
    if (from === undefined) this.dropped++;
    else this.queue.push({ id, size, from, to: from + need });
    return from !== undefined;
  }

  private place(need: number): number | undefined {
    const oldest = this.queue[0];
    const youngest = this.queue[this.queue.length - 1];
    if (oldest === undefined) return need <= this.capacity ? 0 : undefined;
    if (youngest.to <= oldest.from) return youngest.to + need < oldest.from ? youngest.to : undefined; // wrapped
    if (youngest.to + need <= this.capacity) return youngest.to;
    return need < oldest.from ? 0 : undefined;
  }
}

type Step =
  | { readonly kind: "arrive"; readonly size: number; readonly broken: boolean }
  | { readonly kind: "read"; readonly length: number; readonly flags: number }
  | { readonly kind: "wait" };

const size = fc.oneof(
  { weight: 5, arbitrary: fc.integer({ min: 0, max: 300 }) },
  { weight: 3, arbitrary: fc.integer({ min: 300, max: 1472 }) },
  { weight: 1, arbitrary: fc.constantFrom(0, 1, 3, 4, 1472) },
);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant("arrive" as const),
      size,
      broken: fc.integer({ min: 0, max: 9 }).map((value) => value === 0),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("read" as const),
      length: fc.constantFrom(2048, 2048, 100, 0),
      flags: fc.constantFrom(0, 0, 0, MSG_PEEK, MSG_TRUNC),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: "wait" as const }) },
);

function run(compiled: CompiledCore, steps: readonly Step[]): { dropped: number; wrapped: boolean } {
  const stack = new Stack(compiled);
  stack.arpResolve();
  const fd = stack.openUdp();
  stack.bind(fd, 7);
  const model = new RingModel(compiled.config.int("NET_SOCKETS_UDP_RCVBUF"));
  let id = 0;
  let wrapped = false;
  let waiting: ReturnType<typeof stack.begin.recvFrom> | undefined;
  for (const each of steps) {
    if (each.kind === "arrive") {
      id++;
      stack.inject(
        stack.peer.udp({ srcPort: id, dstPort: 7, checksum: each.broken ? "bad" : "right" }, pattern(each.size, id)),
      );
      if (each.broken && waiting === undefined) {
        // A datagram for which there is no room is dropped before anybody sums it up.
        if (!model.add(id, each.size)) continue;
        model.queue.pop();
      } else if (each.broken) {
        assert.equal(waiting?.done, false, "a broken datagram ended a wait");
      } else if (waiting !== undefined) {
        const { port, data } = waiting.value();
        assert.deepEqual([port, data], [id, pattern(each.size, id)]);
        waiting = undefined;
      } else {
        model.add(id, each.size);
        const [first, ...rest] = model.queue;
        wrapped ||= rest.some(({ from }) => from < first.from);
      }
    } else if (waiting !== undefined) {
      // The task can make no other call while it waits.
    } else if (each.kind === "wait") {
      if (model.queue.length === 0) waiting = stack.begin.recvFrom(fd);
    } else {
      const call = stack.begin.recvFrom(fd, { length: each.length, flags: each.flags | MSG_DONTWAIT });
      const oldest = model.queue[0];
      if (oldest === undefined) {
        assert.equal(call.errno, "EAGAIN");
        continue;
      }
      const { port, data, length } = call.value();
      assert.equal(port, oldest.id);
      assert.deepEqual(data, pattern(oldest.size, oldest.id).slice(0, each.length));
      assert.equal(length, each.flags & MSG_TRUNC ? oldest.size : Math.min(oldest.size, each.length));
      if (!(each.flags & MSG_PEEK)) model.queue.shift();
    }
    assert.equal(stack.counter("drop_udp_ring_full"), model.dropped);
  }
  if (waiting === undefined) {
    for (const { id: expected, size: bytes } of model.queue) {
      const { port, data } = stack.recvFrom(fd);
      assert.deepEqual([port, data], [expected, pattern(bytes, expected)]);
    }
    assert.equal(
      stack.errno(() => stack.recvFrom(fd, { flags: MSG_DONTWAIT })),
      "EAGAIN",
    );
  }
  stack.end();
  return { dropped: model.dropped, wrapped };
}

for (const [name, request] of [
  ["default", {}],
  ["optimized for size: no lending", { settings: { OPTIMIZE_FOR_SIZE: true }, optimize: "size" }],
] as const) {
  let compiled: CompiledCore;
  before(async () => {
    compiled = await compileCore(request);
  });
  test(`a ring is a queue that drops exactly what does not fit (${name})`, () => {
    let dropped = 0;
    let wraps = 0;
    fc.assert(
      fc.property(fc.array(step, { minLength: 10, maxLength: 120, size: "max" }), (steps) => {
        const outcome = run(compiled, steps);
        dropped += outcome.dropped;
        wraps += outcome.wrapped ? 1 : 0;
      }),
      { numRuns: 60, seed: 20_261_121 },
    );
    // The runs did fill rings and go round.
    assert.ok(dropped > 200, `${dropped} dropped`);
    assert.ok(wraps > 20, `${wraps} runs wrapped`);
  });
}
