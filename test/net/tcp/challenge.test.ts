/** Blind attacks on a connection (RFC 5961): the rows SEQ-3, SEQ-4, SEQ-5, and the attacks that it is about. */
import { script } from "../../harness/script.js";
import type { Stack } from "../../harness/stack.js";
import { type TcpConversation, tcp } from "../../harness/tcp-conversation.js";

const WINDOW = 5840;

/** One way into a synchronised state. `next` is RCV.NXT then, `our` SND.NXT, both relative. */
interface State {
  readonly name: string;
  readonly next: number;
  readonly our: number;
  readonly enter: (t: TcpConversation) => void;
}

const STATES: readonly State[] = [
  { name: "ESTABLISHED", next: 1, our: 1, enter: (t) => void t.establish() },
  { name: "ESTABLISHED (active)", next: 1, our: 1, enter: (t) => void t.connect() },
  {
    name: "FIN-WAIT-1",
    next: 1,
    our: 2,
    enter: (t) => {
      t.establish();
      t.shutdown();
      t.out("F. 1:1(0) ack 1");
    },
  },
  {
    name: "FIN-WAIT-2",
    next: 1,
    our: 2,
    enter: (t) => {
      t.establish();
      t.shutdown();
      t.out("F. 1:1(0) ack 1");
      t.in(". 1:1(0) ack 2");
    },
  },
  {
    name: "CLOSE-WAIT",
    next: 2,
    our: 1,
    enter: (t) => {
      t.establish();
      t.in("F. 1:1(0) ack 1");
      t.out(". 1:1(0) ack 2");
    },
  },
  {
    name: "CLOSING",
    next: 2,
    our: 2,
    enter: (t) => {
      t.establish();
      t.shutdown();
      t.out("F. 1:1(0) ack 1");
      t.in("F. 1:1(0) ack 1");
      t.out(". 2:2(0) ack 2");
    },
  },
  {
    name: "LAST-ACK",
    next: 2,
    our: 2,
    enter: (t) => {
      t.establish();
      t.in("F. 1:1(0) ack 1");
      t.out(". 1:1(0) ack 2");
      t.shutdown();
      t.out("F. 1:1(0) ack 2");
    },
  },
];

/** Each state, each with a connection of its own. */
function inEachState(stack: Stack, run: (t: TcpConversation, state: State) => void): void {
  for (const [index, state] of STATES.entries()) {
    const t = tcp(stack, { port: 8080 + index });
    state.enter(t);
    run(t, state);
    stack.expectNothing();
    // Over, whatever happened.
    t.in(`R. ${state.next}:${state.next}(0) ack ${state.our}`);
    stack.takeSent();
    stack.close(t.fd);
    if (t.listener >= 0) stack.close(t.listener);
  }
}

script(
  "[SEQ-3] [ATK-107] a RST exactly at RCV.NXT resets, in every synchronised state",
  { rfc: "5961 §3.2" },
  (stack) => {
    for (const flags of ["R", "R."]) {
      inEachState(stack, (t, { next, our }) => {
        t.in(`${flags} ${next}:${next}(0) ack ${our}`);
        stack.expectNothing();
        // Now it is a stranger's.
        t.in(`. ${next}:${next}(0) ack ${our}`);
        t.out(`R ${our}:${our}(0)`);
      });
    }
  },
);

script(
  "[SEQ-3] [ATK-107] a RST elsewhere in the window is challenged, and the answer to the challenge resets",
  { rfc: "5961 §3.2" },
  (stack) => {
    inEachState(stack, (t, { next, our }) => {
      const edge = WINDOW - (next - 1);
      for (const offset of [1, 1000, edge - 1]) {
        t.in(`R ${next + offset}:${next + offset}(0)`);
        t.out(`. ${our}:${our}(0) ack ${next}`);
        t.advance(1100);
        stack.takeSent(); // a FIN that is not acknowledged goes out again meanwhile
      }
      // The peer has no such connection: RST with the number that was acknowledged.
      t.in(`R ${next}:${next}(0)`);
      stack.expectNothing();
    });
  },
);

script("[SEQ-3] a RST outside the window is dropped silently, in every state", { rfc: "5961 §3.2" }, (stack) => {
  inEachState(stack, (t, { next, our }) => {
    for (const seq of [next - 1, next - 1000, next + WINDOW, next + 100_000]) {
      t.in(`R ${seq}:${seq}(0)`);
      t.in(`R. ${seq}:${seq}(0) ack ${our}`);
    }
  });
});

script(
  "[SEQ-3] [ATK-107] a RST with bytes in front of RCV.NXT is not one at RCV.NXT",
  { rfc: "5961 §3.2" },
  (stack) => {
    // One such segment would try a thousand sequence numbers at once.
    const t = tcp(stack);
    t.establish();
    t.in("P. 1:1001(1000) ack 1");
    t.read(1000);
    stack.advance(500);
    stack.takeSent();
    for (const [seq, length] of [
      [500, 501],
      [500, 502],
      [1000, 1],
      [1000, 2],
      [-459, 1460],
    ]) {
      t.in(`R ${seq}(${length})`);
      for (const segment of t.takeSegments()) if (segment.flags !== ".") stack.fail(t.show(segment));
      t.advance(1100);
    }
    t.in("P. 1001:1011(10) ack 1");
    t.read(10);
    t.out(". 1:1(0) ack 1011", { after: 100 });
  },
);

script("[SEQ-3] with data unread and a window of 0 the rules are the same", { rfc: "5961 §3.2" }, (stack) => {
  const t = tcp(stack);
  t.establish();
  for (let at = 1; at < 1 + WINDOW; at += 1460) t.in(`P. ${at}(1460) ack 1`);
  stack.advance(600);
  stack.takeSent();
  t.in(`R ${WINDOW}:${WINDOW}(0)`);
  t.in(`R ${WINDOW + 2}:${WINDOW + 2}(0)`);
  t.quiet(1000);
  t.in(`R ${WINDOW + 1}:${WINDOW + 1}(0)`);
  t.quiet(1000);
  t.in(`. ${WINDOW + 1}:${WINDOW + 1}(0) ack 1`);
  t.out("R 1:1(0)");
});

script(
  "[SEQ-4] [ATK-107] a SYN is challenged in every synchronised state, wherever it lies",
  { rfc: "5961 §4.2" },
  (stack) => {
    inEachState(stack, (t, { next, our }) => {
      for (const seq of [0, next, next + 5, next - 100, next + 1_000_000]) {
        for (const flags of ["S", "S."]) {
          t.in(`${flags} ${seq}:${seq}(0) ack ${our} <mss 1460>`);
          t.out(`. ${our}:${our}(0) ack ${next}`);
        }
        t.advance(3000);
        stack.takeSent();
      }
    });
  },
);

script("[SEQ-4] a SYN with data, FIN or RST on it is not taken either", { rfc: "5961 §4.2" }, (stack) => {
  const t = tcp(stack);
  t.establish();
  t.in("S 1:11(10)");
  t.out(". 1:1(0) ack 1");
  t.in("SF. 1:1(0) ack 1");
  t.out(". 1:1(0) ack 1");
  t.in("SP. 1:11(10) ack 1");
  t.out(". 1:1(0) ack 1");
  t.quiet(500);
  t.readError("EAGAIN");
  t.in("P. 1:5(4) ack 1");
  t.read(4);
  t.out(". 1:1(0) ack 5", { after: 100 });
});

script(
  "[SEQ-5] an ACK counts from the largest window before SND.UNA up to SND.NXT; beyond, the segment is dropped and challenged",
  { rfc: "5961 §5.2" },
  (stack) => {
    const t = tcp(stack);
    t.establish({ window: 3000 });
    t.send(5000, t.fd);
    for (let round = 0; round < 6; round++) {
      stack.advance(300);
      stack.takeSent();
      t.ack();
    }
    stack.advance(1000);
    stack.takeSent();
    // SND.UNA = SND.NXT = 5001, MAX.SND.WND = 3000.
    for (const ack of [2001, 2002, 5000, 5001]) {
      t.in(`P. *(10) ack ${ack}`);
      t.read(10);
      stack.advance(500);
      stack.takeSent();
    }
    for (const ack of [2000, 1, -1_000_000, 5002, 6000, 1_000_000_000]) {
      t.in(`P. 41(10) ack ${ack}`);
      t.out(". 5001:5001(0) ack 41");
      t.readError("EAGAIN");
      t.advance(1100);
      stack.expectNothing();
    }
    t.in("P. 41(10) ack 5001");
    t.read(10);
    t.out(". 5001:5001(0) ack 51", { after: 100 });
  },
);

script(
  "[SEQ-5] an ACK of what was not sent is dropped with all it carries, a FIN too",
  { rfc: "9293 §3.10.7.4" },
  (stack) => {
    const t = tcp(stack);
    t.establish();
    t.in("FP. 1:11(10) ack 2");
    t.out(". 1:1(0) ack 1");
    t.in("F. 1:1(0) ack 5000");
    t.out(". 1:1(0) ack 1");
    t.readError("EAGAIN");
    t.in("FP. 1:11(10) ack 1");
    t.out(". 1:1(0) ack 12");
    t.read(10);
    t.readEnd();
  },
);
