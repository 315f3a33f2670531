/**
 * The DHCP client of the NIC (RFC 2131 §4.4): the states and what leads from one to the other. What comes in is in input.ts,
 * what goes out in output.ts; times are in timing.ts.
 *
 *     INIT ─▶ SELECTING ─OFFER─▶ REQUESTING ─ACK─▶ CHECKING ─free─▶ BOUND ─T1─▶ RENEWING ─T2─▶ REBINDING
 *       ▲                            │ NAK, silence    │ in use        ▲  ▲           │ ACK        │ ACK
 *       ├────────────────────────────┘                 │ (DECLINE)     │  └───────────┴────────────┤
 *       ├──────────────────────────────────────────────┘               │ ACK, silence              │
 *       │                                              link comes back: REBOOTING                  │
 *       └───────────────────── NAK at any time; the lease ends ────────────────────────────────────┘
 *
 * CHECKING is the address probe of RFC 5227 and exists with CONFIG_NET_IPV4_ACD. A lease is not kept over a reset: INIT-REBOOT
 * (§3.2) is for a link that was down.
 */
import {
  CONFIG_NET_DHCPV4_INITIAL_DELAY_MAX,
  CONFIG_NET_IPV4_ACD,
  CONFIG_NET_IPV4_AUTO,
  CONFIG_NET_IPV4_AUTO_DHCP_TRIES,
} from "../../../config";
import { host_random } from "../../../hal/imports";
import { Nic } from "../../../hal/nic";
import { Be } from "../../base/be";
import { Clock, NO_DEADLINE } from "../../base/clock";
import { Timers } from "../../base/timers";
import { Conflict } from "../../link/arp/conflict";
import { ArpOutput } from "../../link/arp/output";
import { Interfaces } from "../../link/interface";
import { Tasks } from "../../socket/task";
import { DHCP_DECLINE, DHCP_DISCOVER, DHCP_REQUEST } from "../../wire/dhcp";
import { LinkLocal } from "../link-local";
import { Lease } from "./lease";
import { DhcpOutput } from "./output";
import { DhcpReport } from "./report";
import { DHCP_NEVER, DhcpTiming, MICROSECONDS } from "./timing";

/** `DhcpClient.state`. */
export const DHCP_STOPPED: u32 = 0;
export const DHCP_INIT: u32 = 1;
export const DHCP_SELECTING: u32 = 2;
export const DHCP_REQUESTING: u32 = 3;
export const DHCP_CHECKING: u32 = 4;
export const DHCP_BOUND: u32 = 5;
export const DHCP_RENEWING: u32 = 6;
export const DHCP_REBINDING: u32 = 7;
export const DHCP_REBOOTING: u32 = 8;

/** REQUESTs without an answer before the offer counts as gone: about a minute (§3.1). */
const REQUESTS: u32 = 4;
/** Pause after a DECLINE (§3.1: at least ten seconds), µs. */
const DECLINE_PAUSE: u64 = 10 * MICROSECONDS;
/** How often the link is looked at, µs. */
const LINK_CHECK: u64 = 2 * MICROSECONDS;

/** Memory of this file. In functions, so that an image without the service has nothing of it. */
class Memory {
  static client(): usize {
    return memory.data(<i32>offsetof<DhcpClient>(), 8);
  }

  static lease(): usize {
    return memory.data(<i32>offsetof<Lease>(), 4);
  }
}

@unmanaged
@final
export class DhcpClient {
  /** Next step, µs; DHCP_NEVER = none. */
  nextAt: u64;
  /** When the client began to look for an address, µs: field "secs". */
  beganAt: u64;
  /** When the REQUEST went out that led to the lease: its times count from here. */
  requestedAt: u64;
  /** T1 is `nextAt` in BOUND; these are T2 and the end of the lease. */
  rebindAt: u64;
  endsAt: u64;
  /** When the link is looked at next. */
  linkAt: u64;
  /** DHCP_*. */
  state: u32;
  xid: u32;
  /** Messages sent in this state. */
  tries: u32;
  /** "secs" of the last DISCOVER, network order: the REQUEST has the same (§4.4.1). */
  secondsBe: u32;
  /** 1 while the link is up, as last seen. */
  linkUp: u32;

  @inline static only(): DhcpClient {
    return changetype<DhcpClient>(Memory.client());
  }

  /** What was offered, or what we have. */
  @inline static lease(): Lease {
    return Lease.at(Memory.lease());
  }

  /** True while messages of servers are wanted. */
  @inline isRunning(): bool {
    return this.state != DHCP_STOPPED;
  }

  /** Once, after the interface: begins to look for an address. */
  static start(): void {
    const client = DhcpClient.only();
    const now = Clock.now();
    client.linkUp = Interfaces.nicDevice().linkUp;
    client.linkAt = now + LINK_CHECK;
    client.restart(now + DhcpTiming.initialDelay(CONFIG_NET_DHCPV4_INITIAL_DELAY_MAX));
  }

  /** Somebody sets the address by hand: the client has nothing more to say. */
  static stop(): void {
    DhcpClient.only().state = DHCP_STOPPED;
    DhcpClient.lease().address = 0;
    if (CONFIG_NET_IPV4_AUTO) LinkLocal.stop();
  }

  /** Does what is due. Ticks until the next step, NO_DEADLINE for none. */
  static expire(): u32 {
    const client = DhcpClient.only();
    if (client.state == DHCP_STOPPED) return NO_DEADLINE;
    const now = Clock.now();
    if (CONFIG_NET_IPV4_ACD && client.state == DHCP_CHECKING) client.checkProbe(now);
    if (now >= client.linkAt) client.checkLink(now);
    if (now >= client.nextAt) client.step(now);
    const next = min<u64>(client.nextAt, client.linkAt);
    return next > now ? DhcpTiming.ahead(next - now) : 0;
  }

  /** The probe may be over: the address is in use now, or belongs to somebody else (RFC 5227 §2.1.1). */
  private checkProbe(now: u64): void {
    const lease = DhcpClient.lease();
    const nic = Interfaces.nic();
    if (Conflict.isProbing(nic)) return;
    if (nic.address == lease.address) {
      this.bound();
      return;
    }
    DhcpOutput.broadcast(DHCP_DECLINE, host_random(), 0, 0, lease.address, lease.server);
    this.restart(now + DECLINE_PAUSE);
  }

  /** An offer was chosen: asks for it. */
  request(): void {
    this.state = DHCP_REQUESTING;
    this.tries = 0;
    this.requestedAt = Clock.now();
    this.sendRequest();
  }

  /** A server has given or extended the lease, which is in `lease()`. */
  acknowledged(): void {
    const lease = DhcpClient.lease();
    const nic = Interfaces.nic();
    this.rebindAt = DhcpTiming.after(this.requestedAt, lease.rebinding, lease.seconds);
    this.endsAt = DhcpTiming.after(this.requestedAt, lease.seconds, lease.seconds);
    Interfaces.nicDevice().mtu = lease.mtu;
    if (nic.address == lease.address) {
      if (nic.mask != lease.mask || nic.gateway != lease.gateway) {
        Interfaces.apply(nic, lease.address, lease.mask, lease.gateway);
      }
      this.bound();
      return;
    }
    if (CONFIG_NET_IPV4_AUTO) LinkLocal.stop();
    if (CONFIG_NET_IPV4_ACD) {
      this.state = DHCP_CHECKING;
      this.nextAt = DHCP_NEVER;
      Conflict.start(nic, lease.address, lease.mask, lease.gateway);
      return;
    }
    Interfaces.apply(nic, lease.address, lease.mask, lease.gateway);
    // Tells the neighbours (§4.4.1).
    ArpOutput.broadcastRequest(nic.address, nic.address);
    this.bound();
  }

  /** The server refuses: the address, if there is one, is not used any more (§3.2). */
  refused(): void {
    if (this.state >= DHCP_BOUND) {
      DhcpReport.refused();
      this.dropAddress();
    }
    // Not at once, so that a server that refuses everything is not flooded.
    this.restart(Clock.now() + DhcpTiming.backOff(0));
  }

  /** Begins anew with a DISCOVER at `when`. */
  private restart(when: u64): void {
    this.state = DHCP_INIT;
    this.tries = 0;
    this.beganAt = when;
    this.arm(when);
  }

  private bound(): void {
    const lease = DhcpClient.lease();
    // Extending a lease is no news.
    if (this.state < DHCP_BOUND) DhcpReport.bound(lease);
    this.state = DHCP_BOUND;
    this.arm(DhcpTiming.after(this.requestedAt, lease.renewal, lease.seconds));
    Tasks.wakeAny();
  }

  private dropAddress(): void {
    DhcpClient.lease().address = 0;
    Interfaces.apply(Interfaces.nic(), 0, 0, 0);
  }

  /** The time of the present state has come. */
  private step(now: u64): void {
    switch (this.state) {
      case DHCP_INIT:
        this.xid = host_random();
        this.state = DHCP_SELECTING;
        this.discover(now);
        break;
      case DHCP_SELECTING:
        if (CONFIG_NET_IPV4_AUTO && this.tries >= <u32>CONFIG_NET_IPV4_AUTO_DHCP_TRIES) LinkLocal.start();
        this.discover(now);
        break;
      case DHCP_REQUESTING:
        if (this.tries < REQUESTS) this.sendRequest();
        else this.restart(now);
        break;
      case DHCP_BOUND:
        this.xid = host_random();
        this.requestedAt = now;
        this.state = DHCP_RENEWING;
        this.extend(now);
        break;
      case DHCP_RENEWING:
        this.requestedAt = now;
        if (now >= this.rebindAt) this.state = DHCP_REBINDING;
        this.extend(now);
        break;
      case DHCP_REBINDING:
        this.requestedAt = now;
        if (now < this.endsAt) this.extend(now);
        else this.lose(now);
        break;
      default:
        this.reboot(now);
    }
  }

  private lose(now: u64): void {
    DhcpReport.lost();
    this.dropAddress();
    this.restart(now);
  }

  private discover(now: u64): void {
    const seconds = (now - this.beganAt) / MICROSECONDS;
    this.secondsBe = Be.swap16(seconds < 0xffff ? <u32>seconds : 0xffff);
    DhcpOutput.broadcast(DHCP_DISCOVER, this.xid, this.secondsBe, 0, 0, 0);
    this.again(now);
  }

  private sendRequest(): void {
    const lease = DhcpClient.lease();
    DhcpOutput.broadcast(DHCP_REQUEST, this.xid, this.secondsBe, 0, lease.address, lease.server);
    this.again(Clock.now());
  }

  /** Asks for more time: the server itself in RENEWING, everybody in REBINDING; again at half of what is left (§4.4.5). */
  private extend(now: u64): void {
    const address = Interfaces.nic().address;
    if (this.state == DHCP_RENEWING) {
      DhcpOutput.send(DHCP_REQUEST, this.xid, 0, address, 0, 0, DhcpClient.lease().server);
      this.arm(DhcpTiming.halfway(now, this.rebindAt));
    } else {
      DhcpOutput.broadcast(DHCP_REQUEST, this.xid, 0, address, 0, 0);
      this.arm(DhcpTiming.halfway(now, this.endsAt));
    }
  }

  /** Asks whether the old address still holds (INIT-REBOOT, §3.2); without an answer it does until the lease ends. */
  private reboot(now: u64): void {
    if (now >= this.endsAt) {
      this.lose(now);
      return;
    }
    if (this.tries >= REQUESTS) {
      this.state = DHCP_RENEWING;
      this.arm(now >= this.rebindAt ? now : DhcpTiming.halfway(now, this.rebindAt));
      return;
    }
    if (!this.tries) this.requestedAt = now;
    DhcpOutput.broadcast(DHCP_REQUEST, this.xid, 0, 0, DhcpClient.lease().address, 0);
    this.again(now);
  }

  /** A link that comes back may be another network. */
  private checkLink(now: u64): void {
    const device = Interfaces.nicDevice();
    Nic.checkLink(device);
    this.linkAt = now + LINK_CHECK;
    if (device.linkUp == this.linkUp) return;
    this.linkUp = device.linkUp;
    if (!this.linkUp) return;
    if (this.state >= DHCP_BOUND) {
      this.xid = host_random();
      this.state = DHCP_REBOOTING;
      this.tries = 0;
      this.reboot(now);
    } else if (this.state != DHCP_CHECKING) {
      this.restart(now);
    }
  }

  /** The message is sent again after the next back-off. */
  private again(now: u64): void {
    this.arm(now + DhcpTiming.backOff(this.tries));
    this.tries += 1;
  }

  private arm(when: u64): void {
    this.nextAt = when;
    const now = Clock.now();
    Timers.arm(Clock.ticks() + (when > now ? DhcpTiming.ahead(when - now) : 0));
  }
}
