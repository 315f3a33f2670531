/** TCP Fast Open of a client: the rows TFO-7 to TFO-11 (RFC 7413). MSG_FASTOPEN, TCP_FASTOPEN_CONNECT, the cookies it keeps, and how it falls back. */
import assert from "node:assert/strict";
import { sendMessage } from "../../harness/message-calls.js";
import { quote } from "../../harness/packets.js";
import { script } from "../../harness/script.js";
import { type Call, MSG_DONTWAIT, MSG_OOB, POLLIN, POLLOUT, SOCK_NONBLOCK } from "../../harness/socket-calls.js";
import type { Stack } from "../../harness/stack.js";
import { streamBytes, type TcpConversation, tcp } from "../../harness/tcp-conversation.js";
import {
  DATA_NOT_ACKED,
  FAST,
  infoFailure,
  infoOptions,
  MSG_FASTOPEN,
  NO_COOKIE,
  SYN_DATA,
  SYN_RETRANSMITTED,
} from "./fast-open.js";

const COOKIE = "0011223344556677";
/** What the stack's SYN has besides. */
const OPTIONS = "mss 1460,sackOK,TS val * ecr 0,wscale 0";
const SERVER = 80;

/** The port that was used last, of each stack. */
const ports = new WeakMap<Stack, number>();

function nextPort(stack: Stack): number {
  const port = (ports.get(stack) ?? 20_000) + 1;
  ports.set(stack, port);
  return port;
}

/** A conversation with the server whose client is the stack, from a port of its own. */
function client(stack: Stack, flags = 0, peerPort = SERVER, arp = false): TcpConversation {
  const t = tcp(stack, { port: nextPort(stack), peerPort, arp });
  t.fd = stack.openTcp(flags);
  stack.bind(t.fd, t.port);
  return t;
}

/** send with MSG_FASTOPEN, of so many bytes of the pattern. */
function fastSend(t: TcpConversation, length: number, flags = 0): Call<number> {
  const data = streamBytes(1, length);
  t.noteWritten(data);
  const call = t.stack.begin.sendTo(t.fd, t.peer.ip, t.peerPort, data, MSG_FASTOPEN | flags);
  t.stack.world.settle();
  return call;
}

/** Gets the cookie of the server, whose MSS is `mss`. */
function learn(stack: Stack, cookie = COOKIE, mss = 1460, arp = false): void {
  const t = client(stack, 0, SERVER, arp);
  const call = fastSend(t, 10);
  t.out(`S 0:0(0) <${OPTIONS},fastopen>`);
  assert(!call.done);
  t.in(`S. 0:0(0) ack 1 <mss ${mss},fastopen ${cookie}>`);
  t.outAll(". 1:1(0) ack 1", "P. 1:11(10) ack 1");
  assert.equal(call.value(), 10);
  assert.equal(infoFailure(stack, t.fd), NO_COOKIE);
  t.ack();
  t.abort();
  t.out("R. 11:11(0) ack 1");
}

script(
  "[TFO-7] the first time a SYN asks for the cookie, and the data follows the handshake",
  { ...FAST, rfc: "7413 §4.2.1" },
  (stack) => {
    learn(stack, COOKIE, 1460, true);
  },
);

script("[TFO-8] with the cookie the SYN has the data", { ...FAST, rfc: "7413 §4.2.2" }, (stack) => {
  learn(stack, COOKIE, 1460, true);
  const t = client(stack);
  const call = fastSend(t, 100);
  t.out(`S 0:100(100) <${OPTIONS},fastopen ${COOKIE}>`);
  t.in("S. 0:0(0) ack 101 win 60000 <mss 1460>");
  t.out(". 101:101(0) ack 1");
  assert.equal(call.value(), 100);
  assert.equal(infoOptions(stack, t.fd) & SYN_DATA, SYN_DATA);
  assert.equal(infoFailure(stack, t.fd), 0);
  // Nothing of it is in flight any more, and the connection goes on as any other.
  assert.deepEqual(
    stack.usedPools().map(({ name }) => name),
    ["descriptors", "sockets"],
  );
  t.quiet(3000);
  t.send(50);
  t.out("P. 101:151(50) ack 1");
  t.ack();
  t.data(20);
  t.read(20);
  t.out(". 151:151(0) ack 21", { after: 100 });
});

script(
  "[TFO-8] a call that must not wait says how much the SYN had; the first time EINPROGRESS",
  { ...FAST, rfc: "7413 appendix A" },
  (stack) => {
    const first = client(stack, SOCK_NONBLOCK, SERVER, true);
    assert.equal(fastSend(first, 30).errno, "EINPROGRESS");
    first.out(`S 0:0(0) <${OPTIONS},fastopen>`);
    assert.equal(fastSend(first, 30).errno, "EALREADY");
    first.in(`S. 0:0(0) ack 1 <mss 1460,fastopen ${COOKIE}>`);
    first.out(". 1:1(0) ack 1");
    assert.equal(fastSend(first, 30).errno, "EISCONN");
    const t = client(stack);
    assert.equal(fastSend(t, 5000, MSG_DONTWAIT).value(), 1420);
    // What the server takes in a segment, less 40 bytes.
    t.out(`S 0:1420(1420) <${OPTIONS},fastopen ${COOKIE}>`);
    t.in("S. 0:0(0) ack 1421 <mss 1460>");
    t.out(". 1421:1421(0) ack 1");
    stack.close(first.fd);
    first.out("F. 1:1(0) ack 1");
    first.in("R. 1:1(0) ack 2");
  },
);

script("[TFO-8] a blocking call waits for the handshake, then for room", FAST, (stack) => {
  learn(stack, COOKIE, 1000, true);
  const t = client(stack);
  const call = fastSend(t, 8000);
  // The MSS that is remembered bounds it.
  t.out(`S 0:960(960) <${OPTIONS},fastopen ${COOKIE}>`);
  t.in("S. 0:0(0) ack 961 win 3000 <mss 1000>");
  t.out(". 961:961(0) ack 1");
  for (let sent = 961; !call.done; ) {
    const segments = t.takeSegments();
    for (const segment of segments) sent += segment.payload.length;
    assert(sent <= 8001);
    t.in(`. 1:1(0) ack ${sent} win 3000`);
    stack.advance(300);
  }
  assert.equal(call.value(), 8000);
  stack.takeSent();
});

script(
  "[TFO-9] data that the server has not taken goes again at once, in order",
  { ...FAST, rfc: "7413 §4.2.2" },
  (stack) => {
    learn(stack, COOKIE, 1460, true);
    const t = client(stack);
    const call = fastSend(t, 100);
    t.out(`S 0:100(100) <${OPTIONS},fastopen ${COOKIE}>`);
    // Another cookie: the server has a new key.
    t.in("S. 0:0(0) ack 1 <mss 1460,fastopen 8899aabbccddeeff>");
    t.out("P. 1:101(100) ack 1");
    assert.equal(call.value(), 100);
    assert.equal(infoOptions(stack, t.fd) & SYN_DATA, 0);
    assert.equal(infoFailure(stack, t.fd), DATA_NOT_ACKED);
    t.ack();
    const next = client(stack);
    fastSend(next, 10, MSG_DONTWAIT);
    next.out(`S 0:10(10) <${OPTIONS},fastopen 8899aabbccddeeff>`);
    // Part of it is taken, which RFC 7413 allows.
    next.in("S. 0:0(0) ack 5 <mss 1460>");
    next.out("P. 5:11(6) ack 1");
    next.ack();
  },
);

script(
  "[TFO-9] the acknowledgement of more than the SYN had is answered with a RST",
  { ...FAST, rfc: "9293 §3.10.7.3" },
  (stack) => {
    learn(stack, COOKIE, 1460, true);
    const t = client(stack);
    const call = fastSend(t, 10);
    t.out("S 0:10(10)");
    for (const ack of [0, 12, 1000]) {
      t.in(`S. 0:0(0) ack ${ack} <mss 1460>`);
      t.out(`R ${ack}:${ack}(0)`);
    }
    assert(!call.done);
    t.in("R. 0:0(0) ack 11");
    stack.world.settle();
    assert.equal(call.errno, "ECONNREFUSED");
    t.quiet(3000);
    // As after a connect that has failed, the socket may try again.
    const again = fastSend(t, 10);
    t.out("S 0:10(10)");
    t.in("S. 0:0(0) ack 11 <mss 1460>");
    t.out(". 11:11(0) ack 1");
    assert.equal(again.value(), 10);
  },
);

script(
  "[TFO-10] a SYN without an answer goes again without option and data, and the server is left alone for a minute",
  { ...FAST, rfc: "7413 §4.1.3.1", variants: false },
  (stack) => {
    learn(stack, COOKIE, 1460, true);
    /** One attempt whose first SYN is lost. */
    const lost = (): void => {
      const t = client(stack);
      const call = fastSend(t, 10);
      t.out("S 0:10(10)");
      t.out(`S 0:0(0) <${OPTIONS}>`, { after: 1000 });
      t.in("S. 0:0(0) ack 1 <mss 1460>");
      t.out("P. 1:11(10) ack 1");
      assert.equal(call.value(), 10);
      assert.equal(infoFailure(stack, t.fd), SYN_RETRANSMITTED);
      t.ack();
      t.abort();
      t.out("R. 11:11(0) ack 1");
    };
    /** Whether the next SYN to `peerPort` has data; it is answered as it wants. */
    const tries = (peerPort = SERVER): boolean => {
      const t = client(stack, 0, peerPort);
      fastSend(t, 10);
      const { tcp: segment } = stack.takeNext("> S").packet;
      const bytes = segment?.payload.length ?? 0;
      assert.equal(
        segment?.options.some(({ kind }) => kind === "fastopen"),
        bytes !== 0,
      );
      t.in(`S. 0:0(0) ack ${1 + bytes} <mss 1460>`);
      t.takeSegments();
      t.ack();
      t.abort();
      t.takeSegments();
      return bytes > 0;
    };
    lost();
    assert.equal(tries(), false);
    // Another port of the server is another matter.
    assert.equal(tries(81), true, "port 81");
    lost();
    assert.equal(tries(), false);
    stack.advance(59_000);
    assert.equal(tries(), false);
    stack.advance(4000);
    // Each failure in a row doubles the time.
    lost();
    stack.advance(119_000);
    assert.equal(tries(), false);
    stack.advance(4000);
    assert.equal(tries(), true);
    // That has worked: the next failure is a first one.
    lost();
    stack.advance(63_000);
    assert.equal(tries(), true);
  },
);

script("[TFO-10] nobody answers: ETIMEDOUT, not the bytes of the SYN", { ...FAST, variants: false }, (stack) => {
  learn(stack, COOKIE, 1460, true);
  const t = client(stack);
  stack.setSocketOption(t.fd, "TCP_SYNCNT", 2);
  const call = fastSend(t, 10);
  t.out("S 0:10(10)");
  t.out("S 0:0(0)", { after: 1000 });
  t.out("S 0:0(0)", { after: 2000 });
  t.quiet(3990);
  assert(!call.done);
  t.quiet(20);
  assert.equal(call.errno, "ETIMEDOUT");
});

script(
  "[TFO-10] data that is not taken, and no new cookie: a failure as well",
  { ...FAST, rfc: "7413 §4.1.3.1" },
  (stack) => {
    learn(stack, COOKIE, 1460, true);
    const t = client(stack);
    fastSend(t, 10, MSG_DONTWAIT);
    t.out("S 0:10(10)");
    t.in("S. 0:0(0) ack 1 <mss 1460>");
    t.out("P. 1:11(10) ack 1");
    t.ack();
    const next = client(stack);
    const call = fastSend(next, 10);
    next.out(`S 0:0(0) <${OPTIONS}>`);
    next.in("S. 0:0(0) ack 1 <mss 1460>");
    next.outAll(". 1:1(0) ack 1", "P. 1:11(10) ack 1");
    assert.equal(call.value(), 10);
    next.ack();
  },
);

script(
  "[TFO-10] a port unreachable ends the attempt, and Fast Open to the port for a minute",
  { ...FAST, rfc: "7413 §4.1.3.1" },
  (stack) => {
    learn(stack, COOKIE, 1460, true);
    const t = client(stack);
    const call = fastSend(t, 10);
    const syn = t.out("S 0:10(10)");
    assert(syn.ip !== undefined);
    stack.inject(stack.peer.icmp({ type: 3, code: 3 }, quote(syn.ip.datagram)));
    stack.world.settle();
    assert.equal(call.errno, "ECONNREFUSED");
    const next = client(stack, SOCK_NONBLOCK);
    assert.equal(fastSend(next, 10).errno, "EINPROGRESS");
    next.out(`S 0:0(0) <${OPTIONS}>`);
    next.in("R. 0:0(0) ack 1");
  },
);

script(
  "[TFO-10] a router that wants smaller datagrams: the data follows the handshake in such",
  { ...FAST, rfc: "1191 §6.4" },
  (stack) => {
    learn(stack, COOKIE, 1460, true);
    const t = client(stack);
    const call = fastSend(t, 1420);
    const syn = t.out("S 0:1420(1420)");
    assert(syn.ip !== undefined);
    stack.inject(stack.peer.icmp({ type: 3, code: 4, rest: 1000 }, quote(syn.ip.datagram)));
    t.quiet(990);
    t.out("S 0:0(0)", { within: 20 });
    t.in("S. 0:0(0) ack 1 <mss 1460>");
    t.out(". 1:961(960) ack 1");
    t.in(". 1:1(0) ack 961");
    t.out("P. 961:1421(460) ack 1");
    assert.equal(call.value(), 1420);
    t.ack();
  },
);

script(
  "[TFO-10] cookies of four and of sixteen bytes; one that nobody asked for is not kept",
  { ...FAST, rfc: "7413 §4.1.1" },
  (stack) => {
    for (const [i, cookie] of ["01020304", "000102030405060708090a0b0c0d0e0f"].entries()) {
      if (i === 0) learn(stack, cookie, 1460, true);
      const t = client(stack);
      fastSend(t, 10, MSG_DONTWAIT);
      t.out(i === 0 ? `S 0:10(10) <${OPTIONS},fastopen ${cookie}>` : "S 0:10(10)");
      t.in("S. 0:0(0) ack 1 <mss 1460,fastopen 000102030405060708090a0b0c0d0e0f>");
      t.out("P. 1:11(10) ack 1");
      t.ack();
    }
    const full = client(stack);
    fastSend(full, 10, MSG_DONTWAIT);
    full.out(`S 0:10(10) <${OPTIONS},fastopen 000102030405060708090a0b0c0d0e0f>`);
    full.in("R. 0:0(0) ack 11");
    // An ordinary connect is told nothing.
    const plain = tcp(stack, { port: nextPort(stack), peerPort: SERVER, arp: false });
    const call = plain.beginConnect();
    plain.out(`S 0:0(0) <${OPTIONS}>`);
    plain.in(`S. 0:0(0) ack 1 <mss 1460,fastopen ${COOKIE}>`);
    plain.out(". 1:1(0) ack 1");
    call.value();
    const next = client(stack);
    fastSend(next, 10, MSG_DONTWAIT);
    next.out(`S 0:10(10) <${OPTIONS},fastopen 000102030405060708090a0b0c0d0e0f>`);
    next.in("R. 0:0(0) ack 11");
  },
);

script(
  "[TFO-10] only so many servers are remembered: the one used longest ago is forgotten",
  { settings: { ...FAST.settings, NET_TCP_FASTOPEN_COOKIES: 2 } },
  (stack) => {
    const stations = ["10.0.2.31", "10.0.2.32", "10.0.2.33"].map((ip, i) =>
      stack.station({ mac: `02:00:00:00:00:3${i}`, ip }),
    );
    const ask = (i: number): boolean => {
      const peer = stations[i] as (typeof stations)[number];
      const t = tcp(stack, { port: nextPort(stack), peerPort: SERVER, peer });
      t.fd = stack.openTcp();
      stack.bind(t.fd, t.port);
      fastSend(t, 10, MSG_DONTWAIT);
      const { tcp: segment } = stack.takeNext("> S").packet;
      const known = (segment?.payload.length ?? 0) > 0;
      t.in(`S. 0:0(0) ack ${known ? 11 : 1} <mss 1460${known ? "" : `,fastopen ${COOKIE}`}>`);
      t.takeSegments();
      t.abort();
      t.takeSegments();
      stack.advance(2000);
      return known;
    };
    assert.deepEqual([0, 1, 0, 2, 0, 1].map(ask), [false, false, true, false, true, false]);
  },
);

script(
  "[TFO-11] TCP_FASTOPEN_CONNECT: connect answers at once, the first send goes with the SYN",
  { ...FAST, rfc: "7413 appendix A" },
  (stack) => {
    const first = client(stack, 0, SERVER, true);
    stack.setSocketOption(first.fd, "TCP_FASTOPEN_CONNECT", 1);
    // No cookie is known: an ordinary connect, which asks for it.
    const connecting = stack.begin.connect(first.fd, first.peer.ip, SERVER);
    stack.world.settle();
    first.out(`S 0:0(0) <${OPTIONS},fastopen>`);
    assert(!connecting.done);
    first.in(`S. 0:0(0) ack 1 <mss 1460,fastopen ${COOKIE}>`);
    first.out(". 1:1(0) ack 1");
    connecting.value();
    const t = client(stack);
    stack.setSocketOption(t.fd, "TCP_FASTOPEN_CONNECT", 1);
    stack.connect(t.fd, t.peer.ip, SERVER);
    t.quiet(1000);
    assert.equal(stack.poll([{ fd: t.fd, events: POLLIN | POLLOUT }], 0)[0], POLLOUT);
    assert.equal(
      stack.errno(() => stack.connect(t.fd, t.peer.ip, SERVER)),
      "EISCONN",
    );
    assert.equal(
      stack.errno(() => stack.peerAddress(t.fd)),
      "ENOTCONN",
    );
    assert.equal(
      stack.errno(() => stack.recvWith(t.fd, { flags: MSG_DONTWAIT })),
      "EAGAIN",
    );
    const call = t.beginSend(100);
    stack.world.settle();
    t.out(`S 0:100(100) <${OPTIONS},fastopen ${COOKIE}>`);
    assert(!call.done);
    t.in("S. 0:0(0) ack 101 <mss 1460>");
    t.out(". 101:101(0) ack 1");
    assert.equal(call.value(), 100);
    assert.equal(infoOptions(stack, t.fd) & SYN_DATA, SYN_DATA);
  },
);

script(
  "[TFO-11] a socket that waits for its first send can be closed, shut down and asked; the attempt can fail",
  FAST,
  (stack) => {
    learn(stack, COOKIE, 1460, true);
    const deferred = (flags = 0): TcpConversation => {
      const t = client(stack, flags);
      stack.setSocketOption(t.fd, "TCP_FASTOPEN_CONNECT", 1);
      stack.connect(t.fd, t.peer.ip, SERVER);
      return t;
    };
    stack.close(deferred().fd);
    const shut = deferred();
    stack.shutdown(shut.fd, "wr");
    assert.equal(
      stack.errno(() => stack.send(shut.fd, "x")),
      "EPIPE",
    );
    stack.quiet(5000);
    // It does not wait: what the SYN had.
    const t = deferred(SOCK_NONBLOCK);
    assert.equal(stack.sendWith(t.fd, streamBytes(1, 10), 0), 10);
    t.out(`S 0:10(10) <${OPTIONS},fastopen ${COOKIE}>`);
    assert.equal(
      stack.errno(() => stack.send(t.fd, "more")),
      "EAGAIN",
    );
    t.in("R. 0:0(0) ack 11");
    assert.equal(
      stack.errno(() => stack.send(t.fd, "more")),
      "ECONNREFUSED",
    );
    // A SYN of the server's in between: a simultaneous open, without data.
    const s = deferred();
    s.in("S 0:0(0) <mss 1460>");
    s.out("S. 0:0(0) ack 1");
    s.in(". 1:1(0) ack 1");
    s.send(5);
    s.out("P. 1:6(5) ack 1");
    s.ack();
  },
);

script("[TFO-11] TCP_FASTOPEN_NO_COOKIE: data without any option, 496 bytes where nothing is known", FAST, (stack) => {
  const t = client(stack, 0, SERVER, true);
  stack.setSocketOption(t.fd, "TCP_FASTOPEN_NO_COOKIE", 1);
  assert.equal(fastSend(t, 2000, MSG_DONTWAIT).value(), 496);
  t.out(`S 0:496(496) <${OPTIONS}>`);
  t.in("S. 0:0(0) ack 497 <mss 1460>");
  t.out(". 497:497(0) ack 1");
});

script(
  "[TFO-11] a simultaneous open keeps the data, and takes what the peer acknowledges of it",
  { ...FAST, rfc: "9293 §3.5" },
  (stack) => {
    learn(stack, COOKIE, 1460, true);
    for (const ack of [1, 11]) {
      const t = client(stack);
      const call = fastSend(t, 10);
      t.out("S 0:10(10)");
      t.in("S 0:0(0) win 5000 <mss 1460>");
      t.out("S. 0:0(0) ack 1");
      t.in(`S. 0:0(0) ack ${ack} win 5000 <mss 1460>`);
      if (ack === 1) t.out("P. 1:11(10) ack 1");
      assert.equal(call.value(), 10);
      t.in(". 1:1(0) ack 11");
      t.send(5);
      t.out("P. 11:16(5) ack 1");
      t.ack();
      t.abort();
      t.out("R. 16:16(0) ack 1");
    }
  },
);

script("[TFO-11] the SYN-ACK may bring data, and the connection may end at once", FAST, (stack) => {
  learn(stack, COOKIE, 1460, true);
  const t = client(stack);
  const call = fastSend(t, 10);
  t.out("S 0:10(10)");
  t.in("S. 0:20(20) ack 11 <mss 1460>");
  t.out(". 11:11(0) ack 21");
  assert.equal(call.value(), 10);
  t.read(20);
  t.in("F. 21:21(0) ack 11");
  t.out(". 11:11(0) ack 22");
  t.readEnd();
  t.close();
  t.out("F. 11:11(0) ack 22");
  t.in(". 22:22(0) ack 12");
});

script(
  "[TFO-11] MSG_FASTOPEN and its errors; the urgent byte is none of the SYN's",
  { ...FAST, variants: false },
  (stack) => {
    learn(stack, COOKIE, 1460, true);
    const fd = stack.openTcp();
    assert.equal(
      stack.errno(() => stack.sendWith(fd, "x", MSG_FASTOPEN)),
      "EINVAL",
      "no address",
    );
    assert.equal(
      stack.errno(() => stack.sendTo(fd, "10.0.2.255", 80, "x", MSG_FASTOPEN)),
      "ENETUNREACH",
    );
    assert.equal(
      stack.errno(() => stack.sendTo(fd, "10.0.2.2", 0, "x", MSG_FASTOPEN)),
      "EADDRNOTAVAIL",
    );
    const listener = stack.openTcp();
    stack.bind(listener, 8080);
    stack.listen(listener);
    assert.equal(
      stack.errno(() => stack.sendTo(listener, "10.0.2.2", 80, "x", MSG_FASTOPEN)),
      "ENOTSUP",
    );
    const udp = stack.openUdp();
    assert.equal(
      stack.errno(() => stack.sendTo(udp, "10.0.2.2", 80, "x", MSG_FASTOPEN)),
      "ENOTSUP",
    );
    const t = client(stack);
    assert.equal(fastSend(t, 10, MSG_OOB | MSG_DONTWAIT).errno, "EINPROGRESS");
    t.out("S 0:0(0)");
    t.in("R. 0:0(0) ack 1");
    // SO_SNDTIMEO ends the wait, not the attempt.
    const slow = client(stack);
    stack.setOptionBytes(slow.fd, 1, 21, Uint8Array.from([0, 0, 0, 0, 0, 0, 0, 0, 0x90, 0xd0, 3, 0, 0, 0, 0, 0]));
    const call = fastSend(slow, 10);
    slow.out("S 0:10(10)");
    slow.quiet(260);
    assert.equal(call.value(), 10);
    slow.in("S. 0:0(0) ack 11 <mss 1460>");
    slow.out(". 11:11(0) ack 1");
  },
);

script("[TFO-11] sendmsg and the option of WAMR do the same", { ...FAST, variants: false }, (stack) => {
  learn(stack, COOKIE, 1460, true);
  const t = client(stack);
  const data = streamBytes(1, 10);
  t.noteWritten(data);
  const to = { ip: t.peer.ip, port: SERVER };
  assert.equal(sendMessage(stack, t.fd, { parts: [data], to, flags: MSG_FASTOPEN | MSG_DONTWAIT }), 10);
  t.out(`S 0:10(10) <${OPTIONS},fastopen ${COOKIE}>`);
  t.in("S. 0:0(0) ack 11 <mss 1460>");
  t.out(". 11:11(0) ack 1");
  const other = client(stack);
  assert.equal(stack.sys("sock_set_tcp_fastopen_connect", other.fd, 0x102), 0);
  assert.equal(stack.getSocketOption(other.fd, "TCP_FASTOPEN_CONNECT"), 1);
  assert.equal(stack.sys("sock_get_tcp_fastopen_connect", other.fd, 64), 0);
  assert.equal(stack.memory.load8(64), 1);
});

script("[TFO-11] without the option MSG_FASTOPEN is refused", {}, (stack) => {
  const fd = stack.openTcp();
  assert.equal(
    stack.errno(() => stack.sendTo(fd, stack.peer.ip, 80, "x", MSG_FASTOPEN)),
    "ENOTSUP",
  );
});
