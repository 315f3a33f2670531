/** The wires of real time: QEMU's stream, a TAP interface with the Linux kernel behind it, the gateway in both directions. */
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { connect } from "node:net";
import { test } from "node:test";
import { Gateway } from "../../runtime/node/gateway/gateway.js";
import { Machine } from "../../runtime/node/machine.js";
import type { RealWire } from "../../runtime/node/real-wire.js";
import { FrameStream, QemuWire } from "../../runtime/node/wire/qemu.js";
import { TapWire } from "../../runtime/node/wire/tap.js";
import { pattern } from "../harness/bytes.js";
import { compileCore } from "../harness/compile.js";
import { ethernet, icmp, ipv4, udp } from "../harness/packets.js";
import { type Packet, parseFrame } from "../harness/parse.js";
import { Peer } from "../harness/peer.js";
import { compileProgram } from "../harness/program.js";
import { Namespace, whyNot } from "../linux/namespace.js";

const NODE = { mac: "02:00:00:00:00:01", ip: "10.0.2.15" };
const GATEWAY = { mac: "52:55:0a:00:02:02", ip: "10.0.2.2" };
/** The node, played by the test, on the gateway's wire. */
const node = new Peer(NODE, GATEWAY);

test("frames are cut from a stream, however it is split", () => {
  const frames = [pattern(60), pattern(1514, 7), pattern(61, 9)];
  const bytes: number[] = [];
  for (const frame of frames) bytes.push(0, 0, frame.length >> 8, frame.length & 0xff, ...frame);
  for (const size of [1, 2, 3, 64, 1000, bytes.length]) {
    const stream = new FrameStream();
    const found: Uint8Array[] = [];
    for (let at = 0; at < bytes.length; at += size)
      found.push(...stream.push(Uint8Array.from(bytes.slice(at, at + size))));
    assert.deepEqual(found, frames, `pieces of ${size}`);
  }
  assert.throws(() => new FrameStream().push(Uint8Array.of(0xff, 0, 0, 0)), /out of step/);
});

test("a QEMU wire carries frames both ways over its socket", async () => {
  const wire = await QemuWire.listen();
  try {
    const received: Uint8Array[] = [];
    wire.attach((frame) => received.push(frame));
    const board = connect(wire.path);
    await wire.connected;
    wire.send(pattern(60));
    const [data] = (await once(board, "data")) as [Buffer];
    assert.deepEqual(new FrameStream().push(data), [pattern(60)]);
    board.write(Uint8Array.of(0, 0, 0, 2, 0xaa, 0xbb));
    while (received.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    assert.deepEqual(received, [Uint8Array.of(0xaa, 0xbb)]);
    assert.deepEqual(wire.arguments("n"), ["-netdev", `stream,id=n,server=off,addr.type=unix,addr.path=${wire.path}`]);
    board.destroy();
  } finally {
    await wire.close();
  }
});

/** The node's end of a gateway: what the gateway sends, parsed, to wait for. */
class NodeEnd {
  readonly packets: Packet[] = [];

  constructor(private readonly wire: RealWire) {
    wire.attach((frame) => {
      const packet = parseFrame(frame);
      assert.deepEqual(packet.problems, []);
      this.packets.push(packet);
    });
  }

  send(...frames: Uint8Array[]): void {
    for (const frame of frames) this.wire.send(frame);
  }

  async next(): Promise<Packet> {
    for (let waited = 0; this.packets.length === 0; waited++) {
      assert.ok(waited < 2000, "the gateway sends nothing");
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    return this.packets.shift() as Packet;
  }
}

function udpSocket(): Promise<Socket> {
  const socket = createSocket("udp4");
  return new Promise((resolve) => socket.bind(0, "127.0.0.1", () => resolve(socket)));
}

test("the gateway answers ARP and ping for its address, and for no other", async () => {
  const gateway = await Gateway.open({ node: NODE.ip });
  const end = new NodeEnd(gateway);
  try {
    end.send(node.arpRequest({ tpa: "10.0.2.77" }), node.arpRequest());
    const { arp } = await end.next();
    assert.deepEqual([arp?.operation, arp?.spa, arp?.sha, arp?.tpa], [2, GATEWAY.ip, GATEWAY.mac, NODE.ip]);
    end.send(node.ping({ id: 1, sequence: 2 }, pattern(56)));
    const pong = await end.next();
    assert.deepEqual([pong.icmp?.type, pong.icmp?.id, pong.icmp?.sequence], [0, 1, 2]);
    assert.deepEqual(pong.icmp?.payload, pattern(56));
    end.send(node.udp({ srcPort: 9, dstPort: 53, ip: { dst: "192.0.2.1" } }, "x"));
    const refused = await end.next();
    assert.deepEqual([refused.icmp?.type, refused.icmp?.code], [3, 13]);
    end.send(node.ping({ ip: { dst: "192.0.2.1" } }), node.ping({ checksum: "right", ip: { checksum: "bad" } }));
    end.send(node.ipv4({ protocol: 99 }, "x"));
    assert.deepEqual((await end.next()).icmp?.code, 2, "no ICMP about ICMP, nothing about damaged headers");
    assert.equal(end.packets.length, 0);
  } finally {
    await gateway.close();
  }
});

test("the node reaches a service of this machine as the gateway's address; a port without one is unreachable", async () => {
  const gateway = await Gateway.open({ node: NODE.ip });
  const end = new NodeEnd(gateway);
  const service = await udpSocket();
  service.on("message", (data, from) => service.send(Buffer.concat([data, data]), from.port, from.address));
  try {
    const { port } = service.address();
    end.send(node.udp({ srcPort: 4000, dstPort: port }, "ab"), node.udp({ srcPort: 4001, dstPort: port }, "cd"));
    const answers = [await end.next(), await end.next()].sort((a, b) => (a.udp?.dstPort ?? 0) - (b.udp?.dstPort ?? 0));
    assert.deepEqual(
      answers.map(({ udp: u, ip }) => [ip?.src, u?.srcPort, u?.dstPort, Buffer.from(u?.payload ?? []).toString()]),
      [
        [GATEWAY.ip, port, 4000, "abab"],
        [GATEWAY.ip, port, 4001, "cdcd"],
      ],
    );
    // Larger than a frame, both ways: in fragments.
    end.send(...node.udpFragments({ srcPort: 4002, dstPort: port, ip: { id: 5 } }, pattern(4000), 1480).reverse());
    const parts = [];
    for (let bytes = 0; bytes < 8008; ) {
      const part = await end.next();
      bytes += part.ip?.payload.length ?? 0;
      parts.push(part);
    }
    assert.equal(parts.length, 6);
    const whole = Buffer.concat(parts.map(({ ip }) => ip?.payload ?? new Uint8Array()));
    assert.equal(whole.subarray(8, 4008).compare(pattern(4000)) | whole.subarray(4008).compare(pattern(4000)), 0);

    const closed = await udpSocket();
    const gone = closed.address().port;
    await new Promise<void>((resolve) => closed.close(() => resolve()));
    const lost = node.udp({ srcPort: 4003, dstPort: gone }, "anyone?");
    end.send(lost);
    const unreachable = await end.next();
    assert.deepEqual([unreachable.icmp?.type, unreachable.icmp?.code], [3, 3]);
    assert.deepEqual(unreachable.icmp?.payload, lost.slice(14, 14 + 28));
  } finally {
    service.close();
    await gateway.close();
  }
});

test("clients of a forwarded port are kept apart, also before the node's MAC address is known", async () => {
  const gateway = await Gateway.open({
    node: NODE.ip,
    forwards: [
      { protocol: "udp", hostPort: 0, guestPort: 7 },
      { protocol: "udp", hostPort: 0, guestPort: 7 },
    ],
  });
  const end = new NodeEnd(gateway);
  const client = await udpSocket();
  try {
    const heard: string[] = [];
    client.on("message", (data, from) => heard.push(`${data} from ${gateway.hostPorts.indexOf(from.port)}`));
    // The same client at both ports: two ports of the gateway must stand for it.
    client.send("first", gateway.hostPorts[0], "127.0.0.1");
    const request = await end.next();
    assert.deepEqual([request.arp?.operation, request.arp?.tpa, request.eth.dst], [1, NODE.ip, "ff:ff:ff:ff:ff:ff"]);
    end.send(node.arpReply());
    const first = await end.next();
    client.send("second", gateway.hostPorts[1], "127.0.0.1");
    const second = await end.next();
    assert.deepEqual([first.udp?.dstPort, second.udp?.dstPort, first.ip?.src], [7, 7, GATEWAY.ip]);
    assert.equal(first.udp?.srcPort, client.address().port);
    assert.notEqual(first.udp?.srcPort, second.udp?.srcPort);
    end.send(node.udp({ srcPort: 7, dstPort: second.udp?.srcPort ?? 0 }, "to second"));
    end.send(node.udp({ srcPort: 7, dstPort: first.udp?.srcPort ?? 0 }, "to first"));
    while (heard.length < 2) await new Promise((resolve) => setTimeout(resolve, 5));
    assert.deepEqual(heard.sort(), ["to first from 0", "to second from 1"]);
  } finally {
    client.close();
    await gateway.close();
  }
});

test("frames that are not for the gateway, or not from the node, do nothing", async () => {
  const gateway = await Gateway.open({ node: NODE.ip });
  const end = new NodeEnd(gateway);
  try {
    const stranger = new Peer({ mac: "02:00:00:00:00:55", ip: "10.0.2.55" }, GATEWAY);
    end.send(
      stranger.ping(),
      node.ethernet(ipv4({ src: NODE.ip, dst: GATEWAY.ip, protocol: 1 }, icmp({ type: 8 })), {
        dst: "02:00:00:00:00:44",
      }),
      node.udp({ srcPort: 1, dstPort: 2, checksum: "bad" }, "x"),
      ethernet({ dst: GATEWAY.mac, src: NODE.mac, pad: false }, [0x45]),
      ethernet(
        { dst: GATEWAY.mac, src: NODE.mac },
        ipv4(
          { src: NODE.ip, dst: GATEWAY.ip, protocol: 17 },
          udp({ src: NODE.ip, dst: GATEWAY.ip, srcPort: 1, dstPort: 2, length: 900 }, "x"),
        ),
      ),
      pattern(5),
    );
    end.send(node.ping({ sequence: 99 }));
    assert.equal((await end.next()).icmp?.sequence, 99);
    assert.equal(end.packets.length, 0);
  } finally {
    await gateway.close();
  }
});

test("the Linux kernel pings native_sim over a TAP interface", {
  skip: whyNot() ?? (spawnSync("socat", ["-V"]).status === 0 ? false : "socat is not installed"),
}, async () => {
  const namespace = Namespace.create();
  let machine: Machine | undefined;
  try {
    const wire = await TapWire.open({ namespace: namespace.name, address: "10.0.2.2/24", interfaceName: "tap1" });
    const wasm = await compileProgram("assembly/node/idle.ts");
    const { module } = await compileCore();
    machine = new Machine({ core: module, application: { name: "idle", wasm, memorySize: 4096 }, wire });
    machine.start();
    for (const size of [0, 1, 56, 1472, 1473]) {
      const child = namespace.start("ping", ["-c", "3", "-i", "0.2", "-W", "2", "-s", String(size), NODE.ip]);
      let output = "";
      child.stdout?.on("data", (text) => {
        output += text;
      });
      await once(child, "close");
      assert.match(output, /3 packets transmitted, 3 received, 0% packet loss/, `${size} bytes: ${output}`);
    }
    assert.match(
      execFileSync("ip", ["-n", namespace.name, "neigh"], { encoding: "utf8" }),
      /10\.0\.2\.15 dev tap1 lladdr/,
    );
  } finally {
    await machine?.close();
    namespace.destroy();
  }
});
