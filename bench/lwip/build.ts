/** Builds the images of lwIP that socklet is compared with: the port of this folder, lwIP's own files, four ways to compile them. */
import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { McuBoard } from "../../boards/types.js";
import { packagePath } from "../../cli/package-root.js";
import { linkerScript } from "../../runtime/mcu/linker-script.js";
import type { Station } from "../operations.js";
import type { LwipSource } from "./source.js";

export interface Variant {
  /** What the tables call it. */
  readonly name: string;
  readonly flags: readonly string[];
  /** Checksum algorithm 3, checksum on copy. */
  readonly tuned: boolean;
  /** socklet's assembly in driver and checksum hooks. */
  readonly kernels: boolean;
}

/** The columns. The third is lwIP at its best; the fourth is the fair one: it has our assembly as well. */
export const VARIANTS: readonly Variant[] = [
  { name: "lwIP -Os", flags: ["-Os"], tuned: false, kernels: false },
  { name: "lwIP -O2", flags: ["-O2"], tuned: false, kernels: false },
  { name: "lwIP LTO tuned", flags: ["-O2", "-flto"], tuned: true, kernels: false },
  { name: "lwIP our kernels", flags: ["-O2", "-flto"], tuned: true, kernels: true },
];

/** What lwIP needs for ARP, IPv4, ICMP, UDP, TCP and its timers; the linker leaves out what nobody calls. */
const CORE = "init def inet_chksum ip mem memp netif pbuf tcp tcp_in tcp_out timeouts udp".split(" ");
const IPV4 = "acd etharp icmp ip4 ip4_addr ip4_frag".split(" ");

const COMPILER = "arm-none-eabi-gcc";
const STACK_BYTES = 4096;

function addressOf(ip: string): string {
  const value = ip.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
  return `0x${value.toString(16)}`;
}

/** Compiles and links; the path of the image. @throws Error with the compiler's complaints */
export function buildLwip(source: LwipSource, variant: Variant, board: McuBoard, station: Station): string {
  const directory = packagePath("build", "lwip", variant.name.replace(/\W+/g, "-"));
  mkdirSync(directory, { recursive: true });
  const port = packagePath("bench", "lwip", "port");
  const core = join(source.directory, "src", "core");
  const script = join(directory, "image.ld");
  writeFileSync(script, linkerScript(board, STACK_BYTES));
  const elf = join(directory, "image.elf");
  const mac = station.mac.split(":").map((part) => `0x${part}`);
  const files = [
    ...readdirSync(port)
      .filter((name) => name.endsWith(".c"))
      .map((name) => join(port, name)),
    ...CORE.map((name) => join(core, `${name}.c`)),
    ...IPV4.map((name) => join(core, "ipv4", `${name}.c`)),
    join(source.directory, "src", "netif", "ethernet.c"),
  ];
  const options = [
    ...board.cpuFlags,
    ...variant.flags,
    ...["-std=gnu11", "-g", "-Wall", "-ffunction-sections", "-fdata-sections"],
    ...[`-I${port}`, `-I${join(source.directory, "src", "include")}`, `-I${packagePath()}`],
    ...[`-DTUNED=${Number(variant.tuned)}`, `-DKERNELS=${Number(variant.kernels)}`],
    ...[`-DBOARD_ADDRESS=${addressOf(station.ip)}`, `-DBOARD_MAC=${mac.join()}`],
    ...["-nostartfiles", "-Wl,--gc-sections", `-Wl,-T,${script}`, "-o", elf],
  ];
  const run = spawnSync(COMPILER, [...options, ...files], { encoding: "utf8" });
  if (run.status !== 0) throw new Error(`${variant.name} does not compile:\n${run.stderr ?? run.error}`);
  return elf;
}
