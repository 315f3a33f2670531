/** Names and addresses: getaddrinfo and what belongs to it. */
import { CONFIG_DNS_RESOLVER_AI_MAX_ENTRIES, CONFIG_DNS_RESOLVER_MAX_QUERY_LEN } from "../../config";
import { sock_addr_resolve } from "../imports";
import { strlen } from "../string";
import { Address } from "./address";
import { CString } from "./c-string";
import { AF_INET, AF_INET6, AF_UNSPEC, IPPROTO_TCP, IPPROTO_UDP, SOCK_DGRAM, SOCK_STREAM } from "./constants";
import { htonl, htons, INADDR_LOOPBACK, zsock_inet_aton, zsock_inet_ntop } from "./inet";
import {
  ZSOCK_AI_CANONNAME,
  ZSOCK_AI_NUMERICHOST,
  ZSOCK_AI_NUMERICSERV,
  ZSOCK_AI_PASSIVE,
  ZSOCK_EAI_ADDRFAMILY,
  ZSOCK_EAI_AGAIN,
  ZSOCK_EAI_BADFLAGS,
  ZSOCK_EAI_FAIL,
  ZSOCK_EAI_FAMILY,
  ZSOCK_EAI_MEMORY,
  ZSOCK_EAI_NODATA,
  ZSOCK_EAI_NONAME,
  ZSOCK_EAI_OVERFLOW,
  ZSOCK_EAI_SERVICE,
  ZSOCK_EAI_SOCKTYPE,
  ZSOCK_EAI_SYSTEM,
  ZSOCK_NI_DGRAM,
  ZSOCK_NI_NAMEREQD,
  ZSOCK_NI_NUMERICSERV,
} from "./netdb-constants";
import { Result } from "./result";
import { Services } from "./services";
import { NULL, sockaddr_in, socklen_t } from "./types";

/** Every flag of getaddrinfo and of getnameinfo. */
const AI_ALL_FLAGS: i32 = 0x43f;
const NI_ALL_FLAGS: i32 = 0x1f;

/** Types of socket, as bits. */
const STREAM: u32 = 1;
const DATAGRAM: u32 = 2;

/** Records of the WASI socket calls: 28 bytes, the address at 4. */
const INFO_BYTES: usize = 28;
const INFO_ADDRESS: usize = 4;
/** WASI errnos that sock_addr_resolve answers. */
const WASI_EADDRNOTAVAIL: i32 = 4;
const WASI_EAGAIN: i32 = 6;
const WASI_EIO: i32 = 29;
const WASI_ENETUNREACH: i32 = 40;
const WASI_ENOBUFS: i32 = 42;
const WASI_ENOENT: i32 = 44;
const WASI_ENOTSUP: i32 = 58;
const WASI_ETIMEDOUT: i32 = 73;

/** Names as text are a byte shorter than as labels. */
const NAME_BYTES: i32 = CONFIG_DNS_RESOLVER_MAX_QUERY_LEN;
const MOST: u32 = CONFIG_DNS_RESOLVER_AI_MAX_ENTRIES;
const SERVICE_BYTES: u32 = 32;

/** A result of getaddrinfo: 40 bytes, its address in it. */
@unmanaged
@final
export class zsock_addrinfo {
  /** usize → zsock_addrinfo: the next result; 0 = last. */
  ai_next: usize;
  /** AI_* (hints). */
  ai_flags: i32;
  /** AF_INET, AF_UNSPEC (hints). */
  ai_family: i32;
  /** SOCK_STREAM, SOCK_DGRAM; 0 = any (hints). */
  ai_socktype: i32;
  /** IPPROTO_TCP, IPPROTO_UDP; 0 = any (hints). */
  ai_protocol: i32;
  ai_addrlen: socklen_t;
  /** usize → sockaddr_in. */
  ai_addr: usize;
  /** usize → C string with AI_CANONNAME, in the first result. The next call overwrites it. */
  ai_canonname: usize;
  /** Where ai_addr points. */
  _ai_addr: u64;

  /** The result at an address that getaddrinfo has given. */
  @inline static at(p: usize): zsock_addrinfo {
    return changetype<zsock_addrinfo>(p);
  }
}

/** Memory of these functions. */
class Store {
  /** usize → zsock_addrinfo[2 × MOST]: a record is free while its ai_addr is 0. */
  static results(): usize {
    return memory.data(2 * CONFIG_DNS_RESOLVER_AI_MAX_ENTRIES * 40, 8);
  }

  static node(): usize {
    return memory.data(CONFIG_DNS_RESOLVER_MAX_QUERY_LEN, 4);
  }

  static service(): usize {
    return memory.data(32, 4);
  }

  /** hints (12 bytes), total (4), info records. */
  static call(): usize {
    return memory.data(16 + 28 * CONFIG_DNS_RESOLVER_AI_MAX_ENTRIES, 4);
  }

  /** u32 addresses found, u32[MOST], network order. */
  static addresses(): usize {
    return memory.data(4 + 4 * CONFIG_DNS_RESOLVER_AI_MAX_ENTRIES, 4);
  }

  /** u32 port, host order; u32 types that the service has. */
  static port(): usize {
    return memory.data(8, 4);
  }

  static empty(): usize {
    return memory.data(4, 4);
  }
}

class Lookup {
  /** Types that hints want, as bits; 0 when the protocol does not suit. */
  static types(type: i32, protocol: i32): u32 {
    let types = STREAM | DATAGRAM;
    if (type == SOCK_STREAM) types = STREAM;
    else if (type == SOCK_DGRAM) types = DATAGRAM;
    else if (type) return 0;
    if (protocol == IPPROTO_TCP) return types & STREAM;
    if (protocol == IPPROTO_UDP) return types & DATAGRAM;
    return protocol ? 0 : types;
  }

  /** Reads the service in Store.service into Store.port. 0 or EAI_*. */
  static service(types: u32, flags: i32): i32 {
    const text = Store.service();
    let port: u32 = 0;
    let digits: u32 = 0;
    while (<u32>load<u8>(text + digits) - 0x30 <= 9 && digits < 6) {
      port = port * 10 + <u32>load<u8>(text + digits) - 0x30;
      digits++;
    }
    store<u32>(Store.port(), types, 4);
    if (digits && !load<u8>(text + digits)) {
      store<u32>(Store.port(), port);
      return port > 0xffff ? ZSOCK_EAI_SERVICE : 0;
    }
    if (flags & ZSOCK_AI_NUMERICSERV) return ZSOCK_EAI_NONAME;
    const entry = Services.find(text, 0, types);
    if (!entry) return ZSOCK_EAI_SERVICE;
    store<u32>(Store.port(), Services.port(entry));
    store<u32>(Store.port(), types & Services.protocolsOf(entry), 4);
    return 0;
  }

  /** Finds the addresses of the name in Store.node. 0 or EAI_*. */
  static node(family: i32, flags: i32): i32 {
    const found = Store.addresses();
    store<u32>(found, 1);
    if (zsock_inet_aton<usize>(Store.node(), found + 4)) return family == AF_INET6 ? ZSOCK_EAI_ADDRFAMILY : 0;
    if (flags & ZSOCK_AI_NUMERICHOST) return ZSOCK_EAI_NONAME;
    if (family == AF_INET6) return ZSOCK_EAI_NODATA;
    const call = Store.call();
    // Datagrams over IPv4: each address once.
    store<i32>(call, 0);
    store<i32>(call, 0, 4);
    store<u32>(call, 1, 8);
    const wasi = sock_addr_resolve(Store.node(), Store.empty(), call, call + 16, MOST, call + 12);
    if (wasi) return Lookup.error(wasi);
    const count = min<u32>(load<u32>(call, 12), MOST);
    store<u32>(found, count);
    for (let i: usize = 0; i < <usize>count; i++) {
      store<u32>(found + 4 + (i << 2), load<u32>(call + 16 + i * INFO_BYTES, INFO_ADDRESS));
    }
    return 0;
  }

  /** The error of getaddrinfo for what sock_addr_resolve answers. */
  static error(wasi: i32): i32 {
    switch (wasi) {
      case WASI_ENOENT:
        return ZSOCK_EAI_NONAME;
      case WASI_EADDRNOTAVAIL:
        return ZSOCK_EAI_NODATA;
      case WASI_EAGAIN:
      case WASI_ETIMEDOUT:
      case WASI_ENETUNREACH:
        return ZSOCK_EAI_AGAIN;
      case WASI_EIO:
      case WASI_ENOTSUP:
        return ZSOCK_EAI_FAIL;
      case WASI_ENOBUFS:
        return ZSOCK_EAI_MEMORY;
      default:
        Result.failed(wasi);
        return ZSOCK_EAI_SYSTEM;
    }
  }

  /** A free record, or 0. */
  static free(): usize {
    let p = Store.results();
    for (let i: u32 = 0; i < 2 * MOST; i++) {
      if (!zsock_addrinfo.at(p).ai_addr) return p;
      p += offsetof<zsock_addrinfo>();
    }
    return 0;
  }

  /** Makes the list of results. 0 or EAI_MEMORY; its address at `to`. */
  static list(to: usize, canonical: bool): i32 {
    const found = Store.addresses();
    const types = load<u32>(Store.port(), 4);
    let link = to;
    store<usize>(to, 0);
    for (let i: u32 = 0; i < load<u32>(found); i++) {
      for (let type = STREAM; type <= DATAGRAM; type <<= 1) {
        if (!(types & type)) continue;
        const p = Lookup.free();
        if (!p) {
          zsock_freeaddrinfo(load<usize>(to));
          store<usize>(to, 0);
          return ZSOCK_EAI_MEMORY;
        }
        Lookup.fill(zsock_addrinfo.at(p), load<u32>(found + 4 + (i << 2)), type);
        if (canonical && link == to) zsock_addrinfo.at(p).ai_canonname = Store.node();
        store<usize>(link, p);
        link = p;
      }
    }
    return 0;
  }

  static fill(result: zsock_addrinfo, address: u32, type: u32): void {
    memory.fill(changetype<usize>(result), 0, offsetof<zsock_addrinfo>());
    const place = changetype<usize>(result) + 32;
    result.ai_family = AF_INET;
    result.ai_socktype = type == STREAM ? SOCK_STREAM : SOCK_DGRAM;
    result.ai_protocol = type == STREAM ? IPPROTO_TCP : IPPROTO_UDP;
    result.ai_addrlen = <u32>offsetof<sockaddr_in>();
    result.ai_addr = place;
    const name = changetype<sockaddr_in>(place);
    name.sin_family = <u16>AF_INET;
    name.sin_port = htons(load<u32>(Store.port()));
    name.sin_addr = address;
  }
}

/**
 * Addresses of a name and a service, ready for socket, connect or bind. Asks a name server when it must, and then waits for it.
 *
 * @param node    string, or usize → C string: a name or a numeric address; NULL: this host
 * @param service string, or usize → C string: a number or a name (http); NULL: port 0
 * @param hints   zsock_addrinfo with ai_flags, ai_family, ai_socktype, ai_protocol; NULL: everything
 * @param results IntCell, or usize → usize: gets the address of the first zsock_addrinfo; freeaddrinfo gives the list back
 * @returns 0, or EAI_BADFLAGS, EAI_NONAME, EAI_AGAIN, EAI_FAIL, EAI_NODATA, EAI_FAMILY, EAI_SOCKTYPE, EAI_SERVICE, EAI_ADDRFAMILY,
 *   EAI_MEMORY (more than 2 × CONFIG_DNS_RESOLVER_AI_MAX_ENTRIES results are not given back), EAI_OVERFLOW (a name that is too long),
 *   EAI_SYSTEM (errno)
 * @see POSIX getaddrinfo()
 */
export function zsock_getaddrinfo<N, S, H, R>(node: N, service: S, hints: H, results: R): i32 {
  const to = changetype<usize>(results);
  const given = changetype<usize>(hints);
  const flags = given ? zsock_addrinfo.at(given).ai_flags : 0;
  const family = given ? zsock_addrinfo.at(given).ai_family : AF_UNSPEC;
  const named = changetype<usize>(node) != 0;
  if (flags & ~AI_ALL_FLAGS || (flags & ZSOCK_AI_CANONNAME && !named)) return ZSOCK_EAI_BADFLAGS;
  if (!named && !changetype<usize>(service)) return ZSOCK_EAI_NONAME;
  if (family != AF_UNSPEC && family != AF_INET && family != AF_INET6) return ZSOCK_EAI_FAMILY;
  const types = given
    ? Lookup.types(zsock_addrinfo.at(given).ai_socktype, zsock_addrinfo.at(given).ai_protocol)
    : STREAM | DATAGRAM;
  if (!types) return ZSOCK_EAI_SOCKTYPE;
  store<u32>(Store.port(), 0);
  store<u32>(Store.port(), types, 4);
  if (changetype<usize>(service)) {
    if (CString.copy<S>(service, Store.service(), SERVICE_BYTES) < 0) return ZSOCK_EAI_SERVICE;
    const error = Lookup.service(types, flags);
    if (error) return error;
  }
  if (named) {
    if (CString.copy<N>(node, Store.node(), NAME_BYTES) < 0) return ZSOCK_EAI_OVERFLOW;
    const error = Lookup.node(family, flags);
    if (error) return error;
  } else {
    if (family == AF_INET6) return ZSOCK_EAI_FAMILY;
    store<u32>(Store.addresses(), 1);
    store<u32>(Store.addresses(), flags & ZSOCK_AI_PASSIVE ? 0 : htonl(INADDR_LOOPBACK), 4);
  }
  return Lookup.list(to, (flags & ZSOCK_AI_CANONNAME) != 0);
}

/** Gives back a list of getaddrinfo (its first zsock_addrinfo, or its address); NULL does nothing. */
export function zsock_freeaddrinfo<L>(list: L): void {
  let p = changetype<usize>(list);
  while (p) {
    const result = zsock_addrinfo.at(p);
    p = result.ai_next;
    result.ai_addr = 0;
  }
}

/**
 * An address and a port as text. Nobody is asked: the address comes as a number.
 *
 * @param address sockaddr_in or usize → u8[length]
 * @param host    usize → u8[hostBytes], NULL: not wanted
 * @param service usize → u8[serviceBytes], NULL: not wanted; a name when the table has one
 * @param flags   NI_*
 * @returns 0, or EAI_BADFLAGS, EAI_FAMILY, EAI_NONAME (NI_NAMEREQD; or nothing is wanted), EAI_OVERFLOW
 * @see POSIX getnameinfo()
 */
export function zsock_getnameinfo<A>(
  address: A,
  length: u32,
  host: usize,
  hostBytes: u32,
  service: usize,
  serviceBytes: u32,
  flags: i32,
): i32 {
  const from = changetype<sockaddr_in>(changetype<usize>(address));
  if (flags & ~NI_ALL_FLAGS) return ZSOCK_EAI_BADFLAGS;
  if (length < <u32>offsetof<sockaddr_in>() || from.sin_family != AF_INET) return ZSOCK_EAI_FAMILY;
  if ((!host && !service) || (host && flags & ZSOCK_NI_NAMEREQD)) return ZSOCK_EAI_NONAME;
  if (host) {
    const place = changetype<usize>(from) + offsetof<sockaddr_in>("sin_addr");
    if (!zsock_inet_ntop(AF_INET, place, host, hostBytes)) return ZSOCK_EAI_OVERFLOW;
  }
  return service ? ServiceText.write(Address.swap16(from.sin_port), service, serviceBytes, flags) : 0;
}

class ServiceText {
  static write(port: u32, to: usize, room: u32, flags: i32): i32 {
    let text: usize = 0;
    if (!(flags & ZSOCK_NI_NUMERICSERV)) {
      const entry = Services.find(NULL, port, flags & ZSOCK_NI_DGRAM ? DATAGRAM : STREAM);
      if (entry) text = Services.name(entry);
    }
    if (!text) text = ServiceText.decimal(port);
    const bytes = strlen(text) + 1;
    if (bytes > room) return ZSOCK_EAI_OVERFLOW;
    memory.copy(to, text, <usize>bytes);
    return 0;
  }

  /** usize → C string: a number up to 65535. */
  static decimal(value: u32): usize {
    const buffer: usize = memory.data(8, 4);
    let at = buffer + 6;
    store<u8>(at, 0);
    do {
      at--;
      store<u8>(at, <u8>(0x30 + (value % 10)));
      value /= 10;
    } while (value);
    return at;
  }
}
