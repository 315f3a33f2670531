/**
 * Ethernet input (RFC 894, RFC 1122 §2.3). A frame to our MAC address with a plain IPv4 datagram stays in registers all
 * the way to the transport protocol; everything else is laid out in `Received` and looked at field by field.
 */
import { CONFIG_NET_FAST_PATHS } from "../../config";
import { Device } from "../../hal/device";
import { Frame } from "../../hal/frame";
import { Nic } from "../../hal/nic";
import {
  COUNTER_DROP_ARP_MALFORMED,
  COUNTER_DROP_ETHERTYPE,
  COUNTER_DROP_OTHER_MAC,
  COUNTER_DROP_RUNT,
  Counter,
} from "../base/counters";
import { Ipv4Input } from "../ip/ipv4-input";
import { PacketInput } from "../packet/packet-input";
import { PACKET_SOCKETS, WHOLE_FRAMES } from "../socket/raw-kinds";
import { ARP_BYTES } from "../wire/arp";
import { ETHERNET_HEADER_BYTES, ETHERTYPE_ARP_BE, ETHERTYPE_IPV4_BE } from "../wire/ethernet";
import { ArpInput } from "./arp/input";
import { Interfaces } from "./interface";
import { Received } from "./received";
import { WholeFrame } from "./whole-frame";

/** Words that the fast path takes: Ethernet header, IPv4 header without options, two of the transport header. */
const FAST_WORDS: u32 = 11;
/** Frame bytes that are sure to have them. */
const FAST_BYTES: u32 = 42;

/** `flags` of the input functions: how the frame was addressed. */
export const FLAG_LINK_GROUP: u32 = 1;
export const FLAG_IP_BROADCAST: u32 = 2;
export const FLAG_IP_MULTICAST: u32 = 4;

export class Ethernet {
  /** Handles up to `budget` frames that the chip has. True when it may have more. */
  static poll(device: Device, budget: u32): bool {
    // The counter of frames counts these, too.
    const last = device.rxFrames + budget;
    do {
      const length = <u32>Nic.rxBegin(device);
      if (!length) return false;
      device.rxFrames += 1;
      device.rxBytes += length;
      Ethernet.receive(device, length);
    } while (device.rxFrames != last);
    return true;
  }

  /** Handles one frame; afterwards the chip is ready for the next `rxBegin`. */
  private static receive(device: Device, length: u32): void {
    if (WHOLE_FRAMES && WholeFrame.isWanted()) {
      Ethernet.receiveWhole(device, length);
      return;
    }
    if (!CONFIG_NET_FAST_PATHS || length < FAST_BYTES) {
      Ethernet.receiveLaidOut(device, length);
      return;
    }
    const words = Received.words();
    const w0 = Nic.rxFirst(device);
    const w1 = Nic.rxWord(device);
    const w2 = Nic.rxWord(device);
    const w3 = Nic.rxWord(device);
    // Put down at once: the registers are wanted for the headers that decide.
    store<u32>(words, w2, 8);
    store<u32>(words, w3, 12);
    const nic = Interfaces.nic();
    if (w1 != nic.mac2345 || w0 >>> 16 != nic.mac01 || w3 >>> 16 != ETHERTYPE_IPV4_BE) {
      store<u32>(words, w0);
      store<u32>(words, w1, 4);
      device.rxWords -= 4;
      Nic.rxRead(device, words + 16, FAST_WORDS - 4);
      Ethernet.classify(device, length, FAST_WORDS);
      return;
    }
    const w4 = Nic.rxWord(device);
    const w5 = Nic.rxWord(device);
    const w6 = Nic.rxWord(device);
    const w7 = Nic.rxWord(device);
    const w8 = Nic.rxWord(device);
    const w9 = Nic.rxWord(device);
    const w10 = Nic.rxWord(device);
    const left = device.rxWords - FAST_WORDS;
    const result = Ipv4Input.plain(device, length, left, w4, w5, w6, w7, w8, w9, w10);
    if (result == Ipv4Input.DONE) {
      Nic.rxEnd(device);
      return;
    }
    store<u32>(words, nic.mac01 << 16);
    store<u32>(words, nic.mac2345, 4);
    store<u32>(words, w4, 16);
    store<u32>(words, w5, 20);
    store<u32>(words, w6, 24);
    store<u32>(words, w7, 28);
    store<u32>(words, w8, 32);
    store<u32>(words, w9, 36);
    store<u32>(words, w10, 40);
    if (result == Ipv4Input.NO_PORT) {
      Ipv4Input.noPort(device);
      Nic.rxEnd(device);
      return;
    }
    Ethernet.classify(device, length, FAST_WORDS);
  }

  /** As `receive`, for a frame that takes the slow path: its first words, all of a short one, are laid out in `Received`. */
  private static receiveLaidOut(device: Device, length: u32): void {
    const words = min<u32>(device.rxWords, FAST_WORDS);
    Received.clear();
    store<u32>(Received.words(), Nic.rxFirst(device));
    device.rxWords -= 1;
    Nic.rxRead(device, Received.words() + 4, words - 1);
    Ethernet.classify(device, length, words);
  }

  /** As `receive`, for a frame that raw or packet sockets may want to see. */
  private static receiveWhole(device: Device, length: u32): void {
    const words = WholeFrame.take(device);
    if (PACKET_SOCKETS) PacketInput.deliver(device, WholeFrame.buffer(), length);
    const taken = min<u32>(words, FAST_WORDS);
    Received.clear();
    memory.copy(Received.words(), WholeFrame.buffer(), taken << 2);
    WholeFrame.read(device, words, taken);
    Ethernet.classify(device, length, taken);
    WholeFrame.end(device);
  }

  /** The slow path for one frame, whose first `words` words are in `Received`. Ends the frame. */
  private static classify(device: Device, length: u32, words: u32): void {
    const header = Received.ethernet();
    let flags: u32 = 0;
    if (length < ETHERNET_HEADER_BYTES) {
      Counter.add(COUNTER_DROP_RUNT);
      Frame.end(device);
      return;
    }
    if (header.isGroup()) {
      flags = FLAG_LINK_GROUP;
    } else if (!header.isTo(device.macLow, device.macHigh)) {
      Counter.add(COUNTER_DROP_OTHER_MAC);
      Frame.end(device);
      return;
    }
    const type = header.typeBe();
    if (type == ETHERTYPE_IPV4_BE) {
      Ipv4Input.inputFrame(device, length, words, flags);
      return;
    }
    if (type == ETHERTYPE_ARP_BE) {
      if (length < ETHERNET_HEADER_BYTES + ARP_BYTES) Counter.add(COUNTER_DROP_ARP_MALFORMED);
      else ArpInput.input(device);
    } else {
      // Also lengths of IEEE 802.3 and VLAN tags: nothing of ours comes in them.
      Counter.add(COUNTER_DROP_ETHERTYPE);
    }
    Frame.end(device);
  }
}
