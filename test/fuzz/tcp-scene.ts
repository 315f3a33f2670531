/**
 * Segments that mean something to the stack under test: it watches what the stack sends and answers with the next segment of one of
 * its connections, or one that is a little or very wrong. The same dice give the same frames.
 */
import { ethernet, ipv4, PROTOCOL_TCP } from "../harness/packets.js";
import { type TcpOption, tcpSegment } from "../harness/tcp-segment.js";
import { PEER, US } from "./corpus.js";
import type { Dice } from "./mutate.js";

/** Port that the program under test listens on, and the one on the peer that it connects to. */
export const LISTENING_PORT = 80;
export const PEER_PORT = 5000;
const FIRST_PORT = 20_000;
const PORTS = 40;
const IP_AT = 14;
const FLAG_FIN = 1;
const FLAG_SYN = 2;
const FLAG_RST = 4;
const FLAG_ACK = 16;

/** What the stack has shown of a connection. */
interface Known {
  readonly ourPort: number;
  readonly theirPort: number;
  /** The next sequence number that the stack expects, and the one after the last that it sent. */
  expected: number;
  sent: number;
  /** Its last timestamp; 0 without. */
  stamp: number;
  /** Its last segment was a SYN: it wants a SYN-ACK. */
  opening: boolean;
}

const SYN_OPTIONS: readonly (readonly TcpOption[])[] = [
  [],
  [{ kind: "mss", value: 1460 }],
  [{ kind: "mss", value: 536 }, { kind: "sackOK" }, { kind: "nop" }, { kind: "wscale", shift: 7 }],
  [
    { kind: "mss", value: 1460 },
    { kind: "sackOK" },
    { kind: "TS", val: 1000, ecr: 0 },
    { kind: "nop" },
    { kind: "wscale", shift: 2 },
  ],
  [
    { kind: "mss", value: 1 },
    { kind: "wscale", shift: 255 },
  ],
  [{ kind: "mss", value: 0 }, { kind: "eol" }],
  [{ kind: "raw", data: [2, 3, 5, 3, 3] }],
  [{ kind: "raw", data: [8, 10, 0, 0] }],
  [{ kind: "raw", data: [254, 40, 1, 1] }],
  [{ kind: "raw", data: [5, 2, 4, 2, 4, 2] }],
];

export class TcpScene {
  /** The stack's cookie for the peer: SYNs have it, or another, and data (RFC 7413). */
  cookie: Uint8Array | undefined;
  private readonly known = new Map<number, Known>();
  /** The connection of the stack's last segment. */
  private latest: Known | undefined;
  private clock = 1000;
  private iss = 0xffff_ff00;

  /** A frame that the stack sent. */
  observe(frame: Uint8Array): void {
    const at = IP_AT + (frame[IP_AT] & 15) * 4;
    if (frame[12] !== 8 || frame[IP_AT + 9] !== PROTOCOL_TCP || frame.length < at + 20) return;
    const view = new DataView(frame.buffer, frame.byteOffset, frame.length);
    const total = view.getUint16(IP_AT + 2);
    const headerBytes = (frame[at + 12] >> 4) * 4;
    const [theirPort, ourPort, flags] = [view.getUint16(at), view.getUint16(at + 2), frame[at + 13]];
    const key = theirPort * 0x1_0000 + ourPort;
    if (flags & FLAG_RST) {
      this.known.delete(key);
      this.latest = undefined;
      return;
    }
    let known = this.known.get(key);
    if (known === undefined) {
      if (this.known.size >= PORTS * 2) this.known.clear();
      known = { ourPort, theirPort, expected: 0, sent: 0, stamp: 0, opening: false };
      this.known.set(key, known);
    }
    this.latest = known;
    const length = total - (at - IP_AT) - headerBytes + (flags & FLAG_FIN) + ((flags & FLAG_SYN) >> 1);
    known.sent = (view.getUint32(at + 4) + length) >>> 0;
    known.opening = (flags & (FLAG_SYN | FLAG_ACK)) === FLAG_SYN;
    if (flags & FLAG_ACK) known.expected = view.getUint32(at + 8);
    for (let i = at + 20; i + 10 <= at + headerBytes; i++) {
      if (frame[i] === 8 && frame[i + 1] === 10) known.stamp = view.getUint32(i + 2);
    }
  }

  /** A SYN, or a segment of a connection. */
  frame(dice: Dice): Uint8Array {
    const list = [...this.known.values()];
    if (list.length === 0 || dice.roll(12) === 0) return this.synchronize(dice);
    // Without some who behave no connection would ever get anywhere.
    if (this.latest !== undefined && dice.roll(3) > 0) return this.polite(this.latest, dice);
    return this.segment(dice.pick(list), dice);
  }

  /** What a peer that behaves would send next. */
  private polite(known: Known, dice: Dice): Uint8Array {
    if (known.opening) {
      const options = [...dice.pick(SYN_OPTIONS), ...this.cookies(dice)];
      const ack = this.cookie !== undefined && dice.roll(3) === 0 ? known.sent - dice.roll(600) : known.sent;
      const fields = { seq: 0x7fff_fff0, ack: ack >>> 0, flags: "S.", options };
      return this.build(known, fields, new Uint8Array(0));
    }
    const payload = new Uint8Array(dice.pick([0, 0, 1, 100, 1000])).fill(dice.roll(256));
    const flags = dice.roll(30) === 0 ? "F." : payload.length > 0 ? "P." : ".";
    const fields = { seq: known.expected, ack: known.sent, flags, options: this.stamps(known) };
    return this.build(known, fields, payload);
  }

  /** Answers the stack's last segment on a connection of `ourPort` as a good peer does; undefined when it sent none. */
  goodAnswer(ourPort: number, flags: string, payload: Uint8Array): Uint8Array | undefined {
    const known = [...this.known.values()].find((each) => each.ourPort === ourPort);
    if (known === undefined) return undefined;
    return this.build(known, { seq: known.expected, ack: known.sent, flags, options: this.stamps(known) }, payload);
  }

  /** A plain SYN from `ourPort`. */
  plainSyn(ourPort: number): Uint8Array {
    const fields = { ourPort, theirPort: LISTENING_PORT };
    return this.build(fields, { seq: 7, flags: "S", options: SYN_OPTIONS[1] }, new Uint8Array(0));
  }

  private synchronize(dice: Dice): Uint8Array {
    const ourPort = FIRST_PORT + dice.roll(PORTS);
    this.iss = (this.iss + 64_000) >>> 0;
    const flags = dice.pick(["S", "S", "S", "SEW", "SF", "SP", "SU"]);
    const options = [...dice.pick(SYN_OPTIONS), ...this.cookies(dice)];
    const payload = new Uint8Array(dice.roll(this.cookie === undefined ? 8 : 2) === 0 ? dice.roll(100) : 0);
    return this.build({ ourPort, theirPort: LISTENING_PORT }, { seq: this.iss, flags, options }, payload);
  }

  /** The option of TCP Fast Open: asking, with the good cookie, with others; often none. */
  private cookies(dice: Dice): TcpOption[] {
    if (this.cookie === undefined) return [];
    const cookie = dice.pick([
      this.cookie,
      this.cookie,
      this.cookie,
      [],
      new Uint8Array(4),
      new Uint8Array(16).fill(7),
    ]);
    return dice.roll(4) === 0 ? [] : [{ kind: "fastopen", cookie }];
  }

  private segment(known: Known, dice: Dice): Uint8Array {
    const { expected, sent } = known;
    const near = (base: number): number =>
      (base + dice.pick([-1, 1, -100, 100, 1460, -1460, 2920, 5840, 0x7fff_ffff])) >>> 0;
    const seq = dice.roll(3) > 0 ? expected : near(expected);
    const ack = dice.roll(3) > 0 ? sent : near(sent);
    const flags = dice.pick([
      ".",
      ".",
      ".",
      "P.",
      "P.",
      "F.",
      "FP.",
      "R",
      "R.",
      "S",
      "S.",
      "U.",
      "-",
      "F",
      "E.",
      "W.",
      "SFRPU.",
    ]);
    const window = dice.pick([65_535, 65_535, 8192, 1460, 100, 1, 0]);
    const length = dice.pick([0, 0, 1, 3, 100, 536, 1000, 1448, 1460]);
    const options: TcpOption[] = dice.roll(4) > 0 ? this.stamps(known) : [];
    if (dice.roll(4) === 0) options.push({ kind: "sack", blocks: this.blocks(sent, dice) });
    if (dice.roll(20) === 0) options.push({ kind: "raw", data: [dice.roll(256), dice.roll(8)] });
    const urgent = flags.includes("U") ? dice.pick([0, 1, 50, 65_535]) : 0;
    const room = 1460 - options.length * 40;
    return this.build(
      known,
      { seq, ack, flags, window, options, urgent },
      new Uint8Array(Math.min(length, room)).fill(dice.roll(256)),
    );
  }

  private stamps({ stamp }: Known): TcpOption[] {
    if (stamp === 0) return [];
    this.clock = (this.clock + 1) >>> 0;
    return [{ kind: "nop" }, { kind: "nop" }, { kind: "TS", val: this.clock, ecr: stamp }];
  }

  private blocks(sent: number, dice: Dice): [number, number][] {
    return Array.from({ length: 1 + dice.roll(2) }, () => {
      const right = (sent - dice.roll(6000) + (dice.roll(10) === 0 ? 3000 : 0)) >>> 0;
      return [(right - dice.roll(1500)) >>> 0, right];
    });
  }

  private build(
    ports: { readonly ourPort: number; readonly theirPort: number },
    fields: {
      seq: number;
      ack?: number;
      flags: string;
      window?: number;
      urgent?: number;
      options?: readonly TcpOption[];
    },
    payload: Uint8Array,
  ): Uint8Array {
    const between = { src: PEER.ip, dst: US.ip };
    const segment = tcpSegment({ ...between, srcPort: ports.ourPort, dstPort: ports.theirPort, ...fields }, payload);
    return ethernet({ dst: US.mac, src: PEER.mac }, ipv4({ ...between, protocol: PROTOCOL_TCP }, segment));
  }
}
