/**
 * SMSC LAN9118 and its family (LAN9115 … LAN9118, LAN9210, LAN9211, LAN9215 … LAN9218, LAN9220, LAN9221): a FIFO
 * chip without DMA. On mps2_an385 (QEMU's model of it) at 0x40200000.
 *
 * Read first: LAN9118 datasheet, revision 1.5 (07-11-08), section 3.12 (transmit), 3.13 (receive), 5 (registers).
 * Register and bit names below are the datasheet's.
 *
 * - Receive: one word in the RX status FIFO per frame (length with the 4 CRC bytes, error bits); the data FIFO has
 *   (length + 2 + 3) / 4 words for it, the first with two bytes of padding (RXDOFF 2). After the frame's own words
 *   there is always exactly one more, which ends in the CRC: rxEnd takes it.
 * - Transmit: two command words, then the data with start offset 2. The chip pads short frames and adds the CRC.
 * - What QEMU's model does differently: the RSFL interrupt comes only when a frame arrives (it is not a level), so
 *   that after acknowledge the caller takes frames until rxBegin answers 0; RX_DP_CTRL fast-forward loses count, so
 *   words are dropped by reading them; short frames go out unpadded; RX_DROP is always 0.
 */
import { CONFIG_ETH_BASE_ADDRESS } from "../../config";
import { Device } from "../device";
import { ENODEV, ETIMEDOUT } from "../errno";
import {
  mmio_read32,
  mmio_write32,
  port_put4,
  port_read,
  port_read_guest_sum,
  port_read_sum,
  port_skip,
  port_take,
  port_write,
  port_write_guest,
} from "../imports";
import { Identification } from "./identification";

// ---- registers (datasheet section 5.3) ----
const RX_DATA_FIFO: u32 = CONFIG_ETH_BASE_ADDRESS + 0x00;
const TX_DATA_FIFO: u32 = CONFIG_ETH_BASE_ADDRESS + 0x20;
const RX_STATUS_FIFO: u32 = CONFIG_ETH_BASE_ADDRESS + 0x40;
const TX_STATUS_FIFO: u32 = CONFIG_ETH_BASE_ADDRESS + 0x48;
const ID_REV: u32 = CONFIG_ETH_BASE_ADDRESS + 0x50;
const IRQ_CFG: u32 = CONFIG_ETH_BASE_ADDRESS + 0x54;
const INT_STS: u32 = CONFIG_ETH_BASE_ADDRESS + 0x58;
const INT_EN: u32 = CONFIG_ETH_BASE_ADDRESS + 0x5c;
const BYTE_TEST: u32 = CONFIG_ETH_BASE_ADDRESS + 0x64;
const FIFO_INT: u32 = CONFIG_ETH_BASE_ADDRESS + 0x68;
const RX_CFG: u32 = CONFIG_ETH_BASE_ADDRESS + 0x6c;
const TX_CFG: u32 = CONFIG_ETH_BASE_ADDRESS + 0x70;
const HW_CFG: u32 = CONFIG_ETH_BASE_ADDRESS + 0x74;
const RX_FIFO_INF: u32 = CONFIG_ETH_BASE_ADDRESS + 0x7c;
const TX_FIFO_INF: u32 = CONFIG_ETH_BASE_ADDRESS + 0x80;
const PMT_CTRL: u32 = CONFIG_ETH_BASE_ADDRESS + 0x84;
const RX_DROP: u32 = CONFIG_ETH_BASE_ADDRESS + 0xa0;
const MAC_CSR_CMD: u32 = CONFIG_ETH_BASE_ADDRESS + 0xa4;
const MAC_CSR_DATA: u32 = CONFIG_ETH_BASE_ADDRESS + 0xa8;
const E2P_CMD: u32 = CONFIG_ETH_BASE_ADDRESS + 0xb0;

const BYTE_TEST_VALUE: u32 = 0x87654321;
/** What the log names as the expected ID_REV: the LAN9118, any revision. */
const ID_LAN9118: u32 = 0x01180000;

/** IRQ_CFG: IRQ_EN, IRQ_POL (active high), IRQ_TYPE (push-pull). */
const IRQ_CFG_VALUE: u32 = 0x111;

// INT_STS, INT_EN
const RXE_INT: u32 = 0x4000;
const TXE_INT: u32 = 0x2000;
const TDFO_INT: u32 = 0x0400;
const RXDF_INT: u32 = 0x0040;
const RSFL_INT: u32 = 0x0008;

/** FIFO_INT: TX data available level as after reset; RX status level 0: an interrupt for every frame. */
const FIFO_INT_VALUE: u32 = 0x48000000;

// RX_CFG
const RX_DUMP: u32 = 0x8000;
const RXDOFF_2: u32 = 0x0200;

/** RX_FIFO_INF: statuses waiting; bytes in the data FIFO. */
const RXSUSED: u32 = 0x00ff0000;
const RXDUSED: u32 = 0x0000ffff;

// TX_CFG
const TXS_DUMP: u32 = 0x8000;
const TXD_DUMP: u32 = 0x4000;
const TX_ON: u32 = 0x0002;

// HW_CFG: bit 20 must be one; TX_FIF_SZ 5 gives 4608 bytes of TX data and 10560 of RX data.
const HW_CFG_VALUE: u32 = 0x00150000;
const SRST: u32 = 0x1;

const PMT_READY: u32 = 0x1;
const EPC_BUSY: u32 = 0x80000000;

// MAC_CSR_CMD and the registers behind it (section 5.4)
const CSR_BUSY: u32 = 0x80000000;
const CSR_READ: u32 = 0x40000000;
const MAC_CR: u32 = 1;
const ADDRH: u32 = 2;
const ADDRL: u32 = 3;
const HASHH: u32 = 4;
const HASHL: u32 = 5;
const MII_ACC: u32 = 6;
const MII_DATA: u32 = 7;

// MAC_CR
const FDPX: u32 = 0x00100000;
const MCPAS: u32 = 0x00080000;
/** With MCPAS, PRMS, INVFILT and HO clear: physical addresses must match, of groups the hash (table 3.1). */
const HPFILT: u32 = 0x00002000;
const TXEN: u32 = 0x8;
const RXEN: u32 = 0x4;

// MII_ACC: PHY address 1, busy, write
const MII_PHY_1: u32 = 1 << 11;
const MII_BUSY: u32 = 0x1;
const MII_WRITE: u32 = 0x2;

// PHY registers (IEEE 802.3 clause 22)
const PHY_CONTROL: u32 = 0;
const PHY_STATUS: u32 = 1;
const PHY_ADVERTISE: u32 = 4;
const PHY_PARTNER: u32 = 5;
const PHY_AUTONEGOTIATE: u32 = 0x1200;
const PHY_LINK_UP: u32 = 0x4;
const ABILITY_100_FULL: u32 = 0x100;
const ABILITY_100_HALF: u32 = 0x080;
const ABILITY_10_FULL: u32 = 0x040;

/** TX command A: first and last segment, data start offset 2; the buffer size goes into the low bits. */
const TX_COMMAND_A: u32 = 0x00023000;

// TX status
const TX_ERROR: u32 = 0x8000;
/** Late collision, excessive collisions, excessive deferral, underrun: errors in both duplex modes. */
const TX_ERROR_ANY_DUPLEX: u32 = 0x0306;

/** Bytes of a received frame, CRC not counted: from an Ethernet header to a full frame with a VLAN tag. */
const MIN_FRAME: u32 = 14;
const MAX_FRAME: u32 = 1518;
const CRC_BYTES: u32 = 4;
/** The receive watchdog cuts longer frames off here (section 3.13.3, bit 4). */
const MAX_GIANT: u32 = 2052;

/** Words that padding leaves behind the most usual short segment, an ACK without options, in a frame of 60 bytes. */
const PADDING_WORDS: u32 = 2;

/** Frames with errors dropped by one rxBegin: bounds its work. The RX status FIFO has at most 176 entries. */
const MAX_DROPS: i32 = 256;

/**
 * What txBegin takes off the known free space on top of the frame: command words (8), start offset (2), rounding (3)
 * and the chip's own book-keeping. Large enough that fewer frames than the TX status FIFO has entries (128) go out
 * between two readings of TX_FIFO_INF, which is when statuses are drained: 4608 / (14 + 24) = 121.
 */
const TX_OVERHEAD: u32 = 24;
/** One frame in the upper half of private0. */
const TX_FRAME: u32 = 1 << 16;

/** Reads of a register before a wait is given up. A soft reset takes 10 ms at most: 1000 µs per 10^4 bus reads. */
const RESET_STEPS: i32 = 200_000;
const COMMAND_STEPS: i32 = 10_000;

/**
 * Device-private words: private0 is a lower bound of the free TX data space in bytes, and above 16 bits the frames given to the chip
 * since the space was last read; private1 what MAC_CR was last set to; private2 the space that was read.
 */
export class Lan9118 {
  /**
   * Identifies, resets and starts the chip with the MAC address in `device`.
   *
   * @returns 0; -ENODEV when BYTE_TEST or ID_REV is not this family's (logged); -ETIMEDOUT when reset, EEPROM or
   *          a MAC register did not get ready in bounded steps (logged)
   */
  static probe(device: Device): i32 {
    const test = mmio_read32(BYTE_TEST);
    if (test != BYTE_TEST_VALUE) {
      Identification.mismatch(CONFIG_ETH_BASE_ADDRESS, BYTE_TEST_VALUE, test);
      return -ENODEV;
    }
    const id = mmio_read32(ID_REV);
    if (!Lan9118.isFamily(id >>> 16)) {
      Identification.mismatch(CONFIG_ETH_BASE_ADDRESS, ID_LAN9118, id);
      return -ENODEV;
    }
    if (!Lan9118.start(device)) {
      Identification.timeout(CONFIG_ETH_BASE_ADDRESS);
      return -ETIMEDOUT;
    }
    Lan9118.checkLink(device);
    return 0;
  }

  private static isFamily(id: u32): bool {
    return (
      id - 0x0115 <= 3 || // LAN9115 … LAN9118 (and QEMU's model)
      id == 0x115a || // LAN9215
      id == 0x116a || // LAN9216
      id == 0x117a || // LAN9217
      id == 0x118a || // LAN9218
      id - 0x9210 <= 1 || // LAN9210, LAN9211
      id - 0x9220 <= 1 // LAN9220, LAN9221
    );
  }

  private static start(device: Device): bool {
    if (!Lan9118.wait(PMT_CTRL, PMT_READY, PMT_READY, RESET_STEPS)) return false;
    mmio_write32(HW_CFG, SRST);
    if (!Lan9118.wait(HW_CFG, SRST, 0, RESET_STEPS)) return false;
    // The reset makes the chip load a MAC address from its EEPROM: ours must come after it.
    if (!Lan9118.wait(E2P_CMD, EPC_BUSY, 0, RESET_STEPS)) return false;
    mmio_write32(HW_CFG, HW_CFG_VALUE);

    mmio_write32(INT_EN, 0);
    mmio_write32(INT_STS, 0xffffffff);
    mmio_write32(FIFO_INT, FIFO_INT_VALUE);
    mmio_write32(RX_CFG, RXDOFF_2);
    mmio_write32(TX_CFG, TX_ON);
    mmio_write32(IRQ_CFG, IRQ_CFG_VALUE);

    device.rxWords = 0;
    device.private0 = 0;
    device.private2 = 0;
    device.private1 = TXEN | RXEN | FDPX;
    if (!Lan9118.macWrite(ADDRH, device.macHigh & 0xffff)) return false;
    if (!Lan9118.macWrite(ADDRL, device.macLow)) return false;
    if (!Lan9118.phyWrite(PHY_CONTROL, PHY_AUTONEGOTIATE)) return false;
    if (!Lan9118.macWrite(MAC_CR, device.private1)) return false;
    mmio_write32(INT_EN, RSFL_INT);
    return true;
  }

  // ---- receive ----

  /** Bytes of the next frame, or 0. Frames with errors are dropped and counted in rxErrors. */
  @inline static rxBegin(device: Device): i32 {
    if ((mmio_read32(RX_FIFO_INF) & RXSUSED) == 0) return 0;
    const status = mmio_read32(RX_STATUS_FIFO);
    const excess = Lan9118.excess(status);
    if (excess > MAX_FRAME - MIN_FRAME) return Lan9118.rxBeginSlow(device, status);
    return Lan9118.rxAccept(device, excess + MIN_FRAME);
  }

  /**
   * Bytes that the frame of this RX status has beyond the shortest one; a huge number when the frame is bad.
   * Shifted by 15, a status is length * 2 + ES, with "filtering fail" far above any length. The rotation brings ES
   * to the top, so that one comparison covers error, lower and upper bound.
   */
  @inline private static excess(status: u32): u32 {
    return rotr((status >>> 15) - ((MIN_FRAME + CRC_BYTES) << 1), 1);
  }

  @inline private static rxAccept(device: Device, length: u32): i32 {
    device.rxWords = (length + 5) >>> 2;
    return length;
  }

  /** Drops the frame with this RX status, and the bad ones behind it. */
  private static rxBeginSlow(device: Device, status: u32): i32 {
    for (let drops = 0; drops < MAX_DROPS; drops++) {
      device.rxErrors += 1;
      if (!Lan9118.rxDiscard(device, (status >>> 16) & 0x3fff)) return 0;
      if ((mmio_read32(RX_FIFO_INF) & RXSUSED) == 0) return 0;
      status = mmio_read32(RX_STATUS_FIFO);
      const excess = Lan9118.excess(status);
      if (excess <= MAX_FRAME - MIN_FRAME) return Lan9118.rxAccept(device, excess + MIN_FRAME);
    }
    // The FIFO holds fewer: the chip is not telling the truth. 0 must mean empty, or no interrupt would follow.
    device.rxErrors += 1; // for the status taken last
    Lan9118.rxReset(device);
    return 0;
  }

  /**
   * Drops a frame of `length` bytes (with CRC). Frames with error bits and giants have the length the chip says. A
   * length that no frame has, or that is more than the data FIFO holds, means that statuses and data do not belong
   * together any more: both FIFOs are emptied, and the answer is false.
   */
  private static rxDiscard(device: Device, length: u32): bool {
    const words = (length + 5) >>> 2;
    const held = (mmio_read32(RX_FIFO_INF) & RXDUSED) >>> 2;
    if (length < MIN_FRAME + CRC_BYTES || length > MAX_GIANT || words > held) {
      Lan9118.rxReset(device);
      return false;
    }
    Lan9118.rxDrain(words);
    return true;
  }

  /** Empties both RX FIFOs and counts the frames that were waiting. The receiver must be off meanwhile. */
  private static rxReset(device: Device): void {
    Lan9118.macWrite(MAC_CR, device.private1 & ~RXEN);
    device.rxErrors += (mmio_read32(RX_FIFO_INF) & RXSUSED) >>> 16;
    mmio_write32(RX_CFG, RX_DUMP | RXDOFF_2);
    Lan9118.wait(RX_CFG, RX_DUMP, 0, COMMAND_STEPS);
    Lan9118.macWrite(MAC_CR, device.private1);
    device.rxWords = 0;
  }

  /** Drops `words` words: port_skip takes at most one frame's worth at a time. */
  private static rxDrain(words: u32): void {
    while (words > 256) {
      port_skip(RX_DATA_FIFO, 256);
      words -= 256;
    }
    port_skip(RX_DATA_FIFO, words);
  }

  @inline static rxFirst(device: Device): u32 {
    return Lan9118.rxWord(device);
  }

  @inline static rxWord(device: Device): u32 {
    return port_take(RX_DATA_FIFO);
  }

  @inline static rxRead(device: Device, dst: usize, words: u32): void {
    device.rxWords -= words;
    port_read(RX_DATA_FIFO, dst, words);
  }

  @inline static rxReadSum(device: Device, dst: usize, words: u32, seed: u32): u32 {
    device.rxWords -= words;
    return port_read_sum(RX_DATA_FIFO, dst, words, seed);
  }

  @inline static rxReadGuestSum(device: Device, task: i32, guest: usize, words: u32, seed: u32): u32 {
    device.rxWords -= words;
    return port_read_guest_sum(RX_DATA_FIFO, task, guest, words, seed);
  }

  @inline static rxSkip(device: Device, words: u32): void {
    device.rxWords -= words;
    port_skip(RX_DATA_FIFO, words);
  }

  /** Drops the words that are left, and the last one, which ends in the CRC. */
  @inline static rxEnd(device: Device): void {
    const words = device.rxWords;
    mmio_read32(RX_DATA_FIFO);
    if (words != 0) {
      device.rxWords = 0;
      if (words <= PADDING_WORDS) {
        mmio_read32(RX_DATA_FIFO);
        if (words == PADDING_WORDS) mmio_read32(RX_DATA_FIFO);
      } else {
        Lan9118.rxDrain(words);
      }
    }
  }

  // ---- transmit ----

  /** Writes the two command words when there is room; else false, counted in txNoRoom. */
  @inline static txBegin(device: Device, length: u32): bool {
    // The chip only ever frees space: what was free and has not been used since is a lower bound.
    const room = device.private0;
    const need = length + TX_OVERHEAD;
    if ((room & 0xffff) < need) {
      if (!Lan9118.txReclaim(device, need)) return false;
    } else {
      device.private0 = room + (TX_FRAME - need);
    }
    mmio_write32(TX_DATA_FIFO, TX_COMMAND_A | length);
    mmio_write32(TX_DATA_FIFO, length);
    return true;
  }

  /** Counts the frames since the last reading of the space, whose bytes are what it has lost. */
  static countSent(device: Device): void {
    const frames = device.private0 >>> 16;
    const room = device.private0 & 0xffff;
    device.txFrames += frames;
    device.txBytes += device.private2 - room - frames * TX_OVERHEAD;
    device.private0 = room;
    device.private2 = room;
  }

  /** Reads TX_FIFO_INF, drains the statuses and takes `need` bytes of the free space, if there are so many. */
  private static txReclaim(device: Device, need: u32): bool {
    const information = mmio_read32(TX_FIFO_INF);
    const waiting = (information >>> 16) & 0xff; // TXSUSED
    for (let i: u32 = 0; i < waiting; i++) Lan9118.txStatus(device, mmio_read32(TX_STATUS_FIFO));
    const room = information & 0xffff; // TDFREE
    Lan9118.countSent(device);
    device.private2 = room;
    if (room < need) {
      device.private0 = room;
      device.txNoRoom += 1;
      return false;
    }
    device.private0 = room + (TX_FRAME - need);
    return true;
  }

  private static txStatus(device: Device, status: u32): void {
    if ((status & TX_ERROR) == 0) return;
    // "Loss of carrier" and "no carrier" mean nothing in full duplex (section 3.12.4).
    if ((status & TX_ERROR_ANY_DUPLEX) != 0 || (device.private1 & FDPX) == 0) device.txErrors += 1;
  }

  @inline static txFirst(device: Device, length: u32, word: u32): void {
    Lan9118.txWord(device, word);
  }

  @inline static txWord(device: Device, word: u32): void {
    mmio_write32(TX_DATA_FIFO, word);
  }

  @inline static txWords4(device: Device, a: u32, b: u32, c: u32, d: u32): void {
    port_put4(TX_DATA_FIFO, a, b, c, d);
  }

  @inline static txWrite(device: Device, src: usize, words: u32): void {
    port_write(TX_DATA_FIFO, src, words);
  }

  @inline static txWriteGuest(device: Device, task: i32, guest: usize, bytes: u32): void {
    port_write_guest(TX_DATA_FIFO, task, guest, bytes);
  }

  /** Nothing: the chip starts by itself when it has the bytes that command A announced. */
  @inline static txEnd(device: Device): void {}

  // ---- interrupt, filter, link ----

  /** Clears the causes that are set. Lost frames and errors among them are dealt with and counted. */
  @inline static acknowledge(device: Device): void {
    const causes = mmio_read32(INT_STS);
    mmio_write32(INT_STS, causes);
    if ((causes & (RXE_INT | TXE_INT | TDFO_INT | RXDF_INT)) != 0) Lan9118.recover(device, causes);
  }

  private static recover(device: Device, causes: u32): void {
    // RX_DROP counts the frames for which there was no room; reading it sets it to 0.
    if (causes & RXDF_INT) device.rxErrors += mmio_read32(RX_DROP);
    if (causes & RXE_INT) {
      device.rxErrors += 1;
      Lan9118.rxReset(device);
    }
    if (causes & (TXE_INT | TDFO_INT)) {
      device.txErrors += 1;
      mmio_write32(TX_CFG, TXS_DUMP | TXD_DUMP);
      Lan9118.wait(TX_CFG, TXS_DUMP | TXD_DUMP, 0, COMMAND_STEPS);
      mmio_write32(TX_CFG, TX_ON);
      Lan9118.countSent(device);
      device.private0 = 0;
      device.private2 = 0;
    }
  }

  static setMulticast(device: Device, all: bool): void {
    const control = all ? device.private1 | MCPAS : device.private1 & ~MCPAS;
    device.private1 = control;
    Lan9118.macWrite(MAC_CR, control);
  }

  /**
   * The hash is that of GroupHash: the upper six bits of the CRC, of which the highest chooses between HASHH and HASHL (sections
   * 3.4.2, 3.4.3, 5.4.4 and 5.4.5; AN 12.12 section 5.5.1, page 18). The table goes first, so that nothing passes by an old one.
   */
  static setGroups(device: Device, low: u32, high: u32): void {
    Lan9118.macWrite(HASHL, low);
    Lan9118.macWrite(HASHH, high);
    const control = (device.private1 & ~MCPAS) | HPFILT;
    if (control == device.private1) return;
    device.private1 = control;
    Lan9118.macWrite(MAC_CR, control);
  }

  /** Reads the link state from the PHY and, while it is up, follows the negotiated duplex mode. */
  static checkLink(device: Device): void {
    Lan9118.phyRead(PHY_STATUS); // a link that was lost since the last read shows once, then the present state
    const up = (Lan9118.phyRead(PHY_STATUS) & PHY_LINK_UP) != 0;
    device.linkUp = up ? 1 : 0;
    if (!up) return;
    const common = Lan9118.phyRead(PHY_ADVERTISE) & Lan9118.phyRead(PHY_PARTNER);
    const full = (common & ABILITY_100_FULL) != 0 || (common & (ABILITY_100_HALF | ABILITY_10_FULL)) == ABILITY_10_FULL;
    const control = full ? device.private1 | FDPX : device.private1 & ~FDPX;
    if (control == device.private1) return;
    device.private1 = control;
    Lan9118.macWrite(MAC_CR, control);
  }

  // ---- registers behind registers ----

  /** Reads `register` until `register & mask == value`; false when that took more than `steps` reads. */
  private static wait(register: u32, mask: u32, value: u32, steps: i32): bool {
    for (let i = 0; i < steps; i++) {
      if ((mmio_read32(register) & mask) == value) return true;
    }
    return false;
  }

  private static macWrite(register: u32, value: u32): bool {
    if (!Lan9118.wait(MAC_CSR_CMD, CSR_BUSY, 0, COMMAND_STEPS)) return false;
    mmio_write32(MAC_CSR_DATA, value);
    mmio_write32(MAC_CSR_CMD, CSR_BUSY | register);
    return Lan9118.wait(MAC_CSR_CMD, CSR_BUSY, 0, COMMAND_STEPS);
  }

  /** Value of a MAC register; 0 when the chip does not answer. */
  private static macRead(register: u32): u32 {
    if (!Lan9118.wait(MAC_CSR_CMD, CSR_BUSY, 0, COMMAND_STEPS)) return 0;
    mmio_write32(MAC_CSR_CMD, CSR_BUSY | CSR_READ | register);
    if (!Lan9118.wait(MAC_CSR_CMD, CSR_BUSY, 0, COMMAND_STEPS)) return 0;
    return mmio_read32(MAC_CSR_DATA);
  }

  private static phyIdle(): bool {
    for (let i = 0; i < COMMAND_STEPS; i++) {
      if ((Lan9118.macRead(MII_ACC) & MII_BUSY) == 0) return true;
    }
    return false;
  }

  private static phyWrite(register: u32, value: u32): bool {
    if (!Lan9118.phyIdle() || !Lan9118.macWrite(MII_DATA, value)) return false;
    if (!Lan9118.macWrite(MII_ACC, MII_PHY_1 | (register << 6) | MII_WRITE | MII_BUSY)) return false;
    return Lan9118.phyIdle();
  }

  /** Value of a PHY register; 0 when the chip does not answer. */
  private static phyRead(register: u32): u32 {
    if (!Lan9118.phyIdle()) return 0;
    if (!Lan9118.macWrite(MII_ACC, MII_PHY_1 | (register << 6) | MII_BUSY)) return 0;
    if (!Lan9118.phyIdle()) return 0;
    return Lan9118.macRead(MII_DATA) & 0xffff;
  }
}
