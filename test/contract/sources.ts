/** Files of the package, as text. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The package's root, absolute. */
export const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** Text of a file below the package's root. */
export function readSource(path: string): string {
  return readFileSync(join(ROOT, path), "utf8");
}
