/** The network as a whole: waiting until this host has an address, what its interfaces are, its name. */
import {
  CONFIG_APP_MAY_SET_HOSTNAME,
  CONFIG_NET_DHCPV4,
  CONFIG_NET_HOSTNAME_DYNAMIC,
  CONFIG_NET_LOOPBACK,
} from "../../config";
import { guest_check, guest_load8, guest_store8, guest_store16, guest_store32 } from "../../hal/imports";
import { Clock } from "../../net/base/clock";
import { EAGAIN, EFAULT, EINVAL, ENODEV, ENOSYS, EPERM, ETIMEDOUT, PENDING } from "../../net/base/errno";
import { INTERFACE_LOOPBACK, Interfaces, NetInterface } from "../../net/link/interface";
import { HOST_NAME_MOST, HostName } from "../../net/service/host-name";
import { Task, WAIT_TIME } from "../../net/socket/task";

/** What interface_info writes: u32 flags, MTU, address, mask, broadcast and gateway (network order), u8[6] MAC address, two bytes of 0. */
const INFO_BYTES: u32 = 32;
/** Linux's IFF_*. */
const FLAG_UP: u32 = 0x1;
const FLAG_BROADCAST: u32 = 0x2;
const FLAG_LOOPBACK: u32 = 0x8;
const FLAG_RUNNING: u32 = 0x40;

/** How often an address that is being probed is looked for, µs; the DHCP client says when it has one. */
const LOOK: u32 = 100_000;

/**
 * Waits until the first interface has an address. `timeoutMs`: 0 = it only looks, negative = for ever.
 * EAGAIN (it has none), ETIMEDOUT (it still has none).
 */
export function sys_wait_address(task: i32, now: u64, timeoutMs: i32): i32 {
  Clock.enter(now);
  const waiting = Task.at(task);
  if (Interfaces.nic().address) {
    waiting.finish();
    return 0;
  }
  if (!timeoutMs) return EAGAIN;
  if (waiting.timedOut()) {
    waiting.finish();
    return ETIMEDOUT;
  }
  waiting.wait(WAIT_TIME, timeoutMs < 0 ? 0 : <u64>timeoutMs * 1000);
  if (!CONFIG_NET_DHCPV4) waiting.retryAfter(LOOK);
  return PENDING;
}

/** Describes an interface: 1 = the NIC, 2 = loopback. EFAULT, ENODEV (there is no such interface). */
export function sys_interface_info(task: i32, index: i32, info: usize): i32 {
  if (!guest_check(task, info, INFO_BYTES)) return EFAULT;
  const p: usize = !CONFIG_NET_LOOPBACK && index == INTERFACE_LOOPBACK ? 0 : Interfaces.at(index);
  if (!p) return ENODEV;
  const net = NetInterface.at(p);
  const device = net.nic();
  const kind = index == INTERFACE_LOOPBACK ? FLAG_LOOPBACK : FLAG_BROADCAST;
  guest_store32(task, info, kind | (net.up ? FLAG_UP : 0) | (net.up && device.linkUp ? FLAG_RUNNING : 0));
  guest_store32(task, info + 4, device.mtu);
  guest_store32(task, info + 8, net.address);
  guest_store32(task, info + 12, net.mask);
  guest_store32(task, info + 16, net.broadcast);
  guest_store32(task, info + 20, net.gateway);
  guest_store32(task, info + 24, device.macLow);
  guest_store16(task, info + 28, device.macHigh);
  guest_store16(task, info + 30, 0);
  return 0;
}

/**
 * gethostname: writes the name with a zero byte to `name` when it has room for that, nothing otherwise; its bytes without the zero byte to
 * `length`. ENOSYS (CONFIG_NET_HOSTNAME_DYNAMIC=n: the name is a constant that the program has), EFAULT.
 */
export function sys_host_name(task: i32, name: usize, room: u32, length: usize): i32 {
  if (!CONFIG_NET_HOSTNAME_DYNAMIC) return ENOSYS;
  const bytes = HostName.length();
  const fits = room > bytes;
  if (!guest_check(task, length, 4) || (fits && !guest_check(task, name, bytes + 1))) return EFAULT;
  if (fits) {
    for (let i: u32 = 0; i < bytes; i++) guest_store8(task, name + i, load<u8>(HostName.text() + i));
    guest_store8(task, name + bytes, 0);
  }
  guest_store32(task, length, bytes);
  return 0;
}

/**
 * sethostname, as Linux has it: the name ends before the first zero byte, if there is one. ENOSYS (CONFIG_NET_HOSTNAME_DYNAMIC=n), EPERM
 * (CONFIG_APP_MAY_SET_HOSTNAME=n), EINVAL (more than 32 bytes), EFAULT.
 */
export function sys_set_host_name(task: i32, name: usize, bytes: u32): i32 {
  if (!CONFIG_NET_HOSTNAME_DYNAMIC) return ENOSYS;
  if (!CONFIG_APP_MAY_SET_HOSTNAME) return EPERM;
  if (bytes > HOST_NAME_MOST) return EINVAL;
  if (!guest_check(task, name, bytes)) return EFAULT;
  let length: u32 = 0;
  while (length < bytes) {
    const letter = guest_load8(task, name + length);
    if (!letter) break;
    HostName.put(length, letter);
    length++;
  }
  HostName.end(length);
  return 0;
}
