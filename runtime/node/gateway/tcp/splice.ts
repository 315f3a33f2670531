/** Joins an endpoint to a socket of this machine: bytes, ends and resets of one become those of the other, and neither is read faster than the other takes it. */
import type { Socket } from "node:net";
import type { TcpEndpoint } from "./endpoint.js";
import type { EndpointEnd, EndpointOwner } from "./endpoint-owner.js";
import type { Segment } from "./segment.js";

/** Bytes that may wait for the node before the socket is no longer read. */
const HIGH_WATER = 256 * 1024;
/** Below this it is read again. */
const LOW_WATER = 64 * 1024;

export interface SpliceOwner {
  send(segment: Segment): void;
  /** Endpoint and socket are done with each other; `finished`: both sides have ended in order. */
  over(finished: boolean): void;
}

export class Splice implements EndpointOwner {
  /** Set once, right after construction. */
  endpoint!: TcpEndpoint;
  /** Takes over an error of the socket before the splice has begun: true when the node has been told. */
  onFailure: (error: NodeJS.ErrnoException) => boolean = () => false;
  private begun = false;
  private isOver = false;

  constructor(
    private readonly socket: Socket,
    private readonly owner: SpliceOwner,
  ) {
    socket.on("error", (error: NodeJS.ErrnoException) => this.failed(error));
    socket.on("close", () => this.socketClosed());
  }

  /** Starts reading the socket, which is connected. */
  begin(): void {
    this.begun = true;
    this.socket.on("data", (bytes) => {
      this.endpoint.write(bytes);
      if (this.endpoint.queued > HIGH_WATER) this.socket.pause();
    });
    this.socket.on("end", () => this.endpoint.end());
  }

  send(segment: Segment): void {
    this.owner.send(segment);
  }

  connected(): void {}

  data(bytes: Uint8Array): void {
    this.socket.write(bytes, () => this.endpoint.consumed(bytes.length));
  }

  ended(): void {
    this.socket.end();
  }

  room(): void {
    if (this.endpoint.queued < LOW_WATER && this.socket.isPaused()) this.socket.resume();
  }

  closed(how: EndpointEnd): void {
    this.isOver = true;
    if (how !== "finished") this.reset();
    this.owner.over(how === "finished");
  }

  /** Lets the other end of the socket see a reset; a connection that is not there yet is given up. */
  private reset(): void {
    if (this.begun) this.socket.resetAndDestroy();
    else this.socket.destroy();
  }

  private failed(error: NodeJS.ErrnoException): void {
    if (this.isOver) return;
    this.isOver = true;
    if (!this.begun && this.onFailure(error)) this.endpoint.forget();
    else this.endpoint.abort();
    this.owner.over(false);
  }

  /** The socket is gone, in both directions. The endpoint goes on when it still has something to deliver. */
  private socketClosed(): void {
    if (this.isOver || this.socket.readableEnded) return;
    this.isOver = true;
    this.endpoint.abort();
    this.owner.over(false);
  }

  destroy(): void {
    this.isOver = true;
    this.socket.destroy();
  }
}
