/** Builds and runs an application as a user does, and takes the time until its first line on the console. */
import { type ChildProcess, spawn } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { packagePath } from "../cli/package-root.js";

/** Seconds: what a build and its run took. */
export interface EditTime {
  /** From the start of the command to the end of the first line of the firmware. */
  readonly wall: number;
  /** Time of CPUs for that, in this command, its compilers and QEMU, user and system; not known outside of Linux. */
  readonly cpu?: number;
  /** Steps as the command names them, and "QEMU, to the first line". */
  readonly steps: ReadonlyMap<string, number>;
}

/** The step from the last one of the build to the first line. */
export const START = "QEMU, to the first line";
/** What is before the first step: node, the command's own modules. */
export const COMMAND = "the command itself";
/** ms; a cold build on a machine that has others to serve takes a minute. */
const PATIENCE = 300_000;
/** Ticks of /proc in a second: USER_HZ, which is 100 on every Linux. */
const TICKS = 100;

/** An application in a folder of its own that may be changed, with a cache and results of its own. */
export class Workshop {
  private readonly application: string;
  /** Path of the main.ts that is changed. */
  readonly main: string;
  private edits = 0;

  /**
   * @param directory a folder to work in, deleted by whoever made it
   * @param example   folder of the application to copy
   * @param line      a text of its main.ts that a change replaces: it must be there once
   */
  constructor(
    private readonly directory: string,
    example: string,
    private readonly line: string,
  ) {
    this.application = join(directory, basename(example));
    cpSync(example, this.application, { recursive: true });
    this.main = join(this.application, "main.ts");
    if (readFileSync(this.main, "utf8").split(line).length !== 2) {
      throw new Error(`${example}/main.ts does not have "${line}" once`);
    }
  }

  /** Forgets everything that was built. */
  forget(): void {
    for (const name of ["cache", "build"]) rmSync(join(this.directory, name), { recursive: true, force: true });
  }

  /** Changes a text of main.ts to one that it never had. */
  edit(): void {
    const text = readFileSync(this.main, "utf8");
    const now = this.edits === 0 ? this.line : this.edited();
    this.edits++;
    writeFileSync(
      this.main,
      text.replace(now, () => this.edited()),
    );
  }

  private edited(): string {
    return this.line.replace(/(.)$/, `${this.edits}$1`);
  }

  /** `socklet run`, until the first line of the firmware. @throws Error with what the command said when there is none */
  run(board: string): Promise<EditTime> {
    const cache = join(this.directory, "cache");
    mkdirSync(cache, { recursive: true });
    // Started as the installed command is, without tsx. Host port 0: one that is free.
    const command = [packagePath("dist", "cli", "main.js"), "run", this.application, "-b", board];
    const options = ["--build-dir", join(this.directory, "build"), "--forward", "tcp:0:7"];
    const begin = performance.now();
    const child = spawn(process.execPath, [...command, ...options], {
      cwd: this.directory,
      env: { ...process.env, SOCKLET_CACHE: cache },
      stdio: ["ignore", "pipe", "pipe"],
    });
    return firstLine(child, begin);
  }
}

/** Fields 14 to 17 of /proc/PID/stat: user and system time of a process, and of its children that have ended; seconds. */
function cpuOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  // The name, in brackets, may have blanks.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0) / TICKS;
}

/** Seconds of CPU of a process and of its children, running or not; undefined without /proc. */
function cpuOfTree(pid: number): number | undefined {
  try {
    const threads = readdirSync(`/proc/${pid}/task`);
    const children = threads.flatMap((thread) =>
      readFileSync(`/proc/${pid}/task/${thread}/children`, "utf8").split(" ").filter(Boolean).map(Number),
    );
    return children.reduce((sum, child) => sum + (cpuOfTree(child) ?? 0), cpuOf(pid));
  } catch {
    return undefined;
  }
}

/** A line of `socklet run` that ends a step, `✓ compile the stack  1200 bytes 1.2 s` say; undefined for other lines. */
export function parseStep(line: string): { readonly title: string; readonly seconds: number } | undefined {
  const [, title, time, unit] = /^✓ (.*?)(?: {2}.*)? ([\d.]+) (ms|s)$/.exec(line) ?? [];
  return title === undefined ? undefined : { title, seconds: Number(time) / (unit === "ms" ? 1000 : 1) };
}

function firstLine(child: ChildProcess, begin: number): Promise<EditTime> {
  const steps = new Map<string, number>();
  const since = (): number => (performance.now() - begin) / 1000;
  let said = "";
  let pending = "";
  let built = 0;
  let taken: EditTime | undefined;
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    said += text;
    pending += text;
    const lines = pending.split("\n");
    pending = lines.pop() ?? "";
    for (const line of lines) {
      const step = parseStep(line);
      if (step === undefined) continue;
      if (steps.size === 0) steps.set(COMMAND, Math.max(0, since() - step.seconds));
      steps.set(step.title, step.seconds);
      built = since();
    }
  });
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => child.kill("SIGTERM"), PATIENCE);
    child.stdout?.on("data", (bytes: Buffer) => {
      if (taken !== undefined || !bytes.includes("\n")) return;
      const wall = since();
      steps.set(START, wall - built);
      taken = { wall, cpu: cpuOfTree(child.pid ?? 0), steps };
      child.kill("SIGTERM");
    });
    child.once("error", reject);
    child.once("close", () => {
      clearTimeout(timer);
      if (taken === undefined) reject(new Error(`the firmware said nothing:\n${said}`));
      else resolve(taken);
    });
  });
}

/** The one in the middle of an odd number of values. */
export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[(values.length - 1) >> 1] ?? Number.NaN;
}
