/**
 * The network device of native_sim: a FIFO chip that the Node host emulates behind `mmio` and `port`, so that
 * the same hot path runs in Node as on real chips.
 *
 * Registers: 32 bit, offsets from CONFIG_ETH_BASE_ADDRESS, window 0x40 bytes.
 *
 *     +0x00 RX_LENGTH   r   Bytes of the oldest frame (Ethernet header included, no CRC), 0 when there is none.
 *                           A read puts RX_DATA at the first word of that frame. The frame stays the oldest
 *                           until RX_DISCARD is written.
 *     +0x04 RX_DATA     r   Data port (port.read, read_sum, read_guest_sum, skip; mmio.read32 takes one word).
 *                           (length + 2 + 3) / 4 words: two padding bytes, the frame, zeros up to the word.
 *                           Past the end of the frame it reads 0.
 *     +0x08 RX_DISCARD  w   Any value: removes the oldest frame, read or not.
 *     +0x0c TX_LENGTH   r   1 when a frame can be started, 0 when there is no room.
 *                       w   Starts a frame of that many bytes (Ethernet header included, no CRC, no padding).
 *     +0x10 TX_DATA     w   Data port (port.write, write_guest; mmio.write32 gives one word). Layout as RX_DATA.
 *                           Words past the frame's end are ignored.
 *     +0x14 TX_GO       w   Any value: the frame started last goes out, padded with zeros to 60 bytes. Bytes
 *                           that were not written are 0.
 *     +0x18 LINK        r   1 while the link is up. A change raises the interrupt.
 *     +0x1c IRQ_ACK     w   Any value: lowers the interrupt line. A frame arriving later raises it again; frames
 *                           that are already waiting do not.
 *     +0x20 ID          r   0x534f434b.
 *     +0x24 RX_LOST     r   Frames the chip had no room for since the last read; reading sets it to 0.
 *     +0x28 MULTICAST   w   1: receive all multicast frames. 0 (after reset): none, except broadcast.
 *     +0x2c RESET       w   Any value: drops all frames in both directions, MULTICAST 0, RX_LOST 0, line low.
 *
 * Any other offset reads 0 and ignores writes. The chip does not filter unicast by address: the core does.
 */
import { CONFIG_ETH_BASE_ADDRESS } from "../../config";
import { Device } from "../device";
import { ENODEV } from "../errno";
import {
  mmio_read32,
  mmio_write32,
  port_read,
  port_read_guest_sum,
  port_read_sum,
  port_skip,
  port_write,
  port_write_guest,
} from "../imports";
import { Identification } from "./identification";

const RX_LENGTH: u32 = CONFIG_ETH_BASE_ADDRESS + 0x00;
const RX_DATA: u32 = CONFIG_ETH_BASE_ADDRESS + 0x04;
const RX_DISCARD: u32 = CONFIG_ETH_BASE_ADDRESS + 0x08;
const TX_LENGTH: u32 = CONFIG_ETH_BASE_ADDRESS + 0x0c;
const TX_DATA: u32 = CONFIG_ETH_BASE_ADDRESS + 0x10;
const TX_GO: u32 = CONFIG_ETH_BASE_ADDRESS + 0x14;
const LINK: u32 = CONFIG_ETH_BASE_ADDRESS + 0x18;
const IRQ_ACK: u32 = CONFIG_ETH_BASE_ADDRESS + 0x1c;
const ID: u32 = CONFIG_ETH_BASE_ADDRESS + 0x20;
const RX_LOST: u32 = CONFIG_ETH_BASE_ADDRESS + 0x24;
const MULTICAST: u32 = CONFIG_ETH_BASE_ADDRESS + 0x28;
const RESET: u32 = CONFIG_ETH_BASE_ADDRESS + 0x2c;

const ID_VALUE: u32 = 0x534f434b;

/** Frame lengths that can be right: an Ethernet header, up to a full frame with a VLAN tag. */
const MIN_FRAME: u32 = 14;
const MAX_FRAME: u32 = 1518;

/** Bad frames dropped by one rxBegin before it answers 0: bounds its work. */
const MAX_DROPS: i32 = 256;

export class HostNic {
  /** Identifies and resets the device. 0, or -ENODEV when ID is not 0x534f434b (logged). */
  static probe(device: Device): i32 {
    const id = mmio_read32(ID);
    if (id != ID_VALUE) {
      Identification.mismatch(CONFIG_ETH_BASE_ADDRESS, ID_VALUE, id);
      return -ENODEV;
    }
    mmio_write32(RESET, 1);
    device.rxWords = 0;
    HostNic.checkLink(device);
    return 0;
  }

  /** Bytes of the next frame, or 0. Frames with a length that cannot be are dropped and counted in rxErrors. */
  @inline static rxBegin(device: Device): i32 {
    const length = mmio_read32(RX_LENGTH);
    if (length - MIN_FRAME > MAX_FRAME - MIN_FRAME) return HostNic.rxBeginSlow(device, length);
    return HostNic.rxAccept(device, length);
  }

  @inline private static rxAccept(device: Device, length: u32): i32 {
    device.rxWords = (length + 5) >>> 2;
    return length;
  }

  private static rxBeginSlow(device: Device, length: u32): i32 {
    for (let drops = 0; drops < MAX_DROPS && length != 0; drops++) {
      device.rxErrors += 1;
      mmio_write32(RX_DISCARD, 1);
      length = mmio_read32(RX_LENGTH);
      if (length - MIN_FRAME <= MAX_FRAME - MIN_FRAME) return HostNic.rxAccept(device, length);
    }
    return 0;
  }

  @inline static rxFirst(device: Device): u32 {
    return HostNic.rxWord(device);
  }

  @inline static rxWord(device: Device): u32 {
    return mmio_read32(RX_DATA);
  }

  @inline static rxRead(device: Device, dst: usize, words: u32): void {
    device.rxWords -= words;
    port_read(RX_DATA, dst, words);
  }

  @inline static rxReadSum(device: Device, dst: usize, words: u32, seed: u32): u32 {
    device.rxWords -= words;
    return port_read_sum(RX_DATA, dst, words, seed);
  }

  @inline static rxReadGuestSum(device: Device, task: i32, guest: usize, words: u32, seed: u32): u32 {
    device.rxWords -= words;
    return port_read_guest_sum(RX_DATA, task, guest, words, seed);
  }

  @inline static rxSkip(device: Device, words: u32): void {
    device.rxWords -= words;
    port_skip(RX_DATA, words);
  }

  @inline static rxEnd(device: Device): void {
    device.rxWords = 0;
    mmio_write32(RX_DISCARD, 1);
  }

  @inline static txBegin(device: Device, length: u32): bool {
    if (mmio_read32(TX_LENGTH) == 0) {
      device.txNoRoom += 1;
      return false;
    }
    mmio_write32(TX_LENGTH, length);
    device.txFrames += 1;
    device.txBytes += length;
    return true;
  }

  @inline static txFirst(device: Device, length: u32, word: u32): void {
    HostNic.txWord(device, word);
  }

  @inline static txWord(device: Device, word: u32): void {
    mmio_write32(TX_DATA, word);
  }

  @inline static txWrite(device: Device, src: usize, words: u32): void {
    port_write(TX_DATA, src, words);
  }

  @inline static txWriteGuest(device: Device, task: i32, guest: usize, bytes: u32): void {
    port_write_guest(TX_DATA, task, guest, bytes);
  }

  @inline static txEnd(device: Device): void {
    mmio_write32(TX_GO, 1);
  }

  /** Lowers the interrupt line and takes over the count of lost frames. */
  @inline static acknowledge(device: Device): void {
    mmio_write32(IRQ_ACK, 1);
    device.rxErrors += mmio_read32(RX_LOST);
  }

  static setMulticast(device: Device, all: bool): void {
    mmio_write32(MULTICAST, all ? 1 : 0);
  }

  static checkLink(device: Device): void {
    device.linkUp = mmio_read32(LINK) & 1;
  }
}
