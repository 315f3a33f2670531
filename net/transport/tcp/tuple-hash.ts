/**
 * The hash by which connections, half-open ones and those in TIME-WAIT are found: of remote address and both ports, with a secret
 * that is drawn at start, so that nobody outside can make chains long (RFC 6528 has the same reason for sequence numbers). The local
 * address is not hashed: there is one.
 */
import { CONFIG_NET_TCP } from "../../../config";
import { host_random } from "../../../hal/imports";

/** u32 secret, odd. */
const SECRET: usize = CONFIG_NET_TCP ? memory.data(4, 4) : 0;

export class TupleHash {
  /** Draws the secret. Before anything is put into a table. */
  static initialise(): void {
    store<u32>(SECRET, host_random() | 1);
  }

  /**
   * 32 bits, of which the highest are the best. Two multiplications, so that neither addresses nor ports alone choose them.
   * @param remote network order; @param ports as `Socket.ports`
   */
  @inline static of(remote: u32, ports: u32): u32 {
    const secret = load<u32>(SECRET);
    return ((remote ^ secret) * 0x9e3779b1 + ports) * secret;
  }

  /** As `of`, scaled to 0 … count - 1, for a table of any size. */
  @inline static below(count: u32, remote: u32, ports: u32): u32 {
    return <u32>((<u64>TupleHash.of(remote, ports) * <u64>count) >>> 32);
  }
}
