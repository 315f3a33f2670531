/** The lists of kconfig/capabilities.ts: endpoints and names. */
import { parseIpv4 } from "./values.js";

/** Addresses with `address & mask` and ports from `low` to `high`. */
export interface EndpointRule {
  /** Bytes in network order. */
  readonly address: readonly number[];
  readonly mask: readonly number[];
  readonly low: number;
  readonly high: number;
}

const PORT_MAX = 65_535;

function parsePorts(text: string | undefined): readonly [number, number] | undefined {
  if (text === undefined) return [0, PORT_MAX];
  const match = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text);
  if (match === null) return undefined;
  const low = Number(match[1]);
  const high = Number(match[2] ?? match[1]);
  return low >= 1 && low <= high && high <= PORT_MAX ? [low, high] : undefined;
}

/** The mask of a prefix of `bits` bits. */
function maskOf(bits: number): number[] {
  return [0, 8, 16, 24].map((before) => (0xff00 >> Math.min(8, Math.max(0, bits - before))) & 0xff);
}

function parseEndpoint(text: string): EndpointRule | undefined {
  const match = /^(?:(\*)|([\d.]+)(?:\/(\d{1,2}))?)(?::([\d-]+))?$/.exec(text);
  if (match === null) return undefined;
  const [, all, dotted, prefix, ports] = match;
  const range = parsePorts(ports);
  const bits = all === undefined ? Number(prefix ?? 32) : 0;
  const address = all === undefined ? parseIpv4(dotted ?? "") : [0, 0, 0, 0];
  if (range === undefined || address === undefined || bits > 32) return undefined;
  const mask = maskOf(bits);
  return { address: address.map((byte, i) => byte & (mask[i] ?? 0)), mask, low: range[0], high: range[1] };
}

function words(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== "");
}

/** The rules of a list of endpoints, or the entry that is none. */
export function parseEndpoints(text: string): readonly EndpointRule[] | { readonly wrong: string } {
  const rules: EndpointRule[] = [];
  for (const word of words(text)) {
    const rule = parseEndpoint(word);
    if (rule === undefined) return { wrong: word };
    rules.push(rule);
  }
  return rules;
}

/** The patterns of a list of names, in lower case, or the entry that is none. */
export function parseNames(text: string): readonly string[] | { readonly wrong: string } {
  const wrong = words(text).find((word) => !/^(\*|(\*\.)?[A-Za-z0-9_]([A-Za-z0-9._-]*[A-Za-z0-9])?)$/.test(word));
  return wrong === undefined ? words(text).map((word) => word.toLowerCase()) : { wrong };
}

/** True when the list allows everything: the core then has nothing of it. */
export function allowsAll(text: string): boolean {
  return words(text).includes("*");
}
