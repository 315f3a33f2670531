/** Ethernet (RFC 894, RFC 1122 §2.3.3, §2.4): the rows ETH-1 and ETH-2 of the checklist, and short or foreign frames. */
import assert from "node:assert/strict";
import { pattern } from "../harness/bytes.js";
import { BROADCAST_MAC, ethernet } from "../harness/packets.js";
import { script } from "../harness/script.js";
import { MSG_DONTWAIT } from "../harness/socket-calls.js";

script("[ETH-1] padding never reaches a socket or an answer, whatever it holds", { rfc: "894" }, (stack) => {
  stack.arpResolve();
  const fd = stack.openUdp();
  stack.bind(fd, 7);
  for (let size = 0; size <= 18; size++) {
    stack.inject(stack.peer.udp({ srcPort: 9000, dstPort: 7, eth: { padByte: 0xee } }, pattern(size)));
    const { data } = stack.recvFrom(fd);
    assert.deepEqual(data, pattern(size));
    stack.inject(stack.peer.ping({ eth: { padByte: 0xee } }, pattern(size)));
    stack.expect({ icmp: { type: 0, payload: pattern(size) } });
  }
});

script("[ETH-1] frames that nobody padded are taken as well", { rfc: "894" }, (stack) => {
  stack.arpResolve();
  for (let size = 0; size <= 18; size++) {
    stack.inject(stack.peer.ping({ eth: { pad: false } }, pattern(size)));
    stack.expect({ icmp: { type: 0, payload: pattern(size) } });
  }
});

script("[ATK-124] short answers are padded with zeros, also after longer frames", {}, (stack) => {
  stack.arpResolve();
  stack.inject(stack.peer.ping({}, new Uint8Array(1000).fill(0xee)));
  stack.expect({ icmp: { type: 0 } });
  for (let size = 0; size < 18; size++) {
    stack.inject(stack.peer.ping({}, pattern(size)));
    // The harness checks the padding of every frame; here: that there is some.
    const { frame } = stack.expect({ icmp: { type: 0 } });
    assert.equal(frame.length, 60);
  }
});

script("[ETH-2] a unicast datagram in a broadcast or multicast frame is dropped", { rfc: "1122 §3.3.6" }, (stack) => {
  stack.arpResolve();
  const fd = stack.openUdp();
  stack.bind(fd, 7);
  for (const dst of [BROADCAST_MAC, "01:00:5e:00:00:01", "33:33:00:00:00:01"]) {
    stack.inject(stack.peer.ping({ eth: { dst } }), stack.peer.udp({ srcPort: 9000, dstPort: 7, eth: { dst } }, "x"));
    stack.inject(stack.peer.udp({ srcPort: 9000, dstPort: 8, eth: { dst } }, "x"));
  }
  stack.quiet(1000);
  assert.equal(
    stack.errno(() => stack.recvFrom(fd, { flags: MSG_DONTWAIT })),
    "EAGAIN",
  );
});

script("[ETH-2] frames for other MAC addresses are ignored", { rfc: "1122 §2.4" }, (stack) => {
  stack.arpResolve();
  for (let bit = 0; bit < 48; bit++) {
    const ping = stack.peer.ping();
    ping[bit >> 3] ^= 1 << (bit & 7);
    const request = stack.peer.arpRequest({ eth: { dst: stack.mac } });
    request[bit >> 3] ^= 1 << (bit & 7);
    // The first bit makes it a group address: that ARP may answer.
    stack.inject(ping, ...(bit === 0 ? [] : [request]));
  }
  stack.quiet(1000);
  stack.inject(stack.peer.ping());
  stack.expect({ icmp: { type: 0 } });
});

script("[ATK-11] frames cut short and IEEE 802.3 lengths are dropped", {}, (stack) => {
  stack.arpResolve();
  const ping = stack.peer.ping();
  for (let length = 1; length < 14 + 20 + 8 + 8; length++) stack.inject(ping.slice(0, length));
  for (const type of [0, 1, 46, 1000, 1500, 1501, 0x0801, 0x8100, 0x86dd, 0x8864, 0xffff]) {
    stack.inject(ethernet({ dst: stack.mac, src: stack.peer.mac, type }, ping.slice(14)));
  }
  stack.quiet(1000);
  stack.alive();
});

script("[ATK-11] a frame larger than the MTU does no harm", {}, (stack) => {
  stack.arpResolve();
  stack.inject(stack.peer.ping({}, pattern(1472)));
  stack.expect({ icmp: { type: 0, payload: pattern(1472) } });
  for (let size = 1473; size < 1600; size += 3) stack.inject(stack.peer.ping({}, pattern(size)));
  stack.quiet(1000);
  stack.alive();
});

script("[ATK-128] an answer comes at every wrap of the clock", {}, (stack) => {
  stack.arpResolve();
  for (let second = 0; second < 10; second++) {
    stack.inject(stack.peer.ping({ sequence: second }));
    stack.expect({ icmp: { type: 0, sequence: second } });
    stack.quiet(1000);
  }
});

script(
  "[UDP-5] IPv6 is not built in: its datagrams are dropped, with a checksum or without",
  { rfc: "8200 §8.1" },
  (stack) => {
    stack.arpResolve();
    const fd = stack.openUdp();
    stack.bind(fd, 7);
    for (const checksum of [0, 0xffff]) {
      const header = [
        0x60,
        0,
        0,
        0,
        0,
        12,
        17,
        64,
        0xfe,
        0x80,
        ...Array(13).fill(0),
        1,
        0xfe,
        0x80,
        ...Array(13).fill(0),
        2,
      ];
      const datagram = [0x23, 0x28, 0, 7, 0, 12, checksum >> 8, checksum & 0xff, 1, 2, 3, 4];
      stack.inject(stack.peer.ethernet([...header, ...datagram], { type: 0x86dd }));
    }
    stack.quiet(1000);
    assert.equal(
      stack.errno(() => stack.recvFrom(fd, { flags: MSG_DONTWAIT })),
      "EAGAIN",
    );
  },
);
