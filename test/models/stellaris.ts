/**
 * Register model of the Ethernet MAC of the LM3S6965: data sheet, chapter "Ethernet Controller". With `hasPhy` false
 * it answers as QEMU's model does, which has no PHY.
 */
import { type ChipModel, CRC_SENTINEL, frameWords, isBroadcast, isMulticast, padded, wordBytes } from "./chip.js";

const FRAMES = 31;
const FIFO_BYTES = 2048;

const RXINT = 0x01;
const TXER = 0x02;
const TXEMP = 0x04;
const FOV = 0x08;
const RXER = 0x10;

const RXEN = 0x01;
const AMUL = 0x02;
const PRMS = 0x04;
const RSTFIFO = 0x10;

export class StellarisModel implements ChipModel {
  readonly windowBytes = 0x1000;
  readonly sent: Uint8Array[] = [];
  readonly violations: string[] = [];
  readonly impossibleLengths = [-6, -5, -1, 2043, 4000, 0xffff - 6];
  underflows = 0;
  accesses = 0;
  readonly address = new Uint8Array(6);

  // ---- fault switches ----
  /** Bits of IA0 that do not hold what is written to them. */
  stuckBits = 0;
  /** NP never reads 0, as if the receive FIFO could not be emptied. */
  stuckFifo = false;
  hasPhy = false;
  /** Reads of TR for which NEWTX stays set after a frame was started. */
  transmitReads = 0;

  // ---- registers ----
  status = 0;
  mask = 0x7f;
  receiveControl = 0x08;
  transmitControl = 0;
  threshold = 0x3f;
  /** Reads of TR so far. */
  transmitPolls = 0;
  private frames: number[][] = [];
  private transmitWords: number[] = [];
  private held = false;
  private waiting: Uint8Array[] = [];
  private busyReads = 0;
  private reported: number | undefined;
  private linkUp = true;
  private linkLost = false;
  private managementData = 0;

  get interrupt(): boolean {
    return (this.status & this.mask) !== 0;
  }

  get rxPending(): number {
    return this.frames.length;
  }

  answerAsOtherChip(): number {
    this.stuckBits = 0x00010000;
    return (0x87654321 & ~this.stuckBits) >>> 0;
  }

  neverReset(): void {
    this.stuckFifo = true;
  }

  holdTransmitter(held: boolean): void {
    this.held = held;
    if (!held) for (const frame of this.waiting.splice(0)) this.transmit(frame);
  }

  reportLength(length: number): void {
    this.reported = length + 6;
  }

  lose(frames: number): void {
    if (frames > 0) this.status |= FOV;
  }

  setLink(up: boolean): void {
    this.hasPhy = true;
    this.linkUp = up;
    if (!up) this.linkLost = true;
  }

  /** The chip saw a frame with an error and dropped it (BADCRC). */
  receiveError(): void {
    this.status |= RXER;
  }

  transmitError(): void {
    this.status |= TXER;
  }

  deliver(frame: Uint8Array): boolean {
    if ((this.receiveControl & RXEN) === 0) return false;
    const own = this.address.every((byte, i) => byte === frame[i]);
    const wanted = isBroadcast(frame) || (isMulticast(frame) ? (this.receiveControl & AMUL) !== 0 : own);
    if (!wanted && (this.receiveControl & PRMS) === 0) return false;
    const used = this.frames.reduce((sum, words) => sum + words.length * 4, 0);
    const words = frameWords(frame, this.reported ?? frame.length + 6, CRC_SENTINEL);
    this.reported = undefined;
    if (this.frames.length === FRAMES || used + words.length * 4 > FIFO_BYTES) {
      this.lose(1);
      return false;
    }
    this.frames.push(words);
    this.status |= RXINT;
    return true;
  }

  read32(offset: number): number {
    this.accesses++;
    return this.readRegister(offset) >>> 0;
  }

  private readRegister(offset: number): number {
    switch (offset) {
      case 0x00:
        return this.status;
      case 0x04:
        return this.mask;
      case 0x08:
        return this.receiveControl;
      case 0x0c:
        return this.transmitControl;
      case 0x10:
        return this.popRxWord();
      case 0x14:
        return new DataView(this.address.buffer).getUint32(0, true) & ~this.stuckBits;
      case 0x18:
        return new DataView(this.address.buffer).getUint16(4, true);
      case 0x1c:
        return this.threshold;
      case 0x20:
        return 0; // START is clear: management operations end at once
      case 0x30:
        return this.managementData;
      case 0x34:
        return this.stuckFifo ? Math.max(1, this.frames.length) : this.frames.length;
      case 0x38:
        this.transmitPolls++;
        if (this.busyReads > 0 && !this.held) this.busyReads--;
        return this.busyReads > 0 || this.waiting.length > 0 ? 1 : 0;
      default:
        this.violations.push(`read of register 0x${offset.toString(16)}`);
        return 0;
    }
  }

  write32(offset: number, value: number): void {
    this.accesses++;
    switch (offset) {
      case 0x00:
        this.status &= ~value;
        if (value & TXER) this.transmitWords = [];
        break;
      case 0x04:
        this.mask = value;
        break;
      case 0x08:
        if (value & RSTFIFO) {
          if (value & RXEN || this.receiveControl & RXEN) this.violations.push("RSTFIFO while the receiver was on");
          this.frames = [];
        }
        this.receiveControl = value & ~RSTFIFO;
        break;
      case 0x0c:
        this.transmitControl = value;
        break;
      case 0x10:
        this.pushTxWord(value);
        break;
      case 0x14:
        this.address.set([value & 0xff, (value >>> 8) & 0xff, (value >>> 16) & 0xff, value >>> 24]);
        break;
      case 0x18:
        this.address.set([value & 0xff, (value >>> 8) & 0xff], 4);
        break;
      case 0x1c:
        this.threshold = value;
        break;
      case 0x20:
        if (value & 1) this.managementData = this.readPhy((value >>> 3) & 0x1f);
        break;
      case 0x38:
        if (value & 1) this.startTransmission();
        break;
      default:
        this.violations.push(`write of register 0x${offset.toString(16)}`);
    }
  }

  private popRxWord(): number {
    const frame = this.frames[0];
    if (frame === undefined) {
      this.underflows++;
      return 0;
    }
    const word = frame.shift() ?? 0;
    if (frame.length === 0) this.frames.shift();
    return word;
  }

  private pushTxWord(word: number): void {
    if ((this.transmitControl & 1) === 0) this.violations.push("TX data while the transmitter was off");
    if (this.busyReads > 0 || this.waiting.length > 0) this.violations.push("TX data while a frame was going out");
    if (this.transmitWords.length * 4 === FIFO_BYTES) this.violations.push("TX FIFO overrun");
    else this.transmitWords.push(word);
  }

  private startTransmission(): void {
    const bytes = wordBytes(this.transmitWords);
    const length = this.transmitWords.length === 0 ? 0 : ((this.transmitWords[0] ?? 0) & 0xffff) + 14;
    const words = (length + 2 + 3) >>> 2;
    if (words !== this.transmitWords.length) {
      this.violations.push(`${this.transmitWords.length} words written for a frame of ${length} bytes`);
    }
    this.transmitWords = [];
    const frame = bytes.slice(2, 2 + length);
    this.busyReads = this.transmitReads;
    if (this.held) this.waiting.push(frame);
    else this.transmit(frame);
  }

  private transmit(frame: Uint8Array): void {
    this.sent.push(this.transmitControl & 0x02 ? padded(frame) : frame);
    this.status |= TXEMP;
  }

  private readPhy(register: number): number {
    if (!this.hasPhy) return 0;
    switch (register) {
      case 1: {
        const up = this.linkUp && !this.linkLost;
        this.linkLost = false; // latching low: shows a lost link once
        return 0x7809 | (up ? 0x24 : 0);
      }
      case 2:
        return 0x000e;
      case 4:
        return 0x01e1;
      case 5:
        return 0x01e1;
      default:
        this.violations.push(`read of PHY register ${register}`);
        return 0;
    }
  }
}
