/** ARP packets out (RFC 826). They are written word by word into the chip: 28 bytes are exactly seven words. */
import { Nic } from "../../../hal/nic";
import {
  COUNTER_ARP_REPLIES_OUT,
  COUNTER_ARP_REQUESTS_OUT,
  COUNTER_DROP_NO_TX_ROOM,
  Counter,
} from "../../base/counters";
import { ARP_BYTES, ARP_LENGTHS_BE, ARP_REPLY_BE, ARP_REQUEST_BE, ARP_TYPES_BE } from "../../wire/arp";
import { ETHERNET_HEADER_BYTES, ETHERTYPE_ARP_BE } from "../../wire/ethernet";
import { Interfaces } from "../interface";

/** Words 0 (high half) and 1 of a frame to everybody. */
export const BROADCAST_MAC_01: u32 = 0xffff;
export const BROADCAST_MAC_2345: u32 = 0xffffffff;

export class ArpOutput {
  /**
   * Broadcasts a request.
   * @param senderBe own address; 0 in a probe (RFC 5227 §2.1.1)
   * @param targetBe address asked for; equal to the sender in an announcement (RFC 5227 §2.3)
   * @returns false when the chip had no room
   */
  static broadcastRequest(senderBe: u32, targetBe: u32): bool {
    return ArpOutput.request(BROADCAST_MAC_01, BROADCAST_MAC_2345, senderBe, targetBe);
  }

  /** As `broadcastRequest`, to one neighbour. `mac01`, `mac2345`: words 0 (high half) and 1 of a frame to it. */
  static request(mac01: u32, mac2345: u32, senderBe: u32, targetBe: u32): bool {
    return ArpOutput.send(mac01, mac2345, ARP_REQUEST_BE, senderBe, targetBe);
  }

  /** Answers a request. `mac01`, `mac2345`: the asker; `targetBe`: its address. */
  static reply(mac01: u32, mac2345: u32, senderBe: u32, targetBe: u32): bool {
    return ArpOutput.send(mac01, mac2345, ARP_REPLY_BE, senderBe, targetBe);
  }

  private static send(to01: u32, to2345: u32, operation: u32, senderBe: u32, targetBe: u32): bool {
    const device = Interfaces.nicDevice();
    // A request does not know the address of its target.
    const known: u32 = operation == ARP_REPLY_BE ? 0xffffffff : 0;
    if (!Nic.txBegin(device, ETHERNET_HEADER_BYTES + ARP_BYTES)) {
      Counter.add(COUNTER_DROP_NO_TX_ROOM);
      return false;
    }
    Nic.txFirst(device, ETHERNET_HEADER_BYTES + ARP_BYTES, to01 << 16);
    Nic.txWord(device, to2345);
    Nic.txWord(device, device.macLow);
    Nic.txWord(device, device.macHigh | (ETHERTYPE_ARP_BE << 16));
    Nic.txWord(device, ARP_TYPES_BE);
    Nic.txWord(device, ARP_LENGTHS_BE | (operation << 16));
    Nic.txWord(device, device.macLow);
    Nic.txWord(device, device.macHigh | (senderBe << 16));
    Nic.txWord(device, (senderBe >>> 16) | ((to01 & known) << 16));
    Nic.txWord(device, to2345 & known);
    Nic.txWord(device, targetBe);
    Nic.txEnd(device);
    Counter.add(known ? COUNTER_ARP_REPLIES_OUT : COUNTER_ARP_REQUESTS_OUT);
    return true;
  }
}
