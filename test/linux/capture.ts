/** tcpdump in the network namespace of a test. */
import type { ChildProcess } from "node:child_process";
import type { Namespace } from "./namespace.js";

/** A capture of what a network device carries, from `start` until `stop`. */
export class Capture {
  private said = "";
  private seen = "";

  private constructor(private readonly child: ChildProcess) {
    child.stdout?.on("data", (bytes: Buffer) => {
      this.seen += bytes.toString();
    });
    child.stderr?.on("data", (bytes: Buffer) => {
      this.said += bytes.toString();
    });
  }

  /**
   * Starts to capture what matches `filter` (pcap-filter(7)); from then on no packet is missed.
   * @param options of tcpdump: how it shows them
   * @throws Error with what tcpdump says, when it ends before
   */
  static async start(
    namespace: Namespace,
    device: string,
    filter: string,
    options: readonly string[] = [],
  ): Promise<Capture> {
    const child = namespace.start("tcpdump", ["-n", "-l", ...options, "-i", device, filter]);
    const capture = new Capture(child);
    await new Promise<void>((resolve, reject) => {
      child.stderr?.on("data", () => {
        if (capture.said.includes("listening on")) resolve();
      });
      child.once("close", () => reject(new Error(`tcpdump ended: ${capture.said}`)));
    });
    return capture;
  }

  /** What it has written so far. */
  text(): string {
    return this.seen;
  }

  /** The lines that it has written so far. */
  lines(): string[] {
    return this.seen.split("\n").filter((line) => line !== "");
  }

  /** Ends it; all that it saw is in its text then. */
  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const gone = new Promise((resolve) => this.child.once("close", resolve));
    this.child.kill("SIGINT");
    await gone;
  }
}
