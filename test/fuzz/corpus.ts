/** Well-formed frames of every kind that the stack knows, as seeds for mutation. */

import { pattern } from "../harness/bytes.js";
import { arp, BROADCAST_MAC, ethernet, fragments, icmp, ipv4, quote, udp } from "../harness/packets.js";
import { tcpSegment } from "../harness/tcp-segment.js";

export const US = { mac: "02:00:00:00:00:01", ip: "10.0.2.15" };
export const PEER = { mac: "02:00:00:00:00:99", ip: "10.0.2.2" };
/** Port of the socket that is open during the run. */
export const OPEN_PORT = 7;

const between = { src: PEER.ip, dst: US.ip };
const frameHeader = { dst: US.mac, src: PEER.mac };

function datagram(size: number, port: number): Uint8Array {
  return udp({ ...between, srcPort: 5555, dstPort: port }, pattern(size));
}

/** An echo request with `size` bytes of data. */
export function echoRequest(size: number, sequence = 1): Uint8Array {
  return ethernet(frameHeader, ipv4({ ...between, protocol: 1 }, icmp({ type: 8, id: 77, sequence }, pattern(size))));
}

/** A datagram of `size` bytes to the open port. */
export function udpToOpenPort(size: number): Uint8Array {
  return ethernet(frameHeader, ipv4({ ...between, protocol: 17 }, datagram(size, OPEN_PORT)));
}

/** The peer's ARP reply to us. */
export function arpReply(): Uint8Array {
  const fields = { operation: 2, sha: PEER.mac, spa: PEER.ip, tha: US.mac, tpa: US.ip };
  return ethernet({ ...frameHeader, type: 0x0806 }, arp(fields));
}

export function corpus(): Uint8Array[] {
  const ours = ipv4(
    { src: US.ip, dst: PEER.ip, protocol: 17 },
    udp({ src: US.ip, dst: PEER.ip, srcPort: 7, dstPort: 9 }, "x"),
  );
  const frames: Uint8Array[] = [
    arpReply(),
    ethernet(
      { dst: BROADCAST_MAC, src: PEER.mac, type: 0x0806 },
      arp({ operation: 1, sha: PEER.mac, spa: PEER.ip, tpa: US.ip }),
    ),
    ethernet(
      { dst: BROADCAST_MAC, src: PEER.mac, type: 0x0806 },
      arp({ operation: 1, sha: PEER.mac, spa: US.ip, tpa: US.ip }),
    ),
  ];
  for (const size of [0, 1, 3, 56, 1472]) frames.push(echoRequest(size));
  for (const size of [0, 1, 2, 63, 64, 512, 1472]) frames.push(udpToOpenPort(size));
  frames.push(ethernet(frameHeader, ipv4({ ...between, protocol: 17 }, datagram(20, 4242))));
  frames.push(ethernet(frameHeader, ipv4({ ...between, protocol: 253 }, pattern(40))));
  frames.push(ethernet(frameHeader, ipv4({ ...between, protocol: 4 }, ours)));
  frames.push(
    ethernet(
      { dst: BROADCAST_MAC, src: PEER.mac },
      ipv4(
        { src: PEER.ip, dst: "255.255.255.255", protocol: 17 },
        udp({ src: PEER.ip, dst: "255.255.255.255", srcPort: 68, dstPort: OPEN_PORT }, pattern(30)),
      ),
    ),
  );
  for (const options of [
    [1, 1, 1, 0],
    [7, 7, 4, 0, 0, 0, 0, 0],
    [0x83, 7, 4, 10, 0, 2, 2, 0],
    [0x44, 12, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0],
    [0x94, 4, 0, 0],
  ]) {
    frames.push(ethernet(frameHeader, ipv4({ ...between, protocol: 17, options }, datagram(24, OPEN_PORT))));
  }
  for (const size of [24, 800]) {
    for (const piece of fragments({ ...between, protocol: 17, id: 0x1234 }, datagram(1600, OPEN_PORT), size))
      frames.push(ethernet(frameHeader, piece));
  }
  for (const piece of fragments({ ...between, protocol: 1, id: 0x77 }, icmp({ type: 8, id: 1 }, pattern(1000)), 400))
    frames.push(ethernet(frameHeader, piece));
  for (const [type, code, rest] of [
    [3, 0, 0],
    [3, 1, 0],
    [3, 2, 0],
    [3, 3, 0],
    [3, 4, 600],
    [4, 0, 0],
    [5, 1, 0x0a000203],
    [11, 0, 0],
    [11, 1, 0],
    [12, 0, 0x14000000],
  ]) {
    frames.push(ethernet(frameHeader, ipv4({ ...between, protocol: 1 }, icmp({ type, code, rest }, quote(ours)))));
  }
  for (const type of [0, 13, 15, 17, 18]) {
    frames.push(ethernet(frameHeader, ipv4({ ...between, protocol: 1 }, icmp({ type, id: 5 }, pattern(12)))));
  }
  for (const [flags, length] of [
    ["S", 0],
    [".", 0],
    ["P.", 100],
    ["F.", 0],
    ["R", 0],
    ["SFRPU.", 40],
  ] as const) {
    const fields = { ...between, srcPort: 5555, dstPort: 80, seq: 1, flags };
    const options = [{ kind: "mss", value: 1460 }, { kind: "sackOK" }, { kind: "wscale", shift: 3 }] as const;
    frames.push(ethernet(frameHeader, ipv4({ ...between, protocol: 6 }, tcpSegment(fields, pattern(length)))));
    const segment = tcpSegment({ ...fields, options }, pattern(length));
    frames.push(ethernet(frameHeader, ipv4({ ...between, protocol: 6 }, segment)));
  }
  return frames;
}
