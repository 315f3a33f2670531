/** What the steps of a command say about their progress. Tests and programs put their own in its place. */
import pc from "picocolors";

/** A step under way. */
export interface Step {
  /** Ends the step; `detail` says what came out of it. */
  done(detail?: string): void;
  /** Ends the step: an error follows. */
  failed(): void;
}

export interface Logger {
  /** Begins a step; the logger measures its time. */
  step(title: string): Step;
  info(line: string): void;
  warn(line: string): void;
}

/** Where lines go: process.stderr, so that stdout carries only results and the firmware's console. */
export interface LineSink {
  write(text: string): unknown;
  readonly isTTY?: boolean;
}

function seconds(milliseconds: number): string {
  return milliseconds < 1000 ? `${Math.round(milliseconds)} ms` : `${(milliseconds / 1000).toFixed(1)} s`;
}

/** Prints each step with its time; on a terminal a running step is shown before it is done. */
export function consoleLogger(sink: LineSink = process.stderr): Logger {
  return {
    step(title) {
      const begin = performance.now();
      if (sink.isTTY === true) sink.write(`${pc.dim("·")} ${title} …`);
      const end = (mark: string, detail: string): void => {
        const clear = sink.isTTY === true ? "\r\u001b[2K" : "";
        sink.write(`${clear}${mark} ${title}${detail} ${pc.dim(seconds(performance.now() - begin))}\n`);
      };
      return {
        done: (detail = "") => end(pc.green("✓"), detail === "" ? "" : pc.dim(`  ${detail}`)),
        failed: () => end(pc.red("✗"), ""),
      };
    },
    info: (line) => {
      sink.write(`${line}\n`);
    },
    warn: (line) => {
      sink.write(`${pc.yellow("warning:")} ${line}\n`);
    },
  };
}

/** Says nothing. */
export const silentLogger: Logger = {
  step: () => ({ done: () => undefined, failed: () => undefined }),
  info: () => undefined,
  warn: () => undefined,
};

/** Keeps everything, for tests. */
export function recordingLogger(): Logger & { readonly lines: string[] } {
  const lines: string[] = [];
  return {
    lines,
    step: (title) => ({
      done: (detail = "") => lines.push(`done: ${title}${detail === "" ? "" : ` (${detail})`}`),
      failed: () => lines.push(`failed: ${title}`),
    }),
    info: (line) => lines.push(line),
    warn: (line) => lines.push(`warning: ${line}`),
  };
}

/** Runs one step: done with `detail` of the result, or failed. */
export async function runStep<T>(
  logger: Logger,
  title: string,
  work: () => T | Promise<T>,
  detail: (result: T) => string = () => "",
): Promise<T> {
  const step = logger.step(title);
  try {
    const result = await work();
    step.done(detail(result));
    return result;
  } catch (error) {
    step.failed();
    throw error;
  }
}
