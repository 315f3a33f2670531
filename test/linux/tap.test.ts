/**
 * The Linux kernel as peer: udp_echo on every board, connected by a TAP interface to a network namespace of this test's own.
 * ping(8) and datagrams of all sizes, in fragments too; a neighbour that is asked for again, and one that changes its MAC address.
 */
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { BOARDS, missing, ROOT } from "../properties/firmware.js";
import { Capture } from "./capture.js";
import { type LinuxFirmware, start } from "./firmware.js";
import { LINUX_IP, Namespace, TAP, whyNot } from "./namespace.js";

const PING_SIZES = [0, 1, 56, 1472, 8000];
/** Every size that fits a frame, and fragmented ones: around the edges of fragments, and up to what udp_echo takes. */
const UDP_SIZES = Array.from({ length: 1473 }, (_, size) => size).concat([
  1473, 1479, 1480, 1481, 2951, 2952, 2953, 3000, 4095, 4096, 4431, 4432, 4433, 5912, 6500, 7392, 7999, 8000,
]);
const LARGE_UDP_FROM = 1473;
/** Seconds: the shortest that CONFIG_NET_ARP_LIFETIME allows. */
const ARP_LIFETIME = 10;
/** Seconds more until the firmware has noticed, asked in vain and asked everybody. */
const ARP_GRACE = 10;
const OTHER_MAC = "02:00:00:00:77:77";
const YET_ANOTHER_MAC = "02:00:00:00:77:78";

interface Ping {
  readonly sent: number;
  readonly received: number;
  readonly output: string;
}

class Bench {
  constructor(
    readonly namespace: Namespace,
    readonly firmware: LinuxFirmware,
  ) {}

  async ping(...options: readonly string[]): Promise<Ping> {
    const { stdout, stderr } = await this.namespace.run("ping", ["-n", ...options, this.firmware.ip]);
    const match = /(\d+) packets transmitted, (\d+) received/.exec(stdout);
    const output = `${stdout}${stderr}\nconsole:\n${this.firmware.console()}`;
    assert.ok(match !== null, output);
    return { sent: Number(match[1]), received: Number(match[2]), output };
  }

  /** Waits until the firmware has started. */
  async up(): Promise<void> {
    for (let i = 0; i < 60; i++) if ((await this.ping("-c", "1", "-W", "1")).received === 1) return;
    assert.fail(`the firmware does not answer; its console:\n${this.firmware.console()}`);
  }

  /** Linux asks for the firmware's MAC address no more, so that the firmware hears no ARP of Linux's own accord. */
  knowFirmware(): void {
    const { ip, mac } = this.firmware;
    this.namespace.ip("neighbour", "replace", ip, "lladdr", mac, "dev", TAP, "nud", "permanent");
  }

  /** Runs `during` with tcpdump on the wire; the lines of ARP that it saw. */
  async arpLines(during: () => Promise<void>): Promise<string[]> {
    const capture = await Capture.start(this.namespace, TAP, "arp", ["-e"]);
    try {
      await during();
    } finally {
      await capture.stop();
    }
    return capture.lines();
  }
}

/** What echo-client.ts reports. */
interface EchoReport {
  readonly echoed: number;
  readonly retried: number;
  readonly failed: readonly number[];
}

async function udpEcho(bench: Bench, sizes: readonly number[]): Promise<EchoReport> {
  const script = `${ROOT}/test/linux/echo-client.ts`;
  const parameters = ["--import", import.meta.resolve("tsx"), script, bench.firmware.ip, "7", ...sizes.map(String)];
  const { stdout, stderr } = await bench.namespace.run(process.execPath, parameters);
  assert.match(stdout, /^\{/, `${stdout}${stderr}`);
  return JSON.parse(stdout) as EchoReport;
}

async function againstLinux(context: TestContext, bench: Bench): Promise<void> {
  const { namespace, firmware } = bench;
  await bench.up();

  for (const size of PING_SIZES) {
    await context.test(`ping with ${size} bytes`, async () => {
      const { sent, received, output } = await bench.ping("-c", "5", "-i", "0.1", "-W", "5", "-s", String(size));
      assert.equal(received, sent, output);
      assert.doesNotMatch(output, /wrong data byte|DUP|truncated/);
    });
  }

  await context.test("UDP echo of every size up to 1472, and in fragments up to 8000", async (echo) => {
    const { echoed, retried, failed } = await udpEcho(bench, UDP_SIZES);
    const large = UDP_SIZES.filter((size) => size >= LARGE_UDP_FROM).length;
    echo.diagnostic(`${echoed} sizes came back, ${large} of them in fragments; ${retried} were asked for again`);
    assert.deepEqual(failed, []);
    assert.equal(echoed, UDP_SIZES.length);
    assert.equal(retried, 0, "a wire without loss needs no second try");
  });

  await context.test("a neighbour is asked for again when its time is over", async (arp) => {
    bench.knowFirmware();
    const count = String(ARP_LIFETIME + 3);
    let result: Ping | undefined;
    const lines = await bench.arpLines(async () => {
      result = await bench.ping("-c", count, "-i", "1", "-W", "2");
    });
    assert.equal(result?.received, result?.sent, result?.output);
    const asked = lines.filter((line) => line.includes(`who-has ${LINUX_IP} tell ${firmware.ip}`));
    assert.ok(asked.length > 0, `the firmware did not ask again:\n${lines.join("\n")}`);
    assert.ok(asked.length <= 4, `the firmware asked too often:\n${lines.join("\n")}`);
    arp.diagnostic(asked[0] ?? "");
  });

  await context.test("a MAC address that changes is learned from a request at once", async () => {
    namespace.ip("neighbour", "flush", "dev", TAP, "nud", "permanent");
    namespace.ip("link", "set", TAP, "address", OTHER_MAC);
    namespace.ip("neighbour", "flush", "dev", TAP);
    const { sent, received, output } = await bench.ping("-c", "3", "-i", "0.2", "-W", "5");
    assert.equal(received, sent, output);
  });

  await context.test("a MAC address that changes in silence is found out", async (silent) => {
    bench.knowFirmware();
    namespace.ip("link", "set", TAP, "address", YET_ANOTHER_MAC);
    bench.knowFirmware();
    const begin = Date.now();
    let tries = 0;
    while ((await bench.ping("-c", "1", "-W", "1")).received === 0) {
      tries++;
      const passed = (Date.now() - begin) / 1000;
      assert.ok(passed < ARP_LIFETIME + ARP_GRACE, `no answer ${passed} s after the change`);
    }
    silent.diagnostic(`answered again after ${((Date.now() - begin) / 1000).toFixed(1)} s and ${tries} lost pings`);
    const { sent, received, output } = await bench.ping("-c", "3", "-i", "0.2", "-W", "2");
    assert.equal(received, sent, output);
  });
}

const reason = whyNot();
for (const board of BOARDS) {
  test(`Linux and ${board}`, { skip: reason ?? missing(board) }, async (context) => {
    const namespace = Namespace.create();
    try {
      const firmware = await start(board, namespace, [`CONFIG_NET_ARP_LIFETIME=${ARP_LIFETIME}`]);
      try {
        await againstLinux(context, new Bench(namespace, firmware));
      } finally {
        await firmware.close();
      }
    } finally {
      namespace.destroy();
    }
  });
}
