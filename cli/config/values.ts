/** Reading and writing the values of options. */
import type { KconfigOption, OptionValue } from "../../Kconfig.js";
import { parseEndpoints, parseNames } from "./capability-rules.js";

/** `10.0.2.15` → [10, 0, 2, 15]; undefined when it is not a dotted decimal address. */
export function parseIpv4(text: string): number[] | undefined {
  const parts = text.split(".");
  if (parts.length !== 4 || parts.some((part) => !/^\d{1,3}$/.test(part) || Number(part) > 255)) return undefined;
  return parts.map(Number);
}

/** `02:00:00:00:00:01` → six bytes; undefined when it is not a MAC address. */
export function parseMac(text: string): number[] | undefined {
  if (!/^[0-9a-fA-F]{2}(:[0-9a-fA-F]{2}){5}$/.test(text)) return undefined;
  return text.split(":").map((part) => Number.parseInt(part, 16));
}

/** A value as prj.conf writes it: y, 8, 0x40000000, "text". */
export function formatValue(option: KconfigOption, value: OptionValue): string {
  if (option.type === "bool") return value ? "y" : "n";
  if (option.type === "hex") return `0x${Number(value).toString(16)}`;
  if (option.type === "int") return String(value);
  return `"${String(value).replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
}

function numberInRange(option: KconfigOption, value: number): string | undefined {
  if (option.range === undefined) return undefined;
  const [low, high] = option.range;
  if (value >= low && value <= high) return undefined;
  const show = (n: number): string => (option.type === "hex" ? `0x${n.toString(16)}` : String(n));
  const unit = option.unit === undefined ? "" : ` ${option.unit}`;
  return `must be ${show(low)} to ${show(high)}${unit}, and ${show(value)} is outside`;
}

/** Why a value of the right type is still wrong, or undefined. */
export function checkValue(option: KconfigOption, value: OptionValue): string | undefined {
  switch (option.type) {
    case "int":
    case "hex":
      if (typeof value !== "number" || !Number.isInteger(value)) return "must be a whole number";
      return numberInRange(option, value) ?? checkMultiple(option, value);
    case "bool":
      return typeof value === "boolean" ? undefined : "must be y or n";
    case "string":
      if (option.values !== undefined && !option.values.includes(String(value))) {
        return `must be one of ${option.values.map((each) => `"${each}"`).join(", ")}, and is "${value}"`;
      }
      return checkName(option, String(value));
    case "ipv4": {
      const bytes = parseIpv4(String(value));
      if (bytes === undefined) return `must be an address such as "10.0.2.15", and is "${value}"`;
      if (option.contiguousMask === true && !isContiguousMask(bytes)) {
        return `must be a contiguous mask such as "255.255.255.0", and is "${value}"`;
      }
      return undefined;
    }
    case "endpoints": {
      const rules = parseEndpoints(String(value));
      return "wrong" in rules
        ? `must be addresses such as "10.0.0.0/8:80-90 *:53", and "${rules.wrong}" is none`
        : undefined;
    }
    case "names": {
      const names = parseNames(String(value));
      return "wrong" in names
        ? `must be names such as "example.com *.example.org", and "${names.wrong}" is none`
        : undefined;
    }
    case "mac": {
      const bytes = parseMac(String(value));
      if (bytes === undefined) return `must be an address such as "02:00:00:00:00:01", and is "${value}"`;
      if (((bytes[0] ?? 0) & 1) === 1) return `must be a unicast address (first byte even), and is "${value}"`;
      if (bytes.every((byte) => byte === 0)) return "must not be all zeros";
      return undefined;
    }
  }
}

/** A string that the core takes is a name of hosts (RFC 1123 §2.1) of limited length. */
function checkName(option: KconfigOption, text: string): string | undefined {
  if (option.maxBytes === undefined) return undefined;
  if (text.length > option.maxBytes) return `must have at most ${option.maxBytes} characters, and "${text}" has more`;
  if (/^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$/.test(text)) return undefined;
  return `must be letters, digits, hyphens and dots, and is "${text}"`;
}

function checkMultiple(option: KconfigOption, value: number): string | undefined {
  if (option.multipleOf === undefined || value % option.multipleOf === 0) return undefined;
  const near = Math.ceil(value / option.multipleOf) * option.multipleOf;
  return `must be a multiple of ${option.multipleOf}, and ${value} is not (${near} is)`;
}

function isContiguousMask(bytes: readonly number[]): boolean {
  const bits = bytes.map((byte) => byte.toString(2).padStart(8, "0")).join("");
  return /^1*0*$/.test(bits);
}

/** What an option's type looks like in prj.conf, for messages. */
export function typeHint(option: KconfigOption): string {
  const examples: Record<KconfigOption["type"], string> = {
    bool: "y or n",
    int: "a whole number",
    hex: "a hexadecimal number such as 0x40000000",
    ipv4: 'an IPv4 address in quotes such as "10.0.2.15"',
    mac: 'a MAC address in quotes such as "02:00:00:00:00:01"',
    string: 'text in double quotes such as "text"',
    endpoints: 'addresses in quotes such as "10.0.0.0/8:80-90 *:53"',
    names: 'names in quotes such as "example.com *.example.org"',
  };
  return examples[option.type];
}

/**
 * Reads the right-hand side of an assignment.
 *
 * @param shellTookQuotes true on a command line: text may then stand without quotes
 * @returns the value, or a sentence's end that says what is wrong
 */
export function parseValue(
  option: KconfigOption,
  text: string,
  shellTookQuotes: boolean,
): { readonly value: OptionValue } | { readonly problem: string } {
  const wrongType = { problem: `must be ${typeHint(option)}, and is ${text === "" ? "empty" : text}` };
  switch (option.type) {
    case "bool":
      if (text === "y") return { value: true };
      if (text === "n" || text === "") return { value: false };
      return wrongType;
    case "int":
      return /^-?\d+$/.test(text) ? { value: Number(text) } : wrongType;
    case "hex":
      return /^(0[xX])?[0-9a-fA-F]+$/.test(text) ? { value: Number.parseInt(text, 16) } : wrongType;
    default: {
      const inner = /^"((?:[^"\\]|\\.)*)"$/.exec(text);
      if (inner !== null) return { value: (inner[1] ?? "").replace(/\\(.)/g, "$1") };
      if (shellTookQuotes && !text.includes('"')) return { value: text };
      return wrongType;
    }
  }
}
