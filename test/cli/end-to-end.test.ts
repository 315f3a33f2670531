/** The whole way with the real command: build, boot, talk, end. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { build, readPools } from "../../cli/build/index.js";
import { recordingLogger } from "../../cli/logger.js";
import { packagePath } from "../../cli/package-root.js";
import { missingForBoards } from "../../cli/toolchain.js";

const directory = mkdtempSync(join(tmpdir(), "socklet-end-to-end-"));
after(() => rmSync(directory, { recursive: true, force: true }));

const MAIN = fileURLToPath(new URL("../../cli/main.ts", import.meta.url));
const missing = missingForBoards();
const skip = missing.length === 0 ? false : `not installed: ${missing.map(({ name }) => name).join(", ")}`;

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  /** Resolves when `pattern` has been printed, with the match. */
  printed(pattern: RegExp): Promise<RegExpExecArray>;
}

/** Starts the command as a user does, in a folder of its own. */
function socklet(...argv: string[]): Running {
  const child = spawn(process.execPath, [...process.execArgv, MAIN, ...argv], {
    cwd: packagePath(),
    stdio: ["ignore", "pipe", "pipe"],
  });
  let out = "";
  let err = "";
  const waiting: { pattern: RegExp; resolve: (match: RegExpExecArray) => void; reject: (error: Error) => void }[] = [];
  const look = (): void => {
    for (const each of waiting) {
      const match = each.pattern.exec(out + err);
      if (match !== null) each.resolve(match);
    }
  };
  child.stdout?.on("data", (bytes: Buffer) => {
    out += bytes.toString();
    look();
  });
  child.stderr?.on("data", (bytes: Buffer) => {
    err += bytes.toString();
    look();
  });
  const ended = new Promise<Ended>((resolve) => {
    child.once("close", (code) => {
      for (const each of waiting) each.reject(new Error(`It ended with ${code} before ${each.pattern}:\n${out}${err}`));
      resolve({ code, out, err });
    });
  });
  const printed = (pattern: RegExp): Promise<RegExpExecArray> =>
    new Promise((resolve, reject) => {
      waiting.push({ pattern, resolve, reject });
      look();
    });
  return { child, ended, printed };
}

/** Sends a datagram until an answer comes: the first ones may be lost while the firmware starts. */
function echo(port: number, text: string): Promise<string> {
  const socket = createSocket("udp4");
  return new Promise((resolve, reject) => {
    let tries = 0;
    const timer = setInterval(() => {
      if (++tries > 100) end(() => reject(new Error(`No answer from port ${port}.`)));
      else socket.send(text, port, "127.0.0.1");
    }, 100);
    const end = (then: () => void): void => {
      clearInterval(timer);
      socket.close();
      then();
    };
    socket.on("error", () => undefined);
    socket.once("message", (answer) => end(() => resolve(answer.toString())));
  });
}

/** udp_echo on a board: a client gets its datagram back, frames are captured, Ctrl-C ends it with 130. */
async function echoOn(board: string): Promise<void> {
  const pcap = join(directory, `${board}.pcap`);
  const running = socklet(
    ...["run", "examples/udp_echo", "-b", board, "--forward", "udp:0:7", "--pcap", pcap],
    ...["--timeout", "120", "--build-dir", join(directory, "build")],
  );
  try {
    const [, port] = await running.printed(/udp 127\.0\.0\.1:(\d+) → 10\.0\.2\.15:7/);
    await running.printed(/listening/);
    assert.equal(await echo(Number(port), `hello ${board}`), `hello ${board}`);
  } finally {
    running.child.kill("SIGINT");
  }
  const { code, out, err } = await running.ended;
  assert.equal(code, 130, err);
  assert.match(out, /listening/, "the console is on standard output");
  assert.match(err, /compile the stack/, "progress is on standard error");
  assert.ok(statSync(pcap).size > 24, "frames were captured");
  assert.ok([0xa1b2c3d4, 0xa1b23c4d].includes(readFileSync(pcap).readUInt32LE(0)), "in pcap format");
}

test("udp_echo on native_sim answers a client of this machine", () => echoOn("native_sim"));

test("udp_echo on qemu_cortex_m3 answers a client of this machine", { skip }, () => echoOn("qemu_cortex_m3"));

test("the application's exit code is the command's", async () => {
  const running = socklet(
    ...["run", "examples/hello", "-b", "native_sim", "--timeout", "60", "--build-dir", join(directory, "build")],
    "-DCONFIG_APP_ENVIRONMENT=EXIT_CODE=7",
  );
  const { code, out, err } = await running.ended;
  assert.equal(code, 7, out + err);
});

test("the application's exit code is the command's in QEMU", { skip }, async () => {
  const running = socklet(
    ...["run", "examples/hello", "-b", "qemu_cortex_m3", "--timeout", "60", "--build-dir", join(directory, "build")],
    "-DCONFIG_APP_ENVIRONMENT=EXIT_CODE=7",
  );
  const { code, out, err } = await running.ended;
  assert.equal(code, 7, out + err);
});

test("what did not change is not built again", { skip }, async () => {
  const options = {
    application: packagePath("examples", "hello"),
    board: "qemu_cortex_m3",
    buildDirectory: join(directory, "again"),
    cacheDirectory: join(directory, "again", "cache"),
  };
  const first = await build(options);
  assert.ok(first.firmware && existsSync(first.firmware.elf));
  assert.deepEqual([first.core.cached, first.app.cached], [false, false]);
  const logger = recordingLogger();
  const second = await build({ ...options, logger });
  assert.deepEqual([second.core.cached, second.app.cached], [true, true]);
  assert.deepEqual(second.firmware, first.firmware);
  assert.ok(logger.lines.includes("done: firmware.elf (unchanged)"), logger.lines.join("\n"));
  // An option of the core makes a new core; the application, which does not read it, is only looked at again.
  const other = await build({ ...options, defines: ["CONFIG_NET_ARP_REQUESTS=3"] });
  assert.equal(other.core.cached, false);
});

test("the pools of a core are listed with their sizes", async () => {
  const result = await build({
    application: packagePath("examples", "udp_echo"),
    board: "native_sim",
    buildDirectory: join(directory, "pools"),
  });
  const pools = readPools(result.core.wasm);
  const sockets = pools.find(({ name }) => name === "sockets");
  assert.equal(sockets?.capacity, result.config.int("NET_MAX_CONTEXTS"));
  const rings = pools.find(({ name }) => name === "datagram rings");
  assert.ok(rings && rings.bytes >= result.config.int("NET_SOCKETS_UDP_RCVBUF"));
  const total = pools.reduce((sum, { bytes }) => sum + bytes, 0);
  assert.ok(total <= result.core.heapBase, `${total} bytes of pools in ${result.core.heapBase}`);
});
