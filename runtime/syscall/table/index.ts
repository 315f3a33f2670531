/** The system-call table: the one list from which the C glue, the Node glue, the declarations and the docs come. */
import { PREVIEW1 } from "./preview1.js";
import { SOCKLET } from "./socklet.js";
import type { SystemCall } from "./types.js";
import { WAMR } from "./wamr.js";

export type { ImportModule, Parameter, ParameterType, SystemCall } from "./types.js";
export { WASI_OPTION } from "./wamr.js";

/** Every system call, in the order of the modules. */
export const SYSTEM_CALLS: readonly SystemCall[] = [...PREVIEW1, ...WAMR, ...SOCKLET];

/** The system call that an application imports as `module`.`name`, or undefined. */
export function findSystemCall(module: string, name: string): SystemCall | undefined {
  return SYSTEM_CALLS.find((call) => call.module === module && call.name === name);
}

/** Names of the core's exports that the table needs, each once. */
export function coreFunctions(): string[] {
  return [...new Set(SYSTEM_CALLS.map((call) => call.core))];
}
