/**
 * `npm run bench:features`: what each feature adds to an image for qemu_cortex_m3 in flash and RAM, measured: a program that uses the
 * feature is built with and without it, and the sizes are subtracted. What was built before comes from the build cache.
 *
 *     npm run bench:features -- [--only TEXT]   features with TEXT in their name
 *                               [--document]    writes the table into docs/performance.md
 */
import { FEATURES_MARKS, writeDocument } from "./document.js";
import { FEATURE_BOARD, type FeatureCost, measureFeature, optionOf } from "./feature-builds.js";
import { FEATURES } from "./feature-list.js";
import { printTable } from "./report.js";
import { featuresTable } from "./tables.js";

const at = process.argv.indexOf("--only");
const only = at < 0 ? "" : (process.argv[at + 1] ?? "");
const chosen = FEATURES.filter(({ name }) => name.includes(only));
if (chosen.length === 0) throw new Error(`no feature has "${only}" in its name`);
const document = process.argv.includes("--document");
if (document && only !== "") throw new Error("--document needs a whole run: leave out --only");

const costs: FeatureCost[] = [];
const failures: string[] = [];
for (const [index, feature] of chosen.entries()) {
  process.stderr.write(`${index + 1} of ${chosen.length}: ${feature.name} (${feature.on.map(optionOf).join(", ")})\n`);
  try {
    costs.push(await measureFeature(feature));
  } catch (error) {
    failures.push((error as Error).message);
  }
}
if (costs.length > 0) printTable(featuresTable(costs, FEATURE_BOARD));
for (const failure of failures) process.stderr.write(`\n${failure}\n`);
if (failures.length > 0) process.exitCode = 1;
else if (document) writeDocument([featuresTable(costs, FEATURE_BOARD)], FEATURES_MARKS);
