/** TIME-WAIT: the rows CLS-2 and CLS-3, and the attacks 106 and 107 on it. */
import assert from "node:assert/strict";
import { script } from "../../harness/script.js";
import type { Stack } from "../../harness/stack.js";
import { type EstablishOptions, type TcpConversation, tcp } from "../../harness/tcp-conversation.js";

/** 2 MSL, ms. */
const DELAY = 60_000;

/** Connections in TIME-WAIT. */
function waiting(stack: Stack): number {
  const pool = stack.core.pools().find((each) => each.name === "TIME-WAIT");
  assert(pool !== undefined);
  return pool.used;
}

/** A connection to the listener of `t` that ends in TIME-WAIT: the stack closes first. Next numbers: theirs 2, ours 2. */
function intoTimeWait(t: TcpConversation, options: EstablishOptions = {}): void {
  t.establish(options);
  t.close();
  t.out("F. 1:1(0) ack 1");
  t.in(". 1:1(0) ack 2");
  t.in("F. 1:1(0) ack 2");
  t.out(". 2:2(0) ack 2");
}

script(
  "[CLS-2] TIME-WAIT lasts 2 MSL, without a socket, and then the peer is a stranger",
  { rfc: "9293 §3.6.1 MUST-13" },
  (stack) => {
    const t = tcp(stack);
    intoTimeWait(t);
    assert.equal(waiting(stack), 1);
    assert.equal(stack.core.pools().find((pool) => pool.name === "sockets")?.used, 1);
    t.quiet(DELAY - 1);
    assert.equal(waiting(stack), 1);
    t.quiet(2);
    assert.equal(waiting(stack), 0);
    t.in("F. 1:1(0) ack 2");
    t.out("R 2:2(0)");
  },
);

script("[CLS-2] the peer's FIN again is acknowledged, and 2 MSL begin anew", { rfc: "9293 §3.10.7.4" }, (stack) => {
  const t = tcp(stack);
  intoTimeWait(t);
  for (let i = 0; i < 5; i++) {
    t.quiet(DELAY - 1000);
    t.in("F. 1:1(0) ack 2");
    t.out(". 2:2(0) ack 2");
  }
  // Not limited as challenges are: each one is answered.
  for (let i = 0; i < 40; i++) {
    t.in("F. 1:1(0) ack 2");
    t.out(". 2:2(0) ack 2");
  }
  t.quiet(DELAY - 1);
  assert.equal(waiting(stack), 1);
  t.quiet(2);
  assert.equal(waiting(stack), 0);
});

script("[CLS-2] after a simultaneous close both sides wait", { rfc: "9293 §3.6 case 3" }, (stack) => {
  const t = tcp(stack);
  t.establish();
  t.close();
  t.out("F. 1:1(0) ack 1");
  t.in("F. 1:1(0) ack 1");
  t.out(". 2:2(0) ack 2");
  assert.equal(waiting(stack), 0);
  t.in(". 2:2(0) ack 2");
  assert.equal(waiting(stack), 1);
  t.quiet(DELAY + 1);
  assert.equal(waiting(stack), 0);
});

script(
  "[CLS-2] what is in the window is not answered; what is not, or acknowledges too much, is told where we are",
  { rfc: "9293 §3.10.7.4" },
  (stack) => {
    const t = tcp(stack);
    intoTimeWait(t);
    t.in(". 2:2(0) ack 2");
    t.in(". 2:2(0) ack 1");
    t.in("P. 2:12(10) ack 2");
    t.in("- 2:2(0)");
    stack.expectNothing();
    for (const segment of [". 1:1(0) ack 2", "P. 0:1(1) ack 2", ". 9000:9000(0) ack 2", ". 2:2(0) ack 3"]) {
      t.in(segment);
      t.out(". 2:2(0) ack 2 win 5839");
    }
  },
);

script(
  "[CLS-2] segments in TIME-WAIT carry timestamps, and old ones are told so",
  { rfc: "7323 §3.2, §5.3" },
  (stack) => {
    const t = tcp(stack);
    intoTimeWait(t, { timestamps: true });
    const recent = t.tsVal;
    stack.advance(10);
    t.in(`F. 1:1(0) ack 2 <TS val ${recent + 50} ecr *>`);
    t.out(`. 2:2(0) ack 2 <TS val * ecr ${recent + 50}>`);
    t.in(`P. 2:12(10) ack 2 <TS val ${recent + 49} ecr *>`);
    t.out(`. 2:2(0) ack 2 <TS val * ecr ${recent + 50}>`);
    // Without the option: nothing.
    t.in("F. 1:1(0) ack 2 <mss 1>");
    stack.expectNothing();
  },
);

script("[CLS-3] [ATK-107] a RST does not shorten TIME-WAIT, wherever it lies", { rfc: "1337" }, (stack) => {
  const t = tcp(stack);
  intoTimeWait(t);
  for (const seq of [2, 1, 3, 0, 1000, 5841, 5842, 100_000]) {
    t.in(`R ${seq}:${seq}(0)`);
    t.in(`R. ${seq}:${seq}(0) ack 2`);
    t.in(`SR ${seq}:${seq}(0)`);
  }
  stack.expectNothing();
  assert.equal(waiting(stack), 1);
  // Old data is still answered.
  t.in("P. 1:2(1) ack 2");
  t.out(". 2:2(0) ack 2");
  t.quiet(DELAY - 1);
  assert.equal(waiting(stack), 1);
});

script(
  "[CLS-2] a SYN beyond the old sequence numbers opens a new connection",
  { rfc: "9293 §3.6.1 MAY-2; 6191 §2" },
  (stack) => {
    const t = tcp(stack);
    intoTimeWait(t);
    const before = t.iss;
    const again = tcp(stack, { irs: (t.irs + 2) >>> 0, arp: false });
    again.listener = t.listener;
    again.in("S 0:0(0) <mss 1460>");
    again.out("S. 0:0(0) ack 1");
    assert(((again.iss - before) | 0) > 65_535, "our new numbers begin beyond the old ones");
    assert.equal(waiting(stack), 0);
    again.in(". 1:1(0) ack 1");
    again.accept();
    again.data(10);
    again.read(10);
    again.out(". 1:1(0) ack 11", { after: 100 });
  },
);

script("[CLS-2] a SYN among the old sequence numbers gets an ACK, and opens nothing", { rfc: "5961 §4.2" }, (stack) => {
  const t = tcp(stack);
  intoTimeWait(t);
  for (const seq of [1, 0, -1000, -0x7fff_0000]) {
    t.in(`S ${seq}:${seq}(0) <mss 1460>`);
    t.out(". 2:2(0) ack 2");
  }
  // A SYN-ACK is no opening, wherever it lies.
  t.in("S. 9999:9999(0) ack 2");
  t.out(". 2:2(0) ack 2");
  assert.equal(waiting(stack), 1);
  t.quiet(1000);
});

script("[CLS-2] timestamps decide before sequence numbers do", { rfc: "6191 §2" }, (stack) => {
  const t = tcp(stack);
  intoTimeWait(t, { timestamps: true, sackOK: true });
  const recent = t.tsVal;
  const syn = (irs: number, stamp: string): TcpConversation => {
    const next = tcp(stack, { irs: (t.irs + irs) >>> 0, arp: false });
    next.in(`S 0:0(0) <mss 1460${stamp}>`);
    return next;
  };
  const refused = (next: TcpConversation): void => {
    next.takeSegments();
    assert.equal(waiting(stack), 1);
  };
  const taken = (next: TcpConversation): void => {
    next.out("S. 0:0(0) ack 1");
    assert.equal(waiting(stack), 0);
  };
  stack.fork(
    // A later timestamp: whatever the sequence number.
    () => taken(syn(10, `,TS val ${recent + 1} ecr 0`)),
    () => taken(syn(-100_000, `,TS val ${recent + 1} ecr 0`)),
    // The same: the sequence number decides.
    () => taken(syn(2, `,TS val ${recent} ecr 0`)),
    () => refused(syn(1, `,TS val ${recent} ecr 0`)),
    // An older one: never.
    () => refused(syn(100_000, `,TS val ${recent - 1} ecr 0`)),
    // None: the sequence number decides.
    () => taken(syn(2, "")),
    () => refused(syn(1, "")),
  );
});

script("[CLS-2] a connection without timestamps gives way to a SYN with them", { rfc: "6191 §2" }, (stack) => {
  const t = tcp(stack);
  intoTimeWait(t);
  const next = tcp(stack, { irs: (t.irs - 100_000) >>> 0, arp: false });
  next.in("S 0:0(0) <mss 1460,TS val 5 ecr 0>");
  next.out("S. 0:0(0) ack 1");
  next.in("R 1:1(0)");
});

script("[CLS-2] a SYN does not end TIME-WAIT where nobody listens", { rfc: "9293 §3.6.1" }, (stack) => {
  const t = tcp(stack);
  intoTimeWait(t);
  stack.close(t.listener);
  t.in("S 5000:5000(0) <mss 1460>");
  t.out(". 2:2(0) ack 2");
  assert.equal(waiting(stack), 1);
});

script(
  "[CLS-2] the port of a connection in TIME-WAIT can be bound with SO_REUSEADDR, and not without",
  { rfc: "9293 §3.6.1" },
  (stack) => {
    const t = tcp(stack);
    intoTimeWait(t);
    stack.close(t.listener);
    const fd = stack.openTcp();
    assert.equal(
      stack.errno(() => stack.bind(fd, 8080)),
      "EADDRINUSE",
    );
    stack.bind(fd, 8081);
    const reuse = stack.openTcp();
    stack.setSocketOption(reuse, "SO_REUSEADDR", 1);
    stack.bind(reuse, 8080);
    stack.listen(reuse);
    stack.advance(DELAY);
    const plain = stack.openTcp();
    stack.close(reuse);
    stack.bind(plain, 8080);
  },
);

script(
  "[CLS-2] when all records are taken the oldest gives way",
  { settings: { NET_TCP_TIME_WAIT: 3, NET_TCP_TIME_WAIT_DELAY: 10_000 } },
  (stack) => {
    const first = tcp(stack);
    first.listen();
    const all = [0, 1, 2, 3].map((i) => {
      const t = i === 0 ? first : tcp(stack, { peerPort: 41_000 + i, arp: false });
      t.listener = first.listener;
      intoTimeWait(t);
      stack.advance(1000);
      return t;
    });
    assert.equal(waiting(stack), 3);
    all[0].in("F. 1:1(0) ack 2");
    all[0].out("R 2:2(0)");
    for (const t of all.slice(1)) {
      t.in("F. 1:1(0) ack 2");
      t.out(". 2:2(0) ack 2");
    }
    // The order is that of the last FIN.
    all[1].in("F. 1:1(0) ack 2");
    all[1].out(". 2:2(0) ack 2");
    const one = tcp(stack, { peerPort: 42_000, arp: false });
    one.listener = first.listener;
    intoTimeWait(one);
    all[2].in("F. 1:1(0) ack 2");
    all[2].out("R 2:2(0)");
    all[1].in("F. 1:1(0) ack 2");
    all[1].out(". 2:2(0) ack 2");
    stack.quiet(10_000);
    assert.equal(waiting(stack), 0);
  },
);

script(
  "[CLS-2] without TIME-WAIT the peer is a stranger at once",
  { settings: { NET_TCP_TIME_WAIT_DELAY: 0 } },
  (stack) => {
    const t = tcp(stack);
    intoTimeWait(t);
    assert.equal(waiting(stack), 0);
    t.in("F. 1:1(0) ack 2");
    t.out("R 2:2(0)");
  },
);

script(
  "[CLS-2] a connection opened by us waits as well, and its port is not drawn again",
  { settings: { NET_SOCKETS_LOCAL_PORT_MIN: 65_534 } },
  (stack) => {
    const t = tcp(stack);
    t.connect({ ephemeral: true });
    t.close();
    t.out("F. 1:1(0) ack 1");
    t.in("F. 1:1(0) ack 2");
    t.out(". 2:2(0) ack 2");
    assert.equal(waiting(stack), 1);
    const other = tcp(stack, { arp: false, peerPort: t.peerPort });
    other.connect({ ephemeral: true });
    assert.notEqual(other.port, t.port);
    other.abort();
    other.out("R. 1:1(0) ack 1");
  },
);
