/**
 * One end of a connection: sends a stream of known bytes, closes its direction, receives what the peer sends and compares it, closes
 * when both are through. `pump` does what can be done now.
 */
import { ByteStream } from "./byte-stream.js";
import { describeResult, EAGAIN, SHUT_WR, type StreamHost, TRANSFER_BYTES } from "./stream-host.js";

export interface EndpointPlan {
  /** Seeds of the stream that is sent, and of the one that must come. */
  readonly sendSeed: number;
  readonly receiveSeed: number;
  readonly sendBytes: number;
  readonly receiveBytes: number;
  /** Most bytes of one send and one recv; default as many as a call takes. */
  readonly chunk?: number;
  /** Bytes that are read at most every `readEvery` µs: a slow reader. Default: everything at once. */
  readonly readAtOnce?: number;
  readonly readEvery?: number;
}

/** What went wrong with a connection that should have ended well. */
export class StreamError extends Error {
  override readonly name = "StreamError";
}

export class Endpoint {
  /** Sent, received and closed. */
  done = false;
  readonly sent: ByteStream;
  readonly received: ByteStream;
  /** When the first and the last byte came, µs. */
  firstByteAt = 0;
  lastByteAt = 0;
  private finSent = false;
  private finReceived = false;
  private mayReadAt = 0;

  constructor(
    readonly host: StreamHost,
    readonly fd: number,
    readonly plan: EndpointPlan,
  ) {
    this.sent = new ByteStream(plan.sendSeed);
    this.received = new ByteStream(plan.receiveSeed);
  }

  /** @throws StreamError when a call fails, or a byte is wrong */
  pump(): void {
    if (this.done) return;
    this.pumpReceive();
    this.pumpSend();
    if (!this.finSent || !this.finReceived) return;
    this.expect("close", this.host.close(this.fd));
    this.done = true;
  }

  private pumpSend(): void {
    const { plan, sent, host } = this;
    while (!this.finSent) {
      const left = plan.sendBytes - sent.position;
      if (left === 0) {
        this.expect("shutdown", host.shutdown(this.fd, SHUT_WR));
        this.finSent = true;
        return;
      }
      const room = host.room(Math.min(left, plan.chunk ?? TRANSFER_BYTES));
      sent.peek(room);
      const result = host.send(this.fd, room.length);
      if (result === EAGAIN) return;
      this.expect("send", result);
      if (result === 0) throw new StreamError("send took nothing and did not say EAGAIN");
      sent.pass(room.subarray(0, result));
    }
  }

  private pumpReceive(): void {
    const { plan, host, received } = this;
    const slow = plan.readEvery !== undefined;
    while (!this.finReceived) {
      const now = host.world.now;
      if (slow && now < this.mayReadAt) return;
      const limit = Math.min(plan.readAtOnce ?? TRANSFER_BYTES, plan.chunk ?? TRANSFER_BYTES);
      const result = host.recv(this.fd, limit);
      if (result === EAGAIN) return;
      this.expect("recv", result);
      if (result === 0) {
        this.end();
        return;
      }
      if (received.position === 0) this.firstByteAt = now;
      this.lastByteAt = now;
      const wrong = received.check(host.room(result));
      if (wrong >= 0) throw new StreamError(`byte ${wrong} of the stream is wrong (${result} bytes came at once)`);
      if (received.position > plan.receiveBytes) throw new StreamError("more came than was sent");
      if (slow) {
        this.mayReadAt = now + (plan.readEvery ?? 0);
        host.runAfter(plan.readEvery ?? 0);
      }
    }
  }

  private end(): void {
    const { position } = this.received;
    if (position !== this.plan.receiveBytes) {
      throw new StreamError(`the stream ended after ${position} of ${this.plan.receiveBytes} bytes`);
    }
    this.finReceived = true;
  }

  private expect(call: string, result: number): void {
    if (result >= 0) return;
    const where = `after ${this.sent.position} bytes sent and ${this.received.position} received`;
    throw new StreamError(`${call} answered ${describeResult(result)} ${where}`);
  }
}
