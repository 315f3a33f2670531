/**
 * What a call costs that finds 1 of N descriptors ready: instructions of the core (as WASM), counted in a core whose every instruction adds to
 * a counter. epoll_wait's do not depend on N; poll and select have N answers to give, and cost so much for each.
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
/** Most instructions of poll and select for each descriptor: what was measured, and a tenth. */
const POLL_EACH = 137;
const SELECT_EACH = 102;

let module: WebAssembly.Module;
before(async () => {
  const request = {
    entry: packagePath("runtime", "syscall", "core.ts"),
    config: configuration({ settings: SETTINGS }),
  };
  const { text } = await compileAssemblyScript({ ...request, optimize: "speed" });
  module = new WebAssembly.Module(await withInstructionCount(text()));
});

interface Cost {
  readonly epoll: number;
  readonly poll: number;
  readonly select: number;
}

/** Instructions of a call that finds 1 of `count` ready, on average over several that are. */
function cost(count: number): Cost {
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
  const sum = { epoll: 0, poll: 0, select: 0 };
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
    fuel.value = 0;
    assert.deepEqual(stack.select(sockets, [], 0).read, [fd]);
    sum.select += fuel.value as number;
    stack.recv(fd);
  }
  stack.end();
  return { epoll: sum.epoll / ready.length, poll: sum.poll / ready.length, select: sum.select / ready.length };
}

test("epoll_wait with 1 ready of 256 descriptors costs what it costs with 4; poll and select cost so much for each", (context) => {
  const costs = DESCRIPTORS.map((count) => cost(count));
  const lines = DESCRIPTORS.map((count, i) => {
    const { epoll, poll, select } = costs[i];
    return `1 of ${count}: epoll_wait ${epoll.toFixed(0)} WASM instructions, poll ${poll.toFixed(0)}, select ${select.toFixed(0)}`;
  });
  for (const line of lines) context.diagnostic(line);
  const [first] = costs;
  for (const [i, { epoll, poll, select }] of costs.entries()) {
    assert.ok(epoll <= first.epoll * 1.05, lines.join("\n"));
    const more = DESCRIPTORS[i] - DESCRIPTORS[0];
    assert.ok(poll <= first.poll + more * POLL_EACH, lines.join("\n"));
    assert.ok(select <= first.select + more * SELECT_EACH, lines.join("\n"));
  }
});
