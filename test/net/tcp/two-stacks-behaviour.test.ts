/** Two of our stacks doing what programs do: questions and answers, many short connections, ends of every kind. */
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { ByteStream } from "../../simulation/byte-stream.js";
import { type Cores, compilePair, type Network, withCapture } from "../../simulation/network.js";
import { describeResult, EAGAIN, failure, SHUT_WR, type StreamHost } from "../../simulation/stream-host.js";
import { transfer } from "../../simulation/transfer.js";
import { leastGoodput, WIRES } from "../../simulation/wires.js";

const RUN_OUT = 130_000_000;
const PORT = 80;
/** µs. */
const PATIENCE = 120_000_000;

let cores: Cores;
before(async () => {
  cores = await compilePair();
});

/** A connection from client to server, both descriptors. */
function open(network: Network): { listener: number; client: number; server: number } {
  const { client, server } = network;
  const listener = server.socket();
  assert.equal(server.reuseAddress(listener), 0);
  assert.equal(server.bind(listener, PORT), 0);
  assert.equal(server.listen(listener, 4), 0);
  const fd = client.socket();
  client.connect(fd, server.ip, PORT);
  let accepted = EAGAIN;
  until(network, "accept", () => {
    accepted = server.accept(listener);
    return accepted !== EAGAIN;
  });
  assert.ok(accepted >= 0, describeResult(accepted));
  return { listener, client: fd, server: accepted };
}

function until(network: Network, what: string, done: () => boolean): void {
  const { world } = network;
  if (!world.runUntil(done, world.now + PATIENCE)) assert.fail(`waited in vain for ${what}`);
}

/** `bytes` bytes of a stream, which may be one that goes on. */
function carry(
  network: Network,
  from: { host: StreamHost; fd: number; stream: ByteStream },
  to: { host: StreamHost; fd: number; stream: ByteStream },
  bytes: number,
): void {
  const end = from.stream.position + bytes;
  until(network, `${bytes} bytes`, () => {
    const left = end - from.stream.position;
    if (left > 0) {
      const room = from.host.room(left);
      from.stream.peek(room);
      const result = from.host.send(from.fd, room.length);
      if (result > 0) from.stream.pass(room.subarray(0, result));
      else assert.equal(describeResult(result), "EAGAIN");
    }
    const result = to.host.recv(to.fd, 65_536);
    if (result > 0) assert.equal(to.stream.check(to.host.room(result)), -1, "a wrong byte");
    else assert.equal(describeResult(result), "EAGAIN");
    return to.stream.position === end;
  });
}

test("questions and answers on one connection take a round trip each, whatever their sizes", () => {
  withCapture("questions", cores, { seed: 1, wire: { delay: 5000 } }, (network) => {
    const fds = open(network);
    const ends = [
      { host: network.client, fd: fds.client },
      { host: network.server, fd: fds.server },
    ];
    const [up, down] = [1, 2].map((seed) => [new ByteStream(seed), new ByteStream(seed)]);
    const begun = network.world.now;
    const COUNT = 100;
    for (let i = 0; i < COUNT; i++) {
      carry(network, { ...ends[0], stream: up[0] }, { ...ends[1], stream: up[1] }, 1 + ((i * 37) % 1400));
      carry(network, { ...ends[1], stream: down[0] }, { ...ends[0], stream: down[1] }, 1 + ((i * 91) % 1400));
    }
    const milliseconds = (network.world.now - begun) / 1000;
    assert.ok(milliseconds < COUNT * 11, `${COUNT} questions took ${milliseconds} ms: something waits for an ACK`);
    network.client.close(fds.client);
    network.server.close(fds.server);
    network.server.close(fds.listener);
    assert.deepEqual(network.leftovers(RUN_OUT), []);
  });
});

test("200 short connections, one after the other, on a wire that loses 5 %", () => {
  withCapture("short connections", cores, { seed: 2, wire: { delay: 1000, loss: 0.05 } }, (network) => {
    for (let i = 0; i < 200; i++) transfer(network, { up: 200 + i, down: 3000 - i, limit: 300 });
    assert.deepEqual(network.leftovers(RUN_OUT), []);
  });
});

test("after a half-close the other direction goes on for as long as it likes", () => {
  withCapture("half-close", cores, { seed: 3, wire: { delay: 2000, loss: 0.02 } }, (network) => {
    const { client, server, world } = network;
    const fds = open(network);
    assert.equal(client.shutdown(fds.client, SHUT_WR), 0);
    until(network, "the end of the stream", () => server.recv(fds.server, 1) === 0);
    const stream = new ByteStream(9);
    const arrived = new ByteStream(9);
    for (let i = 0; i < 5; i++) {
      const from = { host: server, fd: fds.server, stream };
      carry(network, from, { host: client, fd: fds.client, stream: arrived }, 20_000);
      world.advance(100_000_000);
    }
    assert.equal(describeResult(client.send(fds.client, 1)), "EPIPE");
    server.close(fds.server);
    until(network, "the end of the other stream", () => client.recv(fds.client, 1) === 0);
    client.close(fds.client);
    server.close(fds.listener);
    assert.deepEqual(network.leftovers(RUN_OUT), []);
  });
});

test("an abort is seen as ECONNRESET, also when the reset is lost", () => {
  for (const lost of [false, true]) {
    withCapture("abort", cores, { seed: 4, wire: { delay: 1000 } }, (network) => {
      const { client, server } = network;
      const fds = open(network);
      client.lingerZero(fds.client);
      if (lost) network.impair({ up: false });
      client.close(fds.client);
      network.world.advance(1);
      network.impair({ up: true });
      // Nobody hears of a lost reset until there is something to send.
      if (lost) assert.equal(describeResult(server.recv(fds.server, 1)), "EAGAIN");
      server.send(fds.server, 10);
      until(network, "ECONNRESET", () => server.recv(fds.server, 1) === failure("ECONNRESET"));
      server.close(fds.server);
      server.close(fds.listener);
      assert.deepEqual(network.leftovers(RUN_OUT), []);
    });
  }
});

test("goodput on every wire is at least half of what loss, window and line allow", () => {
  const window = cores.server.config.int("NET_TCP_RECV_BUFFER");
  for (const { name, wire } of WIRES) {
    // Reordering and jitter have no formula.
    if (wire.reorder || wire.jitter || wire.queueLimit) continue;
    const rate = withCapture(`goodput, ${name}`, cores, { seed: 5, wire }, (network) => {
      return transfer(network, { up: 500_000, down: 0, limit: 20_000 }).up;
    });
    const expected = leastGoodput(wire, window, 1448);
    assert.ok(rate > expected, `${name}: ${(rate / 1000).toFixed(1)} kB/s, expected ${(expected / 1000).toFixed(1)}`);
  }
});
