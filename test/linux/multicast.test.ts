/**
 * The Linux kernel as switch and as member: a bridge with IGMP snooping and a querier of its own reads what the firmware reports (its
 * list of groups, bridge(8)), lets datagrams to groups through accordingly, and a program in the namespace sends and hears them. tcpdump
 * reads the reports as well. In a network namespace of this test's own.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { type TestContext, test } from "node:test";
import { missing } from "../properties/firmware.js";
import { Capture } from "./capture.js";
import { type LinuxFirmware, start } from "./firmware.js";
import { LINUX_IP, LINUX_PREFIX, Namespace, TAP, whyNot } from "./namespace.js";

const GROUP = "239.5.6.7";
const ECHO = "239.5.6.8";
const FILTERED = "239.5.6.9";
const BRIDGE = "br0";
/** The node machine, and the board whose chip in QEMU filters multicast. */
const BOARDS = ["native_sim", "mps2_an385"] as const;
/** Longest wait for something that the kernel or the firmware does, ms. */
const PATIENCE = 20_000;

/**
 * What Linux says: `ADDRESS TEXT MILLISECONDS`. Prints what comes back, or goes to the group ECHO, within that time. A text that is not answered is
 * sent again: the firmware may not have started.
 */
const TALK = `
const [address, text, milliseconds] = process.argv.slice(1);
const socket = require("dgram").createSocket("udp4");
socket.bind(5001, () => {
  socket.setMulticastInterface("${LINUX_IP}");
  socket.addMembership("${ECHO}", "${LINUX_IP}");
  const say = () => socket.send(text, 5000, address);
  say();
  setInterval(say, 500);
  setTimeout(() => process.exit(), Number(milliseconds));
});
socket.on("message", (data, { address }) => {
  console.log(address, String(data));
  process.exit();
});`;

function reason(): string | undefined {
  const other = whyNot();
  if (other !== undefined) return other;
  if (spawnSync("bridge", ["-V"]).error !== undefined) return "bridge is not installed (it is a part of iproute2)";
  const probe = Namespace.create();
  try {
    probe.ip("link", "add", BRIDGE, "type", "bridge", "mcast_snooping", "1", "mcast_igmp_version", "3");
  } catch (error) {
    return `a bridge with IGMP snooping cannot be made here: ${String(error).split("\n")[0]}`;
  } finally {
    probe.destroy();
  }
  return undefined;
}

/** An entry of the bridge's list of groups. */
interface Entry {
  readonly grp: string;
  readonly port: string;
  /** Of an entry for one source, which the kernel derives from that of the group. */
  readonly src?: string;
  readonly filter_mode?: string;
  readonly source_list?: readonly { readonly address: string }[];
}

class Bench {
  constructor(
    readonly namespace: Namespace,
    readonly firmware: LinuxFirmware,
  ) {}

  /** Puts a bridge between Linux and the wire, which asks every two seconds who is in which group. */
  addBridge(): void {
    const { namespace } = this;
    const querier = ["mcast_snooping", "1", "mcast_querier", "1", "mcast_igmp_version", "3"];
    // Hundredths of a second.
    const times = ["mcast_query_interval", "200", "mcast_query_response_interval", "100"];
    const start = ["mcast_startup_query_interval", "50", "mcast_last_member_interval", "20"];
    namespace.ip("link", "add", BRIDGE, "type", "bridge", ...querier, ...times, ...start);
    namespace.ip("address", "flush", "dev", TAP);
    namespace.ip("link", "set", TAP, "master", BRIDGE);
    namespace.ip("address", "add", `${LINUX_IP}/${LINUX_PREFIX}`, "dev", BRIDGE);
    namespace.ip("link", "set", BRIDGE, "up");
  }

  /** Says `text` to `address`; what came back, with its sender. */
  async say(address: string, text: string, milliseconds = PATIENCE): Promise<string> {
    const { stdout, stderr } = await this.namespace.run(process.execPath, [
      "-e",
      TALK,
      address,
      text,
      String(milliseconds),
    ]);
    assert.equal(stderr, "");
    return stdout.trim();
  }

  /** The firmware carries out `command` without an error. */
  async command(command: string): Promise<void> {
    assert.equal(await this.say(this.firmware.ip, command), `${this.firmware.ip} 000`, this.firmware.console());
  }

  /** What the bridge knows of `group` behind the firmware's port: its mode and sources, or undefined. */
  async known(group: string): Promise<string | undefined> {
    const { stdout } = await this.namespace.run("bridge", ["-j", "-d", "mdb", "show", "dev", BRIDGE]);
    const lists = JSON.parse(stdout) as { readonly mdb?: readonly Entry[] }[];
    const entry = lists
      .flatMap(({ mdb = [] }) => mdb)
      .find(({ grp, port, src }) => grp === group && port === TAP && src === undefined);
    if (entry === undefined) return undefined;
    return [entry.filter_mode ?? "", ...(entry.source_list ?? []).map(({ address }) => address)].join(" ");
  }

  /** Waits until the bridge knows that of `group`. */
  async until(group: string, expected: string | undefined): Promise<void> {
    const end = Date.now() + PATIENCE;
    let known = await this.known(group);
    while (known !== expected && Date.now() < end) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      known = await this.known(group);
    }
    assert.equal(known, expected, `${group}; the console:\n${this.firmware.console()}`);
  }
}

async function againstLinux(context: TestContext, bench: Bench): Promise<void> {
  const { firmware, namespace } = bench;
  bench.addBridge();
  const capture = await Capture.start(namespace, TAP, `igmp and src ${firmware.ip}`, ["-vv"]);

  await context.test(
    "the kernel's list has the group that was joined, and a datagram to it comes through",
    async () => {
      await bench.command("j");
      await bench.until(GROUP, "exclude");
      assert.equal(await bench.say(GROUP, "=hello"), `${firmware.ip} =hello`);
    },
  );

  await context.test("it still has it after the time that a group lives without answers", async () => {
    // Entries are forgotten after 2 queries and the time for an answer: the firmware has answered.
    namespace.ip("link", "set", BRIDGE, "type", "bridge", "mcast_membership_interval", "500");
    await new Promise((resolve) => setTimeout(resolve, 6000));
    await bench.until(GROUP, "exclude");
  });

  await context.test("a blocked source, and a group for one source", async () => {
    await bench.command("b");
    await bench.until(GROUP, `exclude ${LINUX_IP}`);
    assert.equal(await bench.say(GROUP, "=blocked", 1500), "");
    await bench.command("u");
    await bench.command("s");
    await bench.until(FILTERED, `include ${LINUX_IP}`);
    assert.equal(await bench.say(FILTERED, "=filtered"), `${firmware.ip} =filtered`);
  });

  await context.test("a group that was left is gone from the list", async () => {
    await bench.command("l");
    await bench.until(GROUP, undefined);
    assert.equal(await bench.say(GROUP, "=gone", 1500), "");
  });

  await context.test("a querier of version 2 is answered in version 2", async () => {
    namespace.ip("link", "set", BRIDGE, "type", "bridge", "mcast_igmp_version", "2");
    const end = Date.now() + PATIENCE;
    while (!capture.text().includes(`igmp v2 report ${FILTERED}`) && Date.now() < end) {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    await bench.command("j");
    assert.equal(await bench.say(GROUP, "=older"), `${firmware.ip} =older`);
    await bench.command("l");
    await bench.until(GROUP, undefined);
  });

  await capture.stop();
  await context.test("tcpdump reads the reports as they were meant", () => {
    const seen = capture.text();
    for (const part of [
      `gaddr ${GROUP} to_ex { }`,
      `gaddr ${GROUP} is_ex { }`,
      `gaddr ${GROUP} block { ${LINUX_IP} }`,
      `gaddr ${FILTERED} allow { ${LINUX_IP} }`,
      `gaddr ${GROUP} to_in { }`,
      `igmp v2 report ${GROUP}`,
      `igmp leave ${GROUP}`,
    ]) {
      assert.ok(seen.includes(part), `${part} is not in:\n${seen}`);
    }
    assert.doesNotMatch(seen, /bad|wrong|invalid/i);
    assert.match(seen, /tos 0xc0, ttl 1,.*options \(RA\)/);
  });
}

const skip = reason();
for (const board of BOARDS) {
  test(`Linux as switch and member, and ${board}`, {
    skip: skip ?? missing(board) ?? false,
    timeout: 240_000,
  }, async (context) => {
    const namespace = Namespace.create();
    try {
      const firmware = await start(board, namespace, [], { application: "test/assembly/linux/multicast" });
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
