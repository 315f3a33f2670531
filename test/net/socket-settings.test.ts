/** SO_PRIORITY and SO_DEBUG (socket(7) of Linux): numbers that are kept and told. What IP_TOS makes of the priority, and every error. */
import assert from "node:assert/strict";
import { packetSocket } from "../harness/packet-calls.js";
import { script } from "../harness/script.js";
import { AF_INET, SOL_SOCKET } from "../harness/socket-calls.js";
import type { Stack } from "../harness/stack.js";
import { EXPERIMENT, IP_TOS, IPPROTO_IP, RAW, SOCK_RAW } from "./raw/settings.js";
import { LOOPBACK, listening } from "./tcp/sockets-pair.js";

const SO_DEBUG = 1;
const SO_PRIORITY = 12;
const ON = { settings: { ...RAW.settings, NET_CONTEXT_PRIORITY: true, NET_SOCKETS_SO_DEBUG: true } };

function get(stack: Stack, fd: number, name = SO_PRIORITY): number {
  return stack.getOption(fd, SOL_SOCKET, name);
}

function set(stack: Stack, fd: number, value: number, name = SO_PRIORITY): string {
  return stack.errno(() => stack.setOption(fd, SOL_SOCKET, name, value));
}

/** One of each kind that has the options. */
function sockets(stack: Stack): number[] {
  return [stack.openUdp(), stack.openTcp(), stack.socket(AF_INET, SOCK_RAW, EXPERIMENT)];
}

script("SO_PRIORITY: 0 to 6; others need a privilege that nobody has here", ON, (stack) => {
  for (const fd of sockets(stack)) {
    assert.equal(get(stack, fd), 0);
    for (const value of [6, 0, 1, 2, 3, 4, 5]) {
      assert.equal(set(stack, fd, value), "SUCCESS");
      assert.equal(get(stack, fd), value);
    }
    for (const value of [7, 8, 255, -1, 0x7fff_ffff]) assert.equal(set(stack, fd, value), "EPERM", `${value}`);
    assert.equal(get(stack, fd), 5, "a refused value changes nothing");
  }
});

script("IP_TOS sets it by low delay and high throughput, when it is another one than before", ON, (stack) => {
  for (const fd of sockets(stack)) {
    const service = (value: number) => stack.setOption(fd, IPPROTO_IP, IP_TOS, value);
    // Of ip_tos2prio: by bits 4 and 3 of the type of service; precedence and the two bits of ECN do not count.
    for (const [value, priority] of [
      [0x08, 2],
      [0x10, 6],
      [0x18, 4],
      [0x04, 0],
      [0xb8, 4],
      [0xe0, 0],
      [0x0c, 2],
      [0x1c, 4],
    ] as const) {
      service(value);
      assert.equal(get(stack, fd), priority, `type of service ${value}`);
    }
    set(stack, fd, 1);
    service(0x1c);
    assert.equal(get(stack, fd), 1, "the same type of service again says nothing");
    assert.equal(
      stack.errno(() => service(256)),
      "EINVAL",
    );
    assert.equal(get(stack, fd), 1);
    assert.equal(stack.getOption(fd, IPPROTO_IP, IP_TOS), 0x1c);
  }
});

script("SO_DEBUG is a switch, off at first", ON, (stack) => {
  for (const fd of sockets(stack)) {
    assert.equal(get(stack, fd, SO_DEBUG), 0);
    assert.equal(set(stack, fd, -7, SO_DEBUG), "SUCCESS");
    assert.equal(get(stack, fd, SO_DEBUG), 1);
    assert.equal(get(stack, fd), 0, "and no priority");
    assert.equal(set(stack, fd, 0, SO_DEBUG), "SUCCESS");
    assert.equal(get(stack, fd, SO_DEBUG), 0);
  }
});

script("connections have what their listener has; new sockets have nothing of old ones", ON, (stack) => {
  const listener = listening(stack);
  set(stack, listener, 3);
  set(stack, listener, 1, SO_DEBUG);
  const client = stack.openTcp();
  stack.connect(client, LOOPBACK, 8080);
  const server = stack.accept(listener);
  assert.deepEqual([get(stack, server), get(stack, server, SO_DEBUG)], [3, 1]);
  assert.deepEqual([get(stack, client), get(stack, client, SO_DEBUG)], [0, 0]);
  stack.close(listener);
  const fresh = stack.openTcp();
  assert.deepEqual([get(stack, fresh), get(stack, fresh, SO_DEBUG)], [0, 0]);
});

script("lengths; packet sockets", ON, (stack) => {
  const fd = stack.openUdp();
  for (const name of [SO_DEBUG, SO_PRIORITY]) {
    for (const length of [0, 1, 3])
      assert.equal(
        stack.errno(() => stack.setOptionBytes(fd, SOL_SOCKET, name, new Uint8Array(length))),
        "EINVAL",
      );
    assert.equal(
      stack.errno(() => stack.setOptionBytes(fd, SOL_SOCKET, name, Uint8Array.of(1, 0, 0, 0, 9))),
      "SUCCESS",
    );
    assert.deepEqual([...stack.getOptionBytes(fd, SOL_SOCKET, name, 2)], [1, 0]);
    const packet = packetSocket(stack, SOCK_RAW, 3);
    assert.equal(
      set(stack, packet, 1, name),
      "ENOPROTOOPT",
      "nothing that it is a number of means anything for frames",
    );
    assert.equal(
      stack.errno(() => get(stack, packet, name)),
      "ENOPROTOOPT",
    );
    stack.close(packet);
  }
});

script("an image without them says ENOPROTOOPT", {}, (stack) => {
  for (const fd of [stack.openUdp(), stack.openTcp()])
    for (const name of [SO_DEBUG, SO_PRIORITY]) {
      assert.equal(set(stack, fd, 1, name), "ENOPROTOOPT");
      assert.equal(
        stack.errno(() => get(stack, fd, name)),
        "ENOPROTOOPT",
      );
    }
});
