/** IP_LOCAL_PORT_RANGE (ip(7) of Linux): ephemeral ports of one socket, by bind to port 0, connect, listen and sending. */
import assert from "node:assert/strict";
import { script } from "../harness/script.js";
import { AF_INET, SO_REUSEADDR, SOL_SOCKET } from "../harness/socket-calls.js";
import type { Stack } from "../harness/stack.js";
import { EXPERIMENT, IPPROTO_IP, RAW, SOCK_RAW } from "./raw/settings.js";
import { LOOPBACK, listening } from "./tcp/sockets-pair.js";

const IP_LOCAL_PORT_RANGE = 51;
const MANY = { NET_MAX_CONTEXTS: 12, NET_SOCKETS_UDP_BUFFERS: 12, ZVFS_OPEN_MAX: 24 };
const ON = { settings: { ...RAW.settings, ...MANY, NET_SOCKETS_LOCAL_PORT_RANGE: true } };
/** The first of the device's ephemeral ports. */
const FIRST = 49_152;

function range(low: number, high: number): number {
  return ((high << 16) | low) >>> 0;
}

function set(stack: Stack, fd: number, low: number, high: number): string {
  return stack.errno(() => stack.setOption(fd, IPPROTO_IP, IP_LOCAL_PORT_RANGE, range(low, high)));
}

function get(stack: Stack, fd: number): number {
  return stack.getOption(fd, IPPROTO_IP, IP_LOCAL_PORT_RANGE) >>> 0;
}

function port(stack: Stack, fd: number): number {
  return stack.localAddress(fd).port;
}

/** The errors, or ports, that `count` new sockets get. */
function draw(stack: Stack, count: number, open: () => number, low: number, high: number, act: (fd: number) => void) {
  return Array.from({ length: count }, () => {
    const fd = open();
    if (low !== 0 || high !== 0) assert.equal(set(stack, fd, low, high), "SUCCESS");
    const error = stack.errno(() => act(fd));
    return error === "SUCCESS" ? port(stack, fd) : error;
  });
}

const KINDS = {
  datagram: (stack: Stack) => stack.openUdp(),
  stream: (stack: Stack) => stack.openTcp(),
} as const;

for (const [kind, open] of Object.entries(KINDS)) {
  script(
    `a ${kind} socket that binds port 0 gets a port of its range, and EADDRINUSE when there is none`,
    ON,
    (stack) => {
      const got = draw(
        stack,
        5,
        () => open(stack),
        50_000,
        50_003,
        (fd) => stack.bind(fd, 0),
      );
      assert.deepEqual(got.slice(0, 4).sort(), [50_000, 50_001, 50_002, 50_003]);
      assert.equal(got[4], "EADDRINUSE");
      assert.equal(
        draw(
          stack,
          1,
          () => open(stack),
          50_000,
          50_000,
          (fd) => stack.bind(fd, 50_010),
        )[0],
        50_010,
        "a port that is named need not be in it",
      );
    },
  );

  script(`a ${kind} socket: bounds that the device's range does not hold count for nothing`, ON, (stack) => {
    const bind = (low: number, high: number) =>
      draw(
        stack,
        1,
        () => open(stack),
        low,
        high,
        (fd) => stack.bind(fd, 0),
      )[0] as number;
    assert.equal(bind(65_535, 65_535), 65_535);
    assert.equal(bind(65_534, 0), 65_534, "the other one is taken");
    assert.equal(bind(0, FIRST), FIRST);
    assert.equal(bind(FIRST, FIRST + 1), FIRST + 1, "the other one is taken");
    for (const [low, high] of [
      [0, 0],
      [1, 2],
      [1024, 65_535],
      [80, FIRST - 1],
    ] as const)
      assert.ok(bind(low, high) >= FIRST);
    assert.equal(bind(1024, FIRST + 2), FIRST + 2, "of a range that begins below, the upper bound counts");
  });
}

script("connect and sending draw from it too", ON, (stack) => {
  stack.arpResolve();
  const connected = draw(
    stack,
    3,
    () => stack.openUdp(),
    50_000,
    50_001,
    (fd) => stack.connect(fd, stack.peer.ip, 9),
  );
  assert.deepEqual(connected.slice(0, 2).sort(), [50_000, 50_001]);
  assert.equal(connected[2], "EADDRINUSE");
  const sent = draw(
    stack,
    2,
    () => stack.openUdp(),
    50_002,
    50_002,
    (fd) => stack.sendTo(fd, stack.peer.ip, 9, "x"),
  );
  assert.deepEqual(sent, [50_002, "EADDRINUSE"]);
  stack.expect({ udp: { srcPort: 50_002 } });
});

script("streams: connect and listen; when a connect has given the port up, the next one draws again", ON, (stack) => {
  const listener = listening(stack);
  const ports = draw(
    stack,
    3,
    () => stack.openTcp(),
    50_000,
    50_001,
    (fd) => stack.connect(fd, LOOPBACK, 8080),
  );
  assert.deepEqual(ports.slice(0, 2).sort(), [50_000, 50_001]);
  assert.equal(ports[2], "EADDRINUSE");
  const [one] = draw(
    stack,
    1,
    () => stack.openTcp(),
    50_005,
    50_005,
    (fd) => stack.listen(fd),
  );
  assert.equal(one, 50_005);
  const fd = stack.openTcp();
  set(stack, fd, 50_006, 50_006);
  assert.equal(
    stack.errno(() => stack.connect(fd, LOOPBACK, 81)),
    "ECONNREFUSED",
  );
  set(stack, fd, 50_007, 50_007);
  stack.connect(fd, LOOPBACK, 8080);
  assert.equal(port(stack, fd), 50_007);
  stack.close(listener);
});

script("a connection has the range of its listener; a new socket has none", ON, (stack) => {
  const listener = listening(stack);
  set(stack, listener, 50_000, 50_010);
  stack.connect(stack.openTcp(), LOOPBACK, 8080);
  const server = stack.accept(listener);
  assert.equal(get(stack, server), range(50_000, 50_010));
  for (const fd of [server, listener]) stack.close(fd);
  const datagram = stack.openUdp();
  set(stack, datagram, 50_000, 50_001);
  stack.close(datagram);
  for (let i = 0; i < 6; i++) assert.equal(get(stack, i % 2 ? stack.openUdp() : stack.openTcp()), 0);
});

script("the option: what is refused, what is told", ON, (stack) => {
  const fd = stack.openUdp();
  assert.equal(get(stack, fd), 0);
  assert.equal(set(stack, fd, 40_000, 60_000), "SUCCESS");
  assert.equal(get(stack, fd), range(40_000, 60_000), "as it was set, also where the device's range does not hold it");
  for (const [low, high] of [
    [50_001, 50_000],
    [2, 1],
    [65_535, 65_534],
  ] as const)
    assert.equal(set(stack, fd, low, high), "EINVAL");
  for (const length of [0, 1, 2, 3, 5, 8])
    assert.equal(
      stack.errno(() => stack.setOptionBytes(fd, IPPROTO_IP, IP_LOCAL_PORT_RANGE, new Uint8Array(length))),
      "EINVAL",
      `${length} bytes`,
    );
  assert.equal(get(stack, fd), range(40_000, 60_000), "a refused value changes nothing");
  assert.equal(set(stack, fd, 50_000, 0), "SUCCESS", "0 for either is no bound");
  assert.equal(set(stack, fd, 0, 50_000), "SUCCESS");
  assert.equal(set(stack, fd, 0, 0), "SUCCESS");
  const raw = stack.socket(AF_INET, SOCK_RAW, EXPERIMENT);
  assert.equal(set(stack, raw, 0, 0), "ENOPROTOOPT", "a raw socket has no port");
});

script("SO_REUSEADDR shares ports that are named, and drawn ones only when there is no other", ON, (stack) => {
  const bind = () => {
    const fd = stack.openUdp();
    stack.setOption(fd, SOL_SOCKET, SO_REUSEADDR, 1);
    set(stack, fd, 50_000, 50_000);
    stack.bind(fd, 0);
    return port(stack, fd);
  };
  assert.deepEqual([bind(), bind()], [50_000, 50_000]);
});

script("an image without it says ENOPROTOOPT", {}, (stack) => {
  for (const fd of [stack.openUdp(), stack.openTcp()]) {
    assert.equal(set(stack, fd, 0, 0), "ENOPROTOOPT");
    assert.equal(
      stack.errno(() => get(stack, fd)),
      "ENOPROTOOPT",
    );
  }
});
