/** IPv4 (RFC 791, RFC 1122 §3.2.1, §3.3): the rows IP4-1 … IP4-7 and IP4-13 … IP4-16 of the checklist, and attacks. */
import assert from "node:assert/strict";
import { concat, ipWord, pattern } from "../harness/bytes.js";
import { BROADCAST_MAC, icmp, ipv4, PROTOCOL_ICMP, PROTOCOL_TCP, PROTOCOL_UDP, udp } from "../harness/packets.js";
import { script } from "../harness/script.js";
import { MSG_DONTWAIT } from "../harness/socket-calls.js";
import type { Stack } from "../harness/stack.js";

/** A stack with a socket on port 7 and a known neighbour. */
function open(stack: Stack): number {
  stack.arpResolve();
  const fd = stack.openUdp();
  stack.bind(fd, 7);
  return fd;
}

function empty(stack: Stack, fd: number): void {
  assert.equal(
    stack.errno(() => stack.recvFrom(fd, { flags: MSG_DONTWAIT })),
    "EAGAIN",
  );
}

/** An echo request as an ICMP message. */
const ECHO = icmp({ type: 8, id: 1, sequence: 1 }, "abcdefgh");

script("[IP4-1] another version is dropped", { rfc: "1122 §3.2.1.1" }, (stack) => {
  const fd = open(stack);
  for (const version of [0, 1, 2, 3, 5, 6, 7, 8, 15]) {
    stack.inject(
      stack.peer.ping({ ip: { version } }),
      stack.peer.udp({ srcPort: 1, dstPort: 7, ip: { version } }, "x"),
    );
  }
  stack.quiet(1000);
  empty(stack, fd);
  stack.alive();
});

script("[IP4-2] a header with any one bit wrong is dropped", { rfc: "1122 §3.2.1.2" }, (stack) => {
  const fd = open(stack);
  for (let bit = 0; bit < 160; bit++) {
    for (const frame of [stack.peer.ping(), stack.peer.udp({ srcPort: 1, dstPort: 7 }, "x")]) {
      frame[14 + (bit >> 3)] ^= 1 << (bit & 7);
      stack.inject(frame);
    }
  }
  stack.quiet(1000);
  empty(stack, fd);
  stack.alive();
});

script("[IP4-2] the options are part of the checksum", { rfc: "1122 §3.2.1.2" }, (stack) => {
  open(stack);
  const frame = stack.peer.ping({ ip: { options: [1, 1, 1, 1, 1, 1, 1, 0] } });
  frame[14 + 23] ^= 0x80;
  stack.inject(frame);
  stack.quiet(1000);
});

script(
  "[IP4-3] [ATK-79] [ATK-87] [ATK-88] header, total and frame length must fit each other",
  { rfc: "791 §3.1" },
  (stack) => {
    const fd = open(stack);
    const { peer } = stack;
    const send = (ip: object, payload: Uint8Array | string = ECHO): void => {
      stack.inject(peer.ipv4({ protocol: PROTOCOL_ICMP, ...ip }, payload));
      stack.inject(
        peer.ipv4(
          { protocol: PROTOCOL_UDP, ...ip },
          udp({ src: peer.ip, dst: stack.ip, srcPort: 1, dstPort: 7 }, payload),
        ),
      );
    };
    for (const ihl of [0, 1, 2, 3, 4]) send({ ihl });
    for (let ihl = 6; ihl <= 15; ihl++) send({ ihl, totalLength: 20 });
    for (let totalLength = 0; totalLength < 20; totalLength++) send({ totalLength });
    for (const totalLength of [60, 100, 1000, 1500, 1501, 0x8000, 0xffff]) send({ totalLength });
    // IHL 15 on a packet of 52 octets, and IHL 7 over what are really no options.
    send({ ihl: 15, totalLength: 52 }, new Uint8Array(32));
    send({ ihl: 7 }, pattern(1400));
    send({ ihl: 15 }, pattern(40));
    stack.advance(1000);
    for (const { packet } of stack.takeSent()) assert.notEqual(packet.icmp?.type, 0, "an answer to a broken datagram");
    empty(stack, fd);
    stack.advance(2000);
    stack.alive();
  },
);

script(
  "[IP4-3] [ATK-37] [ATK-76] [ATK-81] a total length beyond the frame is dropped, at every cut",
  { rfc: "791 §3.1" },
  (stack) => {
    const fd = open(stack);
    for (const frame of [stack.peer.ping({}, pattern(100)), stack.peer.udp({ srcPort: 1, dstPort: 7 }, pattern(100))]) {
      for (let length = 1; length < frame.length; length++) stack.inject(frame.slice(0, length));
    }
    stack.quiet(1000);
    empty(stack, fd);
    stack.alive();
  },
);

script("[IP4-3] [ATK-1] octets beyond the total length do not count", { rfc: "791 §3.1" }, (stack) => {
  const fd = open(stack);
  const { peer } = stack;
  const datagram = udp({ src: peer.ip, dst: stack.ip, srcPort: 9000, dstPort: 7, checksum: "none" }, "four");
  stack.inject(
    peer.ipv4({ protocol: PROTOCOL_UDP, totalLength: 32 }, concat(datagram, new Uint8Array(1000).fill(0xee))),
  );
  assert.deepEqual(stack.recvFrom(fd).data, new TextEncoder().encode("four"));
  stack.inject(
    peer.ipv4(
      { protocol: PROTOCOL_ICMP, totalLength: 20 + ECHO.length },
      concat(ECHO, new Uint8Array(1000).fill(0xee)),
    ),
  );
  stack.expect({ icmp: { type: 0, payload: "abcdefgh" } });
});

script("[IP4-4] [ATK-96] [ATK-100] impossible source addresses are dropped", { rfc: "1122 §3.2.1.3" }, (stack) => {
  const fd = open(stack);
  for (const src of [
    "0.0.0.0",
    "0.1.2.3",
    "127.0.0.1",
    "127.255.255.254",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "10.0.2.255",
    stack.ip,
  ]) {
    const ip = { src };
    stack.inject(stack.peer.ping({ ip }), stack.peer.udp({ srcPort: 9000, dstPort: 7, ip }, "x"));
    // Also where an error would be due: nobody may be hit by it.
    stack.inject(
      stack.peer.udp({ srcPort: 9000, dstPort: 8, ip }, "x"),
      stack.peer.ipv4({ protocol: 253, ...ip }, "x"),
    );
  }
  stack.quiet(5000);
  empty(stack, fd);
});

script(
  "[IP4-4] an address that a datagram has come from is no source any more once it is our own, or the subnet's broadcast",
  { rfc: "1122 §3.2.1.3" },
  (stack) => {
    const fd = stack.openUdp();
    stack.bind(fd, 7);
    const move = (address: string, mask: string): void => {
      stack.node.enter(() => stack.core.setInterface(1, ipWord(address), ipWord(mask), 0));
    };
    const arrives = (src: string, dst: string): boolean => {
      stack.inject(stack.peer.udp({ srcPort: 9000, dstPort: 7, ip: { src, dst } }, "x"));
      try {
        stack.recvFrom(fd, { flags: MSG_DONTWAIT });
        return true;
      } catch (error) {
        assert.match(String(error), /EAGAIN/);
        return false;
      }
    };
    for (const src of ["10.0.2.77", "10.0.2.95"]) {
      move("10.0.2.15", "255.255.255.0");
      assert.ok(arrives(src, "10.0.2.15"));
      move("10.0.2.77", "255.255.255.224");
      assert.ok(!arrives(src, "10.0.2.77"), `${src} is ours, or the broadcast address of 10.0.2.64/27`);
      assert.ok(arrives("10.0.2.78", "10.0.2.77"));
      assert.ok(!arrives(src, "10.0.2.77"));
    }
    // Nothing has come from these, whatever is remembered at first.
    move("1.1.1.1", "255.255.255.0");
    for (const src of ["1.1.1.1", "1.1.1.255", "0.0.0.0", "127.0.0.1"]) assert.ok(!arrives(src, "1.1.1.1"));
    move("2.2.2.1", "255.255.255.252");
    for (const src of ["2.2.2.1", "2.2.2.3"]) assert.ok(!arrives(src, "2.2.2.1"));
    assert.ok(arrives("1.1.1.1", "2.2.2.1"));
    stack.takeSent();
  },
);

script(
  "[IP4-5] [ATK-96] datagrams for other addresses are dropped, not forwarded, not answered",
  { rfc: "1122 §3.3.6" },
  (stack) => {
    const fd = open(stack);
    for (const dst of [
      "10.0.2.16",
      "10.0.2.2",
      "10.0.2.0",
      "192.0.2.1",
      "127.0.0.1",
      "0.0.0.0",
      "224.0.0.5",
      "240.0.0.1",
    ]) {
      const ip = { dst };
      stack.inject(stack.peer.ping({ ip }), stack.peer.udp({ srcPort: 9000, dstPort: 7, ip }, "x"));
      stack.inject(
        stack.peer.udp({ srcPort: 9000, dstPort: 8, ip }, "x"),
        stack.peer.ipv4({ protocol: 253, ...ip }, "x"),
      );
    }
    stack.quiet(5000);
    empty(stack, fd);
  },
);

script("[IP4-6] options that say nothing to us are passed over", { rfc: "1122 §3.2.1.8" }, (stack) => {
  const fd = open(stack);
  const options: number[][] = [
    Array(40).fill(1),
    [0, 0xff, 0xff, 0xff],
    [1, 1, 1, 0],
    [7, 7, 4, 0, 0, 0, 0],
    [68, 8, 5, 0, 0, 0, 0, 0],
    [148, 4, 0, 0],
    [0x5e, 2, 0x9e, 2],
    [1, 1, 0x5e, 38, ...Array(36).fill(0xff)],
  ];
  for (const each of options) {
    stack.inject(stack.peer.ping({ ip: { options: each } }));
    // Never reflected.
    stack.expect({ ip: { ihl: 5, dst: stack.peer.ip }, icmp: { type: 0, payload: "abcdefgh" } });
    stack.inject(stack.peer.udp({ srcPort: 9000, dstPort: 7, ip: { options: each } }, "opt"));
    assert.deepEqual(stack.recvFrom(fd).data, new TextEncoder().encode("opt"));
  }
});

script(
  "[IP4-6] malformed options are answered with a parameter problem and do no harm",
  { rfc: "1122 §3.2.1.8" },
  (stack) => {
    const fd = open(stack);
    const malformed: [number[], number][] = [
      [[0x44, 0, 0, 0], 21],
      [[0x44, 1, 0, 0], 21],
      [[0x44, 5, 0, 0], 21],
      [[0x44, 255, 0, 0], 21],
      [[1, 1, 1, 0x44], 23],
      [[7, 3, 4, 0x5e, 41, 0, 0, 0], 24],
    ];
    for (const [options, pointer] of malformed) {
      const frame = stack.peer.udp({ srcPort: 9000, dstPort: 7, ip: { options } }, "abcdefghij");
      stack.inject(frame);
      const { icmp: message } = stack.expect({
        ip: { ihl: 5, dst: stack.peer.ip },
        icmp: { type: 12, code: 0, rest: pointer * 0x100_0000 },
      });
      const datagram = frame.slice(14, 14 + 20 + options.length + 18);
      assert.deepEqual(message?.payload, datagram.slice(0, message?.payload.length));
      assert.ok((message?.payload.length ?? 0) >= 20 + options.length + 8);
      stack.advance(500);
    }
    empty(stack, fd);
    // Not about an ICMP error, and not to a broadcast.
    stack.inject(stack.peer.icmp({ type: 3, code: 1, ip: { options: [0x44, 0, 0, 0] } }, new Uint8Array(28)));
    stack.inject(stack.peer.ping({ ip: { options: [0x44, 0, 0, 0], dst: "10.0.2.255" }, eth: { dst: BROADCAST_MAC } }));
    stack.quiet(1000);
  },
);

script(
  "[IP4-7] [ATK-14] [ATK-21] [ATK-80] source-routed datagrams are dropped, whatever their pointers say",
  { rfc: "7126 §4.3" },
  (stack) => {
    const fd = open(stack);
    for (const type of [131, 137]) {
      for (const [length, pointer] of [
        [3, 4],
        [7, 4],
        [7, 8],
        [7, 0],
        [7, 3],
        [11, 255],
        [39, 4],
        [3, 1],
      ]) {
        const options = [type, length, pointer, ...Array(Math.max(0, length - 3)).fill(10)];
        stack.inject(
          stack.peer.ping({ ip: { options } }),
          stack.peer.udp({ srcPort: 1, dstPort: 7, ip: { options } }, "x"),
        );
        stack.inject(stack.peer.udp({ srcPort: 1, dstPort: 8, ip: { options } }, "x"));
      }
      // Two of them, one behind other options.
      const twice = [1, 7, 3, 4, type, 3, 4, 137, 7, 4, 10, 0, 2, 99, 0];
      stack.inject(stack.peer.ping({ ip: { options: twice } }));
    }
    stack.quiet(1000);
    empty(stack, fd);
  },
);

script(
  "[IP4-13] identifications of fragmented datagrams neither repeat nor follow one counter",
  { rfc: "6864 §4.2, 7739" },
  (stack) => {
    const fd = open(stack);
    const other = stack.station({ mac: "02:00:00:00:00:77", ip: "10.0.2.77" });
    stack.arpResolve(other);
    const ids: Record<string, number[]> = { [stack.peer.ip]: [], [other.ip]: [] };
    for (let i = 0; i < 50; i++) {
      for (const ip of [stack.peer.ip, other.ip]) {
        stack.sendTo(fd, ip, 9000, pattern(1600));
        const sent = stack.takeSent().map(({ packet }) => packet.ip);
        assert.equal(sent.length, 2);
        assert.equal(sent[0]?.id, sent[1]?.id);
        ids[ip].push(sent[0]?.id ?? -1);
      }
    }
    for (const list of Object.values(ids)) assert.equal(new Set(list).size, 50, "an identification came twice");
    const [a, b] = Object.values(ids);
    const steps = a.slice(1).map((id, i) => (id - a[i]) & 0xffff);
    assert.ok(new Set(steps).size > 1, "the steps are always the same");
    assert.ok(a.filter((id, i) => ((b[i] - id) & 0xffff) < 16).length < 10, "both destinations share a counter");
  },
);

script("[IP4-13] datagrams in one piece may not be fragmented on the way", { rfc: "6864 §4.1" }, (stack) => {
  const fd = open(stack);
  for (const size of [0, 64, 1472]) {
    stack.sendTo(fd, stack.peer.ip, 9000, pattern(size));
    stack.expect({ ip: { df: true, mf: false, offset: 0 } });
  }
  stack.sendTo(fd, stack.peer.ip, 9000, pattern(1473));
  for (const { packet } of stack.takeSent()) assert.equal(packet.ip?.df, false);
});

script(
  "[IP4-14] everything leaves with the configured TTL, and any TTL is taken",
  { rfc: "1122 §3.2.1.7", settings: { NET_INITIAL_TTL: 77 } },
  (stack) => {
    const fd = open(stack);
    stack.sendTo(fd, stack.peer.ip, 9000, "x");
    stack.expect({ ip: { ttl: 77 } });
    stack.sendTo(fd, stack.peer.ip, 9000, pattern(2000));
    for (const { packet } of stack.takeSent()) assert.equal(packet.ip?.ttl, 77);
    for (const ttl of [0, 1, 2, 255]) {
      stack.inject(stack.peer.ping({ ip: { ttl } }));
      stack.expect({ ip: { ttl: 77 }, icmp: { type: 0 } });
      stack.inject(stack.peer.udp({ srcPort: 9000, dstPort: 7, ip: { ttl } }, "x"));
      assert.equal(stack.recvFrom(fd).data.length, 1);
    }
    stack.inject(stack.peer.udp({ srcPort: 9000, dstPort: 8 }, "x"));
    stack.expect({ ip: { ttl: 77 }, icmp: { type: 3 } });
  },
);

script(
  "[IP4-15] the own subnet is reached directly, everything else over the gateway",
  { rfc: "1122 §3.3.1" },
  (stack) => {
    const fd = open(stack);
    stack.sendTo(fd, "10.0.2.200", 9000, "near");
    stack.expect({ arp: { operation: 1, tpa: "10.0.2.200" } });
    for (const ip of ["192.0.2.1", "10.0.3.1", "8.8.8.8", "10.0.1.255"]) {
      stack.sendTo(fd, ip, 9000, "far");
      stack.expect({ eth: { dst: stack.peer.mac }, ip: { src: stack.ip, dst: ip }, udp: { payload: "far" } });
    }
    stack.advance(6000);
    stack.takeSent();
  },
);

script("[IP4-15] an unknown gateway is resolved, also for answers", { rfc: "1122 §3.3.1" }, (stack) => {
  stack.inject(stack.peer.ping({ ip: { src: "192.0.2.9" } }));
  stack.expect({ arp: { operation: 1, tpa: stack.gateway } });
  stack.inject(stack.peer.arpReply());
  stack.expect({ eth: { dst: stack.peer.mac }, ip: { dst: "192.0.2.9" }, icmp: { type: 0 } });
  stack.quiet(3000);
});

script(
  "[IP4-15] without a gateway the rest of the world cannot be reached",
  { rfc: "1122 §3.3.1", settings: { NET_CONFIG_MY_IPV4_GW: "0.0.0.0" } },
  (stack) => {
    const fd = open(stack);
    assert.equal(
      stack.errno(() => stack.sendTo(fd, "192.0.2.1", 9000, "x")),
      "ENETUNREACH",
    );
    stack.inject(stack.peer.ping({ ip: { src: "192.0.2.9" } }));
    stack.quiet(3000);
  },
);

script("[IP4-15] a dead gateway is asked for again, and used when it is back", { rfc: "1122 §3.3.1" }, (stack) => {
  const fd = stack.openUdp();
  stack.bind(fd, 7);
  stack.sendTo(fd, "192.0.2.1", 9000, "lost");
  stack.advance(4500);
  assert.equal(stack.takeSent().length, 4);
  assert.equal(
    stack.errno(() => stack.sendTo(fd, "192.0.2.1", 9000, "x")),
    "EHOSTUNREACH",
  );
  stack.advance(1000);
  stack.sendTo(fd, "192.0.2.1", 9000, "later");
  stack.expect({ arp: { operation: 1, tpa: stack.gateway } });
  stack.inject(stack.peer.arpReply());
  stack.expect({ ip: { dst: "192.0.2.1" }, udp: { payload: "later" } });
});

script(
  "[IP4-16] limited and subnet broadcast reach sockets, and nothing else answers them",
  { rfc: "919, 922" },
  (stack) => {
    const fd = open(stack);
    for (const dst of ["255.255.255.255", "10.0.2.255"]) {
      const below = { ip: { dst }, eth: { dst: BROADCAST_MAC } };
      stack.inject(stack.peer.udp({ srcPort: 9000, dstPort: 7, ...below }, dst));
      assert.deepEqual(stack.recvFrom(fd).data, new TextEncoder().encode(dst));
      stack.inject(stack.peer.udp({ srcPort: 9000, dstPort: 8, ...below }, "closed"));
      stack.inject(stack.peer.ping(below));
      stack.inject(stack.peer.ipv4({ protocol: 253, ...below.ip }, "x", below.eth));
      // A TCP SYN; there is no TCP yet, so this also stands for "unknown protocol to a broadcast".
      stack.inject(stack.peer.ipv4({ protocol: PROTOCOL_TCP, ...below.ip }, new Uint8Array(20), below.eth));
      // In a unicast frame it is the same.
      stack.inject(stack.peer.ping({ ip: { dst } }), stack.peer.udp({ srcPort: 9000, dstPort: 8, ip: { dst } }, "x"));
    }
    stack.quiet(2000);
  },
);

script(
  "[ATK-1] [ATK-5] [ATK-123] tunnels are not unpacked: what is inside is neither delivered nor forwarded",
  {},
  (stack) => {
    const fd = open(stack);
    const { peer } = stack;
    const inner = ipv4(
      { src: peer.ip, dst: stack.ip, protocol: PROTOCOL_UDP },
      udp({ src: peer.ip, dst: stack.ip, srcPort: 9000, dstPort: 7 }, "inner"),
    );
    const outward = ipv4({ src: stack.ip, dst: "10.0.2.77", protocol: PROTOCOL_ICMP }, ECHO);
    for (const protocol of [4, 41, 47, 94, 98]) {
      for (const payload of [inner, outward, ipv4({ src: peer.ip, dst: stack.ip, protocol: 4 }, inner)]) {
        stack.inject(peer.ipv4({ protocol }, payload));
        // At most: protocol unreachable, to the sender of the outer datagram.
        for (const { packet } of stack.takeSent()) {
          assert.equal(packet.icmp?.type, 3);
          assert.equal(packet.icmp?.code, 2);
          assert.equal(packet.ip?.dst, peer.ip);
        }
        stack.advance(300);
      }
    }
    empty(stack, fd);
  },
);

script("[IP4-15] datagrams to the own address and to 127/8 stay inside", { rfc: "1122 §3.2.1.3" }, (stack) => {
  const fd = open(stack);
  for (const ip of ["127.0.0.1", "127.1.2.3", stack.ip]) {
    stack.sendTo(fd, ip, 7, ip);
    const { data, from, port } = stack.recvFrom(fd);
    assert.deepEqual(data, new TextEncoder().encode(ip));
    assert.equal(from, ip === stack.ip ? stack.ip : "127.0.0.1");
    assert.equal(port, 7);
  }
  stack.quiet(1000);
});

script(
  "[IP4-15] a closed port on the loopback interface is heard of, and its queue is bounded",
  { settings: { NET_LOOPBACK_BUFFER: 1024 } },
  (stack) => {
    const fd = stack.openUdp();
    stack.connect(fd, "127.0.0.1", 99);
    stack.send(fd, "x");
    assert.equal(
      stack.errno(() => stack.recv(fd)),
      "ECONNREFUSED",
    );
    const server = stack.openUdp();
    stack.bind(server, 99, "127.0.0.1");
    for (let i = 0; i < 20; i++) stack.send(fd, pattern(300, i));
    let got = 0;
    while (stack.errno(() => stack.recvFrom(server, { flags: MSG_DONTWAIT })) === "SUCCESS") got++;
    assert.ok(got > 0);
    stack.quiet(1000);
  },
);

script("[ATK-9] no sum of lengths wraps around, in any header", {}, (stack) => {
  const fd = open(stack);
  const { peer } = stack;
  const lengths = [0xffff, 0xfffe, 0xfff8, 0xffec, 0xffeb, 0x8000, 0x7fff, 19, 18, 8, 7, 1, 0];
  for (const totalLength of lengths) {
    for (const ihl of [5, 15]) {
      stack.inject(
        peer.ping({ ip: { totalLength, ihl } }),
        peer.udp({ srcPort: 1, dstPort: 7, ip: { totalLength, ihl } }, "x"),
      );
    }
  }
  for (const length of lengths.filter((value) => value !== 8)) {
    stack.inject(peer.udp({ srcPort: 1, dstPort: 7, length, checksum: "none" }, []));
    for (const port of [7, 8])
      stack.inject(...peer.udpFragments({ srcPort: 1, dstPort: port, length, checksum: "none" }, [], 8));
  }
  for (const offset of [65_528, 65_520, 65_512]) {
    for (const payload of [8, 16, 1480]) {
      stack.inject(peer.ipv4({ protocol: PROTOCOL_UDP, id: 3, offset, mf: false }, pattern(payload)));
      stack.inject(peer.ipv4({ protocol: PROTOCOL_UDP, id: 4, offset, mf: true, ihl: 15 }, pattern(payload)));
    }
  }
  stack.quiet(1000);
  empty(stack, fd);
  stack.alive();
});
