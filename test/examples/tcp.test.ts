/** The examples over TCP on every board, with real clients and servers of this machine at the other end. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { test } from "node:test";
import { pattern } from "../harness/bytes.js";
import { execute, open, receive, talk, talkUntilAnswered, without } from "./clients.js";
import { BOARDS, HOST_SEEN_FROM_FIRMWARE, missing, start } from "./running.js";

/** Places of tcp_echo; more clients wait. */
const ECHO_PLACES = 8;

/** The text of tcp_source (RFC 864), from its first byte on. */
function generated(length: number): Buffer {
  const period = Buffer.alloc(95 * 74);
  for (let line = 0; line < 95; line++) {
    for (let column = 0; column < 72; column++) period[line * 74 + column] = 0x20 + ((line + column) % 95);
    period.write("\r\n", line * 74 + 72);
  }
  return Buffer.alloc(length, period);
}

/** The port that tcp_client is built for: with the same one, the same image serves for all that it is to do. */
let clientPort = 0;

/** A server of this machine, on `clientPort` when that is free. */
async function serve(onSocket: (socket: Socket) => void): Promise<{ port: number; close(): void }> {
  const server = createServer({ allowHalfOpen: true }, onSocket).listen(clientPort, "127.0.0.1");
  try {
    await once(server, "listening");
  } catch {
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
  }
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new Error("no address");
  clientPort = address.port;
  return { port: address.port, close: () => server.close() };
}

for (const board of BOARDS) {
  const skip = missing(board);
  const native = board === "native_sim";

  test(`tcp_echo on ${board} serves many clients, slow ones and rude ones`, { skip }, async (t) => {
    const running = await start("tcp_echo", board, ["tcp:0:7777"], [], 180);
    const [port] = running.ports;
    try {
      assert.equal((await talkUntilAnswered(port, "an echo, please")).toString(), "an echo, please");

      await t.test("every byte comes back", async () => {
        const data = pattern(native ? 1_000_000 : 200_000, 3);
        assert.equal(Buffer.compare(await talk(port, data), data), 0);
      });

      await t.test("more clients at once than there are places", async () => {
        // As many more as the listener's queue has room for: QEMU's own TCP forgets the data of a connection whose SYN-ACK comes twice, as it does
        // when all places and the queue are taken for a second. The kernel of this machine, which speaks to native_sim, does not.
        const more = native ? 12 : 4;
        const questions = Array.from({ length: ECHO_PLACES + more }, (_, i) => pattern(3000, i + 1));
        // One after the other: QEMU's port has a queue of one, and what does not fit there is tried again by this machine's kernel.
        const sockets: Socket[] = [];
        for (const question of questions) {
          const socket = await open(port);
          socket.end(question);
          sockets.push(socket);
        }
        const answers = await Promise.all(sockets.map((socket) => receive(socket)));
        for (const socket of sockets) socket.destroy();
        questions.forEach((question, i) => {
          assert.equal(Buffer.compare(answers[i], question), 0, `client ${i}`);
        });
      });

      await t.test("a client that does not read keeps nobody waiting, and gets everything in the end", async () => {
        const slow = await open(port);
        try {
          const data = pattern(native ? 4_000_000 : 300_000, 9);
          slow.end(data);
          slow.pause();
          for (let i = 0; i < 5; i++) {
            assert.equal((await talk(port, `meanwhile ${i}`)).toString(), `meanwhile ${i}`);
          }
          assert.equal(Buffer.compare(await receive(slow), data), 0);
        } finally {
          slow.destroy();
        }
      });

      await t.test("clients that vanish or reset leave their places to others", async () => {
        for (let round = 0; round < 3; round++) {
          const rude: Socket[] = [];
          for (let i = 0; i < ECHO_PLACES; i++) rude.push(await open(port));
          for (const [i, socket] of rude.entries()) {
            socket.write(pattern(i % 2 ? 20_000 : 10));
            if (i % 2) socket.resetAndDestroy();
            else socket.destroy();
          }
          assert.equal((await talk(port, "still there?")).toString(), "still there?");
        }
      });

      await t.test("nc gets back what it sends", { skip: without("nc", "-h") }, async () => {
        const { stdout, code } = await execute("nc", ["-N", "127.0.0.1", String(port)], "one line\n");
        assert.deepEqual([stdout, code], ["one line\n", 0]);
      });
    } finally {
      running.stop();
      await running.ended;
    }
    assert.match(running.console(), /tcp_echo: listening on 10\.0\.2\.15 port 7777/);
  });

  test(`tcp_sink on ${board} counts what it reads, from one client after the other`, { skip }, async () => {
    const running = await start("tcp_sink", board, ["tcp:0:9"], [], 120);
    const [port] = running.ports;
    try {
      await running.printed(/listening on 10\.0\.2\.15 port 9/);
      const [first, second] = [await open(port), await open(port)];
      second.end(pattern(1));
      first.end(pattern(1_000_000));
      await running.printed(/1000000 bytes in \d+ ms, \d+ kB\/s[\s\S]*\b1 bytes in/);
      first.destroy();
      second.destroy();
      const rude = await open(port);
      rude.write(pattern(5000), () => rude.resetAndDestroy());
      const polite = await open(port);
      polite.end(pattern(77));
      await running.printed(/\b77 bytes in/);
      polite.destroy();
    } finally {
      running.stop();
      await running.ended;
    }
    assert.match(running.console(), /10\.0\.2\.2 port \d+ has come/);
  });

  test(`tcp_source on ${board} sends its text, to the last byte`, { skip }, async () => {
    const running = await start("tcp_source", board, ["tcp:0:19"], ["CONFIG_APP_ARGS=300001"], 120);
    const [port] = running.ports;
    try {
      await running.printed(/listening on 10\.0\.2\.15 port 19/);
      assert.equal(Buffer.compare(await talk(port, ""), generated(300_001)), 0);
      const hasty = await open(port);
      await receive(hasty, (received) => received.length > 1000);
      hasty.resetAndDestroy();
      assert.equal(Buffer.compare(await talk(port, ""), generated(300_001)), 0, "after a client that left early");
      await running.printed(/300001 bytes sent[\s\S]*300001 bytes sent/);
    } finally {
      running.stop();
      await running.ended;
    }
  });

  test(`tcp_client on ${board} sends a line, ends its side, prints the answer and ends with 0`, { skip }, async () => {
    const heard: string[] = [];
    const server = await serve((socket) => {
      let text = "";
      socket.setEncoding("utf8").on("data", (part) => {
        text += part;
      });
      socket.on("end", () => {
        heard.push(text);
        socket.end(`${text.toUpperCase()}${"and so on\n".repeat(500)}`);
      });
      socket.on("error", () => undefined);
    });
    try {
      const args = `CONFIG_APP_ARGS=${HOST_SEEN_FROM_FIRMWARE} ${server.port} good day`;
      const running = await start("tcp_client", board, [], [args]);
      const { reason, code } = await running.ended;
      assert.deepEqual({ reason, code }, { reason: "exit", code: 0 }, running.console());
      assert.deepEqual(heard, ["good day\n"]);
      assert.match(running.console(), /^GOOD DAY\r?\n(and so on\r?\n){500}tcp_client: 5009 bytes in all/);
    } finally {
      server.close();
    }
  });

  test(`tcp_client on ${board} says who refuses, and ends with 1`, { skip }, async () => {
    const server = await serve(() => undefined);
    server.close();
    const args = `CONFIG_APP_ARGS=${HOST_SEEN_FROM_FIRMWARE} ${server.port} good day`;
    const running = await start("tcp_client", board, [], [args]);
    const { reason, code } = await running.ended;
    assert.deepEqual({ reason, code }, { reason: "exit", code: 1 }, running.console());
    assert.match(running.console(), /connect: Connection refused \(111\)/);
  });
}
