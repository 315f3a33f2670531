/** Urgent data (RFC 9293 §3.8.5, RFC 6093): the rows TCP-11 and DAT-13, and the attacks on urgent pointers. */
import assert from "node:assert/strict";
import { script } from "../../harness/script.js";
import { MSG_DONTWAIT, MSG_OOB, POLLIN } from "../../harness/socket-calls.js";
import { streamBytes, type TcpConversation, tcp } from "../../harness/tcp-conversation.js";

const RFC = { rfc: "9293 §3.8.5, 6093 §3" };
const POLLPRI = 2;

/** What a recv gives now: the relative number of the first byte and how many, as the pattern tells. */
function take(t: TcpConversation, expected: number, length: number, flags = 0): void {
  const got = t.stack.recvWith(t.fd, { length: 2048, flags: flags | MSG_DONTWAIT });
  assert.deepEqual(got, streamBytes(expected, length), "the bytes that were read");
}

/** The errno of recv with MSG_OOB. */
function outOfBand(t: TcpConversation): string {
  return t.stack.errno(() => t.stack.recvWith(t.fd, { length: 1, flags: MSG_OOB | MSG_DONTWAIT }));
}

/** Whatever was acknowledged in the meantime. */
function settle(t: TcpConversation): void {
  t.stack.advance(500);
  for (const segment of t.takeSegments()) if (segment.flags !== ".") t.stack.fail(t.show(segment));
}

script("[DAT-13] out of line: the byte before the mark is read apart, the stream stops at it", RFC, (stack) => {
  const t = tcp(stack);
  t.establish();
  assert.equal(outOfBand(t), "EINVAL");
  t.in("PU. 1:11(10) ack 1 urg 5");
  take(t, 1, 4);
  take(t, 5, 1, MSG_OOB);
  assert.equal(outOfBand(t), "EINVAL");
  take(t, 6, 5);
  t.readError("EAGAIN");
  settle(t);
});

script("[DAT-13] in line (SO_OOBINLINE): the byte stays in the stream; a read stops before it", RFC, (stack) => {
  const t = tcp(stack);
  t.establish();
  stack.setSocketOption(t.fd, "SO_OOBINLINE", 1);
  t.in("PU. 1:11(10) ack 1 urg 5");
  assert.equal(outOfBand(t), "EINVAL");
  take(t, 1, 4);
  take(t, 5, 6);
  t.readError("EAGAIN");
  settle(t);
});

script("[DAT-13] the mark may come before its byte: it is announced, then it is there", RFC, (stack) => {
  const t = tcp(stack);
  t.establish();
  t.in("U. 1:1(0) ack 1 urg 15");
  assert.equal(outOfBand(t), "EAGAIN");
  t.in("P. 1:11(10) ack 1");
  assert.equal(outOfBand(t), "EAGAIN");
  take(t, 1, 10);
  t.in("PU. 11:21(10) ack 1 urg 5");
  take(t, 15, 1, MSG_OOB);
  take(t, 11, 4);
  take(t, 16, 5);
  settle(t);
});

script("[DAT-13] urgent data is an exceptional condition: select's third set, POLLPRI", RFC, (stack) => {
  const t = tcp(stack);
  t.establish();
  const call = stack.begin.select([], [], -1, [t.fd]);
  t.in("P. 1:11(10) ack 1");
  assert.equal(call.done, false);
  t.in("PU. 11:21(10) ack 1 urg 10");
  stack.advance(10);
  assert.deepEqual(call.value().except, [t.fd]);
  assert.deepEqual(stack.poll([{ fd: t.fd, events: POLLPRI | POLLIN }], 0), [POLLPRI | POLLIN]);
  take(t, 20, 1, MSG_OOB);
  take(t, 1, 19);
  assert.deepEqual(stack.poll([{ fd: t.fd, events: POLLPRI | POLLIN }], 0), [0]);
  settle(t);
});

script("[DAT-13] out of order: the byte counts once it is in order", RFC, (stack) => {
  const t = tcp(stack);
  t.establish();
  t.in("PU. 11:21(10) ack 1 urg 5");
  t.out(". 1:1(0) ack 1");
  t.in("P. 1:11(10) ack 1");
  t.out(". 1:1(0) ack 21");
  take(t, 1, 14);
  take(t, 15, 1, MSG_OOB);
  take(t, 16, 5);
});

script("[DAT-13] a segment that was taken in part before: the mark is where the pointer says", RFC, (stack) => {
  const t = tcp(stack);
  t.establish();
  t.in("P. 1:11(10) ack 1");
  take(t, 1, 10);
  // Bytes 1 to 10 come again, with ten more; urgent is byte 15.
  t.in("PU. 1:21(20) ack 1 urg 15");
  take(t, 11, 4);
  take(t, 15, 1, MSG_OOB);
  take(t, 16, 5);
  settle(t);
});

script("[DAT-13] send with MSG_OOB: URG until the byte is sent, the pointer is to the byte after it", RFC, (stack) => {
  const t = tcp(stack);
  t.establish();
  stack.sendWith(t.fd, streamBytes(1, 3), MSG_OOB);
  t.noteWritten(streamBytes(1, 3));
  t.out("PU. 1:4(3) ack 1 urg 3");
  t.ack();
  t.send(10);
  t.out("P. 4:14(10) ack 1");
  t.ack();
});

script("[DAT-13] urgent data behind other data: every segment up to it says so", RFC, (stack) => {
  const t = tcp(stack);
  t.establish();
  t.send(1460);
  t.out("P. 1:1461(1460) ack 1");
  stack.sendWith(t.fd, streamBytes(1461, 1500), MSG_OOB);
  t.noteWritten(streamBytes(1461, 1500));
  t.out("U. 1461:2921(1460) ack 1 urg 1500");
  t.ack();
  stack.advance(300);
  // The rest waited for the ACK or not; either way it says where the urgent byte is.
  const rest = t
    .takeSegments()
    .filter(({ payload }) => payload.length > 0)
    .at(-1);
  assert.equal(rest?.urgent, 40);
  assert.ok(rest?.flags.includes("U"));
  t.ack();
});

script("[DAT-13] sent again, the segment still says where its urgent byte is", RFC, (stack) => {
  const t = tcp(stack);
  t.establish();
  stack.sendWith(t.fd, streamBytes(1, 100), MSG_OOB);
  t.noteWritten(streamBytes(1, 100));
  t.out("PU. 1:101(100) ack 1 urg 100");
  stack.untilSent(1500);
  const again = t.takeSegments()[0];
  assert.ok(again?.flags.includes("U"), again && t.show(again));
  assert.equal(again?.urgent, 100);
  t.ack();
});

script("[TCP-11] without URG the pointer means nothing", RFC, (stack) => {
  const t = tcp(stack);
  t.establish();
  for (const [index, urgent] of [1, 5, 10, 11, 65_535].entries()) {
    t.in(`P. ${1 + index * 10}(10) ack 1 urg ${urgent}`);
    assert.equal(outOfBand(t), "EINVAL");
    take(t, 1 + index * 10, 10);
  }
  settle(t);
});

script("[TCP-11] [ATK-23] URG with a pointer of 0 leaves the stream as it is", { rfc: "CVE-2019-12255" }, (stack) => {
  const t = tcp(stack);
  t.establish();
  t.in("PU. 1:11(10) ack 1 urg 0");
  assert.equal(outOfBand(t), "EINVAL");
  take(t, 1, 10);
  t.readError("EAGAIN");
  for (let i = 0; i < 20; i++) t.in("U. 11:11(0) ack 1 urg 0");
  t.in("PU. 11:21(10) ack 1 urg 0");
  take(t, 11, 10);
  t.readError("EAGAIN");
  settle(t);
});

script(
  "[TCP-11] [ATK-39] [ATK-78] a pointer beyond the data: the data is all there",
  { rfc: "CVE-2020-17437, CVE-2021-31400" },
  (stack) => {
    for (const [index, inline] of [0, 1].entries()) {
      const t = tcp(stack, { port: 8080 + index });
      t.establish();
      stack.setSocketOption(t.fd, "SO_OOBINLINE", inline);
      t.in("PU. 1:11(10) ack 1 urg 65535");
      assert.equal(outOfBand(t), inline ? "EINVAL" : "EAGAIN");
      take(t, 1, 10);
      t.in("P. 11:21(10) ack 1");
      take(t, 11, 10);
      t.readError("EAGAIN");
      settle(t);
    }
  },
);

script("[TCP-11] a pointer to the last byte, and to the one behind the segment", RFC, (stack) => {
  const t = tcp(stack);
  t.establish();
  t.in("PU. 1:11(10) ack 1 urg 10");
  take(t, 1, 9);
  take(t, 10, 1, MSG_OOB);
  t.readError("EAGAIN");
  t.in("PU. 11:21(10) ack 1 urg 11");
  take(t, 11, 10);
  assert.equal(outOfBand(t), "EAGAIN");
  t.in("P. 21:31(10) ack 1");
  take(t, 21, 1, MSG_OOB);
  take(t, 22, 9);
  t.readError("EAGAIN");
  settle(t);
});

script("[TCP-11] URG on a FIN leaves data and end of the stream as they are", RFC, (stack) => {
  for (const [index, urgent] of [0, 5, 10, 11, 12, 65_535].entries()) {
    const t = tcp(stack, { port: 8080 + index });
    t.establish();
    stack.setSocketOption(t.fd, "SO_OOBINLINE", 1);
    t.in(`FPU. 1:11(10) ack 1 urg ${urgent}`);
    t.out(". 1:1(0) ack 12");
    let read = 0;
    for (let i = 0; i < 3 && read < 10; i++) read += stack.recvWith(t.fd, { length: 100, flags: MSG_DONTWAIT }).length;
    assert.equal(read, 10);
    t.readEnd();
    t.in("R *(0)");
    t.close();
    stack.close(t.listener);
  }
});

script("[DAT-13] the end behind an urgent byte that was read out of line: nothing is left unread", RFC, (stack) => {
  const t = tcp(stack);
  t.establish();
  t.in("PUF. 1:4(3) ack 1 urg 3");
  t.out(". 1:1(0) ack 5");
  take(t, 3, 1, MSG_OOB);
  t.read(2);
  // Without flags: that call has a short way to the end of a stream.
  assert.equal(stack.recv(t.fd).length, 0);
  // Not a reset, as it would be with unread data.
  t.close();
  t.out("F. 1:1(0) ack 5");
  t.in(". 5:5(0) ack 2");
});

script("[TCP-11] URG with every pointer: no byte of the stream is lost, in line", { variants: false }, (stack) => {
  const t = tcp(stack);
  t.establish();
  stack.setSocketOption(t.fd, "SO_OOBINLINE", 1);
  const total = 400;
  let got = new Uint8Array(0);
  let at = 1;
  for (const urgent of [0, 1, 2, 3, 4, 5, 9, 10, 11, 12, 100, 1000, 32_767, 32_768, 40_000, 65_534, 65_535]) {
    for (const flags of ["PU.", "U."]) {
      t.in(`${flags} ${at}(10) ack 1 urg ${urgent}`);
      at += 10;
      for (let i = 0; i < 3; i++) {
        try {
          const part = stack.recvWith(t.fd, { length: 100, flags: MSG_DONTWAIT });
          got = Uint8Array.of(...got, ...part);
        } catch {
          break;
        }
      }
    }
  }
  assert.ok(at - 1 < total);
  assert.deepEqual(got, streamBytes(1, at - 1));
  settle(t);
});

script("[ATK-25] URG during the handshake announces nothing", { rfc: "CVE-2019-12261" }, (stack) => {
  const t = tcp(stack);
  const call = t.beginConnect();
  t.out("S 0:0(0)");
  t.in("SU. 0:0(0) ack 1 urg 100 <mss 1460>");
  t.out(". 1:1(0) ack 1");
  call.value();
  assert.equal(outOfBand(t), "EINVAL");
  t.in("P. 1:11(10) ack 1");
  take(t, 1, 10);
  settle(t);
  const passive = tcp(stack, { port: 8081 });
  passive.listen();
  passive.in("SU 0:0(0) urg 5 <mss 1460>");
  passive.out("S. 0:0(0) ack 1");
  passive.in(". 1:1(0) ack 1");
  passive.accept();
  assert.equal(outOfBand(passive), "EINVAL");
  passive.in("P. 1:11(10) ack 1");
  take(passive, 1, 10);
  settle(passive);
});

script("[ATK-25] nor does it in a simultaneous open", { rfc: "CVE-2019-12261" }, (stack) => {
  const t = tcp(stack);
  const call = t.beginConnect();
  t.out("S 0:0(0)");
  t.in("SU 0:0(0) urg 77 <mss 1460>");
  t.out("S. 0:0(0) ack 1");
  t.in(". 1:1(0) ack 1");
  stack.advance(10);
  call.value();
  assert.equal(outOfBand(t), "EINVAL");
  t.in("P. 1:11(10) ack 1");
  take(t, 1, 10);
  settle(t);
});

script("[ATK-26] the mark only goes forward, whatever is read in between", { rfc: "CVE-2019-12263" }, (stack) => {
  const t = tcp(stack);
  t.establish();
  t.in("PU. 1:21(20) ack 1 urg 15");
  // An older one that was overtaken: the mark stays at 15.
  t.in("U. 1:21(20) ack 1 urg 5");
  take(t, 1, 14);
  take(t, 15, 1, MSG_OOB);
  // Behind what has been read: nothing.
  t.in("U. 1:21(20) ack 1 urg 3");
  t.in("U. 1:21(20) ack 1 urg 14");
  assert.equal(outOfBand(t), "EINVAL");
  take(t, 16, 5);
  // Forward while the first is unread: the later one counts, and the first is an ordinary byte.
  t.in("PU. 21:31(10) ack 1 urg 3");
  t.in("PU. 31:41(10) ack 1 urg 5");
  take(t, 35, 1, MSG_OOB);
  const rest = stack.recvWith(t.fd, { length: 100, flags: MSG_DONTWAIT });
  assert.deepEqual(rest, streamBytes(21, 14));
  take(t, 36, 5);
  t.readError("EAGAIN");
  settle(t);
});

script("[DAT-13] [DAT-18] the mark across the wrap of the sequence numbers", RFC, (stack) => {
  // The peer's ISN is 0xfffffff0: byte 15 is number 0xffffffff.
  const t = tcp(stack);
  t.establish();
  t.in("PU. 1:31(30) ack 1 urg 16");
  take(t, 1, 15);
  take(t, 16, 1, MSG_OOB);
  take(t, 17, 14);
  settle(t);
});
