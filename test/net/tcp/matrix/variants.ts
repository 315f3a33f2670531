/** The states of the matrix: how each is reached by frames and calls, and what is known of the connection then. */
import { SOCK_NONBLOCK } from "../../../harness/socket-calls.js";
import type { Stack } from "../../../harness/stack.js";
import { type TcpConversation, tcp } from "../../../harness/tcp-conversation.js";
import type { Block, State } from "./oracle.js";

/** What a state is built with. */
export interface Variant {
  readonly name: string;
  readonly state: State;
  /** Brings the connection into the state; the descriptor to read from is `t.fd`, -1 for none. */
  readonly build: (t: TcpConversation) => void;
  readonly passive?: boolean;
  /** The application has closed the descriptor. */
  readonly deaf?: boolean;
  /** Octets that wait to be read. */
  readonly unread?: number;
  /** Octets and FIN of the stack that are not acknowledged. */
  readonly inFlight?: number;
  /** The stack's FIN is among what it sent. */
  readonly finSent?: boolean;
  readonly timestamps?: boolean;
  /** Window field of all segments; default `WINDOW`. */
  readonly window?: number;
}

/** What the peer offers, so that MAX.SND.WND is small. */
export const WINDOW = 2000;
/** The stack's receive buffer. */
export const RECEIVE_BUFFER = 1024;

/** Opens without blocking: connect has answered EINPROGRESS. */
function synSent(t: TcpConversation): void {
  t.beginConnect({ socketFlags: SOCK_NONBLOCK });
  t.out("S 0:0(0)");
}

function established(t: TcpConversation, timestamps = false): void {
  t.establish({ window: WINDOW, timestamps });
}

/** FIN of the stack, sent and not acknowledged. */
function finWait1(t: TcpConversation, timestamps = false): void {
  established(t, timestamps);
  t.shutdown("wr");
  t.out("F. 1:1(0) ack 1");
}

function finWait2(t: TcpConversation): void {
  finWait1(t);
  t.ack();
}

/** FIN of the peer, taken and acknowledged. */
function closeWait(t: TcpConversation): void {
  established(t);
  t.in("F. 1:1(0) ack 1");
  t.out(". 1:1(0) ack 2");
}

function timeWait(t: TcpConversation, timestamps: boolean): void {
  finWait1(t, timestamps);
  t.in("F. 1:1(0) ack 2");
  t.out(". 2:2(0) ack 2");
}

export const VARIANTS: readonly Variant[] = [
  { name: "CLOSED", state: "CLOSED", build: () => {} },
  { name: "LISTEN", state: "LISTEN", build: (t) => void t.listen() },
  { name: "SYN-SENT", state: "SYN-SENT", build: synSent, inFlight: 1 },
  {
    name: "SYN-RECEIVED, passive",
    state: "SYN-RECEIVED",
    passive: true,
    inFlight: 1,
    build: (t) => {
      t.listen();
      t.in(`S 0:0(0) win ${WINDOW} <mss 1460>`);
      t.out("S. 0:0(0) ack 1");
    },
  },
  {
    name: "SYN-RECEIVED, passive, timestamps",
    state: "SYN-RECEIVED",
    passive: true,
    inFlight: 1,
    timestamps: true,
    build: (t) => {
      t.listen();
      t.in(`S 0:0(0) win ${WINDOW} <mss 1460,TS val 1000 ecr 0>`);
      t.out("S. 0:0(0) ack 1");
    },
  },
  {
    name: "SYN-RECEIVED, simultaneous open",
    state: "SYN-RECEIVED",
    inFlight: 1,
    build: (t) => {
      synSent(t);
      t.in(`S 0:0(0) win ${WINDOW} <mss 1460>`);
      t.out("S. 0:0(0) ack 1");
    },
  },
  { name: "ESTABLISHED", state: "ESTABLISHED", build: established },
  {
    name: "ESTABLISHED, opened by us",
    state: "ESTABLISHED",
    build: (t) => {
      synSent(t);
      t.in(`S. 0:0(0) ack 1 win ${WINDOW} <mss 1460>`);
      t.out(". 1:1(0) ack 1");
    },
  },
  {
    name: "ESTABLISHED, not accepted",
    state: "ESTABLISHED",
    build: (t) => {
      t.establish({ window: WINDOW, accept: false });
    },
  },
  { name: "ESTABLISHED, timestamps", state: "ESTABLISHED", timestamps: true, build: (t) => established(t, true) },
  {
    name: "ESTABLISHED, unread data",
    state: "ESTABLISHED",
    unread: 100,
    build: (t) => {
      established(t);
      t.in("P. 1:101(100) ack 1");
      t.out(". 1:1(0) ack 101", { within: 500 });
    },
  },
  {
    name: "ESTABLISHED, window closed by unread data",
    state: "ESTABLISHED",
    unread: RECEIVE_BUFFER,
    build: (t) => {
      established(t);
      t.in(`P. 1:${RECEIVE_BUFFER + 1}(${RECEIVE_BUFFER}) ack 1`);
      t.out(`. 1:1(0) ack ${RECEIVE_BUFFER + 1} win 0`, { within: 500 });
    },
  },
  {
    name: "ESTABLISHED, data out of order",
    state: "ESTABLISHED",
    build: (t) => {
      t.establish({ window: WINDOW, sackOK: true });
      t.in("P. 11:21(10) ack 1");
      t.out(". 1:1(0) ack 1 <sack 11:21>");
    },
  },
  {
    name: "ESTABLISHED, data in flight",
    state: "ESTABLISHED",
    inFlight: 500,
    build: (t) => {
      established(t);
      t.send(500);
      t.out("P. 1:501(500) ack 1");
    },
  },
  {
    name: "ESTABLISHED, unsent data before a closed window",
    state: "ESTABLISHED",
    window: 0,
    build: (t) => {
      established(t);
      t.in(". 1:1(0) ack 1 win 0");
      t.send(100);
    },
  },
  { name: "FIN-WAIT-1", state: "FIN-WAIT-1", finSent: true, inFlight: 1, build: finWait1 },
  {
    name: "FIN-WAIT-1, timestamps",
    state: "FIN-WAIT-1",
    finSent: true,
    inFlight: 1,
    timestamps: true,
    build: (t) => finWait1(t, true),
  },
  {
    name: "FIN-WAIT-1, data in flight",
    state: "FIN-WAIT-1",
    finSent: true,
    inFlight: 501,
    build: (t) => {
      established(t);
      t.send(500);
      t.out("P. 1:501(500) ack 1");
      t.shutdown("wr");
      t.out("F. 501:501(0) ack 1");
    },
  },
  {
    name: "FIN-WAIT-1, closed",
    state: "FIN-WAIT-1",
    finSent: true,
    inFlight: 1,
    deaf: true,
    build: (t) => {
      established(t);
      t.close();
      t.fd = -1;
      t.out("F. 1:1(0) ack 1");
    },
  },
  { name: "FIN-WAIT-2", state: "FIN-WAIT-2", finSent: true, build: finWait2 },
  {
    name: "FIN-WAIT-2, closed",
    state: "FIN-WAIT-2",
    finSent: true,
    deaf: true,
    build: (t) => {
      established(t);
      t.close();
      t.fd = -1;
      t.out("F. 1:1(0) ack 1");
      t.ack();
    },
  },
  {
    name: "FIN-WAIT-2, unread data",
    state: "FIN-WAIT-2",
    finSent: true,
    unread: 70,
    build: (t) => {
      finWait2(t);
      t.in("P. 1:71(70) ack 2");
      t.out(". 2:2(0) ack 71", { within: 500 });
    },
  },
  { name: "CLOSE-WAIT", state: "CLOSE-WAIT", build: closeWait },
  {
    name: "CLOSE-WAIT, unread data and data in flight",
    state: "CLOSE-WAIT",
    unread: 50,
    inFlight: 300,
    build: (t) => {
      established(t);
      t.send(300);
      t.out("P. 1:301(300) ack 1");
      t.in("FP. 1:51(50) ack 1");
      t.out(". 301:301(0) ack 52");
    },
  },
  {
    name: "CLOSING",
    state: "CLOSING",
    finSent: true,
    inFlight: 1,
    build: (t) => {
      finWait1(t);
      t.in("F. 1:1(0) ack 1");
      t.out(". 2:2(0) ack 2");
    },
  },
  {
    name: "LAST-ACK",
    state: "LAST-ACK",
    finSent: true,
    inFlight: 1,
    build: (t) => {
      closeWait(t);
      t.shutdown("wr");
      t.out("F. 1:1(0) ack 2");
    },
  },
  {
    name: "LAST-ACK, closed",
    state: "LAST-ACK",
    finSent: true,
    inFlight: 1,
    deaf: true,
    build: (t) => {
      closeWait(t);
      t.close();
      t.fd = -1;
      t.out("F. 1:1(0) ack 2");
    },
  },
  { name: "TIME-WAIT", state: "TIME-WAIT", finSent: true, build: (t) => timeWait(t, false) },
  {
    name: "TIME-WAIT, timestamps",
    state: "TIME-WAIT",
    finSent: true,
    timestamps: true,
    build: (t) => timeWait(t, true),
  },
];

/** A state that was built: what the oracle needs to know of it. */
export interface Built {
  readonly variant: Variant;
  readonly t: TcpConversation;
  readonly block: Block;
}

/** Builds `variant` in a fresh stack. */
export function build(variant: Variant, stack: Stack): Built {
  const t = tcp(stack);
  variant.build(t);
  stack.expectNothing();
  const sndNxt = (t.iss + t.stackNext) >>> 0;
  const rcvNxt = (t.irs + t.acknowledged) >>> 0;
  const block: Block = {
    state: variant.state,
    passive: variant.passive ?? false,
    iss: t.iss,
    irs: t.irs,
    sndNxt,
    sndUna: (sndNxt - (variant.inFlight ?? 0)) >>> 0,
    maxSndWnd: WINDOW,
    rcvNxt,
    // A SYN offers its window beyond the peer's SYN, whose number it does not know yet.
    rcvWnd: variant.state === "SYN-SENT" ? RECEIVE_BUFFER : t.rightEdge - t.acknowledged,
    finSent: variant.finSent ?? false,
    deaf: variant.deaf ?? false,
    tsRecent: variant.timestamps ? t.tsVal : undefined,
  };
  return { variant, t, block };
}
