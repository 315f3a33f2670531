/** Closing (RFC 9293 §3.6, §3.10.4, §3.10.7.4): the rows CLS-1, CLS-7, CLS-8, DAT-15. TIME-WAIT and resets have their own files. */
import assert from "node:assert/strict";
import { script } from "../../harness/script.js";
import type { Stack } from "../../harness/stack.js";
import { type TcpConversation, tcp } from "../../harness/tcp-conversation.js";
import { LARGE_BUFFERS } from "./settings.js";

const RFC = { rfc: "9293 §3.6" };

/** Nothing of the connection is left: its next segment is a stranger's. */
function gone(t: TcpConversation, seq: number, ack: number): void {
  t.in(`. ${seq}:${seq}(0) ack ${ack}`);
  t.out(`R ${ack}:${ack}(0)`);
}

/** The connection is in TIME-WAIT: a FIN again is acknowledged again. */
function timeWait(t: TcpConversation, seq: number, ack: number): void {
  t.in(`F. ${seq}:${seq}(0) ack ${ack}`);
  t.out(`. ${ack}:${ack}(0) ack ${seq + 1}`);
}

/** A closed connection whose application will never read. */
function closed(stack: Stack): TcpConversation {
  const t = tcp(stack);
  t.establish();
  t.close();
  t.out("F. 1:1(0) ack 1");
  return t;
}

script("[CLS-1] we close first: FIN-WAIT-1, FIN-WAIT-2, TIME-WAIT", RFC, (stack) => {
  const t = tcp(stack);
  t.establish();
  t.shutdown();
  t.out("F. 1:1(0) ack 1");
  t.in(". 1:1(0) ack 2");
  t.quiet(3000);
  t.in("F. 1:1(0) ack 2");
  t.out(". 2:2(0) ack 2");
  t.readEnd();
  t.quiet(3000);
  timeWait(t, 1, 2);
});

script("[CLS-1] the peer's FIN acknowledges ours: TIME-WAIT at once", RFC, (stack) => {
  const t = tcp(stack);
  t.establish();
  t.close();
  t.out("F. 1:1(0) ack 1");
  t.in("F. 1:1(0) ack 2");
  t.out(". 2:2(0) ack 2");
  t.quiet(3000);
  timeWait(t, 1, 2);
});

script("[CLS-1] both close at once: CLOSING, TIME-WAIT", RFC, (stack) => {
  const t = tcp(stack);
  t.establish();
  t.shutdown();
  t.out("F. 1:1(0) ack 1");
  t.in("F. 1:1(0) ack 1");
  t.out(". 2:2(0) ack 2");
  // Our FIN is still to be acknowledged: it goes out again.
  stack.untilSent(1500);
  t.out("F. 1:1(0) ack 2");
  t.in(". 2:2(0) ack 2");
  t.quiet(3000);
  timeWait(t, 1, 2);
  t.readEnd();
});

script("[CLS-1] the peer closes first: CLOSE-WAIT, in which we still send; LAST-ACK; gone", RFC, (stack) => {
  const t = tcp(stack);
  t.establish();
  t.in("F. 1:1(0) ack 1");
  t.out(". 1:1(0) ack 2");
  t.readEnd();
  t.readEnd();
  t.send(1000);
  t.out("P. 1:1001(1000) ack 2");
  t.in(". 2:2(0) ack 1001");
  t.send(10);
  t.out("P. 1001:1011(10) ack 2");
  t.in(". 2:2(0) ack 1011");
  t.close();
  t.out("F. 1011:1011(0) ack 2");
  t.in(". 2:2(0) ack 1012");
  t.quiet(3000);
  gone(t, 2, 1012);
});

script("[CLS-1] a FIN sent again in CLOSE-WAIT and LAST-ACK is acknowledged again", RFC, (stack) => {
  const t = tcp(stack);
  t.establish();
  t.in("F. 1:1(0) ack 1");
  t.out(". 1:1(0) ack 2");
  t.in("F. 1:1(0) ack 1");
  t.out(". 1:1(0) ack 2");
  t.shutdown();
  t.out("F. 1:1(0) ack 2");
  t.in("F. 1:1(0) ack 1");
  t.out(". 2:2(0) ack 2");
  t.in(". 2:2(0) ack 2");
  t.quiet(3000);
  gone(t, 2, 2);
});

script("[CLS-1] after a half-close data still arrives, in FIN-WAIT-1 and FIN-WAIT-2", RFC, (stack) => {
  const t = tcp(stack);
  t.establish();
  t.shutdown();
  t.out("F. 1:1(0) ack 1");
  t.in("P. 1:101(100) ack 1");
  t.read(100);
  t.out(". 2:2(0) ack 101", { after: 100 });
  t.in("P. 101:201(100) ack 2");
  t.read(100);
  t.out(". 2:2(0) ack 201", { after: 100 });
  t.in("P. 201:301(100) ack 2");
  t.in("FP. 301:401(100) ack 2");
  t.out(". 2:2(0) ack 402");
  // The connection is in TIME-WAIT; what came can still be read.
  t.read(200);
  t.readEnd();
  timeWait(t, 401, 2);
});

script("[CLS-1] data, the ACK of our FIN and the peer's FIN in one segment", RFC, (stack) => {
  const t = tcp(stack);
  t.establish();
  t.shutdown();
  t.out("F. 1:1(0) ack 1");
  t.in("FP. 1:1001(1000) ack 2");
  t.out(". 2:2(0) ack 1002");
  stack.advance(5000);
  t.read(1000);
  t.readEnd();
  timeWait(t, 1001, 2);
});

script("[CLS-1] unread data outlives TIME-WAIT", RFC, (stack) => {
  const t = tcp(stack);
  t.establish();
  t.shutdown();
  t.out("F. 1:1(0) ack 1");
  t.in("FP. 1:1001(1000) ack 2");
  t.out(". 2:2(0) ack 1002");
  t.quiet(300_000);
  t.read(1000);
  t.readEnd();
});

script(
  "[CLS-1] after shutdown for writing a send fails with EPIPE, and a second shutdown sends nothing",
  RFC,
  (stack) => {
    const t = tcp(stack);
    t.establish();
    t.shutdown();
    t.out("F. 1:1(0) ack 1");
    t.sendError("EPIPE");
    t.shutdown();
    stack.expectNothing();
    t.in(". 1:1(0) ack 2");
    t.close();
    t.in("F. 1:1(0) ack 2");
    t.out(". 2:2(0) ack 2");
  },
);

script("[CLS-1] data queued before a half-close goes out first, the FIN with its last segment", RFC, (stack) => {
  const t = tcp(stack);
  t.establish({ window: 2920 });
  t.send(4000);
  t.out(". 1:1461(1460) ack 1");
  t.out(". 1461:2921(1460) ack 1");
  t.shutdown();
  stack.expectNothing();
  t.in(". 1:1(0) ack 2921");
  t.out("FP. 2921:4001(1080) ack 1");
  t.in(". 1:1(0) ack 4002");
  t.quiet(3000);
  t.in("F. 1:1(0) ack 4002");
  t.out(". 4002:4002(0) ack 2");
  t.readEnd();
});

script("[CLS-1] in LAST-ACK the data in front of the FIN is sent, whatever is acknowledged before", RFC, (stack) => {
  const t = tcp(stack);
  t.establish({ window: 2920 });
  t.in("F. 1:1(0) ack 1");
  t.out(". 1:1(0) ack 2");
  t.send(4000);
  t.out(". 1:1461(1460) ack 2");
  t.out(". 1461:2921(1460) ack 2");
  t.shutdown();
  stack.expectNothing();
  // All that is in flight, and no more: not the end.
  t.in(". 2:2(0) ack 2921 win 0");
  t.in(". 2:2(0) ack 2921");
  t.out("FP. 2921:4001(1080) ack 2");
  t.in(". 2:2(0) ack 4002");
  t.quiet(3000);
});

script("[CLS-1] in LAST-ACK an ACK of everything in flight is not yet the last one", RFC, (stack) => {
  const t = tcp(stack);
  t.establish({ window: 700 });
  t.in("F. 1:1(0) ack 1");
  t.out(". 1:1(0) ack 2");
  t.send(1000);
  t.out(". 1:701(700) ack 2");
  t.shutdown();
  stack.expectNothing();
  t.in(". 2:2(0) ack 701 win 700");
  t.out("FP. 701:1001(300) ack 2");
  t.in(". 2:2(0) ack 1002");
  t.quiet(3000);
});

script("[CLS-1] a pure ACK of everything but our FIN leaves FIN-WAIT-1", RFC, (stack) => {
  const t = tcp(stack);
  t.establish();
  t.send(100);
  t.out("P. 1:101(100) ack 1");
  t.shutdown();
  t.out("F. 101:101(0) ack 1");
  t.in(". 1:1(0) ack 101");
  // The FIN is in flight still.
  stack.untilSent(1500);
  t.out("F. 101:101(0) ack 1");
  t.in(". 1:1(0) ack 102");
  t.quiet(10_000);
});

script("[DAT-15] a FIN out of order waits until the gap is closed", RFC, (stack) => {
  const t = tcp(stack);
  t.establish();
  t.in("FP. 1001:2001(1000) ack 1");
  t.out(". 1:1(0) ack 1");
  t.readError("EAGAIN");
  t.in("P. 1:1001(1000) ack 1");
  t.out(". 1:1(0) ack 2002");
  t.read(2000);
  t.readEnd();
});

script("[DAT-15] a lone FIN out of order, too", RFC, (stack) => {
  const t = tcp(stack);
  t.establish();
  t.in("F. 1001:1001(0) ack 1");
  t.out(". 1:1(0) ack 1");
  t.quiet(1000);
  t.in("P. 1:501(500) ack 1");
  stack.advance(500);
  assert.ok(t.takeSegments().every(({ ack }) => (ack - t.irs) >>> 0 <= 501));
  t.read(500);
  t.in("P. 501:1001(500) ack 1");
  t.out(". 1:1(0) ack 1002");
  t.read(500);
  t.readEnd();
});

script("[DAT-15] out of order in FIN-WAIT-2: TIME-WAIT only when all is there", RFC, (stack) => {
  const t = tcp(stack);
  t.establish();
  t.shutdown();
  t.out("F. 1:1(0) ack 1");
  t.in("F. 101:101(0) ack 2");
  t.out(". 2:2(0) ack 1");
  t.in("P. 1:101(100) ack 2");
  t.out(". 2:2(0) ack 102");
  t.read(100);
  t.readEnd();
  timeWait(t, 101, 2);
});

script("[DAT-15] data behind a FIN is not taken", RFC, (stack) => {
  const t = tcp(stack);
  t.establish();
  t.in("F. 1:1(0) ack 1");
  t.out(". 1:1(0) ack 2");
  t.in("P. 2:12(10) ack 1");
  stack.advance(500);
  assert.ok(
    t.takeSegments().every(({ ack }) => ack === (t.irs + 2) >>> 0),
    "nothing behind the FIN is acknowledged",
  );
  t.readEnd();
});

script(
  "[CLS-7] close sends all that is queued and then the FIN, however slowly the peer reads",
  { rfc: "9293 §3.10.4", settings: LARGE_BUFFERS, variants: false },
  (stack) => {
    const t = tcp(stack);
    t.establish({ window: 1000 });
    t.send(100_000);
    t.close();
    const seen = new Uint8Array(100_001);
    let acked = 1;
    let finished = false;
    for (let round = 0; round < 2000 && !finished; round++) {
      const segments = t.takeSegments();
      for (const segment of segments) {
        const at = (segment.seq - t.iss) >>> 0;
        seen.fill(1, at, at + segment.payload.length);
        if (segment.flags.includes("F")) {
          assert.equal(at + segment.payload.length, 100_001, "the FIN is behind the last byte");
          finished = true;
        }
      }
      while (acked < 100_001 && seen[acked] === 1) acked += 1;
      // Every third time the window closes for a while.
      const window = round % 3 === 2 ? 0 : 1000;
      t.in(`. 1:1(0) ack ${acked} win ${window}`);
      if (window === 0) t.in(`. 1:1(0) ack ${acked} win 1000`);
      stack.advance(10);
    }
    assert.ok(finished, "the FIN came");
    assert.equal(acked, 100_001, "all bytes came");
    t.in(". 1:1(0) ack 100002");
    t.in("F. 1:1(0) ack 100002");
    t.out(". 100002:100002(0) ack 2");
  },
);

script("[CLS-8] FIN-WAIT-2 of a closed socket ends by itself", { rfc: "1122 §4.2.2.13", variants: false }, (stack) => {
  const t = closed(stack);
  t.in(". 1:1(0) ack 2");
  const limit = stack.config.int("NET_TCP_FIN_WAIT_2_TIMEOUT") * 1000;
  stack.fork(
    () => {
      // Before: the FIN is welcome.
      t.quiet(limit - 1000);
      t.in("F. 1:1(0) ack 2");
      t.out(". 2:2(0) ack 2", { within: 100 });
    },
    () => {
      t.quiet(limit + 1000);
      t.in("F. 1:1(0) ack 2");
      t.out("R 2:2(0)", { within: 100 });
    },
  );
  stack.close(t.listener);
  stack.advance(limit + 1000);
  assert.deepEqual(stack.usedPools(), []);
});

script(
  "[CLS-8] FIN-WAIT-2 of an open socket does not end by itself",
  { rfc: "1122 §4.2.2.13", variants: false },
  (stack) => {
    const t = tcp(stack);
    t.establish();
    t.shutdown();
    t.out("F. 1:1(0) ack 1");
    t.in(". 1:1(0) ack 2");
    t.quiet(3_600_000);
    t.in("P. 1:11(10) ack 2");
    t.read(10);
    t.out(". 2:2(0) ack 11", { within: 500 });
    // Closed at last, the limit runs.
    t.close();
    t.quiet(120_000);
    t.in("F. 11:11(0) ack 2");
    t.out("R 2:2(0)", { within: 100 });
  },
);

script(
  "[CLS-7] closed before the handshake is over: after a simultaneous open a FIN",
  { rfc: "9293 §3.10.4" },
  (stack) => {
    const t = tcp(stack);
    const fd = stack.openTcp();
    stack.bind(fd, t.port);
    stack.nonBlocking(fd);
    assert.equal(
      stack.errno(() => stack.connect(fd, stack.peer.ip, t.peerPort)),
      "EINPROGRESS",
    );
    t.out("S 0:0(0)");
    t.in("S 0:0(0) <mss 1460>");
    t.out("S. 0:0(0) ack 1");
    stack.close(fd);
    // SYN-RECEIVED, CLOSE: a FIN now or once the SYN is acknowledged.
    stack.takeSent();
    t.in(". 1:1(0) ack 1");
    stack.advance(3000);
    stack.takeSent();
    t.in("F. 1:1(0) ack 2");
    t.out(". 2:2(0) ack 2");
  },
);

script("[CLS-1] the FIN is lost, then the ACK of it: both are sent again, and the connection ends", RFC, (stack) => {
  const t = tcp(stack);
  t.establish();
  t.in("F. 1:1(0) ack 1");
  t.out(". 1:1(0) ack 2");
  t.close();
  t.out("F. 1:1(0) ack 2");
  for (let round = 0; round < 3; round++) {
    stack.untilSent(9000);
    t.out("F. 1:1(0) ack 2");
  }
  t.in(". 2:2(0) ack 2");
  t.quiet(120_000);
  gone(t, 2, 2);
});

script(
  "[CLS-1] a FIN that nobody acknowledges is given up, and all is free",
  { rfc: "9293 §3.8.3", variants: false },
  (stack) => {
    const t = tcp(stack);
    t.establish();
    t.close();
    t.out("F. 1:1(0) ack 1");
    stack.close(t.listener);
    stack.advance(100_000);
    assert.notDeepEqual(stack.usedPools(), [], "not before R2");
    stack.advance(900_000);
    for (const segment of t.takeSegments()) assert.match(segment.flags, /^[FR]\.$/);
    assert.deepEqual(stack.usedPools(), []);
  },
);
