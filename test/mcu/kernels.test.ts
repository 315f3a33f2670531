/** The assembly kernels on the CPU they are written for, in the form of both boards (burst FIFO and single register). */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { it } from "node:test";
import { findBoard } from "../../boards/index.js";
import type { McuBoard } from "../../boards/types.js";
import { boardDefines, compileCommand, defineLines, linkCommand } from "../../runtime/mcu/image.js";
import { linkerScript } from "../../runtime/mcu/linker-script.js";
import { fixture, runImage } from "./images.js";

const board = findBoard("mps2_an385") as McuBoard;

/**
 * Most instructions of each kernel at 1, 16, 128 and 365 words, return included: what was measured, and a handful. A
 * kernel that falls back to loops of single words is far above.
 */
const LIMITS: Record<string, readonly number[]> = {
  copy: [11, 16, 44, 110],
  copy_sum: [15, 36, 178, 480],
  sum: [14, 34, 162, 434],
  port_read: [11, 16, 44, 110],
  port_read_sum: [15, 36, 178, 480],
  port_write: [11, 16, 44, 110],
  port_skip: [10, 14, 28, 64],
};

for (const [burst, small] of [
  [true, false],
  [false, false],
  [true, true],
  [false, true],
]) {
  it(`kernels agree with plain loops at every length (${burst ? "burst FIFO" : "single register"}, ${small ? "small" : "unrolled"})`, async (t) => {
    const directory = mkdtempSync(join(tmpdir(), "socklet-kernels-"));
    try {
      const variant = { ...board, nic: { ...board.nic, burst } };
      const headers = [
        `arch/${board.arch}/registers.h`,
        `arch/${board.arch}/interrupts.h`,
        `soc/${board.soc}.h`,
        `timer/${board.timer.kind}.h`,
        `uart/${board.uart.kind}.h`,
        `arch/${board.arch}/kernels.h`,
        `arch/${board.arch}/semihosting.h`,
        "host/libc.h",
        "host/print.h",
        "host/random.h",
        `arch/${board.arch}/startup.h`,
      ];
      const lines = [
        ...defineLines({ ...boardDefines(variant, board.nic.mac), KERNELS_SMALL: small ? 1 : 0 }),
        '#include "host/types.h"',
        ...headers.map((path) => `#include "${path}"`),
        fixture("kernels.c"),
      ];
      writeFileSync(join(directory, "image.c"), lines.join("\n"));
      writeFileSync(join(directory, "image.ld"), linkerScript(board, 4096));
      const call = ([compiler, ...args]: string[]): Buffer =>
        execFileSync(compiler, args, { cwd: directory, stdio: ["ignore", "inherit", "inherit"] });
      call([...compileCommand(board, false), "-c", "image.c", "-o", "image.o"]);
      call([...linkCommand(board), "image.o"]);
      const run = await runImage(board, join(directory, "image.elf"), { extra: ["-icount", "shift=6"], seconds: 60 });
      assert.doesNotMatch(run.console, /FAIL/);
      assert.match(run.console, /^all kernels agree$/m);
      assert.equal(run.code, 0);
      for (const [name, limits] of Object.entries(LIMITS)) {
        const counts = new RegExp(`^${name} (\\d+) (\\d+) (\\d+) (\\d+)$`, "m").exec(run.console)?.slice(1).map(Number);
        assert.ok(counts, `${name} was not measured`);
        t.diagnostic(`${name}: ${counts.join(" ")}`);
        if (burst && !small)
          assert.ok(
            counts.every((count, index) => count <= limits[index]),
            `${name}: ${counts}`,
          );
      }
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  });
}
