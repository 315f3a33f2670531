/** IP_MULTICAST_ALL (ip(7) of Linux): a socket hears the groups of others on this device. Off at first, unlike on Linux. */
import assert from "node:assert/strict";
import { groupMac, IP_BLOCK_SOURCE, IPPROTO_IP, join, leave, source } from "../harness/igmp.js";
import { script } from "../harness/script.js";
import { MSG_DONTWAIT, SO_REUSEADDR, SOL_SOCKET } from "../harness/socket-calls.js";
import type { Stack } from "../harness/stack.js";

const IP_MULTICAST_ALL = 49;
const ON = { settings: { NET_IPV4_IGMP: true } };
const GROUP = "239.1.2.3";
const PORT = 5000;

function open(stack: Stack): number {
  const fd = stack.openUdp();
  stack.setOption(fd, SOL_SOCKET, SO_REUSEADDR, 1);
  stack.bind(fd, PORT);
  return fd;
}

function arrive(stack: Stack, text: string, group = GROUP, src = stack.peer.ip): void {
  const ip = { dst: group, src, ttl: 1 };
  stack.inject(stack.peer.udp({ srcPort: 9000, dstPort: PORT, ip, eth: { dst: groupMac(group) } }, text));
}

/** The datagram that waits in `fd`, or nothing. */
function heard(stack: Stack, fd: number): string {
  const call = stack.begin.recvFrom(fd, { flags: MSG_DONTWAIT });
  return call.errno === "SUCCESS" ? Buffer.from(call.value().data).toString() : "";
}

function set(stack: Stack, fd: number, value: number): string {
  return stack.errno(() => stack.setOption(fd, IPPROTO_IP, IP_MULTICAST_ALL, value));
}

script("with the option a socket hears what others have joined, as long as somebody is a member", ON, (stack) => {
  const [member, other] = [open(stack), open(stack)];
  join(stack, member, GROUP);
  arrive(stack, "a");
  assert.deepEqual([heard(stack, member), heard(stack, other)], ["a", ""]);
  assert.equal(set(stack, other, 1), "SUCCESS");
  arrive(stack, "b");
  assert.deepEqual([heard(stack, member), heard(stack, other)], ["b", "b"]);
  arrive(stack, "c", "239.1.2.4");
  assert.deepEqual([heard(stack, member), heard(stack, other)], ["", ""], "a group that nobody has joined");
  leave(stack, member, GROUP);
  arrive(stack, "d");
  assert.deepEqual([heard(stack, member), heard(stack, other)], ["", ""]);
  join(stack, member, GROUP);
  assert.equal(set(stack, other, 0), "SUCCESS");
  arrive(stack, "e");
  assert.deepEqual([heard(stack, member), heard(stack, other)], ["e", ""]);
  stack.advance(2000);
  stack.takeSent();
});

script("a member's filter counts more than the option", ON, (stack) => {
  const [member, filtering] = [open(stack), open(stack)];
  for (const fd of [member, filtering]) join(stack, fd, GROUP);
  set(stack, filtering, 1);
  source(stack, IP_BLOCK_SOURCE, filtering, GROUP, stack.peer.ip);
  arrive(stack, "blocked");
  assert.deepEqual([heard(stack, member), heard(stack, filtering)], ["blocked", ""]);
  arrive(stack, "another", GROUP, "10.0.2.7");
  assert.deepEqual([heard(stack, member), heard(stack, filtering)], ["another", "another"]);
  stack.advance(2000);
  stack.takeSent();
});

script("the option: values, lengths, kinds of sockets; each socket has its own", ON, (stack) => {
  const fd = stack.openUdp();
  const get = (socket: number) => stack.getOption(socket, IPPROTO_IP, IP_MULTICAST_ALL);
  assert.equal(get(fd), 0);
  assert.equal(set(stack, fd, 1), "SUCCESS");
  assert.equal(get(fd), 1);
  for (const value of [2, -1, 256]) assert.equal(set(stack, fd, value), "EINVAL", `${value}`);
  assert.equal(get(fd), 1, "a refused value changes nothing");
  const bytes = (...value: number[]) =>
    stack.errno(() => stack.setOptionBytes(fd, IPPROTO_IP, IP_MULTICAST_ALL, Uint8Array.from(value)));
  assert.equal(bytes(), "EINVAL");
  assert.equal(bytes(0), "SUCCESS", "one byte is a number too");
  assert.equal(get(fd), 0);
  assert.equal(bytes(1), "SUCCESS");
  assert.equal(get(fd), 1);
  assert.equal(bytes(2), "EINVAL");
  assert.equal(get(stack.openUdp()), 0);
  stack.close(fd);
  assert.equal(get(stack.openUdp()), 0, "nothing of the socket that had the record before");
  const stream = stack.openTcp();
  assert.equal(set(stack, stream, 1), "ENOPROTOOPT", "a stream hears no groups");
  assert.equal(
    stack.errno(() => get(stream)),
    "ENOPROTOOPT",
  );
});

script("an image without multicast says ENOPROTOOPT", {}, (stack) => {
  assert.equal(set(stack, stack.openUdp(), 1), "ENOPROTOOPT");
});
