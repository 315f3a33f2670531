/**
 * A stream of bytes that follows from a seed, for both ends of a connection: one writes it, the other knows what must come. Every
 * byte depends on its position, so that one that is lost, doubled or swapped with another is found where it happens.
 */
import { createHash } from "node:crypto";
import { SeededRandom } from "../../runtime/node/random.js";

/** A prime, so that no segment size, buffer size or power of two is a period of the table. */
const TABLE_BYTES = 65_537;

/** One table for all streams; a seed chooses where in it a stream begins, and its mask. */
const TABLE = (() => {
  const random = new SeededRandom(0x7ab1e);
  const table = new Uint8Array(TABLE_BYTES * 2);
  for (let i = 0; i < TABLE_BYTES; i++) table[i] = random.next32() >>> 24;
  table.copyWithin(TABLE_BYTES, 0, TABLE_BYTES);
  return table;
})();

export class ByteStream {
  /** Bytes so far. */
  position = 0;
  private readonly hash = createHash("sha256");
  private readonly start: number;

  constructor(seed: number) {
    this.start = new SeededRandom(seed ^ 0x57_ea_a3).below(TABLE_BYTES);
  }

  /** Writes the bytes from `position` on into `target`; the position stays. */
  peek(target: Uint8Array): void {
    let at = this.position;
    for (let done = 0; done < target.length; ) {
      const offset = (this.start + at) % TABLE_BYTES;
      const count = Math.min(target.length - done, TABLE_BYTES);
      target.set(TABLE.subarray(offset, offset + count), done);
      // Each turn of the table is different from the ones before.
      this.mark(target, done, count, at);
      done += count;
      at += count;
    }
  }

  /** So many bytes of `bytes`, which `peek` gave, are behind us. */
  pass(bytes: Uint8Array): void {
    this.hash.update(bytes);
    this.position += bytes.length;
  }

  /** What arrived must be what the stream goes on with. The position of the first wrong byte, or -1; the stream goes on behind them. */
  check(arrived: Uint8Array): number {
    const expected = new Uint8Array(arrived.length);
    this.peek(expected);
    const position = this.position;
    this.pass(arrived);
    if (Buffer.compare(expected, arrived) === 0) return -1;
    return position + expected.findIndex((byte, i) => byte !== arrived[i]);
  }

  /** SHA-256 of all bytes so far. */
  digest(): string {
    return this.hash.copy().digest("hex");
  }

  /** Overwrites every 1,021st byte (a prime) with a number that tells the turn of the table. */
  private mark(target: Uint8Array, from: number, count: number, at: number): void {
    for (let i = (1021 - (at % 1021)) % 1021; i < count; i += 1021) {
      const position = at + i;
      target[from + i] = Math.imul(Math.floor(position / TABLE_BYTES) + 1, 0x9e37_79b1) >>> 24;
    }
  }
}
