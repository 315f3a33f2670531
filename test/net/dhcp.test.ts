/** The DHCP client (RFC 2131) and link-local addresses (RFC 3927): rows DHC-1 … DHC-7 and LLA-1. */
import assert from "node:assert/strict";
import {
  ACK,
  CLIENT_PORT,
  DECLINE,
  type DhcpFields,
  type DhcpRequest,
  DISCOVER,
  dhcpReply,
  long,
  NAK,
  OFFER,
  type Options,
  optionBytes,
  parseDhcp,
  quad,
  REQUEST,
  SERVER_PORT,
} from "../harness/dhcp.js";
import { script } from "../harness/script.js";
import type { Stack } from "../harness/stack.js";

const DHCP = { NET_DHCPV4: true, NET_DHCPV4_INITIAL_DELAY_MAX: 0, NET_HOSTNAME: "lamp-7" };
const PROBED = { ...DHCP, NET_IPV4_ACD: true };
const AUTO = { ...PROBED, NET_IPV4_AUTO: true };
const SERVER = "10.0.2.2";
const GIVEN = "10.0.2.77";
const HOUR = 3600;

/** The next message of the client, which comes within `limit` ms; other frames before it are not allowed. */
function next(stack: Stack, kind: number, limit = 70_000): DhcpRequest & { waited: number } {
  const waited = stack.untilSent(limit);
  const packet = stack.expect({ udp: { srcPort: CLIENT_PORT, dstPort: SERVER_PORT } });
  const message = parseDhcp(packet.udp?.payload ?? new Uint8Array());
  assert.equal(message.kind, kind);
  assert.equal(message.chaddr, stack.mac);
  return { ...message, waited };
}

/** What an offer and its ACK say. */
function given(seconds = HOUR, more: Options = []): Options {
  return [
    [54, quad(SERVER)],
    [51, long(seconds)],
    [1, quad("255.255.255.0")],
    [3, quad(SERVER)],
    [6, [...quad("10.0.2.3"), ...quad("10.0.2.4")]],
    ...more,
  ];
}

type Reply = Partial<Omit<DhcpFields, "options">> & { readonly to?: string; readonly port?: number };

/** A message of the server arrives: broadcast, or to the address `to`. */
function reply(stack: Stack, request: DhcpRequest, kind: number, options: Options, other: Reply = {}): void {
  const message = dhcpReply({
    xid: request.xid,
    chaddr: stack.mac,
    yiaddr: GIVEN,
    options: [[53, [kind]], ...options],
    ...other,
  });
  stack.inject(
    stack.peer.udp(
      {
        srcPort: other.port ?? SERVER_PORT,
        dstPort: CLIENT_PORT,
        ip: { dst: other.to ?? "255.255.255.255" },
        eth: { dst: other.to === undefined ? "ff:ff:ff:ff:ff:ff" : stack.mac },
      },
      message,
    ),
  );
}

/** The four messages; afterwards the stack has GIVEN and has announced it. @returns the REQUEST */
function obtain(stack: Stack, options: Options = given()): DhcpRequest {
  reply(stack, next(stack, DISCOVER), OFFER, options);
  const request = next(stack, REQUEST);
  reply(stack, request, ACK, options);
  stack.expect({ arp: { operation: 1, spa: GIVEN, tpa: GIVEN } });
  return request;
}

/** Whether the stack answers a ping at `ip`. */
function isAt(stack: Stack, ip: string): boolean {
  stack.inject(stack.peer.arpRequest({ tpa: ip }));
  return stack.takeSent().some(({ packet }) => packet.arp?.spa === ip);
}

script(
  "[DHC-1] DISCOVER goes from 0.0.0.0 to everybody, with a random xid and its kind first",
  { settings: DHCP, rfc: "2131 §4.1, §4.4.1" },
  (stack) => {
    stack.untilSent(1);
    const { ip, eth, udp } = stack.expect({ udp: { srcPort: 68, dstPort: 67 } });
    assert.deepEqual([ip?.src, ip?.dst, eth.dst], ["0.0.0.0", "255.255.255.255", "ff:ff:ff:ff:ff:ff"]);
    const message = parseDhcp(udp?.payload ?? new Uint8Array());
    assert.deepEqual([message.kind, message.order[0], message.broadcast], [DISCOVER, 53, true]);
    assert.deepEqual([message.ciaddr, message.requested, message.server], ["0.0.0.0", "", ""]);
    assert.equal(Buffer.from(message.options.get(12) ?? []).toString(), "lamp-7");
    assert.notEqual(message.xid, 0);
    assert.equal(isAt(stack, GIVEN), false);
  },
);

script(
  "[DHC-1] a silent server is asked again after 4, 8, 16, 32, 64 and 64 s, each a second more or less",
  { settings: DHCP, rfc: "2131 §4.1" },
  (stack) => {
    const first = next(stack, DISCOVER);
    let elapsed = 0;
    for (const seconds of [4, 8, 16, 32, 64, 64]) {
      const again = next(stack, DISCOVER);
      elapsed += again.waited / 1000;
      assert.ok(Math.abs(again.waited / 1000 - seconds) <= 1, `${again.waited} ms, not ${seconds} s`);
      assert.equal(again.xid, first.xid);
      assert.equal(again.secs, Math.floor(elapsed));
    }
  },
);

script(
  "[DHC-1] the first message waits between one second and the configured time",
  { settings: { ...DHCP, NET_DHCPV4_INITIAL_DELAY_MAX: 10 }, rfc: "2131 §4.4.1" },
  (stack) => {
    const { waited, secs } = next(stack, DISCOVER);
    assert.ok(waited >= 1000 && waited <= 10_000, `${waited} ms`);
    assert.equal(secs, 0);
  },
);

script(
  "[DHC-2] [ATK-31] [ATK-91] replies to others are ignored: wrong xid, hardware address, operation, cookie, port, kind",
  { settings: DHCP, rfc: "2131 §4.4.1" },
  (stack) => {
    const request = next(stack, DISCOVER);
    const wrong: Reply[] = [
      { xid: request.xid ^ 1 },
      { chaddr: "02:00:00:00:00:02" },
      { op: 1 },
      { htype: 6 },
      { hlen: 7 },
      { cookie: [99, 130, 83, 100] },
      { port: 68 },
      { raw: new Uint8Array(0) },
    ];
    for (const other of wrong) reply(stack, request, OFFER, given(), other);
    for (const kind of [0, DISCOVER, REQUEST, DECLINE, ACK, NAK, 7, 255]) reply(stack, request, kind, given());
    assert.equal(stack.counter("drop_dhcp"), wrong.length + 8);
    stack.quiet(1000);
    reply(stack, request, OFFER, given());
    assert.equal(next(stack, REQUEST).xid, request.xid);
    assert.equal(stack.counter("dhcp_in"), 1);
  },
);

script(
  "[DHC-3] REQUEST names the server and the address, with the xid and the seconds of the DISCOVER",
  { settings: DHCP, rfc: "2131 §4.3.2, §4.4.1" },
  (stack) => {
    next(stack, DISCOVER);
    const discover = next(stack, DISCOVER);
    reply(stack, discover, OFFER, given());
    for (const seconds of [0, 4, 8, 16]) {
      const request = next(stack, REQUEST);
      assert.deepEqual([request.server, request.requested, request.ciaddr], [SERVER, GIVEN, "0.0.0.0"]);
      assert.deepEqual([request.xid, request.secs], [discover.xid, discover.secs]);
      assert.ok(Math.abs(request.waited / 1000 - seconds) <= 1);
    }
    // The server is gone: everything from the beginning.
    assert.notEqual(next(stack, DISCOVER).xid, discover.xid);
  },
);

script("DHCP: the lease is used, announced and logged, with router, mask and MTU", { settings: DHCP }, (stack) => {
  obtain(stack, given(86_400, [[26, [1400 >> 8, 1400 & 255]]]));
  assert.deepEqual(stack.core.logLines, ["dhcp: 10.0.2.77/24 from 10.0.2.2, lease 86400 s"]);
  assert.ok(isAt(stack, GIVEN));
  stack.inject(stack.peer.arpRequest({ tpa: GIVEN }));
  stack.takeSent();
  const fd = stack.openUdp();
  stack.sendTo(fd, "192.0.2.1", 9, new Uint8Array(1400));
  const [first, second] = stack.takeSent().map(({ packet }) => packet);
  assert.deepEqual([first.eth.dst, first.ip?.src], [stack.peer.mac, GIVEN], "over the router");
  assert.ok((first.ip?.totalLength ?? 0) <= 1400 && second !== undefined, "in fragments for the MTU");
});

script(
  "[DHC-4] a free address is probed three times before it is used",
  { settings: PROBED, rfc: "2131 §4.4.1, 5227" },
  (stack) => {
    reply(stack, next(stack, DISCOVER), OFFER, given());
    reply(stack, next(stack, REQUEST), ACK, given());
    for (let i = 0; i < 3; i++) {
      stack.untilSent(3000);
      stack.expect({ arp: { operation: 1, spa: "0.0.0.0", tpa: GIVEN } });
      assert.equal(isAt(stack, GIVEN), false);
    }
    stack.untilSent(3000);
    stack.expect({ arp: { operation: 1, spa: GIVEN, tpa: GIVEN } });
    assert.ok(isAt(stack, GIVEN));
    assert.equal(stack.core.logLines.length, 1);
    stack.advance(3000);
    stack.expect({ arp: { operation: 1, spa: GIVEN, tpa: GIVEN } });
  },
);

script(
  "[DHC-4] an address that another host has is declined, and asked for again after ten seconds",
  { settings: PROBED, rfc: "2131 §3.1, §4.4.1" },
  (stack) => {
    const discover = next(stack, DISCOVER);
    reply(stack, discover, OFFER, given());
    reply(stack, next(stack, REQUEST), ACK, given());
    stack.untilSent(3000);
    stack.expect({ arp: { spa: "0.0.0.0", tpa: GIVEN } });
    stack.inject(stack.peer.arpReply({ sha: "02:00:00:00:00:55", spa: GIVEN, tpa: "0.0.0.0" }));
    const decline = next(stack, DECLINE, 1);
    assert.deepEqual([decline.requested, decline.server, decline.ciaddr], [GIVEN, SERVER, "0.0.0.0"]);
    const again = next(stack, DISCOVER);
    assert.ok(again.waited >= 10_000, `after ${again.waited} ms`);
    assert.equal(isAt(stack, GIVEN), false);
  },
);

script(
  "[DHC-5] the lease of an hour is renewed at half of it, from the server alone",
  { settings: DHCP, rfc: "2131 §4.4.5" },
  (stack) => {
    const first = obtain(stack);
    stack.inject(stack.peer.arpRequest({ tpa: GIVEN }));
    stack.takeSent();
    stack.advance(1_799_000);
    stack.takeSent();
    stack.inject(stack.peer.arpRequest({ tpa: GIVEN }));
    stack.takeSent();
    stack.untilSent(2000);
    const { ip, udp } = stack.expect({ udp: { dstPort: SERVER_PORT } });
    assert.deepEqual([ip?.src, ip?.dst], [GIVEN, SERVER]);
    const renew = parseDhcp(udp?.payload ?? new Uint8Array());
    assert.deepEqual([renew.kind, renew.ciaddr, renew.requested, renew.server], [REQUEST, GIVEN, "", ""]);
    assert.notEqual(renew.xid, first.xid);
    // Another server has no say in this.
    reply(stack, renew, NAK, [[54, quad("10.0.2.9")]], { yiaddr: "0.0.0.0", to: GIVEN });
    reply(stack, renew, ACK, given(HOUR), { yiaddr: "10.0.2.78", to: GIVEN });
    assert.equal(stack.counter("drop_dhcp"), 2);
    reply(stack, renew, ACK, given(HOUR), { to: GIVEN });
    assert.equal(stack.counter("dhcp_in"), 3);
    assert.equal(stack.core.logLines.length, 1, "a renewal is no news");
    stack.advance(1_700_000);
    assert.equal(stack.takeSent().filter(({ packet }) => packet.udp !== undefined).length, 0);
  },
);

script(
  "[DHC-5] without an answer everybody is asked at seven eighths, and at the end the address is dropped at once",
  { settings: DHCP, rfc: "2131 §4.4.5" },
  (stack) => {
    obtain(stack);
    const start = stack.elapsed;
    const seen: { at: number; to: string; kind: number }[] = [];
    stack.tap((packet) => {
      if (packet.udp !== undefined) {
        const { kind } = parseDhcp(packet.udp.payload);
        seen.push({ at: Math.round((stack.elapsed - start) / 1000), to: packet.ip?.dst ?? "", kind });
      }
      // The server's host is alive, its DHCP server is not.
      if (packet.arp?.operation === 1 && packet.arp.tpa === SERVER) {
        stack.arriveSoon(stack.peer.arpReply({ tpa: GIVEN }));
      }
      return true;
    });
    stack.advance(3_599_000);
    assert.ok(isAt(stack, GIVEN) || seen.length > 0);
    const everybody = seen.filter(({ to }) => to === "255.255.255.255");
    assert.deepEqual(
      seen.map(({ at, to }) => [at, to]),
      [
        ...[1800, 2475, 2813, 2981, 3066, 3126].map((at) => [at, SERVER]),
        ...[3150, 3375, 3488, 3548].map((at) => [at, "255.255.255.255"]),
      ],
    );
    assert.equal(everybody[0].kind, REQUEST);
    stack.advance(2000);
    assert.deepEqual(seen.at(-1), { at: 3600, to: "255.255.255.255", kind: DISCOVER });
    assert.equal(stack.core.logLines.at(-1), "dhcp: the lease has ended, the address is not used any more");
    const fd = stack.openUdp();
    assert.equal(
      stack.errno(() => stack.sendTo(fd, SERVER, 9, "x")),
      "ENETUNREACH",
    );
  },
);

script("[DHC-5] a lease without end is not renewed", { settings: DHCP, rfc: "2131 §3.3" }, (stack) => {
  obtain(stack, given(0xffff_ffff));
  assert.deepEqual(stack.core.logLines, ["dhcp: 10.0.2.77/24 from 10.0.2.2, lease without end"]);
  stack.quiet(8_000_000);
  assert.ok(isAt(stack, GIVEN));
});

script("[DHC-5] the server's own T1 and T2 count when they are in order", { settings: DHCP }, (stack) => {
  obtain(
    stack,
    given(HOUR, [
      [58, long(100)],
      [59, long(200)],
    ]),
  );
  stack.quiet(99_900);
  stack.untilSent(200);
  stack.expect({ arp: { operation: 1, tpa: SERVER } });
  stack.advance(150_000);
  stack.takeSent();
});

script("[DHC-6] NAK leads back to the beginning", { settings: DHCP, rfc: "2131 §3.1, §4.4" }, (stack) => {
  const discover = next(stack, DISCOVER);
  reply(stack, discover, OFFER, given());
  const request = next(stack, REQUEST);
  reply(stack, request, NAK, [[54, quad("10.0.2.9")]], { yiaddr: "0.0.0.0" });
  assert.equal(stack.counter("drop_dhcp"), 1, "of another server it is ignored");
  reply(stack, request, NAK, [[54, quad(SERVER)]], { yiaddr: "0.0.0.0" });
  const again = next(stack, DISCOVER, 6000);
  assert.notEqual(again.xid, discover.xid);
});

script(
  "[DHC-6] [ATK-126] offers that make no lease are dropped: time 0, masks with holes, addresses that nobody can have",
  { settings: DHCP, rfc: "2131 §4.4" },
  (stack) => {
    const request = next(stack, DISCOVER);
    const base: [number, number[]][] = [
      [54, quad(SERVER)],
      [51, long(HOUR)],
      [1, quad("255.255.255.0")],
    ];
    const changed = (code: number, data: number[]): Options =>
      base.map(([each, value]) => [each, each === code ? data : value] as const);
    const offers: [Options, string][] = [
      [changed(51, long(0)), GIVEN],
      [base.filter(([code]) => code !== 51), GIVEN],
      [base.filter(([code]) => code !== 54), GIVEN],
      [changed(54, quad("224.0.0.1")), GIVEN],
      [changed(54, quad("0.0.0.0")), GIVEN],
      [changed(1, quad("0.0.0.0")), GIVEN],
      [changed(1, quad("255.0.255.0")), GIVEN],
      [changed(1, quad("0.255.255.255")), GIVEN],
      ...["0.0.0.0", "127.0.0.1", "224.0.0.1", "255.255.255.255", "10.0.2.0", "10.0.2.255"].map(
        (address): [Options, string] => [base, address],
      ),
    ];
    for (const [options, yiaddr] of offers) reply(stack, request, OFFER, options, { yiaddr });
    assert.equal(stack.counter("drop_dhcp"), offers.length);
    stack.quiet(1000);
    // A router that cannot be is left out, the lease stands.
    obtainFrom(stack, request, [...base, [3, quad("192.0.2.1")]]);
    const fd = stack.openUdp();
    assert.equal(
      stack.errno(() => stack.sendTo(fd, "192.0.2.9", 9, "x")),
      "ENETUNREACH",
    );
  },
);

/** From the DISCOVER on. */
function obtainFrom(stack: Stack, discover: DhcpRequest, options: Options): void {
  reply(stack, discover, OFFER, options);
  reply(stack, next(stack, REQUEST), ACK, options);
  stack.expect({ arp: { spa: GIVEN, tpa: GIVEN } });
}

script(
  "[DHC-7] [ATK-8] a message cut at any byte is dropped",
  { settings: DHCP, rfc: "2131 §4.1", variants: false },
  (stack) => {
    const request = next(stack, DISCOVER);
    const whole = optionBytes([[53, [OFFER]], ...given(HOUR, [[82, [1, 2, 3, 4]]])]);
    for (let length = 0; length < whole.length; length++) {
      reply(stack, request, OFFER, [], { raw: whole.slice(0, length) });
    }
    assert.equal(stack.counter("drop_dhcp"), whole.length);
    stack.expectNothing();
    reply(stack, request, OFFER, [], { raw: whole });
    next(stack, REQUEST);
  },
);

script(
  "[DHC-7] [ATK-13] [ATK-22] [ATK-83] options of wrong length drop the message, long strings and unknown options do no harm",
  { settings: DHCP, rfc: "2132" },
  (stack) => {
    const request = next(stack, DISCOVER);
    const zeros = (length: number): number[] => Array.from({ length }, () => 1);
    let dropped = 0;
    for (const [code, lengths] of [
      [1, [3, 5, 8]],
      [3, [3, 5, 255]],
      [6, [1, 7, 255]],
      [42, [2]],
      [26, [1, 4]],
      [51, [3, 8]],
      [53, [2]],
      [58, [2]],
      [52, [2]],
    ] as const) {
      for (const length of lengths) {
        reply(stack, request, OFFER, [...given(), [code, zeros(length)]]);
        dropped++;
      }
    }
    assert.equal(stack.counter("drop_dhcp"), dropped);
    obtainFrom(stack, request, [...given(), [12, zeros(255)], [15, zeros(255)], [43, zeros(255)], [119, [0xc0, 0]]]);
  },
);

script(
  "[DHC-7] options go on in the fields for file and server name, and pieces of an option belong together",
  { settings: DHCP, rfc: "2132 §9.3, 3396 §5" },
  (stack) => {
    const discover = next(stack, DISCOVER);
    const other: Reply = {
      raw: optionBytes([
        [53, [OFFER]],
        [52, [3]],
        [54, quad(SERVER).slice(0, 1)],
      ]),
      file: [
        ...optionBytes([
          [54, quad(SERVER).slice(1)],
          [51, long(HOUR)],
        ]),
      ],
      sname: [...optionBytes([[1, quad("255.255.255.0")]])],
    };
    // A field without an end, and one whose option goes beyond it.
    for (const file of [Array.from({ length: 128 }, () => 0), [51, 200]]) {
      reply(stack, discover, OFFER, [], { ...other, file });
    }
    assert.equal(stack.counter("drop_dhcp"), 2);
    reply(stack, discover, OFFER, [], other);
    const request = next(stack, REQUEST);
    assert.deepEqual([request.server, request.requested], [SERVER, GIVEN]);
  },
);

script("DHCP: when the link comes back the old address is asked for", { settings: DHCP, rfc: "2131 §3.2" }, (stack) => {
  obtain(stack);
  stack.node.setLink(false);
  stack.advance(5000);
  stack.node.setLink(true);
  const reboot = next(stack, REQUEST, 3000);
  assert.deepEqual([reboot.requested, reboot.server, reboot.ciaddr], [GIVEN, "", "0.0.0.0"]);
  assert.ok(isAt(stack, GIVEN), "it is used meanwhile");
  stack.fork(
    () => {
      reply(stack, reboot, ACK, given());
      stack.quiet(1_000_000);
      assert.ok(isAt(stack, GIVEN));
    },
    () => {
      reply(stack, reboot, NAK, [[54, quad("10.0.2.9")]], { yiaddr: "0.0.0.0" });
      assert.equal(isAt(stack, GIVEN), false);
      next(stack, DISCOVER, 6000);
    },
    () => {
      for (let i = 0; i < 3; i++) next(stack, REQUEST);
      stack.quiet(1_000_000);
      assert.ok(isAt(stack, GIVEN), "without an answer it is used until the lease ends");
    },
  );
  stack.takeSent();
});

script("DHCP: port 68 belongs to the client", { settings: DHCP }, (stack) => {
  obtain(stack);
  const fd = stack.openUdp();
  assert.equal(
    stack.errno(() => stack.bind(fd, 68)),
    "EADDRINUSE",
  );
});

/** The address that is being probed or announced. */
function probed(stack: Stack, limit = 4000): string {
  stack.untilSent(limit);
  return stack.takeNext("a probe").packet.arp?.tpa ?? "";
}

script(
  "[LLA-1] without a server an address of 169.254/16 is probed and used, until a server answers",
  { settings: AUTO, rfc: "3927 §2, 2131" },
  (stack) => {
    let last: DhcpRequest = next(stack, DISCOVER);
    for (let i = 0; i < 2; i++) last = next(stack, DISCOVER);
    // The third silence.
    stack.untilSent(20_000);
    const packets = stack.takeSent();
    last = parseDhcp(packets.find(({ packet }) => packet.udp !== undefined)?.packet.udp?.payload ?? new Uint8Array());
    const address = probed(stack);
    assert.match(address, /^169\.254\.(?!0\.|255\.)/);
    // Somebody has it: another one.
    stack.inject(stack.peer.arpReply({ sha: "02:00:00:00:00:55", spa: address, tpa: "0.0.0.0" }));
    const second = probed(stack);
    assert.match(second, /^169\.254\./);
    assert.notEqual(second, address);
    stack.advance(8000);
    stack.takeSent();
    const peer = stack.station({ mac: "02:00:00:00:00:55", ip: "169.254.1.1" });
    stack.inject(peer.arpRequest({ tpa: second }));
    stack.expect({ arp: { operation: 2, spa: second } });
    assert.equal(stack.core.logLines.at(-1), `dhcp: no server answers; link-local address ${second}`);
    reply(stack, last, OFFER, given());
    const request = parseDhcp(stack.expect({ ip: { src: "0.0.0.0" } }).udp?.payload ?? new Uint8Array());
    reply(stack, request, ACK, given());
    stack.advance(9000);
    stack.takeSent();
    assert.ok(isAt(stack, GIVEN));
    assert.equal(isAt(stack, second), false);
    assert.equal(stack.core.logLines.at(-1), "dhcp: 10.0.2.77/24 from 10.0.2.2, lease 3600 s");
  },
);

script(
  "[LLA-1] the address is defended once, and given up when another host insists on it",
  { settings: AUTO, rfc: "3927 §2.5" },
  (stack) => {
    stack.advance(50_000);
    const address = /link-local address (\S+)/.exec(stack.core.logLines.at(-1) ?? "")?.[1] ?? "";
    assert.match(address, /^169\.254\./);
    stack.takeSent();
    const conflict = stack.peer.arpReply({ sha: "02:00:00:00:00:55", spa: address, tpa: address });
    stack.inject(conflict);
    stack.expect({ arp: { operation: 1, spa: address, tpa: address } });
    stack.inject(conflict);
    let other = probed(stack);
    // The client may ask for a server in between.
    if (other === "") other = probed(stack);
    assert.match(other, /^169\.254\./);
    assert.notEqual(other, address);
    stack.advance(9000);
    stack.takeSent();
    const neighbour = stack.station({ mac: "02:00:00:00:00:56", ip: "169.254.1.1" });
    stack.inject(neighbour.arpRequest({ tpa: address }));
    stack.expectNothing();
    stack.inject(neighbour.arpRequest({ tpa: other }));
    stack.expect({ arp: { operation: 2, spa: other } });
  },
);
