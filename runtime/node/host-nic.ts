/**
 * The network device of native_sim, as hal/drivers/host.ts describes it: a FIFO chip of twelve registers.
 * @see hal/drivers/host.ts (register map)
 */
import type { NicModel, Saved } from "./register-model.js";

const RX_LENGTH = 0x00;
const RX_DATA = 0x04;
const RX_DISCARD = 0x08;
const TX_LENGTH = 0x0c;
const TX_DATA = 0x10;
const TX_GO = 0x14;
const LINK = 0x18;
const IRQ_ACK = 0x1c;
const ID = 0x20;
const RX_LOST = 0x24;
const MULTICAST = 0x28;
const RESET = 0x2c;

const ID_VALUE = 0x534f434b;
/** Shortest frame that Ethernet carries, without CRC; shorter ones are padded (IEEE 802.3 §3.2.8). */
const MINIMUM_FRAME = 60;

export interface HostNicOptions {
  /** Bus address of the window; CONFIG_ETH_BASE_ADDRESS of the core. Default 0x40000000. */
  readonly base?: number;
  /** Frames that wait for the core; more are lost and counted. Default 64. */
  readonly receiveSlots?: number;
}

export class HostNic implements NicModel {
  readonly base: number;
  readonly length = 0x40;
  onTransmit: (frame: Uint8Array) => void = () => {};

  /** Frames that wait, oldest first. */
  private readonly queue: Uint8Array[] = [];
  private readonly slots: number;
  /** The oldest frame as words (two padding bytes first), once RX_LENGTH was read. */
  private words: Uint32Array | undefined;
  private nextWord = 0;
  /** Frames that the queue had no room for since RX_LOST was read. */
  private lost = 0;
  private sending: { length: number; words: Uint32Array; next: number } | undefined;
  private link = true;
  private line = false;
  private allMulticast = false;
  /** What TX_LENGTH answers: a test sets it to false to see how the core takes a full chip. */
  transmitReady = true;

  constructor(options: HostNicOptions = {}) {
    this.base = options.base ?? 0x4000_0000;
    this.slots = options.receiveSlots ?? 64;
  }

  get interrupt(): boolean {
    return this.line;
  }

  /** Frames that wait for the core. */
  get waiting(): number {
    return this.queue.length;
  }

  receive(frame: Uint8Array): boolean {
    if (!this.link) return false;
    if (frame.length > 0 && frame[0] & 1 && !this.allMulticast && !isBroadcast(frame)) return true; // filtered
    if (this.queue.length >= this.slots) {
      this.lost += 1;
      this.line = true;
      return false;
    }
    this.queue.push(frame.slice());
    this.line = true;
    return true;
  }

  setLink(up: boolean): void {
    if (up !== this.link) this.line = true;
    this.link = up;
  }

  read32(address: number): number {
    switch (address - this.base) {
      case RX_LENGTH: {
        const oldest = this.queue[0];
        this.nextWord = 0;
        if (oldest === undefined) {
          this.words = undefined;
          return 0;
        }
        this.words = toWords(oldest);
        return oldest.length;
      }
      case RX_DATA:
        return this.words !== undefined && this.nextWord < this.words.length ? this.words[this.nextWord++] : 0;
      case TX_LENGTH:
        return this.transmitReady ? 1 : 0;
      case LINK:
        return this.link ? 1 : 0;
      case ID:
        return ID_VALUE;
      case RX_LOST: {
        const lost = this.lost;
        this.lost = 0;
        return lost;
      }
      default:
        return 0;
    }
  }

  write32(address: number, value: number): void {
    switch (address - this.base) {
      case RX_DISCARD:
        this.queue.shift();
        this.words = undefined;
        break;
      case TX_LENGTH: {
        const length = value >>> 0;
        this.sending = { length, words: new Uint32Array(Math.min(length + 5, 0x1_0000) >> 2), next: 0 };
        break;
      }
      case TX_DATA: {
        const sending = this.sending;
        if (sending !== undefined && sending.next < sending.words.length) sending.words[sending.next++] = value;
        break;
      }
      case TX_GO: {
        const sending = this.sending;
        this.sending = undefined;
        if (sending === undefined || !this.link) break;
        const frame = new Uint8Array(Math.max(MINIMUM_FRAME, sending.length));
        frame.set(new Uint8Array(sending.words.buffer, 2, sending.length));
        this.onTransmit(frame);
        break;
      }
      case IRQ_ACK:
        this.line = false;
        break;
      case MULTICAST:
        this.allMulticast = (value & 1) !== 0;
        break;
      case RESET:
        this.queue.length = 0;
        this.words = undefined;
        this.sending = undefined;
        this.allMulticast = false;
        this.lost = 0;
        this.line = false;
        break;
      default:
        break;
    }
  }

  /** Everything above that changes: waiting frames, the words of both frames in progress, flags. */
  save(): Saved {
    return {
      queue: this.queue.map(toHex),
      words: this.words === undefined ? null : [...this.words],
      nextWord: this.nextWord,
      lost: this.lost,
      sending:
        this.sending === undefined
          ? null
          : { length: this.sending.length, words: [...this.sending.words], next: this.sending.next },
      link: this.link,
      line: this.line,
      allMulticast: this.allMulticast,
    };
  }

  load(state: Saved): void {
    const saved = state as {
      queue: string[];
      words: number[] | null;
      nextWord: number;
      lost: number;
      sending: { length: number; words: number[]; next: number } | null;
      link: boolean;
      line: boolean;
      allMulticast: boolean;
    };
    this.queue.splice(0, this.queue.length, ...saved.queue.map(fromHex));
    this.words = saved.words === null ? undefined : Uint32Array.from(saved.words);
    this.nextWord = saved.nextWord;
    this.lost = saved.lost;
    this.sending =
      saved.sending === null ? undefined : { ...saved.sending, words: Uint32Array.from(saved.sending.words) };
    this.link = saved.link;
    this.line = saved.line;
    this.allMulticast = saved.allMulticast;
  }
}

function isBroadcast(frame: Uint8Array): boolean {
  for (let i = 0; i < 6; i++) if (frame[i] !== 0xff) return false;
  return true;
}

/** A frame as the FIFO gives it: two padding bytes, the frame, zeros up to the word. */
function toWords(frame: Uint8Array): Uint32Array {
  const words = new Uint32Array((frame.length + 5) >> 2);
  new Uint8Array(words.buffer).set(frame, 2);
  return words;
}

function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("hex");
}

function fromHex(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text, "hex"));
}
