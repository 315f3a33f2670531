/** Raw sockets receive (Linux's raw(7)): what they see, and what they do not change. */
import assert from "node:assert/strict";
import { internetChecksum, pattern } from "../../harness/bytes.js";
import {
  BROADCAST_MAC,
  fragments,
  icmp,
  ipv4,
  PROTOCOL_ICMP,
  PROTOCOL_TCP,
  PROTOCOL_UDP,
} from "../../harness/packets.js";
import { script } from "../../harness/script.js";
import {
  AF_INET,
  MSG_DONTWAIT,
  MSG_PEEK,
  MSG_TRUNC,
  POLLERR,
  POLLIN,
  POLLOUT,
  SO_RCVBUF,
  SOCK_DGRAM,
  SOL_SOCKET,
} from "../../harness/socket-calls.js";
import type { Stack } from "../../harness/stack.js";
import { asSecondTask, events } from "../tcp/sockets-pair.js";
import { EXPERIMENT, ICMP_FILTER, IPPROTO_ICMP, IPPROTO_RAW, RAW, SOCK_RAW, SOL_RAW } from "./settings.js";

const OPTIONS = { ...RAW };
const ONCE = { ...RAW, variants: false };

function open(stack: Stack, protocol = IPPROTO_ICMP): number {
  stack.arpResolve();
  return stack.socket(AF_INET, SOCK_RAW, protocol);
}

/** The next datagram of `fd`, which must be there. */
function next(stack: Stack, fd: number): Uint8Array {
  return stack.recvFrom(fd, { flags: MSG_DONTWAIT }).data;
}

/** Nothing waits in `fd`. */
function empty(stack: Stack, fd: number): void {
  assert.equal(
    stack.errno(() => stack.recvFrom(fd, { flags: MSG_DONTWAIT })),
    "EAGAIN",
  );
}

/** The IP datagram in a frame: what stands behind the Ethernet header, without padding. */
function datagramOf(frame: Uint8Array): Uint8Array {
  return frame.slice(14, 14 + ((frame[16] << 8) | frame[17]));
}

script("a datagram comes with its IP header, as it was on the wire, at every length", OPTIONS, (stack) => {
  const fd = open(stack, EXPERIMENT);
  for (const size of [0, 1, 2, 3, 4, 5, 7, 8, 9, 26, 27, 63, 1479, 1480]) {
    for (const options of [[], [1, 1, 1, 1], [7, 15, 4, ...Array(12).fill(0), 1]]) {
      if (size + options.length > 1480) continue;
      const frame = stack.peer.ipv4(
        { protocol: EXPERIMENT, ttl: 7, tos: 0x28, id: size, df: true, options },
        pattern(size),
      );
      stack.inject(frame);
      const { from, port, data } = stack.recvFrom(fd);
      assert.deepEqual(data, datagramOf(frame));
      assert.deepEqual({ from, port }, { from: stack.peer.ip, port: 0 });
    }
  }
  empty(stack, fd);
  stack.quiet(1000);
});

script("the stack handles it all the same: an echo request is read and answered", OPTIONS, (stack) => {
  const fd = open(stack);
  for (const size of [0, 1, 56, 1472]) {
    const frame = stack.peer.ping({ id: 7, sequence: size }, pattern(size));
    stack.inject(frame);
    stack.expect({ icmp: { type: 0, id: 7, sequence: size, payload: pattern(size) } });
    assert.deepEqual(next(stack, fd), datagramOf(frame));
  }
  stack.quiet(1000);
  assert.equal(stack.counter("icmp_echo_replies"), 4);
});

script("every reader gets a copy; another protocol's gets none", OPTIONS, (stack) => {
  const readers = [open(stack), ...[1, 2].map(() => stack.socket(AF_INET, SOCK_RAW, IPPROTO_ICMP))];
  const other = stack.socket(AF_INET, SOCK_RAW, EXPERIMENT);
  const sender = stack.socket(AF_INET, SOCK_RAW, IPPROTO_RAW);
  const frame = stack.peer.icmp({ type: 0, id: 3, sequence: 4 }, "an answer");
  stack.inject(frame);
  for (const fd of readers) assert.deepEqual(next(stack, fd), datagramOf(frame));
  empty(stack, other);
  stack.inject(stack.peer.ipv4({ protocol: IPPROTO_RAW }, "to nobody"));
  stack.expect({ icmp: { type: 3, code: 2 } });
  for (const fd of [...readers, sender]) empty(stack, fd);
  assert.equal(stack.counter("raw_in"), 3);
  assert.equal(stack.counter("drop_icmp_type"), 0, "what a socket has read is not dropped");
});

script(
  "a protocol that has a reader is not answered with protocol unreachable; without one it is",
  OPTIONS,
  (stack) => {
    const fd = open(stack, EXPERIMENT);
    stack.inject(stack.peer.ipv4({ protocol: EXPERIMENT }, "known"));
    stack.quiet(500);
    assert.equal(next(stack, fd).length, 25);
    stack.close(fd);
    stack.inject(stack.peer.ipv4({ protocol: EXPERIMENT }, "unknown"));
    stack.expect({ icmp: { type: 3, code: 2 } });
    assert.equal(stack.counter("drop_ip_protocol"), 1);
  },
);

script("a reader of UDP sees datagrams to sockets and to closed ports, which behave as ever", OPTIONS, (stack) => {
  const fd = open(stack, PROTOCOL_UDP);
  const socket = stack.openUdp();
  stack.bind(socket, 7);
  const waiting = stack.begin.recvFrom(socket);
  const frames = [7, 8].map((dstPort) => stack.peer.udp({ srcPort: 9000, dstPort }, pattern(dstPort)));
  stack.inject(...frames);
  assert.deepEqual(waiting.value().data, pattern(7));
  stack.expect({ icmp: { type: 3, code: 3 } });
  for (const frame of frames) assert.deepEqual(next(stack, fd), datagramOf(frame));
});

script("a reader of TCP sees the segments of a connection, which goes on", ONCE, (stack) => {
  const fd = open(stack, PROTOCOL_TCP);
  const listener = stack.openTcp();
  stack.bind(listener, 80);
  stack.listen(listener);
  const client = stack.openTcp();
  stack.nonBlocking(client);
  stack.errno(() => stack.connect(client, "127.0.0.1", 80));
  const server = stack.accept(listener);
  stack.send(client, "through both");
  assert.equal(Buffer.from(stack.recv(server)).toString(), "through both");
  let payload = 0;
  for (let i = 0; i < 4; i++) {
    const data = next(stack, fd);
    assert.equal(data[9], PROTOCOL_TCP);
    payload += data.length - 20 - (data[32] >> 4) * 4;
  }
  assert.equal(payload, 12);
});

script("bound to an address: only what comes to it; connected: only from the peer", OPTIONS, (stack) => {
  const bound = open(stack, EXPERIMENT);
  const elsewhere = stack.socket(AF_INET, SOCK_RAW, EXPERIMENT);
  const connected = stack.socket(AF_INET, SOCK_RAW, EXPERIMENT);
  const broadcast = stack.socket(AF_INET, SOCK_RAW, EXPERIMENT);
  stack.bind(bound, 0, stack.ip);
  stack.bind(elsewhere, 0, "127.0.0.1");
  stack.bind(broadcast, 0, "255.255.255.255");
  stack.connect(connected, stack.peer.ip, 0);
  const stranger = stack.station({ mac: "02:00:00:00:00:77", ip: "10.0.2.77" });
  stack.inject(stack.peer.ipv4({ protocol: EXPERIMENT }, "one"));
  stack.inject(stranger.ipv4({ protocol: EXPERIMENT }, "two"));
  stack.inject(stack.peer.ipv4({ protocol: EXPERIMENT, dst: "255.255.255.255" }, "all", { dst: BROADCAST_MAC }));
  const texts = (fd: number): string[] => {
    const list: string[] = [];
    while (events(stack, fd, POLLIN)) list.push(Buffer.from(next(stack, fd).slice(20)).toString());
    return list;
  };
  assert.deepEqual(texts(bound), ["one", "two"]);
  assert.deepEqual(texts(elsewhere), []);
  assert.deepEqual(texts(connected), ["one"]);
  assert.deepEqual(texts(broadcast), ["all"]);
  stack.quiet(1000);
});

script("what fragments were put together to has the header of a whole datagram", OPTIONS, (stack) => {
  const fd = open(stack, EXPERIMENT);
  for (const size of [1481, 2960, 3001]) {
    const fields = { src: stack.peer.ip, dst: stack.ip, protocol: EXPERIMENT, id: size, ttl: 9 };
    const pieces = fragments(fields, pattern(size), 1480).map((each) => stack.peer.ethernet(each));
    stack.inject(...pieces.slice(0, -1));
    empty(stack, fd);
    stack.inject(...pieces.slice(-1));
    const { data } = stack.recvFrom(fd, { length: 4000 });
    assert.equal(data.length, 20 + size);
    assert.deepEqual(data.slice(20), pattern(size));
    assert.equal((data[2] << 8) | data[3], 20 + size, "total length");
    assert.deepEqual([data[6], data[7]], [0, 0], "no fragment");
    assert.equal(internetChecksum(data.subarray(0, 20)), 0);
  }
  const large = icmp({ type: 8, id: 1, sequence: 2 }, pattern(3000));
  const reader = stack.socket(AF_INET, SOCK_RAW, IPPROTO_ICMP);
  const fields = { src: stack.peer.ip, dst: stack.ip, protocol: PROTOCOL_ICMP, id: 5 };
  stack.inject(...fragments(fields, large, 1480).map((each) => stack.peer.ethernet(each)));
  assert.deepEqual(stack.recvFrom(reader, { length: 4000 }).data.slice(20), large);
  assert.equal(stack.takeSent().length, 3, "and the echo server has answered in fragments");
});

script("what IPv4 finds bad nobody sees", OPTIONS, (stack) => {
  const fd = open(stack, EXPERIMENT);
  const { peer } = stack;
  for (const fields of [
    { checksum: "bad" as const },
    { version: 6 },
    { ihl: 4 },
    { totalLength: 19 },
    { totalLength: 1500 },
    { src: "127.0.0.1" },
    { src: stack.ip },
    { dst: "10.0.2.77" },
  ]) {
    stack.inject(peer.ipv4({ protocol: EXPERIMENT, ...fields }, "bad"));
  }
  stack.inject(peer.ipv4({ protocol: EXPERIMENT }, "other MAC", { dst: "02:00:00:00:00:55" }));
  stack.inject(peer.ipv4({ protocol: EXPERIMENT, options: [131, 7, 4, 10, 0, 2, 2] }, "source route"));
  empty(stack, fd);
  stack.quiet(1000);
});

script("ICMP messages that the stack drops are shown: only their IP header was checked", OPTIONS, (stack) => {
  const fd = open(stack);
  for (const message of [
    icmp({ type: 8, checksum: "bad" }, "x"),
    icmp({ type: 13 }, pattern(12)),
    icmp({ type: 77 }),
  ]) {
    stack.inject(stack.peer.ipv4({ protocol: PROTOCOL_ICMP }, message));
    assert.deepEqual(next(stack, fd).slice(20), message);
  }
  for (let length = 0; length < 8; length++) {
    stack.inject(stack.peer.ipv4({ protocol: PROTOCOL_ICMP }, icmp({ type: 0 }).subarray(0, length)));
  }
  empty(stack, fd);
  stack.quiet(1000);
});

script("ICMP_FILTER keeps types away, those from 32 on never", OPTIONS, (stack) => {
  const fd = open(stack);
  // Everything but echo replies, as ping asks for it.
  const all = Uint8Array.of(0xfe, 0xff, 0xff, 0xff);
  stack.setOptionBytes(fd, SOL_RAW, ICMP_FILTER, all);
  assert.deepEqual(stack.getOptionBytes(fd, SOL_RAW, ICMP_FILTER, 4), all);
  assert.deepEqual(stack.getOptionBytes(fd, SOL_RAW, ICMP_FILTER, 9), all);
  for (const type of [3, 5, 8, 31, 0, 32, 255]) stack.inject(stack.peer.icmp({ type }, pattern(28)));
  stack.takeSent();
  for (const type of [0, 32, 255]) assert.equal(next(stack, fd)[20], type);
  empty(stack, fd);
  stack.setOptionBytes(fd, SOL_RAW, ICMP_FILTER, Uint8Array.of(1, 0, 0, 0, 9));
  for (const type of [0, 13]) stack.inject(stack.peer.icmp({ type }, pattern(8)));
  assert.equal(next(stack, fd)[20], 13);
  empty(stack, fd);
  const errors = {
    short: () => stack.setOptionBytes(fd, SOL_RAW, ICMP_FILTER, [1, 0, 0]),
    name: () => stack.setOptionBytes(fd, SOL_RAW, 2, all),
    nameGet: () => stack.getOptionBytes(fd, SOL_RAW, 2, 4),
  };
  assert.deepEqual(
    Object.values(errors).map((run) => stack.errno(run)),
    ["EINVAL", "ENOPROTOOPT", "ENOPROTOOPT"],
  );
  const other = stack.socket(AF_INET, SOCK_RAW, EXPERIMENT);
  const udp = stack.socket(AF_INET, SOCK_DGRAM);
  for (const [each, expected] of [
    [other, "ENOTSUP"],
    [udp, "ENOPROTOOPT"],
  ] as const) {
    assert.equal(
      stack.errno(() => stack.setOptionBytes(each, SOL_RAW, ICMP_FILTER, all)),
      expected,
    );
    assert.equal(
      stack.errno(() => stack.getOptionBytes(each, SOL_RAW, ICMP_FILTER, 4)),
      expected,
    );
  }
});

script("a full ring drops copies for its socket alone, and counts them", OPTIONS, (stack) => {
  const lazy = open(stack, EXPERIMENT);
  const busy = stack.socket(AF_INET, SOCK_RAW, EXPERIMENT);
  assert.equal(stack.getOption(lazy, SOL_SOCKET, SO_RCVBUF), RAW.settings.NET_SOCKETS_UDP_RCVBUF);
  for (let i = 0; i < 6; i++) {
    stack.inject(stack.peer.ipv4({ protocol: EXPERIMENT, id: i }, pattern(1000, i)));
    assert.deepEqual(next(stack, busy).slice(20), pattern(1000, i));
  }
  for (let i = 0; i < 3; i++) assert.deepEqual(next(stack, lazy).slice(20), pattern(1000, i));
  empty(stack, lazy);
  assert.equal(stack.counter("drop_raw_ring_full"), 3);
  stack.quiet(1000);
});

script("waiting, time-outs, poll, MSG_PEEK, MSG_TRUNC and shutdown are a datagram socket's", OPTIONS, (stack) => {
  const fd = open(stack);
  const call = stack.begin.recvFrom(fd);
  assert.equal(call.done, false);
  const frame = stack.peer.icmp({ type: 0, id: 1, sequence: 1 }, "waited for");
  stack.inject(frame);
  assert.deepEqual(call.value().data, datagramOf(frame));
  assert.equal(events(stack, fd, POLLIN | POLLOUT), POLLOUT);
  stack.inject(frame);
  assert.equal(events(stack, fd, POLLIN | POLLOUT), POLLIN | POLLOUT);
  const length = datagramOf(frame).length;
  assert.deepEqual(stack.recvFrom(fd, { flags: MSG_PEEK, length: 20 }).data, datagramOf(frame).slice(0, 20));
  assert.equal(stack.recvFrom(fd, { flags: MSG_PEEK | MSG_TRUNC, length: 4 }).length, length);
  assert.equal(stack.recvFrom(fd, { flags: MSG_TRUNC, length: 4 }).length, length);
  empty(stack, fd);
  stack.receiveTimeout(fd, 50_000);
  const before = stack.elapsed;
  assert.equal(
    stack.errno(() => stack.recvFrom(fd)),
    "EAGAIN",
  );
  assert.ok(stack.elapsed - before >= 50 && stack.elapsed - before < 60);
  assert.equal(
    stack.errno(() => stack.shutdown(fd, "rd")),
    "ENOTCONN",
  );
  stack.connect(fd, stack.peer.ip, 0);
  stack.receiveTimeout(fd, 0);
  const parked = stack.begin.recvFrom(fd);
  assert.equal(parked.done, false);
  asSecondTask(stack, () => stack.shutdown(fd, "rd"));
  assert.equal(parked.value().length, 0);
  stack.inject(frame);
  assert.equal(stack.recvFrom(fd).length, 0);
  stack.nonBlocking(fd);
  asSecondTask(stack, () => stack.shutdown(fd, "wr"));
  assert.equal(
    stack.errno(() => stack.send(fd, "x")),
    "EPIPE",
  );
});

script("closing it wakes whoever waits, and its ring and record are free again", OPTIONS, (stack) => {
  stack.arpResolve();
  for (let round = 0; round < 20; round++) {
    const list = Array.from({ length: 6 }, () => stack.socket(AF_INET, SOCK_RAW, IPPROTO_ICMP));
    assert.equal(
      stack.errno(() => stack.socket(AF_INET, SOCK_RAW, IPPROTO_ICMP)),
      "ENFILE",
    );
    // From the first, the middle and the last of the chain.
    for (const i of [2, 0, 5, 1, 3, 4]) stack.close(list[i] as number);
  }
  const fd = stack.socket(AF_INET, SOCK_RAW, IPPROTO_ICMP);
  const call = stack.begin.recvFrom(fd);
  asSecondTask(stack, () => stack.close(fd));
  assert.equal(call.errno, "EBADF");
  stack.inject(stack.peer.ping());
  stack.expect({ icmp: { type: 0 } });
});

script("a path MTU is learned from an error about what was sent last, and from no other", OPTIONS, (stack) => {
  const fd = open(stack, EXPERIMENT);
  const needed = (datagram: Uint8Array): Uint8Array =>
    stack.peer.icmp({ type: 3, code: 4, rest: 1000 }, datagram.slice(0, 28));
  const sent = (): number[] => stack.takeSent().map(({ packet }) => packet.ip?.totalLength ?? 0);
  const forged = ipv4({ src: stack.ip, dst: stack.peer.ip, protocol: EXPERIMENT, df: true }, pattern(1400));
  stack.inject(needed(forged));
  stack.sendTo(fd, stack.peer.ip, 0, pattern(1400));
  assert.deepEqual(sent(), [1420], "nothing had gone there");
  stack.inject(needed(ipv4({ src: stack.ip, dst: "192.0.2.1", protocol: EXPERIMENT, df: true }, pattern(1400))));
  stack.inject(needed(ipv4({ src: stack.ip, dst: stack.peer.ip, protocol: 252, df: true }, pattern(1400))));
  stack.sendTo(fd, stack.peer.ip, 0, pattern(1400));
  assert.deepEqual(sent(), [1420], "nor anything like these");
  assert.equal(stack.counter("drop_icmp_quote"), 3);
  stack.inject(needed(forged));
  stack.sendTo(fd, stack.peer.ip, 0, pattern(1400));
  assert.deepEqual(sent(), [996, 444]);
});

script("a connected socket hears that the peer does not speak the protocol; another one does not", OPTIONS, (stack) => {
  const connected = open(stack, EXPERIMENT);
  const free = stack.socket(AF_INET, SOCK_RAW, EXPERIMENT);
  stack.connect(connected, stack.peer.ip, 0);
  stack.send(connected, "is anybody there?");
  const quoted = stack.expect({ ip: { protocol: EXPERIMENT } }).ip?.datagram ?? new Uint8Array();
  stack.inject(stack.peer.icmp({ type: 3, code: 2, rest: 0 }, quoted.slice(0, 28)));
  assert.equal(events(stack, connected, POLLIN) & POLLERR, POLLERR);
  assert.equal(
    stack.errno(() => stack.send(connected, "x")),
    "ENOPROTOOPT",
  );
  stack.send(connected, "once");
  stack.takeSent();
  assert.equal(events(stack, free, POLLIN), 0);
  stack.inject(stack.peer.icmp({ type: 3, code: 1, rest: 0 }, quoted.slice(0, 28)));
  assert.equal(events(stack, connected, POLLIN), 0, "host unreachable is a hint");
  assert.equal(stack.counter("icmp_errors_in"), 2);
});
