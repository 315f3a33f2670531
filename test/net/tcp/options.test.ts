/** Options of segments that arrive (RFC 9293 §3.1, §3.2): the rows TCP-3 to TCP-6, and the attacks on option parsers. */
import { script } from "../../harness/script.js";
import { tcp } from "../../harness/tcp-conversation.js";

const RFC = { rfc: "9293 §3.1, §3.2" };

/** `bytes` as text for `<raw …>`. */
function raw(...bytes: readonly number[]): string {
  return `raw ${bytes.map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}

script("[TCP-3] options are taken in any order, with NOPs and an end between and behind them", RFC, (stack) => {
  const wanted = "mss 1460,sackOK,TS val * ecr 7,wscale *";
  const offers = [
    "mss 1000,sackOK,TS val 7 ecr 0,nop,wscale 6",
    "wscale 6,TS val 7 ecr 0,sackOK,mss 1000,nop",
    "TS val 7 ecr 0,nop,nop,sackOK,wscale 6,nop,mss 1000,eol",
    "sackOK,nop,nop,mss 1000,wscale 6,nop,TS val 7 ecr 0,eol,nop",
  ];
  for (const [index, offer] of offers.entries()) {
    const t = tcp(stack, { peerPort: 41_000 + index });
    if (index === 0) t.listen();
    t.port = 8080;
    t.in(`S 0:0(0) <${offer}>`);
    t.out(`S. 0:0(0) ack 1 <${wanted}>`);
    t.in("R 1:1(0)");
  }
});

script("[TCP-3] what stands behind the end of the options is not read", RFC, (stack) => {
  const t = tcp(stack);
  t.listen();
  t.in("S 0:0(0) <mss 1000,eol,sackOK,TS val 7 ecr 0,wscale 6>");
  t.out("S. 0:0(0) ack 1 <mss 1460>");
  t.in("R 1:1(0)");
});

script("[TCP-3] an unknown option is passed over, on a SYN and with data", RFC, (stack) => {
  const t = tcp(stack);
  t.listen();
  t.in(`S 0:0(0) <${raw(253, 4, 1, 2)},mss 1000,${raw(254, 2)},sackOK,${raw(70, 6, 1, 2, 3, 4)}>`);
  t.out("S. 0:0(0) ack 1 <mss 1460,sackOK>");
  t.in(`. 1:1(0) ack 1 <${raw(253, 8, 0, 0, 0, 0, 0, 0)}>`);
  t.accept();
  t.in(`P. 1:11(10) ack 1 <${raw(253, 3, 9)},nop>`);
  t.read(10);
  t.out(". 1:1(0) ack 11", { after: 100 });
});

script("[TCP-3] an option of any kind that nobody knows changes nothing", { variants: false }, (stack) => {
  const t = tcp(stack);
  t.establish();
  let at = 1;
  for (let kind = 9; kind < 256; kind++) {
    t.in(`P. ${at}(4) ack 1 <${raw(kind, 4, 0xff, 0xff)}>`);
    at += 4;
    t.read(4);
  }
  stack.advance(500);
  const last = t.takeSegments().at(-1);
  if (last === undefined || t.show(last).match(/ack (\d+)/)?.[1] !== String(at))
    stack.fail(`not all acknowledged: ${at}`);
});

script(
  "[TCP-4] [ATK-38] [ATK-55] [ATK-92] an impossible length ends the options; what stands before them counts",
  RFC,
  (stack) => {
    let port = 41_000;
    for (const kind of [2, 3, 4, 5, 8, 253]) {
      for (const length of [0, 1, 255]) {
        const t = tcp(stack, { peerPort: ++port, port: 8080 });
        if (port === 41_001) t.listen();
        t.in(`S 0:0(0) <mss 1000,sackOK,${raw(kind, length)},nop,wscale 6>`);
        t.out("S. 0:0(0) ack 1 <mss 1460,sackOK>");
        t.in("R 1:1(0)");
      }
    }
  },
);

script(
  "[TCP-4] [ATK-92] an option of any kind and any length at any place of the options does no harm",
  { variants: false },
  (stack) => {
    const t = tcp(stack);
    t.establish();
    for (const kind of [2, 3, 4, 5, 8, 19, 29, 34, 253]) {
      for (const length of [0, 1, 2, 3, 9, 11, 39, 40, 41, 254, 255]) {
        for (const place of [0, 1, 2, 3, 7, 10, 37, 38]) {
          const area = new Uint8Array(40).fill(1);
          area[place] = kind;
          area[place + 1] = length;
          t.in(`. 1:1(0) ack 1 <${raw(...area)}>`);
        }
      }
    }
    // Kind alone in the last byte: there is no length.
    for (const kind of [2, 3, 4, 5, 8, 253]) t.in(`. 1:1(0) ack 1 <${raw(...new Uint8Array(39).fill(1), kind)}>`);
    t.quiet(1000);
    t.in("P. 1:11(10) ack 1");
    t.read(10);
    t.out(". 1:1(0) ack 11", { after: 100 });
  },
);

script(
  "[ATK-17] [ATK-82] SACK and timestamps of a wrong length on a connection that uses them",
  { variants: false },
  (stack) => {
    const t = tcp(stack);
    t.establish({ sackOK: true, timestamps: true });
    t.send(3000);
    t.out(". 1:1449(1448) ack 1");
    t.out(". 1449:2897(1448) ack 1");
    stack.takeSent();
    const ts = "nop,nop,TS val * ecr *";
    for (const length of [2, 3, 9, 11, 17, 19, 26, 27, 33, 34, 35, 255]) {
      const area = new Uint8Array(28).fill(0xff);
      area[0] = 5;
      area[1] = length;
      t.in(`. 1:1(0) ack 1 <${ts},${raw(...area)}>`);
    }
    // Nothing of it counted as a SACK of anything, or as anything to be told about; the rest goes on as before.
    for (const segment of t.takeSegments()) {
      if (segment.payload.length > 0 && (segment.seq - t.iss) >>> 0 < 2897) stack.fail("something was sent again");
    }
    for (const length of [2, 3, 8, 9, 11, 12, 255]) {
      t.in(`P. 1:5(4) ack 1 <${raw(8, length, 0, 0, 0, 1, 0, 0, 0, 1)}>`);
    }
    // Without (right) timestamps they are dropped, whatever they look like (RFC 7323 §3.2).
    t.readError("EAGAIN");
    stack.takeSent();
    t.ack();
    t.in("P. 1:5(4) ack *");
    t.read(4);
    stack.advance(1000);
    stack.takeSent();
  },
);

script("[TCP-5] options may begin at any byte", RFC, (stack) => {
  for (let nops = 0; nops < 12; nops++) {
    const t = tcp(stack, { peerPort: 41_000 + nops, port: 8080 });
    if (nops === 0) t.listen();
    const before = "nop,".repeat(nops);
    t.in(`S 0:0(0) <${before}mss 600,TS val 99 ecr 0,wscale 3,sackOK>`);
    t.out("S. 0:0(0) ack 1 <mss 1460,sackOK,TS val * ecr 99,wscale *>");
    t.in("R 1:1(0)");
  }
});

script("[TCP-5] timestamps and SACK blocks of a connection at any byte", RFC, (stack) => {
  const t = tcp(stack);
  t.establish({ timestamps: true, sackOK: true });
  let at = 1;
  for (let nops = 0; nops < 8; nops++) {
    t.in(`P. ${at}(10) ack * <${"nop,".repeat(nops)}TS val ${5_000_000 + nops} ecr *>`);
    at += 10;
    t.read(10);
    t.out(`. 1:1(0) ack ${at} <TS val * ecr ${5_000_000 + nops}>`, { within: 500 });
  }
});

script("[TCP-6] the MSS is sent on a SYN alone", RFC, (stack) => {
  // The harness refuses an MSS option on anything else.
  const t = tcp(stack);
  t.listen();
  t.in("S 0:0(0) <mss 1000>");
  t.out("S. 0:0(0) ack 1 <mss 1460>");
  t.in(". 1:1(0) ack 1");
  t.accept();
  t.send(100);
  t.out("P. 1:101(100) ack 1 <>");
  t.in("P. 1:11(10) ack 101");
  t.out(". 101:101(0) ack 11 <>", { after: 100 });
  t.read(10);
});

script("[TCP-6] an MSS on a segment that is no SYN is ignored", RFC, (stack) => {
  const t = tcp(stack);
  t.establish({ mss: 1460 });
  t.in("P. 1:11(10) ack 1 <mss 100>");
  t.in(". 11:11(0) ack 1 <mss 64>");
  t.read(10);
  t.send(1460);
  t.out("P. 1:1461(1460) ack 11");
  t.ack();
  t.quiet(500);
});

script("[TCP-6] window scale, SACK permission and a first timestamp count on a SYN alone", RFC, (stack) => {
  const t = tcp(stack);
  t.establish({ window: 1000 });
  t.in(". 1:1(0) ack 1 win 1000 <sackOK,nop,wscale 4,nop,TS val 1 ecr 0>");
  t.send(1000);
  t.out("P. 1:1001(1000) ack 1 <>");
  // 1000 are still 1000, and out of order no SACK block tells what came.
  t.in(". 1:1(0) ack 1001 win 1000");
  t.in("P. 101:111(10) ack 1001 win 1000");
  t.out(". 1001:1001(0) ack 1 <>");
  t.send(1500);
  t.out(". 1001:2001(1000) ack 1 <>");
  t.in(". 111:111(0) ack 2001 win 1000");
  t.out("P. 2001:2501(500) ack 1 <>");
  t.ack();
});

script("[ATK-28] an empty window-scale option on a SYN is passed over", RFC, (stack) => {
  const t = tcp(stack);
  t.listen();
  t.in(`S 0:0(0) <mss 1460,nop,${raw(3, 2)},wscale 0>`);
  t.out("S. 0:0(0) ack 1 <mss 1460,wscale *>");
  t.in("R 1:1(0)");
});

script(
  "[ATK-27] a SYN with a cut option, in the window or far from it, does not reset the connection",
  { rfc: "CVE-2019-12258" },
  (stack) => {
    const t = tcp(stack);
    t.establish();
    for (const seq of [0x4141, 1, 2000, -5000]) {
      for (const option of [raw(3), raw(3, 2), raw(2, 0), raw(8, 3)]) {
        t.in(`S ${seq}:${seq}(0) <${option}>`);
        // A challenge at most (RFC 5961 §4.2), never a reset.
        for (const segment of t.takeSegments()) if (segment.flags !== ".") stack.fail(t.show(segment));
      }
    }
    t.advance(2000);
    t.in("P. 1:11(10) ack 1");
    t.read(10);
    t.out(". 1:1(0) ack 11", { after: 100 });
  },
);
