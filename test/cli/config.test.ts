/** prj.conf, -D and the layers of a configuration. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { BOARDS } from "../../boards/index.js";
import type { Board } from "../../boards/types.js";
import { requireBoard } from "../../cli/boards.js";
import {
  DEFAULTS_BOARD,
  describeOrigin,
  formatValue,
  generateConfigModule,
  parsePrjConf,
  type ResolvedConfig,
  resolveConfig,
} from "../../cli/config/index.js";
import { UserError } from "../../cli/errors.js";
import { OPTIONS } from "../../Kconfig.js";

function resolve(text: string, ...defines: string[]): ResolvedConfig {
  return resolveConfig({ board: DEFAULTS_BOARD, prjConf: { path: "app/prj.conf", text }, defines });
}

/** The message of the UserError that `work` throws. */
function message(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    assert.ok(error instanceof UserError, `a UserError, not ${error}`);
    return error.message;
  }
  assert.fail("nothing was thrown");
}

function refuses(text: string, expected: RegExp, ...defines: string[]): void {
  assert.match(
    message(() => resolve(text, ...defines)),
    expected,
  );
}

test("prj.conf has Zephyr's format", () => {
  const text = [
    "# a comment",
    "",
    "CONFIG_NET_MAX_CONTEXTS=8",
    "  CONFIG_NET_UDP = y  # behind a value",
    "# CONFIG_NET_LOOPBACK is not set",
    'CONFIG_APP_ARGS="a \\"b\\" # c"   # quoted',
    "#CONFIG_NET_TASKS=2",
    "",
  ].join("\r\n");
  assert.deepEqual(parsePrjConf("prj.conf", text), [
    { name: "NET_MAX_CONTEXTS", text: "8", line: 3 },
    { name: "NET_UDP", text: "y", line: 4 },
    { name: "NET_LOOPBACK", text: "n", line: 5 },
    { name: "APP_ARGS", text: '"a \\"b\\" # c"', line: 6 },
  ]);
});

test("values and their origins come from the highest layer that says something", () => {
  const board: Board = {
    ...DEFAULTS_BOARD,
    name: "here",
    defaults: { NET_TASKS: 2, NET_ARP_REQUESTS: 7, ZVFS_OPEN_MAX: 9 },
  };
  const config = resolveConfig({
    board,
    prjConf: { path: "prj.conf", text: "CONFIG_NET_ARP_REQUESTS=8\nCONFIG_ZVFS_OPEN_MAX=10\n" },
    defines: ["CONFIG_ZVFS_OPEN_MAX=11"],
  });
  const line = (name: string): string => {
    const entry = config.entries.get(name);
    assert.ok(entry);
    return `${formatValue(entry.option, entry.value)} ${describeOrigin(entry.origin)}`;
  };
  assert.equal(line("NET_MAX_CONTEXTS"), "4 default");
  assert.equal(line("NET_TASKS"), "2 board here");
  assert.equal(line("NET_ARP_REQUESTS"), "8 prj.conf:1");
  assert.equal(line("ZVFS_OPEN_MAX"), "11 -DCONFIG_ZVFS_OPEN_MAX=11");
});

test("files of --conf lie above prj.conf, the last one highest, and below -D", () => {
  const text = "CONFIG_NET_TASKS=2\nCONFIG_NET_ARP_REQUESTS=8\nCONFIG_ZVFS_OPEN_MAX=9\nCONFIG_NET_MAX_CONTEXTS=5\n";
  const config = resolveConfig({
    board: DEFAULTS_BOARD,
    prjConf: { path: "prj.conf", text },
    confs: [
      { path: "one.conf", text: "CONFIG_NET_TASKS=3\nCONFIG_NET_ARP_REQUESTS=7\nCONFIG_ZVFS_OPEN_MAX=10\n" },
      { path: "two.conf", text: "# nothing here\nCONFIG_NET_TASKS=4\nCONFIG_ZVFS_OPEN_MAX=11\n" },
    ],
    defines: ["CONFIG_ZVFS_OPEN_MAX=12"],
  });
  const values = ["NET_MAX_CONTEXTS", "NET_ARP_REQUESTS", "NET_TASKS", "ZVFS_OPEN_MAX"].map((name) => {
    const entry = config.entries.get(name);
    assert.ok(entry);
    return `${formatValue(entry.option, entry.value)} ${describeOrigin(entry.origin)}`;
  });
  assert.deepEqual(values, ["5 prj.conf:4", "7 one.conf:2", "4 two.conf:2", "12 -DCONFIG_ZVFS_OPEN_MAX=12"]);
  assert.match(
    message(() => resolveConfig({ board: DEFAULTS_BOARD, confs: [{ path: "a.conf", text: "\nCONFIG_NET_TASK=1\n" }] })),
    /^a\.conf:2: CONFIG_NET_TASK is not an option.*CONFIG_NET_TASKS\?/,
  );
});

test("of several assignments the last one wins", () => {
  assert.equal(resolve("CONFIG_NET_TASKS=2\nCONFIG_NET_TASKS=3\n").int("NET_TASKS"), 3);
  assert.equal(resolve("", "CONFIG_NET_TASKS=2", "CONFIG_NET_TASKS=4").int("NET_TASKS"), 4);
});

test("each type is read as Zephyr writes it", () => {
  const config = resolve('CONFIG_NET_UDP=n\nCONFIG_APP_ARGS="one two"\nCONFIG_NET_CONFIG_MY_IPV4_ADDR="192.0.2.7"\n');
  assert.equal(config.bool("NET_UDP"), false);
  assert.equal(config.string("APP_ARGS"), "one two");
  assert.equal(config.string("NET_CONFIG_MY_IPV4_ADDR"), "192.0.2.7");
  // The shell takes quotes away, so a command line needs none.
  assert.equal(resolve("", "CONFIG_APP_ARGS=a b").string("APP_ARGS"), "a b");
});

test("an unknown symbol names file, line and the nearest option", () => {
  refuses(
    "\nCONFIG_NET_MAX_CONTEXT=8\n",
    /^app\/prj\.conf:2: CONFIG_NET_MAX_CONTEXT is not an option.*CONFIG_NET_MAX_CONTEXTS\?/,
  );
  refuses("CONFIG_MAX_CONTEXTS=8\n", /Did you mean CONFIG_NET_MAX_CONTEXTS\?/);
  const nothingNear = message(() => resolve("CONFIG_QQQQQQQQQQQQQ=1\n"));
  assert.doesNotMatch(nothingNear, /Did you mean/);
});

test("a wrong type says what is expected", () => {
  refuses("CONFIG_NET_UDP=yes\n", /prj\.conf:1: CONFIG_NET_UDP must be y or n, and is yes\./);
  refuses("CONFIG_NET_TASKS=two\n", /CONFIG_NET_TASKS must be a whole number, and is two\./);
  refuses("CONFIG_NET_TASKS=\n", /must be a whole number, and is empty/);
  refuses("CONFIG_APP_ARGS=text\n", /CONFIG_APP_ARGS must be text in double quotes/);
  refuses('CONFIG_NET_CONFIG_MY_IPV4_ADDR="10.0.2.256"\n', /must be an address such as "10\.0\.2\.15"/);
  refuses('CONFIG_ETH_MAC_ADDRESS="02:00:00:00:00"\n', /must be an address such as "02:/);
  refuses('CONFIG_ETH_MAC_ADDRESS="03:00:00:00:00:01"\n', /unicast/);
  refuses('CONFIG_NET_CONFIG_MY_IPV4_NETMASK="255.0.255.0"\n', /contiguous mask/);
  for (const wrong of ["10.0.0", "10.0.0.0/33", "*:0", "*:90-80", "*:70000", "example.org:80"]) {
    refuses(
      `CONFIG_APP_MAY_BIND="*:53 ${wrong}"\n`,
      /CONFIG_APP_MAY_BIND must be addresses such as .*, and ".+" is none/,
    );
  }
  refuses(
    'CONFIG_APP_MAY_RESOLVE="www.*.org"\n',
    /CONFIG_APP_MAY_RESOLVE must be names such as .*, and "www\.\*\.org" is none/,
  );
  refuses('CONFIG_APP_ON_TRAP="reboot"\n', /must be one of "stop", "restart"/);
});

test("a value out of range says the range", () => {
  refuses("CONFIG_NET_MAX_CONTEXTS=0\n", /CONFIG_NET_MAX_CONTEXTS must be 1 to 1024, and 0 is outside\./);
  refuses("CONFIG_NET_SOCKETS_UDP_RCVBUF=127\n", /128 to 65536 bytes/);
  refuses("CONFIG_NET_SOCKETS_UDP_RCVBUF=1001\n", /multiple of 4, and 1001 is not \(1004 is\)/);
  for (const option of OPTIONS) {
    if (option.type !== "int" || option.internal === true || option.range === undefined) continue;
    const above = option.range[1] + (option.multipleOf ?? 1);
    const needs = (option.depends ?? []).map((name) => `CONFIG_${name}=y\n`).join("");
    refuses(`${needs}CONFIG_${option.name}=${above}\n`, /is outside/);
    assert.equal(resolve(`${needs}CONFIG_${option.name}=${option.range[1]}\n`).int(option.name), option.range[1]);
  }
});

test("an unmet dependency names both options and where the other was set", () => {
  refuses(
    "CONFIG_NET_IPV4_FRAGMENT=n\nCONFIG_NET_IPV4_FRAGMENT_BUFFER=4096\n",
    /prj\.conf:2: CONFIG_NET_IPV4_FRAGMENT_BUFFER needs CONFIG_NET_IPV4_FRAGMENT=y, but CONFIG_NET_IPV4_FRAGMENT is n \(app\/prj\.conf:1\)/,
  );
  // The order of the lines does not matter.
  refuses("CONFIG_NET_LOOPBACK_BUFFER=4096\nCONFIG_NET_LOOPBACK=n\n", /needs CONFIG_NET_LOOPBACK=y/);
  refuses("CONFIG_NET_LOOPBACK_BUFFER=4096\n", /-DCONFIG_NET_LOOPBACK=n/, "CONFIG_NET_LOOPBACK=n");
  // What nobody set does not count.
  assert.equal(resolve("CONFIG_NET_LOOPBACK=n\n").bool("NET_LOOPBACK"), false);
});

test("options of the board cannot be set by an application", () => {
  refuses("CONFIG_ETH_LAN9118=y\n", /set by the board/);
});

test("a line of another form is refused", () => {
  refuses("NET_UDP=y\n", /prj\.conf:1: expected CONFIG_NAME=value.*CONFIG_NET_UDP=y/);
  refuses("CONFIG_NET_UDP y\n", /prj\.conf:1: expected CONFIG_NAME=value/);
  assert.match(
    message(() => resolve("", "NET_UDP=y")),
    /^-DNET_UDP=y: expected -DCONFIG_NAME=value/,
  );
});

test("every board's own values obey Kconfig.ts", () => {
  for (const board of BOARDS) {
    const config = resolveConfig({ board });
    for (const name of Object.keys(board.defaults)) {
      assert.equal(describeOrigin(config.entries.get(name)!.origin), `board ${board.name}`);
    }
  }
});

test("a mistake in a board's values names the board and the option", () => {
  const board: Board = { ...DEFAULTS_BOARD, name: "odd", defaults: { NET_TASK: 2 } };
  assert.match(
    message(() => resolveConfig({ board })),
    /boards\/odd: CONFIG_NET_TASK is not an option\. Did you mean CONFIG_NET_TASKS\?/,
  );
  const range: Board = { ...DEFAULTS_BOARD, name: "odd", defaults: { NET_TASKS: 99 } };
  assert.match(
    message(() => resolveConfig({ board: range })),
    /boards\/odd: CONFIG_NET_TASKS must be 1 to 16/,
  );
});

test("every default of Kconfig.ts obeys its own rules", () => {
  for (const option of OPTIONS) {
    if (option.internal === true) continue;
    const needs = (option.depends ?? []).map((name) => `CONFIG_${name}=y\n`).join("");
    const line = `CONFIG_${option.name}=${formatValue(option, option.default)}\n`;
    assert.deepEqual(resolve(needs + line).get(option.name), option.default, option.name);
  }
});

test("options reach AssemblyScript as constants: addresses in network order, MAC bytes in memory order", () => {
  const text = generateConfigModule(
    resolve(
      'CONFIG_NET_CONFIG_MY_IPV4_ADDR="192.0.2.1"\nCONFIG_ETH_MAC_ADDRESS="02:11:22:33:44:55"\nCONFIG_NET_UDP=n\n',
    ),
  );
  assert.match(text, /^export const CONFIG_NET_CONFIG_MY_IPV4_ADDR: u32 = 0x010200c0;$/m);
  assert.match(text, /^export const CONFIG_ETH_MAC_ADDRESS_LOW: u32 = 0x33221102;$/m);
  assert.match(text, /^export const CONFIG_ETH_MAC_ADDRESS_HIGH: u32 = 0x5544;$/m);
  assert.match(text, /^export const CONFIG_NET_UDP: bool = false;$/m);
  assert.doesNotMatch(text, /CONFIG_APP_ARGS/);
});

test("an unknown board names the nearest one, exit code 2", () => {
  assert.throws(
    () => requireBoard("mps2_an386"),
    (error: unknown) => {
      assert.ok(error instanceof UserError);
      assert.equal(error.exitCode, 2);
      assert.match(error.message, /Did you mean mps2_an385\?/);
      return true;
    },
  );
});
