/** Forwarded ports: a socket of this machine whose traffic reaches the emulated one. */
import { createSocket } from "node:dgram";
import { createServer } from "node:net";
import { UserError } from "../errors.js";

export interface Forward {
  readonly protocol: "udp" | "tcp";
  /** Port of this machine, on 127.0.0.1. 0: a free one, chosen by `chooseFreePorts`. */
  readonly hostPort: number;
  readonly guestPort: number;
}

/**
 * Reads `udp:5555:7`.
 *
 * @throws UserError (exit code 2) when it has another form
 */
export function parseForward(text: string): Forward {
  const match = /^(udp|tcp):(\d{1,5}):(\d{1,5})$/.exec(text);
  const hostPort = Number(match?.[2]);
  const guestPort = Number(match?.[3]);
  if (match === null || hostPort > 65_535 || guestPort > 65_535 || guestPort === 0) {
    throw new UserError(
      `--forward ${text}: expected protocol:port here:port there, for example udp:5555:7 (ports 1 to 65535; 0 here for any free one).`,
      2,
    );
  }
  return { protocol: match[1] === "tcp" ? "tcp" : "udp", hostPort, guestPort };
}

function freePort(protocol: "udp" | "tcp"): Promise<number> {
  return new Promise((resolve, reject) => {
    if (protocol === "udp") {
      const socket = createSocket("udp4");
      socket.once("error", reject);
      socket.bind(0, "127.0.0.1", () => {
        const { port } = socket.address();
        socket.close(() => resolve(port));
      });
    } else {
      const server = createServer();
      server.once("error", reject);
      server.listen(0, "127.0.0.1", () => {
        const address = server.address();
        const port = typeof address === "object" && address !== null ? address.port : 0;
        server.close(() => resolve(port));
      });
    }
  });
}

/** Replaces each port 0 by one that is free at the moment. */
export function chooseFreePorts(forwards: readonly Forward[]): Promise<Forward[]> {
  return Promise.all(
    forwards.map(async (forward) =>
      forward.hostPort === 0 ? { ...forward, hostPort: await freePort(forward.protocol) } : forward,
    ),
  );
}

/** `udp 127.0.0.1:5555 → 10.0.2.15:7` */
export function describeForward(forward: Forward, guestAddress: string): string {
  return `${forward.protocol} 127.0.0.1:${forward.hostPort} → ${guestAddress}:${forward.guestPort}`;
}
