/** Builds of applications for boards, shared by all test files. */
import { createHash } from "node:crypto";
import { join, resolve } from "node:path";
import { type BuildResult, build } from "../../cli/build/index.js";
import { PACKAGE_ROOT, packagePath } from "../../cli/package-root.js";
import { TEST_CACHE } from "./compile.js";

/**
 * Builds `application` (a folder, absolute or below the repository) for `board`. Each set of definitions has a folder of its own: files
 * that run side by side find there what they asked for, and what one has built the others take.
 */
export function buildForTest(
  application: string,
  board: string,
  defines: readonly string[] = [],
): Promise<BuildResult> {
  const variant = defines.length === 0 ? "plain" : createHash("sha256").update(defines.join("\n")).digest("hex");
  return build({
    application: resolve(PACKAGE_ROOT, application),
    board,
    defines,
    buildDirectory: join(packagePath("build", "test"), variant.slice(0, 12)),
    cacheDirectory: TEST_CACHE.directory,
  });
}
