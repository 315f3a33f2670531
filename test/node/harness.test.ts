/** The harness finds what it is there to find: each check is tried with something wrong. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { internetChecksum, pattern } from "../harness/bytes.js";
import { errnoName, errnoNumber } from "../harness/errno.js";
import { FragmentChecker } from "../harness/fragment-checker.js";
import { ethernet, ipv4, udp } from "../harness/packets.js";
import { parseFrame, render } from "../harness/parse.js";
import { Peer } from "../harness/peer.js";
import { script } from "../harness/script.js";
import { Stack } from "../harness/stack.js";

const peer = new Peer({ mac: "02:00:00:00:00:99", ip: "10.0.2.2" }, { mac: "02:00:00:00:00:01", ip: "10.0.2.15" });

test("a right frame has no problems; each damaged bit of it is one", () => {
  const frame = peer.udp({ srcPort: 5555, dstPort: 7, ip: { options: [1, 1, 1, 0] } }, pattern(40));
  assert.deepEqual(parseFrame(frame).problems, []);
  for (let bit = 14 * 8; bit < frame.length * 8; bit++) {
    const damaged = frame.slice();
    damaged[bit >> 3] ^= 0x80 >> (bit & 7);
    assert.notEqual(parseFrame(damaged).problems.length, 0, `bit ${bit} of ${render(damaged)}`);
  }
});

test("the checksum is that of the example of RFC 1071 §3", () => {
  assert.equal(internetChecksum(Uint8Array.of(0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7)), ~0xddf2 & 0xffff);
});

test("frames that are too short, padded with old memory, or without UDP checksum are found", () => {
  const datagram = ipv4(
    { src: "10.0.2.2", dst: "10.0.2.15", protocol: 17 },
    udp({ src: "10.0.2.2", dst: "10.0.2.15", srcPort: 1, dstPort: 2 }, ""),
  );
  const eth = { dst: "02:00:00:00:00:01", src: "02:00:00:00:00:99" };
  assert.match(parseFrame(ethernet({ ...eth, pad: false }, datagram)).problems.join(), /Ethernet needs 60/);
  assert.match(parseFrame(ethernet({ ...eth, padByte: 0x41 }, datagram)).problems.join(), /padding is not zero/);
  assert.match(parseFrame(peer.udp({ srcPort: 1, dstPort: 2, checksum: "none" })).problems.join(), /without checksum/);
  assert.match(parseFrame(peer.icmp({ type: 8, checksum: "bad" })).problems.join(), /ICMP checksum/);
});

test("fragments are put together in any order and then checked", () => {
  for (const checksum of ["right", "bad"] as const) {
    const frames = peer.udpFragments({ srcPort: 1, dstPort: 2, checksum }, pattern(3000), 1000);
    const checker = new FragmentChecker();
    const results = [2, 0, 3, 1].map((index) => checker.add(parseFrame(frames[index])));
    assert.deepEqual(results.slice(0, 3), [undefined, undefined, undefined]);
    assert.equal(Buffer.compare(results[3]?.udp?.payload ?? new Uint8Array(), pattern(3000)), 0);
    assert.deepEqual(results[3]?.problems, checksum === "right" ? [] : ["wrong UDP checksum"]);
    assert.equal(checker.incomplete, 0);
  }
});

test("errno numbers are those of WASI", () => {
  const known = {
    EACCES: 2,
    EADDRINUSE: 3,
    EAGAIN: 6,
    EBADF: 8,
    EFAULT: 21,
    EINVAL: 28,
    EMSGSIZE: 35,
    ENOSYS: 52,
    ENOTSUP: 58,
    EPIPE: 64,
    ESPIPE: 70,
    ETIMEDOUT: 73,
    ENOTCAPABLE: 76,
  };
  for (const [name, number] of Object.entries(known)) {
    assert.equal(errnoNumber(name), number);
    assert.equal(errnoName(number), name);
  }
});

test("a script fails when a frame is missing, different, unexpected, or a descriptor is wrong", async () => {
  const stack = await Stack.create();
  assert.throws(() => stack.expect({ arp: { operation: 2 } }), /nothing was sent/);
  stack.inject(stack.peer.arpRequest());
  assert.throws(
    () => stack.expect({ arp: { operation: 2, spa: "10.0.2.16" } }),
    /arp\.spa is '10\.0\.2\.15', expected '10\.0\.2\.16'/,
  );
  stack.inject(stack.peer.ping({}, "payload"));
  assert.throws(() => stack.expect({ icmp: { payload: "Payload" } }), /icmp\.payload is 7 bytes 7061/);
  stack.inject(stack.peer.ping());
  assert.throws(() => stack.quiet(10), /unexpected: .*ICMP echo reply/);
  stack.expect({ icmp: { sequence: (value) => value === 1 } });
  assert.throws(() => stack.expect({ udp: { srcPort: 7 } }), /nothing was sent/);
  assert.throws(() => stack.close(6), { name: "ErrnoError", code: "EBADF" });
  assert.equal(
    stack.errno(() => stack.close(6)),
    "EBADF",
  );
  stack.end();
});

test("frames that the stack should not send fail the script, wherever it is", async () => {
  const stack = await Stack.create();
  stack.core.nic.onTransmit(peer.udp({ srcPort: 1, dstPort: 2, checksum: "bad" }, "x"));
  assert.throws(() => stack.advance(1), /bad frame:.*wrong UDP checksum[\s\S]*sent from MAC 02:00:00:00:00:99/);
});

test("what is left in a pool at the end fails the script", async () => {
  const stack = await Stack.create();
  const left = { name: "sockets", capacity: 4, used: 1, highWater: 1, refused: 0, elementBytes: 96 };
  stack.core.pools = () => [left];
  assert.throws(() => stack.end(), /not empty at the end: sockets 1/);
});

script("a datagram goes in and out of a socket, then nothing is sent", { late: true }, (stack) => {
  stack.arpResolve();
  const fd = stack.openUdp();
  stack.bind(fd, 7);
  assert.deepEqual(stack.localAddress(fd), { ip: "0.0.0.0", port: 7 });
  const call = stack.begin.recvFrom(fd);
  assert.equal(call.done, false);
  stack.inject(stack.peer.udp({ srcPort: 5555, dstPort: 7 }, "hello"));
  const { from, port, data } = stack.wait(call);
  assert.deepEqual([from, port, Buffer.from(data).toString()], ["10.0.2.2", 5555, "hello"]);
  assert.equal(stack.sendTo(fd, from, port, data), 5);
  stack.expect({ udp: { srcPort: 7, dstPort: 5555, payload: "hello" }, ip: { ttl: 64, src: stack.ip, dst: from } });
  stack.quiet(3000);
  stack.alive();
});

script("a receive time-out ends a blocking call at its microsecond", {}, (stack) => {
  const fd = stack.openUdp();
  stack.bind(fd, 9);
  stack.receiveTimeout(fd, 123_456);
  const call = stack.begin.recvFrom(fd);
  stack.advance(123.455);
  assert.equal(call.done, false);
  stack.advance(0.001);
  assert.equal(call.errno, "EAGAIN");
});

script("poll and select report the descriptor with a datagram", {}, (stack) => {
  stack.arpResolve();
  const [first, second] = [stack.openUdp(), stack.openUdp()];
  stack.bind(first, 1001);
  stack.bind(second, 1002);
  const waiting = stack.begin.poll(
    [
      { fd: first, events: 1 },
      { fd: second, events: 1 },
    ],
    -1,
  );
  stack.advance(10_000);
  assert.equal(waiting.done, false);
  stack.inject(stack.peer.udp({ srcPort: 5, dstPort: 1002 }, "x"));
  assert.deepEqual(waiting.value(), [0, 1]);
  assert.deepEqual(stack.select([first, second], [], 0), { read: [second], write: [] });
  assert.equal(stack.recvFrom(second).data.length, 1);
  assert.deepEqual(stack.select([first, second], [], 5000), { read: [], write: [] });
});

script("a fork goes back: each alternative starts from the same state", {}, (stack) => {
  stack.arpResolve();
  const fd = stack.openUdp();
  stack.bind(fd, 7);
  stack.inject(stack.peer.udp({ srcPort: 5555, dstPort: 7 }, "once"));
  const seen: string[] = [];
  const take = (): void => {
    seen.push(Buffer.from(stack.recvFrom(fd, { flags: 0x40 }).data).toString());
    assert.equal(
      stack.errno(() => stack.recvFrom(fd, { flags: 0x40 })),
      "EAGAIN",
    );
  };
  stack.fork(take, take, () => stack.close(fd), take);
  take();
  assert.deepEqual(seen, ["once", "once", "once", "once"]);
});

test("a snapshot of the real core, taken at any moment, continues byte for byte in a fresh instance", async () => {
  const run = async (cutAt: number): Promise<string> => {
    let stack = await Stack.create({ seed: 5 });
    const trace: string[] = [];
    const steps: (() => void)[] = [];
    steps.push(() => stack.arpResolve());
    let fd = -1;
    steps.push(() => {
      fd = stack.openUdp();
      stack.bind(fd, 7);
    });
    for (let i = 0; i < 6; i++) {
      steps.push(() => stack.inject(stack.peer.udp({ srcPort: 5000 + i, dstPort: 7 }, pattern(100 * i))));
      steps.push(() => stack.inject(stack.peer.ping({ sequence: i })));
      steps.push(() => stack.inject(stack.peer.udp({ srcPort: 9, dstPort: 8000 + i }, "nobody")));
    }
    steps.push(() =>
      stack.inject(...stack.peer.udpFragments({ srcPort: 77, dstPort: 7 }, pattern(1800), 800).slice(0, 2)),
    );
    steps.push(() =>
      stack.inject(...stack.peer.udpFragments({ srcPort: 77, dstPort: 7 }, pattern(1800), 800).slice(2)),
    );
    for (let i = 0; i < 3; i++) {
      steps.push(() => {
        const { from, port, data } = stack.recvFrom(fd);
        stack.sendTo(fd, from, port, data);
      });
    }
    steps.push(() => void stack.sendTo(fd, "10.0.2.200", 9, "to nobody")); // ARP requests follow, with time-outs
    for (let i = 0; i < 8; i++) steps.push(() => stack.advance(700));
    for (const [index, step] of steps.entries()) {
      if (index === cutAt) {
        const { core, now } = stack.snapshot();
        stack = await Stack.create({ seed: 99 });
        stack.world.now = now;
        stack.node.restore(core);
        stack.world.settle();
      }
      step();
      for (const { time, packet } of stack.takeSent())
        trace.push(`${time} ${Buffer.from(packet.frame).toString("hex")}`);
    }
    assert.ok(trace.length > 15, `${trace.length} frames`);
    return trace.join("\n");
  };
  const whole = await run(-1);
  for (let cut = 0; cut < 34; cut++) assert.equal(await run(cut), whole, `cut before step ${cut}`);
});
