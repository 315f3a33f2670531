/** Register model of the FIFO chip that hal/drivers/host.ts describes: for tests of the driver, apart from runtime/node. */
import { type ChipModel, frameWords, isMulticast, padded, wordBytes } from "./chip.js";

const FRAMES = 8;

export class HostModel implements ChipModel {
  readonly windowBytes = 0x40;
  readonly sent: Uint8Array[] = [];
  readonly violations: string[] = [];
  readonly impossibleLengths = [1, 13, 1519, 4000, 0x7fff_ffff, 0xffff_ffff];
  underflows = 0;
  accesses = 0;
  /** The chip has no address register: the core filters. Here only so that the suite can compare. */
  readonly address = new Uint8Array(6);
  interrupt = false;

  // ---- fault switches ----
  id = 0x534f434b;

  private frames: { frame: Uint8Array; length: number }[] = [];
  private words: number[] = [];
  private lost = 0;
  private linkUp = 1;
  private held = false;
  private waiting: Uint8Array[] = [];
  private transmitLength = 0;
  private transmitWords: number[] = [];
  private multicast = false;
  private reported: number | undefined;

  get rxPending(): number {
    return this.frames.length;
  }

  answerAsOtherChip(): number {
    this.id = 0x12345678;
    return this.id;
  }

  neverReset(): void {
    throw new Error("this chip's reset takes no time");
  }

  holdTransmitter(held: boolean): void {
    this.held = held;
    if (!held) this.sent.push(...this.waiting.splice(0));
  }

  reportLength(length: number): void {
    this.reported = length;
  }

  lose(frames: number): void {
    this.lost += frames;
  }

  setLink(up: boolean): void {
    this.linkUp = up ? 1 : 0;
    this.interrupt = true;
  }

  deliver(frame: Uint8Array): boolean {
    if (isMulticast(frame) && !this.multicast) return false;
    if (this.frames.length === FRAMES) {
      this.lost++;
      return false;
    }
    this.frames.push({ frame, length: this.reported ?? frame.length });
    this.reported = undefined;
    this.interrupt = true;
    return true;
  }

  read32(offset: number): number {
    this.accesses++;
    switch (offset) {
      case 0x00: {
        const oldest = this.frames[0];
        this.words = oldest === undefined ? [] : frameWords(oldest.frame, 0, []);
        return (oldest?.length ?? 0) >>> 0;
      }
      case 0x04: {
        const word = this.words.shift();
        if (word === undefined) this.underflows++;
        return word ?? 0;
      }
      case 0x0c:
        return this.held && this.waiting.length > 0 ? 0 : 1;
      case 0x18:
        return this.linkUp;
      case 0x20:
        return this.id;
      case 0x24: {
        const lost = this.lost;
        this.lost = 0;
        return lost;
      }
      default:
        this.violations.push(`read of register 0x${offset.toString(16)}`);
        return 0;
    }
  }

  write32(offset: number, value: number): void {
    this.accesses++;
    switch (offset) {
      case 0x08:
        if (this.frames.shift() === undefined) this.violations.push("RX_DISCARD without a frame");
        this.words = [];
        break;
      case 0x0c:
        this.transmitLength = value;
        this.transmitWords = [];
        break;
      case 0x10:
        this.transmitWords.push(value);
        break;
      case 0x14:
        this.go();
        break;
      case 0x1c:
        this.interrupt = false;
        break;
      case 0x28:
        this.multicast = value === 1;
        break;
      case 0x2c:
        this.frames = [];
        this.words = [];
        this.waiting = [];
        this.multicast = false;
        this.lost = 0;
        this.interrupt = false;
        break;
      default:
        this.violations.push(`write of register 0x${offset.toString(16)}`);
    }
  }

  private go(): void {
    const words = (this.transmitLength + 5) >>> 2;
    if (words !== this.transmitWords.length) {
      this.violations.push(`${this.transmitWords.length} words written for a frame of ${this.transmitLength} bytes`);
    }
    const frame = padded(wordBytes(this.transmitWords).slice(2, 2 + this.transmitLength));
    if (this.held) this.waiting.push(frame);
    else this.sent.push(frame);
  }
}
