/** The QEMU runner, with programs that stand in for QEMU; forwards; exit codes. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import type { McuBoard } from "../../boards/types.js";
import { requireBoard } from "../../cli/boards.js";
import { resolveConfig } from "../../cli/config/index.js";
import { UserError } from "../../cli/errors.js";
import {
  chooseFreePorts,
  describeForward,
  parseForward,
  qemuArguments,
  type RunOptions,
  type RunResult,
  runQemu,
} from "../../cli/run/index.js";

const directory = mkdtempSync(join(tmpdir(), "socklet-run-"));
after(() => rmSync(directory, { recursive: true, force: true }));

const real = requireBoard("mps2_an385") as McuBoard;
const config = resolveConfig({ board: real });

/** A board whose QEMU is a shell script. */
function boardWith(name: string, script: string): McuBoard {
  const binary = join(directory, name);
  writeFileSync(binary, `#!/bin/sh\n[ "$1" = --version ] && exit 0\n${script}\n`);
  chmodSync(binary, 0o755);
  return { ...real, qemu: { ...real.qemu, binary } };
}

async function runScript(
  name: string,
  script: string,
  options: Partial<RunOptions> = {},
): Promise<RunResult & { readonly text: string }> {
  let text = "";
  const result = await runQemu(boardWith(name, script), config, "firmware.elf", {
    forwards: [],
    onConsole: (bytes) => {
      text += Buffer.from(bytes).toString();
    },
    ...options,
  });
  return { ...result, text };
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

test("a forward is protocol, port here, port there", () => {
  assert.deepEqual(parseForward("udp:5555:7"), { protocol: "udp", hostPort: 5555, guestPort: 7 });
  assert.deepEqual(parseForward("tcp:0:80"), { protocol: "tcp", hostPort: 0, guestPort: 80 });
  for (const wrong of ["5555:7", "udp:5555", "udp:70000:7", "udp:5555:0", "sctp:1:2", "udp:a:7", ""]) {
    assert.throws(
      () => parseForward(wrong),
      (error: unknown) => error instanceof UserError && error.exitCode === 2 && error.message.includes("udp:5555:7"),
      wrong,
    );
  }
  assert.equal(
    describeForward({ protocol: "udp", hostPort: 5555, guestPort: 7 }, "10.0.2.15"),
    "udp 127.0.0.1:5555 → 10.0.2.15:7",
  );
});

test("port 0 becomes a port that is free", async () => {
  const [forward] = await chooseFreePorts([parseForward("udp:0:7")]);
  assert.ok(forward && forward.hostPort > 0);
  const socket = createSocket("udp4");
  await new Promise<void>((resolve, reject) => {
    socket.once("error", reject);
    socket.bind(forward.hostPort, "127.0.0.1", resolve);
  });
  socket.close();
});

test("QEMU is asked for the board's machine, forwards to 127.0.0.1 only, pcap, icount", () => {
  const list = qemuArguments(real, config, "x.elf", {
    forwards: [parseForward("udp:5555:7"), parseForward("tcp:8080:80")],
    pcap: "a,b.pcap",
    icount: 5,
    onConsole: () => undefined,
  });
  const text = list.join(" ");
  assert.ok(text.startsWith(real.qemu.arguments.join(" ")));
  assert.match(text, /-kernel x\.elf/);
  assert.match(
    text,
    /-nic user,id=net0,hostfwd=udp:127\.0\.0\.1:5555-10\.0\.2\.15:7,hostfwd=tcp:127\.0\.0\.1:8080-10\.0\.2\.15:80/,
  );
  assert.match(text, /-object filter-dump,id=dump0,netdev=net0,file=a,,b\.pcap/);
  assert.match(text, /-icount shift=5/);
  assert.match(text, /-semihosting-config enable=on,target=native/);
});

test("an address in another network takes QEMU's network along", () => {
  const other = resolveConfig({
    board: real,
    defines: [
      'CONFIG_NET_CONFIG_MY_IPV4_ADDR="192.168.7.9"',
      'CONFIG_NET_CONFIG_MY_IPV4_NETMASK="255.255.255.128"',
      'CONFIG_NET_CONFIG_MY_IPV4_GW="192.168.7.1"',
    ],
  });
  const list = qemuArguments(real, other, "x.elf", { forwards: [], onConsole: () => undefined });
  assert.ok(list.includes("user,id=net0,net=192.168.7.0/25,host=192.168.7.1"));
});

test("the console is passed on and the application's exit code is the result", async () => {
  const result = await runScript("exits", "echo hello; exit 42");
  assert.deepEqual({ ...result }, { reason: "exit", code: 42, text: "hello\n" });
});

test("console input reaches the firmware", async () => {
  const { Readable } = await import("node:stream");
  const result = await runScript("reads", "read line; echo got $line; exit 0", { input: Readable.from(["ping\n"]) });
  assert.equal(result.text, "got ping\n");
});

test("a failure of QEMU becomes a sentence and a non-zero code", async () => {
  const result = await runScript("fails", 'echo "$0: could not load kernel" >&2; exit 1');
  assert.equal(result.reason, "died");
  assert.equal(result.code, 1);
  assert.match(result.message ?? "", /ended with code 1: could not load kernel/);
});

test("a port in use is named with what to do", async () => {
  const script = `echo "$0: -nic user: Could not set up host forwarding rule 'udp:127.0.0.1:5555-10.0.2.15:7'" >&2; exit 1`;
  const result = await runScript("taken", script);
  assert.match(result.message ?? "", /Port 5555 \(udp\) of this machine is in use\. Choose another with --forward/);
});

test("QEMU killed by a signal is said to have been", async () => {
  const result = await runScript("killed", "kill -SEGV $$");
  assert.equal(result.reason, "died");
  assert.notEqual(result.code, 0);
  assert.match(result.message ?? "", /SIGSEGV/);
});

test("--timeout ends the emulator with exit code 124", async () => {
  const pidFile = join(directory, "timeout.pid");
  const result = await runScript("sleeps", `echo $$ > ${pidFile}; exec sleep 600`, { timeout: 0.5 });
  assert.deepEqual([result.reason, result.code], ["timeout", 124]);
  assert.match(result.message ?? "", /Still running after 0\.5 s/);
  assert.equal(alive(Number(readFileSync(pidFile, "utf8"))), false);
});

test("Ctrl-C ends the emulator, even one that ignores SIGTERM, and leaves no orphan", async () => {
  const pidFile = join(directory, "stubborn.pid");
  const interrupt = new AbortController();
  const running = runScript("stubborn", `trap '' TERM; echo $$ > ${pidFile}; echo up; while :; do sleep 0.1; done`, {
    signal: interrupt.signal,
    onConsole: () => interrupt.abort(),
  });
  const result = await running;
  assert.deepEqual([result.reason, result.code], ["interrupted", 130]);
  assert.equal(alive(Number(readFileSync(pidFile, "utf8"))), false);
});

test("an emulator that is not installed is named with the package to install", async () => {
  const board: McuBoard = { ...real, qemu: { ...real.qemu, binary: join(directory, "absent") } };
  await assert.rejects(
    async () => runQemu(board, config, "x.elf", { forwards: [], onConsole: () => undefined }),
    (error: unknown) => error instanceof UserError && /is not installed.*setup\.sh.*native_sim/s.test(error.message),
  );
});

test("when the command itself is killed, the emulator goes with it", async () => {
  const pidFile = join(directory, "orphan.pid");
  const script = boardWith("orphan", `echo $$ > ${pidFile}; echo up; exec sleep 600`).qemu.binary;
  const url = new URL("../../cli/run/qemu.ts", import.meta.url).href;
  const boards = new URL("../../cli/boards.ts", import.meta.url).href;
  const configs = new URL("../../cli/config/index.ts", import.meta.url).href;
  const program = join(directory, "orphan.mts");
  writeFileSync(
    program,
    `import { runQemu } from "${url}"; import { requireBoard } from "${boards}"; import { resolveConfig } from "${configs}";
const board = requireBoard("mps2_an385"); if (board.kind !== "mcu") process.exit(9);
process.on("SIGTERM", () => process.exit(0));
await runQemu({ ...board, qemu: { ...board.qemu, binary: ${JSON.stringify(script)} } }, resolveConfig({ board }), "x.elf",
  { forwards: [], onConsole: (bytes) => process.stdout.write(bytes) });`,
  );
  const child = spawn(process.execPath, [...process.execArgv, program], { stdio: ["ignore", "pipe", "inherit"] });
  await new Promise((resolve) => child.stdout.once("data", resolve));
  const pid = Number(readFileSync(pidFile, "utf8"));
  assert.equal(alive(pid), true);
  child.kill("SIGTERM");
  await new Promise((resolve) => child.once("exit", resolve));
  // The kernel takes a moment to end it.
  for (let tries = 0; alive(pid) && tries < 100; tries++) await delay(20);
  assert.equal(alive(pid), false);
});
