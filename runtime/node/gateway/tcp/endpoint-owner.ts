/** What an endpoint needs to know, and what it tells. */
import type { Segment } from "./segment.js";

/** What the owner of an endpoint hears. */
export interface EndpointOwner {
  /** A segment for the node. */
  send(segment: Segment): void;
  /** The handshake is complete. */
  connected(): void;
  /** Bytes of the node, in order. Each is to be reported with `consumed` once it has gone on. */
  data(bytes: Uint8Array): void;
  /** The node sends no more. */
  ended(): void;
  /** Bytes written have been acknowledged: there is room for more. */
  room(): void;
  /** The connection is over; nothing more is heard of it. */
  closed(how: EndpointEnd): void;
}

/**
 * finished: both sides have ended and everything is acknowledged. reset: the node has sent a reset. silent: the node has stopped
 * answering.
 */
export type EndpointEnd = "finished" | "reset" | "silent";

export interface EndpointOptions {
  readonly localPort: number;
  readonly remotePort: number;
  /** Initial sequence number. */
  readonly iss: number;
  /** Largest IP packet, bytes. */
  readonly mtu: number;
}
