/** Several descriptors of one socket: what closing one of them does to calls that wait (POSIX dup, close; fd_renumber of WASI). */
import assert from "node:assert/strict";
import { pattern } from "../harness/bytes.js";
import { script } from "../harness/script.js";
import type { Stack } from "../harness/stack.js";
import { LOCAL } from "./local/settings.js";
import { asSecondTask, connected, LOOPBACK } from "./tcp/sockets-pair.js";

const OPTIONS = { ...LOCAL, variants: false };

function datagramAt(stack: Stack, port: number): number {
  const fd = stack.openUdp();
  stack.bind(fd, port, LOOPBACK);
  return fd;
}

script("closing one of two descriptors wakes the call that waits through it, with EBADF", OPTIONS, (stack) => {
  const fd = datagramAt(stack, 5000);
  const copy = stack.dup(fd);
  const call = stack.begin.recvFrom(copy);
  asSecondTask(stack, () => stack.close(copy));
  assert.equal(call.errno, "EBADF");
  stack.sendTo(fd, LOOPBACK, 5000, "still here");
  stack.advance(1);
  assert.equal(stack.recvFrom(fd).length, 10, "the socket lives on under its first number");
});

script("closing one of two descriptors leaves the call through the other where it is", OPTIONS, (stack) => {
  const { client, server } = connected(stack);
  const copy = stack.dup(server);
  const call = stack.begin.recvWith(server, { length: 600, flags: 0x100 });
  asSecondTask(stack, () => stack.send(client, pattern(400)));
  stack.advance(1);
  asSecondTask(stack, () => stack.close(copy));
  assert.equal(call.done, false);
  asSecondTask(stack, () => stack.send(client, pattern(200, 401)));
  // The sender waits for an acknowledgement before it sends the second, small piece.
  stack.advance(200);
  assert.deepEqual(call.value(), pattern(600), "no byte twice, none lost");
});

script("fd_renumber and dup2 close their target: who waits through it finds what is there now", OPTIONS, (stack) => {
  for (const way of ["fd_renumber", "dup2"]) {
    const first = datagramAt(stack, 5000);
    const second = datagramAt(stack, 5001);
    stack.sendTo(second, LOOPBACK, 5001, way);
    stack.advance(1);
    const call = stack.begin.recvFrom(first);
    assert.equal(
      asSecondTask(stack, () => stack.sys(way, second, first)),
      0,
    );
    assert.equal(Buffer.from(call.value().data).toString(), way);
    if (way === "dup2") stack.close(second);
    else assert.equal(stack.sys("fd_fdstat_get", second, 64), 8, "the number that was moved is free");
    stack.close(first);
    stack.open.delete(second);
  }
});

script("fd_renumber wakes who waits through the number that is given up", OPTIONS, (stack) => {
  const moved = datagramAt(stack, 5000);
  const target = datagramAt(stack, 5001);
  const call = stack.begin.recvFrom(moved);
  assert.equal(
    asSecondTask(stack, () => stack.sys("fd_renumber", moved, target)),
    0,
  );
  assert.equal(call.errno, "EBADF");
});

script("the last of several descriptors closes the connection", OPTIONS, (stack) => {
  const { client, server } = connected(stack);
  const copies = [stack.dup(server), stack.dup(server)];
  stack.close(server);
  stack.close(copies[0] as number);
  stack.send(client, "hello");
  stack.advance(1);
  assert.equal(stack.recv(copies[1] as number).length, 5);
  stack.close(copies[1] as number);
  stack.advance(1);
  assert.equal(stack.recv(client).length, 0, "the peer has closed");
});
