/**
 * The packet scripts under other configurations of the core: what a script says holds for every image in which it makes
 * sense, not just for the default one.
 */
import { readdirSync, readFileSync } from "node:fs";
import { before, test } from "node:test";
import type { Optimize } from "../../cli/build/assemblyscript.js";
import { parsePrjConf } from "../../cli/config/index.js";
import { packagePath } from "../../cli/package-root.js";
import { compileCore, type Settings } from "../harness/compile.js";
import { ETH_P_802_2, packetSocket, SOCK_RAW } from "../harness/packet-calls.js";
import { type CollectedScript, collectScripts } from "../harness/script.js";
import { Stack } from "../harness/stack.js";
import { RAW } from "../net/raw/settings.js";

interface Variant {
  readonly name: string;
  readonly settings: Settings;
  readonly optimize?: Optimize;
  /** Files of test/net whose scripts run. */
  readonly files: readonly string[];
  /** Files of which also the scripts run that have settings of their own; each setting takes seconds to compile. */
  readonly withSettings?: RegExp;
  /** Before the script's own lines. */
  readonly before?: (stack: Stack) => void;
  /** What scripts speak of, in name or code, that need what the variant leaves out. */
  readonly without?: RegExp;
}

const ALL = ["arp", "ethernet", "fragments", "icmp", "ipv4", "udp"];
const TCP = ["conversation", "acknowledging", "closing", "header", "nagle", "sequence"].map((name) => `tcp/${name}`);
/** Files of scripts alone, of one stack. Fast Open has configurations of its own. */
const ALL_TCP = readdirSync(packagePath("test", "net", "tcp"))
  .flatMap(
    (file) =>
      /^(?!two-stacks|fast-open|notation|challenge-limit|est-initial|syn-flood)(.*)\.test\.ts$/.exec(file)?.[1] ?? [],
  )
  .map((name) => `tcp/${name}`);
/** Scripts of these speak of little that small.conf leaves out. */
const PLAIN_TCP = ["acknowledging", "challenge", "closing", "header", "keepalive", "nagle", "persist", "receive-window"]
  .concat(["resets", "rtx-fast", "rtx-timeout", "sequence", "urgent", "waiting-reader"])
  .map((name) => `tcp/${name}`);

/** What an image of the board that optimises for size is built with. */
const SMALL: Settings = { OPTIMIZE_FOR_SIZE: true, NET_FAST_PATHS: false };
/** And the smallest one: examples/tcp_echo/small.conf, but for loopback, which scripts use. */
function smallest(): Settings {
  const path = packagePath("examples", "tcp_echo", "small.conf");
  const lines = parsePrjConf("small.conf", readFileSync(path, "utf8")).filter(({ name }) => name !== "NET_LOOPBACK");
  return { ...SMALL, ...Object.fromEntries(lines.map(({ name, text }) => [name, text === "y"])) };
}

const VARIANTS: readonly Variant[] = [
  {
    name: "optimized for size, without lending",
    settings: { OPTIMIZE_FOR_SIZE: true },
    optimize: "size",
    files: ALL,
    withSettings: /^udp$/,
  },
  {
    name: "without fast paths",
    settings: { NET_FAST_PATHS: false },
    files: [...ALL, ...TCP],
  },
  {
    name: "TCP optimized for size, without fast paths",
    settings: SMALL,
    optimize: "size",
    files: ALL_TCP,
    withSettings: /^tcp\//,
  },
  {
    name: "TCP as small.conf has it",
    settings: smallest(),
    optimize: "size",
    files: PLAIN_TCP,
    without: /sack|wscale|timestamp|TS val|ECN|SYN cookie|in fragments|F-RTO/i,
  },
  {
    name: "smallest tables",
    settings: {
      NET_MAX_CONTEXTS: 3,
      NET_SOCKETS_UDP_BUFFERS: 3,
      ZVFS_OPEN_MAX: 6,
      NET_SOCKETS_UDP_RCVBUF: 1536,
      NET_ARP_TABLE_SIZE: 2,
      NET_SOCKETS_POLL_MAX: 2,
      NET_LOOPBACK_BUFFER: 1024,
    },
    files: ["udp"],
  },
  {
    name: "largest tables",
    settings: {
      NET_MAX_CONTEXTS: 64,
      NET_SOCKETS_UDP_BUFFERS: 64,
      ZVFS_OPEN_MAX: 128,
      NET_SOCKETS_UDP_RCVBUF: 16_384,
      NET_ARP_TABLE_SIZE: 64,
      NET_SOCKETS_POLL_MAX: 64,
      NET_TASKS: 4,
      NET_IPV4_FRAGMENT_MAX_COUNT: 8,
    },
    files: ["udp"],
  },
  {
    name: "no loopback, no fragments",
    settings: { NET_LOOPBACK: false, NET_IPV4_FRAGMENT: false },
    files: ["udp"],
    without: /127\.0\.0\.1|of one stack|fragmented/,
  },
  {
    name: "with a packet socket open: every frame is handled from core memory",
    settings: RAW.settings,
    files: ALL,
    before: (stack) => void packetSocket(stack, SOCK_RAW, ETH_P_802_2),
  },
];

const scripts = new Map<string, CollectedScript[]>();
before(async () => {
  for (const file of [...ALL, ...ALL_TCP])
    scripts.set(file, await collectScripts(() => import(`../net/${file}.test.js`)));
});

for (const variant of VARIANTS) {
  test(`scripts of ${variant.files.join(", ")}: ${variant.name}`, async (context) => {
    let ran = 0;
    for (const file of variant.files) {
      for (const { name, options, body } of scripts.get(file) ?? []) {
        if (variant.without?.test(`${name} ${body}`)) continue;
        if (options.settings !== undefined && !variant.withSettings?.test(file)) continue;
        const settings = { ...variant.settings, ...options.settings };
        const compiled = await compileCore({ ...options, settings, optimize: variant.optimize ?? "speed" });
        const stack = new Stack(compiled, options);
        try {
          variant.before?.(stack);
          await body(stack);
          if (options.end !== false) stack.end();
        } catch (error) {
          if (error instanceof Error) error.message = `${name}: ${error.message}`;
          throw error;
        }
        ran++;
      }
    }
    context.diagnostic(`${ran} scripts`);
    if (ran < 15) throw new Error(`only ${ran} scripts ran: ${variant.files}`);
  });
}
