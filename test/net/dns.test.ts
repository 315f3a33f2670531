/** The resolver (RFC 1035, RFC 5452): rows DNS-1 … DNS-6, and sock_addr_resolve as packets see it. */
import assert from "node:assert/strict";
import { a, answer, finds, labels, pointer, question, record, resolve, soa, TYPE_CNAME } from "../harness/dns.js";
import { type ScriptOptions, script } from "../harness/script.js";
import type { Stack } from "../harness/stack.js";

const ONE = { DNS_RESOLVER: true, DNS_SERVER1: "10.0.2.2" };
const TWO = { ...ONE, DNS_SERVER2: "10.0.2.3" };
const SHORT = { ...ONE, DNS_RESOLVER_CACHE: false };
const NAME = "www.example.org";
const HERE = "192.0.2.80";

function dns(name: string, options: ScriptOptions, body: (stack: Stack) => void): void {
  script(name, { settings: ONE, ...options }, (stack) => {
    stack.arpResolve();
    body(stack);
  });
}

dns("DNS: a name is asked for and found, with the port of the service", {}, (stack) => {
  const call = resolve(stack, "www.Example.org.", { service: "8080" });
  const asked = question(stack);
  assert.deepEqual([asked.server, asked.name], ["10.0.2.2", "www.Example.org"]);
  assert.equal(call.errno, undefined);
  answer(stack, asked, { answers: [a(HERE), a("192.0.2.81")] });
  assert.deepEqual(call.found, [`${HERE}:8080 stream`, "192.0.2.81:8080 stream"]);
  assert.equal(call.errno, "SUCCESS");
});

dns("DNS: without hints each address comes for streams and datagrams; total says how many there are", {}, (stack) => {
  const call = resolve(stack, NAME, { hints: false, room: 3 });
  answer(stack, question(stack), { answers: [a(HERE), a("192.0.2.81")] });
  assert.deepEqual(call.found, [`${HERE}:0 stream`, `${HERE}:0 dgram`, "192.0.2.81:0 stream"]);
  assert.equal(call.total, 4);
});

dns(
  "DNS: numeric addresses, localhost and the own name need no server",
  { settings: { DNS_RESOLVER: true } },
  (stack) => {
    for (const [name, address] of [
      ["192.0.2.7", "192.0.2.7"],
      ["localhost", "127.0.0.1"],
      ["db.LocalHost.", "127.0.0.1"],
      ["Socklet", stack.ip],
    ]) {
      finds(resolve(stack, name), address);
    }
    assert.equal(resolve(stack, NAME).errno, "ENETUNREACH");
    stack.expectNothing();
  },
);

dns("DNS: arguments that cannot be are refused", {}, (stack) => {
  assert.equal(resolve(stack, NAME, { service: "http" }).errno, "EINVAL");
  assert.equal(resolve(stack, NAME, { service: "65536" }).errno, "EINVAL");
  assert.equal(resolve(stack, NAME, { room: 0 }).errno, "EINVAL");
  assert.equal(resolve(stack, NAME, { type: 2 }).errno, "EINVAL");
  assert.equal(resolve(stack, NAME, { family: 3 }).errno, "EINVAL");
  assert.equal(resolve(stack, NAME, { family: 1 }).errno, "EADDRNOTAVAIL", "IPv6 is not built in");
  for (const name of ["", ".", "a..b", ".a", "a b", `${"x".repeat(64)}.org`, "y".repeat(127), "1.2.3.4.5 "]) {
    assert.equal(resolve(stack, name).errno, "ENOENT", name);
  }
  stack.expectNothing();
  assert.equal(stack.sys("sock_addr_resolve", 0x1f_ffff, 0, 0, 64, 1, 32), 28 - 7, "EFAULT");
});

dns("[DNS-1] ids and ports are random", { settings: SHORT, rfc: "5452 §9.2", variants: false }, (stack) => {
  const ids = new Set<number>();
  const ports = new Set<number>();
  for (let i = 0; i < 60; i++) {
    const call = resolve(stack, NAME);
    const asked = question(stack);
    ids.add(asked.id);
    ports.add(asked.port);
    assert.ok(asked.port >= 49_152);
    answer(stack, asked, { answers: [a(HERE)] });
    finds(call, HERE);
  }
  assert.ok(ids.size > 55 && ports.size > 55, `${ids.size} ids, ${ports.size} ports`);
});

dns(
  "[DNS-1] [ATK-41] [ATK-51] [ATK-69] [ATK-75] [ATK-93] only the answer with id, port, server and question of the query counts",
  { rfc: "5452 §9.1" },
  (stack) => {
    const call = resolve(stack, NAME);
    const asked = question(stack);
    const forged = { answers: [a("198.51.100.1")] };
    const other = [...labels("www.example.net"), 0, 1, 0, 1];
    answer(stack, asked, { ...forged, id: asked.id ^ 1 });
    answer(stack, asked, { ...forged, from: "10.0.2.9" });
    answer(stack, asked, { ...forged, fromPort: 54 });
    answer(stack, asked, { ...forged, question: other });
    answer(stack, asked, { ...forged, flags: 0x0100 });
    answer(stack, asked, { ...forged, flags: 0x8900 });
    answer(stack, asked, { ...forged, questions: 0 });
    answer(stack, asked, { ...forged, questions: 2 });
    answer(stack, asked, { ...forged, question: [...labels(NAME), 0, 28, 0, 1] });
    assert.equal(stack.counter("drop_dns"), 9);
    // To another port nobody is there: an ICMP error says so.
    answer(stack, asked, { ...forged, toPort: asked.port ^ 1 });
    stack.expect({ icmp: { type: 3, code: 3 } });
    assert.equal(call.errno, undefined);
    answer(stack, asked, { answers: [a(HERE)] });
    finds(call, HERE);
    // And only once.
    answer(stack, asked, forged);
    stack.expect({ icmp: { type: 3, code: 3 } });
    finds(resolve(stack, NAME), HERE);
  },
);

dns("[DNS-1] an answer whose question has another case of letters counts, unless the case is random", {}, (stack) => {
  const call = resolve(stack, NAME);
  answer(stack, question(stack), { question: [...labels("WWW.example.ORG"), 0, 1, 0, 1], answers: [a(HERE)] });
  finds(call, HERE);
});

dns(
  "[DNS-1] random case (0x20): every question has another one, and the answer must have it too",
  { settings: { ...SHORT, DNS_RESOLVER_RANDOM_CASE: true } },
  (stack) => {
    const spellings = new Set<string>();
    for (let i = 0; i < 10; i++) {
      const call = resolve(stack, NAME);
      const asked = question(stack);
      spellings.add(asked.name);
      assert.equal(asked.name.toLowerCase(), NAME);
      const inverted = Buffer.from(asked.bytes).map((byte) => (byte === 0x2e || byte < 64 ? byte : byte ^ 0x20));
      answer(stack, asked, { question: inverted, answers: [a("198.51.100.1")] });
      assert.equal(call.errno, undefined);
      answer(stack, asked, { answers: [a(HERE)] });
      finds(call, HERE);
    }
    assert.ok(spellings.size > 5);
  },
);

/** Malformed answers: the wait goes on after each, and the right answer ends it. */
function survives(name: string, rfc: string, answers: readonly (readonly number[])[]): void {
  dns(name, { rfc }, (stack) => {
    const call = resolve(stack, NAME);
    const asked = question(stack);
    for (const [i, each] of answers.entries()) {
      answer(stack, asked, { answers: [each] });
      assert.equal(call.errno, undefined, `answer ${i}`);
      assert.equal(stack.counter("drop_dns"), i + 1);
    }
    answer(stack, asked, { answers: [a(HERE)] });
    finds(call, HERE);
  });
}

/** Where the answer section begins after the question for NAME. */
const ANSWERS = 12 + labels(NAME).length + 4;
const CHAIN = Array.from({ length: 4 }, () => [60, ...Buffer.from("z".repeat(60))]).flat();

survives(
  "[DNS-2] [ATK-42] [ATK-53] [ATK-56] [ATK-57] [ATK-64] [ATK-66] [ATK-67] [ATK-70] names with bad pointers, labels or ends are malformed",
  "1035 §4.1.4, 9267 §2, §3",
  [
    a(HERE, 60, pointer(ANSWERS)), // to itself
    a(HERE, 60, pointer(ANSWERS + 2)), // forward
    a(HERE, 60, pointer(0x3fff)), // beyond the end
    a(HERE, 60, pointer(0)), // into the header
    a(HERE, 60, [1, 0x61, ...pointer(ANSWERS)]), // to the beginning of its own label
    a(HERE, 60, [...pointer(ANSWERS + 2), ...pointer(ANSWERS)]), // to and fro
    a(HERE, 60, [0x40, 0]),
    a(HERE, 60, [0x80, 0]),
    a(HERE, 60, [63, 0x61]),
    a(HERE, 60, [...CHAIN, ...pointer(12)]), // more than 255 bytes
    [0xc0], // half a pointer at the end
    [1, 0x61], // no end
    [],
  ],
);

survives(
  "[DNS-3] [ATK-6] [ATK-54] [ATK-61] [ATK-73] [ATK-95] data of a wrong length is malformed",
  "1035 §4.1.3, 9267 §5",
  [
    ...[0, 3, 5, 65_535].map((length) => record({ length, data: [192, 0, 2, 1] })),
    record({ data: [192, 0, 2] }),
    record({ data: [192, 0, 2, 1, 0] }),
    record({ type: TYPE_CNAME, data: [] }),
    record({ type: TYPE_CNAME, data: [...labels("a.example"), 0] }),
    record({ type: TYPE_CNAME, length: 3, data: labels("a.example") }),
    record({ data: [] }).slice(0, 8),
  ],
);

dns("[DNS-3] [ATK-52] [ATK-58] [ATK-68] [ATK-74] counts beyond the data are malformed", { rfc: "9267 §6" }, (stack) => {
  const call = resolve(stack, NAME);
  const asked = question(stack);
  for (const answerCount of [2, 3, 65_535]) answer(stack, asked, { answers: [a("198.51.100.1")], answerCount });
  for (let cut = 0; cut < ANSWERS + 16; cut++) answer(stack, asked, { answers: [a("198.51.100.1")], cut });
  assert.equal(stack.counter("drop_dns"), 3 + ANSWERS + 16);
  assert.equal(call.errno, undefined);
  answer(stack, asked, { answers: [a(HERE)] });
  finds(call, HERE);
});

dns(
  "[DNS-5] aliases are followed in any order, over a bounded number",
  { settings: SHORT, rfc: "1034 §3.6.2" },
  (stack) => {
    const alias = (from: string, to: string, ttl = 60): number[] =>
      record({ name: from, type: TYPE_CNAME, ttl, data: labels(to) });
    const call = resolve(stack, NAME);
    answer(stack, question(stack), {
      answers: [a(HERE, 60, "c.example.net"), alias("b.example.net", "c.example.net"), alias(NAME, "B.example.net")],
    });
    finds(call, HERE);
    const loop = resolve(stack, NAME);
    answer(stack, question(stack), { answers: [alias(NAME, "b.example.net"), alias("b.example.net", NAME)] });
    const again = question(stack);
    answer(stack, again, { answers: [alias(NAME, NAME)] });
    assert.equal(loop.errno, "EIO");
  },
);

dns(
  "[DNS-5] an answer is kept for the smallest TTL of its chain, and not at all for 0 or a negative one",
  {},
  (stack) => {
    const first = resolve(stack, NAME);
    const alias = record({ type: TYPE_CNAME, ttl: 30, data: labels("b.example.net") });
    answer(stack, question(stack), { answers: [alias, a(HERE, 60, "b.example.net")] });
    finds(first, HERE);
    stack.advance(29_000);
    finds(resolve(stack, "WWW.example.ORG"), HERE);
    assert.equal(stack.counter("dns_cache_hits"), 1);
    stack.advance(2000);
    assert.deepEqual(stack.usedPools(), [], "it is freed when its time is over");
    for (const ttl of [0, 0x8000_0000, 0xffff_ffff]) {
      const call = resolve(stack, NAME);
      answer(stack, question(stack), { answers: [a(HERE, ttl)] });
      finds(call, HERE);
      assert.deepEqual(stack.usedPools(), []);
    }
  },
);

dns(
  "[DNS-5] that there is no such name, or no address, is kept as long as the zone says",
  { rfc: "2308 §5" },
  (stack) => {
    const call = resolve(stack, NAME);
    answer(stack, question(stack), { flags: 0x8183, authority: [soa(100, 20)] });
    assert.equal(call.errno, "ENOENT");
    assert.equal(resolve(stack, NAME).errno, "ENOENT");
    stack.quiet(21_000);
    const none = resolve(stack, NAME);
    answer(stack, question(stack), { authority: [soa(20, 100)] });
    assert.equal(none.errno, "EADDRNOTAVAIL");
    assert.equal(resolve(stack, NAME).errno, "EADDRNOTAVAIL");
    stack.quiet(21_000);
    const unknown = resolve(stack, NAME);
    answer(stack, question(stack), { flags: 0x8183 });
    assert.equal(unknown.errno, "ENOENT");
    assert.deepEqual(stack.usedPools(), [], "without an SOA record it is not kept");
  },
);

dns("[DNS-5] silent servers have five seconds each, one after the other, twice", { settings: TWO }, (stack) => {
  stack.inject(stack.station({ mac: "02:00:00:00:00:03", ip: "10.0.2.3" }).arpRequest());
  stack.takeSent();
  const call = resolve(stack, NAME);
  const seen = new Set<number>();
  for (const server of ["10.0.2.2", "10.0.2.3", "10.0.2.2", "10.0.2.3"]) {
    const asked = question(stack);
    assert.equal(asked.server, server);
    seen.add(asked.id);
    stack.quiet(4999);
    assert.equal(call.errno, undefined);
    stack.advance(1);
  }
  assert.equal(call.errno, "ETIMEDOUT");
  assert.equal(seen.size, 4);
});

dns("[DNS-5] a server that fails or refuses is followed by the next at once", { settings: TWO }, (stack) => {
  stack.inject(stack.station({ mac: "02:00:00:00:00:03", ip: "10.0.2.3" }).arpRequest());
  stack.takeSent();
  const call = resolve(stack, NAME);
  answer(stack, question(stack), { flags: 0x8182 });
  const second = question(stack);
  assert.equal(second.server, "10.0.2.3");
  answer(stack, second, { flags: 0x8185 });
  // A truncated answer: nothing of it is used.
  answer(stack, question(stack), { flags: 0x8380, answers: [a("198.51.100.1")] });
  answer(stack, question(stack), { answers: [a(HERE)] });
  finds(call, HERE);
  const failing = resolve(stack, "failing.example");
  for (let i = 0; i < 4; i++) answer(stack, question(stack), { flags: 0x8182 });
  assert.equal(failing.errno, "EAGAIN");
});

dns("[DNS-6] [ATK-110] records for other names are neither used nor kept", { rfc: "5452 §6" }, (stack) => {
  const call = resolve(stack, NAME);
  answer(stack, question(stack), {
    answers: [a("198.51.100.1", 60, "bank.example"), a(HERE), record({ class: 3, data: [198, 51, 100, 2] })],
    authority: [a("198.51.100.3")],
  });
  finds(call, HERE);
  const bank = resolve(stack, "bank.example");
  answer(stack, question(stack), { answers: [a("192.0.2.99")] });
  finds(bank, "192.0.2.99");
});

dns("DNS: a program that ends while it waits leaves nothing behind", {}, (stack) => {
  resolve(stack, NAME);
  const asked = question(stack);
  assert.equal(stack.usedPools().length, 1);
  stack.node.reset(stack.task);
  assert.deepEqual(stack.usedPools(), []);
  answer(stack, asked, { answers: [a(HERE)] });
  stack.expect({ icmp: { type: 3, code: 3 } });
});

dns("DNS: the cache forgets the entry that ends first when it is full", { variants: false }, (stack) => {
  for (const [i, ttl] of [50, 20, 30, 40].entries()) {
    const call = resolve(stack, `n${i}.example`);
    answer(stack, question(stack), { answers: [a(`192.0.2.${i + 1}`, ttl)] });
    finds(call, `192.0.2.${i + 1}`);
  }
  for (const i of [0, 2, 3]) finds(resolve(stack, `n${i}.example`), `192.0.2.${i + 1}`);
  assert.equal(stack.counter("dns_cache_hits"), 3);
  const gone = resolve(stack, "n1.example");
  answer(stack, question(stack), { answers: [a("192.0.2.2", 1)] });
  finds(gone, "192.0.2.2");
});
