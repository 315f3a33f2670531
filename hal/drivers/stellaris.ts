/**
 * The Ethernet MAC of the Stellaris LM3S6965 (and LM3S8962): on qemu_cortex_m3 (lm3s6965evb) at 0x40048000.
 *
 * Read first: Stellaris LM3S6965 Microcontroller data sheet, chapter "Ethernet Controller" (MAC registers, and the
 * table "TX & RX FIFO Organization"). Register and bit names below are the data sheet's.
 *
 * One data register leads to both FIFOs (2 KiB each). The first word of a frame has its length in the low half and
 * the first two bytes of the frame in the high half, so that the word layout of hal/device.ts is the chip's own:
 *
 * - receive: length counts the length field itself (2), the frame, and the CRC (4); one more word follows the
 *   frame's own words, and ends in the CRC. rxBegin must take the first word to learn the length: rxFirst gives it on;
 * - transmit: length is the payload, without the 14 bytes of the Ethernet header: txFirst puts it where the caller's
 *   first word has its padding. The chip pads short frames with zeros (PADEN) and adds the CRC.
 *
 * One frame is in transmission at a time. txBegin waits for it, because the second fragment of a datagram follows
 * the first within microseconds and would otherwise be lost every time; the wait is bounded, and when it ran out
 * once, later calls look once instead of waiting, until a frame has gone into the chip again.
 *
 * The chip has no identification register: probe writes two patterns to the address register and reads them back.
 * What QEMU's model does differently: no PHY (every PHY register reads 0; the link then counts as up), no address
 * filter, NEWTX always reads 0.
 */
import { CONFIG_ETH_BASE_ADDRESS } from "../../config";
import { Device } from "../device";
import { ENODEV, ETIMEDOUT } from "../errno";
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

/** MACRIS when read, MACIACK when written. */
const RIS: u32 = CONFIG_ETH_BASE_ADDRESS + 0x00;
const IACK: u32 = CONFIG_ETH_BASE_ADDRESS + 0x00;
const IM: u32 = CONFIG_ETH_BASE_ADDRESS + 0x04;
const RCTL: u32 = CONFIG_ETH_BASE_ADDRESS + 0x08;
const TCTL: u32 = CONFIG_ETH_BASE_ADDRESS + 0x0c;
const DATA: u32 = CONFIG_ETH_BASE_ADDRESS + 0x10;
const IA0: u32 = CONFIG_ETH_BASE_ADDRESS + 0x14;
const IA1: u32 = CONFIG_ETH_BASE_ADDRESS + 0x18;
const THR: u32 = CONFIG_ETH_BASE_ADDRESS + 0x1c;
const MCTL: u32 = CONFIG_ETH_BASE_ADDRESS + 0x20;
const MRXD: u32 = CONFIG_ETH_BASE_ADDRESS + 0x30;
const NP: u32 = CONFIG_ETH_BASE_ADDRESS + 0x34;
const TR: u32 = CONFIG_ETH_BASE_ADDRESS + 0x38;

// RIS, IACK, IM
const RXINT: u32 = 0x01;
const TXER: u32 = 0x02;
const FOV: u32 = 0x08;
const RXER: u32 = 0x10;
const ALL_CAUSES: u32 = 0x7f;

// RCTL
const RXEN: u32 = 0x01;
const AMUL: u32 = 0x02;
const BADCRC: u32 = 0x08;
const RSTFIFO: u32 = 0x10;

/** TCTL: TXEN, PADEN, CRC, DUPLEX. */
const TXEN: u32 = 0x01;
const PADEN: u32 = 0x02;
const CRC: u32 = 0x04;
const DUPLEX: u32 = 0x10;

/** THR: no start before TR is written. */
const THR_OFF: u32 = 0x3f;

const NEWTX: u32 = 0x1;

// MCTL: register number in bits 3 to 7
const MCTL_START: u32 = 0x1;

// PHY registers (IEEE 802.3 clause 22)
const PHY_STATUS: u32 = 1;
const PHY_ID: u32 = 2;
const PHY_ADVERTISE: u32 = 4;
const PHY_PARTNER: u32 = 5;
const PHY_LINK_UP: u32 = 0x4;
const ABILITY_100_FULL: u32 = 0x100;
const ABILITY_100_HALF: u32 = 0x080;
const ABILITY_10_FULL: u32 = 0x040;

/** Read back from IA0 by the chip we expect. */
const PATTERN: u32 = 0x87654321;

/** Bytes of a frame, CRC not counted: from an Ethernet header to a full frame with a VLAN tag. */
const HEADER: u32 = 14;
const MIN_FRAME: u32 = 14;
const MAX_FRAME: u32 = 1518;
/** What the chip's length counts besides the frame: its own field and the CRC. */
const LENGTH_EXTRA: u32 = 6;
const FIFO_BYTES: u32 = 2048;

/** Frames with errors dropped by one rxBegin: bounds its work. The FIFO holds at most 31 frames. */
const MAX_DROPS: i32 = 64;

/** Reads of a register before a wait is given up. */
const RESET_STEPS: i32 = 10_000;
/** A full frame at 10 Mbit/s takes 1.23 ms, 62,000 cycles at 50 MHz; one read and its loop take 5 or more. */
const TX_STEPS: i32 = 16_384;

/** In private3: no wait has run out. */
const NEVER: u32 = 0xffffffff;

/**
 * Device-private words: private0 is the first word of the frame being read; private2 what RCTL
 * was last set to; private3 the number of frames sent when a wait for the transmitter ran out.
 */
export class Stellaris {
  /**
   * Identifies, resets and starts the MAC with the address in `device`.
   *
   * @returns 0; -ENODEV when the address register does not hold what is written to it (logged); -ETIMEDOUT when
   *          the receive FIFO does not empty or the transmitter stays busy in bounded steps (logged)
   */
  static probe(device: Device): i32 {
    mmio_write32(IA0, ~PATTERN);
    const inverse = mmio_read32(IA0);
    mmio_write32(IA0, PATTERN);
    const pattern = mmio_read32(IA0);
    if (pattern != PATTERN || inverse != ~PATTERN) {
      Identification.mismatch(CONFIG_ETH_BASE_ADDRESS, PATTERN, pattern != PATTERN ? pattern : ~inverse);
      return -ENODEV;
    }
    if (!Stellaris.start(device)) {
      Identification.timeout(CONFIG_ETH_BASE_ADDRESS);
      return -ETIMEDOUT;
    }
    Stellaris.checkLink(device);
    return 0;
  }

  private static start(device: Device): bool {
    mmio_write32(IM, 0);
    mmio_write32(RCTL, BADCRC); // the receiver must be off while its FIFO is reset
    mmio_write32(RCTL, BADCRC | RSTFIFO);
    if (!Stellaris.wait(NP, 0x3f, RESET_STEPS)) return false;
    mmio_write32(TCTL, 0);
    if (!Stellaris.wait(TR, NEWTX, RESET_STEPS)) return false;
    mmio_write32(IACK, ALL_CAUSES);
    mmio_write32(IA0, device.macLow);
    mmio_write32(IA1, device.macHigh & 0xffff);
    mmio_write32(THR, THR_OFF);
    mmio_write32(TCTL, TXEN | PADEN | CRC | DUPLEX);
    device.rxWords = 0;
    device.private0 = 0;
    device.private2 = RXEN | BADCRC;
    device.private3 = NEVER;
    mmio_write32(RCTL, device.private2);
    mmio_write32(IM, RXINT | FOV | RXER);
    return true;
  }

  // ---- receive ----

  /** Bytes of the next frame, or 0. Frames with a length that cannot be are dropped and counted in rxErrors. */
  @inline static rxBegin(device: Device): i32 {
    for (let drops = 0; ; drops++) {
      if ((mmio_read32(NP) & 0x3f) == 0) return 0;
      const first = mmio_read32(DATA);
      const length = (first & 0xffff) - LENGTH_EXTRA;
      if (length - MIN_FRAME <= MAX_FRAME - MIN_FRAME) {
        device.private0 = first;
        device.rxWords = (length + 5) >>> 2;
        return length;
      }
      // Not a length: nothing tells where the next frame begins. Or more frames than the FIFO holds: the chip is not telling the truth.
      if (length > FIFO_BYTES - LENGTH_EXTRA || drops == MAX_DROPS) break;
      device.rxErrors += 1;
      Stellaris.rxDrop((length + (LENGTH_EXTRA - 1)) >>> 2);
    }
    // 0 must mean empty, or no interrupt would follow.
    Stellaris.rxReset(device);
    return 0;
  }

  /** Empties the receive FIFO and counts the frames that were in it. The receiver must be off meanwhile. */
  private static rxReset(device: Device): void {
    mmio_write32(RCTL, device.private2 & ~RXEN);
    device.rxErrors += mmio_read32(NP) & 0x3f;
    mmio_write32(RCTL, (device.private2 & ~RXEN) | RSTFIFO);
    Stellaris.wait(NP, 0x3f, RESET_STEPS);
    mmio_write32(RCTL, device.private2);
    device.rxWords = 0;
  }

  /** Drops `words` words of a frame that may be longer than what port_skip takes at a time, but not than the FIFO. */
  private static rxDrop(words: u32): void {
    port_skip(DATA, words >>> 1);
    port_skip(DATA, (words + 1) >>> 1);
  }

  @inline static rxFirst(device: Device): u32 {
    return device.private0;
  }

  @inline static rxWord(device: Device): u32 {
    return mmio_read32(DATA);
  }

  @inline static rxRead(device: Device, dst: usize, words: u32): void {
    device.rxWords -= words;
    port_read(DATA, dst, words);
  }

  @inline static rxReadSum(device: Device, dst: usize, words: u32, seed: u32): u32 {
    device.rxWords -= words;
    return port_read_sum(DATA, dst, words, seed);
  }

  @inline static rxReadGuestSum(device: Device, task: i32, guest: usize, words: u32, seed: u32): u32 {
    device.rxWords -= words;
    return port_read_guest_sum(DATA, task, guest, words, seed);
  }

  @inline static rxSkip(device: Device, words: u32): void {
    device.rxWords -= words;
    port_skip(DATA, words);
  }

  /** Drops the words that are left, and the last one, which ends in the CRC. */
  static rxEnd(device: Device): void {
    const words = device.rxWords + 1;
    device.rxWords = 0;
    port_skip(DATA, words);
  }

  // ---- transmit ----

  /** Waits, bounded, for the frame before; false, counted in txNoRoom, when it does not go. */
  @inline static txBegin(device: Device, length: u32): bool {
    if ((mmio_read32(TR) & NEWTX) != 0 && !Stellaris.txWait(device)) return false;
    device.txFrames += 1;
    device.txBytes += length;
    return true;
  }

  private static txWait(device: Device): bool {
    const steps = device.private3 == device.txFrames ? 1 : TX_STEPS;
    if (Stellaris.wait(TR, NEWTX, steps)) return true;
    device.private3 = device.txFrames;
    device.txNoRoom += 1;
    return false;
  }

  @inline static txFirst(device: Device, length: u32, word: u32): void {
    mmio_write32(DATA, (word & 0xffff0000) | (length - HEADER));
  }

  @inline static txWord(device: Device, word: u32): void {
    mmio_write32(DATA, word);
  }

  @inline static txWrite(device: Device, src: usize, words: u32): void {
    port_write(DATA, src, words);
  }

  @inline static txWriteGuest(device: Device, task: i32, guest: usize, bytes: u32): void {
    port_write_guest(DATA, task, guest, bytes);
  }

  @inline static txEnd(device: Device): void {
    mmio_write32(TR, NEWTX);
  }

  // ---- interrupt, filter, link ----

  /** Clears the causes that are set; errors among them are counted. */
  @inline static acknowledge(device: Device): void {
    const causes = mmio_read32(RIS);
    mmio_write32(IACK, causes);
    if ((causes & (FOV | RXER | TXER)) != 0) Stellaris.countErrors(device, causes);
  }

  private static countErrors(device: Device, causes: u32): void {
    device.rxErrors += u32((causes & FOV) != 0) + u32((causes & RXER) != 0);
    if (causes & TXER) {
      device.txErrors += 1; // clearing TXER has also emptied the transmit FIFO
      device.private3 = NEVER;
    }
  }

  static setMulticast(device: Device, all: bool): void {
    device.private2 = all ? device.private2 | AMUL : device.private2 & ~AMUL;
    mmio_write32(RCTL, device.private2);
  }

  /** Reads the link state from the PHY and follows the negotiated duplex mode; without a PHY the link is up. */
  static checkLink(device: Device): void {
    const id = Stellaris.phyRead(PHY_ID);
    if (id == 0 || id == 0xffff) {
      device.linkUp = 1;
      return;
    }
    Stellaris.phyRead(PHY_STATUS); // a link that was lost since the last read shows once, then the present state
    const up = (Stellaris.phyRead(PHY_STATUS) & PHY_LINK_UP) != 0;
    device.linkUp = up ? 1 : 0;
    if (!up) return;
    const common = Stellaris.phyRead(PHY_ADVERTISE) & Stellaris.phyRead(PHY_PARTNER);
    const full = (common & ABILITY_100_FULL) != 0 || (common & (ABILITY_100_HALF | ABILITY_10_FULL)) == ABILITY_10_FULL;
    mmio_write32(TCTL, full ? TXEN | PADEN | CRC | DUPLEX : TXEN | PADEN | CRC);
  }

  /** Reads `register` until `mask` is clear in it; false when that took more than `steps` reads. */
  private static wait(register: u32, mask: u32, steps: i32): bool {
    for (let i = 0; i < steps; i++) {
      if ((mmio_read32(register) & mask) == 0) return true;
    }
    return false;
  }

  /** Value of a PHY register; 0 when the chip does not answer. */
  private static phyRead(register: u32): u32 {
    mmio_write32(MCTL, (register << 3) | MCTL_START);
    if (!Stellaris.wait(MCTL, MCTL_START, RESET_STEPS)) return 0;
    return mmio_read32(MRXD) & 0xffff;
  }
}
