/** TCP of the gateway, segment by segment: the test is the node. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import { test } from "node:test";
import { Gateway } from "../../runtime/node/gateway/gateway.js";
import { pattern } from "../harness/bytes.js";
import { parseFrame } from "../harness/parse.js";
import { Peer } from "../harness/peer.js";
import type { TcpSegment } from "../harness/tcp-segment.js";

const NODE = { mac: "02:00:00:00:00:01", ip: "10.0.2.15" };
const GATEWAY = { mac: "52:55:0a:00:02:02", ip: "10.0.2.2" };
const GUEST_PORT = 7;
/** Near the end of the sequence space, so that it wraps early. */
const ISS = 0xffff_fff0;
const DEADLINE = 5000;

const node = new Peer(NODE, GATEWAY);

function wrap(value: number): number {
  return value >>> 0;
}

/** The node's end of one connection. */
class NodeEnd {
  readonly segments: TcpSegment[] = [];
  /** Port of the node, and of the gateway once a segment has come. */
  ownPort = GUEST_PORT;
  peerPort = 0;
  /** Next sequence number of ours, next one expected of the gateway. */
  next = ISS;
  expected = 0;
  /** Right edge of the gateway's window, as it was announced last. */
  edge: number | undefined;

  constructor(private readonly gateway: Gateway) {
    gateway.attach((frame) => {
      const packet = parseFrame(frame);
      assert.deepEqual(packet.problems, []);
      if (packet.tcp === undefined) return;
      this.check(packet.tcp);
      this.segments.push(packet.tcp);
    });
    gateway.send(node.arpReply());
  }

  /** What holds of every segment. */
  private check(segment: TcpSegment): void {
    if (segment.flags.includes("R")) return;
    const edge = wrap(segment.ack + segment.window);
    if (this.edge !== undefined && segment.flags.includes(".")) {
      assert.ok(((edge - this.edge) | 0) >= 0, "the right edge of the window never goes back");
    }
    if (segment.flags.includes(".")) this.edge = edge;
  }

  send(flags: string, payload: Uint8Array | string = "", fields: { seq?: number; ack?: number; window?: number } = {}) {
    const { seq = this.next, ack = this.expected, window } = fields;
    this.gateway.send(
      node.tcp(
        { srcPort: this.ownPort, dstPort: this.peerPort, seq, ack, flags, window, ip: { dst: GATEWAY.ip } },
        payload,
      ),
    );
    if (fields.seq !== undefined) return;
    this.next = wrap(this.next + payload.length + (/[SF]/.test(flags) ? 1 : 0));
  }

  async take(limit = DEADLINE): Promise<TcpSegment> {
    const end = Date.now() + limit;
    while (this.segments.length === 0) {
      assert.ok(Date.now() < end, "the gateway sends nothing");
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    return this.segments.shift() as TcpSegment;
  }

  /** The next segment that is more than an acknowledgement. */
  async takeData(): Promise<TcpSegment> {
    for (;;) {
      const segment = await this.take();
      if (segment.payload.length > 0 || segment.flags !== ".") return segment;
    }
  }

  /** Sends nothing for `milliseconds`. */
  async quiet(milliseconds: number): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, milliseconds));
    assert.deepEqual(this.segments, []);
  }

  /** Answers the gateway's SYN. */
  async establish(options: { window?: number; mss?: number } = {}): Promise<void> {
    const syn = await this.take();
    assert.equal(syn.flags, "S");
    assert.deepEqual(syn.options, [{ kind: "mss", value: 1460 }]);
    this.peerPort = syn.srcPort;
    this.expected = wrap(syn.seq + 1);
    const { window = 65_535, mss = 1460 } = options;
    this.gateway.send(
      node.tcp({
        ...{ srcPort: this.ownPort, dstPort: this.peerPort, seq: this.next, ack: this.expected, flags: "S.", window },
        options: [{ kind: "mss", value: mss }],
      }),
    );
    this.next = wrap(this.next + 1);
    const ack = await this.take();
    assert.deepEqual([ack.flags, ack.seq, ack.ack], [".", this.expected, this.next]);
  }
}

interface Scene {
  readonly gateway: Gateway;
  readonly end: NodeEnd;
  readonly client: Socket;
  /** Error of the client, when it has one. */
  readonly failure: () => string | undefined;
}

async function scene(run: (scene: Scene) => Promise<void>): Promise<void> {
  const gateway = await Gateway.open({
    node: NODE.ip,
    forwards: [{ protocol: "tcp", hostPort: 0, guestPort: GUEST_PORT }],
  });
  const end = new NodeEnd(gateway);
  const client = connect({ port: gateway.hostPorts[0], host: "127.0.0.1", allowHalfOpen: true });
  let failure: string | undefined;
  client.on("error", (error: NodeJS.ErrnoException) => {
    failure = error.code;
  });
  try {
    await run({ gateway, end, client, failure: () => failure });
  } finally {
    client.destroy();
    await gateway.close();
  }
}

async function closed(client: Socket): Promise<void> {
  // events.once would throw the error that is expected here.
  for (const end = Date.now() + DEADLINE; !client.closed; ) {
    assert.ok(Date.now() < end, "the client stays open");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

test("segments are no longer than the node's MSS and never beyond its window", () =>
  scene(async ({ end, client }) => {
    await end.establish({ window: 250, mss: 100 });
    client.write(pattern(600));
    const sizes: number[] = [];
    const received: number[] = [];
    while (received.length < 600) {
      const segment = await end.takeData();
      assert.equal(segment.seq, end.expected, "nothing is left out");
      sizes.push(segment.payload.length);
      received.push(...segment.payload);
      end.expected = wrap(end.expected + segment.payload.length);
      // The rest of the window is less than a segment: it stays unused while something is under way.
      if (end.segments.length === 0) {
        if (received.length === 200) await end.quiet(50);
        end.send(".", "", { seq: end.next, window: 250 });
      }
    }
    assert.deepEqual(Uint8Array.from(received), pattern(600));
    assert.ok(
      sizes.every((size) => size <= 100),
      String(sizes),
    );
  }));

test("a closed window is probed with one byte, and what waits goes when it opens", () =>
  scene(async ({ end, client }) => {
    await end.establish({ window: 0 });
    client.write("hello");
    const begin = Date.now();
    for (let i = 0; i < 2; i++) {
      const probe = await end.takeData();
      assert.deepEqual([probe.seq, Buffer.from(probe.payload).toString()], [end.expected, "h"]);
      end.send(".", "", { seq: end.next, window: 0 });
    }
    assert.ok(Date.now() - begin >= 1200, "each probe waits longer");
    end.send(".", "", { seq: end.next, window: 1000 });
    const rest = await end.takeData();
    assert.deepEqual([rest.seq, Buffer.from(rest.payload).toString()], [end.expected, "hello"]);
  }));

test("what is not acknowledged is sent again, the SYN too", () =>
  scene(async ({ end, client }) => {
    const first = await end.take();
    const second = await end.take();
    assert.deepEqual(second, first);
    end.segments.unshift(second);
    await end.establish();
    client.write("again");
    client.end();
    const data = await end.takeData();
    const fin = await end.takeData();
    assert.deepEqual([data.flags, fin.flags, fin.seq], ["P.", "F.", wrap(end.expected + 5)]);
    const repeated = await end.takeData();
    assert.deepEqual(
      [repeated.flags, repeated.seq, Buffer.from(repeated.payload).toString()],
      ["FP.", data.seq, "again"],
    );
    end.expected = wrap(end.expected + 6);
    end.send(".");
    await end.quiet(1200);
  }));

test("segments that come twice, overlap or leave a gap reach the client once and in order", () =>
  scene(async ({ end, client }) => {
    await end.establish();
    const begin = end.next;
    let text = "";
    client.setEncoding("latin1").on("data", (part) => {
      text += part;
    });
    const ack = async (): Promise<number> => wrap((await end.take()).ack - begin);
    end.send("P.", "abc");
    assert.equal(await ack(), 3);
    end.send("P.", "abc", { seq: begin });
    assert.equal(await ack(), 3, "an old segment is acknowledged");
    end.send("P.", "ghi", { seq: wrap(begin + 6) });
    assert.equal(await ack(), 3, "a gap is not jumped");
    end.send("P.", "bcdef", { seq: wrap(begin + 1) });
    assert.equal(await ack(), 6);
    end.send("P.", "", { seq: wrap(begin + 5) });
    assert.equal(await ack(), 6, "a keep-alive probe is answered");
    end.next = wrap(begin + 6);
    end.send("FP.", "ghi");
    assert.equal(await ack(), 10);
    await once(client, "end", { signal: AbortSignal.timeout(DEADLINE) });
    assert.equal(text, "abcdefghi");
    end.send("F.", "", { seq: wrap(begin + 9) });
    assert.equal(await ack(), 10, "a FIN that comes again is acknowledged");
  }));

test("only a reset at the expected number ends the connection", () =>
  scene(async ({ end, client, failure }) => {
    await end.establish();
    end.send("R", "", { seq: wrap(end.next - 1) });
    await end.quiet(50);
    end.send("R", "", { seq: wrap(end.next + 100) });
    assert.deepEqual((await end.take()).ack, end.next, "one inside the window is questioned");
    end.send("S", "", { seq: end.next });
    assert.deepEqual((await end.take()).flags, ".", "and so is a SYN");
    assert.equal(failure(), undefined);
    end.send("R.", "", { seq: end.next });
    await closed(client);
    assert.equal(failure(), "ECONNRESET");
    await end.quiet(50);
  }));

test("both sides end apart from each other, whoever begins", async () => {
  await scene(async ({ end, client }) => {
    await end.establish();
    client.end("question");
    const question = await end.takeData();
    const fin = question.flags.includes("F") ? question : await end.takeData();
    assert.ok(fin.flags.includes("F"));
    end.expected = wrap(end.expected + 9);
    end.send(".");
    end.send("P.", "answer");
    const [answer] = (await once(client, "data")) as [Buffer];
    assert.equal(answer.toString(), "answer");
    end.send("F.");
    await closed(client);
    end.segments.length = 0;
    end.send("F.", "", { seq: wrap(end.next - 1) });
    assert.equal((await end.take()).flags, ".", "remembered for a while");
  });
  await scene(async ({ end, client }) => {
    await end.establish();
    end.send("F.");
    client.resume();
    await once(client, "end", { signal: AbortSignal.timeout(DEADLINE) });
    client.end("late");
    const late = await end.takeData();
    assert.equal(Buffer.from(late.payload).toString(), "late");
  });
});

test("a client that does not read closes the window; the node's probes are answered until it opens again", () =>
  scene(async ({ end, client }) => {
    client.pause();
    await end.establish();
    const piece = pattern(1460);
    let sent = 0;
    // The kernel's buffers on the way to the client hold some megabytes.
    for (let window = 65_535; ; ) {
      while (window >= piece.length) {
        end.send(".", piece);
        sent += piece.length;
        window -= piece.length;
      }
      assert.ok(sent < 64 << 20, "the window never closes");
      const end1 = Date.now() + 300;
      while (((end.edge ?? 0) - end.next) >> 0 < piece.length && Date.now() < end1) {
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
      window = ((end.edge ?? 0) - end.next) | 0;
      if (window < piece.length) break;
    }
    end.segments.length = 0;
    const rest = ((end.edge ?? 0) - end.next) | 0;
    if (rest > 0) {
      end.send(".", pattern(rest));
      sent += rest;
      await end.take();
    }
    end.send(".", "x", { seq: end.next });
    const probe = await end.take();
    assert.deepEqual([probe.ack, probe.window], [end.next, 0]);
    let received = 0;
    client.on("data", (bytes) => {
      received += bytes.length;
    });
    client.resume();
    const opened = await end.take();
    assert.ok(opened.window >= 1460, `${opened.window}`);
    end.send("F.");
    await once(client, "end", { signal: AbortSignal.timeout(DEADLINE) });
    assert.equal(received, sent);
  }));

test("segments of no connection, and SYNs for ports where nobody listens, are reset; damaged ones are not there", async () => {
  const gateway = await Gateway.open({ node: NODE.ip });
  const end = new NodeEnd(gateway);
  const server: Server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  assert.ok(typeof address === "object" && address !== null);
  await new Promise<void>((resolve) => server.close(() => resolve()));
  try {
    end.peerPort = address.port;
    end.ownPort = 4000;
    end.send(".", "lost", { seq: 1000, ack: 77 });
    const reset = await end.take();
    assert.deepEqual([reset.flags, reset.seq], ["R", 77]);
    end.send("-", "lost", { seq: 1000, ack: 0 });
    const other = await end.take();
    assert.deepEqual([other.flags, other.seq, other.ack], ["R.", 0, 1004]);
    end.send("R", "", { seq: 1000, ack: 0 });
    gateway.send(node.tcp({ srcPort: 4000, dstPort: address.port, flags: "S", checksum: "bad" }));
    gateway.send(node.tcp({ srcPort: 4000, dstPort: address.port, flags: "S", dataOffset: 4 }));
    await end.quiet(100);
    end.send("S", "", { seq: 5000, ack: 0 });
    const refused = await end.take();
    assert.deepEqual([refused.flags, refused.seq, refused.ack], ["R.", 0, 5001]);
  } finally {
    await gateway.close();
  }
});

test("connections elsewhere are refused with ICMP unless the gateway lets them out, and never to loopback", async () => {
  for (const outside of [false, true]) {
    const gateway = await Gateway.open({ node: NODE.ip, outside });
    try {
      const codes: (number | undefined)[] = [];
      gateway.attach((frame) => {
        const packet = parseFrame(frame);
        if (packet.icmp !== undefined) codes.push(packet.icmp.code);
      });
      const to = outside ? ["127.0.0.1", "224.0.0.1", "0.0.0.1"] : ["192.0.2.1", "127.0.0.1"];
      for (const dst of to) gateway.send(node.tcp({ srcPort: 4000, dstPort: 9, flags: "S", ip: { dst } }));
      await new Promise((resolve) => setTimeout(resolve, 20));
      assert.deepEqual(codes, [13, 13], "multicast is not answered at all");
    } finally {
      await gateway.close();
    }
  }
});
