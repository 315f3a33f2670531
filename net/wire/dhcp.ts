/**
 * DHCP message (RFC 2131 §2), which is a BOOTP message (RFC 951) with options.
 *
 *      0                   1                   2                   3
 *      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *     +---------------+---------------+---------------+---------------+
 *     |      op       |     htype     |      hlen     |     hops      | +0
 *     +---------------+---------------+---------------+---------------+
 *     |                              xid                              | +4
 *     +-------------------------------+-------------------------------+
 *     |             secs              |             flags             | +8
 *     +-------------------------------+-------------------------------+
 *     |                            ciaddr                             | +12
 *     +---------------------------------------------------------------+
 *     |                            yiaddr                             | +16
 *     +---------------------------------------------------------------+
 *     |                            siaddr                             | +20
 *     +---------------------------------------------------------------+
 *     |                            giaddr                             | +24
 *     +---------------------------------------------------------------+
 *     |                       chaddr (16 bytes)                       | +28
 *     +---------------------------------------------------------------+
 *     |                       sname (64 bytes)                        | +44
 *     +---------------------------------------------------------------+
 *     |                       file (128 bytes)                        | +108
 *     +---------------------------------------------------------------+
 *     |                         magic cookie                          | +236
 *     +---------------------------------------------------------------+
 *     |                      options (variable)                       | +240
 *     +---------------------------------------------------------------+
 */

/** Bytes before the options. */
export const DHCP_FIXED_BYTES: u32 = 240;
/** Shortest message that every relay agent forwards (RFC 1542 §2.1). */
export const DHCP_MIN_BYTES: u32 = 300;

/** UDP ports of client and server, network order. */
export const DHCP_CLIENT_PORT_BE: u32 = 68 << 8;
export const DHCP_SERVER_PORT_BE: u32 = 67 << 8;

/** Option 53, kind of message (RFC 2132 §9.6). */
export const DHCP_DISCOVER: u32 = 1;
export const DHCP_OFFER: u32 = 2;
export const DHCP_REQUEST: u32 = 3;
export const DHCP_DECLINE: u32 = 4;
export const DHCP_ACK: u32 = 5;
export const DHCP_NAK: u32 = 6;

/** op, htype, hlen, hops of a request and of a reply over Ethernet, as they lie in memory. */
const REQUEST: u32 = 0x00_06_01_01;
const REPLY: u32 = 0x06_01_02;
/** Hops do not matter. */
const REPLY_MASK: u32 = 0x00_ff_ff_ff;
/** 99, 130, 83, 99 as they lie in memory. */
const MAGIC_COOKIE: u32 = 0x63_53_82_63;
/** The server is to answer by broadcast: without an address nothing else is received (RFC 2131 §4.1). */
const FLAG_BROADCAST: u32 = 0x0080;

const XID: usize = 4;
const SECS: usize = 8;
const FLAGS: usize = 10;
const CLIENT: usize = 12;
const YOUR: usize = 16;
const HARDWARE: usize = 28;
const SERVER_NAME: usize = 44;
const FILE: usize = 108;
const COOKIE: usize = 236;
const OPTIONS: usize = 240;

@unmanaged
@final
export class DhcpMessage {
  /** Lays the view over `p`: usize → u8[at least 240]. */
  @inline static at(p: usize): DhcpMessage {
    return changetype<DhcpMessage>(p);
  }

  /** True for a reply over Ethernet to transaction `xid` of the client with that MAC address; 240 bytes must be there. */
  isReplyTo(xid: u32, macLow: u32, macHigh: u32): bool {
    const at = changetype<usize>(this);
    return (
      (load<u32>(at) & REPLY_MASK) == REPLY &&
      load<u32>(at, XID) == xid &&
      load<u32>(at, HARDWARE) == macLow &&
      load<u16>(at, HARDWARE + 4) == <u16>macHigh &&
      load<u32>(at, COOKIE) == MAGIC_COOKIE
    );
  }

  /** The client's address, network order. */
  @inline yourBe(): u32 {
    return load<u32>(changetype<usize>(this), YOUR);
  }

  /** First byte of the options. */
  @inline options(): usize {
    return changetype<usize>(this) + OPTIONS;
  }

  /** Where the server's name is, or more options: usize → u8[64]. */
  @inline serverName(): usize {
    return changetype<usize>(this) + SERVER_NAME;
  }

  /** Where the boot file's name is, or more options: usize → u8[128]. */
  @inline file(): usize {
    return changetype<usize>(this) + FILE;
  }

  /**
   * Writes the fixed part of a request.
   * @param secondsBe since the client began, network order; @param clientBe ciaddr; @param broadcast the answer is to be broadcast
   */
  begin(xid: u32, secondsBe: u32, broadcast: bool, clientBe: u32, macLow: u32, macHigh: u32): void {
    const at = changetype<usize>(this);
    memory.fill(at, 0, <usize>DHCP_MIN_BYTES);
    store<u32>(at, REQUEST);
    store<u32>(at, xid, XID);
    store<u16>(at, <u16>secondsBe, SECS);
    if (broadcast) store<u16>(at, <u16>FLAG_BROADCAST, FLAGS);
    store<u32>(at, clientBe, CLIENT);
    store<u32>(at, macLow, HARDWARE);
    store<u16>(at, <u16>macHigh, HARDWARE + 4);
    store<u32>(at, MAGIC_COOKIE, COOKIE);
  }
}
