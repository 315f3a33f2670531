/** Builds and runs small images on QEMU for the tests of the C host. */
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import wabt from "wabt";
import type { McuBoard } from "../../boards/types.js";
import { OPTIONS } from "../../Kconfig.js";
import { translate } from "../../runtime/aot/index.js";
import { type CompiledImage, compileImage, type ImageConfig, type ImageInput } from "../../runtime/mcu/image.js";

const FIXTURES = join(dirname(fileURLToPath(import.meta.url)), "fixtures");

/** Text of a fixture. */
export const fixture = (name: string) => readFileSync(join(FIXTURES, name), "utf8");

/** Options: the defaults, the board's, and `values`. */
export function testConfig(board: McuBoard, values: Record<string, string | number | boolean> = {}): ImageConfig {
  const all: Record<string, string | number | boolean> = {
    ...Object.fromEntries(OPTIONS.map((option) => [option.name, option.default])),
    ...board.defaults,
    ...values,
  };
  return {
    get(name) {
      const value = all[name];
      if (value === undefined) throw new Error(`there is no option ${name}`);
      return value;
    },
  };
}

/** WebAssembly text → binary. */
export async function assemble(text: string): Promise<Uint8Array> {
  const module = (await wabt()).parseWat("test.wat", text);
  try {
    return module.toBinary({ write_debug_names: true }).buffer;
  } finally {
    module.destroy();
  }
}

export interface Run {
  readonly console: string;
  /** Exit code of QEMU; undefined when it was ended after the time limit or by `until`. */
  readonly code: number | undefined;
}

/** Runs an image until it ends, until the console has `until`, or for `seconds`. */
export function runImage(
  board: McuBoard,
  elf: string,
  options: { until?: RegExp; seconds?: number; extra?: string[] } = {},
): Promise<Run> {
  const { until, seconds = 20, extra = [] } = options;
  const args = [
    ...board.qemu.arguments,
    ...["-display", "none", "-monitor", "none", "-serial", "stdio", "-nic", "none"],
    ...["-semihosting-config", "enable=on,target=native", "-kernel", elf],
    ...extra,
  ];
  return new Promise((resolve, reject) => {
    const child = spawn(board.qemu.binary, args, { stdio: ["ignore", "pipe", "pipe"] });
    let console = "";
    let ended = false;
    const end = () => {
      ended = true;
      child.kill();
    };
    const timer = setTimeout(end, seconds * 1000);
    const collect = (bytes: Buffer) => {
      console += bytes.toString("latin1");
      if (until?.test(console)) end();
    };
    child.stdout.on("data", collect);
    child.stderr.on("data", collect);
    child.on("error", reject);
    child.on("close", (code) => {
      clearTimeout(timer);
      resolve({ console, code: ended ? undefined : (code ?? undefined) });
    });
  });
}

/** Compiles an application in WebAssembly text with a core (by default the tiny one); hands the result to `use`. In `folder`, which stays, or in one of its own. */
export async function withImage<T>(
  board: McuBoard,
  app: string,
  options: { core?: string; config?: Record<string, string | number | boolean> } & Partial<
    Omit<ImageInput, "config" | "core" | "app">
  >,
  use: (image: CompiledImage, directory: string) => Promise<T> | T,
  folder?: string,
): Promise<T> {
  const { core = fixture("tiny-core.wat"), config, ...input } = options;
  const directory = folder ?? mkdtempSync(join(tmpdir(), "socklet-mcu-"));
  try {
    const settings = testConfig(board, { APP_MEMORY_SIZE: 4096, ...config });
    const coreMemorySize = input.coreMemorySize ?? 4096;
    const [coreText, appText] = await Promise.all([
      assemble(core).then((wasm) => translate(wasm, { name: "core", memorySize: coreMemorySize })),
      assemble(app).then((wasm) =>
        translate(wasm, { name: "app", memorySize: Number(settings.get("APP_MEMORY_SIZE")) }),
      ),
    ]);
    const image = await compileImage(
      { name: "test", seed: 1, ...input, board, config: settings, core: coreText, app: appText, coreMemorySize },
      directory,
    );
    return await use(image, directory);
  } finally {
    if (folder === undefined) rmSync(directory, { recursive: true, force: true });
  }
}
