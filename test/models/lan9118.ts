/**
 * Register model of the LAN9118 as far as a driver in PIO mode sees it: data sheet revision 1.5, with the
 * interrupt behaviour of QEMU's model (RSFL is raised by an arrival and is not a level).
 */
import { type ChipModel, CRC_SENTINEL, frameWords, isBroadcast, isMulticast, padded, wordBytes } from "./chip.js";

const RX_DATA_WORDS = 2640;
const RX_STATUSES = 176;
const TX_DATA_BYTES = 4608;
const TX_STATUSES = 128;

const RXE = 0x4000;
const TXE = 0x2000;
const RXDF = 0x40;
const RSFL = 0x08;
const ES = 0x8000;

const RXEN = 0x4;
const TXEN = 0x8;
const MCPAS = 0x80000;
const PRMS = 0x40000;
const HPFILT = 0x2000;
/** MAC_CR: inverse filtering, and hash filtering of physical addresses too. The model has neither. */
const OTHER_FILTERS = 0x28000;

/**
 * The hash of a frame's destination (AN 12.12 §5.5.1): the six upper bits of the CRC-32 over its six bytes. Counted here with the CRC turned
 * round, as software usually has it, so that the upper bits are the lower ones, the lowest first.
 */
export function groupHash(frame: Uint8Array): number {
  let crc = 0xffff_ffff;
  for (const byte of frame.subarray(0, 6)) {
    crc ^= byte;
    for (let i = 0; i < 8; i++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb8_8320 : 0);
  }
  return Array.from({ length: 6 }, (_, i) => ((crc >>> i) & 1) << (5 - i)).reduce((sum, bit) => sum + bit, 0);
}

interface Segment {
  commandA: number;
  commandB: number | undefined;
  words: number[];
  remaining: number;
}

export class Lan9118Model implements ChipModel {
  readonly windowBytes = 0x100;
  readonly sent: Uint8Array[] = [];
  readonly violations: string[] = [];
  readonly impossibleLengths = [-4, -3, 0, 13, 2049, 4000, 0x3fff - 4];
  underflows = 0;
  accesses = 0;
  readonly address = new Uint8Array(6);

  // ---- fault switches ----
  byteTest = 0x87654321;
  idRevision = 0x01180001;
  /** Reads of HW_CFG for which SRST stays set. */
  resetReads = 3;
  /** Reads of MAC_CSR_CMD for which it stays busy. */
  busyReads = 1;
  /** Reads of E2P_CMD for which the EEPROM is being loaded. */
  eepromReads = 2;
  /** Error bits added to the status of the next frame sent. */
  nextTxStatus = 0;
  /** Error bits added to the status of the next frame that arrives. */
  nextRxStatus = 0;
  /** Negotiation result: what the partner says it can. */
  partner = 0x01e1;

  // ---- registers ----
  irqConfiguration = 0;
  interruptStatus = 0;
  interruptEnable = 0;
  fifoInterrupt = 0x48000000;
  rxConfiguration = 0;
  txConfiguration = 0;
  hardwareConfiguration = 0x00050000;
  macControl = 0x40000;
  /** HASHL, HASHH. */
  readonly hash = [0, 0];
  txStatuses: number[] = [];
  private rxStatuses: number[] = [];
  private rxWords: number[] = [];
  private dropped = 0;
  private reported: number | undefined;
  private held = false;
  private queued: { frame: Uint8Array; bytes: number }[] = [];
  private segment: Segment | undefined;
  private macData = 0;
  private macCommand = 0;
  private macBusy = 0;
  private miiData = 0;
  private phyControl = 0x3000;
  private linkUp = true;
  private linkLost = false;
  private resetting = 0;
  private loadingEeprom = 0;

  get interrupt(): boolean {
    return this.irqConfiguration === 0x111 && (this.interruptStatus & this.interruptEnable) !== 0;
  }

  get rxPending(): number {
    return this.rxStatuses.length;
  }

  answerAsOtherChip(): number {
    this.idRevision = 0x92100000 + 0x00ff0000;
    return this.idRevision >>> 0;
  }

  neverReset(): void {
    this.resetReads = Number.POSITIVE_INFINITY;
  }

  holdTransmitter(held: boolean): void {
    this.held = held;
    if (!held) for (const { frame } of this.queued.splice(0)) this.transmit(frame);
  }

  reportLength(length: number): void {
    this.reported = length + CRC_SENTINEL.length;
  }

  lose(frames: number): void {
    this.dropped += frames;
    this.interruptStatus |= RXDF;
  }

  setLink(up: boolean): void {
    this.linkUp = up;
    if (!up) this.linkLost = true;
  }

  deliver(frame: Uint8Array): boolean {
    if ((this.macControl & RXEN) === 0) return false;
    const own = this.address.every((byte, i) => byte === frame[i]);
    if ((this.macControl & OTHER_FILTERS) !== 0) this.violations.push("a filter mode that the model does not have");
    const promiscuous = (this.macControl & PRMS) !== 0;
    const wanted = isBroadcast(frame) || (isMulticast(frame) ? this.wantsGroup(frame) : own);
    if (!wanted && !promiscuous) return false;
    if (((this.rxConfiguration >>> 8) & 0x1f) !== 2) this.violations.push("received with RXDOFF other than 2");
    const words = frameWords(frame, 0xdead, CRC_SENTINEL);
    if (this.rxStatuses.length === RX_STATUSES || this.rxWords.length + words.length > RX_DATA_WORDS) {
      this.lose(1);
      return false;
    }
    const length = this.reported ?? frame.length + CRC_SENTINEL.length;
    const group = isBroadcast(frame) ? 0x2000 : isMulticast(frame) ? 0x400 : 0;
    this.rxStatuses.push((((length & 0x3fff) << 16) | group | 0x20 | this.nextRxStatus) >>> 0);
    this.rxWords.push(...words);
    this.reported = undefined;
    this.nextRxStatus = 0;
    if (this.rxStatuses.length > (this.fifoInterrupt & 0xff)) this.interruptStatus |= RSFL;
    return true;
  }

  /** Table 3.1: all groups, those that the hash lets through, or none. */
  private wantsGroup(frame: Uint8Array): boolean {
    if ((this.macControl & MCPAS) !== 0) return true;
    if ((this.macControl & HPFILT) === 0) return false;
    const hash = groupHash(frame);
    return ((this.hash[hash >>> 5] >>> (hash & 31)) & 1) === 1;
  }

  read32(offset: number): number {
    this.accesses++;
    return this.readRegister(offset) >>> 0;
  }

  private readRegister(offset: number): number {
    if (offset < 0x20) return this.popRxWord();
    switch (offset) {
      case 0x40:
        if (this.rxStatuses.length === 0) this.underflows++;
        return this.rxStatuses.shift() ?? 0;
      case 0x48:
        if (this.txStatuses.length === 0) this.underflows++;
        return this.txStatuses.shift() ?? 0;
      case 0x50:
        return this.idRevision;
      case 0x54:
        return this.irqConfiguration;
      case 0x58:
        return this.interruptStatus;
      case 0x5c:
        return this.interruptEnable;
      case 0x64:
        return this.byteTest;
      case 0x68:
        return this.fifoInterrupt;
      case 0x6c:
        return this.rxConfiguration;
      case 0x70:
        return this.txConfiguration;
      case 0x74:
        if (this.resetting > 0) this.resetting--;
        return this.hardwareConfiguration | (this.resetting > 0 ? 1 : 0);
      case 0x7c:
        return (this.rxStatuses.length << 16) | (this.rxWords.length * 4);
      case 0x80:
        return (this.txStatuses.length << 16) | this.txFree();
      case 0x84:
        return 1;
      case 0xa0: {
        const dropped = this.dropped;
        this.dropped = 0;
        return dropped;
      }
      case 0xa4:
        if (this.macBusy > 0) this.macBusy--;
        return this.macCommand | (this.macBusy > 0 ? 0x80000000 : 0);
      case 0xa8:
        return this.macData;
      case 0xb0:
        if (this.loadingEeprom > 0) this.loadingEeprom--;
        return this.loadingEeprom > 0 ? 0x80000000 : 0;
      default:
        this.violations.push(`read of register 0x${offset.toString(16)}`);
        return 0;
    }
  }

  write32(offset: number, value: number): void {
    this.accesses++;
    if (offset >= 0x20 && offset < 0x40) {
      this.pushTxWord(value);
      return;
    }
    switch (offset) {
      case 0x54:
        this.irqConfiguration = value & 0x111;
        break;
      case 0x58:
        this.interruptStatus &= ~value;
        break;
      case 0x5c:
        this.interruptEnable = value;
        break;
      case 0x68:
        this.fifoInterrupt = value;
        break;
      case 0x6c:
        if (value & 0x8000) {
          if (this.macControl & RXEN) this.violations.push("RX_DUMP while the receiver was on");
          this.rxStatuses = [];
          this.rxWords = [];
        }
        this.rxConfiguration = value & 0x1f00;
        break;
      case 0x70:
        if (value & 0x8000) this.txStatuses = [];
        if (value & 0x4000) {
          this.segment = undefined;
          this.queued = [];
        }
        this.txConfiguration = value & 6;
        break;
      case 0x74:
        if (value & 1) this.reset();
        else {
          if ((value & 0x100000) === 0) this.violations.push("HW_CFG bit 20 must be one");
          this.hardwareConfiguration = value;
        }
        break;
      case 0xa4:
        if (this.macBusy > 0) this.violations.push("MAC_CSR_CMD written while busy");
        this.macCommand = value & 0x4000000f;
        if (value & 0x80000000) {
          this.macBusy = this.busyReads;
          if (value & 0x40000000) this.macData = this.readMac(value & 0xf);
          else this.writeMac(value & 0xf, this.macData);
        }
        break;
      case 0xa8:
        this.macData = value;
        break;
      default:
        this.violations.push(`write of register 0x${offset.toString(16)}`);
    }
  }

  private reset(): void {
    this.irqConfiguration &= 0x11;
    this.interruptStatus = 0;
    this.interruptEnable = 0;
    this.rxConfiguration = 0;
    this.txConfiguration = 0;
    this.hardwareConfiguration = 0x00050000;
    this.macControl = 0x40000;
    this.hash.fill(0);
    this.rxStatuses = [];
    this.rxWords = [];
    this.txStatuses = [];
    this.segment = undefined;
    this.resetting = this.resetReads;
    this.loadingEeprom = this.eepromReads;
  }

  private popRxWord(): number {
    const word = this.rxWords.shift();
    if (word !== undefined) return word;
    this.underflows++;
    this.interruptStatus |= RXE;
    return 0;
  }

  private txFree(): number {
    return TX_DATA_BYTES - this.queued.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  private pushTxWord(word: number): void {
    if ((this.txConfiguration & 2) === 0 || (this.macControl & TXEN) === 0) {
      this.violations.push("TX data while the transmitter was off");
      return;
    }
    const segment = this.segment;
    if (segment === undefined) {
      this.segment = { commandA: word, commandB: undefined, words: [], remaining: 0 };
      return;
    }
    if (segment.commandB === undefined) {
      segment.commandB = word;
      const size = segment.commandA & 0x7ff;
      const offset = (segment.commandA >>> 16) & 0x1f;
      segment.remaining = (size + offset + 3) >>> 2;
      if ((segment.commandA & 0x3000) !== 0x3000) this.violations.push("not one buffer per frame");
      if (size !== (word & 0x7ff)) {
        this.violations.push("command A and B disagree on the length");
        this.interruptStatus |= TXE;
      }
      if (this.txFree() < 8 + segment.remaining * 4) this.violations.push("TX data FIFO overrun");
      return;
    }
    segment.words.push(word);
    segment.remaining--;
    if (segment.remaining > 0) return;
    const offset = (segment.commandA >>> 16) & 0x1f;
    const size = segment.commandA & 0x7ff;
    const frame = wordBytes(segment.words).slice(offset, offset + size);
    this.segment = undefined;
    if (this.held) this.queued.push({ frame, bytes: 8 + segment.words.length * 4 });
    else this.transmit(frame);
  }

  private transmit(frame: Uint8Array): void {
    this.sent.push(padded(frame));
    if (this.txStatuses.length === TX_STATUSES) this.violations.push("TX status FIFO full: the chip stops");
    const error = this.nextTxStatus;
    this.txStatuses.push(error === 0 ? 0 : error | ES);
    this.nextTxStatus = 0;
  }

  private readMac(register: number): number {
    switch (register) {
      case 1:
        return this.macControl;
      case 6:
        return 0;
      case 7:
        return this.miiData;
      default:
        this.violations.push(`read of MAC register ${register}`);
        return 0;
    }
  }

  private writeMac(register: number, value: number): void {
    switch (register) {
      case 1:
        this.macControl = value;
        break;
      case 2:
        this.address.set([value & 0xff, (value >>> 8) & 0xff], 4);
        break;
      case 3:
        this.address.set([value & 0xff, (value >>> 8) & 0xff, (value >>> 16) & 0xff, value >>> 24]);
        break;
      case 4:
        this.hash[1] = value;
        break;
      case 5:
        this.hash[0] = value;
        break;
      case 6:
        if (((value >>> 11) & 0x1f) !== 1) this.violations.push("MII access to a PHY address other than 1");
        if (value & 2) this.writePhy((value >>> 6) & 0x1f, this.miiData);
        else this.miiData = this.readPhy((value >>> 6) & 0x1f);
        break;
      case 7:
        this.miiData = value & 0xffff;
        break;
      default:
        this.violations.push(`write of MAC register ${register}`);
    }
  }

  private readPhy(register: number): number {
    switch (register) {
      case 0:
        return this.phyControl;
      case 1: {
        const up = this.linkUp && !this.linkLost;
        this.linkLost = false; // latching low: shows a lost link once
        return 0x7809 | (up ? 0x24 : 0);
      }
      case 4:
        return 0x01e1;
      case 5:
        return this.partner;
      default:
        this.violations.push(`read of PHY register ${register}`);
        return 0;
    }
  }

  private writePhy(register: number, value: number): void {
    if (register === 0) this.phyControl = value;
    else this.violations.push(`write of PHY register ${register}`);
  }
}
