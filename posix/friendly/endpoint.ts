/** An address with a port, as the other end of a socket or one's own. */

import { EAFNOSUPPORT, EAGAIN, EHOSTUNREACH, EINVAL, ENOENT, ENOMEM } from "../errno";
import { AF_INET, AF_UNSPEC, SOCK_DGRAM } from "../zsock/constants";
import { htons, ntohs, zsock_inet_ntoa } from "../zsock/inet";
import { zsock_addrinfo, zsock_freeaddrinfo, zsock_getaddrinfo } from "../zsock/netdb";
import {
  ZSOCK_EAI_ADDRFAMILY,
  ZSOCK_EAI_AGAIN,
  ZSOCK_EAI_FAIL,
  ZSOCK_EAI_FAMILY,
  ZSOCK_EAI_MEMORY,
  ZSOCK_EAI_NODATA,
  ZSOCK_EAI_NONAME,
  ZSOCK_EAI_SYSTEM,
} from "../zsock/netdb-constants";
import { Result } from "../zsock/result";
import { IntCell, NULL, sockaddr_in } from "../zsock/types";

/** An IPv4 address and port: 8 bytes, the layout of sockaddr_in. */
@unmanaged
@final
export class Endpoint {
  /** AF_INET once it has been set. */
  family: u16;
  private portBe: u16;
  /** The address, network order. */
  address: u32;

  /** One in static memory, 0.0.0.0 and port 0 at first: each place in the source that says this has one of its own. */
  @inline static create(): Endpoint {
    return changetype<Endpoint>(memory.data(8, 4));
  }

  /** The port, host order. */
  port(): u32 {
    return ntohs(this.portBe);
  }

  /** Makes it `address` (network order) and `port` (host order). */
  set(address: u32, port: u32): void {
    this.family = <u16>AF_INET;
    this.portBe = htons(port);
    this.address = address;
  }

  /**
   * Makes it the first address of `host` and `port`; asks a name server when it must, and then waits for it.
   *
   * @param host string, or usize → C string: a name or a numeric address
   * @returns true, or false with an error: ENOENT (no such name, or it has no IPv4 address), EAGAIN (no server answers now), EHOSTUNREACH
   *   (the servers refuse, or no resolver is built in), EAFNOSUPPORT, ENOMEM, EINVAL
   */
  resolve<S>(host: S, port: u32): bool {
    const list = Lookup.begin<S>(host);
    if (!list) return false;
    this.set(changetype<sockaddr_in>(zsock_addrinfo.at(list).ai_addr).sin_addr, port);
    zsock_freeaddrinfo<usize>(list);
    return true;
  }

  /** The address as text: usize → C string, overwritten by the next one. */
  text(): usize {
    return zsock_inet_ntoa(this.address);
  }

  /** True when both are the same address and port. */
  equals(other: Endpoint): bool {
    return this.address == other.address && this.portBe == other.portBe;
  }
}

/** getaddrinfo, with errors as errnos. */
export class Lookup {
  private static hints(): zsock_addrinfo {
    return changetype<zsock_addrinfo>(memory.data(40, 8));
  }

  private static found(): IntCell {
    return changetype<IntCell>(memory.data(4, 4));
  }

  /** The addresses of `host`: usize → zsock_addrinfo, to be given back with freeaddrinfo; NULL with an errno. @see Endpoint.resolve */
  static begin<S>(host: S): usize {
    const hints = Lookup.hints();
    hints.ai_family = AF_UNSPEC;
    // Each address once.
    hints.ai_socktype = SOCK_DGRAM;
    const error = zsock_getaddrinfo<S, usize, zsock_addrinfo, IntCell>(host, NULL, hints, Lookup.found());
    if (!error) return <usize>Lookup.found().value;
    if (error != ZSOCK_EAI_SYSTEM) Result.error(Lookup.errno(error));
    return NULL;
  }

  private static errno(error: i32): i32 {
    switch (error) {
      case ZSOCK_EAI_NONAME:
      case ZSOCK_EAI_NODATA:
        return ENOENT;
      case ZSOCK_EAI_AGAIN:
        return EAGAIN;
      case ZSOCK_EAI_FAIL:
        return EHOSTUNREACH;
      case ZSOCK_EAI_FAMILY:
      case ZSOCK_EAI_ADDRFAMILY:
        return EAFNOSUPPORT;
      case ZSOCK_EAI_MEMORY:
        return ENOMEM;
      default:
        return EINVAL;
    }
  }
}
