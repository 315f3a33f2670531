/** SO_DONTROUTE and MSG_DONTROUTE (POSIX send(); socket(7) and send(2) of Linux): what is not on the link is not reached, and every error. */
import assert from "node:assert/strict";
import { pattern } from "../harness/bytes.js";
import { groupMac } from "../harness/igmp.js";
import { IP_TTL, IPPROTO_IP, sendMessage, words } from "../harness/message-calls.js";
import { linkAddress, packetSocket } from "../harness/packet-calls.js";
import { script } from "../harness/script.js";
import { AF_INET, SO_BROADCAST, SOL_SOCKET } from "../harness/socket-calls.js";
import type { Stack } from "../harness/stack.js";
import { TcpPeer } from "../harness/tcp-peer.js";
import { EXPERIMENT, RAW, SOCK_RAW } from "./raw/settings.js";

const SO_DONTROUTE = 5;
const MSG_DONTROUTE = 4;
/** An address behind the gateway, which is the script's station. */
const FAR = "192.0.2.9";
const LOOPBACK = "127.0.0.1";
const ON = {
  settings: { NET_SOCKETS_DONTROUTE: true, NET_CONTEXT_RECV_PKTINFO: true, NET_SOCKETS_BINDTODEVICE: true },
};
const WHOLE = { settings: { ...RAW.settings, NET_SOCKETS_DONTROUTE: true, NET_IPV4_IGMP: true, NET_TCP: false } };

function dontRoute(stack: Stack, fd: number, on = 1): void {
  stack.setOption(fd, SOL_SOCKET, SO_DONTROUTE, on);
}

/** Sends to `ip`; the error, or "SUCCESS" when the datagram went to `mac`. */
function send(stack: Stack, fd: number, ip: string, flags = 0, mac = stack.peer.mac): string {
  const error = stack.errno(() => stack.sendTo(fd, ip, 9000, "out", flags));
  if (error === "SUCCESS") stack.expect({ eth: { dst: mac }, ip: { dst: ip } });
  stack.expectNothing();
  return error;
}

script(
  "a datagram socket with the option reaches the link, broadcasts and this device; ENETUNREACH for others",
  ON,
  (stack) => {
    stack.arpResolve();
    const fd = stack.openUdp();
    assert.equal(stack.getOption(fd, SOL_SOCKET, SO_DONTROUTE), 0);
    assert.equal(send(stack, fd, FAR), "SUCCESS", "over the gateway");
    dontRoute(stack, fd, 256);
    assert.equal(stack.getOption(fd, SOL_SOCKET, SO_DONTROUTE), 1);
    for (let i = 0; i < 2; i++) {
      assert.equal(send(stack, fd, FAR), "ENETUNREACH", "also where the last datagram went");
      assert.equal(send(stack, fd, stack.peer.ip), "SUCCESS", "the gateway itself is on the link");
    }
    stack.setOption(fd, SOL_SOCKET, SO_BROADCAST, 1);
    for (const address of ["255.255.255.255", "10.0.2.255"])
      assert.equal(send(stack, fd, address, 0, "ff:ff:ff:ff:ff:ff"), "SUCCESS");
    stack.bind(stack.openUdp(), 9000);
    for (const address of [LOOPBACK, stack.ip])
      assert.equal(
        stack.errno(() => stack.sendTo(fd, address, 9000, "inside")),
        "SUCCESS",
      );
    dontRoute(stack, fd, 0);
    assert.equal(stack.getOption(fd, SOL_SOCKET, SO_DONTROUTE), 0);
    for (let i = 0; i < 2; i++) assert.equal(send(stack, fd, FAR), "SUCCESS");
  },
);

script("connect of a datagram socket: ENETUNREACH; set afterwards it counts for the next datagram", ON, (stack) => {
  stack.arpResolve();
  const fd = stack.openUdp();
  dontRoute(stack, fd);
  const connect = () => stack.errno(() => stack.connect(fd, FAR, 9000));
  assert.equal(connect(), "ENETUNREACH");
  assert.equal(
    stack.errno(() => stack.peerAddress(fd)),
    "ENOTCONN",
  );
  dontRoute(stack, fd, 0);
  assert.equal(connect(), "SUCCESS");
  stack.send(fd, "out");
  stack.expect({ udp: { payload: "out" } });
  dontRoute(stack, fd);
  for (let i = 0; i < 2; i++)
    assert.equal(
      stack.errno(() => stack.send(fd, "out")),
      "ENETUNREACH",
    );
});

script("MSG_DONTROUTE counts for one datagram, whatever went before and comes after", ON, (stack) => {
  stack.arpResolve();
  const fd = stack.openUdp();
  for (let i = 0; i < 2; i++) {
    assert.equal(send(stack, fd, FAR), "SUCCESS");
    assert.equal(send(stack, fd, FAR, MSG_DONTROUTE), "ENETUNREACH");
    assert.equal(stack.getOption(fd, SOL_SOCKET, SO_DONTROUTE), 0);
    assert.equal(send(stack, fd, stack.peer.ip, MSG_DONTROUTE), "SUCCESS");
  }
  dontRoute(stack, fd);
  assert.equal(send(stack, fd, stack.peer.ip, MSG_DONTROUTE), "SUCCESS");
  assert.equal(send(stack, fd, FAR), "ENETUNREACH", "the option stays");
});

script("sendmsg has the flag too, with and without control messages, which keep the option", ON, (stack) => {
  stack.arpResolve();
  const fd = stack.openUdp();
  const controls = [[], [{ level: IPPROTO_IP, type: IP_TTL, data: words(9) }]];
  const message = (control: (typeof controls)[number], ip: string, flags: number) => {
    const error = stack.errno(() => sendMessage(stack, fd, { parts: ["out"], to: { ip, port: 9000 }, control, flags }));
    if (error === "SUCCESS") stack.expect({ ip: { dst: ip, ttl: control.length > 0 ? 9 : 64 } });
    return error;
  };
  for (const control of controls) {
    assert.equal(message(control, FAR, MSG_DONTROUTE), "ENETUNREACH");
    assert.equal(message(control, stack.peer.ip, MSG_DONTROUTE), "SUCCESS");
    assert.equal(message(control, FAR, 0), "SUCCESS", "the next one goes over the gateway");
    dontRoute(stack, fd);
    assert.equal(message(control, FAR, 0), "ENETUNREACH");
    assert.equal(stack.getOption(fd, SOL_SOCKET, SO_DONTROUTE), 1);
    dontRoute(stack, fd, 0);
  }
});

script("with SO_BINDTODEVICE: both count, and neither changes the other", ON, (stack) => {
  stack.arpResolve();
  const fd = stack.openUdp();
  const bindTo = (name: string) => stack.setOptionBytes(fd, SOL_SOCKET, 25, name);
  const boundTo = () => Buffer.from(stack.getOptionBytes(fd, SOL_SOCKET, 25, 16)).toString();
  dontRoute(stack, fd);
  assert.equal(boundTo(), "");
  bindTo("eth0");
  assert.equal(boundTo(), "eth0\0");
  assert.equal(stack.getOption(fd, SOL_SOCKET, SO_DONTROUTE), 1);
  stack.bind(fd, 7);
  assert.equal(send(stack, fd, FAR), "ENETUNREACH");
  assert.equal(send(stack, fd, stack.peer.ip), "SUCCESS");
  stack.inject(stack.peer.udp({ srcPort: 9000, dstPort: 7 }, "wire"));
  assert.equal(Buffer.from(stack.recv(fd)).toString(), "wire");
  dontRoute(stack, fd, 0);
  assert.equal(boundTo(), "eth0\0");
  assert.equal(send(stack, fd, FAR), "SUCCESS");
  bindTo("");
  dontRoute(stack, fd);
  const other = stack.openUdp();
  assert.equal(
    stack.errno(() => stack.bind(other, 7)),
    "EADDRINUSE",
    "the option is no interface that the socket would be bound to",
  );
});

script("a stream connects on the link only; a connection whose way is cut loses what it sends", ON, (stack) => {
  stack.arpResolve();
  const station = stack.station({ mac: stack.peer.mac, ip: FAR });
  const fd = stack.openTcp();
  dontRoute(stack, fd);
  const connect = () => stack.errno(() => stack.connect(fd, FAR, 80));
  assert.equal(connect(), "ENETUNREACH");
  dontRoute(stack, fd, 0);
  const server = TcpPeer.listening(stack, { peer: station, peerPort: 80 });
  assert.equal(connect(), "SUCCESS");
  stack.send(fd, "one");
  stack.advance(50);
  dontRoute(stack, fd);
  stack.send(fd, "two");
  stack.advance(50);
  assert.equal(Buffer.from(server.received).toString(), "one");
  dontRoute(stack, fd, 0);
  stack.advance(3000);
  assert.equal(Buffer.from(server.received).toString(), "onetwo", "sent again when there is a way");
  server.detach();
});

script("MSG_DONTROUTE on a stream: nothing is taken when the peer is not on the link", ON, (stack) => {
  stack.arpResolve();
  const near = TcpPeer.listening(stack, { peerPort: 80 });
  const far = TcpPeer.listening(stack, { peer: stack.station({ mac: stack.peer.mac, ip: FAR }), peerPort: 81 });
  const [fd, distant] = [stack.openTcp(), stack.openTcp()];
  assert.equal(
    stack.errno(() => stack.sendWith(fd, "x", MSG_DONTROUTE)),
    "ENOTCONN",
  );
  stack.connect(fd, stack.peer.ip, 80);
  stack.connect(distant, FAR, 81);
  assert.equal(stack.sendWith(fd, "near", MSG_DONTROUTE), 4);
  assert.equal(
    stack.errno(() => stack.sendWith(distant, "far", MSG_DONTROUTE)),
    "ENETUNREACH",
  );
  assert.equal(stack.sendWith(distant, "far", 0), 3);
  stack.advance(50);
  assert.equal(Buffer.from(near.received).toString(), "near");
  assert.equal(Buffer.from(far.received).toString(), "far");
  near.detach();
  far.detach();
});

script("a listener with the option hears nobody from behind a router; its connections have it too", ON, (stack) => {
  const listener = stack.openTcp();
  dontRoute(stack, listener);
  stack.bind(listener, 80);
  stack.listen(listener);
  const far = new TcpPeer(stack, { peer: stack.station({ mac: stack.peer.mac, ip: FAR }), port: 80, peerPort: 40_001 });
  far.connect();
  stack.advance(100);
  assert.equal(far.wasReset, false, "no answer at all");
  assert.deepEqual(stack.select([listener], [], 0).read, []);
  const near = new TcpPeer(stack, { port: 80 });
  near.connect();
  stack.advance(100);
  const fd = stack.accept(listener);
  assert.equal(stack.getOption(fd, SOL_SOCKET, SO_DONTROUTE), 1);
  stack.connect(stack.openTcp(), LOOPBACK, 80);
  assert.equal(stack.peerAddress(stack.accept(listener)).ip, LOOPBACK);
  near.detach();
  far.detach();
  stack.takeSent();
});

script("raw sockets have option and flag", WHOLE, (stack) => {
  stack.arpResolve();
  const fd = stack.socket(AF_INET, SOCK_RAW, EXPERIMENT);
  assert.equal(send(stack, fd, FAR, MSG_DONTROUTE), "ENETUNREACH");
  assert.equal(send(stack, fd, FAR), "SUCCESS");
  dontRoute(stack, fd);
  assert.equal(send(stack, fd, FAR), "ENETUNREACH");
  assert.equal(
    stack.errno(() => stack.connect(fd, FAR, 0)),
    "ENETUNREACH",
  );
  assert.equal(send(stack, fd, stack.peer.ip), "SUCCESS");
  stack.inject(stack.peer.ipv4({ protocol: EXPERIMENT }, pattern(4)));
  assert.equal(stack.recv(fd).length, 24, "and hears as before");
});

script("groups are on the link", WHOLE, (stack) => {
  const fd = stack.openUdp();
  dontRoute(stack, fd);
  assert.equal(send(stack, fd, "239.1.2.3", 0, groupMac("239.1.2.3")), "SUCCESS");
  assert.equal(send(stack, fd, "239.1.2.3", MSG_DONTROUTE, groupMac("239.1.2.3")), "SUCCESS");
});

script("a packet socket sends to the link anyway: no option, and the flag changes nothing", WHOLE, (stack) => {
  const fd = packetSocket(stack, SOCK_RAW, 3);
  assert.equal(
    stack.errno(() => dontRoute(stack, fd)),
    "ENOPROTOOPT",
  );
  const frame = stack.station({ mac: stack.mac, ip: stack.ip }).arpRequest({ tpa: stack.peer.ip });
  const buffer = stack.scratch(frame.length);
  stack.memory.write(buffer, frame);
  const out = stack.scratch(4);
  const call = stack.start(
    "send_to",
    [fd, buffer, frame.length, MSG_DONTROUTE, linkAddress(stack, { index: 1 }), 20, out],
    () => 0,
  );
  assert.equal(call.errno, "SUCCESS");
  stack.expect({ arp: { operation: 1 } });
});

script("an image without them: ENOPROTOOPT and EOPNOTSUPP", {}, (stack) => {
  stack.arpResolve();
  for (const fd of [stack.openUdp(), stack.openTcp()]) {
    assert.equal(
      stack.errno(() => dontRoute(stack, fd)),
      "ENOPROTOOPT",
    );
    assert.equal(
      stack.errno(() => stack.getOption(fd, SOL_SOCKET, SO_DONTROUTE)),
      "ENOPROTOOPT",
    );
    assert.equal(
      stack.errno(() => stack.sendTo(fd, stack.peer.ip, 9000, "x", MSG_DONTROUTE)),
      "ENOTSUP",
    );
  }
});
