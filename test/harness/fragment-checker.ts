/** Puts the fragments that the stack sends together again, and checks what they carry. */
import { concat } from "./bytes.js";
import { ethernet, ipv4 } from "./packets.js";
import { type Packet, parseFrame } from "./parse.js";

interface Pieces {
  readonly parts: Map<number, Uint8Array>;
  last: number | undefined;
}

export class FragmentChecker {
  private readonly datagrams = new Map<string, Pieces>();

  /** Takes a fragment; the whole datagram as a packet (with its problems) when it is complete. */
  add(packet: Packet): Packet | undefined {
    const ip = packet.ip;
    if (ip === undefined || (!ip.mf && ip.offset === 0)) return undefined;
    const key = `${ip.src} ${ip.dst} ${ip.id} ${ip.protocol}`;
    const pieces = this.datagrams.get(key) ?? { parts: new Map(), last: undefined };
    this.datagrams.set(key, pieces);
    pieces.parts.set(ip.offset, ip.payload);
    if (!ip.mf) pieces.last = ip.offset + ip.payload.length;
    const whole: Uint8Array[] = [];
    let offset = 0;
    for (let part = pieces.parts.get(0); part !== undefined; part = pieces.parts.get(offset)) {
      whole.push(part);
      offset += part.length;
      if (part.length === 0) break;
    }
    if (pieces.last === undefined || offset !== pieces.last) return undefined;
    this.datagrams.delete(key);
    const { src, final: dst, protocol, ttl, tos, id } = ip;
    const datagram = ipv4({ src, dst, protocol, ttl, tos, id }, concat(...whole));
    const joined = parseFrame(ethernet({ dst: packet.eth.dst, src: packet.eth.src }, datagram));
    // It is longer than a frame may be, which is the point of fragments.
    return { ...joined, problems: joined.problems.filter((problem) => !problem.includes("Ethernet allows")) };
  }

  /** Datagrams of which only some fragments came. */
  get incomplete(): number {
    return this.datagrams.size;
  }
}
