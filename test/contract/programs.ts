/** The programs of the contract suite, built and run through the command line's library, their lines as results. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { findBoard } from "../../boards/index.js";
import type { BuildResult } from "../../cli/build/index.js";
import { runFirmware } from "../../cli/run/index.js";
import { buildForTest } from "../harness/board-build.js";
import { ROOT } from "./sources.js";

/** Where the programs are: one folder each. */
const PROGRAMS = join(ROOT, "test/assembly/contract");

/** Seconds that a program may take; it needs two or three. */
const TIMEOUT = 60;

/** A reader of the console that is kept from running, milliseconds, about so many times. */
const STALL = 60;
const STALLS = 10;
/** Bytes that are there at a time when QEMU has no room for more. */
const STALL_BYTES = 200;

/** Names of all programs. */
export function contractPrograms(): string[] {
  return readdirSync(PROGRAMS).filter((name) => statSync(join(PROGRAMS, name)).isDirectory());
}

/** One line of a program: `ok 1 title` or `not ok 2 title # why`. */
export interface Check {
  readonly number: number;
  readonly holds: boolean;
  readonly title: string;
  readonly why: string;
}

/** What a program printed. */
export interface Report {
  readonly checks: Check[];
  /** Number of checks by the program's own count (`1..n`, its last line); undefined when it did not come that far. */
  readonly plan?: number;
}

/** Reads the lines of a program; those of the host and the stack between them are passed over. */
export function readReport(console: string): Report {
  const checks: Check[] = [];
  let plan: number | undefined;
  for (const line of console.split(/\r?\n/)) {
    const check = /^(not )?ok (\d+) (.*?)(?: # (.*))?$/.exec(line);
    if (check !== null) {
      const [, not, number, title = "", why = ""] = check;
      checks.push({ number: Number(number), holds: not === undefined, title, why });
    }
    const end = /^1\.\.(\d+)$/.exec(line);
    if (end !== null) plan = Number(end[1]);
  }
  return { checks, plan };
}

/** Why the programs cannot run on this board here, or false. */
export function missing(board: string): string | false {
  const found = findBoard(board);
  if (found === undefined || found.kind === "native") return false;
  for (const [tool, from] of [
    ["arm-none-eabi-gcc", "gcc-arm-none-eabi"],
    [found.qemu.binary, found.qemu.package],
  ] as const) {
    if (spawnSync(tool, ["--version"]).error !== undefined) {
      return `${tool} is not installed; on Debian: apt-get install ${from}`;
    }
  }
  return false;
}

/** Builds a program for a board. */
export function buildProgram(program: string, board: string): Promise<BuildResult> {
  return buildForTest(join(PROGRAMS, program), board);
}

/** Runs a program: its console and its exit code. */
export type Runner = (result: BuildResult) => Promise<{ console: string; code: number }>;

/** Runs it as `socklet run` does. */
export const runOnBoard: Runner = async (result) => {
  const decoder = new TextDecoder();
  let console = "";
  const { code } = await runFirmware(result, {
    forwards: [],
    timeout: TIMEOUT,
    onConsole: (bytes) => {
      console += decoder.decode(bytes, { stream: true });
    },
  });
  return { console, code };
};

/** Every program on one host: a test for each, with a subtest for each of its lines. */
export function contractSuite(host: string, board: string, run: Runner): void {
  for (const program of contractPrograms()) {
    test(`${program} on ${host}`, { skip: missing(board) }, async (context) => {
      const { console, code } = await run(await buildProgram(program, board));
      const { checks, plan } = readReport(console);
      for (const { number, holds, title, why } of checks) {
        await context.test(`${number} ${title}`, () => assert.ok(holds, why));
      }
      assert.equal(plan, checks.length, `the program did not come to its end:\n${console.slice(-2000)}`);
      assert.ok(checks.length > 0);
      assert.deepEqual(
        checks.map((check) => check.number),
        checks.map((_, index) => index + 1),
      );
      assert.equal(code, checks.filter((check) => !check.holds).length, "its exit code is the number of failures");
    });
  }
  test(`the console of ${host} loses nothing while its reader is kept waiting`, { skip: missing(board) }, async () => {
    const result = await buildProgram("descriptors", board);
    let console = "";
    const stop = new Int32Array(new SharedArrayBuffer(4));
    await runFirmware(result, {
      forwards: [],
      timeout: TIMEOUT,
      onConsole: (bytes) => {
        // As on a busy machine: this process does not run.
        if (console.length < STALLS * STALL_BYTES) Atomics.wait(stop, 0, 0, STALL);
        console += new TextDecoder().decode(bytes);
      },
    });
    const { checks, plan } = readReport(console);
    assert.equal(plan, checks.length, console);
  });
}
