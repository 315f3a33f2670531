/** Every example on every board, with real sockets of this machine at the other end. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { test } from "node:test";
import { requireBoard } from "../../cli/boards.js";
import { build } from "../../cli/build/index.js";
import { packagePath } from "../../cli/package-root.js";
import { chooseFreePorts, parseForward, type RunResult, runFirmware } from "../../cli/run/index.js";

const BOARDS = ["native_sim", "qemu_cortex_m3", "mps2_an385"] as const;
/** QEMU's user network, and the gateway of native_sim, take this address for 127.0.0.1 of the machine. */
const HOST_SEEN_FROM_FIRMWARE = "10.0.2.2";
const PATIENCE_SECONDS = 60;

function missing(board: string): string | false {
  const found = requireBoard(board);
  if (found.kind === "native") return false;
  for (const tool of [found.qemu.binary, "arm-none-eabi-gcc"]) {
    if (spawnSync(tool, ["--version"]).status !== 0) return `${tool} is not installed (scripts/setup.sh)`;
  }
  return false;
}

interface Running {
  /** Ports of this machine, in the order of the forwards. */
  readonly ports: readonly number[];
  readonly console: () => string;
  readonly ended: Promise<RunResult>;
  stop(): void;
}

/** Builds an example for `board` and starts it. */
async function start(name: string, board: string, forwards: string[], defines: string[] = []): Promise<Running> {
  const result = await build({
    application: packagePath("examples", name),
    board,
    defines,
    buildDirectory: packagePath("build", "test-examples"),
  });
  const chosen = await chooseFreePorts(forwards.map((text) => parseForward(text)));
  const abort = new AbortController();
  let printed = "";
  const ended = runFirmware(result, {
    forwards: chosen,
    timeout: PATIENCE_SECONDS,
    signal: abort.signal,
    onConsole: (bytes) => {
      printed += new TextDecoder().decode(bytes);
    },
  });
  return { ports: chosen.map((forward) => forward.hostPort), console: () => printed, ended, stop: () => abort.abort() };
}

/** Asks `port` until the answer comes: the firmware may still be starting. */
async function ask(port: number, question: string): Promise<string> {
  const socket = createSocket("udp4");
  const again = setInterval(() => socket.send(question, port, "127.0.0.1"), 500);
  const signal = AbortSignal.timeout(PATIENCE_SECONDS * 1000);
  socket.send(question, port, "127.0.0.1");
  try {
    const [answer] = (await once(socket, "message", { signal })) as [Buffer];
    return answer.toString();
  } finally {
    clearInterval(again);
    socket.close();
  }
}

/** A server on a free port of 127.0.0.1 that answers each question with `answer`, or keeps silent without one. */
async function serve(answer?: string): Promise<{ socket: Socket; port: number; questions: string[] }> {
  const socket = createSocket("udp4");
  const questions: string[] = [];
  socket.on("message", (data, from) => {
    questions.push(data.toString());
    if (answer !== undefined) socket.send(answer, from.port, from.address);
  });
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  return { socket, port: socket.address().port, questions };
}

for (const board of BOARDS) {
  const skip = missing(board);

  test(`udp_echo on ${board} sends back what it gets`, { skip }, async () => {
    const running = await start("udp_echo", board, ["udp:0:7"]);
    try {
      assert.equal(await ask(running.ports[0], "an echo, please"), "an echo, please");
    } finally {
      running.stop();
      await running.ended;
    }
    assert.match(running.console(), /listening on 10\.0\.2\.15 port 7/);
  });

  test(`select_two_ports on ${board} serves both ports, and notices when nothing comes`, { skip }, async () => {
    const running = await start("select_two_ports", board, ["udp:0:7001", "udp:0:7002"]);
    try {
      assert.equal(await ask(running.ports[0], "as it is"), "as it is");
      assert.equal(await ask(running.ports[1], "in capitals"), "IN CAPITALS");
      assert.equal(await ask(running.ports[0], "and back"), "and back");
      const end = Date.now() + PATIENCE_SECONDS * 1000;
      while (!running.console().includes("nothing for 2 s") && Date.now() < end) {
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    } finally {
      running.stop();
      await running.ended;
    }
    assert.match(running.console(), /port 7001: 8 bytes/);
    assert.match(running.console(), /port 7002: 11 bytes/);
    assert.match(running.console(), /nothing for 2 s/);
  });

  test(`udp_client on ${board} asks a server of this machine and ends with 0`, { skip }, async () => {
    const server = await serve("a quarter past ten");
    try {
      const args = `CONFIG_APP_ARGS=${HOST_SEEN_FROM_FIRMWARE} ${server.port}`;
      const running = await start("udp_client", board, [], [args]);
      const { reason, code } = await running.ended;
      assert.deepEqual({ reason, code }, { reason: "exit", code: 0 }, running.console());
      assert.match(running.console(), /answer: a quarter past ten/);
      assert.equal(server.questions[0], "time?");
    } finally {
      server.socket.close();
    }
  });

  test(`udp_client on ${board} asks three times, gives up and ends with 1`, { skip }, async () => {
    const server = await serve();
    try {
      const args = `CONFIG_APP_ARGS=${HOST_SEEN_FROM_FIRMWARE} ${server.port}`;
      const running = await start("udp_client", board, [], [args]);
      const { reason, code } = await running.ended;
      assert.deepEqual({ reason, code }, { reason: "exit", code: 1 }, running.console());
      assert.match(running.console(), /attempt 3: no answer within 1 s\s+udp_client: giving up/);
      assert.deepEqual(server.questions, ["time?", "time?", "time?"]);
    } finally {
      server.socket.close();
    }
  });

  test(`hello on ${board} prints arguments, environment and clock, and ends with the code it is told`, {
    skip,
  }, async () => {
    const defines = ["CONFIG_APP_ARGS=first second", "CONFIG_APP_ENVIRONMENT=GREETING=Welcome EXIT_CODE=3"];
    const running = await start("hello", board, [], defines);
    const { reason, code } = await running.ended;
    assert.deepEqual({ reason, code }, { reason: "exit", code: 3 }, running.console());
    assert.match(running.console(), /argument 1: first\s+argument 2: second/);
    assert.match(running.console(), /^Welcome from socklet!/);
    assert.match(running.console(), /up for \d+\.\d+ s/);
  });
}
