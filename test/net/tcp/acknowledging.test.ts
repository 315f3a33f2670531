/** When the stack acknowledges, and what it keeps of data out of order (RFC 9293 §3.8.6.3, RFC 5681 §4.2): the rows DAT-1 to DAT-3, DAT-16. */
import assert from "node:assert/strict";
import { script } from "../../harness/script.js";
import { MSG_WAITALL } from "../../harness/socket-calls.js";
import { tcp } from "../../harness/tcp-conversation.js";
import { FEW_RECORDS } from "./settings.js";

script("[DAT-1] one segment is acknowledged within 500 ms, not at once", { rfc: "9293 §3.8.6.3" }, (stack) => {
  const t = tcp(stack);
  t.establish();
  for (const length of [1, 100, 1460]) {
    t.advance(1000);
    t.data(length);
    t.out(`. 1:1(0) ack ${t.peerNext}`, { after: 100 });
    t.read(length);
  }
});

script("[DAT-1] the second full segment is acknowledged at once", { rfc: "9293 §3.8.6.3" }, (stack) => {
  const t = tcp(stack);
  t.establish();
  for (let at = 1; at < 12_000; at += 2920) {
    t.in(`. ${at}(1460) ack 1`);
    stack.expectNothing();
    t.in(`. ${at + 1460}(1460) ack 1`);
    t.out(`. 1:1(0) ack ${at + 2920}`);
    t.read(2920);
    stack.takeSent(); // the window may be told anew
  }
  t.quiet(1000);
});

script("[DAT-1] one ACK serves for two segments that arrive together", { rfc: "9293 §3.8.6.3" }, (stack) => {
  const t = tcp(stack);
  t.establish();
  t.inAll(". 1:1461(1460) ack 1", "P. 1461:2921(1460) ack 1");
  t.out(". 1:1(0) ack 2921");
  t.quiet(1000);
  t.read(2920);
  stack.takeSent();
});

script("[DAT-1] data that goes the other way carries the ACK", { rfc: "9293 §3.8.6.3" }, (stack) => {
  const t = tcp(stack);
  t.establish();
  t.in("P. 1:11(10) ack 1");
  t.read(10);
  t.advance(50);
  t.send(20);
  t.out("P. 1:21(20) ack 11");
  t.in(". 11:11(0) ack 21");
  t.quiet(1000);
});

script("[DAT-1] a pure ACK is not acknowledged, whatever window it brings", { rfc: "9293 §3.8.6.3" }, (stack) => {
  const t = tcp(stack);
  t.establish();
  for (const window of [65_535, 1000, 0, 1, 65_535]) {
    t.in(`. 1:1(0) ack 1 win ${window}`);
    t.quiet(600);
  }
});

script(
  "[DAT-1] without a delay (CONFIG_NET_TCP_ACK_TIMEOUT 0) each segment is acknowledged at once",
  { settings: { NET_TCP_ACK_TIMEOUT: 0 } },
  (stack) => {
    const t = tcp(stack);
    t.establish();
    for (let at = 1; at < 40; at += 10) {
      t.in(`P. ${at}(10) ack 1`);
      t.out(`. 1:1(0) ack ${at + 10}`);
      t.read(10);
    }
    t.quiet(1000);
  },
);

script("[DAT-2] a segment out of order is acknowledged at once, each of them", { rfc: "5681 §4.2" }, (stack) => {
  const t = tcp(stack);
  t.establish();
  for (const at of [1461, 2921, 4381]) {
    t.in(`. ${at}(1460) ack 1`);
    t.out(". 1:1(0) ack 1");
  }
  t.quiet(1000);
  t.readError("EAGAIN");
  t.in(". 1:1461(1460) ack 1");
  t.out(". 1:1(0) ack 5841");
  t.read(5840);
  stack.takeSent();
});

script(
  "[DAT-2] one that fills part of a gap, or the first of two, is acknowledged at once",
  { rfc: "5681 §4.2" },
  (stack) => {
    const t = tcp(stack);
    t.establish();
    t.in(". 201:301(100) ack 1");
    t.out(". 1:1(0) ack 1");
    t.in(". 401:501(100) ack 1");
    t.out(". 1:1(0) ack 1");
    // Part of the first gap.
    t.in(". 1:101(100) ack 1");
    t.out(". 1:1(0) ack 101");
    // The rest of it.
    t.in(". 101:201(100) ack 1");
    t.out(". 1:1(0) ack 301");
    t.in(". 301:401(100) ack 1");
    t.out(". 1:1(0) ack 501");
    t.read(500);
    // In order again: delayed again.
    t.in(". 501:601(100) ack 1");
    t.out(". 1:1(0) ack 601", { after: 100 });
    t.read(100);
  },
);

script(
  "[DAT-3] data out of order is kept, and delivered once the gap closes, with a single ACK",
  { rfc: "9293 §3.10.7.4" },
  (stack) => {
    const t = tcp(stack);
    t.establish();
    t.in(". 2001:3001(1000) ack 1");
    t.out(". 1:1(0) ack 1");
    t.in(". 1001:2001(1000) ack 1");
    t.out(". 1:1(0) ack 1");
    t.readError("EAGAIN");
    t.in(". 1:1001(1000) ack 1");
    t.out(". 1:1(0) ack 3001");
    t.quiet(1000);
    t.read(3000);
    t.readError("EAGAIN");
    stack.takeSent();
  },
);

script(
  "[DAT-3] in every order of four segments the stream is the same",
  { rfc: "9293 §3.10.7.4", variants: false },
  (stack) => {
    const t = tcp(stack);
    t.establish();
    const permutations = (list: number[]): number[][] =>
      list.length < 2
        ? [list]
        : list.flatMap((each) => permutations(list.filter((other) => other !== each)).map((rest) => [each, ...rest]));
    stack.fork(
      ...permutations([0, 1, 2, 3]).map((order) => () => {
        for (const i of order) t.in(`. ${1 + i * 500}(500) ack 1`);
        stack.advance(600);
        const last = t.takeSegments().at(-1);
        assert.equal(last && (last.ack - t.irs) >>> 0, 2001, order.join());
        const data = stack.recv(t.fd, 4096);
        assert.equal(data.length, 2000);
        assert.deepEqual(
          [...data.subarray(0, 3), ...data.subarray(498, 502), ...data.subarray(1998)],
          [1, 2, 3, 249, 250, 1, 2, 249, 250],
          order.join(),
        );
      }),
    );
  },
);

script("[DAT-3] overlapping segments out of order make one stream", { rfc: "9293 §3.10.7.4" }, (stack) => {
  const t = tcp(stack);
  t.establish();
  for (const [at, length] of [
    [301, 200],
    [401, 300],
    [201, 150],
    [901, 100],
    [601, 350],
    [101, 10],
  ]) {
    t.in(`. ${at}(${length}) ack 1`);
    t.out(". 1:1(0) ack 1");
  }
  t.in(". 1:211(210) ack 1");
  t.out(". 1:1(0) ack 1001");
  t.read(1000);
  t.readError("EAGAIN");
});

script("[DAT-3] the gap is filled to the last byte of the window", { rfc: "9293 §3.10.7.4" }, (stack) => {
  const t = tcp(stack);
  t.establish();
  t.in(". 2:1462(1460) ack 1");
  t.in(". 1462:2922(1460) ack 1");
  t.in(". 2922:4382(1460) ack 1");
  t.in(". 4382:5841(1459) ack 1");
  for (let i = 0; i < 4; i++) t.out(". 1:1(0) ack 1 win 5840");
  t.in(". 1:2(1) ack 1");
  t.out(". 1:1(0) ack 5841 win 0");
  t.read(5840);
  stack.takeSent();
});

script(
  "[DAT-16] [ATK-102] ten thousand one-byte segments with gaps hold no more than the ranges that there are",
  { rfc: "CVE-2018-5390", variants: false },
  (stack) => {
    const t = tcp(stack);
    t.establish({ sackOK: true });
    const before = stack.usedPools().length;
    for (let i = 0; i < 10_000; i++) {
      const at = 3 + ((i * 2) % 5800);
      t.in(`. ${at}(1) ack 1`);
    }
    for (const segment of t.takeSegments()) {
      if (segment.flags !== "." || segment.ack !== (t.irs + 1) >>> 0) stack.fail(t.show(segment));
    }
    assert.ok(stack.usedPools().length <= before + 2, "one receive buffer and one record of ranges");
    // The connection goes on: the stream comes in order, over what was kept and what was dropped.
    for (let at = 1; at < 5841; at += 1460) t.in(`. ${at}(1460) ack 1`);
    stack.advance(600);
    stack.takeSent();
    t.read(5840);
    stack.takeSent();
  },
);

script(
  "[DAT-16] [ATK-102] two connections full of ranges do not hinder a third",
  { rfc: "CVE-2018-5390", settings: FEW_RECORDS },
  (stack) => {
    const greedy = [0, 1, 2].map((index) => tcp(stack, { peerPort: 41_000 + index }));
    for (const [index, t] of greedy.entries()) {
      if (index > 0) {
        t.listener = greedy[0]?.listener ?? -1;
        t.port = greedy[0]?.port ?? 0;
      }
      t.establish();
    }
    // All three have something out of order; there are records for two.
    for (const t of greedy) {
      t.in(". 101:201(100) ack 1");
      t.out(". 1:1(0) ack 1");
    }
    // In order each of them works.
    for (const [index, t] of greedy.entries()) {
      t.in(". 1:101(100) ack 1");
      const kept = index < 2;
      t.out(`. 1:1(0) ack ${kept ? 201 : 101}`, { within: 200 });
      t.read(100);
      if (kept) t.read(100);
      else {
        t.in(". 101:201(100) ack 1");
        t.read(100);
        t.out(". 1:1(0) ack 201", { within: 200 });
      }
    }
  },
);

script(
  "[DAT-1] an application that waits for the data: the second segment's ACK goes out with what it has read",
  { rfc: "9293 §3.8.6.3" },
  (stack) => {
    const t = tcp(stack);
    t.establish();
    for (let at = 1; at < 20_000; at += 2920) {
      for (const part of [0, 1460]) {
        const call = stack.begin.recv(t.fd, 4096);
        t.in(`. ${at + part}(1460) ack 1`);
        stack.advance(1);
        assert.equal(call.value().length, 1460);
      }
      const acks = t.takeSegments();
      assert.equal(acks.length, 1, "one ACK for two segments");
      assert.equal(((acks[0]?.ack ?? 0) - t.irs) >>> 0, at + 2920);
      assert.equal(acks[0]?.window, 5840, "with all of the window");
    }
    t.quiet(1000);
  },
);

script(
  "[DAT-1] an application that is woken and does not read: the ACK goes out all the same",
  { rfc: "9293 §3.8.6.3" },
  (stack) => {
    const t = tcp(stack);
    t.establish();
    const call = stack.begin.select([t.fd], [], -1);
    t.in(". 1:1461(1460) ack 1");
    stack.advance(1);
    assert.deepEqual(call.value().read, [t.fd]);
    t.in(". 1461:2921(1460) ack 1");
    stack.advance(10);
    const acks = t.takeSegments();
    assert.equal(((acks.at(-1)?.ack ?? 0) - t.irs) >>> 0, 2921);
    t.quiet(1000);
    t.read(2920);
    stack.takeSent();
  },
);

script(
  "[DAT-1] MSG_WAITALL for more than the window: the window is told as it opens",
  { rfc: "9293 §3.8.6.3" },
  (stack) => {
    const t = tcp(stack);
    t.establish();
    const call = stack.begin.recvWith(t.fd, { length: 20_000, flags: MSG_WAITALL });
    let at = 1;
    for (let round = 0; round < 200 && at < 20_001; round++) {
      const length = Math.min(1460, 20_001 - at);
      t.in(`. ${at}(${length}) ack 1`);
      stack.advance(150);
      const last = t.takeSegments().at(-1);
      assert.ok(last !== undefined, "each is acknowledged in time");
      at += length;
      assert.equal((last.ack - t.irs) >>> 0, at);
      assert.ok(last.window >= 1460, `a window of ${last.window}`);
    }
    assert.equal(call.value().length, 20_000);
    stack.takeSent();
  },
);
