/**
 * What must hold of every TCP segment that a stack sends, whatever the script is about. The monitor sees all segments that arrive
 * and leave, keeps what it needs of each connection, and reports violations; checksums and lengths are parse.ts's.
 *
 * - reserved bits 0; ACK set except on a SYN and a RST; no SYN with FIN or RST; an urgent pointer only with URG
 * - never beyond the right edge of the peer's window, as far as it ever reached, except one byte (zero-window probe)
 * - the acknowledgement number never goes back, and the right edge of our window never shrinks (by more than the window
 *   scale rounds off): RFC 9293 §3.8.6.2.2, RFC 7323 §2.4
 * - a byte sent again is the same byte; nothing is sent beyond a FIN
 * - no more payload than the peer's MSS less the options (RFC 6691)
 * - a SYN-ACK has only options that the SYN had; timestamps in all segments or in none (RFC 7323 §3.2), never going back
 * - SACK blocks only when permitted, not empty, apart from each other, above the acknowledgement and inside the window, but
 *   for a first one that reports a duplicate (RFC 2018, RFC 2883)
 * - ECE and CWR only when agreed on a SYN; no RST answers a RST
 */
import { type Packet, render } from "./parse.js";
import { findOption, sequenceLength, type TcpOption, type TcpSegment } from "./tcp-segment.js";

/** a − b modulo 2^32, as a signed number. */
export function distance(a: number, b: number): number {
  return (a - b) | 0;
}

/** One direction of one incarnation of a connection, seen from the stack. */
export interface Conversation {
  readonly local: string;
  readonly remote: string;
  readonly localPort: number;
  readonly remotePort: number;
  /** MAC address that the peer's segments came from, or that ours went to. */
  remoteMac: string;
  /** The stack's ISN; undefined while it has sent no SYN. */
  iss: number | undefined;
  /** After the last byte it ever sent (SND.NXT). */
  sndNxt: number;
  /** After its FIN, when it has sent one. */
  finEnd: number | undefined;
  /** Bytes it sent, by distance from iss + 1, as far as they are kept. */
  stream: Uint8Array;
  sent: Uint8Array;
  /** Highest acknowledgement number that the stack sent, and right edge of its window. */
  rcvNxt: number | undefined;
  rcvEdge: number | undefined;
  /** The options of the SYN that the stack sent, and the SYN of the peer that belongs to it. */
  ourSyn: readonly TcpOption[] | undefined;
  peerSyn: TcpSegment | undefined;
  /** The latest SYN that arrived, whether or not it counted. */
  latestSyn: TcpSegment | undefined;
  ourEce: boolean;
  /** Right edge of the peer's window, the furthest. */
  sndEdge: number | undefined;
  lastTsVal: number | undefined;
  /** Microsecond of the latest arrival, and whether all that arrived then were RSTs. */
  arrivedAt: number;
  onlyResets: boolean;
  /** The stack has sent a RST since the SYN. */
  reset: boolean;
}

/** Bytes of a stream that are kept to compare what is sent again. */
const STREAM_KEPT = 1 << 18;

export class TcpMonitor {
  private readonly table = new Map<string, Conversation>();
  /** Microsecond of the latest system call. */
  private calledAt = -1;

  /** The stack may send data with a SYN (RFC 7413). */
  synData = false;

  constructor(private readonly report: (problem: string) => void) {}

  /** Connections that were seen, the latest incarnation of each. */
  conversations(): Conversation[] {
    return [...this.table.values()];
  }

  /** A system call was made: what is sent now may be the application's doing. */
  called(now: number): void {
    this.calledAt = now;
  }

  /** What is known now, to go back to. */
  snapshot(): Conversation[] {
    return this.conversations().map((it) => ({ ...it, stream: it.stream.slice(), sent: it.sent.slice() }));
  }

  /** Back to what was known then. */
  restore(known: readonly Conversation[]): void {
    this.table.clear();
    for (const it of known) {
      const copy = { ...it, stream: it.stream.slice(), sent: it.sent.slice() };
      this.table.set(`${it.local} ${it.localPort} ${it.remote} ${it.remotePort}`, copy);
    }
  }

  /** A frame reached the stack. One that is not right (checksum, lengths) counts for nothing. */
  arrived(packet: Packet, now: number): void {
    const { ip, tcp } = packet;
    if (ip === undefined || tcp === undefined) return;
    // What is wrong with the padding of a short frame, or with an option, does not make the segment wrong.
    if (packet.problems.some((problem) => !/TCP option/.test(problem) && /TCP|IP|IHL|total length/.test(problem)))
      return;
    const it = this.find(ip.dst, ip.src, tcp.dstPort, tcp.srcPort, packet.eth.src);
    const isReset = tcp.flags.includes("R");
    it.onlyResets = it.arrivedAt === now ? it.onlyResets && isReset : isReset;
    it.arrivedAt = now;
    if (isReset) return;
    if (tcp.flags.includes("S")) {
      it.latestSyn = tcp;
      it.remoteMac = packet.eth.src;
      const answersOurs = !tcp.flags.includes(".") || acknowledgesSyn(it, tcp.ack);
      if (it.ourSyn !== undefined && it.peerSyn === undefined && answersOurs) it.peerSyn = tcp;
    }
    if (!tcp.flags.includes(".") || it.iss === undefined) return;
    // An acknowledgement of what was never sent opens no window.
    if (distance(tcp.ack, it.sndNxt) > 0 || distance(tcp.ack, it.iss) < 0) return;
    const shift = tcp.flags.includes("S") ? 0 : this.shift(it, it.peerSyn?.options);
    const edge = (tcp.ack + tcp.window * 2 ** shift) >>> 0;
    if (it.sndEdge === undefined || distance(edge, it.sndEdge) > 0) it.sndEdge = edge;
  }

  /** The stack sent a frame. */
  sent(packet: Packet, now: number): void {
    const { ip, tcp } = packet;
    if (ip === undefined || tcp === undefined) return;
    const it = this.find(ip.src, ip.final, tcp.srcPort, tcp.dstPort, packet.eth.dst);
    const problems: string[] = [];
    this.checkHeader(tcp, problems);
    if (tcp.flags.includes("R")) {
      if (it.arrivedAt === now && it.onlyResets && this.calledAt !== now) problems.push("a RST answers a RST");
      it.reset = true;
    } else {
      if (tcp.flags.includes("S")) this.takeSyn(it, tcp, problems);
      this.checkOptions(it, tcp, problems);
      if (tcp.flags.includes(".")) this.checkAcknowledgement(it, tcp, problems);
      if (it.iss !== undefined) this.checkData(it, it.iss, tcp, problems);
    }
    for (const problem of problems) this.report(`${render(packet.frame)}: ${problem}`);
  }

  private find(local: string, remote: string, localPort: number, remotePort: number, mac: string): Conversation {
    const key = `${local} ${localPort} ${remote} ${remotePort}`;
    let it = this.table.get(key);
    if (it === undefined) {
      it = {
        ...{ local, remote, localPort, remotePort, remoteMac: mac },
        ...fresh(),
        ...{ latestSyn: undefined, arrivedAt: -1, onlyResets: false },
      };
      this.table.set(key, it);
    }
    return it;
  }

  /** Shift of the window in segments of the side whose SYN had `options`: only when both SYNs had the option. */
  private shift(it: Conversation, options: readonly TcpOption[] | undefined): number {
    if (options === undefined || it.ourSyn === undefined || it.peerSyn === undefined) return 0;
    if (findOption({ options: it.ourSyn }, "wscale") === undefined || findOption(it.peerSyn, "wscale") === undefined)
      return 0;
    return Math.min(14, findOption({ options }, "wscale")?.shift ?? 0);
  }

  private checkHeader(tcp: TcpSegment, problems: string[]): void {
    const has = (flag: string): boolean => tcp.flags.includes(flag);
    if (tcp.reserved !== 0) problems.push(`reserved bits ${tcp.reserved}`);
    if (!has(".") && !has("S") && !has("R")) problems.push("no ACK flag");
    if (!has(".") && tcp.ack !== 0) problems.push("an acknowledgement number without the ACK flag");
    if (has("S") && (has("F") || has("R"))) problems.push("SYN together with FIN or RST");
    if (has("R") && (has("F") || tcp.payload.length > 0)) problems.push("RST with FIN or data");
    if (!has("U") && tcp.urgent !== 0) problems.push("an urgent pointer without URG");
  }

  /** A SYN of the stack: a new incarnation unless it is the same one again. */
  private takeSyn(it: Conversation, tcp: TcpSegment, problems: string[]): void {
    if (it.iss !== tcp.seq || it.reset) Object.assign(it, fresh(), { iss: tcp.seq, sndNxt: (tcp.seq + 1) >>> 0 });
    it.ourSyn = tcp.options;
    it.ourEce = tcp.flags.includes("E");
    if (!tcp.flags.includes(".")) return;
    const nothingElse = it.sndNxt === (tcp.seq + 1) >>> 0 && (it.rcvNxt === undefined || it.rcvNxt === tcp.ack);
    // Data of a SYN may be acknowledged with it (RFC 7413 §4.2.2).
    const beyond = it.latestSyn === undefined ? -1 : distance(tcp.ack, (it.latestSyn.seq + 1) >>> 0);
    if (it.latestSyn !== undefined && nothingElse && beyond >= 0 && beyond <= it.latestSyn.payload.length)
      it.peerSyn = it.latestSyn;
    const offered = it.peerSyn;
    for (const kind of ["wscale", "sackOK", "TS"] as const) {
      if (findOption(tcp, kind) !== undefined && (offered === undefined || findOption(offered, kind) === undefined))
        problems.push(`a SYN-ACK with ${kind}, which the SYN did not have`);
    }
    if (findOption(tcp, "fastopen") !== undefined && (offered === undefined || !findOption(offered, "fastopen")))
      problems.push("a SYN-ACK with a cookie, which the SYN did not ask for");
  }

  private checkOptions(it: Conversation, tcp: TcpSegment, problems: string[]): void {
    const isSyn = tcp.flags.includes("S");
    for (const option of tcp.options) {
      if (!isSyn && (option.kind === "mss" || option.kind === "wscale" || option.kind === "sackOK"))
        problems.push(`${option.kind} on a segment that is no SYN`);
      if (!isSyn && option.kind === "fastopen") problems.push("a cookie on a segment that is no SYN");
      if (option.kind === "raw") problems.push("an option that nobody knows");
    }
    if (!isSyn && !it.ourEce && /[EW]/.test(tcp.flags)) problems.push("ECE or CWR without an agreement");
    const stamp = findOption(tcp, "TS");
    if (it.ourSyn !== undefined && !isSyn) {
      const agreed =
        findOption({ options: it.ourSyn }, "TS") !== undefined && it.peerSyn && findOption(it.peerSyn, "TS");
      if (stamp !== undefined && !agreed) problems.push("timestamps that were not agreed on");
      if (stamp === undefined && agreed) problems.push("no timestamps, though agreed on");
    }
    if (stamp !== undefined) {
      if (it.lastTsVal !== undefined && distance(stamp.val, it.lastTsVal) < 0)
        problems.push(`TSval goes back from ${it.lastTsVal}`);
      it.lastTsVal = stamp.val;
    }
  }

  private checkAcknowledgement(it: Conversation, tcp: TcpSegment, problems: string[]): void {
    const isSyn = tcp.flags.includes("S");
    const shift = isSyn ? 0 : this.shift(it, it.ourSyn);
    const edge = (tcp.ack + tcp.window * 2 ** shift) >>> 0;
    if (it.rcvNxt !== undefined && distance(tcp.ack, it.rcvNxt) < 0)
      problems.push(`the acknowledgement goes back by ${-distance(tcp.ack, it.rcvNxt)}`);
    if (it.rcvEdge !== undefined && distance(edge, it.rcvEdge) <= -(2 ** shift))
      problems.push(`the right edge of the window shrinks by ${-distance(edge, it.rcvEdge)}`);
    if (it.rcvNxt === undefined || distance(tcp.ack, it.rcvNxt) > 0) it.rcvNxt = tcp.ack;
    if (it.rcvEdge === undefined || distance(edge, it.rcvEdge) > 0) it.rcvEdge = edge;
    this.checkSack(it, tcp, it.rcvEdge, problems);
  }

  private checkSack(it: Conversation, tcp: TcpSegment, edge: number, problems: string[]): void {
    const sack = findOption(tcp, "sack");
    if (sack === undefined) return;
    const permitted =
      it.ourSyn && findOption({ options: it.ourSyn }, "sackOK") && it.peerSyn && findOption(it.peerSyn, "sackOK");
    if (!permitted) problems.push("SACK without permission");
    const blocks = sack.blocks;
    const inside = (a: readonly [number, number], b: readonly [number, number]): boolean =>
      distance(a[0], b[0]) >= 0 && distance(a[1], b[1]) <= 0;
    blocks.forEach((block, i) => {
      const [left, right] = block;
      if (distance(right, left) <= 0) problems.push(`SACK block ${i} is empty`);
      const duplicate =
        i === 0 && (distance(right, tcp.ack) <= 0 || (blocks.length > 1 && inside(block, blocks[1] ?? block)));
      if (duplicate) return;
      if (distance(left, tcp.ack) <= 0) problems.push(`SACK block ${i} is not above the acknowledgement`);
      if (distance(right, edge) > 0) problems.push(`SACK block ${i} lies outside the window`);
      for (const other of blocks.slice(i + 1)) {
        if (distance(left, other[1]) <= 0 && distance(other[0], right) <= 0)
          problems.push(`SACK block ${i} touches another`);
      }
    });
  }

  private checkData(it: Conversation, iss: number, tcp: TcpSegment, problems: string[]): void {
    const length = tcp.payload.length;
    const end = (tcp.seq + sequenceLength(tcp)) >>> 0;
    const mss = it.peerSyn === undefined ? undefined : Math.max(48, findOption(it.peerSyn, "mss")?.value ?? 536);
    if (mss !== undefined && length > 0 && length + tcp.optionBytes.length > mss)
      problems.push(`${length} bytes and ${tcp.optionBytes.length} of options, the peer's MSS is ${mss}`);
    const isSyn = tcp.flags.includes("S");
    if (isSyn && length > 0 && (!this.synData || tcp.flags.includes("."))) problems.push("data on a SYN");
    const first = (tcp.seq + (isSyn ? 1 : 0)) >>> 0;
    // The FIN needs no room in the window.
    const last = (first + length) >>> 0;
    if (length > 0 && it.sndEdge !== undefined && distance(last, it.sndEdge) > (length === 1 ? 1 : 0))
      problems.push(`${distance(last, it.sndEdge)} bytes beyond the peer's window`);
    if (it.finEnd !== undefined && distance(end, it.finEnd) > 0) problems.push("sent beyond its FIN");
    if (tcp.flags.includes("F")) {
      if (it.finEnd !== undefined && it.finEnd !== end) problems.push("its FIN has moved");
      it.finEnd = end;
    }
    this.compareStream(it, (first - iss - 1) >>> 0, tcp.payload, problems);
    if (distance(end, it.sndNxt) > 0) it.sndNxt = end;
  }

  /** Bytes that were sent before must be the same; new ones are kept. */
  private compareStream(it: Conversation, offset: number, payload: Uint8Array, problems: string[]): void {
    const end = offset + payload.length;
    if (payload.length === 0 || end > STREAM_KEPT) return;
    if (end > it.stream.length) {
      const size = Math.min(STREAM_KEPT, Math.max(end, 2 * it.stream.length, 4096));
      it.stream = grown(it.stream, size);
      it.sent = grown(it.sent, size);
    }
    for (let i = 0; i < payload.length; i++) {
      if (it.sent[offset + i] === 0) it.sent[offset + i] = 1;
      else if (it.stream[offset + i] !== payload[i]) {
        problems.push(`byte ${offset + i} of its stream has changed`);
        break;
      }
      it.stream[offset + i] = payload[i] as number;
    }
  }
}

/** True when `ack` acknowledges the SYN of the stack, and nothing that it has not sent. */
function acknowledgesSyn(it: Conversation, ack: number): boolean {
  if (it.iss === undefined) return false;
  return distance(ack, (it.iss + 1) >>> 0) >= 0 && distance(ack, it.sndNxt) <= 0;
}

function grown(old: Uint8Array, size: number): Uint8Array {
  const bigger = new Uint8Array(size);
  bigger.set(old);
  return bigger;
}

/** What begins anew with each SYN of the stack. */
function fresh(): Pick<
  Conversation,
  | "iss"
  | "sndNxt"
  | "finEnd"
  | "stream"
  | "sent"
  | "rcvNxt"
  | "rcvEdge"
  | "ourSyn"
  | "peerSyn"
  | "ourEce"
  | "sndEdge"
  | "lastTsVal"
  | "reset"
> {
  return {
    iss: undefined,
    sndNxt: 0,
    finEnd: undefined,
    stream: new Uint8Array(0),
    sent: new Uint8Array(0),
    rcvNxt: undefined,
    rcvEdge: undefined,
    ourSyn: undefined,
    peerSyn: undefined,
    ourEce: false,
    sndEdge: undefined,
    lastTsVal: undefined,
    reset: false,
  };
}
