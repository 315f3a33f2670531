/**
 * The text of one segment, close to packetdrill's:
 *
 *     S. 0:0(0) ack 1 win 65535 urg 3 <mss 1460,sackOK,TS val 1 ecr 0,nop,wscale 6>
 *
 * flags    letters of tcp-segment.ts, "-" for none
 * numbers  `first:last(bytes of payload)`, where last is first + bytes, or `first(bytes)`
 * options  `mss n`, `wscale n`, `sackOK`, `TS val n ecr n`, `sack 5:9 20:30`, `fastopen 0123456789abcdef` (`fastopen` asks, `fastopen *` is
 *          any cookie of eight bytes), `nop`, `eol`, `raw 0b04ffff`; `<>` for none
 *
 * In what is expected, `*` stands for any number; what is not written is not compared. Numbers may be negative: `ack -5`.
 */
import { hex } from "./bytes.js";
import { canonicalFlags, type TcpOption, type TcpSegment } from "./tcp-segment.js";

/** A number of the text; undefined for `*`. */
export type Wanted = number | undefined;

export type OptionText =
  | { readonly kind: "mss"; readonly value: Wanted }
  | { readonly kind: "wscale"; readonly shift: Wanted }
  | { readonly kind: "sackOK" }
  | { readonly kind: "sack"; readonly blocks: readonly (readonly [Wanted, Wanted])[] }
  | { readonly kind: "TS"; readonly val: Wanted; readonly ecr: Wanted }
  | { readonly kind: "nop" }
  | { readonly kind: "eol" }
  /** The cookie in hexadecimal digits, undefined for `*`. */
  | { readonly kind: "fastopen"; readonly cookie: string | undefined }
  | { readonly kind: "raw"; readonly data: Uint8Array };

export interface SegmentText {
  readonly flags: string;
  readonly seq: Wanted;
  readonly length: Wanted;
  /** Whether the text says anything about it; then `undefined` is `*`. */
  readonly hasAck: boolean;
  readonly ack: Wanted;
  readonly hasWindow: boolean;
  readonly window: Wanted;
  readonly urgent: Wanted;
  /** Undefined when the text has no `<…>`. */
  readonly options: readonly OptionText[] | undefined;
}

const SEGMENT =
  /^(?<flags>[SFRP.UEW]+|-)\s+(?<seq>-?\d+|\*)(?::(?<last>-?\d+|\*))?\((?<length>\d+|\*)\)(?<words>(?:\s+(?:ack|win|urg)\s+(?:-?\d+|\*))*)\s*(?:<(?<options>.*)>)?$/;

/** Reads the text of a segment. @throws Error that shows the text */
export function parseSegmentText(text: string): SegmentText {
  const match = SEGMENT.exec(text.trim());
  const groups = match?.groups;
  if (groups === undefined) throw new Error(`"${text}" is no segment like "P. 1:11(10) ack 1 win 1000 <nop>"`);
  const seq = wanted(groups.seq as string);
  const length = wanted(groups.length as string);
  const last = groups.last === undefined ? undefined : wanted(groups.last);
  if (seq !== undefined && length !== undefined && last !== undefined && seq + length !== last)
    throw new Error(`"${text}": ${seq} and ${length} bytes do not make ${last}`);
  const words = new Map([...(groups.words ?? "").matchAll(/(\w+)\s+(-?\d+|\*)/g)].map((each) => [each[1], each[2]]));
  const number = (word: string): Wanted => wanted(words.get(word) ?? "*");
  return {
    flags: canonicalFlags(groups.flags as string),
    seq,
    length,
    hasAck: words.has("ack"),
    ack: number("ack"),
    hasWindow: words.has("win"),
    window: number("win"),
    urgent: number("urg"),
    options: groups.options === undefined ? undefined : parseOptionList(groups.options),
  };
}

function wanted(text: string): Wanted {
  return text === "*" ? undefined : Number(text);
}

function parseOptionList(text: string): OptionText[] {
  return text
    .split(",")
    .map((each) => each.trim())
    .filter((each) => each !== "")
    .map(parseOption);
}

function parseOption(text: string): OptionText {
  const words = text.split(/\s+/);
  const number = (i: number): Wanted => {
    if (!/^(-?\d+|\*)$/.test(words[i] ?? "")) throw new Error(`TCP option "${text}"`);
    return wanted(words[i] as string);
  };
  switch (words[0]) {
    case "mss":
      return { kind: "mss", value: number(1) };
    case "wscale":
      return { kind: "wscale", shift: number(1) };
    case "sackOK":
    case "nop":
    case "eol":
      return { kind: words[0] };
    case "TS":
      if (words[1] !== "val" || words[3] !== "ecr") break;
      return { kind: "TS", val: number(2), ecr: number(4) };
    case "fastopen":
      return { kind: "fastopen", cookie: words[1] === "*" ? undefined : (words[1] ?? "") };
    case "raw":
      return { kind: "raw", data: Uint8Array.from(Buffer.from(words.slice(1).join(""), "hex")) };
    case "sack":
      return {
        kind: "sack",
        blocks: words.slice(1).map((block): [Wanted, Wanted] => {
          const [left, right] = block.split(":");
          if (left === undefined || right === undefined) throw new Error(`SACK block "${block}" in "${text}"`);
          return [wanted(left), wanted(right)];
        }),
      };
  }
  throw new Error(`TCP option "${text}" is none that the notation has`);
}

/** What numbers of a text are relative to: modulo 2^32. */
export interface Bases {
  /** Of the sequence numbers of the side that sends the segment, and of the other's. */
  readonly seq: number;
  readonly ack: number;
  /** Of TSval and of TSecr. */
  readonly tsVal: number;
  readonly tsEcr: number;
}

/** Whether a number is the wanted one after `base`. */
function is(actual: number, expected: Wanted, base = 0): boolean {
  return expected === undefined || actual === (base + expected) >>> 0;
}

/** Whether an option is the one of the text. */
export function optionMatches(actual: TcpOption, expected: OptionText, bases: Bases): boolean {
  switch (expected.kind) {
    case "mss":
      return actual.kind === "mss" && is(actual.value, expected.value);
    case "wscale":
      return actual.kind === "wscale" && is(actual.shift, expected.shift);
    case "TS":
      return (
        actual.kind === "TS" && is(actual.val, expected.val, bases.tsVal) && is(actual.ecr, expected.ecr, bases.tsEcr)
      );
    case "sack":
      return (
        actual.kind === "sack" &&
        actual.blocks.length === expected.blocks.length &&
        expected.blocks.every(([left, right], i) => {
          const block = actual.blocks[i] as readonly [number, number];
          return is(block[0], left, bases.ack) && is(block[1], right, bases.ack);
        })
      );
    case "fastopen": {
      const cookie = actual.kind === "fastopen" ? hex(Uint8Array.from(actual.cookie as Uint8Array)) : undefined;
      return expected.cookie === undefined ? cookie?.length === 16 : cookie === expected.cookie;
    }
    case "raw":
      return actual.kind === "raw" && hex(Uint8Array.from(actual.data as Uint8Array)) === hex(expected.data);
    default:
      return actual.kind === expected.kind;
  }
}

/** The option that the text says, to be sent. @throws Error for `*` */
export function buildOption(text: OptionText, bases: Bases): TcpOption {
  const value = (number: Wanted, base = 0): number => {
    if (number === undefined) throw new Error("* in an option that is to be sent");
    return (base + number) >>> 0;
  };
  switch (text.kind) {
    case "mss":
      return { kind: "mss", value: value(text.value) };
    case "wscale":
      return { kind: "wscale", shift: value(text.shift) };
    case "TS":
      return { kind: "TS", val: value(text.val, bases.tsVal), ecr: value(text.ecr, bases.tsEcr) };
    case "sack":
      return {
        kind: "sack",
        blocks: text.blocks.map(([left, right]): [number, number] => [value(left, bases.ack), value(right, bases.ack)]),
      };
    case "fastopen":
      if (text.cookie === undefined) throw new Error("* in an option that is to be sent");
      return { kind: "fastopen", cookie: Uint8Array.from(Buffer.from(text.cookie, "hex")) };
    default:
      return text;
  }
}

/** What differs between a segment and the text, payload apart; undefined when nothing does. */
export function compareSegment(segment: TcpSegment, wanted: SegmentText, bases: Bases): string | undefined {
  if (segment.flags !== wanted.flags) return `flags are ${segment.flags}, expected ${wanted.flags}`;
  const differs = (name: string, actual: number, expected: Wanted, base = 0): string | undefined =>
    is(actual, expected, base) ? undefined : `${name} is ${(actual - base) >>> 0}, expected ${expected}`;
  return (
    differs("seq", segment.seq, wanted.seq, bases.seq) ??
    differs("length", segment.payload.length, wanted.length) ??
    (wanted.hasAck ? differs("ack", segment.ack, wanted.ack, bases.ack) : undefined) ??
    (wanted.hasWindow ? differs("win", segment.window, wanted.window) : undefined) ??
    differs("urg", segment.urgent, wanted.urgent) ??
    (wanted.options === undefined ? undefined : compareOptions(segment, wanted.options, bases))
  );
}

function compareOptions(segment: TcpSegment, wanted: readonly OptionText[], bases: Bases): string | undefined {
  const left = [...segment.options];
  for (const option of wanted) {
    if (option.kind === "nop" || option.kind === "eol") continue;
    const index = left.findIndex((each) => optionMatches(each, option, bases));
    if (index < 0) return `it has no option ${JSON.stringify(option)}`;
    left.splice(index, 1);
  }
  return left.length > 0 ? `it has further options: ${left.map((each) => each.kind).join(", ")}` : undefined;
}
