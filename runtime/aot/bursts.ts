/**
 * Runs of the same reading import: `port.take` three times in a row, each into a variable of its own, becomes one call
 * `port_take_3(address, a, b, c)`, which a host can make one load of several registers.
 */

/** Words that one call takes at most. */
const LONGEST = 8;

const CONSTANT = /^(var_i\d+) = (\d+)u;$/;
const COPY = /^(var_[lp]\d+) = (var_i\d+);$/;

/** A word that is taken from the constant `address` and put into `variable`: three lines of a body. */
interface Take {
  readonly slot: string;
  readonly address: string;
  readonly variable: string;
}

function takeAt(lines: readonly string[], at: number, cName: string): Take | undefined {
  const constant = CONSTANT.exec(lines[at] ?? "");
  const copy = COPY.exec(lines[at + 2] ?? "");
  if (constant === null || copy === null || copy[2] !== constant[1]) return undefined;
  const [, slot, address] = constant;
  return lines[at + 1] === `${slot} = ${cName}(${slot});` ? { slot, address, variable: copy[1] } : undefined;
}

/**
 * The statements of a function with runs of `cName` joined. A run ends where another address is read, or a variable of the run is written
 * again. The slot keeps the last word, as it did.
 */
export function joinBursts(lines: readonly string[], cName: string): string[] {
  const joined: string[] = [];
  for (let at = 0; at < lines.length; ) {
    const run: Take[] = [];
    for (let next = takeAt(lines, at, cName); next !== undefined && run.length < LONGEST; ) {
      const { address, slot, variable } = next;
      if (run.some((take) => take.address !== address || take.slot !== slot || take.variable === variable)) break;
      run.push(next);
      next = takeAt(lines, at + 3 * run.length, cName);
    }
    if (run.length < 2) {
      joined.push(lines[at]);
      at++;
      continue;
    }
    const last = run[run.length - 1];
    joined.push(`${cName}_${run.length}(${last.address}u, ${run.map((take) => take.variable).join(", ")});`);
    joined.push(`${last.slot} = ${last.variable};`);
    at += 3 * run.length;
  }
  return joined;
}
