/**
 * TCP Fast Open with the Linux kernel on the other end, on every board: Linux as server, then as client. The first connection of each brings
 * the cookie, all others their data with the SYN, as both ends say (TCP_INFO) and as tcpdump sees it; the cookies of both are what the
 * key makes. In a network namespace of this test's own.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { cookieOf } from "../net/tcp/fast-open.js";
import { BOARDS, missing, ROOT } from "../properties/firmware.js";
import { Capture } from "./capture.js";
import { start } from "./firmware.js";
import { LINUX_IP, Namespace, TAP, whyNot } from "./namespace.js";

const PORT = 5001;
const ECHO_PORT = 7;
const TIMES = 4;
const BYTES = 600;
/** What test/assembly/linux/fast_open sets as its key: byte i is 17 × i. */
const KEY = Buffer.from(Array.from({ length: 16 }, (_, i) => i * 17)).toString("hex");
/** Longest wait for something that the kernel or the firmware does, ms. */
const PATIENCE = 60_000;
/** Client and server of Linux. */
const SYSCTL = "/proc/sys/net/ipv4/tcp_fastopen";

/** The compiled peer, or why there is none. */
function compilePeer(): { path: string } | { reason: string } {
  const folder = join(ROOT, "build/test");
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `fast-open-peer-${process.pid}`);
  const result = spawnSync("gcc", ["-O1", "-Wall", "-o", path, join(ROOT, "test/linux/fast-open-peer.c")]);
  if (result.error !== undefined) return { reason: "gcc is not installed" };
  return result.status === 0 ? { path } : { reason: `the peer cannot be compiled: ${result.stderr}` };
}

function whyNotHere(): string | undefined {
  const other = whyNot();
  if (other !== undefined) return other;
  const namespace = Namespace.create();
  try {
    const { status } = spawnSync("ip", ["netns", "exec", namespace.name, "sh", "-c", `echo 3 > ${SYSCTL}`]);
    return status === 0 ? undefined : "this kernel has no TCP Fast Open";
  } finally {
    namespace.destroy();
  }
}

/** Waits until `done`. */
async function until(what: string, done: () => boolean, seen: () => string): Promise<void> {
  const end = Date.now() + PATIENCE;
  while (!done()) {
    if (Date.now() > end) assert.fail(`${what}: not within ${PATIENCE / 1000} s\n${seen()}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Of each line that `who` has said: whether the SYN had the data. All bytes came, unless that fails. */
function withSyn(text: string, who: string): boolean[] {
  const lines = text.split(/\r?\n/).filter((line) => line.startsWith(`${who}: `));
  for (const line of lines) assert.match(line, new RegExp(`^${who}: ${BYTES} bytes, `), text);
  return lines.map((line) => line.endsWith("with the SYN"));
}

const EXPECTED = [false, true, true, true];
const reason = whyNotHere();
const peer = reason === undefined ? compilePeer() : { reason };

for (const board of BOARDS) {
  const skip = ("reason" in peer ? peer.reason : undefined) ?? missing(board);
  test(`TCP Fast Open: Linux and ${board}`, { skip }, async (context) => {
    const namespace = Namespace.create();
    const path = "path" in peer ? peer.path : "";
    const captures: Capture[] = [];
    const begin = async (device: string): Promise<Capture> => {
      const capture = await Capture.start(namespace, device, "tcp[tcpflags] & tcp-syn != 0");
      captures.push(capture);
      return capture;
    };
    let server: ReturnType<Namespace["start"]> | undefined;
    try {
      assert.equal((await namespace.run("sh", ["-c", `echo 3 > ${SYSCTL}`])).code, 0);
      server = namespace.start(path, ["server", String(PORT), KEY]);
      let served = "";
      for (const stream of [server.stdout, server.stderr])
        stream?.on("data", (bytes: Buffer) => {
          served += bytes.toString();
        });
      await until(
        "the server of Linux",
        () => served.includes("listening"),
        () => served,
      );
      const firmware = await start(board, namespace, [], { application: "test/assembly/linux/fast_open" });
      const seen = (): string => `Linux:\n${served}\nfirmware:\n${firmware.console()}`;
      try {
        await context.test("Linux as server", async () => {
          await until("four conversations", () => firmware.console().includes("listening"), seen);
          await until("what Linux says of them", () => withSyn(served, "server").length >= TIMES, seen);
          assert.deepEqual(withSyn(firmware.console(), "client"), EXPECTED, seen());
          assert.deepEqual(withSyn(served, "server").slice(-TIMES), EXPECTED, seen());
        });
        await context.test("Linux as client", async () => {
          const capture = await begin(TAP);
          const { code, stdout, stderr } = await namespace.run(path, [
            "client",
            firmware.ip,
            String(ECHO_PORT),
            String(TIMES),
          ]);
          assert.equal(code, 0, `${stderr}${seen()}`);
          assert.deepEqual(withSyn(stdout, "client"), EXPECTED, stdout);
          await until("what the firmware says", () => withSyn(firmware.console(), "server").length >= TIMES, seen);
          assert.deepEqual(withSyn(firmware.console(), "server"), EXPECTED, seen());
          await until(
            "the packets",
            () => capture.lines().length >= 2 * TIMES,
            () => capture.text(),
          );
          const lines = capture.lines();
          const cookie = cookieOf(LINUX_IP, firmware.ip, KEY);
          const given = lines.filter((line) => line.includes("[S.]") && line.includes(`tfo  cookie ${cookie}`));
          assert.equal(given.length, 1, `${cookie}\n${capture.text()}`);
          const used = lines.filter((line) => line.includes("[S]") && line.includes(`tfo  cookie ${cookie}`));
          assert.equal(used.length, TIMES - 1, capture.text());
          for (const line of used) assert.match(line, new RegExp(`length ${BYTES}`));
        });
        await context.test("Linux and the firmware make the same cookie of the same key", async () => {
          // Linux talks to itself: it is client and server of its own address.
          const capture = await begin("lo");
          const { code, stderr } = await namespace.run(path, ["client", LINUX_IP, String(PORT), "1"]);
          assert.equal(code, 0, stderr);
          const cookie = cookieOf(LINUX_IP, LINUX_IP, KEY);
          await until(
            "the cookie",
            () => capture.text().includes(`tfo  cookie ${cookie}`),
            () => `${cookie}\n${capture.text()}`,
          );
        });
      } finally {
        await firmware.close();
      }
    } finally {
      for (const capture of captures) await capture.stop();
      server?.kill("SIGKILL");
      namespace.destroy();
    }
  });
}
