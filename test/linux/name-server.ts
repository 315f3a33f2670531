/** dnsmasq in the network namespace of a test. */
import { type ChildProcess, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Namespace, TAP, whyNot } from "./namespace.js";

/** Why tests with a name server in a namespace cannot run here, or undefined when they can. */
export function withoutNameServer(): string | undefined {
  const other = whyNot();
  if (other !== undefined) return other;
  return spawnSync("dnsmasq", ["--version"]).error === undefined
    ? undefined
    : "dnsmasq is not installed (scripts/setup.sh --tests installs it)";
}

export interface NameServerOptions {
  /** Further arguments. */
  readonly parameters?: readonly string[];
  /** Lines of its hosts file: names with any number of addresses. */
  readonly hosts?: readonly string[];
  /** Gives addresses of this range by DHCP: `10.0.2.100,10.0.2.120`. */
  readonly range?: string;
}

/** One that knows only what it is told, over UDP and TCP. */
export class NameServer {
  private readonly folder = mkdtempSync(join(tmpdir(), "socklet-dnsmasq-"));
  private readonly child: ChildProcess;
  private text = "";

  constructor(namespace: Namespace, options: NameServerOptions) {
    const hosts = join(this.folder, "hosts");
    writeFileSync(hosts, `${(options.hosts ?? []).join("\n")}\n`);
    const parameters = ["--keep-in-foreground", "--conf-file=/dev/null", "--user=root", "--pid-file", "--no-resolv"];
    parameters.push("--no-hosts", `--addn-hosts=${hosts}`, `--interface=${TAP}`, "--bind-interfaces");
    parameters.push("--log-facility=-", "--log-queries=extra", "--log-dhcp");
    if (options.range !== undefined)
      parameters.push(
        "--dhcp-authoritative",
        `--dhcp-range=${options.range},255.255.255.0,120`,
        `--dhcp-leasefile=${join(this.folder, "leases")}`,
      );
    this.child = namespace.start("dnsmasq", [...parameters, ...(options.parameters ?? [])]);
    this.child.stderr?.on("data", (bytes: Buffer) => {
      this.text += bytes.toString();
    });
  }

  /** What it has written so far, but for the addresses that it answered. */
  log(): string {
    return this.text.replace(/^.* is [\d.]+\n/gm, "");
  }

  stop(): void {
    this.child.kill("SIGKILL");
    rmSync(this.folder, { recursive: true });
  }
}
