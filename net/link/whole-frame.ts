/**
 * Frames that somebody besides the stack may want to see. While a raw or packet socket is open, a frame is taken out of the chip as a whole,
 * shown to the packet sockets, and handled from core memory as one that came over loopback: the slow path does not mind where it lies. Without
 * such a socket nothing of this happens, and an image without them has nothing of it.
 */
import { Device } from "../../hal/device";
import { Nic } from "../../hal/nic";
import { PacketTable } from "../packet/packet-table";
import { RawTable } from "../raw/raw-table";
import { PACKET_SOCKETS, RAW_SOCKETS } from "../socket/raw-kinds";

/** Bytes of the largest frame that a driver hands over, with padding, in whole words. */
const BUFFER_BYTES: i32 = 1520;

export class WholeFrame {
  /** True when there is somebody to see them. */
  @inline static isWanted(): bool {
    return (RAW_SOCKETS && RawTable.first() != 0) || (PACKET_SOCKETS && PacketTable.first() != 0);
  }

  /** usize → u8[1520]: the frame, padding first. */
  static buffer(): usize {
    return memory.data(BUFFER_BYTES, 4);
  }

  /** True when what lies at `place` is part of a frame in the buffer, and was not put together from fragments. */
  static holds(place: usize): bool {
    return place - WholeFrame.buffer() <= <usize>BUFFER_BYTES;
  }

  /** Takes the frame that `rxBegin` has found into the buffer, and ends it for the chip. Returns its words. */
  static take(device: Device): u32 {
    const words = device.rxWords;
    const place = WholeFrame.buffer();
    store<u32>(place, Nic.rxFirst(device));
    device.rxWords = words - 1;
    Nic.rxRead(device, place + 4, words - 1);
    Nic.rxEnd(device);
    return words;
  }

  /** Makes what follows the first `taken` of `words` words the rest of the frame being read. */
  static read(device: Device, words: u32, taken: u32): void {
    device.rxMemory = WholeFrame.buffer() + (taken << 2);
    device.rxWords = words - taken;
  }

  /** The frame has been handled. */
  static end(device: Device): void {
    device.rxMemory = 0;
    device.rxWords = 0;
  }
}
