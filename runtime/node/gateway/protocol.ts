/** How a transport protocol plugs into the gateway. */
import type { Datagram } from "./frames.js";

/** What the gateway offers a protocol. */
export interface GatewayHost {
  /** The gateway's address and the node's, host order. */
  readonly address: number;
  readonly node: number;
  /** Largest IP packet, bytes. */
  readonly mtu: number;
  /** Sends a datagram to the node, from the gateway's address unless `src` says another; in fragments if need be. */
  sendDatagram(protocol: number, payload: Uint8Array, src?: number): void;
  /** Answers `datagram` with an ICMP message of type 3 (destination unreachable). */
  unreachable(datagram: Datagram, code: number): void;
}

export interface GatewayProtocol {
  /** IP protocol number. */
  readonly number: number;
  /** Whether datagrams to an address that is not the gateway's may come; none may without this. */
  reaches?(address: number): boolean;
  /** A whole datagram from the node to the gateway's address, or to one that the protocol reaches. */
  input(datagram: Datagram): void;
  close(): Promise<void>;
}

/** A port of this machine whose traffic goes to a port of the node. */
export interface PortForward {
  readonly protocol: "udp" | "tcp";
  /** On 127.0.0.1; 0 for any free one. */
  readonly hostPort: number;
  readonly guestPort: number;
}

/** ICMP codes of type 3. */
export const UNREACHABLE_NETWORK = 0;
export const UNREACHABLE_HOST = 1;
export const UNREACHABLE_PORT = 3;
export const UNREACHABLE_PROTOCOL = 2;
export const UNREACHABLE_PROHIBITED = 13;
