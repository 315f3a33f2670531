/** What goes into an image and what comes out. */
import type { McuBoard } from "../../boards/types.js";
import type { Translation } from "../aot/index.js";

/** Values of Kconfig options by their symbol without CONFIG_ (cli/config's ResolvedConfig is one). */
export interface ImageConfig {
  get(name: string): boolean | number | string;
}

export interface ImageInput {
  readonly board: McuBoard;
  readonly config: ImageConfig;
  /** core.wasm, translated with the name "core". */
  readonly core: Translation;
  /** app.wasm, translated with the name "app" and CONFIG_APP_MEMORY_SIZE. */
  readonly app: Translation;
  /** Name of the application: its argument 0 and the name in messages. */
  readonly name: string;
  /** Seed of host.random; without it the board's own sources are used. For tests. */
  readonly seed?: number;
  /** Bytes of core memory. */
  readonly coreMemorySize: number;
  /** Names of the core's functions in the image, for trap messages; by default numbers (saves flash). */
  readonly coreNames?: boolean;
  /** System calls inlined into the application; by default they stay opaque. */
  readonly inlineSystemCalls?: boolean;
  /** Functions of the application that check the C stack on entry, and the bytes that they leave free below. */
  readonly stackGuard?: StackGuard;
  /** More preprocessor definitions, `NAME` → value. For tests and measurements. */
  readonly defines?: Readonly<Record<string, string | number>>;
}

/** A check of the stack pointer at the start of functions whose depth nobody can tell. */
export interface StackGuard {
  /** C names, or "all". */
  readonly functions: readonly string[] | "all";
  /** Bytes below the check for what does not recurse: system calls, the core, interrupts. */
  readonly reserve: number;
}

/** Texts of an image. */
export interface EmittedImage {
  /** The one translation unit. */
  readonly "image.c": string;
  /** The linker script. */
  readonly "image.ld": string;
  /** Compiler and arguments; run in the directory that has both files. It writes image.elf. */
  readonly command: readonly string[];
}

/** A build that cannot go on; the message says what is wrong and what to do. */
export class ImageError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "ImageError";
  }
}
