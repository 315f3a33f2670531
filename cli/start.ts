/**
 * `npm start`: runs the showcase, an UDP echo server on an emulated Cortex-M3. Installs what is missing when that is
 * allowed; where it is not, runs the same application on native_sim and says so.
 */
import { spawnSync } from "node:child_process";
import { createSocket } from "node:dgram";
import { DEFAULT_BOARD } from "./boards.js";
import { runCommandLine } from "./command-line.js";
import { packagePath } from "./package-root.js";
import { chooseFreePorts } from "./run/index.js";
import { missingForBoards } from "./toolchain.js";

const EXAMPLE = packagePath("examples", "udp_echo");
const USUAL_PORT = 5555;
/** Time between two tries of the client, milliseconds. */
const RETRY = 500;

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
    const probe = createSocket("udp4");
    probe.once("error", () => resolve(false));
    probe.bind(port, "127.0.0.1", () => probe.close(() => resolve(true)));
  });
}

/** Asks the firmware until it answers, then says so: the first client. */
function startClient(port: number, signal: AbortSignal): void {
  const socket = createSocket("udp4");
  const text = "hello from this machine";
  socket.on("error", () => undefined);
  const timer = setInterval(() => socket.send(text, port, "127.0.0.1"), RETRY);
  const end = (): void => {
    clearInterval(timer);
    socket.close();
  };
  socket.once("message", (answer) => {
    signal.removeEventListener("abort", end);
    end();
    const verdict = answer.toString() === text ? "and got it back" : `and got back "${answer.toString()}"`;
    say(`\nA client on this machine sent "${text}" to 127.0.0.1:${port} ${verdict}.`);
    say("Your turn, in another terminal (Ctrl-C here ends the firmware):\n");
    say(`  echo hello | nc -u -w 1 127.0.0.1 ${port}\n`);
  });
  signal.addEventListener("abort", end, { once: true });
  socket.unref();
}

const interrupt = new AbortController();
for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(name, () => interrupt.abort());

const board = chooseBoard();
const wanted = (await portIsFree(USUAL_PORT)) ? USUAL_PORT : 0;
const [forward] = await chooseFreePorts([{ protocol: "udp", hostPort: wanted, guestPort: 7 }]);
if (forward === undefined) throw new Error("No port was chosen.");
startClient(forward.hostPort, interrupt.signal);
const code = await runCommandLine(
  // What follows `npm start --` goes to `socklet run`, --timeout for example.
  ["run", EXAMPLE, "-b", board, "--forward", `udp:${forward.hostPort}:7`, ...process.argv.slice(2)],
  { stdout: process.stdout, stderr: process.stderr, stdin: process.stdin, signal: interrupt.signal },
);
// Ctrl-C is how this is meant to end.
process.exit(code === 130 ? 0 : code);
