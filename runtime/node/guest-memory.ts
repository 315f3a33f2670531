/** The application's linear memory as the core sees it through `guest.*`: bounded by the configured size, to the byte. */

/**
 * A window of `limit` bytes over the application's memory. On the microcontroller the memory has exactly
 * CONFIG_APP_MEMORY_SIZE bytes; in V8 it is whole pages, so the bound is kept here.
 */
export class GuestMemory {
  readonly bytes: Uint8Array;
  private readonly view: DataView;

  /** @param limit bytes that the core may reach; at most those of `buffer` */
  constructor(
    buffer: ArrayBufferLike,
    readonly limit: number = buffer.byteLength,
  ) {
    if (limit > buffer.byteLength) {
      throw new RangeError(`a guest memory of ${limit} bytes does not fit into ${buffer.byteLength} bytes`);
    }
    this.bytes = new Uint8Array(buffer, 0, limit);
    this.view = new DataView(buffer, 0, limit);
  }

  /** True when `length` bytes at `address` (both taken as u32) lie inside. */
  contains(address: number, length: number): boolean {
    return (address >>> 0) + (length >>> 0) <= this.limit;
  }

  load8(address: number): number {
    return this.contains(address, 1) ? this.view.getUint8(address >>> 0) : 0;
  }

  load16(address: number): number {
    return this.contains(address, 2) ? this.view.getUint16(address >>> 0, true) : 0;
  }

  load32(address: number): number {
    return this.contains(address, 4) ? this.view.getUint32(address >>> 0, true) : 0;
  }

  load64(address: number): bigint {
    return this.contains(address, 8) ? this.view.getBigUint64(address >>> 0, true) : 0n;
  }

  store8(address: number, value: number): void {
    if (this.contains(address, 1)) this.view.setUint8(address >>> 0, value);
  }

  store16(address: number, value: number): void {
    if (this.contains(address, 2)) this.view.setUint16(address >>> 0, value, true);
  }

  store32(address: number, value: number): void {
    if (this.contains(address, 4)) this.view.setUint32(address >>> 0, value, true);
  }

  store64(address: number, value: bigint): void {
    if (this.contains(address, 8)) this.view.setBigUint64(address >>> 0, BigInt.asUintN(64, value), true);
  }

  /** A copy of `length` bytes at `address`, or undefined when they do not all lie inside. */
  read(address: number, length: number): Uint8Array | undefined {
    if (!this.contains(address, length)) return undefined;
    const copy = new Uint8Array(length >>> 0); // never shared, so that it can be decoded or sent
    copy.set(this.bytes.subarray(address >>> 0, (address >>> 0) + (length >>> 0)));
    return copy;
  }

  /** Stores `bytes` at `address`; false, and nothing stored, when they do not fit. */
  write(address: number, bytes: Uint8Array): boolean {
    if (!this.contains(address, bytes.length)) return false;
    this.bytes.set(bytes, address >>> 0);
    return true;
  }
}
