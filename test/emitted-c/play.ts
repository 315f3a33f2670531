/** Plays a tape into core.wasm in V8 and into the native runner; both give the records of the runner's protocol. */
import { createHash } from "node:crypto";
import type { ValueType } from "../../runtime/aot/index.js";
import { Core } from "../../runtime/node/core.js";
import { GuestMemory } from "../../runtime/node/guest-memory.js";
import { HostNic } from "../../runtime/node/host-nic.js";
import { SeededRandom } from "../../runtime/node/random.js";
import { RegisterFault } from "../../runtime/node/register-model.js";
import { isTrap } from "../../runtime/node/trap.js";
import { OUT, type OutRecord, runRecords } from "../mcu/native-runner.js";
import { describe, describeRecord, encode, type Tape, type TapeEvent } from "./tape.js";

/** What both sides need to know of the core. */
export interface Subject {
  readonly module: WebAssembly.Module;
  /** Parameter types of the exported functions. */
  readonly parameters: ReadonlyMap<string, readonly ValueType[]>;
  /** Bytes of the core's memory that exist on the C side. */
  readonly coreMemorySize: number;
  readonly appMemorySize: number;
}

/** Records that end an event; the others are what the core did on the way. */
const ANSWERS: readonly number[] = [OUT.result, OUT.guest, OUT.trap, OUT.memory, OUT.error];

function number(value: bigint): Buffer {
  const payload = Buffer.alloc(8);
  payload.writeBigUInt64LE(BigInt.asUintN(64, value));
  return payload;
}

/** The tape through V8. */
export function playInNode(subject: Subject, events: readonly TapeEvent[]): OutRecord[] {
  const records: OutRecord[] = [];
  const put = (type: number, payload: Uint8Array): void => {
    records.push({ type, payload: Buffer.from(payload) });
  };
  // What the core asks for once, when it is called first, has to be known before the instance is made.
  const strings = (which: 0 | 1): readonly string[] =>
    events.flatMap((event) => (event.kind === "strings" && event.which === which ? event.texts : []));
  const macs = events.flatMap((event) => (event.kind === "mac" ? [event.mac] : []));
  const seeds = events.flatMap((event) => (event.kind === "seed" ? [event.seed] : []));
  if (macs.length > 1 || seeds.length > 1) throw new Error("a tape may set the MAC address and the seed once");
  let input = Buffer.alloc(0);
  let inputEnded = false;
  let realtime = 0n;
  const nic = new HostNic();
  nic.onTransmit = (frame) => put(OUT.frame, frame);
  const memory = new GuestMemory(new ArrayBuffer(subject.appMemorySize));
  const core = new Core({
    module: subject.module,
    nic,
    mac: macs[0],
    random: new SeededRandom(seeds[0] ?? 1),
    arguments: strings(0),
    environment: strings(1),
    log: (line) => put(OUT.log, Buffer.from(line)),
    consoleWrite: (_task, fd, bytes) => put(OUT.console, Uint8Array.of(fd, ...bytes)),
    consoleRead: (_task, length) => {
      if (input.length === 0) return inputEnded || length === 0 ? new Uint8Array(0) : undefined;
      const part = input.subarray(0, length);
      input = input.subarray(part.length);
      return part;
    },
    onExit: (_task, code) => {
      const payload = Buffer.alloc(4);
      payload.writeInt32LE(code);
      put(OUT.exit, payload);
    },
    onPollRequest: () => put(OUT.pollRequested, new Uint8Array(0)),
    realtimeOffset: () => realtime,
  });
  for (let task = 0; task < 16; task++) core.setGuest(task, memory);

  const invoke = (name: string, args: readonly (number | bigint)[]): void => {
    const types = subject.parameters.get(name);
    const callee = core.exported(name) as ((...args: (number | bigint)[]) => number | bigint | undefined) | undefined;
    if (types === undefined || typeof callee !== "function") throw new Error(`the core does not export ${name}`);
    if (types.length !== args.length) throw new Error(`${name} takes ${types.length} arguments, not ${args.length}`);
    try {
      const result = callee(
        ...args.map((value, index) => (types[index] === "i64" ? BigInt(value) : Number(value) | 0)),
      );
      put(OUT.result, number(typeof result === "number" ? BigInt(result >>> 0) : (result ?? 0n)));
    } catch (error) {
      if (!isTrap(error) && !(error instanceof RegisterFault)) throw error;
      put(OUT.trap, Buffer.from(error.message));
    }
  };

  for (const event of events) {
    switch (event.kind) {
      case "call":
        invoke(event.name, event.args);
        continue;
      case "frame":
        put(OUT.result, number(nic.receive(event.frame) ? 1n : 0n));
        continue;
      case "write":
        put(OUT.result, number(memory.write(event.address, event.bytes) ? 1n : 0n));
        continue;
      case "read":
        put(OUT.guest, memory.read(event.address, event.length) ?? new Uint8Array(0));
        continue;
      case "memory":
        put(OUT.memory, core.bytes.subarray(0, subject.coreMemorySize));
        if (core.bytes.subarray(subject.coreMemorySize).some((byte) => byte !== 0)) {
          throw new Error("in V8 the core wrote behind the memory that it has on the microcontroller");
        }
        continue;
      case "link":
        nic.setLink(event.up);
        break;
      case "transmitReady":
        nic.transmitReady = event.ready;
        break;
      case "input":
        if (event.bytes.length === 0) inputEnded = true;
        input = Buffer.concat([input, event.bytes]);
        break;
      case "realtime":
        realtime = event.offset;
        break;
      default: // seed, mac, strings: see above
        break;
    }
    put(OUT.result, number(1n));
  }
  return records;
}

/** The tape through the native runner. Throws when it does not end cleanly: a sanitizer's finding is in the message. */
export async function playNatively(runner: string, events: readonly TapeEvent[]): Promise<OutRecord[]> {
  const input = events.map(encode);
  const fast = await runRecords(runner, input, true);
  if (fast.code === 0) return fast.records;
  // Again, step by step: the records up to the end say at which event it was.
  const { records, code, errors } = await runRecords(runner, input);
  if (code !== 0) {
    const last = events[records.filter(({ type }) => ANSWERS.includes(type)).length];
    throw new Error(`the runner ended with ${code} at ${last === undefined ? "its end" : describe(last)}:\n${errors}`);
  }
  return records;
}

/** A number for all that a core did: equal traces have equal hashes. The place of a trap has no common name. */
export function traceHash(records: readonly OutRecord[]): string {
  const hash = createHash("sha256");
  for (const { type, payload } of records) {
    hash.update(`${type} ${payload.length}\n`);
    if (type !== OUT.trap) hash.update(payload);
  }
  return hash.digest("hex");
}

/** Where two traces of `tape` part: the event, and what either side did. Undefined when they are the same. */
export function firstDifference(
  tape: Tape,
  node: readonly OutRecord[],
  native: readonly OutRecord[],
): string | undefined {
  let event = 0;
  for (let i = 0; i < Math.max(node.length, native.length); i++) {
    const [a, b] = [node[i], native[i]];
    const same = a?.type === b?.type && (a?.type === OUT.trap || a?.payload.equals(b.payload));
    if (!same) {
      const before = tape.events.slice(Math.max(0, event - 5), event).map(describe);
      const what = tape.events[event] === undefined ? "the end" : describe(tape.events[event]);
      return (
        `${tape.name}: event ${event} of ${tape.events.length}, ${what}\n` +
        `  V8: ${describeRecord(a)}\n   C: ${describeRecord(b)}\n  before it:\n    ${before.join("\n    ")}`
      );
    }
    if (ANSWERS.includes(a.type)) event += 1;
  }
  return undefined;
}
