/** An application that waits in recv while segments of all kinds arrive: it gets the bytes of the stream, and nothing else is touched. */
import assert from "node:assert/strict";
import { script } from "../../harness/script.js";
import { MSG_DONTWAIT, MSG_PEEK, MSG_WAITALL } from "../../harness/socket-calls.js";
import { streamBytes, type TcpConversation, tcp } from "../../harness/tcp-conversation.js";

/** What the next recv gives now. */
function rest(t: TcpConversation, length = 4096): Uint8Array {
  return t.stack.recvWith(t.fd, { length, flags: MSG_DONTWAIT });
}

/** Acknowledgements that went out in the meantime. */
function settle(t: TcpConversation): void {
  t.stack.advance(500);
  for (const segment of t.takeSegments()) if (segment.flags !== ".") t.stack.fail(t.show(segment));
}

script("waiting reader: a segment longer than the buffer is read in parts", {}, (stack) => {
  const t = tcp(stack);
  t.establish();
  const call = stack.begin.recv(t.fd, 100);
  t.in("P. 1:1461(1460) ack 1");
  stack.advance(1);
  assert.deepEqual(call.value(), streamBytes(1, 100));
  assert.deepEqual(rest(t), streamBytes(101, 1360));
  t.readError("EAGAIN");
  settle(t);
});

script("[TCP-1] waiting reader: a wrong checksum leaves it waiting, the right bytes come after", {}, (stack) => {
  const t = tcp(stack);
  t.establish();
  for (const length of [1, 2, 3, 4, 100, 1459, 1460]) {
    const first = t.peerNext;
    const call = stack.begin.recv(t.fd, 2048);
    const wrong = new Uint8Array(length).fill(0xbb);
    stack.inject(t.frame(`P. ${first}(${length}) ack 1`, { checksum: "bad", payload: wrong }));
    stack.advance(1);
    assert.equal(call.done, false);
    t.in(`P. ${first}(${length}) ack 1`);
    stack.advance(1);
    assert.deepEqual(call.value(), streamBytes(first, length));
    settle(t);
  }
});

script("waiting reader: an old byte in front, a gap, data behind it", {}, (stack) => {
  const t = tcp(stack);
  t.establish();
  let call = stack.begin.recv(t.fd, 2048);
  t.in("P. 1:11(10) ack 1");
  stack.advance(1);
  assert.deepEqual(call.value(), streamBytes(1, 10));
  call = stack.begin.recv(t.fd, 2048);
  t.in("P. 1:11(10) ack 1");
  t.in("P. 21:31(10) ack 1");
  t.in(". 11:11(0) ack 1");
  t.in("R 12:12(0)");
  t.in("P. 900000:900010(10) ack 1");
  stack.advance(1);
  assert.equal(call.done, false);
  t.in("P. 6:21(15) ack 1");
  stack.advance(1);
  const got = call.value();
  const more = got.length < 20 ? rest(t) : new Uint8Array(0);
  assert.deepEqual(Uint8Array.of(...got, ...more), streamBytes(11, 20));
  settle(t);
});

script("waiting reader: data and FIN in one segment: the data, then the end", {}, (stack) => {
  const t = tcp(stack);
  t.establish();
  const call = stack.begin.recv(t.fd, 2048);
  t.in("FP. 1:101(100) ack 1");
  stack.advance(1);
  assert.deepEqual(call.value(), streamBytes(1, 100));
  t.readEnd();
  settle(t);
});

script("waiting reader: a FIN alone ends it with 0 bytes", {}, (stack) => {
  const t = tcp(stack);
  t.establish();
  const call = stack.begin.recv(t.fd, 2048);
  t.in("F. 1:1(0) ack 1");
  stack.advance(1);
  assert.equal(call.value().length, 0);
  settle(t);
});

script("[DAT-13] waiting reader: urgent data in the segment: it stops before the mark", {}, (stack) => {
  const t = tcp(stack);
  t.establish();
  const call = stack.begin.recv(t.fd, 2048);
  t.in("PU. 1:21(20) ack 1 urg 10");
  stack.advance(1);
  assert.deepEqual(call.value(), streamBytes(1, 9));
  assert.deepEqual(rest(t), streamBytes(11, 10));
  settle(t);
});

script("[DAT-13] waiting reader: the mark was announced before", {}, (stack) => {
  const t = tcp(stack);
  t.establish();
  t.in("U. 1:1(0) ack 1 urg 10");
  const call = stack.begin.recv(t.fd, 2048);
  t.in("P. 1:21(20) ack 1");
  stack.advance(1);
  assert.deepEqual(call.value(), streamBytes(1, 9));
  assert.deepEqual(rest(t), streamBytes(11, 10));
  settle(t);
});

script("[CLS-6] waiting reader: data and a RST together", {}, (stack) => {
  const t = tcp(stack);
  t.establish();
  const call = stack.begin.recv(t.fd, 2048);
  t.inAll("P. 1:101(100) ack 1", "R. 101:101(0) ack 1");
  stack.advance(1);
  // The data that came before it, or the error: not both lost, not other bytes.
  if (call.errno === "SUCCESS") {
    assert.deepEqual(call.value(), streamBytes(1, 100));
    t.readError("ECONNRESET");
  } else assert.equal(call.errno, "ECONNRESET");
  stack.expectNothing();
});

script("waiting reader: MSG_PEEK leaves the bytes where they are", {}, (stack) => {
  const t = tcp(stack);
  t.establish();
  const call = stack.begin.recvWith(t.fd, { length: 2048, flags: MSG_PEEK });
  t.in("P. 1:101(100) ack 1");
  stack.advance(1);
  assert.deepEqual(call.value(), streamBytes(1, 100));
  assert.deepEqual(rest(t), streamBytes(1, 100));
  t.readError("EAGAIN");
  settle(t);
});

script("waiting reader: several segments at once are all there, in order", {}, (stack) => {
  const t = tcp(stack);
  t.establish();
  const call = stack.begin.recv(t.fd, 4096);
  t.inAll("P. 1:1461(1460) ack 1", "P. 1461:2921(1460) ack 1", "P. 2921:3000(79) ack 1");
  stack.advance(1);
  const got = call.value();
  const more = got.length < 2999 ? rest(t) : new Uint8Array(0);
  assert.deepEqual(Uint8Array.of(...got, ...more), streamBytes(1, 2999));
  settle(t);
});

script("waiting reader: MSG_WAITALL gathers, and gives what there is at the end of the stream", {}, (stack) => {
  const t = tcp(stack);
  t.establish();
  let call = stack.begin.recvWith(t.fd, { length: 250, flags: MSG_WAITALL });
  for (const at of [1, 101]) {
    t.in(`P. ${at}(100) ack 1`);
    stack.advance(1);
    assert.equal(call.done, false);
  }
  t.in("P. 201(100) ack 1");
  stack.advance(1);
  assert.deepEqual(call.value(), streamBytes(1, 250));
  call = stack.begin.recvWith(t.fd, { length: 2048, flags: MSG_WAITALL });
  assert.equal(call.done, false);
  t.in("FP. 301:401(100) ack 1");
  stack.advance(1);
  assert.deepEqual(call.value(), streamBytes(251, 150));
  t.readEnd();
  settle(t);
});

script("waiting reader: MSG_WAITALL with a gap in between, and a RST at the end", {}, (stack) => {
  const t = tcp(stack);
  t.establish();
  const call = stack.begin.recvWith(t.fd, { length: 1000, flags: MSG_WAITALL });
  t.in("P. 101:201(100) ack 1");
  t.in("P. 1:101(100) ack 1");
  stack.advance(1);
  assert.equal(call.done, false);
  t.in("R. 201:201(0) ack 1");
  stack.advance(1);
  if (call.errno === "SUCCESS") assert.deepEqual(call.value(), streamBytes(1, 200));
  else assert.equal(call.errno, "ECONNRESET");
  stack.takeSent();
});

script(
  "waiting reader: buffers at every alignment and of every small length; no byte beside them changes",
  { variants: false },
  (stack) => {
    const t = tcp(stack);
    t.establish();
    const base = 0x8000;
    let at = 1;
    for (const length of [1, 2, 3, 4, 5, 7, 8, 9, 63, 64, 65]) {
      for (let offset = 0; offset < 4; offset++) {
        for (const size of [1, 3, 4, 5, 64, 65, 100]) {
          stack.memory.bytes.fill(0xcc, base - 64, base + 256);
          const out = 0x9000;
          // Waits: nothing is there.
          stack.sys("recv_from", t.fd, base + offset, size, 0, 0, 0, out);
          assert.notEqual(stack.node.parked(0), undefined, "it waits");
          t.in(`P. ${at}(${length}) ack 1`);
          stack.advance(1);
          assert.equal(stack.node.parked(0)?.result ?? 0, 0);
          const count = stack.memory.load32(out);
          assert.equal(count, Math.min(size, length));
          assert.deepEqual(stack.memory.bytes.slice(base + offset, base + offset + count), streamBytes(at, count));
          assert.ok(
            stack.memory.bytes.subarray(base - 64, base + offset).every((byte) => byte === 0xcc),
            "bytes before",
          );
          assert.ok(
            stack.memory.bytes.subarray(base + offset + count, base + 256).every((byte) => byte === 0xcc),
            "bytes behind",
          );
          if (count < length) assert.deepEqual(rest(t), streamBytes(at + count, length - count));
          at += length;
          stack.advance(150);
          stack.takeSent();
        }
      }
    }
  },
);

script("waiting reader: a time-out in the middle gives nothing away", {}, (stack) => {
  const t = tcp(stack);
  t.establish();
  stack.receiveTimeout(t.fd, 100_000);
  const call = stack.begin.recv(t.fd, 2048);
  stack.advance(101);
  assert.equal(call.errno, "EAGAIN");
  // Its buffer is the application's again.
  t.in("P. 1:101(100) ack 1");
  assert.deepEqual(rest(t), streamBytes(1, 100));
  settle(t);
});

script(
  "sending: writes and acknowledgements of all sizes, around the ring of the send buffer",
  { variants: false },
  (stack) => {
    const t = tcp(stack);
    t.establish();
    stack.setSocketOption(t.fd, "TCP_NODELAY", 1);
    let seed = 4711;
    const random = (limit: number): number => {
      seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
      return (seed >>> 8) % limit;
    };
    let written = 0;
    let seen = 1;
    let acked = 1;
    let failures = 0;
    while (written < 60_000) {
      const data = streamBytes(written + 1, 1 + random(1500));
      try {
        const count = stack.sendWith(t.fd, data, MSG_DONTWAIT);
        t.noteWritten(data.subarray(0, count));
        written += count;
      } catch {
        failures += 1;
      }
      for (const segment of t.takeSegments()) {
        const first = (segment.seq - t.iss) >>> 0;
        assert.deepEqual(segment.payload, streamBytes(first, segment.payload.length), `bytes at ${first}`);
        seen = Math.max(seen, first + segment.payload.length);
      }
      // Never all of it: the ring never empties.
      const most = seen - acked - 1;
      if (most > 3000 || (most > 0 && random(3) === 0)) {
        acked += 1 + random(most);
        t.in(`. 1:1(0) ack ${acked}`);
      }
      stack.advance(1);
    }
    assert.ok(failures < 200);
    for (let round = 0; round < 50 && acked <= written; round++) {
      for (const segment of t.takeSegments()) {
        const first = (segment.seq - t.iss) >>> 0;
        assert.deepEqual(segment.payload, streamBytes(first, segment.payload.length), `bytes at ${first}`);
        seen = Math.max(seen, first + segment.payload.length);
      }
      acked = seen;
      t.in(`. 1:1(0) ack ${acked}`);
      stack.advance(10);
    }
    assert.equal(acked, written + 1, "all of it went out");
  },
);

script("waiting reader: segments of the slow and the fast way mixed at once keep their order", {}, (stack) => {
  const t = tcp(stack);
  t.establish();
  const bursts = [
    ["P. 1:11(10) ack 1 <nop,nop,nop,nop>", "P. 11:31(20) ack 1", "P. 31:61(30) ack 1"],
    ["P. 61:71(10) ack 1", "P. 66:91(25) ack 1", "P. 91:121(30) ack 1"],
    ["P. 131:141(10) ack 1", "P. 121:131(10) ack 1", "P. 141:181(40) ack 1"],
    ["U. 181:181(0) ack 1 urg 0", "P. 181:191(10) ack 1", "P. 191:241(50) ack 1 <nop,nop,nop,nop>"],
  ];
  let first = 1;
  for (const burst of bursts) {
    const call = stack.begin.recv(t.fd, 4096);
    t.inAll(...burst);
    stack.advance(1);
    let got = call.value();
    const wanted = 60;
    for (let i = 0; i < 3 && got.length < wanted; i++) got = Uint8Array.of(...got, ...rest(t));
    assert.deepEqual(got, streamBytes(first, wanted), burst.join());
    first += wanted;
    settle(t);
  }
});
