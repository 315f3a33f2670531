/** What the build says when an image cannot be made, and what it tells of one that can. */
import assert from "node:assert/strict";
import { rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { it } from "node:test";
import { findBoard } from "../../boards/index.js";
import type { McuBoard } from "../../boards/types.js";
import { type CompiledImage, ImageError, macWords, stringList } from "../../runtime/mcu/image.js";
import { stackDepth } from "../../runtime/mcu/stack-depth.js";
import { application, HELLO } from "./fixtures/apps.js";
import { runImage, withImage } from "./images.js";

const small = findBoard("qemu_cortex_m3") as McuBoard;
const large = findBoard("mps2_an385") as McuBoard;

const rejection = (app: string, options: Parameters<typeof withImage>[2], board = small) =>
  withImage(board, app, options, () => assert.fail("the image was built")).then(
    () => assert.fail(),
    (error: unknown) => {
      assert.ok(error instanceof ImageError, String(error));
      return error.message;
    },
  );

it("an image larger than RAM: how much it needs, how much there is, what takes it", async () => {
  const message = await rejection(HELLO, { name: "hungry", config: { APP_MEMORY_SIZE: 65_536 } });
  assert.match(
    message,
    /^hungry needs \d\d,\d{3} bytes of RAM, qemu_cortex_m3 has 65,536: the stack's pools take 4,096 \(.*\), the application's memory 65,536 \(CONFIG_APP_MEMORY_SIZE\), the C stack 2,560 \(CONFIG_MAIN_STACK_SIZE\)\. Make one of them smaller, by \d,\d{3} bytes in all\.$/,
  );
  const needs = Number(/needs ([\d,]+)/.exec(message)?.[1].replaceAll(",", ""));
  assert.ok(needs >= 65_536 + 4096 + 2560 && needs < 65_536 + 4096 + 2560 + 1024, message);
});

it("an image larger than flash", async () => {
  // 300,000 bytes of data that no other bytes tell, to be copied at start.
  const noise = Array.from({ length: 300_000 }, (_, at) => Math.imul((at * at) ^ (at << 7), 0x9e3779b1) >>> 24);
  const data = noise.map((byte) => `\\${byte.toString(16).padStart(2, "0")}`).join("");
  const app = HELLO.replace("(memory (export", `(data (i32.const 4096) "${data}")(memory (export`).replace(
    '"memory") 1)',
    '"memory") 6)',
  );
  const message = await rejection(app, { name: "large", config: { APP_MEMORY_SIZE: 310_000 } });
  assert.match(message, /^large needs 3\d\d,\d{3} bytes of flash, qemu_cortex_m3 has 262,144: /);
});

it("imports that do not exist are named, all of them, before C is compiled", async () => {
  const message = await rejection(
    `(module
      (import "env" "abort" (func (param i32 i32 i32 i32)))
      (import "wasi_snapshot_preview1" "path_open" (func (param i32) (result i32)))
      (import "wasi_snapshot_preview1" "fd_close" (func (param i64) (result i32)))
      (memory (export "memory") 1) (func (export "_start")))`,
    {},
  );
  assert.deepEqual(message.split("\n"), [
    'The application imports env.abort, but there is no module "env": only wasi_snapshot_preview1 and socklet_v1 exist.',
    "The application imports wasi_snapshot_preview1.path_open, which is not a system call of socklet: see docs/system-calls.md for those that exist.",
    "The application imports wasi_snapshot_preview1.fd_close as (i64) → i32, but it is (i32) → i32.",
  ]);
});

it("a system call that this core does not have", async () => {
  const app = HELLO.replace(
    "(memory (export",
    '(import "socklet_v1" "socket" (func (param i32 i32 i32 i32) (result i32)))\n(memory (export',
  );
  assert.match(await rejection(app, {}), /imports socklet_v1\.socket, but this core does not export sys_socket/);
});

it("nothing to run", async () => {
  assert.match(await rejection('(module (memory (export "memory") 1))', {}), /exports neither _start nor main/);
});

it("a missing compiler: its name and how to install it", async () => {
  const path = process.env.PATH;
  process.env.PATH = "/nonexistent";
  try {
    assert.match(
      await rejection(HELLO, {}),
      /^The compiler arm-none-eabi-gcc was not found\. On Debian and Ubuntu: sudo apt-get install gcc-arm-none-eabi libnewlib-arm-none-eabi\./,
    );
  } finally {
    process.env.PATH = path;
  }
});

it("a C stack that is too small is refused with the number that is enough", async () => {
  const nested = Array.from(
    { length: 40 },
    (_, index) => `(func $deep${index} (param i64 i64) (result i64)
    (local $a i64) (local.set $a (i64.mul (local.get 0) (call $now)))
    (i64.add (i64.mul (local.get $a) (local.get 1))
      (call $${index === 39 ? "bottom" : `deep${index + 1}`} (i64.add (local.get 1) (call $now)) (local.get $a))))`,
  );
  const app = application(
    "(i64.store (i32.const 16) (call $deep0 (i64.const 1) (i64.const 2)))",
    `(func $bottom (param i64 i64) (result i64) (call $now)) ${nested.join("\n")}`,
  );
  // Functions called once are inlined and share one frame; -Os and -O2 differ, so only the form is checked.
  const depth = await withImage(small, app, {}, (image) => image.stack.bytes);
  assert.ok(depth !== undefined && depth > 100);
  const message = await rejection(app, { config: { MAIN_STACK_SIZE: Math.floor(depth / 16) * 8 } });
  assert.match(
    message,
    /^test can need [\d,]+ bytes of C stack, CONFIG_MAIN_STACK_SIZE is [\d,]+: set CONFIG_MAIN_STACK_SIZE=\d+ or more in prj\.conf\.$/,
  );
});

it("sizes add up, by part", () =>
  withImage(small, HELLO, {}, ({ sizes }: CompiledImage) => {
    const sum = (key: "flash" | "ram") => sizes.parts.reduce((total, part) => total + part[key], 0);
    assert.equal(sum("flash"), sizes.flash);
    assert.equal(sum("ram"), sizes.ram);
    const ram = Object.fromEntries(sizes.parts.map((part) => [part.name, part.ram]));
    assert.equal(ram["application memory"], 4096);
    assert.equal(ram["core memory"], 4096);
    // With the guard below it.
    assert.equal(ram.stack, 2560 + 256);
    assert.ok(sizes.flash > 1000 && sizes.flash < 6000, String(sizes.flash));
  }));

it("the clock goes on when the counter wraps, with and without a base that moved", async () => {
  const app = application(`
    (local $i i32) (local $last i64) (local $now i64)
    (loop $again
      (local.set $now (call $now))
      (if (i64.lt_u (local.get $now) (local.get $last)) (then (call $exit (i32.const 1))))
      (local.set $last (local.get $now))
      (br_if $again (i64.lt_u (local.get $now) (i64.const 3000000))))
    (call $print_hex (local.get $last))
    ;; Further than half the counter's range (86 s), twice: the base moves, the deadline does not.
    (call $sleep_us (i64.const 200000000))
    (call $print_hex (i64.sub (call $now) (local.get $last)))
    (call $exit (i32.const 0))`);
  // One second of ticks before the counter wraps.
  await withImage(large, app, { defines: { TIMER_START: "25000000u" } }, async (image) => {
    const run = await runImage(large, image.elf, { extra: ["-icount", "shift=5,sleep=off"], seconds: 60 });
    assert.equal(run.code, 0, run.console);
    const [last, slept] = [...run.console.matchAll(/^([0-9a-f]{16})$/gm)].map((match) => Number(`0x${match[1]}`));
    assert.ok(last >= 3_000_000 && last < 3_000_100, run.console);
    assert.ok(slept >= 200_000_000 && slept < 200_005_000, run.console);
  });
});

it("a sleep of 400 s passes the end of the watchdog's count four times over", async () => {
  const app = application(`
    (local $before i64)
    (local.set $before (call $now))
    (call $sleep_us (i64.const 400000000))
    (call $print_hex (i64.sub (call $now) (local.get $before)))
    (call $exit (i32.const 0))`);
  await withImage(small, app, {}, async (image) => {
    const run = await runImage(small, image.elf, { extra: ["-icount", "shift=10,sleep=off"] });
    const slept = Number(`0x${/^([0-9a-f]{16})$/m.exec(run.console)?.[1]}`);
    assert.ok(slept >= 400_000_000 && slept < 400_010_000, run.console);
  });
});

it("random numbers follow the seed", async () => {
  const app = application(`
    (drop (call $random (i32.const 1024) (i32.const 4)))
    (drop (call $random (i32.const 1028) (i32.const 4)))
    (call $print_hex (i64.load (i32.const 1024)))
    (call $exit (i32.const 0))`);
  const value = (seed: number) =>
    withImage(
      large,
      app,
      { seed },
      async (image) => /^[0-9a-f]{16}$/m.exec((await runImage(large, image.elf)).console)?.[0],
    );
  const [first, again, other] = [await value(1), await value(1), await value(2)];
  assert.equal(first, again);
  assert.ok(first && other && first !== other);
});

it("an idle second takes few instructions", async (t) => {
  const app = application("(call $sleep_us (i64.const 10000000)) (call $exit (i32.const 0))");
  await withImage(large, app, { config: { HOST_ACCOUNTING: true } }, async (image) => {
    // One instruction is 1,024 ns of virtual time: what is not idle is instructions.
    const run = await runImage(large, image.elf, { extra: ["-icount", "shift=10,sleep=off"] });
    const [, busy, idle] = (/busy (\d+) us, idle (\d+) us/.exec(run.console) ?? []).map(Number);
    assert.ok(idle >= 9_900_000, run.console);
    const instructions = Math.round(busy / 1.024);
    t.diagnostic(`${instructions} instructions from start to end of 10 idle seconds`);
    assert.ok(instructions < 40_000, run.console);
  });
});

it("string lists and MAC addresses become C", () => {
  assert.equal(stringList([]), '""');
  assert.equal(stringList(['a"1']), '"\\141\\042\\061\\000"');
  assert.deepEqual(macWords("02:00:5e:10:00:ff"), { low: 0x105e_0002, high: 0xff00 });
  assert.throws(() => macWords("02:00:5e:10:00"), /is not a MAC address/);
});

it("the core's object is compiled again when its text, the board's settings or the tools are others, not when the application is", async () => {
  const other = application("(call $print_hex (i64.const 0x123456789abcdef0)) (call $exit (i32.const 0))");
  const printed = async (elf: string): Promise<boolean> =>
    (await runImage(small, elf)).console.includes("123456789abcdef0");
  await withImage(small, HELLO, { tools: "first" }, async (hello, directory) => {
    const object = join(directory, "core.o");
    const made = (): number => statSync(object, { bigint: false }).mtimeMs;
    assert.equal(await printed(hello.elf), false);
    let before = made();
    const again = async (app: string, options: Parameters<typeof withImage>[2]): Promise<boolean> => {
      await withImage(small, app, options, ({ elf }) => elf, directory);
      const changed = made() !== before;
      before = made();
      return changed;
    };
    assert.equal(await again(other, { tools: "first" }), false);
    assert.equal(await printed(hello.elf), true);
    assert.equal(await again(other, { tools: "second" }), true);
    assert.equal(await again(other, { tools: "second", defines: { TIMER_START: "1u" } }), true);
    // Nothing is known of the tools, so nothing is known of the object.
    assert.equal(await again(other, {}), true);
    assert.equal(await again(other, { tools: "second" }), true);
    writeFileSync(object, "damaged");
    rmSync(join(directory, "core.json"));
    assert.equal(await again(other, { tools: "second" }), true);
    assert.equal(await printed(hello.elf), true);
  });
});

it("a function that one translation unit defines and the other calls counts once, with its bytes", () => {
  const core = `
node: { title: "image_main" label: "image_main\\ncore.c:1:1\\n16 bytes (static)" }
node: { title: "image_start_app" label: "image_start_app\\nhost/application.h:9:1" shape : ellipse }
node: { title: "call" label: "call\\ncore.c:2:1\\n40 bytes (static)" }
node: { title: "core.c:inner" label: "inner\\ncore.c:3:1\\n8 bytes (static)" }
node: { title: "poll_interrupt" label: "poll_interrupt\\n8 bytes (static)" }
edge: { sourcename: "image_main" targetname: "image_start_app" label: "x" }
edge: { sourcename: "call" targetname: "core.c:inner" label: "x" }`;
  const app = `
node: { title: "image_start_app" label: "image_start_app\\napp.c:1:1\\n100 bytes (static)" }
node: { title: "call" label: "call\\napp.c:2:1" shape : ellipse }
edge: { sourcename: "image_start_app" targetname: "call" label: "x" }`;
  const expected = 16 + 100 + 40 + 8 + 36 + 8 + 36;
  for (const text of [`${core}\n${app}`, `${app}\n${core}`]) assert.equal(stackDepth(text).bytes, expected);
});

it("the depth of a call graph, and why it cannot be told", () => {
  const graph = (edges: string) => `
node: { title: "image_main" label: "image_main\\nimage.c:1:1\\n16 bytes (static)\\n0 dynamic objects" }
node: { title: "a" label: "a\\n100 bytes (static)" }
node: { title: "b" label: "b\\n50 bytes (static)" }
node: { title: "poll_interrupt" label: "poll_interrupt\\n8 bytes (static)" }
edge: { sourcename: "image_main" targetname: "a" label: "x" }
edge: { sourcename: "image_main" targetname: "b" label: "x" }
${edges}`;
  const plain = stackDepth(graph(""));
  assert.equal(plain.bytes, 16 + 100 + 36 + 8 + 36);
  assert.equal(plain.reason, undefined);
  const recursive = stackDepth(graph('edge: { sourcename: "a" targetname: "a" label: "x" }'));
  assert.equal(recursive.bytes, undefined);
  assert.equal(recursive.reason, "a calls a");
  assert.deepEqual(recursive.recursive, ["a"]);
  assert.equal(recursive.withoutCycles, plain.bytes);
});
