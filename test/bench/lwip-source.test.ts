/** Without lwIP's source the bench measures our stack alone, and says why. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { LwipMissing, lwipSource } from "../../bench/lwip/source.js";

describe("lwIP's source", () => {
  const folder = mkdtempSync(join(tmpdir(), "socklet-lwip-"));
  after(() => rmSync(folder, { recursive: true, force: true }));

  it("on a system without a Debian mirror it is missing, with the folder that was looked at in the reason", () => {
    writeFileSync(join(folder, "sources.list"), "# deb nothing\ndeb [arch=any] file:///srv/elsewhere stable main\n");
    assert.throws(
      () => lwipSource(join(folder, "home"), folder),
      (error) => error instanceof LwipMissing && error.message === `${folder} names no Debian mirror`,
    );
  });

  it("a mirror that has no package lists is named as what failed: apt-get update", () => {
    const mirror = join(folder, "debian");
    mkdirSync(mirror);
    writeFileSync(join(folder, "sources.list"), `deb file://${mirror} stable main\n`);
    assert.throws(
      () => lwipSource(join(folder, "home"), folder),
      (error) => error instanceof LwipMissing && /^apt-get (update failed: E:|is not installed)/.test(error.message),
    );
  });

  it("what was fetched once is taken as it is", () => {
    const source = join(folder, "fetched", "source");
    mkdirSync(source, { recursive: true });
    writeFileSync(join(source, "debian-version"), "2.2.1");
    assert.deepEqual(lwipSource(join(folder, "fetched"), folder), { directory: source, version: "2.2.1" });
  });
});
