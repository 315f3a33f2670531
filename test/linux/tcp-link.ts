/**
 * Our stack and the Linux kernel, or two Linux kernels, on the same bad wire in real time. (The wire is the simulation's own: kernels
 * without the netem module exist, and both pairs get exactly the same treatment.)
 */
import type { ChildProcess } from "node:child_process";
import { TapWire } from "../../runtime/node/wire/tap.js";
import type { Impairments } from "../../runtime/node/wire.js";
import { World } from "../../runtime/node/world.js";
import { type CompiledCore, compileCore, type Settings } from "../harness/compile.js";
import { ROOT } from "../properties/firmware.js";
import { DuplexWire } from "../simulation/duplex-wire.js";
import { Endpoint } from "../simulation/endpoint.js";
import { RealTime } from "../simulation/real-time.js";
import { describeResult, EAGAIN, StreamHost } from "../simulation/stream-host.js";
import { LINUX_IP, LINUX_PREFIX, Namespace, TAP } from "./namespace.js";
import type { StationReport } from "./tcp-station.js";

const PORT = 5001;
const SECOND_LINUX_IP = "10.0.2.3";
const CORE_IP = "10.0.2.15";
/** Seconds for a program in a namespace to start. */
const STARTING = 30;

export interface Job {
  readonly wire: Partial<Impairments>;
  readonly seed: number;
  /** Bytes towards the first Linux, and from it. */
  readonly toLinux: number;
  readonly fromLinux: number;
  /** Real seconds that it may take. */
  readonly limit: number;
}

export interface Outcome {
  /** MB/s of what arrived at the first Linux, and of what it sent; 0 where nothing was sent. */
  readonly toLinux: number;
  readonly fromLinux: number;
}

const MEGABYTE = 1_000_000;

/** A program of tcp-station.ts in a namespace. */
class Station {
  private output = "";

  private constructor(private readonly child: ChildProcess) {
    child.stdout?.on("data", (bytes: Buffer) => {
      this.output += bytes.toString();
    });
    child.stderr?.on("data", (bytes: Buffer) => {
      this.output += bytes.toString();
    });
  }

  static start(namespace: Namespace, ...args: (string | number)[]): Station {
    const script = [`--import`, import.meta.resolve("tsx"), `${ROOT}/test/linux/tcp-station.ts`];
    return new Station(namespace.start(process.execPath, [...script, ...args.map(String)]));
  }

  get ready(): boolean {
    return this.output.includes("ready");
  }

  get report(): StationReport | undefined {
    const line = this.output.split("\n").find((text) => text.startsWith("{") && text.endsWith("}"));
    return line === undefined ? undefined : (JSON.parse(line) as StationReport);
  }

  /** @throws Error when it did not end well */
  result(): StationReport {
    const { report } = this;
    if (report === undefined) throw new Error(`no report: ${this.output}`);
    if (report.error !== undefined) throw new Error(`Linux: ${report.error}`);
    if (report.wrong >= 0) throw new Error(`Linux received a wrong byte at ${report.wrong}`);
    return report;
  }

  stop(): void {
    this.child.kill("SIGKILL");
  }
}

/** A namespace with a TAP interface. Its helper needs a free port, which somebody else may take in the same moment: then again. */
export async function openTap(address: string, tries = 3): Promise<{ namespace: Namespace; tap: TapWire }> {
  const namespace = Namespace.create();
  try {
    const parameters = { namespace: namespace.name, address: `${address}/${LINUX_PREFIX}`, interfaceName: TAP };
    return { namespace, tap: await TapWire.open(parameters) };
  } catch (error) {
    namespace.destroy();
    if (tries <= 1) throw error;
    return openTap(address, tries - 1);
  }
}

/** A namespace with a TAP interface whose other end is on `wire`. */
async function linuxStation(
  address: string,
  time: RealTime,
  wire: DuplexWire,
  congestion: string,
): Promise<{ namespace: Namespace; tap: TapWire }> {
  const { namespace, tap } = await openTap(address);
  const { code, stderr } = await namespace.run("sysctl", ["-w", `net.ipv4.tcp_congestion_control=${congestion}`]);
  if (code !== 0) throw new Error(`congestion control ${congestion} cannot be set: ${stderr}`);
  time.connect(wire, address, tap);
  return { namespace, tap };
}

const rate = (bytes: number, seconds: number): number => (bytes === 0 ? 0 : bytes / seconds / MEGABYTE);

export interface LinkOptions {
  /** Of our stack. */
  readonly settings?: Settings;
  /** Of Linux: "reno", or another that its kernel lets a namespace choose. */
  readonly congestion: string;
}

/** Our stack listens, Linux connects. @throws Error when a byte is lost or wrong */
export async function withLinux(job: Job, options: LinkOptions): Promise<Outcome> {
  const compiled: CompiledCore = await compileCore({ settings: options.settings });
  const world = new World({ seed: job.seed, record: false, maxSteps: 1e9 });
  const wire = new DuplexWire(world, { there: {}, back: {} });
  const host = new StreamHost(world, wire, compiled, { name: CORE_IP, seed: job.seed });
  const time = new RealTime(world);
  const { namespace, tap } = await linuxStation(LINUX_IP, time, wire, options.congestion);
  let station: Station | undefined;
  try {
    const listener = host.socket();
    host.bind(listener, PORT);
    host.listen(listener, 1);
    let endpoint: Endpoint | undefined;
    let begun = 0;
    let failure: unknown;
    host.onActivity = () => {
      try {
        if (endpoint === undefined) {
          const fd = host.accept(listener);
          if (fd === EAGAIN) return;
          if (fd < 0) throw new Error(`accept answered ${describeResult(fd)}`);
          begun = world.now;
          const bytes = { sendBytes: job.toLinux, receiveBytes: job.fromLinux };
          endpoint = new Endpoint(host, fd, { sendSeed: 1, receiveSeed: 2, ...bytes });
        }
        endpoint.pump();
      } catch (error) {
        failure ??= error;
      }
    };
    // ARP is done before frames get lost.
    await namespace.run("ping", ["-c", "2", "-i", "0.2", "-W", "5", CORE_IP]);
    impair(wire, job.wire);
    const running = Station.start(namespace, "connect", CORE_IP, PORT, job.fromLinux, job.toLinux, 2, 1);
    station = running;
    await time.until(
      "the transfer",
      () => failure !== undefined || (running.report !== undefined && endpoint?.done === true),
      job.limit + STARTING,
    );
    if (failure !== undefined) throw failure;
    const report = running.result();
    if (report.sent !== endpoint?.received.digest()) throw new Error("SHA-256 differs on the way from Linux");
    if (report.received !== endpoint?.sent.digest()) throw new Error("SHA-256 differs on the way to Linux");
    return {
      toLinux: rate(job.toLinux, report.seconds),
      fromLinux: rate(job.fromLinux, ((endpoint?.lastByteAt ?? 0) - begun) / 1_000_000),
    };
  } finally {
    station?.stop();
    time.stop();
    await tap.close();
    namespace.destroy();
  }
}

/** Linux in our stack's place. */
export async function linuxWithLinux(job: Job, congestion: string): Promise<Outcome> {
  const world = new World({ seed: job.seed, record: false, maxSteps: 1e9 });
  const wire = new DuplexWire(world, { there: {}, back: {} });
  const time = new RealTime(world);
  const stations: { namespace: Namespace; tap: TapWire }[] = [];
  const programs: Station[] = [];
  try {
    for (const address of [SECOND_LINUX_IP, LINUX_IP])
      stations.push(await linuxStation(address, time, wire, congestion));
    const [second, first] = stations;
    const listening = Station.start(
      second.namespace,
      "listen",
      SECOND_LINUX_IP,
      PORT,
      job.toLinux,
      job.fromLinux,
      1,
      2,
    );
    programs.push(listening);
    await time.until("the start of a program", () => listening.ready, STARTING);
    await first.namespace.run("ping", ["-c", "2", "-i", "0.2", "-W", "5", SECOND_LINUX_IP]);
    impair(wire, job.wire);
    const connecting = Station.start(
      first.namespace,
      "connect",
      SECOND_LINUX_IP,
      PORT,
      job.fromLinux,
      job.toLinux,
      2,
      1,
    );
    programs.push(connecting);
    const ended = (): boolean => listening.report !== undefined && connecting.report !== undefined;
    await time.until("the transfer between two Linux", ended, job.limit + STARTING);
    return {
      toLinux: rate(job.toLinux, connecting.result().seconds),
      fromLinux: rate(job.fromLinux, listening.result().seconds),
    };
  } finally {
    for (const program of programs) program.stop();
    time.stop();
    for (const { namespace, tap } of stations) {
      await tap.close();
      namespace.destroy();
    }
  }
}

function impair(wire: DuplexWire, impairments: Partial<Impairments>): void {
  for (const direction of wire.all()) Object.assign(direction.impairments, impairments);
}
