/** TCP through the gateway with the Linux kernel in the node's place: a stack that shares nothing with the gateway's. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { Gateway } from "../../runtime/node/gateway/gateway.js";
import { TapWire } from "../../runtime/node/wire/tap.js";
import { Namespace, whyNot } from "../linux/namespace.js";
import { ask, DATA, hashOf, LONG, type Outcome, serve, type Talk, type Talker } from "./gateway-talk.js";

const NODE = "10.0.2.15";
const GATEWAY = "10.0.2.2";
const NODE_PORT = 7777;
const TALK = fileURLToPath(new URL("gateway-talk.ts", import.meta.url));
const NODE_OPTIONS = ["--import", "tsx", TALK];
const skip = whyNot() ?? (spawnSync("socat", ["-V"]).status === 0 ? false : "socat is not installed");

let namespace: Namespace;
let tap: TapWire;
let gateway: Gateway;
/** Of this machine, reached by the node. */
let here: Talker;

before(async () => {
  if (skip !== false) return;
  namespace = Namespace.create();
  tap = await TapWire.open({ namespace: namespace.name, address: `${NODE}/24` });
  gateway = await Gateway.open({
    node: NODE,
    forwards: [
      { protocol: "tcp", hostPort: 0, guestPort: NODE_PORT },
      { protocol: "tcp", hostPort: 0, guestPort: 9 },
    ],
  });
  gateway.attach((frame) => tap.send(frame));
  tap.attach((frame) => gateway.send(frame));
  here = await serve("127.0.0.1", 0);
  const server = namespace.start(process.execPath, [...NODE_OPTIONS, "serve", NODE, String(NODE_PORT)]);
  server.stderr?.pipe(process.stderr);
  assert.ok(server.stdout);
  await once(server.stdout, "data", { signal: AbortSignal.timeout(20_000) });
  stopServer = () => server.kill();
});

let stopServer = (): unknown => undefined;

after(async () => {
  stopServer();
  await here?.close();
  await gateway?.close();
  await tap?.close();
  namespace?.destroy();
});

/** A talk of a client in the node with the server of this machine. */
async function askFromNode(talk: Talk, port = here.port, host = GATEWAY): Promise<Outcome> {
  const { stdout, stderr } = await namespace.run(process.execPath, [...NODE_OPTIONS, "ask", talk, host, String(port)]);
  assert.notEqual(stdout, "", stderr);
  return JSON.parse(stdout) as Outcome;
}

const WHOLE: Outcome = { how: "end", bytes: LONG, hash: hashOf(DATA) };
const HASH = new TextEncoder().encode(hashOf(DATA));
const ANSWERED: Outcome = { how: "end", bytes: HASH.length, hash: hashOf(HASH) };
const EXPECTED: readonly (readonly [Talk, Outcome])[] = [
  ["echo", WHOLE],
  ["upload", ANSWERED],
  ["download", WHOLE],
  ["slow", ANSWERED],
  ["lazy", WHOLE],
];

for (const [talk, expected] of EXPECTED) {
  test(`${talk}: a client of this machine talks with the node`, { skip, timeout: 60_000 }, async () => {
    assert.deepEqual(await ask(talk, "127.0.0.1", gateway.hostPorts[0]), expected);
  });
  test(`${talk}: a client in the node talks with this machine`, { skip, timeout: 60_000 }, async () => {
    assert.deepEqual(await askFromNode(talk), expected);
  });
}

test("a reset of the node reaches the client here, one of the client the node", { skip, timeout: 20_000 }, async () => {
  assert.equal((await ask("reset", "127.0.0.1", gateway.hostPorts[0])).how, "ECONNRESET");
  assert.equal((await askFromNode("reset")).how, "ECONNRESET");
  const before = here.ends.length;
  await askFromNode("drop");
  while (here.ends.length === before) await new Promise((resolve) => setTimeout(resolve, 5));
  assert.deepEqual(here.ends.slice(before), ["ECONNRESET"]);
});

test("a port where nobody listens refuses, on both sides", { skip, timeout: 20_000 }, async () => {
  // The gateway has taken the connection before it knows: what a client sees is a reset.
  assert.equal((await ask("upload", "127.0.0.1", gateway.hostPorts[1])).how, "ECONNRESET");
  const gone = createServer().listen(0, "127.0.0.1");
  await once(gone, "listening");
  const address = gone.address();
  assert.ok(typeof address === "object" && address !== null);
  gone.close();
  await once(gone, "close");
  assert.equal((await askFromNode("upload", address.port)).how, "ECONNREFUSED");
});

test("addresses elsewhere are refused unless the gateway lets connections out", { skip, timeout: 20_000 }, async () => {
  namespace.ip("route", "add", "default", "via", GATEWAY);
  assert.equal((await askFromNode("upload", 80, "192.0.2.1")).how, "EHOSTUNREACH");
});

test("20 connections at a time keep their bytes apart", { skip, timeout: 120_000 }, async () => {
  const outcomes = await Promise.all(Array.from({ length: 20 }, () => ask("echo", "127.0.0.1", gateway.hostPorts[0])));
  for (const outcome of outcomes) assert.deepEqual(outcome, WHOLE);
});
