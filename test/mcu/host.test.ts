/** The C host on both QEMU boards: start, end, traps, faults, sleep, clock. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { findBoard } from "../../boards/index.js";
import type { McuBoard } from "../../boards/types.js";
import { application, HELLO } from "./fixtures/apps.js";
import { runImage, withImage } from "./images.js";

const BOARDS = ["mps2_an385", "qemu_cortex_m3"].map((name) => findBoard(name) as McuBoard);

/** Sum of the 64-bit numbers, one a line, that the console shows. */
const hexNumbers = (console: string) =>
  [...console.matchAll(/^([0-9a-f]{16})$/gm)].map((match) => BigInt(`0x${match[1]}`));

for (const board of BOARDS) {
  describe(`host on ${board.name}`, () => {
    it("boots, prints and ends with the application's exit code, and compiles without a warning", () =>
      withImage(board, HELLO, {}, async (image) => {
        assert.equal(image.warnings, "");
        const run = await runImage(board, image.elf);
        assert.match(run.console, /tiny core up\nhello\n\*\*\* application ended with exit code 3\n/);
        assert.equal(run.code, 3);
      }));

    it("reports an access outside of memory with function and reason, and stays up", () => {
      const app = application(
        "(drop (call $main/compute (i32.const 0x10000000)))",
        "(func $main/compute (param i32) (result i32) (i32.load (local.get 0)))",
      );
      return withImage(board, app, {}, async (image) => {
        const run = await runImage(board, image.elf, { until: /stays up\n/ });
        assert.match(run.console, /\*\*\* app trapped: out of bounds memory access in function main\/compute\n/);
        assert.match(run.console, /\*\*\* application stopped; the network stack stays up\n/);
        assert.equal(run.code, undefined);
      });
    });

    it("restarts an application that traps, with fresh memory, when configured so", () => {
      // Traps as long as memory word 1024 is what data laid out; a restart must bring that back.
      const app = application(`
        (call $print_hex (i64.load (i32.const 1024)))
        (i64.store (i32.const 1024) (i64.const 5))
        (unreachable)`).replace("(func $print ", '(data (i32.const 1024) "\\07") (func $print ');
      return withImage(board, app, { config: { APP_ON_TRAP: "restart" } }, async (image) => {
        const run = await runImage(board, image.elf, { until: /(restarts[\s\S]*){3}/ });
        assert.match(
          run.console,
          /\*\*\* app trapped: unreachable in function main\/start\n\*\*\* application restarts\n/,
        );
        const values = hexNumbers(run.console);
        assert.ok(values.length >= 3);
        assert.ok(values.every((value) => value === 7n));
      });
    });

    // Word 600 is 0, so it never gets smaller; what comes after the call keeps it from becoming a loop.
    const recursion = (afterwards: string) =>
      application(
        "(drop (call $main/recurse (i32.const 1000000)))",
        `(func $main/recurse (param i32) (result i32)
          (local $deeper i32)
          (if (i32.eqz (local.get 0)) (then (return (i32.const 1))))
          (local.set $deeper (call $main/recurse (i32.sub (local.get 0) (i32.load (i32.const 600)))))
          ${afterwards}
          (i32.add (local.get $deeper) (local.get 0)))`,
      );
    const overflow = /\n\*\*\* app trapped: C stack overflow; CONFIG_MAIN_STACK_SIZE is \d+\n/;

    it("stops an application that recurses before the stack of its system calls is gone, and stays up", () =>
      withImage(board, recursion("(drop (call $random (i32.const 608) (local.get 0)))"), {}, async (image) => {
        assert.equal(image.stack.bytes, undefined);
        assert.match(image.stack.reason ?? "", /recurse calls .*recurse/);
        const run = await runImage(board, image.elf, { until: /stays up\n/ });
        assert.match(run.console, overflow);
        assert.doesNotMatch(run.console, /CFSR/);
        assert.match(run.console, /stays up\n/);
      }));

    it("survives a stack that runs over its end: a fault, on a fresh stack", () => {
      const app = recursion("(i32.store (i32.const 604) (local.get $deeper))");
      return withImage(board, app, { stackGuard: { functions: [], reserve: 0 } }, async (image) => {
        const run = await runImage(board, image.elf, { until: /stays up\n/ });
        assert.match(run.console, overflow);
        assert.match(run.console, /\*\*\* exception 0x0000000\d CFSR 0x/);
        assert.match(run.console, /stays up\n/);
      });
    });

    it("without CONFIG_EXCEPTION_DEBUG says kind and place of a trap in numbers", async () => {
      const config = { EXCEPTION_DEBUG: false };
      const outside = "(func $main/compute (param i32) (result i32) (i32.load (local.get 0)))";
      const app = application("(drop (call $main/compute (i32.const 0x7fffffff)))", outside);
      await withImage(board, app, { config }, async (image) => {
        const run = await runImage(board, image.elf, { until: /stays up\n/ });
        const [, kind, place] =
          /\n\*\*\* app trapped: (\d+) at 0x([0-9a-f]{8})\n\*\*\* application stopped/.exec(run.console) ?? [];
        assert.equal(kind, "2", run.console);
        const flash = Number.parseInt(place, 16) - board.flash.origin;
        assert.ok(flash > 0 && flash < image.sizes.flash, `0x${place} is in the image`);
      });
      const deep = recursion("(i32.store (i32.const 604) (local.get $deeper))");
      await withImage(board, deep, { config, stackGuard: { functions: [], reserve: 0 } }, async (image) => {
        const run = await runImage(board, image.elf, { until: /stays up\n/ });
        assert.match(run.console, /\n\*\*\* app trapped: 11 at 0x[0-9a-f]{8}\n/);
        assert.doesNotMatch(run.console, /CFSR/);
      });
    });

    for (const [name, from, to, text] of [
      [
        "a register outside of its windows",
        1,
        0x4000_0000,
        /core trapped: device register outside of the board's windows\n\*\*\* PC 0x/,
      ],
      [
        "memory outside",
        2,
        0x10_0000,
        /core trapped: out of bounds memory access (?:in function number \d+|\n\*\*\* PC 0x[0-9a-f]{8})\n/,
      ],
    ] as const) {
      it(`restarts the core when it reaches ${name}, and gives up after three times`, () => {
        const app = application(`(drop (call $break_core (i32.const ${from}) (i32.const ${to})))`);
        return withImage(board, app, {}, async (image) => {
          const run = await runImage(board, image.elf);
          assert.match(run.console, text);
          assert.equal(run.console.match(/\*\*\* core and application restart\n/g)?.length, 3);
          assert.match(run.console, /\*\*\* the core trapped again after each restart: stopped\n/);
          assert.equal(run.code, 134);
        });
      });
    }

    it("sleeps until a deadline, to the microsecond late and never early", () => {
      const app = application(`
        (local $i i32) (local $before i64)
        (loop $again
          (local.set $before (call $now))
          (call $sleep_us (i64.const 200000))
          (call $print_hex (i64.sub (call $now) (local.get $before)))
          (br_if $again (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 5))))
        (call $exit (i32.const 0))`);
      return withImage(board, app, { config: { HOST_ACCOUNTING: true } }, async (image) => {
        const run = await runImage(board, image.elf, { extra: ["-icount", "shift=5,sleep=off"] });
        const slept = hexNumbers(run.console);
        assert.equal(slept.length, 5);
        for (const time of slept) assert.ok(time >= 200_000n && time < 200_100n, `slept ${time} us`);
        const accounting = /\*\*\* busy (\d+) us, idle (\d+) us, (\d+) sleeps, (\d+) polls/.exec(run.console);
        assert.ok(accounting, run.console);
        assert.ok(Number(accounting[2]) >= 990_000, run.console);
        assert.ok(Number(accounting[1]) < 50_000, run.console);
        assert.ok(Number(accounting[3]) < 20, run.console);
      });
    });
  });
}
