/**
 * What the two ends of a connection through the gateway say to each other, the same on both: a client names a talk in its first byte,
 * a server answers it. Run as a program it is one of the two on the far side:
 *
 *     gateway-talk.ts serve HOST PORT
 *     gateway-talk.ts ask TALK HOST PORT          prints the outcome as one line of JSON
 */
import { createHash } from "node:crypto";
import { connect, createServer, type Server, type Socket } from "node:net";
import { pathToFileURL } from "node:url";
import { pattern } from "../harness/bytes.js";

/** Bytes of the long talks. */
export const LONG = 1 << 20;
const PAUSE = 20;

/**
 * echo: 1 MB comes back while it is sent. upload: 1 MB, the end, then its hash as the answer. download: 1 MB, and the server ends first. slow: upload to a server that reads now and then. lazy: download by such a client.
 * reset: the server resets. drop: the client resets.
 */
export type Talk = "echo" | "upload" | "download" | "slow" | "lazy" | "reset" | "drop";

export interface Outcome {
  /** `end` of both sides, or the error's code. */
  readonly how: string;
  /** Bytes received, and their hash. */
  readonly bytes: number;
  readonly hash: string;
}

export function hashOf(...parts: readonly Uint8Array[]): string {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest("hex");
}

export const DATA = pattern(LONG, 17);

/** Reads a socket to its end, at full speed or a piece every PAUSE ms. */
function readAll(socket: Socket, slowly: boolean, done: (received: Buffer) => void): void {
  const parts: Buffer[] = [];
  socket.on("data", (bytes) => {
    parts.push(bytes);
    if (!slowly) return;
    socket.pause();
    setTimeout(() => socket.resume(), PAUSE);
  });
  socket.on("end", () => done(Buffer.concat(parts)));
}

function answer(socket: Socket, talk: string): void {
  if (talk === "echo") socket.pipe(socket);
  else if (talk === "upload" || talk === "slow")
    readAll(socket, talk === "slow", (received) => socket.end(hashOf(received)));
  else if (talk === "download" || talk === "lazy") socket.end(DATA);
  else if (talk === "reset") socket.once("data", () => socket.resetAndDestroy());
  else socket.destroy();
}

export interface Talker {
  readonly port: number;
  /** What became of connections, in order: "end" or an error's code. */
  readonly ends: string[];
  close(): Promise<void>;
}

export async function serve(host: string, port: number): Promise<Talker> {
  const ends: string[] = [];
  const open = new Set<Socket>();
  const server: Server = createServer({ allowHalfOpen: true }, (socket) => {
    open.add(socket);
    let error = "end";
    socket.on("error", (problem: NodeJS.ErrnoException) => {
      error = problem.code ?? "unknown";
    });
    socket.on("close", () => {
      ends.push(error);
      open.delete(socket);
    });
    socket.once("readable", () => {
      const first: Buffer | null = socket.read(1);
      const talk = TALKS[(first?.[0] ?? 0) - 0x41];
      if (talk === "drop") socket.resume().on("end", () => socket.end());
      else answer(socket, talk ?? "unknown");
    });
  });
  await new Promise<void>((resolve) => server.listen(port, host, resolve));
  const bound = server.address();
  return {
    port: typeof bound === "object" && bound !== null ? bound.port : port,
    ends,
    close: () => {
      for (const socket of open) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

const TALKS: readonly Talk[] = ["echo", "upload", "download", "slow", "lazy", "reset", "drop"];

/** One talk with a server. */
export function ask(talk: Talk, host: string, port: number): Promise<Outcome> {
  const socket = connect({ host, port, allowHalfOpen: true });
  let received: Uint8Array = new Uint8Array();
  let how = "end";
  socket.on("error", (error: NodeJS.ErrnoException) => {
    how = error.code ?? "unknown";
  });
  socket.write(Uint8Array.of(0x41 + TALKS.indexOf(talk)));
  if (talk === "reset") socket.write("x");
  if (talk === "drop") socket.write("x", () => setTimeout(() => socket.resetAndDestroy(), PAUSE));
  else if (talk === "echo" || talk === "upload" || talk === "slow") socket.end(DATA);
  readAll(socket, talk === "lazy", (all) => {
    received = all;
    socket.end();
  });
  return new Promise((resolve) => {
    socket.on("close", () => resolve({ how, bytes: received.length, hash: hashOf(received) }));
  });
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const [mode, ...rest] = process.argv.slice(2);
  if (mode === "serve") {
    await serve(rest[0], Number(rest[1]));
    console.log("ready");
  } else {
    console.log(JSON.stringify(await ask(rest[0] as Talk, rest[1], Number(rest[2]))));
  }
}
