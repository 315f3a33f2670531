/** The examples without TCP on every board, with real sockets of this machine at the other end. */
import assert from "node:assert/strict";
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { test } from "node:test";
import { BOARDS, HOST_SEEN_FROM_FIRMWARE, missing, PATIENCE_SECONDS, start } from "./running.js";

/** Asks `port` until the answer comes: the firmware may still be starting. */
async function ask(port: number, question: string): Promise<string> {
  const socket = createSocket("udp4");
  const again = setInterval(() => socket.send(question, port, "127.0.0.1"), 500);
  const signal = AbortSignal.timeout(PATIENCE_SECONDS * 1000);
  socket.send(question, port, "127.0.0.1");
  try {
    const [answer] = (await once(socket, "message", { signal })) as [Buffer];
    return answer.toString();
  } finally {
    clearInterval(again);
    socket.close();
  }
}

/** The port that udp_client is built for: with the same one, the same image serves for all that it is to do. */
let clientPort = 0;

/** A server on `clientPort`, or another free port, of 127.0.0.1 that answers each question with `answer`, or keeps silent without one. */
async function serve(answer?: string): Promise<{ socket: Socket; port: number; questions: string[] }> {
  const socket = createSocket("udp4");
  const questions: string[] = [];
  socket.on("message", (data, from) => {
    questions.push(data.toString());
    if (answer !== undefined) socket.send(answer, from.port, from.address);
  });
  socket.bind(clientPort, "127.0.0.1");
  try {
    await once(socket, "listening");
  } catch {
    socket.bind(0, "127.0.0.1");
    await once(socket, "listening");
  }
  clientPort = socket.address().port;
  return { socket, port: socket.address().port, questions };
}

for (const board of BOARDS) {
  const skip = missing(board);

  test(`udp_echo on ${board} sends back what it gets`, { skip }, async () => {
    const running = await start("udp_echo", board, ["udp:0:7"]);
    try {
      assert.equal(await ask(running.ports[0], "an echo, please"), "an echo, please");
    } finally {
      running.stop();
      await running.ended;
    }
    assert.match(running.console(), /listening on 10\.0\.2\.15 port 7/);
  });

  test(`select_two_ports on ${board} serves both ports, and notices when nothing comes`, { skip }, async () => {
    const running = await start("select_two_ports", board, ["udp:0:7001", "udp:0:7002"]);
    try {
      assert.equal(await ask(running.ports[0], "as it is"), "as it is");
      assert.equal(await ask(running.ports[1], "in capitals"), "IN CAPITALS");
      assert.equal(await ask(running.ports[0], "and back"), "and back");
      await running.printed(/nothing for 2 s/);
    } finally {
      running.stop();
      await running.ended;
    }
    assert.match(running.console(), /port 7001: 8 bytes/);
    assert.match(running.console(), /port 7002: 11 bytes/);
    assert.match(running.console(), /nothing for 2 s/);
  });

  test(`udp_client on ${board} asks a server of this machine and ends with 0`, { skip }, async () => {
    const server = await serve("a quarter past ten");
    try {
      const args = `CONFIG_APP_ARGS=${HOST_SEEN_FROM_FIRMWARE} ${server.port}`;
      const running = await start("udp_client", board, [], [args]);
      const { reason, code } = await running.ended;
      assert.deepEqual({ reason, code }, { reason: "exit", code: 0 }, running.console());
      assert.match(running.console(), /answer: a quarter past ten/);
      assert.equal(server.questions[0], "time?");
    } finally {
      server.socket.close();
    }
  });

  test(`udp_client on ${board} asks three times, gives up and ends with 1`, { skip }, async () => {
    const server = await serve();
    try {
      const args = `CONFIG_APP_ARGS=${HOST_SEEN_FROM_FIRMWARE} ${server.port}`;
      const running = await start("udp_client", board, [], [args]);
      const { reason, code } = await running.ended;
      assert.deepEqual({ reason, code }, { reason: "exit", code: 1 }, running.console());
      assert.match(running.console(), /attempt 3: no answer within 1 s\s+udp_client: giving up/);
      assert.deepEqual(server.questions, ["time?", "time?", "time?"]);
    } finally {
      server.socket.close();
    }
  });

  test(`hello on ${board} prints arguments, environment and clock, and ends with the code it is told`, {
    skip,
  }, async () => {
    const defines = ["CONFIG_APP_ARGS=first second", "CONFIG_APP_ENVIRONMENT=GREETING=Welcome EXIT_CODE=3"];
    const running = await start("hello", board, [], defines);
    const { reason, code } = await running.ended;
    assert.deepEqual({ reason, code }, { reason: "exit", code: 3 }, running.console());
    assert.match(running.console(), /argument 1: first\s+argument 2: second/);
    assert.match(running.console(), /^Welcome from socklet!/);
    assert.match(running.console(), /up for \d+\.\d+ s/);
  });
}
