/** Big-endian bytes and addresses, written for the tests apart from the stack's own code. */

/** Bytes as a test writes them: an array, a typed array, or ASCII text. */
export type Bytes = Uint8Array | readonly number[] | string;

export function bytes(value: Bytes): Uint8Array {
  return typeof value === "string" ? new TextEncoder().encode(value) : Uint8Array.from(value);
}

/** `length` bytes that differ from each other and from 0: 1, 2, … 250, 1, … */
export function pattern(length: number, first = 1): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => ((i + first - 1) % 250) + 1);
}

export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

export function hex(value: Uint8Array): string {
  return Buffer.from(value).toString("hex");
}

/** `02:00:00:00:00:01` → 6 bytes. */
export function macBytes(text: string): Uint8Array {
  const parts = text.split(":").map((part) => Number.parseInt(part, 16));
  if (parts.length !== 6 || parts.some((part) => !(part >= 0 && part <= 255))) throw new Error(`"${text}" is no MAC`);
  return Uint8Array.from(parts);
}

export function macText(value: Uint8Array): string {
  return Array.from(value, (byte) => byte.toString(16).padStart(2, "0")).join(":");
}

/** `10.0.2.15` → 4 bytes. */
export function ipBytes(text: string): Uint8Array {
  const parts = text.split(".").map(Number);
  if (parts.length !== 4 || parts.some((part) => !(Number.isInteger(part) && part >= 0 && part <= 255))) {
    throw new Error(`"${text}" is no IPv4 address`);
  }
  return Uint8Array.from(parts);
}

export function ipText(value: Uint8Array): string {
  return Array.from(value).join(".");
}

/** Address as the core takes it: network order in memory, so a little-endian load of the four bytes. */
export function ipWord(text: string): number {
  return new DataView(ipBytes(text).buffer).getUint32(0, true);
}

/** Address as a number in host order, to compute with. */
export function ipNumber(text: string): number {
  return new DataView(ipBytes(text).buffer).getUint32(0);
}

export function u16(value: number): Uint8Array {
  return Uint8Array.of((value >>> 8) & 0xff, value & 0xff);
}

export function u32(value: number): Uint8Array {
  return Uint8Array.of((value >>> 24) & 0xff, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff);
}

/**
 * The Internet checksum (RFC 1071) of `parts` one after the other, as the 16-bit number that stands in the header.
 * Over data that contains a right checksum it is 0.
 */
export function internetChecksum(...parts: readonly Uint8Array[]): number {
  const data = concat(...parts);
  let sum = 0;
  for (let i = 0; i < data.length; i += 2) sum += (data[i] << 8) | (data[i + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}
