/** The other end of a machine's network device in real time: a gateway, a QEMU board, a TAP interface. */
export interface RealWire {
  /** Takes frames for the machine from now on. Called once. */
  attach(receive: (frame: Uint8Array) => void): void;
  /** A frame from the machine; its bytes are the wire's to keep. */
  send(frame: Uint8Array): void;
  close(): Promise<void>;
}

/** A wire with nothing at its other end. */
export class LooseWire implements RealWire {
  attach(): void {}
  send(): void {}
  async close(): Promise<void> {}
}
