/**
 * Path MTUs that routers have reported (RFC 1191). A small table: what is not in it has the MTU of the link.
 * Only reports about datagrams that a socket can have sent get here (net/ip/icmp-errors-in.ts).
 */
import { CONFIG_NET_FAST_PATHS } from "../../config";
import { Clock, TICKS_PER_SECOND } from "../base/clock";
import { Neighbours } from "../link/neighbour";

/** u32 destination (0 = free: no route leads there), u32 MTU, u32 ticks at which it was reported. */
const ENTRY_BYTES: usize = 12;
const MTU: usize = 4;
const REPORTED_AT: usize = 8;
const ENTRIES: i32 = 4;
const TABLE: usize = memory.data(4 * 12, 4);
const END: usize = TABLE + <usize>ENTRIES * ENTRY_BYTES;
/** usize the one to replace next, u32 entries in use (with fast paths). */
const STATE: usize = memory.data(8, 4);
const COUNT: usize = 4;

/** Nothing below is believed: every path carries this, and smaller packets are an attack (RFC 5927 §7). */
const FLOOR: u32 = 552;
/** Age at which a report is forgotten (RFC 1191 §6.3). */
const LIFETIME: u32 = 600 * TICKS_PER_SECOND;

export class PathMtu {
  /** Bytes of the largest datagram that goes to `destinationBe` when the link takes `linkMtu`. */
  @inline static limit(destinationBe: u32, linkMtu: u32): u32 {
    return !CONFIG_NET_FAST_PATHS || load<u32>(STATE, COUNT) ? PathMtu.lookup(destinationBe, linkMtu) : linkMtu;
  }

  /**
   * A router says that only `mtu` bytes pass on the way to `destinationBe`.
   * @param mtu        0 when it does not say: then the next lower plateau is assumed (RFC 1191 §7.1)
   * @param sentLength total length of the datagram that did not pass
   * @param linkMtu    what the link takes; larger reports are ignored
   */
  static report(destinationBe: u32, mtu: u32, sentLength: u32, linkMtu: u32): void {
    let limit = mtu ? mtu : PathMtu.plateauBelow(sentLength);
    if (limit < FLOOR) limit = FLOOR;
    if (limit >= PathMtu.limit(destinationBe, linkMtu)) return;
    let place: usize = 0;
    for (let p = TABLE; p < END; p += ENTRY_BYTES) {
      const holder = load<u32>(p);
      if (holder == destinationBe) {
        place = p;
        break;
      }
      if (!holder) place = p;
    }
    if (!place) {
      const turn = load<u32>(STATE);
      store<u32>(STATE, (turn + 1) & (ENTRIES - 1));
      place = TABLE + <usize>turn * ENTRY_BYTES;
    } else if (CONFIG_NET_FAST_PATHS && load<u32>(place) != destinationBe) {
      store<u32>(STATE, load<u32>(STATE, COUNT) + 1, COUNT);
    }
    store<u32>(place, destinationBe);
    store<u32>(place, limit, MTU);
    store<u32>(place, Clock.ticks(), REPORTED_AT);
    Neighbours.bumpGeneration();
  }

  private static lookup(destinationBe: u32, linkMtu: u32): u32 {
    for (let p = TABLE; p < END; p += ENTRY_BYTES) {
      if (load<u32>(p) != destinationBe) continue;
      if (Clock.ticks() - load<u32>(p, REPORTED_AT) >= LIFETIME) {
        store<u32>(p, 0);
        if (CONFIG_NET_FAST_PATHS) store<u32>(STATE, load<u32>(STATE, COUNT) - 1, COUNT);
        break;
      }
      const mtu = load<u32>(p, MTU);
      return mtu < linkMtu ? mtu : linkMtu;
    }
    return linkMtu;
  }

  /** The plateaus of RFC 1191 §7.1 that an Ethernet can meet. */
  private static plateauBelow(length: u32): u32 {
    if (length > 1492) return 1492;
    if (length > 1006) return 1006;
    return 508;
  }
}
