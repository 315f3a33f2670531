/** What the application may do with the network (kconfig/capabilities.ts): EACCES for the rest, and nothing on the wire. */
import assert from "node:assert/strict";
import { a, answer, question, resolve } from "../harness/dns.js";
import { script } from "../harness/script.js";
import type { Stack } from "../harness/stack.js";
import { tcp } from "../harness/tcp-conversation.js";

const ANY = "0.0.0.0";
const OWN = "10.0.2.15";

/** What bind, or listen after it, answers on a new socket of each kind. */
function bindError(stack: Stack, kind: "udp" | "tcp", ip: string, port: number): string {
  const fd = kind === "udp" ? stack.openUdp() : stack.openTcp();
  const error = stack.errno(() => stack.bind(fd, port, ip));
  stack.close(fd);
  return error;
}

script(
  "APP_MAY_BIND: addresses, ranges of ports, and all ports for one that is drawn",
  { settings: { APP_MAY_BIND: "10.0.2.15:80-90 *:7 127.0.0.0/8" } },
  (stack) => {
    for (const kind of ["udp", "tcp"] as const) {
      const cases: readonly [string, number, string][] = [
        [OWN, 79, "EACCES"],
        [OWN, 80, "SUCCESS"],
        [OWN, 90, "SUCCESS"],
        [OWN, 91, "EACCES"],
        [ANY, 80, "EACCES"],
        [ANY, 7, "SUCCESS"],
        [OWN, 7, "SUCCESS"],
        ["127.0.0.1", 65535, "SUCCESS"],
        ["127.1.2.3", 0, "SUCCESS"],
        [OWN, 0, "EACCES"],
      ];
      for (const [ip, port, expected] of cases) {
        assert.equal(bindError(stack, kind, ip, port), expected, `${kind} ${ip}:${port}`);
      }
    }
    // Listening binds when nobody has; a client's own port is nobody's business.
    const fd = stack.openTcp();
    assert.equal(
      stack.errno(() => stack.listen(fd, 1)),
      "EACCES",
    );
    stack.close(fd);
    const t = tcp(stack);
    t.connect({ ephemeral: true });
    t.abort();
    t.out("R. 1:1(0) ack 1");
  },
);

script(
  "APP_MAY_CONNECT: nothing goes out for another address or port; the socket can go on",
  { settings: { APP_MAY_CONNECT: "10.0.2.0/30:40000 127.0.0.1" } },
  (stack) => {
    const t = tcp(stack);
    const fd = stack.openTcp();
    for (const [ip, port] of [
      ["10.0.2.2", 40_001],
      ["10.0.2.4", 40_000],
      ["192.0.2.1", 40_000],
    ] as const) {
      assert.equal(
        stack.errno(() => stack.connect(fd, ip, port)),
        "EACCES",
      );
    }
    stack.expectNothing();
    // 0 is the loopback address, where nobody listens.
    assert.equal(
      stack.errno(() => stack.connect(fd, ANY, 9)),
      "ECONNREFUSED",
    );
    stack.close(fd);
    t.connect();
    t.abort();
    t.out("R. 1:1(0) ack 1");
    const datagrams = stack.openUdp();
    assert.equal(
      stack.errno(() => stack.connect(datagrams, "10.0.2.4", 40_000)),
      "EACCES",
    );
    stack.connect(datagrams, "10.0.2.3", 40_000);
  },
);

script(
  "APP_MAY_SEND: each datagram that names its destination, the same address with another port too",
  { settings: { APP_MAY_SEND: "10.0.2.2:5000-5001 127.0.0.1:9" } },
  (stack) => {
    stack.arpResolve();
    const fd = stack.openUdp();
    const send = (ip: string, port: number): string => stack.errno(() => stack.sendTo(fd, ip, port, "x"));
    assert.equal(send("10.0.2.2", 5000), "SUCCESS");
    assert.equal(stack.takeSent().length, 1);
    // The short way of a second datagram to the same address asks as well.
    assert.equal(send("10.0.2.2", 5002), "EACCES");
    assert.equal(send("10.0.2.2", 4999), "EACCES");
    assert.equal(send("10.0.2.3", 5000), "EACCES");
    assert.equal(send("255.255.255.255", 5000), "EACCES");
    assert.equal(send("127.0.0.1", 10), "EACCES");
    stack.expectNothing();
    assert.equal(send("10.0.2.2", 5001), "SUCCESS");
    assert.equal(stack.takeSent().length, 1);
    // The peer of a connected socket is a matter of APP_MAY_CONNECT.
    stack.connect(fd, "10.0.2.2", 6000);
    stack.send(fd, "x");
    assert.equal(stack.takeSent().length, 1);
  },
);

script(
  "an empty list allows nothing, and answers to others go on",
  { settings: { APP_MAY_BIND: "", APP_MAY_CONNECT: "", APP_MAY_SEND: "" } },
  (stack) => {
    const fd = stack.openUdp();
    assert.equal(bindError(stack, "udp", ANY, 0), "EACCES");
    assert.equal(
      stack.errno(() => stack.connect(fd, "10.0.2.2", 7)),
      "EACCES",
    );
    assert.equal(
      stack.errno(() => stack.sendTo(fd, "10.0.2.2", 7, "x")),
      "EACCES",
    );
    stack.arpResolve();
    stack.inject(stack.peer.ping());
    assert.equal(stack.takeSent().length, 1, "an echo request is answered");
  },
);

script(
  "APP_MAY_RESOLVE: a name, all names below one, without regard to case; numbers and known names are not asked for",
  {
    settings: {
      DNS_RESOLVER: true,
      DNS_RESOLVER_CACHE: false,
      DNS_SERVER1: "10.0.2.2",
      APP_MAY_RESOLVE: "www.Example.org *.lab.example.net",
    },
  },
  (stack) => {
    stack.arpResolve();
    for (const name of [
      "example.org",
      "xwww.example.org",
      "www.example.org.uk",
      "lab.example.net",
      "xlab.example.net",
    ]) {
      assert.equal(resolve(stack, name).errno, "EACCES", name);
    }
    stack.expectNothing();
    assert.equal(resolve(stack, "192.0.2.7").errno, "SUCCESS");
    assert.equal(resolve(stack, "localhost").errno, "SUCCESS");
    for (const name of ["WWW.example.org", "www.example.org.", "a.lab.Example.net", "a.b.lab.example.net."]) {
      const call = resolve(stack, name);
      const asked = question(stack);
      assert.equal(asked.name.toLowerCase(), name.toLowerCase().replace(/\.$/, ""));
      answer(stack, asked, { answers: [a("192.0.2.80")] });
      assert.equal(call.errno, "SUCCESS");
    }
  },
);
