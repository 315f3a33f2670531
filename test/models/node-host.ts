/** The network device of the Node host itself (runtime/node/host-nic.ts) in the place of a register model. */
import { HostNic } from "../../runtime/node/host-nic.js";
import type { ChipModel } from "./chip.js";

const RX_LENGTH = 0x00;
const RX_DISCARD = 0x08;
const ID = 0x20;
const RX_LOST = 0x24;

/** Faults that the device does not have by itself (another identification, false lengths) are put on its answers. */
export class NodeHostModel implements ChipModel {
  readonly windowBytes = 0x40;
  readonly impossibleLengths = [1, 13, 1519, 4000, 0x7fff_ffff, 0xffff_ffff];
  readonly sent: Uint8Array[] = [];
  readonly underflows = 0;
  readonly violations: string[] = [];
  readonly address = new Uint8Array(6);
  accesses = 0;

  private readonly nic = new HostNic({ base: 0, receiveSlots: 8 });
  private id: number | undefined;
  private lost = 0;
  private held = false;
  private waiting: Uint8Array[] = [];
  /** For each frame that waits in the device: the length to report instead of its own. */
  private reports: (number | undefined)[] = [];
  private nextReport: number | undefined;

  constructor() {
    this.nic.onTransmit = (frame) => {
      if (!this.held) {
        this.sent.push(frame);
        return;
      }
      this.waiting.push(frame);
      this.nic.transmitReady = false;
    };
  }

  get interrupt(): boolean {
    return this.nic.interrupt;
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
    if (held) return;
    this.nic.transmitReady = true;
    this.sent.push(...this.waiting.splice(0));
  }

  reportLength(length: number): void {
    this.nextReport = length;
  }

  lose(frames: number): void {
    this.lost += frames;
  }

  setLink(up: boolean): void {
    this.nic.setLink(up);
  }

  deliver(frame: Uint8Array): boolean {
    const waiting = this.nic.waiting;
    this.nic.receive(frame);
    if (this.nic.waiting === waiting) return false;
    this.reports.push(this.nextReport);
    this.nextReport = undefined;
    return true;
  }

  read32(offset: number): number {
    this.accesses++;
    const value = this.nic.read32(offset) >>> 0;
    if (offset === ID) return this.id ?? value;
    if (offset === RX_LENGTH && value > 0) return (this.reports[0] ?? value) >>> 0;
    if (offset === RX_LOST) {
      const lost = this.lost;
      this.lost = 0;
      return value + lost;
    }
    return value;
  }

  write32(offset: number, value: number): void {
    this.accesses++;
    this.nic.write32(offset, value | 0);
    if (offset === RX_DISCARD) this.reports.shift();
    if (this.nic.waiting === 0) this.reports = [];
  }
}
