/** Numbers that nobody can guess: the rows EST-7 and SEQ-14, the attacks 71 and 72. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { SeededRandom } from "../../../runtime/node/random.js";
import { compileCore } from "../../harness/compile.js";
import { script } from "../../harness/script.js";
import { Stack } from "../../harness/stack.js";
import { findOption } from "../../harness/tcp-segment.js";

const PORT = 8080;
const SETTINGS = { NET_TCP_SYN_QUEUE: 8 };

/** The initial sequence number and the first timestamp that a SYN from `port` gets; the connection is reset at once. */
function probe(stack: Stack, port: number): { isn: number; stamp: number } {
  const ports = { srcPort: port, dstPort: PORT };
  stack.inject(stack.peer.tcp({ ...ports, flags: "S", seq: 1000, options: [{ kind: "TS", val: 1, ecr: 0 }] }));
  const { tcp } = stack.expect({ tcp: { flags: "S." } });
  assert(tcp !== undefined);
  stack.inject(stack.peer.tcp({ ...ports, flags: "R", seq: 1001 }));
  return { isn: tcp.seq, stamp: findOption(tcp, "TS")?.val ?? 0 };
}

function listening(stack: Stack): void {
  stack.arpResolve();
  const fd = stack.openTcp();
  stack.bind(fd, PORT);
  stack.listen(fd);
}

/** The distance between two numbers modulo 2^32, 0 to 2^31. */
function apart(a: number, b: number): number {
  return Math.abs((a - b) | 0);
}

/** How many of `values` lie in the half of the number space that begins at 0. */
function lowHalf(values: readonly number[]): number {
  return values.filter((value) => value < 2 ** 31).length;
}

script(
  "[EST-7] the numbers of one four-tuple grow by 250 a millisecond",
  { rfc: "6528 §3", settings: SETTINGS },
  (stack) => {
    listening(stack);
    let last = probe(stack, 40_000).isn;
    let at = stack.world.now;
    for (let i = 0; i < 200; i++) {
      stack.advance(1 + (i % 7));
      const { isn } = probe(stack, 40_000);
      const ticks = Math.floor(stack.world.now / 4) - Math.floor(at / 4);
      assert.equal((isn - last) >>> 0, ticks);
      last = isn;
      at = stack.world.now;
    }
  },
);

script(
  "[EST-7] [ATK-71] [ATK-72] numbers of different four-tuples cannot be told from one another",
  { rfc: "6528 §3", settings: SETTINGS },
  (stack) => {
    listening(stack);
    const numbers: number[] = [];
    for (let i = 0; i < 400; i++) {
      numbers.push(probe(stack, 20_000 + i).isn);
      stack.advance(0.05);
    }
    assert.equal(new Set(numbers).size, numbers.length);
    // Fair coins: 400 throws fall outside 140 to 260 less than once in 10^8.
    const low = lowHalf(numbers);
    assert(low > 140 && low < 260, `${low} of 400 in the lower half`);
    // Every guess from what went before: the same, a constant step, the step before again, a linear congruence.
    let hits = 0;
    const guesses = [
      (i: number) => numbers[i - 1],
      (i: number) => numbers[i - 1] + 64_000,
      (i: number) => 2 * numbers[i - 1] - numbers[i - 2],
      (i: number) => Math.imul(numbers[i - 1], 1_103_515_245) + 12_345,
      (i: number) => numbers[i - 1] ^ numbers[i - 2] ^ numbers[i - 3],
    ];
    for (let i = 3; i < numbers.length; i++) {
      for (const guess of guesses) if (apart(numbers[i], guess(i) >>> 0) < 2 ** 20) hits++;
    }
    // 1,985 guesses that each hit with a chance of 2^-11.
    assert(hits < 12, `${hits} of ${guesses.length * (numbers.length - 3)} guesses hit`);
  },
);

script("[SEQ-14] the timestamps of connections begin anywhere", { rfc: "7323 §7.1", settings: SETTINGS }, (stack) => {
  listening(stack);
  const stamps: number[] = [];
  for (let i = 0; i < 200; i++) stamps.push(probe(stack, 20_000 + i).stamp);
  assert.equal(new Set(stamps).size, stamps.length);
  const low = lowHalf(stamps);
  assert(low > 55 && low < 145, `${low} of 200 in the lower half`);
  const near = stamps.filter((stamp, i) => i > 0 && apart(stamp, stamps[i - 1]) < 2 ** 20).length;
  assert(near < 5, `${near} follow the one before`);
  // One four-tuple keeps its offset: only the clock (1,024 µs) moves it on, so that PAWS holds across connections.
  const first = probe(stack, 30_000).stamp;
  stack.advance(10_240);
  assert.equal((probe(stack, 30_000).stamp - first) >>> 0, 10_000);
});

script(
  "[SEQ-14] timestamps and sequence numbers do not give each other away",
  { rfc: "6528 §3", settings: SETTINGS },
  (stack) => {
    listening(stack);
    const differences = new Set<number>();
    for (let i = 0; i < 100; i++) {
      const { isn, stamp } = probe(stack, 20_000 + i);
      differences.add((isn - stamp) >>> 0);
    }
    assert.equal(differences.size, 100);
  },
);

test("[EST-7] another start gives other numbers, and the same random numbers the same ones", async () => {
  const compiled = await compileCore({ settings: SETTINGS });
  const numbers = (seed: number): number[] => {
    const stack = new Stack(compiled, { settings: SETTINGS, seed });
    listening(stack);
    return Array.from({ length: 20 }, (_, i) => probe(stack, 20_000 + i).isn);
  };
  const first = numbers(1);
  assert.deepEqual(numbers(1), first);
  const second = numbers(2);
  assert(first.every((isn, i) => apart(isn, second[i]) > 1000));
});

script("[EST-7] an active open takes its numbers from the same place", { rfc: "9293 §3.4.1 MUST-8" }, (stack) => {
  stack.arpResolve();
  const numbers: number[] = [];
  for (let i = 0; i < 50; i++) {
    const fd = stack.openTcp();
    stack.bind(fd, 9000 + i);
    stack.begin.connect(fd, stack.peer.ip, 80);
    const { tcp } = stack.expect({ tcp: { flags: "S" } });
    numbers.push(tcp?.seq ?? 0);
    stack.inject(
      stack.peer.tcp({ srcPort: 80, dstPort: 9000 + i, flags: "R.", seq: 0, ack: ((tcp?.seq ?? 0) + 1) >>> 0 }),
    );
    stack.close(fd);
  }
  assert.equal(new Set(numbers).size, 50);
  const low = lowHalf(numbers);
  assert(low > 5 && low < 45, `${low} of 50 in the lower half`);
});

/**
 * HalfSipHash-2-4 with 32 bits of output, written from its description by Aumasson and Bernstein.
 * Checked below with the first two of their test vectors.
 */
function halfSipHash(key: readonly [number, number], data: Uint8Array): number {
  const v = new Uint32Array([key[0], key[1], key[0] ^ 0x6c79_6765, key[1] ^ 0x7465_6462]);
  const rotate = (i: number, bits: number): void => {
    v[i] = (v[i] << bits) | (v[i] >>> (32 - bits));
  };
  const mix = (a: number, b: number, bits: number): void => {
    v[a] += v[b];
    rotate(b, bits);
    v[b] ^= v[a];
  };
  const rounds = (count: number): void => {
    for (let i = 0; i < count; i++) {
      mix(0, 1, 5);
      rotate(0, 16);
      mix(2, 3, 8);
      mix(0, 3, 7);
      mix(2, 1, 13);
      rotate(2, 16);
    }
  };
  const padded = new Uint8Array((data.length & ~3) + 4);
  padded.set(data);
  padded[padded.length - 1] = data.length;
  const view = new DataView(padded.buffer);
  for (let at = 0; at < padded.length; at += 4) {
    const word = view.getUint32(at, true);
    v[3] ^= word;
    rounds(2);
    v[0] ^= word;
  }
  v[2] ^= 0xff;
  rounds(4);
  return (v[1] ^ v[3]) >>> 0;
}

test("[EST-7] the keyed hash is HalfSipHash-2-4, with a key from the host's random numbers", async () => {
  assert.equal(halfSipHash([0x0302_0100, 0x0706_0504], new Uint8Array(0)), 0x5b9f_35a9);
  assert.equal(halfSipHash([0x0302_0100, 0x0706_0504], Uint8Array.of(0)), 0xb85a_4727);
  const stack = new Stack(await compileCore({ settings: SETTINGS }), { settings: SETTINGS, seed: 3 });
  listening(stack);
  const hashes = (port: number): { hash: number; input: Uint8Array } => {
    const input = new Uint8Array(12);
    input.set(stack.ip.split(".").map(Number), 0);
    input.set(stack.peer.ip.split(".").map(Number), 4);
    new DataView(input.buffer).setUint16(8, port);
    new DataView(input.buffer).setUint16(10, PORT);
    return { hash: (probe(stack, port).isn - Math.floor(stack.world.now / 4)) >>> 0, input };
  };
  const first = hashes(20_000);
  // Which of the numbers that it drew are the key is its own affair.
  const random = new SeededRandom(3);
  const drawn = Array.from({ length: 200 }, () => random.next32());
  const at = drawn.findIndex((_, i) => halfSipHash([drawn[i], drawn[i + 1] ?? 0], first.input) === first.hash);
  assert(at >= 0, "no two random numbers in a row are the key");
  for (let i = 1; i < 30; i++) {
    stack.advance(i);
    const { hash, input } = hashes(20_000 + 37 * i);
    assert.equal(hash, halfSipHash([drawn[at], drawn[at + 1]], input));
  }
});
