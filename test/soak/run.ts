/**
 * `node --import tsx test/soak/run.ts [datagrams] [board …]`: the whole soak; by default 100,000 datagrams on every board.
 */
import { BOARDS, missing } from "../properties/firmware.js";
import { describe, fault, soak } from "./soak.js";

const [count = "100000", ...wanted] = process.argv.slice(2);
let failed = false;
for (const board of wanted.length > 0 ? wanted : BOARDS) {
  const reason = missing(board);
  if (reason !== false) {
    console.log(`${board}: skipped: ${reason}`);
    continue;
  }
  const onProgress = (done: number): void => {
    if (process.stderr.isTTY) process.stderr.write(`\r${board}: ${done} `);
  };
  try {
    const report = await soak({ board, datagrams: Number(count), onProgress });
    const wrong = fault(report);
    console.log(`${describe(report)}${wrong === undefined ? "" : `\nFAILED: ${wrong}`}`);
    failed ||= wrong !== undefined;
  } catch (error) {
    console.log(`${board}: FAILED: ${error instanceof Error ? error.message : error}`);
    failed = true;
  }
}
process.exitCode = failed ? 1 : 0;
