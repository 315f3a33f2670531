/**
 * IGMP messages (RFC 3376 §4; RFC 2236 §2; RFC 1112, appendix I). Every message begins with the first two words; a query of
 * version 3 has twelve bytes and sources behind them, a report of version 3 has group records in their place.
 *
 *      0                   1                   2                   3
 *      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *     +---------------+---------------+-------------------------------+
 *     |     type      | max resp code |           checksum            | +0
 *     +---------------+---------------+-------------------------------+
 *     |               group; report v3: 0, number of records          | +4
 *     +-------+-+-----+---------------+-------------------------------+
 *     | resv  |S| QRV |     QQIC      |       number of sources       | +8   query v3
 *     +-------+-+-----+---------------+-------------------------------+
 *     |                      sources, 4 bytes each                    | +12  query v3
 *     +---------------------------------------------------------------+
 *
 * A group record of a report:
 *
 *     +---------------+---------------+-------------------------------+
 *     |  record type  | aux data len  |       number of sources       | +0
 *     +---------------+---------------+-------------------------------+
 *     |                             group                             | +4
 *     +---------------------------------------------------------------+
 *     |                      sources, 4 bytes each                    | +8
 *     +---------------------------------------------------------------+
 */
import { Be } from "../base/be";

/** Types of messages. */
export const IGMP_QUERY: u32 = 0x11;
export const IGMP_REPORT_V1: u32 = 0x12;
export const IGMP_REPORT_V2: u32 = 0x16;
export const IGMP_LEAVE: u32 = 0x17;
export const IGMP_REPORT_V3: u32 = 0x22;

/** Types of group records (§4.2.12). */
export const RECORD_IS_INCLUDE: u32 = 1;
export const RECORD_IS_EXCLUDE: u32 = 2;
export const RECORD_TO_INCLUDE: u32 = 3;
export const RECORD_TO_EXCLUDE: u32 = 4;
export const RECORD_ALLOW: u32 = 5;
export const RECORD_BLOCK: u32 = 6;

/** Bytes of a message of versions 1 and 2, and of what is before the records of a report. */
export const IGMP_BYTES: u32 = 8;
/** Bytes of a query of version 3 without sources. */
export const IGMP_QUERY_V3_BYTES: u32 = 12;
/** Bytes of a group record without sources. */
export const IGMP_RECORD_BYTES: u32 = 8;

const CODE: usize = 1;
const GROUP: usize = 4;
const ROBUSTNESS: usize = 8;
const INTERVAL: usize = 9;
const SOURCES: usize = 10;
const FIRST_SOURCE: usize = 12;

@unmanaged
@final
export class IgmpMessage {
  /** Lays the view over `p`: usize → u8[8 or more], 4-aligned. */
  @inline static at(p: usize): IgmpMessage {
    return changetype<IgmpMessage>(p);
  }

  @inline type(): u32 {
    return load<u8>(changetype<usize>(this));
  }

  /** Max Resp Code; 0 in version 1. */
  @inline code(): u32 {
    return load<u8>(changetype<usize>(this), CODE);
  }

  /** Group, network order; 0 in a general query. */
  @inline groupBe(): u32 {
    return load<u32>(changetype<usize>(this), GROUP);
  }

  // ---- queries of version 3: the caller has checked that they have IGMP_QUERY_V3_BYTES ----

  /** The querier's robustness variable, 0 = it says nothing. */
  @inline robustness(): u32 {
    return <u32>load<u8>(changetype<usize>(this), ROBUSTNESS) & 7;
  }

  /** Querier's Query Interval Code. */
  @inline intervalCode(): u32 {
    return load<u8>(changetype<usize>(this), INTERVAL);
  }

  @inline sourceCount(): u32 {
    return Be.swap16(load<u16>(changetype<usize>(this), SOURCES));
  }

  /** Source `index`, network order. */
  @inline sourceBe(index: u32): u32 {
    return load<u32>(changetype<usize>(this) + (index << 2), FIRST_SOURCE);
  }

  /** The number that a Max Resp Code or a QQIC of version 3 stands for: itself below 128, a small float above (§4.1.1, §4.1.7). */
  static decode(code: u32): u32 {
    return code < 128 ? code : ((code & 15) | 16) << (((code >>> 4) & 7) + 3);
  }
}
