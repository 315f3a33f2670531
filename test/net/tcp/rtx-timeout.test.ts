/** The retransmission time-out (RFC 6298, RFC 9293 §3.8.3): the rows RTX-1 to RTX-7 and RTX-20. */
import assert from "node:assert/strict";
import { script } from "../../harness/script.js";
import type { Stack } from "../../harness/stack.js";
import { type EstablishOptions, type TcpConversation, tcp } from "../../harness/tcp-conversation.js";

/** A connection whose handshake took `rtt` ms. */
function afterHandshake(stack: Stack, rtt: number, options: EstablishOptions = {}): TcpConversation {
  const t = tcp(stack);
  t.listen();
  t.advance(1);
  t.in(`S 0:0(0) win 65535 <${t.synOptions({ mss: 1000, ...options })}>`);
  t.out("S. 0:0(0) ack 1");
  t.advance(rtt);
  t.in(". 1:1(0) ack 1");
  t.accept();
  return t;
}

/** The formulas of RFC 6298 §2, in ms. */
class Estimator {
  srtt = 0;
  rttvar = 0;

  take(rtt: number): this {
    if (this.srtt === 0) {
      this.srtt = rtt;
      this.rttvar = rtt / 2;
    } else {
      this.rttvar = (3 / 4) * this.rttvar + (1 / 4) * Math.abs(this.srtt - rtt);
      this.srtt = (7 / 8) * this.srtt + (1 / 8) * rtt;
    }
    return this;
  }

  get rto(): number {
    return Math.max(1000, this.srtt + 4 * this.rttvar);
  }
}

script("[RTX-1] an unanswered SYN goes again after 1 s", { rfc: "6298 §2.1" }, (stack) => {
  const t = tcp(stack);
  const call = t.beginConnect();
  t.out("S 0:0(0)");
  t.out("S 0:0(0)", { after: 1000 });
  t.in("R. 0:0(0) ack 1");
  assert.equal(call.errno, "ECONNREFUSED");
});

script("[RTX-1] so does the first data when no round trip has been measured", { rfc: "6298 §2.1" }, (stack) => {
  const t = tcp(stack);
  t.establish({ mss: 1000 });
  t.send(500);
  t.out("P. 1:501(500) ack 1");
  t.out("P. 1:501(500) ack 1", { after: 1000 });
  t.ack();
});

script("[RTX-2] the time-out follows the round-trip times as RFC 6298 has it", { rfc: "6298 §2.2" }, (stack) => {
  const t = afterHandshake(stack, 300);
  const model = new Estimator().take(300);
  let seq = 1;
  for (const rtt of [300, 800, 300, 1500, 2500, 200, 900]) {
    t.send(1000);
    t.out(`P. ${seq}(1000) ack 1`);
    if (rtt < model.rto) {
      t.advance(rtt);
      t.ack();
      model.take(rtt);
      seq += 1000;
      continue;
    }
    // Longer than the time-out: this is what the time-out is. The acknowledgement of what was sent twice says nothing.
    t.out(`P. ${seq}(1000) ack 1`, { after: model.rto, tolerance: 0.1 });
    t.ack();
    seq += 1000;
    // One more, answered fast, takes the back-off away.
    t.send(1000);
    t.out(`P. ${seq}(1000) ack 1`);
    t.advance(100);
    t.ack();
    model.take(100);
    seq += 1000;
  }
  assert.ok(model.rto > 1000, "the formula decides, not the floor");
  t.send(1000);
  t.out(`P. ${seq}(1000) ack 1`);
  t.out(`P. ${seq}(1000) ack 1`, { after: model.rto, tolerance: 0.1 });
  t.ack();
});

script("[RTX-2] short round trips do not bring it below the configured minimum", { rfc: "6298 §2.4" }, (stack) => {
  const t = afterHandshake(stack, 10);
  for (let seq = 1; seq < 10_000; seq += 1000) {
    t.send(1000);
    t.out(`P. ${seq}(1000) ack 1`);
    t.advance(10);
    t.ack();
  }
  t.send(1000);
  t.out("P. 10001(1000) ack 1");
  t.out("P. 10001(1000) ack 1", { after: 1000 });
  t.ack();
});

script(
  "[RTX-2] the minimum can be configured",
  { rfc: "6298 §2.4", settings: { NET_TCP_MIN_RETRANSMISSION_TIMEOUT: 200 } },
  (stack) => {
    const t = afterHandshake(stack, 100);
    t.send(1000);
    t.out("P. 1(1000) ack 1");
    // 100 + 4 × 50
    t.out("P. 1(1000) ack 1", { after: 300 });
    t.ack();
  },
);

script("[RTX-3] the acknowledgement of what was sent twice measures nothing (Karn)", { rfc: "6298 §3" }, (stack) => {
  const t = afterHandshake(stack, 400);
  t.send(1000);
  t.out("P. 1(1000) ack 1");
  // 400 + 4 × 200
  t.out("P. 1(1000) ack 1", { after: 1200 });
  // 1 ms after the second, or 1201 ms after the first: nobody knows.
  t.advance(1);
  t.ack();
  // The back-off stays until something sent once has been acknowledged (RFC 6298 §5).
  t.send(1000);
  t.out("P. 1001(1000) ack 1");
  t.out("P. 1001(1000) ack 1", { after: 2400 });
  t.ack();
});

script(
  "[RTX-3] with timestamps it measures the one that arrived",
  { rfc: "6298 §3, 7323 §4", settings: { NET_TCP_MIN_RETRANSMISSION_TIMEOUT: 100 } },
  (stack) => {
    const t = afterHandshake(stack, 400, { timestamps: true });
    t.send(500);
    t.out("P. 1(500) ack 1");
    t.out("P. 1(500) ack 1", { after: 1200 });
    t.advance(400);
    t.ack();
    t.send(500);
    t.out("P. 501(500) ack 1");
    // 400 again: SRTT 400, RTTVAR 150. Timestamps are counted in 1.024 ms.
    t.out("P. 501(500) ack 1", { after: 1000, tolerance: 5 });
    t.ack();
  },
);

script("[RTX-4] one timer: an acknowledgement of part of the data starts it anew", { rfc: "6298 §5.3" }, (stack) => {
  const t = tcp(stack);
  t.establish({ mss: 1000 });
  t.send(3000);
  for (const seq of [1, 1001]) t.out(`. ${seq}(1000) ack 1`);
  t.out("P. 2001(1000) ack 1");
  t.advance(700);
  t.in(". 1:1(0) ack 1001");
  t.advance(700);
  t.in(". 1:1(0) ack 2001");
  t.quiet(999);
  // RTT samples of 0.7 and 1.4 s by now.
  assert.ok(stack.untilSent(5000) > 500);
  t.out("P. 2001(1000) ack 1");
  t.ack();
});

script("[RTX-4] the one that measures after a time-out starts it without the back-off", { rfc: "6298 §5" }, (stack) => {
  const t = afterHandshake(stack, 400);
  t.window = 2000;
  t.in(". 1:1(0) ack 1");
  t.send(4000);
  t.out(". 1(1000) ack 1");
  t.out(". 1001(1000) ack 1");
  // 400 + 4 × 200
  t.out(". 1(1000) ack 1", { after: 1200 });
  t.in(". 1:1(0) ack 2001");
  t.out(". 2001(1000) ack 1");
  t.out("P. 3001(1000) ack 1");
  t.advance(400);
  t.in(". 1:1(0) ack 3001");
  // SRTT 400, RTTVAR 150
  t.out("P. 3001(1000) ack 1", { after: 1000 });
  t.ack();
});

script(
  "[RTX-4] an old acknowledgement does not start it anew, and it stops with the last",
  { rfc: "6298 §5.2" },
  (stack) => {
    const t = tcp(stack);
    t.establish({ mss: 1000 });
    t.send(1000);
    t.out("P. 1(1000) ack 1");
    t.advance(900);
    t.in(". 1:1(0) ack 1");
    t.out("P. 1(1000) ack 1", { after: 100 });
    t.ack();
    t.quiet(300_000);
  },
);

script("[RTX-5] each time-out doubles the next: 1, 3, 7, 15 … s after the first", { rfc: "6298 §5.5" }, (stack) => {
  const t = tcp(stack);
  t.establish({ mss: 500 });
  t.send(1500);
  t.out(". 1(500) ack 1");
  t.out(". 501(500) ack 1");
  t.out("P. 1001(500) ack 1");
  // Only the earliest goes again.
  for (const seconds of [1, 2, 4, 8, 16, 32, 60, 60, 60]) t.out(". 1(500) ack 1", { after: seconds * 1000 });
  t.ack();
});

script("[RTX-6] when the SYN was lost the first data waits 3 s", { rfc: "6298 §5.7" }, (stack) => {
  const t = tcp(stack);
  const call = t.beginConnect();
  t.out("S 0:0(0)");
  t.out("S 0:0(0)", { after: 1000 });
  t.in("S. 0:0(0) ack 1 <mss 1000>");
  t.out(". 1:1(0) ack 1");
  call.value();
  t.send(500);
  t.out("P. 1:501(500) ack 1");
  t.out("P. 1:501(500) ack 1", { after: 3000 });
  t.ack();
});

script("[RTX-6] or the SYN-ACK", { rfc: "6298 §5.7" }, (stack) => {
  const t = tcp(stack);
  t.listen();
  t.in("S 0:0(0) <mss 1000>");
  t.out("S. 0:0(0) ack 1");
  t.out("S. 0:0(0) ack 1", { after: 1000 });
  t.in(". 1:1(0) ack 1");
  t.accept();
  t.send(500);
  t.out("P. 1:501(500) ack 1");
  t.out("P. 1:501(500) ack 1", { after: 3000 });
  t.ack();
});

script(
  "[RTX-7] a peer that never answers is given up after R2, more than 100 s: ETIMEDOUT",
  { rfc: "9293 §3.8.3" },
  (stack) => {
    const t = tcp(stack);
    t.establish({ mss: 1000 });
    t.send(500);
    t.out("P. 1:501(500) ack 1");
    for (const seconds of [1, 2, 4, 8, 16, 32, 60, 60, 60]) t.out("P. 1:501(500) ack 1", { after: seconds * 1000 });
    t.quiet(59_999);
    t.readError("EAGAIN");
    t.advance(1);
    t.readError("ETIMEDOUT");
    // Told once.
    t.readEnd();
    t.quiet(300_000);
  },
);

script(
  "[RTX-7] the number of retransmissions can be configured",
  { rfc: "9293 §3.8.3", settings: { NET_TCP_RETRY_COUNT: 2 } },
  (stack) => {
    const t = tcp(stack);
    t.establish({ mss: 1000 });
    t.send(500);
    t.out("P. 1:501(500) ack 1");
    t.out("P. 1:501(500) ack 1", { after: 1000 });
    t.out("P. 1:501(500) ack 1", { after: 2000 });
    t.quiet(3999);
    t.advance(1);
    t.readError("ETIMEDOUT");
  },
);

script("[RTX-7] TCP_USER_TIMEOUT sets the time itself", { rfc: "5482" }, (stack) => {
  for (const [index, timeout] of [500, 5000, 400_000].entries()) {
    const t = tcp(stack, { port: 8080 + index });
    t.establish({ mss: 1000 });
    stack.setSocketOption(t.fd, "TCP_USER_TIMEOUT", timeout);
    const start = stack.elapsed;
    t.send(500);
    let sent = 0;
    while (stack.elapsed < start + timeout - 5) {
      t.advance(Math.min(1000, start + timeout - 5 - stack.elapsed));
      sent += t.takeSegments().length;
    }
    t.readError("EAGAIN");
    t.advance(10);
    t.takeSegments();
    t.readError("ETIMEDOUT");
    assert.ok(sent >= (timeout > 5000 ? 10 : timeout > 500 ? 3 : 1), `${sent} segments`);
    t.close();
  }
});

script("[RTX-7] what counts is the time without progress", { rfc: "9293 §3.8.3", variants: false }, (stack) => {
  const t = tcp(stack);
  t.establish({ mss: 500 });
  // Each segment gets through at the last try, for an hour and more.
  for (let seq = 1; seq < 8000; seq += 500) {
    t.send(500);
    for (let i = 0; i < 9; i++) {
      stack.untilSent(61_000);
      t.out(`P. ${seq}(500) ack 1`);
    }
    t.ack();
  }
  assert.ok(stack.elapsed > 3_600_000);
});

script("[RTX-20] a FIN with data is sent again like data, and as one", { rfc: "9293 §3.8.2" }, (stack) => {
  const t = tcp(stack);
  t.establish({ mss: 1000 });
  t.send(1000);
  t.out("P. 1:1001(1000) ack 1");
  t.send(500);
  t.shutdown();
  t.out("FP. 1001:1501(500) ack 1");
  t.in(". 1:1(0) ack 1001");
  t.out("FP. 1001:1501(500) ack 1", { after: 1000 });
  t.out("FP. 1001:1501(500) ack 1", { after: 2000 });
  // The data without the FIN.
  t.in(". 1:1(0) ack 1501");
  stack.untilSent(10_000);
  t.out("F. 1501:1501(0) ack 1");
  t.in("F. 1:1(0) ack 1502");
  t.out(". 1502:1502(0) ack 2");
});

script("[RTX-20] a FIN behind data in flight that is lost alone goes again alone", { rfc: "9293 §3.8.2" }, (stack) => {
  const t = tcp(stack);
  t.establish({ mss: 1000 });
  t.send(1000);
  t.out("P. 1:1001(1000) ack 1");
  t.shutdown();
  t.out("F. 1001:1001(0) ack 1");
  t.in(". 1:1(0) ack 1001");
  stack.untilSent(1100);
  t.out("F. 1001:1001(0) ack 1");
  t.in("F. 1:1(0) ack 1002");
  t.out(". 1002:1002(0) ack 2");
});
