/** The server of lines: what it answers to whole lines, halves, lines that are too long, and more clients than it has places for. */
import assert from "node:assert/strict";
import type { Socket } from "node:net";
import { test } from "node:test";
import { open, receive, talk, talkUntilAnswered } from "./clients.js";
import { start } from "./running.js";

const PLACES = 4;

/** What `socket` gets for `text`, as far as one line. */
async function line(socket: Socket, text: string): Promise<string> {
  socket.write(text);
  return (await receive(socket, (bytes) => bytes.includes("\n"))).toString();
}

test("line_server answers each client's lines, and keeps none waiting for another", async () => {
  const running = await start("line_server", "native_sim", ["tcp:0:2323"]);
  const [port] = running.ports;
  const clients: Socket[] = [];
  try {
    assert.equal((await talkUntilAnswered(port, "hello\r\n")).toString(), "HELLO\n");
    assert.equal((await talk(port, "a\nb\ncount\npeer\nlast")).toString(), "A\nB\n3\n10.0.2.2\nLAST\n");
    assert.equal((await talk(port, "one\nquit\ntwo\n")).toString(), "ONE\n", "quit ends it");
    assert.equal((await talk(port, `${"x".repeat(126)}\n`)).toString(), `${"X".repeat(126)}\n`);
    assert.equal((await talk(port, "x".repeat(300))).toString(), "too long\n");
    for (let i = 0; i < PLACES; i++) clients.push(await open(port));
    // Each has begun a line, and is answered when the rest of it comes.
    for (const [i, client] of clients.entries()) client.write(`half ${i}`);
    const late = await open(port);
    assert.equal((await receive(late)).toString(), "no more places\n");
    late.destroy();
    for (const [i, client] of [...clients.entries()].reverse())
      assert.equal(await line(client, " and half\n"), `HALF ${i} AND HALF\n`);
    clients.pop()?.destroy();
    // The server hears of the client's end when it does; until then there is no place.
    let answer = "no more places\n";
    for (let tries = 0; tries < 50 && answer === "no more places\n"; tries++) {
      answer = (await talkUntilAnswered(port, "again\n")).toString();
    }
    assert.equal(answer, "AGAIN\n", "a place is free again");
    assert.equal(await line(clients[0], "count\n"), "2\n");
  } finally {
    for (const client of clients) client.destroy();
    running.stop();
    await running.ended;
  }
  assert.match(running.console(), /^line_server: listening on port 2323\r?\nclient 10\.0\.2\.2/);
});
