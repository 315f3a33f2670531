/** Programs for a bare Cortex-M3 (QEMU machine mps2-an385, semihosting), for the tests and for the benches of runtime/aot. */
import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { promisify } from "node:util";
import { includeDirectory } from "../../runtime/aot/index.js";

const run = promisify(execFile);
const BUFFER = { maxBuffer: 1 << 28 };

/** Vector table and reset handler. QEMU loads all sections and clears memory, so that nothing has to be copied. */
const START = `
extern int main(void);
extern void exit(int);
extern void initialise_monitor_handles(void);
void _init(void) {}
void _fini(void) {}
void reset(void) { initialise_monitor_handles(); exit(main()); }
__attribute__((weak)) void fault(void) { exit(99); }
__attribute__((section(".vectors"), used)) static void (*const vectors[])(void) = {
  (void (*)(void))0x20400000, reset, fault, fault, fault, fault, fault };
`;

/** Where RAM begins. */
const RAM = 0x2000_0000;

/** Compiles C texts and links them; `output` is the image, and `data` the address of its variables. Functions are kept apart, for their sizes. */
export async function compileForCortexM3(
  sources: string[],
  flags: readonly string[],
  output: string,
  data = RAM,
): Promise<void> {
  const files: string[] = [];
  for (const [index, source] of [START, ...sources].entries()) {
    const file = `${output}.${index}.c`;
    await writeFile(file, source);
    files.push(file);
  }
  const target = ["-mcpu=cortex-m3", "-mthumb", "-std=gnu11", "-I", includeDirectory()];
  const link = [
    "--specs=rdimon.specs",
    "-nostartfiles",
    "-Wl,-e,reset",
    "-Wl,--section-start=.vectors=0",
    "-Wl,-Ttext=0x100",
    `-Wl,-Tdata=0x${data.toString(16)}`,
    "-Wl,--no-warn-rwx-segments",
    "-lm",
  ];
  await run("arm-none-eabi-gcc", [...target, ...flags, ...files, ...link, "-o", output], BUFFER);
}

/** Runs an image to its end; what it printed. `options` are more of QEMU's. */
export async function runOnCortexM3(image: string, options: readonly string[] = []): Promise<string> {
  const machine = ["-M", "mps2-an385", "-nographic", "-monitor", "none", "-serial", "none"];
  const semihosting = ["-semihosting-config", "enable=on,target=native"];
  const { stdout } = await run("qemu-system-arm", [...machine, ...semihosting, ...options, "-kernel", image], {
    ...BUFFER,
    timeout: 60_000,
  });
  return stdout;
}
