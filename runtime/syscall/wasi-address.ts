/**
 * The address record of the WAMR socket ABI: 24 bytes, everything little-endian.
 *
 *     +0 u32 kind: 0 = IPv4, 1 = IPv6
 *     +4 u8[4] address a.b.c.d        (IPv4)
 *     +8 u16 port, host order         (IPv4)
 */
import { guest_check, guest_load16, guest_load32, guest_store16, guest_store32 } from "../../hal/imports";
import { Be } from "../../net/base/be";
import { EAFNOSUPPORT, EFAULT, EPROTONOSUPPORT } from "../../net/base/errno";

/** Bytes of the record that an IPv4 address uses; the others are never touched. */
export const WASI_ADDRESS_IPV4_BYTES: u32 = 10;
const KIND_IPV4: u32 = 0;
const KIND_IPV6: u32 = 1;

export class WasiAddress {
  /** 0 when an IPv4 address lies at `guest`; EFAULT, EAFNOSUPPORT (IPv6) or EPROTONOSUPPORT (unknown kind). */
  @inline static check(task: i32, guest: usize): i32 {
    if (!guest_check(task, guest, WASI_ADDRESS_IPV4_BYTES)) return EFAULT;
    const kind = guest_load32(task, guest);
    if (kind != KIND_IPV4) return kind == KIND_IPV6 ? EAFNOSUPPORT : EPROTONOSUPPORT;
    return 0;
  }

  /** The address, network order. */
  @inline static address(task: i32, guest: usize): u32 {
    return guest_load32(task, guest + 4);
  }

  /** The port, network order. */
  @inline static port(task: i32, guest: usize): u32 {
    return Be.swap16(guest_load16(task, guest + 8));
  }

  /** The port, network order, in the high half of a word. */
  @inline static portHigh(task: i32, guest: usize): u32 {
    return Be.high16(guest_load16(task, guest + 8));
  }

  /** Writes an IPv4 address (address and port in network order); the caller has checked the range. */
  @inline static store(task: i32, guest: usize, address: u32, port: u32): void {
    guest_store32(task, guest, KIND_IPV4);
    guest_store32(task, guest + 4, address);
    guest_store16(task, guest + 8, Be.swap16(port));
  }
}
