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
  readonly core: Omit<Translation, "memoryImage">;
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
  /** Functions of the application that check the C stack on entry, and the bytes that they leave free below. */
  readonly stackGuard?: StackGuard;
  /**
   * What the compiler and the sources of the host are, as a text: an object of the core that was compiled in the same folder from the same
   * text with the same of both is not compiled again. Without it nothing is.
   */
  readonly tools?: string;
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
  /** The translation unit of the core, the host and the system calls. */
  readonly "core.c": string;
  /** The translation unit of the application. */
  readonly "app.c": string;
  /** The linker script. */
  readonly "image.ld": string;
  /** Compiler and arguments for either unit; `-c`, its name and that of the object have to follow. */
  readonly compile: readonly string[];
  /** Further arguments for the application's unit. */
  readonly applicationFlags: readonly string[];
  /** Compiler and arguments to link image.elf; the objects and `-lm` have to follow. */
  readonly link: readonly string[];
}

/** A build that cannot go on; the message says what is wrong and what to do. */
export class ImageError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "ImageError";
  }
}
