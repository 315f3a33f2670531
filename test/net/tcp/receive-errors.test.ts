/** IP_RECVERR of streams (tcp(7), ip(7) of Linux): every ICMP error about a segment in flight is told at once; there is no error queue. */
import assert from "node:assert/strict";
import { MEANINGS, noError, receiveErrors } from "../../harness/error-queue.js";
import { IP_RECVERR, IPPROTO_IP } from "../../harness/message-calls.js";
import { quote } from "../../harness/packets.js";
import type { Packet } from "../../harness/parse.js";
import { script } from "../../harness/script.js";
import { MSG_DONTWAIT, POLLERR, POLLIN, POLLOUT, SO_ERROR, SOL_SOCKET } from "../../harness/socket-calls.js";
import type { Stack } from "../../harness/stack.js";
import { tcp } from "../../harness/tcp-conversation.js";
import { connected, events } from "./sockets-pair.js";

const ON = { settings: { NET_SOCKETS_RECVERR: true } };

/** A router sends the error about a datagram of the stack. */
function error(stack: Stack, type: number, code: number, { ip }: Packet, rest = 0): void {
  assert.ok(ip !== undefined);
  stack.inject(stack.peer.icmp({ type, code, rest }, quote(ip.datagram)));
}

function next(stack: Stack, fd: number): string {
  return stack.begin.recvWith(fd, { flags: MSG_DONTWAIT }).errno;
}

script("connecting ends with any error, at once", ON, (stack) => {
  for (const [type, code, errno] of MEANINGS) {
    const fd = stack.openTcp();
    receiveErrors(stack, fd);
    stack.arpResolve();
    const call = stack.begin.connect(fd, stack.peer.ip, 80);
    error(stack, type, code, stack.takeNext("a SYN").packet);
    stack.advance(10);
    assert.equal(call.errno, errno, `${type}/${code}`);
    stack.close(fd);
    stack.quiet(3000);
  }
});

script("connecting goes on after what means nothing: a reassembly timer, an unknown code", ON, (stack) => {
  const fd = stack.openTcp();
  receiveErrors(stack, fd);
  stack.arpResolve();
  const call = stack.begin.connect(fd, stack.peer.ip, 80);
  const { packet } = stack.takeNext("a SYN");
  error(stack, 11, 1, packet);
  error(stack, 3, 16, packet);
  stack.advance(10);
  assert.equal(call.done, false);
  error(stack, 3, 1, packet);
  assert.equal(call.errno, "EHOSTUNREACH");
});

script("a connection: the next call says it, once, and the connection goes on", ON, (stack) => {
  const t = tcp(stack);
  t.establish();
  receiveErrors(stack, t.fd);
  assert.equal(stack.getOption(t.fd, IPPROTO_IP, IP_RECVERR), 1);
  t.send(100);
  const packet = t.out("P. 1:101(100) ack 1");
  error(stack, 3, 1, packet);
  assert.equal(events(stack, t.fd, POLLIN | POLLOUT) & POLLERR, POLLERR);
  assert.equal(noError(stack, t.fd), "EAGAIN", "a stream has no queue");
  assert.equal(next(stack, t.fd), "EHOSTUNREACH");
  assert.equal(next(stack, t.fd), "EAGAIN");
  assert.equal(events(stack, t.fd, POLLIN | POLLOUT), POLLOUT);
  error(stack, 11, 0, packet);
  assert.equal(
    stack.errno(() => stack.send(t.fd, "x")),
    "EHOSTUNREACH",
  );
  error(stack, 3, 2, packet);
  assert.notEqual(stack.getOption(t.fd, SOL_SOCKET, SO_ERROR), 0);
  assert.equal(stack.getOption(t.fd, SOL_SOCKET, SO_ERROR), 0);
  const waiting = stack.begin.recvWith(t.fd);
  assert.equal(waiting.done, false);
  error(stack, 3, 0, packet);
  assert.equal(waiting.errno, "ENETUNREACH");
  t.in("P. 1:11(10) ack 101");
  t.read(10);
  t.out(". 101:101(0) ack 11", { after: 100 });
  t.send(5);
  t.out("P. 101:106(5) ack 11");
  t.in(". 11:11(0) ack 106");
});

script("fragmentation needed is TCP's own business; an error about nothing in flight is forged", ON, (stack) => {
  const t = tcp(stack);
  t.establish();
  receiveErrors(stack, t.fd);
  t.send(100);
  const packet = t.out("P. 1:101(100) ack 1");
  error(stack, 3, 4, packet, 1400);
  assert.equal(next(stack, t.fd), "EAGAIN");
  t.in(". 1:1(0) ack 101");
  error(stack, 3, 1, packet);
  assert.equal(next(stack, t.fd), "EAGAIN");
});

script("without the option a connection hears nothing", ON, (stack) => {
  const t = tcp(stack);
  t.establish();
  t.send(100);
  error(stack, 3, 1, t.out("P. 1:101(100) ack 1"));
  assert.equal(next(stack, t.fd), "EAGAIN");
  t.in(". 1:1(0) ack 101");
});

const MORE = { settings: { ...ON.settings, NET_MAX_CONTEXTS: 8, ZVFS_OPEN_MAX: 12 } };

script("what is accepted has the option of its listener", MORE, (stack) => {
  const pair = connected(stack, 8081);
  assert.equal(stack.getOption(pair.server, IPPROTO_IP, IP_RECVERR), 0);
  receiveErrors(stack, pair.listener);
  const client = stack.openTcp();
  stack.connect(client, "127.0.0.1", 8081);
  assert.equal(stack.getOption(stack.accept(pair.listener), IPPROTO_IP, IP_RECVERR), 1);
});

script("a next hop that has gone: a connection hears of it, and goes on when it is back", ON, (stack) => {
  stack.arpResolve();
  const t = tcp(stack, { arp: false });
  t.establish();
  receiveErrors(stack, t.fd);
  // The entry of the peer grows old, and nobody answers any more.
  stack.advance(1_300_000);
  stack.takeSent();
  assert.equal(next(stack, t.fd), "EAGAIN");
  stack.send(t.fd, "anybody?");
  stack.advance(6000);
  stack.takeSent();
  assert.equal(next(stack, t.fd), "EHOSTUNREACH");
  assert.equal(next(stack, t.fd), "EAGAIN");
  stack.arpResolve();
  stack.advance(60_000);
  const again = stack.takeSent().filter(({ packet }) => packet.tcp !== undefined);
  assert.ok(again.length > 0, "it is sent again");
  t.in(". 1:1(0) ack 9");
});
