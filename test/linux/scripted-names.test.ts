/**
 * A name server that does over TCP what the name asks for, and a good one beside it, both programs of Linux in a network namespace: the C program
 * on every board finds each name, from one or from the other.
 */
import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { missingForC } from "../../cli/toolchain.js";
import { BOARDS, missing } from "../properties/firmware.js";
import { start } from "./firmware.js";
import { Namespace, whyNot } from "./namespace.js";

const BAD = "10.0.2.2";
const GOOD = "10.0.2.3";
/** What each server says that every name has. */
const FROM_BAD = "192.0.2.1";
const FROM_GOOD = "192.0.2.2";

/** Names and who answers them in the end: the first label is what the bad server does. */
const NAMES: Readonly<Record<string, string>> = {
  "whole.test": FROM_BAD,
  "drip.test": FROM_BAD,
  "closes.test": FROM_GOOD,
  "resets.test": FROM_GOOD,
  "half.test": FROM_GOOD,
  "empty.test": FROM_GOOD,
  "endless.test": FROM_GOOD,
  "other.test": FROM_GOOD,
  "silent.test": FROM_GOOD,
};

/** Both servers. The bad one cuts every answer over UDP; what it does over TCP is in `acts`. */
const SERVERS = `
const dgram = require("dgram"), net = require("net");
const reply = (question, address, flags) => {
  const end = question.indexOf(0, 12) + 5;
  const record = flags & 0x200 ? [] : [0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, ...address.split(".").map(Number)];
  const answer = Buffer.concat([question.subarray(0, end), Buffer.from(record)]);
  answer.writeUInt16BE(flags, 2);
  answer.writeUInt16BE(record.length ? 1 : 0, 6);
  answer.fill(0, 8, 12);
  return answer;
};
const framed = (message, length = message.length) => Buffer.concat([Buffer.from([length >> 8, length & 255]), message]);
const acts = {
  whole: (socket, answer) => socket.end(framed(answer)),
  drip: (socket, answer) => {
    const bytes = framed(answer);
    let at = 0;
    socket.setNoDelay(true);
    const next = () => {
      socket.write(bytes.subarray(at, ++at));
      if (at < bytes.length) setTimeout(next, 10);
    };
    next();
  },
  closes: (socket) => socket.end(),
  resets: (socket) => socket.resetAndDestroy(),
  half: (socket, answer) => socket.end(framed(answer).subarray(0, answer.length)),
  empty: (socket) => socket.write(Buffer.from([0, 0])),
  endless: (socket) => socket.write(Buffer.alloc(100000, 255)),
  other: (socket, answer) => socket.write(framed(Buffer.from(answer).fill(answer[0] ^ 1, 0, 1))),
  silent: () => {},
};
const udp = (host, answer) => {
  const socket = dgram.createSocket("udp4");
  socket.on("message", (question, from) => socket.send(answer(question), from.port, from.address));
  return new Promise((done) => socket.bind(53, host, done));
};
const tcp = net.createServer((socket) => {
  socket.on("error", () => {});
  socket.once("data", (data) => {
    const question = data.subarray(2);
    console.log("over TCP: " + data.readUInt16BE(0) + " of " + question.length);
    acts[question.subarray(13, 13 + question[12])](socket, reply(question, "${FROM_BAD}", 0x8180));
  });
});
Promise.all([
  udp("${BAD}", (question) => reply(question, "${FROM_BAD}", 0x8380)),
  udp("${GOOD}", (question) => reply(question, "${FROM_GOOD}", 0x8180)),
  new Promise((done) => tcp.listen(53, "${BAD}", done)),
]).then(() => console.log("ready"));
`;
/** The program's last act, and how long it may take until then: one server is silent for five seconds. */
const END = /application ended|answer: /;
const LIMIT = 60;

const absent = missingForC().map(({ name }) => name);
const skip = absent.length > 0 ? `${absent.join(", ")} not installed (scripts/setup.sh --tests)` : (whyNot() ?? false);

for (const board of BOARDS)
  test(`resolve (C) on ${board} copes with whatever a name server does over TCP`, {
    skip: skip || missing(board),
    timeout: 240_000,
  }, async () => {
    const namespace = Namespace.create();
    let servers: ChildProcess | undefined;
    try {
      // The address is there before the interface of the wire is, so that the servers are up before the firmware.
      for (const address of [BAD, GOOD]) namespace.ip("address", "add", `${address}/32`, "dev", "lo");
      servers = namespace.start(process.execPath, ["-e", SERVERS]);
      let log = "";
      servers.stderr?.on("data", (bytes: Buffer) => {
        log += bytes.toString();
      });
      servers.stdout?.on("data", (bytes: Buffer) => {
        log += bytes.toString();
      });
      if (servers.stdout !== null) await once(servers.stdout, "data");
      const questions = Object.keys(NAMES).flatMap((name) => [name, "80"]);
      const firmware = await start(
        board,
        namespace,
        [
          `CONFIG_APP_ARGS=${questions.join(" ")}`,
          `CONFIG_DNS_SERVER1=${BAD}`,
          `CONFIG_DNS_SERVER2=${GOOD}`,
          "CONFIG_NET_TCP=y",
          "CONFIG_DNS_RESOLVER_TCP=y",
          "CONFIG_NET_TCP_RECV_BUFFERS=1",
          "CONFIG_NET_TCP_SEND_BUFFERS=1",
        ],
        { application: "test/c/resolve" },
      );
      try {
        const [last = ""] = Object.keys(NAMES).slice(-1);
        const done = (): boolean => new RegExp(`^${last} 80: .*$`, "m").test(firmware.console());
        const end = Date.now() + LIMIT * 1000;
        while (!done() && !END.test(firmware.console()) && Date.now() < end) {
          await new Promise((resolve) => setTimeout(resolve, 100));
        }
        const found = Object.fromEntries(
          [...firmware.console().matchAll(/^(\S+) 80: ([\d.]+) /gm)].map(([, name, address]) => [name, address]),
        );
        assert.deepEqual(found, NAMES, `${firmware.console()}\n${log}`);
        assert.equal([...log.matchAll(/over TCP: (\d+) of \1\b/g)].length, Object.keys(NAMES).length, log);
      } finally {
        await firmware.close();
      }
    } finally {
      servers?.kill("SIGKILL");
      namespace.destroy();
    }
  });
