/** Connections inside one stack, over loopback, for the tests of the socket API: both ends are descriptors of the script. */
import type { Stack } from "../../harness/stack.js";

export const LOOPBACK = "127.0.0.1";

/** Two tasks: one can wait while the other acts. */
export const TWO_TASKS = { settings: { NET_TASKS: 2, NET_MAX_CONTEXTS: 8, ZVFS_OPEN_MAX: 16 } };

/** A listener on a loopback port. */
export function listening(stack: Stack, port = 8080, backlog = 5): number {
  const fd = stack.openTcp();
  stack.bind(fd, port, LOOPBACK);
  stack.listen(fd, backlog);
  return fd;
}

/** Both ends of a connection. */
export function connected(stack: Stack, port = 8080): { listener: number; client: number; server: number } {
  const listener = listening(stack, port);
  const client = stack.openTcp();
  stack.connect(client, LOOPBACK, port);
  return { listener, client, server: stack.accept(listener) };
}

/** What poll says of a descriptor now. */
export function events(stack: Stack, fd: number, asked: number): number {
  return stack.poll([{ fd, events: asked }], 0)[0] as number;
}

/** Runs `act` as the second task. */
export function asSecondTask<T>(stack: Stack, act: () => T): T {
  stack.task = 1;
  try {
    return act();
  } finally {
    stack.task = 0;
  }
}
