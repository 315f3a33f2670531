/** Two hosts on one wire in virtual time, that know each other's MAC address. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Impairments } from "../../runtime/node/wire.js";
import { type PollMode, World } from "../../runtime/node/world.js";
import { type CompiledCore, compileCore, type Settings } from "../harness/compile.js";
import { type Directions, DuplexWire } from "./duplex-wire.js";
import { StreamHost } from "./stream-host.js";

const FAILURES = fileURLToPath(new URL("../../build/failures", import.meta.url));
const SECOND = { NET_CONFIG_MY_IPV4_ADDR: "10.0.2.16", ETH_MAC_ADDRESS: "02:00:00:00:00:02" };
/** µs that hosts have to get to know each other. */
const ACQUAINT = 100_000;

/** The two cores of a network: the same settings, two addresses. */
export interface Cores {
  readonly server: CompiledCore;
  readonly client: CompiledCore;
}

export async function compilePair(settings: Settings = {}, client: Settings = settings): Promise<Cores> {
  return {
    server: await compileCore({ settings, optimize: "speed" }),
    client: await compileCore({ settings: { ...client, ...SECOND }, optimize: "speed" }),
  };
}

export interface NetworkOptions {
  readonly seed: number;
  /** Of the wire, after the hosts know each other: both directions alike, or each. */
  readonly wire?: Partial<Impairments> | Directions;
  readonly mode?: PollMode;
  readonly start?: number;
  /** Keep all frames for a capture; default false. */
  readonly record?: boolean;
  readonly maxSteps?: number;
}

export class Network {
  readonly world: World;
  readonly wire: DuplexWire;
  readonly server: StreamHost;
  readonly client: StreamHost;

  constructor(cores: Cores, options: NetworkOptions) {
    const { seed, mode, start, record = false, maxSteps } = options;
    this.world = new World({ seed, mode, start, record, maxSteps });
    this.wire = new DuplexWire(this.world, { there: {}, back: {} });
    this.server = new StreamHost(this.world, this.wire, cores.server, { name: "server", seed: seed * 2 });
    this.client = new StreamHost(this.world, this.wire, cores.client, { name: "client", seed: seed * 2 + 1 });
    this.acquaint();
    this.impair(options.wire ?? {});
  }

  /** From now on the wire is like this. */
  impair(wire: Partial<Impairments> | Directions): void {
    const { there, back } = "there" in wire ? wire : { there: wire, back: wire };
    Object.assign(this.wire.from(this.server.node).impairments, there);
    Object.assign(this.wire.from(this.client.node).impairments, back);
  }

  /** Each host has a connection refused by the other, so that ARP is done before frames get lost. */
  private acquaint(): void {
    for (const [host, other] of [
      [this.client, this.server],
      [this.server, this.client],
    ]) {
      const fd = host.socket();
      if (fd < 0) throw new Error(`socket() answered ${fd}`);
      host.connect(fd, other.ip, 9);
      this.world.advance(ACQUAINT);
      host.close(fd);
    }
  }

  /** What is left in pools after `wait` µs more: nothing, when all is well. */
  leftovers(wait: number): string[] {
    this.world.advance(wait);
    return [this.server, this.client].flatMap((host) => host.usedPools().map((pool) => `${host.node.name}: ${pool}`));
  }

  /** Writes the frames (with `record`) as build/failures/NAME.pcap; the path. */
  writeCapture(name: string): string {
    mkdirSync(FAILURES, { recursive: true });
    const path = join(FAILURES, `${name.replace(/[^\w.-]+/g, "-")}.pcap`);
    this.world.writePcap(path);
    return path;
  }
}

/**
 * Runs `scenario`. When it fails it is run again with all frames recorded, and the error names the seed and the capture.
 * @throws Error with what went wrong
 */
export function withCapture<T>(
  name: string,
  cores: Cores,
  options: NetworkOptions,
  scenario: (network: Network) => T,
): T {
  try {
    return scenario(new Network(cores, options));
  } catch (error) {
    let capture = "";
    let network: Network | undefined;
    try {
      network = new Network(cores, { ...options, record: true });
      scenario(network);
    } catch {
      if (network !== undefined) capture = network.writeCapture(`${name}-seed-${options.seed}`);
    }
    const message = error instanceof Error ? error.message : String(error);
    throw new Error(`${name}, seed ${options.seed}: ${message}${capture === "" ? "" : `; frames in ${capture}`}`, {
      cause: error,
    });
  }
}
