/** UDP (RFC 768; RFC 1122 §4.1): the rows UDP-1 … UDP-6 of the checklist, and sockets as packets see them. */
import assert from "node:assert/strict";
import { pattern } from "../harness/bytes.js";
import { ethernet, icmp, ipv4, quote, udp } from "../harness/packets.js";
import { script } from "../harness/script.js";
import { MSG_DONTWAIT, SO_BROADCAST, SOL_SOCKET } from "../harness/socket-calls.js";
import type { Stack } from "../harness/stack.js";

const RING = { NET_SOCKETS_UDP_RCVBUF: 4096 };

/** A stack with a socket on port 7 and a known neighbour. */
function open(stack: Stack, port = 7): number {
  stack.arpResolve();
  const fd = stack.openUdp();
  stack.bind(fd, port);
  return fd;
}

/** Nothing waits in `fd`. */
function empty(stack: Stack, fd: number): void {
  assert.equal(
    stack.errno(() => stack.recvFrom(fd, { flags: MSG_DONTWAIT })),
    "EAGAIN",
  );
}

script(
  "[UDP-1] every datagram sent has a right checksum, at every length modulo 4",
  { rfc: "1122 §4.1.3.4" },
  (stack) => {
    const fd = open(stack);
    for (const size of [0, 1, 2, 3, 4, 5, 63, 64, 65, 1471, 1472]) {
      stack.sendTo(fd, stack.peer.ip, 9000, pattern(size));
      // The harness verifies the checksum of every frame; here: that there is one.
      stack.expect({ udp: { payload: pattern(size), checksum: (value) => value !== 0 } });
    }
  },
);

script("[UDP-1] a datagram with a wrong checksum is discarded silently", { rfc: "1122 §4.1.3.4" }, (stack) => {
  const fd = open(stack);
  for (const size of [0, 1, 2, 3, 4, 64, 1472]) {
    stack.inject(stack.peer.udp({ srcPort: 9000, dstPort: 7, checksum: "bad" }, pattern(size)));
  }
  empty(stack, fd);
  stack.quiet(1000);
});

script("[UDP-1] every single-bit error in header and payload is caught", { variants: false }, (stack) => {
  const fd = open(stack);
  const good = stack.peer.udp({ srcPort: 9000, dstPort: 7 }, "payload!");
  for (let bit = (14 + 20) * 8; bit < (14 + 20 + 16) * 8; bit++) {
    const frame = Uint8Array.from(good);
    frame[bit >> 3] ^= 0x80 >> (bit & 7);
    stack.inject(frame);
  }
  empty(stack, fd);
  stack.takeSent(); // the ones whose port bit flipped have a wrong checksum too: nothing may have been answered
  stack.inject(good);
  assert.equal(Buffer.from(stack.recvFrom(fd).data).toString(), "payload!");
  assert.equal(stack.core.counter(36), 0, "no ICMP errors came in");
});

script("[UDP-1] without a checksum (0) a datagram is delivered over IPv4", { rfc: "768" }, (stack) => {
  const fd = open(stack);
  stack.inject(stack.peer.udp({ srcPort: 9000, dstPort: 7, checksum: "none" }, "unsummed"));
  assert.equal(Buffer.from(stack.recvFrom(fd).data).toString(), "unsummed");
});

script("[UDP-1] a computed checksum of 0 is sent as 0xffff", { rfc: "768" }, (stack) => {
  const fd = open(stack);
  // Two payload bytes can make the sum come out as any value: search the ones that make it 0.
  const sum = (payload: number[]): number => {
    const datagram = udp({ src: stack.ip, dst: stack.peer.ip, srcPort: 7, dstPort: 9000 }, payload);
    return (datagram[6] << 8) | datagram[7];
  };
  const base = sum([0, 0]);
  const payload = [base >> 8, base & 0xff];
  assert.equal(sum(payload), 0xffff, "the chosen payload sums to zero");
  stack.sendTo(fd, stack.peer.ip, 9000, payload);
  stack.expect({ udp: { checksum: 0xffff, payload } });
});

script("[UDP-2] lengths 0 and 7 are discarded, 8 is an empty datagram", { rfc: "768" }, (stack) => {
  const fd = open(stack);
  for (const length of [0, 1, 7])
    stack.inject(stack.peer.udp({ srcPort: 9000, dstPort: 7, length, checksum: "none" }, "data"));
  empty(stack, fd);
  stack.inject(stack.peer.udp({ srcPort: 9000, dstPort: 7, length: 8, checksum: "none" }, "data"));
  assert.equal(stack.recvFrom(fd).data.length, 0);
  stack.quiet(1000);
});

script("[UDP-2] a length beyond the IP payload is discarded", { rfc: "768" }, (stack) => {
  const fd = open(stack);
  for (const length of [13, 100, 65_535]) {
    stack.inject(stack.peer.udp({ srcPort: 9000, dstPort: 7, length, checksum: "none" }, "data"));
  }
  empty(stack, fd);
  stack.quiet(1000);
});

script("[UDP-2] bytes behind the UDP length are ignored", { rfc: "768" }, (stack) => {
  const fd = open(stack);
  const datagram = udp({ src: stack.peer.ip, dst: stack.ip, srcPort: 9000, dstPort: 7 }, "data");
  const longer = Uint8Array.of(...datagram, ...pattern(21, 99));
  stack.inject(
    ethernet(
      { dst: stack.mac, src: stack.peer.mac },
      ipv4({ src: stack.peer.ip, dst: stack.ip, protocol: 17 }, longer),
    ),
  );
  assert.equal(Buffer.from(stack.recvFrom(fd).data).toString(), "data");
});

script(
  "[UDP-3] a datagram from a broadcast, multicast, loopback or own address is discarded",
  { rfc: "1122 §4.1.3.6" },
  (stack) => {
    const fd = open(stack);
    for (const src of [
      "255.255.255.255",
      "10.0.2.255",
      "224.0.0.1",
      "239.1.2.3",
      "127.0.0.1",
      "0.0.0.0",
      "240.0.0.1",
      stack.ip,
    ]) {
      const payload = udp({ src, dst: stack.ip, srcPort: 9000, dstPort: 7 }, "forged");
      stack.inject(
        ethernet({ dst: stack.mac, src: stack.peer.mac }, ipv4({ src, dst: stack.ip, protocol: 17 }, payload)),
      );
    }
    empty(stack, fd);
    stack.quiet(1000);
  },
);

/** The ICMP error of the peer about the datagram that the stack sent last. */
function unreachable(stack: Stack, sent: Uint8Array, code: number): Uint8Array {
  const datagram = sent.subarray(14);
  const message = icmp({ type: 3, code }, quote(datagram));
  return ethernet(
    { dst: stack.mac, src: stack.peer.mac },
    ipv4({ src: stack.peer.ip, dst: stack.ip, protocol: 1 }, message),
  );
}

script(
  "[UDP-4] a connected socket hears of port unreachable as ECONNREFUSED, once",
  { rfc: "1122 §4.1.3.3" },
  (stack) => {
    stack.arpResolve();
    const fd = stack.openUdp();
    stack.connect(fd, stack.peer.ip, 9000);
    stack.send(fd, "anyone?");
    const { frame } = stack.expect({ udp: { dstPort: 9000 } });
    stack.inject(unreachable(stack, frame, 3));
    assert.equal(
      stack.errno(() => stack.recvFrom(fd)),
      "ECONNREFUSED",
    );
    empty(stack, fd);
    // With the next send too, and it wakes a receiver that waits.
    stack.send(fd, "again?");
    const second = stack.expect({ udp: { payload: "again?" } }).frame;
    const waiting = stack.begin.recvFrom(fd);
    assert.equal(waiting.done, false);
    stack.inject(unreachable(stack, second, 3));
    assert.equal(waiting.errno, "ECONNREFUSED");
  },
);

script("[UDP-4] an unconnected socket does not hear of it", { rfc: "1122 §4.1.3.3" }, (stack) => {
  const fd = open(stack);
  stack.sendTo(fd, stack.peer.ip, 9000, "anyone?");
  const { frame } = stack.expect({ udp: { dstPort: 9000 } });
  stack.inject(unreachable(stack, frame, 3));
  empty(stack, fd);
});

script("[UDP-4] soft errors (net, host unreachable) do not end a connected socket's wait", {}, (stack) => {
  stack.arpResolve();
  const fd = stack.openUdp();
  stack.connect(fd, stack.peer.ip, 9000);
  stack.send(fd, "anyone?");
  const { frame } = stack.expect({ udp: { dstPort: 9000 } });
  stack.inject(unreachable(stack, frame, 0), unreachable(stack, frame, 1));
  empty(stack, fd);
});

script(
  "[UDP-6] ephemeral ports are spread at random over 49152 to 65535",
  { rfc: "6056 §3.3.2", variants: false },
  (stack) => {
    stack.arpResolve();
    const ports: number[] = [];
    for (let i = 0; i < 100; i++) {
      const fd = stack.openUdp();
      stack.sendTo(fd, stack.peer.ip, 9000, "x");
      ports.push(stack.expect({ udp: { dstPort: 9000 } }).udp?.srcPort ?? 0);
      stack.close(fd);
    }
    assert.ok(
      ports.every((port) => port >= 49_152),
      "inside the range",
    );
    const steps = new Set(ports.slice(1).map((port, i) => port - ports[i]));
    assert.ok(steps.size > 90, `only ${steps.size} different steps in 100 ports`);
    assert.ok(Math.max(...ports) - Math.min(...ports) > 8192, "spread over the range");
  },
);

script("sockets: the most particular one gets the datagram", {}, (stack) => {
  stack.arpResolve();
  const any = stack.openUdp();
  stack.setOption(any, SOL_SOCKET, 2, 1);
  stack.bind(any, 7);
  const connected = stack.openUdp();
  stack.setOption(connected, SOL_SOCKET, 2, 1);
  stack.bind(connected, 7);
  stack.connect(connected, stack.peer.ip, 9000);
  stack.inject(stack.peer.udp({ srcPort: 9000, dstPort: 7 }, "for the connected"));
  stack.inject(stack.peer.udp({ srcPort: 9001, dstPort: 7 }, "for any"));
  assert.equal(Buffer.from(stack.recvFrom(connected).data).toString(), "for the connected");
  assert.equal(Buffer.from(stack.recvFrom(any).data).toString(), "for any");
  empty(stack, connected);
  empty(stack, any);
});

script("sockets: a broadcast reaches every socket on the port", { settings: RING }, (stack) => {
  stack.arpResolve();
  const fds = [0, 1, 2].map(() => {
    const fd = stack.openUdp();
    stack.setOption(fd, SOL_SOCKET, 2, 1);
    stack.bind(fd, 7);
    return fd;
  });
  for (const dst of ["255.255.255.255", "10.0.2.255"]) {
    const payload = udp({ src: stack.peer.ip, dst, srcPort: 68, dstPort: 7 }, `to all ${dst}`);
    stack.inject(
      ethernet(
        { dst: "ff:ff:ff:ff:ff:ff", src: stack.peer.mac },
        ipv4({ src: stack.peer.ip, dst, protocol: 17 }, payload),
      ),
    );
    for (const fd of fds) assert.equal(Buffer.from(stack.recvFrom(fd).data).toString(), `to all ${dst}`);
  }
  stack.quiet(1000);
});

script("sockets: sending to broadcast needs SO_BROADCAST", {}, (stack) => {
  const fd = stack.openUdp();
  for (const ip of ["255.255.255.255", "10.0.2.255"]) {
    assert.equal(
      stack.errno(() => stack.sendTo(fd, ip, 9000, "x")),
      "EACCES",
    );
  }
  stack.setOption(fd, SOL_SOCKET, SO_BROADCAST, 1);
  stack.sendTo(fd, "255.255.255.255", 9000, "to all");
  stack.expect({ eth: { dst: "ff:ff:ff:ff:ff:ff" }, ip: { dst: "255.255.255.255" }, udp: { payload: "to all" } });
});

script(
  "sockets: one that is bound to a broadcast address or a group hears that alone, and sends from the own address",
  { settings: RING, rfc: "1122 §3.2.1.3" },
  (stack) => {
    stack.arpResolve();
    for (const ip of ["255.255.255.255", "10.0.2.255", "224.0.0.1"]) {
      const fd = stack.openUdp();
      stack.bind(fd, 7, ip);
      for (let i = 0; i < 2; i++) {
        stack.sendTo(fd, stack.peer.ip, 9000, "from whom");
        stack.expect({ ip: { src: stack.ip, dst: stack.peer.ip }, udp: { srcPort: 7, payload: "from whom" } });
      }
      stack.close(fd);
    }
  },
);

script(
  "the ring: what does not fit is dropped and counted, what is there stays whole and in order",
  { settings: RING },
  (stack) => {
    const fd = open(stack);
    const sizes = [1000, 1, 0, 1472, 3, 900, 1472, 700, 2];
    for (const [i, size] of sizes.entries())
      stack.inject(stack.peer.udp({ srcPort: 9000 + i, dstPort: 7 }, pattern(size, i + 1)));
    const arrived: number[] = [];
    for (;;) {
      const call = stack.begin.recvFrom(fd, { flags: MSG_DONTWAIT });
      if (call.errno !== "SUCCESS") break;
      const { port, data } = call.value();
      assert.deepEqual(data, pattern(sizes[port - 9000], port - 9000 + 1));
      arrived.push(port - 9000);
    }
    const dropped = stack.core.counter(41);
    assert.equal(arrived.length + dropped, sizes.length, "each is delivered or counted");
    assert.ok(dropped > 0, "the ring was too small for all");
    assert.deepEqual(
      arrived,
      [...arrived].sort((a, b) => a - b),
    );
  },
);

script(
  "the ring wraps: 300 datagrams of changing size, read now and then",
  { settings: RING, variants: false },
  (stack) => {
    const fd = open(stack);
    let sent = 0;
    let read = 0;
    for (let round = 0; round < 100; round++) {
      for (let i = 0; i < 3; i++) {
        const size = (sent * 157) % 700;
        stack.inject(stack.peer.udp({ srcPort: 1 + sent, dstPort: 7 }, pattern(size, (sent % 200) + 1)));
        sent++;
      }
      const take = round % 2 === 0 ? 2 : 4;
      for (let i = 0; i < take; i++) {
        const { port, data } = stack.recvFrom(fd);
        assert.equal(port, 1 + read);
        assert.deepEqual(data, pattern((read * 157) % 700, (read % 200) + 1));
        read++;
      }
    }
    assert.equal(stack.core.counter(41), 0);
    assert.equal(read, sent);
  },
);

script(
  "a gathered, an unaligned and a fragmented payload are sent byte for byte",
  { settings: { NET_SOCKETS_UDP_RCVBUF: 9000 } },
  (stack) => {
    const fd = open(stack);
    // sys_sock_send_to with three buffers at odd addresses.
    const parts = [pattern(3, 1), pattern(130, 20), pattern(7, 200)];
    const base = 64;
    let place = 1001;
    for (const [i, part] of parts.entries()) {
      stack.memory.write(place, part);
      stack.memory.store32(base + 8 * i, place);
      stack.memory.store32(base + 8 * i + 4, part.length);
      place += part.length + 2;
    }
    stack.memory.write(32, Uint8Array.of(0, 0, 0, 0, ...stack.peer.ip.split(".").map(Number), 9000 & 0xff, 9000 >> 8));
    assert.equal(stack.sys("sock_send_to", fd, base, 3, 0, 32, 16), 0);
    assert.equal(stack.memory.load32(16), 140);
    stack.expect({ udp: { payload: Uint8Array.of(...parts.flatMap((part) => [...part])) } });
    // A fragmented one: the harness puts fragments together and checks the whole.
    stack.sendTo(fd, stack.peer.ip, 9000, pattern(4000));
    assert.equal(stack.takeSent().length, 3);
  },
);

script("loopback: two sockets of one stack talk, and nothing reaches the wire", {}, (stack) => {
  const one = stack.openUdp();
  const two = stack.openUdp();
  stack.bind(one, 5000, "127.0.0.1");
  stack.bind(two, 5001);
  stack.sendTo(one, "127.0.0.1", 5001, "hello");
  const { from, port, data } = stack.recvFrom(two);
  assert.deepEqual([from, port, Buffer.from(data).toString()], ["127.0.0.1", 5000, "hello"]);
  stack.sendTo(two, stack.ip, 5001, "to the own address");
  assert.equal(Buffer.from(stack.recvFrom(two).data).toString(), "to the own address");
  stack.quiet(1000);
});

script("sockets: connecting again chooses the local address anew", {}, (stack) => {
  stack.arpResolve();
  const fd = stack.openUdp();
  stack.connect(fd, stack.peer.ip, 9000);
  const { port } = stack.localAddress(fd);
  assert.deepEqual(stack.localAddress(fd), { ip: stack.ip, port });
  stack.connect(fd, "127.0.0.1", 9000);
  assert.deepEqual(stack.localAddress(fd), { ip: "127.0.0.1", port });
});

script(
  "a waiting receive call gets the datagram whatever its length, and bytes behind it stay as they are",
  {},
  (stack) => {
    const fd = open(stack);
    for (const size of [0, 1, 2, 3, 4, 5, 63, 64, 65, 700]) {
      // sock_recv_from itself, so that its buffer is lent: iovec at 64, sender at 32, count at 16, buffer at 1024.
      stack.memory.bytes.fill(0xa5, 1024, 2048);
      stack.memory.store32(64, 1024);
      stack.memory.store32(68, 701);
      assert.equal(stack.sys("sock_recv_from", fd, 64, 1, 0, 32, 16), -1);
      const parked = stack.node.parked(stack.task);
      // A wrong checksum first: the call goes on waiting.
      stack.inject(stack.peer.udp({ srcPort: 9000, dstPort: 7, checksum: "bad" }, pattern(size)));
      assert.equal(parked?.result, undefined);
      stack.inject(stack.peer.udp({ srcPort: 9000, dstPort: 7 }, pattern(size)));
      assert.equal(parked?.result, 0);
      assert.equal(stack.memory.load32(16), size);
      assert.deepEqual(stack.memory.bytes.slice(1024, 1024 + size), pattern(size));
      // What the wrong datagram and the frame's padding hold never lands behind the payload.
      assert.ok(
        stack.memory.bytes.subarray(1024 + size, 2048).every((byte) => byte === 0xa5),
        `${size} bytes`,
      );
      assert.equal(stack.memory.load16(40), 9000);
    }
  },
);

script("a datagram longer than a waiting call's buffer is cut and the rest is gone", {}, (stack) => {
  const fd = open(stack);
  const call = stack.begin.recvFrom(fd, { length: 10 });
  assert.equal(call.done, false);
  stack.inject(stack.peer.udp({ srcPort: 9000, dstPort: 7 }, pattern(64)));
  assert.deepEqual(call.value().data, pattern(10));
  empty(stack, fd);
});

for (const bits of [0, 4, 12]) {
  script(
    `datagrams find their sockets in a table of ${1 << bits} chains`,
    {
      settings: {
        ...RING,
        NET_UDP_HASH_BITS: bits,
        NET_MAX_CONTEXTS: 6,
        NET_SOCKETS_UDP_BUFFERS: 6,
        ZVFS_OPEN_MAX: 12,
      },
    },
    (stack) => {
      stack.arpResolve();
      // Ports that differ in one byte of two, and in the bits that a table of any size looks at.
      const ports = [7, 7 + 16, 7 + 256, 7 + 4096, 0x0700, 0xff07];
      const sockets = ports.map((port) => {
        const fd = stack.openUdp();
        stack.bind(fd, port);
        return fd;
      });
      for (const [index, port] of ports.entries()) {
        stack.inject(stack.peer.udp({ srcPort: 9000, dstPort: port }, `for ${port}`));
        assert.equal(Buffer.from(stack.recvFrom(sockets[index]).data).toString(), `for ${port}`);
      }
      stack.close(sockets[2]);
      for (const [index, port] of ports.entries()) {
        if (index === 2) continue;
        stack.inject(stack.peer.udp({ srcPort: 9000, dstPort: port }, "again"));
        assert.equal(Buffer.from(stack.recvFrom(sockets[index]).data).toString(), "again");
        stack.close(sockets[index]);
      }
      stack.inject(stack.peer.udp({ srcPort: 9000, dstPort: 7 }, "nobody"));
      stack.expect({ icmp: { type: 3, code: 3 } });
    },
  );
}
