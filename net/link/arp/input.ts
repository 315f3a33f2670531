/**
 * ARP packets in (RFC 826), with what experience adds: nothing is learned from broadcast or group senders, from our own
 * addresses, or from strangers (a new entry is made only for somebody who asks for our address); RFC 5227 for conflicts.
 */
import { Device } from "../../../hal/device";
import { COUNTER_ARP_IN, COUNTER_DROP_ARP_MALFORMED, Counter } from "../../base/counters";
import { ARP_REQUEST_BE, ArpPacket } from "../../wire/arp";
import { Ipv4Address } from "../../wire/ipv4";
import { Interfaces } from "../interface";
import { Neighbours } from "../neighbour";
import { Received } from "../received";
import { Arp } from "./arp";
import { Conflict } from "./conflict";
import { ArpOutput } from "./output";

export class ArpInput {
  /** Takes one packet, whose 28 bytes are all in `Received`. */
  static input(device: Device): void {
    const packet = ArpPacket.at(Received.network());
    const low = packet.senderMac0123();
    const high = packet.senderMac45();
    // A group address, or none at all, is nobody's.
    if (!packet.check() || (low & 1) != 0 || (low | high) == 0) {
      Counter.add(COUNTER_DROP_ARP_MALFORMED);
      return;
    }
    Counter.add(COUNTER_ARP_IN);
    // Our own packet come back, or somebody with our MAC address: nothing to learn, nothing to answer.
    if (low == device.macLow && high == device.macHigh) return;
    const nic = Interfaces.nic();
    const sender = packet.senderBe();
    const target = packet.targetBe();
    Conflict.observe(nic, sender, target);
    const own = nic.address;
    if (!own) return;
    if (sender == own) {
      Conflict.defend(nic);
      return;
    }
    const isForUs = target == own;
    const isRequest = packet.operationBe() == ARP_REQUEST_BE;
    if (sender) {
      if (!Ipv4Address.isUnicast(sender) || sender == nic.broadcast || !nic.isOnLink(sender)) return;
      const known = Neighbours.find(sender);
      if (known) {
        Arp.confirm(known, low, high);
      } else if (isForUs && isRequest) {
        const created = Neighbours.create(sender, false, true);
        if (created) Arp.confirm(created, low, high);
      }
    }
    if (isForUs && isRequest) {
      ArpOutput.reply(low & 0xffff, (low >>> 16) | (high << 16), own, sender);
    }
  }
}
