/**
 * What records begin with that belong to a four-tuple: connections (`Tcb`), half-open ones (`HalfOpen`), those in TIME-WAIT
 * (`TimeWaitRecord`) and the segment that is being looked at (`Segment`). Each has its addresses at the same place, and the first three
 * their link in a chain.
 */
import { Chain } from "../../base/chain";

@unmanaged
@final
export class Tuple {
  /** Something else in each. */
  protected first: u32;
  protected second: u32;
  protected third: u32;
  /** Own and peer's address, network order. */
  local: u32;
  remote: u32;
  /** As `Socket.ports`. */
  ports: u32;
  /** usize → the next record in its chain. Not in a segment. */
  next: usize;

  @inline static at(p: usize): Tuple {
    return changetype<Tuple>(p);
  }
}

/** Chains of such records. `head`: usize → usize of the first one, 0 = empty. */
export class TupleChain {
  /** usize → the record of a four-tuple, or 0. */
  @inline static find(head: usize, local: u32, remote: u32, ports: u32): usize {
    let p = load<usize>(head);
    while (p) {
      const entry = Tuple.at(p);
      if (entry.ports == ports && entry.remote == remote && entry.local == local) break;
      p = entry.next;
    }
    return p;
  }

  /** Puts the record at `p` before all others. */
  @inline static add(head: usize, p: usize): void {
    Tuple.at(p).next = load<usize>(head);
    store<usize>(head, p);
  }

  /** Takes the record at `p` out, if it is there. Its own link stays. */
  @inline static remove(head: usize, p: usize): void {
    Chain.remove(head, p, offsetof<Tuple>("next"));
  }
}
