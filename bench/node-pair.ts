/** Two hosts on a wire in this process, and how long it takes to move something between them. */
import { compileCore, type Settings } from "../test/harness/compile.js";
import { ByteStream } from "../test/simulation/byte-stream.js";
import { NodeHost } from "./node-host.js";

const SECOND: Settings = { NET_CONFIG_MY_IPV4_ADDR: "10.0.2.16", ETH_MAC_ADDRESS: "02:00:00:00:00:02" };
const MSS = 1460;
/** Polls of one host between two looks at the other. */
const POLLS_AT_ONCE = 256;

/** What one run moved, and how long it took. */
export interface Run {
  /** Frames on the wire, in both directions. */
  readonly frames: number;
  /** Payload that arrived, in both directions. */
  readonly bytes: number;
  /** Seconds on the wall. */
  readonly wall: number;
  /** Seconds of CPU time of this process in user mode. */
  readonly cpu: number;
}

export interface Pair {
  readonly first: NodeHost;
  readonly second: NodeHost;
}

/**
 * Compiles a core for each host and starts them.
 * @param buffer bytes of the send and of the receive buffer of a connection
 */
export async function pair(buffer: number): Promise<Pair> {
  const settings: Settings = {
    NET_TCP_SEND_BUFFER: buffer,
    NET_TCP_RECV_BUFFER: buffer,
    NET_TCP_SEND_RECORDS: Math.max(16, 2 * Math.ceil(buffer / MSS)),
    NET_SOCKETS_UDP_RCVBUF: 16_384,
  };
  const first = new NodeHost(await compileCore({ settings, optimize: "speed" }), 1);
  const second = new NodeHost(await compileCore({ settings: { ...settings, ...SECOND }, optimize: "speed" }), 2);
  NodeHost.join(first, second);
  return { first, second };
}

/** `length` bytes that follow from `seed`; each depends on its position. */
export function knownBytes(seed: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  new ByteStream(seed).peek(bytes);
  return bytes;
}

/** Both hosts poll until neither has anything to do now. */
export function settle({ first, second }: Pair): void {
  for (let busy = true; busy; ) {
    busy = false;
    for (const host of [first, second]) {
      for (let polls = 0; polls < POLLS_AT_ONCE && host.poll(); polls++) busy = true;
    }
  }
}

/**
 * Times `transfer`, which answers how many bytes arrived.
 * @throws Error when a frame was lost: then it was not the stacks that were measured but their recovery
 */
export function timed({ first, second }: Pair, transfer: () => number): Run {
  const lost = (): number => first.framesLost + second.framesLost;
  const sent = (): number => first.framesSent + second.framesSent;
  const [lostBefore, sentBefore, cpuBefore] = [lost(), sent(), process.cpuUsage()];
  const begin = performance.now();
  const bytes = transfer();
  const wall = (performance.now() - begin) / 1000;
  const cpu = process.cpuUsage(cpuBefore).user / 1_000_000;
  if (lost() > lostBefore) throw new Error(`a device had no room for ${lost() - lostBefore} frames`);
  return { frames: sent() - sentBefore, bytes, wall, cpu };
}
