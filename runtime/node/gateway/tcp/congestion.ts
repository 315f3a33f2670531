/** How much may be under way (RFC 5681): all that the window lets through until something is lost, since the wire is short. */
export class Congestion {
  /** Bytes that may be under way. */
  window = Number.POSITIVE_INFINITY;
  private threshold = Number.POSITIVE_INFINITY;

  /** Something was lost of `outstanding` bytes. @param all true when nothing comes back any more */
  lost(outstanding: number, segment: number, all: boolean): void {
    this.threshold = Math.max(outstanding / 2, 2 * segment);
    this.window = all ? segment : this.threshold;
  }

  /** `count` more bytes have been acknowledged. */
  acknowledged(count: number, segment: number): void {
    this.window += this.window < this.threshold ? Math.min(count, segment) : (segment * segment) / this.window;
  }
}
