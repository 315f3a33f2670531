/** Listeners: backlog, accept queue, what closing does, and who gets a connection. */
import assert from "node:assert/strict";
import { script } from "../../harness/script.js";
import type { Stack } from "../../harness/stack.js";
import { type TcpConversation, tcp } from "../../harness/tcp-conversation.js";

const SETTINGS = { NET_MAX_CONTEXTS: 12, ZVFS_OPEN_MAX: 16 };

/** Conversations from ports of their own, to one listener. */
function clients(stack: Stack, count: number, backlog: number): TcpConversation[] {
  const first = tcp(stack);
  first.listen(8080, backlog);
  const all = [first];
  for (let i = 1; i < count; i++) {
    const t = tcp(stack, { peerPort: 41_000 + i, arp: false });
    t.listener = first.listener;
    all.push(t);
  }
  return all;
}

function handshake(t: TcpConversation): void {
  t.in("S 0:0(0) <mss 1460>");
  t.out("S. 0:0(0) ack 1");
  t.in(". 1:1(0) ack 1");
}

script("backlog connections wait; further SYNs are dropped until one is accepted", { settings: SETTINGS }, (stack) => {
  const all = clients(stack, 4, 2);
  handshake(all[0]);
  handshake(all[1]);
  all[2].in("S 0:0(0) <mss 1460>");
  all[2].quiet(500);
  assert.equal(stack.counter("drop_tcp_backlog"), 1);
  all[0].accept();
  all[2].in("S 0:0(0) <mss 1460>");
  all[2].out("S. 0:0(0) ack 1");
  all[2].in(". 1:1(0) ack 1");
  // In the order of their ACKs.
  for (const t of [all[1], all[2]]) {
    t.accept();
    assert.equal(stack.peerAddress(t.fd).port, t.peerPort);
  }
  assert.equal(
    stack.errno(() => {
      stack.nonBlocking(all[0].listener);
      stack.accept(all[0].listener);
    }),
    "EAGAIN",
  );
});

script(
  "the ACK of a handshake is dropped while the queue is full, and asked for again",
  { settings: SETTINGS },
  (stack) => {
    const all = clients(stack, 2, 1);
    all[1].in("S 0:0(0) <mss 1460>");
    all[1].out("S. 0:0(0) ack 1");
    handshake(all[0]);
    all[1].in(". 1:1(0) ack 1");
    // Its data waits as well: nothing of it is acknowledged.
    all[1].in("P. 1:11(10) ack 1");
    stack.expectNothing();
    all[0].accept();
    // The SYN-ACK again, one second after the first.
    stack.advance(1000);
    all[1].out("S. 0:0(0) ack 1");
    all[1].in(". 11:11(0) ack 1");
    all[1].accept();
    all[1].in("P. 1:11(10) ack 1");
    all[1].read(10);
    stack.advance(200);
    stack.takeSent();
  },
);

script("a backlog of 0 or less lets one connection wait", { settings: SETTINGS }, (stack) => {
  for (const [index, backlog] of [0, -1].entries()) {
    const t = tcp(stack, { port: 8080 + index, arp: index === 0 });
    t.listen(8080 + index, backlog);
    handshake(t);
    const other = tcp(stack, { port: 8080 + index, peerPort: 41_000, arp: false });
    other.in("S 0:0(0) <mss 1460>");
    other.quiet(100);
    t.accept();
  }
});

script("listen again changes the backlog of a listener", { settings: SETTINGS }, (stack) => {
  const all = clients(stack, 3, 1);
  handshake(all[0]);
  all[1].in("S 0:0(0) <mss 1460>");
  stack.expectNothing();
  stack.listen(all[0].listener, 3);
  handshake(all[1]);
  handshake(all[2]);
  for (const t of all) t.accept();
});

script("a connection that is reset in the queue is gone from it", { settings: SETTINGS }, (stack) => {
  const all = clients(stack, 4, 4);
  for (const t of all) handshake(t);
  // The first, one in the middle, the last.
  for (const index of [0, 2, 3]) all[index].in("R 1:1(0)");
  all[1].accept();
  assert.equal(stack.peerAddress(all[1].fd).port, all[1].peerPort);
  stack.nonBlocking(all[0].listener);
  assert.equal(
    stack.errno(() => stack.accept(all[0].listener)),
    "EAGAIN",
  );
  // There is room for as many as before.
  for (const index of [0, 2, 3]) {
    const t = tcp(stack, { peerPort: 42_000 + index, arp: false });
    handshake(t);
    t.fd = stack.accept(all[0].listener);
    assert.equal(stack.peerAddress(t.fd).port, t.peerPort);
  }
});

script(
  "closing a listener resets what nobody accepted and forgets what is half open",
  { settings: SETTINGS },
  (stack) => {
    const all = clients(stack, 4, 4);
    handshake(all[0]);
    handshake(all[1]);
    handshake(all[2]);
    all[0].accept();
    all[3].in("S 0:0(0) <mss 1460>");
    all[3].out("S. 0:0(0) ack 1");
    stack.close(all[0].listener);
    all[1].out("R. 1:1(0) ack 1");
    all[2].out("R. 1:1(0) ack 1");
    stack.quiet(5000);
    all[3].in(". 1:1(0) ack 1");
    all[3].out("R 1:1(0)");
    all[3].in("S 0:0(0)");
    all[3].out("R. *(0) ack 1");
    // The accepted one goes on.
    all[0].data(10);
    all[0].read(10);
    all[0].out(". 1:1(0) ack 11", { after: 100 });
    assert.equal(stack.core.pools().find((pool) => pool.name === "SYN queue")?.used, 0);
  },
);

script("data and FIN that come before accept are there afterwards", { settings: SETTINGS }, (stack) => {
  const [t] = clients(stack, 1, 1);
  handshake(t);
  t.in("P. 1:101(100) ack 1");
  t.in("F. 101:101(0) ack 1");
  t.out(". 1:1(0) ack 102");
  t.accept();
  t.read(100);
  t.readEnd();
  t.close();
  t.out("F. 1:1(0) ack 102");
  t.in(". 102:102(0) ack 2");
});

script("a listener bound to the address comes before one for any", { settings: SETTINGS }, (stack) => {
  stack.arpResolve();
  const listeners = ["0.0.0.0", stack.ip].map((ip) => {
    const fd = stack.openTcp();
    stack.setSocketOption(fd, "SO_REUSEPORT", 1);
    stack.bind(fd, 8080, ip);
    stack.listen(fd, 3);
    return fd;
  });
  for (let i = 0; i < 3; i++) {
    const t = tcp(stack, { peerPort: 41_000 + i, arp: false });
    handshake(t);
    t.fd = stack.accept(listeners[1]);
    t.abort();
    t.out("R. 1:1(0) ack 1");
  }
});

script("connections spread over the listeners of one port", { settings: SETTINGS }, (stack) => {
  stack.arpResolve();
  const listeners = [0, 1, 2].map(() => {
    const fd = stack.openTcp();
    stack.setSocketOption(fd, "SO_REUSEPORT", 1);
    stack.bind(fd, 8080);
    stack.listen(fd, 100);
    stack.nonBlocking(fd);
    return fd;
  });
  const counts = [0, 0, 0];
  for (let i = 0; i < 90; i++) {
    const t = tcp(stack, { peerPort: 41_000 + i, arp: false });
    handshake(t);
    const fds = listeners.map((fd) => {
      let accepted = -1;
      const errno = stack.errno(() => {
        accepted = stack.accept(fd);
      });
      return errno === "EAGAIN" ? -1 : accepted;
    });
    const taken = fds.findIndex((fd) => fd >= 0);
    assert.equal(fds.filter((fd) => fd >= 0).length, 1);
    counts[taken]++;
    t.fd = fds[taken];
    t.abort();
    t.out("R. 1:1(0) ack 1");
  }
  for (const count of counts) assert(count > 10 && count < 55, `${counts}`);
});

script("TCP_DEFER_ACCEPT: a connection is accepted once data is there", { settings: SETTINGS }, (stack) => {
  const [t] = clients(stack, 1, 1);
  stack.setSocketOption(t.listener, "TCP_DEFER_ACCEPT", 5);
  stack.nonBlocking(t.listener);
  handshake(t);
  assert.equal(
    stack.errno(() => stack.accept(t.listener)),
    "EAGAIN",
  );
  t.quiet(2500);
  t.in("P. 1:11(10) ack 1");
  t.accept();
  t.read(10);
  t.out(". 1:1(0) ack 11", { after: 100 });
});

script("TCP_DEFER_ACCEPT: when its time is over the next ACK is enough", { settings: SETTINGS }, (stack) => {
  const [t] = clients(stack, 1, 1);
  stack.setSocketOption(t.listener, "TCP_DEFER_ACCEPT", 5);
  stack.nonBlocking(t.listener);
  handshake(t);
  const seconds = stack.getSocketOption(t.listener, "TCP_DEFER_ACCEPT");
  t.out("S. 0:0(0) ack 1", { after: seconds * 1000 });
  t.in(". 1:1(0) ack 1");
  t.accept();
  stack.expectNothing();
});

script("options of the listener are those of its connections", { settings: SETTINGS }, (stack) => {
  const [t] = clients(stack, 1, 1);
  const values: Record<string, number> = {
    TCP_NODELAY: 1,
    SO_KEEPALIVE: 1,
    TCP_KEEPIDLE: 77,
    TCP_KEEPINTVL: 7,
    TCP_KEEPCNT: 3,
    TCP_USER_TIMEOUT: 12_345,
    SO_RCVBUF: 3000,
    SO_SNDBUF: 2500,
    IP_TTL: 33,
  };
  for (const [name, value] of Object.entries(values)) stack.setSocketOption(t.listener, name, value);
  handshake(t);
  t.accept();
  for (const name of Object.keys(values)) {
    assert.equal(stack.getSocketOption(t.fd, name), stack.getSocketOption(t.listener, name), name);
  }
  assert.equal(stack.getSocketOption(t.fd, "SO_ERROR"), 0);
  t.send(5);
  t.out("P. 1:6(5) ack 1", { ip: { ttl: 33 } });
  t.ack();
});

script(
  "when all records of sockets are taken a connection has to wait",
  { settings: { NET_MAX_CONTEXTS: 2 } },
  (stack) => {
    const all = clients(stack, 2, 5);
    handshake(all[0]);
    all[0].accept();
    all[1].in("S 0:0(0) <mss 1460>");
    all[1].out("S. 0:0(0) ack 1");
    all[1].in(". 1:1(0) ack 1");
    stack.expectNothing();
    assert.equal(stack.counter("drop_tcp_backlog"), 1);
    all[0].abort();
    all[0].out("R. 1:1(0) ack 1");
    stack.advance(1000);
    all[1].out("S. 0:0(0) ack 1");
    all[1].in(". 1:1(0) ack 1");
    all[1].accept();
  },
);

script(
  "a connection that an orphan makes room for gets all of its data, which comes again",
  { settings: { ...SETTINGS, NET_MAX_CONTEXTS: 2 } },
  (stack) => {
    const [old, t] = clients(stack, 2, 5);
    handshake(old);
    old.accept();
    old.close();
    old.out("F. 1:1(0) ack 1");
    old.in(". 1:1(0) ack 2");
    // The orphan has the last record, and is in FIN-WAIT-2.
    t.in("S 0:0(0) <mss 1460>");
    t.out("S. 0:0(0) ack 1");
    t.in("P. 1:101(100) ack 1");
    old.out("R. 2:2(0) ack 1");
    // Its RST was built where the data lay: nothing of it is taken.
    t.accept();
    t.readError("EAGAIN");
    t.in("P. 1:101(100) ack 1");
    t.read(100);
    t.out(". 1:1(0) ack 101", { after: 100 });
  },
);
