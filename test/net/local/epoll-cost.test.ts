/**
 * What epoll_wait costs does not depend on how many descriptors the set has: instructions of the core (as WASM) of a call that finds 1 of N
 * ready, counted in a core whose every instruction adds to a counter. poll's beside it.
 */
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { compileAssemblyScript } from "../../../cli/build/assemblyscript.js";
import { packagePath } from "../../../cli/package-root.js";
import { FUEL, withInstructionCount } from "../../fuzz/fuel.js";
import { configuration } from "../../harness/compile.js";
import { EPOLLIN, epollAdd, epollCreate, epollWait } from "../../harness/event-calls.js";
import { POLLIN } from "../../harness/socket-calls.js";
import { Stack } from "../../harness/stack.js";

const DESCRIPTORS = [4, 16, 64, 256];
const MOST = 256;
const SETTINGS = {
  NET_TCP: false,
  NET_MAX_CONTEXTS: MOST + 1,
  NET_SOCKETS_UDP_BUFFERS: MOST + 1,
  NET_SOCKETS_UDP_RCVBUF: 128,
  NET_SOCKETS_POLL_MAX: MOST,
  ZVFS_OPEN_MAX: MOST + 10,
  EPOLL: true,
  EPOLL_INTERESTS: MOST,
};
const PORT = 5000;

let module: WebAssembly.Module;
before(async () => {
  const request = {
    entry: packagePath("runtime", "syscall", "core.ts"),
    config: configuration({ settings: SETTINGS }),
  };
  const { text } = await compileAssemblyScript({ ...request, optimize: "speed" });
  module = new WebAssembly.Module(await withInstructionCount(text()));
});

/** Instructions of a call that finds 1 of `count` ready, on average over several that are: epoll_wait's and poll's. */
function cost(count: number): { epoll: number; poll: number } {
  const stack = new Stack({
    module,
    wasm: new Uint8Array(),
    heapBase: 0,
    config: configuration({ settings: SETTINGS }),
  });
  const fuel = stack.core.exported(FUEL) as WebAssembly.Global;
  const sender = stack.openUdp();
  const set = epollCreate(stack);
  const sockets = Array.from({ length: count }, (_, i) => {
    const fd = stack.openUdp();
    stack.bind(fd, PORT + i, "127.0.0.1");
    epollAdd(stack, set, fd, EPOLLIN);
    return fd;
  });
  const ready = [0, count >> 1, count - 1];
  const sum = { epoll: 0, poll: 0 };
  for (const index of ready) {
    const fd = sockets[index] as number;
    stack.sendTo(sender, "127.0.0.1", PORT + index, "x");
    stack.advance(1);
    fuel.value = 0;
    const found = epollWait(stack, set);
    sum.epoll += fuel.value as number;
    assert.deepEqual(found, [{ events: EPOLLIN, data: BigInt(fd) }]);
    const entries = sockets.map((each) => ({ fd: each, events: POLLIN }));
    fuel.value = 0;
    assert.equal(stack.poll(entries, 0).filter((events) => events !== 0).length, 1);
    sum.poll += fuel.value as number;
    stack.recv(fd);
  }
  stack.end();
  return { epoll: sum.epoll / ready.length, poll: sum.poll / ready.length };
}

test("epoll_wait with 1 ready of 256 descriptors costs what it costs with 4", (context) => {
  const costs = DESCRIPTORS.map((count) => cost(count));
  DESCRIPTORS.forEach((count, i) => {
    const { epoll, poll } = costs[i] as { epoll: number; poll: number };
    context.diagnostic(`1 of ${count}: epoll_wait ${epoll.toFixed(0)} WASM instructions, poll ${poll.toFixed(0)}`);
  });
  const first = costs[0]?.epoll ?? 0;
  for (const { epoll } of costs) assert.ok(epoll <= first * 1.05, `${epoll} instructions, with 4 descriptors ${first}`);
});
