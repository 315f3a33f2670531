/** getaddrinfo of a C program on every board, with dnsmasq as name server in a network namespace. */
import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { missingForC } from "../../cli/toolchain.js";
import { BOARDS, missing } from "../properties/firmware.js";
import { start } from "./firmware.js";
import { NameServer, withoutNameServer } from "./name-server.js";
import { LINUX_IP, Namespace } from "./namespace.js";

/** Says the time to who asks port 13. */
const TIME_SERVER = `
  const socket = require("dgram").createSocket("udp4");
  socket.on("message", (_, from) => socket.send("a quarter past ten", from.port, from.address));
  socket.bind(13, () => console.log("listening"));`;
const LIMIT = 60;
/** More than 512 bytes of answer. */
const MANY = Array.from({ length: 60 }, (_, i) => `192.0.2.${i + 30}`);

const absent = missingForC().map(({ name }) => name);
const skip =
  absent.length > 0 ? `${absent.join(", ")} not installed (scripts/setup.sh --tests)` : (withoutNameServer() ?? false);

/** What the program found for `question`: addresses of streams, in order. */
function found(console: string, question: string): string[] {
  const line = console.split(/\r?\n/).find((text) => text.startsWith(`${question}: `)) ?? "";
  return [...line.matchAll(/([\d.]+) \S+ stream/g)].map(([, address]) => address);
}

for (const board of BOARDS)
  test(`resolve (C) on ${board} asks dnsmasq, over TCP when the answer is cut`, {
    skip: skip || missing(board),
    timeout: 240_000,
  }, async () => {
    const namespace = Namespace.create();
    let time: ChildProcess | undefined;
    let names: NameServer | undefined;
    try {
      time = namespace.start(process.execPath, ["-e", TIME_SERVER]);
      if (time.stdout !== null) await once(time.stdout, "data");
      const questions = "www.test http alias.test 80 many.test 80 empty.test 80 nobody.test 80 many.test https";
      const firmware = await start(
        board,
        namespace,
        [
          `CONFIG_APP_ARGS=${questions} -- www.test 13`,
          `CONFIG_DNS_SERVER1=${LINUX_IP}`,
          "CONFIG_NET_TCP=y",
          "CONFIG_DNS_RESOLVER_TCP=y",
          "CONFIG_NET_TCP_RECV_BUFFERS=1",
          "CONFIG_NET_TCP_SEND_BUFFERS=1",
        ],
        { application: "test/c/resolve" },
      );
      try {
        names = new NameServer(namespace, {
          hosts: MANY.map((address) => `${address} many.test`),
          parameters: [
            `--host-record=www.test,${LINUX_IP}`,
            "--cname=alias.test,www.test",
            "--host-record=empty.test,2001:db8::1",
            "--local=/test/",
            "--local-ttl=60",
          ],
        });
        const end = Date.now() + LIMIT * 1000;
        while (!/answer: |exit|ended/.test(firmware.console()) && Date.now() < end) {
          await new Promise((resolve) => setTimeout(resolve, 100));
        }
        const console = firmware.console();
        const shown = `${console}\ndnsmasq:\n${names.log()}`;
        assert.deepEqual(found(console, "www.test http"), [LINUX_IP], shown);
        assert.deepEqual(found(console, "alias.test 80"), [LINUX_IP], shown);
        for (const question of ["many.test 80", "many.test https"]) {
          const addresses = found(console, question);
          assert.equal(new Set(addresses).size, 4, shown);
          assert.ok(
            addresses.every((address) => MANY.includes(address)),
            shown,
          );
        }
        assert.match(console, /^empty\.test 80: No address\r?$/m, shown);
        assert.match(console, /^nobody\.test 80: No such name\r?$/m, shown);
        assert.match(console, /^answer: a quarter past ten\r?$/m, shown);
        // Over UDP, over TCP; the second time the cache knows it.
        assert.equal([...names.log().matchAll(/query\[A\] many\.test/g)].length, 2, shown);
      } finally {
        await firmware.close();
      }
    } finally {
      time?.kill("SIGKILL");
      names?.stop();
      namespace.destroy();
    }
  });
