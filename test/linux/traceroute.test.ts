/**
 * The way to a host behind a router, both of them the Linux kernel in namespaces of this test's own: what traceroute shows of it with echo
 * requests and with datagrams, and that ping gets there.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { missing } from "../properties/firmware.js";
import { start } from "./firmware.js";
import { LINUX_IP, Namespace, whyNot } from "./namespace.js";

const HOST = "10.0.3.2";
const ROUTER = "10.0.3.1";
/** How long a program may take, milliseconds: QEMU starts, and the first datagram waits for ARP. */
const PATIENCE = 40_000;
const TIME = "\\d+\\.\\d{3} ms";

/** Writes to a file below /proc/sys/net/ipv4 of the namespace. */
async function set(namespace: Namespace, name: string, value: number): Promise<void> {
  const { code, stderr } = await namespace.run("sh", ["-c", `echo ${value} > /proc/sys/net/ipv4/${name}`]);
  assert.equal(code, 0, stderr);
}

/** Makes `router`, in which the firmware's wire will end, lead to `host`. */
async function connect(router: Namespace, host: Namespace): Promise<void> {
  router.ip("link", "add", "name", "toHost", "type", "veth", "peer", "name", "toRouter", "netns", host.name);
  router.ip("address", "add", `${ROUTER}/24`, "dev", "toHost");
  router.ip("link", "set", "toHost", "up");
  host.ip("address", "add", `${HOST}/24`, "dev", "toRouter");
  host.ip("link", "set", "toRouter", "up");
  host.ip("route", "add", "default", "via", ROUTER);
  await set(router, "ip_forward", 1);
  for (const each of [router, host]) await set(each, "icmp_ratelimit", 0);
}

/** Runs an example with `args` until its console shows `pattern`; the console. */
async function show(router: Namespace, board: string, example: string, args: string, pattern: RegExp): Promise<string> {
  const firmware = await start(board, router, [`CONFIG_APP_ARGS=${args}`], { application: `examples/${example}` });
  try {
    const end = Date.now() + PATIENCE;
    while (!pattern.test(firmware.console()) && Date.now() < end)
      await new Promise((resolve) => setTimeout(resolve, 50));
    return firmware.console();
  } finally {
    await firmware.close();
  }
}

/** Example, arguments, and what its console must show. */
type Case = readonly [example: string, args: string, expected: string];

const WAY = `1  ${LINUX_IP}(  ${TIME}){3}\\s+2  ${HOST}(  ${TIME}){3}\\s`;
const CASES: readonly Case[] = [
  ["traceroute", `${HOST} 5 icmp`, WAY],
  ["traceroute", `${HOST} 5 udp`, WAY],
  // The router answers for a net that it has no way to.
  ["traceroute", "192.0.2.1 5 icmp", `1  ${LINUX_IP}(  ${TIME} !N){3}\\s`],
  ["ping", `${HOST} 1`, `64 bytes from ${HOST}: icmp_seq=1 ttl=63 time=${TIME}[^]* 0% packet loss`],
];
/** In QEMU each is an image of its own, which takes seconds to make: one must do. */
const BOARDS = [
  ["native_sim", CASES],
  ["qemu_cortex_m3", CASES.slice(0, 1)],
] as const;

const reason = whyNot();
for (const [board, cases] of BOARDS) {
  test(`the way from ${board} over a router to a host`, { skip: reason ?? missing(board) }, async (context) => {
    for (const [example, args, expected] of cases) {
      await context.test(`${example} ${args}`, async (one) => {
        const router = Namespace.create();
        const host = Namespace.create();
        try {
          await connect(router, host);
          const console = await show(router, board, example, args, new RegExp(expected));
          assert.match(console, new RegExp(expected));
          one.diagnostic(console.trim().split("\n").slice(0, 4).join(" | "));
        } finally {
          host.destroy();
          router.destroy();
        }
      });
    }
  });
}
