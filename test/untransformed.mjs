/**
 * Loads AssemblyScript and Binaryen as they are. tsx rewrites every module that has a dynamic import, and Binaryen is
 * 12 MB of text: rewriting it takes 8 of the 10 seconds that a test needs to load the compiler.
 *
 *     node --import tsx --import ./test/untransformed.mjs --test test/…
 *
 * Hooks that are registered later run earlier, so this comes after tsx.
 */
import { register } from "node:module";

const hooks = `
import { readFile } from "node:fs/promises";
export async function load(url, context, next) {
  if (context.format !== "module" || !/\\/node_modules\\/(assemblyscript|binaryen|long)\\/.*\\.js$/.test(url)) return next(url, context);
  return { format: "module", source: await readFile(new URL(url)), shortCircuit: true };
}`;

register(`data:text/javascript,${encodeURIComponent(hooks)}`);
