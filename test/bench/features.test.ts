/** The list of features that the bench measures fits the options that there are; one of them is measured. */
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { FEATURES_MARKS } from "../../bench/document.js";
import { changedConf, FEATURE_BOARD, measureFeature, optionOf } from "../../bench/feature-builds.js";
import { FEATURES } from "../../bench/feature-list.js";
import { featuresTable } from "../../bench/tables.js";
import { requireBoard } from "../../cli/boards.js";
import { resolveConfig } from "../../cli/config/index.js";
import { packagePath } from "../../cli/package-root.js";
import { findTools } from "../../cli/toolchain.js";

const missing = findTools().find(({ name, version }) => name === "arm-none-eabi-gcc" && version === undefined);
const skip = missing === undefined ? false : `${missing.name} not installed`;

describe("the features of the bench", () => {
  for (const { name, application, on, off, given = [] } of FEATURES) {
    it(`${name}: its options exist, and both images have a configuration without a contradiction`, () => {
      const text = readFileSync(packagePath(...application.split("/"), "prj.conf"), "utf8");
      const [larger, smaller] = [on, off].map((lines) => {
        const conf = { path: "prj.conf", text: changedConf(text, [...given, ...lines]) };
        return resolveConfig({ board: requireBoard(FEATURE_BOARD), prjConf: conf });
      });
      // Each option that makes the difference has another value on the other side.
      assert.deepEqual(on.map(optionOf), off.map(optionOf));
      for (const option of on.map(optionOf)) {
        assert.notDeepEqual(larger.entries.get(option)?.value, smaller.entries.get(option)?.value, option);
      }
    });
  }

  it("names are unique, and docs/performance.md has a row for each", () => {
    const names = FEATURES.map(({ name }) => name);
    assert.equal(new Set(names).size, names.length);
    const document = readFileSync(packagePath("docs", "performance.md"), "utf8");
    const part = document.slice(document.indexOf(FEATURES_MARKS.begin), document.indexOf(FEATURES_MARKS.end));
    const rows = part.split("\n").filter((line) => /^\| [^|]+ \| [A-Z0-9_, ]+ \|/.test(line));
    assert.deepEqual(
      rows.map((row) =>
        row
          .split(" | ")[0]
          .slice(2)
          .replace(/ \((?!IP_MTU).*\)$/, ""),
      ),
      names,
    );
  });

  it("what needs an option that is off is left out of prj.conf, what does not stays", () => {
    const text =
      "# A resolver.\nCONFIG_NET_UDP=y\nCONFIG_DNS_RESOLVER=y\nCONFIG_DNS_RESOLVER_TIMEOUT=5\nCONFIG_ZVFS_OPEN_MAX=4\n";
    assert.equal(
      changedConf(text, ["CONFIG_NET_UDP=n"]),
      "# A resolver.\nCONFIG_ZVFS_OPEN_MAX=4\n\nCONFIG_NET_UDP=n\n",
    );
    assert.match(
      changedConf(text, ["CONFIG_ZVFS_OPEN_MAX=9"]),
      /^CONFIG_DNS_RESOLVER_TIMEOUT=5\n\nCONFIG_ZVFS_OPEN_MAX=9$/m,
    );
    assert.throws(() => optionOf("NET_UDP"), /is no line of prj\.conf/);
  });

  it("one of them is built with and without it: it costs what its code and its counters need", { skip }, async () => {
    const feature = FEATURES.find(({ name }) => name === "idle and busy time");
    assert.ok(feature !== undefined && existsSync(packagePath(...feature.application.split("/"))));
    const cost = await measureFeature(feature);
    const flash = cost.with.flash - cost.without.flash;
    const ram = cost.with.ram - cost.without.ram;
    // A few calls and a line of text; two counters of 64 bits and what they are measured from.
    assert.ok(flash > 100 && flash < 1500, `${flash} bytes of flash`);
    assert.ok(ram >= 16 && ram <= 64, `${ram} bytes of RAM`);
    assert.deepEqual(featuresTable([cost], FEATURE_BOARD).rows[1], [
      ...["idle and busy time", "HOST_ACCOUNTING", "examples/tcp_echo"],
      ...[flash, ram].map((bytes) => bytes.toLocaleString("en-US")),
    ]);
  });
});
