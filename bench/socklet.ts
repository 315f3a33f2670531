import { build, type Pool, readPools } from "../cli/build/index.js";
import { packagePath } from "../cli/package-root.js";
import type { SizeReport } from "../runtime/mcu/sizes.js";
import { type Footprint, footprintOf } from "./footprint.js";
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

const BUILD_DIRECTORY = packagePath("build", "bench");
const SMALL_APPLICATION = "examples/tcp_echo";
const SMALL_BOARD = "qemu_cortex_m3";
/** Images of a program for the board that optimises for size, of which only the footprint is of interest. */
const SMALL_IMAGES: readonly { readonly with: string; readonly defines?: string[]; readonly confs?: string[] }[] = [
  { with: "" },
  { with: "with UDP ", defines: ["CONFIG_NET_UDP=y"] },
  { with: "with small.conf ", confs: [packagePath(...SMALL_APPLICATION.split("/"), "small.conf")] },
];

/** Builds a program, a folder of this repository, for the board. */
async function buildSocklet(application: string): Promise<SockletImage> {
  const path = packagePath(...application.split("/"));
  const options = { application: path, board: BOARD, defines: DEFINES[application] };
  const { config, firmware, core } = await build({ ...options, buildDirectory: BUILD_DIRECTORY });
  if (firmware === undefined) throw new Error(`${BOARD} gave no image`);
  return {
    application,
    elf: firmware.elf,
    station: { mac: config.string("ETH_MAC_ADDRESS"), ip: config.string("NET_CONFIG_MY_IPV4_ADDR") },
    sizes: firmware.sizes,
    pools: readPools(core.wasm),
  };
}

/** Builds the small images and takes their sizes. */
export async function measureSmall(): Promise<Footprint[]> {
  const application = packagePath(...SMALL_APPLICATION.split("/"));
  const sizes: Footprint[] = [];
  for (const { with: variant, defines, confs } of SMALL_IMAGES) {
    const options = { application, board: SMALL_BOARD, buildDirectory: BUILD_DIRECTORY, defines, confs };
    const { firmware } = await build(options);
    if (firmware === undefined) throw new Error(`${SMALL_BOARD} gave no image`);
    sizes.push(footprintOf(`${SMALL_APPLICATION} ${variant}on ${SMALL_BOARD}`, firmware.elf));
  }
  return sizes;
}

/** Builds programs. GCC works on one while asc, which is in this process, works on the next; those with the same options share their stack. */
function buildAll(applications: readonly string[]): Promise<SockletImage[]> {
  return Promise.all(applications.map(buildSocklet));
}

/** Measures `operations` on the programs that they run against. */
export async function measureSocklet(
  operations: readonly Operation[],
): Promise<{ images: SockletImage[]; results: Result[] }> {
  const images = await buildAll([...new Set(operations.map((operation) => operation.application))]);
  const results: Result[] = [];
  for (const { application, elf, station } of images) {
    const those = operations.filter((operation) => operation.application === application);
    results.push(...(await measure(elf, station, those)));
  }
  const order = operations.map(({ name }) => name);
  results.sort((a, b) => order.indexOf(a.operation) - order.indexOf(b.operation));
  return { images, results };
}
