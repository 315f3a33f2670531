/**
 * One end of a TCP connection, spoken in segments (RFC 9293): what the gateway puts between the node and a socket of this machine.
 *
 * The wire to the node loses nothing and keeps the order, but the node may drop what it has no room for, repeat itself, and close its
 * window for as long as it likes. So everything is sent again until it is acknowledged (all of it from the first missing byte), a closed window
 * is probed, and segments out of order are left to be repeated.
 */
import { ByteQueue } from "./byte-queue.js";
import { Congestion } from "./congestion.js";
import type { EndpointEnd, EndpointOptions, EndpointOwner } from "./endpoint-owner.js";
import { ResendTimer } from "./resend-timer.js";
import { ACK, distance, FIN, PSH, RST, type Segment, SYN, segmentLength } from "./segment.js";

type State = "held" | "syn-sent" | "syn-received" | "open" | "time-wait" | "closed";

/** Largest window without a scale. */
const WINDOW = 0xffff;
/** IP header and TCP header, bytes. */
const HEADERS = 40;
/** Without the option (RFC 9293 §3.7.1). */
const DEFAULT_MSS = 536;
/** Below this a peer would have us send headers only. */
const SMALLEST_MSS = 48;
/** Equal acknowledgements in a row that mean a loss (RFC 5681 §3.2). */
const DUPLICATES = 3;

export class TcpEndpoint {
  readonly localPort: number;
  readonly remotePort: number;

  private state: State = "held";
  private mss = DEFAULT_MSS;
  private readonly ownMss: number;

  /** What the node has not yet acknowledged: the byte at `sndUna` first. */
  private readonly queue = new ByteQueue();
  private sndUna: number;
  private sndNxt: number;
  /** The highest that `sndNxt` has been: it goes back when everything is sent again. */
  private sndMax: number;
  private sndWnd = 0;
  /** Sequence and acknowledgement number of the segment that `sndWnd` is from. */
  private sndWl1 = 0;
  private sndWl2 = 0;
  private finQueued = false;
  private finAcknowledged = false;
  private duplicates = 0;
  private readonly congestion = new Congestion();
  /** Up to here everything has been sent again: equal acknowledgements before it say nothing new (RFC 6582). */
  private recover: number;
  private readonly timer = new ResendTimer(
    () => {
      this.lost(true);
      if (!this.timer.isRunning) this.arm();
    },
    () => this.finish("silent"),
  );

  private rcvNxt = 0;
  /** Right edge of the window as it was announced; never goes back. */
  private rcvAdv = 0;
  /** Bytes handed to the owner and not yet consumed. */
  private unread = 0;
  private finReceived = false;
  private acknowledging: NodeJS.Immediate | undefined;

  constructor(
    private readonly owner: EndpointOwner,
    options: EndpointOptions,
  ) {
    this.localPort = options.localPort;
    this.remotePort = options.remotePort;
    this.ownMss = options.mtu - HEADERS;
    this.sndUna = options.iss;
    this.sndNxt = options.iss;
    this.sndMax = options.iss;
    this.recover = options.iss;
  }

  /** Bytes written and not yet acknowledged. */
  get queued(): number {
    return this.queue.length;
  }

  /** Whether both sides have ended here, but a FIN may come once more. */
  get isOver(): boolean {
    return this.state === "time-wait" || this.state === "closed";
  }

  /** Opens the connection from this side. */
  connect(): void {
    this.state = "syn-sent";
    this.sendSyn(SYN);
  }

  /** Notes the node's SYN; nothing is answered before `accept`, or `refuse`. */
  hold(syn: Segment): void {
    this.takeSyn(syn);
  }

  /** Answers the SYN that is held. */
  accept(): void {
    if (this.state !== "held") return;
    this.state = "syn-received";
    this.sendSyn(SYN | ACK);
  }

  /** Queues `bytes` (the endpoint keeps them) and sends what the window lets through. */
  write(bytes: Uint8Array): void {
    if (this.isOver || this.finQueued) return;
    this.queue.push(bytes);
    this.transmit();
  }

  /** Sends no more after what has been written. */
  end(): void {
    if (this.isOver || this.finQueued) return;
    this.finQueued = true;
    this.transmit();
  }

  /** Ends the connection at once: the node gets a reset when it knows of the connection. */
  abort(): void {
    if (this.state === "held") {
      this.send({ seq: 0, ack: this.rcvNxt, flags: RST | ACK });
    } else if (this.state === "open" || this.state === "syn-received") {
      this.send({ seq: this.sndMax, ack: this.rcvNxt, flags: RST | ACK });
    }
    this.shut("closed");
  }

  /** Forgets the connection without a word to anyone. */
  forget(): void {
    this.shut("closed");
  }

  /** `count` bytes given to the owner have gone on: the window may open again. */
  consumed(count: number): void {
    this.unread -= count;
    if (this.state !== "open" || this.finReceived) return;
    const announced = distance(this.rcvAdv, this.rcvNxt);
    // Not for every byte (RFC 9293 §3.8.6.2.2), but always out of a window that is nearly closed.
    if (WINDOW - this.unread - announced >= Math.min(2 * this.ownMss, WINDOW / 2)) this.acknowledge();
  }

  /** A segment of the node. */
  input(segment: Segment): void {
    if (this.state === "closed") return;
    this.timer.heard();
    if (this.state === "held") {
      if (segment.flags & RST && segment.seq === this.rcvNxt) this.finish("reset");
    } else if (this.state === "syn-sent") {
      this.inSynSent(segment);
    } else {
      this.synchronized(segment);
    }
  }

  /** RFC 9293 §3.10.7.3. */
  private inSynSent(segment: Segment): void {
    const { flags } = segment;
    const acknowledged = (flags & ACK) !== 0 && segment.ack === this.sndMax;
    if (flags & ACK && !acknowledged) {
      if (!(flags & RST)) this.send({ seq: segment.ack, ack: 0, flags: RST });
      return;
    }
    if (flags & RST) {
      if (acknowledged) this.finish("reset");
      return;
    }
    if (!(flags & SYN)) return;
    this.takeSyn(segment);
    if (!acknowledged) {
      this.state = "syn-received"; // both have opened at once
      this.sndNxt = this.sndUna;
      this.sendSyn(SYN | ACK);
      return;
    }
    this.acknowledge();
    this.established(segment);
    this.transmit();
  }

  private takeSyn(syn: Segment): void {
    this.rcvNxt = (syn.seq + 1) >>> 0;
    this.rcvAdv = this.rcvNxt;
    this.mss = Math.max(SMALLEST_MSS, Math.min(syn.mss ?? DEFAULT_MSS, this.ownMss));
  }

  private established(segment: Segment): void {
    this.state = "open";
    this.sndUna = segment.ack;
    this.timer.progress();
    this.takeWindow(segment);
    this.arm();
    this.owner.connected();
  }

  private takeWindow(segment: Segment): void {
    if (this.sndWnd === 0 && segment.window > 0) {
      this.timer.progress();
      this.sndNxt = this.sndUna; // a probe that was not taken goes again, with the rest
    }
    this.sndWnd = segment.window;
    this.sndWl1 = segment.seq;
    this.sndWl2 = segment.ack;
  }

  /** RFC 9293 §3.10.7.4, with the challenge acknowledgements of RFC 5961. */
  private synchronized(segment: Segment): void {
    const { flags } = segment;
    const offset = distance(segment.seq, this.rcvNxt);
    const window = distance(this.rcvAdv, this.rcvNxt);
    const length = segmentLength(segment);
    // What begins at rcvNxt is looked at even when the window is closed: a probe tells as much as any other segment.
    const acceptable = offset === 0 || (offset < window && offset + length > 0) || (length === 0 && offset === window);
    if (!acceptable) {
      if (flags & RST) return;
      if (this.state === "syn-received" && flags & SYN) this.sendAgain();
      else this.acknowledge();
      return;
    }
    if (flags & RST) {
      if (offset === 0) this.finish("reset");
      else this.acknowledge();
      return;
    }
    if (flags & SYN) {
      this.acknowledge();
      return;
    }
    if (!(flags & ACK) || !this.acknowledged(segment)) return;
    this.text(segment, offset, window);
    if (this.isOver) return;
    this.transmit();
    this.finishWhenDone();
  }

  /** Takes the acknowledgement of a segment; false when the segment is to be left alone. */
  private acknowledged(segment: Segment): boolean {
    const advance = distance(segment.ack, this.sndUna);
    const outstanding = distance(this.sndMax, this.sndUna);
    if (this.state === "syn-received") {
      if (advance <= 0 || advance > outstanding) {
        this.send({ seq: segment.ack, ack: 0, flags: RST });
        return false;
      }
      this.established(segment);
      return !this.isOver;
    }
    if (advance > outstanding) {
      this.acknowledge();
      return false;
    }
    if (advance > 0) this.advance(segment.ack, advance);
    else if (advance === 0) this.countDuplicate(segment, outstanding);
    if (advance >= 0) {
      const newer = distance(segment.seq, this.sndWl1);
      if (newer > 0 || (newer === 0 && distance(segment.ack, this.sndWl2) >= 0)) this.takeWindow(segment);
    }
    return !this.isOver;
  }

  private advance(ack: number, count: number): void {
    this.duplicates = 0;
    this.timer.progress();
    if (count > this.queue.length) this.finAcknowledged = true;
    this.queue.drop(count);
    this.congestion.acknowledged(count, this.mss);
    this.sndUna = ack;
    if (distance(this.sndNxt, ack) < 0) this.sndNxt = ack;
    this.arm();
    this.owner.room();
  }

  private countDuplicate(segment: Segment, outstanding: number): void {
    if (outstanding === 0 || segmentLength(segment) > 0 || segment.window !== this.sndWnd) return;
    this.duplicates++;
    if (this.duplicates === DUPLICATES && distance(this.sndUna, this.recover) >= 0) this.lost(false);
  }

  /** Takes payload and FIN of an acceptable segment. */
  private text(segment: Segment, offset: number, window: number): void {
    const length = segmentLength(segment);
    if (length === 0) return;
    if (offset > 0 || this.finReceived) {
      this.acknowledge();
      return;
    }
    const fresh = segment.payload.subarray(-offset);
    const taken = fresh.subarray(0, window);
    if (taken.length > 0) {
      this.rcvNxt = (this.rcvNxt + taken.length) >>> 0;
      this.unread += taken.length;
      this.owner.data(taken);
      if (this.isOver) return;
    }
    // Outside the burst of segments that may be coming, all with one acknowledgement; at once when the node ran into the edge.
    if (taken.length < fresh.length) {
      this.acknowledge();
      return;
    }
    if (segment.flags & FIN) {
      this.rcvNxt = (this.rcvNxt + 1) >>> 0;
      this.finReceived = true;
      this.acknowledge();
      this.owner.ended();
    } else {
      this.acknowledging ??= setImmediate(() => this.acknowledge());
    }
  }

  /** Sends what the window lets through, and what is left of a FIN. */
  private transmit(): void {
    if (this.state !== "open") return;
    let sent = distance(this.sndNxt, this.sndUna);
    const limit = Math.min(this.sndWnd, this.congestion.window);
    while (sent <= this.queue.length) {
      const left = this.queue.length - sent;
      const size = Math.max(0, Math.min(left, this.mss, Math.floor(limit) - sent));
      // A FIN takes room in the window as a byte does.
      const fin = this.finQueued && !this.finAcknowledged && size === left && (sent + size < this.sndWnd || size > 0);
      if (size === 0 && !fin) break;
      // No small segments because the window is nearly full (RFC 9293 §3.8.6.2.1).
      if (size < left && size < this.mss && sent > 0) break;
      this.sendData(sent, size, fin);
      sent = distance(this.sndNxt, this.sndUna);
    }
    if (!this.timer.isRunning) this.arm();
  }

  private sendData(offset: number, size: number, fin: boolean): void {
    const payload = this.queue.peek(offset, size);
    const end = offset + size === this.queue.length;
    const flags = ACK | (size > 0 && end ? PSH : 0) | (fin ? FIN : 0);
    const seq = (this.sndUna + offset) >>> 0;
    this.moveTo((seq + size + (fin ? 1 : 0)) >>> 0);
    this.send({ seq, ack: this.rcvNxt, flags, payload });
  }

  private moveTo(next: number): void {
    this.sndNxt = next;
    if (distance(next, this.sndMax) > 0) this.sndMax = next;
  }

  private sendSyn(flags: number): void {
    const seq = this.sndUna;
    this.moveTo((seq + 1) >>> 0);
    this.send({ seq, ack: flags & ACK ? this.rcvNxt : 0, flags, mss: this.ownMss });
    if (!this.timer.isRunning) this.arm();
  }

  /** Something was lost; `all`: nothing comes back any more. */
  private lost(all: boolean): void {
    this.recover = this.sndMax;
    this.congestion.lost(distance(this.sndMax, this.sndUna), this.mss, all);
    this.sendAgain();
  }

  /** Sends everything again from the first byte that is not acknowledged. */
  private sendAgain(): void {
    this.sndNxt = this.sndUna;
    if (this.state === "syn-sent") this.sendSyn(SYN);
    else if (this.state === "syn-received") this.sendSyn(SYN | ACK);
    else if (this.sndWnd > 0) this.transmit();
    else if (this.queue.length > 0)
      this.sendData(0, 1, false); // a probe (RFC 9293 §3.8.6.1)
    else if (this.finQueued && !this.finAcknowledged) this.sendData(0, 0, true);
  }

  /** Starts the timer anew while something is outstanding or waits for a window; stops it otherwise. */
  private arm(): void {
    const waiting = this.queue.length > 0 || (this.finQueued && !this.finAcknowledged);
    const outstanding = this.sndMax !== this.sndUna || (waiting && this.state === "open");
    if (outstanding && !this.isOver) this.timer.start();
    else this.timer.stop();
  }

  /** Sends an acknowledgement now. */
  private acknowledge(): void {
    if (this.state !== "closed" && this.state !== "held") this.send({ seq: this.sndMax, ack: this.rcvNxt, flags: ACK });
  }

  private send(parts: Pick<Segment, "seq" | "ack" | "flags"> & Partial<Pick<Segment, "mss" | "payload">>): void {
    let window = 0;
    if (!(parts.flags & RST)) {
      window = this.announce();
      if (parts.flags & ACK) {
        clearImmediate(this.acknowledging);
        this.acknowledging = undefined;
      }
    }
    const ports = { srcPort: this.localPort, dstPort: this.remotePort };
    this.owner.send({ payload: new Uint8Array(), ...parts, ...ports, window });
  }

  /** The window to announce: its right edge moves by a segment or more, or stays. */
  private announce(): number {
    const free = WINDOW - this.unread;
    const announced = distance(this.rcvAdv, this.rcvNxt);
    if (free - announced >= Math.min(this.ownMss, WINDOW / 2)) this.rcvAdv = (this.rcvNxt + free) >>> 0;
    return Math.max(0, distance(this.rcvAdv, this.rcvNxt));
  }

  private finishWhenDone(): void {
    if (this.finReceived && this.finAcknowledged && this.state === "open") this.finish("finished");
  }

  private finish(how: EndpointEnd): void {
    if (this.isOver) return;
    this.shut(how === "finished" ? "time-wait" : "closed");
    this.owner.closed(how);
  }

  private shut(state: "time-wait" | "closed"): void {
    this.state = state;
    this.queue.clear();
    this.timer.stop();
    clearImmediate(this.acknowledging);
    this.acknowledging = undefined;
  }
}
