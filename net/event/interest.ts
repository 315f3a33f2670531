/**
 * One descriptor in one epoll set. It is in three lists: of its set, of what the descriptor stands for (so that an event finds it
 * without a search), and, after an event, in the ready list of its set.
 */
import { CONFIG_EPOLL, CONFIG_EPOLL_INTERESTS, CONFIG_NET_MAX_CONTEXTS } from "../../config";
import { Pool } from "../base/pool";
import { Handle } from "../socket/handle";
import { SOCKET_BYTES, SocketPool } from "../socket/socket";

/** `Interest.state`: it is in the ready list. */
export const INTEREST_READY: u32 = 1;
/** `Interest.state`: one-shot and reported: it says nothing before it is modified. */
export const INTEREST_DISABLED: u32 = 2;

@unmanaged
@final
export class Interest {
  /** usize → InterestSet. While the record is free this word is the pool's link. */
  set: usize;
  descriptor: i32;
  /** usize → Socket or Handle. */
  object: usize;
  /** EPOLL*: what was asked for. */
  events: u32;
  /** The application's own value. */
  data: u64;
  /** usize → next Interest in the same object; 0 = last. */
  nextInObject: usize;
  nextInSet: usize;
  previousInSet: usize;
  nextReady: usize;
  previousReady: usize;
  /** INTEREST_*. */
  state: u32;

  @inline static at(p: usize): Interest {
    return changetype<Interest>(p);
  }

  static initialise(): void {
    Pool.at(Interest.pool()).initialise(Interest.storage());
  }

  /** A zeroed record, linked to `object`; 0 when CONFIG_EPOLL_INTERESTS are taken. */
  static take(object: usize): usize {
    const p = Pool.at(Interest.pool()).take();
    if (!p) return 0;
    const head = Interest.headOf(object);
    const interest = Interest.at(p);
    interest.object = object;
    interest.nextInObject = load<usize>(head);
    store<usize>(head, p);
    return p;
  }

  /** Takes it out of its object's list and gives the record back. */
  static give(interest: Interest): void {
    let link = Interest.headOf(interest.object);
    while (load<usize>(link) != changetype<usize>(interest))
      link = load<usize>(link) + offsetof<Interest>("nextInObject");
    store<usize>(link, interest.nextInObject);
    Pool.at(Interest.pool()).give(changetype<usize>(interest));
  }

  /** usize → Interest: the first of `object`, a Socket or a Handle; 0 = none. */
  @inline static first(object: usize): usize {
    return load<usize>(Interest.headOf(object));
  }

  /** usize → usize: where the list of `object` begins. A socket's record has no room for it, so it lies in a table beside. */
  private static headOf(object: usize): usize {
    if (SocketPool.owns(object)) return Interest.heads() + (((object - SocketPool.record(0)) / SOCKET_BYTES) << 2);
    return object + offsetof<Handle>("interests");
  }

  private static heads(): usize {
    return memory.data(CONFIG_EPOLL ? CONFIG_NET_MAX_CONTEXTS * 4 : 4, 4);
  }

  private static storage(): usize {
    return memory.data(CONFIG_EPOLL ? CONFIG_EPOLL_INTERESTS * 48 : 8, 8);
  }

  /** The statistics of the pool. */
  static pool(): usize {
    return memory.data<u32>([CONFIG_EPOLL_INTERESTS, <u32>offsetof<Interest>(), 0, 0, 0, 0]);
  }
}

if (offsetof<Interest>() != 48) ERROR("an interest has 48 bytes");
