/**
 * Registers a script as tests of node:test.
 *
 *     script("ARP-3: a request for another address is not answered", { rfc: "826" }, (stack) => {
 *       stack.inject(stack.peer.arpRequest({ tpa: "10.0.2.77" }));
 *       stack.quiet(1000);
 *     });
 *
 * The body runs once per variant: the clock starts at 0, just below 2^31 ms, 2^32 µs and 2^32 ms, polled exactly at the deadlines; and at
 * 0 polled also at random times in between, where the frames must be the same, byte for byte and at the same microsecond. With
 * `late: true` also polled up to 5 ms late (then the body must not depend on exact times). After the body `stack.end()` runs.
 * With SOCKLET_PCAP=<folder> in the environment a failing script writes its frames there.
 */
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { PollMode } from "../../runtime/node/world.js";
import { compileCore } from "./compile.js";
import { Stack, type StackOptions } from "./stack.js";

/** Start values of the clock, µs: what wraps is crossed 5 s later. */
export const CLOCK_STARTS: Readonly<Record<string, number>> = {
  "0": 0,
  "2^31 ms": 2 ** 31 * 1000 - 5_000_000,
  "2^32 µs": 2 ** 32 - 5_000_000,
  "2^32 ms": 2 ** 32 * 1000 - 5_000_000,
};

export interface ScriptOptions extends Omit<StackOptions, "start" | "mode"> {
  /** Where the rule stands: "1122 §3.2.2.6", or the id of a row of the checklist. */
  readonly rfc?: string;
  /** Also poll up to 5 ms late. */
  readonly late?: boolean;
  /** False: only one run, clock from 0, polled exactly. For long scripts. */
  readonly variants?: boolean;
  /** False: `end()` does not run (scripts that leave the core broken on purpose). */
  readonly end?: boolean;
}

export type ScriptBody = (stack: Stack) => void | Promise<void>;

interface Variant {
  readonly name: string;
  readonly start: number;
  readonly mode: PollMode;
}

/** A script that was collected instead of registered. */
export interface CollectedScript {
  readonly name: string;
  readonly options: ScriptOptions;
  readonly body: ScriptBody;
}

let collected: CollectedScript[] | undefined;

/**
 * The scripts that `load` would register, so that they can be run another way: with other settings, or recorded.
 * `load` imports the test files; a file is collected once a process.
 */
export async function collectScripts(load: () => Promise<unknown>): Promise<CollectedScript[]> {
  const list: CollectedScript[] = [];
  collected = list;
  try {
    await load();
  } finally {
    collected = undefined;
  }
  return list;
}

/** Registers the script `name`. */
export function script(name: string, options: ScriptOptions, body: ScriptBody): void {
  if (collected !== undefined) {
    collected.push({ name, options, body });
    return;
  }
  test(options.rfc === undefined ? name : `${name} [${options.rfc}]`, async () => {
    const compiled = await compileCore(options);
    const hashes = new Map<string, string>();
    for (const variant of variants(options)) {
      const stack = new Stack(compiled, { ...options, start: variant.start, mode: variant.mode });
      try {
        await body(stack);
        if (options.end !== false) stack.end();
      } catch (error) {
        if (error instanceof Error && variant.name !== "") error.message = `(${variant.name}) ${error.message}`;
        savePcap(name, stack);
        throw error;
      }
      hashes.set(variant.name, stack.world.traceHash());
    }
    if (hashes.has(EXTRA)) assert.equal(hashes.get(EXTRA), hashes.get(EXACT), "extra polls changed the frames");
  });
}

const EXACT = "clock from 0";
const EXTRA = "extra polls";

function variants(options: ScriptOptions): Variant[] {
  if (options.variants === false) return [{ name: "", start: 0, mode: "exact" }];
  const list: Variant[] = Object.entries(CLOCK_STARTS).map(([name, start]) => ({
    name: `clock from ${name}`,
    start,
    mode: "exact",
  }));
  list.push({ name: EXTRA, start: 0, mode: "extra" });
  if (options.late) list.push({ name: "late polls", start: 0, mode: "late" });
  return list;
}

function savePcap(name: string, stack: Stack): void {
  const folder = process.env.SOCKLET_PCAP;
  if (folder === undefined) return;
  mkdirSync(folder, { recursive: true });
  stack.world.writePcap(join(folder, `${name.replace(/[^A-Za-z0-9]+/g, "-").slice(0, 80)}.pcap`));
}
