/** Raw sockets send (Linux's raw(7)), and who may have one. */
import assert from "node:assert/strict";
import { HostNic } from "../../../runtime/node/host-nic.js";
import { concat, ipBytes, pattern } from "../../harness/bytes.js";
import { icmp, ipv4, PROTOCOL_ICMP, PROTOCOL_UDP, udp } from "../../harness/packets.js";
import { script } from "../../harness/script.js";
import {
  AF_INET,
  MSG_DONTWAIT,
  SO_BROADCAST,
  SO_TYPE,
  SOCK_DGRAM,
  SOCK_NONBLOCK,
  SOL_SOCKET,
} from "../../harness/socket-calls.js";
import type { Stack } from "../../harness/stack.js";
import {
  AF_PACKET,
  EXPERIMENT,
  IP_HDRINCL,
  IP_TOS,
  IP_TTL,
  IPPROTO_ICMP,
  IPPROTO_IP,
  IPPROTO_RAW,
  RAW,
  SOCK_RAW,
} from "./settings.js";

const OPTIONS = { ...RAW };
const ONCE = { ...RAW, variants: false };
const SO_PROTOCOL = 38;
const SO_DOMAIN = 39;

function open(stack: Stack, protocol = EXPERIMENT): number {
  stack.arpResolve();
  return stack.socket(AF_INET, SOCK_RAW, protocol);
}

/** An IP header and payload with zeros where the stack fills in. */
function bare(fields: { src?: string; dst: string; protocol: number; id?: number; ttl?: number }, payload: Uint8Array) {
  return ipv4({ src: "0.0.0.0", totalLength: 0, checksum: "none", ...fields }, payload);
}

script("what is sent gets an IP header with the socket's protocol, TTL and type of service", OPTIONS, (stack) => {
  const fd = open(stack);
  for (const size of [0, 1, 2, 3, 4, 5, 100, 1479, 1480]) {
    assert.equal(stack.sendTo(fd, stack.peer.ip, 0, pattern(size)), size);
    stack.expect({
      eth: { dst: stack.peer.mac },
      ip: {
        src: stack.ip,
        dst: stack.peer.ip,
        protocol: EXPERIMENT,
        ihl: 5,
        ttl: 64,
        tos: 0,
        df: true,
        payload: pattern(size),
      },
    });
  }
  stack.setOption(fd, IPPROTO_IP, IP_TTL, 3);
  stack.setOption(fd, IPPROTO_IP, IP_TOS, 0x10);
  // The port of an address means nothing.
  stack.sendTo(fd, stack.peer.ip, 4711, "hop");
  stack.expect({ ip: { ttl: 3, tos: 0x10, payload: Buffer.from("hop") } });
  assert.equal(stack.counter("raw_out"), 10);
  stack.quiet(1000);
});

script("the checksum of an ICMP message is the application's: a wrong one goes out as it is", ONCE, (stack) => {
  const fd = open(stack, IPPROTO_ICMP);
  const message = icmp({ type: 8, id: 1, sequence: 2 }, "ping");
  stack.sendTo(fd, stack.peer.ip, 0, message);
  stack.expect({ icmp: { type: 8, id: 1, sequence: 2 } });
  message[2] ^= 0xff;
  // The harness would not have it.
  const { onSend } = stack.node;
  const sent: Uint8Array[] = [];
  stack.node.onSend = (frame) => sent.push(frame);
  stack.sendTo(fd, stack.peer.ip, 0, message);
  stack.node.onSend = onSend;
  assert.deepEqual(sent[0]?.slice(34, 34 + message.length), message);
});

script("more than the MTU goes out in fragments", OPTIONS, (stack) => {
  const fd = open(stack);
  for (const size of [1481, 2961, 20_000, 65_515]) {
    assert.equal(stack.sendTo(fd, stack.peer.ip, 0, pattern(size)), size);
    const sent = stack.takeSent().map(({ packet }) => packet);
    assert.equal(sent.length, Math.ceil(size / 1480));
    assert.deepEqual(concat(...sent.map((packet) => packet.ip?.payload ?? new Uint8Array())), pattern(size));
    assert.equal(new Set(sent.map((packet) => packet.ip?.id)).size, 1);
  }
  for (const size of [65_516, 65_535, 65_536, 70_000]) {
    assert.equal(
      stack.errno(() => stack.sendTo(fd, stack.peer.ip, 0, pattern(size))),
      "EMSGSIZE",
    );
  }
  stack.quiet(1000);
});

script(
  "IP_HDRINCL: total length, checksum, and a source and an identification of 0 are filled in",
  OPTIONS,
  (stack) => {
    const fd = open(stack);
    assert.equal(stack.getOption(fd, IPPROTO_IP, IP_HDRINCL), 0);
    stack.setOption(fd, IPPROTO_IP, IP_HDRINCL, 5);
    assert.equal(stack.getOption(fd, IPPROTO_IP, IP_HDRINCL), 1);
    const datagram = bare({ dst: stack.peer.ip, protocol: 99, ttl: 5 }, pattern(31));
    assert.equal(stack.sendTo(fd, stack.peer.ip, 0, datagram), 51);
    const { ip } = stack.expect({
      ip: { src: stack.ip, dst: stack.peer.ip, protocol: 99, ttl: 5, totalLength: 51, df: false, payload: pattern(31) },
    });
    assert.notEqual(ip?.id, 0);
    // What is there stays: another source, an identification, a destination that is not the one it is sent to, options.
    const own = ipv4(
      { src: "192.0.2.9", dst: "192.0.2.1", protocol: 254, id: 0x1234, tos: 1, df: true, options: [1, 1, 1, 0] },
      pattern(3),
    );
    stack.sendTo(fd, stack.peer.ip, 0, concat(own.subarray(0, 2), Uint8Array.of(0xff, 0xff), own.subarray(4)));
    const sent = stack.takeSent().map(({ packet }) => packet);
    assert.equal(sent.length, 1);
    assert.equal(sent[0]?.eth.dst, stack.peer.mac);
    assert.deepEqual(sent[0]?.frame.slice(14, 14 + own.length), own);
    stack.setOption(fd, IPPROTO_IP, IP_HDRINCL, 0);
    stack.sendTo(fd, stack.peer.ip, 0, "plain");
    stack.expect({ ip: { protocol: EXPERIMENT, payload: Buffer.from("plain") } });
  },
);

script("IPPROTO_RAW implies IP_HDRINCL: any protocol may be sent", OPTIONS, (stack) => {
  const fd = open(stack, IPPROTO_RAW);
  assert.equal(stack.getOption(fd, IPPROTO_IP, IP_HDRINCL), 1);
  const payload = udp({ src: stack.ip, dst: stack.peer.ip, srcPort: 5, dstPort: 6 }, "by hand");
  stack.sendTo(fd, stack.peer.ip, 0, bare({ dst: stack.peer.ip, protocol: PROTOCOL_UDP, ttl: 1 }, payload));
  stack.expect({ ip: { ttl: 1, src: stack.ip }, udp: { srcPort: 5, dstPort: 6, payload: Buffer.from("by hand") } });
});

script("IP_HDRINCL: EMSGSIZE beyond the MTU, EINVAL for what is no header", OPTIONS, (stack) => {
  const fd = open(stack, IPPROTO_RAW);
  const header = bare({ dst: stack.peer.ip, protocol: EXPERIMENT }, new Uint8Array());
  const attempt = (data: Uint8Array): string => stack.errno(() => stack.sendTo(fd, stack.peer.ip, 0, data));
  assert.equal(attempt(concat(header, pattern(1480))), "SUCCESS");
  assert.equal(stack.takeSent()[0]?.packet.frame.length, 1514);
  for (const size of [1481, 65_515, 65_516])
    assert.equal(attempt(concat(header, pattern(size))), "EMSGSIZE", `${size}`);
  for (const size of [0, 1, 19]) assert.equal(attempt(header.subarray(0, size)), "EINVAL", `${size} bytes`);
  const long = header.slice();
  long[0] = 0x46;
  assert.equal(attempt(long), "EINVAL", "a header longer than the datagram");
  assert.equal(attempt(concat(long, new Uint8Array(4))), "SUCCESS");
  stack.takeSent();
  for (const words of [0, 4]) {
    long[0] = 0x40 | words;
    assert.equal(attempt(concat(long, pattern(30))), "EINVAL", `a header of ${words} words`);
  }
  stack.quiet(1000);
});

script("to this device itself it goes over loopback, and is read again", OPTIONS, (stack) => {
  const fd = open(stack, IPPROTO_ICMP);
  const request = icmp({ type: 8, id: 77, sequence: 1 }, "to myself");
  for (const address of ["127.0.0.1", stack.ip, "0.0.0.0"]) {
    stack.sendTo(fd, address, 0, request);
    const types = [0, 1].map(() => stack.recvFrom(fd).data[20]);
    assert.deepEqual(types, [8, 0], address);
  }
  stack.quiet(100);
  assert.equal(stack.counter("icmp_echo_replies"), 3);
});

script("bind chooses the source, may be repeated, and knows only addresses of this device", OPTIONS, (stack) => {
  const fd = open(stack);
  assert.deepEqual(stack.localAddress(fd), { ip: "0.0.0.0", port: EXPERIMENT });
  stack.bind(fd, 99, stack.ip);
  stack.bind(fd, 0, stack.ip);
  assert.deepEqual(stack.localAddress(fd), { ip: stack.ip, port: EXPERIMENT });
  assert.equal(
    stack.errno(() => stack.bind(fd, 0, "10.0.2.77")),
    "EADDRNOTAVAIL",
  );
  stack.bind(fd, 0, "255.255.255.255");
  stack.sendTo(fd, stack.peer.ip, 0, "x");
  stack.expect({ ip: { src: stack.ip } });
  stack.bind(fd, 0);
  stack.connect(fd, stack.peer.ip, 0);
  assert.equal(stack.localAddress(fd).ip, stack.ip);
  assert.deepEqual(stack.peerAddress(fd), { ip: stack.peer.ip, port: 0 });
  assert.equal(
    stack.errno(() => stack.bind(fd, 0)),
    "EINVAL",
  );
  stack.send(fd, "to the peer");
  stack.expect({ ip: { dst: stack.peer.ip, payload: Buffer.from("to the peer") } });
  stack.connect(fd, "127.0.0.1", 0);
  assert.equal(stack.localAddress(fd).ip, "127.0.0.1");
});

script("EDESTADDRREQ, EACCES for broadcast, ENETUNREACH, EHOSTUNREACH, and calls that it has not", OPTIONS, (stack) => {
  const fd = open(stack);
  const attempt = (run: () => unknown): string => stack.errno(run);
  assert.equal(
    attempt(() => stack.send(fd, "x")),
    "EDESTADDRREQ",
  );
  for (const address of ["255.255.255.255", "10.0.2.255"]) {
    assert.equal(
      attempt(() => stack.sendTo(fd, address, 0, "x")),
      "EACCES",
    );
    assert.equal(
      attempt(() => stack.connect(fd, address, 0)),
      "EACCES",
    );
  }
  stack.setOption(fd, SOL_SOCKET, SO_BROADCAST, 1);
  stack.sendTo(fd, "10.0.2.255", 0, "to all");
  stack.expect({ eth: { dst: "ff:ff:ff:ff:ff:ff" }, ip: { dst: "10.0.2.255" } });
  assert.equal(
    attempt(() => stack.sendTo(fd, "240.0.0.1", 0, "x")),
    "ENETUNREACH",
  );
  assert.equal(
    attempt(() => stack.listen(fd)),
    "ENOTSUP",
  );
  assert.equal(
    attempt(() => stack.accept(fd)),
    "ENOTSUP",
  );
  assert.equal(
    attempt(() => stack.sendWith(fd, "x", 1)),
    "ENOTSUP",
    "MSG_OOB",
  );
  stack.connect(fd, "10.0.2.99", 0);
  stack.send(fd, "nobody there");
  stack.advance(5000);
  stack.takeSent();
  assert.equal(
    attempt(() => stack.send(fd, "x")),
    "EHOSTUNREACH",
  );
});

script(
  "WASI's own calls know it too: sock_send_to without a port, sock_recv_from, fd_write, fd_read",
  ONCE,
  (stack) => {
    const fd = open(stack);
    const record = stack.scratch(24);
    stack.memory.write(record + 4, Uint8Array.from(ipBytes(stack.peer.ip)));
    const vector = stack.scratch(8);
    const data = stack.scratch(64);
    stack.memory.store32(vector, data);
    stack.memory.store32(vector + 4, 3);
    assert.equal(stack.sys("sock_send_to", fd, vector, 1, 0, record, data + 32), 0);
    stack.expect({ ip: { protocol: EXPERIMENT, totalLength: 23 } });
    stack.connect(fd, stack.peer.ip, 0);
    stack.memory.store32(vector, data);
    stack.memory.store32(vector + 4, 5);
    assert.equal(stack.sys("fd_write", fd, vector, 1, data + 32), 0);
    stack.expect({ ip: { protocol: EXPERIMENT, totalLength: 25 } });
    stack.inject(stack.peer.ipv4({ protocol: EXPERIMENT }, "abc"));
    stack.memory.store32(vector, data);
    stack.memory.store32(vector + 4, 60);
    assert.equal(stack.sys("fd_read", fd, vector, 1, data + 60), 0);
    assert.equal(stack.memory.load32(data + 60), 23);
    stack.inject(stack.peer.ipv4({ protocol: EXPERIMENT }, "abc"));
    assert.equal(stack.sys("sock_recv_from", fd, vector, 1, 0, record, data + 60), 0);
    assert.equal(stack.memory.load32(data + 60), 23);
    const stat = stack.scratch(24);
    assert.equal(stack.sys("fd_fdstat_get", fd, stat), 0);
    assert.equal(stack.memory.bytes[stat], 5, "a socket of messages");
  },
);

script("socket(): what protocols there are, and what getsockopt says of them", ONCE, (stack) => {
  const refused = (type: number, protocol: number): string => stack.errno(() => stack.socket(AF_INET, type, protocol));
  assert.equal(refused(SOCK_RAW, 0), "EPROTONOSUPPORT");
  for (const protocol of [256, 1000, -1]) assert.equal(refused(SOCK_RAW, protocol), "EINVAL");
  for (const type of [0, 4, 5, 10]) assert.equal(refused(type, 1), "EPROTOTYPE");
  for (const protocol of [1, 2, 6, 17, EXPERIMENT, IPPROTO_RAW]) {
    const fd = stack.socket(AF_INET, SOCK_RAW | SOCK_NONBLOCK, protocol);
    const values = [SO_TYPE, SO_PROTOCOL, SO_DOMAIN].map((name) => stack.getOption(fd, SOL_SOCKET, name));
    assert.deepEqual(values, [SOCK_RAW, protocol, AF_INET]);
    assert.equal(
      stack.errno(() => stack.recvFrom(fd)),
      "EAGAIN",
    );
    stack.close(fd);
  }
  const datagram = stack.socket(AF_INET, SOCK_DGRAM);
  assert.equal(
    stack.errno(() => stack.setOption(datagram, IPPROTO_IP, IP_HDRINCL, 1)),
    "ENOPROTOOPT",
  );
  assert.equal(
    stack.errno(() => stack.getOption(datagram, IPPROTO_IP, IP_HDRINCL)),
    "ENOPROTOOPT",
  );
});

const chip = new HostNic();

script("a chip without room: EAGAIN, or the call waits until there is some", { ...ONCE, nic: () => chip }, (stack) => {
  const fd = open(stack);
  chip.transmitReady = false;
  assert.equal(
    stack.errno(() => stack.sendTo(fd, stack.peer.ip, 0, "x", MSG_DONTWAIT)),
    "EAGAIN",
  );
  const call = stack.begin.sendTo(fd, stack.peer.ip, 0, "patient");
  stack.advance(10);
  assert.equal(call.done, false);
  chip.transmitReady = true;
  stack.advance(1);
  assert.equal(call.value(), 7);
  stack.expect({ ip: { protocol: EXPERIMENT, payload: Buffer.from("patient") } });
});

script(
  "an application that may not: EACCES for raw and packet sockets, and everything else as ever",
  { ...ONCE, settings: { ...RAW.settings, APP_RAW_SOCKETS: false, NET_TCP: false } },
  (stack) => {
    const attempt = (family: number, type: number, protocol: number): string =>
      stack.errno(() => stack.socket(family, type, protocol));
    for (const protocol of [1, EXPERIMENT, IPPROTO_RAW]) assert.equal(attempt(AF_INET, SOCK_RAW, protocol), "EACCES");
    assert.equal(attempt(AF_INET, SOCK_RAW, 0), "EPROTONOSUPPORT");
    assert.equal(attempt(AF_INET, SOCK_RAW, 256), "EINVAL");
    for (const type of [SOCK_RAW, SOCK_DGRAM]) assert.equal(attempt(AF_PACKET, type, 0x0300), "EACCES");
    assert.equal(attempt(AF_PACKET, 1, 0), "EPROTOTYPE");
    stack.inject(stack.peer.arpRequest());
    stack.takeSent();
    stack.inject(stack.peer.ipv4({ protocol: EXPERIMENT }, "unknown"));
    stack.expect({ icmp: { type: 3, code: 2 } });
    stack.alive();
    stack.takeSent();
  },
);

script("an image without them: EPROTOTYPE for SOCK_RAW, EAFNOSUPPORT for AF_PACKET", { variants: false }, (stack) => {
  assert.equal(
    stack.errno(() => stack.socket(AF_INET, SOCK_RAW, PROTOCOL_ICMP)),
    "EPROTOTYPE",
  );
  assert.equal(
    stack.errno(() => stack.socket(AF_PACKET, SOCK_RAW, 0x0300)),
    "EAFNOSUPPORT",
  );
});
