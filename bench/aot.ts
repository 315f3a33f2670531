/**
 * `npm run bench:aot`: the size of five functions of the core beside the same algorithms written in C, compiled by the same compiler with the
 * same arguments, and compared in what they do (bench/aot/driver.c).
 *
 *     npm run bench:aot -- [--document]   writes the table into docs/aot.md
 *                          [--kernels]    two kernels instead, beside plain wasm2c as well, with the instructions that they execute
 *
 * Needs gcc-arm-none-eabi and qemu-system-arm.
 */
import { BuildCache, cacheDirectory } from "../cli/build/build-cache.js";
import { packagePath } from "../cli/package-root.js";
import { measureKernels } from "./aot/kernels.js";
import { measureSample } from "./aot/program.js";
import { sampleTable } from "./aot/table.js";
import { AOT_MARKS, writeDocument } from "./document.js";
import { printTable } from "./report.js";

if (process.argv.includes("--kernels")) {
  printTable(await measureKernels());
} else {
  const { sizes, control, compared } = await measureSample(new BuildCache(cacheDirectory(packagePath("build"))));
  for (const { name, cases } of compared) process.stderr.write(`${name}: the same in ${cases} cases\n`);
  const table = sampleTable(sizes, control);
  printTable(table);
  if (process.argv.includes("--document")) writeDocument([table], AOT_MARKS, "aot.md");
}
