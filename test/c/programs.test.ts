/** Programs in C, compiled with clang and wasi-libc and run unchanged on every board, with sockets of this machine at the other end. */
import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { test } from "node:test";
import { missingForC } from "../../cli/toolchain.js";
import { readReport } from "../contract/programs.js";
import { open, receive, talk, talkUntilAnswered } from "../examples/clients.js";
import { BOARDS, HOST_SEEN_FROM_FIRMWARE, missing, startProgram } from "../examples/running.js";
import { pattern } from "../harness/bytes.js";

const absent = missingForC().map(({ name }) => name);
/** Why programs in C cannot be compiled here, or false. */
const withoutC = absent.length > 0 ? `${absent.join(", ")} not installed (scripts/setup.sh --tests)` : false;
/** Time between two questions to firmware that may still be starting, milliseconds. */
const AGAIN = 300;
const PATIENCE = 30_000;

/** A socket that asks firmware over UDP until it answers. */
async function ask(port: number, question: string | Uint8Array): Promise<Buffer> {
  const socket = createSocket("udp4");
  const again = setInterval(() => socket.send(question, port, "127.0.0.1"), AGAIN);
  socket.send(question, port, "127.0.0.1");
  try {
    const [answer] = (await once(socket, "message", { signal: AbortSignal.timeout(PATIENCE) })) as [Buffer];
    return answer;
  } finally {
    clearInterval(again);
    socket.close();
  }
}

/** The lines of the option prober: name → what it prints. */
function printed(console: string): Map<string, string> {
  return new Map([...console.matchAll(/^ {2}([A-Z_0-9]+) (.*?)\r?$/gm)].map(([, name, value]) => [name, value]));
}

/** What the prober says of a stream, when nothing has been set. */
const STREAM: Readonly<Record<string, string>> = {
  SO_REUSEADDR: "0",
  SO_TYPE: "1, fixed",
  SO_ERROR: "0, fixed",
  SO_BROADCAST: "-",
  SO_SNDBUF: "2920",
  SO_RCVBUF: "2920",
  SO_KEEPALIVE: "0",
  SO_OOBINLINE: "0",
  SO_LINGER: "off, 0 s",
  SO_REUSEPORT: "0",
  SO_RCVLOWAT: "1",
  SO_SNDLOWAT: "1, fixed",
  SO_RCVTIMEO: "0 s 0 us",
  SO_SNDTIMEO: "0 s 0 us",
  SO_TIMESTAMP: "-",
  SO_ACCEPTCONN: "0, fixed",
  SO_TIMESTAMPNS: "-",
  SO_TIMESTAMPING: "-",
  SO_PROTOCOL: "6, fixed",
  SO_DOMAIN: "1, fixed",
  SO_DEBUG: "-",
  SO_DONTROUTE: "-",
  SO_PRIORITY: "-",
  IP_TOS: "0",
  IP_TTL: "64",
  IP_PKTINFO: "-",
  IP_RECVTTL: "-",
  IP_RECVTOS: "-",
  IP_RECVERR: "-",
  IP_LOCAL_PORT_RANGE: "-",
  TCP_NODELAY: "0",
  TCP_KEEPIDLE: "7200",
  TCP_KEEPINTVL: "75",
  TCP_KEEPCNT: "9",
  TCP_SYNCNT: "7",
  TCP_LINGER2: "60",
  TCP_DEFER_ACCEPT: "0",
  TCP_WINDOW_CLAMP: "0",
  TCP_INFO: "state 7, 104 bytes, fixed",
  TCP_QUICKACK: "0",
  TCP_CONGESTION: "newreno",
  TCP_USER_TIMEOUT: "0",
  TCP_MAXSEG: "536",
  TCP_CORK: "0",
  TCP_ATMARK: "0, fixed",
  TCP_OUTQ: "0, fixed",
};

/** Of a datagram socket, with both options for control messages; what is not here is not there. */
const DATAGRAM: Readonly<Record<string, string>> = {
  SO_REUSEADDR: "0",
  SO_TYPE: "2, fixed",
  SO_ERROR: "0, fixed",
  SO_BROADCAST: "0",
  SO_RCVBUF: "1024, Protocol not available",
  SO_REUSEPORT: "0",
  SO_RCVTIMEO: "0 s 0 us",
  SO_SNDTIMEO: "0 s 0 us",
  SO_TIMESTAMP: "0",
  SO_ACCEPTCONN: "0, fixed",
  SO_TIMESTAMPNS: "0",
  SO_TIMESTAMPING: "0",
  SO_PROTOCOL: "17, fixed",
  SO_DOMAIN: "1, fixed",
  IP_TOS: "0",
  IP_TTL: "64",
  IP_PKTINFO: "0",
  IP_RECVTTL: "0",
  IP_RECVTOS: "0",
};

for (const board of BOARDS) {
  const skip = withoutC || missing(board);

  test(`echo_select (C) on ${board} serves several clients over TCP, and ends when it is told to`, {
    skip,
  }, async () => {
    const running = await startProgram("test/c/echo_select", board, ["tcp:0:7"]);
    const [port] = running.ports;
    try {
      assert.equal((await talkUntilAnswered(port, "an echo, please")).toString(), "an echo, please");
      // One that says nothing for now keeps nobody waiting.
      const slow = await open(port);
      const data = pattern(20_000, 3);
      assert.equal(Buffer.compare(await talk(port, data), data), 0, "every byte comes back");
      slow.write("late");
      assert.equal((await receive(slow, ({ length }) => length >= 4)).toString(), "late");
      slow.destroy();
      const last = await open(port);
      last.write("quit");
      const { reason, code } = await running.ended;
      last.destroy();
      assert.deepEqual({ reason, code }, { reason: "exit", code: 0 }, running.console());
    } finally {
      running.stop();
      await running.ended;
    }
    assert.match(running.console(), /echo_select: listening on port 7\s+client 10\.0\.2\.2\r?\n/);
    assert.match(running.console(), /told to end/);
  });

  test(`echo_poll (C) on ${board} answers datagrams on two ports from where it was asked`, { skip }, async () => {
    const running = await startProgram("test/c/echo_poll", board, ["udp:0:7", "udp:0:7007"]);
    const [first, second] = running.ports;
    try {
      for (const [port, length] of [
        [first, 15],
        [second, 500],
        [first, 3],
      ] as const)
        assert.deepEqual(await ask(port, pattern(length, 7)), Buffer.from(pattern(length, 7)));
      assert.equal((await ask(second, "quit")).toString(), "quit");
      const { reason, code } = await running.ended;
      assert.deepEqual({ reason, code }, { reason: "exit", code: 0 }, running.console());
    } finally {
      running.stop();
      await running.ended;
    }
    assert.match(running.console(), /^15 bytes to 10\.0\.2\.15, interface 1, TTL known\r?$/m);
    assert.match(running.console(), /^500 bytes to 10\.0\.2\.15, interface 1, TTL known\r?$/m);
  });

  test(`options (C) on ${board} reads every option of a datagram socket, and sets it to what it is`, {
    skip,
  }, async () => {
    const running = await startProgram("test/c/options_datagram", board, []);
    const { reason, code } = await running.ended;
    assert.deepEqual({ reason, code }, { reason: "exit", code: 0 }, running.console());
    const found = [...printed(running.console())].filter(([, value]) => value !== "-");
    assert.deepEqual(Object.fromEntries(found), DATAGRAM);
  });

  test(`multicast (C) on ${board}: a pair of sockets and a group`, { skip }, async () => {
    const running = await startProgram("test/c/multicast", board, []);
    const { reason, code } = await running.ended;
    assert.deepEqual({ reason, code }, { reason: "exit", code: 0 }, running.console());
    assert.deepEqual(
      [...running.console().matchAll(/^(.*: (?:not )?heard)\r?$/gm)].map(([, line]) => line),
      [
        "- before joining: not heard",
        "a member: heard",
        "- without IP_MULTICAST_LOOP: not heard",
        "- while the source is blocked: not heard",
        "no longer blocked: heard",
        "- after leaving: not heard",
      ],
    );
  });

  test(`error_queue (C) on ${board}: who refused a datagram, and when two were sent`, { skip }, async () => {
    const running = await startProgram("test/c/error_queue", board, []);
    const { reason, code } = await running.ended;
    assert.deepEqual({ reason, code }, { reason: "exit", code: 0 }, running.console());
    assert.match(running.console(), /^refused by 127\.0\.0\.1, port 4999\r?\norigin 2\r?\ntype and code 303\r?$/m);
    assert.match(running.console(), /^sent number 0\r?\nsent number 1\r?$/m);
  });

  test(`resolve (C) on ${board} looks names up, and finds a server of this machine`, { skip }, async () => {
    const server = createSocket("udp4");
    server.on("message", (question, from) => {
      if (question.toString() === "time?") server.send("a quarter past ten", from.port, from.address);
    });
    server.bind(0, "127.0.0.1");
    await once(server, "listening");
    try {
      const names = "localhost 7 lamp-7 domain 192.0.2.1 https 192.0.2.1 65536 nobody.test 80";
      const args = `CONFIG_APP_ARGS=${names} -- ${HOST_SEEN_FROM_FIRMWARE} ${server.address().port}`;
      const running = await startProgram("test/c/resolve", board, [], [args]);
      const { reason, code } = await running.ended;
      assert.deepEqual({ reason, code }, { reason: "exit", code: 0 }, running.console());
      const lines = running.console().split(/\r?\n/);
      for (const expected of [
        "this is lamp-7",
        "localhost 7: 127.0.0.1 echo stream as localhost, 127.0.0.1 echo datagram",
        "lamp-7 domain: 10.0.2.15 domain stream as lamp-7, 10.0.2.15 domain datagram",
        "192.0.2.1 https: 192.0.2.1 https stream as 192.0.2.1, 192.0.2.1 https datagram",
        "192.0.2.1 65536: Unknown service",
        "nobody.test 80: No answer, try again",
        "answer: a quarter past ten",
      ])
        assert.ok(lines.includes(expected), `${expected}\n\n${running.console()}`);
    } finally {
      server.close();
    }
  });
}

test("options (C) reads every option of a stream, and sets it to what it is", { skip: withoutC }, async () => {
  const running = await startProgram("test/c/options", "native_sim", []);
  const { code } = await running.ended;
  assert.equal(code, 0, running.console());
  assert.deepEqual(Object.fromEntries(printed(running.console())), STREAM);
  assert.match(running.console(), /^datagram: none/m);
});

test("library (C): what the functions behind the headers add to the system calls", {
  skip: withoutC,
}, async (context) => {
  const running = await startProgram("test/c/library", "native_sim", []);
  const { code } = await running.ended;
  const { checks, plan } = readReport(running.console());
  for (const { number, holds, title, why } of checks)
    await context.test(`${number} ${title}`, () => assert.ok(holds, why));
  assert.equal(plan, checks.length, running.console());
  assert.equal(code, 0);
});
