/** ARP (RFC 826, RFC 5227, RFC 1122 §2.3.2): the rows ARP-1 … ARP-11 of the checklist, and attacks on the table. */
import assert from "node:assert/strict";
import { BROADCAST_MAC } from "../harness/packets.js";
import type { Peer } from "../harness/peer.js";
import { script } from "../harness/script.js";
import { MSG_DONTWAIT } from "../harness/socket-calls.js";
import type { Stack } from "../harness/stack.js";

const OTHER = { mac: "02:00:00:00:00:77", ip: "10.0.2.77" };

/** A socket with a port, so that it can send. */
function socket(stack: Stack, port = 4000): number {
  const fd = stack.openUdp();
  stack.bind(fd, port);
  return fd;
}

/** The MAC address that the next datagram to `ip` goes to; "" when the stack asks for it first. */
function macFor(stack: Stack, fd: number, ip: string): string {
  stack.sendTo(fd, ip, 9000, "x");
  const [sent] = stack.takeSent();
  return sent.packet.udp === undefined ? "" : sent.packet.eth.dst;
}

function request(stack: Stack, ip: string, eth = BROADCAST_MAC): object {
  return { eth: { dst: eth }, arp: { operation: 1, sha: stack.mac, spa: stack.ip, tpa: ip } };
}

script(
  "[ARP-1] a request for our address is answered once, to the asker alone",
  { rfc: "826", late: true },
  (stack) => {
    stack.inject(stack.peer.arpRequest());
    stack.expect({
      eth: { dst: stack.peer.mac, src: stack.mac },
      arp: { operation: 2, sha: stack.mac, spa: stack.ip, tha: stack.peer.mac, tpa: stack.peer.ip },
    });
    stack.inject(stack.peer.arpRequest({ tpa: "10.0.2.99" }));
    stack.quiet(2000);
  },
);

script("[ARP-1] a request sent to us alone is answered too, and a probe for our address", { rfc: "826" }, (stack) => {
  stack.inject(stack.peer.arpRequest({ eth: { dst: stack.mac } }));
  stack.expect({ eth: { dst: stack.peer.mac }, arp: { operation: 2 } });
  stack.inject(stack.peer.arpRequest({ spa: "0.0.0.0" }));
  stack.expect({ eth: { dst: stack.peer.mac }, arp: { operation: 2, spa: stack.ip, tpa: "0.0.0.0" } });
  stack.quiet(1000);
});

script(
  "[ARP-2] [ATK-30] fields that are not Ethernet and IPv4, and other operations, do nothing",
  { rfc: "826" },
  (stack) => {
    const fd = socket(stack);
    const { peer } = stack;
    stack.inject(
      peer.arpRequest({ hardware: 6 }),
      peer.arpRequest({ protocol: 0x86dd }),
      peer.arpRequest({ hardwareLength: 8 }),
      peer.arpRequest({ protocolLength: 16 }),
      peer.arpRequest({ hardwareLength: 0, protocolLength: 0 }),
    );
    // 3 and 4 are reverse ARP, 8 and 9 inverse ARP.
    for (const operation of [0, 3, 4, 8, 9, 256, 0xffff]) stack.inject(peer.arpReply({ operation }));
    stack.quiet(1000);
    // No entry was made: the stack has to ask.
    stack.sendTo(fd, peer.ip, 9000, "x");
    stack.expect(request(stack, peer.ip));
    stack.inject(peer.arpReply());
    stack.expect({ udp: { payload: "x" } });
  },
);

script("[ARP-2] [ATK-19] [ATK-90] a packet of 0 to 27 octets does nothing", { rfc: "826" }, (stack) => {
  const whole = stack.peer.arpRequest();
  for (let length = 0; length < 28; length++) stack.inject(whole.slice(0, 14 + length));
  stack.quiet(1000);
  const fd = socket(stack);
  stack.sendTo(fd, stack.peer.ip, 9000, "x");
  stack.expect(request(stack, stack.peer.ip));
  stack.inject(stack.peer.arpReply({ eth: { pad: false } }));
  stack.expect({ udp: { payload: "x" } });
});

script(
  "[ARP-3] [ATK-125] only a request for us makes an entry; any packet updates a known one",
  { rfc: "826" },
  (stack) => {
    const fd = socket(stack);
    const other = stack.station(OTHER);
    // Strangers: a gratuitous request and reply, a request for somebody else, an unsolicited reply to us.
    stack.inject(
      other.arpRequest({ tpa: other.ip }),
      other.arpReply({ tpa: other.ip, eth: { dst: BROADCAST_MAC } }),
      other.arpRequest({ tpa: "10.0.2.99" }),
      other.arpReply(),
    );
    stack.expectNothing();
    assert.equal(macFor(stack, fd, other.ip), "");
    stack.inject(other.arpReply());
    stack.expect({ eth: { dst: other.mac }, udp: { payload: "x" } });
    // A known host with a new MAC address: a gratuitous request is enough.
    const moved = stack.station({ mac: "02:00:00:00:00:78", ip: other.ip });
    stack.inject(moved.arpRequest({ tpa: other.ip }));
    assert.equal(macFor(stack, fd, other.ip), moved.mac);
    // And one who asks us is remembered.
    stack.arpResolve();
    assert.equal(macFor(stack, fd, stack.peer.ip), stack.peer.mac);
  },
);

script(
  "[ARP-4] a neighbour is asked for again when its lifetime is over",
  { rfc: "1122 §2.3.2.1", late: true },
  (stack) => {
    const fd = socket(stack);
    stack.arpResolve();
    stack.advance(150_000);
    assert.equal(macFor(stack, fd, stack.peer.ip), stack.peer.mac);
    stack.quiet(150_100);
    stack.sendTo(fd, stack.peer.ip, 9000, "late");
    stack.expect(request(stack, stack.peer.ip));
    stack.inject(stack.peer.arpReply());
    stack.expect({ udp: { payload: "late" } });
  },
);

script(
  "[ARP-4] a neighbour in use is asked directly before it expires, and kept when it answers",
  { rfc: "1122 §2.3.2.1" },
  (stack) => {
    const fd = socket(stack);
    stack.arpResolve();
    stack.advance(280_000);
    stack.sendTo(fd, stack.peer.ip, 9000, "a");
    stack.expectAll(request(stack, stack.peer.ip, stack.peer.mac), { udp: { payload: "a" } });
    stack.inject(stack.peer.arpReply());
    stack.advance(200_000);
    assert.equal(macFor(stack, fd, stack.peer.ip), stack.peer.mac);
    stack.quiet(1000);
  },
);

script(
  "[ARP-4] without an answer a neighbour in use is forgotten after three requests",
  { rfc: "1122 §2.3.2.1" },
  (stack) => {
    const fd = socket(stack);
    stack.arpResolve();
    stack.advance(280_000);
    stack.sendTo(fd, stack.peer.ip, 9000, "a");
    stack.advance(10_000);
    const sent = stack.takeSent();
    assert.equal(sent.filter(({ packet }) => packet.arp?.operation === 1).length, 3);
    assert.equal(macFor(stack, fd, stack.peer.ip), "");
    stack.advance(5000);
    stack.takeSent();
  },
);

script(
  "[ARP-4] [ATK-128] lifetimes longer than the clock's wrap count in steps",
  { rfc: "1122 §2.3.2.1", settings: { NET_ARP_LIFETIME: 7200 } },
  (stack) => {
    const fd = socket(stack);
    stack.arpResolve();
    for (let minute = 0; minute < 100; minute += 10) {
      stack.advance(600_000);
      assert.equal(macFor(stack, fd, stack.peer.ip), stack.peer.mac);
    }
    stack.advance(20 * 60_000 + 100);
    stack.takeSent();
    assert.equal(macFor(stack, fd, stack.peer.ip), "");
    stack.advance(5000);
    stack.takeSent();
  },
);

script(
  "[ARP-5] a silent host is asked four times, a second apart; then the sender hears of it",
  { rfc: "1122 §2.3.2.1" },
  (stack) => {
    const fd = socket(stack);
    for (let i = 0; i < 100; i++) {
      stack.sendTo(fd, "10.0.2.88", 9000, `${i}`);
      stack.advance(10);
    }
    assert.ok(stack.takeSent().length <= 2, "at most two requests in the first second");
    stack.advance(3500);
    assert.equal(stack.takeSent().length, 2);
    assert.equal(
      stack.errno(() => stack.sendTo(fd, "10.0.2.88", 9000, "no")),
      "EHOSTUNREACH",
    );
    stack.quiet(5000);
    // A new round is possible afterwards.
    stack.sendTo(fd, "10.0.2.88", 9000, "again");
    stack.expect(request(stack, "10.0.2.88"));
    stack.inject(stack.station({ mac: "02:00:00:00:00:88", ip: "10.0.2.88" }).arpReply());
    stack.expect({ udp: { payload: "again" } });
  },
);

script("[ARP-5] a connected socket that waits hears EHOSTUNREACH", { rfc: "1122 §2.3.2.1" }, (stack) => {
  const fd = stack.openUdp();
  stack.connect(fd, "10.0.2.88", 9000);
  stack.quiet(100);
  stack.send(fd, "x");
  const start = stack.elapsed;
  assert.equal(
    stack.errno(() => stack.recv(fd)),
    "EHOSTUNREACH",
  );
  assert.ok(stack.elapsed - start <= 4100, `after ${stack.elapsed - start} ms`);
  assert.equal(stack.takeSent().length, 4);
});

script(
  "[ARP-6] the latest datagram waits for the answer and goes out once",
  { rfc: "1122 §2.3.2.2", late: true },
  (stack) => {
    const fd = socket(stack);
    stack.sendTo(fd, stack.peer.ip, 9000, "first");
    stack.sendTo(fd, stack.peer.ip, 9000, "second");
    stack.expect(request(stack, stack.peer.ip));
    stack.advance(200);
    stack.inject(stack.peer.arpReply());
    stack.expect({ eth: { dst: stack.peer.mac }, udp: { payload: "second" } });
    stack.quiet(2000);
  },
);

script(
  "[ARP-6] several neighbours are resolved at the same time",
  { rfc: "1122 §2.3.2.2", settings: { NET_ARP_PENDING: 3 } },
  (stack) => {
    const fd = socket(stack);
    const peers = [21, 22, 23].map((n) => stack.station({ mac: `02:00:00:00:00:${n}`, ip: `10.0.2.${n}` }));
    for (const peer of peers) {
      stack.sendTo(fd, peer.ip, 9000, peer.ip);
      stack.expect(request(stack, peer.ip));
    }
    for (const peer of peers.reverse()) {
      stack.inject(peer.arpReply());
      stack.expect({ eth: { dst: peer.mac }, udp: { payload: peer.ip } });
    }
  },
);

const ACD = { settings: { NET_IPV4_ACD: true } };

/** The ARP packets that were sent within the next `milliseconds`, with their times (µs from now). */
function arpDuring(stack: Stack, milliseconds: number): { at: number; spa: string; tpa: string }[] {
  const start = stack.world.now;
  stack.advance(milliseconds);
  return stack.takeSent().map(({ time, packet }) => {
    assert.ok(packet.arp !== undefined && packet.eth.dst === BROADCAST_MAC && packet.arp.operation === 1);
    return { at: time - start, spa: packet.arp.spa, tpa: packet.arp.tpa };
  });
}

script(
  "[ARP-7] [ARP-9] an address is probed three times and then announced twice",
  { rfc: "5227 §2.1.1, §2.3", ...ACD },
  (stack) => {
    // Nobody gets an answer from an address that is not ours yet.
    stack.inject(stack.station(OTHER).arpRequest());
    stack.inject(stack.peer.ping());
    const sent = [...arpDuring(stack, 20_000)];
    const probes = sent.filter(({ spa }) => spa === "0.0.0.0");
    const announcements = sent.filter(({ spa }) => spa === stack.ip);
    assert.equal(sent.length, 5);
    assert.deepEqual(
      sent.map(({ tpa }) => tpa),
      Array(5).fill(stack.ip),
    );
    assert.equal(probes.length, 3);
    assert.ok(probes[0].at <= 1_000_000, `first probe after ${probes[0].at} µs`);
    for (let i = 1; i < 3; i++) {
      const gap = probes[i].at - probes[i - 1].at;
      assert.ok(gap >= 1_000_000 && gap <= 2_000_000, `probes ${gap} µs apart`);
    }
    assert.equal(announcements[0].at - probes[2].at, 2_000_000);
    assert.equal(announcements[1].at - announcements[0].at, 2_000_000);
    stack.arpResolve();
    stack.alive();
  },
);

for (const [name, packet] of [
  ["a reply from it", (peer: Peer, ip: string) => peer.arpReply({ spa: ip })],
  ["a request from it", (peer: Peer, ip: string) => peer.arpRequest({ spa: ip, tpa: "10.0.2.1" })],
  ["a probe for it", (peer: Peer, ip: string) => peer.arpRequest({ spa: "0.0.0.0", tpa: ip })],
] as const) {
  script(
    `[ARP-8] a conflict while probing (${name}): the address is not used`,
    { rfc: "5227 §2.1.1", ...ACD },
    (stack) => {
      stack.untilSent(1000);
      stack.expect({ arp: { spa: "0.0.0.0", tpa: stack.ip } });
      stack.inject(packet(stack.station(OTHER), stack.ip));
      stack.quiet(30_000);
      stack.inject(stack.peer.arpRequest());
      stack.quiet(1000);
      const fd = stack.openUdp();
      assert.equal(
        stack.errno(() => stack.sendTo(fd, stack.peer.ip, 9000, "x")),
        "ENETUNREACH",
      );
    },
  );
}

script(
  "[ARP-8] a conflict after the last probe still counts; our own probe come back does not",
  { rfc: "5227 §2.1.1", ...ACD },
  (stack) => {
    for (let i = 0; i < 3; i++) {
      stack.untilSent(2100);
      const { frame } = stack.expect({ arp: { spa: "0.0.0.0" } });
      stack.inject(frame);
    }
    stack.advance(1500);
    stack.inject(stack.station(OTHER).arpReply({ spa: stack.ip }));
    stack.quiet(20_000);
  },
);

script(
  "[ARP-10] [ATK-125] a conflict is answered by one announcement in ten seconds, and the address is kept",
  { rfc: "5227 §2.4" },
  (stack) => {
    const other = stack.station(OTHER);
    const fd = socket(stack);
    stack.arpResolve();
    const announcement = {
      eth: { dst: BROADCAST_MAC },
      arp: { operation: 1, spa: stack.ip, tpa: stack.ip, sha: stack.mac },
    };
    stack.inject(other.arpRequest({ spa: stack.ip, tpa: stack.ip }));
    stack.expect(announcement);
    stack.advance(5000);
    stack.inject(other.arpReply({ spa: stack.ip }), other.arpRequest({ spa: stack.ip, tpa: "10.0.2.3" }));
    stack.quiet(5100);
    stack.inject(other.arpRequest({ spa: stack.ip, tpa: stack.ip }));
    stack.expect(announcement);
    assert.equal(macFor(stack, fd, stack.peer.ip), stack.peer.mac);
    stack.alive();
  },
);

script("[ARP-11] impossible senders change nothing", { rfc: "826" }, (stack) => {
  const fd = socket(stack);
  const { peer } = stack;
  stack.arpResolve();
  const forged = (sha: string): Uint8Array[] => [
    peer.arpReply({ sha }),
    peer.arpRequest({ sha }),
    peer.arpRequest({ sha, tpa: peer.ip }),
  ];
  for (const sha of [BROADCAST_MAC, "01:00:5e:00:00:01", "03:00:00:00:00:01", "00:00:00:00:00:00", stack.mac]) {
    stack.inject(...forged(sha));
    stack.expectNothing();
    assert.equal(macFor(stack, fd, peer.ip), peer.mac);
  }
  for (const spa of ["224.0.0.5", "255.255.255.255", "10.0.2.255", "127.0.0.1", "240.0.0.1", "192.0.2.1"]) {
    const stranger = stack.station({ mac: "02:00:00:00:00:66", ip: spa });
    stack.inject(stranger.arpReply(), stranger.arpRequest({ tpa: "10.0.2.99" }));
    stack.expectNothing();
  }
  // 192.0.2.1 is not on the link: datagrams to it go to the gateway, whatever somebody says.
  assert.equal(macFor(stack, fd, "192.0.2.1"), peer.mac);
});

script("[ATK-125] [ATK-127] requests from many strangers do not push out the neighbours of a socket", {}, (stack) => {
  const fd = socket(stack);
  const friends = [11, 12, 13].map((n) => stack.station({ mac: `02:00:00:00:01:${n}`, ip: `10.0.2.${n}` }));
  for (const friend of friends) {
    stack.arpResolve(friend);
    assert.equal(macFor(stack, fd, friend.ip), friend.mac);
  }
  for (let n = 100; n < 200; n++) {
    const stranger = stack.station({ mac: `02:00:00:00:02:${n - 100 < 10 ? "0" : ""}${n - 100}`, ip: `10.0.2.${n}` });
    stack.inject(stranger.arpRequest());
    stack.inject(stranger.ping());
  }
  // Everybody was answered, and nobody was forgotten.
  assert.equal(stack.takeSent().filter(({ packet }) => packet.icmp?.type === 0).length, 100);
  for (const friend of friends) assert.equal(macFor(stack, fd, friend.ip), friend.mac);
});

script(
  "[ATK-125] [ATK-127] pings from hosts that do not exist push out nobody, and a resolution goes on",
  {},
  (stack) => {
    const fd = socket(stack);
    const { peer } = stack;
    stack.arpResolve();
    assert.equal(macFor(stack, fd, peer.ip), peer.mac);
    const other = stack.station(OTHER);
    stack.sendTo(fd, other.ip, 9000, "waits");
    stack.expect(request(stack, other.ip));
    for (let n = 100; n < 200; n++) stack.inject(peer.ping({ ip: { src: `10.0.2.${n}` } }));
    stack.takeSent();
    assert.equal(macFor(stack, fd, peer.ip), peer.mac);
    stack.inject(other.arpReply());
    stack.expect({ udp: { payload: "waits" } });
    stack.advance(10_000);
    stack.takeSent();
    stack.alive();
  },
);

script(
  "[ARP-5] datagrams to many silent hosts in turn do not flood the link with requests",
  { rfc: "1122 §2.3.2.1" },
  (stack) => {
    const fd = socket(stack);
    for (let i = 0; i < 500; i++) {
      stack.errno(() => stack.sendTo(fd, `10.0.2.${100 + (i % 10)}`, 9000, "x", MSG_DONTWAIT));
      stack.advance(10);
    }
    // Five seconds; twice the table's six entries in each.
    const count = stack.takeSent().length;
    assert.ok(count <= 72, `${count} requests`);
    // Somebody who does answer is found all the same.
    stack.sendTo(fd, OTHER.ip, 9000, "found");
    stack.advance(1000);
    assert.ok(stack.takeSent().some(({ packet }) => packet.arp?.tpa === OTHER.ip));
    stack.inject(stack.station(OTHER).arpReply());
    stack.expect({ udp: { payload: "found" } });
    stack.advance(10_000);
    stack.takeSent();
  },
);

script("[ATK-127] a socket that sends to hosts that do not exist keeps the ones that do", {}, (stack) => {
  const fd = socket(stack);
  stack.arpResolve();
  assert.equal(macFor(stack, fd, stack.peer.ip), stack.peer.mac);
  for (let n = 100; n < 150; n++) stack.sendTo(fd, `10.0.2.${n}`, 9000, "x", MSG_DONTWAIT);
  stack.takeSent();
  assert.equal(macFor(stack, fd, stack.peer.ip), stack.peer.mac);
  stack.advance(10_000);
  stack.takeSent();
});
