/** SYN cookies: what stands in for the SYN queue when it is full (RFC 4987 §3.6). Part of the rows EST-11 and ATK-101. */
import assert from "node:assert/strict";
import { script } from "../../harness/script.js";
import type { Stack } from "../../harness/stack.js";
import { type TcpConversation, tcp } from "../../harness/tcp-conversation.js";

const SETTINGS = { NET_TCP_SYN_QUEUE: 2, NET_TCP_SYN_ACK_RETRY_COUNT: 1, NET_MAX_CONTEXTS: 12, ZVFS_OPEN_MAX: 16 };

/** A listener on 8080 whose SYN queue is full. Whoever fills it never answers, and is silent after 3 s. */
function crowded(stack: Stack): TcpConversation {
  const t = tcp(stack);
  t.listen();
  for (let i = 0; i < SETTINGS.NET_TCP_SYN_QUEUE; i++) {
    stack.inject(stack.peer.tcp({ srcPort: 30_000 + i, dstPort: 8080, flags: "S", seq: 77 }));
    stack.expect({ tcp: { flags: "S.", dstPort: 30_000 + i } });
  }
  assert.equal(stack.counter("tcp_cookies_out"), 0);
  return t;
}

/** Lets go what waits in the SYN queue, unseen. */
function quietQueue(stack: Stack, milliseconds: number): void {
  stack.advance(milliseconds);
  for (const { packet } of stack.takeSent()) assert.equal(packet.tcp?.flags, "S.");
}

script(
  "[EST-11] with a full queue a SYN is answered, and the ACK opens the connection",
  { rfc: "4987 §3.6", settings: SETTINGS },
  (stack) => {
    const t = crowded(stack);
    t.in("S 0:0(0) win 60000 <mss 1400,sackOK,TS val 100 ecr 0,nop,wscale 7>");
    t.out("S. 0:0(0) ack 1 win 5840 <mss 1460,sackOK,TS val 0 ecr 100,wscale 0>");
    assert.equal(stack.counter("tcp_cookies_out"), 1);
    assert.equal(stack.core.pools().find((pool) => pool.name === "sockets")?.used, 1);
    t.in(". 1:1(0) ack 1 win 500");
    assert.equal(stack.counter("tcp_cookies_in"), 1);
    t.accept();
    t.data(100);
    t.read(100);
    t.out(". 1:1(0) ack 101", { after: 100 });
    // The window is scaled by 7, the MSS is 1400 less the timestamps.
    t.send(3000);
    t.out(". 1:1389(1388) ack 101");
    t.out(". 1389:2777(1388) ack 101");
    t.ack();
    t.out("P. 2777:3001(224) ack 101");
    t.ack();
    quietQueue(stack, 5000);
  },
);

script(
  "[EST-11] a cookie holds the window's scale, SACK and the timestamps",
  { rfc: "4987 §3.6", settings: SETTINGS },
  (stack) => {
    const t = crowded(stack);
    const variants: readonly [string, string, number, boolean, boolean][] = [
      ["mss 1460,sackOK,TS val 9 ecr 0,wscale 14", "mss 1460,sackOK,TS val * ecr 9,wscale 0", 14, true, true],
      ["mss 1460,sackOK,TS val 9 ecr 0,wscale 0", "mss 1460,sackOK,TS val * ecr 9,wscale 0", 0, true, true],
      ["mss 1460,TS val 9 ecr 0,wscale 3", "mss 1460,TS val * ecr 9,wscale 0", 3, false, true],
      ["mss 1460,sackOK,TS val 9 ecr 0", "mss 1460,sackOK,TS val * ecr 9", 0, true, true],
      ["mss 1460,TS val 9 ecr 0", "mss 1460,TS val * ecr 9", 0, false, true],
      // Without timestamps nothing else is agreed on.
      ["mss 1460,sackOK,wscale 5", "mss 1460", 0, false, false],
      ["", "mss 1460", 0, false, false],
    ];
    for (const [index, [offered, answered, scale, sack, stamps]] of variants.entries()) {
      stack.advance(13);
      const c = tcp(stack, { peerPort: 42_000 + index, arp: false });
      c.listener = t.listener;
      c.in(`S 0:0(0) <${offered}>`);
      c.out(`S. 0:0(0) ack 1 <${answered}>`);
      c.in(". 1:1(0) ack 1 win 100");
      c.accept();
      // A gap: SACK when it was agreed on.
      c.in("P. 11:21(10) ack 1 win 100");
      c.out(`. 1:1(0) ack 1 <${[...(stamps ? ["TS val * ecr *"] : []), ...(sack ? ["sack 11:21"] : [])].join(",")}>`);
      // The peer's window of 100 units.
      c.send(1000);
      const sent = c.takeSegments().reduce((sum, segment) => sum + segment.payload.length, 0);
      assert.equal(sent, Math.min(1000, 100 * 2 ** scale), `of ${offered}`);
      c.abort();
      c.takeSegments();
    }
    assert.equal(stack.counter("tcp_cookies_in"), variants.length);
    quietQueue(stack, 5000);
  },
);

script(
  "[EST-11] the peer's MSS is rounded down to what a cookie can hold",
  { rfc: "4987 §3.6", settings: SETTINGS },
  (stack) => {
    const t = crowded(stack);
    const sizes: readonly [number | undefined, number][] = [
      [undefined, 536],
      [1460, 1460],
      [1459, 1440],
      [1399, 1300],
      [1299, 1160],
      [1000, 536],
      [535, 216],
      [100, 48],
      [9000, 1460],
      [1, 48],
    ];
    for (const [index, [mss, expected]] of sizes.entries()) {
      const c = tcp(stack, { peerPort: 42_000 + index, arp: false });
      c.listener = t.listener;
      c.in(`S 0:0(0) <${mss === undefined ? "" : `mss ${mss}`}>`);
      c.out("S. 0:0(0) ack 1");
      c.in(". 1:1(0) ack 1");
      c.accept();
      c.send(2000);
      assert.equal(c.takeSegments()[0].payload.length, expected, `MSS ${mss}`);
      c.abort();
      c.takeSegments();
    }
    quietQueue(stack, 5000);
  },
);

script("[EST-11] data and FIN may come with the ACK of a cookie", { rfc: "4987 §3.6", settings: SETTINGS }, (stack) => {
  const t = crowded(stack);
  t.in("S 0:0(0) <mss 1460>");
  t.out("S. 0:0(0) ack 1");
  // The ACK was lost; the data brings the cookie.
  t.in("FP. 1:101(100) ack 1");
  t.out(". 1:1(0) ack 102");
  t.accept();
  t.read(100);
  t.readEnd();
  t.close();
  t.out("F. 1:1(0) ack 102");
  t.in(". 102:102(0) ack 2");
  quietQueue(stack, 5000);
});

script("[EST-11] a cookie is good for this connection alone", { rfc: "4987 §3.6", settings: SETTINGS }, (stack) => {
  const t = crowded(stack);
  t.in("S 0:0(0) <mss 1460>");
  t.out("S. 0:0(0) ack 1");
  const { iss, irs } = t;
  const acknowledge = (fields: {
    port?: number;
    seq?: number;
    ack?: number;
    ip?: string;
    flags?: string;
  }): Uint8Array =>
    (fields.ip === undefined ? stack.peer : stack.station({ mac: stack.peer.mac, ip: fields.ip })).tcp({
      srcPort: fields.port ?? t.peerPort,
      dstPort: 8080,
      flags: fields.flags ?? ".",
      seq: (irs + 1 + (fields.seq ?? 0)) >>> 0,
      ack: (iss + 1 + (fields.ack ?? 0)) >>> 0,
    });
  const refused = [
    acknowledge({ port: t.peerPort + 1 }),
    acknowledge({ seq: 1 }),
    acknowledge({ seq: -1 }),
    ...[1, -1, 2, 7, 8, 16, 1024, 0x100_0000, 0x4000_0000, -0x8000_0000].map((ack) => acknowledge({ ack })),
    acknowledge({ flags: "S." }),
  ];
  for (const frame of refused) {
    stack.inject(frame);
    stack.expect({ tcp: { flags: "R" } });
  }
  assert.equal(stack.counter("tcp_cookies_in"), 0);
  assert.equal(stack.counter("drop_tcp_cookie"), refused.length - 1);
  stack.inject(acknowledge({ flags: "R." }), acknowledge({ flags: "R" }));
  stack.expectNothing();
  // The right one is right, even after all that.
  stack.inject(acknowledge({}));
  t.accept();
  quietQueue(stack, 5000);
});

script("[EST-11] a cookie is too old after two periods of 67 s", { rfc: "4987 §3.6", settings: SETTINGS }, (stack) => {
  const t = crowded(stack);
  t.in("S 0:0(0) <mss 1460>");
  t.out("S. 0:0(0) ack 1");
  quietQueue(stack, 5000);
  stack.fork(
    () => {
      stack.advance(55_000);
      t.in(". 1:1(0) ack 1");
      assert.equal(stack.counter("tcp_cookies_in"), 1);
      t.accept();
      t.abort();
      t.out("R. 1:1(0) ack 1");
    },
    () => {
      stack.advance(135_000);
      t.in(". 1:1(0) ack 1");
      t.out("R 1:1(0)");
      assert.equal(stack.counter("tcp_cookies_in"), 0);
    },
  );
});

script("[EST-11] no cookie opens anything while none are out", { rfc: "4987 §3.6", settings: SETTINGS }, (stack) => {
  const t = tcp(stack);
  t.listen();
  for (let i = 0; i < 200; i++) {
    stack.inject(stack.peer.tcp({ srcPort: 40_000 + i, dstPort: 8080, flags: ".", seq: i * 999, ack: i * 77_777_777 }));
    stack.expect({ tcp: { flags: "R" } });
  }
  assert.equal(stack.counter("drop_tcp_cookie"), 0);
});

script(
  "[EST-11] guessing cookies opens nothing",
  { rfc: "4987 §3.6", settings: SETTINGS, variants: false },
  (stack) => {
    const t = crowded(stack);
    t.in("S 0:0(0) <mss 1460>");
    t.out("S. 0:0(0) ack 1");
    for (let i = 0; i < 3000; i++) {
      const ack = (t.iss + 1 + Math.imul(i + 1, 0x9e37_79b1)) >>> 0;
      stack.inject(stack.peer.tcp({ srcPort: t.peerPort, dstPort: 8080, flags: ".", seq: (t.irs + 1) >>> 0, ack }));
    }
    assert.equal(stack.takeSent().filter(({ packet }) => packet.tcp?.flags === "R").length, 3000);
    assert.equal(stack.counter("tcp_cookies_in"), 0);
    t.in("R 1:1(0)");
    quietQueue(stack, 5000);
  },
);

script(
  "[EST-11] with a full accept queue the data brings the cookie again",
  { rfc: "4987 §3.6", settings: SETTINGS },
  (stack) => {
    const t = crowded(stack);
    stack.listen(t.listener, 1);
    const other = tcp(stack, { peerPort: 42_000, arp: false });
    other.listener = t.listener;
    for (const each of [t, other]) {
      each.in("S 0:0(0) <mss 1460>");
      each.out("S. 0:0(0) ack 1");
    }
    t.in(". 1:1(0) ack 1");
    other.in(". 1:1(0) ack 1");
    stack.expectNothing();
    other.in("P. 1:11(10) ack 1");
    stack.expectNothing();
    t.accept();
    other.in("P. 1:11(10) ack 1");
    other.accept();
    other.read(10);
    other.out(". 1:1(0) ack 11", { after: 100 });
    quietQueue(stack, 5000);
  },
);

script(
  "[EST-11] without cookies SYNs are dropped and counted while the queue is full",
  { rfc: "4987 §3.1", settings: { ...SETTINGS, NET_TCP_SYN_COOKIES: false } },
  (stack) => {
    const t = crowded(stack);
    t.in("S 0:0(0) <mss 1460>");
    t.quiet(100);
    assert.equal(stack.counter("drop_tcp_syn_queue"), 1);
    quietQueue(stack, 5000);
    // They have been forgotten meanwhile.
    t.in("S 0:0(0) <mss 1460>");
    t.out("S. 0:0(0) ack 1");
    t.in(". 1:1(0) ack 1");
    t.accept();
  },
);

script(
  "[EST-11] [EST-7] cookies of different connections have nothing to do with each other",
  { rfc: "4987 §3.6", settings: SETTINGS },
  (stack) => {
    crowded(stack);
    const numbers: number[] = [];
    for (let i = 0; i < 300; i++) {
      stack.inject(
        stack.peer.tcp({
          srcPort: 20_000 + i,
          dstPort: 8080,
          flags: "S",
          seq: 5,
          options: [{ kind: "mss", value: 1460 }],
        }),
      );
      numbers.push(stack.expect({ tcp: { flags: "S." } }).tcp?.seq ?? 0);
    }
    assert.equal(new Set(numbers).size, numbers.length);
    const low = numbers.filter((value) => value < 2 ** 31).length;
    assert(low > 95 && low < 205, `${low} of 300 in the lower half`);
    const near = numbers.filter((value, i) => i > 0 && Math.abs((value - numbers[i - 1]) | 0) < 2 ** 20).length;
    assert(near < 6, `${near} follow the one before`);
    quietQueue(stack, 5000);
  },
);

script(
  "[EST-11] a cookie opens the connection although its SYN, come again, has a place in the queue meanwhile",
  { rfc: "4987 §3.6", settings: SETTINGS },
  (stack) => {
    const t = crowded(stack);
    t.in("S 0:0(0) <mss 1460>");
    t.out("S. 0:0(0) ack 1");
    const cookie = t.iss;
    for (const srcPort of [30_000, 30_001])
      stack.inject(stack.peer.tcp({ srcPort, dstPort: 8080, flags: "R", seq: 78 }));
    stack.advance(1000);
    t.in("S 0:0(0) <mss 1460>");
    t.out("S. 0:0(0) ack 1");
    assert.notEqual(t.iss, cookie);
    stack.fork(
      () => {
        stack.inject(
          stack.peer.tcp({ srcPort: t.peerPort, dstPort: 8080, seq: (t.irs + 1) >>> 0, ack: (cookie + 1) >>> 0 }),
        );
        stack.expectNothing();
        assert.equal(stack.counter("tcp_cookies_in"), 1);
        t.accept();
        t.abort();
        stack.expect({ tcp: { flags: "R.", seq: (cookie + 1) >>> 0 } });
      },
      () => {
        // One that is neither.
        stack.inject(
          stack.peer.tcp({ srcPort: t.peerPort, dstPort: 8080, seq: (t.irs + 1) >>> 0, ack: (cookie + 2) >>> 0 }),
        );
        stack.expect({ tcp: { flags: "R", seq: (cookie + 2) >>> 0 } });
      },
      () => {
        t.in(". 1:1(0) ack 1");
        t.accept();
        t.abort();
        t.out("R. 1:1(0) ack 1");
      },
    );
    t.in("R 1:1(0)");
  },
);
