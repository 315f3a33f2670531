/** Opening a connection: the rows EST-1, EST-2, EST-3, EST-10, EST-12, EST-13. The stack's SYN-ACK, and what completes it. */
import assert from "node:assert/strict";
import { script } from "../../harness/script.js";
import { tcp } from "../../harness/tcp-conversation.js";
import { tcpText } from "../../harness/tcp-script.js";

const LINUX_SYN = "S 0:0(0) win 64240 <mss 1460,sackOK,TS val 100 ecr 0,nop,wscale 7>";

script(
  "[EST-1] a passive open: SYN, SYN-ACK with what both sides have, ACK",
  { rfc: "9293 §3.5" },
  tcpText(`
    listen 8080
    < S 0:0(0) win 64240 <mss 1460,sackOK,TS val 100 ecr 0,nop,wscale 7>
    > S. 0:0(0) ack 1 win 5840 <mss 1460,sackOK,TS val 0 ecr 100,nop,wscale 0>
    < . 1:1(0) ack 1
    accept
    quiet 3.0
    < P. 1:101(100) ack 1
    read 100
    +.1 > . 1:1(0) ack 101
  `),
);

script("[EST-1] the options of a SYN-ACK are those of the SYN, in Linux's order", { rfc: "7323 §1.3" }, (stack) => {
  const cases: readonly [string, string][] = [
    ["", "mss 1460"],
    ["<mss 1000>", "mss 1460"],
    ["<sackOK>", "mss 1460,sackOK"],
    ["<wscale 3>", "mss 1460,wscale 0"],
    ["<TS val 7 ecr 0>", "mss 1460,TS val 0 ecr 7"],
    ["<TS val 7 ecr 0,wscale 14>", "mss 1460,TS val 0 ecr 7,wscale 0"],
    ["<sackOK,wscale 3>", "mss 1460,sackOK,wscale 0"],
    ["<mss 536,sackOK,TS val 7 ecr 0,nop,wscale 3>", "mss 1460,sackOK,TS val 0 ecr 7,wscale 0"],
  ];
  const listener = tcp(stack);
  listener.listen();
  for (const [index, [options, expected]] of cases.entries()) {
    const t = tcp(stack, { peerPort: 41_000 + index, arp: false });
    t.in(`S 0:0(0) ${options}`);
    t.out(`S. 0:0(0) ack 1 <${expected}>`);
    t.in("R 1:1(0)");
  }
  const t = tcp(stack, { peerPort: 42_000, arp: false });
  t.in(LINUX_SYN);
  const { tcp: segment } = t.out("S. 0:0(0) ack 1");
  // mss, sackOK, timestamps, nop, wscale.
  const bytes = Buffer.from(segment?.optionBytes ?? []);
  assert.equal(bytes.subarray(0, 8).toString("hex"), "020405b40402080a");
  assert.equal(bytes.subarray(16).toString("hex"), "01030300");
  t.in("R 1:1(0)");
});

script(
  "[EST-1] the window of the ACK that completes is scaled, that of the SYN is not",
  { rfc: "7323 §2.2" },
  (stack) => {
    const t = tcp(stack);
    t.listen();
    t.in("S 0:0(0) win 65535 <mss 1460,wscale 7>");
    t.out("S. 0:0(0) ack 1");
    t.in(". 1:1(0) ack 1 win 10");
    t.accept();
    t.send(2000);
    t.out(". 1:1281(1280) ack 1");
    stack.expectNothing();
    t.in(". 1:1(0) ack 1281 win 10");
    t.out("P. 1281:2001(720) ack 1");
    t.ack();
  },
);

script("[EST-1] TCP_MAXSEG of the listener is in the SYN-ACK", { rfc: "9293 §3.7.1" }, (stack) => {
  const t = tcp(stack);
  t.listen();
  stack.setSocketOption(t.listener, "TCP_MAXSEG", 700);
  t.in("S 0:0(0) <mss 1460>");
  t.out("S. 0:0(0) ack 1 <mss 700>");
  t.in(". 1:1(0) ack 1");
  t.accept();
  t.send(1000);
  t.out(". 1:701(700) ack 1");
  t.ack();
  t.out("P. 701:1001(300) ack 1");
  t.ack();
});

script("[EST-1] SO_RCVBUF of the listener is the window of its connections", { rfc: "9293 §3.8.6" }, (stack) => {
  const t = tcp(stack);
  t.listen();
  stack.setSocketOption(t.listener, "SO_RCVBUF", 2000);
  t.in("S 0:0(0) <mss 1460>");
  t.out("S. 0:0(0) ack 1 win 2000");
  t.in(". 1:1(0) ack 1");
  t.accept();
  t.in(". 1:1001(1000) ack 1");
  t.in("P. 1001:2001(1000) ack 1");
  t.out(". 1:1(0) ack 2001 win 0");
  t.read(2000);
  t.out(". 1:1(0) ack 2001 win 2000");
});

script(
  "[EST-1] a buffer beyond 65,535 bytes is scaled, but not in the SYN-ACK",
  { rfc: "7323 §2.2", settings: { NET_TCP_RECV_BUFFER: 200_000 } },
  (stack) => {
    const t = tcp(stack);
    t.listen();
    t.in("S 0:0(0) <mss 1460,wscale 2>");
    t.out("S. 0:0(0) ack 1 win 65535 <mss 1460,wscale 2>");
    t.in(". 1:1(0) ack 1");
    t.accept();
    // Without the option of the peer nothing is scaled.
    const plain = tcp(stack, { peerPort: 41_000, arp: false });
    plain.in("S 0:0(0) <mss 1460>");
    plain.out("S. 0:0(0) ack 1 win 65535 <mss 1460>");
    plain.in("R 1:1(0)");
  },
);

script("[EST-1] without ECN an ECN-setup SYN is answered as a plain one", { rfc: "3168 §6.1.1" }, (stack) => {
  const t = tcp(stack);
  t.listen();
  t.in("SEW 0:0(0) <mss 1460>");
  t.out("S. 0:0(0) ack 1");
  t.in("R 1:1(0)");
});

script(
  "[EST-1] an ECN-setup SYN is answered with an ECN-setup SYN-ACK, half of one is not",
  { rfc: "3168 §6.1.1", settings: { NET_TCP_ECN: true } },
  (stack) => {
    const t = tcp(stack);
    t.listen();
    t.in("SEW 0:0(0) <mss 1460>");
    t.out("S.E 0:0(0) ack 1");
    t.in("R 1:1(0)");
    for (const [index, flags] of ["SE", "SW"].entries()) {
      const other = tcp(stack, { peerPort: 41_000 + index, arp: false });
      other.in(`${flags} 0:0(0) <mss 1460>`);
      other.out("S. 0:0(0) ack 1");
      other.in("R 1:1(0)");
    }
  },
);

script(
  "[EST-1] a peer whose SYN comes again without ECN does not get it",
  { rfc: "3168 §6.1.1", settings: { NET_TCP_ECN: true } },
  (stack) => {
    const t = tcp(stack);
    t.listen();
    t.in("SEW 0:0(0) <mss 1460>");
    t.out("S.E 0:0(0) ack 1");
    t.in("S 0:0(0) <mss 1460>");
    t.out("S. 0:0(0) ack 1");
    t.in(". 1:1(0) ack 1");
    t.accept();
    t.send(10);
    t.out("P. 1:11(10) ack 1", { ip: { tos: 0 } });
    t.ack();
  },
);

script("[EST-1] the SYN again gets the same SYN-ACK, at once and each time", { rfc: "9293 §3.5" }, (stack) => {
  const t = tcp(stack);
  t.listen();
  t.in(LINUX_SYN);
  t.out("S. 0:0(0) ack 1 <mss 1460,sackOK,TS val 0 ecr 100,wscale 0>");
  const iss = t.iss;
  for (let i = 1; i <= 4; i++) {
    t.advance(200);
    t.in(LINUX_SYN.replace("val 100", `val ${100 + i}`));
    const { tcp: segment } = t.out("S. 0:0(0) ack 1");
    assert.equal(segment?.seq, iss);
    assert.equal(segment?.options.find((option) => option.kind === "TS")?.kind, "TS");
  }
  t.in(". 1:1(0) ack 1");
  t.accept();
  stack.expectNothing();
});

script("[EST-1] an active open: SYN with all options, the SYN-ACK is acknowledged", { rfc: "9293 §3.5" }, (stack) => {
  const t = tcp(stack);
  const call = t.beginConnect();
  t.out("S 0:0(0) win 5840 <mss 1460,sackOK,TS val 0 ecr 0,nop,wscale 0>");
  assert(!call.done);
  t.in("S. 0:0(0) ack 1 win 8000 <mss 1000,sackOK,TS val 70 ecr 0,nop,wscale 2>");
  t.out(". 1:1(0) ack 1 <nop,nop,TS val * ecr 70>");
  call.value();
  t.send(10);
  t.out("P. 1:11(10) ack 1");
  t.ack();
});

script("[EST-2] a simultaneous open makes one connection", { rfc: "9293 §3.5 MUST-10" }, (stack) => {
  for (const flags of ["S.", "."]) {
    const t = tcp(stack, { port: flags === "." ? 8080 : 8081, arp: flags !== "." });
    const call = t.beginConnect();
    t.out("S 0:0(0)");
    t.in("S 0:0(0) <mss 1460>");
    t.out("S. 0:0(0) ack 1");
    assert(!call.done);
    t.in(flags === "." ? ". 1:1(0) ack 1" : "S. 0:0(0) ack 1 <mss 1460>");
    stack.takeSent(); // an ACK of the repeated SYN may go out
    call.value();
    t.send(5);
    t.out("P. 1:6(5) ack 1");
    t.in("P. 1:6(5) ack 6");
    t.read(5);
    t.abort();
    t.out("R. 6:6(0) ack 6");
  }
});

script(
  "[EST-3] a RST ends a half-open connection: back to LISTEN, and nobody hears of it",
  { rfc: "9293 §3.10.7.4 MUST-11" },
  (stack) => {
    const t = tcp(stack);
    t.listen();
    t.in("S 0:0(0) <mss 1460>");
    t.out("S. 0:0(0) ack 1");
    t.in("R 1:1(0)");
    t.quiet(5000);
    assert(!stack.begin.accept(t.listener).done);
    // The ACK that comes too late belongs to nothing.
    t.in(". 1:1(0) ack 1");
    t.out("R 1:1(0)");
  },
);

script("[EST-3] a RST ends a simultaneous open with ECONNREFUSED", { rfc: "9293 §3.10.7.4 MUST-11" }, (stack) => {
  const t = tcp(stack);
  const call = t.beginConnect();
  t.out("S 0:0(0)");
  t.in("S 0:0(0) <mss 1460>");
  t.out("S. 0:0(0) ack 1");
  t.in("R 1:1(0)");
  stack.world.settle();
  assert.equal(call.errno, "ECONNREFUSED");
  t.quiet(5000);
});

script(
  "[EST-10] data on a SYN is not kept, and comes again after the handshake",
  { rfc: "9293 §3.10.7.4" },
  (stack) => {
    const t = tcp(stack);
    t.listen();
    t.in("S 0:10(10) <mss 1460>", { payload: "0123456789" });
    t.out("S. 0:0(0) ack 1");
    assert(!stack.poll([{ fd: t.listener, events: 1 }], 0)[0]);
    t.in(". 1:1(0) ack 1");
    t.accept();
    t.readError("EAGAIN");
    t.in("P. 1:11(10) ack 1", { payload: "0123456789" });
    t.readBytes("0123456789");
    t.out(". 1:1(0) ack 11", { after: 100 });
  },
);

script(
  "[EST-12] in SYN-RECEIVED an ACK of anything but the SYN is answered with a RST",
  { rfc: "9293 §3.10.7.4" },
  (stack) => {
    const t = tcp(stack);
    t.listen();
    t.in("S 0:0(0) <mss 1460>");
    t.out("S. 0:0(0) ack 1");
    for (const ack of [0, 2, 1000, 0x8000_0000]) {
      t.in(`. 1:1(0) ack ${ack}`);
      t.out(`R ${ack}:${ack}(0)`);
    }
    t.in(". 1:1(0) ack 1");
    t.accept();
    stack.expectNothing();
  },
);

script("[EST-12] the ACK that completes may bring data and a FIN", { rfc: "9293 §3.10.7.4" }, (stack) => {
  const t = tcp(stack);
  t.listen();
  t.in("S 0:0(0) <mss 1460>");
  t.out("S. 0:0(0) ack 1");
  t.in("FP. 1:101(100) ack 1");
  t.out(". 1:1(0) ack 102");
  t.accept();
  t.read(100);
  t.readEnd();
  t.close();
  t.out("F. 1:1(0) ack 102");
  t.in(". 102:102(0) ack 2");
});

script("[EST-12] the data is enough when the ACK was lost", { rfc: "9293 §3.10.7.4" }, (stack) => {
  const t = tcp(stack);
  t.listen();
  t.in("S 0:0(0) <mss 1460>");
  t.out("S. 0:0(0) ack 1");
  // The second segment comes first.
  t.in("P. 101:201(100) ack 1");
  t.out(". 1:1(0) ack 1");
  t.accept();
  t.in(". 1:101(100) ack 1");
  t.out(". 1:1(0) ack 201");
  t.read(200);
});

script(
  "[EST-12] [ATK-107] in SYN-RECEIVED blind segments are dropped, challenged or answered",
  { rfc: "5961 §3.2, §4.2" },
  (stack) => {
    const t = tcp(stack);
    t.listen();
    t.in("S 0:0(0) <mss 1460>");
    t.out("S. 0:0(0) ack 1");
    // Outside the window: a RST is dropped, everything else is told where we are.
    t.in("R 7000:7000(0)");
    t.in(`R 0:0(0)`);
    stack.expectNothing();
    t.in(". 7000:7000(0) ack 1");
    t.out(". 1:1(0) ack 1 win 5840");
    // In the window, but not exact.
    t.in("R 2:2(0)");
    t.out(". 1:1(0) ack 1");
    t.in("R 5840:5840(0)");
    t.out(". 1:1(0) ack 1");
    // Another SYN, in the window and outside.
    t.in("S 5:5(0) <mss 1460>");
    t.out(". 1:1(0) ack 1");
    t.in("S 100000:100000(0) <mss 1460>");
    t.out(". 1:1(0) ack 1");
    // Nothing without an ACK opens anything.
    t.in("P 1:11(10)");
    t.in("F 1:1(0)");
    stack.expectNothing();
    t.in(". 1:1(0) ack 1");
    t.accept();
    stack.expectNothing();
  },
);

script(
  "[EST-12] in SYN-RECEIVED old timestamps and missing ones do not complete the handshake",
  { rfc: "7323 §5.3" },
  (stack) => {
    const t = tcp(stack);
    t.listen();
    t.in(LINUX_SYN);
    t.out("S. 0:0(0) ack 1");
    t.in(". 1:1(0) ack 1 <TS val 99 ecr 0>");
    t.out(". 1:1(0) ack 1 <TS val 0 ecr 100>");
    t.in("P. 1:11(10) ack 1 <mss 1>");
    stack.expectNothing();
    t.in(". 1:1(0) ack 1 <TS val 100 ecr 0>");
    t.accept();
    stack.expectNothing();
  },
);

script(
  "[EST-13] many peers on one port do not disturb each other",
  { rfc: "9293 §3.9.1", settings: { NET_MAX_CONTEXTS: 8, ZVFS_OPEN_MAX: 12 } },
  (stack) => {
    const listener = tcp(stack);
    listener.listen();
    const all = [0, 1, 2, 3].map((index) => {
      const station = stack.station({ mac: `02:00:00:00:00:a${index >> 1}`, ip: `10.0.2.${100 + (index >> 1)}` });
      const t = tcp(stack, { peer: station, peerPort: 40_000 + (index & 1) });
      t.listener = listener.listener;
      return t;
    });
    for (const t of all) t.in("S 0:0(0) <mss 1460>");
    for (const t of all) t.out("S. 0:0(0) ack 1");
    // Accepted in the order in which they were completed.
    const order = [2, 0, 3, 1].map((index) => all[index]);
    for (const t of order) t.in(". 1:1(0) ack 1");
    for (const t of order) t.accept();
    for (const t of all) t.in("P. 1:51(50) ack 1");
    for (const t of all) {
      t.read(50);
      assert.deepEqual(stack.peerAddress(t.fd), { ip: t.peer.ip, port: t.peerPort });
      assert.deepEqual(stack.localAddress(t.fd), { ip: stack.ip, port: 8080 });
    }
    // One is reset, the others go on.
    all[1].in("R 51:51(0)");
    all[1].readError("ECONNRESET");
    for (const t of [all[0], all[2], all[3]]) {
      t.send(20);
      t.out("P. 1:21(20) ack 51");
      t.ack();
    }
  },
);
