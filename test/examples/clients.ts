/** Clients of this machine: sockets of Node and programs such as curl. */
import { execFile, spawnSync } from "node:child_process";
import { connect, type Socket } from "node:net";

const PATIENCE = 30_000;

export interface Printed {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Whether a program is installed; the reason for a skip when it is not. */
export function without(program: string, option: string): string | false {
  return spawnSync(program, [option]).error === undefined
    ? false
    : `${program} is not installed (scripts/setup.sh --tests)`;
}

/** Runs a program to its end, with `input` on its standard input. */
export function execute(program: string, parameters: readonly string[], input?: string | Uint8Array): Promise<Printed> {
  return new Promise((resolve) => {
    const child = execFile(
      program,
      parameters,
      { timeout: 4 * PATIENCE, maxBuffer: 64 << 20, encoding: "latin1" },
      (error, stdout, stderr) => {
        resolve({ code: error === null ? 0 : typeof error.code === "number" ? error.code : 1, stdout, stderr });
      },
    );
    child.stdin?.on("error", () => undefined);
    child.stdin?.end(input);
  });
}

/** An open connection to `port`. The emulator may take it before the firmware does. */
export function open(port: number): Promise<Socket> {
  const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
  return new Promise((resolve, reject) => {
    socket.once("error", reject);
    socket.once("connect", () => {
      socket.off("error", reject);
      socket.on("error", () => undefined);
      resolve(socket);
    });
  });
}

/** Everything that `socket` still receives, until the other side ends or `enough` says so. @throws Error after a while */
export function receive(socket: Socket, enough: (received: Buffer) => boolean = () => false): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    let received: Buffer = Buffer.alloc(0);
    const timer = setTimeout(() => {
      const shown = received.toString("latin1").slice(-200);
      end(() => reject(new Error(`${received.length} bytes, and then nothing: …${shown}`)));
    }, PATIENCE);
    const end = (then: () => void): void => {
      clearTimeout(timer);
      socket.off("data", onData).off("end", onEnd).off("error", onError).off("close", onEnd);
      then();
    };
    const onData = (bytes: Buffer): void => {
      timer.refresh();
      received = Buffer.concat([received, bytes]);
      if (enough(received)) end(() => resolve(received));
    };
    const onEnd = (): void => end(() => resolve(received));
    const onError = (error: Error): void => end(() => reject(error));
    socket.on("data", onData).on("end", onEnd).on("error", onError).on("close", onEnd).resume();
  });
}

/** Sends `question`, ends, and answers all that comes back. */
export async function talk(port: number, question: string | Uint8Array): Promise<Buffer> {
  const socket = await open(port);
  try {
    socket.end(question);
    return await receive(socket);
  } finally {
    socket.destroy();
  }
}

/** As talk, but again until the firmware is up and something comes back. */
export async function talkUntilAnswered(port: number, question: string | Uint8Array): Promise<Buffer> {
  for (const end = Date.now() + PATIENCE; ; ) {
    try {
      const answer = await talk(port, question);
      if (answer.length > 0 || Date.now() > end) return answer;
    } catch (error) {
      if (Date.now() > end) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
