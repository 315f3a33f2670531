/** The web server on every board: what it answers to what, and how it fares with curl and ab. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { execute, open, receive, talk, talkUntilAnswered, without } from "./clients.js";
import { BOARDS, missing, start } from "./running.js";

/** Requests of ab, each way; more on demand. */
const REQUESTS = Number(process.env.SOCKLET_HTTP_REQUESTS ?? 500);
const PLACES = 8;

interface Answer {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

/** Takes answers apart; `heads` are the positions of answers to HEAD, which have no body. */
function answers(bytes: Buffer, heads: readonly number[] = []): Answer[] {
  const found: Answer[] = [];
  let rest = bytes.toString("latin1");
  while (rest !== "") {
    const end = rest.indexOf("\r\n\r\n");
    assert.ok(end >= 0, `no head: ${rest}`);
    const [first, ...lines] = rest.slice(0, end).split("\r\n");
    const match = /^HTTP\/1\.1 (\d{3}) [A-Za-z ]+$/.exec(first);
    assert.ok(match, first);
    const headers = new Map(
      lines.map((line): [string, string] => {
        const [, name, value] = /^([A-Za-z-]+): (.*)$/.exec(line) ?? assert.fail(line);
        return [name.toLowerCase(), value];
      }),
    );
    const length = heads.includes(found.length) ? 0 : Number(headers.get("content-length"));
    const body = rest.slice(end + 4, end + 4 + length);
    assert.equal(body.length, length, "the body is complete");
    found.push({ status: Number(match[1]), headers, body });
    rest = rest.slice(end + 4 + length);
  }
  return found;
}

const HOST = "Host: x\r\n";

/** Requests that end the connection, and the status they get. */
const LAST_REQUESTS: readonly (readonly [what: string, request: string, status: number])[] = [
  ["Connection: close", `GET /status.json HTTP/1.1\r\n${HOST}Connection: foo , Close\r\n\r\n`, 200],
  ["HTTP/1.0", "GET / HTTP/1.0\r\n\r\n", 200],
  ["HTTP/1.0 with a path that is not there", "GET /no HTTP/1.0\r\n\r\n", 404],
  ["no Host", "GET / HTTP/1.1\r\n\r\n", 400],
  ["two Hosts", `GET / HTTP/1.1\r\n${HOST}${HOST}\r\n`, 400],
  ["no version", "GET /\r\n\r\n", 400],
  ["no target", `GET HTTP/1.1\r\n${HOST}\r\n`, 400],
  ["no path", `GET nowhere HTTP/1.1\r\n${HOST}\r\n`, 400],
  ["two blanks", `GET  / HTTP/1.1\r\n${HOST}\r\n`, 400],
  ["garbage", "\x16\x03\x01\x02\x00\x01\r\n", 400],
  ["a zero byte", "GET /\0 HTTP/1.1\r\n\r\n", 400],
  ["another protocol", `GET / HTCPCP/1.0\r\n${HOST}\r\n`, 400],
  ["HTTP/2", `PRI * HTTP/2.0\r\n\r\n`, 505],
  ["a blank before the colon", `GET / HTTP/1.1\r\nHost : x\r\n\r\n`, 400],
  ["a header without colon", `GET / HTTP/1.1\r\n${HOST}oops\r\n\r\n`, 400],
  ["a continued header", `GET / HTTP/1.1\r\n${HOST}A: b\r\n c\r\n\r\n`, 400],
  ["a wrong length", `GET / HTTP/1.1\r\n${HOST}Content-Length: 1x\r\n\r\n`, 400],
  ["two lengths", `GET / HTTP/1.1\r\n${HOST}Content-Length: 1\r\nContent-Length: 2\r\n\r\nab`, 400],
  ["length and encoding", `GET / HTTP/1.1\r\n${HOST}Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n`, 400],
  ["an encoded body", `POST / HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n`, 501],
  ["a body too long to read over", `POST / HTTP/1.1\r\n${HOST}Content-Length: 999999999999\r\n\r\n`, 405],
  ["a body that waits", `PUT / HTTP/1.1\r\n${HOST}Content-Length: 5\r\nExpect: 100-continue\r\n\r\n`, 405],
  ["a path of 4 KiB", `GET /${"a".repeat(4096)} HTTP/1.1\r\n${HOST}\r\n`, 414],
  ["a header of 9 KiB", `GET / HTTP/1.1\r\n${HOST}Cookie: ${"a".repeat(9216)}\r\n\r\n`, 431],
  ["a thousand headers", `GET / HTTP/1.1\r\n${HOST}${"A: b\r\n".repeat(2000)}\r\n`, 431],
];

/** Requests on one connection, and what each gets. */
const REQUESTS_IN_A_ROW: readonly (readonly [what: string, request: string, status: number])[] = [
  ["the page", `GET / HTTP/1.1\r\n${HOST}\r\n`, 200],
  ["HEAD", `HEAD / HTTP/1.1\r\n${HOST}\r\n`, 200],
  ["the status", `GET /status.json?x=1 HTTP/1.1\r\nhOsT:x\r\n\r\n`, 200],
  ["HEAD of the status", `HEAD /status.json HTTP/1.1\r\n${HOST}\r\n`, 200],
  ["a proxy's form", `GET http://x/status.json HTTP/1.1\r\n${HOST}\r\n`, 200],
  ["nothing there", `GET /favicon.ico HTTP/1.1\r\n${HOST}\r\n`, 404],
  ["a long header", `GET / HTTP/1.1\r\n${HOST}Cookie: ${"a".repeat(4000)}\r\n\r\n`, 200],
  ["bare line feeds after an empty line", `\r\nGET / HTTP/1.1\nHost: x\n\n`, 200],
  ["POST with a body", `POST / HTTP/1.1\r\n${HOST}Content-Length: 12\r\n\r\nGET / HTTP/9`, 405],
  ["DELETE", `DELETE /status.json HTTP/1.1\r\n${HOST}\r\n`, 405],
  ["HTTP/1.0 that wants to stay", `GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n`, 200],
  ["the end", `GET /status.json HTTP/1.1\r\n${HOST}Connection: close\r\n\r\n`, 200],
];
const HEADS = [1, 3];

function checkRow(found: readonly Answer[]): void {
  assert.deepEqual(
    found.map(({ status }, i) => `${REQUESTS_IN_A_ROW[i]?.[0]}: ${status}`),
    REQUESTS_IN_A_ROW.map(([what, , status]) => `${what}: ${status}`),
  );
  const [page, head, status, , proxy] = found;
  assert.match(page.headers.get("content-type") ?? "", /^text\/html/);
  assert.match(page.body, /^<!doctype html>[\s\S]*<\/html>\n$/);
  assert.equal(head.headers.get("content-length"), page.headers.get("content-length"));
  assert.equal(status.headers.get("content-type"), "application/json");
  const { uptime, requests, connections, accepted } = JSON.parse(status.body);
  assert.ok(uptime >= 0 && requests >= 3 && connections >= 1 && accepted >= 1, status.body);
  assert.equal(JSON.parse(proxy.body).requests, requests + 2, "each request counts");
  assert.equal(found[8].headers.get("allow"), "GET, HEAD");
  assert.equal(found[10].headers.get("connection"), "keep-alive");
  assert.equal(found[11].headers.get("connection"), "close");
}

for (const board of BOARDS) {
  test(`http_server on ${board}`, { skip: missing(board) }, async (t) => {
    const running = await start("http_server", board, ["tcp:0:80"], [], 600);
    const [port] = running.ports;
    const url = `http://127.0.0.1:${port}`;
    const [first] = answers(await talkUntilAnswered(port, "GET / HTTP/1.0\r\n\r\n"));
    assert.equal(first.status, 200);
    const page = first.body;
    try {
      await t.test("requests on one connection, one after the other", async () => {
        const socket = await open(port);
        try {
          const found: Answer[] = [];
          for (const [i, [, request]] of REQUESTS_IN_A_ROW.entries()) {
            socket.write(request);
            const isHead = HEADS.includes(i);
            const whole = await receive(socket, (received) => {
              const end = received.indexOf("\r\n\r\n");
              const length = isHead ? 0 : Number(/content-length: (\d+)/i.exec(received.toString("latin1"))?.[1]);
              return end >= 0 && received.length >= end + 4 + length;
            });
            found.push(...answers(whole, isHead ? [0] : []));
          }
          checkRow(found);
          assert.equal((await receive(socket)).length, 0, "then the server closes");
        } finally {
          socket.destroy();
        }
      });

      await t.test("the same requests in one piece, and byte by byte", async () => {
        const all = REQUESTS_IN_A_ROW.map(([, request]) => request).join("");
        checkRow(answers(await talk(port, all), HEADS));
        const socket = await open(port);
        try {
          socket.setNoDelay();
          const row = all.replace(/Cookie: a+/, "Cookie: a");
          const received = receive(socket);
          for (const byte of Buffer.from(row, "latin1")) {
            await new Promise<void>((resolve) => socket.write(Uint8Array.of(byte), () => resolve()));
          }
          checkRow(answers(await received, HEADS));
        } finally {
          socket.destroy();
        }
      });

      await t.test("requests that end the connection", async () => {
        for (const [what, request, status] of LAST_REQUESTS) {
          const socket = await open(port);
          try {
            socket.write(request, "latin1");
            const found = answers(await receive(socket));
            assert.deepEqual([what, found.length, found[0]?.status], [what, 1, status]);
            assert.equal(found[0].headers.get("connection"), "close", what);
          } finally {
            socket.destroy();
          }
        }
      });

      await t.test("connections that wait give way to new ones, those in the middle of a request do not", async () => {
        const idle = await Promise.all(Array.from({ length: PLACES + 4 }, () => open(port)));
        try {
          const [answer] = answers(await talk(port, "GET / HTTP/1.0\r\n\r\n"));
          assert.equal(answer.body, page);
        } finally {
          for (const socket of idle) socket.destroy();
        }
        const busy = await open(port);
        busy.write("GET / HTTP/1.1\r\nHost: ");
        await new Promise((resolve) => setTimeout(resolve, 100));
        const more = await Promise.all(Array.from({ length: PLACES + 4 }, () => open(port)));
        try {
          busy.write("x\r\nConnection: close\r\n\r\n");
          assert.equal(answers(await receive(busy))[0].body, page);
        } finally {
          for (const socket of [busy, ...more]) socket.destroy();
        }
      });

      await t.test("clients that go away in the middle of everything", async () => {
        for (let i = 0; i < 16; i++) {
          const socket = await open(port);
          socket.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n".repeat(1 + (i % 4)).slice(0, -(i % 3) || undefined));
          if (i % 2) socket.resetAndDestroy();
          else setTimeout(() => socket.destroy(), i);
        }
        const [answer] = answers(await talk(port, "GET / HTTP/1.0\r\n\r\n"));
        assert.equal(answer.body, page);
      });

      await t.test("curl, once and twenty times in parallel", { skip: without("curl", "--version") }, async () => {
        const once = await execute("curl", ["-sS", "-f", `${url}/`]);
        assert.deepEqual([once.code, once.stderr, once.stdout], [0, "", page]);
        // Bodies of transfers side by side would be mixed in one output: each is counted instead.
        const many = Array.from({ length: 20 }, () => ["-o", "/dev/null", `${url}/`]).flat();
        // QEMU's port has a queue of one: of many connections at once most are tried again by this machine's kernel, ever later.
        const width = board === "native_sim" ? 20 : 4;
        const report = ["-w", "%{http_code} %{size_download}\\n"];
        const options = ["-sS", "-f", "--parallel", "--parallel-max", String(width), ...report];
        const parallel = await execute("curl", [...options, ...many]);
        assert.equal(parallel.code, 0, parallel.stderr);
        assert.equal(parallel.stdout, `200 ${Buffer.byteLength(page)}\n`.repeat(20));
        const post = await execute("curl", ["-sS", "-o", "-", "-w", "%{http_code}", "-d", "a=b", `${url}/`]);
        assert.match(post.stdout, /405$/);
      });

      for (const [what, options] of [
        ["a connection each", ["-c", "10"]],
        ["connections that stay", ["-c", String(PLACES), "-k"]],
      ] as const) {
        await t.test(`ab: ${REQUESTS} requests, ${what}`, { skip: without("ab", "-V") }, async () => {
          const { stdout, stderr } = await execute("ab", [
            ...["-q", "-n", String(REQUESTS), "-s", "20"],
            ...options,
            `${url}/`,
          ]);
          assert.match(stdout, new RegExp(`Complete requests: +${REQUESTS}\\n`), stdout + stderr);
          assert.match(stdout, /Failed requests: +0\n/, stdout);
          assert.doesNotMatch(stdout, /Non-2xx/);
        });
      }
    } finally {
      running.stop();
      await running.ended;
    }
    assert.doesNotMatch(running.console(), /trap|errno|accept:|select:/);
  });
}
