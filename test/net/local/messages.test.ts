/** AF_UNIX datagrams and sequenced packets (POSIX; Linux's unix(7)). */
import assert from "node:assert/strict";
import { pattern } from "../../harness/bytes.js";
import {
  beginSendTo,
  bindLocal,
  connectLocal,
  local,
  pair,
  peerName,
  receiveFrom,
  SOCK_SEQPACKET,
  sendToLocal,
} from "../../harness/local-calls.js";
import { script } from "../../harness/script.js";
import {
  MSG_DONTWAIT,
  MSG_PEEK,
  MSG_TRUNC,
  POLLHUP,
  POLLIN,
  POLLOUT,
  SO_TYPE,
  SOCK_DGRAM,
  SOCK_STREAM,
  SOL_SOCKET,
} from "../../harness/socket-calls.js";
import { asSecondTask, events } from "../tcp/sockets-pair.js";
import { LOCAL } from "./settings.js";

const OPTIONS = { ...LOCAL, variants: false };
/** Bytes of the longest message without a name. */
const MOST = LOCAL.settings.NET_SOCKETS_UNIX_BUFFER - 8;

script("datagrams keep their boundaries and say who sent them", OPTIONS, (stack) => {
  const server = local(stack, SOCK_DGRAM, "/server");
  const named = local(stack, SOCK_DGRAM, "@client");
  const nameless = local(stack, SOCK_DGRAM);
  sendToLocal(stack, named, "/server", "one");
  sendToLocal(stack, nameless, "/server", "");
  sendToLocal(stack, named, "/server", "three");
  assert.deepEqual(receiveFrom(stack, server), { from: "@client", text: "one", length: 3 });
  assert.deepEqual(receiveFrom(stack, server), { from: "", text: "", length: 0 });
  assert.deepEqual(receiveFrom(stack, server), { from: "@client", text: "three", length: 5 });
  sendToLocal(stack, server, "@client", "answer");
  assert.deepEqual(receiveFrom(stack, named), { from: "/server", text: "answer", length: 6 });
});

script(
  "a message that is longer than the buffer is cut; MSG_TRUNC says how long it was, MSG_PEEK leaves it",
  OPTIONS,
  (stack) => {
    for (const type of [SOCK_DGRAM, SOCK_SEQPACKET]) {
      const [a, b] = pair(stack, type);
      stack.send(a, "0123456789");
      stack.send(a, "next");
      assert.equal(receiveFrom(stack, b, 4, MSG_PEEK).text, "0123");
      assert.equal(receiveFrom(stack, b, 4, MSG_PEEK | MSG_TRUNC).length, 10);
      assert.equal(receiveFrom(stack, b, 4).text, "0123");
      assert.equal(receiveFrom(stack, b).text, "next");
      assert.equal(stack.getOption(a, SOL_SOCKET, SO_TYPE), type);
      stack.close(a);
      stack.close(b);
    }
  },
);

script("messages of all lengths wrap around the end of the buffer unharmed", OPTIONS, (stack) => {
  const server = local(stack, SOCK_DGRAM, "/server");
  const client = local(stack, SOCK_DGRAM, "/a-name");
  for (let length = 0; length <= 100; length++) {
    for (const start of [1, 2]) sendToLocal(stack, client, "/server", pattern(length, start));
    for (const start of [1, 2]) {
      const { from, text } = receiveFrom(stack, server);
      assert.equal(from, "/a-name");
      assert.deepEqual(Buffer.from(text, "latin1"), Buffer.from(pattern(length, start)));
    }
  }
});

script("too long: EMSGSIZE; no room: EAGAIN, or the sender waits", OPTIONS, (stack) => {
  const server = local(stack, SOCK_DGRAM, "/server");
  const client = local(stack, SOCK_DGRAM);
  assert.equal(
    stack.errno(() => sendToLocal(stack, client, "/server", pattern(MOST + 1))),
    "EMSGSIZE",
  );
  assert.equal(sendToLocal(stack, client, "/server", pattern(MOST)), MOST);
  assert.equal(
    stack.errno(() => sendToLocal(stack, client, "/server", "x", MSG_DONTWAIT)),
    "EAGAIN",
  );
  const call = beginSendTo(stack, client, "/server", "waits");
  assert.equal(call.done, false);
  asSecondTask(stack, () => assert.equal(receiveFrom(stack, server).length, MOST));
  assert.equal(call.value(), 5);
  sendToLocal(stack, client, "/server", pattern(MOST - 16));
  const refused = beginSendTo(stack, client, "/server", pattern(50));
  assert.equal(refused.done, false);
  asSecondTask(stack, () => stack.close(server));
  assert.equal(refused.errno, "ENOENT", "the destination is gone");
});

script("connected datagrams: only from the peer, ECONNREFUSED once when it is gone", OPTIONS, (stack) => {
  const server = local(stack, SOCK_DGRAM, "/server");
  const client = local(stack, SOCK_DGRAM, "/client");
  const other = local(stack, SOCK_DGRAM);
  assert.equal(
    stack.errno(() => stack.send(client, "x")),
    "EDESTADDRREQ",
  );
  connectLocal(stack, client, "/server");
  assert.equal(peerName(stack, client), "/server");
  stack.send(client, "hello");
  assert.equal(receiveFrom(stack, server).text, "hello");
  assert.equal(
    stack.errno(() => sendToLocal(stack, other, "/client", "x")),
    "EPERM",
  );
  assert.equal(
    stack.errno(() => connectLocal(stack, other, "/client")),
    "EPERM",
  );
  sendToLocal(stack, server, "/client", "back");
  assert.equal(receiveFrom(stack, client).text, "back");
  stack.close(server);
  assert.equal(
    stack.errno(() => stack.send(client, "x")),
    "ECONNREFUSED",
  );
  assert.equal(
    stack.errno(() => stack.send(client, "x")),
    "EDESTADDRREQ",
  );
  assert.equal(
    stack.errno(() => sendToLocal(stack, client, "/server", "x")),
    "ENOENT",
  );
});

script("types do not mix: EPROTOTYPE; datagrams do not listen: ENOTSUP", OPTIONS, (stack) => {
  local(stack, SOCK_STREAM, "/stream");
  const fd = local(stack, SOCK_DGRAM, "/datagram");
  assert.equal(
    stack.errno(() => sendToLocal(stack, fd, "/stream", "x")),
    "EPROTOTYPE",
  );
  assert.equal(
    stack.errno(() => connectLocal(stack, fd, "/stream")),
    "EPROTOTYPE",
  );
  assert.equal(
    stack.errno(() => stack.listen(fd)),
    "ENOTSUP",
  );
  assert.equal(
    stack.errno(() => stack.accept(fd)),
    "ENOTSUP",
  );
  assert.equal(
    stack.errno(() => bindLocal(stack, fd, "/second")),
    "EINVAL",
  );
  assert.equal(
    stack.errno(() => local(stack, 3)),
    "EPROTOTYPE",
    "SOCK_RAW",
  );
  assert.equal(
    stack.errno(() => stack.socket(6, SOCK_STREAM, 17)),
    "EPROTONOSUPPORT",
  );
});

script("sequenced packets: connected as streams are, with boundaries and an end", OPTIONS, (stack) => {
  const listener = local(stack, SOCK_SEQPACKET, "/a");
  stack.listen(listener, 1);
  const client = local(stack, SOCK_SEQPACKET);
  assert.equal(
    stack.errno(() => stack.send(client, "x")),
    "ENOTCONN",
  );
  assert.equal(
    stack.errno(() => stack.recv(client)),
    "ENOTCONN",
  );
  connectLocal(stack, client, "/a");
  const server = stack.accept(listener);
  stack.send(client, "one");
  stack.send(client, "two");
  assert.equal(receiveFrom(stack, server).text, "one");
  assert.equal(
    stack.errno(() => stack.send(client, pattern(MOST + 1))),
    "EMSGSIZE",
  );
  assert.equal(
    stack.errno(() => sendToLocal(stack, client, "/a", "x")),
    "EISCONN",
  );
  stack.close(client);
  assert.equal(events(stack, server, POLLIN | POLLOUT), POLLIN | POLLHUP);
  assert.equal(receiveFrom(stack, server).text, "two");
  assert.equal(receiveFrom(stack, server).length, 0, "the end");
});

script("poll: writable while half of the peer's buffer is free", OPTIONS, (stack) => {
  const [a, b] = pair(stack, SOCK_DGRAM);
  assert.equal(events(stack, a, POLLIN | POLLOUT), POLLOUT);
  stack.send(a, pattern(200));
  assert.equal(events(stack, a, POLLIN | POLLOUT), 0);
  const poll = stack.begin.poll([{ fd: a, events: POLLOUT }], -1);
  assert.equal(poll.done, false);
  asSecondTask(stack, () => stack.recv(b));
  assert.deepEqual(poll.value(), [POLLOUT]);
});
