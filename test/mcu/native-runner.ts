/** Talks to the native runner: one record in, the answer and what came before it out. */
import { type ChildProcess, spawn } from "node:child_process";

export const IN = {
  call: 1,
  frame: 2,
  guestWrite: 3,
  guestRead: 4,
  seed: 5,
  link: 6,
  mac: 7,
  strings: 8,
  consoleInput: 9,
  memory: 10,
  realtime: 11,
  transmitReady: 12,
} as const;

export const OUT = {
  result: 0x81,
  frame: 0x82,
  guest: 0x83,
  log: 0x84,
  console: 0x85,
  exit: 0x86,
  pollRequested: 0x87,
  trap: 0x88,
  memory: 0x8a,
  error: 0x8f,
} as const;

export interface OutRecord {
  readonly type: number;
  readonly payload: Buffer;
}

/** A record as bytes. */
export function record(type: number, payload: Uint8Array = new Uint8Array(0)): Buffer {
  const head = Buffer.alloc(5);
  head[0] = type;
  head.writeUInt32LE(payload.length, 1);
  return Buffer.concat([head, payload]);
}

/** A CALL record. */
export function call(name: string, ...args: (number | bigint)[]): Buffer {
  const payload = Buffer.alloc(1 + name.length + 8 * args.length);
  payload[0] = name.length;
  payload.write(name, 1, "latin1");
  args.forEach((argument, index) => {
    const value = typeof argument === "number" ? BigInt(argument >>> 0) : BigInt.asUintN(64, argument);
    payload.writeBigUInt64LE(value, 1 + name.length + 8 * index);
  });
  return record(IN.call, payload);
}

/**
 * Runs the runner over `input`; all records it wrote, its exit code and what it said on standard error.
 *
 * @param batch faster, but when the runner is stopped in the middle its last records are missing
 */
export function runRecords(
  runner: string,
  input: readonly Buffer[],
  batch = false,
): Promise<{ records: OutRecord[]; code: number | null; errors: string }> {
  return new Promise((resolve, reject) => {
    const child: ChildProcess = spawn(runner, batch ? ["--batch"] : [], { stdio: "pipe" });
    const output: Buffer[] = [];
    let errors = "";
    child.stdout?.on("data", (bytes: Buffer) => output.push(bytes));
    child.stderr?.on("data", (bytes: Buffer) => {
      errors += bytes.toString();
    });
    child.on("error", reject);
    child.on("close", (code) => resolve({ records: parseRecords(Buffer.concat(output)), code, errors }));
    child.stdin?.on("error", () => {}); // the runner has ended early: its exit code tells
    child.stdin?.end(Buffer.concat(input));
  });
}

function parseRecords(bytes: Buffer): OutRecord[] {
  const records: OutRecord[] = [];
  for (let at = 0; at + 5 <= bytes.length; ) {
    const length = bytes.readUInt32LE(at + 1);
    records.push({ type: bytes[at], payload: bytes.subarray(at + 5, at + 5 + length) });
    at += 5 + length;
  }
  return records;
}
