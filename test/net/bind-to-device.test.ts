/** SO_BINDTODEVICE (socket(7) of Linux): what a bound socket hears, over what it sends, what may share its port, and every error. */
import assert from "node:assert/strict";
import { type Bytes, pattern } from "../harness/bytes.js";
import { groupMac, IP_MULTICAST_IF, IPPROTO_IP, join, membership } from "../harness/igmp.js";
import { ETH_P_ALL, packetSocket, SOCK_RAW } from "../harness/packet-calls.js";
import { script } from "../harness/script.js";
import { AF_INET, MSG_DONTWAIT, SOL_SOCKET } from "../harness/socket-calls.js";
import type { Stack } from "../harness/stack.js";
import { TcpPeer } from "../harness/tcp-peer.js";
import { EXPERIMENT, RAW } from "./raw/settings.js";

const SO_BINDTODEVICE = 25;
const LOOPBACK = "127.0.0.1";
const ANY = "0.0.0.0";
const GROUP = "239.1.2.3";
const ON = {
  settings: { NET_SOCKETS_BINDTODEVICE: true, NET_MAX_CONTEXTS: 8, NET_SOCKETS_UDP_BUFFERS: 8, ZVFS_OPEN_MAX: 16 },
};
const GROUPS = { settings: { ...ON.settings, NET_IPV4_IGMP: true, NET_TCP: false } };
/** The number of loopback for IP_MULTICAST_IF. */
const LO = 2;

/** Binds a socket to the interface `name`, which is followed by a zero byte as in C. */
function bindTo(stack: Stack, fd: number, name: string): void {
  stack.setOptionBytes(fd, SOL_SOCKET, SO_BINDTODEVICE, `${name}\0`);
}

/** The name that getsockopt says, with its zero byte. */
function boundTo(stack: Stack, fd: number): string {
  return Buffer.from(stack.getOptionBytes(fd, SOL_SOCKET, SO_BINDTODEVICE, 16)).toString();
}

/** A datagram socket on `port` that is bound to the interface `name` before. */
function open(stack: Stack, name: string, port = 7, ip = ANY): number {
  const fd = stack.openUdp();
  if (name !== "") bindTo(stack, fd, name);
  stack.bind(fd, port, ip);
  return fd;
}

/** All that waits in `fd`, as text. */
function heard(stack: Stack, fd: number): string[] {
  const list: string[] = [];
  for (;;) {
    const call = stack.begin.recvFrom(fd, { flags: MSG_DONTWAIT });
    if (call.errno !== "SUCCESS") {
      assert.equal(call.errno, "EAGAIN");
      return list;
    }
    list.push(Buffer.from(call.value().data).toString());
  }
}

/** The same text over the wire and over loopback, both to port 7. */
function both(stack: Stack, sender: number, text: string): void {
  stack.inject(stack.peer.udp({ srcPort: 9000, dstPort: 7 }, `wire ${text}`));
  stack.sendTo(sender, LOOPBACK, 7, `inside ${text}`);
  stack.sendTo(sender, stack.ip, 7, `own ${text}`);
}

script("a datagram socket hears its interface only", ON, (stack) => {
  stack.arpResolve();
  const sender = stack.openUdp();
  for (const [name, expected] of [
    ["eth0", ["wire a"]],
    ["lo", ["inside a", "own a"]],
    ["", ["wire a", "inside a", "own a"]],
  ] as const) {
    const fd = open(stack, name);
    both(stack, sender, "a");
    assert.deepEqual(heard(stack, fd), expected, name);
    stack.close(fd);
    // Nobody is there for the others: a port unreachable goes to the peer, and to the sender.
    stack.takeSent();
    stack.errno(() => stack.getOption(sender, SOL_SOCKET, 4));
  }
});

script("what a bound socket does not hear is answered as if it were not there", ON, (stack) => {
  stack.arpResolve();
  const fd = open(stack, "lo");
  stack.inject(stack.peer.udp({ srcPort: 9000, dstPort: 7 }, "x"));
  stack.expect({ icmp: { type: 3, code: 3 } });
  assert.deepEqual(heard(stack, fd), []);
});

script("two sockets that are bound to different interfaces share a port, and each hears its own", ON, (stack) => {
  stack.arpResolve();
  const outside = open(stack, "eth0");
  const inside = open(stack, "lo");
  assert.equal(
    stack.errno(() => open(stack, "lo")),
    "EADDRINUSE",
    "the same interface",
  );
  assert.equal(
    stack.errno(() => open(stack, "")),
    "EADDRINUSE",
    "all interfaces",
  );
  both(stack, stack.openUdp(), "b");
  assert.deepEqual(heard(stack, outside), ["wire b"]);
  assert.deepEqual(heard(stack, inside), ["inside b", "own b"]);
});

script("of two that are the same otherwise the bound one hears; an address and a peer count more", ON, (stack) => {
  stack.arpResolve();
  const [any, bound] = [stack.openUdp(), stack.openUdp()];
  bindTo(stack, bound, "eth0");
  for (const fd of [any, bound]) {
    stack.setSocketOption(fd, "SO_REUSEADDR", 1);
    stack.bind(fd, 7);
  }
  const arrive = (text: string) => stack.inject(stack.peer.udp({ srcPort: 9000, dstPort: 7 }, text));
  arrive("to the bound one");
  assert.deepEqual([heard(stack, any), heard(stack, bound)], [[], ["to the bound one"]]);
  stack.connect(any, stack.peer.ip, 9000);
  arrive("to the connected one");
  assert.deepEqual([heard(stack, any), heard(stack, bound)], [["to the connected one"], []]);
});

script("binding may change at any time, and an empty name ends it", ON, (stack) => {
  stack.arpResolve();
  const sender = stack.openUdp();
  const fd = open(stack, "lo");
  for (const [name, expected] of [
    ["eth0", ["wire c"]],
    ["lo", ["inside c", "own c"]],
    ["", ["wire c", "inside c", "own c"]],
  ] as const) {
    bindTo(stack, fd, name);
    both(stack, sender, "c");
    assert.deepEqual(heard(stack, fd), expected, name);
    stack.takeSent();
    stack.errno(() => stack.getOption(sender, SOL_SOCKET, 4));
  }
});

script("sending: over the own interface, or ENETUNREACH; also to where the last datagram went", ON, (stack) => {
  stack.arpResolve();
  const fd = stack.openUdp();
  const send = (ip: string) => stack.errno(() => stack.sendTo(fd, ip, 9000, "out"));
  for (let i = 0; i < 2; i++) {
    assert.equal(send(stack.peer.ip), "SUCCESS");
    stack.expect({ udp: { payload: "out" } });
  }
  bindTo(stack, fd, "lo");
  assert.equal(send(stack.peer.ip), "ENETUNREACH", "what was remembered of the way is forgotten");
  assert.equal(send(LOOPBACK), "SUCCESS");
  bindTo(stack, fd, "eth0");
  assert.equal(send(LOOPBACK), "ENETUNREACH");
  assert.equal(send(stack.peer.ip), "SUCCESS");
  stack.expect({ udp: { payload: "out" } });
  assert.equal(
    stack.errno(() => stack.connect(fd, LOOPBACK, 9)),
    "ENETUNREACH",
  );
});

script("a listener takes connections over its interface only, and two share a port", ON, (stack) => {
  const listeners = ["lo", "eth0"].map((name) => {
    const fd = stack.openTcp();
    bindTo(stack, fd, name);
    stack.bind(fd, 80);
    stack.listen(fd);
    return fd;
  }) as [number, number];
  const client = stack.openTcp();
  stack.connect(client, LOOPBACK, 80);
  assert.deepEqual(stack.select(listeners, [], 0).read, [listeners[0]]);
  const inside = stack.accept(listeners[0]);
  assert.equal(boundTo(stack, inside), "lo\0", "the connection is bound as the listener is");
  const peer = new TcpPeer(stack, { port: 80 });
  peer.connect();
  stack.advance(20);
  assert.deepEqual(stack.select(listeners, [], 0).read, [listeners[1]]);
  const outside = stack.accept(listeners[1]);
  assert.equal(boundTo(stack, outside), "eth0\0");
  stack.close(listeners[1]);
  const refused = new TcpPeer(stack, { port: 80, peerPort: 41_001 });
  refused.connect();
  stack.advance(20);
  assert.ok(refused.wasReset, "nobody listens there any more");
  assert.deepEqual(stack.select([listeners[0]], [], 0).read, []);
  peer.detach();
});

script("a stream connects over its interface, or ENETUNREACH", ON, (stack) => {
  stack.arpResolve();
  const fd = stack.openTcp();
  bindTo(stack, fd, "lo");
  assert.equal(
    stack.errno(() => stack.connect(fd, stack.peer.ip, 80)),
    "ENETUNREACH",
  );
  bindTo(stack, fd, "eth0");
  assert.equal(
    stack.errno(() => stack.connect(fd, LOOPBACK, 80)),
    "ENETUNREACH",
  );
});

script(
  "groups: the interface comes before IP_MULTICAST_IF, and a copy counts as heard where it went out",
  GROUPS,
  (stack) => {
    const fd = open(stack, "eth0");
    join(stack, fd, GROUP);
    membership(stack, IP_MULTICAST_IF, fd, GROUP, ANY, LO);
    stack.sendTo(fd, GROUP, 7, "to the group");
    stack.expect({ ip: { protocol: 2 } });
    stack.expect({ eth: { dst: groupMac(GROUP) }, udp: { payload: "to the group" } });
    assert.deepEqual(heard(stack, fd), ["to the group"]);
    bindTo(stack, fd, "lo");
    stack.sendTo(fd, GROUP, 7, "inside");
    assert.deepEqual(heard(stack, fd), [], "no member on loopback");
    stack.advance(2000);
    for (const { packet } of stack.takeSent()) assert.equal(packet.ip?.protocol, 2, "nothing but IGMP was sent");
    assert.equal(stack.getOption(fd, IPPROTO_IP, IP_MULTICAST_IF), 0);
  },
);

script("the option: names, lengths, and what getsockopt says", ON, (stack) => {
  const fd = stack.openUdp();
  const set = (value: Bytes) => stack.errno(() => stack.setOptionBytes(fd, SOL_SOCKET, SO_BINDTODEVICE, value));
  assert.equal(boundTo(stack, fd), "", "not bound at first");
  assert.equal(set("eth0"), "SUCCESS", "a name without its zero byte");
  assert.equal(boundTo(stack, fd), "eth0\0");
  for (const wrong of [
    "eth",
    "eth00",
    "eth1",
    "l",
    "lo0",
    "eth0\u0001",
    "eth0abcdefgh",
    "a name that is much too long for one",
  ])
    assert.equal(set(wrong), "ENODEV", JSON.stringify(wrong));
  assert.equal(boundTo(stack, fd), "eth0\0", "a refused name changes nothing");
  for (const room of [0, 4, 5, 15])
    assert.equal(
      stack.errno(() => stack.getOptionBytes(fd, SOL_SOCKET, SO_BINDTODEVICE, room)),
      "EINVAL",
      `room for ${room}`,
    );
  assert.equal(set(`lo${"\0".repeat(30)}`), "SUCCESS", "an ifreq");
  assert.equal(boundTo(stack, fd), "lo\0");
  assert.equal(set("eth0\0garbage behind it"), "SUCCESS");
  assert.equal(boundTo(stack, fd), "eth0\0");
  assert.equal(set([]), "SUCCESS", "nothing ends it, as an empty name does");
  assert.equal(boundTo(stack, fd), "");
});

script(
  "raw sockets have it too; a packet socket is bound with its address",
  { settings: { ...RAW.settings, NET_SOCKETS_BINDTODEVICE: true } },
  (stack) => {
    const raw = stack.socket(AF_INET, SOCK_RAW, EXPERIMENT);
    const arrive = () => stack.inject(stack.peer.ipv4({ protocol: EXPERIMENT }, pattern(4)));
    arrive();
    assert.equal(heard(stack, raw).length, 1);
    bindTo(stack, raw, "lo");
    assert.equal(boundTo(stack, raw), "lo\0");
    arrive();
    assert.equal(heard(stack, raw).length, 0);
    const packet = packetSocket(stack, SOCK_RAW, ETH_P_ALL);
    assert.equal(
      stack.errno(() => bindTo(stack, packet, "eth0")),
      "ENOPROTOOPT",
    );
    assert.equal(
      stack.errno(() => boundTo(stack, packet)),
      "ENOPROTOOPT",
    );
    stack.takeSent();
  },
);

script("without loopback there is no lo", { settings: { ...ON.settings, NET_LOOPBACK: false } }, (stack) => {
  const fd = stack.openUdp();
  assert.equal(
    stack.errno(() => bindTo(stack, fd, "lo")),
    "ENODEV",
  );
  bindTo(stack, fd, "eth0");
});

script("an image without the option says ENOPROTOOPT", {}, (stack) => {
  const fd = stack.openUdp();
  assert.equal(
    stack.errno(() => bindTo(stack, fd, "eth0")),
    "ENOPROTOOPT",
  );
  assert.equal(
    stack.errno(() => boundTo(stack, fd)),
    "ENOPROTOOPT",
  );
});
