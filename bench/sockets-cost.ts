/**
 * What a frame costs against the number of open sockets: instructions of the core (as WASM) for a TCP segment in order or a datagram, from
 * the frame in the device to the core's next sleep, counted in a core whose every instruction adds to a counter. The counts are the same
 * on every machine.
 */
import assert from "node:assert/strict";
import { compileAssemblyScript } from "../cli/build/assemblyscript.js";
import { packagePath } from "../cli/package-root.js";
import { FUEL, withInstructionCount } from "../test/fuzz/fuel.js";
import { configuration, type Settings } from "../test/harness/compile.js";
import { Stack } from "../test/harness/stack.js";

/** Sockets that are open while a frame for one of them is counted. */
export const COUNTS: readonly number[] = [1, 10, 100, 1000];
const MOST = 1000;
/** A core with room for them. */
const SETTINGS: Settings = {
  NET_MAX_CONTEXTS: MOST + 10,
  ZVFS_OPEN_MAX: MOST + 20,
  NET_SOCKETS_UDP_BUFFERS: MOST + 10,
  NET_TCP_HASH_BITS: 10,
  NET_UDP_HASH_BITS: 10,
  NET_TCP_SYN_QUEUE: 16,
};
const PORT = 80;
/** Ports of peers (TCP) or of sockets (UDP): from the first on, so far apart. */
const FIRST_PORT = 2000;
const PORT_STEP = 7;
const PEER_PORT = 5555;
/** Bytes. */
const PAYLOAD = 64;
/** Frames of each socket that are averaged, after one that is not counted. */
const ROUNDS = 4;
/** Sockets of a round whose frames are counted: spread over all of them. */
const SAMPLED = 100;

/** A core that counts its instructions. */
export interface CountedCore {
  readonly module: WebAssembly.Module;
  readonly settings: Settings;
}

/** Mean instructions for a frame, by the number of open sockets. */
export interface SocketCosts {
  readonly protocol: "TCP" | "UDP";
  readonly costs: readonly { readonly sockets: number; readonly instructions: number }[];
}

/** Compiles the core as an image has it (asc's `speed`), with the counter. Takes some seconds. */
export async function countedCore(): Promise<CountedCore> {
  const entry = packagePath("runtime", "syscall", "core.ts");
  const config = configuration({ settings: SETTINGS });
  const { text } = await compileAssemblyScript({ entry, config, optimize: "speed" });
  return { module: new WebAssembly.Module(await withInstructionCount(text())), settings: SETTINGS };
}

function boot({ module, settings }: CountedCore): Stack {
  const stack = new Stack({ module, wasm: new Uint8Array(), heapBase: 0, config: configuration({ settings }) });
  stack.arpResolve();
  return stack;
}

/** One open socket, as this bench sees it. */
interface Open {
  readonly fd: number;
  /** The next frame for it, and what comes with it. */
  next(payload: Uint8Array): Uint8Array;
}

/** `count` connections, each from a port of the peer's own. */
function connections(stack: Stack, count: number): Open[] {
  const listener = stack.openTcp();
  stack.bind(listener, PORT);
  stack.listen(listener, 10);
  return Array.from({ length: count }, (_, i) => {
    const ports = { srcPort: FIRST_PORT + i * PORT_STEP, dstPort: PORT };
    stack.inject(stack.peer.tcp({ ...ports, flags: "S", seq: 1000 + i, options: [{ kind: "mss", value: 1460 }] }));
    const answer = stack.takeSent()[0].packet.tcp;
    assert.equal(answer?.flags, "S.");
    let seq = 1001 + i;
    const ack = (answer.seq + 1) >>> 0;
    stack.inject(stack.peer.tcp({ ...ports, flags: ".", seq, ack }));
    return {
      fd: stack.accept(listener),
      next: (payload) => {
        const frame = stack.peer.tcp({ ...ports, flags: "P.", seq, ack }, payload);
        seq = (seq + payload.length) >>> 0;
        return frame;
      },
    };
  });
}

/** `count` datagram sockets, each bound to a port of its own. */
function datagramSockets(stack: Stack, count: number): Open[] {
  return Array.from({ length: count }, (_, i) => {
    const port = FIRST_PORT + i * PORT_STEP;
    const fd = stack.openUdp();
    stack.bind(fd, port);
    return { fd, next: (payload) => stack.peer.udp({ srcPort: PEER_PORT, dstPort: port }, payload) };
  });
}

/** Mean instructions for a frame to one of `sockets`. @throws AssertionError when the socket does not give what the frame brought */
function meanCost(stack: Stack, sockets: readonly Open[]): number {
  const fuel = stack.core.exported(FUEL) as WebAssembly.Global;
  const every = Math.max(1, Math.floor(sockets.length / SAMPLED));
  let sum = 0;
  let frames = 0;
  for (let round = 0; round <= ROUNDS; round++) {
    for (let i = 0; i < sockets.length; i += every) {
      const payload = new Uint8Array(PAYLOAD).fill(i + round);
      const frame = sockets[i].next(payload);
      fuel.value = 0;
      stack.inject(frame);
      if (round > 0) {
        sum += fuel.value as number;
        frames++;
      }
      assert.deepEqual(Uint8Array.from(stack.recv(sockets[i].fd, PAYLOAD)), payload);
      stack.takeSent();
    }
  }
  return sum / frames;
}

/** Counts what a frame of 64 bytes of payload costs with each number of sockets. */
export function costsOf(core: CountedCore, protocol: SocketCosts["protocol"], counts = COUNTS): SocketCosts {
  const open = protocol === "TCP" ? connections : datagramSockets;
  const costs = counts.map((sockets) => {
    const stack = boot(core);
    return { sockets, instructions: meanCost(stack, open(stack, sockets)) };
  });
  return { protocol, costs };
}

/** How much more a frame costs with the most sockets than with the fewest. */
export function growth({ costs }: SocketCosts): number {
  return Math.max(...costs.map(({ instructions }) => instructions)) / costs[0].instructions;
}
