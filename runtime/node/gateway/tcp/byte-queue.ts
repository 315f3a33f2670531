/** Bytes that wait to be sent and acknowledged, kept in the pieces they came in. */
export class ByteQueue {
  /** Bytes in the queue. */
  length = 0;
  private readonly pieces: Uint8Array[] = [];

  push(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.pieces.push(bytes);
    this.length += bytes.length;
  }

  /** Takes `count` bytes away in front. */
  drop(count: number): void {
    let left = Math.min(count, this.length);
    this.length -= left;
    while (left > 0) {
      const first = this.pieces[0];
      if (first.length > left) {
        this.pieces[0] = first.subarray(left);
        return;
      }
      left -= first.length;
      this.pieces.shift();
    }
  }

  /** A copy of up to `count` bytes from `offset` on; they stay in the queue. */
  peek(offset: number, count: number): Uint8Array {
    const bytes = new Uint8Array(Math.max(0, Math.min(count, this.length - offset)));
    let skip = offset;
    let filled = 0;
    for (const piece of this.pieces) {
      if (filled === bytes.length) break;
      if (skip >= piece.length) {
        skip -= piece.length;
        continue;
      }
      const part = piece.subarray(skip, skip + bytes.length - filled);
      bytes.set(part, filled);
      filled += part.length;
      skip = 0;
    }
    return bytes;
  }

  clear(): void {
    this.pieces.length = 0;
    this.length = 0;
  }
}
