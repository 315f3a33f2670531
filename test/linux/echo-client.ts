/**
 * Runs inside the namespace: `echo-client.ts ADDRESS PORT SIZE…` sends a datagram of each size and compares the answer; up to
 * three tries each. Prints JSON: {"echoed": n, "retried": n, "failed": [sizes]}.
 */
import { createSocket } from "node:dgram";

const [address, port, ...sizes] = process.argv.slice(2);
const socket = createSocket("udp4");
let waiting: ((data: Buffer) => void) | undefined;
socket.on("message", (data) => waiting?.(data));

function ask(payload: Buffer): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), 1000);
    waiting = (data) => {
      if (!data.equals(payload)) return;
      clearTimeout(timer);
      resolve(true);
    };
    socket.send(payload, Number(port), address);
  });
}

let echoed = 0;
let retried = 0;
const failed: number[] = [];
for (const text of sizes) {
  const size = Number(text);
  const payload = Buffer.alloc(size);
  for (let i = 0; i < size; i++) payload[i] = (i * 31 + size) & 0xff;
  let done = false;
  for (let attempt = 0; attempt < 3 && !done; attempt++) {
    if (attempt > 0) retried++;
    done = await ask(payload);
  }
  if (done) echoed++;
  else failed.push(size);
}
console.log(JSON.stringify({ echoed, retried, failed }));
socket.close();
