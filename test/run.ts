/**
 * Runs all tests, each file in a process of its own, and prints what they came to. The last line is
 * `N passed, N failed` with the skipped ones behind when there are any; a failure makes the exit code 1.
 *
 *     node --import tsx test/run.ts [part of a path …]
 */
import { readdirSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join, relative } from "node:path";
import { run } from "node:test";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL(".", import.meta.url));
/** Files that hold something against the clock of this machine: one at a time, after all others. */
const ALONE = [
  "properties/compute.test.ts",
  "soak/soak.test.ts",
  "bench/figures.test.ts",
  "node/gateway-linux.test.ts",
];
/** Files that mostly wait for seconds to pass: one at a time, beside the others. */
const WAITING = [
  "linux/tap.test.ts",
  "linux/dnsmasq.test.ts",
  "linux/resolve.test.ts",
  "linux/scripted-names.test.ts",
  "linux/multicast.test.ts",
  "linux/traceroute.test.ts",
  "properties/idle.test.ts",
];
/** Files that take longest, the longest first: begun late, one of them would keep a core waiting for the end. */
const LONG = [
  "examples/tcp.test.ts",
  "emitted-c/scripts.test.ts",
  "contract/mps2-an385.test.ts",
  "contract/qemu-cortex-m3.test.ts",
  "properties/trespass.test.ts",
  "emitted-c/mutated.test.ts",
  "examples/examples.test.ts",
  "examples/http.test.ts",
  "contract/native-sim.test.ts",
  "net/fragments.test.ts",
  "properties/bad-pointers.test.ts",
  "cli/end-to-end.test.ts",
  "net/tcp/two-stacks-explored.test.ts",
  "property/variants.test.ts",
  "soak/connections.test.ts",
  "net/tcp/matrix/matrix.test.ts",
];
/** A file that takes longer hangs, milliseconds. */
const FILE_TIMEOUT = 15 * 60_000;

interface FileOutcome {
  readonly file: string;
  passed: number;
  failed: number;
  readonly skipped: string[];
  readonly failures: string[];
  output: string;
  milliseconds: number;
}

function testFiles(): string[] {
  return readdirSync(ROOT, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".test.ts") && !path.startsWith("assembly"))
    .sort();
}

/** The error of a failed test as text; node:test wraps what was thrown. */
function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause instanceof Error ? error.cause : error;
  return cause.stack ?? cause.message;
}

/** Runs one file. Tests are counted, suites are not; a test that contains others counts itself, as in node:test. */
function runFile(file: string): Promise<FileOutcome> {
  const outcome: FileOutcome = { file, passed: 0, failed: 0, skipped: [], failures: [], output: "", milliseconds: 0 };
  const begin = performance.now();
  return new Promise((resolve) => {
    const events = run({ files: [join(ROOT, file)], concurrency: 1, timeout: FILE_TIMEOUT });
    events.on("test:pass", (test) => {
      if (test.details.type === "suite") return;
      if (test.skip !== undefined && test.skip !== false) outcome.skipped.push(`${test.name}: ${test.skip}`);
      else if (test.name !== join(ROOT, file)) outcome.passed++;
    });
    events.on("test:fail", (test) => {
      if (test.details.type === "suite") return;
      outcome.failed++;
      outcome.failures.push(`✗ ${test.name}\n${describeError(test.details.error)}`);
    });
    const keep = (event: { readonly message: string }): void => {
      outcome.output += event.message;
    };
    events.on("test:stdout", keep);
    events.on("test:stderr", keep);
    events.on("end", () => {
      outcome.milliseconds = performance.now() - begin;
      resolve(outcome);
    });
    events.resume();
  });
}

function indent(text: string): string {
  return text.trimEnd().replace(/^/gm, "    ");
}

function report(outcome: FileOutcome): void {
  const { file, passed, failed, skipped, failures, output, milliseconds } = outcome;
  const counts = `${passed} passed${failed > 0 ? `, ${failed} failed` : ""}${skipped.length > 0 ? `, ${skipped.length} skipped` : ""}`;
  console.log(`${failed > 0 ? "✗" : "✓"} test/${file}  ${counts}  ${(milliseconds / 1000).toFixed(1)} s`);
  for (const reason of skipped) console.log(`    skipped: ${reason}`);
  if (failed === 0) return;
  for (const failure of failures) console.log(indent(failure));
  if (output.trim() !== "") console.log(indent(`output of the file:\n${output}`));
}

async function runAll(files: readonly string[], width: number): Promise<FileOutcome[]> {
  const outcomes: FileOutcome[] = [];
  const waiting = [...files];
  const worker = async (): Promise<void> => {
    for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) {
      const outcome = await runFile(file);
      report(outcome);
      outcomes.push(outcome);
    }
  };
  await Promise.all(Array.from({ length: width }, worker));
  return outcomes;
}

const wanted = process.argv.slice(2);
const files = testFiles().filter((file) => wanted.length === 0 || wanted.some((part) => `test/${file}`.includes(part)));
if (files.length === 0) {
  process.stderr.write(`No test file matches ${wanted.join(" ")} in ${relative(process.cwd(), ROOT)}.\n`);
  process.exit(2);
}
// What one file has built, no other builds again; the commands that tests start inherit it.
process.env.SOCKLET_CACHE ??= join(ROOT, "..", "build", ".cache");
const alone = files.filter((file) => ALONE.includes(file));
const waiting = files.filter((file) => WAITING.includes(file));
const busy = files.filter((file) => !alone.includes(file) && !waiting.includes(file));
const ordered = [...LONG.filter((file) => busy.includes(file)), ...busy.filter((file) => !LONG.includes(file))];
const sideBySide = await Promise.all([runAll(ordered, Math.min(2, availableParallelism())), runAll(waiting, 1)]);
const outcomes = [...sideBySide.flat(), ...(await runAll(alone, 1))];

const sum = (count: (outcome: FileOutcome) => number): number =>
  outcomes.reduce((total, outcome) => total + count(outcome), 0);
const passed = sum((outcome) => outcome.passed);
const failed = sum((outcome) => outcome.failed);
const skipped = sum((outcome) => outcome.skipped.length);
console.log("");
console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`);
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
