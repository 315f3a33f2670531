/**
 * The thread that the application runs in. System calls go to the main thread: arguments through shared memory, a message to wake
 * it, then this thread sleeps until the answer is there. So the stack answers while the program computes.
 */
import { parentPort, workerData } from "node:worker_threads";
import { applicationImports, ProgramEnd } from "./application.js";
import { functionNames } from "./module-sections.js";
import { MEMORY_IMPORT_MODULE, MEMORY_IMPORT_NAME } from "./shared-memory.js";
import { describeTrap, isTrap, type Trap } from "./trap.js";
import { ANSWERED, CONTROL_STATE, ENDED, RESULT, WAITING } from "./worker-protocol.js";

/** What the main thread gives the worker. */
export interface WorkerInput {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  /** i32[2]: state and result of the call. */
  readonly control: SharedArrayBuffer;
  /** i64[16]: arguments of the call. */
  readonly args: SharedArrayBuffer;
}

/** What the worker says: the number of a system call whose arguments are in place, or how the program ended. */
export type WorkerMessage =
  | number
  | { readonly kind: "exit"; readonly code: number }
  | { readonly kind: "trap"; readonly trap: Trap }
  | { readonly kind: "failure"; readonly message: string };

function run(input: WorkerInput): WorkerMessage {
  const control = new Int32Array(input.control);
  const values = new BigInt64Array(input.args);
  const imports = applicationImports(input.module, (index, args) => {
    for (let i = 0; i < args.length; i++) values[i] = BigInt(args[i]);
    Atomics.store(control, CONTROL_STATE, WAITING);
    parentPort?.postMessage(index);
    // The main thread answers first and notifies then: a notification may be late, and of the call before.
    while (Atomics.load(control, CONTROL_STATE) === WAITING) Atomics.wait(control, CONTROL_STATE, WAITING);
    const state = Atomics.load(control, CONTROL_STATE);
    const result = Atomics.load(control, RESULT);
    if (state === ENDED) throw new ProgramEnd(result);
    if (state !== ANSWERED) throw new Error(`state ${state} of a system call`);
    return result;
  });
  imports[MEMORY_IMPORT_MODULE] = { ...imports[MEMORY_IMPORT_MODULE], [MEMORY_IMPORT_NAME]: input.memory };
  try {
    const instance = new WebAssembly.Instance(input.module, imports);
    (instance.exports._start as () => void)();
    return { kind: "exit", code: 0 };
  } catch (error) {
    if (error instanceof ProgramEnd) return { kind: "exit", code: error.code };
    if (isTrap(error)) return { kind: "trap", trap: describeTrap(error, functionNames(input.module)) };
    return { kind: "failure", message: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

parentPort?.postMessage(run(workerData as WorkerInput));
