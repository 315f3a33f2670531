/**
 * IPv4 options (RFC 791 §3.1):
 *
 *     type, one byte                            END, NOP
 *     type, length, data                        all others; the length counts type and length too
 *     type, length, pointer, u32[]              routes: the pointer (from 1) leads to the next address
 *     type, length, pointer, overflow, u32[]    timestamps: hosts without room, then what is noted, in four bits each
 */

export const IPV4_OPTION_END: u32 = 0;
export const IPV4_OPTION_NOP: u32 = 1;
export const IPV4_OPTION_RECORD_ROUTE: u32 = 7;
export const IPV4_OPTION_TIMESTAMP: u32 = 68;
export const IPV4_OPTION_LOOSE_ROUTE: u32 = 131;
export const IPV4_OPTION_STRICT_ROUTE: u32 = 137;
/** RFC 2113. */
export const IPV4_OPTION_ROUTER_ALERT: u32 = 148;
/** Bit of the type of an option that is in every fragment. */
export const IPV4_OPTION_COPIED: u32 = 0x80;
/** Bytes of all options together. */
export const IPV4_OPTIONS_MAX_BYTES: u32 = 40;
