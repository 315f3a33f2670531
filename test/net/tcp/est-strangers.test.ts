/** Segments where there is no connection, or not yet: the rows EST-4, EST-5, EST-6, EST-8, EST-14. */
import assert from "node:assert/strict";
import { script } from "../../harness/script.js";
import type { Stack } from "../../harness/stack.js";
import { tcp } from "../../harness/tcp-conversation.js";
import { tcpText } from "../../harness/tcp-script.js";

script("[EST-4] a closed port answers with a RST that fits the segment", { rfc: "9293 §3.10.7.1" }, (stack) => {
  const t = tcp(stack);
  // Without ACK: sequence number 0, and the whole segment is acknowledged.
  t.in("S 0:0(0) <mss 1460>");
  assert.equal(t.out("R. *(0) ack 1 win 0").tcp?.seq, 0);
  t.in("S 0:10(10)");
  assert.equal(t.out("R. *(0) ack 11").tcp?.seq, 0);
  t.in("SF 0:10(10)");
  assert.equal(t.out("R. *(0) ack 12").tcp?.seq, 0);
  t.in("P 5:15(10)");
  assert.equal(t.out("R. *(0) ack 15").tcp?.seq, 0);
  t.in("- 5:5(0)");
  assert.equal(t.out("R. *(0) ack 5").tcp?.seq, 0);
  // With ACK: the number that it acknowledges, and no ACK of ours.
  for (const flags of [".", "S.", "F.", "P.", "SFP."]) {
    t.in(`${flags} 5:15(10) ack 77`);
    const { tcp: segment } = t.out("R 77:77(0) win 0");
    assert.equal(segment?.ack, 0);
  }
  // A RST is never answered.
  for (const flags of ["R", "R.", "SR", "FR.", "SFRP."]) t.in(`${flags} 5:5(0) ack 77`);
  t.quiet(2000);
});

script(
  "[EST-5] in LISTEN a RST is ignored, an ACK is answered with a RST, anything without a SYN is dropped",
  { rfc: "9293 §3.10.7.2" },
  (stack) => {
    const t = tcp(stack);
    t.listen();
    for (const flags of ["R", "R.", "SR", "SR."]) t.in(`${flags} 0:0(0) ack 1`);
    stack.expectNothing();
    for (const flags of [".", "S.", "F.", "P.", "U.", "SF."]) {
      t.in(`${flags} 0:0(0) ack 99`);
      t.out("R 99:99(0)");
    }
    for (const flags of ["-", "F", "P", "FPU"]) t.in(`${flags} 0:10(10)`);
    t.quiet(2000);
    assert.equal(stack.core.pools().find((pool) => pool.name === "SYN queue")?.used, 0);
    t.establish();
  },
);

/** Begins a connection whose SYN has gone out. */
function synSent(stack: Stack, index: number) {
  const t = tcp(stack, { port: 8080 + index, arp: index === 0 });
  const call = t.beginConnect();
  t.out("S 0:0(0)");
  return { t, call };
}

script(
  "[EST-6] in SYN-SENT an acknowledgement of what was never sent is answered with a RST",
  { rfc: "9293 §3.10.7.3" },
  (stack) => {
    let index = 0;
    for (const flags of ["", "S", "F"]) {
      for (const ack of [0, 2, 0x7fff_0000]) {
        const { t, call } = synSent(stack, index++);
        t.in(`${flags}. 0:0(0) ack ${ack}`);
        t.out(`R ${ack}:${ack}(0)`);
        // With RST: nothing at all.
        t.in(`R. 0:0(0) ack ${ack}`);
        stack.expectNothing();
        assert(!call.done);
        t.in("R. 0:0(0) ack 1");
        stack.world.settle();
        assert.equal(call.errno, "ECONNREFUSED");
        stack.close(t.fd);
      }
    }
  },
);

script("[EST-6] in SYN-SENT only a RST with an acceptable ACK counts", { rfc: "9293 §3.10.7.3" }, (stack) => {
  const { t, call } = synSent(stack, 0);
  t.in("R 0:0(0)");
  t.in("SR 0:0(0)");
  stack.expectNothing();
  assert(!call.done);
  // Neither SYN nor RST: dropped.
  for (const flags of ["-", "F", "P"]) t.in(`${flags} 1:1(0)`);
  t.in(". 1:1(0) ack 1");
  t.in("F. 1:1(0) ack 1");
  stack.expectNothing();
  assert(!call.done);
  t.in("S. 0:0(0) ack 1 <mss 1460>");
  t.out(". 1:1(0) ack 1");
  call.value();
});

script("[EST-8] a SYN from or to many is dropped without a word", { rfc: "9293 §3.9.2.3 MUST-57" }, (stack) => {
  const t = tcp(stack);
  t.listen();
  const { peer } = stack;
  const ports = { srcPort: 40_000, dstPort: 8080, flags: "S" };
  const broadcast = "ff:ff:ff:ff:ff:ff";
  const frames = [
    // To broadcast and multicast addresses, in frames to us and to all.
    peer.tcp({ ...ports, ip: { dst: "10.0.2.255" } }),
    peer.tcp({ ...ports, ip: { dst: "10.0.2.255" }, eth: { dst: broadcast } }),
    peer.tcp({ ...ports, ip: { dst: "255.255.255.255" }, eth: { dst: broadcast } }),
    peer.tcp({ ...ports, ip: { dst: "224.0.0.1" }, eth: { dst: "01:00:5e:00:00:01" } }),
    // To us, but in a frame to all.
    peer.tcp({ ...ports, eth: { dst: broadcast } }),
    // From addresses that nobody has.
    ...["10.0.2.255", "255.255.255.255", "224.0.0.1", "0.0.0.0", "127.0.0.1", "240.0.0.1"].map((src) =>
      peer.tcp({ ...ports, ip: { src } }),
    ),
  ];
  for (const frame of frames) stack.inject(frame);
  t.quiet(10_000);
  assert.equal(stack.core.pools().find((pool) => pool.name === "SYN queue")?.highWater, 0);
});

script(
  "[EST-8] connect to a broadcast or multicast address is refused at once",
  { rfc: "9293 §3.9.2.3 MUST-46" },
  (stack) => {
    for (const ip of ["255.255.255.255", "10.0.2.255", "224.0.0.1", "239.1.2.3", "240.0.0.1"]) {
      const fd = stack.openTcp();
      assert.equal(
        stack.errno(() => stack.connect(fd, ip, 80)),
        "ENETUNREACH",
        ip,
      );
      stack.close(fd);
    }
    stack.quiet(3000);
  },
);

script("[EST-14] a SYN that claims to come from its own destination is dropped", { rfc: "9293 §3.9.2.3" }, (stack) => {
  const t = tcp(stack);
  t.listen();
  stack.inject(stack.peer.tcp({ srcPort: 8080, dstPort: 8080, flags: "S", seq: 1, ip: { src: stack.ip } }));
  stack.inject(stack.peer.tcp({ srcPort: 40_000, dstPort: 8080, flags: "S", seq: 1, ip: { src: stack.ip } }));
  t.quiet(10_000);
  t.establish();
});

script(
  "[EST-5] a SYN with a FIN opens a connection, and the FIN has to come again",
  { rfc: "9293 §3.10.7.2" },
  tcpText(`
    listen 8080
    < SF 0:0(0) win 1000 <mss 1460>
    > S. 0:0(0) ack 1
    < . 1:1(0) ack 1
    accept
    read EAGAIN
    < F. 1:1(0) ack 1
    > . 1:1(0) ack 2
    read end
  `),
);
