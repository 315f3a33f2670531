/** Stream sockets when something runs out: records, descriptors, ports; and that nothing is lost over many connections. */
import assert from "node:assert/strict";
import { script } from "../../harness/script.js";
import { tcp } from "../../harness/tcp-conversation.js";
import { LOOPBACK, listening } from "./sockets-pair.js";

const SMALL = { variants: false, settings: { NET_MAX_CONTEXTS: 3, ZVFS_OPEN_MAX: 16 } };

script("all records open: ENFILE, for both kinds of sockets", SMALL, (stack) => {
  const fds = [stack.openTcp(), stack.openTcp(), stack.openTcp()];
  assert.equal(
    stack.errno(() => stack.openTcp()),
    "ENFILE",
  );
  assert.equal(
    stack.errno(() => stack.openUdp()),
    "ENFILE",
  );
  stack.close(fds[1] as number);
  stack.openTcp();
});

script(
  "all descriptors open: EMFILE, and the record is given back",
  { variants: false, settings: { NET_MAX_CONTEXTS: 8, ZVFS_OPEN_MAX: 5 } },
  (stack) => {
    stack.openTcp();
    stack.openTcp();
    for (let i = 0; i < 20; i++)
      assert.equal(
        stack.errno(() => stack.openTcp()),
        "EMFILE",
      );
    assert.equal(stack.usedPools().find((pool) => pool.name === "sockets")?.used, 2);
  },
);

script("a closed connection whose peer is silent gives way to a new socket", SMALL, (stack) => {
  const t = tcp(stack);
  t.establish();
  stack.close(t.fd);
  t.out("F. 1:1(0) ack 1");
  t.ack();
  // The listener, the connection in FIN-WAIT-2, and this one.
  const fds = [stack.openTcp()];
  fds.push(stack.openTcp());
  stack.takeSent();
  assert.equal(
    stack.errno(() => stack.openTcp()),
    "ENFILE",
    "those that are open stay",
  );
  assert.equal(stack.getSocketOption(t.listener, "SO_ACCEPTCONN"), 1);
});

script("a SYN that finds no record is answered later, when there is one", SMALL, (stack) => {
  const t = tcp(stack);
  t.listen();
  const others = [stack.openTcp(), stack.openTcp()];
  t.in("S 0:0(0)");
  t.out("S. 0:0(0) ack 1");
  t.in(". 1:1(0) ack 1");
  stack.advance(1);
  assert.equal(stack.select([t.listener], [], 0).read.length, 0);
  stack.close(others[0] as number);
  // The SYN-ACK comes again, and with its ACK the connection.
  stack.advance(3000);
  stack.takeSent();
  t.in(". 1:1(0) ack 1");
  t.accept();
  t.in("R 1:1(0)");
});

script(
  "500 connections, one after the other, leave the pools as they began",
  { variants: false, settings: { NET_MAX_CONTEXTS: 4, NET_TCP_TIME_WAIT: 4 } },
  (stack) => {
    const listener = listening(stack);
    for (let i = 0; i < 500; i++) {
      const client = stack.openTcp();
      stack.connect(client, LOOPBACK, 8080);
      const server = stack.accept(listener);
      stack.send(client, "question");
      assert.equal(stack.recv(server).length, 8);
      stack.send(server, "answer");
      assert.equal(stack.recv(client).length, 6);
      // Sometimes the one closes first, sometimes the other, sometimes with a reset.
      const [first, second] = i % 2 === 0 ? [client, server] : [server, client];
      if (i % 5 === 0) stack.linger(first, 0);
      stack.close(first);
      stack.advance(1);
      stack.close(second);
      stack.advance(1);
    }
    stack.close(listener);
    stack.advance(61_000);
    assert.deepEqual(stack.usedPools(), []);
  },
);
