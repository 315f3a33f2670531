/** Explicit congestion notification (RFC 3168 §6.1), with CONFIG_NET_TCP_ECN. */
import assert from "node:assert/strict";
import { script } from "../../harness/script.js";
import { tcp } from "../../harness/tcp-conversation.js";

const ON = { NET_TCP_ECN: true };
/** Codepoints in the type of service: ECT(0), ECT(1), congestion experienced. */
const ECT_0 = 2;
const ECT_1 = 1;
const CE = 3;

script(
  "ECN: agreed to on a SYN that asks; data is marked as capable, nothing else is",
  { rfc: "3168 §6.1.1, §6.1.4", settings: ON },
  (stack) => {
    const t = tcp(stack);
    t.listen();
    t.in("SEW 0:0(0) <mss 1460>");
    t.out("S.E 0:0(0) ack 1", { ip: { tos: 0 } });
    t.in(". 1:1(0) ack 1");
    t.accept();
    t.send(100);
    t.out("P. 1:101(100) ack 1", { ip: { tos: ECT_0 } });
    t.ack();
    t.in("P. 1:11(10) ack 101");
    t.out(". 101:101(0) ack 11", { after: 100, ip: { tos: 0 } });
    t.read(10);
    t.shutdown();
    t.out("F. 101:101(0) ack 11", { ip: { tos: 0 } });
    t.ack();
  },
);

script("ECN: what is sent again is not marked", { rfc: "3168 §6.1.5", settings: ON }, (stack) => {
  const t = tcp(stack);
  t.establish({ ecn: true });
  t.send(100);
  t.out("P. 1:101(100) ack 1", { ip: { tos: ECT_0 } });
  stack.untilSent(1500);
  t.out("P. 1:101(100) ack 1", { ip: { tos: 0 } });
  t.ack();
});

script(
  "ECN: a mark is echoed until the peer says that it has slowed down",
  { rfc: "3168 §6.1.3", settings: ON },
  (stack) => {
    for (const [index, timestamps] of [false, true].entries()) {
      const t = tcp(stack, { port: 8080 + index });
      t.establish({ ecn: true, timestamps });
      t.in("P. 1:11(10) ack 1", { ip: { tos: ECT_0 } });
      t.out(". 1:1(0) ack 11", { after: 100 });
      t.in("P. 11:21(10) ack 1", { ip: { tos: CE } });
      t.out(".E 1:1(0) ack 21", { within: 100 });
      t.in("P. 21:31(10) ack 1", { ip: { tos: ECT_1 } });
      t.out(".E 1:1(0) ack 31", { within: 100 });
      // On data of ours, too.
      t.send(10);
      t.out("P.E 1:11(10) ack 31");
      t.in(". 31:31(0) ack 11");
      t.in("P.W 31:41(10) ack 11", { ip: { tos: ECT_0 } });
      t.out(". 11:11(0) ack 41", { within: 100 });
      // Another mark on the very segment with CWR begins it anew.
      t.in("P.W 41:51(10) ack 11", { ip: { tos: CE } });
      t.out(".E 11:11(0) ack 51", { within: 100 });
      t.read(50);
    }
  },
);

script(
  "ECN: the peer's echo halves the congestion window once a round trip, and is answered with CWR",
  { rfc: "3168 §6.1.2", settings: ON },
  (stack) => {
    const t = tcp(stack);
    t.establish({ ecn: true });
    t.send(5840);
    for (const at of [1, 1461, 2921]) t.out(`. ${at}(1460) ack 1`);
    t.out("P. 4381:5841(1460) ack 1");
    t.in(".E 1:1(0) ack 1461");
    t.in(".E 1:1(0) ack 2921");
    t.in(".E 1:1(0) ack 5841");
    t.send(5840);
    const burst = t.takeSegments();
    assert.ok(burst.length > 0 && burst.length < 4, `${burst.length} segments: the window is smaller`);
    assert.ok(burst[0]?.flags.includes("W"), "the first new segment says CWR");
    assert.ok(
      burst.slice(1).every(({ flags }) => !flags.includes("W")),
      "once",
    );
    t.in(". 1:1(0) ack *");
    for (let round = 0; round < 10; round++) {
      stack.advance(10);
      const more = t.takeSegments();
      assert.ok(more.every(({ flags }) => !flags.includes("W")));
      t.ack();
    }
    assert.equal(t.stackNext, 11_681, "everything was sent");
  },
);

script("ECN: not asked for, marks and flags mean nothing", { rfc: "3168 §6.1.1", settings: ON }, (stack) => {
  const t = tcp(stack);
  t.establish();
  t.in("P. 1:11(10) ack 1", { ip: { tos: CE } });
  t.out(". 1:1(0) ack 11", { within: 100, ip: { tos: 0 } });
  t.in("P.EW 11:21(10) ack 1");
  t.out(". 1:1(0) ack 21", { within: 100 });
  t.read(20);
  t.send(1460);
  t.out("P. 1:1461(1460) ack 21", { ip: { tos: 0 } });
  t.in(".E 21:21(0) ack 1461");
  t.send(5840);
  assert.equal(t.takeSegments().length, 4, "the window is as it was");
  t.ack();
});

script(
  "ECN: we ask on our SYN; only ECE alone on the SYN-ACK agrees",
  { rfc: "3168 §6.1.1", settings: ON },
  (stack) => {
    for (const [index, [answer, agreed]] of (
      [
        ["S.E", true],
        ["S.", false],
        ["S.EW", false],
        ["S.W", false],
      ] as const
    ).entries()) {
      const t = tcp(stack, { port: 9000 + index });
      const call = t.beginConnect();
      t.out("SEW 0:0(0)", { ip: { tos: 0 } });
      t.in(`${answer} 0:0(0) ack 1 <mss 1460>`);
      t.out(". 1:1(0) ack 1");
      call.value();
      t.send(100);
      t.out("P. 1:101(100) ack 1", { ip: { tos: agreed ? ECT_0 : 0 } });
      t.ack();
      t.in("R *(0)");
      t.close();
    }
  },
);

script("ECN: a SYN that gets no answer asks without it in the end", { rfc: "3168 §6.1.1.1", settings: ON }, (stack) => {
  const t = tcp(stack);
  const call = t.beginConnect();
  t.out("SEW 0:0(0)");
  let flags = "";
  for (let round = 0; round < 4; round++) {
    stack.untilSent(20_000);
    flags = t.takeSegments()[0]?.flags ?? "";
  }
  assert.equal(flags, "S");
  t.in("S. 0:0(0) ack 1 <mss 1460>");
  t.out(". 1:1(0) ack 1");
  call.value();
});

script("ECN: not built in, it is not agreed to and marks do nothing", { rfc: "3168 §6.1.1" }, (stack) => {
  const t = tcp(stack);
  t.listen();
  t.in("SEW 0:0(0) <mss 1460>");
  t.out("S. 0:0(0) ack 1", { ip: { tos: 0 } });
  t.in(". 1:1(0) ack 1");
  t.accept();
  t.in("P. 1:11(10) ack 1", { ip: { tos: CE } });
  t.out(". 1:1(0) ack 11", { within: 100 });
  t.read(10);
});

script("ECN: IP_TOS does not reach the two bits", { rfc: "3168 §5", settings: ON }, (stack) => {
  const t = tcp(stack);
  t.establish({ ecn: true });
  stack.setSocketOption(t.fd, "IP_TOS", 0xff);
  assert.equal(stack.getSocketOption(t.fd, "IP_TOS"), 0xfc);
  t.send(100);
  t.out("P. 1:101(100) ack 1", { ip: { tos: 0xfc | ECT_0 } });
  stack.untilSent(1500);
  t.out("P. 1:101(100) ack 1", { ip: { tos: 0xfc } });
  t.ack();
});
