/**
 * The packet scripts of test/net through core.wasm in V8 and through the C that is emitted for it, built for this machine:
 * every frame out, result, deadline, guest memory, request and, at the end, the whole of both memories are the same.
 */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { type CollectedScript, collectScripts } from "../harness/script.js";
import { Stack } from "../harness/stack.js";
import { firstDifference, playInNode, playNatively, traceHash } from "./play.js";
import { recordTapes } from "./record.js";
import { type BuildOptions, buildRunner, compileSubject, type SubjectCore } from "./runner.js";
import type { Tape } from "./tape.js";

/** Just below 2^32 µs: the core's ticks wrap 5 s into a script. */
const BEFORE_WRAP = 2 ** 32 - 5_000_000;

const NET = fileURLToPath(new URL("../net/", import.meta.url));
/** The test files under test/net that consist of scripts. */
function scriptFiles(): string[] {
  const files = readdirSync(NET, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".test.ts"));
  // Tests that are no scripts cannot be collected.
  return files.filter((file) => !readFileSync(`${NET}${file}`, "utf8").includes('from "node:test"')).sort();
}

async function tapesOf(subject: SubjectCore, list: readonly CollectedScript[], start: number): Promise<Tape[]> {
  const tapes: Tape[] = [];
  for (const { name, options, body } of list) {
    const recorded = await recordTapes(name, async () => {
      const stack = new Stack(subject.compiled, { ...options, start });
      await body(stack);
      stack.end();
    });
    tapes.push(...recorded);
  }
  return tapes;
}

/** What V8 makes of a tape is the same whatever it is compared with: played once. */
const hashes = new Map<Tape, string>();
function hashInNode(subject: SubjectCore, tape: Tape): string {
  const hash = hashes.get(tape) ?? traceHash(playInNode(subject, tape.events));
  hashes.set(tape, hash);
  return hash;
}

async function compare(subject: SubjectCore, runner: string, tapes: readonly Tape[]): Promise<void> {
  assert.ok(tapes.length >= scripts.length && scripts.length > 0, `${tapes.length} tapes of ${scripts.length} scripts`);
  for (const tape of tapes) {
    const native = await playNatively(runner, tape.events);
    if (traceHash(native) === hashInNode(subject, tape)) continue;
    assert.fail(firstDifference(tape, playInNode(subject, tape.events), native) ?? "hashes differ");
  }
}

let scripts: CollectedScript[] = [];
let speed: SubjectCore;
let tapes: Tape[] = [];
// One hook: Node 20 runs those of a file side by side, and the tapes need the scripts.
before(async () => {
  const all = await collectScripts(async () => {
    for (const file of scriptFiles()) await import(`../net/${file.replace(/ts$/, "js")}`);
  });
  // Scripts with settings need a core of their own; the behaviour under them is test/net's to show.
  scripts = all.filter(({ options }) => options.settings === undefined && options.end !== false);
  speed = await compileSubject({}, "speed");
  tapes = await tapesOf(speed, scripts, 0);
});
after(() => {
  tapes = [];
});

test("the tapes hold what they should: scripts of every kind, frames in and out, minutes of time", () => {
  assert.ok(scripts.length > 80, `${scripts.length} scripts`);
  const events = tapes.flatMap((tape) => tape.events);
  const calls = new Set(events.flatMap((event) => (event.kind === "call" ? [event.name] : [])));
  for (const name of ["core_init", "core_poll", "core_task_park", "sys_recv_from", "sys_send_to", "sys_sock_bind"]) {
    assert.ok(calls.has(name), `${name} is called`);
  }
  const frames = events.filter(({ kind }) => kind === "frame").length;
  assert.ok(frames > 1000, `${frames} frames in`);
  const sent = tapes.flatMap((tape) => playInNode(speed, tape.events)).filter(({ type }) => type === 0x82).length;
  assert.ok(sent > 500, `${sent} frames out`);
});

const BUILDS: readonly BuildOptions[] = [
  { optimize: "-O1", sanitize: true, uniform: false },
  { optimize: "-O3", sanitize: false, uniform: true },
  { optimize: "-O0", sanitize: false, uniform: true },
];
for (const build of BUILDS) {
  const how = `${build.optimize}, ${build.uniform ? "uniform" : "exact"} check${build.sanitize ? ", sanitizers" : ""}`;
  test(`packet scripts: V8 and C do the same (${how})`, async () => {
    await compare(speed, await buildRunner(speed, build), tapes);
  });
}

test("packet scripts across the wrap of the clock, core for size: V8 and C do the same (-O1, uniform check, sanitizers)", async () => {
  const small = await compileSubject({ OPTIMIZE_FOR_SIZE: true }, "size");
  const runner = await buildRunner(small, { optimize: "-O1", sanitize: true, uniform: true });
  await compare(small, runner, await tapesOf(small, scripts, BEFORE_WRAP));
});

test("a difference is found and named: another seed, a changed frame", async () => {
  const runner = await buildRunner(speed, BUILDS[1]);
  const tape = tapes.find(({ events }) => events.some(({ kind }) => kind === "frame")) as Tape;
  const position = tape.events.findIndex(({ kind }) => kind === "frame");
  const changed = tape.events.map((event, index) =>
    index === position && event.kind === "frame"
      ? { ...event, frame: event.frame.map((b, i) => (i < 6 ? b ^ 2 : b)) }
      : event,
  );
  const [node, native] = [playInNode(speed, tape.events), await playNatively(runner, changed)];
  assert.notEqual(traceHash(node), traceHash(native));
  assert.match(firstDifference(tape, node, native) ?? "", /event \d+ of \d+/);
});
