/** The configuration as AssemblyScript constants: the text of config.ts. */
import { MENUS } from "../../Kconfig.js";
import { allowsAll, parseEndpoints, parseNames } from "./capability-rules.js";
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

/** A list of endpoints: how many rules, -1 for everything, and where they are (net/socket/capability.ts). */
function endpointRules(symbol: string, text: string): string[] {
  const rules = parseEndpoints(text);
  if (allowsAll(text) || "wrong" in rules)
    return [`export const ${symbol}_RULES: i32 = -1;`, `export const ${symbol}: usize = 0;`];
  const numbers = rules.flatMap(({ address, mask, low, high }) => [word(address), word(mask), low, high]);
  const data = rules.length === 0 ? "0" : `memory.data<u32>([${numbers.map((each) => hex(each, 8)).join(", ")}], 4)`;
  return [
    `/** ${text} */`,
    `export const ${symbol}_RULES: i32 = ${rules.length};`,
    `export const ${symbol}: usize = ${data};`,
  ];
}

/** A list of names: how many bytes, -1 for everything, and where they are: each ends with a NUL. */
function namePatterns(symbol: string, text: string): string[] {
  const names = parseNames(text);
  if (allowsAll(text) || "wrong" in names)
    return [`export const ${symbol}_BYTES: i32 = -1;`, `export const ${symbol}: usize = 0;`];
  const bytes = names.flatMap((name) => [...Buffer.from(name, "ascii"), 0]);
  const data = bytes.length === 0 ? "0" : `memory.data<u8>([${bytes.join(", ")}])`;
  return [
    `/** ${text} */`,
    `export const ${symbol}_BYTES: i32 = ${bytes.length};`,
    `export const ${symbol}: usize = ${data};`,
  ];
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
    case "endpoints":
      return endpointRules(symbol, String(value));
    case "names":
      return namePatterns(symbol, String(value));
    case "string":
      return option.maxBytes === undefined ? [] : textWords(symbol, String(value), option.maxBytes);
  }
}

/** The text of config.ts for a configuration: plain constants, so that a branch on them vanishes when compiled. */
export function generateConfigModule(config: ResolvedConfig): string {
  const lines = MENUS.flatMap((menu) => menu.options).flatMap((option) => declaration(option.name, config));
  return `${HEADER}${lines.join("\n")}\n`;
}
