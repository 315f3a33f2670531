/** Options of stream sockets: every one, its values, its limits, and that it does something (docs/system-calls.md, posix/zsock/constants.ts). */
import assert from "node:assert/strict";
import { pattern } from "../../harness/bytes.js";
import { script } from "../../harness/script.js";
import { IPPROTO_TCP, SO_LINGER, SOL_SOCKET, socketConstant } from "../../harness/socket-calls.js";
import type { Stack } from "../../harness/stack.js";
import { tcp } from "../../harness/tcp-conversation.js";
import { connected, LOOPBACK, listening } from "./sockets-pair.js";

const ONCE = { variants: false };

/** What setsockopt answers. */
function set(stack: Stack, fd: number, name: string, value: number): string {
  return stack.errno(() => stack.setSocketOption(fd, name, value));
}

script("what a stream socket is", ONCE, (stack) => {
  const fd = stack.openTcp();
  for (const [name, value] of Object.entries({
    SO_TYPE: 1,
    SO_PROTOCOL: 6,
    SO_DOMAIN: 1,
    SO_ACCEPTCONN: 0,
    SO_ERROR: 0,
  })) {
    assert.equal(stack.getSocketOption(fd, name), value, name);
    assert.equal(set(stack, fd, name, 1), "ENOPROTOOPT", `${name} can only be read`);
  }
  stack.listen(fd);
  assert.equal(stack.getSocketOption(fd, "SO_ACCEPTCONN"), 1);
});

script("options that are on or off", ONCE, (stack) => {
  const fd = stack.openTcp();
  for (const name of [
    "SO_REUSEADDR",
    "SO_REUSEPORT",
    "SO_KEEPALIVE",
    "SO_OOBINLINE",
    "TCP_NODELAY",
    "TCP_CORK",
    "TCP_QUICKACK",
  ]) {
    assert.equal(stack.getSocketOption(fd, name), 0, name);
    stack.setSocketOption(fd, name, 256);
    assert.equal(stack.getSocketOption(fd, name), 1, name);
    stack.setSocketOption(fd, name, 0);
    assert.equal(stack.getSocketOption(fd, name), 0, name);
  }
});

script("numbers, their defaults and limits", ONCE, (stack) => {
  const fd = stack.openTcp();
  const numbers: [name: string, initial: number, good: readonly number[], bad: readonly number[]][] = [
    ["TCP_KEEPIDLE", 7200, [1, 32_767], [0, -1, 32_768]],
    ["TCP_KEEPINTVL", 75, [1, 32_767], [0, -1, 32_768]],
    ["TCP_KEEPCNT", 9, [1, 127], [0, -1, 128]],
    ["TCP_SYNCNT", 7, [1, 127], [0, -1, 128]],
    ["TCP_LINGER2", 60, [1, 3600], [-1, 3601]],
    ["TCP_DEFER_ACCEPT", 0, [1, 255, 0], [-1]],
    ["TCP_USER_TIMEOUT", 0, [1, 0x7fffffff, 0], [-1]],
    ["TCP_MAXSEG", 536, [88, 1460, 32_767], [1, 87, 32_768, -1]],
    ["TCP_WINDOW_CLAMP", 0, [256, 2560, 0], [-1]],
    ["SO_RCVLOWAT", 1, [1, 500, 2920], []],
  ];
  for (const [name, initial, good, bad] of numbers) {
    assert.equal(stack.getSocketOption(fd, name), initial, name);
    for (const value of good) {
      assert.equal(set(stack, fd, name, value), "SUCCESS", `${name} ${value}`);
      assert.equal(stack.getSocketOption(fd, name), value, `${name} ${value}`);
    }
    for (const value of bad) assert.equal(set(stack, fd, name, value), "EINVAL", `${name} ${value}`);
    assert.equal(stack.getSocketOption(fd, name), good.at(-1), `${name} after mistakes`);
  }
});

script("SO_SNDBUF and SO_RCVBUF are brought into the range there is, and read as they are", ONCE, (stack) => {
  const fd = stack.openTcp();
  for (const name of ["SO_SNDBUF", "SO_RCVBUF"]) {
    const most = stack.getSocketOption(fd, name);
    assert.equal(most, 5840);
    for (const [asked, given] of [
      [2000, 2000],
      [1, 536],
      [0, 536],
      [1_000_000, most],
      [-1, most],
    ] as const) {
      stack.setSocketOption(fd, name, asked);
      assert.equal(stack.getSocketOption(fd, name), given, `${name} ${asked}`);
    }
  }
  assert.equal(set(stack, fd, "SO_SNDLOWAT", 2), "ENOPROTOOPT");
  assert.equal(stack.getSocketOption(fd, "SO_SNDLOWAT"), 1);
  stack.setSocketOption(fd, "SO_RCVLOWAT", 100_000);
  assert.equal(stack.getSocketOption(fd, "SO_RCVLOWAT"), 2920, "no more than half of the buffer");
  stack.setSocketOption(fd, "SO_RCVBUF", 1000);
  assert.equal(stack.getSocketOption(fd, "SO_RCVLOWAT"), 500);
});

script("SO_RCVBUF is the window that is offered, TCP_WINDOW_CLAMP bounds it", ONCE, (stack) => {
  for (const [name, value] of [
    ["SO_RCVBUF", 2000],
    ["TCP_WINDOW_CLAMP", 1024],
  ] as const) {
    const t = tcp(stack, { port: 8080 + value });
    const call = t.beginConnect({ prepare: (fd) => stack.setSocketOption(fd, name, value) });
    t.out(`S 0:0(0) win ${value}`);
    t.in("R. 0:0(0) ack 1");
    assert.equal(call.errno, "ECONNREFUSED");
  }
});

script("SO_SNDBUF is what send takes", ONCE, (stack) => {
  const t = tcp(stack);
  t.establish({ window: 0 });
  stack.setSocketOption(t.fd, "SO_SNDBUF", 1000);
  stack.nonBlocking(t.fd);
  assert.equal(stack.send(t.fd, pattern(3000)), 1000);
  stack.setSocketOption(t.fd, "SO_SNDBUF", 1500);
  assert.equal(stack.send(t.fd, pattern(3000)), 500);
  assert.equal(stack.getSocketOption(t.fd, "TCP_OUTQ"), 1500);
  t.in("R 1:1(0)");
});

script("TCP_MAXSEG is announced, and bounds what is sent; on a connection it only becomes smaller", ONCE, (stack) => {
  const t = tcp(stack);
  const call = t.beginConnect({ prepare: (fd) => stack.setSocketOption(fd, "TCP_MAXSEG", 700) });
  t.out("S 0:0(0) <mss 700,sackOK,TS val 0 ecr 0,wscale *>");
  t.in("S. 0:0(0) ack 1 win 65535 <mss 1460>");
  t.out(". 1:1(0) ack 1");
  call.value();
  assert.equal(stack.getSocketOption(t.fd, "TCP_MAXSEG"), 700);
  assert.equal(set(stack, t.fd, "TCP_MAXSEG", 800), "EINVAL");
  stack.setSocketOption(t.fd, "TCP_MAXSEG", 500);
  t.send(1000);
  t.out(". 1:501(500) ack 1");
  t.out("P. 501:1001(500) ack 1");
  t.ack();
  t.in("R 1:1(0)");
});

script("TCP_CORK holds partial segments back, and lets them go when it is taken off", {}, (stack) => {
  const t = tcp(stack);
  t.establish();
  stack.setSocketOption(t.fd, "TCP_CORK", 1);
  t.send(100);
  t.quiet(50);
  t.send(50);
  t.quiet(50);
  stack.setSocketOption(t.fd, "TCP_CORK", 0);
  t.out("P. 1:151(150) ack 1");
  t.ack();
  t.in("R 1:1(0)");
});

script("TCP_NODELAY put on lets go what Nagle held back", {}, (stack) => {
  const t = tcp(stack);
  t.establish();
  t.send(100);
  t.out("P. 1:101(100) ack 1");
  t.send(10);
  t.quiet(50);
  stack.setSocketOption(t.fd, "TCP_NODELAY", 1);
  t.out("P. 101:111(10) ack 1");
  t.send(10);
  t.out("P. 111:121(10) ack 1");
  t.ack();
  t.in("R 1:1(0)");
});

script("TCP_QUICKACK put on sends the acknowledgement that waits", {}, (stack) => {
  const t = tcp(stack);
  t.establish();
  stack.setSocketOption(t.fd, "TCP_QUICKACK", 0);
  t.in("P. 1:11(10) ack 1");
  t.quiet(20);
  stack.setSocketOption(t.fd, "TCP_QUICKACK", 1);
  t.out(". 1:1(0) ack 11");
  t.in("P. 11:21(10) ack 1");
  t.out(". 1:1(0) ack 21");
  assert.equal(stack.recv(t.fd).length, 20);
  stack.takeSent();
  t.in("R 21:21(0)");
});

script("SO_KEEPALIVE and its times can be set on a connection", { variants: false }, (stack) => {
  const t = tcp(stack);
  t.establish();
  stack.setSocketOption(t.fd, "TCP_KEEPIDLE", 10);
  stack.setSocketOption(t.fd, "TCP_KEEPINTVL", 2);
  stack.setSocketOption(t.fd, "TCP_KEEPCNT", 3);
  stack.setSocketOption(t.fd, "SO_KEEPALIVE", 1);
  t.quiet(9900);
  stack.advance(300);
  assert.equal(t.takeSegments().length, 1, "the first probe after 10 s");
  stack.advance(8000);
  assert.ok(t.takeSegments().length >= 2);
  assert.equal(
    stack.errno(() => stack.recv(t.fd)),
    "ETIMEDOUT",
  );
});

script("TCP_CONGESTION by name", ONCE, (stack) => {
  const fd = stack.openTcp();
  const name = socketConstant("TCP_CONGESTION");
  const read = (length = 16): string => Buffer.from(stack.getOptionBytes(fd, IPPROTO_TCP, name, length)).toString();
  assert.equal(read(), `newreno${"\0".repeat(9)}`);
  stack.setOptionBytes(fd, IPPROTO_TCP, name, "cubic");
  assert.equal(read(5), "cubic");
  assert.equal(read(3), "cub");
  assert.equal(read(100).length, 16);
  for (const wrong of ["reno", "vegas", "cubics", "newrenoes", "n"]) {
    assert.equal(
      stack.errno(() => stack.setOptionBytes(fd, IPPROTO_TCP, name, wrong)),
      "ENOENT",
      wrong,
    );
  }
  assert.equal(
    stack.errno(() => stack.setOptionBytes(fd, IPPROTO_TCP, name, "")),
    "EINVAL",
  );
  assert.equal(read(5), "cubic");
  stack.setOptionBytes(fd, IPPROTO_TCP, name, "newreno\0\0\0");
  assert.equal(read(7), "newreno");
});

script(
  "TCP_CONGESTION without CUBIC in the image",
  { variants: false, settings: { NET_TCP_CUBIC: false } },
  (stack) => {
    const fd = stack.openTcp();
    const name = socketConstant("TCP_CONGESTION");
    assert.equal(
      stack.errno(() => stack.setOptionBytes(fd, IPPROTO_TCP, name, "cubic")),
      "ENOENT",
    );
    stack.setOptionBytes(fd, IPPROTO_TCP, name, "newreno");
  },
);

script("TCP_INFO as Linux lays it out, cut to the room there is", ONCE, (stack) => {
  const { listener, client } = connected(stack);
  const name = socketConstant("TCP_INFO");
  const info = (fd: number, length = 104): DataView => {
    const data = stack.getOptionBytes(fd, IPPROTO_TCP, name, length);
    assert.equal(data.length, Math.min(length, 104));
    return new DataView(data.buffer, data.byteOffset, data.length);
  };
  assert.equal(info(listener).getUint8(0), 10, "LISTEN");
  assert.equal(info(listener).getUint32(28, true), 5, "its backlog");
  const open = info(client);
  assert.equal(open.getUint8(0), 1, "ESTABLISHED");
  assert.equal(open.getUint8(5) & 3, 3, "timestamps and SACK");
  assert.ok(open.getUint32(8, true) >= 1_000_000, "RTO");
  assert.equal(open.getUint32(16, true), stack.getSocketOption(client, "TCP_MAXSEG"), "segment size");
  assert.ok(open.getUint32(80, true) >= 2, "congestion window, segments");
  assert.equal(info(client, 1).getUint8(0), 1);
  assert.equal(info(client, 6).getUint8(5), open.getUint8(5));
  assert.equal(info(client, 200).byteLength, 104);
  stack.shutdown(client, "wr");
  stack.advance(10);
  assert.equal(info(client).getUint8(0), 5, "FIN-WAIT-2");
  assert.equal(
    stack.errno(() => stack.setOptionBytes(client, IPPROTO_TCP, name, [1, 2, 3, 4])),
    "ENOPROTOOPT",
  );
});

script("SO_LINGER as struct linger", ONCE, (stack) => {
  const fd = stack.openTcp();
  const read = (): Uint8Array => stack.getOptionBytes(fd, SOL_SOCKET, SO_LINGER, 8);
  assert.deepEqual(read(), Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0));
  stack.setOptionBytes(fd, SOL_SOCKET, SO_LINGER, [1, 0, 0, 0, 0x2c, 1, 0, 0]);
  assert.deepEqual(read(), Uint8Array.of(1, 0, 0, 0, 0x2c, 1, 0, 0));
  assert.equal(
    stack.errno(() => stack.setOptionBytes(fd, SOL_SOCKET, SO_LINGER, [1, 0, 0, 0])),
    "EINVAL",
  );
  stack.listen(fd);
  assert.deepEqual(read(), Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0), "a listener has none");
  assert.equal(
    stack.errno(() => stack.setOptionBytes(fd, SOL_SOCKET, SO_LINGER, [1, 0, 0, 0, 1, 0, 0, 0])),
    "EINVAL",
  );
});

script("options of streams are none of datagrams, and the other way round", ONCE, (stack) => {
  const udp = stack.openUdp();
  const fd = stack.openTcp();
  for (const name of ["TCP_NODELAY", "SO_KEEPALIVE", "SO_SNDBUF", "SO_LINGER", "TCP_INFO", "SO_RCVLOWAT"]) {
    assert.equal(
      stack.errno(() => stack.getSocketOption(udp, name)),
      "ENOPROTOOPT",
      name,
    );
    assert.equal(set(stack, udp, name, 1), "ENOPROTOOPT", name);
  }
  assert.equal(
    stack.errno(() => stack.getSocketOption(fd, "SO_BROADCAST")),
    "ENOPROTOOPT",
  );
  for (const [level, name] of [
    [6, 23],
    [6, 0x10001],
    [0x10001, 1],
    [1, 0],
    [-1, -1],
  ] as const) {
    assert.equal(
      stack.errno(() => stack.getOption(fd, level, name)),
      "ENOPROTOOPT",
    );
    assert.equal(
      stack.errno(() => stack.setOption(fd, level, name, 1)),
      "ENOPROTOOPT",
    );
  }
});

script("the option functions of WAMR", ONCE, (stack) => {
  const fd = stack.openTcp();
  for (const [name, option] of [
    ["keep_alive", "SO_KEEPALIVE"],
    ["tcp_no_delay", "TCP_NODELAY"],
    ["tcp_quick_ack", "TCP_QUICKACK"],
    ["reuse_addr", "SO_REUSEADDR"],
  ] as const) {
    assert.equal(stack.sys(`sock_set_${name}`, fd, 257), 0);
    stack.memory.store32(64, 0xa5a5a5a5);
    assert.equal(stack.sys(`sock_get_${name}`, fd, 64), 0);
    assert.equal(stack.memory.load32(64) >>> 0, 0xa5a5a501, `${name}: one byte`);
    assert.equal(stack.getSocketOption(fd, option), 1);
    assert.equal(stack.sys(`sock_set_${name}`, fd, 256), 0, "a bool counts by its low byte");
    assert.equal(stack.getSocketOption(fd, option), 0);
  }
  for (const [name, value] of [
    ["tcp_keep_idle", 30],
    ["tcp_keep_intvl", 31],
    ["recv_buf_size", 1000],
    ["send_buf_size", 1001],
  ] as const) {
    assert.equal(stack.sys(`sock_set_${name}`, fd, value), 0);
    assert.equal(stack.sys(`sock_get_${name}`, fd, 64), 0);
    assert.equal(stack.memory.load32(64), value, name);
  }
  assert.equal(stack.sys("sock_set_tcp_keep_idle", fd, 0), 28, "EINVAL");
  for (const name of ["tcp_fastopen_connect", "ipv6_only", "ip_multicast_ttl", "broadcast"]) {
    assert.equal(stack.sys(`sock_set_${name}`, fd, 1), 58, `${name}: ENOTSUP`);
    assert.equal(stack.sys(`sock_get_${name}`, fd, 64), 58, `${name}: ENOTSUP`);
  }
});

script("TCP_USER_TIMEOUT ends a connection whose data is not acknowledged", { variants: false }, (stack) => {
  const t = tcp(stack);
  t.establish();
  stack.setSocketOption(t.fd, "TCP_USER_TIMEOUT", 5000);
  t.send(10);
  const call = stack.begin.recv(t.fd);
  stack.advance(4000);
  assert.equal(call.done, false);
  stack.advance(10_000);
  assert.equal(call.errno, "ETIMEDOUT");
  stack.takeSent();
});

script("TCP_LINGER2 bounds FIN-WAIT-2 of a closed connection", { variants: false }, (stack) => {
  const t = tcp(stack);
  t.establish();
  stack.setSocketOption(t.fd, "TCP_LINGER2", 3);
  stack.close(t.fd);
  t.out("F. 1:1(0) ack 1");
  t.ack();
  stack.advance(2900);
  assert.equal(
    stack.usedPools().some((pool) => pool.name === "sockets" && pool.used === 2),
    true,
  );
  stack.advance(300);
  assert.equal(
    stack.usedPools().some((pool) => pool.name === "sockets" && pool.used === 1),
    true,
  );
});

script("TCP_SYNCNT bounds the SYNs of connect", { variants: false }, (stack) => {
  stack.arpResolve();
  const t = tcp(stack);
  const call = t.beginConnect({ prepare: (fd) => stack.setSocketOption(fd, "TCP_SYNCNT", 1) });
  stack.advance(20_000);
  assert.equal(call.errno, "ETIMEDOUT");
  assert.equal(t.takeSegments().length, 2);
});

script("TCP_DEFER_ACCEPT: a connection is accepted when its first data has come", { variants: false }, (stack) => {
  const t = tcp(stack);
  t.listen();
  stack.setSocketOption(t.listener, "TCP_DEFER_ACCEPT", 5);
  t.in("S 0:0(0)");
  t.out("S. 0:0(0) ack 1");
  const call = stack.begin.accept(t.listener);
  t.in(". 1:1(0) ack 1");
  stack.advance(500);
  assert.equal(call.done, false);
  t.in("P. 1:6(5) ack 1");
  const fd = call.value();
  stack.open.add(fd);
  assert.equal(stack.recv(fd).length, 5);
  stack.takeSent();
  t.in("R 6:6(0)");
});

script("accepted connections do not inherit SO_LINGER of a socket that then listened", ONCE, (stack) => {
  const fd = stack.openTcp();
  stack.linger(fd, 0);
  stack.bind(fd, 8080, LOOPBACK);
  stack.listen(fd, 7);
  const client = stack.openTcp();
  stack.connect(client, LOOPBACK, 8080);
  const server = stack.accept(fd);
  assert.deepEqual(stack.getOptionBytes(server, SOL_SOCKET, SO_LINGER, 8), new Uint8Array(8));
  stack.close(server);
  stack.advance(10);
  assert.equal(stack.recv(client).length, 0, "an end, not a reset");
  stack.close(listening(stack, 8081));
});
