/** Reassembly of fragments against a model: a datagram arrives exactly when it is complete, and never out of an overlap. */
import assert from "node:assert/strict";
import { before, test } from "node:test";
import fc from "fast-check";
import { pattern } from "../harness/bytes.js";
import { type CompiledCore, compileCore } from "../harness/compile.js";
import { ethernet, ipv4, udp } from "../harness/packets.js";
import { MSG_DONTWAIT } from "../harness/socket-calls.js";
import { Stack } from "../harness/stack.js";

/** A fragment: bytes `from` to `to` of the datagram; `last` without "more fragments". */
interface Piece {
  readonly from: number;
  readonly to: number;
  readonly last: boolean;
  /** Other bytes than the datagram has there. */
  readonly forged: boolean;
}

/** RFC 791 §3.2 with RFC 5722's rule for overlaps: they end the whole datagram; an exact repetition is ignored. */
class ReassemblyModel {
  private pieces: Piece[] = [];

  /** True when the piece completes the datagram. */
  add(piece: Piece): boolean {
    const same = this.pieces.some(
      ({ from, to, last }) => from === piece.from && to === piece.to && last === piece.last,
    );
    if (same) return false;
    const overlaps = this.pieces.some(({ from, to }) => piece.from < to && from < piece.to);
    const end = this.pieces.find(({ last }) => last)?.to;
    const furthest = Math.max(0, ...this.pieces.map(({ to }) => to));
    // Two ends, something behind the end, or an end before something.
    const contradicts = end !== undefined ? piece.to > end || piece.last : piece.last && furthest > piece.to;
    if (overlaps || contradicts) {
      this.pieces = [];
      return false;
    }
    this.pieces.push(piece);
    const whole = this.pieces.find(({ last }) => last)?.to;
    if (whole === undefined || this.pieces.reduce((sum, { from, to }) => sum + to - from, 0) !== whole) return false;
    this.pieces = [];
    return true;
  }

  get open(): boolean {
    return this.pieces.length > 0;
  }
}

interface Plan {
  readonly bytes: number;
  readonly pieces: readonly Piece[];
}

/** A datagram, its pieces in any order, some twice, and sometimes pieces of another cut. */
const plan: fc.Arbitrary<Plan> = fc
  .tuple(fc.integer({ min: 17, max: 2000 }), fc.array(fc.nat(250), { minLength: 1, maxLength: 12 }), fc.nat(3))
  .chain(([bytes, cutAt, wild]) => {
    const cuts = [...new Set(cutAt.map((unit) => (unit % Math.floor((bytes - 1) / 8)) * 8 + 8))].sort((a, b) => a - b);
    // A piece has to fit a frame.
    if (bytes > 1480 && !cuts.some((cut) => cut >= 520 && cut <= 1480)) cuts.push(1000);
    const ends = [...cuts.sort((a, b) => a - b), bytes];
    const honest = ends.map(
      (to, i): Piece => ({ from: i === 0 ? 0 : ends[i - 1], to, last: to === bytes, forged: false }),
    );
    const units = Math.ceil(bytes / 8);
    const strange = fc
      .tuple(fc.nat(units - 1), fc.integer({ min: 1, max: 60 }), fc.boolean(), fc.boolean())
      .map(([first, count, last, forged]): Piece => {
        // Not the whole datagram: that would be no fragment.
        const to = Math.min(2040, (first + count) * 8);
        return { from: first * 8, to, last: last && first > 0, forged };
      });
    return fc
      .tuple(
        fc.shuffledSubarray(honest, { minLength: honest.length }),
        fc.array(fc.constantFrom(...honest), { maxLength: 3 }),
        wild === 0 ? fc.array(strange, { minLength: 1, maxLength: 2 }) : fc.constant<Piece[]>([]),
        fc.array(fc.nat(1000), { minLength: 6, maxLength: 6 }),
        fc.boolean(),
      )
      .map(([order, twice, extra, places, again]) => {
        const pieces = [...order];
        for (const [i, piece] of [...twice, ...extra].entries())
          pieces.splice(places[i] % (pieces.length + 1), 0, piece);
        return { bytes, pieces: again ? [...pieces, ...order] : pieces };
      });
  });

let compiled: CompiledCore;
before(async () => {
  compiled = await compileCore();
});

test("any cuts, orders, repetitions and overlaps: delivered exactly when complete, with the bytes that were sent", () => {
  const stack = new Stack(compiled);
  stack.arpResolve();
  const fd = stack.openUdp();
  stack.bind(fd, 7);
  const [src, dst] = [stack.peer.ip, stack.ip];
  let id = 0;
  let deliveries = 0;
  let overlaps = 0;
  fc.assert(
    fc.property(plan, ({ bytes, pieces }) => {
      id = (id + 1) & 0xffff;
      const payload = pattern(bytes - 8, id);
      const datagram = udp({ src, dst, srcPort: 9000, dstPort: 7 }, payload);
      const longer = Uint8Array.of(...datagram, ...pattern(2048 - bytes));
      const forged = longer.map((byte) => byte ^ 0x55);
      const model = new ReassemblyModel();
      const before = stack.counter("drop_fragment_overlap");
      for (const piece of pieces) {
        const data = (piece.forged ? forged : longer).subarray(piece.from, piece.to);
        const fields = { src, dst, protocol: 17, id, offset: piece.from, mf: !piece.last };
        stack.inject(ethernet({ dst: stack.mac, src: stack.peer.mac }, ipv4(fields, data)));
        const complete = model.add(piece);
        const call = stack.begin.recvFrom(fd, { flags: MSG_DONTWAIT });
        if (call.errno === "SUCCESS") {
          assert.ok(complete, "delivered before it was complete");
          assert.deepEqual(call.value().data, payload);
          deliveries++;
        } else if (complete) {
          // Complete in the eyes of the model, but made of forged pieces or of another length: the checksum tells.
          assert.ok(
            pieces.some((each) => each.forged || each.last !== (each.to === bytes)),
            "a complete datagram was not delivered",
          );
        }
        const used = stack.usedPools().some(({ name }) => name === "reassembly");
        assert.equal(used, model.open, "the buffer is taken exactly while a datagram is incomplete");
      }
      overlaps += stack.counter("drop_fragment_overlap") - before;
      // What is left over would be given up after 60 s, with an error when fragment 0 has come.
      if (model.open) {
        stack.advance(61_000);
        stack.takeSent();
      }
      assert.deepEqual(
        stack.usedPools().filter(({ name }) => name === "reassembly"),
        [],
      );
    }),
    { numRuns: 500, seed: 815 },
  );
  stack.takeSent();
  stack.end();
  assert.ok(deliveries > 300, `${deliveries} delivered`);
  assert.ok(overlaps > 50, `${overlaps} overlaps refused`);
});
