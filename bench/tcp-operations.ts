/**
 * The operations of TCP that are measured, as the bench of lwIP defined them: an echo is a data frame in, the echo out, the
 * peer's pure ACK in; sink and source are 1,460 bytes of a stream with their share of the ACKs; a connection is SYN, ACK, FIN and last
 * ACK in, what answers them out.
 */
import { pattern } from "../test/harness/bytes.js";
import type { Operation } from "./operations.js";
import { BenchConnection, MSS } from "./tcp-peer.js";

const ECHO_PORT = 7;
const SINK_PORT = 9;
const SOURCE_PORT = 19;
const ECHOES = 60;
const SEGMENTS = 200;
/** Segments of a stream that go at once: as many as the board's window and its send buffer have room for. */
const WINDOW = 4;
const CONNECTIONS = 50;
/** Operations before the counted ones: slow start is over, round trips are known. */
const WARM_UP = 16;
/** What tcp_source sends: numbers below this, again and again. */
const SOURCE_PERIOD = 252;

function echo(size: number): Operation {
  return {
    name: `TCP echo ${size}`,
    application: "bench/assembly/tcp_echo",
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
        await traced.asleep();
        connection.acknowledge();
        await traced.quiet();
      }
      const phase = { from, to: await traced.quiet(), operations: ECHOES, framesOut: connection.segmentsIn - before };
      await connection.end();
      return phase;
    },
  };
}

const sink: Operation = {
  name: "TCP sink 1460",
  application: "bench/assembly/tcp_sink",
  run: async (traced, board) => {
    const connection = new BenchConnection(traced, board, SINK_PORT);
    await connection.connect();
    let from = 0;
    let before = 0;
    for (let i = 0; i < WARM_UP + SEGMENTS; i += WINDOW) {
      if (i === WARM_UP) {
        from = await traced.quiet();
        before = connection.segmentsIn;
      }
      connection.push(...Array.from({ length: WINDOW }, (_, k) => pattern(MSS, i + k + 1)));
      await connection.acknowledged(WINDOW * MSS);
      await traced.asleep();
    }
    const to = await traced.asleep();
    const phase = { from, to, operations: SEGMENTS, framesOut: connection.segmentsIn - before };
    await connection.end();
    return phase;
  },
};

const source: Operation = {
  name: "TCP source 1460",
  application: "bench/assembly/tcp_source",
  run: async (traced, board) => {
    const connection = new BenchConnection(traced, board, SOURCE_PORT);
    await connection.connect();
    let position = 0;
    /** Takes two segments; the ACK for them, as every second segment gets one. */
    const pair = async (): Promise<Uint8Array> => {
      for (let i = 0; i < 2; i++) {
        for (const byte of await connection.fullSegment()) {
          if (byte !== position % SOURCE_PERIOD) throw new Error(`byte ${position} of the stream is ${byte}`);
          position += 1;
        }
      }
      return connection.acknowledgement();
    };
    const window = async (segments: number): Promise<void> => {
      const acknowledgements: Uint8Array[] = [];
      for (let i = 0; i < segments; i += 2) acknowledgements.push(await pair());
      await traced.asleep();
      traced.send(...acknowledgements);
    };
    // Slow start: a window of two grows by itself.
    for (let i = 0; i < WARM_UP; i += 2) await window(2);
    // Frames that are on their way are kept: the board has sent what its buffer holds, and waits for an ACK.
    const from = await traced.asleep();
    const before = connection.segmentsIn;
    for (let i = 0; i < SEGMENTS; i += WINDOW) await window(WINDOW);
    const to = await traced.asleep();
    const phase = { from, to, operations: SEGMENTS, framesOut: connection.segmentsIn - before };
    connection.reset();
    await traced.quiet();
    return phase;
  },
};

const connectAndClose: Operation = {
  name: "TCP conn",
  application: "bench/assembly/tcp_echo",
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
      await traced.asleep();
      connection.acknowledgeAndFinish();
      await connection.finished();
      await traced.asleep();
      connection.acknowledge();
      await traced.quiet();
      framesOut += connection.segmentsIn;
    }
    return { from, to: await traced.quiet(), operations: CONNECTIONS, framesOut };
  },
};

/** TCP. */
export const TCP_OPERATIONS: readonly Operation[] = [
  echo(1),
  echo(64),
  echo(512),
  echo(1460),
  connectAndClose,
  sink,
  source,
];
