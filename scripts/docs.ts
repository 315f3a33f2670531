/** `npm run docs`: writes the generated files of the tree. Tests hold them up to date. */
import { writeFileSync } from "node:fs";
import { generatedFiles } from "../cli/docs/generated.js";
import { packagePath } from "../cli/package-root.js";
import { report } from "../test/requirements/coverage.js";
import { socketsPage } from "../test/requirements/sockets-page.js";

for (const [path, text] of [
  ...generatedFiles(),
  ["docs/rfc.md", report()] as const,
  ["docs/sockets.md", socketsPage()] as const,
]) {
  writeFileSync(packagePath(path), text);
  process.stdout.write(`${path}\n`);
}
