/**
 * What a DHCP server has given, or offers: address, mask, router, servers, MTU, times. Checked before anything of it is used: a
 * message with values that cannot be is dropped as a whole; a router or a server that cannot be is left out.
 */
import { Be } from "../../base/be";
import { BROADCAST_ADDRESS } from "../../link/interface";
import { ETHERNET_MTU } from "../../wire/ethernet";
import { Ipv4Address } from "../../wire/ipv4";
import {
  DHCP_LEASE,
  DHCP_MASK,
  DHCP_MTU,
  DHCP_NAME_SERVERS,
  DHCP_REBINDING,
  DHCP_RENEWAL,
  DHCP_ROUTERS,
  DHCP_SERVER,
  DHCP_TIME_SERVERS,
  DhcpOptions,
} from "./options";

/** A lease of this many seconds never ends (RFC 2131 §3.3). */
export const DHCP_INFINITE: u32 = 0xffffffff;
/** Name servers that are kept. */
export const DHCP_NAME_SERVERS_MAX: i32 = 3;
/** Smallest MTU that is believed: the datagram that everybody must take (RFC 791 §3.2). */
const MTU_MIN: u32 = 576;

@unmanaged
@final
export class Lease {
  /** Addresses, network order; 0 = none. */
  address: u32;
  mask: u32;
  gateway: u32;
  /** Who gave it (option 54). */
  server: u32;
  nameServer0: u32;
  nameServer1: u32;
  nameServer2: u32;
  timeServer: u32;
  /** Seconds; DHCP_INFINITE = for ever. */
  seconds: u32;
  /** T1 and T2, seconds. */
  renewal: u32;
  rebinding: u32;
  /** Bytes. */
  mtu: u32;

  @inline static at(p: usize): Lease {
    return changetype<Lease>(p);
  }

  /**
   * Takes over the options collected by DhcpOptions.
   * @param address yiaddr, network order
   * @returns false when they make no lease: nothing was changed
   * @see RFC 2131 §4.4.1, §4.4.5; RFC 2132 §3.3, §3.5
   */
  take(address: u32): bool {
    const server = DhcpOptions.wordBe(DHCP_SERVER, 0);
    const seconds = Be.swap32(DhcpOptions.wordBe(DHCP_LEASE, 0));
    if (!Ipv4Address.isUnicast(address) || !Ipv4Address.isUnicast(server) || !seconds) return false;
    const mask = DhcpOptions.has(DHCP_MASK) ? DhcpOptions.wordBe(DHCP_MASK, 0) : Lease.classMask(address);
    const hostBits = ~Be.swap32(mask);
    if (!mask || (hostBits & (hostBits + 1)) != 0) return false;
    if (!Lease.isHost(address, mask)) return false;
    this.address = address;
    this.mask = mask;
    this.server = server;
    this.seconds = seconds;
    const router = DhcpOptions.wordBe(DHCP_ROUTERS, 0);
    const reachable = router != address && ((router ^ address) & mask) == 0 && Lease.isHost(router, mask);
    this.gateway = reachable ? router : 0;
    this.nameServer0 = Lease.serverOf(DHCP_NAME_SERVERS, 0);
    this.nameServer1 = Lease.serverOf(DHCP_NAME_SERVERS, 1);
    this.nameServer2 = Lease.serverOf(DHCP_NAME_SERVERS, 2);
    this.timeServer = Lease.serverOf(DHCP_TIME_SERVERS, 0);
    const mtu = Be.swap16(DhcpOptions.wordBe(DHCP_MTU, 0));
    this.mtu = mtu >= MTU_MIN && mtu < ETHERNET_MTU ? mtu : ETHERNET_MTU;
    this.takeTimes();
    return true;
  }

  /** T1 and T2 as the server says when they are in order, else half and seven eighths of the lease. */
  private takeTimes(): void {
    const seconds = this.seconds;
    const renewal = Be.swap32(DhcpOptions.wordBe(DHCP_RENEWAL, 0));
    const rebinding = Be.swap32(DhcpOptions.wordBe(DHCP_REBINDING, 0));
    const inOrder = renewal != 0 && renewal < rebinding && rebinding < seconds;
    this.renewal = inOrder ? renewal : seconds >>> 1;
    this.rebinding = inOrder ? rebinding : seconds - (seconds >>> 3);
  }

  /** Server `index` of an option; 0 when it has none there, or one that cannot be. */
  private static serverOf(option: u32, index: u32): u32 {
    const address = DhcpOptions.wordBe(option, index);
    return Ipv4Address.isUnicast(address) ? address : 0;
  }

  /** True when a host can have `address`: not the subnet's own address and not its broadcast. */
  private static isHost(address: u32, mask: u32): bool {
    if (!Ipv4Address.isUnicast(address)) return false;
    if (~Be.swap32(mask) <= 1) return true;
    return (address & ~mask) != 0 && (address | mask) != BROADCAST_ADDRESS;
  }

  /** The mask of the address's class, for servers that send none (RFC 950 §2.1). */
  private static classMask(address: u32): u32 {
    const first = address & 0xff;
    return first < 128 ? 0xff : first < 192 ? 0xffff : 0xffffff;
  }
}
