/**
 * Packet sockets receive. Every frame that the chip hands over, and every one on the loopback interface, is shown to the packet sockets before
 * the stack looks at it; each that wants its type gets a copy, as long as its ring has room. The stack handles the frame all the same. At most
 * CONFIG_NET_MAX_CONTEXTS copies of one frame are made. Frames that this device sends are not shown.
 *
 * A record of the ring holds the frame in the word layout of hal/device.ts, two bytes of padding first; in the words that a datagram's sender
 * has in front of it stand the interface with the kind of destination, and the type.
 *
 * @see Linux's packet(7)
 */
import { DEVICE_KIND_LOOPBACK, Device } from "../../hal/device";
import { COUNTER_DROP_PACKET_RING_FULL, COUNTER_PACKET_IN, Counter } from "../base/counters";
import { DATAGRAM_HEADER_BYTES } from "../socket/datagram-ring";
import { Socket } from "../socket/socket";
import { Tasks } from "../socket/task";
import { ETHERNET_HEADER_BYTES, EthernetHeader } from "../wire/ethernet";
import {
  PACKET_802_2_BE,
  PACKET_ALL_BE,
  PACKET_BROADCAST,
  PACKET_HOST,
  PACKET_MULTICAST,
  PACKET_OTHERHOST,
  PacketFields,
} from "./packet-fields";
import { PacketTable } from "./packet-table";

/** High byte of the smallest type; what is less is a length (IEEE 802.3 §3.2.6). */
const SMALLEST_TYPE: u32 = 6;
/** Bytes of padding before a frame. */
const PADDING: u32 = 2;

export class PacketInput {
  /**
   * Shows a frame to the packet sockets.
   * @param frame  usize → u8[2 + length], 4-aligned, padding first
   * @param length bytes of the frame
   */
  static deliver(device: Device, frame: usize, length: u32): void {
    if (length < ETHERNET_HEADER_BYTES) return;
    const header = EthernetHeader.at(frame);
    const type = (header.typeBe() & 0xff) < SMALLEST_TYPE ? PACKET_802_2_BE : header.typeBe();
    const bytes = length + PADDING;
    for (let p = PacketTable.first(); p; p = Socket.at(p).hashNext) {
      const socket = Socket.at(p);
      const wanted = PacketFields.of(socket).protocolBe;
      if (wanted != type && wanted != PACKET_ALL_BE) continue;
      if (socket.boundInterface && <u32>socket.boundInterface != device.index) continue;
      const record = socket.ring().reserve((bytes + 3) >>> 2);
      if (!record) {
        Counter.add(COUNTER_DROP_PACKET_RING_FULL);
        continue;
      }
      memory.copy(record + DATAGRAM_HEADER_BYTES, frame, bytes);
      socket.ring().commit(record, bytes, device.index | (PacketInput.kindOf(device, header) << 8), type);
      Counter.add(COUNTER_PACKET_IN);
      Tasks.wake(p);
    }
  }

  /** PACKET_* of a frame. */
  private static kindOf(device: Device, header: EthernetHeader): u32 {
    if (device.kind == DEVICE_KIND_LOOPBACK) return PACKET_HOST;
    if (header.isBroadcast()) return PACKET_BROADCAST;
    if (header.isGroup()) return PACKET_MULTICAST;
    const isOwn =
      header.destination01() == (device.macLow & 0xffff) &&
      header.destination2345() == ((device.macLow >>> 16) | (device.macHigh << 16));
    return isOwn ? PACKET_HOST : PACKET_OTHERHOST;
  }
}
