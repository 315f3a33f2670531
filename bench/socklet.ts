/** Builds our programs and measures the operations on them. */
import { copyFileSync, existsSync, mkdirSync } from "node:fs";
import { basename, join } from "node:path";
import { build } from "../cli/build/index.js";
import { type Pool, readPools } from "../cli/build/pools.js";
import { packagePath } from "../cli/package-root.js";
import type { SizeReport } from "../runtime/mcu/sizes.js";
import { BOARD, measure, type Result } from "./measure.js";
import { OPERATIONS, type Operation, type Station } from "./operations.js";
import { TCP_OPERATIONS } from "./tcp-operations.js";

/** All operations, in the order of the tables. */
export const ALL_OPERATIONS: readonly Operation[] = [...OPERATIONS, ...TCP_OPERATIONS];

/** Settings beside a program's own. The echo's buffer for datagrams of 8 KB needs no more memory. */
const DEFINES: Readonly<Record<string, readonly string[]>> = { "examples/udp_echo": ["CONFIG_APP_MEMORY_SIZE=16384"] };

export interface SockletImage {
  readonly application: string;
  readonly elf: string;
  readonly station: Station;
  readonly sizes: SizeReport;
  readonly pools: readonly Pool[];
}

/**
 * The programs for TCP have the same options, so the stack compiled for one is the stack of all; the build looks itself whether what
 * it finds in its folder is what it needs.
 */
function shareStack(from: string | undefined, to: string): void {
  if (from === undefined || existsSync(join(to, "core.wasm"))) return;
  mkdirSync(to, { recursive: true });
  for (const name of ["core.wasm", "core.json"]) copyFileSync(join(from, name), join(to, name));
}

let lastBuilt: string | undefined;

/** Builds a program, a folder of this repository, for the board. */
export async function buildSocklet(application: string): Promise<SockletImage> {
  const buildDirectory = packagePath("build", "bench");
  shareStack(lastBuilt, join(buildDirectory, basename(application), BOARD));
  const path = packagePath(...application.split("/"));
  const result = await build({ application: path, board: BOARD, defines: DEFINES[application], buildDirectory });
  const { config, firmware } = result;
  if (firmware === undefined) throw new Error(`${BOARD} gave no image`);
  lastBuilt = result.directory;
  return {
    application,
    elf: firmware.elf,
    station: { mac: config.string("ETH_MAC_ADDRESS"), ip: config.string("NET_CONFIG_MY_IPV4_ADDR") },
    sizes: firmware.sizes,
    pools: readPools(result.core.wasm),
  };
}

/** Measures `operations` on the programs that they run against. */
export async function measureSocklet(
  operations: readonly Operation[],
): Promise<{ images: SockletImage[]; results: Result[] }> {
  const images: SockletImage[] = [];
  const results: Result[] = [];
  for (const application of new Set(operations.map((operation) => operation.application))) {
    const image = await buildSocklet(application);
    images.push(image);
    const those = operations.filter((operation) => operation.application === application);
    results.push(...(await measure(image.elf, image.station, those)));
  }
  const order = operations.map(({ name }) => name);
  results.sort((a, b) => order.indexOf(a.operation) - order.indexOf(b.operation));
  return { images, results };
}
