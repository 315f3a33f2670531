/**
 * The interfaces of this device: `eth0`, which is number 1, and `lo`, number 2 when the image has CONFIG_NET_LOOPBACK. As with
 * getaddrinfo there is one list of results: it is good until the next call.
 */
import { CONFIG_NET_LOOPBACK } from "../../config";
import { EADDRNOTAVAIL, EINVAL, ENOBUFS, ENODEV, ENXIO, errno } from "../errno";
import { socklet_interface_info } from "../imports";
import { AF_INET } from "./constants";
import { Result } from "./result";
import { sockaddr_in } from "./types";

/** Bytes of a name, its zero byte included. */
export const ZSOCK_IF_NAMESIZE: i32 = 16;

/** Flags of an interface: it is up; it can reach all hosts at once; it is the loopback interface; its link is up. */
export const IFF_UP: u32 = 0x1;
export const IFF_BROADCAST: u32 = 0x2;
export const IFF_LOOPBACK: u32 = 0x8;
export const IFF_RUNNING: u32 = 0x40;

const COUNT: i32 = CONFIG_NET_LOOPBACK ? 2 : 1;

/** Of if_nameindex: 8 bytes; the list ends with an index of 0. */
@unmanaged
@final
export class zsock_if_nameindex_entry {
  if_index: u32;
  /** usize → C string. */
  if_name: usize;
}

/** An address of an interface: 28 bytes. */
@unmanaged
@final
export class ifaddrs {
  /** usize → the next one, 0 at the end. */
  ifa_next: usize;
  /** usize → C string. */
  ifa_name: usize;
  /** IFF_*. */
  ifa_flags: u32;
  /** The address; null while the interface has none. */
  ifa_addr: sockaddr_in | null;
  ifa_netmask: sockaddr_in | null;
  /** The broadcast address of the subnet; null for the loopback interface. */
  ifa_broadaddr: sockaddr_in | null;
  /** Nothing. */
  ifa_data: usize;

  /** The one behind this one, or null. */
  @inline next(): ifaddrs | null {
    return changetype<ifaddrs | null>(this.ifa_next);
  }
}

/** Where an `ioctl` about an interface says which, and finds the answer: 32 bytes. */
@unmanaged
@final
export class ifreq {
  /** u8[16]: the name, a C string. */
  ifr_name0: u64;
  ifr_name1: u64;
  /** SIOCGIFFLAGS, SIOCGIFMTU, SIOCGIFINDEX: the number. Else the first bytes of an address. */
  ifr_value: i32;
  ifr_rest0: u32;
  ifr_rest1: u64;

  /** usize → u8[16]: the name. */
  @inline name(): usize {
    return changetype<usize>(this);
  }

  /** The address: SIOCGIFADDR, SIOCGIFNETMASK, SIOCGIFBRDADDR. */
  @inline address(): sockaddr_in {
    return changetype<sockaddr_in>(changetype<usize>(this) + 16);
  }

  /** usize → u8[6]: SIOCGIFHWADDR. */
  @inline hardwareAddress(): usize {
    return changetype<usize>(this) + 18;
  }

  /** Sets the name. What is longer than 15 bytes is cut. */
  setName(name: string): void {
    for (let i: i32 = 0; i < ZSOCK_IF_NAMESIZE; i++) {
      store<u8>(this.name() + i, i < name.length && i < ZSOCK_IF_NAMESIZE - 1 ? <u8>name.charCodeAt(i) : 0);
    }
  }
}

/** Requests of ioctl about the interface that an ifreq names. The numbers are Linux's. */
export const ZFD_IOCTL_SIOCGIFFLAGS: i32 = 0x8913;
export const ZFD_IOCTL_SIOCGIFADDR: i32 = 0x8915;
export const ZFD_IOCTL_SIOCGIFBRDADDR: i32 = 0x8919;
export const ZFD_IOCTL_SIOCGIFNETMASK: i32 = 0x891b;
export const ZFD_IOCTL_SIOCGIFMTU: i32 = 0x8921;
export const ZFD_IOCTL_SIOCGIFHWADDR: i32 = 0x8927;
export const ZFD_IOCTL_SIOCGIFINDEX: i32 = 0x8933;

/** ARPHRD_ETHER and ARPHRD_LOOPBACK, before a MAC address. */
const HARDWARE_ETHERNET: u16 = 1;
const HARDWARE_LOOPBACK: u16 = 772;

/** What socklet_v1.interface_info writes. */
@unmanaged
@final
class Info {
  flags: u32;
  mtu: u32;
  address: u32;
  mask: u32;
  broadcast: u32;
  gateway: u32;
  mac0123: u32;
  mac45: u32;
}

class Interface {
  static info(): Info {
    return changetype<Info>(memory.data(32, 4));
  }

  /** usize → C string: the name of interface `index`, or 0. */
  static nameOf(index: u32): usize {
    if (index == 1) return memory.data<u8>([101, 116, 104, 48, 0]); // "eth0"
    if (CONFIG_NET_LOOPBACK && index == 2) return memory.data<u8>([108, 111, 0]); // "lo"
    return 0;
  }

  /** The number of the interface with the name at `name` (usize → C string), or 0. */
  static find(name: usize): u32 {
    for (let index: u32 = 1; index <= <u32>COUNT; index++) {
      const known = Interface.nameOf(index);
      let i: usize = 0;
      while (load<u8>(known + i) == load<u8>(name + i)) {
        if (!load<u8>(known + i)) return index;
        i++;
      }
    }
    return 0;
  }

  /** What `index` is; null, and errno, when there is no such interface. */
  static read(index: u32): Info | null {
    const info = Interface.info();
    const wasi = socklet_interface_info(index, changetype<usize>(info));
    if (!wasi) return info;
    Result.failed(wasi);
    return null;
  }

  /** usize → zsock_if_nameindex_entry[COUNT + 1]. */
  static names(): usize {
    return memory.data((CONFIG_NET_LOOPBACK ? 3 : 2) * 8, 4);
  }

  /** usize → ifaddrs[COUNT], and behind them three sockaddr_in for each. */
  static addresses(): usize {
    return memory.data((CONFIG_NET_LOOPBACK ? 2 : 1) * (28 + 3 * 8), 4);
  }
}

/** The number of the interface that `name` (usize → C string) names; 0 with errno ENXIO when there is none. @see POSIX if_nametoindex() */
export function zsock_if_nametoindex(name: usize): u32 {
  const index = Interface.find(name);
  if (!index) Result.error(ENXIO);
  return index;
}

/**
 * Writes the name of interface `index` to `name` (usize → u8[ZSOCK_IF_NAMESIZE]).
 * @returns `name`, or NULL with errno ENXIO (there is no such interface)
 * @see POSIX if_indextoname()
 */
export function zsock_if_indextoname(index: u32, name: usize): usize {
  const known = Interface.nameOf(index);
  if (!known) {
    Result.error(ENXIO);
    return 0;
  }
  let i: usize = 0;
  do store<u8>(name + i, load<u8>(known + i));
  while (load<u8>(known + i++));
  return name;
}

/** All interfaces: usize → zsock_if_nameindex_entry[], the last with an index of 0. @see POSIX if_nameindex() */
export function zsock_if_nameindex(): usize {
  const list = Interface.names();
  for (let i: i32 = 0; i <= COUNT; i++) {
    const entry = changetype<zsock_if_nameindex_entry>(list + ((<usize>i) << 3));
    entry.if_index = i < COUNT ? <u32>i + 1 : 0;
    entry.if_name = i < COUNT ? Interface.nameOf(<u32>i + 1) : 0;
  }
  return list;
}

/** Gives the list of if_nameindex back: it is good until the next call. @see POSIX if_freenameindex() */
export function zsock_if_freenameindex(_list: usize): void {}

function addressAt(place: usize, address: u32): sockaddr_in {
  const result = changetype<sockaddr_in>(place);
  result.sin_family = <u16>AF_INET;
  result.sin_port = 0;
  result.sin_addr = address;
  return result;
}

/**
 * The addresses of all interfaces; one without an address is there without one.
 *
 * @param list IntCell or usize → u32: gets the address of the first ifaddrs
 * @returns 0, or -1 with errno ENOBUFS (the host knows no interface)
 * @see getifaddrs() of BSD and Linux
 */
export function zsock_getifaddrs<L>(list: L): i32 {
  const first = Interface.addresses();
  let place = first + <usize>COUNT * 28;
  for (let index: i32 = 1; index <= COUNT; index++) {
    const info = Interface.read(index);
    if (!info) return errno() == ENODEV ? Result.error(ENOBUFS) : -1;
    const entry = changetype<ifaddrs>(first + <usize>(index - 1) * 28);
    entry.ifa_next = index < COUNT ? changetype<usize>(entry) + 28 : 0;
    entry.ifa_name = Interface.nameOf(index);
    entry.ifa_flags = info.flags;
    entry.ifa_addr = info.address ? addressAt(place, info.address) : null;
    entry.ifa_netmask = info.address ? addressAt(place + 8, info.mask) : null;
    entry.ifa_broadaddr = info.address && info.flags & IFF_BROADCAST ? addressAt(place + 16, info.broadcast) : null;
    entry.ifa_data = 0;
    place += 24;
  }
  store<usize>(changetype<usize>(list), first);
  return 0;
}

/** Gives the list of getifaddrs back: it is good until the next call. */
export function zsock_freeifaddrs(_list: usize): void {}

export class InterfaceRequest {
  /** True for a request that this file answers. */
  static isOne(request: u32): bool {
    return request - 0x8913 <= 0x8933 - 0x8913;
  }

  /** Answers `request` in the ifreq at `place`. 0, or -1 with errno: ENODEV (no such interface), EADDRNOTAVAIL (it has no address), EINVAL (another request). */
  static answer(request: u32, place: usize): i32 {
    const index = Interface.find(place);
    const info = index ? Interface.read(index) : null;
    if (!info) return Result.error(ENODEV);
    const what = changetype<ifreq>(place);
    if (request == ZFD_IOCTL_SIOCGIFINDEX) {
      what.ifr_value = index;
    } else if (request == ZFD_IOCTL_SIOCGIFFLAGS) {
      what.ifr_value = info.flags;
    } else if (request == ZFD_IOCTL_SIOCGIFMTU) {
      what.ifr_value = info.mtu;
    } else if (request == ZFD_IOCTL_SIOCGIFHWADDR) {
      store<u16>(place, info.flags & IFF_LOOPBACK ? HARDWARE_LOOPBACK : HARDWARE_ETHERNET, 16);
      store<u32>(what.hardwareAddress(), info.mac0123);
      store<u16>(what.hardwareAddress(), <u16>info.mac45, 4);
    } else {
      let address = info.address;
      if (request == ZFD_IOCTL_SIOCGIFNETMASK) address = info.mask;
      else if (request == ZFD_IOCTL_SIOCGIFBRDADDR) address = info.broadcast;
      else if (request != ZFD_IOCTL_SIOCGIFADDR) return Result.error(EINVAL);
      if (!info.address) return Result.error(EADDRNOTAVAIL);
      addressAt(place + 16, address);
    }
    return 0;
  }
}
