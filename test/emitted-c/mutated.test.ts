/**
 * Thousands of mutated frames, with system calls and time between them, into core.wasm in V8 and into the C that is emitted
 * for it: the same bytes come out. A failure names the seed and the first event that differs.
 */
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { PENDING } from "../../runtime/node/core.js";
import { errnoNumber } from "../harness/errno.js";
import { OUT } from "../mcu/native-runner.js";
import { disorder } from "./disorder.js";
import { firstDifference, playInNode, playNatively, traceHash } from "./play.js";
import { type BuildOptions, buildRunner, compileSubject, type SubjectCore } from "./runner.js";
import type { Tape, TapeEvent } from "./tape.js";

const STEPS = 4000;
let speed: SubjectCore;
let small: SubjectCore;
before(async () => {
  speed = await compileSubject({}, "speed");
  // Everything that can be there more than once is.
  const settings = { OPTIMIZE_FOR_SIZE: true, NET_IPV4_FRAGMENT_MAX_COUNT: 3, NET_ARP_PENDING: 2, NET_IPV4_ACD: true };
  small = await compileSubject(settings, "size");
});

async function same(subject: SubjectCore, build: BuildOptions, tape: Tape): Promise<void> {
  const runner = await buildRunner(subject, build);
  const [node, native] = [playInNode(subject, tape.events), await playNatively(runner, tape.events)];
  if (traceHash(node) !== traceHash(native)) assert.fail(firstDifference(tape, node, native) ?? "hashes differ");
}

const SANITIZED: BuildOptions = { optimize: "-O1", sanitize: true, uniform: false };
const UNIFORM_SANITIZED: BuildOptions = { optimize: "-O1", sanitize: true, uniform: true };
const FAST: BuildOptions = { optimize: "-O3", sanitize: false, uniform: true };
const PLAIN: BuildOptions = { optimize: "-O0", sanitize: false, uniform: true };

test("a tape of disorder reaches the inside, and the same seed gives the same tape", async () => {
  const tape = await disorder(speed, 1, STEPS);
  const records = playInNode(speed, tape.events);
  const count = (wanted: number): number => records.filter(({ type }) => type === wanted).length;
  assert.equal(count(OUT.trap), 0);
  assert.ok(count(OUT.frame) > 300, `${count(OUT.frame)} frames out`);
  // Frames of connections: pure ACKs of data that the program will get.
  const acknowledgements = records.filter(
    ({ type, payload }) => type === OUT.frame && payload[23] === 6 && payload[47] === 16,
  );
  assert.ok(acknowledgements.length > 200, `${acknowledgements.length} ACKs`);
  const done = new Set(tape.events.flatMap((event) => (event.kind === "call" ? [event.name] : [])));
  assert.ok(done.size > 35, `${done.size} different calls`);
  assert.ok(tape.events.filter(({ kind }) => kind === "frame").length > STEPS, "frames in");
  assert.equal(traceHash(playInNode(speed, (await disorder(speed, 1, STEPS)).events)), traceHash(records));
  assert.notEqual(traceHash(playInNode(speed, (await disorder(speed, 3, STEPS)).events)), traceHash(records));
});

for (const seed of [1, 2, 3, 4]) {
  test(`mutated frames, seed ${seed}: V8 and C do the same (-O1, exact check, sanitizers)`, async () => {
    await same(speed, SANITIZED, await disorder(speed, seed, STEPS));
  });
}

for (const [seed, build] of [
  [5, FAST],
  [6, FAST],
  [7, PLAIN],
] as const) {
  test(`mutated frames, seed ${seed}: V8 and C do the same (${build.optimize}, uniform check)`, async () => {
    await same(speed, build, await disorder(speed, seed, STEPS));
  });
}

for (const seed of [8, 9]) {
  test(`mutated frames, core for size, seed ${seed}: V8 and C do the same (-O1, uniform check, sanitizers)`, async () => {
    await same(small, UNIFORM_SANITIZED, await disorder(small, seed, STEPS));
  });
}

test("the console, arguments, the clock and random numbers: the same numbers on both sides, and errno is WASI's", async () => {
  const word = (...values: number[]): Uint8Array => new Uint8Array(Uint32Array.from(values).buffer);
  const call = (name: string, ...args: (number | bigint)[]): TapeEvent => ({ kind: "call", name, args });
  const result = (): TapeEvent => ({ kind: "read", address: 0, length: 64 });
  const events: TapeEvent[] = [
    { kind: "seed", seed: 20_261_121 },
    { kind: "strings", which: 0, texts: ["app", "one", "ä"] },
    { kind: "strings", which: 1, texts: ["A=b"] },
    { kind: "realtime", offset: 1_700_000_000_000_000n },
    call("core_init", 0n),
    // A vector of one buffer: address 256, 8 bytes. Nothing to read yet: the call waits, which the core
    // only does when the host answered with its own number for EAGAIN.
    { kind: "write", address: 32, bytes: word(256, 8) },
    call("sys_fd_read", 0, 0, 32, 1, 0),
    { kind: "input", bytes: Buffer.from("0123456789ab") },
    call("sys_fd_read", 0, 0, 32, 1, 0),
    result(),
    { kind: "read", address: 256, length: 16 },
    call("sys_fd_write", 0, 0n, 1, 32, 1, 0),
    call("sys_fd_write", 0, 0n, 2, 32, 1, 0),
    // Not open; outside the memory; the end of input.
    call("sys_fd_write", 0, 0n, 3, 32, 1, 0),
    call("sys_fd_write", 0, 0n, 1, 0xffff_fff8, 1, 0),
    { kind: "write", address: 32, bytes: word(0xffff_0000, 8) },
    call("sys_fd_write", 0, 0n, 1, 32, 1, 0),
    call("sys_fd_read", 0, 0, 32, 1, 0),
    { kind: "write", address: 32, bytes: word(256, 8) },
    call("sys_fd_read", 0, 0, 32, 1, 0),
    { kind: "input", bytes: new Uint8Array(0) },
    call("sys_fd_read", 0, 0, 32, 1, 0),
    result(),
    call("sys_strings_sizes_get", 0, 0, 0, 4),
    result(),
    call("sys_strings_get", 0, 0, 512, 600),
    { kind: "read", address: 512, length: 256 },
    call("sys_strings_get", 0, 1, 512, 600),
    { kind: "read", address: 512, length: 256 },
    call("sys_random_get", 0, 1024, 1001),
    { kind: "read", address: 1024, length: 1024 },
    call("sys_clock_time_get", 0, 5n, 0, 1n, 0),
    result(),
    call("sys_clock_time_get", 0, 5n, 1, 1n, 0),
    result(),
    call("sys_proc_exit", 0, -3),
    { kind: "memory" },
  ];
  const node = playInNode(speed, events);
  for (const build of [SANITIZED, FAST]) {
    const native = await playNatively(await buildRunner(speed, build), events);
    assert.equal(firstDifference({ name: "console", events }, node, native), undefined);
    assert.equal(traceHash(node), traceHash(native));
  }
  // Results of the calls on the console, in their order.
  const results: (number | undefined)[] = [];
  let answer = 0;
  for (const { type, payload } of node) {
    if (![OUT.result, OUT.guest, OUT.memory].some((wanted) => wanted === type)) continue;
    const event = events[answer++];
    if (event.kind === "call" && /sys_fd_/.test(event.name)) results.push(payload.readUInt32LE());
  }
  const [bad, fault] = ["EBADF", "EFAULT"].map(errnoNumber);
  assert.deepEqual(results, [PENDING >>> 0, 0, 0, 0, bad, fault, fault, fault, 0, 0]);
  assert.ok(node.some(({ type, payload }) => type === OUT.console && payload.toString() === "\u000101234567"));
  assert.ok(node.some(({ type, payload }) => type === OUT.exit && payload.readInt32LE() === -3));
});
