/** Command lines through the library: help, errors, exit codes, JSON. */
import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { BOARDS } from "../../boards/index.js";
import { packageVersion, runCommandLine } from "../../cli/command-line.js";
import { generatedFiles } from "../../cli/docs/generated.js";
import { packagePath } from "../../cli/package-root.js";
import { OPTIONS } from "../../Kconfig.js";

const directory = mkdtempSync(join(tmpdir(), "socklet-cli-"));
after(() => rmSync(directory, { recursive: true, force: true }));

interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function socklet(...argv: string[]): Promise<Outcome> {
  let out = "";
  let err = "";
  const code = await runCommandLine(argv, {
    stdout: {
      write: (text) => {
        out += text.toString();
      },
    },
    stderr: {
      write: (text) => {
        err += text;
      },
    },
  });
  return { code, out, err };
}

function application(name: string, files: Readonly<Record<string, string>>): string {
  const path = join(directory, name);
  mkdirSync(path, { recursive: true });
  for (const [file, text] of Object.entries(files)) writeFileSync(join(path, file), text);
  return path;
}

test("help lists every command, and the options of one with type and default", async () => {
  const { code, out } = await socklet("--help");
  assert.equal(code, 0);
  for (const command of ["build", "run", "boards", "size", "config", "doctor", "new"])
    assert.match(out, new RegExp(`^  ${command}`, "m"));
  const run = await socklet("run", "--help");
  assert.equal(run.code, 0);
  for (const option of ["--board", "--conf", "--forward", "--pcap", "--timeout", "--icount", "--json"]) {
    const line = run.out
      .replace(/\n {20,}/g, " ")
      .split("\n")
      .find((each) => each.includes(option));
    assert.match(line ?? "", /\[[^\]]+\].*\(default: /, option);
  }
});

test("the version is that of package.json", async () => {
  const { code, out } = await socklet("--version");
  assert.deepEqual([code, out], [0, `${packageVersion()}\n`]);
});

test("a wrong command line: a sentence and exit code 2", async () => {
  for (const [argv, expected] of [
    [["biuld", "x"], /unknown command 'biuld'[\s\S]*build/],
    [["build"], /missing required argument 'app'/],
    [["run", "x", "--timeout", "soon"], /It must be a number above 0/],
    [["run", "x", "--icount", "99"], /0 to 10/],
    [["run", "x", "--bord", "y"], /unknown option '--bord'[\s\S]*--board/],
  ] as const) {
    const { code, err } = await socklet(...argv);
    assert.equal(code, 2, argv.join(" "));
    assert.match(err, expected);
  }
});

test("an unknown board: its nearest name and exit code 2", async () => {
  const app = application("plain", { "main.ts": "" });
  const { code, err } = await socklet("build", app, "-b", "native_sin");
  assert.equal(code, 2);
  assert.match(err, /There is no board "native_sin"\. Did you mean native_sim\?/);
  assert.doesNotMatch(err, /\n {4}at /);
});

test("a folder that is no application: a sentence and exit code 1", async () => {
  const empty = application("empty", {});
  const missing = await socklet("build", join(directory, "absent"), "-b", "native_sim");
  assert.equal(missing.code, 1);
  assert.match(missing.err, /There is no folder/);
  const none = await socklet("config", empty);
  assert.equal(none.code, 1);
  assert.match(none.err, /has no main\.ts\. "socklet new <dir>"/);
  const broken = await socklet("config", application("broken", { "main.ts": "", "package.json": "{" }));
  assert.match(broken.err, /package\.json is not valid JSON/);
  const elsewhere = await socklet("config", application("elsewhere", { "package.json": '{"main":"src/app.ts"}' }));
  assert.match(elsewhere.err, /names src\/app\.ts as the program, but there is no such file/);
});

test("--conf: a file of options, above prj.conf; where there is none, a sentence and exit code 2", async () => {
  const files = { "main.ts": "", "prj.conf": "CONFIG_NET_TASKS=2\n", "more.conf": "\nCONFIG_NET_TASKS=3\n" };
  const app = application("layered", files);
  const { code, out } = await socklet("config", app, "--conf", join(app, "more.conf"));
  assert.equal(code, 0);
  assert.match(out, /^CONFIG_NET_TASKS=3 +\S*more\.conf:2 /m);
  const missing = await socklet("build", app, "--conf", join(app, "absent.conf"));
  assert.equal(missing.code, 2);
  assert.match(missing.err, /There is no file .*absent\.conf for --conf\. It has options as prj\.conf has them\./);
  const folder = await socklet("config", app, "--conf", app);
  assert.equal(folder.code, 2);
  assert.match(folder.err, /is a folder\. --conf wants a file/);
});

test("boards lists every board, for people and for programs", async () => {
  const { out } = await socklet("boards");
  for (const board of BOARDS) assert.match(out, new RegExp(`^${board.name} `, "m"));
  const json = JSON.parse((await socklet("boards", "--json")).out) as { name: string }[];
  assert.deepEqual(
    json.map(({ name }) => name),
    BOARDS.map(({ name }) => name),
  );
});

test("config lists every option with its value and where it came from", async () => {
  const app = application("configured", { "main.ts": "", "prj.conf": "CONFIG_NET_TASKS=2\n" });
  const { code, out } = await socklet("config", app, "-b", "mps2_an385", "-DCONFIG_NET_ARP_REQUESTS=9");
  assert.equal(code, 0);
  for (const { name } of OPTIONS) assert.match(out, new RegExp(`^CONFIG_${name}=`, "m"));
  assert.match(out, /^CONFIG_NET_TASKS=2 .*prj\.conf:1 /m);
  assert.match(out, /^CONFIG_NET_ARP_REQUESTS=9 .*-DCONFIG_NET_ARP_REQUESTS=9 /m);
  assert.match(out, /^CONFIG_ETH_LAN9118=y .*board mps2_an385 /m);
  const json = JSON.parse((await socklet("config", app, "-b", "mps2_an385", "--json")).out) as {
    options: { name: string; value: unknown; origin: string }[];
  };
  assert.equal(json.options.length, OPTIONS.length);
  assert.equal(json.options.find(({ name }) => name === "CONFIG_NET_TASKS")?.value, 2);
});

test("a mistake in prj.conf stops the command with file and line", async () => {
  const app = application("mistaken", { "main.ts": "", "prj.conf": "\nCONFIG_NET_TASK=2\n" });
  const { code, err } = await socklet("build", app, "-b", "native_sim");
  assert.equal(code, 1);
  assert.match(err, /prj\.conf:2: CONFIG_NET_TASK is not an option of socklet\. Did you mean CONFIG_NET_TASKS\?/);
});

test("doctor lists compilers and emulators with their versions", async () => {
  const { out } = await socklet("doctor");
  for (const tool of ["node", "assemblyscript", "arm-none-eabi-gcc", "newlib", "qemu-system-arm"])
    assert.match(out, new RegExp(` ${tool} `));
  const json = JSON.parse((await socklet("doctor", "--json")).out) as {
    ready: boolean;
    tools: { name: string; version?: string; needed: string }[];
  };
  assert.equal(json.tools.find(({ name }) => name === "node")?.version, process.versions.node);
  assert.equal(
    json.ready,
    json.tools.every(({ needed, version }) => needed !== "boards" || version !== undefined),
  );
});

test("new makes an application, and only where there is room for one", async () => {
  const target = join(directory, "fresh");
  const { code, out } = await socklet("new", target);
  assert.equal(code, 0);
  for (const file of ["package.json", "main.ts", "prj.conf", "tsconfig.json", ".gitignore", "README.md"]) {
    assert.ok(existsSync(join(target, file)), file);
    assert.match(out, new RegExp(`/${file.replace(".", "\\.")}$`, "m"));
  }
  const settings = JSON.parse(readFileSync(join(target, "package.json"), "utf8")) as {
    name: string;
    dependencies: Record<string, string>;
  };
  assert.equal(settings.name, "fresh");
  assert.equal(settings.dependencies.socklet, `^${packageVersion()}`);
  assert.match(readFileSync(join(target, "README.md"), "utf8"), /^# fresh$/m);
  const again = await socklet("new", target);
  assert.equal(again.code, 1);
  assert.match(again.err, /exists and is not empty/);
  const badName = await socklet("new", join(directory, "Bad Name"));
  assert.match(badName.err, /lower-case letters/);
});

test("--icount on native_sim is refused before anything runs", async () => {
  const app = application("counted", { "main.ts": "" });
  const { code, err } = await socklet("run", app, "-b", "native_sim", "--icount", "5");
  assert.equal(code, 2);
  assert.match(err, /native_sim has none/);
});

test("generated files are up to date (npm run docs)", () => {
  for (const [path, text] of generatedFiles()) {
    assert.equal(readFileSync(packagePath(path), "utf8"), text, `${path} is out of date: run "npm run docs"`);
  }
});
