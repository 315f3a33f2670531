/** Control messages of datagrams: IP_PKTINFO, IP_TTL, IP_TOS both ways, SO_TIMESTAMP and SO_TIMESTAMPNS (Linux's ip(7), socket(7)). */
import assert from "node:assert/strict";
import { pattern } from "../harness/bytes.js";
import {
  beginSendMessage,
  type Control,
  IP_PKTINFO,
  IP_RECVTOS,
  IP_RECVTTL,
  IP_TOS,
  IP_TTL,
  IPPROTO_IP,
  ipWord,
  MSG_CTRUNC,
  type Outgoing,
  receiveMessage,
  SO_TIMESTAMP,
  SO_TIMESTAMPNS,
  sendMessage,
  words,
} from "../harness/message-calls.js";
import { ethernet, ipv4, udp } from "../harness/packets.js";
import { script } from "../harness/script.js";
import { MSG_PEEK, SOL_SOCKET } from "../harness/socket-calls.js";
import type { Stack } from "../harness/stack.js";

/** The configuration of test/assembly/contract/messages, so that the core is compiled once. */
const CONTROL = {
  settings: {
    NET_CONTEXT_RECV_PKTINFO: true,
    NET_CONTEXT_TIMESTAMPING: true,
    NET_SOCKETS_UDP_RCVBUF: 1024,
    NET_SOCKETS_UDP_BUFFERS: 2,
    NET_MAX_CONTEXTS: 2,
    ZVFS_OPEN_MAX: 6,
    NET_TCP: false,
  },
};
const ONCE = { ...CONTROL, variants: false };
/** Interface numbers. */
const NIC = 1;
const LOOPBACK = 2;
/** A link-local multicast and the broadcast address of the NIC's subnet. */
const SUBNET_BROADCAST = "10.0.2.255";

/** A socket on port 7 with all options about the IP header on. */
function open(stack: Stack): number {
  stack.arpResolve();
  const fd = stack.openUdp();
  stack.bind(fd, 7);
  for (const name of [IP_PKTINFO, IP_RECVTTL, IP_RECVTOS]) stack.setOption(fd, IPPROTO_IP, name, 1);
  return fd;
}

function pktinfo(index: number, local: string, destination: string): Control {
  return { level: IPPROTO_IP, type: IP_PKTINFO, data: words(index, ipWord(local), ipWord(destination)) };
}

function ttl(value: number): Control {
  return { level: IPPROTO_IP, type: IP_TTL, data: words(value) };
}

function tos(value: number): Control {
  return { level: IPPROTO_IP, type: IP_TOS, data: Uint8Array.of(value) };
}

function to(stack: Stack, control: readonly Control[], rest: Partial<Outgoing> = {}): Outgoing {
  return { parts: ["x"], to: { ip: stack.peer.ip, port: 9000 }, control, ...rest };
}

script("what came with a datagram: destination, TTL and type of service, each as its option says", CONTROL, (stack) => {
  const fd = open(stack);
  const frame = stack.peer.udp({ srcPort: 9000, dstPort: 7, ip: { ttl: 3, tos: 0xb8 } }, "hello");
  stack.inject(frame, frame);
  const all = [pktinfo(NIC, stack.ip, stack.ip), ttl(3), tos(0xb8)];
  const peeked = receiveMessage(stack, fd, { flags: MSG_PEEK });
  assert.deepEqual([peeked.control, peeked.controlLength, peeked.flags], [all, 32 + 24 + 17, 0]);
  assert.deepEqual(receiveMessage(stack, fd).control, all, "looking has taken nothing");
  stack.setOption(fd, IPPROTO_IP, IP_PKTINFO, 0);
  assert.equal(stack.getOption(fd, IPPROTO_IP, IP_PKTINFO), 0);
  assert.equal(stack.getOption(fd, IPPROTO_IP, IP_RECVTTL), 1);
  assert.deepEqual(receiveMessage(stack, fd).control, [ttl(3), tos(0xb8)], "what counts is the option when it is read");
});

script("datagrams of changing header keep theirs through the ring, also when recv takes some", CONTROL, (stack) => {
  const fd = open(stack);
  for (let round = 0; round < 30; round++) {
    for (const i of [0, 1, 2]) {
      const ip = { ttl: 1 + ((round * 3 + i) % 250), tos: (round + i) & 0xff };
      stack.inject(stack.peer.udp({ srcPort: 9000, dstPort: 7, ip }, pattern((round * 37 + i * 11) % 300, i)));
    }
    for (const i of [0, 1, 2]) {
      if ((round + i) % 3 === 0) {
        assert.deepEqual(stack.recvFrom(fd).data, pattern((round * 37 + i * 11) % 300, i));
        continue;
      }
      const { control, parts } = receiveMessage(stack, fd);
      assert.deepEqual(parts, [pattern((round * 37 + i * 11) % 300, i)]);
      assert.deepEqual(control.slice(1), [ttl(1 + ((round * 3 + i) % 250)), tos((round + i) & 0xff)]);
    }
  }
});

script("a header with options, and fragments put together, are said the same of", CONTROL, (stack) => {
  const fd = open(stack);
  stack.inject(stack.peer.udp({ srcPort: 9000, dstPort: 7, ip: { ttl: 9, tos: 4, options: [1, 1, 1, 1] } }, "options"));
  assert.deepEqual(receiveMessage(stack, fd).control, [pktinfo(NIC, stack.ip, stack.ip), ttl(9), tos(4)]);
  for (const frame of stack.peer.udpFragments(
    { srcPort: 9000, dstPort: 7, ip: { ttl: 77, tos: 8 } },
    pattern(900),
    400,
  ))
    stack.inject(frame);
  const { control, parts } = receiveMessage(stack, fd, { sizes: [500, 500] });
  assert.deepEqual(parts, [pattern(500), pattern(400, 501)]);
  assert.deepEqual(control, [pktinfo(NIC, stack.ip, stack.ip), ttl(77), tos(8)]);
});

script("a broadcast: the destination is its address, the local one that of the interface", CONTROL, (stack) => {
  const fd = open(stack);
  for (const dst of ["255.255.255.255", SUBNET_BROADCAST]) {
    const payload = udp({ src: stack.peer.ip, dst, srcPort: 9000, dstPort: 7 }, "to all");
    const datagram = ipv4({ src: stack.peer.ip, dst, protocol: 17, ttl: 1 }, payload);
    stack.inject(ethernet({ dst: "ff:ff:ff:ff:ff:ff", src: stack.peer.mac }, datagram));
    assert.deepEqual(receiveMessage(stack, fd).control, [pktinfo(NIC, stack.ip, dst), ttl(1), tos(0)]);
  }
});

script("over loopback: the interface is the loopback interface", CONTROL, (stack) => {
  const fd = open(stack);
  const sender = stack.openUdp();
  for (const ip of ["127.0.0.1", "127.3.2.1", stack.ip]) {
    stack.sendTo(sender, ip, 7, "inside");
    assert.deepEqual(receiveMessage(stack, fd).control, [pktinfo(LOOPBACK, ip, ip), ttl(64), tos(0)]);
  }
});

script("a waiting call is told of the datagram that it waited for", CONTROL, (stack) => {
  const fd = open(stack);
  // A call that lends its buffer first: what is noted then belongs to no later datagram.
  stack.memory.store32(64, 1024);
  stack.memory.store32(68, 100);
  assert.equal(stack.sys("sock_recv_from", fd, 64, 1, 0, 32, 16), -1);
  stack.inject(stack.peer.udp({ srcPort: 9000, dstPort: 7, ip: { ttl: 200 } }, "lent"));
  assert.equal(stack.memory.load32(16), 4);
  stack.inject(stack.peer.udp({ srcPort: 9000, dstPort: 7, ip: { ttl: 5 } }, "ring"));
  stack.inject(stack.peer.ping({ ip: { ttl: 6 } }));
  stack.expect({ icmp: { type: 0 } });
  assert.deepEqual(receiveMessage(stack, fd).control[1], ttl(5));
});

script("no room: whole messages that fit, MSG_CTRUNC, nothing behind", ONCE, (stack) => {
  const fd = open(stack);
  const lengths: Record<number, [number, number]> = {
    0: [0, 0],
    15: [0, 0],
    27: [0, 0],
    28: [1, 28],
    51: [1, 28],
    52: [2, 52],
    72: [2, 52],
    73: [3, 73],
    75: [3, 73],
    76: [3, 73],
  };
  for (const [room, [count, length]] of Object.entries(lengths)) {
    stack.inject(stack.peer.udp({ srcPort: 9000, dstPort: 7, ip: { ttl: 3, tos: 7 } }, "x"));
    const guard = stack.scratch(8);
    const message = receiveMessage(stack, fd, { room: Number(room) });
    assert.deepEqual(
      [message.control.length, message.controlLength, message.flags],
      [count, length, count === 3 ? 0 : MSG_CTRUNC],
      `room for ${room} bytes`,
    );
    assert.equal(stack.memory.load32(guard), 0);
  }
});

script("nothing came: no control messages", ONCE, (stack) => {
  const fd = open(stack);
  stack.connect(fd, stack.peer.ip, 9000);
  stack.inject(stack.peer.udp({ srcPort: 9000, dstPort: 7 }, "x"));
  assert.equal(receiveMessage(stack, fd).control.length, 3);
  stack.shutdown(fd, "rd");
  const { length, control, flags } = receiveMessage(stack, fd);
  assert.deepEqual([length, control, flags], [0, [], 0]);
});

script("one datagram with a TTL and a type of service of its own, the next one without", CONTROL, (stack) => {
  const fd = open(stack);
  stack.setOption(fd, IPPROTO_IP, IP_TTL, 10);
  // The way to the peer is remembered first.
  stack.sendTo(fd, stack.peer.ip, 9000, "plain");
  stack.expect({ ip: { ttl: 10, tos: 0 }, udp: { payload: "plain" } });
  assert.equal(sendMessage(stack, fd, to(stack, [ttl(1), tos(0x2e)])), 1);
  stack.expect({ ip: { ttl: 1, tos: 0x2e, src: stack.ip }, udp: { srcPort: 7, payload: "x" } });
  sendMessage(stack, fd, to(stack, [{ level: IPPROTO_IP, type: IP_TOS, data: words(255) }]));
  stack.expect({ ip: { ttl: 10, tos: 255 } });
  stack.sendTo(fd, stack.peer.ip, 9000, "plain");
  stack.expect({ ip: { ttl: 10, tos: 0 } });
  sendMessage(stack, fd, to(stack, [ttl(255)], { parts: ["abcd"] }));
  stack.expect({ ip: { ttl: 255, tos: 0 }, udp: { payload: "abcd" } });
  assert.equal(stack.getOption(fd, IPPROTO_IP, IP_TTL), 10);
});

script("IP_PKTINFO says from which address and through which interface a datagram goes", CONTROL, (stack) => {
  const fd = stack.openUdp();
  const receiver = open(stack);
  const any = "0.0.0.0";
  sendMessage(stack, fd, to(stack, [pktinfo(NIC, stack.ip, any)]));
  const port = stack.localAddress(fd).port;
  assert.deepEqual(stack.localAddress(fd), { ip: any, port }, "the socket is bound to a port and no address");
  stack.expect({ ip: { src: stack.ip }, udp: { srcPort: port } });
  // An own address as the source of something inside.
  const inside = { to: { ip: "127.0.0.1", port: 7 } };
  sendMessage(stack, fd, to(stack, [pktinfo(0, stack.ip, any)], inside));
  assert.equal(receiveMessage(stack, receiver).from, stack.ip);
  sendMessage(stack, fd, to(stack, [pktinfo(LOOPBACK, "127.9.9.9", any)], inside));
  assert.equal(receiveMessage(stack, receiver).from, "127.9.9.9");
  stack.sendTo(fd, "127.0.0.1", 7, "plain");
  assert.equal(receiveMessage(stack, receiver).from, "127.0.0.1");
  const error = (control: Control, rest = {}): string => beginSendMessage(stack, fd, to(stack, [control], rest)).errno;
  assert.equal(error(pktinfo(3, any, any)), "ENODEV");
  assert.equal(error(pktinfo(0, "10.0.2.77", any)), "EINVAL", "an address that is not ours");
  assert.equal(error(pktinfo(0, "127.0.0.1", any)), "EINVAL", "127/8 does not leave");
  assert.equal(error(pktinfo(LOOPBACK, any, any)), "ENETUNREACH");
  assert.equal(error(pktinfo(NIC, any, any), inside), "ENETUNREACH");
  stack.quiet(100);
});

script("on a connected socket, and in fragments", CONTROL, (stack) => {
  const fd = open(stack);
  stack.connect(fd, stack.peer.ip, 9000);
  sendMessage(stack, fd, { parts: ["to the peer"], control: [ttl(2)] });
  stack.expect({ ip: { ttl: 2 }, udp: { dstPort: 9000, payload: "to the peer" } });
  sendMessage(stack, fd, { parts: [pattern(1000), pattern(1000)], control: [ttl(2), tos(4)] });
  const frames = stack.takeSent();
  assert.equal(frames.length, 2);
  for (const { packet } of frames) assert.deepEqual([packet.ip?.ttl, packet.ip?.tos], [2, 4]);
  stack.send(fd, "plain");
  stack.expect({ ip: { ttl: 64, tos: 0 } });
});

script("a neighbour that is not known yet: the datagram waits for it with its own TTL", CONTROL, (stack) => {
  const fd = stack.openUdp();
  sendMessage(stack, fd, to(stack, [ttl(7)]));
  stack.expect({ arp: { operation: 1, tpa: stack.peer.ip } });
  stack.inject(stack.peer.arpReply());
  stack.expect({ ip: { ttl: 7 }, udp: { payload: "x" } });
});

script("EINVAL: control messages that are cut, unknown or out of range", ONCE, (stack) => {
  const fd = open(stack);
  const error = (control: readonly Control[], controlLength?: number): string =>
    beginSendMessage(stack, fd, to(stack, control, { controlLength })).errno;
  for (const length of [1, 15, 19]) assert.equal(error([ttl(1)], length), "EINVAL", `${length} bytes`);
  assert.equal(error([ttl(1)], 0), "SUCCESS", "no bytes: no control messages");
  stack.expect({ ip: { ttl: 64 } });
  assert.equal(error([ttl(0)]), "EINVAL");
  assert.equal(error([ttl(256)]), "EINVAL");
  assert.equal(error([ttl(-1)]), "EINVAL");
  assert.equal(error([{ level: IPPROTO_IP, type: IP_TOS, data: words(256) }]), "EINVAL");
  assert.equal(error([{ level: IPPROTO_IP, type: IP_TTL, data: Uint8Array.of(1) }]), "EINVAL", "a TTL of one byte");
  assert.equal(error([{ level: IPPROTO_IP, type: IP_PKTINFO, data: words(0, 0) }]), "EINVAL", "8 bytes");
  assert.equal(error([{ level: IPPROTO_IP, type: 99, data: words(0) }]), "EINVAL");
  assert.equal(error([{ level: SOL_SOCKET, type: 1, data: words(fd) }]), "EINVAL", "SCM_RIGHTS");
  assert.equal(error([ttl(3), { level: 41, type: 1, data: words(1) }]), "EINVAL", "the second one");
  // A head that claims more, and one that claims less, than there is.
  const tampered = (whole: number): string => {
    const at = stack.scratch(64);
    const place = stack.scratch(64);
    const control = stack.scratch(32);
    for (const [i, value] of [0, 0, place, 1, control, 24].entries()) stack.memory.store32(at + i * 4, value);
    for (const [i, value] of [whole, IPPROTO_IP, IP_TTL, 0, 1].entries()) stack.memory.store32(control + i * 4, value);
    return stack.start("send_message", [fd, at, 0, place], () => 0).errno;
  };
  for (const whole of [0, 15, 25, 0x7fff_ffff, 0xffff_ffff]) assert.equal(tampered(whole), "EINVAL", `${whole}`);
  stack.quiet(100);
});

script("SO_TIMESTAMP and SO_TIMESTAMPNS: when the datagram came; the one asked for last counts", CONTROL, (stack) => {
  stack.arpResolve();
  const fd = stack.openUdp();
  stack.bind(fd, 7);
  const time = (data: Uint8Array): [bigint, bigint] => {
    const view = new DataView(data.buffer, data.byteOffset);
    return [view.getBigInt64(0, true), view.getBigInt64(8, true)];
  };
  stack.setOption(fd, SOL_SOCKET, SO_TIMESTAMP, 1);
  stack.advance(1234.567);
  const arrived = BigInt(stack.world.now);
  stack.inject(stack.peer.udp({ srcPort: 9000, dstPort: 7 }, "x"));
  stack.advance(3_000_000);
  const [stamp] = receiveMessage(stack, fd).control;
  assert.deepEqual([stamp.level, stamp.type], [SOL_SOCKET, SO_TIMESTAMP]);
  assert.deepEqual(time(stamp.data), [arrived / 1_000_000n, arrived % 1_000_000n]);
  stack.setOption(fd, SOL_SOCKET, SO_TIMESTAMPNS, 1);
  assert.deepEqual(
    [SO_TIMESTAMP, SO_TIMESTAMPNS].map((name) => stack.getOption(fd, SOL_SOCKET, name)),
    [0, 1],
  );
  stack.setOption(fd, IPPROTO_IP, IP_RECVTTL, 1);
  const second = BigInt(stack.world.now);
  stack.inject(stack.peer.udp({ srcPort: 9000, dstPort: 7 }, "x"));
  const [fine, hops] = receiveMessage(stack, fd).control;
  assert.equal(fine.type, SO_TIMESTAMPNS);
  assert.deepEqual(time(fine.data), [second / 1_000_000n, (second % 1_000_000n) * 1000n]);
  assert.deepEqual(hops, ttl(64));
  stack.setOption(fd, SOL_SOCKET, SO_TIMESTAMPNS, 0);
  assert.equal(stack.getOption(fd, SOL_SOCKET, SO_TIMESTAMPNS), 0);
});

script("the options are off at first", ONCE, (stack) => {
  const fd = stack.openUdp();
  for (const name of [IP_PKTINFO, IP_RECVTTL, IP_RECVTOS]) assert.equal(stack.getOption(fd, IPPROTO_IP, name), 0);
  for (const name of [SO_TIMESTAMP, SO_TIMESTAMPNS]) assert.equal(stack.getOption(fd, SOL_SOCKET, name), 0);
});
