/**
 * A core of a hundred lines with the exports and imports of the real one, so that the Node host is tested apart from the
 * stack: answers ARP, ping and datagrams to port 7 at CONFIG_NET_CONFIG_MY_IPV4_ADDR, sends a broadcast datagram with
 * random payload every second, and has the system calls poll (as a sleep), fd_write, random_get and proc_exit.
 */
import {
  CONFIG_ETH_BASE_ADDRESS,
  CONFIG_ETH_MAC_ADDRESS_HIGH,
  CONFIG_ETH_MAC_ADDRESS_LOW,
  CONFIG_NET_CONFIG_MY_IPV4_ADDR,
} from "../../../config";
import {
  bulk_sum,
  guest_check,
  guest_load32,
  guest_store8,
  guest_store32,
  host_console_write,
  host_exit,
  host_log,
  host_mac_address,
  host_random,
  host_request_poll,
  mmio_read32,
  mmio_write32,
  port_read,
  port_write,
} from "../../../hal/imports";

const NIC: u32 = CONFIG_ETH_BASE_ADDRESS;
const SECOND: u64 = 1_000_000;
const EFAULT: i32 = 21;
const PENDING: i32 = -1;
const NEVER: u64 = u64.MAX_VALUE;

/** A frame with two padding bytes in front: `at(n)` is byte n of the frame. */
const FRAME: usize = memory.data(2048, 4);
const STATE: usize = memory.data(64, 8);
const BEACON: usize = 0;
const WAKE: usize = 8;
const WAITING: usize = 16;
const MAC_LOW: usize = 20;
const MAC_HIGH: usize = 24;
const FRAMES: usize = 28;
const TIMEOUT: usize = 32;
const READY: usize = memory.data<u8>([0x75, 0x70]); // "up"

class Byte {
  @inline static at(n: usize): usize {
    return FRAME + 2 + n;
  }
  @inline static be16(n: usize): u32 {
    return ((<u32>load<u8>(Byte.at(n))) << 8) | load<u8>(Byte.at(n + 1));
  }
  @inline static setBe16(n: usize, value: u32): void {
    store<u8>(Byte.at(n), <u8>(value >> 8));
    store<u8>(Byte.at(n + 1), <u8>value);
  }
  static copy(to: usize, from: usize, count: usize): void {
    for (let i: usize = 0; i < count; i++) store<u8>(Byte.at(to + i), load<u8>(Byte.at(from + i)));
  }
}

class Standin {
  static setMac(n: usize): void {
    store<u32>(Byte.at(n), load<u32>(STATE + MAC_LOW));
    store<u16>(Byte.at(n + 4), load<u16>(STATE + MAC_HIGH));
  }

  static send(length: u32): void {
    if (mmio_read32(NIC + 0x0c) == 0) return;
    mmio_write32(NIC + 0x0c, length);
    port_write(NIC + 0x10, FRAME, (length + 5) >> 2);
    mmio_write32(NIC + 0x14, 1);
  }

  /** Checksum over `count` bytes (a multiple of 4, from byte `n` of the frame, 4-aligned in memory). */
  static checksum(n: usize, count: u32): u32 {
    let sum = bulk_sum(Byte.at(n), count >> 2, 0);
    sum = (sum & 0xffff) + (sum >> 16);
    sum = (sum & 0xffff) + (sum >> 16);
    return ~sum & 0xffff;
  }

  static setIpChecksum(): void {
    store<u16>(Byte.at(24), 0);
    store<u16>(Byte.at(24), <u16>Standin.checksum(14, 20));
  }

  static input(length: u32): void {
    store<u32>(STATE + FRAMES, load<u32>(STATE + FRAMES) + 1);
    const words = min<u32>((length + 5) >> 2, 384);
    port_read(NIC + 0x04, FRAME, words);
    mmio_write32(NIC + 0x08, 1);
    const type = Byte.be16(12);
    if (type == 0x0806 && Byte.be16(20) == 1 && load<u32>(Byte.at(38)) == CONFIG_NET_CONFIG_MY_IPV4_ADDR) {
      Byte.copy(0, 6, 6);
      Byte.copy(32, 22, 10);
      Standin.setMac(6);
      Standin.setMac(22);
      Byte.setBe16(20, 2);
      store<u32>(Byte.at(28), CONFIG_NET_CONFIG_MY_IPV4_ADDR);
      Standin.send(42);
    }
    if (type != 0x0800 || load<u32>(Byte.at(30)) != CONFIG_NET_CONFIG_MY_IPV4_ADDR) return;
    const protocol = load<u8>(Byte.at(23));
    if (protocol == 1 && load<u8>(Byte.at(34)) == 8) {
      store<u8>(Byte.at(34), 0);
      let sum = Byte.be16(36) + 0x0800;
      sum = (sum & 0xffff) + (sum >> 16);
      Byte.setBe16(36, sum);
    } else if (protocol == 17 && Byte.be16(36) == 7) {
      const port = Byte.be16(34);
      Byte.setBe16(34, 7);
      Byte.setBe16(36, port); // addresses and ports change places: the checksum stays
    } else return;
    Byte.copy(0, 6, 6);
    Standin.setMac(6);
    store<u32>(Byte.at(30), load<u32>(Byte.at(26)));
    store<u32>(Byte.at(26), CONFIG_NET_CONFIG_MY_IPV4_ADDR);
    Standin.setIpChecksum();
    Standin.send(length);
  }

  /** Broadcast from port 9 to port 9 with four random bytes and no checksum. */
  static beacon(): void {
    memory.fill(FRAME, 0, 64);
    store<u32>(Byte.at(0), 0xffffffff);
    store<u16>(Byte.at(4), 0xffff);
    Standin.setMac(6);
    Byte.setBe16(12, 0x0800);
    Byte.setBe16(14, 0x4500);
    Byte.setBe16(16, 32);
    Byte.setBe16(22, 0x4011);
    store<u32>(Byte.at(26), CONFIG_NET_CONFIG_MY_IPV4_ADDR);
    store<u32>(Byte.at(30), 0xffffffff);
    Byte.setBe16(34, 9);
    Byte.setBe16(36, 9);
    Byte.setBe16(38, 12);
    store<u32>(Byte.at(42), host_random());
    Standin.setIpChecksum();
    Standin.send(46);
  }

  static deadline(): u64 {
    const beacon = load<u64>(STATE + BEACON);
    return load<u32>(STATE + WAITING) == 1 ? min<u64>(beacon, load<u64>(STATE + WAKE)) : beacon;
  }
}

export function core_init(now: u64): i32 {
  store<u32>(
    STATE + MAC_LOW,
    host_mac_address(0) | host_mac_address(1) ? host_mac_address(0) : CONFIG_ETH_MAC_ADDRESS_LOW,
  );
  store<u32>(
    STATE + MAC_HIGH,
    host_mac_address(0) | host_mac_address(1) ? host_mac_address(1) : CONFIG_ETH_MAC_ADDRESS_HIGH,
  );
  store<u64>(STATE + BEACON, now + SECOND);
  mmio_write32(NIC + 0x2c, 1);
  host_log(READY, 2);
  return mmio_read32(NIC + 0x20) == 0x534f434b ? 0 : -19;
}

/** µs from `now` to `deadline`. */
function ahead(deadline: u64, now: u64): u32 {
  if (deadline == NEVER) return u32.MAX_VALUE;
  return deadline <= now ? 0 : <u32>(deadline - now);
}

export function core_poll(now: u64): u32 {
  mmio_write32(NIC + 0x1c, 1);
  for (let i = 0; i < 8; i++) {
    const length = mmio_read32(NIC);
    if (length == 0) break;
    Standin.input(length);
  }
  if (now >= load<u64>(STATE + BEACON)) {
    store<u64>(STATE + BEACON, load<u64>(STATE + BEACON) + SECOND);
    Standin.beacon();
  }
  if (load<u32>(STATE + WAITING) == 1 && now >= load<u64>(STATE + WAKE)) store<u32>(STATE + WAITING, 2);
  return mmio_read32(NIC) != 0 ? 0 : ahead(Standin.deadline(), now);
}

export function core_task_park(task: i32, now: u64): u32 {
  if (load<u32>(STATE + WAITING) == 0) {
    const timeout = load<i32>(STATE + TIMEOUT);
    store<u64>(STATE + WAKE, timeout < 0 ? NEVER : now + <u64>timeout * 1000);
    store<u32>(STATE + WAITING, 1);
  }
  return ahead(Standin.deadline(), now);
}

export function core_task_ready(task: i32): i32 {
  return load<u32>(STATE + WAITING) == 2 ? 1 : 0;
}

export function core_task_reset(task: i32, now: u64): void {
  store<u32>(STATE + WAITING, 0);
  host_request_poll();
}

export function core_interface_set(index: i32, address: u32, mask: u32, gateway: u32): i32 {
  return -38;
}

export function core_counter(id: i32): u32 {
  return id == 0 ? load<u32>(STATE + FRAMES) : 0;
}

export function core_pool(index: i32, field: i32): u32 {
  if (index != 0) return 0xffffffff;
  return field == 0 ? 1 : field == 4 ? 2048 : 0;
}

/** poll(fds, nfds, timeout_ms, nready): a sleep. */
export function sys_poll(task: i32, now: u64, fds: u32, nfds: u32, timeout: i32, nready: u32): i32 {
  if (!guest_check(task, nready, 4)) return EFAULT;
  if (load<u32>(STATE + WAITING) == 2 || timeout == 0) {
    store<u32>(STATE + WAITING, 0);
    guest_store32(task, nready, 0);
    return 0;
  }
  store<i32>(STATE + TIMEOUT, timeout);
  return PENDING;
}

export function sys_fd_write(task: i32, now: u64, fd: i32, iovs: u32, count: u32, written: u32): i32 {
  if (!guest_check(task, iovs, count * 8) || !guest_check(task, written, 4)) return EFAULT;
  let total: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const buffer = guest_load32(task, iovs + i * 8);
    const length = guest_load32(task, iovs + i * 8 + 4);
    if (!guest_check(task, buffer, length)) return EFAULT;
    total += host_console_write(task, fd, buffer, length);
  }
  guest_store32(task, written, total);
  return 0;
}

export function sys_random_get(task: i32, buffer: u32, length: u32): i32 {
  if (!guest_check(task, buffer, length)) return EFAULT;
  for (let i: u32 = 0; i < length; i++) guest_store8(task, buffer + i, host_random());
  return 0;
}

export function sys_proc_exit(task: i32, code: i32): i32 {
  host_exit(task, code);
  return 0;
}
