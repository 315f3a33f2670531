/** sethostname (sethostname(2) of Linux): the name, every error, and what DHCP client and resolver make of it. */
import assert from "node:assert/strict";
import { type Bytes, bytes } from "../harness/bytes.js";
import { ACK, DISCOVER, dhcpReply, long, OFFER, type Options, parseDhcp, quad, REQUEST } from "../harness/dhcp.js";
import { resolve } from "../harness/dns.js";
import { errnoName } from "../harness/errno.js";
import type { Packet } from "../harness/parse.js";
import { script } from "../harness/script.js";
import type { Stack } from "../harness/stack.js";

const ON = { settings: { NET_HOSTNAME_DYNAMIC: true, NET_HOSTNAME: "lamp-7" } };
const NETWORK = {
  settings: { ...ON.settings, NET_DHCPV4: true, NET_DHCPV4_INITIAL_DELAY_MAX: 0, DNS_RESOLVER: true },
};
const LONGEST = "a-name-that-has-32-letters-of-it";
const HOST_NAME = 12;

function set(stack: Stack, name: Bytes): string {
  const data = bytes(name);
  const at = stack.scratch(data.length);
  stack.memory.write(at, data);
  return errnoName(stack.sys("set_host_name", at, data.length));
}

/** What gethostname gives for `room` bytes: the error, what was written (with a mark where nothing was) and the length. */
function get(stack: Stack, room = 64): { error: string; written: string; length: number } {
  const at = stack.scratch(64);
  stack.memory.bytes.fill(0x2a, at, at + 64);
  const length = stack.scratch(4);
  const error = errnoName(stack.sys("host_name", at, room, length));
  const text = Buffer.from(stack.memory.bytes.slice(at, at + 64)).toString();
  return { error, written: text.replace(/\*+$/, ""), length: stack.memory.load32(length) };
}

script("the name is the configured one until it is set; with room for its zero byte it is written", ON, (stack) => {
  assert.deepEqual(get(stack), { error: "SUCCESS", written: "lamp-7\0", length: 6 });
  assert.equal(set(stack, "x"), "SUCCESS");
  assert.deepEqual(get(stack), { error: "SUCCESS", written: "x\0", length: 1 });
  assert.equal(set(stack, LONGEST), "SUCCESS");
  assert.deepEqual(get(stack, 33), { error: "SUCCESS", written: `${LONGEST}\0`, length: 32 });
  for (const room of [0, 1, 32])
    assert.deepEqual(get(stack, room), { error: "SUCCESS", written: "", length: 32 }, "nothing without room");
});

script("what is refused changes nothing; a zero byte ends the name; there may be none", ON, (stack) => {
  assert.equal(set(stack, `${LONGEST}.`), "EINVAL");
  assert.equal(errnoName(stack.sys("set_host_name", 0, 0x7fff_ffff)), "EINVAL");
  assert.equal(errnoName(stack.sys("set_host_name", stack.memory.limit - 3, 4)), "EFAULT");
  assert.equal(errnoName(stack.sys("host_name", stack.memory.limit - 3, 64, 64)), "EFAULT");
  assert.equal(errnoName(stack.sys("host_name", 64, 64, stack.memory.limit - 3)), "EFAULT");
  assert.equal(get(stack).written, "lamp-7\0");
  assert.equal(set(stack, "ab\0cd"), "SUCCESS");
  assert.deepEqual(get(stack), { error: "SUCCESS", written: "ab\0", length: 2 });
  assert.equal(set(stack, ""), "SUCCESS");
  assert.deepEqual(get(stack, 1), { error: "SUCCESS", written: "\0", length: 0 });
});

script(
  "EPERM for an application that may not",
  { settings: { ...ON.settings, APP_MAY_SET_HOSTNAME: false } },
  (stack) => {
    assert.equal(set(stack, "x"), "EPERM");
    assert.equal(get(stack).written, "lamp-7\0");
  },
);

script("ENOSYS in an image without it", {}, (stack) => {
  assert.equal(set(stack, "x"), "ENOSYS");
  assert.equal(get(stack).error, "ENOSYS");
});

/** The next message of the DHCP client: its kind and the name in it. The server is there when it is asked for. */
function message(stack: Stack): { kind: number; xid: number; name: string | undefined } {
  let packet: Packet;
  do {
    stack.untilSent(4_000_000);
    ({ packet } = stack.takeNext("a message of the DHCP client"));
    if (packet.arp?.operation === 1) stack.inject(stack.peer.arpReply());
  } while (packet.udp === undefined);
  const { kind, xid, options } = parseDhcp(packet.udp?.payload ?? new Uint8Array());
  const name = options.get(HOST_NAME);
  return { kind, xid, name: name && Buffer.from(name).toString() };
}

function reply(stack: Stack, xid: number, kind: number, dst = "255.255.255.255"): void {
  const server = "10.0.2.2";
  const options: Options = [
    [53, [kind]],
    [54, quad(server)],
    [51, long(3600)],
    [1, quad("255.255.255.0")],
    [3, quad(server)],
  ];
  const eth = { dst: dst === "255.255.255.255" ? "ff:ff:ff:ff:ff:ff" : stack.mac };
  const data = dhcpReply({ xid, chaddr: stack.mac, yiaddr: "10.0.2.77", options });
  stack.inject(stack.peer.udp({ srcPort: 67, dstPort: 68, ip: { dst }, eth }, data));
}

script("the DHCP client says the name that there is when it sends", { ...NETWORK, rfc: "2132 §3.14" }, (stack) => {
  const discover = message(stack);
  assert.deepEqual([discover.kind, discover.name], [DISCOVER, "lamp-7"]);
  set(stack, "lamp-8.example");
  reply(stack, discover.xid, OFFER);
  const request = message(stack);
  assert.deepEqual([request.kind, request.name], [REQUEST, "lamp-8.example"]);
  reply(stack, request.xid, ACK);
  stack.takeSent();
  set(stack, "");
  const renewal = message(stack);
  assert.deepEqual([renewal.kind, renewal.name], [REQUEST, undefined], "no name, no option");
  set(stack, LONGEST);
  assert.deepEqual(message(stack).name, LONGEST, "the next try has it");
});

script("the resolver knows the name without asking, and forgets the one before", NETWORK, (stack) => {
  const find = (name: string) => {
    const call = resolve(stack, name);
    return call.errno === "SUCCESS" ? "known" : call.errno;
  };
  assert.equal(find("lamp-7"), "known");
  set(stack, "Lamp-8");
  assert.equal(find("lamp-8"), "known");
  assert.equal(find("lamp-7"), "ENETUNREACH", "there is no server to ask");
  set(stack, "");
  assert.equal(find("lamp-8"), "ENETUNREACH");
  assert.notEqual(find(""), "known");
  stack.takeSent();
});
