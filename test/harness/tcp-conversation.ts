/**
 * The peer's side of a TCP connection, told by a script: segments in packetdrill's notation, numbers relative to the two ISNs,
 * and calls on the stack's side.
 *
 *     script("[SEQ-1] …", { rfc: "9293 §3.10.7.4" }, (stack) => {
 *       const t = tcp(stack);                              // the neighbour is known, ARP is answered from here on
 *       t.listen();                                        // port 8080
 *       t.in("S 0:0(0) win 65535 <mss 1000,sackOK,TS val 1 ecr 0,nop,wscale 6>");
 *       t.out("S. 0:0(0) ack 1 <mss 1460,sackOK,TS val 0 ecr 1,wscale *>");
 *       t.in(". 1:1(0) ack 1");
 *       t.accept();                                        // t.fd
 *       t.in("P. 1:1001(1000) ack 1");                     // bytes of the pattern `streamByte`
 *       t.out(". 1:1(0) ack 1001", { after: 100 });        // ms from the last step, exactly: delayed ACK
 *       t.read(1000);                                      // compares them
 *       t.send(500); t.out("P. 1:501(500) ack 1001");      // the stack's bytes are compared too
 *       t.quiet(500);
 *     });
 *
 * In `in`: TSval is a plain number, TSecr counts from the stack's first TSval, SACK blocks from the stack's ISN. In `out`: TSval counts
 * from the stack's first, TSecr is a plain number, SACK blocks count from the peer's ISN. Once both SYNs had timestamps, segments in without
 * `<…>` carry them by themselves. Without `win` a segment in has `t.window` (65535), as the field, not scaled.
 *
 * The peer's ISN is 0xfffffff0, so that its numbers wrap at once; the stack's is random: `establish({ iss: 0xffffff00 })` waits until
 * it comes by. The text form of whole scripts is in tcp-script.ts, an automatic peer in tcp-peer.ts.
 */
import assert from "node:assert/strict";
import { type Bytes, bytes } from "./bytes.js";
import type { Checksum, EthernetFields, Ipv4Fields } from "./packets.js";
import type { Packet } from "./parse.js";
import type { Peer } from "./peer.js";
import { type Call, MSG_DONTWAIT, type ShutdownHow } from "./socket-calls.js";
import type { Emitted, Stack } from "./stack.js";
import { ISN_TICK, type IsnProbe, soonestIsn } from "./tcp-initial-sequence.js";
import { type Bases, buildOption, compareSegment, parseSegmentText, type SegmentText } from "./tcp-notation.js";
import { findOption, segmentText, type TcpOption, type TcpSegment } from "./tcp-segment.js";

/** Microseconds that a stack in mode `late` may be late with. */
const LATE = 5000;
export interface ConversationOptions {
  /** The station; default `stack.peer`. */
  readonly peer?: Peer;
  /** The stack's port; default 8080. */
  readonly port?: number;
  /** The peer's port; default 40000. */
  readonly peerPort?: number;
  /** The peer's ISN; default 0xfffffff0. */
  readonly irs?: number;
  /** False: the neighbour is not resolved and ARP requests are left to the script. */
  readonly arp?: boolean;
}

/** Overrides of a segment that the notation has no words for. */
export interface InOptions {
  /** Default: bytes of the stream's pattern. */
  readonly payload?: Bytes;
  readonly checksum?: Checksum;
  readonly dataOffset?: number;
  readonly reserved?: number;
  readonly ip?: Partial<Ipv4Fields>;
  readonly eth?: Partial<EthernetFields>;
}

export interface OutOptions {
  /** It is sent exactly this many ms after the last step (mode late: up to 5 ms later). Default: it has been sent now. */
  readonly after?: number;
  /** With `after`: this many ms earlier or later will do. */
  readonly tolerance?: number;
  /** In place of `after`: at any time up to this many ms from now. */
  readonly within?: number;
  readonly payload?: Bytes;
  /** Further expectations of the IP header. */
  readonly ip?: { readonly tos?: number; readonly ttl?: number; readonly df?: boolean };
}

export interface EstablishOptions {
  /** Options of the peer's SYN or SYN-ACK. Default: MSS 1460 and nothing else. */
  readonly mss?: number;
  readonly sackOK?: boolean;
  readonly timestamps?: boolean;
  readonly wscale?: number;
  /** ECN-setup (RFC 3168 §6.1.1). */
  readonly ecn?: boolean;
  /** The window field of all its segments from here on. */
  readonly window?: number;
  /** The stack's ISN should be this one, or shortly after it (16; mode late: 2000). Costs up to minutes of virtual time. */
  readonly iss?: number;
  /** Passive: false leaves the connection in the accept queue. */
  readonly accept?: boolean;
  /** Active: leave the choice of the local port to the stack. */
  readonly ephemeral?: boolean;
  /** Active: flags of the socket's type: SOCK_NONBLOCK. */
  readonly socketFlags?: number;
  /** Active: called with the new descriptor before it connects, to set options. */
  readonly prepare?: (fd: number) => void;
}

/** The byte at relative sequence number `seq` (1 is the first) of either stream, unless a script sends others. */
export function streamByte(seq: number): number {
  return (((((seq - 1) % 250) + 250) % 250) + 1) & 0xff;
}

/** Bytes of the pattern from relative sequence number `seq` on. */
export function streamBytes(seq: number, length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => streamByte(seq + i));
}

/** A conversation with `stack`. */
export function tcp(stack: Stack, options: ConversationOptions = {}): TcpConversation {
  return new TcpConversation(stack, options);
}

export class TcpConversation {
  readonly peer: Peer;
  port: number;
  peerPort: number;
  /** The peer's ISN. */
  irs: number;
  /** The stack's ISN; 0 until it has sent a SYN. */
  iss = 0;
  /** Window field of segments in that do not say. */
  window = 65_535;
  /** Descriptor of the connection, and of the listener. */
  fd = -1;
  listener = -1;
  /** Relative numbers after the last byte that the peer sent, and that the stack sent. */
  peerNext = 0;
  stackNext = 0;
  /** Highest relative number that the stack has acknowledged. */
  acknowledged = 0;
  /** Right edge of the stack's window, relative, as it told it last. */
  rightEdge = 0;
  /** Both SYNs had timestamps. */
  timestamps = false;
  /** The peer's last TSval. */
  tsVal = 0;

  private tsBase: number | undefined;
  private tsLast = 0;
  private peerOffered = false;
  private peerScales = false;
  private stackScale = 0;
  /** Bytes that `send` gave to the stack. */
  private written = new Uint8Array(0);
  /** Relative number of the next byte that `read` expects. */
  private readAt = 1;
  /** µs of the last step. */
  private lastStep: number;

  constructor(
    readonly stack: Stack,
    options: ConversationOptions = {},
  ) {
    this.peer = options.peer ?? stack.peer;
    this.port = options.port ?? 8080;
    this.peerPort = options.peerPort ?? 40_000;
    this.irs = options.irs ?? 0xffff_fff0;
    this.lastStep = stack.world.now;
    if (options.arp !== false) {
      stack.arpResolve(this.peer);
      stack.tap((packet) => this.answerArp(packet));
    }
    stack.tap((packet) => this.observe(packet));
    this.step();
  }

  /** The stack's last TSval, absolute. */
  get stackStamp(): number {
    return this.tsLast;
  }

  // ---- segments -------------------------------------------------------------------------------------------------

  /** The frame of a segment from the peer, not yet sent. */
  frame(text: string, options: InOptions = {}): Uint8Array {
    const wanted = parseSegmentText(text);
    const seq = wanted.seq ?? this.peerNext;
    const length = options.payload === undefined ? (wanted.length ?? 0) : bytes(options.payload).length;
    const { checksum, dataOffset, reserved, ip, eth } = options;
    return this.peer.tcp(
      {
        ...{ checksum, dataOffset, reserved, ip, eth },
        srcPort: this.peerPort,
        dstPort: this.port,
        flags: wanted.flags,
        seq: (this.irs + seq) >>> 0,
        ack: wanted.hasAck ? (this.iss + (wanted.ack ?? this.stackNext)) >>> 0 : 0,
        window: wanted.window ?? this.window,
        urgent: wanted.urgent ?? 0,
        options: this.optionsIn(wanted),
      },
      options.payload ?? streamBytes(seq + (wanted.flags.includes("S") ? 1 : 0), length),
    );
  }

  /** A segment arrives from the peer. `ack *` acknowledges all, `*` as sequence number goes on where the peer was. */
  in(text: string, options: InOptions = {}): Uint8Array {
    const frame = this.frame(text, options);
    this.noteIn(parseSegmentText(text), options);
    this.stack.inject(frame);
    this.step();
    return frame;
  }

  /** Several segments arrive at once, before the stack can answer. */
  inAll(...texts: readonly string[]): void {
    const frames = texts.map((text) => this.frame(text));
    for (const text of texts) this.noteIn(parseSegmentText(text), {});
    this.stack.inject(...frames);
    this.step();
  }

  /** The next frame from the stack must be this segment of this connection. */
  out(text: string, options: OutOptions = {}): Packet {
    const wanted = parseSegmentText(text);
    const { packet, time } = this.await(`> ${text}`, options);
    const { tcp: segment, ip } = packet;
    const problem =
      segment === undefined || !this.isOurs(packet)
        ? "it is no segment of this connection"
        : (this.compare(segment, wanted, options) ??
          (["tos", "ttl", "df"] as const)
            .filter((key) => options.ip?.[key] !== undefined && options.ip[key] !== ip?.[key])
            .map((key) => `${key} is ${ip?.[key]}, expected ${options.ip?.[key]}`)[0]);
    if (problem !== undefined) {
      const shown = segment === undefined ? "" : `  (${this.show(segment)})`;
      this.stack.fail(`expected > ${text}\n     got > ${this.describe(packet)}${shown}\n${problem}`);
    }
    this.checkTime(time, text, options);
    this.step();
    return packet;
  }

  /** Segments of the stack in any order, all sent now. */
  outAll(...texts: readonly string[]): void {
    const frames = texts.map((text) => this.stack.takeNext(`> ${text}`).packet);
    for (const text of texts) {
      const wanted = parseSegmentText(text);
      const index = frames.findIndex(
        (frame) => frame.tcp !== undefined && this.compare(frame.tcp, wanted, {}) === undefined,
      );
      if (index < 0) this.stack.fail(`no segment like > ${text}`);
      frames.splice(index, 1);
    }
    this.step();
  }

  /** Nothing is sent for `milliseconds`. */
  quiet(milliseconds: number): void {
    this.stack.quiet(milliseconds);
    this.step();
  }

  advance(milliseconds: number): void {
    this.stack.advance(milliseconds);
    this.step();
  }

  /** `P. <next>(<length>) ack <all>`: the peer goes on with data. */
  data(length: number, options: InOptions = {}): void {
    this.in(`P. *(${length}) ack *`, options);
  }

  /** The peer acknowledges everything that the stack has sent. */
  ack(): void {
    this.in(". *(0) ack *");
  }

  /** The segment as text with relative numbers. */
  show(segment: TcpSegment): string {
    return segmentText(segment, this.iss, this.irs);
  }

  /** Segments of this connection that the stack has sent and nobody looked at; others stay out of it. */
  takeSegments(): TcpSegment[] {
    return this.stack
      .takeSent()
      .filter(({ packet }) => this.isOurs(packet))
      .map(({ packet }) => packet.tcp as TcpSegment);
  }

  // ---- calls ------------------------------------------------------------------------------------------------------

  /** Opens a listener on `port` (default the conversation's). @returns its descriptor */
  listen(port = this.port, backlog = 5): number {
    this.port = port;
    this.listener = this.stack.openTcp();
    this.stack.bind(this.listener, port);
    this.stack.listen(this.listener, backlog);
    this.step();
    return this.listener;
  }

  /** Takes the connection, which must be there. @returns its descriptor */
  accept(): number {
    this.fd = this.soon(this.stack.begin.accept(this.listener), "accept");
    return this.fd;
  }

  /** The stack sends `data`, or so many bytes of the pattern; all of it must fit. */
  send(data: number | Bytes, fd = this.fd): void {
    const payload = typeof data === "number" ? streamBytes(this.written.length + 1, data) : bytes(data);
    assert.equal(this.soon(this.stack.begin.send(fd, payload), "send"), payload.length, "bytes that send took");
    this.noteWritten(payload);
  }

  /** As `send`, but it waits until all is taken, and answers the call. It must have been waited for before the next call. */
  beginSend(data: number | Bytes, fd = this.fd): Call<number> {
    const payload = typeof data === "number" ? streamBytes(this.written.length + 1, data) : bytes(data);
    this.noteWritten(payload);
    return this.stack.begin.send(fd, payload);
  }

  /** Bytes given to the stack by other means than `send`, so that `out` can compare them. */
  noteWritten(payload: Uint8Array): void {
    const all = new Uint8Array(this.written.length + payload.length);
    all.set(this.written);
    all.set(payload, this.written.length);
    this.written = all;
  }

  /** The application reads exactly `length` bytes, now, and they are the next of the peer's pattern. */
  read(length: number, fd = this.fd): void {
    this.catchUp();
    const parts: number[] = [];
    while (parts.length < length) {
      const part = this.stack.recvWith(fd, { length: Math.min(4096, length - parts.length), flags: MSG_DONTWAIT });
      if (part.length === 0) break;
      parts.push(...part);
    }
    assert.deepEqual(Uint8Array.from(parts), streamBytes(this.readAt, length), "the bytes that were read");
    this.readAt += length;
    this.step();
  }

  /** The application reads these bytes, now. */
  readBytes(expected: Bytes, fd = this.fd): void {
    this.catchUp();
    const wanted = bytes(expected);
    const got = this.stack.recvWith(fd, { length: wanted.length, flags: MSG_DONTWAIT });
    assert.deepEqual(got, wanted, "the bytes that were read");
    this.readAt += wanted.length;
    this.step();
  }

  /** The peer has closed: recv gives 0 bytes. */
  readEnd(fd = this.fd): void {
    this.catchUp();
    assert.equal(
      this.stack.recvWith(fd, { length: 16, flags: MSG_DONTWAIT }).length,
      0,
      "recv at the end of the stream",
    );
    this.step();
  }

  /** recv without waiting fails with this error: EAGAIN when nothing is there, ECONNRESET … */
  readError(errno: string, fd = this.fd): void {
    this.catchUp();
    assert.equal(
      this.stack.errno(() => this.stack.recvWith(fd, { length: 16, flags: MSG_DONTWAIT })),
      errno,
      "recv",
    );
    this.step();
  }

  /** send without waiting fails with this error. */
  sendError(errno: string, fd = this.fd): void {
    this.catchUp();
    assert.equal(
      this.stack.errno(() => this.stack.sendWith(fd, "x", MSG_DONTWAIT)),
      errno,
      "send",
    );
    this.step();
  }

  shutdown(how: ShutdownHow = "wr", fd = this.fd): void {
    this.stack.shutdown(fd, how);
    this.step();
  }

  close(fd = this.fd): void {
    this.stack.close(fd);
    this.step();
  }

  /** Closes with SO_LINGER of 0 s: a RST. */
  abort(fd = this.fd): void {
    this.stack.linger(fd, 0);
    this.close(fd);
  }

  // ---- opening ------------------------------------------------------------------------------------------------------

  /** A connection that the peer opens, up to ESTABLISHED. @returns the descriptor, -1 with `accept: false` */
  establish(options: EstablishOptions = {}): number {
    if (this.listener < 0) this.listen();
    if (options.iss !== undefined) this.approachIss(options.iss, () => this.probePassive());
    this.window = options.window ?? this.window;
    this.in(`S${options.ecn ? "EW" : ""} 0:0(0) win ${this.window} <${this.synOptions(options)}>`);
    this.out(`S.${options.ecn ? "E" : ""} 0:0(0) ack 1`);
    this.checkIss(options.iss);
    this.in(". 1:1(0) ack 1");
    return options.accept === false ? -1 : this.accept();
  }

  /** A connection that the stack opens, up to ESTABLISHED. @returns the descriptor */
  connect(options: EstablishOptions = {}): number {
    if (options.iss !== undefined) this.approachIss(options.iss, () => this.probeActive());
    const call = this.beginConnect(options);
    this.stack.world.settle();
    const { packet } = this.await("> S 0:0(0)", {});
    if (packet.tcp === undefined || !/^S(EW)?$/.test(packet.tcp.flags)) this.stack.fail("expected a SYN");
    this.step();
    this.checkIss(options.iss);
    this.window = options.window ?? this.window;
    const echo = options.ecn ? "E" : "";
    this.in(`S.${echo} 0:0(0) ack 1 win ${this.window} <${this.synOptions(options)}>`);
    this.out(". 1:1(0) ack 1");
    call.value();
    return this.fd;
  }

  /** Opens a socket (`fd`) and starts a blocking connect to the peer. */
  beginConnect(options: EstablishOptions = {}): Call<undefined> {
    this.fd = this.stack.openTcp(options.socketFlags);
    options.prepare?.(this.fd);
    if (options.ephemeral) this.port = 0;
    else this.stack.bind(this.fd, this.port);
    const call = this.stack.begin.connect(this.fd, this.peer.ip, this.peerPort);
    this.step();
    return call;
  }

  /** The options of a SYN in Linux's order, as text. */
  synOptions(options: EstablishOptions = {}): string {
    const list = [`mss ${options.mss ?? 1460}`];
    if (options.sackOK) list.push("sackOK");
    if (options.timestamps) list.push(`TS val ${this.nextTsVal()} ecr *`);
    if (options.wscale !== undefined) list.push("nop", `wscale ${options.wscale}`);
    return list.join(",");
  }

  /** Lets time pass until the next connection gets an ISN of `target` or shortly after it. */
  private approachIss(target: number, probe: () => IsnProbe | undefined): void {
    const stack: Stack = this.stack;
    const soonest = soonestIsn(target, probe);
    if (soonest === undefined) stack.fail("no SYN to learn an ISN from");
    this.peerPort = soonest.port;
    // Nothing is due in between but what runs out by itself.
    stack.world.advance(Math.max(0, soonest.due - stack.world.now));
    stack.takeSent();
    this.forget();
    stack.arpResolve(this.peer);
    this.step();
  }

  /** The ISN that a SYN from a new port gets; that connection is reset at once. */
  private probePassive(): IsnProbe | undefined {
    this.peerPort += 1;
    this.stack.inject(this.frame("S 0:0(0) <mss 1460>"));
    return this.probed("R 1:1(0)");
  }

  private probeActive(): IsnProbe | undefined {
    this.peerPort += 1;
    const call = this.beginConnect();
    const found = this.probed("R. 0:0(0) ack 1");
    if (call.done) this.stack.close(this.fd);
    return call.done ? found : undefined;
  }

  private probed(reset: string): IsnProbe | undefined {
    const frame = this.stack.takeNext("a SYN of the stack");
    this.stack.inject(this.frame(reset));
    this.stack.world.settle();
    if (this.stack.world.mode === "late") this.stack.advance(LATE / 1000);
    return frame.packet.tcp && { iss: frame.packet.tcp.seq, at: frame.time, port: this.peerPort };
  }

  private checkIss(target: number | undefined): void {
    if (target === undefined) return;
    const off = (this.iss - target) | 0;
    const allowed = this.stack.world.mode === "late" ? 3 * (LATE / ISN_TICK) : 16;
    if (off < 0 || off > allowed) this.stack.fail(`the ISN is ${this.iss}, ${off} from the one waited for`);
  }

  private forget(): void {
    this.tsBase = undefined;
    this.peerOffered = false;
    this.timestamps = false;
    this.peerNext = 0;
    this.stackNext = 0;
    this.acknowledged = 0;
  }

  /** In mode `late` what has arrived may not have been looked at yet. */
  private catchUp(): void {
    if (this.stack.world.mode === "late") this.stack.world.advance(LATE);
  }

  // ---- within -------------------------------------------------------------------------------------------------------

  private step(): void {
    this.lastStep = this.stack.world.now;
  }

  /** What `call` gives; it must be done now (mode late: within 5 ms). */
  soon<T>(call: Call<T>, name: string): T {
    const { world } = this.stack;
    if (!call.done && world.mode === "late") world.runUntil(() => call.done, world.now + LATE);
    if (!call.done) this.stack.fail(`${name} waits`);
    this.step();
    return call.value();
  }

  private nextTsVal(): number {
    this.tsVal = Math.max(this.tsVal, 1000 + Math.floor(this.stack.elapsed));
    return this.tsVal;
  }

  private optionsIn(wanted: SegmentText): TcpOption[] {
    if (wanted.options === undefined) {
      if (!this.timestamps || wanted.flags.includes("R")) return [];
      return [{ kind: "nop" }, { kind: "nop" }, { kind: "TS", val: this.nextTsVal(), ecr: this.tsLast }];
    }
    const base = this.tsBase ?? 0;
    const bases: Bases = { seq: this.irs, ack: this.iss, tsVal: 0, tsEcr: base };
    return wanted.options.map((option) => {
      if (option.kind !== "TS") return buildOption(option, bases);
      const val = option.val ?? this.nextTsVal();
      // `ecr *` echoes the latest; before the stack has sent any it is 0.
      return buildOption({ ...option, val, ecr: option.ecr ?? (this.tsLast - base) >>> 0 }, bases);
    });
  }

  private noteIn(wanted: SegmentText, options: InOptions): void {
    const length = options.payload === undefined ? (wanted.length ?? 0) : bytes(options.payload).length;
    const end =
      (wanted.seq ?? this.peerNext) + length + (/S/.test(wanted.flags) ? 1 : 0) + (/F/.test(wanted.flags) ? 1 : 0);
    if (wanted.flags.includes("S")) {
      this.peerOffered = wanted.options?.some((option) => option.kind === "TS") ?? false;
      this.peerScales = wanted.options?.some((option) => option.kind === "wscale") ?? false;
    }
    if (wanted.flags.includes("S") && wanted.flags.includes("."))
      this.timestamps = this.peerOffered && this.tsBase !== undefined;
    if (!wanted.flags.includes("R")) this.peerNext = Math.max(this.peerNext, end);
    const stamp = wanted.options?.find((option) => option.kind === "TS");
    if (stamp?.kind === "TS" && stamp.val !== undefined) this.tsVal = Math.max(this.tsVal, stamp.val);
  }

  private isOurs({ ip, tcp: segment }: Packet): boolean {
    return (
      segment !== undefined &&
      ip?.dst === this.peer.ip &&
      segment.dstPort === this.peerPort &&
      (segment.srcPort === this.port || this.port === 0)
    );
  }

  /** Sees every frame of the stack, and lets it through. */
  private observe(packet: Packet): boolean {
    if (!this.isOurs(packet)) return false;
    const segment = packet.tcp as TcpSegment;
    const stamp = findOption(segment, "TS");
    const isSyn = segment.flags.includes("S");
    if (isSyn) {
      if (this.port === 0) this.port = segment.srcPort;
      if (this.iss !== segment.seq) {
        this.tsBase = undefined;
        this.stackNext = 0;
        this.acknowledged = 0;
      }
      this.iss = segment.seq;
      if (this.tsBase === undefined) this.tsBase = stamp?.val;
      if (segment.flags.includes(".")) this.timestamps = stamp !== undefined && this.peerOffered;
    }
    if (stamp !== undefined) this.tsLast = stamp.val;
    if (segment.flags.includes("R")) return false;
    const ends = segment.payload.length + (/S/.test(segment.flags) ? 1 : 0) + (/F/.test(segment.flags) ? 1 : 0);
    this.stackNext = Math.max(this.stackNext, ((segment.seq - this.iss) >>> 0) + ends);
    if (isSyn) this.stackScale = findOption(segment, "wscale")?.shift ?? 0;
    if (!segment.flags.includes(".")) return false;
    this.acknowledged = Math.max(this.acknowledged, (segment.ack - this.irs) >>> 0);
    const shift = isSyn || !this.peerScales ? 0 : this.stackScale;
    this.rightEdge = ((segment.ack - this.irs) >>> 0) + segment.window * 2 ** shift;
    return false;
  }

  /** Answers requests for the peer's address, so that long scripts need not. */
  private answerArp(packet: Packet): boolean {
    if (packet.arp?.operation !== 1 || packet.arp.tpa !== this.peer.ip) return false;
    this.stack.arriveSoon(this.peer.arpReply());
    return true;
  }

  /** The next frame, with time passing as the options say. */
  private await(what: string, options: OutOptions): Emitted {
    if (options.within !== undefined) {
      const start = this.stack.world.now;
      this.stack.untilSent(options.within);
      this.lastStep = start;
    } else if (options.after !== undefined) {
      const due = this.lastStep + (options.after + (options.tolerance ?? 0)) * 1000;
      if (due > this.stack.world.now) this.stack.advance((due - this.stack.world.now) / 1000);
    }
    return this.stack.takeNext(what);
  }

  private checkTime(time: number, text: string, options: OutOptions): void {
    const { after, tolerance = 0 } = options;
    if (after === undefined || options.within !== undefined) return;
    const took = (time - this.lastStep) / 1000;
    const late = this.stack.world.mode === "late" ? LATE / 1000 : 0;
    if (took < after - tolerance - late - 1e-6 || took > after + tolerance + late + 1e-6)
      this.stack.fail(`> ${text} was sent after ${took} ms, expected ${after}${tolerance ? ` ± ${tolerance}` : ""} ms`);
  }

  private describe(packet: Packet): string {
    if (packet.tcp !== undefined && this.isOurs(packet)) return this.show(packet.tcp);
    const kind = packet.arp
      ? "ARP"
      : packet.icmp
        ? `ICMP type ${packet.icmp.type}`
        : packet.tcp
          ? "another connection"
          : "?";
    return `a frame of ${packet.frame.length} bytes (${kind})`;
  }

  /** What differs between a segment of the stack and the text; undefined when nothing does. */
  private compare(segment: TcpSegment, wanted: SegmentText, options: OutOptions): string | undefined {
    const bases: Bases = { seq: this.iss, ack: this.irs, tsVal: this.tsBase ?? 0, tsEcr: 0 };
    return compareSegment(segment, wanted, bases) ?? this.comparePayload(segment, options);
  }

  private comparePayload(segment: TcpSegment, options: OutOptions): string | undefined {
    if (segment.payload.length === 0 && options.payload === undefined) return undefined;
    const at = (segment.seq + (segment.flags.includes("S") ? 1 : 0) - this.iss - 1) >>> 0;
    const known = this.written.subarray(at, at + segment.payload.length);
    const expected = options.payload !== undefined ? bytes(options.payload) : known;
    // A script that sends by other means says what it expects, or nothing is compared.
    if (options.payload === undefined && known.length < segment.payload.length) return undefined;
    return Buffer.compare(segment.payload, expected) === 0 ? undefined : "its payload is not what the application sent";
  }
}
