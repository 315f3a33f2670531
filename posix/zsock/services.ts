/** Small tables of services (RFC 6335) and protocols, by name and by number. Present only in programs that ask. */
import { strcmp, strlen } from "../string";
import { Address } from "./address";
import { CString } from "./c-string";
import { NULL } from "./types";

/** Protocols of a service, as bits. */
const TCP: u32 = 1;
const UDP: u32 = 2;

const NAME_BYTES: u32 = 32;

/** What getservbyname and getservbyport answer: 16 bytes, overwritten by the next call. */
@unmanaged
@final
export class servent {
  /** usize → C string. */
  s_name: usize;
  /** usize → usize[]: there are no other names. */
  s_aliases: usize;
  /** Network order. */
  s_port: i32;
  /** usize → C string: "tcp" or "udp". */
  s_proto: usize;
}

/** What getprotobyname answers: 12 bytes, overwritten by the next call. */
@unmanaged
@final
export class protoent {
  /** usize → C string. */
  p_name: usize;
  /** usize → usize[]: there are no other names. */
  p_aliases: usize;
  p_proto: i32;
}

export class Services {
  /** usize → u8[]: for each service the port (big-endian), a byte of protocols, the name with its zero byte; 0, 0 at the end. */
  static table(): usize {
    // biome-ignore format: one entry after the other
    return memory.data<u8>([
      // 7 echo
      0, 7, 3, 101, 99, 104, 111, 0,
      // 9 discard
      0, 9, 3, 100, 105, 115, 99, 97, 114, 100, 0,
      // 13 daytime
      0, 13, 3, 100, 97, 121, 116, 105, 109, 101, 0,
      // 21 ftp
      0, 21, 1, 102, 116, 112, 0,
      // 22 ssh
      0, 22, 1, 115, 115, 104, 0,
      // 23 telnet
      0, 23, 1, 116, 101, 108, 110, 101, 116, 0,
      // 25 smtp
      0, 25, 1, 115, 109, 116, 112, 0,
      // 53 domain
      0, 53, 3, 100, 111, 109, 97, 105, 110, 0,
      // 69 tftp
      0, 69, 2, 116, 102, 116, 112, 0,
      // 80 http
      0, 80, 1, 104, 116, 116, 112, 0,
      // 123 ntp
      0, 123, 2, 110, 116, 112, 0,
      // 161 snmp
      0, 161, 2, 115, 110, 109, 112, 0,
      // 443 https
      1, 187, 3, 104, 116, 116, 112, 115, 0,
      // 514 syslog
      2, 2, 2, 115, 121, 115, 108, 111, 103, 0,
      // 1883 mqtt
      7, 91, 1, 109, 113, 116, 116, 0,
      // 5683 coap
      22, 51, 3, 99, 111, 97, 112, 0,
      // 8883 secure-mqtt
      34, 179, 1, 115, 101, 99, 117, 114, 101, 45, 109, 113, 116, 116, 0,
      0, 0,
    ]);
  }

  /** usize → u8[]: for each protocol its number, the name with its zero byte; 0 at the end. */
  static protocols(): usize {
    // biome-ignore format: one entry after the other
    return memory.data<u8>([
      // icmp
      1, 105, 99, 109, 112, 0,
      // tcp
      6, 116, 99, 112, 0,
      // udp
      17, 117, 100, 112, 0,
      0,
    ]);
  }

  /** Bits of the protocols that `name` (usize → C string; NULL: any) names; 0 for another. */
  static bits(name: usize): u32 {
    if (!name) return TCP | UDP;
    if (strcmp(name, Services.protocolName(TCP)) == 0) return TCP;
    return strcmp(name, Services.protocolName(UDP)) == 0 ? UDP : 0;
  }

  /** usize → C string: "tcp" when that bit is there, else "udp". */
  static protocolName(bits: u32): usize {
    return bits & TCP ? memory.data<u8>([116, 99, 112, 0]) : memory.data<u8>([117, 100, 112, 0]);
  }

  /** usize → the entry of a service with one of the protocols, by name (usize → C string), or by port when that is NULL; 0 = none. */
  static find(name: usize, port: u32, protocols: u32): usize {
    let entry = Services.table();
    while (load<u16>(entry)) {
      const found = name ? strcmp(entry + 3, name) == 0 : Services.port(entry) == port;
      if (found && (<u32>load<u8>(entry, 2) & protocols) != 0) return entry;
      entry += 4 + <usize>strlen(entry + 3);
    }
    return 0;
  }

  /** Port of an entry, host order. */
  static port(entry: usize): u32 {
    return Address.swap16(load<u16>(entry));
  }

  /** Protocols of an entry, as bits: 1 TCP, 2 UDP. */
  static protocolsOf(entry: usize): u32 {
    return load<u8>(entry, 2);
  }

  /** usize → C string: the name of an entry. */
  static name(entry: usize): usize {
    return entry + 3;
  }

  static answer(entry: usize, protocols: u32): usize {
    if (!entry) return NULL;
    const result = changetype<servent>(memory.data(16, 4));
    result.s_name = entry + 3;
    result.s_aliases = Services.none();
    result.s_port = <i32>load<u16>(entry);
    result.s_proto = Services.protocolName(<u32>load<u8>(entry, 2) & protocols);
    return changetype<usize>(result);
  }

  /** usize → usize[]: an empty list. */
  static none(): usize {
    return memory.data(4, 4);
  }

  static buffer(): usize {
    return memory.data(32, 4);
  }

  static protocolBuffer(): usize {
    return memory.data(32, 4);
  }
}

/**
 * A service by its name.
 *
 * @param name  string, or usize → C string
 * @param proto "tcp" or "udp", likewise; NULL: any
 * @returns usize → servent, or NULL when the table has none
 * @see POSIX getservbyname()
 */
export function zsock_getservbyname<N, P>(name: N, proto: P): usize {
  if (CString.copy<N>(name, Services.buffer(), NAME_BYTES) < 0) return NULL;
  let bits = TCP | UDP;
  if (changetype<usize>(proto)) {
    if (CString.copy<P>(proto, Services.protocolBuffer(), NAME_BYTES) < 0) return NULL;
    bits = Services.bits(Services.protocolBuffer());
  }
  return Services.answer(Services.find(Services.buffer(), 0, bits), bits);
}

/**
 * A service by its port (network order). Parameters and answer as of getservbyname.
 * @see POSIX getservbyport()
 */
export function zsock_getservbyport<P>(port: i32, proto: P): usize {
  let bits = TCP | UDP;
  if (changetype<usize>(proto)) {
    if (CString.copy<P>(proto, Services.protocolBuffer(), NAME_BYTES) < 0) return NULL;
    bits = Services.bits(Services.protocolBuffer());
  }
  return Services.answer(Services.find(NULL, Address.swap16(port), bits), bits);
}

/**
 * A protocol by its name: "icmp", "tcp", "udp".
 *
 * @returns usize → protoent, or NULL
 * @see POSIX getprotobyname()
 */
export function zsock_getprotobyname<N>(name: N): usize {
  if (CString.copy<N>(name, Services.buffer(), NAME_BYTES) < 0) return NULL;
  let entry = Services.protocols();
  while (load<u8>(entry)) {
    if (strcmp(entry + 1, Services.buffer()) == 0) {
      const result = changetype<protoent>(memory.data(12, 4));
      result.p_name = entry + 1;
      result.p_aliases = Services.none();
      result.p_proto = <i32>load<u8>(entry);
      return changetype<usize>(result);
    }
    entry += 2 + <usize>strlen(entry + 1);
  }
  return NULL;
}
