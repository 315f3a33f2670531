/**
 * The operations of TCP that are measured, as the bench of lwIP defined them: an echo is a data frame in, the echo out, the
 * peer's pure ACK in; sink and source are 1,460 bytes of a stream with their share of the ACKs; a connection is SYN, ACK, FIN and last
 * ACK in, what answers them out.
 */
import { pattern } from "../test/harness/bytes.js";
import { PAUSE, type TracedBoard } from "./board.js";
import type { Station } from "./operations.js";
import { BenchConnection, MSS } from "./tcp-peer.js";

/** Where the log stood before and after, and how many operations lie between. */
export interface Phase {
  readonly from: number;
  readonly to: number;
  readonly operations: number;
  /** Frames that the board sent meanwhile. */
  readonly framesOut: number;
}

export interface TcpOperation {
  readonly name: string;
  readonly bar: number;
  readonly goal: number;
  readonly lwip: number;
  /** Folder of bench/assembly. */
  readonly application: "tcp_echo" | "tcp_sink" | "tcp_source";
  /** @throws Error when an answer is wrong */
  run(traced: TracedBoard, board: Station): Promise<Phase>;
}

const ECHO_PORT = 7;
const SINK_PORT = 9;
const SOURCE_PORT = 19;
const ECHOES = 50;
const SEGMENTS = 400;
const CONNECTIONS = 100;
/** Operations before the counted ones: slow start is over, round trips are known. */
const WARM_UP = 16;
/** What tcp_source sends: numbers below this, again and again. */
const SOURCE_PERIOD = 252;

function echo(size: number, figures: { bar: number; goal: number; lwip: number }): TcpOperation {
  return {
    name: `TCP echo ${size}`,
    application: "tcp_echo",
    ...figures,
    run: async (traced, board) => {
      const connection = new BenchConnection(traced, board, ECHO_PORT);
      await connection.connect();
      let from = 0;
      let before = 0;
      for (let i = 0; i < WARM_UP + ECHOES; i++) {
        if (i === WARM_UP) {
          from = await traced.quiet();
          before = connection.segmentsIn;
        }
        const payload = pattern(size, i + 1);
        connection.push(payload);
        await connection.bytes(size, (offset) => payload[offset]);
        connection.acknowledge();
        // The application must be back in its wait, or two operations would share one.
        await traced.quiet(PAUSE);
      }
      const phase = { from, to: await traced.quiet(), operations: ECHOES, framesOut: connection.segmentsIn - before };
      connection.finish();
      await connection.finished();
      connection.acknowledge();
      await traced.quiet(PAUSE);
      return phase;
    },
  };
}

const sink: TcpOperation = {
  name: "TCP sink 1460",
  application: "tcp_sink",
  bar: 1400,
  goal: 1150,
  lwip: 5844,
  run: async (traced, board) => {
    const connection = new BenchConnection(traced, board, SINK_PORT);
    await connection.connect();
    let from = 0;
    let before = 0;
    for (let i = 0; i < WARM_UP + SEGMENTS; i += 2) {
      if (i === WARM_UP) {
        from = await traced.quiet();
        before = connection.segmentsIn;
      }
      connection.push(pattern(MSS, i + 1), pattern(MSS, i + 2));
      await connection.acknowledged(2 * MSS);
    }
    const phase = { from, to: await traced.quiet(), operations: SEGMENTS, framesOut: connection.segmentsIn - before };
    connection.finish();
    await connection.finished();
    connection.acknowledge();
    await traced.quiet(PAUSE);
    return phase;
  },
};

const source: TcpOperation = {
  name: "TCP source 1460",
  application: "tcp_source",
  bar: 1500,
  goal: 1250,
  lwip: 6558,
  run: async (traced, board) => {
    const connection = new BenchConnection(traced, board, SOURCE_PORT);
    await connection.connect();
    let position = 0;
    const pair = async (): Promise<void> => {
      for (let i = 0; i < 2; i++) {
        for (const byte of await connection.fullSegment()) {
          if (byte !== position % SOURCE_PERIOD) throw new Error(`byte ${position} of the stream is ${byte}`);
          position += 1;
        }
      }
      connection.acknowledge();
    };
    for (let i = 0; i < WARM_UP; i += 2) await pair();
    // Frames that are on their way are kept: the board has sent what its buffer holds, and waits for an ACK.
    const from = await traced.settled();
    const before = connection.segmentsIn;
    for (let i = 0; i < SEGMENTS; i += 2) await pair();
    const to = await traced.settled();
    const phase = { from, to, operations: SEGMENTS, framesOut: connection.segmentsIn - before };
    connection.reset();
    await traced.quiet();
    return phase;
  },
};

const connectAndClose: TcpOperation = {
  name: "TCP conn",
  application: "tcp_echo",
  bar: 2800,
  goal: 2200,
  lwip: 6433,
  run: async (traced, board) => {
    let from = 0;
    let framesOut = 0;
    for (let i = 0; i < WARM_UP + CONNECTIONS; i++) {
      if (i === WARM_UP) {
        from = await traced.quiet();
        framesOut = 0;
      }
      const connection = new BenchConnection(traced, board, ECHO_PORT);
      await connection.synchronize();
      connection.acknowledgeAndFinish();
      await connection.finished();
      connection.acknowledge();
      await traced.quiet(PAUSE);
      framesOut += connection.segmentsIn;
    }
    return { from, to: await traced.quiet(), operations: CONNECTIONS, framesOut };
  },
};

/** Bars of issue 3, goals of the product, and lwIP 2.2.1 at -O2 as its own bench measured it on this board. */
export const TCP_OPERATIONS: readonly TcpOperation[] = [
  echo(64, { bar: 1700, goal: 1400, lwip: 3632 }),
  echo(1460, { bar: 2900, goal: 2450, lwip: 12_130 }),
  connectAndClose,
  sink,
  source,
];
