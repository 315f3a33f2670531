/**
 * What a connection between two programs may look like to either of them, whatever the wire does: a model of two byte streams and of
 * who has closed what. It knows nothing of segments. Every answer of a socket call is judged by it.
 */
import { ByteStream } from "./byte-stream.js";
import { describeResult, EAGAIN, failure, type StreamHost } from "./stream-host.js";

const ECONNRESET = failure("ECONNRESET");
const ECONNREFUSED = failure("ECONNREFUSED");
const EPIPE = failure("EPIPE");
const ENOTCONN = failure("ENOTCONN");
/** After this the rest of a connection that its program has closed may be forgotten (FIN-WAIT-2 of 60 s), µs. */
const ORPHAN_LIFE = 55_000_000;

/** A socket call answered what no TCP may answer. */
export class ModelError extends Error {
  override readonly name = "ModelError";
}

/** One program's end of a connection. */
export class ModelEnd {
  fd = -1;
  /** connect() or accept() has said that there is a connection. */
  connected = false;
  /** shutdown(SHUT_WR) was called. */
  finished = false;
  closed = false;
  closedAt = 0;
  /** Closed with a reset. */
  aborted = false;
  /** recv() has answered 0. */
  ended = false;
  /** A call has reported the connection's death. */
  dead = false;
  peer!: ModelEnd;
  readonly sent: ByteStream;
  readonly received: ByteStream;

  constructor(
    readonly name: string,
    readonly host: StreamHost,
    sendSeed: number,
    receiveSeed: number,
  ) {
    this.sent = new ByteStream(sendSeed);
    this.received = new ByteStream(receiveSeed);
  }

  get open(): boolean {
    return this.fd >= 0 && !this.closed;
  }

  /** Its direction is closed. */
  get done(): boolean {
    return this.finished || this.closed;
  }

  /** True when the peer's stack may have answered with a reset. */
  get mayBeReset(): boolean {
    const { peer } = this;
    // What a closed program did not read, or what comes after it has closed, is answered with a reset (RFC 1122 §4.2.2.13).
    const unread = peer.closed && this.sent.position > peer.received.position;
    const forgotten = peer.closed && this.host.world.now - peer.closedAt > ORPHAN_LIFE;
    return peer.aborted || unread || forgotten;
  }

  /** send() of the next `length` bytes of the stream. */
  send(length: number): void {
    const room = this.host.room(length);
    this.sent.peek(room);
    const result = this.host.send(this.fd, room.length);
    if (result > 0) {
      if (this.finished) this.fail("send", result, "after shutdown");
      if (result > room.length) this.fail("send", result, `of ${room.length} bytes`);
      this.connected = true;
      this.sent.pass(room.subarray(0, result));
      return;
    }
    if (result === EAGAIN && !this.finished) return;
    if (result === EPIPE && (this.finished || this.dead)) return;
    if (result === ENOTCONN && !this.connected) return;
    this.judgeDeath("send", result);
  }

  /** recv() of up to `length` bytes. True when there may be more. */
  recv(length: number): boolean {
    const result = this.host.recv(this.fd, length);
    if (result > 0) {
      this.connected = true;
      if (this.ended) this.fail("recv", result, "after the end of the stream");
      const wrong = this.received.check(this.host.room(result));
      if (wrong >= 0) throw new ModelError(`${this.name}: byte ${wrong} of the stream is wrong`);
      if (this.received.position > this.peer.sent.position)
        throw new ModelError(`${this.name}: more came than was sent`);
      return true;
    }
    if (result === EAGAIN) {
      if (this.ended) this.fail("recv", result, "after the end of the stream");
      return false;
    }
    if (result === 0) {
      this.judgeEnd();
      return false;
    }
    if (result === ENOTCONN && !this.connected) return false;
    this.judgeDeath("recv", result);
    return false;
  }

  shutdown(how: number): void {
    const result = this.host.shutdown(this.fd, how);
    if (result === 0) this.finished = true;
    // When both directions are closed there is no connection any more.
    else if (result === ENOTCONN && (this.dead || this.mayBeReset || (this.finished && this.peer.done))) return;
    else this.judgeDeath("shutdown", result);
  }

  close(): void {
    const result = this.host.close(this.fd);
    if (result !== 0) this.fail("close", result, "");
    this.closed = true;
    this.closedAt = this.host.world.now;
  }

  abort(): void {
    const result = this.host.lingerZero(this.fd);
    if (result !== 0) this.fail("SO_LINGER", result, "");
    this.aborted = true;
    this.close();
  }

  /** What must be true at the very end, after everything was read that came. */
  judgeFinally(): void {
    const { peer } = this;
    if (this.fd < 0 || this.dead || this.mayBeReset || this.aborted || peer.mayBeReset || !peer.connected) return;
    if (this.closed && !this.ended) return;
    if (!this.ended) throw new ModelError(`${this.name}: the peer has closed, and the stream did not end`);
    if (this.received.position !== peer.sent.position) {
      throw new ModelError(`${this.name}: ${this.received.position} of ${peer.sent.position} bytes came`);
    }
    if (this.received.digest() !== peer.sent.digest()) throw new ModelError(`${this.name}: SHA-256 differs`);
  }

  /** A call said that the connection has ended badly. */
  judgeDeath(call: string, result: number): void {
    const known = result === ECONNRESET || result === EPIPE || result === ECONNREFUSED;
    if (!known || !(this.mayBeReset || this.dead)) this.fail(call, result, "and nobody reset the connection");
    if (result === ECONNREFUSED && this.connected) this.fail(call, result, "on a connection that was there");
    this.dead = true;
  }

  private judgeEnd(): void {
    const { peer } = this;
    if (this.dead || this.ended) {
      this.ended = true;
      return;
    }
    // A reset that a send() has not told yet reads as an end.
    if (this.mayBeReset && !peer.finished) return;
    if (!peer.finished && !peer.closed) throw new ModelError(`${this.name}: the stream ended, and nobody closed it`);
    if (!this.mayBeReset && this.received.position !== peer.sent.position) {
      throw new ModelError(
        `${this.name}: the stream ended after ${this.received.position} of ${peer.sent.position} bytes`,
      );
    }
    this.ended = true;
  }

  private fail(call: string, result: number, why: string): never {
    throw new ModelError(`${this.name}: ${call} answered ${describeResult(result)} ${why}`);
  }
}
