/** The host's names of the pools are those of the core. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { POOL_NAMES } from "../../runtime/node/pool-names.js";
import { script } from "../harness/script.js";

/** By the class that has the pool. */
const NAMES: Readonly<Record<string, string>> = {
  SocketPool: "sockets",
  DatagramRings: "datagram rings",
  Neighbours: "neighbours",
  Pending: "arp pending",
  Reassembly: "reassembly",
  Groups: "multicast groups",
  Memberships: "memberships",
  Loopback: "loopback",
  ErrorQueue: "queued errors",
  EventCounter: "event counters",
  InterestSet: "epoll sets",
  Interest: "epoll interests",
  LocalSockets: "unix sockets",
  Queries: "dns queries",
  DnsCache: "dns cache",
  ReceiveRings: "receive buffers",
  SendBuffers: "send buffers",
  OutOfOrder: "out of order",
  SynQueue: "SYN queue",
  TimeWait: "TIME-WAIT",
};

/** The classes that the `switch` of a source file names, by number. */
function classes(path: string, first: number): string[] {
  const source = readFileSync(new URL(path, import.meta.url), "utf8");
  const rows = [...source.matchAll(/case (\d+):\s+return (?:[A-Z_0-9& ]+ \? )?(\w+)\.pool\(\)/g)];
  return rows.map(([, number, name], index) => {
    assert.equal(Number(number), first + index);
    return name;
  });
}

test("every pool of net/pools.ts has its name at its number", () => {
  const all = [...classes("../../net/pools.ts", 1), ...classes("../../net/transport/tcp/stack.ts", 0)];
  assert.deepEqual(POOL_NAMES, ["descriptors", ...all.map((name) => NAMES[name])]);
});

script("the core's list ends where the names end", {}, (stack) => {
  // With more pools than names this throws.
  assert.equal(stack.core.pools().at(-1)?.name, POOL_NAMES.at(-1));
});
