/** native_sim against the stand-in core: system calls from a thread, pings while the program computes, traps, the gateway. */
import assert from "node:assert/strict";
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { test } from "node:test";
import { Gateway } from "../../runtime/node/gateway/gateway.js";
import { Machine, type MachineOptions } from "../../runtime/node/machine.js";
import type { RealWire } from "../../runtime/node/real-wire.js";
import { VirtualMachine } from "../../runtime/node/virtual-machine.js";
import { World } from "../../runtime/node/world.js";
import { compileCore } from "../harness/compile.js";
import { parseFrame } from "../harness/parse.js";
import { Peer } from "../harness/peer.js";
import { compileProgram } from "../harness/program.js";
import { testPath } from "../harness/stack.js";

const STAND_IN = { entry: testPath("assembly/node/stand-in-core.ts") };
const peer = new Peer({ mac: "02:00:00:00:00:99", ip: "10.0.2.2" }, { mac: "02:00:00:00:00:01", ip: "10.0.2.15" });

const program = (name: string): Promise<Uint8Array> => compileProgram(`assembly/node/${name}.ts`);

/** A wire that keeps what the machine sends. */
class Tap implements RealWire {
  readonly frames: Uint8Array[] = [];
  deliver: (frame: Uint8Array) => void = () => {};
  onFrame: () => void = () => {};
  attach(receive: (frame: Uint8Array) => void): void {
    this.deliver = receive;
  }
  send(frame: Uint8Array): void {
    this.frames.push(frame);
    this.onFrame();
  }
  async close(): Promise<void> {}
}

async function machine(name: string, options: Partial<MachineOptions> = {}, onTrap: "stop" | "restart" = "stop") {
  let output = "";
  const made = new Machine({
    core: (await compileCore(STAND_IN)).module,
    application: { name, wasm: await program(name), memorySize: 4096, onTrap },
    console: (bytes) => {
      output += new TextDecoder().decode(bytes);
    },
    ...options,
  });
  return { machine: made, output: () => output };
}

test("a program prints, sleeps and exits; its exit code is the machine's", async () => {
  const { machine: made, output } = await machine("sleeper");
  const start = process.hrtime.bigint();
  assert.equal(made.start(), 0);
  assert.deepEqual(await made.ended, { kind: "exit", code: 7 });
  const elapsed = Number(process.hrtime.bigint() - start) / 1e6;
  assert.ok(elapsed >= 500 && elapsed < 5000, `${elapsed} ms for two sleeps of 250 ms`);
  assert.equal(output(), "up\ntick\ntick\ntick\n");
  await made.close();
});

test("the same program in virtual time", async () => {
  const world = new World();
  const wasm = await program("sleeper");
  const { module } = await compileCore(STAND_IN);
  const virtual = new VirtualMachine(world, undefined, {
    core: { module },
    application: { name: "sleeper", wasm, memorySize: 4096 },
  });
  assert.deepEqual(virtual.run(10_000_000), { kind: "exit", code: 7 });
  assert.equal(world.now, 500_000);
  assert.equal(virtual.console, "up\ntick\ntick\ntick\n");
  const stopped = new VirtualMachine(new World(), undefined, {
    core: { module },
    application: { name: "s", wasm, memorySize: 4096 },
  });
  assert.deepEqual(stopped.run(300_000), { kind: "stopped" });
});

test("a program that traps is named, and starts again when it is configured so", async () => {
  const wasm = await program("divider");
  const { module } = await compileCore(STAND_IN);
  const run = (onTrap: "stop" | "restart"): VirtualMachine => {
    const application = { name: "divider", wasm, memorySize: 4096, onTrap };
    const virtual = new VirtualMachine(new World(), undefined, { core: { module }, application, restarts: 2 });
    const result = virtual.run(1_000_000);
    assert.ok(result.kind === "trap" && result.trap.reason === "integer divide by zero", JSON.stringify(result));
    return virtual;
  };
  const once = /^up\ntick\n\n\*\*\* app trapped: integer divide by zero in function \S+\n$/;
  assert.match(run("stop").console, once);
  const again = run("restart").console;
  assert.equal(again.match(/tick/g)?.length, 3);
  assert.equal(again.match(/\*\*\* application restarts/g)?.length, 2);

  const { machine: made, output } = await machine("divider", {}, "restart");
  made.start();
  while ((output().match(/tick/g)?.length ?? 0) < 2) await new Promise((resolve) => setTimeout(resolve, 10));
  await made.close();
  assert.ok(output().startsWith(`${run("stop").console}*** application restarts\ntick\n`), output());
});

test("pings are answered while the program computes; then it traps, by name, and the stack stays up", async () => {
  const wire = new Tap();
  const { machine: made, output } = await machine("computer", { wire });
  made.start();
  await new Promise((resolve) => setTimeout(resolve, 300)); // the thread has started and computes
  const delays: number[] = [];
  const ping = async (sequence: number): Promise<void> => {
    const sent = process.hrtime.bigint();
    wire.deliver(peer.ping({ sequence }));
    while (!wire.frames.some((frame) => parseFrame(frame).icmp?.sequence === sequence)) await once(process, "tick");
    delays.push(Number(process.hrtime.bigint() - sent) / 1e6);
  };
  wire.onFrame = () => process.emit("tick" as never);
  for (let i = 1; i <= 10; i++) {
    await ping(i);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  assert.ok(!output().includes("trapped"), "the pings came before the end of the computation");
  // The median: other programs of this machine may hold up one or the other.
  assert.ok(delays.sort((a, b) => a - b)[5] < 10, `answers after ${delays.join(", ")} ms`);
  while (!output().includes("stopped")) await new Promise((resolve) => setTimeout(resolve, 20));
  assert.match(output(), /\n\*\*\* app trapped: out of bounds memory access in function \S*(readOutside|start\S*)\n/);
  await ping(11);
  await made.close();
  assert.deepEqual(await made.ended, { kind: "closed" });
});

function udpSocket(): Promise<Socket> {
  const socket = createSocket("udp4");
  return new Promise((resolve) => socket.bind(0, "127.0.0.1", () => resolve(socket)));
}

async function ask(socket: Socket, port: number, payload: Uint8Array): Promise<Uint8Array> {
  const answer = once(socket, "message");
  socket.send(payload, port, "127.0.0.1");
  return Uint8Array.from((await answer)[0] as Buffer);
}

test("sockets of this machine reach the node through the gateway, each client its own answers", async () => {
  const gateway = await Gateway.open({ node: "10.0.2.15", forwards: [{ protocol: "udp", hostPort: 0, guestPort: 7 }] });
  const { machine: made } = await machine("computer", { wire: gateway });
  made.start();
  const clients = await Promise.all([udpSocket(), udpSocket(), udpSocket()]);
  try {
    const [port] = gateway.hostPorts;
    for (let round = 0; round < 20; round++) {
      const payloads = clients.map((_, i) => Uint8Array.from({ length: (round * 77 + i) % 1472 }, (_, n) => n + i));
      const answers = await Promise.all(clients.map((client, i) => ask(client, port, payloads[i])));
      assert.deepEqual(answers, payloads);
    }
  } finally {
    for (const client of clients) client.close();
    await made.close();
  }
});

test("a forwarded port that is taken is a clear error", async () => {
  const taken = await udpSocket();
  const { port } = taken.address();
  const forwards = [{ protocol: "udp", hostPort: port, guestPort: 7 } as const];
  await assert.rejects(
    Gateway.open({ node: "10.0.2.15", forwards }),
    /UDP port \d+ of 127.0.0.1 cannot be opened: another program uses it\./,
  );
  taken.close();
});
