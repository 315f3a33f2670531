/** Where the package lies: sources, boards and templates are read from there, both from a checkout and from dist/. */
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

function findPackageRoot(): string {
  let directory = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(directory, "Kconfig.ts"))) {
    const parent = dirname(directory);
    if (parent === directory)
      throw new Error("The socklet package is incomplete: Kconfig.ts was not found above the CLI.");
    directory = parent;
  }
  return directory;
}

/** Absolute path of the package's directory (the one with package.json and Kconfig.ts). */
export const PACKAGE_ROOT: string = findPackageRoot();

/** Absolute path of something in the package. */
export function packagePath(...parts: string[]): string {
  return join(PACKAGE_ROOT, ...parts);
}
