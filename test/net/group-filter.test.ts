/** The chip's filter for groups: what a board's chip lets through while sockets join and leave, through the board's own driver. */
import assert from "node:assert/strict";
import { board as mps2An385 } from "../../boards/mps2_an385/board.js";
import { board as qemuCortexM3 } from "../../boards/qemu_cortex_m3/board.js";
import type { McuBoard } from "../../boards/types.js";
import { macBytes } from "../harness/bytes.js";
import { chipNic } from "../harness/chip-nic.js";
import {
  groupMac,
  IP_ADD_SOURCE_MEMBERSHIP,
  IP_DROP_SOURCE_MEMBERSHIP,
  join,
  leave,
  queryFrame,
  source,
} from "../harness/igmp.js";
import { type ScriptOptions, script } from "../harness/script.js";
import { MSG_DONTWAIT, SO_REUSEADDR, SOL_SOCKET } from "../harness/socket-calls.js";
import type { Stack } from "../harness/stack.js";
import type { ChipModel } from "../models/chip.js";
import { groupHash, Lan9118Model } from "../models/lan9118.js";
import { StellarisModel } from "../models/stellaris.js";

const PORT = 5000;
const ALL_HOSTS = "224.0.0.1";
const hashOf = (group: string): number => groupHash(Uint8Array.from(macBytes(groupMac(group))));
const GROUP = "239.1.2.3";
const CANDIDATES = Array.from({ length: 250 }, (_, i) => `239.9.9.${i + 1}`);
/** Another group with the same hash, and one whose hash is in the other register. */
const TWIN = CANDIDATES.find((group) => hashOf(group) === hashOf(GROUP)) ?? "";
const OTHER =
  CANDIDATES.find((group) => hashOf(group) >>> 5 !== hashOf(GROUP) >>> 5 && hashOf(group) !== hashOf(ALL_HOSTS)) ?? "";
assert.ok(hashOf(GROUP) !== hashOf(ALL_HOSTS));

function options(board: McuBoard, model: () => ChipModel): ScriptOptions {
  return {
    board,
    nic: () => chipNic(model(), board.nic.base),
    settings: { NET_IPV4_IGMP: true, NET_TCP: false, NET_MAX_CONTEXTS: 4 },
    rfc: "1112 §6.4",
  };
}

const FILTER = options(mps2An385, () => new Lan9118Model());
const NONE = options(qemuCortexM3, () => new StellarisModel());

function open(stack: Stack): number {
  const fd = stack.openUdp();
  stack.setOption(fd, SOL_SOCKET, SO_REUSEADDR, 1);
  stack.bind(fd, PORT);
  return fd;
}

/** Whether the chip lets a datagram to `group` through to the stack. */
function passes(stack: Stack, group: string): boolean {
  const before = stack.counter("frames_in");
  const ip = { dst: group, ttl: 1 };
  stack.inject(stack.peer.udp({ srcPort: 9000, dstPort: PORT, ip, eth: { dst: groupMac(group) } }, group));
  return stack.counter("frames_in") > before;
}

/** What waits in `fd`. */
function heard(stack: Stack, fd: number): string[] {
  const list: string[] = [];
  for (;;) {
    const call = stack.begin.recvFrom(fd, { flags: MSG_DONTWAIT });
    if (call.errno !== "SUCCESS") return list;
    list.push(Buffer.from(call.value().data).toString());
  }
}

/** Reports are not what these scripts are about. */
function withoutReports(stack: Stack): void {
  stack.tap(({ ip }) => ip?.protocol === 2);
}

script("the chip lets a group through while a socket is in it, and 224.0.0.1 always", FILTER, (stack) => {
  withoutReports(stack);
  const fd = open(stack);
  const other = open(stack);
  assert.deepEqual([passes(stack, GROUP), passes(stack, OTHER), passes(stack, ALL_HOSTS)], [false, false, true]);
  join(stack, fd, GROUP);
  assert.deepEqual([passes(stack, GROUP), passes(stack, OTHER), passes(stack, ALL_HOSTS)], [true, false, true]);
  join(stack, other, GROUP);
  join(stack, other, OTHER);
  assert.deepEqual([passes(stack, GROUP), passes(stack, OTHER), passes(stack, ALL_HOSTS)], [true, true, true]);
  leave(stack, fd, GROUP);
  assert.ok(passes(stack, GROUP), "another socket is in it");
  stack.close(other);
  assert.deepEqual([passes(stack, GROUP), passes(stack, OTHER), passes(stack, ALL_HOSTS)], [false, false, true]);
  heard(stack, fd);
});

script("a group with the same hash as one that was joined comes, and is dropped by the stack", FILTER, (stack) => {
  withoutReports(stack);
  assert.notEqual(TWIN, "");
  const fd = open(stack);
  join(stack, fd, GROUP);
  assert.ok(passes(stack, TWIN));
  assert.deepEqual(heard(stack, fd), []);
  assert.equal(stack.counter("drop_ip_destination"), 1);
  // The first of two with the same hash is left: the other one still comes.
  join(stack, fd, TWIN);
  leave(stack, fd, GROUP);
  assert.ok(passes(stack, TWIN));
  assert.deepEqual(heard(stack, fd), [TWIN]);
});

script("a membership for one source begins and ends the group for the chip too", FILTER, (stack) => {
  withoutReports(stack);
  const fd = open(stack);
  source(stack, IP_ADD_SOURCE_MEMBERSHIP, fd, GROUP, stack.peer.ip);
  assert.ok(passes(stack, GROUP));
  assert.deepEqual(heard(stack, fd), [GROUP]);
  source(stack, IP_DROP_SOURCE_MEMBERSHIP, fd, GROUP, stack.peer.ip);
  assert.ok(!passes(stack, GROUP));
});

script("a join that is refused changes nothing, and a program that ends leaves", FILTER, (stack) => {
  withoutReports(stack);
  const fd = open(stack);
  join(stack, fd, GROUP);
  assert.equal(
    stack.errno(() => join(stack, fd, GROUP)),
    "EADDRINUSE",
  );
  for (const group of CANDIDATES.slice(0, 3)) join(stack, fd, group);
  assert.equal(
    stack.errno(() => join(stack, fd, "239.200.0.1")),
    "ENOBUFS",
  );
  assert.ok(passes(stack, GROUP));
  stack.node.reset(stack.task);
  assert.ok(!passes(stack, GROUP));
});

script("queries come: to all hosts, and to a group that was joined", FILTER, (stack) => {
  withoutReports(stack);
  const fd = open(stack);
  join(stack, fd, GROUP);
  stack.advance(3000);
  const before = stack.counter("igmp_in");
  stack.inject(queryFrame(stack.peer));
  stack.inject(queryFrame(stack.peer, { group: GROUP }));
  assert.equal(stack.counter("igmp_in"), before + 2);
});

script("a membership on loopback is nothing to the chip", FILTER, (stack) => {
  withoutReports(stack);
  const fd = open(stack);
  join(stack, fd, GROUP, "127.0.0.1");
  assert.ok(!passes(stack, GROUP));
});

script(
  "a chip without a filter lets every group through, and the stack drops what nobody has joined",
  NONE,
  (stack) => {
    withoutReports(stack);
    const fd = open(stack);
    join(stack, fd, GROUP);
    assert.deepEqual([passes(stack, GROUP), passes(stack, OTHER)], [true, true]);
    assert.deepEqual(heard(stack, fd), [GROUP]);
    assert.equal(stack.counter("drop_ip_destination"), 1);
  },
);
