/** The harness for TCP itself: segments, notation, and that the monitor finds what it is there for. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { ethernet, ipv4 } from "../../harness/packets.js";
import { parseFrame } from "../../harness/parse.js";
import { TcpMonitor } from "../../harness/tcp-monitor.js";
import { buildOption, optionMatches, parseSegmentText } from "../../harness/tcp-notation.js";
import { tcpText } from "../../harness/tcp-script.js";
import { type TcpFields, tcpSegment } from "../../harness/tcp-segment.js";

const STACK = { ip: "10.0.2.15", mac: "02:00:00:00:00:01", port: 8080 };
const PEER = { ip: "10.0.2.2", mac: "02:00:00:00:00:99", port: 40_000 };

type Fields = Omit<TcpFields, "src" | "dst" | "srcPort" | "dstPort">;

function frame(from: typeof STACK, to: typeof STACK, fields: Fields, payload: Uint8Array): Uint8Array {
  const segment = tcpSegment({ src: from.ip, dst: to.ip, srcPort: from.port, dstPort: to.port, ...fields }, payload);
  return ethernet({ src: from.mac, dst: to.mac }, ipv4({ src: from.ip, dst: to.ip, protocol: 6 }, segment));
}

/** A monitor that is shown segments, and what it says. */
function watch(): {
  in: (fields: Fields, payload?: Uint8Array, at?: number) => void;
  out: (fields: Fields, payload?: Uint8Array, at?: number) => void;
  called: (at: number) => void;
  said: string[];
} {
  const said: string[] = [];
  const monitor = new TcpMonitor((problem) => said.push(problem.replace(/^.*?: /, "")));
  const none = new Uint8Array(0);
  return {
    in: (fields, payload = none, at = 0) => monitor.arrived(parseFrame(frame(PEER, STACK, fields, payload)), at),
    out: (fields, payload = none, at = 0) => monitor.sent(parseFrame(frame(STACK, PEER, fields, payload)), at),
    called: (at) => monitor.called(at),
    said,
  };
}

/** ISNs next to the wrap: the stack's 0xfffffff8, the peer's 0xfffffff0. */
const ISS = 0xffff_fff8;
const IRS = 0xffff_fff0;
const own = (n: number): number => (ISS + n) >>> 0;
const its = (n: number): number => (IRS + n) >>> 0;

/** Handshake of a connection with every option, window of the peer 1000 << 2, of the stack 500 << 1. */
function established(): ReturnType<typeof watch> {
  const w = watch();
  w.in({
    flags: "S",
    seq: IRS,
    window: 1000,
    options: [
      { kind: "mss", value: 100 },
      { kind: "sackOK" },
      { kind: "TS", val: 7, ecr: 0 },
      { kind: "wscale", shift: 2 },
    ],
  });
  w.out({
    flags: "S.",
    seq: ISS,
    ack: its(1),
    window: 1000,
    options: [
      { kind: "mss", value: 1460 },
      { kind: "sackOK" },
      { kind: "TS", val: 50, ecr: 7 },
      { kind: "wscale", shift: 1 },
    ],
  });
  w.in({ flags: ".", seq: its(1), ack: own(1), window: 1000, options: [{ kind: "TS", val: 8, ecr: 50 }] });
  assert.deepEqual(w.said, []);
  return w;
}

const stamp = (val: number) => ({ kind: "TS", val, ecr: 8 }) as const;

test("a segment that is built reads back as it was meant", () => {
  const read = parseFrame(
    frame(
      PEER,
      STACK,
      {
        flags: "SFRP.UEW",
        seq: 0xffff_ffff,
        ack: 0x8000_0001,
        window: 4321,
        urgent: 9,
        reserved: 5,
        options: [
          { kind: "mss", value: 1000 },
          { kind: "nop" },
          { kind: "wscale", shift: 7 },
          { kind: "sackOK" },
          { kind: "TS", val: 0xdead_beef, ecr: 3 },
          { kind: "sack", blocks: [[5, 9]] },
          { kind: "raw", data: [30, 3, 1] },
        ],
      },
      Uint8Array.of(1, 2, 3),
    ),
  );
  assert.deepEqual(read.problems, []);
  const { options, optionBytes, checksum, ...rest } = read.tcp ?? assert.fail("no segment");
  assert.deepEqual(rest, {
    srcPort: 40_000,
    dstPort: 8080,
    seq: 0xffff_ffff,
    ack: 0x8000_0001,
    flags: "SFRP.UEW",
    window: 4321,
    urgent: 9,
    reserved: 5,
    dataOffset: 14,
    payload: Uint8Array.of(1, 2, 3),
  });
  assert.equal(optionBytes.length, 36);
  assert.deepEqual(
    options.map(({ kind }) => kind),
    ["mss", "wscale", "sackOK", "TS", "sack", "raw"],
  );
  assert.ok(checksum > 0);
});

test("every single wrong bit of a segment is a wrong checksum or a wrong length", () => {
  const good = frame(PEER, STACK, { flags: "P.", seq: 1, ack: 2 }, new Uint8Array(20).fill(7));
  for (let bit = 34 * 8; bit < good.length * 8; bit++) {
    const bad = Uint8Array.from(good);
    bad[bit >> 3] = (bad[bit >> 3] as number) ^ (0x80 >> (bit & 7));
    assert.ok(parseFrame(bad).problems.length > 0, `bit ${bit}`);
  }
});

test("headers that lie about their length are told, and nothing throws", () => {
  const segment = tcpSegment({ src: PEER.ip, dst: STACK.ip, srcPort: 1, dstPort: 2, dataOffset: 15 });
  for (let length = 0; length <= segment.length; length++) {
    const datagram = ipv4({ src: PEER.ip, dst: STACK.ip, protocol: 6 }, segment.subarray(0, length));
    const packet = parseFrame(ethernet({ src: PEER.mac, dst: STACK.mac }, datagram));
    assert.ok(
      packet.problems.some((problem) => /TCP/.test(problem)),
      `${length} bytes`,
    );
  }
  const short = frame(PEER, STACK, { dataOffset: 4 }, new Uint8Array(0));
  assert.match(parseFrame(short).problems.join(), /data offset 4/);
});

test("the text of a segment", () => {
  assert.deepEqual(
    parseSegmentText("P.F -5:15(20) ack * win 7 urg 3 <sack 5:9 *:12,TS val * ecr 4, raw 0b 04 ff ff>"),
    {
      flags: "FP.",
      seq: -5,
      length: 20,
      hasAck: true,
      ack: undefined,
      hasWindow: true,
      window: 7,
      urgent: 3,
      options: [
        {
          kind: "sack",
          blocks: [
            [5, 9],
            [undefined, 12],
          ],
        },
        { kind: "TS", val: undefined, ecr: 4 },
        { kind: "raw", data: Uint8Array.of(11, 4, 255, 255) },
      ],
    },
  );
  assert.equal(parseSegmentText("- *(0)").options, undefined);
  assert.deepEqual(parseSegmentText("R 1(0) <>").options, []);
  for (const wrong of [
    "P. 1:10(8) ack 1",
    "X 0:0(0)",
    "S 0:0",
    "S 0:0(0) ack",
    "S 0:0(0) <mss>",
    "S 0:0(0) <sack 5>",
    "",
  ])
    assert.throws(() => parseSegmentText(wrong), wrong);
});

test("options compare with wildcards and bases, and are built from them", () => {
  const bases = { seq: ISS, ack: IRS, tsVal: 100, tsEcr: 0 };
  const options = parseSegmentText("S 0(0) <TS val 5 ecr *,sack 17:20>").options ?? [];
  const [first, second] = options;
  assert.ok(first && second);
  assert.ok(optionMatches({ kind: "TS", val: 105, ecr: 999 }, first, bases));
  assert.ok(!optionMatches({ kind: "TS", val: 106, ecr: 999 }, first, bases));
  assert.ok(optionMatches({ kind: "sack", blocks: [[1, 4]] }, second, bases));
  assert.ok(!optionMatches({ kind: "sack", blocks: [[1, 5]] }, second, bases));
  assert.ok(!optionMatches({ kind: "nop" }, second, bases));
  assert.deepEqual(buildOption(second, bases), { kind: "sack", blocks: [[1, 4]] });
  assert.throws(() => buildOption(first, bases));
});

test("mistakes in the text of a script are found before it runs", () => {
  assert.doesNotThrow(() =>
    tcpText(`
    +0   listen 80 backlog 2     // with a comment
    +.5  < S 0:0(0) win 5
    +*   > S. 0:0(0) ack 1
    +.2~.05 > S. 0:0(0) ack 1
    quiet 3
    +0   read end`),
  );
  for (const line of [
    "+0 jump",
    "+* < S 0:0(0)",
    "+0 < nonsense",
    "+0 > P. 1:3(1)",
    "quiet",
    "+0 read",
    "+0 option TCP_NOPE 1",
  ])
    assert.throws(() => tcpText(line), line);
});

// ---- the monitor ----------------------------------------------------------------------------------------------------

/** What is sent in ESTABLISHED, and what the monitor must say of it. */
const VIOLATIONS: readonly [name: string, fields: Fields, length: number, said: RegExp | undefined][] = [
  ["an acknowledgement", { options: [stamp(51)] }, 0, undefined],
  ["data up to the MSS", { options: [{ kind: "nop" }, { kind: "nop" }, stamp(51)] }, 88, undefined],
  ["a byte more", { options: [{ kind: "nop" }, { kind: "nop" }, stamp(51)] }, 89, /MSS is 100/],
  ["data at the end of the window", { seq: own(3941), options: [stamp(51)] }, 60, undefined],
  ["data beyond the window", { seq: own(3941), options: [stamp(51)] }, 61, /1 bytes beyond/],
  ["a probe of one byte", { seq: own(4001), options: [stamp(51)] }, 1, undefined],
  ["one byte too far for a probe", { seq: own(4002), options: [stamp(51)] }, 1, /2 bytes beyond/],
  ["reserved bits", { reserved: 2, options: [stamp(51)] }, 0, /reserved/],
  ["no ACK flag", { flags: "P", ack: 0, options: [stamp(51)] }, 1, /no ACK flag/],
  ["ECE", { flags: ".E", options: [stamp(51)] }, 0, /ECE/],
  ["an urgent pointer", { urgent: 4, options: [stamp(51)] }, 0, /URG/],
  ["no timestamps", {}, 0, /no timestamps/],
  ["an older TSval", { options: [stamp(49)] }, 0, /TSval goes back/],
  ["an older acknowledgement", { ack: its(0), options: [stamp(51)] }, 0, /goes back by 1/],
  ["a window that shrinks", { window: 499, options: [stamp(51)] }, 0, /shrinks by 2/],
  ["MSS on a segment", { options: [stamp(51), { kind: "mss", value: 9 }] }, 0, /no SYN/],
  ["SYN and FIN", { flags: "SF.", seq: ISS, window: 1000, options: [stamp(51)] }, 0, /SYN together/],
  ["a good SACK block", { options: [stamp(51), { kind: "sack", blocks: [[its(5), its(9)]] }] }, 0, undefined],
  ["an empty SACK block", { options: [stamp(51), { kind: "sack", blocks: [[its(5), its(5)]] }] }, 0, /empty/],
  ["a SACK block too far", { options: [stamp(51), { kind: "sack", blocks: [[its(5), its(1002)]] }] }, 0, /outside/],
  [
    "a SACK block at the acknowledgement",
    { options: [stamp(51), { kind: "sack", blocks: [[its(1), its(9)]] }] },
    0,
    /not above/,
  ],
  ["a duplicate reported", { options: [stamp(51), { kind: "sack", blocks: [[its(0), its(1)]] }] }, 0, undefined],
  [
    "SACK blocks that touch",
    {
      options: [
        stamp(51),
        {
          kind: "sack",
          blocks: [
            [its(9), its(12)],
            [its(5), its(9)],
          ],
        },
      ],
    },
    0,
    /touches/,
  ],
];

for (const [name, fields, length, expected] of VIOLATIONS) {
  test(`the monitor ${expected === undefined ? "allows" : "finds"} ${name}`, () => {
    const w = established();
    const all = { flags: ".", seq: own(1), ack: its(1), window: 500, ...fields };
    w.out(all, new Uint8Array(length).fill(1));
    if (expected === undefined) assert.deepEqual(w.said, []);
    else {
      assert.equal(w.said.length, 1, w.said.join("\n"));
      assert.match(w.said[0] as string, expected);
    }
  });
}

test("the monitor finds bytes that change, a FIN that moves and data behind it", () => {
  const w = established();
  const at = (seq: number, flags: string): Fields => ({
    flags,
    seq: own(seq),
    ack: its(1),
    window: 500,
    options: [stamp(51)],
  });
  w.out(at(1, "."), Uint8Array.of(1, 2, 3));
  w.out(at(2, "."), Uint8Array.of(2, 3, 4));
  assert.deepEqual(w.said, []);
  w.out(at(1, "."), Uint8Array.of(1, 9));
  assert.match(w.said.pop() ?? "", /byte 1 of its stream has changed/);
  w.out(at(5, "F."));
  w.out(at(5, "F."));
  assert.deepEqual(w.said, []);
  w.out(at(5, "."), Uint8Array.of(5, 6));
  assert.match(w.said.pop() ?? "", /beyond its FIN/);
  w.out(at(4, "F."));
  assert.match(w.said.pop() ?? "", /FIN has moved/);
});

test("the monitor finds a RST for a RST, and lets one pass that has another cause", () => {
  const w = established();
  const reset: Fields = { flags: "R", seq: own(1) };
  w.in({ flags: "R", seq: its(1) }, undefined, 10);
  w.out(reset, undefined, 10);
  assert.match(w.said.pop() ?? "", /a RST answers a RST/);
  w.in({ flags: "R", seq: its(1) }, undefined, 20);
  w.out(reset, undefined, 21);
  w.in({ flags: "R", seq: its(1) }, undefined, 30);
  w.in({ flags: ".", seq: its(1), ack: own(99) }, undefined, 30);
  w.out(reset, undefined, 30);
  w.in({ flags: "R", seq: its(1) }, undefined, 40);
  w.called(40);
  w.out(reset, undefined, 40);
  assert.deepEqual(w.said, []);
});

test("the monitor finds options on a SYN-ACK that were not offered", () => {
  const w = watch();
  w.in({ flags: "S", seq: IRS, options: [{ kind: "mss", value: 100 }] });
  w.out({ flags: "S.", seq: ISS, ack: its(1), options: [{ kind: "sackOK" }, stamp(1), { kind: "wscale", shift: 1 }] });
  assert.equal(w.said.filter((each) => /which the SYN did not have/.test(each)).length, 3);
});

test("the monitor begins anew with a new connection on the same ports", () => {
  const w = established();
  w.out({ flags: ".", seq: own(1), ack: its(50), window: 600, options: [stamp(60)] });
  w.in({ flags: "S", seq: its(3), options: [{ kind: "mss", value: 100 }] });
  w.out({ flags: "S.", seq: 5, ack: its(4), window: 10 });
  w.out({ flags: ".", seq: 6, ack: its(4), window: 10 }, new Uint8Array(100));
  assert.deepEqual(w.said, []);
});

test("frames of the monitor's table are told apart by both ends", () => {
  const said: string[] = [];
  const monitor = new TcpMonitor((problem) => said.push(problem));
  const other = { ...PEER, port: 40_001 };
  const empty = new Uint8Array(0);
  monitor.sent(parseFrame(frame(STACK, PEER, { flags: ".", ack: 100, seq: 1, window: 100 }, empty)), 0);
  monitor.sent(parseFrame(frame(STACK, other, { flags: ".", ack: 50, seq: 1 }, empty)), 0);
  assert.deepEqual(said, []);
  assert.equal(monitor.conversations().length, 2);
  monitor.sent(parseFrame(frame(STACK, PEER, { flags: ".", ack: 50, seq: 1 }, empty)), 0);
  assert.equal(said.length, 1);
});
