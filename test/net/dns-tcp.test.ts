/** Truncated answers, asked for again over TCP (RFC 1035 §4.2.2, RFC 7766): row DNS-4, with servers that do it right and servers that do not. */
import assert from "node:assert/strict";
import { SeededRandom } from "../../runtime/node/random.js";
import { concat } from "../harness/bytes.js";
import {
  type AnswerFields,
  a,
  answer,
  answerMessage,
  finds,
  labels,
  pointer,
  type Question,
  question,
  type Resolving,
  record,
  resolve,
  short,
  soa,
  TYPE_CNAME,
} from "../harness/dns.js";
import { type ScriptOptions, script } from "../harness/script.js";
import type { Stack } from "../harness/stack.js";
import { TcpPeer, type TcpPeerOptions } from "../harness/tcp-peer.js";

const ONE = {
  DNS_RESOLVER: true,
  DNS_RESOLVER_TCP: true,
  DNS_SERVER1: "10.0.2.2",
  NET_MAX_CONTEXTS: 3,
  NET_TCP_RECV_BUFFER: 2920,
  NET_TCP_RECV_BUFFERS: 1,
  NET_TCP_SEND_BUFFERS: 1,
};
const TWO = { ...ONE, DNS_SERVER2: "10.0.2.3" };
const NAME = "www.example.org";
const HERE = "192.0.2.80";
const THERE = "198.51.100.1";
/** Flags of an answer that has been cut. */
const TRUNCATED = 0x8380;
const SERVER_TIME = 5000;
const RIGHT: AnswerFields = { answers: [a(HERE)] };

function dns(name: string, options: ScriptOptions, body: (stack: Stack) => void): void {
  script(name, { settings: ONE, ...options }, (stack) => {
    stack.arpResolve();
    if (options.settings === TWO) stack.arpResolve(stack.station({ mac: "02:00:00:00:00:03", ip: "10.0.2.3" }));
    body(stack);
  });
}

/** A message with its length before it, as it lies in a stream. */
function framed(message: Uint8Array, length = message.length): Uint8Array {
  return concat(Uint8Array.from(short(length)), message);
}

/** The server's side of a question over TCP. */
class Server {
  readonly peer: TcpPeer;

  constructor(stack: Stack, options: TcpPeerOptions = {}) {
    this.peer = TcpPeer.listening(stack, { peerPort: 53, ...options });
  }

  /** Checks that the stack has sent `asked` over TCP, and nothing else. */
  hasBeenAsked(asked: Question): void {
    const message = concat(
      Uint8Array.from(short(asked.id)),
      Uint8Array.from([1, 0, 0, 1, 0, 0, 0, 0, 0, 0]),
      asked.bytes,
    );
    assert.deepEqual(this.peer.received, framed(message));
  }

  answer(asked: Question, fields: AnswerFields = RIGHT): void {
    this.peer.send(framed(answerMessage(asked, fields)));
  }
}

/** Begins a call whose answer over UDP is cut; the server takes the connection and has got the question. */
function truncated(stack: Stack, name = NAME): { call: Resolving; asked: Question; server: Server } {
  const server = new Server(stack);
  const call = resolve(stack, name);
  const asked = question(stack);
  answer(stack, asked, { flags: TRUNCATED, answers: [a(THERE)] });
  stack.advance(5);
  server.hasBeenAsked(asked);
  assert.equal(call.errno, undefined);
  return { call, asked, server };
}

/** The next question is over UDP and for the second server, which answers it. */
function secondServerAnswers(stack: Stack, call: Resolving): void {
  const second = question(stack);
  assert.equal(second.server, "10.0.2.3");
  answer(stack, second, RIGHT);
  finds(call, HERE);
}

/** Nothing but the cache is in use: no socket, buffer or query. */
function isIdle(stack: Stack, ...besides: readonly string[]): void {
  const used = stack.usedPools().map(({ name }) => name);
  assert.deepEqual(
    used.filter((name) => name !== "dns cache" && !besides.includes(name)),
    [],
  );
}

dns(
  "[DNS-4] a truncated answer is asked for again over TCP, of the same server",
  { rfc: "7766 §5, 2181 §9" },
  (stack) => {
    const { call, asked, server } = truncated(stack);
    const many = Array.from({ length: 40 }, (_, i) => a(`192.0.2.${i + 1}`));
    server.answer(asked, { answers: many });
    stack.advance(5);
    finds(call, "192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4");
    assert.deepEqual([stack.counter("dns_out"), stack.counter("dns_in"), stack.counter("drop_dns")], [2, 2, 0]);
    // The connection ends in order, and the result is kept as any other.
    assert.ok(server.peer.finReceived && !server.peer.wasReset);
    server.peer.close();
    stack.advance(10);
    assert.ok(server.peer.isClosed);
    isIdle(stack, "TIME-WAIT");
    finds(resolve(stack, NAME), "192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4");
    assert.equal(stack.counter("dns_cache_hits"), 1);
    stack.advance(61_000);
    assert.deepEqual(stack.usedPools(), []);
  },
);

dns("[DNS-4] also that there is no such name comes over TCP", {}, (stack) => {
  const { call, asked, server } = truncated(stack);
  server.answer(asked, { flags: 0x8183, authority: [soa(100, 20)] });
  stack.advance(5);
  assert.equal(call.errno, "ENOENT");
  server.peer.close();
  stack.advance(10);
  assert.equal(resolve(stack, NAME).errno, "ENOENT");
  assert.equal(stack.counter("dns_cache_hits"), 1);
});

dns("[DNS-4] the answer may come in any pieces", { rfc: "7766 §8", variants: false }, (stack) => {
  const pieces = [1, 2, 3, 13, 14, 30];
  for (const [i, size] of pieces.entries()) {
    const { call, asked, server } = truncated(stack, `n${i}.example`);
    const stream = framed(answerMessage(asked, RIGHT));
    for (let at = 0; at < stream.length; at += size) {
      assert.equal(call.errno, undefined, `${at} of ${stream.length} bytes, ${size} at a time`);
      server.peer.send(stream.subarray(at, at + size));
      stack.advance(3);
    }
    finds(call, HERE);
    server.peer.close();
    stack.advance(10);
    server.peer.detach();
    isIdle(stack, "TIME-WAIT");
  }
});

dns("[DNS-4] bytes after the answer are nothing", {}, (stack) => {
  const { call, asked, server } = truncated(stack);
  const right = framed(answerMessage(asked, RIGHT));
  server.peer.send(concat(right, framed(answerMessage(asked, { answers: [a(THERE)] }))));
  stack.advance(5);
  finds(call, HERE);
  server.peer.close();
  stack.advance(10);
  isIdle(stack, "TIME-WAIT");
});

dns("[DNS-4] a server that closes right behind its answer has answered", { rfc: "7766 §6.2.3" }, (stack) => {
  const { call, asked, server } = truncated(stack);
  server.answer(asked);
  server.peer.close();
  stack.advance(5);
  finds(call, HERE);
  stack.advance(10);
  assert.ok(server.peer.isClosed);
  isIdle(stack);
});

dns("[DNS-4] lost segments are sent again within the server's time", {}, (stack) => {
  const lost = new Set<string>();
  const server = new Server(stack, {
    // The SYN, the question, and the answer are lost once: what the peer sends are its SYN, an ACK, and the answer.
    drop: (segment, direction) => {
      const what = segment === undefined ? direction : segment.flags === "S" ? "SYN" : `${segment.payload.length}`;
      if (what === "0" || (what === "to stack" && ++toStack !== 3) || lost.has(what)) return false;
      lost.add(what);
      return true;
    },
    timeout: 300,
  });
  let toStack = 0;
  const call = resolve(stack, NAME);
  const asked = question(stack);
  answer(stack, asked, { flags: TRUNCATED });
  // 1 s for the SYN, then 3 s for the question (RFC 6298 §5.7).
  stack.advance(4200);
  server.hasBeenAsked(asked);
  server.answer(asked);
  stack.advance(500);
  finds(call, HERE);
  assert.equal(lost.size, 3);
  server.peer.close();
  stack.advance(1000);
});

/** What a server may do instead of answering; afterwards the next one is asked, at once. */
const FAILURES: readonly (readonly [what: string, act: (server: Server, asked: Question) => void])[] = [
  ["closes without a word", ({ peer }) => peer.close()],
  [
    "closes after one byte of the length",
    ({ peer }) => {
      peer.send([0]);
      peer.close();
    },
  ],
  [
    "closes in the middle of its answer",
    ({ peer }, asked) => {
      peer.send(framed(answerMessage(asked, RIGHT)).slice(0, -1));
      peer.close();
    },
  ],
  ["resets", ({ peer }) => peer.abort()],
  ["says a length of 0", ({ peer }) => peer.send([0, 0])],
  ["says a length shorter than a header", ({ peer }) => peer.send([0, 11, ...new Uint8Array(11)])],
  ["says a length that no buffer has", ({ peer }) => peer.send(short(2919))],
  ["says the largest length", ({ peer }) => peer.send([255, 255, 0])],
  ["answers another id", (server, asked) => server.answer(asked, { ...RIGHT, id: asked.id ^ 1 })],
  [
    "answers another question",
    (server, asked) => server.answer(asked, { ...RIGHT, question: [...labels("www.example.net"), 0, 1, 0, 1] }),
  ],
  ["sends a question", (server, asked) => server.answer(asked, { ...RIGHT, flags: 0x0100 })],
  ["sends its question's header alone", (server, asked) => server.answer(asked, { cut: 12 })],
  [
    "sends a malformed answer",
    (server, asked) => server.answer(asked, { answers: [a(HERE, 60, pointer(12 + asked.bytes.length))] }),
  ],
  ["counts more records than it sends", (server, asked) => server.answer(asked, { ...RIGHT, answerCount: 2 })],
  ["truncates over TCP too", (server, asked) => server.answer(asked, { ...RIGHT, flags: TRUNCATED })],
  ["fails", (server, asked) => server.answer(asked, { flags: 0x8182 })],
  ["refuses", (server, asked) => server.answer(asked, { flags: 0x8185 })],
];

for (const [what, act] of FAILURES)
  dns(`[DNS-4] a server that ${what} over TCP is followed by the next at once`, { settings: TWO }, (stack) => {
    const { call, asked, server } = truncated(stack);
    act(server, asked);
    stack.advance(5);
    secondServerAnswers(stack, call);
    assert.ok(server.peer.state === "closed" || server.peer.finReceived, "the connection is over");
    stack.advance(10);
    isIdle(stack);
  });

dns(
  "[DNS-4] a server that does not take the connection is followed by the next at once",
  { settings: TWO },
  (stack) => {
    const call = resolve(stack, NAME);
    answer(stack, question(stack), { flags: TRUNCATED });
    const { tcp } = stack.expect({ tcp: { dstPort: 53, flags: "S" } });
    assert.ok(tcp !== undefined && tcp.srcPort >= 49_152);
    stack.inject(
      stack.peer.tcp(
        { srcPort: 53, dstPort: tcp.srcPort, flags: "R.", seq: 0, ack: (tcp.seq + 1) >>> 0, window: 0 },
        [],
      ),
    );
    secondServerAnswers(stack, call);
    isIdle(stack);
  },
);

dns("[DNS-4] a server that is silent over TCP has five seconds", { settings: TWO }, (stack) => {
  for (const accepts of [false, true]) {
    const server = new Server(stack, accepts ? {} : { drop: () => true });
    const call = resolve(stack, accepts ? NAME : "b.example");
    stack.advance(2000);
    answer(stack, question(stack), { flags: TRUNCATED });
    stack.quiet(SERVER_TIME - 1);
    assert.equal(call.errno, undefined);
    stack.advance(1);
    secondServerAnswers(stack, call);
    assert.equal(server.peer.wasReset, accepts, "the connection is given up");
    isIdle(stack);
    server.peer.detach();
  }
});

dns("[DNS-4] half an answer does not lengthen the server's time", { settings: TWO }, (stack) => {
  const { call, asked, server } = truncated(stack);
  const stream = framed(answerMessage(asked, RIGHT));
  for (let i = 0; i < 9; i++) {
    server.peer.send(stream.subarray(i, i + 1));
    stack.quiet(500);
  }
  assert.equal(call.errno, undefined);
  stack.advance(500);
  secondServerAnswers(stack, call);
  assert.ok(server.peer.wasReset);
  isIdle(stack);
});

dns(
  "[DNS-4] when every server fails over TCP, as often as each is asked, the call ends: EAGAIN",
  { settings: TWO },
  (stack) => {
    let syns = 0;
    stack.tap(({ tcp }) => {
      if (tcp?.flags === "S") syns += 1;
      return tcp?.flags === "S";
    });
    const call = resolve(stack, NAME);
    for (const server of ["10.0.2.2", "10.0.2.3", "10.0.2.2", "10.0.2.3"]) {
      const asked = question(stack);
      assert.equal(asked.server, server);
      answer(stack, asked, { flags: TRUNCATED });
      stack.quiet(SERVER_TIME - 1);
      assert.equal(call.errno, undefined);
      stack.advance(1);
    }
    assert.equal(call.errno, "EAGAIN");
    assert.equal(syns, 4 * 3, "each SYN goes out again after 1 s and 2 s more");
    assert.deepEqual(stack.usedPools(), []);
  },
);

dns("[DNS-4] the longest answer that the receive buffer holds is taken", {}, (stack) => {
  const { call, asked, server } = truncated(stack);
  const rest = 2918 - answerMessage(asked, RIGHT).length;
  const message = concat(answerMessage(asked, RIGHT), new Uint8Array(rest));
  server.peer.send(framed(message));
  stack.advance(20);
  finds(call, HERE);
  server.peer.close();
  stack.advance(10);
});

dns(
  "[DNS-4] no descriptor is taken, and without a free socket the next server is asked",
  { settings: { ...TWO, ZVFS_OPEN_MAX: 6 } },
  (stack) => {
    stack.arpResolve(stack.station({ mac: "02:00:00:00:00:03", ip: "10.0.2.3" }));
    const descriptors = [stack.openUdp(), stack.openUdp()];
    const { call, asked, server } = truncated(stack);
    server.answer(asked);
    stack.advance(5);
    finds(call, HERE);
    server.peer.close();
    stack.advance(10);
    descriptors.push(stack.openUdp());
    assert.deepEqual(descriptors, [descriptors[0], descriptors[0] + 1, descriptors[0] + 2], "no number was used up");
    const without = resolve(stack, "b.example");
    answer(stack, question(stack), { flags: TRUNCATED });
    secondServerAnswers(stack, without);
  },
);

dns("[DNS-4] the question waits for a send buffer that another connection has", {}, (stack) => {
  // A peer that acknowledges nothing of what it gets keeps the only buffer.
  const other = TcpPeer.listening(stack, {
    peerPort: 80,
    drop: (segment, direction) => direction === "from stack" && (segment?.payload.length ?? 0) > 0,
  });
  const fd = stack.openTcp();
  stack.begin.connect(fd, stack.peer.ip, 80);
  stack.advance(5);
  stack.send(fd, "held");
  const server = new Server(stack);
  const call = resolve(stack, NAME);
  const asked = question(stack);
  answer(stack, asked, { flags: TRUNCATED });
  stack.advance(500);
  assert.equal(server.peer.state, "established");
  assert.equal(server.peer.receivedBytes, 0);
  other.abort();
  stack.advance(10);
  server.hasBeenAsked(asked);
  server.answer(asked);
  stack.advance(5);
  finds(call, HERE);
  server.peer.close();
  stack.advance(10);
});

dns(
  "[DNS-4] when all receive buffers stay taken, the next server is asked after five seconds",
  { settings: TWO },
  (stack) => {
    const other = new TcpPeer(stack, { port: 8080 });
    const listener = stack.openTcp();
    stack.bind(listener, 8080);
    stack.listen(listener, 1);
    other.connect();
    stack.advance(5);
    stack.accept(listener);
    other.send("unread");
    stack.advance(100);
    // The listener needs a record no more.
    stack.close(listener);
    const { call, asked, server } = truncated(stack);
    server.answer(asked);
    stack.advance(4900);
    assert.equal(call.errno, undefined);
    assert.ok(stack.counter("drop_tcp_no_buffer") > 0);
    stack.advance(100);
    secondServerAnswers(stack, call);
    assert.ok(server.peer.wasReset);
  },
);

dns("[DNS-4] a program that ends while it waits leaves nothing behind", {}, (stack) => {
  for (const answered of [false, true]) {
    const server = new Server(stack, answered ? {} : { drop: () => true });
    resolve(stack, NAME);
    answer(stack, question(stack), { flags: TRUNCATED });
    stack.advance(5);
    if (answered) server.peer.send([0]);
    stack.advance(5);
    stack.node.reset(stack.task);
    stack.advance(5);
    assert.equal(server.peer.wasReset, answered);
    assert.deepEqual(stack.usedPools(), []);
    server.peer.detach();
  }
  stack.quiet(20_000);
});

dns(
  "[DNS-4] two programs ask over TCP at once, each on a connection of its own",
  { settings: { ...ONE, NET_TASKS: 2, DNS_NUM_CONCUR_QUERIES: 2, NET_TCP_RECV_BUFFERS: 2, NET_TCP_SEND_BUFFERS: 2 } },
  (stack) => {
    const first = truncated(stack, "a.example");
    stack.task = 1;
    const second = truncated(stack, "b.example");
    second.server.answer(second.asked, { answers: [a(THERE)] });
    stack.advance(5);
    finds(second.call, THERE);
    assert.equal(first.call.errno, undefined);
    first.server.answer(first.asked);
    stack.advance(5);
    stack.task = 0;
    finds(first.call, HERE);
    for (const { server } of [first, second]) server.peer.close();
    stack.advance(10);
    isIdle(stack, "TIME-WAIT");
  },
);

dns(
  "[DNS-4] ports of questions over TCP differ, and a second answer over UDP changes nothing",
  { variants: false },
  (stack) => {
    const ports = new Set<number>();
    for (let i = 0; i < 8; i++) {
      const call = resolve(stack, `n${i}.example`);
      const asked = question(stack);
      answer(stack, asked, { flags: TRUNCATED });
      const { tcp } = stack.expect({ tcp: { flags: "S" } });
      ports.add(tcp?.srcPort ?? 0);
      answer(stack, asked, { answers: [a(THERE)] });
      assert.equal(call.errno, undefined);
      stack.node.reset(stack.task);
      stack.takeSent();
      stack.advance(1100); // ICMP errors are limited in number
    }
    assert.equal(ports.size, 8);
  },
);

dns(
  "[DNS-4] without the option the next server is asked",
  { settings: { ...TWO, DNS_RESOLVER_TCP: false } },
  (stack) => {
    stack.arpResolve(stack.station({ mac: "02:00:00:00:00:03", ip: "10.0.2.3" }));
    const call = resolve(stack, NAME);
    answer(stack, question(stack), { flags: TRUNCATED });
    secondServerAnswers(stack, call);
  },
);

/** `stream` with a few bytes changed, taken out or put in. */
function damaged(stream: Uint8Array, random: (below: number) => number): Uint8Array {
  const list = [...stream];
  for (let i = random(4); i >= 0; i--) {
    const at = random(list.length);
    const kind = random(5);
    if (kind === 0) list.splice(at, 1 + random(8));
    else if (kind === 1) list.splice(at, 0, ...Array.from({ length: 1 + random(8) }, () => random(256)));
    else if (kind === 2) list[at] ^= 1 << random(8);
    else list[at] = [0, 0xc0, 0xff, 0x3f, random(256)][random(5)];
    if (list.length === 0) list.push(0);
  }
  return Uint8Array.from(list);
}

dns(
  "[DNS-4] whatever comes over TCP, the call ends and leaves nothing behind",
  { settings: { ...ONE, DNS_RESOLVER_CACHE: false }, variants: false },
  (stack) => {
    const source = new SeededRandom(7);
    const random = (below: number): number => source.below(below);
    const outcomes = new Map<string, number>();
    for (let i = 0; i < 400; i++) {
      const { call, asked, server } = truncated(stack, `n${i}.example`);
      const alias = record({ type: TYPE_CNAME, ttl: 30, data: labels("b.example.net") });
      const right = {
        answers: [alias, a(HERE, 60, "b.example.net"), a(THERE, 60, "b.example.net")],
        authority: [soa(9, 9)],
      };
      const stream = damaged(framed(answerMessage(asked, right)), random);
      const cut = random(stream.length);
      server.peer.send(stream.subarray(0, cut));
      stack.advance(2);
      server.peer.send(stream.subarray(cut));
      if (random(3) > 0) server.peer.close();
      stack.advance(5);
      if (call.errno === undefined) {
        // At once, or when the server has had its time because it said a longer length.
        stack.untilSent(SERVER_TIME + 10);
        answer(stack, question(stack), RIGHT);
      }
      outcomes.set(call.errno ?? "", (outcomes.get(call.errno ?? "") ?? 0) + 1);
      assert.ok(["SUCCESS", "ENOENT", "EADDRNOTAVAIL"].includes(call.errno ?? ""), call.errno);
      server.peer.close();
      stack.advance(10);
      server.peer.detach();
      isIdle(stack, "TIME-WAIT");
    }
    assert.ok((outcomes.get("SUCCESS") ?? 0) > 100 && outcomes.size > 1, [...outcomes].join(" "));
    assert.ok(stack.counter("drop_dns") > 50);
  },
);
