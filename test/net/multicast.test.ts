/** Datagram sockets and IPv4 multicast: who hears what, what goes out, and every error (RFC 1112 §6, §7; RFC 3376 §2; ip(7) of Linux). */
import assert from "node:assert/strict";
import { HostNic } from "../../runtime/node/host-nic.js";
import { concat, ipBytes, pattern } from "../harness/bytes.js";
import {
  groupMac,
  IP_ADD_MEMBERSHIP,
  IP_ADD_SOURCE_MEMBERSHIP,
  IP_BLOCK_SOURCE,
  IP_DROP_MEMBERSHIP,
  IP_DROP_SOURCE_MEMBERSHIP,
  IP_MULTICAST_IF,
  IP_MULTICAST_LOOP,
  IP_MULTICAST_TTL,
  IP_UNBLOCK_SOURCE,
  IPPROTO_IP,
  join,
  leave,
  membership,
  source,
} from "../harness/igmp.js";
import { script } from "../harness/script.js";
import { MSG_DONTWAIT, SO_REUSEADDR, SOL_SOCKET } from "../harness/socket-calls.js";
import type { Stack } from "../harness/stack.js";

const IGMP = { NET_IPV4_IGMP: true, NET_TCP: false };
/** The smallest tables with which every limit can be met, and streams. */
const SMALL = {
  NET_IPV4_IGMP: true,
  NET_IF_MCAST_IPV4_ADDR_COUNT: 2,
  NET_IF_MCAST_IPV4_SOURCE_COUNT: 2,
  NET_IPV4_IGMP_MEMBERSHIPS: 4,
};
const GROUP = "239.1.2.3";
const OTHER = "239.1.2.4";
const PORT = 5000;
const A = "10.0.2.7";
const LOOPBACK = "127.0.0.1";
const NIC = 1;
const LO = 2;

/** A socket on PORT that others may share. */
function open(stack: Stack, ip = "0.0.0.0"): number {
  const fd = stack.openUdp();
  stack.setOption(fd, SOL_SOCKET, SO_REUSEADDR, 1);
  stack.bind(fd, PORT, ip);
  return fd;
}

function member(stack: Stack, group = GROUP): number {
  const fd = open(stack);
  join(stack, fd, group);
  return fd;
}

/** A datagram to a group arrives. */
function arrive(stack: Stack, text: string, group = GROUP, src = stack.peer.ip, dstPort = PORT): void {
  const ip = { dst: group, src, ttl: 1 };
  stack.inject(stack.peer.udp({ srcPort: 9000, dstPort, ip, eth: { dst: groupMac(group) } }, text));
}

/** What waits in `fd`, as text. */
function heard(stack: Stack, fd: number): string[] {
  const list: string[] = [];
  while (true) {
    const text = take(stack, fd);
    if (text === undefined) return list;
    list.push(text);
  }
}

function take(stack: Stack, fd: number): string | undefined {
  let data: Uint8Array | undefined;
  const error = stack.errno(() => {
    data = stack.recvFrom(fd, { flags: MSG_DONTWAIT }).data;
  });
  if (error !== "SUCCESS") assert.equal(error, "EAGAIN");
  return data === undefined ? undefined : Buffer.from(data).toString();
}

/** Whether the chip takes frames. */
function transmitReady(stack: Stack, ready: boolean): void {
  assert.ok(stack.core.nic instanceof HostNic);
  stack.core.nic.transmitReady = ready;
}

/** The end: reports are not looked at here. */
function done(stack: Stack): void {
  stack.advance(2000);
  for (const { packet } of stack.takeSent()) assert.equal(packet.ip?.protocol, 2, "nothing but IGMP was sent");
}

script(
  "a datagram to a group reaches the members on its port, each of them, and nobody else",
  { settings: IGMP, rfc: "1112 §7.1" },
  (stack) => {
    const first = member(stack);
    const second = member(stack);
    const stranger = open(stack);
    const elsewhere = stack.openUdp();
    stack.bind(elsewhere, PORT + 1);
    join(stack, elsewhere, GROUP);
    arrive(stack, "to all");
    arrive(stack, "other group", OTHER);
    arrive(stack, "nobody's port", GROUP, stack.peer.ip, 77);
    for (const fd of [first, second]) assert.deepEqual(heard(stack, fd), ["to all"]);
    for (const fd of [stranger, elsewhere]) assert.deepEqual(heard(stack, fd), []);
    leave(stack, first, GROUP);
    arrive(stack, "again");
    assert.deepEqual(heard(stack, first), []);
    assert.deepEqual(heard(stack, second), ["again"]);
    done(stack);
  },
);

script("a waiting receiver gets the sender and the data", { settings: IGMP }, (stack) => {
  const fd = member(stack);
  const waiting = stack.begin.recvFrom(fd);
  arrive(stack, "not this", OTHER);
  assert.equal(waiting.done, false);
  arrive(stack, "hello");
  const { from, port, data } = waiting.value();
  assert.deepEqual([from, port, Buffer.from(data).toString()], [stack.peer.ip, 9000, "hello"]);
  done(stack);
});

script(
  "the group is looked at, not the Ethernet address that 32 groups share",
  { settings: IGMP, rfc: "1112 §6.4" },
  (stack) => {
    const fd = member(stack);
    assert.equal(groupMac("239.129.2.3"), groupMac(GROUP));
    arrive(stack, "wrong", "239.129.2.3");
    arrive(stack, "wrong too", "224.1.2.3");
    assert.deepEqual(heard(stack, fd), []);
    arrive(stack, "right");
    assert.deepEqual(heard(stack, fd), ["right"]);
    done(stack);
  },
);

script(
  "a socket bound to the group hears only that, one bound to our address no group",
  { settings: IGMP },
  (stack) => {
    const group = open(stack, GROUP);
    const own = open(stack, stack.ip);
    for (const fd of [group, own]) {
      join(stack, fd, GROUP);
      join(stack, fd, OTHER);
    }
    arrive(stack, "to the group");
    arrive(stack, "to the other", OTHER);
    stack.inject(stack.peer.udp({ srcPort: 9000, dstPort: PORT }, "to us"));
    assert.deepEqual(heard(stack, group), ["to the group"]);
    assert.deepEqual(heard(stack, own), ["to us"]);
    done(stack);
  },
);

script("a connected socket hears its peer alone", { settings: IGMP }, (stack) => {
  stack.arpResolve();
  const fd = open(stack, GROUP);
  join(stack, fd, GROUP);
  stack.connect(fd, stack.peer.ip, 9000);
  arrive(stack, "peer");
  arrive(stack, "somebody else", GROUP, A);
  assert.deepEqual(heard(stack, fd), ["peer"]);
  // Bound to a group it still sends from an address of ours.
  stack.send(fd, "answer");
  assert.equal(stack.takeSent().find(({ packet }) => packet.udp !== undefined)?.packet.ip?.src, stack.ip);
  done(stack);
});

script("each member has a filter of its own", { settings: IGMP, rfc: "3376 §3.1" }, (stack) => {
  const all = member(stack);
  const some = open(stack);
  source(stack, IP_ADD_SOURCE_MEMBERSHIP, some, GROUP, A);
  const but = member(stack);
  source(stack, IP_BLOCK_SOURCE, but, GROUP, A);
  arrive(stack, "from A", GROUP, A);
  arrive(stack, "from the peer");
  assert.deepEqual(heard(stack, all), ["from A", "from the peer"]);
  assert.deepEqual(heard(stack, some), ["from A"]);
  assert.deepEqual(heard(stack, but), ["from the peer"]);
  source(stack, IP_UNBLOCK_SOURCE, but, GROUP, A);
  source(stack, IP_ADD_SOURCE_MEMBERSHIP, some, GROUP, stack.peer.ip);
  source(stack, IP_DROP_SOURCE_MEMBERSHIP, some, GROUP, A);
  arrive(stack, "from A", GROUP, A);
  arrive(stack, "from the peer");
  assert.deepEqual(heard(stack, some), ["from the peer"]);
  assert.deepEqual(heard(stack, but), ["from A", "from the peer"]);
  // With its last source it is no member any more.
  source(stack, IP_DROP_SOURCE_MEMBERSHIP, some, GROUP, stack.peer.ip);
  assert.equal(
    stack.errno(() => leave(stack, some, GROUP)),
    "EADDRNOTAVAIL",
  );
  arrive(stack, "from the peer");
  assert.deepEqual(heard(stack, some), []);
  done(stack);
});

script(
  "224.0.0.1 needs no membership, and may have a filter all the same",
  { settings: IGMP, rfc: "1112 §4" },
  (stack) => {
    const plain = open(stack);
    const filtered = open(stack);
    join(stack, filtered, "224.0.0.1");
    source(stack, IP_BLOCK_SOURCE, filtered, "224.0.0.1", A);
    arrive(stack, "from A", "224.0.0.1", A);
    arrive(stack, "from the peer", "224.0.0.1");
    assert.deepEqual(heard(stack, plain), ["from A", "from the peer"]);
    assert.deepEqual(heard(stack, filtered), ["from the peer"]);
    done(stack);
  },
);

script(
  "[ICM-4] [IP4-4] nothing sent to a group is answered with an error, and no group is a source",
  { settings: IGMP, rfc: "1122 §3.2.2" },
  (stack) => {
    stack.arpResolve();
    const fd = member(stack);
    const eth = { dst: groupMac(GROUP) };
    arrive(stack, "nobody's port", GROUP, stack.peer.ip, 77);
    stack.inject(
      stack.peer.ipv4({ protocol: 99, dst: GROUP }, "unknown protocol", eth),
      stack.peer.ipv4({ protocol: 17, dst: GROUP, options: [7, 1, 0, 0] }, "bad option", eth),
      stack.peer.ping({ ip: { dst: GROUP }, eth }),
      stack.peer.icmp({ type: 3, code: 3, ip: { dst: GROUP }, eth }, pattern(28)),
      stack.peer.ipv4({ protocol: 6, dst: GROUP }, pattern(20), eth),
    );
    for (const src of [GROUP, "224.0.0.1", "255.255.255.255", "0.0.0.0", LOOPBACK, stack.ip])
      arrive(stack, src, GROUP, src);
    assert.deepEqual(heard(stack, fd), []);
    done(stack);
  },
);

script(
  "fragments to a group are put together for every member; those of other groups hold no buffer",
  { settings: IGMP },
  (stack) => {
    const first = member(stack);
    const second = member(stack);
    const send = (group: string, id: number): void => {
      const fields = { srcPort: 9000, dstPort: PORT, ip: { dst: group, id }, eth: { dst: groupMac(group) } };
      stack.inject(...stack.peer.udpFragments(fields, pattern(1600), 1480));
    };
    send(OTHER, 1);
    assert.equal(stack.counter("ip_fragments_in"), 0);
    send(GROUP, 2);
    for (const fd of [first, second]) assert.deepEqual(stack.recvFrom(fd, { flags: MSG_DONTWAIT }).data, pattern(1600));
    done(stack);
  },
);

script(
  "sending: the group's Ethernet address, TTL 1, no neighbour asked for, no permission needed",
  { settings: IGMP, rfc: "1112 §6" },
  (stack) => {
    const fd = stack.openUdp();
    stack.bind(fd, PORT);
    stack.sendTo(fd, "224.129.2.3", 9000, "hello");
    stack.expect({
      eth: { dst: "01:00:5e:01:02:03" },
      ip: { src: stack.ip, dst: "224.129.2.3", ttl: 1, tos: 0 },
      udp: { srcPort: PORT, dstPort: 9000, payload: "hello" },
    });
    stack.setOption(fd, IPPROTO_IP, IP_MULTICAST_TTL, 17);
    stack.setOption(fd, IPPROTO_IP, 1, 0x28);
    stack.sendTo(fd, GROUP, 9000, "further");
    stack.expect({ ip: { ttl: 17, tos: 0x28 }, udp: { payload: "further" } });
    // To others the socket has the TTL that it had.
    stack.arpResolve();
    stack.sendTo(fd, stack.peer.ip, 9000, "unicast");
    stack.expect({ ip: { ttl: 64 } });
    stack.sendTo(fd, GROUP, 9000, pattern(2000));
    stack.expect({ ip: { ttl: 17, mf: true } });
    stack.expect({ ip: { ttl: 17, offset: 1480 } });
    stack.connect(fd, GROUP, 9001);
    stack.send(fd, "connected");
    stack.expect({ ip: { dst: GROUP, ttl: 17 }, udp: { dstPort: 9001 } });
    stack.quiet(1000);
  },
);

script(
  "IP_MULTICAST_LOOP: members here hear what is sent, the sender too, unless it is switched off",
  { settings: IGMP },
  (stack) => {
    const sender = member(stack);
    const listener = member(stack);
    const stranger = open(stack);
    stack.sendTo(sender, GROUP, PORT, "one");
    stack.setOption(sender, IPPROTO_IP, IP_MULTICAST_LOOP, 0);
    stack.sendTo(sender, GROUP, PORT, "two");
    assert.deepEqual(heard(stack, sender), ["one"]);
    assert.deepEqual(heard(stack, stranger), []);
    assert.equal(stack.recvFrom(listener).from, stack.ip);
    stack.setOption(sender, IPPROTO_IP, IP_MULTICAST_LOOP, 1);
    // The copy of a datagram in fragments, and one that stays here: TTL 0.
    stack.sendTo(sender, GROUP, PORT, pattern(1600));
    assert.deepEqual(stack.recvFrom(listener, { flags: MSG_DONTWAIT }).data, pattern(1600));
    const before = stack.takeSent().filter(({ packet }) => packet.ip?.protocol === 17).length;
    assert.equal(before, 4, "two datagrams, and one in two fragments");
    stack.setOption(sender, IPPROTO_IP, IP_MULTICAST_TTL, 0);
    stack.sendTo(sender, GROUP, PORT, "inside");
    assert.deepEqual(heard(stack, listener), ["inside"]);
    // Without a member here there is no copy, and filters hold for copies as well.
    source(stack, IP_BLOCK_SOURCE, listener, GROUP, stack.ip);
    stack.sendTo(sender, GROUP, PORT, "blocked");
    assert.deepEqual(heard(stack, listener), []);
    const frames = stack.counter("loopback_frames");
    stack.sendTo(sender, OTHER, PORT, "nobody");
    stack.advance(1);
    assert.equal(stack.counter("loopback_frames"), frames);
    done(stack);
  },
);

script("the loopback interface is an interface of its own", { settings: IGMP }, (stack) => {
  const fd = open(stack);
  const outside = member(stack);
  join(stack, fd, GROUP, LOOPBACK);
  arrive(stack, "from outside");
  stack.setOptionBytes(fd, IPPROTO_IP, IP_MULTICAST_IF, ipBytes(LOOPBACK));
  stack.setOption(fd, IPPROTO_IP, IP_MULTICAST_LOOP, 0);
  stack.sendTo(fd, GROUP, PORT, "from inside");
  assert.equal(stack.recvFrom(fd, { flags: MSG_DONTWAIT }).from, LOOPBACK);
  assert.deepEqual(heard(stack, fd), []);
  assert.deepEqual(heard(stack, outside), ["from outside"]);
  stack.connect(fd, OTHER, PORT);
  assert.equal(stack.localAddress(fd).ip, LOOPBACK);
  done(stack);
});

script("the options can be read, and take what Linux takes", { settings: IGMP }, (stack) => {
  const fd = stack.openUdp();
  const get = (name: number): number => stack.getOption(fd, IPPROTO_IP, name);
  const set = (name: number, value: number[] | Uint8Array): string =>
    stack.errno(() => stack.setOptionBytes(fd, IPPROTO_IP, name, value));
  assert.deepEqual([IP_MULTICAST_TTL, IP_MULTICAST_LOOP, IP_MULTICAST_IF].map(get), [1, 1, 0]);
  assert.equal(set(IP_MULTICAST_TTL, [255]), "SUCCESS", "one byte will do");
  assert.equal(get(IP_MULTICAST_TTL), 255);
  for (const wrong of [[0, 1, 0, 0], [0xfe, 0xff, 0xff, 0xff], []])
    assert.equal(set(IP_MULTICAST_TTL, wrong), "EINVAL");
  assert.equal(set(IP_MULTICAST_TTL, [0xff, 0xff, 0xff, 0xff]), "SUCCESS", "-1 is the default");
  assert.equal(get(IP_MULTICAST_TTL), 1);
  assert.equal(set(IP_MULTICAST_LOOP, [0]), "SUCCESS");
  assert.equal(get(IP_MULTICAST_LOOP), 0);
  assert.equal(set(IP_MULTICAST_LOOP, []), "EINVAL");
  const own = ipBytes(stack.ip);
  assert.equal(set(IP_MULTICAST_IF, own), "SUCCESS");
  assert.deepEqual(stack.getOptionBytes(fd, IPPROTO_IP, IP_MULTICAST_IF, 4), own);
  assert.deepEqual(stack.getOptionBytes(fd, IPPROTO_IP, IP_MULTICAST_TTL, 1), Uint8Array.of(1));
  assert.equal(set(IP_MULTICAST_IF, ipBytes("10.0.2.99")), "EADDRNOTAVAIL");
  assert.equal(set(IP_MULTICAST_IF, [1, 2, 3]), "EINVAL");
  assert.equal(set(IP_MULTICAST_IF, concat(ipBytes(GROUP), ipBytes(LOOPBACK))), "SUCCESS", "an ip_mreq");
  const numbered = (index: number): Uint8Array =>
    concat(ipBytes(GROUP), ipBytes("0.0.0.0"), Uint8Array.of(index, 0, 0, 0));
  assert.equal(set(IP_MULTICAST_IF, numbered(NIC)), "SUCCESS", "an ip_mreqn");
  assert.equal(set(IP_MULTICAST_IF, numbered(3)), "EADDRNOTAVAIL");
  assert.equal(set(IP_MULTICAST_IF, ipBytes("0.0.0.0")), "SUCCESS");
  assert.equal(get(IP_MULTICAST_IF), 0);
  for (const name of [IP_ADD_MEMBERSHIP, IP_DROP_MEMBERSHIP, IP_BLOCK_SOURCE, IP_DROP_SOURCE_MEMBERSHIP]) {
    assert.equal(
      stack.errno(() => get(name)),
      "ENOPROTOOPT",
      "a membership cannot be read",
    );
  }
  // The functions of WAMR are the same options.
  const at = stack.scratch(8);
  assert.equal(stack.sys("sock_set_ip_multicast_ttl", fd, 9), 0);
  assert.equal(stack.sys("sock_set_ip_multicast_ttl", fd, 256), 28);
  assert.equal(stack.sys("sock_get_ip_multicast_ttl", fd, at), 0);
  assert.equal(stack.memory.bytes[at], 9);
  assert.equal(stack.sys("sock_set_ip_multicast_loop", fd, 0, 1), 0);
  assert.equal(stack.sys("sock_get_ip_multicast_loop", fd, 0, at), 0);
  assert.equal(stack.memory.bytes[at], 1);
  assert.equal(stack.sys("sock_set_ip_multicast_loop", fd, 1, 1), 58, "an IPv4 socket has no option of IPv6");
  assert.equal(stack.sys("sock_get_ip_multicast_loop", fd, 0, 0xffff_fff0), 21);
  assert.equal(stack.sys("sock_get_ip_multicast_loop", 99, 0, at), 8);
  stack.quiet(1000);
});

script("joining and leaving: every error", { settings: SMALL }, (stack) => {
  const fd = stack.openUdp();
  const fails = (run: () => void): string => stack.errno(run);
  assert.equal(
    fails(() => join(stack, fd, "10.0.2.15")),
    "EINVAL",
  );
  assert.equal(
    fails(() => join(stack, fd, "240.0.0.1")),
    "EINVAL",
  );
  assert.equal(
    fails(() => join(stack, fd, GROUP, "10.0.2.99")),
    "ENODEV",
  );
  assert.equal(
    fails(() => join(stack, fd, GROUP, "0.0.0.0", 3)),
    "ENODEV",
  );
  assert.equal(
    fails(() => leave(stack, fd, GROUP)),
    "EADDRNOTAVAIL",
  );
  assert.equal(
    fails(() => leave(stack, fd, "10.0.2.15")),
    "EADDRNOTAVAIL",
  );
  assert.equal(
    fails(() => stack.setOptionBytes(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, ipBytes(GROUP))),
    "EINVAL",
  );
  join(stack, fd, GROUP);
  // The same membership, however the interface is named.
  for (const [address, index] of [["0.0.0.0"], [stack.ip], ["0.0.0.0", NIC], [LOOPBACK, NIC]] as const) {
    assert.equal(
      fails(() => join(stack, fd, GROUP, address, index)),
      "EADDRINUSE",
    );
  }
  join(stack, fd, GROUP, "0.0.0.0", LO);
  join(stack, fd, OTHER);
  assert.equal(
    fails(() => join(stack, fd, "239.0.0.3")),
    "ENOBUFS",
    "two groups",
  );
  join(stack, stack.openUdp(), OTHER);
  assert.equal(
    fails(() => join(stack, stack.openUdp(), OTHER)),
    "ENOBUFS",
    "four memberships",
  );
  leave(stack, fd, GROUP, "0.0.0.0", LO);
  assert.equal(
    fails(() => leave(stack, fd, GROUP, LOOPBACK)),
    "EADDRNOTAVAIL",
  );
  leave(stack, fd, GROUP, stack.ip);
  // A group that was left gives way to a new one, reported or not.
  join(stack, fd, "239.0.0.3");
  assert.equal(
    fails(() => join(stack, 99, GROUP)),
    "EBADF",
  );
  assert.equal(
    fails(() => join(stack, 1, GROUP)),
    "ENOTSOCK",
  );
  // WAMR's functions.
  const record = stack.scratch(20);
  stack.memory.write(record + 4, ipBytes("239.0.0.3"));
  assert.equal(stack.sys("sock_set_ip_add_membership", fd, record, 0), 3);
  assert.equal(stack.sys("sock_set_ip_drop_membership", fd, record, 0), 0);
  assert.equal(stack.sys("sock_set_ip_drop_membership", fd, record, 0), 4);
  assert.equal(stack.sys("sock_set_ip_add_membership", fd, record, 0x0f02_000a), 0, "the interface by its address");
  stack.memory.write(record + 4, ipBytes("10.0.2.2"));
  assert.equal(stack.sys("sock_set_ip_add_membership", fd, record, 0), 28);
  stack.memory.store32(record, 1);
  assert.equal(stack.sys("sock_set_ip_add_membership", fd, record, 0), 5);
  stack.memory.store32(record, 2);
  assert.equal(stack.sys("sock_set_ip_add_membership", fd, record, 0), 66);
  assert.equal(stack.sys("sock_set_ip_add_membership", fd, 0xffff_fff0, 0), 21);
  assert.equal(stack.sys("sock_set_ip_add_membership", 99, record, 0), 8);
  done(stack);
});

script("filters: every error", { settings: SMALL }, (stack) => {
  const fd = stack.openUdp();
  const set = (name: number, from: string, socket = fd, group = GROUP, address = "0.0.0.0"): string =>
    stack.errno(() => source(stack, name, socket, group, from, address));
  for (const name of [IP_ADD_SOURCE_MEMBERSHIP, IP_DROP_SOURCE_MEMBERSHIP, IP_BLOCK_SOURCE, IP_UNBLOCK_SOURCE]) {
    assert.equal(set(name, A, fd, "10.0.2.2"), "EINVAL");
    assert.equal(set(name, A, fd, GROUP, "10.0.2.99"), "ENODEV");
    assert.equal(
      stack.errno(() => membership(stack, name, fd, GROUP)),
      "EINVAL",
      "an ip_mreq",
    );
  }
  for (const name of [IP_DROP_SOURCE_MEMBERSHIP, IP_BLOCK_SOURCE, IP_UNBLOCK_SOURCE])
    assert.equal(set(name, A), "EINVAL");
  assert.equal(set(IP_ADD_SOURCE_MEMBERSHIP, A), "SUCCESS");
  assert.equal(set(IP_ADD_SOURCE_MEMBERSHIP, A), "EADDRNOTAVAIL");
  assert.equal(set(IP_DROP_SOURCE_MEMBERSHIP, "10.0.2.8"), "EADDRNOTAVAIL");
  assert.equal(set(IP_BLOCK_SOURCE, "10.0.2.8"), "EINVAL");
  assert.equal(set(IP_UNBLOCK_SOURCE, A), "EINVAL");
  assert.equal(
    stack.errno(() => join(stack, fd, GROUP)),
    "EADDRINUSE",
  );
  assert.equal(set(IP_ADD_SOURCE_MEMBERSHIP, "10.0.2.8"), "SUCCESS");
  assert.equal(set(IP_ADD_SOURCE_MEMBERSHIP, "10.0.2.9"), "ENOBUFS", "two sources");
  // The members of a group together have room for twice as many; what they share counts once.
  const second = stack.openUdp();
  assert.equal(set(IP_ADD_SOURCE_MEMBERSHIP, "10.0.2.9", second), "SUCCESS");
  assert.equal(set(IP_ADD_SOURCE_MEMBERSHIP, "10.0.2.10", second), "SUCCESS");
  const third = stack.openUdp();
  assert.equal(set(IP_ADD_SOURCE_MEMBERSHIP, "10.0.2.11", third), "ENOBUFS");
  assert.equal(
    stack.errno(() => leave(stack, third, GROUP)),
    "EADDRNOTAVAIL",
    "what failed has left nothing",
  );
  assert.equal(set(IP_ADD_SOURCE_MEMBERSHIP, "10.0.2.10", third), "SUCCESS");
  // A member that hears everybody may change its mind, until it has blocked somebody.
  const fourth = stack.openUdp();
  join(stack, fourth, OTHER);
  assert.equal(set(IP_UNBLOCK_SOURCE, A, fourth, OTHER), "EADDRNOTAVAIL");
  assert.equal(set(IP_DROP_SOURCE_MEMBERSHIP, A, fourth, OTHER), "EADDRNOTAVAIL");
  assert.equal(set(IP_BLOCK_SOURCE, A, fourth, OTHER), "SUCCESS");
  assert.equal(set(IP_BLOCK_SOURCE, A, fourth, OTHER), "EADDRNOTAVAIL");
  assert.equal(set(IP_ADD_SOURCE_MEMBERSHIP, A, fourth, OTHER), "EINVAL");
  assert.equal(set(IP_UNBLOCK_SOURCE, A, fourth, OTHER), "SUCCESS");
  assert.equal(set(IP_ADD_SOURCE_MEMBERSHIP, A, fourth, OTHER), "SUCCESS");
  assert.equal(set(IP_BLOCK_SOURCE, A, fourth, OTHER), "EINVAL");
  done(stack);
});

script("a closed socket's number has nothing of its groups and settings", { settings: IGMP }, (stack) => {
  const fd = member(stack);
  stack.setOption(fd, IPPROTO_IP, IP_MULTICAST_TTL, 9);
  const copy = stack.dup(fd);
  stack.close(fd);
  arrive(stack, "still there");
  assert.deepEqual(heard(stack, copy), ["still there"]);
  stack.close(copy);
  assert.deepEqual(
    stack.usedPools().filter(({ name }) => name === "memberships"),
    [],
  );
  const next = open(stack);
  arrive(stack, "gone");
  assert.deepEqual(heard(stack, next), []);
  assert.equal(stack.getOption(next, IPPROTO_IP, IP_MULTICAST_TTL), 1);
  done(stack);
});

script("a stream has no groups", { settings: SMALL, variants: false }, (stack) => {
  const fd = stack.openTcp();
  assert.equal(
    stack.errno(() => join(stack, fd, GROUP)),
    "EPROTO",
  );
  assert.equal(
    stack.errno(() => stack.setOption(fd, IPPROTO_IP, IP_MULTICAST_TTL, 1)),
    "EINVAL",
  );
  assert.equal(
    stack.errno(() => stack.setOption(fd, IPPROTO_IP, IP_MULTICAST_LOOP, 1)),
    "ENOPROTOOPT",
  );
  assert.equal(
    stack.errno(() => stack.getOption(fd, IPPROTO_IP, IP_MULTICAST_TTL)),
    "ENOPROTOOPT",
  );
  assert.equal(stack.sys("sock_set_ip_multicast_ttl", fd, 1), 58);
  assert.equal(stack.sys("sock_set_ip_add_membership", fd, 4096, 0), 58);
  stack.close(fd);
});

script("without CONFIG_NET_IPV4_IGMP every option is refused", { variants: false }, (stack) => {
  const fd = stack.openUdp();
  assert.equal(
    stack.errno(() => join(stack, fd, GROUP)),
    "ENOPROTOOPT",
  );
  for (const name of [IP_MULTICAST_IF, IP_MULTICAST_TTL, IP_MULTICAST_LOOP]) {
    assert.equal(
      stack.errno(() => stack.setOption(fd, IPPROTO_IP, name, 1)),
      "ENOPROTOOPT",
    );
    assert.equal(
      stack.errno(() => stack.getOption(fd, IPPROTO_IP, name)),
      "ENOPROTOOPT",
    );
  }
  for (const name of ["sock_set_ip_add_membership", "sock_set_ip_drop_membership"]) {
    assert.equal(stack.sys(name, fd, 4096, 0), 58);
    assert.equal(stack.sys(name, 99, 4096, 0), 8);
  }
});

script(
  "a chip without room for a datagram to a group: nothing was sent, here neither",
  { settings: IGMP, variants: false },
  (stack) => {
    const fd = member(stack);
    stack.advance(2000);
    stack.takeSent();
    transmitReady(stack, false);
    stack.nonBlocking(fd);
    assert.equal(
      stack.errno(() => stack.sendTo(fd, GROUP, PORT, "lost?")),
      "EAGAIN",
    );
    join(stack, fd, OTHER);
    stack.quiet(100);
    transmitReady(stack, true);
    stack.advance(50);
    const sent = stack.takeSent();
    assert.ok(
      sent.length > 0 && sent[0].packet.ip?.dst === "224.0.0.22",
      "the report is sent as soon as there is room",
    );
    assert.deepEqual(heard(stack, fd), []);
    done(stack);
  },
);
