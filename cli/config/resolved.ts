/** A configuration after all layers: every option with its value and where the value came from. */
import type { Board } from "../../boards/types.js";
import type { KconfigOption, OptionValue } from "../../Kconfig.js";

/** Where a value came from. */
export type Origin =
  | { readonly kind: "default" }
  | { readonly kind: "board"; readonly board: string }
  | { readonly kind: "file"; readonly path: string; readonly line: number }
  | { readonly kind: "command line"; readonly argument: string };

export interface ResolvedOption {
  readonly option: KconfigOption;
  readonly value: OptionValue;
  readonly origin: Origin;
}

/** Every option of Kconfig.ts with its value, for one board and application. */
export class ResolvedConfig {
  constructor(
    readonly board: Board,
    /** By symbol without CONFIG_, in the order of Kconfig.ts. */
    readonly entries: ReadonlyMap<string, ResolvedOption>,
  ) {}

  /** The value of an option, by its symbol without CONFIG_. */
  get(name: string): OptionValue {
    const entry = this.entries.get(name);
    if (entry === undefined) throw new Error(`There is no option CONFIG_${name} in Kconfig.ts.`);
    return entry.value;
  }

  /** The value of a bool. */
  bool(name: string): boolean {
    return this.get(name) === true;
  }

  /** The value of an int or hex. */
  int(name: string): number {
    const value = this.get(name);
    if (typeof value !== "number") throw new Error(`CONFIG_${name} is not a number.`);
    return value;
  }

  /** The value of a string, address or MAC, as text. */
  string(name: string): string {
    return String(this.get(name));
  }
}

/** `default`, `board mps2_an385`, `prj.conf:3` or `-DCONFIG_X=y`. */
export function describeOrigin(origin: Origin): string {
  if (origin.kind === "default") return "default";
  if (origin.kind === "board") return `board ${origin.board}`;
  if (origin.kind === "file") return `${origin.path}:${origin.line}`;
  return `-D${origin.argument}`;
}
