/** The configuration as AssemblyScript constants: the text of config.ts. */
import { MENUS } from "../../Kconfig.js";
import type { ResolvedConfig } from "./resolved.js";
import { parseIpv4, parseMac } from "./values.js";

const HEADER = `/**
 * The configuration as AssemblyScript sees it: one constant per option of Kconfig.ts.
 * Generated: these are the defaults, for editors and the type checker. A build puts its own values here.
 */
`;

function hex(value: number, digits: number): string {
  return `0x${value.toString(16).padStart(digits, "0")}`;
}

/** Four bytes as the u32 that they are in little-endian memory. */
function word(bytes: readonly number[]): number {
  return bytes.reduce((sum, byte, index) => sum + byte * 2 ** (8 * index), 0);
}

/** A short text as its length and words: AssemblyScript has no constant bytes from elsewhere. */
function textWords(symbol: string, text: string, maxBytes: number): string[] {
  const bytes = [...Buffer.from(text, "ascii")];
  const lines = [`/** "${text}": its length, then its bytes in memory order. */`];
  lines.push(`export const ${symbol}_LENGTH: i32 = ${bytes.length};`);
  for (let i = 0; i < maxBytes; i += 4) {
    lines.push(`export const ${symbol}_WORD${i / 4}: u32 = ${hex(word(bytes.slice(i, i + 4)), 8)};`);
  }
  return lines;
}

/** The declarations of one option; none for most strings, which reach the host and not the core. */
function declaration(name: string, config: ResolvedConfig): string[] {
  const entry = config.entries.get(name);
  if (entry === undefined) throw new Error(`CONFIG_${name} was not resolved.`);
  const symbol = `CONFIG_${name}`;
  const { option, value } = entry;
  switch (option.type) {
    case "bool":
      return [`export const ${symbol}: bool = ${value};`];
    case "int":
      return Number(value) > 0x7fff_ffff
        ? [`export const ${symbol}: u32 = ${value};`]
        : [`export const ${symbol}: i32 = ${value};`];
    case "hex":
      return [`export const ${symbol}: u32 = ${hex(Number(value), 8)};`];
    case "ipv4":
      return [
        `/** ${value}, network order. */`,
        `export const ${symbol}: u32 = ${hex(word(parseIpv4(String(value)) ?? []), 8)};`,
      ];
    case "mac": {
      const bytes = parseMac(String(value)) ?? [];
      return [
        `/** ${value}: bytes 0 to 3, then 4 and 5, in memory order. */`,
        `export const ${symbol}_LOW: u32 = ${hex(word(bytes.slice(0, 4)), 8)};`,
        `export const ${symbol}_HIGH: u32 = ${hex(word(bytes.slice(4)), 4)};`,
      ];
    }
    case "string":
      return option.maxBytes === undefined ? [] : textWords(symbol, String(value), option.maxBytes);
  }
}

/** The text of config.ts for a configuration: plain constants, so that a branch on them vanishes when compiled. */
export function generateConfigModule(config: ResolvedConfig): string {
  const lines = MENUS.flatMap((menu) => menu.options).flatMap((option) => declaration(option.name, config));
  return `${HEADER}${lines.join("\n")}\n`;
}
