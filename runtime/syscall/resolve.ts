/** Names of hosts: sock_addr_resolve of the WAMR socket ABI. */
import {
  CONFIG_DNS_RESOLVER,
  CONFIG_DNS_RESOLVER_MAX_QUERY_LEN,
  CONFIG_DNS_RESOLVER_TCP,
  CONFIG_NET_TCP,
} from "../../config";
import { guest_check, guest_load8, guest_load32, guest_store32 } from "../../hal/imports";
import { Be } from "../../net/base/be";
import { Clock } from "../../net/base/clock";
import { EACCES, EADDRNOTAVAIL, EFAULT, EINVAL, ENOBUFS, ENOENT, ENOTSUP, PENDING } from "../../net/base/errno";
import { Hosts } from "../../net/service/dns/hosts";
import { Queries, Query } from "../../net/service/dns/query";
import { Resolver } from "../../net/service/dns/resolver";
import { DnsStream } from "../../net/service/dns/stream";
import { Capability } from "../../net/socket/capability";
import { Task } from "../../net/socket/task";
import { DnsName } from "../../net/wire/dns-name";
import { WasiAddress } from "./wasi-address";

/** hints: i32 type (-1 any, 0 datagram, 1 stream), i32 family (0 IPv4, 1 IPv6, 2 any), u8 1 = these count. */
const HINTS_BYTES: u32 = 12;
const TYPE_ANY: i32 = -1;
const TYPE_DATAGRAM: u32 = 0;
const TYPE_STREAM: u32 = 1;
const FAMILY_IPV6: u32 = 1;
const FAMILY_LAST: u32 = 2;
/** info: an address record, i32 type at 24. */
const INFO_BYTES: u32 = 28;
const INFO_TYPE: usize = 24;
/** Records that one call may have room for: bounds its product with INFO_BYTES. */
const INFO_MAX: u32 = 0x10000;

const DOT: u32 = 0x2e;
const ZERO: u32 = 0x30;
const PORT_DIGITS: u32 = 5;
const PORT_MAX: u32 = 65_535;

/** Memory of this file. In functions, so that an image without the resolver has nothing of it. */
class Memory {
  /** usize → u8[]: the name as the program wrote it. */
  static text(): usize {
    return memory.data(CONFIG_DNS_RESOLVER_MAX_QUERY_LEN, 4);
  }

  /** u32: one address. */
  static address(): usize {
    return memory.data(4, 4);
  }
}

/** Text of the application. */
class Arguments {
  /**
   * Copies the C string at `guest` into Memory.text.
   * @returns its length, or -EFAULT (it leaves the memory), -ENOENT (longer than any name here)
   */
  static name(task: i32, guest: usize): i32 {
    for (let i: i32 = 0; i < CONFIG_DNS_RESOLVER_MAX_QUERY_LEN; i++) {
      if (!guest_check(task, guest + i, 1)) return -EFAULT;
      const byte = guest_load8(task, guest + i);
      if (!byte) return i;
      store<u8>(Memory.text() + i, <u8>byte);
    }
    return -ENOENT;
  }

  /** The port that the C string at `guest` says, 0 for an empty one; -EFAULT, -EINVAL (not a number up to 65535). */
  static port(task: i32, guest: usize): i32 {
    let port: u32 = 0;
    for (let i: u32 = 0; i <= PORT_DIGITS; i++) {
      if (!guest_check(task, guest + i, 1)) return -EFAULT;
      const byte = guest_load8(task, guest + i);
      if (!byte) return port <= PORT_MAX ? <i32>port : -EINVAL;
      if (byte - ZERO > 9) return -EINVAL;
      port = port * 10 + byte - ZERO;
    }
    return -EINVAL;
  }

  /** Puts the dotted address that the text is into Memory.address. False when it is none. */
  static isNumeric(length: u32): bool {
    let address: u32 = 0;
    let part: u32 = 0;
    let digits: u32 = 0;
    let dots: u32 = 0;
    for (let i: u32 = 0; i <= length; i++) {
      const byte = i < length ? <u32>load<u8>(Memory.text() + i) : DOT;
      if (byte == DOT) {
        if (!digits || part > 255 || dots > 3) return false;
        address |= part << (dots << 3);
        dots++;
        part = 0;
        digits = 0;
      } else {
        if (byte - ZERO > 9 || digits == 3 || (digits && !part)) return false;
        part = part * 10 + byte - ZERO;
        digits++;
      }
    }
    if (dots != 4) return false;
    store<u32>(Memory.address(), address);
    return true;
  }
}

/** Where the result goes. */
class Output {
  /** Writes `count` addresses (usize → u32[], network order), for each type that is wanted, as far as there is room. */
  static write(
    task: i32,
    addresses: usize,
    count: u32,
    type: i32,
    port: u32,
    info: usize,
    room: u32,
    total: usize,
  ): void {
    let written: u32 = 0;
    let found: u32 = 0;
    for (let i: u32 = 0; i < count; i++) {
      for (let kind = CONFIG_NET_TCP ? TYPE_STREAM : TYPE_DATAGRAM; <i32>kind >= 0; kind--) {
        if (type != TYPE_ANY && <u32>type != kind) continue;
        found++;
        if (written == room) continue;
        const record = info + written * INFO_BYTES;
        WasiAddress.store(task, record, load<u32>(addresses + (i << 2)), Be.swap16(port));
        guest_store32(task, record + INFO_TYPE, kind);
        written++;
      }
    }
    guest_store32(task, total, found);
  }
}

/**
 * Addresses of a name: numeric, known (localhost, the own name), in the cache, or asked for. `*total` says how many there are, of
 * which at most `infoCount` are written; a name yields each address once per type of socket unless the hints name one.
 *
 * ENOTSUP (no resolver is built in), EFAULT, EINVAL (no room for results, hints, a service that is no port number), ENOENT (there is no
 * such name), EADDRNOTAVAIL (it has no address of this family: there is no IPv6), ETIMEDOUT (no server answers), EAGAIN (the servers
 * cannot say now), EACCES (APP_MAY_RESOLVE), EIO (they refuse), ENETUNREACH (there is no server), ENOBUFS (too many questions at once).
 */
export function sys_sock_addr_resolve(
  task: i32,
  now: u64,
  host: usize,
  service: usize,
  hints: usize,
  info: usize,
  infoCount: u32,
  total: usize,
): i32 {
  if (!CONFIG_DNS_RESOLVER) return ENOTSUP;
  Clock.enter(now);
  if (!guest_check(task, hints, HINTS_BYTES) || !guest_check(task, total, 4)) return EFAULT;
  if (!infoCount || infoCount > INFO_MAX) return EINVAL;
  if (!guest_check(task, info, infoCount * INFO_BYTES)) return EFAULT;
  const given = guest_load8(task, hints + 8) != 0;
  const type = given ? <i32>guest_load32(task, hints) : TYPE_ANY;
  const family = given ? guest_load32(task, hints + 4) : FAMILY_LAST;
  if (type < TYPE_ANY || type > <i32>TYPE_STREAM || family > FAMILY_LAST) return EINVAL;
  const port = Arguments.port(task, service);
  if (port < 0) return -port;
  let p = Queries.ofTask(task);
  if (!p) {
    const length = Arguments.name(task, host);
    if (length < 0) return -length;
    if (family == FAMILY_IPV6) return EADDRNOTAVAIL;
    const known = Hosts.find(Memory.text(), length);
    if (known) store<u32>(Memory.address(), known);
    if (known || Arguments.isNumeric(length)) {
      Output.write(task, Memory.address(), 1, type, port, info, infoCount, total);
      return 0;
    }
    if (!Capability.mayResolve(Memory.text(), length)) return EACCES;
    p = Queries.take(task);
    if (!p) return ENOBUFS;
    const asked = Query.at(p);
    const bytes = DnsName.encode(Memory.text(), length, asked.name(), CONFIG_DNS_RESOLVER_MAX_QUERY_LEN);
    if (!bytes) {
      Queries.give(asked);
      return ENOENT;
    }
    asked.nameBytes = bytes;
    Resolver.begin(asked);
  }
  const query = Query.at(p);
  if (CONFIG_DNS_RESOLVER_TCP) DnsStream.look(query);
  if (query.isAsking()) {
    if (CONFIG_DNS_RESOLVER_TCP) DnsStream.wait(query, task);
    else Task.at(task).wait(p, 0);
    return PENDING;
  }
  const error = query.error;
  if (!error) Output.write(task, query.addresses(), query.count, type, port, info, infoCount, total);
  Queries.give(query);
  Task.at(task).finish();
  return error;
}
