/** `npm run docs`: writes the generated files. */
import { writeFileSync } from "node:fs";
import { packagePath } from "../package-root.js";
import { generatedFiles } from "./generated.js";

for (const [path, text] of generatedFiles()) {
  writeFileSync(packagePath(path), text);
  console.log(path);
}
