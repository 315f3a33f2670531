/** What an option is. Kconfig.ts has all of them. */

export type OptionValue = boolean | number | string;

export interface KconfigOption {
  /** Symbol without the CONFIG_ prefix. */
  readonly name: string;
  /**
   * `ipv4` is dotted decimal; it reaches AssemblyScript as u32 in network order. `endpoints` and `names` are the lists of
   * kconfig/capabilities.ts.
   */
  readonly type: "bool" | "int" | "hex" | "ipv4" | "mac" | "string" | "endpoints" | "names";
  /** One line: what it is. */
  readonly prompt: string;
  readonly default: OptionValue;
  /** Inclusive, for int and hex. */
  readonly range?: readonly [number, number];
  /** The value must divide by this. */
  readonly multipleOf?: number;
  /** For ipv4: it is a network mask, ones before zeros. */
  readonly contiguousMask?: boolean;
  /** For a string that the core needs: it has at most so many letters, digits, hyphens and dots. Multiple of 4. */
  readonly maxBytes?: number;
  /** Allowed values of a string. */
  readonly values?: readonly string[];
  readonly unit?: string;
  /** Symbols that must be `y` (`!NAME`: must be `n`) for this one to be set. */
  readonly depends?: readonly string[];
  /** Set by the board or the build, never by an application. */
  readonly internal?: boolean;
  /** What it costs, what breaks when it is too small, why this default. */
  readonly help: string;
  /** Standard that defines it. */
  readonly rfc?: string;
}

export interface KconfigMenu {
  readonly title: string;
  readonly options: readonly KconfigOption[];
}
