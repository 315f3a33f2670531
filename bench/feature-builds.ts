/** Builds a program with and without a feature and says what the feature adds. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { build, coreMemorySize } from "../cli/build/index.js";
import { packagePath } from "../cli/package-root.js";
import { OPTIONS } from "../Kconfig.js";
import type { Feature } from "./feature-list.js";

/** The board that optimises for size. */
export const FEATURE_BOARD = "qemu_cortex_m3";
const BUILD_DIRECTORY = packagePath("build", "bench", "features");
/** Bytes of C stack that every image of both kinds has: enough for all, so that it makes no difference between two of them. */
const STACK = "CONFIG_MAIN_STACK_SIZE=4096";

/** What an image takes. */
export interface ImageSize {
  /** Bytes: code, constants, initial values. */
  readonly flash: number;
  /** Bytes: the memories of core and application, and the host's; the core's to the byte, not rounded up as the linker script has it. */
  readonly ram: number;
}

/** A feature with both of its images. */
export interface FeatureCost {
  readonly feature: Feature;
  readonly with: ImageSize;
  readonly without: ImageSize;
}

/** `NET_UDP` of the line `CONFIG_NET_UDP=y`. */
export function optionOf(line: string): string {
  const name = /^CONFIG_(\w+)=/.exec(line)?.[1];
  if (name === undefined) throw new Error(`"${line}" is no line of prj.conf`);
  return name;
}

/** The options that need `name`, directly or through others. */
function dependents(name: string): Set<string> {
  const found = new Set<string>();
  const look = (needed: string): void => {
    for (const option of OPTIONS) {
      if (option.depends?.includes(needed) !== true || found.has(option.name)) continue;
      found.add(option.name);
      look(option.name);
    }
  };
  look(name);
  return found;
}

/**
 * A prj.conf with `lines` in place of what it says of their options, and without the options that need one that `lines` switches off:
 * a value for something that is not there would be refused.
 */
export function changedConf(text: string, lines: readonly string[]): string {
  const gone = new Set(lines.map(optionOf));
  for (const line of lines) {
    if (line.endsWith("=n")) for (const name of dependents(optionOf(line))) gone.add(name);
  }
  const kept = text.split("\n").filter((line) => {
    const name = /^\s*CONFIG_(\w+)\s*=/.exec(line)?.[1];
    return name === undefined || !gone.has(name);
  });
  return `${kept.join("\n")}\n${lines.join("\n")}\n`;
}

const built = new Map<string, Promise<ImageSize>>();

/** Builds `application` with these lines; the same image is built once. */
function sizeOf(application: string, lines: readonly string[]): Promise<ImageSize> {
  const directory = packagePath(...application.split("/"));
  const prjConf = changedConf(readFileSync(join(directory, "prj.conf"), "utf8"), [...lines, STACK]);
  const key = `${application}\n${prjConf}`;
  const make = async (): Promise<ImageSize> => {
    const options = { application: directory, board: FEATURE_BOARD, prjConf, buildDirectory: BUILD_DIRECTORY };
    const { core, firmware } = await build(options);
    if (firmware === undefined) throw new Error(`${FEATURE_BOARD} gave no image`);
    const { sizes, coreMemory } = firmware;
    return { flash: sizes.flash, ram: sizes.ram - coreMemory + coreMemorySize(core) };
  };
  const size = built.get(key) ?? make();
  built.set(key, size);
  return size;
}

/**
 * Builds both images of `feature`, one after the other.
 *
 * @throws UserError or ImageError with the feature's name before the sentence, when one of them cannot be built
 */
export async function measureFeature(feature: Feature): Promise<FeatureCost> {
  const { application, given = [], on, off } = feature;
  try {
    const larger = await sizeOf(application, [...given, ...on]);
    return { feature, with: larger, without: await sizeOf(application, [...given, ...off]) };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new Error(`${feature.name} in ${application}: ${message}`, { cause: error });
  }
}
