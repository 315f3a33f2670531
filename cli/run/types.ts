/** What running firmware needs and what comes of it, on every kind of board. */
import type { Forward } from "./forward.js";

export interface RunOptions {
  /** Without ports 0: see chooseFreePorts. */
  readonly forwards: readonly Forward[];
  /** Write all frames to this file, in pcap format. */
  readonly pcap?: string;
  /** Stop after so many seconds. */
  readonly timeout?: number;
  /** QEMU counts instructions: each takes 2^icount ns of guest time. */
  readonly icount?: number;
  /** The console of the firmware. */
  readonly onConsole: (bytes: Uint8Array) => void;
  /** Console input; none when absent. */
  readonly input?: NodeJS.ReadableStream;
  /** Stops the run, as Ctrl-C does. */
  readonly signal?: AbortSignal;
}

export interface RunResult {
  /**
   * exit: the application ended with `code`. timeout: --timeout, `code` 124. interrupted: Ctrl-C or `signal`, `code` 130.
   * died: the emulator failed; `message` says how.
   */
  readonly reason: "exit" | "timeout" | "interrupted" | "died";
  /** Exit code for the command. */
  readonly code: number;
  /** A sentence, for `timeout` and `died`. */
  readonly message?: string;
}
