/** Ends that are no agreement (RFC 9293 §3.5.1, §3.6.1, §3.10.5): the rows CLS-4, CLS-5, CLS-6, DAT-17, and abort of CLS-7. */
import assert from "node:assert/strict";
import { script } from "../../harness/script.js";
import { MSG_DONTWAIT, POLLERR, POLLHUP, POLLIN, POLLOUT } from "../../harness/socket-calls.js";
import type { Stack } from "../../harness/stack.js";
import { type TcpConversation, tcp } from "../../harness/tcp-conversation.js";

/** Nothing of the connection is left: its next segment is a stranger's. */
function gone(t: TcpConversation, seq: number, ack: number): void {
  t.in(`. ${seq}:${seq}(0) ack ${ack}`);
  t.out(`R ${ack}:${ack}(0)`);
}

/** A closed connection whose application will never read. */
function closed(stack: Stack): TcpConversation {
  const t = tcp(stack);
  t.establish();
  t.close();
  t.out("F. 1:1(0) ack 1");
  return t;
}

script(
  "[DAT-17] closing with unread data resets the connection",
  { rfc: "9293 §3.6.1 (SHLD-3), 2525 §2.17" },
  (stack) => {
    const t = tcp(stack);
    t.establish();
    t.in("P. 1:11(10) ack 1");
    t.close();
    t.out("R. 1:1(0) ack 11");
    t.quiet(3000);
    gone(t, 11, 1);
  },
);

script("[DAT-17] also with part of it read, and with data of ours queued", { rfc: "9293 §3.6.1 (SHLD-3)" }, (stack) => {
  const t = tcp(stack);
  t.establish({ window: 1460 });
  t.in("P. 1:11(10) ack 1");
  t.read(5);
  t.send(3000);
  t.out(". 1:1461(1460) ack 11");
  t.close();
  t.out("R. 1461:1461(0) ack 11");
  t.quiet(10_000);
});

script("[DAT-17] after a half-close too", { rfc: "9293 §3.6.1 (SHLD-3)" }, (stack) => {
  const t = tcp(stack);
  t.establish();
  t.shutdown();
  t.out("F. 1:1(0) ack 1");
  t.in("P. 1:11(10) ack 2");
  stack.advance(200);
  stack.takeSent();
  t.close();
  t.out("R. 2:2(0) ack 11");
  t.quiet(3000);
});

script("[DAT-17] with everything read it ends in peace, also after the peer's FIN", { rfc: "9293 §3.6.1" }, (stack) => {
  const t = tcp(stack);
  t.establish();
  t.in("FP. 1:11(10) ack 1");
  t.out(". 1:1(0) ack 12");
  t.read(10);
  t.close();
  t.out("F. 1:1(0) ack 12");
  t.in(". 12:12(0) ack 2");
  gone(t, 12, 2);
});

script(
  "[CLS-4] data for a connection that the application has closed is reset, in FIN-WAIT-1 and FIN-WAIT-2",
  { rfc: "9293 §3.6.1, 1122 §4.2.2.13" },
  (stack) => {
    const first = closed(stack);
    first.in("P. 1:101(100) ack 1");
    first.out("R 1:1(0)");
    first.quiet(10_000);
    stack.close(first.listener);
    const second = tcp(stack, { port: 8081 });
    second.establish();
    second.close();
    second.out("F. 1:1(0) ack 1");
    second.in(". 1:1(0) ack 2");
    second.in("P. 1:101(100) ack 2");
    second.out("R 2:2(0)");
    second.quiet(10_000);
    gone(second, 101, 2);
  },
);

script("[CLS-4] an ACK or a FIN without data is not", { rfc: "9293 §3.6.1" }, (stack) => {
  const t = closed(stack);
  t.in(". 1:1(0) ack 2 win 100");
  t.in(". 1:1(0) ack 2 win 1000");
  t.quiet(3000);
  t.in("F. 1:1(0) ack 2");
  t.out(". 2:2(0) ack 2");
});

script(
  "[CLS-5] a restarted peer's SYN is challenged; its RST frees the way for its next SYN",
  { rfc: "9293 §3.5.1, figure 10" },
  (stack) => {
    const t = tcp(stack);
    t.establish();
    t.in("P. 1:11(10) ack 1");
    t.read(10);
    t.out(". 1:1(0) ack 11", { after: 100 });
    const again = tcp(stack, { irs: 0x1234_5678, arp: false });
    again.in("S 0:0(0) <mss 1460>");
    // The ACK of the old connection: not in the new one's numbers.
    t.out(". 1:1(0) ack 11");
    t.in("R 11:11(0)");
    stack.expectNothing();
    again.in("S 0:0(0) <mss 1460>");
    again.out("S. 0:0(0) ack 1");
    t.readError("ECONNRESET");
    again.in("R 1:1(0)");
  },
);

script("[CLS-5] data for a restarted peer: its RST ends the connection", { rfc: "9293 §3.5.1, figure 11" }, (stack) => {
  const t = tcp(stack);
  t.establish();
  t.send(100);
  t.out("P. 1:101(100) ack 1");
  // A stranger to it: <SEQ=SEG.ACK><CTL=RST>.
  t.in("R 1:1(0)");
  t.quiet(10_000);
  t.readError("ECONNRESET");
});

script(
  "[CLS-6] a RST: a waiting recv gets ECONNRESET, then the end; a send fails",
  { rfc: "9293 §3.10.7.4" },
  (stack) => {
    const t = tcp(stack);
    t.establish();
    const call = stack.begin.recv(t.fd, 100);
    assert.equal(call.done, false);
    t.in("R. 1:1(0) ack 1");
    stack.advance(10);
    assert.equal(call.errno, "ECONNRESET");
    t.readEnd();
    t.sendError("EPIPE");
    stack.expectNothing();
  },
);

script(
  "[CLS-6] a send that waits for room gets ECONNRESET, and what is queued is dropped",
  { rfc: "9293 §3.10.7.4" },
  (stack) => {
    const t = tcp(stack);
    t.establish({ window: 1460 });
    t.send(5000);
    t.out(". 1:1461(1460) ack 1");
    const call = stack.begin.send(t.fd, new Uint8Array(5000));
    assert.equal(call.done, false);
    t.in("R. 1:1(0) ack 1");
    stack.advance(10);
    assert.equal(call.done, true);
    // 840 bytes had been taken: then the call tells them, and the next one the error (POSIX).
    if (call.errno === "SUCCESS") t.sendError("ECONNRESET");
    else assert.equal(call.errno, "ECONNRESET");
    t.quiet(30_000);
    stack.close(t.fd);
    stack.close(t.listener);
    assert.deepEqual(stack.usedPools(), []);
  },
);

script("[CLS-6] SO_ERROR tells the reset once; poll says error and hang-up", { rfc: "9293 §3.10.7.4" }, (stack) => {
  const t = tcp(stack);
  t.establish();
  t.in("R. 1:1(0) ack 1");
  const [events] = stack.poll([{ fd: t.fd, events: POLLIN | POLLOUT }], 0);
  assert.equal((events ?? 0) & (POLLERR | POLLHUP), POLLERR | POLLHUP);
  assert.notEqual(stack.getSocketOption(t.fd, "SO_ERROR"), 0);
  assert.equal(stack.getSocketOption(t.fd, "SO_ERROR"), 0);
  t.readEnd();
});

script("[CLS-6] a reset in CLOSE-WAIT reaches the sender", { rfc: "9293 §3.10.7.4" }, (stack) => {
  const t = tcp(stack);
  t.establish();
  t.in("F. 1:1(0) ack 1");
  t.out(". 1:1(0) ack 2");
  t.readEnd();
  t.in("R. 2:2(0) ack 1");
  const code = stack.errno(() => stack.sendWith(t.fd, "x", MSG_DONTWAIT));
  assert.ok(code === "ECONNRESET" || code === "EPIPE", code);
  stack.expectNothing();
});

script("[CLS-7] abort (SO_LINGER 0) sends a RST, and nothing that is queued", { rfc: "9293 §3.10.5" }, (stack) => {
  const t = tcp(stack);
  t.establish({ window: 1460 });
  t.send(5000);
  t.out(". 1:1461(1460) ack 1");
  t.abort();
  t.out("R. 1461:1461(0) ack 1");
  t.quiet(30_000);
  gone(t, 1, 1461);
});

script(
  "[CLS-7] abort in every state after the handshake sends one RST; in SYN-SENT none",
  { rfc: "9293 §3.10.5" },
  (stack) => {
    let port = 8080;
    const begin = (): TcpConversation => {
      const t = tcp(stack, { port: port++ });
      t.establish();
      return t;
    };
    const finWait1 = begin();
    finWait1.shutdown();
    finWait1.out("F. 1:1(0) ack 1");
    finWait1.abort();
    finWait1.out("R. 2:2(0) ack 1");
    stack.close(finWait1.listener);
    const finWait2 = begin();
    finWait2.shutdown();
    finWait2.out("F. 1:1(0) ack 1");
    finWait2.in(". 1:1(0) ack 2");
    finWait2.abort();
    finWait2.out("R. 2:2(0) ack 1");
    stack.close(finWait2.listener);
    const closeWait = begin();
    closeWait.in("F. 1:1(0) ack 1");
    closeWait.out(". 1:1(0) ack 2");
    closeWait.abort();
    closeWait.out("R. 1:1(0) ack 2");
    stack.close(closeWait.listener);
    const synSent = tcp(stack, { port: port++ });
    stack.task = 0;
    const fd = stack.openTcp();
    stack.bind(fd, synSent.port);
    stack.nonBlocking(fd);
    assert.equal(
      stack.errno(() => stack.connect(fd, stack.peer.ip, synSent.peerPort)),
      "EINPROGRESS",
    );
    synSent.out("S 0:0(0)");
    stack.linger(fd, 0);
    stack.close(fd);
    stack.quiet(30_000);
  },
);
