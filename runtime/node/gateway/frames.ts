/** The few packets that the gateway reads and writes: Ethernet, ARP, IPv4, ICMP, UDP. TCP is in tcp/segment.ts. */

export const ETHERTYPE_IPV4 = 0x0800;
export const ETHERTYPE_ARP = 0x0806;
export const PROTOCOL_ICMP = 1;
export const PROTOCOL_TCP = 6;
export const PROTOCOL_UDP = 17;
export const BROADCAST = Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0xff, 0xff);

const ETHERNET_BYTES = 14;
const MINIMUM_FRAME = 60;
const IPV4_BYTES = 20;
const MORE_FRAGMENTS = 0x2000;

/** IPv4 addresses are numbers in host order here. */
export function parseAddress(text: string): number {
  const parts = text.split(".").map(Number);
  if (parts.length !== 4 || parts.some((part) => !(Number.isInteger(part) && part >= 0 && part <= 255))) {
    throw new RangeError(`"${text}" is no IPv4 address`);
  }
  return parts.reduce((address, part) => address * 256 + part, 0);
}

export function formatAddress(address: number): string {
  return [24, 16, 8, 0].map((shift) => (address >>> shift) & 0xff).join(".");
}

/** The bytes as big-endian numbers. */
export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** Internet checksum (RFC 1071) of `bytes`, on top of `sum`; 0 over data whose checksum is right. */
export function checksum(bytes: Uint8Array, sum = 0): number {
  let total = sum;
  for (let i = 0; i + 1 < bytes.length; i += 2) total += (bytes[i] << 8) | bytes[i + 1];
  if (bytes.length & 1) total += bytes[bytes.length - 1] << 8;
  while (total > 0xffff) total = (total & 0xffff) + (total >>> 16);
  return ~total & 0xffff;
}

/** A frame, padded to 60 bytes. */
export function frame(dst: Uint8Array, src: Uint8Array, type: number, payload: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(Math.max(MINIMUM_FRAME, ETHERNET_BYTES + payload.length));
  bytes.set(dst, 0);
  bytes.set(src, 6);
  viewOf(bytes).setUint16(12, type);
  bytes.set(payload, ETHERNET_BYTES);
  return bytes;
}

export interface Arp {
  readonly operation: number;
  readonly senderMac: Uint8Array;
  readonly sender: number;
  readonly target: number;
}

/** An ARP packet for IPv4 over Ethernet, or undefined. */
export function readArp(payload: Uint8Array): Arp | undefined {
  if (payload.length < 28) return undefined;
  const view = viewOf(payload);
  if (view.getUint32(0) !== 0x0001_0800 || view.getUint16(4) !== 0x0604) return undefined;
  return {
    operation: view.getUint16(6),
    senderMac: payload.slice(8, 14),
    sender: view.getUint32(14),
    target: view.getUint32(24),
  };
}

export function writeArp(
  operation: number,
  senderMac: Uint8Array,
  sender: number,
  targetMac: Uint8Array,
  target: number,
): Uint8Array {
  const packet = new Uint8Array(28);
  const view = viewOf(packet);
  view.setUint32(0, 0x0001_0800);
  view.setUint16(4, 0x0604);
  view.setUint16(6, operation);
  packet.set(senderMac, 8);
  view.setUint32(14, sender);
  packet.set(targetMac, 18);
  view.setUint32(24, target);
  return packet;
}

/** A datagram, or a fragment of one. */
export interface Datagram {
  readonly src: number;
  readonly dst: number;
  readonly protocol: number;
  readonly id: number;
  /** Bytes. */
  readonly offset: number;
  readonly more: boolean;
  /** Header as it came. */
  readonly header: Uint8Array;
  readonly payload: Uint8Array;
}

/** The datagram in a frame's payload, or undefined when its header is wrong. */
export function readDatagram(packet: Uint8Array): Datagram | undefined {
  if (packet.length < IPV4_BYTES || packet[0] >> 4 !== 4) return undefined;
  const headerBytes = (packet[0] & 15) * 4;
  const view = viewOf(packet);
  const length = view.getUint16(2);
  if (headerBytes < IPV4_BYTES || length < headerBytes || length > packet.length) return undefined;
  const header = packet.slice(0, headerBytes);
  if (checksum(header) !== 0) return undefined;
  const word = view.getUint16(6);
  return {
    src: view.getUint32(12),
    dst: view.getUint32(16),
    protocol: packet[9],
    id: view.getUint16(4),
    offset: (word & 0x1fff) * 8,
    more: (word & MORE_FRAGMENTS) !== 0,
    header,
    payload: packet.slice(headerBytes, length),
  };
}

/** A datagram as packets of at most `mtu` bytes: one, or its fragments. */
export function writeDatagrams(
  src: number,
  dst: number,
  protocol: number,
  id: number,
  payload: Uint8Array,
  mtu: number,
): Uint8Array[] {
  const size = payload.length + IPV4_BYTES <= mtu ? payload.length : (mtu - IPV4_BYTES) & ~7;
  const packets: Uint8Array[] = [];
  let offset = 0;
  do {
    const part = payload.subarray(offset, offset + size);
    const more = offset + part.length < payload.length;
    const packet = new Uint8Array(IPV4_BYTES + part.length);
    const view = viewOf(packet);
    view.setUint16(0, 0x4500);
    view.setUint16(2, packet.length);
    view.setUint16(4, id);
    view.setUint16(6, (more ? MORE_FRAGMENTS : 0) | (offset >>> 3));
    view.setUint16(8, 0x4000 | protocol);
    view.setUint32(12, src);
    view.setUint32(16, dst);
    view.setUint16(10, checksum(packet.subarray(0, IPV4_BYTES)));
    packet.set(part, IPV4_BYTES);
    packets.push(packet);
    offset += size;
  } while (offset < payload.length);
  return packets;
}

/** Sum of the pseudo-header that UDP and TCP begin with, for `checksum`. */
export function pseudoSum(src: number, dst: number, protocol: number, length: number): number {
  return (src >>> 16) + (src & 0xffff) + (dst >>> 16) + (dst & 0xffff) + protocol + length;
}

export interface Udp {
  readonly srcPort: number;
  readonly dstPort: number;
  readonly payload: Uint8Array;
}

/** The UDP datagram in an IP payload, or undefined when its length or checksum is wrong. */
export function readUdp(datagram: Datagram): Udp | undefined {
  const { payload, src, dst } = datagram;
  if (payload.length < 8) return undefined;
  const view = viewOf(payload);
  const length = view.getUint16(4);
  if (length < 8 || length > payload.length) return undefined;
  const whole = payload.subarray(0, length);
  if (view.getUint16(6) !== 0 && checksum(whole, pseudoSum(src, dst, PROTOCOL_UDP, length)) !== 0) return undefined;
  return { srcPort: view.getUint16(0), dstPort: view.getUint16(2), payload: whole.slice(8) };
}

export function writeUdp(src: number, dst: number, srcPort: number, dstPort: number, payload: Uint8Array): Uint8Array {
  const datagram = new Uint8Array(8 + payload.length);
  const view = viewOf(datagram);
  view.setUint16(0, srcPort);
  view.setUint16(2, dstPort);
  view.setUint16(4, datagram.length);
  datagram.set(payload, 8);
  view.setUint16(6, checksum(datagram, pseudoSum(src, dst, PROTOCOL_UDP, datagram.length)) || 0xffff);
  return datagram;
}

/** An ICMP message with a right checksum. */
export function writeIcmp(type: number, code: number, rest: Uint8Array, payload: Uint8Array): Uint8Array {
  const message = new Uint8Array(8 + payload.length);
  message[0] = type;
  message[1] = code;
  message.set(rest, 4);
  message.set(payload, 8);
  viewOf(message).setUint16(2, checksum(message));
  return message;
}
