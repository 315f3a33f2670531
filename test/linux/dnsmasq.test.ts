/**
 * dnsmasq as DHCP and name server, and a web server beside it: http_get on every board gets its address, finds the server by an alias
 * of its name, or by a name with more addresses than a datagram holds, and fetches a page. In a network namespace of this test's own.
 */
import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import { test } from "node:test";
import { BOARDS, missing } from "../properties/firmware.js";
import { start } from "./firmware.js";
import { NameServer, type NameServerOptions, withoutNameServer } from "./name-server.js";
import { LINUX_IP, LINUX_PREFIX, Namespace, TAP } from "./namespace.js";

const PAGE = "fetched by name";
/** The page at port 80 of the namespace. */
const WEB_SERVER = `require("http").createServer((_, answer) => answer.end("${PAGE}\\n")).listen(80)`;
/** Seconds that everything may take: QEMU starts, DHCP may be asked twice. */
const LIMIT = 60;

const skip = withoutNameServer();

interface Fetch {
  /** The server's name. */
  readonly name: string;
  readonly server: NameServerOptions;
  readonly defines?: readonly string[];
  /** Further addresses of the namespace. */
  readonly addresses?: readonly string[];
}

/** Runs http_get on `board` until it has the page. @returns the log of dnsmasq */
async function fetchPage(board: string, { name, server, defines = [], addresses = [] }: Fetch): Promise<string> {
  const namespace = Namespace.create();
  let web: ChildProcess | undefined;
  let names: NameServer | undefined;
  try {
    const firmware = await start(board, namespace, [...defines, `CONFIG_APP_ARGS=${name} http /`], {
      application: "examples/http_get",
    });
    try {
      for (const address of addresses) namespace.ip("address", "add", `${address}/${LINUX_PREFIX}`, "dev", TAP);
      web = namespace.start(process.execPath, ["-e", WEB_SERVER]);
      names = new NameServer(namespace, { ...server, range: "10.0.2.100,10.0.2.120" });
      const end = Date.now() + LIMIT * 1000;
      while (!firmware.console().includes(PAGE) && Date.now() < end) {
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      assert.ok(firmware.console().includes(PAGE), `${firmware.console()}\ndnsmasq:\n${names.log()}`);
      return names.log();
    } finally {
      await firmware.close();
    }
  } finally {
    web?.kill("SIGKILL");
    names?.stop();
    namespace.destroy();
  }
}

/** Addresses of a name whose answer does not fit 512 bytes, all of them of the namespace. */
const MANY = Array.from({ length: 60 }, (_, i) => `10.0.2.${i + 30}`);

for (const board of BOARDS) {
  const options = { skip: skip ?? missing(board) ?? false, timeout: 240_000 };

  test(`http_get on ${board} fetches a page with dnsmasq as DHCP and name server`, options, async () => {
    const log = await fetchPage(board, {
      name: "alias.test",
      server: { parameters: [`--host-record=www.test,${LINUX_IP}`, "--cname=alias.test,www.test"] },
    });
    assert.match(log, /DHCPACK\(tap0\) 10\.0\.2\.1[012]\d .* http-get/);
  });

  test(`http_get on ${board} fetches a page by a name with sixty addresses, over TCP`, options, async () => {
    const log = await fetchPage(board, {
      name: "many.test",
      server: { hosts: MANY.map((address) => `${address} many.test`) },
      defines: ["CONFIG_DNS_RESOLVER_TCP=y"],
      addresses: MANY,
    });
    // dnsmasq answers questions over TCP in a process of their own.
    const asked = [...log.matchAll(/(\d+) \S+ query\[A\] many\.test/g)];
    assert.equal(asked.length, 2, log);
  });
}
