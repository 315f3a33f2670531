/** What an operation costs stays what it was when the figures were accepted: bench/figures.json. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { acceptedFigures, differences, type Figures, figuresOf } from "../../bench/figures.js";
import { ALL_OPERATIONS, measureSmall, measureSocklet } from "../../bench/socklet.js";
import { findTools } from "../../cli/toolchain.js";

const NEEDED = ["arm-none-eabi-gcc", "qemu-system-arm"];
const absent = findTools().filter(({ name, version }) => NEEDED.includes(name) && version === undefined);
const skip = absent.length > 0 ? `${absent.map(({ name }) => name).join(" and ")} not installed` : false;

describe("the committed figures", () => {
  it("instructions, flash and RAM are within 1 % of what was accepted", { skip }, async (context) => {
    const { images, results } = await measureSocklet(ALL_OPERATIONS);
    const measured = figuresOf(images, results, await measureSmall());
    for (const [name, value] of Object.entries(measured.instructions)) context.diagnostic(`${name}: ${value}`);
    const found = differences(acceptedFigures(), measured);
    const advice = "If that is meant, run `npm run bench -- --accept` and commit bench/figures.json with the change.";
    assert.deepEqual(found, [], `${found.join("\n")}\n${advice}`);
  });

  const accepted: Figures = { instructions: { echo: 1000 }, flash: { program: 5000 }, ram: { program: 200 } };

  it("a difference of 1 % is none, a larger one is named with both numbers, in either direction", () => {
    const within = { instructions: { echo: 1010 }, flash: { program: 4950 }, ram: { program: 202 } };
    assert.deepEqual(differences(accepted, within), []);
    const beyond = { instructions: { echo: 1011 }, flash: { program: 4949 }, ram: { program: 203 } };
    assert.deepEqual(differences(accepted, beyond), [
      "echo: 1011 instructions where 1000 are accepted (+1.1 %).",
      "program: 4949 bytes of flash where 5000 are accepted (-1.0 %).",
      "program: 203 bytes of RAM where 200 are accepted (+1.5 %).",
    ]);
  });

  it("an operation without an accepted figure and a figure without an operation are differences", () => {
    const other: Figures = { instructions: { sink: 7 }, flash: { program: 5000 }, ram: { program: 200 } };
    assert.deepEqual(differences(accepted, other), [
      "echo: 1000 instructions accepted, and nothing measured.",
      "sink: 7 instructions, and no accepted figure.",
    ]);
  });
});
