/** The stack as a whole: start, one round of work, addresses. */
import {
  CONFIG_EPOLL,
  CONFIG_EVENTFD,
  CONFIG_NET_DHCPV4,
  CONFIG_NET_IPV4_IGMP,
  CONFIG_NET_LOOPBACK,
  CONFIG_NET_SOCKETS_UNIX,
  CONFIG_NET_TCP,
} from "../config";
import { Nic } from "../hal/nic";
import { Clock } from "./base/clock";
import { Timers } from "./base/timers";
import { EventCounter } from "./event/event-counter";
import { InterestSet } from "./event/interest-set";
import { IcmpRate } from "./ip/icmp-rate";
import { Ipv4Output } from "./ip/ipv4-output";
import { Igmp } from "./ip/multicast/igmp";
import { Reassembly } from "./ip/reassembly";
import { Arp } from "./link/arp/arp";
import { Pending } from "./link/arp/pending";
import { Ethernet } from "./link/ethernet";
import { Interfaces } from "./link/interface";
import { Loopback } from "./link/loopback";
import { Neighbours } from "./link/neighbour";
import { LocalSockets } from "./local/local-socket";
import { DhcpClient } from "./service/dhcp/client";
import { SERVICES } from "./service/own-ports";
import { Services } from "./service/services";
import { DatagramRings } from "./socket/datagram-ring";
import { ERROR_QUEUE, ErrorQueue } from "./socket/error-queue";
import { SocketPool } from "./socket/socket";
import { Tasks } from "./socket/task";
import { TcpStack } from "./transport/tcp/stack";

/** Frames that one poll takes from each device at most: the bound of its work (docs/architecture.md). */
export const POLL_FRAMES: i32 = 8;

export class Stack {
  /** Once, first. 0, or -errno of the driver's probe. */
  static initialise(now: u64): i32 {
    Clock.enter(now);
    Timers.reset(Clock.ticks());
    SocketPool.initialise();
    DatagramRings.initialise();
    Neighbours.initialise();
    Pending.initialise();
    Ipv4Output.initialise();
    IcmpRate.initialise();
    if (CONFIG_NET_TCP) TcpStack.initialise();
    if (ERROR_QUEUE) ErrorQueue.initialise();
    if (CONFIG_EVENTFD) EventCounter.initialise();
    if (CONFIG_EPOLL) InterestSet.initialise();
    if (CONFIG_NET_SOCKETS_UNIX) LocalSockets.initialise();
    const result = Interfaces.init();
    if (CONFIG_NET_IPV4_IGMP) Igmp.initialise();
    if (SERVICES) Services.initialise();
    return result;
  }

  /**
   * One bounded round: frames of each device, then the timers when one is due.
   * @returns µs until the next deadline; 0 when there is more to be done at once
   */
  static poll(now: u64): u32 {
    Clock.enter(now);
    // A chip that did not answer its probe is not asked again.
    if (Interfaces.nic().up) {
      const device = Interfaces.nicDevice();
      Nic.acknowledge(device);
      if (Ethernet.poll(device, POLL_FRAMES)) {
        Stack.pollRest();
        return 0;
      }
    }
    const ahead = Timers.aheadOf(<u32>now);
    return ahead ? ahead : Stack.pollRest();
  }

  /** What is rarely due: datagrams to ourselves, which come with a deadline of this moment, and timers. As `poll`. */
  private static pollRest(): u32 {
    const left = CONFIG_NET_LOOPBACK && Loopback.poll(POLL_FRAMES) == POLL_FRAMES;
    if (!Timers.ahead()) Stack.expire(Clock.ticks());
    return left ? 0 : Timers.ahead();
  }

  /** Asks every owner of timers; each notes its deadlines, or answers with the ticks until the next. */
  private static expire(ticks: u32): void {
    Timers.reset(ticks);
    Arp.expire(ticks);
    Reassembly.expire(ticks);
    if (CONFIG_NET_TCP) TcpStack.expire(ticks);
    if (CONFIG_NET_IPV4_IGMP) Timers.note(ticks + Igmp.expire());
    if (SERVICES) Services.expire(ticks);
    Timers.note(ticks + Tasks.expire());
  }

  /** Addresses of an interface, network order. @see Interfaces.configure */
  static configure(index: i32, address: u32, mask: u32, gateway: u32): i32 {
    if (CONFIG_NET_DHCPV4) DhcpClient.stop();
    return Interfaces.configure(index, address, mask, gateway);
  }
}
