/** Ten hours of a quiet device in virtual time: its lease is renewed, names expire and are asked for again, neighbours age; at the end all is as it was. */
import assert from "node:assert/strict";
import {
  ACK,
  CLIENT_PORT,
  type DhcpRequest,
  DISCOVER,
  dhcpReply,
  long,
  OFFER,
  type Options,
  parseDhcp,
  quad,
  REQUEST,
  SERVER_PORT,
} from "../harness/dhcp.js";
import { a, answer, question, resolve } from "../harness/dns.js";
import { script } from "../harness/script.js";
import type { Stack } from "../harness/stack.js";

const SERVER = "10.0.2.2";
const GIVEN = "10.0.2.77";
const LEASE = 3600;
const HOURS = 10;
/** Minutes between two questions for the same name, which is good for five. */
const STEP = 10;
const TTL = 300;
const OPTIONS: Options = [
  [54, quad(SERVER)],
  [51, long(LEASE)],
  [1, quad("255.255.255.0")],
  [3, quad(SERVER)],
  [6, quad(SERVER)],
];

/** The server's answer to a DISCOVER or REQUEST. */
function reply(stack: Stack, request: DhcpRequest, to: string): Uint8Array {
  const kind = request.kind === DISCOVER ? OFFER : ACK;
  const message = dhcpReply({
    xid: request.xid,
    chaddr: stack.mac,
    yiaddr: GIVEN,
    options: [[53, [kind]], ...OPTIONS],
  });
  const broadcast = to === "255.255.255.255";
  return stack.peer.udp(
    {
      srcPort: SERVER_PORT,
      dstPort: CLIENT_PORT,
      ip: { dst: broadcast ? to : GIVEN },
      eth: { dst: broadcast ? "ff:ff:ff:ff:ff:ff" : stack.mac },
    },
    message,
  );
}

script(
  `[DHC-5] ${HOURS} hours: renewals, names that expire, neighbours that age`,
  {
    variants: false,
    settings: {
      ...{ NET_DHCPV4: true, NET_DHCPV4_INITIAL_DELAY_MAX: 0, NET_ARP_LIFETIME: 300 },
      ...{ DNS_RESOLVER: true, DNS_RESOLVER_CACHE: true },
    },
  },
  (stack) => {
    const seen = { discover: 0, request: 0, whoHas: 0 };
    stack.tap((packet) => {
      if (packet.arp?.operation === 1 && packet.arp.tpa === SERVER) {
        seen.whoHas += 1;
        stack.arriveSoon(stack.peer.arpReply({ tpa: GIVEN }));
        return true;
      }
      if (packet.udp?.dstPort !== SERVER_PORT) return false;
      const request = parseDhcp(packet.udp.payload);
      seen[request.kind === DISCOVER ? "discover" : "request"] += 1;
      assert.ok(request.kind === DISCOVER || request.kind === REQUEST);
      stack.arriveSoon(reply(stack, request, packet.ip?.dst ?? ""));
      return true;
    });
    // The first message has gone out before anybody could listen.
    stack.untilSent(1000);
    const first = stack.expect({ udp: { dstPort: SERVER_PORT } });
    seen.discover += 1;
    stack.inject(reply(stack, parseDhcp(first.udp?.payload ?? new Uint8Array()), "255.255.255.255"));
    stack.advance(1000);
    stack.expect({ arp: { operation: 1, spa: GIVEN, tpa: GIVEN } });
    const fd = stack.openUdp();
    const idle = stack.elapsed;
    let questions = 0;
    for (let minute = 0; minute < HOURS * 60; minute += STEP) {
      stack.advance(STEP * 60_000);
      stack.takeSent();
      const call = resolve(stack, "time.example.org");
      stack.world.settle();
      answer(stack, question(stack), { answers: [a(SERVER, TTL)], to: GIVEN });
      questions += 1;
      assert.deepEqual([call.errno, call.found], ["SUCCESS", [`${SERVER}:0 stream`]]);
      // The answer is kept for its five minutes.
      assert.equal(resolve(stack, "time.example.org").errno, "SUCCESS");
      stack.expectNothing();
      stack.sendTo(fd, SERVER, 123, "tick");
      stack.advance(10);
      const sent = stack.takeSent().filter(({ packet }) => packet.udp?.dstPort === 123);
      assert.deepEqual(
        sent.map(({ packet }) => [packet.ip?.src, packet.ip?.dst]),
        [[GIVEN, SERVER]],
      );
    }
    assert.equal(seen.discover, 1, "the address was asked for once");
    // The first REQUEST, and one at each half of the lease since.
    const renewals = Math.floor((stack.elapsed - idle) / 1000 / (LEASE / 2));
    assert.ok(Math.abs(seen.request - 1 - renewals) <= 1, `${seen.request} REQUESTs, ${renewals} halves of a lease`);
    assert.equal(questions, (HOURS * 60) / STEP);
    assert.ok(seen.whoHas >= questions, `the server's host was asked for ${seen.whoHas} times`);
    assert.equal(stack.localAddress(fd).port > 0, true);
    stack.close(fd);
    // The last answer expires.
    stack.advance(TTL * 1000);
    stack.takeSent();
  },
);
