/**
 * Runs inside a namespace: `tcp-station.ts listen|connect ADDRESS PORT SEND-BYTES RECEIVE-BYTES SEND-SEED RECEIVE-SEED`. One connection:
 * sends one stream of known bytes and its end, receives the other and compares it. Says "ready" when it listens, and at the end a line
 * of JSON (StationReport).
 */
import { connect, createServer, type Socket } from "node:net";
import { ByteStream } from "../simulation/byte-stream.js";

export interface StationReport {
  readonly sent: string;
  readonly received: string;
  readonly receivedBytes: number;
  /** Position of the first wrong byte, or -1. */
  readonly wrong: number;
  /** From the connection to the last byte received. */
  readonly seconds: number;
  readonly error?: string;
}

const CHUNK = 65_536;
const [role, address, port, sendBytes, receiveBytes, sendSeed, receiveSeed] = process.argv.slice(2);

function run(socket: Socket): void {
  const begin = performance.now();
  const sent = new ByteStream(Number(sendSeed));
  const received = new ByteStream(Number(receiveSeed));
  let wrong = -1;
  let last = begin;
  let error: string | undefined;
  const write = (): void => {
    while (sent.position < Number(sendBytes)) {
      const chunk = new Uint8Array(Math.min(CHUNK, Number(sendBytes) - sent.position));
      sent.peek(chunk);
      sent.pass(chunk);
      if (!socket.write(chunk)) return;
    }
    socket.end();
    socket.off("drain", write);
  };
  socket.on("drain", write);
  socket.on("data", (data) => {
    last = performance.now();
    const at = received.check(data);
    if (wrong < 0) wrong = at;
  });
  socket.on("error", (problem) => {
    error = problem.message;
  });
  socket.on("close", () => {
    if (received.position !== Number(receiveBytes)) error ??= `${received.position} of ${receiveBytes} bytes came`;
    const report: StationReport = {
      sent: sent.digest(),
      received: received.digest(),
      receivedBytes: received.position,
      wrong,
      seconds: (last - begin) / 1000,
      error,
    };
    console.log(JSON.stringify(report));
    process.exit(0);
  });
  write();
}

if (role === "listen") {
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    server.close();
    run(socket);
  });
  server.listen(Number(port), address, () => console.log("ready"));
} else {
  const socket = connect({ host: address, port: Number(port), allowHalfOpen: true }, () => run(socket));
  socket.once("error", (problem) => {
    console.log(JSON.stringify({ error: problem.message }));
  });
}
