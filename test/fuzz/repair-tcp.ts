/** The checksum of a TCP segment that a mutation has changed. */
import { concat, internetChecksum, u16 } from "../harness/bytes.js";
import { PROTOCOL_TCP } from "../harness/packets.js";

/** The segment's checksum made right, in an IP payload of protocol 6. */
export function repairTcp(source: Uint8Array, destination: Uint8Array, segment: Uint8Array): void {
  if (segment.length < 20) return;
  segment[16] = 0;
  segment[17] = 0;
  const pseudo = concat(source, destination, Uint8Array.of(0, PROTOCOL_TCP), u16(segment.length));
  const sum = internetChecksum(pseudo, segment);
  segment[16] = sum >>> 8;
  segment[17] = sum;
}
