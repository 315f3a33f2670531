/**
 * The other end of the measured connections: a TCP of the bench's own that does what it is told, and checks all that comes. It has what
 * the peer of lwIP's bench had: an MSS option and no other, a window of 65,535 bytes.
 */
import { ethernet, ipv4 } from "../test/harness/packets.js";
import { parseFrame, render } from "../test/harness/parse.js";
import { type TcpSegment, tcpSegment } from "../test/harness/tcp-segment.js";
import type { TracedBoard } from "./board.js";
import { arpAnswer, PEER, type Station } from "./operations.js";

export const MSS = 1460;
const WINDOW = 65_535;
const FIRST_PORT = 40_000;

let connections = 0;

export class BenchConnection {
  /** Segments that the board has sent on this connection. */
  segmentsIn = 0;
  private readonly port = FIRST_PORT + (connections++ % 20_000);
  private sndNxt: number;
  private rcvNxt = 0;

  constructor(
    private readonly traced: TracedBoard,
    private readonly board: Station,
    private readonly boardPort: number,
  ) {
    // Near the wrap: a quarter of all connections cross it.
    this.sndNxt = (0xffff_8000 + connections * 7919) >>> 0;
  }

  /** SYN out; resolves with the SYN-ACK. */
  async synchronize(): Promise<void> {
    this.send({ flags: "S", options: [{ kind: "mss", value: MSS }] });
    const answer = await this.next();
    if (answer.flags !== "S." || answer.ack !== this.sndNxt) throw new Error(`no SYN-ACK, but ${answer.flags}`);
    this.rcvNxt = (answer.seq + 1) >>> 0;
  }

  async connect(): Promise<void> {
    await this.synchronize();
    await this.traced.asleep();
    this.acknowledge();
    await this.traced.asleep();
  }

  /** Closes our direction, waits for the board's FIN and acknowledges it. */
  async end(): Promise<void> {
    await this.traced.asleep();
    this.finish();
    await this.finished();
    await this.traced.asleep();
    this.acknowledge();
    await this.traced.quiet();
  }

  /** A pure ACK of all that has come. */
  acknowledge(): void {
    this.traced.send(this.acknowledgement());
  }

  /** The frame of a pure ACK of all that has come so far, to be sent later. */
  acknowledgement(): Uint8Array {
    return this.frame({ flags: "." });
  }

  /** One or more segments at once, each with an ACK of all that has come. */
  push(...payloads: readonly Uint8Array[]): void {
    this.traced.send(...payloads.map((payload) => this.frame({ flags: "P." }, payload)));
  }

  /** Closes our direction. */
  finish(): void {
    this.send({ flags: "F." });
  }

  /** An ACK and, as the next frame, a FIN: the handshake's end and the connection's. */
  acknowledgeAndFinish(): void {
    this.traced.send(this.frame({ flags: "." }), this.frame({ flags: "F." }));
  }

  /** Ends the connection at once. */
  reset(): void {
    this.send({ flags: "R." });
  }

  /** Reads until `length` bytes have come in order; they must be `expected(offset)`. */
  async bytes(length: number, expected: (offset: number) => number): Promise<void> {
    let got = 0;
    while (got < length) {
      const { payload } = await this.inOrder();
      payload.forEach((byte, i) => {
        if (byte !== expected(got + i)) throw new Error(`byte ${got + i} is ${byte} and not ${expected(got + i)}`);
      });
      got += payload.length;
    }
    if (got > length) throw new Error(`${got} bytes came where ${length} were expected`);
  }

  /** The next full segment: its payload. */
  async fullSegment(): Promise<Uint8Array> {
    const { payload } = await this.inOrder();
    if (payload.length === 0) return this.fullSegment();
    if (payload.length !== MSS) throw new Error(`a segment of ${payload.length} bytes in a stream of full ones`);
    return payload;
  }

  /** Waits until the board has acknowledged all that was sent, and has room for `room` bytes more. */
  async acknowledged(room: number): Promise<void> {
    for (;;) {
      const { ack, window } = await this.inOrder();
      if (ack === this.sndNxt && window >= room) return;
    }
  }

  /** Waits for the board's FIN. */
  async finished(): Promise<void> {
    for (;;) if ((await this.inOrder()).flags.includes("F")) return;
  }

  /** A segment that continues where the last one ended. */
  private async inOrder(): Promise<TcpSegment> {
    const segment = await this.next();
    if (segment.flags.includes("R")) throw new Error("the board reset the connection");
    if (segment.seq !== this.rcvNxt) throw new Error(`sequence number ${segment.seq} and not ${this.rcvNxt}`);
    this.rcvNxt = (this.rcvNxt + segment.payload.length + (segment.flags.includes("F") ? 1 : 0)) >>> 0;
    return segment;
  }

  /** The board's next segment on this connection; questions for our MAC address are answered on the way. */
  private async next(): Promise<TcpSegment> {
    for (;;) {
      const frame = await this.traced.next();
      const padded = new Uint8Array(Math.max(60, frame.length));
      padded.set(frame);
      const packet = parseFrame(padded);
      if (packet.problems.length > 0) throw new Error(`${render(frame)}: ${packet.problems.join("; ")}`);
      if (packet.arp?.operation === 1) this.traced.send(arpAnswer(packet.arp));
      if (packet.tcp?.dstPort !== this.port || packet.tcp.srcPort !== this.boardPort) continue;
      this.segmentsIn += 1;
      return packet.tcp;
    }
  }

  private send(fields: Parameters<BenchConnection["frame"]>[0]): void {
    this.traced.send(this.frame(fields));
  }

  private frame(
    fields: { flags: string; options?: Parameters<typeof tcpSegment>[0]["options"] },
    payload: Uint8Array = new Uint8Array(0),
  ): Uint8Array {
    const between = { src: PEER.ip, dst: this.board.ip };
    const segment = tcpSegment(
      {
        ...between,
        srcPort: this.port,
        dstPort: this.boardPort,
        seq: this.sndNxt,
        ack: this.rcvNxt,
        window: WINDOW,
        ...fields,
      },
      payload,
    );
    this.sndNxt = (this.sndNxt + payload.length + (/[SF]/.test(fields.flags) ? 1 : 0)) >>> 0;
    return ethernet({ dst: this.board.mac, src: PEER.mac }, ipv4({ ...between, protocol: 6, df: true }, segment));
  }
}
