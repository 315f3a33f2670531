/**
 * Packet sockets send: a frame as it is, or a payload behind an Ethernet header that is made here. It is built in the staging buffer and goes
 * to the chip, or, on the loopback interface, into the queue, from which it comes back.
 *
 * @see Linux's packet(7)
 */
import { DEVICE_KIND_LOOPBACK, Device } from "../../hal/device";
import { Nic } from "../../hal/nic";
import { COUNTER_PACKET_OUT, Counter } from "../base/counters";
import { EAGAIN, EINVAL, EMSGSIZE, ENETDOWN, ENXIO } from "../base/errno";
import { Ipv4Output } from "../ip/ipv4-output";
import { Interfaces, NetInterface } from "../link/interface";
import { Loopback } from "../link/loopback";
import { GuestVector } from "../socket/guest-vector";
import { Socket } from "../socket/socket";
import { ETHERNET_HEADER_BYTES, ETHERNET_SPACE } from "../wire/ethernet";
import { PacketAddress, PacketFields } from "./packet-fields";

/** Bytes of padding before a frame. */
const PADDING: u32 = 2;

export class PacketOutput {
  /**
   * Sends one frame to where PacketAddress.destination says, or, without one, out of the interface that the socket is bound to.
   * @returns 0, or -ENXIO (no such interface, or bound to none), -ENETDOWN (its chip did not answer), -EMSGSIZE (larger than a frame), -EINVAL
   *          (SOCK_RAW: shorter than an Ethernet header; SOCK_DGRAM: no address), -EAGAIN (the chip has no room now)
   */
  static send(socket: Socket, task: i32, vector: GuestVector): i32 {
    const fields = PacketFields.of(socket);
    const destination = PacketAddress.destination();
    const index = destination.given ? destination.index : <u32>socket.boundInterface;
    const p = Interfaces.at(<i32>index);
    if (!p) return -ENXIO;
    if (!NetInterface.at(p).up) return -ENETDOWN;
    const device = NetInterface.at(p).nic();
    const offset = fields.isWhole ? PADDING : ETHERNET_SPACE;
    const room = device.mtu + ETHERNET_SPACE - offset;
    if (vector.total > room) return -EMSGSIZE;
    const bytes = vector.total + offset - PADDING;
    if (bytes < ETHERNET_HEADER_BYTES) return -EINVAL;
    const frame = Ipv4Output.buffer();
    if (!fields.isWhole) {
      if (!destination.given && device.kind != DEVICE_KIND_LOOPBACK) return -EINVAL;
      PacketOutput.writeHeader(frame, device, destination.given ? destination.protocolBe : fields.protocolBe);
    }
    // What the last word has behind the frame is of no datagram before it.
    store<u32>(frame + ((bytes + PADDING) & ~3), 0);
    vector.read(task, frame + offset, 0, vector.total);
    return PacketOutput.emit(device, frame, bytes);
  }

  /** The header of a frame: to the destination, from the device. */
  private static writeHeader(frame: usize, device: Device, typeBe: u32): void {
    const destination = PacketAddress.destination();
    const low = destination.given ? destination.macLow : 0;
    const high = destination.given ? destination.macHigh : 0;
    store<u32>(frame, low << 16);
    store<u32>(frame, (low >>> 16) | (high << 16), 4);
    store<u32>(frame, device.macLow, 8);
    store<u32>(frame, (device.macHigh & 0xffff) | (typeBe << 16), 12);
  }

  private static emit(device: Device, frame: usize, bytes: u32): i32 {
    if (device.kind == DEVICE_KIND_LOOPBACK) {
      if (Loopback.enqueue(frame, bytes)) Counter.add(COUNTER_PACKET_OUT);
      return 0;
    }
    if (!Nic.txBegin(device, bytes)) return -EAGAIN;
    Nic.txFirst(device, bytes, load<u32>(frame));
    Nic.txWrite(device, frame + 4, (bytes + 1) >>> 2);
    Nic.txEnd(device);
    Counter.add(COUNTER_PACKET_OUT);
    return 0;
  }
}
