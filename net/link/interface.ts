/**
 * Network interfaces: the loopback interface (always there, index 2) and one NIC (index 1). Each has its device and its
 * IPv4 configuration; all addresses are in network order.
 */
import {
  CONFIG_ETH_MAC_ADDRESS_HIGH,
  CONFIG_ETH_MAC_ADDRESS_LOW,
  CONFIG_NET_CONFIG_MY_IPV4_ADDR,
  CONFIG_NET_CONFIG_MY_IPV4_GW,
  CONFIG_NET_CONFIG_MY_IPV4_NETMASK,
  CONFIG_NET_DHCPV4,
  CONFIG_NET_FAST_PATHS,
  CONFIG_NET_IPV4_ACD,
  CONFIG_NET_LOOPBACK,
  CONFIG_NET_LOOPBACK_BUFFER,
  CONFIG_NET_SOCKETS_PACKET,
} from "../../config";
import { DEVICE_KIND_LOOPBACK, DEVICE_KIND_NIC, Device } from "../../hal/device";
import { host_mac_address } from "../../hal/imports";
import { Nic } from "../../hal/nic";
import { Be } from "../base/be";
import { EINVAL } from "../base/errno";
import { Text } from "../base/text";
import { ETHERNET_MTU } from "../wire/ethernet";
import { Ipv4Address } from "../wire/ipv4";
import { Conflict } from "./arp/conflict";
import { Neighbours } from "./neighbour";

/** Interface numbers as the application sees them. */
export const INTERFACE_NIC: i32 = 1;
export const INTERFACE_LOOPBACK: i32 = 2;

/** Limited broadcast, and a value that no interface's subnet broadcast takes by accident. */
export const BROADCAST_ADDRESS: u32 = 0xffffffff;
/** 127.0.0.1. */
export const LOOPBACK_ADDRESS: u32 = 0x0100007f;
/** 224.0.0.1, the group that every host is a member of (RFC 1112 §4). */
export const ALL_HOSTS_ADDRESS: u32 = 0x010000e0;

/** `NetInterface.mac01` while there is no address: no frame can match it. */
const NEVER: u32 = 0xffffffff;

@unmanaged
@final
export class NetInterface {
  /** usize → Device. */
  device: usize;
  /** Own address; 0 = none (then nothing but broadcasts is received, and nothing can be sent). */
  address: u32;
  mask: u32;
  /** Default gateway; 0 = none. */
  gateway: u32;
  /** Subnet broadcast; BROADCAST_ADDRESS when the subnet has none (masks of 31 and 32 bits). */
  broadcast: u32;
  /** 1 when the device answered its probe. */
  up: u32;

  // ---- for the fast path alone ----
  /** Own MAC as the destination of a frame lies in words 0 (high half) and 1. */
  mac01: u32;
  mac2345: u32;
  /** An address that is no martian while the addresses stay: the source of the last datagram. */
  private knownSource: u32;

  // ---- address conflict detection (RFC 5227), net/link/arp/conflict.ts ----
  /** CONFLICT_*. */
  conflictState: u32;
  /** Probes or announcements sent so far. */
  conflictCount: u32;
  /** Ticks of the next step. */
  conflictDeadline: u32;
  /** Ticks of the last defence; valid when conflictDefended is 1. */
  conflictDefendedAt: u32;
  conflictDefended: u32;
  /** Address, mask and gateway that are being probed. */
  candidateAddress: u32;
  candidateMask: u32;
  candidateGateway: u32;

  @inline static at(p: usize): NetInterface {
    return changetype<NetInterface>(p);
  }

  /** Its device. */
  @inline nic(): Device {
    return Device.at(this.device);
  }

  /** True when `addressBe` is on this subnet. */
  @inline isOnLink(addressBe: u32): bool {
    return ((addressBe ^ this.address) & this.mask) == 0 && this.address != 0;
  }

  /** True when `sourceBe` is no martian, without asking again about the one that sent the last datagram. */
  @inline isPossibleSource(sourceBe: u32): bool {
    if (sourceBe == this.knownSource) return true;
    if (this.isMartianSource(sourceBe)) return false;
    this.knownSource = sourceBe;
    return true;
  }

  /** The addresses have changed: what the fast path compares with follows. */
  notePlain(): void {
    const device = this.nic();
    this.forgetSource();
    this.mac01 = this.address ? device.macLow & 0xffff : NEVER;
    this.mac2345 = (device.macLow >>> 16) | (device.macHigh << 16);
  }

  /** Known is then one of 1.1.1.1, 2.2.2.2 and 3.3.3.3: own and broadcast address are not all of them. */
  private forgetSource(): void {
    let source: u32 = 0x01010101;
    while (this.isMartianSource(source)) source += 0x01010101;
    this.knownSource = source;
  }

  /**
   * True for source addresses that no datagram from the wire may have (RFC 1122 §3.2.1.3): 0/8, 127/8, multicast and
   * above, our own, the subnet's broadcast.
   */
  @inline isMartianSource(sourceBe: u32): bool {
    return !Ipv4Address.isUnicast(sourceBe) || sourceBe == this.address || sourceBe == this.broadcast;
  }
}

const NIC_DEVICE: usize = memory.data(<i32>offsetof<Device>(), 4);
const LOOPBACK_DEVICE: usize = memory.data(<i32>offsetof<Device>(), 4);
const NIC: usize = memory.data(<i32>offsetof<NetInterface>(), 4);
const LOOPBACK: usize = memory.data(<i32>offsetof<NetInterface>(), 4);

/** Without loopback nothing comes from there and goes there, and no system call but those of packet sockets knows the interface. */
const LOOPBACK_SEEN: bool = CONFIG_NET_LOOPBACK || CONFIG_NET_SOCKETS_PACKET;

const TEXT_BAD_CONFIGURATION: usize = memory.data<u8>([
  // "configured IPv4 address, mask or gateway is not valid: no address is set"
  99, 111, 110, 102, 105, 103, 117, 114, 101, 100, 32, 73, 80, 118, 52, 32, 97, 100, 100, 114, 101, 115, 115, 44, 32,
  109, 97, 115, 107, 32, 111, 114, 32, 103, 97, 116, 101, 119, 97, 121, 32, 105, 115, 32, 110, 111, 116, 32, 118, 97,
  108, 105, 100, 58, 32, 110, 111, 32, 97, 100, 100, 114, 101, 115, 115, 32, 105, 115, 32, 115, 101, 116, 0,
]);

export class Interfaces {
  /** The NIC's interface. */
  @inline static nic(): NetInterface {
    return NetInterface.at(NIC);
  }

  /** The loopback interface. */
  @inline static loopback(): NetInterface {
    return NetInterface.at(LOOPBACK);
  }

  /** The NIC's device. */
  @inline static nicDevice(): Device {
    return Device.at(NIC_DEVICE);
  }

  /** The loopback device. */
  @inline static loopbackDevice(): Device {
    return Device.at(LOOPBACK_DEVICE);
  }

  /** usize → NetInterface with that number, or 0 when there is none. */
  static at(index: i32): usize {
    if (index == INTERFACE_NIC) return NIC;
    if (index == INTERFACE_LOOPBACK) return LOOPBACK;
    return 0;
  }

  /** True for 127/8 and the NIC's own address. */
  @inline static isLocal(addressBe: u32): bool {
    return (
      Ipv4Address.isLoopback(addressBe) ||
      (addressBe == load<u32>(NIC, offsetof<NetInterface>("address")) && addressBe != 0)
    );
  }

  /**
   * Probes the NIC, gives it its MAC address (the board's own, else the configured one) and the configured IPv4
   * address. Everything was zero before. Neighbours must be initialised.
   * @returns 0, or what the probe of the driver answered (-ENODEV, -ETIMEDOUT), or -EINVAL for a configuration that is
   *          not valid; loopback works in any case
   */
  static init(): i32 {
    if (LOOPBACK_SEEN) Interfaces.initLoopback();
    const device = Interfaces.nicDevice();
    device.kind = DEVICE_KIND_NIC;
    device.index = INTERFACE_NIC;
    device.mtu = ETHERNET_MTU;
    let low = host_mac_address(0);
    let high = host_mac_address(1) & 0xffff;
    if (!low && !high) {
      low = CONFIG_ETH_MAC_ADDRESS_LOW;
      high = CONFIG_ETH_MAC_ADDRESS_HIGH;
    }
    device.macLow = low;
    device.macHigh = high;
    const nic = Interfaces.nic();
    nic.device = NIC_DEVICE;
    Interfaces.apply(nic, 0, 0, 0);
    const result = Nic.probe(device);
    if (result < 0) return result;
    nic.up = 1;
    if (CONFIG_NET_DHCPV4) return 0;
    const configured = Interfaces.configure(
      INTERFACE_NIC,
      CONFIG_NET_CONFIG_MY_IPV4_ADDR,
      CONFIG_NET_CONFIG_MY_IPV4_NETMASK,
      CONFIG_NET_CONFIG_MY_IPV4_GW,
    );
    if (configured < 0) Text.log(TEXT_BAD_CONFIGURATION);
    return configured;
  }

  @inline private static initLoopback(): void {
    const device = Interfaces.loopbackDevice();
    device.kind = DEVICE_KIND_LOOPBACK;
    device.index = INTERFACE_LOOPBACK;
    device.linkUp = 1;
    // The largest datagram that the queue can hold, and that fits the staging buffer.
    const room = (CONFIG_NET_LOOPBACK_BUFFER - 32) & ~7;
    device.mtu = room < <i32>ETHERNET_MTU ? room : ETHERNET_MTU;
    const loopback = Interfaces.loopback();
    loopback.device = LOOPBACK_DEVICE;
    loopback.address = LOOPBACK_ADDRESS;
    loopback.mask = 0xff;
    loopback.broadcast = BROADCAST_ADDRESS;
    loopback.up = 1;
  }

  /**
   * Sets address, mask and gateway (network order) of interface `index`; forgets all neighbours. With
   * CONFIG_NET_IPV4_ACD the address is probed first and used only when nobody else has it.
   * @param address 0 takes the address away (mask and gateway are ignored)
   * @param gateway 0 = none
   * @returns 0, or -EINVAL: no such interface (or the loopback interface), an address that is not unicast or is the
   *          subnet's own or broadcast address, a mask with holes or of 0 bits, a gateway off the subnet or equal to the
   *          address
   */
  static configure(index: i32, address: u32, mask: u32, gateway: u32): i32 {
    if (index != INTERFACE_NIC) return -EINVAL;
    const nic = Interfaces.nic();
    if (!address) {
      Conflict.stop(nic);
      Interfaces.apply(nic, 0, 0, 0);
      return 0;
    }
    const hostBits = ~Be.swap32(mask);
    if (!mask || (hostBits & (hostBits + 1)) != 0) return -EINVAL;
    if (!Ipv4Address.isUnicast(address)) return -EINVAL;
    if (hostBits > 1 && ((address & ~mask) == 0 || (address | mask) == BROADCAST_ADDRESS)) return -EINVAL;
    if (gateway) {
      if (!Ipv4Address.isUnicast(gateway) || gateway == address || ((gateway ^ address) & mask) != 0) return -EINVAL;
      if (hostBits > 1 && ((gateway & ~mask) == 0 || (gateway | mask) == BROADCAST_ADDRESS)) return -EINVAL;
    }
    if (CONFIG_NET_IPV4_ACD) Conflict.start(nic, address, mask, gateway);
    else Interfaces.apply(nic, address, mask, gateway);
    return 0;
  }

  /** Puts checked values to use; address 0 = none. */
  static apply(nic: NetInterface, address: u32, mask: u32, gateway: u32): void {
    nic.address = address;
    nic.mask = mask;
    nic.gateway = gateway;
    const hostBits = ~Be.swap32(mask);
    nic.broadcast = address && hostBits > 1 ? address | ~mask : BROADCAST_ADDRESS;
    if (CONFIG_NET_FAST_PATHS) nic.notePlain();
    Neighbours.flush();
  }
}
