/**
 * A simple TCP endpoint that answers by itself, in virtual time: for scripts that are about something else than its segments.
 *
 *     const peer = new TcpPeer(stack, { port: 8080, delay: 5 });       // 5 ms each way
 *     peer.connect();                                                // SYN; the handshake is done as time passes
 *     stack.advance(20);
 *     const fd = stack.accept(listener);
 *     peer.send("hello"); stack.advance(20); stack.recv(fd);
 *     peer.received;                                                 // what the stack sent, in order
 *     peer.close(); stack.advance(100); peer.isClosed;
 *
 *     const server = TcpPeer.listening(stack, { peerPort: 80 });      // takes one connection of the stack
 *
 * It keeps to the window and MSS of the stack, acknowledges at once (`ackEvery: 2` every second segment or after 40 ms), sends again after
 * `timeout` ms from the oldest byte on (go back N), holds nothing out of order. `drop` loses segments of either direction.
 * It was written from RFC 9293 for tests, and shares nothing with the stack. Frames of its connection do not reach the script's `expect`.
 */
import { type Bytes, bytes } from "./bytes.js";
import type { Packet } from "./parse.js";
import type { Peer } from "./peer.js";
import type { Stack } from "./stack.js";
import { distance } from "./tcp-monitor.js";
import { findOption, type TcpOption, type TcpSegment } from "./tcp-segment.js";

export interface TcpPeerOptions {
  /** The station; default `stack.peer`. */
  readonly peer?: Peer;
  /** The stack's port; default 8080. */
  readonly port?: number;
  /** Its own port; default 41000. */
  readonly peerPort?: number;
  /** Its ISN; default 0xffffff00. */
  readonly isn?: number;
  readonly mss?: number;
  /** Bytes of its receive window; default 65535. More needs `wscale`. */
  readonly window?: number;
  readonly wscale?: number;
  readonly sackOK?: boolean;
  readonly timestamps?: boolean;
  /** ms until a segment of it arrives; default 0.05. */
  readonly delay?: number;
  /** Full segments per acknowledgement; default 1. */
  readonly ackEvery?: number;
  /** ms until it sends again; default 1000. */
  readonly timeout?: number;
  /** Loses the segment when it answers true. */
  readonly drop?: (segment: TcpSegment | undefined, direction: "to stack" | "from stack") => boolean;
  /** False: received bytes are counted and not kept. */
  readonly keep?: boolean;
}

type State = "closed" | "listening" | "syn sent" | "syn received" | "established";

/** ms that an acknowledgement waits for a second segment. */
const ACK_DELAY = 40;
/** Times that the same thing is sent before it gives up. */
const MOST_TIMEOUTS = 12;

export class TcpPeer {
  state: State = "closed";
  /** The stack's FIN has come, all before it as well. */
  finReceived = false;
  /** Its own FIN is acknowledged. */
  finAcknowledged = false;
  /** The stack sent a RST. */
  wasReset = false;
  /** It gave up sending. */
  gaveUp = false;
  /** Bytes in order from the stack. */
  receivedBytes = 0;
  /** Segments that it sent again. */
  retransmissions = 0;
  /** Room in its receive buffer, bytes; smaller than what was offered is not taken back. Call `update` after a change. */
  window: number;

  private readonly station: Peer;
  private port: number;
  private readonly peerPort: number;
  private readonly isn: number;
  private readonly parts: Uint8Array[] = [];
  private outgoing = new Uint8Array(0);
  private closing = false;
  private sndUna: number;
  private sndNxt: number;
  /** Furthest that it sent. */
  private sndMax: number;
  private sndWnd = 0;
  private sndScale = 0;
  private sndMss = 536;
  private rcvNxt = 0;
  private rcvEdge = 0;
  private scaleOn = false;
  private stampsOn = false;
  private tsRecent = 0;
  private unacknowledged = 0;
  private ackTimer = 0;
  private sendTimer = 0;
  private timeouts = 0;
  private readonly untap: () => void;

  constructor(
    private readonly stack: Stack,
    private readonly options: TcpPeerOptions = {},
  ) {
    this.station = options.peer ?? stack.peer;
    this.port = options.port ?? 8080;
    this.peerPort = options.peerPort ?? 41_000;
    this.isn = options.isn ?? 0xffff_ff00;
    this.window = options.window ?? 65_535;
    this.sndUna = this.isn;
    this.sndNxt = this.isn;
    this.sndMax = this.isn;
    this.untap = stack.tap((packet) => this.take(packet));
  }

  /** One that waits for a connection of the stack to `peerPort`. */
  static listening(stack: Stack, options: TcpPeerOptions = {}): TcpPeer {
    const peer = new TcpPeer(stack, { port: 0, ...options });
    peer.state = "listening";
    return peer;
  }

  /** Both directions are closed in order. */
  get isClosed(): boolean {
    return this.finReceived && this.finAcknowledged;
  }

  /** What the stack sent, as far as it came in order. */
  get received(): Uint8Array {
    return Uint8Array.from(Buffer.concat(this.parts));
  }

  /** Bytes of `send` that are not acknowledged. */
  get pending(): number {
    return this.outgoing.length;
  }

  /** Begins the handshake. */
  connect(): void {
    this.state = "syn sent";
    this.sndNxt = this.sndMax = (this.isn + 1) >>> 0;
    this.emit("S", this.isn, new Uint8Array(0), this.synOptions());
    this.armSendTimer();
  }

  /** Queues data; it goes out as the stack's window allows. */
  send(data: Bytes): void {
    const more = bytes(data);
    const all = new Uint8Array(this.outgoing.length + more.length);
    all.set(this.outgoing);
    all.set(more, this.outgoing.length);
    this.outgoing = all;
    this.push();
  }

  /** A FIN behind what is queued. */
  close(): void {
    this.closing = true;
    this.push();
  }

  /** A RST, and no more. */
  abort(): void {
    this.emit("R.", this.sndNxt, new Uint8Array(0), []);
    this.end();
  }

  /** Tells the stack the present window. */
  update(): void {
    if (this.state === "established") this.acknowledge();
  }

  /** Frames of the connection go to the script again. */
  detach(): void {
    this.end();
    this.untap();
  }

  // ---- what the stack sends -----------------------------------------------------------------------------------------

  private take(packet: Packet): boolean {
    const { ip, tcp: segment } = packet;
    if (packet.arp?.operation === 1 && packet.arp.tpa === this.station.ip) {
      this.stack.arriveSoon(this.station.arpReply());
      return true;
    }
    if (segment === undefined || ip?.final !== this.station.ip || segment.dstPort !== this.peerPort) return false;
    if (this.port !== 0 && segment.srcPort !== this.port) return false;
    if (this.options.drop?.(segment, "from stack")) return true;
    this.port = segment.srcPort;
    this.arrives(segment);
    return true;
  }

  private arrives(segment: TcpSegment): void {
    const has = (flag: string): boolean => segment.flags.includes(flag);
    if (this.state === "closed") return;
    if (has("R")) {
      this.wasReset = true;
      this.end();
      return;
    }
    if (this.state === "listening" || this.state === "syn sent") {
      if (has("S")) this.synArrives(segment);
      return;
    }
    if (has("S")) {
      // The SYN again: our answer was lost.
      if (this.state === "syn received") this.emit("S.", this.isn, new Uint8Array(0), this.synOptions());
      else this.acknowledge();
      return;
    }
    if (!has(".")) return;
    const stamp = findOption(segment, "TS");
    if (stamp !== undefined && distance(segment.seq, this.rcvNxt) <= 0) this.tsRecent = stamp.val;
    this.takeAcknowledgement(segment);
    this.takeData(segment);
    this.push();
  }

  private synArrives(segment: TcpSegment): void {
    const answers = this.state === "syn sent" && segment.flags.includes(".");
    if (answers && segment.ack !== (this.isn + 1) >>> 0) return;
    this.rcvNxt = (segment.seq + 1) >>> 0;
    this.rcvEdge = this.rcvNxt;
    this.sndMss = findOption(segment, "mss")?.value ?? 536;
    const scale = findOption(segment, "wscale");
    this.scaleOn = scale !== undefined && this.options.wscale !== undefined;
    this.sndScale = this.scaleOn ? (scale?.shift ?? 0) : 0;
    const stamp = findOption(segment, "TS");
    this.stampsOn = stamp !== undefined && this.options.timestamps === true;
    this.tsRecent = stamp?.val ?? 0;
    this.sndWnd = segment.window;
    if (answers) {
      this.sndUna = segment.ack;
      this.state = "established";
      this.stopSendTimer();
      this.acknowledge();
      this.push();
      return;
    }
    this.state = "syn received";
    this.sndNxt = this.sndMax = (this.isn + 1) >>> 0;
    const options = this.synOptions().filter(
      ({ kind }) => kind === "mss" || kind === "nop" || findOption(segment, kind) !== undefined,
    );
    this.emit("S.", this.isn, new Uint8Array(0), options);
    this.armSendTimer();
  }

  private takeAcknowledgement(segment: TcpSegment): void {
    const newly = distance(segment.ack, this.sndUna);
    if (newly < 0 || distance(segment.ack, this.sndMax) > 0) return;
    this.sndWnd = segment.window * 2 ** this.sndScale;
    if (newly === 0) return;
    let data = newly;
    if (this.state === "syn received") {
      this.state = "established";
      data -= 1;
    }
    this.sndUna = segment.ack;
    if (distance(this.sndNxt, this.sndUna) < 0) this.sndNxt = this.sndUna;
    if (data > this.outgoing.length) this.finAcknowledged = true;
    this.outgoing = this.outgoing.slice(data);
    this.timeouts = 0;
    this.stopSendTimer();
    if (distance(this.sndMax, this.sndUna) > 0) this.armSendTimer();
  }

  private takeData(segment: TcpSegment): void {
    const isFin = segment.flags.includes("F");
    if (segment.payload.length === 0 && !isFin) {
      // A segment at the wrong place without anything in it is a keep-alive or a probe: answered.
      if (segment.seq !== this.rcvNxt) this.acknowledge();
      return;
    }
    const old = -distance(segment.seq, this.rcvNxt);
    if (old < 0 || (old > 0 && old >= segment.payload.length + (isFin ? 1 : 0)) || this.finReceived) {
      this.acknowledge();
      return;
    }
    const fresh = segment.payload.subarray(old, old + this.room());
    this.receivedBytes += fresh.length;
    if (this.options.keep !== false) this.parts.push(fresh.slice());
    this.rcvNxt = (this.rcvNxt + fresh.length) >>> 0;
    const whole = old + fresh.length === segment.payload.length;
    if (isFin && whole) {
      this.finReceived = true;
      this.rcvNxt = (this.rcvNxt + 1) >>> 0;
    }
    this.unacknowledged += 1;
    if (this.finReceived || !whole || old > 0 || this.unacknowledged >= (this.options.ackEvery ?? 1))
      this.acknowledge();
    else this.acknowledgeLater();
  }

  /** Bytes that it takes now. */
  private room(): number {
    return Math.max(this.window, distance(this.rcvEdge, this.rcvNxt));
  }

  // ---- what it sends ------------------------------------------------------------------------------------------------

  private synOptions(): TcpOption[] {
    const { mss = 1460, sackOK, timestamps, wscale } = this.options;
    const list: TcpOption[] = [{ kind: "mss", value: mss }];
    if (sackOK) list.push({ kind: "sackOK" });
    if (timestamps) list.push({ kind: "TS", val: this.stamp(), ecr: this.tsRecent });
    if (wscale !== undefined) list.push({ kind: "nop" }, { kind: "wscale", shift: wscale });
    return list;
  }

  private stamp(): number {
    return 1 + Math.floor(this.stack.elapsed);
  }

  private acknowledge(): void {
    this.unacknowledged = 0;
    this.ackTimer += 1;
    this.emit(".", this.sndNxt, new Uint8Array(0));
  }

  private acknowledgeLater(): void {
    const timer = ++this.ackTimer;
    this.stack.world.after(ACK_DELAY * 1000, () => {
      if (timer === this.ackTimer && this.state === "established") this.acknowledge();
    });
  }

  /** Sends what the window allows, and the FIN behind the last byte. */
  private push(): void {
    if (this.state !== "established" || this.finAcknowledged) return;
    const room = this.sndMss - (this.stampsOn ? 12 : 0);
    for (;;) {
      const sent = distance(this.sndNxt, this.sndUna);
      const left = this.outgoing.length - sent;
      const allowed = Math.min(left, room, this.sndWnd - sent);
      if (allowed > 0) {
        this.emitData(sent, allowed, left === allowed);
        continue;
      }
      if (left === 0 && this.closing) {
        this.emit("F.", this.sndNxt, new Uint8Array(0));
        this.advanceTo((this.sndNxt + 1) >>> 0);
      } else if (left > 0 && sent === 0) this.armSendTimer(); // the window is closed: probe after the time-out
      return;
    }
  }

  private emitData(from: number, length: number, last: boolean): void {
    this.emit(last ? "P." : ".", this.sndNxt, this.outgoing.slice(from, from + length));
    this.advanceTo((this.sndNxt + length) >>> 0);
  }

  private advanceTo(next: number): void {
    this.sndNxt = next;
    if (distance(next, this.sndMax) > 0) this.sndMax = next;
    this.armSendTimer();
  }

  private armSendTimer(): void {
    const timer = ++this.sendTimer;
    const delay = (this.options.timeout ?? 1000) * 2 ** Math.min(6, this.timeouts);
    this.stack.world.after(delay * 1000, () => {
      if (timer === this.sendTimer) this.timedOut();
    });
  }

  private stopSendTimer(): void {
    this.sendTimer += 1;
  }

  private timedOut(): void {
    this.timeouts += 1;
    this.retransmissions += 1;
    if (this.timeouts > MOST_TIMEOUTS) {
      this.gaveUp = true;
      this.end();
      return;
    }
    if (this.state === "syn sent") this.emit("S", this.isn, new Uint8Array(0), this.synOptions());
    else if (this.state === "syn received") this.emit("S.", this.isn, new Uint8Array(0), this.synOptions());
    else if (this.sndWnd === 0 && this.outgoing.length > 0) {
      // A probe: one byte beyond the window.
      this.emit(".", this.sndUna, this.outgoing.slice(0, 1));
      if (distance(this.sndMax, this.sndUna) <= 0) this.sndMax = (this.sndUna + 1) >>> 0;
    } else {
      this.sndNxt = this.sndUna;
      this.push();
      return;
    }
    this.armSendTimer();
  }

  private emit(flags: string, seq: number, payload: Uint8Array, options?: readonly TcpOption[]): void {
    const acknowledges = flags.includes(".");
    const isSyn = flags.includes("S");
    const shift = this.scaleOn && !isSyn ? (this.options.wscale ?? 0) : 0;
    const field = Math.min(65_535, Math.floor(Math.max(this.room(), 0) / 2 ** shift));
    const edge = (this.rcvNxt + field * 2 ** shift) >>> 0;
    if (acknowledges && distance(edge, this.rcvEdge) > 0) this.rcvEdge = edge;
    const stamps: TcpOption[] = this.stampsOn
      ? [{ kind: "nop" }, { kind: "nop" }, { kind: "TS", val: this.stamp(), ecr: this.tsRecent }]
      : [];
    const frame = this.station.tcp(
      {
        srcPort: this.peerPort,
        dstPort: this.port,
        flags,
        seq,
        ack: acknowledges ? this.rcvNxt : 0,
        window: field,
        options: options ?? stamps,
      },
      payload,
    );
    if (this.options.drop?.(undefined, "to stack")) return;
    this.stack.arriveSoon(frame, this.options.delay ?? 0.05);
  }

  private end(): void {
    this.state = "closed";
    this.stopSendTimer();
    this.ackTimer += 1;
  }
}
