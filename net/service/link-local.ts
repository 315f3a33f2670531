/**
 * Link-local IPv4 address (RFC 3927), used while no DHCP server answers: drawn at random, probed and defended as RFC 5227 says
 * (net/link/arp/conflict.ts), given up for the address of a server when one comes, and for another one when somebody else insists on it.
 */
import { host_random } from "../../hal/imports";
import { Clock, NO_DEADLINE, TICKS_PER_SECOND } from "../base/clock";
import { Conflict } from "../link/arp/conflict";
import { Interfaces } from "../link/interface";
import { Tasks } from "../socket/task";
import { DhcpReport } from "./dhcp/report";

/** 169.254.0.0 and 255.255.0.0, network order. */
const PREFIX: u32 = 0xfea9;
const MASK: u32 = 0xffff;
/** 169.254.1.0 to 169.254.254.255 can be used (§2.1). */
const FIRST: u32 = 0x0100;
const COUNT: u32 = 0xfe00;
/** Conflicts after which addresses are tried slowly, and how slowly (§2.2.1). */
const MAX_CONFLICTS: u32 = 10;
const RATE_LIMIT: u32 = 60 * TICKS_PER_SECOND;

/** Memory of this file. In functions, so that an image without the service has nothing of it. */
class Memory {
  static state(): usize {
    return memory.data(24, 4);
  }
}

@unmanaged
@final
class State {
  /** 1 while an address is wanted, being probed, or in use. */
  active: u32;
  conflicts: u32;
  /** 1 when the next address is tried at `retryAt` (ticks). */
  waiting: u32;
  retryAt: u32;
  /** The address, network order, and 1 once the log says it. */
  address: u32;
  reported: u32;
}

export class LinkLocal {
  @inline private static state(): State {
    return changetype<State>(Memory.state());
  }

  /** Begins to look for an address, unless that has been done. */
  static start(): void {
    const state = LinkLocal.state();
    if (state.active) return;
    state.active = 1;
    state.conflicts = 0;
    state.waiting = 0;
    LinkLocal.probe();
  }

  /** Another address takes its place. */
  static stop(): void {
    const state = LinkLocal.state();
    state.active = 0;
    state.waiting = 0;
  }

  /** Does what is due. Ticks until the next step, NO_DEADLINE for none. */
  static expire(ticks: u32): u32 {
    const state = LinkLocal.state();
    const nic = Interfaces.nic();
    if (!state.active || Conflict.isProbing(nic)) return NO_DEADLINE;
    if (state.waiting) {
      if (!Clock.isDue(state.retryAt, ticks)) return state.retryAt - ticks;
      state.waiting = 0;
      LinkLocal.probe();
    } else if (nic.address != state.address || Conflict.isInsisted(nic)) {
      return LinkLocal.conflict(state, ticks);
    } else if (!state.reported) {
      state.reported = 1;
      DhcpReport.linkLocal(nic.address);
      Tasks.wakeAny();
    }
    return NO_DEADLINE;
  }

  /** Somebody else has the address that was probed, or insists on the one in use (§2.5): another one. */
  private static conflict(state: State, ticks: u32): u32 {
    state.conflicts += 1;
    if (state.conflicts < MAX_CONFLICTS) {
      LinkLocal.probe();
      return NO_DEADLINE;
    }
    state.waiting = 1;
    state.retryAt = ticks + RATE_LIMIT;
    return RATE_LIMIT;
  }

  private static probe(): void {
    const host = FIRST + (host_random() % COUNT);
    const address = PREFIX | ((host >>> 8) << 16) | ((host & 0xff) << 24);
    const state = LinkLocal.state();
    state.address = address;
    state.reported = 0;
    Conflict.start(Interfaces.nic(), address, MASK, 0);
  }
}
