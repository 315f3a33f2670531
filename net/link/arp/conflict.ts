/**
 * IPv4 address conflict detection (RFC 5227): probing before an address is used (CONFIG_NET_IPV4_ACD) and defending it
 * afterwards (always).
 *
 * Of the three choices of §2.4 this is (c): an address that was configured by hand is defended for ever, but with at
 * most one announcement in DEFEND_INTERVAL, so that two hosts with the same address do not flood the link. A link-local address
 * is given up at the second conflict within that time (b), and an address of DHCP that fails the probe is declined: the client
 * looks at the outcome (`isProbing`, `isInsisted`) when it is polled.
 */
import { CONFIG_NET_DHCPV4, CONFIG_NET_IPV4_ACD, CONFIG_NET_IPV4_AUTO } from "../../../config";
import { host_random } from "../../../hal/imports";
import { Clock, TICKS_PER_SECOND } from "../../base/clock";
import { COUNTER_ARP_CONFLICTS, Counter } from "../../base/counters";
import { Text } from "../../base/text";
import { Timers } from "../../base/timers";
import { Interfaces, NetInterface } from "../interface";
import { ArpOutput } from "./output";

/** `NetInterface.conflictState`. */
const IDLE: u32 = 0;
const PROBING: u32 = 1;
/** All probes are out; waiting for a late answer. */
const WAITING: u32 = 2;
const ANNOUNCING: u32 = 3;

/** RFC 5227 §1.1; times in ticks. */
const PROBE_WAIT: u32 = TICKS_PER_SECOND;
const PROBE_NUM: u32 = 3;
const PROBE_MIN: u32 = TICKS_PER_SECOND;
const PROBE_MAX: u32 = 2 * TICKS_PER_SECOND;
const ANNOUNCE_WAIT: u32 = 2 * TICKS_PER_SECOND;
const ANNOUNCE_NUM: u32 = 2;
const ANNOUNCE_INTERVAL: u32 = 2 * TICKS_PER_SECOND;
const DEFEND_INTERVAL: u32 = 10 * TICKS_PER_SECOND;

/** `NetInterface.conflictDefended`: there was another conflict within DEFEND_INTERVAL. */
const INSISTED: u32 = 2;

const TEXT_IN_USE: usize = memory.data<u8>([
  // "another host has the configured IPv4 address: it is not used"
  97, 110, 111, 116, 104, 101, 114, 32, 104, 111, 115, 116, 32, 104, 97, 115, 32, 116, 104, 101, 32, 99, 111, 110, 102,
  105, 103, 117, 114, 101, 100, 32, 73, 80, 118, 52, 32, 97, 100, 100, 114, 101, 115, 115, 58, 32, 105, 116, 32, 105,
  115, 32, 110, 111, 116, 32, 117, 115, 101, 100, 0,
]);

export class Conflict {
  /** Starts probing for an address; the interface has none until that is done. Values are checked by the caller. */
  static start(nic: NetInterface, address: u32, mask: u32, gateway: u32): void {
    Interfaces.apply(nic, 0, 0, 0);
    nic.candidateAddress = address;
    nic.candidateMask = mask;
    nic.candidateGateway = gateway;
    nic.conflictState = PROBING;
    nic.conflictCount = 0;
    Conflict.arm(nic, host_random() % PROBE_WAIT);
  }

  /** Ends probing and announcing. */
  static stop(nic: NetInterface): void {
    nic.conflictState = IDLE;
    nic.candidateAddress = 0;
  }

  /** True while an address is being probed and nobody else has it so far. */
  @inline static isProbing(nic: NetInterface): bool {
    return nic.conflictState == PROBING || nic.conflictState == WAITING;
  }

  /** True once when somebody else goes on using our address. */
  static isInsisted(nic: NetInterface): bool {
    if (nic.conflictDefended != INSISTED) return false;
    nic.conflictDefended = 0;
    return true;
  }

  /**
   * Looks at an ARP packet of somebody else while an address is being probed (§2.1.1).
   * @param senderBe, @param targetBe protocol addresses, network order
   */
  static observe(nic: NetInterface, senderBe: u32, targetBe: u32): void {
    const candidate = nic.candidateAddress;
    if (nic.conflictState != PROBING && nic.conflictState != WAITING) return;
    // In use by somebody, or somebody is probing for it at the same time.
    if (senderBe != candidate && (senderBe != 0 || targetBe != candidate)) return;
    Counter.add(COUNTER_ARP_CONFLICTS);
    Conflict.stop(nic);
    Text.log(TEXT_IN_USE);
    if (CONFIG_NET_DHCPV4) Timers.arm(Clock.ticks());
  }

  /** Somebody else sent an ARP packet from our address (§2.4). */
  static defend(nic: NetInterface): void {
    Counter.add(COUNTER_ARP_CONFLICTS);
    const ticks = Clock.ticks();
    if (nic.conflictDefended && ticks - nic.conflictDefendedAt < DEFEND_INTERVAL) {
      if (CONFIG_NET_IPV4_AUTO) {
        nic.conflictDefended = INSISTED;
        Timers.arm(ticks);
      }
      return;
    }
    if (!ArpOutput.broadcastRequest(nic.address, nic.address)) return;
    nic.conflictDefended = 1;
    nic.conflictDefendedAt = ticks;
  }

  /** Does what is due, and notes what comes next. */
  static expire(nic: NetInterface, ticks: u32): void {
    if (!CONFIG_NET_IPV4_ACD || nic.conflictState == IDLE) return;
    // A step arms the next one itself.
    if (Clock.isDue(nic.conflictDeadline, ticks)) Conflict.step(nic);
    else Timers.note(nic.conflictDeadline);
  }

  private static step(nic: NetInterface): void {
    if (nic.conflictState == PROBING) {
      ArpOutput.broadcastRequest(0, nic.candidateAddress);
      nic.conflictCount += 1;
      if (nic.conflictCount < PROBE_NUM) {
        Conflict.arm(nic, PROBE_MIN + (host_random() % (PROBE_MAX - PROBE_MIN)));
        return;
      }
      nic.conflictState = WAITING;
      Conflict.arm(nic, ANNOUNCE_WAIT);
      return;
    }
    if (nic.conflictState == WAITING) {
      Interfaces.apply(nic, nic.candidateAddress, nic.candidateMask, nic.candidateGateway);
      nic.conflictState = ANNOUNCING;
      nic.conflictCount = 0;
    }
    ArpOutput.broadcastRequest(nic.address, nic.address);
    nic.conflictCount += 1;
    if (nic.conflictCount < ANNOUNCE_NUM) Conflict.arm(nic, ANNOUNCE_INTERVAL);
    else Conflict.stop(nic);
  }

  private static arm(nic: NetInterface, delay: u32): void {
    const deadline = Clock.ticks() + delay;
    nic.conflictDeadline = deadline;
    Timers.arm(deadline);
  }
}
