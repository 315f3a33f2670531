/**
 * Address resolution: what happens to an entry of the neighbour table as time passes and answers come.
 * Read first: net/link/neighbour.ts (the states).
 *
 * A silent neighbour is asked at most once a second (RFC 1122 §2.3.2.1), CONFIG_NET_ARP_REQUESTS times; then whoever
 * waits for it hears EHOSTUNREACH, and for one more second every datagram to it is refused at once.
 */
import {
  CONFIG_NET_ARP_LIFETIME,
  CONFIG_NET_ARP_REQUESTS,
  CONFIG_NET_ARP_TABLE_SIZE,
  CONFIG_NET_FAST_PATHS,
  CONFIG_NET_SOCKETS_RECVERR,
} from "../../../config";
import { Clock, NO_DEADLINE, TICKS_PER_SECOND } from "../../base/clock";
import { COUNTER_DROP_NO_TX_ROOM, Counter } from "../../base/counters";
import { Timers } from "../../base/timers";
import { Sockets } from "../../socket/sockets";
import { ETHERNET_SPACE } from "../../wire/ethernet";
import { Ipv4Header } from "../../wire/ipv4";
import { Interfaces } from "../interface";
import {
  NEIGHBOUR_BYTES,
  NEIGHBOUR_FAILED,
  NEIGHBOUR_FREE,
  NEIGHBOUR_INCOMPLETE,
  NEIGHBOUR_NEW,
  NEIGHBOUR_PROBING,
  NEIGHBOUR_REACHABLE,
  NEIGHBOUR_STALE,
  Neighbour,
  Neighbours,
} from "../neighbour";
import { Conflict } from "./conflict";
import { ArpOutput, BROADCAST_MAC_01, BROADCAST_MAC_2345 } from "./output";
import { Pending } from "./pending";

/** Longest step of a timer, seconds: ticks wrap after 71 minutes. */
const LONGEST_STEP: u32 = 1000;
/** Seconds of the lifetime that remain for asking again. */
const REFRESH_SECONDS: u32 = (CONFIG_NET_ARP_LIFETIME + 7) / 8;
/** Direct requests to a neighbour whose entry is about to expire. */
const REFRESH_REQUESTS: u32 = 3;

/** Broadcast requests that may go out in a second, for all neighbours together; half of them for strangers' sake. */
const MOST_BROADCASTS: u32 = CONFIG_NET_ARP_TABLE_SIZE * 2;

/** u32: ticks of the earliest deadline of the table. Without fast paths the whole table is looked at each time. */
const NEXT: usize = memory.data(4, 4);
/** u32 ticks at which the present second began, u32 broadcast requests in it. */
const PACE: usize = memory.data(8, 4);

export class Arp {
  /**
   * A datagram for a neighbour that is not resolved: keeps a copy of it and asks, unless that is already under way.
   * @param p usize → Neighbour in state NEW or INCOMPLETE; @param frame, @param frameBytes as Pending.keep
   */
  static queue(p: usize, frame: usize, frameBytes: u32): void {
    const entry = Neighbour.at(p);
    Pending.keep(p, frame, frameBytes, entry.isOurs != 0);
    if (entry.state == NEIGHBOUR_NEW) {
      entry.state = NEIGHBOUR_INCOMPLETE;
      entry.left = CONFIG_NET_ARP_REQUESTS;
      Arp.ask(entry);
    }
  }

  /** A lookup found an entry near the end of its life: asks the neighbour directly, once a second. */
  static refresh(p: usize): void {
    const entry = Neighbour.at(p);
    entry.state = NEIGHBOUR_PROBING;
    entry.left = REFRESH_REQUESTS;
    Arp.ask(entry);
  }

  /** An entry was created, or has failed: it must not stay for ever if nobody sends to it. */
  static watch(entry: Neighbour): void {
    Arp.armAt(entry, Clock.ticks() + TICKS_PER_SECOND);
  }

  /**
   * The neighbour says what its MAC address is (memory order): the entry is good for a lifetime from now, and what
   * waited for it goes out.
   */
  static confirm(p: usize, macLow: u32, macHigh: u32): void {
    const entry = Neighbour.at(p);
    // The same as before, as a rule: then nothing waits for it, and what others remember of it stays right.
    const known = entry.isDirect() && entry.hasMac(macLow, macHigh);
    entry.state = NEIGHBOUR_REACHABLE;
    Arp.armSeconds(entry, CONFIG_NET_ARP_LIFETIME - REFRESH_SECONDS);
    if (known) return;
    entry.setMac(macLow, macHigh);
    Neighbours.bumpGeneration();
    const place = Pending.find(p);
    if (!place) return;
    const bytes = Pending.frameBytes(place);
    const frame = Pending.frame(place);
    Pending.free(place);
    if (!entry.send(frame, bytes)) Counter.add(COUNTER_DROP_NO_TX_ROOM);
  }

  /** Does what is due at `ticks`, and notes what comes next. */
  static expire(ticks: u32): void {
    Conflict.expire(Interfaces.nic(), ticks);
    if (CONFIG_NET_FAST_PATHS) {
      const next = load<u32>(NEXT);
      if (!Clock.isDue(next, ticks)) {
        Timers.note(next);
        return;
      }
      store<u32>(NEXT, ticks + NO_DEADLINE);
    }
    for (let p = Neighbours.first(); p < Neighbours.end(); p += NEIGHBOUR_BYTES) {
      const entry = Neighbour.at(p);
      if (entry.state == NEIGHBOUR_FREE) continue;
      const deadline = entry.deadline;
      if (Clock.isDue(deadline, ticks)) {
        // What comes next for it is armed there.
        Arp.step(p);
      } else {
        Arp.noteNext(deadline);
        Timers.note(deadline);
      }
    }
  }

  /** The deadline of one entry has passed. */
  private static step(p: usize): void {
    const entry = Neighbour.at(p);
    const left = entry.left;
    switch (entry.state) {
      case NEIGHBOUR_REACHABLE:
        if (left) {
          Arp.armSeconds(entry, left);
        } else {
          entry.state = NEIGHBOUR_STALE;
          Neighbours.bumpGeneration();
          Arp.armSeconds(entry, REFRESH_SECONDS);
        }
        break;
      case NEIGHBOUR_STALE:
        if (left) Arp.armSeconds(entry, left);
        else Neighbours.release(p);
        break;
      case NEIGHBOUR_INCOMPLETE:
        if (left) {
          Arp.ask(entry);
        } else {
          const place = Pending.find(p);
          const destination = place
            ? Ipv4Header.at(Pending.frame(place) + ETHERNET_SPACE).destinationBe()
            : entry.addressBe;
          // Before it is gone: whoever wants to know which datagram it was.
          if (CONFIG_NET_SOCKETS_RECVERR && place) Sockets.unanswered(Pending.frame(place), Pending.frameBytes(place));
          Pending.drop(p);
          entry.state = NEIGHBOUR_FAILED;
          Arp.watch(entry);
          Neighbours.bumpGeneration();
          Sockets.hostUnreachable(destination);
        }
        break;
      case NEIGHBOUR_PROBING:
        if (left) Arp.ask(entry);
        else Neighbours.release(p);
        break;
      default: // NEW or FAILED
        Neighbours.release(p);
    }
  }

  /**
   * True when one more broadcast request may go out in this second. Entries that are pushed out and made again ask anew
   * each time: without this, datagrams to many silent hosts would be as many broadcasts.
   */
  private static mayBroadcast(ours: bool): bool {
    const ticks = Clock.ticks();
    if (ticks - load<u32>(PACE) >= TICKS_PER_SECOND) {
      store<u32>(PACE, ticks);
      store<u32>(PACE, 0, 4);
    }
    const count = load<u32>(PACE, 4) + 1;
    if (count > (ours ? MOST_BROADCASTS : MOST_BROADCASTS / 2)) return false;
    store<u32>(PACE, count, 4);
    return true;
  }

  /** Sends a request for the entry, to all or (PROBING) to itself, and waits a second. */
  private static ask(entry: Neighbour): void {
    Arp.armAt(entry, Clock.ticks() + TICKS_PER_SECOND);
    // Not asked this time: the try is not lost.
    if (entry.state == NEIGHBOUR_INCOMPLETE && !Arp.mayBroadcast(entry.isOurs != 0)) return;
    entry.left -= 1;
    const direct = entry.state == NEIGHBOUR_PROBING;
    const mac01 = direct ? entry.header0 >>> 16 : BROADCAST_MAC_01;
    const mac2345 = direct ? entry.header1 : BROADCAST_MAC_2345;
    ArpOutput.request(mac01, mac2345, entry.sourceBe, entry.addressBe);
  }

  /** Sets the deadline `seconds` ahead, in several steps if need be. */
  private static armSeconds(entry: Neighbour, seconds: u32): void {
    const step = seconds < LONGEST_STEP ? seconds : LONGEST_STEP;
    entry.left = seconds - step;
    Arp.armAt(entry, Clock.ticks() + step * TICKS_PER_SECOND);
  }

  private static armAt(entry: Neighbour, deadline: u32): void {
    entry.deadline = deadline;
    Arp.noteNext(deadline);
    Timers.arm(deadline);
  }

  /** An entry of the table has that deadline. */
  @inline private static noteNext(deadline: u32): void {
    if (CONFIG_NET_FAST_PATHS && <i32>(deadline - load<u32>(NEXT)) < 0) store<u32>(NEXT, deadline);
  }
}
