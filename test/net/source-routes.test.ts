/** Datagrams that came over a source route (RFC 1122 §3.2.1.8c, §3.2.2.6, §4.2.3.8): dropped, or with CONFIG_NET_IPV4_ACCEPT_SOURCE_ROUTE taken and answered over it. */
import assert from "node:assert/strict";
import { ipBytes, pattern } from "../harness/bytes.js";
import { script } from "../harness/script.js";
import type { Stack } from "../harness/stack.js";
import { TcpPeer } from "../harness/tcp-peer.js";
import { IPPROTO_IP } from "./raw/settings.js";

const IP_OPTIONS = 4;
const ON = { settings: { NET_IPV4_HDR_OPTIONS: true, NET_IPV4_ACCEPT_SOURCE_ROUTE: true } };
const [END, NOP, LSRR, SSRR] = [0, 1, 131, 137];
/** Who sends, over these two routers: the second one is on the link. */
const FAR = "192.0.2.9";
const FIRST = "198.51.100.1";
const LAST = "10.0.2.9";
const MAC = "02:00:00:00:00:09";

/** A route with its pointer: by default behind its last address, as it has when it ends. */
function route(type: number, addresses: readonly string[], pointer = 4 + 4 * addresses.length): number[] {
  return [type, 3 + 4 * addresses.length, pointer, ...addresses.flatMap((address) => [...ipBytes(address)])];
}

/** The two routers in the order of the way here, and the options of an answer: back over the second one, with the sender last. */
const CAME = [NOP, ...route(LSRR, [FIRST, LAST])];
const BACK = [...route(LSRR, [FIRST, FAR], 4), END];

/** The station behind the routers; the router on the link is known. */
function far(stack: Stack) {
  stack.arpResolve(stack.station({ mac: MAC, ip: LAST }));
  return stack.station({ mac: MAC, ip: FAR });
}

script("an echo is answered over the same routers, back to front", { ...ON, rfc: "1122 §3.2.2.6" }, (stack) => {
  const station = far(stack);
  stack.arpResolve();
  for (const size of [0, 1, 3, 4, 100, 1460 - 8]) {
    stack.inject(station.ping({ ip: { options: CAME } }, pattern(size)));
    const { ip } = stack.expect({ eth: { dst: MAC }, icmp: { type: 0, payload: pattern(size) } });
    assert.deepEqual([ip?.dst, ip?.final, [...(ip?.options ?? [])]], [LAST, FAR, BACK]);
  }
  stack.inject(station.ping({ ip: { options: [...route(SSRR, [LAST]), NOP] } }, "strict"));
  assert.deepEqual(
    [...(stack.expect({ icmp: { payload: "strict" } }).ip?.options ?? [])],
    [...route(SSRR, [FAR], 4), END],
  );
  stack.inject(station.ping({ ip: { options: [LSRR, 3, 4, NOP] } }, "no routers"));
  stack.inject(stack.peer.ping({ ip: { src: FAR } }, "without"));
  for (const payload of ["no routers", "without"]) stack.expect({ ip: { ihl: 5, dst: FAR }, icmp: { payload } });
});

/** A listener on port 80. */
function listening(stack: Stack): number {
  const fd = stack.openTcp();
  stack.bind(fd, 80);
  stack.listen(fd);
  return fd;
}

script(
  "a connection answers over the route of its peer, and IP_OPTIONS says it",
  { ...ON, rfc: "1122 §4.2.3.8" },
  (stack) => {
    const station = far(stack);
    const listener = listening(stack);
    const tcp = { srcPort: 4000, dstPort: 80, window: 5000, ip: { options: CAME } };
    const routed = (flags: string, payload = "") => {
      const packet = stack.expect({ eth: { dst: MAC }, ip: { dst: LAST }, tcp: { flags, payload } });
      assert.deepEqual([packet.ip?.final, [...(packet.ip?.options ?? [])]], [FAR, BACK]);
      return packet.tcp?.seq ?? 0;
    };
    stack.inject(station.tcp({ ...tcp, flags: "S", seq: 1000 }));
    const iss = routed("S.");
    stack.inject(station.tcp({ ...tcp, flags: "S", seq: 1000 }));
    assert.equal(routed("S."), iss, "the SYN again");
    stack.inject(station.tcp({ ...tcp, flags: ".", seq: 1001, ack: iss + 1 }));
    const fd = stack.accept(listener);
    assert.equal(stack.peerAddress(fd).ip, FAR);
    const set = [...route(LSRR, [LAST, FIRST], 4), END];
    assert.deepEqual([...stack.getOptionBytes(fd, IPPROTO_IP, IP_OPTIONS, 40)], set, "as it would be set");
    assert.deepEqual([...stack.getOptionBytes(listener, IPPROTO_IP, IP_OPTIONS, 40)], []);
    assert.equal(stack.getSocketOption(fd, "TCP_MAXSEG"), 536 - 12);
    stack.send(fd, "hello");
    assert.equal(routed("P.", "hello"), iss + 1);
    // A segment that came the usual way changes nothing.
    stack.inject(station.tcp({ ...tcp, ip: {}, flags: "P.", seq: 1001, ack: iss + 6 }, "there"));
    assert.equal(Buffer.from(stack.recv(fd)).toString(), "there");
    stack.advance(300);
    routed(".");
    // What the application sets comes first.
    stack.setOptionBytes(fd, IPPROTO_IP, IP_OPTIONS, []);
    stack.arpResolve();
    stack.send(fd, "direct");
    stack.expect({ eth: { dst: stack.peer.mac }, ip: { dst: FAR, ihl: 5 }, tcp: { payload: "direct" } });
    stack.inject(station.tcp({ ...tcp, flags: "R.", seq: 1006, ack: iss + 12 }));
  },
);

script(
  "what belongs to no connection is refused over the route too; the next one's answer goes the usual way",
  ON,
  (stack) => {
    const station = far(stack);
    stack.arpResolve();
    const tcp = { srcPort: 4000, dstPort: 81, flags: "S", seq: 1 };
    stack.inject(station.tcp({ ...tcp, ip: { options: CAME } }));
    const { ip } = stack.expect({ eth: { dst: MAC }, tcp: { flags: "R." } });
    assert.deepEqual([...(ip?.options ?? [])], BACK);
    stack.inject(station.tcp(tcp));
    stack.expect({ eth: { dst: stack.peer.mac }, ip: { ihl: 5, dst: FAR }, tcp: { flags: "R." } });
  },
);

script("a whole conversation over a route", ON, (stack) => {
  const listener = listening(stack);
  // The peer's segments have to leave room for the route.
  stack.setSocketOption(listener, "TCP_MAXSEG", 1000);
  const station = far(stack);
  const tcp = station.tcp.bind(station);
  station.tcp = (fields, payload) => tcp({ ...fields, ip: { ...fields.ip, options: CAME } }, payload);
  const peer = new TcpPeer(stack, { peer: station, port: 80 });
  peer.connect();
  stack.advance(50);
  const fd = stack.accept(listener);
  peer.send(pattern(2000));
  stack.advance(100);
  assert.deepEqual(stack.recv(fd, 4000), pattern(2000));
  stack.send(fd, pattern(2500, 3));
  stack.close(fd);
  stack.advance(500);
  assert.deepEqual(peer.received, pattern(2500, 3));
  peer.close();
  stack.advance(500);
  assert.ok(peer.isClosed, "both directions");
  peer.detach();
});

script("UDP takes such a datagram", ON, (stack) => {
  const station = far(stack);
  const fd = stack.openUdp();
  stack.bind(fd, 7);
  stack.inject(station.udp({ srcPort: 9, dstPort: 7, ip: { options: CAME } }, "routed"));
  const { from, data } = stack.recvFrom(fd);
  assert.deepEqual([from, Buffer.from(data).toString()], [FAR, "routed"]);
});

script(
  "what is dropped: a route that goes on, and one with routers that there cannot be",
  { ...ON, rfc: "1122 §3.2.1.8" },
  (stack) => {
    const station = far(stack);
    const fd = stack.openUdp();
    stack.bind(fd, 7);
    const lists = [
      route(LSRR, [FIRST], 4),
      route(LSRR, [FIRST, LAST], 8),
      route(LSRR, [FIRST, stack.ip], 11),
      route(LSRR, ["10.0.2.255"]),
      route(LSRR, ["255.255.255.255"]),
      route(LSRR, ["239.1.2.3", LAST]),
      route(LSRR, ["127.0.0.1"]),
      route(LSRR, [stack.ip]),
      route(LSRR, ["0.0.0.0", LAST]),
      route(SSRR, [LAST, FIRST]),
    ];
    for (const options of lists)
      stack.inject(
        station.ping({ ip: { options } }),
        station.udp({ srcPort: 9, dstPort: 7, ip: { options } }, "x"),
        station.tcp({ srcPort: 9, dstPort: 7, flags: "S", ip: { options } }),
      );
    stack.quiet(5000);
    assert.equal(stack.counters().drop_ip_options, 3 * lists.length);
  },
);

script("two routes, or one with part of an address, are malformed", { ...ON, rfc: "1122 §3.2.1.8" }, (stack) => {
  const station = far(stack);
  stack.arpResolve();
  for (const [options, pointer] of [
    [[...route(LSRR, [LAST]), ...route(SSRR, [LAST])], 27],
    [[LSRR, 6, 7, 1, 2, 3], 21],
    [[NOP, SSRR, 2], 22],
  ] as const) {
    stack.inject(station.ping({ ip: { options } }));
    stack.expect({ icmp: { type: 12, code: 0, rest: pointer * 0x100_0000 } });
  }
});

script("without the option all of them are dropped", { settings: { NET_IPV4_HDR_OPTIONS: true } }, (stack) => {
  const station = far(stack);
  stack.inject(
    station.ping({ ip: { options: CAME } }),
    station.tcp({ srcPort: 9, dstPort: 7, flags: "S", ip: { options: CAME } }),
  );
  stack.quiet(5000);
});
