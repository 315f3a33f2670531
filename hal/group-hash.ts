/**
 * The hash by which Ethernet chips choose among groups: the six upper bits of the CRC over the destination address (IEEE 802.3
 * §3.2.9, as it stands before its complement), each byte's lowest bit first. Two groups may have the same; the stack looks at what comes.
 */
const POLYNOMIAL: u32 = 0x04c11db7;
const ADDRESS_BITS: u32 = 48;
const CRC_BITS: u32 = 32;
const HASH_BITS: u32 = 6;

export class GroupHash {
  /**
   * @param macLow first four bytes of the address, memory order; @param macHigh the last two, in the low half
   * @returns 0 to 63
   */
  static of(macLow: u32, macHigh: u32): u32 {
    let crc: u32 = 0xffffffff;
    for (let i: u32 = 0; i < ADDRESS_BITS; i++) {
      const bit = ((i < 32 ? macLow : macHigh) >>> (i & 31)) & 1;
      const feedback = (crc >>> (CRC_BITS - 1)) ^ bit;
      crc = (crc << 1) ^ (feedback ? POLYNOMIAL : 0);
    }
    return crc >>> (CRC_BITS - HASH_BITS);
  }
}
