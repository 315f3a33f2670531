/** Zero windows (RFC 9293 §3.8.6.1, RFC 6429): the rows DAT-10 and DAT-11. */
import assert from "node:assert/strict";
import { script } from "../../harness/script.js";
import type { Stack } from "../../harness/stack.js";
import { type TcpConversation, tcp } from "../../harness/tcp-conversation.js";

const RFC = { rfc: "9293 §3.8.6.1" };

/** A connection with 500 bytes queued against a window of 0. */
function blocked(stack: Stack): TcpConversation {
  const t = tcp(stack);
  t.establish();
  t.in(". 1:1(0) ack 1 win 0");
  t.send(500);
  stack.expectNothing();
  return t;
}

script("[DAT-10] probes: the first after a time-out, then with back-off up to the largest time-out", RFC, (stack) => {
  const t = blocked(stack);
  for (const wait of [1, 2, 4, 8, 16, 32, 60, 60, 60]) {
    const took = stack.untilSent(wait * 1000 + 200);
    assert.ok(took >= wait * 1000 - 200, `after ${took} ms, expected ${wait} s`);
    t.out(". 1:2(1) ack 1");
    t.in(". 1:1(0) ack 1 win 0");
  }
});

script(
  "[DAT-10] as long as probes are answered the connection lives: an hour, a day",
  { ...RFC, variants: false },
  (stack) => {
    const t = blocked(stack);
    let probes = 0;
    const end = stack.elapsed + 86_400_000;
    while (stack.elapsed < end) {
      stack.untilSent(61_000);
      for (const segment of t.takeSegments()) {
        assert.equal(segment.payload.length, 1);
        probes += 1;
      }
      t.in(". 1:1(0) ack 1 win 0");
    }
    assert.ok(probes >= 1440 && probes < 1460, `${probes} probes in a day`);
    t.in(". 1:1(0) ack 1 win 500");
    t.out("P. 1:501(500) ack 1");
    t.ack();
  },
);

script("[DAT-10] the window opens: the data goes at once, and probing ends", RFC, (stack) => {
  const t = blocked(stack);
  stack.untilSent(1200);
  t.out(". 1:2(1) ack 1");
  t.in(". 1:1(0) ack 1 win 1000");
  t.out("P. 1:501(500) ack 1");
  t.in(". 1:1(0) ack 501 win 1000");
  t.quiet(120_000);
});

script("[DAT-10] the byte of the probe is taken by the peer: it counts", RFC, (stack) => {
  const t = blocked(stack);
  stack.untilSent(1200);
  t.out(". 1:2(1) ack 1");
  t.in(". 1:1(0) ack 2 win 0");
  stack.untilSent(5000);
  t.out(". 2:3(1) ack 1");
  t.in(". 1:1(0) ack 3 win 1000");
  t.out("P. 3:501(498) ack 1");
  t.ack();
  t.quiet(10_000);
});

script("[DAT-10] an answered probe whose update was lost: the next probe brings it", RFC, (stack) => {
  const t = blocked(stack);
  // The first answer is lost.
  stack.untilSent(1200);
  t.out(". 1:2(1) ack 1");
  stack.untilSent(2300);
  t.out(". 1:2(1) ack 1");
  t.in(". 1:1(0) ack 1 win 600");
  t.out("P. 1:501(500) ack 1");
  t.ack();
});

script(
  "[DAT-10] a peer that does not answer is given up like one that acknowledges nothing",
  { rfc: "9293 §3.8.3", variants: false },
  (stack) => {
    const t = blocked(stack);
    const end = stack.elapsed + 1_200_000;
    let probes = 0;
    while (stack.elapsed < end) {
      stack.advance(10_000);
      const segments = t.takeSegments();
      probes += segments.filter(({ payload }) => payload.length > 0).length;
      if (stack.getSocketOption(t.fd, "SO_ERROR") !== 0) break;
    }
    assert.ok(stack.elapsed < end, "it was given up");
    assert.ok(stack.elapsed > 100_000, `after ${stack.elapsed} ms; R2 is at least 100 s`);
    assert.ok(probes >= 5, `${probes} probes`);
    t.sendError("EPIPE");
  },
);

script("[DAT-10] nothing to send: a window of 0 is not probed", RFC, (stack) => {
  const t = tcp(stack);
  t.establish();
  t.in(". 1:1(0) ack 1 win 0");
  t.quiet(300_000);
});

script("[DAT-10] a FIN goes out although the window is 0", RFC, (stack) => {
  const t = tcp(stack);
  t.establish();
  t.in(". 1:1(0) ack 1 win 0");
  t.shutdown();
  t.out("F. 1:1(0) ack 1");
  t.in(". 1:1(0) ack 2 win 0");
});

script("[DAT-10] data and a close against a window of 0: the FIN comes after the data", RFC, (stack) => {
  const t = blocked(stack);
  t.shutdown();
  stack.expectNothing();
  stack.untilSent(1200);
  t.out(". 1:2(1) ack 1");
  t.in(". 1:1(0) ack 1 win 400");
  let at = 1;
  for (let round = 0; round < 10 && t.stackNext < 502; round++) {
    stack.advance(500);
    for (const segment of t.takeSegments()) at = Math.max(at, ((segment.seq - t.iss) >>> 0) + segment.payload.length);
    t.ack();
  }
  stack.takeSent();
  assert.equal(t.stackNext, 502, "500 bytes and the FIN");
  t.ack();
});

script(
  "[DAT-11] [ATK-108] the application aborts a connection with a window of 0: a RST, and all is free",
  { rfc: "6429" },
  (stack) => {
    const t = blocked(stack);
    stack.untilSent(1200);
    t.out(". 1:2(1) ack 1");
    t.in(". 1:1(0) ack 1 win 0");
    t.abort();
    t.out("R. *(0) ack 1");
    stack.close(t.listener);
    assert.deepEqual(stack.usedPools(), []);
    t.quiet(300_000);
  },
);

script(
  "[DAT-11] [ATK-108] closed by the application, it is given up with TCP_USER_TIMEOUT",
  { rfc: "6429, 5482", variants: false },
  (stack) => {
    const t = tcp(stack);
    t.establish();
    stack.setSocketOption(t.fd, "TCP_USER_TIMEOUT", 30_000);
    t.in(". 1:1(0) ack 1 win 0");
    t.send(500);
    const end = stack.elapsed + 120_000;
    while (stack.elapsed < end) {
      stack.advance(1000);
      for (const segment of t.takeSegments()) if (segment.payload.length > 0) t.in(". 1:1(0) ack 1 win 0");
      if (stack.getSocketOption(t.fd, "SO_ERROR") !== 0) break;
    }
    assert.ok(stack.elapsed < end, "it was given up although every probe was answered");
    assert.ok(stack.elapsed >= 29_000, `after ${stack.elapsed} ms`);
    stack.takeSent();
  },
);

script(
  "[ATK-108] connections that never read and never open their windows hold only the pools, and others go on",
  {
    rfc: "CVE-2008-4609",
    variants: false,
    settings: { NET_TCP_SEND_BUFFERS: 2, NET_TCP_RECV_BUFFERS: 2, NET_MAX_CONTEXTS: 12, ZVFS_OPEN_MAX: 20 },
  },
  (stack) => {
    const fds: number[] = [];
    const first = tcp(stack, { peerPort: 42_000 });
    first.listen();
    for (let i = 0; i < 6; i++) {
      const t = tcp(stack, { peerPort: 42_001 + i, port: first.port, arp: false });
      t.listener = first.listener;
      t.window = 0;
      t.establish({ window: 0 });
      fds.push(t.fd);
      stack.nonBlocking(t.fd);
      // Two get a buffer, the others are told to wait.
      const outcome = stack.errno(() => stack.sendWith(t.fd, "x".repeat(1000), 0));
      assert.equal(outcome, i < 2 ? "SUCCESS" : "EAGAIN");
    }
    stack.advance(30_000);
    stack.takeSent();
    // The application gives two up; then a connection that behaves gets what it needs.
    for (const fd of fds.slice(0, 2)) {
      stack.linger(fd, 0);
      stack.close(fd);
    }
    stack.takeSent();
    const good = tcp(stack, { peerPort: 42_100, port: first.port, arp: false });
    good.listener = first.listener;
    good.establish();
    good.send(1000);
    good.out("P. 1:1001(1000) ack 1");
    good.ack();
    good.in("P. 1:11(10) ack *");
    good.read(10);
    stack.advance(500);
    stack.takeSent();
  },
);

script("[DAT-10] the window closes with the ACK of the last segment in flight: probing begins", RFC, (stack) => {
  const t = tcp(stack);
  t.establish({ window: 2920 });
  t.send(5000);
  t.out(". 1:1461(1460) ack 1");
  t.out(". 1461:2921(1460) ack 1");
  t.in(". 1:1(0) ack 2921 win 0");
  stack.expectNothing();
  for (const most of [1500, 2500, 4500]) {
    stack.untilSent(most);
    t.out(". 2921:2922(1) ack 1");
    t.in(". 1:1(0) ack 2921 win 0");
  }
  t.in(". 1:1(0) ack 2921 win 2920");
  t.out(". 2921:4381(1460) ack 1");
  t.ack();
  t.out("P. 4381:5001(620) ack 1");
  t.ack();
  t.quiet(10_000);
});

script("[DAT-10] segments of the peer in between neither stop the probes nor hurry them", RFC, (stack) => {
  const t = blocked(stack);
  let at = 1;
  let probes = 0;
  for (let second = 0; second < 60; second++) {
    stack.advance(1000);
    for (const segment of t.takeSegments()) if (segment.payload.length > 0) probes += 1;
    t.in(`P. ${at}(10) ack 1 win 0`);
    at += 10;
    t.read(10);
  }
  // 1, 3, 7, 15, 31 s, 63 s; not one a second.
  assert.ok(probes >= 4 && probes <= 8, `${probes} probes in a minute`);
  stack.advance(1000);
  stack.takeSent();
  t.in(`. ${at}(0) ack 1 win 500`);
  t.out(`P. 1:501(500) ack ${at}`);
  t.ack();
});

script(
  "[DAT-10] shut down and closed with a window of 0: probing goes on until the peer takes it all",
  RFC,
  (stack) => {
    const t = blocked(stack);
    t.close();
    let probes = 0;
    for (let round = 0; round < 6; round++) {
      stack.untilSent(61_000);
      for (const segment of t.takeSegments()) {
        assert.equal(segment.payload.length, 1);
        probes += 1;
      }
      t.in(". 1:1(0) ack 1 win 0");
    }
    assert.equal(probes, 6);
    t.in(". 1:1(0) ack 1 win 1000");
    t.out("FP. 1:501(500) ack 1");
    t.in("F. 1:1(0) ack 502");
    t.out(". 502:502(0) ack 2");
  },
);
