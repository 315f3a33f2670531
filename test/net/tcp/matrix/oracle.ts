/**
 * What RFC 9293 §3.10.7 ("SEGMENT ARRIVES") says happens when a segment arrives, step by step in the order of the text, with RFC 5961
 * (blind RST, SYN and data injection) and RFC 7323 §5 (PAWS). Written from the RFCs for the state matrix, apart from the stack: where the two
 * disagree one of them is wrong, or matrix/deviations.ts says why not.
 *
 * Numbers are unsigned and absolute. Security and compartment (third step) do not exist here.
 */

export type State =
  | "CLOSED"
  | "LISTEN"
  | "SYN-SENT"
  | "SYN-RECEIVED"
  | "ESTABLISHED"
  | "FIN-WAIT-1"
  | "FIN-WAIT-2"
  | "CLOSE-WAIT"
  | "CLOSING"
  | "LAST-ACK"
  | "TIME-WAIT";

/** The transmission control block, as far as arriving segments look at it (RFC 9293 §3.3.1). */
export interface Block {
  readonly state: State;
  /** SYN-RECEIVED: the OPEN was passive. */
  readonly passive: boolean;
  readonly iss: number;
  readonly irs: number;
  readonly sndUna: number;
  readonly sndNxt: number;
  /** MAX.SND.WND of RFC 5961 §5.2. */
  readonly maxSndWnd: number;
  readonly rcvNxt: number;
  readonly rcvWnd: number;
  /** Our FIN has been sent; it is the octet before sndNxt. */
  readonly finSent: boolean;
  /** The application has closed and reads no more: new data is answered with a RST (RFC 9293 §3.6.1, SHLD-3). */
  readonly deaf: boolean;
  /** Timestamps were negotiated: TS.Recent (RFC 7323 §4.3). */
  readonly tsRecent: number | undefined;
}

export interface Arrival {
  readonly syn: boolean;
  readonly ack: boolean;
  readonly rst: boolean;
  readonly fin: boolean;
  readonly seq: number;
  /** Meaningless without the ACK bit. */
  readonly ackNumber: number;
  /** Octets of text. */
  readonly length: number;
  readonly tsVal: number | undefined;
}

/** What is sent in answer. */
export type Reply =
  | { readonly kind: "nothing" }
  /** <SEQ=SND.NXT><ACK=RCV.NXT><CTL=ACK>, at once. */
  | { readonly kind: "ack" }
  /** The same, throttled (RFC 5961 §7). */
  | { readonly kind: "challenge" }
  /** The same, but it may be delayed (RFC 9293 §3.8.6.3). */
  | { readonly kind: "ack soon" }
  | { readonly kind: "rst"; readonly seq: number; readonly ack: number | undefined }
  /** Of a connection that is there, or the first of a new one: then its number is not known beforehand. */
  | { readonly kind: "syn-ack"; readonly ack: number; readonly fresh: boolean };

/** How the step that decided is called, for the table of deviations. */
export interface Outcome {
  readonly reply: Reply;
  readonly state: State;
  readonly sndUna: number;
  readonly rcvNxt: number;
  /** Octets of text that the application gets. */
  readonly delivered: number;
  /** The connection was reset by the peer: the application hears of it. */
  readonly reset: boolean;
  /** The step that ended the processing. */
  readonly step: Step;
}

export type Step =
  | "closed"
  | "listen"
  | "syn-sent"
  | "sequence"
  | "paws"
  | "rst"
  | "syn"
  | "no ack bit"
  | "ack"
  | "text"
  | "fin"
  | "end";

/** a − b modulo 2^32 as a signed number: before, at, after. */
function compare(a: number, b: number): number {
  return (a - b) | 0;
}

function add(a: number, b: number): number {
  return (a + b) >>> 0;
}

/** SEG.LEN: octets of text, SYN and FIN count as one each. */
function segmentLength(segment: Arrival): number {
  return segment.length + (segment.syn ? 1 : 0) + (segment.fin ? 1 : 0);
}

/** `segment` arrives while the connection is as `block` says. */
export function segmentArrives(block: Block, segment: Arrival): Outcome {
  switch (block.state) {
    case "CLOSED":
      return closed(block, segment);
    case "LISTEN":
      return listen(block, segment);
    case "SYN-SENT":
      return synSent(block, segment);
    default:
      return new Otherwise(block, segment).run();
  }
}

function outcome(block: Block, step: Step, reply: Reply, change: Partial<Outcome> = {}): Outcome {
  const { state, sndUna, rcvNxt } = block;
  return { reply, state, sndUna, rcvNxt, delivered: 0, reset: false, step, ...change };
}

const NOTHING: Reply = { kind: "nothing" };

/** §3.10.7.1 */
function closed(block: Block, segment: Arrival): Outcome {
  if (segment.rst) return outcome(block, "closed", NOTHING);
  return outcome(block, "closed", resetFor(segment));
}

/** The RST of a connection that does not exist. */
function resetFor(segment: Arrival): Reply {
  return segment.ack
    ? { kind: "rst", seq: segment.ackNumber, ack: undefined }
    : { kind: "rst", seq: 0, ack: add(segment.seq, segmentLength(segment)) };
}

/** §3.10.7.2 */
function listen(block: Block, segment: Arrival): Outcome {
  // First, check for a RST.
  if (segment.rst) return outcome(block, "listen", NOTHING);
  // Second, check for an ACK.
  if (segment.ack) return outcome(block, "listen", { kind: "rst", seq: segment.ackNumber, ack: undefined });
  // Third, check for a SYN. Other controls and text on it may be processed in SYN-RECEIVED.
  if (segment.syn) {
    const rcvNxt = add(segment.seq, 1);
    return outcome(block, "listen", { kind: "syn-ack", ack: rcvNxt, fresh: true }, { state: "SYN-RECEIVED", rcvNxt });
  }
  // Fourth, other data or control: never comes here in order; dropped.
  return outcome(block, "listen", NOTHING);
}

/** §3.10.7.3 */
function synSent(block: Block, segment: Arrival): Outcome {
  // First, check the ACK bit.
  if (segment.ack) {
    const unacceptable = compare(segment.ackNumber, block.iss) <= 0 || compare(segment.ackNumber, block.sndNxt) > 0;
    if (unacceptable) {
      return outcome(
        block,
        "syn-sent",
        segment.rst ? NOTHING : { kind: "rst", seq: segment.ackNumber, ack: undefined },
      );
    }
  }
  // Second, check the RST bit: only with an acceptable ACK.
  if (segment.rst) return outcome(block, "syn-sent", NOTHING, segment.ack ? { state: "CLOSED", reset: true } : {});
  // Fourth, check the SYN bit.
  if (segment.syn) {
    const rcvNxt = add(segment.seq, 1);
    if (segment.ack) {
      // "If there are other controls or text in the segment, then continue processing at the sixth step": one ACK for all.
      const opened = { ...block, state: "ESTABLISHED", rcvNxt, sndUna: segment.ackNumber } as const;
      const rest = { ...segment, syn: false, seq: rcvNxt };
      return { ...new Otherwise(opened, rest).takeTextAndFin(), reply: { kind: "ack" }, step: "syn-sent" };
    }
    const reply = { kind: "syn-ack", ack: rcvNxt, fresh: false } as const;
    return outcome(block, "syn-sent", reply, { state: "SYN-RECEIVED", rcvNxt });
  }
  // Fifth, neither SYN nor RST.
  return outcome(block, "syn-sent", NOTHING);
}

/** §3.10.7.4: all other states. */
class Otherwise {
  private state: State;
  private sndUna: number;
  private rcvNxt: number;
  private delivered = 0;

  constructor(
    private readonly block: Block,
    private readonly segment: Arrival,
  ) {
    this.state = block.state;
    this.sndUna = block.sndUna;
    this.rcvNxt = block.rcvNxt;
  }

  run(): Outcome {
    return this.checkSequence() ?? this.checkReset() ?? this.checkSyn() ?? this.checkAck() ?? this.takeTextAndFin();
  }

  private done(step: Step, reply: Reply, reset = false): Outcome {
    const { state, sndUna, rcvNxt, delivered } = this;
    return { reply, state, sndUna, rcvNxt, delivered, reset, step };
  }

  private inWindow(seq: number): boolean {
    const offset = compare(seq, this.block.rcvNxt);
    return offset >= 0 && offset < this.block.rcvWnd;
  }

  /** The four cases of the acceptability test. */
  private isAcceptable(): boolean {
    const { segment, block } = this;
    const length = segmentLength(segment);
    // "If the RCV.WND is zero, no segments will be acceptable, but special allowance should be made to accept valid ACKs, URGs
    // and RSTs": text and FIN find no room and are acknowledged as such in the seventh step.
    const isAllowed = (segment.ack || segment.rst) && !segment.syn;
    if (block.rcvWnd === 0) return segment.seq === block.rcvNxt && (length === 0 || isAllowed);
    return this.inWindow(segment.seq) || (length > 0 && this.inWindow(add(segment.seq, length - 1)));
  }

  /** First, check the sequence number; before it PAWS (RFC 7323 §5.3: R1). */
  private checkSequence(): Outcome | undefined {
    const { segment, block } = this;
    if (block.tsRecent !== undefined && !segment.rst) {
      // RFC 7323 §3.2: a segment without the option is dropped silently.
      if (segment.tsVal === undefined) return this.done("paws", NOTHING);
      if (compare(segment.tsVal, block.tsRecent) < 0) return this.done("paws", { kind: "ack" });
    }
    if (this.isAcceptable()) return undefined;
    // "An acknowledgment should be sent in reply (unless the RST bit is set, if so drop the segment and return)."
    return this.done("sequence", segment.rst ? NOTHING : { kind: "ack" });
  }

  /** Second, check the RST bit (RFC 5961 §3.2). */
  private checkReset(): Outcome | undefined {
    const { segment, block } = this;
    if (!segment.rst) return undefined;
    if (segment.seq !== block.rcvNxt) {
      // The segment may overlap the window though its number lies outside.
      return this.done("rst", this.inWindow(segment.seq) ? { kind: "challenge" } : NOTHING);
    }
    if (block.state === "SYN-RECEIVED" && block.passive) {
      this.state = "LISTEN";
      return this.done("rst", NOTHING);
    }
    // CLOSING, LAST-ACK and TIME-WAIT end without a signal to the user.
    const isHeard = !["CLOSING", "LAST-ACK", "TIME-WAIT"].includes(block.state);
    this.state = "CLOSED";
    return this.done("rst", NOTHING, isHeard);
  }

  /** Fourth, check the SYN bit (RFC 5961 §4.2). */
  private checkSyn(): Outcome | undefined {
    const { segment, block } = this;
    if (!segment.syn) return undefined;
    if (block.state === "SYN-RECEIVED" && block.passive) {
      this.state = "LISTEN";
      return this.done("syn", NOTHING);
    }
    return this.done("syn", { kind: "challenge" });
  }

  /** Fifth, check the ACK field. */
  private checkAck(): Outcome | undefined {
    const { segment, block } = this;
    if (!segment.ack) return this.done("no ack bit", NOTHING);
    if (block.state === "SYN-RECEIVED") {
      const acceptable = compare(block.sndUna, segment.ackNumber) < 0 && compare(segment.ackNumber, block.sndNxt) <= 0;
      if (!acceptable) return this.done("ack", { kind: "rst", seq: segment.ackNumber, ack: undefined });
      this.state = "ESTABLISHED";
    }
    // RFC 5961 §5.2.
    const tooOld = compare(segment.ackNumber, (block.sndUna - block.maxSndWnd) >>> 0) < 0;
    const notSent = compare(segment.ackNumber, block.sndNxt) > 0;
    if (tooOld || notSent) return this.done("ack", { kind: "challenge" });
    if (compare(segment.ackNumber, this.sndUna) > 0) this.sndUna = segment.ackNumber;
    const finAcknowledged = block.finSent && this.sndUna === block.sndNxt;
    switch (this.state) {
      case "FIN-WAIT-1":
        if (finAcknowledged) this.state = "FIN-WAIT-2";
        return undefined;
      case "CLOSING":
        // "otherwise, ignore the segment"
        if (!finAcknowledged) return this.done("ack", NOTHING);
        this.state = "TIME-WAIT";
        return undefined;
      case "LAST-ACK":
        if (!finAcknowledged) return undefined;
        this.state = "CLOSED";
        return this.done("ack", NOTHING);
      default:
        return undefined;
    }
  }

  /** Seventh, the segment text; eighth, the FIN bit. */
  takeTextAndFin(): Outcome {
    const { segment, block } = this;
    const takesText = ["ESTABLISHED", "FIN-WAIT-1", "FIN-WAIT-2"].includes(this.state);
    if (!takesText) return this.done("text", NOTHING);
    const consumes = segment.length > 0 || segment.fin;
    if (!consumes) return this.done("end", NOTHING);
    const skipped = -compare(segment.seq, block.rcvNxt);
    const fresh = Math.max(0, segment.length - skipped);
    if (segment.length > 0 && fresh > 0 && block.deaf) {
      // The user has closed and will not take it: the peer's numbers are in its own segment.
      this.state = "CLOSED";
      return this.done("text", { kind: "rst", seq: segment.ackNumber, ack: undefined });
    }
    if (skipped < 0) {
      // Ahead of what is expected: kept for later (SHLD-31) and acknowledged at once (RFC 5681 §4.2).
      return this.done("text", { kind: "ack" });
    }
    const taken = Math.min(fresh, block.rcvWnd);
    this.delivered = taken;
    this.rcvNxt = add(this.rcvNxt, taken);
    // The FIN counts once all text before it has been taken.
    const finTaken = segment.fin && block.rcvWnd > 0 && taken === fresh && skipped <= segment.length;
    if (!finTaken) return this.done("text", { kind: taken > 0 && skipped === 0 ? "ack soon" : "ack" });
    this.rcvNxt = add(this.rcvNxt, 1);
    if (this.state === "ESTABLISHED") this.state = "CLOSE-WAIT";
    else if (this.state === "FIN-WAIT-1") this.state = "CLOSING";
    else this.state = "TIME-WAIT";
    return this.done("fin", { kind: "ack" });
  }
}
