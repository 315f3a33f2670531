/**
 * `npm run bench:throughput -- --matrix` in short: a stream each way with the Linux kernel through a wire that loses frames, every byte
 * checked on the board and on Linux. How fast it is depends on this machine, so nothing here looks at the time.
 */
import assert from "node:assert/strict";
import { describe, it, test } from "node:test";
import { CheckedLink, checkedBytes, firstDifference } from "../../bench/checked-link.js";
import { LossyRelay } from "../../bench/lossy-relay.js";
import { BOARD } from "../../bench/measure.js";
import { matrixTable, measureMatrix, WHOLE } from "../../bench/throughput-matrix.js";
import type { RealWire } from "../../runtime/node/real-wire.js";
import { whyNot } from "../linux/namespace.js";
import { missing } from "../properties/firmware.js";

/** Bytes: some hundred frames. */
const BYTES = 400_000;

/** A wire's end in this process: `arrive` is a frame that comes from it, `sent` what went out on it. */
class Ends implements RealWire {
  readonly sent: number[] = [];
  arrive: (frame: Uint8Array) => void = () => {};
  attach(receive: (frame: Uint8Array) => void): void {
    this.arrive = receive;
  }
  send(frame: Uint8Array): void {
    this.sent.push((frame[0] << 8) | frame[1]);
  }
  async close(): Promise<void> {}
}

/** A frame that can be told from others. */
function numbered(number: number, ethertype = 0x0800): Uint8Array {
  const frame = new Uint8Array(60);
  frame.set([number >> 8, number & 255]);
  frame.set([ethertype >> 8, ethertype & 255], 12);
  return frame;
}

/** What of `count` frames each way arrives, `backEvery` frames to the board between two from it. */
function relayed(seed: number, loss: number, count: number, backEvery = 1): { board: number[]; linux: number[] } {
  const [board, linux] = [new Ends(), new Ends()];
  const relay = new LossyRelay(board, linux, seed);
  relay.lose(loss);
  for (let i = 0; i < count; i++) {
    linux.arrive(numbered(i));
    if (i % backEvery === 0) for (let j = i; j < Math.min(count, i + backEvery); j++) board.arrive(numbered(j));
  }
  assert.deepEqual(relay.toBoard, { passed: board.sent.length, lost: count - board.sent.length });
  assert.deepEqual(relay.fromBoard, { passed: linux.sent.length, lost: count - linux.sent.length });
  assert.equal(relay.total().lost + relay.total().passed, 2 * count);
  return { board: board.sent, linux: linux.sent };
}

describe("a wire that loses frames", () => {
  it("loses what its seed says, each direction by itself, about as many as were asked for", () => {
    const first = relayed(1, 0.01, 10_000);
    assert.deepEqual(relayed(1, 0.01, 10_000), first);
    assert.deepEqual(relayed(1, 0.01, 10_000, 7), first, "when the other direction sends makes no difference");
    assert.notDeepEqual(relayed(2, 0.01, 10_000).board, first.board);
    assert.notDeepEqual(first.board, first.linux);
    for (const { length } of [first.board, first.linux]) assert.ok(length > 9800 && length < 9960, `${length} passed`);
  });

  it("passes everything in order as long as nothing is to be lost, and ARP always", () => {
    const all = Array.from({ length: 500 }, (_, i) => i);
    assert.deepEqual(relayed(1, 0, 500), { board: all, linux: all });
    const [board, linux] = [new Ends(), new Ends()];
    const relay = new LossyRelay(board, linux, 1);
    relay.lose(1);
    linux.arrive(numbered(1, 0x0806));
    linux.arrive(numbered(2));
    assert.deepEqual(board.sent, [1]);
    assert.deepEqual(relay.total(), { passed: 0, lost: 1 });
  });
});

describe("the stream of the throughput bench", () => {
  it("has no word twice", () => {
    const bytes = checkedBytes(WHOLE.bytes);
    const words = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
    assert.equal(new Set(words).size, words.length);
  });

  it("is compared to the last byte", () => {
    const sent = checkedBytes(4000);
    const damaged = Uint8Array.from(sent);
    damaged[3999] ^= 1;
    assert.equal(firstDifference(Uint8Array.from(sent), sent), -1);
    assert.equal(firstDifference(damaged, sent), 3999);
    assert.equal(firstDifference(sent.subarray(0, 3996), sent), 3996);
    assert.equal(firstDifference(checkedBytes(4004), sent), 4000);
  });
});

const skip = whyNot() ?? missing(BOARD);

test("streams with Linux through a wire that loses frames arrive as they were sent", { skip }, async (context) => {
  const extent = { windows: [2], bytes: BYTES, repeats: 1, loss: 0.02, direct: false };
  const rows = await measureMatrix(extent);
  const [{ traffic, relayed, lossy }] = rows;
  context.diagnostic(
    matrixTable(rows, extent)
      .rows.map((row) => row.join(" | "))
      .join("\n"),
  );
  // A full segment each way at least, and there are not 20 times as many.
  assert.ok(traffic.passed + traffic.lost > (2 * BYTES) / 1460, `${traffic.passed} frames`);
  assert.ok(traffic.passed + traffic.lost < (40 * BYTES) / 1460, `${traffic.passed} frames`);
  assert.ok(traffic.lost > 0, "no frame was lost");
  for (const rate of [relayed.sink, relayed.source, lossy.sink, lossy.source]) assert.ok(rate > 0);
});

test("a wrong word, or one too few, is noticed by the board", { skip }, async () => {
  const link = await CheckedLink.open({ buffer: 2920, bytes: BYTES });
  try {
    const damaged = checkedBytes(BYTES);
    damaged[300_001] ^= 0x10;
    await assert.rejects(link.sink(damaged), /the board received a wrong word at 300000 of 400000 bytes/);
    assert.ok((await link.source()) > 0);
    await assert.rejects(link.sink(checkedBytes(BYTES - 4)), /the board moved 399996 of 400000 bytes/);
    assert.ok((await link.source()) > 0);
    await assert.rejects(link.sink(checkedBytes(BYTES + 4)), /the board moved 400004 of 400000 bytes/);
  } finally {
    await link.close();
  }
});
