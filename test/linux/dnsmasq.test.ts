/**
 * dnsmasq as DHCP and name server, and a web server beside it: http_get on every board gets its address, finds the server by an alias
 * of its name and fetches a page. In a network namespace of this test's own.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { BOARDS, missing } from "../properties/firmware.js";
import { start } from "./firmware.js";
import { LINUX_IP, Namespace, TAP, whyNot } from "./namespace.js";

const PAGE = "fetched by name";
/** The page at port 80 of the namespace. */
const WEB_SERVER = `require("http").createServer((_, answer) => answer.end("${PAGE}\\n")).listen(80)`;
/** Seconds that everything may take: QEMU starts, DHCP may be asked twice. */
const LIMIT = 60;

function reason(): string | undefined {
  const other = whyNot();
  if (other !== undefined) return other;
  return spawnSync("dnsmasq", ["--version"]).error === undefined
    ? undefined
    : "dnsmasq is not installed (scripts/setup.sh --tests installs it)";
}

const skip = reason();

for (const board of BOARDS) {
  test(`http_get on ${board} fetches a page with dnsmasq as DHCP and name server`, {
    skip: skip ?? missing(board) ?? false,
    timeout: 240_000,
  }, async () => {
    const folder = mkdtempSync(join(tmpdir(), "socklet-dnsmasq-"));
    const namespace = Namespace.create();
    const children: ReturnType<Namespace["start"]>[] = [];
    try {
      const firmware = await start(board, namespace, ["CONFIG_APP_ARGS=alias.test http /"], {
        application: "examples/http_get",
      });
      try {
        children.push(
          namespace.start(process.execPath, ["-e", WEB_SERVER]),
          namespace.start("dnsmasq", [
            ...[
              "--keep-in-foreground",
              "--conf-file=/dev/null",
              "--user=root",
              "--pid-file",
              "--no-resolv",
              "--no-hosts",
            ],
            ...[`--interface=${TAP}`, "--bind-interfaces", "--dhcp-authoritative", "--log-facility=-", "--log-dhcp"],
            ...["--dhcp-range=10.0.2.100,10.0.2.120,255.255.255.0,120", `--dhcp-leasefile=${join(folder, "leases")}`],
            ...[`--host-record=www.test,${LINUX_IP}`, "--cname=alias.test,www.test"],
          ]),
        );
        let log = "";
        children[1].stderr?.on("data", (bytes: Buffer) => {
          log += bytes.toString();
        });
        const shown = (): string => `${firmware.console()}\ndnsmasq:\n${log}`;
        const end = Date.now() + LIMIT * 1000;
        while (!firmware.console().includes(PAGE) && Date.now() < end) {
          await new Promise((resolve) => setTimeout(resolve, 100));
        }
        assert.ok(firmware.console().includes(PAGE), shown());
        assert.match(log, /DHCPACK\(tap0\) 10\.0\.2\.1[012]\d .* http-get/, shown());
      } finally {
        await firmware.close();
      }
    } finally {
      for (const child of children) child.kill("SIGKILL");
      namespace.destroy();
      rmSync(folder, { recursive: true });
    }
  });
}
