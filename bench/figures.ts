/**
 * The committed figures, bench/figures.json: what our stack cost when they were last accepted. A change that makes it cost more, or less,
 * changes them in the same commit (`npm run bench -- --accept`), so that no cost comes in unnoticed.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { packagePath } from "../cli/package-root.js";
import { type Footprint, footprintOf } from "./footprint.js";
import type { Result } from "./measure.js";
import type { SockletImage } from "./socklet.js";

export interface Figures {
  /** Of each operation. */
  readonly instructions: Readonly<Record<string, number>>;
  /** Bytes of each program, the C stack not counted. */
  readonly flash: Readonly<Record<string, number>>;
  readonly ram: Readonly<Record<string, number>>;
}

/** Differences up to this share are none. */
export const TOLERANCE = 0.01;

const path = (): string => packagePath("bench", "figures.json");

/** What was measured, as figures: the programs of the operations, and `small` images. */
export function figuresOf(
  images: readonly SockletImage[],
  results: readonly Result[],
  small: readonly Footprint[],
): Figures {
  const sizes = [...images.map(({ application, elf }) => footprintOf(application, elf)), ...small];
  return {
    instructions: Object.fromEntries(results.map(({ operation, instructions }) => [operation, instructions])),
    flash: Object.fromEntries(sizes.map(({ image, flash }) => [image, flash])),
    ram: Object.fromEntries(sizes.map(({ image, ram }) => [image, ram])),
  };
}

/** The committed figures. */
export function acceptedFigures(): Figures {
  return JSON.parse(readFileSync(path(), "utf8")) as Figures;
}

/** Makes `figures` the committed ones. */
export function acceptFigures(figures: Figures): void {
  writeFileSync(path(), `${JSON.stringify(figures, null, 2)}\n`);
}

/** A sentence for each figure that is further than the tolerance from the accepted one, or that one of both does not have. */
export function differences(accepted: Figures, measured: Figures): string[] {
  const sentences: string[] = [];
  for (const quantity of ["instructions", "flash", "ram"] as const) {
    const names = new Set([...Object.keys(accepted[quantity]), ...Object.keys(measured[quantity])]);
    for (const name of names) {
      const before: number | undefined = accepted[quantity][name];
      const now: number | undefined = measured[quantity][name];
      const what = quantity === "instructions" ? "instructions" : `bytes of ${quantity === "ram" ? "RAM" : quantity}`;
      if (before === undefined) sentences.push(`${name}: ${now} ${what}, and no accepted figure.`);
      else if (now === undefined) sentences.push(`${name}: ${before} ${what} accepted, and nothing measured.`);
      else if (Math.abs(now - before) > TOLERANCE * before) {
        const percent = ((100 * (now - before)) / before).toFixed(1);
        sentences.push(
          `${name}: ${now} ${what} where ${before} are accepted (${now > before ? "+" : ""}${percent} %).`,
        );
      }
    }
  }
  return sentences;
}
