/** TCP Fast Open of a listener: the rows TFO-1 to TFO-6 (RFC 7413). Frames, calls and time; a cookie is computed here from the key. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { script } from "../../harness/script.js";
import { IPPROTO_TCP, POLLIN, POLLOUT, socketConstant } from "../../harness/socket-calls.js";
import type { Stack } from "../../harness/stack.js";
import { tcp } from "../../harness/tcp-conversation.js";
import {
  cookieOf,
  FAST,
  fastListener,
  infoOptions,
  infoRoundTrip,
  infoState,
  KEY,
  SYN_DATA,
  setKeys,
  sipHash,
} from "./fast-open.js";

const SECOND_KEY = "ffeeddccbbaa99887766554433221100";
const ESTABLISHED = 1;
const SYN_RECV = 3;

const cookie = (stack: Stack): string => cookieOf(stack.peer.ip, stack.ip);
const waits = (stack: Stack, fd: number): boolean => ((stack.poll([{ fd, events: POLLIN }], 0)[0] ?? 0) & POLLIN) !== 0;

test("the hash of this test is SipHash: the vector in appendix A of the paper", () => {
  const data = Uint8Array.from({ length: 15 }, (_, i) => i);
  assert.equal(sipHash("000102030405060708090a0b0c0d0e0f", data), 0xa129ca6149be45e5n);
});

script(
  "[TFO-1] a client that asks gets its cookie, and the handshake is the usual one",
  { ...FAST, rfc: "7413 §4.2.1" },
  (stack) => {
    const t = fastListener(stack);
    t.in("S 0:0(0) <mss 1460,sackOK,TS val 100 ecr 0,nop,wscale 7,fastopen>");
    t.out(`S. 0:0(0) ack 1 <mss 1460,sackOK,TS val 0 ecr 100,wscale 0,fastopen ${cookie(stack)}>`);
    assert(!waits(stack, t.listener));
    // Sent again, it goes without: the option may be what had it dropped.
    t.out("S. 0:0(0) ack 1 <mss 1460,sackOK,TS val * ecr 100,wscale 0>", { after: 1000 });
    t.in(". 1:1(0) ack 1");
    t.accept();
    assert.equal(infoOptions(stack, t.fd) & SYN_DATA, 0);
  },
);

script(
  "[TFO-1] data beside the question is not kept, and comes again after the handshake",
  { ...FAST, rfc: "7413 §4.2.1" },
  (stack) => {
    const t = fastListener(stack);
    t.in("S 0:10(10) <mss 1460,fastopen>");
    t.out(`S. 0:0(0) ack 1 <mss 1460,fastopen ${cookie(stack)}>`);
    t.in("P. 1:11(10) ack 1");
    t.accept();
    t.read(10);
    t.out(". 1:1(0) ack 11", { after: 100 });
  },
);

script(
  "[TFO-2] data with a cookie is there before the handshake ends, and so is the answer",
  { ...FAST, rfc: "7413 §4.2.2" },
  (stack) => {
    const t = fastListener(stack);
    t.in(`S 0:100(100) win 60000 <mss 1400,sackOK,TS val 100 ecr 0,nop,wscale 7,fastopen ${cookie(stack)}>`);
    t.out("S. 0:0(0) ack 101 win 5740 <mss 1460,sackOK,TS val 0 ecr 100,wscale 0>");
    assert(waits(stack, t.listener));
    t.accept();
    assert.equal(stack.peerAddress(t.fd).port, t.peerPort);
    assert.equal(infoState(stack, t.fd), SYN_RECV);
    assert.equal(infoOptions(stack, t.fd), SYN_DATA | 7);
    assert.equal(stack.poll([{ fd: t.fd, events: POLLIN | POLLOUT }], 0)[0], POLLIN | POLLOUT);
    t.read(100);
    t.send(200);
    t.out("P. 1:201(200) ack 101 <TS val * ecr 100>");
    // The window of the SYN is not scaled: 60,000, and ten segments of 1,388.
    t.in(". 101:101(0) ack 201 win 500");
    assert.equal(infoState(stack, t.fd), ESTABLISHED);
    t.data(10);
    t.read(10);
    t.out(". 201:201(0) ack 111", { after: 100 });
    t.send(3000);
    t.out(". 201:1589(1388) ack 111");
    t.out(". 1589:2977(1388) ack 111");
    t.ack();
    t.out("P. 2977:3201(224) ack 111");
    t.ack();
  },
);

script(
  "[TFO-2] the first round trip is that of the SYN-ACK, unless it had to go again",
  { ...FAST, rfc: "6298 §2.2" },
  (stack) => {
    const t = fastListener(stack);
    const measured = (peerPort: number, again: boolean): number => {
      const c = tcp(stack, { peerPort, arp: false });
      c.listener = t.listener;
      const syn = `S 0:0(0) <mss 1460,fastopen ${cookie(stack)}>`;
      c.in(syn);
      c.out("S. 0:0(0) ack 1");
      c.advance(30);
      if (again) {
        c.in(syn);
        c.out("S. 0:0(0) ack 1");
      }
      c.advance(10);
      c.in(". 1:1(0) ack 1");
      c.accept();
      return infoRoundTrip(stack, c.fd);
    };
    assert.equal(measured(41_200, false), 40_000);
    assert.equal(measured(41_201, true), 0);
  },
);

script(
  "[TFO-2] a SYN with a cookie and no data opens the connection all the same",
  { ...FAST, rfc: "7413 §4.2.2" },
  (stack) => {
    const t = fastListener(stack);
    t.in(`S 0:0(0) <mss 1460,fastopen ${cookie(stack)}>`);
    t.out("S. 0:0(0) ack 1 win 5840 <mss 1460>");
    t.accept();
    assert.equal(infoOptions(stack, t.fd) & SYN_DATA, 0);
    t.send(5);
    t.out("P. 1:6(5) ack 1");
    t.in("P. 1:4(3) ack 6");
    t.read(3);
    t.out(". 6:6(0) ack 4", { after: 100 });
  },
);

script("[TFO-2] the window of the SYN counts as it is, without its scale", { ...FAST, rfc: "7323 §2.2" }, (stack) => {
  const t = fastListener(stack);
  t.in(`S 0:10(10) win 300 <mss 1400,nop,wscale 7,fastopen ${cookie(stack)}>`);
  t.out("S. 0:0(0) ack 11 <mss 1460,wscale 0>");
  t.accept();
  t.send(1000);
  t.out(". 1:301(300) ack 11");
  t.advance(40);
  t.in(". 11:11(0) ack 301 win 300");
  t.out("P. 301:1001(700) ack 11");
  t.read(10);
  t.ack();
});

script("[TFO-2] a blocking recv waits through the handshake", FAST, (stack) => {
  const t = fastListener(stack);
  t.in(`S 0:0(0) <mss 1460,fastopen ${cookie(stack)}>`);
  t.out("S. 0:0(0) ack 1");
  t.accept();
  const call = stack.begin.recv(t.fd, 64);
  t.in("P. 1:11(10) ack 1");
  assert.equal(call.value().length, 10);
  t.advance(200);
  t.takeSegments();
});

script("[TFO-2] more than the window is not taken from a SYN", { ...FAST, rfc: "9293 §3.8.6" }, (stack) => {
  const t = fastListener(stack);
  stack.setSocketOption(t.listener, "SO_RCVBUF", 600);
  t.in(`S 0:1000(1000) <mss 1460,fastopen ${cookie(stack)}>`);
  t.out("S. 0:0(0) ack 601 win 0");
  t.accept();
  t.read(600);
  t.out(". 1:1(0) ack 601 win 600");
  t.in("P. 601:1001(400) ack 1");
  t.read(400);
  t.out(". 1:1(0) ack 1001");
  t.quiet(500);
});

script(
  "[TFO-3] a wrong cookie is answered with the right one, and nothing of the data is taken",
  { ...FAST, rfc: "7413 §4.2.2" },
  (stack) => {
    const right = cookie(stack);
    const t = fastListener(stack);
    const wrong = [
      "0000000000000000",
      `${right.slice(0, 15)}${right.endsWith("0") ? "1" : "0"}`,
      right.slice(0, 12),
      `${right}0000`,
      cookieOf(stack.ip, stack.peer.ip),
      cookieOf("10.0.2.3", stack.ip),
      cookieOf(stack.peer.ip, stack.ip, SECOND_KEY),
    ];
    for (const [i, given] of wrong.entries()) {
      const c = tcp(stack, { peerPort: 42_000 + i, arp: false });
      c.listener = t.listener;
      c.in(`S 0:20(20) <mss 1460,fastopen ${given}>`);
      c.out(`S. 0:0(0) ack 1 <mss 1460,fastopen ${right}>`);
      assert(!waits(stack, t.listener), given);
      c.in("P. 1:21(20) ack 1");
      c.accept();
      c.read(20);
      c.abort();
      c.out("R. 1:1(0) ack 21");
    }
  },
);

script("[TFO-3] an option of a wrong length says nothing, and neither does one on another segment", FAST, (stack) => {
  const t = fastListener(stack);
  const bad = ["raw 2203aa01", "raw 2205aabbcc010101", `raw 2214${"ab".repeat(18)}`];
  for (const [i, option] of bad.entries()) {
    const c = tcp(stack, { peerPort: 43_000 + i, arp: false });
    c.listener = t.listener;
    c.in(`S 0:5(5) <mss 1460,${option}>`);
    c.out("S. 0:0(0) ack 1 <mss 1460>");
    c.in(`. 1:1(0) ack 1 <fastopen ${cookie(stack)}>`);
    c.accept();
    c.abort();
    c.out("R. 1:1(0) ack 1");
  }
});

script("[TFO-3] the key: drawn at start, set, and with the one before it", { ...FAST, rfc: "7413 §4.1.2" }, (stack) => {
  const name = socketConstant("TCP_FASTOPEN_KEY");
  const fd = stack.openTcp();
  const drawn = stack.getOptionBytes(fd, IPPROTO_TCP, name, 32);
  assert.equal(drawn.length, 16);
  assert.notDeepEqual(drawn, new Uint8Array(16));
  setKeys(stack, fd, KEY);
  assert.equal(Buffer.from(stack.getOptionBytes(fd, IPPROTO_TCP, name, 32)).toString("hex"), KEY);
  setKeys(stack, fd, SECOND_KEY + KEY);
  assert.equal(Buffer.from(stack.getOptionBytes(fd, IPPROTO_TCP, name, 64)).toString("hex"), SECOND_KEY + KEY);
  assert.equal(stack.getOptionBytes(fd, IPPROTO_TCP, name, 5).length, 5);
  for (const length of [0, 4, 15, 17, 31, 33])
    assert.equal(
      stack.errno(() => setKeys(stack, fd, "00".repeat(length))),
      "EINVAL",
      String(length),
    );
  const t = tcp(stack);
  t.listen();
  stack.setSocketOption(t.listener, "TCP_FASTOPEN", 5);
  // A cookie of the old key counts, and the answer has one of the new.
  t.in(`S 0:5(5) <mss 1460,fastopen ${cookie(stack)}>`);
  t.out(`S. 0:0(0) ack 6 <mss 1460,fastopen ${cookieOf(stack.peer.ip, stack.ip, SECOND_KEY)}>`);
  t.accept();
  t.read(5);
  t.in(". 6:6(0) ack 1");
});

script(
  "[TFO-4] the SYN again gets the SYN-ACK again, and its data is not taken twice",
  { ...FAST, rfc: "9293 §3.10.7.4" },
  (stack) => {
    const t = fastListener(stack);
    const syn = `S 0:10(10) <mss 1460,fastopen ${cookie(stack)}>`;
    t.in(syn);
    t.out("S. 0:0(0) ack 11");
    t.accept();
    t.in(syn);
    t.out("S. 0:0(0) ack 11 <mss 1460>");
    // A client that has fallen back sends it bare.
    t.in("S 0:0(0) <mss 1460>");
    t.out("S. 0:0(0) ack 11 <mss 1460>");
    t.read(10);
    t.readError("EAGAIN");
    t.in("P. 11:21(10) ack 1");
    t.in(syn);
    // The handshake is over: a challenge.
    t.out(". 1:1(0) ack 21");
    t.read(10);
    t.quiet(500);
  },
);

script(
  "[TFO-4] without an answer the SYN-ACK comes again, the data of the application does not",
  { ...FAST, rfc: "7413 §4.2.2" },
  (stack) => {
    const t = fastListener(stack);
    t.in(`S 0:10(10) <mss 1460,fastopen ${cookie(stack)}>`);
    t.out("S. 0:0(0) ack 11");
    t.accept();
    t.send(50);
    t.out("P. 1:51(50) ack 11");
    t.out("S. 0:0(0) ack 11 <mss 1460>", { after: 1000 });
    t.out("S. 0:0(0) ack 11 <mss 1460>", { after: 2000 });
    // The client had dropped the data: it acknowledges the SYN alone, and gets it after a time-out (3 s after a lost SYN).
    t.in(". 11:11(0) ack 1");
    t.out("P. 1:51(50) ack 11", { after: 3000 });
    t.ack();
  },
);

script("[TFO-4] nobody answers: the connection ends with ETIMEDOUT", { ...FAST, variants: false }, (stack) => {
  const t = fastListener(stack);
  t.in(`S 0:10(10) <mss 1460,fastopen ${cookie(stack)}>`);
  t.out("S. 0:0(0) ack 11");
  t.accept();
  t.read(10);
  for (const after of [1000, 2000, 4000, 8000, 16_000]) t.out("S. 0:0(0) ack 11", { after });
  const call = stack.begin.recv(t.fd);
  t.quiet(31_990);
  assert(!call.done);
  t.quiet(20);
  assert.equal(call.errno, "ETIMEDOUT");
  assert.equal(
    stack.usedPools().find((pool) => pool.name === "SYN queue"),
    undefined,
  );
});

script(
  "[TFO-4] an ACK of anything else is answered with a RST, and a SYN elsewhere with an ACK",
  { ...FAST, rfc: "9293 §3.10.7.4" },
  (stack) => {
    const t = fastListener(stack);
    t.in(`S 0:10(10) <mss 1460,fastopen ${cookie(stack)}>`);
    t.out("S. 0:0(0) ack 11");
    t.accept();
    for (const ack of [0, 2, 1000]) {
      t.in(`. 11:11(0) ack ${ack}`);
      t.out(`R ${ack}:${ack}(0)`);
    }
    t.in("S 11:11(0) <mss 1460>");
    t.out(". 1:1(0) ack 11");
    t.in("- 11:12(1)");
    t.quiet(100);
    t.in(". 11:11(0) ack 1");
    t.read(10);
  },
);

script(
  "[TFO-5] no more connections than the limit are pending; beyond it the handshake is the usual one",
  { ...FAST, rfc: "7413 §5.1" },
  (stack) => {
    const t = fastListener(stack, 2);
    const others = [0, 1, 2].map((i) => {
      const c = tcp(stack, { peerPort: 44_000 + i, arp: false });
      c.listener = t.listener;
      c.in(`S 0:10(10) <mss 1460,fastopen ${cookie(stack)}>`);
      c.out(i < 2 ? "S. 0:0(0) ack 11 <mss 1460>" : "S. 0:0(0) ack 1 <mss 1460>");
      return c;
    });
    // As on Linux the option is not answered then, not even a question.
    const asking = tcp(stack, { peerPort: 44_003, arp: false });
    asking.in("S 0:0(0) <mss 1460,fastopen>");
    asking.out("S. 0:0(0) ack 1 <mss 1460>");
    asking.in("R 1:1(0)");
    // One that is done makes room for another.
    (others[0] as ReturnType<typeof tcp>).in(". 11:11(0) ack 1");
    t.in(`S 0:10(10) <mss 1460,fastopen ${cookie(stack)}>`);
    t.out("S. 0:0(0) ack 11 <mss 1460>");
    (others[2] as ReturnType<typeof tcp>).in("P. 1:11(10) ack 1");
    for (const c of others) {
      c.accept();
      c.read(10);
    }
    t.accept();
    t.in(". 11:11(0) ack 1");
    (others[1] as ReturnType<typeof tcp>).in(". 11:11(0) ack 1");
    stack.advance(200);
    stack.takeSent();
  },
);

script(
  "[TFO-5] a connection that a RST ends counts for another minute",
  { ...FAST, rfc: "7413 §5.1", late: true },
  (stack) => {
    const t = fastListener(stack, 2);
    const attack = (port: number, ack: number): void => {
      const c = tcp(stack, { peerPort: port, arp: false });
      c.in(`S 0:10(10) <mss 1460,fastopen ${cookie(stack)}>`);
      c.out(`S. 0:0(0) ack ${ack}`);
      c.in(`R ${ack}:${ack}(0)`);
      stack.expectNothing();
      if (stack.world.mode === "late") stack.advance(6);
    };
    attack(45_000, 11);
    stack.advance(10_000);
    attack(45_001, 11);
    // Both are gone, and the limit is reached.
    assert(!waits(stack, t.listener));
    attack(45_002, 1);
    stack.advance(58_000);
    attack(45_003, 1);
    stack.advance(3000);
    attack(45_004, 11);
  },
);

script(
  "[ATK-101] a flood of SYNs with good cookies takes no more than the limit",
  { ...FAST, rfc: "7413 §5.1", variants: false },
  (stack) => {
    const t = fastListener(stack, 2, 16);
    const old = tcp(stack, { peerPort: 39_999, arp: false });
    old.listener = t.listener;
    old.in("S 0:0(0) <mss 1460>");
    old.out("S. 0:0(0) ack 1");
    old.in(". 1:1(0) ack 1");
    old.accept();
    const good = cookie(stack);
    for (let i = 0; i < 2000; i++) {
      const options = [
        { kind: "mss" as const, value: 1460 },
        { kind: "fastopen" as const, cookie: Buffer.from(good, "hex") },
      ];
      const srcPort = 10_000 + i;
      stack.inject(stack.peer.tcp({ srcPort, dstPort: 8080, flags: "S", seq: 7, options }, "0123456789"));
      const acks = stack.takeSent().map(({ packet }) => (packet.tcp?.ack ?? 0) - 8);
      assert.deepEqual(acks, [i < 2 ? 10 : 0]);
      const sockets = stack.usedPools().find((pool) => pool.name === "sockets");
      // The listener, the old connection, and two of the flood.
      assert(sockets !== undefined && sockets.used <= 4, `${sockets?.used} sockets`);
    }
    old.data(10);
    old.read(10);
    stack.advance(200);
    assert.deepEqual(
      stack
        .takeSent()
        .map(({ packet }) => packet.tcp)
        .filter((segment) => segment?.dstPort === 39_999)
        .map((segment) => segment?.flags),
      ["."],
    );
    stack.advance(70_000);
    stack.takeSent();
  },
);

script(
  "[TFO-5] no socket or no receive buffer left: the handshake is the usual one, with the cookie",
  { settings: { NET_TCP_FASTOPEN: true, NET_MAX_CONTEXTS: 2, NET_TCP_RECV_BUFFERS: 1 } },
  (stack) => {
    const t = fastListener(stack);
    const first = tcp(stack, { peerPort: 46_000, arp: false });
    first.listener = t.listener;
    first.in(`S 0:10(10) <mss 1460,fastopen ${cookie(stack)}>`);
    first.out("S. 0:0(0) ack 11 <mss 1460>");
    first.in(". 11:11(0) ack 1");
    t.in(`S 0:10(10) <mss 1460,fastopen ${cookie(stack)}>`);
    t.out(`S. 0:0(0) ack 1 <mss 1460,fastopen ${cookie(stack)}>`);
    first.accept();
    first.read(10);
    first.abort();
    first.out("R. 1:1(0) ack 11");
    t.in("P. 1:11(10) ack 1");
    t.accept();
    t.read(10);
    t.out(". 1:1(0) ack 11", { after: 100 });
  },
);

script("[TFO-5] a full accept queue drops the SYN", FAST, (stack) => {
  const t = fastListener(stack, 5, 1);
  t.in(`S 0:10(10) <mss 1460,fastopen ${cookie(stack)}>`);
  t.out("S. 0:0(0) ack 11");
  const second = tcp(stack, { peerPort: 47_000, arp: false });
  second.in(`S 0:10(10) <mss 1460,fastopen ${cookie(stack)}>`);
  stack.expectNothing();
  t.in(". 11:11(0) ack 1");
  t.accept();
  t.read(10);
});

script("[TFO-6] a pending connection is read, closed and reset like any other", FAST, (stack) => {
  const t = fastListener(stack);
  const opened = (peerPort: number) => {
    const c = tcp(stack, { peerPort, arp: false });
    c.listener = t.listener;
    c.in(`S 0:10(10) <mss 1460,fastopen ${cookie(stack)}>`);
    c.out("S. 0:0(0) ack 11");
    c.accept();
    return c;
  };
  // Closed with everything read: a FIN, which the end of the handshake may acknowledge.
  const a = opened(48_000);
  a.read(10);
  a.close();
  a.out("F. 1:1(0) ack 11");
  a.in("F. 11:11(0) ack 2");
  a.out(". 2:2(0) ack 12");
  // Closed with unread data: a RST.
  const b = opened(48_001);
  b.close();
  b.out("R. 1:1(0) ack 11");
  b.quiet(3000);
  // Half closed: the FIN follows what is sent, and both are sent again once the handshake is over.
  const c = opened(48_002);
  c.send(5);
  c.out("P. 1:6(5) ack 11");
  c.shutdown("wr");
  c.out("F. 6:6(0) ack 11");
  c.in(". 11:11(0) ack 7");
  c.read(10);
  c.in("F. 11:11(0) ack 7");
  c.out(". 7:7(0) ack 12");
  c.readEnd();
  // A RST from the peer.
  const d = opened(48_003);
  d.in("R. 11:11(0) ack 1");
  d.read(10);
  d.readError("ECONNRESET");
  stack.close(d.fd);
});

script("[TFO-6] closing the listener resets what nobody has accepted, and leaves the rest", FAST, (stack) => {
  const t = fastListener(stack);
  t.in(`S 0:10(10) <mss 1460,fastopen ${cookie(stack)}>`);
  t.out("S. 0:0(0) ack 11");
  t.accept();
  const waiting = tcp(stack, { peerPort: 49_000, arp: false });
  waiting.in(`S 0:10(10) <mss 1460,fastopen ${cookie(stack)}>`);
  waiting.out("S. 0:0(0) ack 11");
  stack.close(t.listener);
  waiting.out("R. 1:1(0) ack 11");
  t.out("S. 0:0(0) ack 11", { within: 1001 });
  // Another one in its place has a limit of its own: the connection that is pending counts for nobody, nor does its RST.
  const next = fastListener(stack, 1, 5, 8081);
  assert.equal(next.listener, t.listener);
  for (const [i, end] of [
    [0, false],
    [1, true],
  ] as const) {
    if (end) t.in("R 11:11(0)");
    const c = tcp(stack, { port: 8081, peerPort: 49_200 + i, arp: false });
    c.listener = next.listener;
    c.in(`S 0:10(10) <mss 1460,fastopen ${cookie(stack)}>`);
    c.out("S. 0:0(0) ack 11");
    c.accept();
    c.read(10);
    c.in(". 11:11(0) ack 1");
  }
});

script("[TFO-6] a socket does not inherit the limit of the one that had its record before", FAST, (stack) => {
  const fd = stack.openTcp();
  stack.setSocketOption(fd, "TCP_FASTOPEN", 3);
  stack.close(fd);
  assert.equal(stack.getSocketOption(stack.openTcp(), "TCP_FASTOPEN"), 0);
});

script(
  "[TFO-6] ECN, and a SYN-ACK with what was agreed on",
  { settings: { ...FAST.settings, NET_TCP_ECN: true } },
  (stack) => {
    const t = fastListener(stack);
    t.in(`SEW 0:10(10) <mss 1460,fastopen ${cookie(stack)}>`);
    t.out("S.E 0:0(0) ack 11");
    t.accept();
    t.read(10);
    t.in("SEW 0:10(10) <mss 1460>");
    t.out("S.E 0:0(0) ack 11");
    t.in(". 11:11(0) ack 1");
  },
);

script("[TFO-1] without TCP_FASTOPEN, or without the option in the image, the option says nothing", FAST, (stack) => {
  const t = tcp(stack);
  t.listen();
  setKeys(stack, t.listener, KEY);
  t.in(`S 0:10(10) <mss 1460,fastopen ${cookie(stack)}>`);
  t.out("S. 0:0(0) ack 1 <mss 1460>");
  t.in("R 1:1(0)");
  stack.setSocketOption(t.listener, "TCP_FASTOPEN", 3);
  stack.setSocketOption(t.listener, "TCP_FASTOPEN", 0);
  t.peerPort += 1;
  t.in("S 0:0(0) <mss 1460,fastopen>");
  t.out("S. 0:0(0) ack 1 <mss 1460>");
  t.in("R 1:1(0)");
});

script("[TFO-1] an image without it does not know the option", {}, (stack) => {
  const t = tcp(stack);
  t.listen();
  for (const name of ["TCP_FASTOPEN", "TCP_FASTOPEN_CONNECT", "TCP_FASTOPEN_NO_COOKIE"]) {
    assert.equal(
      stack.errno(() => stack.setSocketOption(t.listener, name, 1)),
      "ENOPROTOOPT",
      name,
    );
    assert.equal(
      stack.errno(() => stack.getSocketOption(t.listener, name)),
      "ENOPROTOOPT",
      name,
    );
  }
  assert.equal(
    stack.errno(() => setKeys(stack, t.listener, KEY)),
    "ENOPROTOOPT",
  );
  t.in("S 0:10(10) <mss 1460,fastopen>");
  t.out("S. 0:0(0) ack 1 <mss 1460>");
  t.in("R 1:1(0)");
});

script("[TFO-6] TCP_FASTOPEN_NO_COOKIE: data of every SYN is taken", FAST, (stack) => {
  const t = fastListener(stack);
  stack.setSocketOption(t.listener, "TCP_FASTOPEN_NO_COOKIE", 1);
  t.in("S 0:10(10) <mss 1460>");
  t.out("S. 0:0(0) ack 11 <mss 1460>");
  t.accept();
  t.read(10);
  t.in(". 11:11(0) ack 1");
  // Without data and option it is an ordinary SYN.
  const plain = tcp(stack, { peerPort: 49_100, arp: false });
  plain.in("S 0:0(0) <mss 1460>");
  plain.out("S. 0:0(0) ack 1");
  assert(!waits(stack, t.listener));
  plain.in("R 1:1(0)");
  // A question is no reason to wait for the handshake, as on Linux.
  const asking = tcp(stack, { peerPort: 49_101, arp: false });
  asking.in("S 0:0(0) <mss 1460,fastopen>");
  asking.out("S. 0:0(0) ack 1 <mss 1460>");
  assert(waits(stack, t.listener));
  asking.in("R 1:1(0)");
});

script("[TFO-6] the options and their errors", { ...FAST, variants: false }, (stack) => {
  const fd = stack.openTcp();
  const set = (name: string, value: number, on = fd) => stack.errno(() => stack.setSocketOption(on, name, value));
  assert.equal(stack.getSocketOption(fd, "TCP_FASTOPEN"), 0);
  assert.equal(set("TCP_FASTOPEN", -1), "EINVAL");
  stack.setSocketOption(fd, "TCP_FASTOPEN", 7);
  assert.equal(stack.getSocketOption(fd, "TCP_FASTOPEN"), 7);
  stack.setSocketOption(fd, "TCP_FASTOPEN", 100_000);
  assert.equal(stack.getSocketOption(fd, "TCP_FASTOPEN"), 128);
  stack.bind(fd, 8080);
  stack.listen(fd);
  stack.setSocketOption(fd, "TCP_FASTOPEN", 3);
  assert.equal(set("TCP_FASTOPEN_CONNECT", 1), "EINVAL");
  for (const name of ["TCP_FASTOPEN_CONNECT", "TCP_FASTOPEN_NO_COOKIE"]) {
    const one = stack.openTcp();
    for (const value of [2, -1]) assert.equal(set(name, value, one), "EINVAL");
    stack.setSocketOption(one, name, 1);
    assert.equal(stack.getSocketOption(one, name), 1);
    stack.setSocketOption(one, name, 0);
    assert.equal(stack.getSocketOption(one, name), 0);
    stack.close(one);
  }
  const t = tcp(stack, { peerPort: 41_111 });
  t.listener = fd;
  t.establish();
  for (const name of ["TCP_FASTOPEN", "TCP_FASTOPEN_CONNECT", "TCP_FASTOPEN_NO_COOKIE"])
    assert.equal(set(name, 1, t.fd), "EINVAL", name);
  assert.equal(stack.getSocketOption(t.fd, "TCP_FASTOPEN"), 0);
});
