/** What happens to a core, as a list of events that can be played into another instance: in V8, or in C. */
import type { OutRecord } from "../mcu/native-runner.js";
import { call, IN, record } from "../mcu/native-runner.js";

/** One event; each has exactly one answer (runtime/mcu/native/README.md). */
export type TapeEvent =
  | { readonly kind: "call"; readonly name: string; readonly args: readonly (number | bigint)[] }
  | { readonly kind: "frame"; readonly frame: Uint8Array }
  | { readonly kind: "write"; readonly address: number; readonly bytes: Uint8Array }
  | { readonly kind: "read"; readonly address: number; readonly length: number }
  | { readonly kind: "seed"; readonly seed: number }
  | { readonly kind: "link"; readonly up: boolean }
  | { readonly kind: "mac"; readonly mac: Uint8Array }
  | { readonly kind: "strings"; readonly which: 0 | 1; readonly texts: readonly string[] }
  /** Console input; empty for the end of input. */
  | { readonly kind: "input"; readonly bytes: Uint8Array }
  | { readonly kind: "memory" }
  | { readonly kind: "realtime"; readonly offset: bigint }
  | { readonly kind: "transmitReady"; readonly ready: boolean };

export interface Tape {
  /** Where it comes from: the script, or the seed. */
  readonly name: string;
  readonly events: readonly TapeEvent[];
}

function words(...values: number[]): Uint8Array {
  return new Uint8Array(Uint32Array.from(values).buffer);
}

/** The event as the native runner reads it. */
export function encode(event: TapeEvent): Buffer {
  switch (event.kind) {
    case "call":
      return call(event.name, ...event.args);
    case "frame":
      return record(IN.frame, event.frame);
    case "write":
      return record(IN.guestWrite, Buffer.concat([words(event.address), event.bytes]));
    case "read":
      return record(IN.guestRead, words(event.address, event.length));
    case "seed":
      return record(IN.seed, words(event.seed));
    case "link":
      return record(IN.link, Uint8Array.of(event.up ? 1 : 0));
    case "mac":
      return record(IN.mac, event.mac);
    case "strings":
      return record(
        IN.strings,
        Buffer.concat([Uint8Array.of(event.which), ...event.texts.map((text) => Buffer.from(`${text}\0`))]),
      );
    case "input":
      return record(IN.consoleInput, event.bytes);
    case "memory":
      return record(IN.memory);
    case "realtime":
      return record(IN.realtime, new Uint8Array(BigUint64Array.of(event.offset).buffer));
    case "transmitReady":
      return record(IN.transmitReady, Uint8Array.of(event.ready ? 1 : 0));
  }
}

/** An event as a line of a failure message. */
export function describe(event: TapeEvent): string {
  const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
  switch (event.kind) {
    case "call":
      return `${event.name}(${event.args.join(", ")})`;
    case "frame":
      return `frame ${hex(event.frame)}`;
    case "write":
      return `guest memory at ${event.address}: ${hex(event.bytes)}`;
    default:
      return JSON.stringify(event, (_, value) => (typeof value === "bigint" ? String(value) : value));
  }
}

export function describeRecord(answer: OutRecord | undefined): string {
  if (answer === undefined) return "nothing";
  return `record ${answer.type.toString(16)}, ${answer.payload.length} bytes: ${answer.payload.subarray(0, 2048).toString("hex")}`;
}
