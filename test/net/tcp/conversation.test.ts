/** Scripts in each form that the TCP harness has, played into the stack: text, conversation, automatic peer. */
import assert from "node:assert/strict";
import { pattern } from "../../harness/bytes.js";
import { script } from "../../harness/script.js";
import { streamBytes, tcp } from "../../harness/tcp-conversation.js";
import { TcpPeer } from "../../harness/tcp-peer.js";
import { playTcp, tcpText } from "../../harness/tcp-script.js";

script(
  "a connection from SYN to TIME-WAIT, as text",
  { rfc: "9293 §3.5, §3.6" },
  tcpText(`
    +0    listen 8080 backlog 5
    +0    < S 0:0(0) win 65535 <mss 1000,sackOK,TS val 1000 ecr 0,nop,wscale 6>
    +0    > S. 0:0(0) ack 1 <mss 1460,sackOK,TS val 0 ecr 1000,wscale *>
    +.01  < . 1:1(0) ack 1 win 1000
    +0    accept
    +0    < P. 1:1001(1000) ack 1 win 1000
    +.1   > . 1:1(0) ack 1001            // delayed
    quiet 3.0
    +0    read 1000
    +0    read EAGAIN
    +0    send 500
    +0    > P. 1:501(500) ack 1001
    +.02  < . 1001:1001(0) ack 501
    +0    close
    +0    > F. 501:501(0) ack 1001
    +.01  < F. 1001:1001(0) ack 502
    +0    > . 502:502(0) ack 1002
    quiet 1.0
  `),
);

script(
  "a connection of the stack that is refused, as text",
  { rfc: "9293 §3.10.7.3" },
  tcpText(`
    +0    connect
    +0    > S 0:0(0) <mss 1460,sackOK,TS val 0 ecr 0,wscale *>
    +.5   < R. 0:0(0) ack 1
    +0    connected ECONNREFUSED
    +0    close
    quiet 5
  `),
);

script(
  "retransmissions of a SYN, at any time and with a tolerance, as text",
  { rfc: "6298 §2.1", late: true },
  tcpText(`
    +0    connect
    +0    > S 0:0(0)
    +1    > S 0:0(0)
    +2~.1 > S 0:0(0)
    +*    > S 0:0(0)
    +.01  < S. 0:0(0) ack 1 <mss 1460>
    +0    > . 1:1(0) ack 1
    +0    connected
    +0    send "abc"
    +0    > P. 1:4(3) ack 1
    +.01  < . 1:1(0) ack 4
    +0    abort
    +0    > R. 4:4(0) ack 1
  `),
);

for (const near of [0xffff_ff00, 0x7fff_ff00]) {
  script(`a passive connection whose numbers begin at 0x${near.toString(16)}`, { late: true }, (stack) => {
    const t = tcp(stack);
    t.establish({ iss: near });
    const beyond = (t.iss - near) >>> 0;
    assert.ok(beyond < 5000, `the ISN is ${t.iss}`);
    t.send(1000);
    t.out("P. 1:1001(1000) ack 1");
    t.ack();
    t.data(500);
    t.read(500);
    t.abort();
    t.out("R. 1001:1001(0) ack 501");
  });

  script(`an active connection whose numbers begin at 0x${near.toString(16)}`, { variants: false }, (stack) => {
    const t = tcp(stack);
    t.connect({ iss: near, timestamps: true });
    playTcp(
      t,
      `
      +0    send 1000
      +0    > P. 1:1001(1000) ack 1
      +.01  < . 1:1(0) ack 1001
      +0    abort
      +0    > R. 1001:1001(0) ack 1`,
    );
  });
}

script("segments in any order, several at once, and what is left over", {}, (stack) => {
  const t = tcp(stack, { port: 7 });
  t.establish({ sackOK: true });
  t.inAll("P. 101:201(100) ack 1", "P. 1:101(100) ack 1");
  t.outAll(". 1:1(0) ack 201", ". 1:1(0) ack 1 <sack 101:201>");
  t.read(200);
  assert.deepEqual(t.takeSegments(), []);
  t.in("R 201:201(0)");
  t.readError("ECONNRESET");
});

script("snapshots bring the conversation back", {}, (stack) => {
  const t = tcp(stack);
  t.establish();
  const ending = (flags: string) => () => {
    t.in(`${flags} 1:1(0) ack 1`);
    if (flags === "F.") t.out(". 1:1(0) ack 2");
    t.quiet(200);
  };
  stack.fork(ending("F."), ending("R"), ending("F."));
  t.send(10);
  t.out("P. 1:11(10) ack 1");
});

script("an automatic peer gets and sends a stream, and both close", { variants: false }, (stack) => {
  stack.arpResolve();
  const listener = stack.openTcp();
  stack.bind(listener, 8080);
  stack.listen(listener);
  const peer = new TcpPeer(stack, { delay: 5, sackOK: true, timestamps: true, wscale: 2, window: 100_000 });
  peer.connect();
  const fd = stack.accept(listener);
  peer.send(pattern(20_000));
  peer.close();
  const got: number[] = [];
  for (let part = stack.recv(fd, 3000); part.length > 0; part = stack.recv(fd, 3000)) got.push(...part);
  assert.deepEqual(Uint8Array.from(got), pattern(20_000));
  const answer = streamBytes(1, 30_000);
  for (let sent = 0; sent < answer.length; ) sent += stack.send(fd, answer.subarray(sent, sent + 4000));
  stack.close(fd);
  stack.advance(1000);
  assert.deepEqual(peer.received, answer);
  assert.ok(peer.isClosed);
  assert.equal(peer.retransmissions, 0);
});

script("an automatic peer on a lossy wire", { variants: false }, (stack) => {
  stack.arpResolve();
  let segments = 0;
  const server = TcpPeer.listening(stack, { peerPort: 80, delay: 2, ackEvery: 2, drop: () => ++segments % 9 === 0 });
  const fd = stack.openTcp();
  stack.connect(fd, stack.peer.ip, 80);
  const data = pattern(30_000);
  for (let sent = 0; sent < data.length; ) sent += stack.send(fd, data.subarray(sent, sent + 5000));
  stack.shutdown(fd, "wr");
  server.send(pattern(10_000, 3));
  server.close();
  const got: number[] = [];
  for (let part = stack.recv(fd, 3000); part.length > 0; part = stack.recv(fd, 3000)) got.push(...part);
  stack.advance(60_000);
  assert.deepEqual(server.received, data);
  assert.deepEqual(Uint8Array.from(got), pattern(10_000, 3));
  assert.ok(server.isClosed);
});

script("what a script leaves open is reset and released at its end", {}, (stack) => {
  const t = tcp(stack);
  t.establish();
  t.data(100); // not read, not acknowledged
  const other = tcp(stack, { peerPort: 40_007, arp: false });
  other.in("S 0:0(0) <mss 1460>");
  other.out("S. 0:0(0) ack 1");
  const third = tcp(stack, { peerPort: 40_008, port: 9000, arp: false });
  third.beginConnect();
  third.out("S 0:0(0)");
});
