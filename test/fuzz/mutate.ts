/** Mutations of frames: seeded, so that a number repeats a run. */
import { internetChecksum } from "../harness/bytes.js";
import { repairTcp } from "./repair-tcp.js";

/** A small fast generator (xorshift32); not for anything but tests. */
export class Dice {
  private state: number;

  constructor(seed: number) {
    this.state = (seed ^ 0x9e37_79b9) >>> 0 || 1;
  }

  /** 0 ≤ result < `sides`. */
  roll(sides: number): number {
    let x = this.state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.state = x >>> 0;
    return this.state % sides;
  }

  pick<T>(list: readonly T[]): T {
    return list[this.roll(list.length)];
  }
}

const INTERESTING = [0, 1, 2, 3, 4, 5, 7, 8, 15, 16, 19, 20, 27, 28, 40, 63, 64, 127, 128, 129, 255];
const ETHERNET = 14;

/** A changed copy of `frame`. Half of the time the checksums are made right again, so that deeper code is reached. */
export function mutate(frame: Uint8Array, corpus: readonly Uint8Array[], dice: Dice): Uint8Array {
  let result: Uint8Array = Uint8Array.from(frame);
  for (let rounds = 1 + dice.roll(4); rounds > 0; rounds--) result = mutateOnce(result, corpus, dice);
  if (dice.roll(2) === 0) repair(result);
  return result;
}

function mutateOnce(frame: Uint8Array, corpus: readonly Uint8Array[], dice: Dice): Uint8Array {
  const length = Math.max(1, frame.length);
  // Headers are more interesting than payload.
  const place = dice.roll(3) === 0 ? dice.roll(length) : Math.min(length - 1, dice.roll(60));
  switch (dice.roll(8)) {
    case 0:
      if (frame.length > 0) frame[place] ^= 1 << dice.roll(8);
      return frame;
    case 1:
      if (frame.length > 0) frame[place] = dice.roll(256);
      return frame;
    case 2:
      if (frame.length > 0) frame[place] = dice.pick(INTERESTING);
      return frame;
    case 3: // two bytes at once: lengths and offsets
      if (frame.length > place + 1) {
        const value = dice.roll(2) === 0 ? dice.roll(65_536) : dice.pick(INTERESTING);
        frame[place] = value >>> 8;
        frame[place + 1] = value;
      }
      return frame;
    case 4: // cut
      return frame.slice(0, 1 + dice.roll(length)); // an empty frame does not exist on a wire
    case 5: {
      // grow
      const grown = new Uint8Array(Math.min(1514, frame.length + dice.roll(200)));
      grown.set(frame.subarray(0, grown.length));
      for (let i = frame.length; i < grown.length; i++) grown[i] = dice.roll(256);
      return grown;
    }
    case 6: {
      // the head of one, the tail of another
      const other = dice.pick(corpus);
      const cut = dice.roll(Math.min(frame.length, other.length) + 1);
      const joined = Uint8Array.from(other);
      joined.set(frame.subarray(0, cut));
      return joined;
    }
    default: // IHL, total length, fragment word, protocol
      if (frame.length > ETHERNET + 20) {
        const field = dice.roll(4);
        if (field === 0) frame[ETHERNET] = 0x40 | dice.roll(16);
        else if (field === 1) frame[ETHERNET + 3] = dice.roll(256);
        else if (field === 2) frame[ETHERNET + 6 + dice.roll(2)] = dice.roll(256);
        else frame[ETHERNET + 9] = dice.pick([0, 1, 2, 4, 6, 17, 41, 253, 255]);
      }
      return frame;
  }
}

/** Makes the IPv4, ICMP, UDP and TCP checksums right as far as the lengths make sense. */
function repair(frame: Uint8Array): void {
  if (frame.length < ETHERNET + 20 || frame[12] !== 8 || frame[13] !== 0) return;
  const ip = frame.subarray(ETHERNET);
  const headerBytes = (ip[0] & 15) * 4;
  if (headerBytes < 20 || headerBytes > ip.length) return;
  put16(ip, 10, 0);
  put16(ip, 10, internetChecksum(ip.subarray(0, headerBytes)));
  const total = Math.min(ip.length, (ip[2] << 8) | ip[3]);
  if (total < headerBytes + 8) return;
  const payload = ip.subarray(headerBytes, total);
  if (ip[9] === 1) {
    put16(payload, 2, 0);
    put16(payload, 2, internetChecksum(payload));
  } else if (ip[9] === 6) repairTcp(ip.subarray(12, 16), ip.subarray(16, 20), payload);
  else if (ip[9] === 17) {
    const length = (payload[4] << 8) | payload[5];
    if (length < 8 || length > payload.length) return;
    put16(payload, 6, 0);
    const pseudo = Uint8Array.of(...ip.subarray(12, 20), 0, 17, payload[4], payload[5]);
    put16(payload, 6, internetChecksum(pseudo, payload.subarray(0, length)) || 0xffff);
  }
}

function put16(bytes: Uint8Array, offset: number, value: number): void {
  bytes[offset] = value >>> 8;
  bytes[offset + 1] = value;
}
