/**
 * `npm run bench:node` in short: every datagram and every byte of a stream arrives as it was sent, and one that does not is noticed. How
 * fast it is depends on this machine, so nothing here looks at the time.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { datagrams } from "../../bench/node-datagrams.js";
import { NodeHost } from "../../bench/node-host.js";
import { pair } from "../../bench/node-pair.js";
import { costsTable, measureRates, ratesTable, repeated } from "../../bench/node-rates.js";
import { stream } from "../../bench/node-streams.js";

const BUFFER = 5840;
const EXTENT = { datagrams: 500, streamBytes: 1 << 20, warm: 0, runs: 1 };

describe("the bench in Node", () => {
  it("moves datagrams and streams, and prints a rate for each", async () => {
    const rates = await measureRates(EXTENT);
    const { rows } = ratesTable(rates, EXTENT);
    assert.deepEqual(
      rows.slice(1).map(([name]) => name),
      [
        "UDP, 64 bytes",
        "UDP, 1,472 bytes",
        "TCP, buffers of 5,840 bytes, one way",
        "TCP, buffers of 5,840 bytes, both ways",
        "TCP, buffers of 64,240 bytes, one way",
        "TCP, buffers of 64,240 bytes, both ways",
      ],
    );
    for (const rate of rates) assert.ok(rate.framesPerSecond > 0 && rate.megabytesPerCpuSecond > 0, rate.name);
  });

  it("a datagram is a frame, a full segment one and at most an acknowledgement; what arrives is what was sent", async () => {
    const hosts = await pair(BUFFER);
    assert.deepEqual(pick(datagrams(hosts, 64, 100)), { frames: 100, bytes: 6400 });
    assert.deepEqual(pick(datagrams(hosts, 1472, 100)), { frames: 100, bytes: 147_200 });
    const segments = 200;
    for (const [there, back] of [
      [segments * 1460, 0],
      [0, segments * 1460],
      [segments * 730, segments * 730],
    ]) {
      const { frames, bytes } = stream(hosts, there, back);
      assert.equal(bytes, segments * 1460);
      // Both FINs and their acknowledgements come on top.
      assert.ok(frames >= segments && frames <= 2 * segments + 4, `${frames} frames for ${segments} segments`);
    }
  });

  it("a byte that is wrong ends the run, whoever receives it", async () => {
    for (const which of ["first", "second"] as const) {
      const hosts = await pair(BUFFER);
      damage(hosts[which], 10_000);
      const [there, back] = which === "second" ? [20_000, 0] : [0, 20_000];
      assert.throws(() => stream(hosts, there, back), /byte 10000 of the stream is wrong/);
    }
  });

  it("a datagram that is wrong, lost or doubled ends the run", async () => {
    const wrong = await pair(BUFFER);
    damage(wrong.second, 1050);
    assert.throws(() => datagrams(wrong, 100, 50), /datagram 10 is wrong: 100 bytes came, with the number 10/);
    const lost = await pair(BUFFER);
    loseOne(lost.first, 20);
    assert.throws(() => datagrams(lost, 100, 50), /datagram \d+ is wrong|recvfrom answered EAGAIN/);
    const doubled = await pair(BUFFER);
    const send = doubled.first.sendTo.bind(doubled.first);
    doubled.first.sendTo = (...args) => {
      send(...args);
      return send(...args);
    };
    assert.throws(() => datagrams(doubled, 100, 50), /datagram 2 is wrong: 100 bytes came, with the number 1/);
  });

  it("of several runs the median counts, of each rate by itself", () => {
    const runs = [
      { frames: 10, bytes: 1_000_000, wall: 1, cpu: 0.5 },
      { frames: 10, bytes: 2_000_000, wall: 2, cpu: 0.1 },
      { frames: 10, bytes: 3_000_000, wall: 1, cpu: 1 },
      { frames: 10, bytes: 9_000_000, wall: 1, cpu: 2 },
    ];
    assert.deepEqual(
      repeated("r", { warm: 1, runs: 3 }, () => runs.shift() ?? assert.fail("too many runs")),
      { name: "r", framesPerSecond: 10, megabytesPerSecond: 3, framesPerCpuSecond: 10, megabytesPerCpuSecond: 4.5 },
    );
  });

  it("costs stand beside how much more they are than with one socket", () => {
    const costs = [
      { sockets: 1, instructions: 1000 },
      { sockets: 1000, instructions: 1021.6 },
    ];
    assert.deepEqual(costsTable([{ protocol: "TCP", costs }]).rows, [
      ["", "1", "1,000"],
      ["TCP", "1,000 (× 1.000)", "1,022 (× 1.022)"],
    ]);
  });
});

function pick({ frames, bytes }: { frames: number; bytes: number }): { frames: number; bytes: number } {
  return { frames, bytes };
}

/** Turns a bit of the byte at `position` of everything that `host` receives from now on. */
function damage(host: NodeHost, position: number): void {
  let received = 0;
  for (const name of ["recv", "recvFrom"] as const) {
    host[name] = (fd, length) => {
      const count = NodeHost.prototype[name].call(host, fd, length);
      if (count > 0 && position >= received && position < received + count) host.room(count)[position - received] ^= 1;
      received += Math.max(0, count);
      return count;
    };
  }
}

/** The `number`th datagram that `host` says it has sent is not sent. */
function loseOne(host: NodeHost, number: number): void {
  let sent = 0;
  host.sendTo = (fd, length, ip, port) =>
    ++sent === number ? length : NodeHost.prototype.sendTo.call(host, fd, length, ip, port);
}
