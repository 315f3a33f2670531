/** IGMP, the part of a host (RFC 3376; RFC 2236): the rows IGM-1 … IGM-4 of the checklist. */
import assert from "node:assert/strict";
import { ipWord } from "../harness/bytes.js";
import {
  type BelowIgmp,
  IP_ADD_SOURCE_MEMBERSHIP,
  IP_BLOCK_SOURCE,
  IP_DROP_SOURCE_MEMBERSHIP,
  IP_UNBLOCK_SOURCE,
  igmpFrame,
  join,
  leave,
  nextIgmp,
  nextRecords,
  type QueryFields,
  query,
  queryFrame,
  readIgmp,
  record,
  reportFrame,
  sorted,
  source,
} from "../harness/igmp.js";
import { fragments, quote } from "../harness/packets.js";
import { script } from "../harness/script.js";
import type { Stack } from "../harness/stack.js";

const IGMP = { NET_IPV4_IGMP: true, NET_TCP: false };
/** Groups that one report has no room for. */
const LARGE = {
  ...IGMP,
  NET_IF_MCAST_IPV4_ADDR_COUNT: 16,
  NET_IF_MCAST_IPV4_SOURCE_COUNT: 32,
  NET_IPV4_IGMP_MEMBERSHIPS: 16,
};
const GROUP = "239.1.2.3";
const OTHER = "232.1.2.4";
const A = "10.0.2.7";
const B = "192.0.2.8";
const C = "192.0.2.9";

/** A socket that is a member of GROUP, long after it has said so. */
function member(stack: Stack, group = GROUP): number {
  const fd = stack.openUdp();
  join(stack, fd, group);
  settle(stack);
  return fd;
}

/** What has been said about changes is over. */
function settle(stack: Stack): void {
  stack.advance(10_000 * 2);
  stack.takeSent();
}

script(
  "[IGM-1] joining is reported at once and a second time within a second, to 224.0.0.22",
  { settings: IGMP, rfc: "3376 §5.1" },
  (stack) => {
    const fd = stack.openUdp();
    join(stack, fd, GROUP);
    const first = nextIgmp(stack);
    assert.equal(first.waited, 0);
    assert.deepEqual(first.records, [record("TO_EX", GROUP)]);
    const second = nextIgmp(stack);
    assert.ok(second.waited > 0 && second.waited <= 1000);
    assert.deepEqual(second.records, [record("TO_EX", GROUP)]);
    stack.quiet(30_000);
    leave(stack, fd, GROUP);
    for (let i = 0; i < 2; i++) assert.deepEqual(nextRecords(stack), [record("TO_IN", GROUP)]);
    stack.quiet(30_000);
  },
);

script(
  "[IGM-1] a socket that is closed leaves its groups, in one report",
  { settings: IGMP, rfc: "3376 §5.1" },
  (stack) => {
    const fd = stack.openUdp();
    join(stack, fd, GROUP);
    join(stack, fd, OTHER);
    settle(stack);
    stack.close(fd);
    for (let i = 0; i < 2; i++) {
      const records = [...nextRecords(stack)];
      // The second time each group has a random time of its own.
      while (records.length < 2) records.push(...nextRecords(stack));
      assert.deepEqual(sorted(records), [record("TO_IN", OTHER), record("TO_IN", GROUP)]);
    }
    stack.quiet(5000);
  },
);

script(
  "[IGM-1] a second member of a group says nothing new, nor does the first that leaves",
  { settings: IGMP },
  (stack) => {
    const first = member(stack);
    const second = stack.openUdp();
    join(stack, second, GROUP);
    stack.quiet(3000);
    leave(stack, first, GROUP);
    stack.quiet(3000);
    leave(stack, second, GROUP);
    assert.deepEqual(nextRecords(stack), [record("TO_IN", GROUP)]);
    stack.advance(2000);
    stack.takeSent();
  },
);

script(
  "[IGM-1] sources that are added and dropped are reported alone",
  { settings: IGMP, rfc: "3376 §5.1" },
  (stack) => {
    const fd = stack.openUdp();
    source(stack, IP_ADD_SOURCE_MEMBERSHIP, fd, GROUP, A);
    for (let i = 0; i < 2; i++) assert.deepEqual(nextRecords(stack), [record("ALLOW", GROUP, A)]);
    source(stack, IP_ADD_SOURCE_MEMBERSHIP, fd, GROUP, B);
    assert.deepEqual(nextRecords(stack), [record("ALLOW", GROUP, B)]);
    // What changes while the first change has a report left is merged with it (§5.1): each is said twice.
    source(stack, IP_DROP_SOURCE_MEMBERSHIP, fd, GROUP, A);
    assert.deepEqual(nextRecords(stack), [record("ALLOW", GROUP, B), record("BLOCK", GROUP, A)]);
    assert.deepEqual(nextRecords(stack), [record("BLOCK", GROUP, A)]);
    stack.quiet(5000);
    source(stack, IP_DROP_SOURCE_MEMBERSHIP, fd, GROUP, B);
    for (let i = 0; i < 2; i++) assert.deepEqual(nextRecords(stack), [record("BLOCK", GROUP, B)]);
    stack.quiet(5000);
  },
);

script(
  "[IGM-1] blocked sources, and a group that everybody is heard in again",
  { settings: IGMP, rfc: "3376 §5.1" },
  (stack) => {
    const fd = member(stack);
    source(stack, IP_BLOCK_SOURCE, fd, GROUP, A);
    for (let i = 0; i < 2; i++) assert.deepEqual(nextRecords(stack), [record("BLOCK", GROUP, A)]);
    // Another member hears A: so does the interface (§3.2).
    const other = stack.openUdp();
    source(stack, IP_ADD_SOURCE_MEMBERSHIP, other, GROUP, A);
    for (let i = 0; i < 2; i++) assert.deepEqual(nextRecords(stack), [record("ALLOW", GROUP, A)]);
    // Without the member that hears everybody only A is left: a change of the mode, with the whole list.
    stack.close(fd);
    for (let i = 0; i < 2; i++) assert.deepEqual(nextRecords(stack), [record("TO_IN", GROUP, A)]);
    const third = member(stack);
    source(stack, IP_BLOCK_SOURCE, third, GROUP, B);
    for (let i = 0; i < 2; i++) assert.deepEqual(nextRecords(stack), [record("BLOCK", GROUP, B)]);
    source(stack, IP_UNBLOCK_SOURCE, third, GROUP, B);
    for (let i = 0; i < 2; i++) assert.deepEqual(nextRecords(stack), [record("ALLOW", GROUP, B)]);
    stack.close(third);
    for (let i = 0; i < 2; i++) assert.deepEqual(nextRecords(stack), [record("TO_IN", GROUP, A)]);
    stack.quiet(5000);
  },
);

script(
  "[IGM-1] a source that changes during a change of the mode is said once the mode has been",
  { settings: IGMP, rfc: "3376 §5.1" },
  (stack) => {
    const fd = stack.openUdp();
    join(stack, fd, GROUP);
    assert.deepEqual(nextRecords(stack), [record("TO_EX", GROUP)]);
    source(stack, IP_BLOCK_SOURCE, fd, GROUP, A);
    assert.deepEqual(nextRecords(stack), [record("TO_EX", GROUP, A)]);
    assert.deepEqual(nextRecords(stack), [record("BLOCK", GROUP, A)]);
    stack.quiet(5000);
  },
);

script(
  "[IGM-1] a group that is left and joined again before that was reported: the last state is said, twice",
  { settings: IGMP },
  (stack) => {
    const fd = member(stack);
    leave(stack, fd, GROUP);
    assert.deepEqual(nextRecords(stack), [record("TO_IN", GROUP)]);
    join(stack, fd, GROUP);
    for (let i = 0; i < 2; i++) assert.deepEqual(nextRecords(stack), [record("TO_EX", GROUP)]);
    stack.quiet(5000);
  },
);

script("[IGM-1] 224.0.0.1 is never reported", { settings: IGMP, rfc: "3376 §5" }, (stack) => {
  const fd = stack.openUdp();
  join(stack, fd, "224.0.0.1");
  stack.inject(queryFrame(stack.peer), queryFrame(stack.peer, { version: 2, group: "224.0.0.1" }));
  stack.quiet(20_000);
  leave(stack, fd, "224.0.0.1");
  stack.quiet(5000);
});

script(
  "[IGM-1] the querier's robustness variable says how often a change is reported",
  { settings: IGMP, rfc: "3376 §4.1.6" },
  (stack) => {
    stack.inject(queryFrame(stack.peer, { robustness: 4 }));
    const fd = stack.openUdp();
    join(stack, fd, GROUP);
    for (let i = 0; i < 4; i++) assert.deepEqual(nextRecords(stack), [record("TO_EX", GROUP)]);
    stack.quiet(5000);
  },
);

script(
  "[IGM-2] a general query is answered once, after a random part of its time",
  { settings: IGMP, rfc: "3376 §5.2" },
  (stack) => {
    const fd = member(stack);
    source(stack, IP_ADD_SOURCE_MEMBERSHIP, stack.openUdp(), OTHER, A);
    source(stack, IP_BLOCK_SOURCE, fd, GROUP, B);
    settle(stack);
    const times = new Set<number>();
    for (let i = 0; i < 8; i++) {
      stack.inject(queryFrame(stack.peer, { code: 100 }));
      stack.expectNothing();
      const answer = nextIgmp(stack, 10_000);
      assert.ok(answer.waited > 0 && answer.waited <= 10_000);
      assert.deepEqual(sorted(answer.records), [record("IS_IN", OTHER, A), record("IS_EX", GROUP, B)]);
      times.add(answer.waited);
      stack.quiet(10_000);
    }
    assert.ok(times.size > 4, "the times are random");
  },
);

script("[IGM-2] without groups nothing is answered", { settings: IGMP }, (stack) => {
  stack.inject(queryFrame(stack.peer), queryFrame(stack.peer, { group: GROUP }));
  stack.quiet(20_000);
  const fd = member(stack);
  stack.inject(queryFrame(stack.peer, { group: OTHER }));
  stack.quiet(20_000);
  // A group that is left before its answer is due.
  stack.inject(queryFrame(stack.peer));
  for (let i = 0; i < 5; i++) {
    stack.inject(queryFrame(stack.peer, { code: 1, group: GROUP }));
    leave(stack, fd, GROUP);
    for (let j = 0; j < 2; j++) assert.deepEqual(nextRecords(stack), [record("TO_IN", GROUP)]);
    stack.quiet(20_000);
    join(stack, fd, GROUP);
    settle(stack);
  }
});

script("[IGM-2] a query for a group, and for sources in it", { settings: IGMP, rfc: "3376 §5.2" }, (stack) => {
  const fd = member(stack);
  source(stack, IP_BLOCK_SOURCE, fd, GROUP, A);
  const filtered = stack.openUdp();
  source(stack, IP_ADD_SOURCE_MEMBERSHIP, filtered, OTHER, A);
  source(stack, IP_ADD_SOURCE_MEMBERSHIP, filtered, OTHER, B);
  settle(stack);
  const answer = (fields: QueryFields, ...expected: ReturnType<typeof record>[]): void => {
    stack.inject(queryFrame(stack.peer, { code: 10, ...fields }));
    if (expected.length > 0) assert.deepEqual(nextRecords(stack), expected);
    stack.quiet(3000);
  };
  answer({ group: GROUP }, record("IS_EX", GROUP, A));
  answer({ group: OTHER }, record("IS_IN", OTHER, A, B));
  // EXCLUDE (A): those asked for that are heard. INCLUDE (A, B): likewise.
  answer({ group: GROUP, sources: [A, B, C] }, record("IS_IN", GROUP, B, C));
  answer({ group: GROUP, sources: [A] });
  answer({ group: OTHER, sources: [B, C] }, record("IS_IN", OTHER, B));
  answer({ group: OTHER, sources: [C] });
});

script(
  "[IGM-2] queries that come while an answer is due are answered together",
  { settings: IGMP, rfc: "3376 §5.2" },
  (stack) => {
    const fd = stack.openUdp();
    join(stack, fd, GROUP);
    settle(stack);
    // Rule 5: the sources of both. Rule 4: a query for the group takes their place.
    stack.inject(queryFrame(stack.peer, { code: 50, group: GROUP, sources: [A] }));
    stack.inject(queryFrame(stack.peer, { code: 100, group: GROUP, sources: [B] }));
    assert.deepEqual(nextRecords(stack, 5000), [record("IS_IN", GROUP, A, B)]);
    stack.quiet(12_000);
    stack.inject(queryFrame(stack.peer, { code: 50, group: GROUP, sources: [A] }));
    stack.inject(queryFrame(stack.peer, { code: 50, group: GROUP }));
    stack.inject(queryFrame(stack.peer, { code: 50, group: GROUP, sources: [B] }));
    assert.deepEqual(nextRecords(stack, 5000), [record("IS_EX", GROUP)]);
    stack.quiet(12_000);
    // More sources than there is room for: the whole group is the answer.
    const many = Array.from({ length: 9 }, (_, index) => `192.0.2.${index + 1}`);
    stack.inject(queryFrame(stack.peer, { code: 50, group: GROUP, sources: many }));
    assert.deepEqual(nextRecords(stack, 5000), [record("IS_EX", GROUP)]);
    stack.quiet(12_000);
    // Rule 1: the general answer comes first, and says it all.
    stack.inject(queryFrame(stack.peer, { code: 1 }));
    for (let i = 0; i < 5; i++) stack.inject(queryFrame(stack.peer, { code: 255, group: GROUP }));
    assert.deepEqual(nextRecords(stack, 100), [record("IS_EX", GROUP)]);
    stack.quiet(3_200_000);
  },
);

script(
  "[IGM-2] [IGM-4] a flood of queries is answered no more often than its time says",
  { settings: IGMP, variants: false },
  (stack) => {
    member(stack);
    for (let i = 0; i < 1000; i++) {
      stack.inject(
        queryFrame(stack.peer, { code: 0 }),
        queryFrame(stack.peer, { code: 0, group: GROUP, sources: [A] }),
      );
      stack.advance(1);
    }
    const sent = stack.takeSent().length;
    assert.ok(sent > 5 && sent < 200, `${sent} answers in a second`);
    stack.advance(200);
    stack.takeSent();
    stack.quiet(20_000);
  },
);

script(
  "[IGM-3] a querier of version 2 gets reports of version 2, one for each group, and a leave",
  { settings: IGMP, rfc: "3376 §7.2.1, 2236 §3" },
  (stack) => {
    const fd = member(stack);
    source(stack, IP_ADD_SOURCE_MEMBERSHIP, fd, OTHER, A);
    settle(stack);
    stack.inject(queryFrame(stack.peer, { version: 2, code: 50 }));
    const both = [nextIgmp(stack, 5000), nextIgmp(stack, 5000)];
    assert.deepEqual(both.map(({ kind, group }) => `${kind} ${group}`).sort(), [
      `report 2 ${OTHER}`,
      `report 2 ${GROUP}`,
    ]);
    stack.quiet(5000);
    // A query for a group, with sources too: version 2 knows none.
    stack.inject(queryFrame(stack.peer, { code: 10, group: GROUP, sources: [A] }));
    assert.equal(nextIgmp(stack).group, GROUP);
    stack.quiet(3000);
    // Sources mean nothing; leaving is said once, joining twice within ten seconds.
    source(stack, IP_BLOCK_SOURCE, fd, GROUP, B);
    stack.quiet(3000);
    leave(stack, fd, GROUP);
    const left = nextIgmp(stack);
    assert.deepEqual([left.kind, left.group], ["leave", GROUP]);
    stack.quiet(15_000);
    join(stack, fd, GROUP);
    assert.equal(nextIgmp(stack).waited, 0);
    const again = nextIgmp(stack, 10_000);
    assert.deepEqual([again.kind, again.group], ["report 2", GROUP]);
    stack.quiet(15_000);
  },
);

script(
  "[IGM-3] a querier of version 1 gets reports of version 1, and hears of no leaving",
  { settings: IGMP, rfc: "3376 §7.2.1, 1112 appendix I" },
  (stack) => {
    const fd = member(stack);
    stack.inject(queryFrame(stack.peer, { version: 1 }));
    const answer = nextIgmp(stack, 10_000);
    assert.deepEqual([answer.kind, answer.group], ["report 1", GROUP]);
    stack.quiet(12_000);
    leave(stack, fd, GROUP);
    stack.quiet(12_000);
    join(stack, fd, GROUP);
    for (let i = 0; i < 2; i++) assert.equal(nextIgmp(stack, 10_000).kind, "report 1");
    stack.quiet(12_000);
  },
);

script(
  "[IGM-3] version 3 is spoken again when the older querier's time is over",
  { settings: IGMP, rfc: "3376 §7.2.1, §8.12", variants: false },
  (stack) => {
    const fd = member(stack);
    const version = (): string => {
      leave(stack, fd, GROUP);
      stack.advance(11_000);
      stack.takeSent();
      join(stack, fd, GROUP);
      const { kind } = nextIgmp(stack);
      stack.advance(11_000);
      stack.takeSent();
      return kind;
    };
    // Twice the query interval (125 s) and the time that the query gives.
    stack.inject(queryFrame(stack.peer, { version: 2, code: 10 }));
    stack.inject(queryFrame(stack.peer, { version: 1 }));
    stack.advance(235_000);
    stack.takeSent();
    assert.equal(version(), "report 1");
    stack.inject(queryFrame(stack.peer, { version: 2, code: 10 }));
    stack.advance(3000);
    stack.takeSent();
    assert.equal(version(), "report 2", "version 1 is gone, version 2 is still there");
    stack.advance(240_000);
    assert.equal(version(), "report 3");
    stack.quiet(5000);
  },
);

script(
  "[IGM-3] a change of the version forgets what was to be said",
  { settings: IGMP, rfc: "3376 §7.2.1" },
  (stack) => {
    const fd = member(stack);
    stack.inject(queryFrame(stack.peer, { code: 100 }), queryFrame(stack.peer, { code: 100, group: GROUP }));
    stack.inject(queryFrame(stack.peer, { version: 2, code: 1, group: OTHER }));
    assert.deepEqual(nextRecords(stack, 10_000), [record("IS_EX", GROUP)]);
    settle(stack);
    leave(stack, fd, GROUP);
    assert.deepEqual(nextRecords(stack), [record("TO_IN", GROUP)]);
    stack.inject(queryFrame(stack.peer, { version: 2, code: 1 }));
    stack.quiet(20_000);
  },
);

script(
  "[IGM-3] another host's report of version 1 or 2 takes the place of ours",
  { settings: IGMP, rfc: "2236 §3" },
  (stack) => {
    member(stack);
    const other = stack.station({ mac: "02:00:00:00:00:77", ip: "10.0.2.77" });
    for (const version of [1, 2] as const) {
      stack.inject(queryFrame(stack.peer, { version: 2, code: 100 }));
      stack.inject(reportFrame(other, GROUP, version));
      stack.quiet(12_000);
    }
    stack.inject(queryFrame(stack.peer, { version: 2, code: 10 }));
    stack.inject(reportFrame(other, OTHER, 2));
    assert.equal(nextIgmp(stack).group, GROUP);
    stack.quiet(3000);
  },
);

/** Queries that are wrong in one respect each. */
const WRONG: readonly (readonly [string, QueryFields, BelowIgmp?])[] = [
  ["a wrong checksum", { checksum: "bad" }],
  ["no checksum", { checksum: "none" }],
  ["4 bytes", { cut: 4 }],
  ["7 bytes", { cut: 7 }],
  ["9 bytes", { cut: 9 }],
  ["11 bytes", { cut: 11 }],
  ["one source more than there is", { group: GROUP, sources: [A], claimed: 2 }],
  ["65,535 sources", { group: GROUP, sources: [A], claimed: 65_535 }],
  ["a source that is cut", { group: GROUP, sources: [A], cut: 15 }],
  ["sources of no group", { sources: [A] }],
  ["a group that is none", { group: "10.0.2.15" }, { ip: { dst: "224.0.0.1" } }],
  ["TTL 2", {}, { ip: { ttl: 2 } }],
  ["TTL 64", { version: 1 }, { ip: { ttl: 64 } }],
  ["no Router Alert", {}, { ip: { options: [] } }],
  ["no Router Alert, version 2", { version: 2 }, { ip: { options: [] } }],
  ["another option in its place", {}, { ip: { options: [0x44, 4, 5, 0] } }],
  ["Router Alert behind the end of the options", {}, { ip: { options: [0, 0, 0, 0, 0x94, 4, 0, 0] } }],
  ["a source of another network", {}, { ip: { src: "192.0.2.1" } }],
  ["our own address as its source", {}, { ip: { src: "10.0.2.15" } }],
  ["a group as its source", {}, { ip: { src: "224.0.0.1" } }],
];

script(
  "[IGM-4] [ATK-29] queries that are not right change nothing, with groups and without",
  { settings: IGMP, rfc: "3376 §4.1, §9.1", variants: false },
  (stack) => {
    const all = (): void => {
      for (const [what, fields, below] of WRONG) {
        const before = stack.counter("igmp_in");
        stack.inject(queryFrame(stack.peer, fields, below));
        assert.equal(stack.counter("igmp_in"), before, what);
      }
      // To everybody's broadcast, and to groups that are not ours.
      stack.inject(queryFrame(stack.peer, {}, { ip: { dst: "255.255.255.255" }, eth: { dst: "ff:ff:ff:ff:ff:ff" } }));
      stack.quiet(40_000);
    };
    all();
    member(stack);
    all();
    stack.inject(queryFrame(stack.peer));
    assert.deepEqual(nextRecords(stack, 10_000), [record("IS_EX", GROUP)]);
  },
);

script(
  "[IGM-4] [ATK-32] fragmented and long queries are read within their bounds, and reports say nothing but our own state",
  { settings: IGMP, variants: false },
  (stack) => {
    member(stack);
    const sources = Array.from({ length: 360 }, (_, index) => `198.51.${index >> 8}.${index & 255}`);
    const ip = { src: stack.peer.ip, dst: GROUP, protocol: 2, ttl: 1, options: [0x94, 4, 0, 0], id: 77 };
    const eth = { dst: "01:00:5e:01:02:03" };
    // Sources that would lie in a fragment behind the end.
    for (const claimed of [sources.length, sources.length + 1, 65_535]) {
      for (const piece of fragments({ ...ip, id: claimed }, query({ code: 10, group: GROUP, sources, claimed }), 512)) {
        stack.inject(stack.peer.ethernet(piece, eth));
      }
    }
    assert.deepEqual(nextRecords(stack), [record("IS_EX", GROUP)]);
    stack.quiet(5000);
    // Longer than a frame.
    for (const piece of fragments(ip, query({ code: 10, group: GROUP, sources, more: new Uint8Array(400) }), 512)) {
      stack.inject(stack.peer.ethernet(piece, eth));
    }
    stack.quiet(5000);
  },
);

script(
  "[IGM-4] data behind a query is passed over, but its checksum covers it",
  { settings: IGMP, rfc: "3376 §4.1.10" },
  (stack) => {
    member(stack);
    stack.inject(queryFrame(stack.peer, { code: 10, more: [1, 2, 3] }));
    assert.deepEqual(nextRecords(stack), [record("IS_EX", GROUP)]);
    stack.quiet(3000);
  },
);

script(
  "[IGM-4] a query to our own address counts, and one of a switch from 0.0.0.0",
  { settings: IGMP, rfc: "3376 §4.1.12, 4541 §2.1.1" },
  (stack) => {
    member(stack);
    stack.inject(
      queryFrame(stack.peer, { code: 10, group: GROUP }, { ip: { dst: stack.ip }, eth: { dst: stack.mac } }),
    );
    assert.deepEqual(nextRecords(stack), [record("IS_EX", GROUP)]);
    stack.inject(queryFrame(stack.peer, { code: 10 }, { ip: { src: "0.0.0.0" } }));
    assert.deepEqual(nextRecords(stack), [record("IS_EX", GROUP)]);
    stack.quiet(3000);
  },
);

script(
  "[IGM-4] every byte of a query may be wrong: nothing breaks, and the stack answers the next one",
  { settings: IGMP, variants: false },
  (stack) => {
    member(stack);
    const good = queryFrame(stack.peer, { code: 10, group: GROUP, sources: [A, B] });
    for (let at = 14; at < 58; at++) {
      for (const bit of [1, 0x80]) {
        const frame = Uint8Array.from(good);
        frame[at] ^= bit;
        stack.inject(frame);
      }
    }
    for (let length = 14; length < good.length; length++) stack.inject(good.slice(0, length));
    stack.advance(60_000);
    stack.takeSent();
    stack.inject(good);
    assert.deepEqual(nextRecords(stack), [record("IS_IN", GROUP, A, B)]);
  },
);

script(
  "[IGM-4] IGMP messages are never answered with an ICMP error, whatever their type",
  { settings: IGMP },
  (stack) => {
    stack.arpResolve();
    for (const type of [0, 0x11, 0x13, 0x17, 0x22, 0xff]) {
      const message = [type, 0, 255 - type, 255, 0, 0, 0, 0];
      stack.inject(igmpFrame(stack.peer, "224.0.0.1", message));
      stack.inject(igmpFrame(stack.peer, stack.ip, message, { eth: { dst: stack.mac } }));
    }
    stack.quiet(5000);
  },
);

script(
  "[IGM-1] when the link comes back everything is reported anew, in version 3",
  { settings: IGMP, variants: false },
  (stack) => {
    const fd = member(stack);
    source(stack, IP_ADD_SOURCE_MEMBERSHIP, fd, OTHER, A);
    settle(stack);
    stack.inject(queryFrame(stack.peer, { version: 2, code: 1 }));
    stack.advance(1000);
    stack.takeSent();
    stack.node.setLink(false);
    stack.quiet(5000);
    stack.node.setLink(true);
    // Another network perhaps: the querier of version 2 is forgotten.
    assert.deepEqual(nextRecords(stack, 2500), [record("ALLOW", OTHER, A), record("TO_EX", GROUP)]);
    settle(stack);
  },
);

/** Gives the NIC another address. */
function readdress(stack: Stack, address: string): void {
  stack.node.enter(() => stack.core.setInterface(1, ipWord(address), ipWord("255.255.255.0"), 0));
}

script(
  "[IGM-1] an address that changes: everything is reported from the new one, and nothing without one",
  { settings: IGMP, variants: false },
  (stack) => {
    const fd = member(stack);
    stack.node.enter(() => stack.core.setInterface(1, 0, 0, 0));
    join(stack, fd, "239.9.9.9");
    stack.inject(queryFrame(stack.peer, { code: 10 }));
    stack.quiet(5000);
    readdress(stack, stack.ip);
    assert.deepEqual(nextRecords(stack, 2500), [record("TO_EX", GROUP), record("TO_EX", "239.9.9.9")]);
    settle(stack);
    leave(stack, fd, "239.9.9.9");
    settle(stack);
    readdress(stack, "10.0.2.16");
    stack.untilSent(2500);
    const { packet } = stack.takeNext("a report from the new address");
    assert.equal(packet.ip?.src, "10.0.2.16");
    assert.equal(packet.ip?.dst, "224.0.0.22");
    settle(stack);
  },
);

script(
  "[IGM-2] long response times are small floats, and longer than the clock's ticks reach",
  { settings: IGMP, rfc: "3376 §4.1.1", variants: false },
  (stack) => {
    member(stack);
    // 0x9f: (15 + 16) * 2^4 tenths of a second; 0xff: 31 * 2^10.
    for (const [code, most] of [
      [0x9f, 49_600],
      [0xff, 3_174_400],
    ]) {
      let longest = 0;
      for (let i = 0; i < 10; i++) {
        stack.inject(queryFrame(stack.peer, { code }));
        longest = Math.max(longest, nextIgmp(stack, most).waited);
      }
      assert.ok(longest > most / 2, `${longest} of ${most} ms`);
    }
    stack.quiet(5000);
  },
);

script(
  "[IGM-2] reports that are too long for a frame are several, whatever an ICMP error says of the path",
  { settings: LARGE, variants: false },
  (stack) => {
    const fd = stack.openUdp();
    const groups = Array.from({ length: 16 }, (_, index) => `239.0.0.${index + 10}`);
    for (const group of groups) {
      for (let i = 1; i <= 32; i++) source(stack, IP_ADD_SOURCE_MEMBERSHIP, fd, group, `10.0.2.${i}`);
    }
    const changes = new Set<string>();
    stack.advance(3000);
    for (const { packet } of stack.takeSent()) {
      for (const { group, sources } of readIgmp(packet, stack).records) {
        for (const each of sources) changes.add(`${group} ${each}`);
      }
      const quoted = quote(packet.ip?.datagram ?? new Uint8Array());
      stack.inject(stack.peer.icmp({ type: 3, code: 4, rest: 68 }, quoted));
    }
    assert.equal(changes.size, 16 * 32);
    stack.inject(queryFrame(stack.peer, { code: 10 }));
    const first = nextRecords(stack);
    const rest = stack.takeSent().flatMap(({ packet }) => readIgmp(packet, stack).records);
    assert.ok(rest.length > 0);
    assert.deepEqual(
      sorted([...first, ...rest]).map(({ group }) => group),
      [...groups].sort(),
    );
    stack.quiet(5000);
  },
);
