/**
 * `npm start`: runs the showcase, a web server on an emulated Cortex-M3, and fetches its page once. Installs what is missing when that
 * is allowed; where it is not, runs the same application on native_sim and says so. Ends with Ctrl-C, or, when nobody is at the keyboard
 * (input closed), once the page has been fetched.
 */
import { spawnSync } from "node:child_process";
import { get } from "node:http";
import { createServer } from "node:net";
import { DEFAULT_BOARD } from "./boards.js";
import { runCommandLine } from "./command-line.js";
import { packagePath } from "./package-root.js";
import { chooseFreePorts } from "./run/index.js";
import { missingForBoards } from "./toolchain.js";

const EXAMPLE = packagePath("examples", "http_server");
const USUAL_PORT = 8080;
const GUEST_PORT = 80;
/** Time between two tries of the client, and for one of them, milliseconds. */
const RETRY = 500;
const PATIENCE = 3000;
/** Time for building, booting and the first answer, milliseconds. */
const GIVE_UP = 300_000;

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** The board to use: the emulated one when its tools are there or can be installed. */
function chooseBoard(): string {
  if (missingForBoards().length === 0) return DEFAULT_BOARD;
  say("The emulator or the compiler is missing; trying to install them.");
  const setup = spawnSync("sh", [packagePath("scripts", "setup.sh")], { stdio: "inherit" });
  if (setup.status === 0 && missingForBoards().length === 0) return DEFAULT_BOARD;
  say(`\nThey could not be installed, so this is the same application on native_sim: in Node, without an emulator.\n`);
  return "native_sim";
}

function portIsFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once("error", () => resolve(false));
    probe.listen(port, "127.0.0.1", () => probe.close(() => resolve(true)));
  });
}

interface Page {
  readonly status: string;
  readonly bytes: number;
  readonly title: string;
  readonly milliseconds: number;
}

/** Fetches `url` once. */
function fetchPage(url: string, signal: AbortSignal): Promise<Page> {
  const begin = performance.now();
  return new Promise((resolve, reject) => {
    const request = get(url, { agent: false, timeout: PATIENCE, signal }, (response) => {
      const parts: Buffer[] = [];
      response.on("data", (bytes: Buffer) => parts.push(bytes));
      response.on("error", reject);
      response.on("end", () => {
        const body = Buffer.concat(parts);
        resolve({
          status: `${response.statusCode} ${response.statusMessage}`,
          bytes: body.length,
          title: /<title>(.*?)<\/title>/.exec(body.toString())?.[1] ?? "",
          milliseconds: Math.round(performance.now() - begin),
        });
      });
    });
    request.on("timeout", () => request.destroy(new Error("no answer in time")));
    request.on("error", reject);
  });
}

/** Tries until the firmware answers, then says so: the first client. False when it does not, or the run is over. */
async function startClient(url: string, signal: AbortSignal): Promise<boolean> {
  const end = performance.now() + GIVE_UP;
  while (!signal.aborted && performance.now() < end) {
    try {
      const page = await fetchPage(url, signal);
      say(`\nA client on this machine fetched ${url} from the firmware:`);
      say(`${page.status}, ${page.bytes} bytes, "${page.title}", in ${page.milliseconds} ms.`);
      return true;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, RETRY));
    }
  }
  if (!signal.aborted) say(`\nThe firmware does not answer at ${url}.`);
  return false;
}

const interrupt = new AbortController();
let stopped = false;
for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(name, () => {
    stopped = true;
    interrupt.abort();
  });
}
const inputEnded = new Promise<void>((resolve) => process.stdin.once("end", resolve).once("error", () => resolve()));

const board = chooseBoard();
const wanted = (await portIsFree(USUAL_PORT)) ? USUAL_PORT : 0;
const [forward] = await chooseFreePorts([{ protocol: "tcp", hostPort: wanted, guestPort: GUEST_PORT }]);
if (forward === undefined) throw new Error("No port was chosen.");
const url = `http://127.0.0.1:${forward.hostPort}/`;
let answered = false;
void startClient(url, interrupt.signal).then(async (success) => {
  answered = success;
  if (!success) {
    interrupt.abort();
    return;
  }
  say(`\n  Open ${url} in a browser, or in another terminal:  curl ${url}status.json\n`);
  say("Ctrl-C here ends the firmware.");
  await inputEnded;
  interrupt.abort();
});
const code = await runCommandLine(
  // What follows `npm start --` goes to `socklet run`, --timeout for example.
  ["run", EXAMPLE, "-b", board, "--forward", `tcp:${forward.hostPort}:${GUEST_PORT}`, ...process.argv.slice(2)],
  { stdout: process.stdout, stderr: process.stderr, stdin: process.stdin, signal: interrupt.signal },
);
// Ctrl-C, or the end of the input, is how this is meant to end.
process.exit(code === 130 && (answered || stopped) ? 0 : code);
