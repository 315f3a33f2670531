/**
 * Runs a command-line tool that Emscripten built (wasm-opt, wasm2c, wat2wasm) many times in this process: the tool's
 * own WebAssembly is compiled once, which is nearly all of the time that a child process would take.
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

const require = createRequire(import.meta.url);

/** What the tool printed, and its exit status. */
export interface ToolResult {
  status: number;
  output: string;
}

export type Tool = (...parameters: string[]) => Promise<ToolResult>;

/** The tool `name` of the npm package `packageName`. File names are those of the real file system. */
export function emscriptenTool(packageName: string, name: string): Tool {
  const path = join(dirname(require.resolve(`${packageName}/package.json`)), "bin", name);
  const source = readFileSync(path, "utf8").replace(/^#!.*/, "");
  const main = new Function("require", "process", "WebAssembly", "Module", "__filename", "__dirname", "module", source);
  let compiled: WebAssembly.Module | undefined;
  const webAssembly = Object.assign(Object.create(WebAssembly) as typeof WebAssembly, {
    Memory: WebAssembly.Memory,
    RuntimeError: WebAssembly.RuntimeError,
    async instantiate(bytes: Uint8Array, imports: WebAssembly.Imports) {
      compiled ??= await WebAssembly.compile(bytes);
      return { module: compiled, instance: await WebAssembly.instantiate(compiled, imports) };
    },
  });
  return (...parameters) =>
    new Promise((resolve, reject) => {
      const lines: string[] = [];
      const state = Object.assign(Object.create(process) as NodeJS.Process, { exitCode: 0, argv: ["node", path] });
      const print = (line: string) => lines.push(line);
      const settings: Record<string, unknown> = {
        arguments: parameters,
        print,
        printErr: print,
        onAbort: (reason: unknown) => reject(new Error(`${name} aborted: ${String(reason)}\n${lines.join("\n")}`)),
        postRun: () => resolve({ status: Number(state.exitCode ?? 0), output: lines.join("\n") }),
      };
      if (compiled) {
        const module = compiled;
        settings.instantiateWasm = (
          imports: WebAssembly.Imports,
          receive: (instance: WebAssembly.Instance, module: WebAssembly.Module) => void,
        ) => {
          void WebAssembly.instantiate(module, imports).then((instance) => receive(instance, module));
        };
      }
      main(require, state, webAssembly, settings, path, dirname(path), {});
    });
}
