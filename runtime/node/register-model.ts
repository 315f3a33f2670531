/** Device registers as the Node host offers them to the core's `mmio` and `port` imports. */

/** Anything JSON can hold: what a model gives to a snapshot. */
export type Saved = null | boolean | number | string | readonly Saved[] | { readonly [name: string]: Saved };

/**
 * A device behind a window of 32-bit registers. A FIFO register is one that gives or takes the next word at each
 * access; `port.*` is a series of such accesses.
 */
export interface RegisterModel {
  /** Value of the register at bus address `address` (4-aligned), as u32. */
  read32(address: number): number;
  /** Writes the register at bus address `address` (4-aligned). */
  write32(address: number, value: number): void;
  /** State for `Core.snapshot`; a model without it has none worth keeping. */
  save?(): Saved;
  load?(state: Saved): void;
}

/** A network device: a register model with a wire on the other side. */
export interface NicModel extends RegisterModel {
  /** First bus address of its window. */
  readonly base: number;
  /** Bytes of its window. */
  readonly length: number;
  /** A frame (destination MAC to end of payload, no CRC) arrives from the wire. False: no room, counted. */
  receive(frame: Uint8Array): boolean;
  /** Called with each frame that the core sends; the bytes are the callee's to keep. */
  onTransmit: (frame: Uint8Array) => void;
  setLink(up: boolean): void;
  /** True while the interrupt line is high. */
  readonly interrupt: boolean;
}

/** The core reached a register outside of every window: a bug in a driver. */
export class RegisterFault extends Error {
  constructor(access: string, address: number) {
    super(`${access} of 0x${(address >>> 0).toString(16).padStart(8, "0")}, which is in no register window`);
    this.name = "RegisterFault";
  }
}
