/**
 * What the application may do with the network, as its configuration says (kconfig/capabilities.ts). Asked by the calls that
 * bind, connect, send and resolve; what the stack does for itself (DHCP, DNS, answers) is not asked about. With "*", the default,
 * every question is answered when the core is compiled.
 */
import {
  CONFIG_APP_MAY_BIND,
  CONFIG_APP_MAY_BIND_RULES,
  CONFIG_APP_MAY_CONNECT,
  CONFIG_APP_MAY_CONNECT_RULES,
  CONFIG_APP_MAY_RESOLVE,
  CONFIG_APP_MAY_RESOLVE_BYTES,
  CONFIG_APP_MAY_SEND,
  CONFIG_APP_MAY_SEND_RULES,
} from "../../config";
import { Be } from "../base/be";

/** A rule: u32 address and u32 mask, network order, u32 first and u32 last port, host order. */
const RULE_BYTES: usize = 16;
const MASK: usize = 4;
const LOW: usize = 8;
const HIGH: usize = 12;

const STAR: u32 = 0x2a;
const DOT: u32 = 0x2e;

export class Capability {
  /** True when the application may bind to `address` and `port`, or listen there. Network order; 0 = any address, a port that is drawn. */
  @inline static mayBind(address: u32, port: u32): bool {
    return CONFIG_APP_MAY_BIND_RULES < 0 || Rules.covers(CONFIG_APP_MAY_BIND, CONFIG_APP_MAY_BIND_RULES, address, port);
  }

  /** True when the application may connect to `address` and `port`, network order. */
  @inline static mayConnect(address: u32, port: u32): bool {
    return (
      CONFIG_APP_MAY_CONNECT_RULES < 0 ||
      Rules.covers(CONFIG_APP_MAY_CONNECT, CONFIG_APP_MAY_CONNECT_RULES, address, port)
    );
  }

  /** True when the application may send a datagram to `address` and `port`, network order. */
  @inline static maySend(address: u32, port: u32): bool {
    return CONFIG_APP_MAY_SEND_RULES < 0 || Rules.covers(CONFIG_APP_MAY_SEND, CONFIG_APP_MAY_SEND_RULES, address, port);
  }

  /** True when the application may ask for the name at `text` (usize → u8[length], ASCII, as it was written). */
  @inline static mayResolve(text: usize, length: u32): bool {
    return CONFIG_APP_MAY_RESOLVE_BYTES < 0 || Rules.names(text, length);
  }
}

/** How an entry is compared. */
class Rules {
  /** True when one of the `count` rules at `rules` fits. */
  static covers(rules: usize, count: i32, address: u32, port: u32): bool {
    const number = Be.swap16(port);
    for (let i: i32 = 0; i < count; i++) {
      const rule = rules + <usize>i * RULE_BYTES;
      const fits = ((address ^ load<u32>(rule)) & load<u32>(rule, MASK)) == 0;
      if (fits && number >= load<u32>(rule, LOW) && number <= load<u32>(rule, HIGH)) return true;
    }
    return false;
  }

  /** True when one of the patterns fits the name. A dot at its end says that it is complete, and does not count. */
  static names(text: usize, length: u32): bool {
    if (length && <u32>load<u8>(text + length - 1) == DOT) length--;
    const end = CONFIG_APP_MAY_RESOLVE + <usize>CONFIG_APP_MAY_RESOLVE_BYTES;
    let pattern = CONFIG_APP_MAY_RESOLVE;
    while (pattern < end) {
      let bytes: u32 = 0;
      while (load<u8>(pattern + bytes)) bytes++;
      if (Rules.isName(pattern, bytes, text, length)) return true;
      pattern += bytes + 1;
    }
    return false;
  }

  /** `*.example.com` fits what ends with `.example.com` and has something before it; another pattern fits itself. */
  private static isName(pattern: usize, patternBytes: u32, text: usize, length: u32): bool {
    if (<u32>load<u8>(pattern) == STAR) {
      pattern++;
      patternBytes--;
      if (length <= patternBytes) return false;
      text += length - patternBytes;
      length = patternBytes;
    }
    if (length != patternBytes) return false;
    for (let i: u32 = 0; i < length; i++) {
      if (<u32>load<u8>(pattern + i) != Rules.lower(load<u8>(text + i))) return false;
    }
    return true;
  }

  /** A letter as a small one: names are compared without regard to case (RFC 4343). */
  @inline private static lower(byte: u32): u32 {
    return byte - 0x41 < 26 ? byte | 0x20 : byte;
  }
}
