/**
 * A pool: `capacity` elements of equal size in static memory. Free elements hold the address of the next free one in
 * their first word. Tables that manage their entries themselves use the record for its statistics alone.
 *
 *     const POOL: usize = memory.data<u32>([COUNT, ELEMENT_BYTES, 0, 0, 0, 0]);
 *     Pool.at(POOL).initialise(STORAGE);
 *
 * The hosts have the names (runtime/node/pool-names.ts): no image needs them.
 */
@unmanaged
@final
export class Pool {
  /** This and the bytes of an element lie in the start image, so that no code stores them. */
  capacity: u32;
  elementBytes: u32;
  used: u32;
  /** Most elements that were ever used at once. */
  highWater: u32;
  /** Requests that found the pool empty. */
  refused: u32;
  private free: usize;

  @inline static at(p: usize): Pool {
    return changetype<Pool>(p);
  }

  /** Lays out the free list. `storage`: usize → u8[capacity * elementBytes], 4-aligned. */
  initialise(storage: usize): void {
    const elementBytes = this.elementBytes;
    this.free = storage;
    for (let left = this.capacity - 1; left; left--) {
      store<usize>(storage, storage + elementBytes);
      storage += elementBytes;
    }
    store<usize>(storage, 0);
  }

  /** An element, all zero; 0 (and counted as refused) when none is free. */
  take(): usize {
    const element = this.takeDirty();
    if (element) memory.fill(element, 0, this.elementBytes);
    return element;
  }

  /** As `take`, with whatever the last owner left in it. */
  takeDirty(): usize {
    const element = this.free;
    if (!element) {
      this.refused += 1;
      return 0;
    }
    this.free = load<usize>(element);
    this.noteTaken();
    return element;
  }

  /** True when `take` would find none. */
  @inline isEmpty(): bool {
    return this.free == 0;
  }

  /** Gives `element` back; it came from `take` and is not used after this. */
  give(element: usize): void {
    store<usize>(element, this.free);
    this.free = element;
    this.used -= 1;
  }

  /** Counts one more in use. */
  @inline noteTaken(): void {
    const used = this.used + 1;
    this.used = used;
    if (used > this.highWater) this.highWater = used;
  }
}

if (offsetof<Pool>() != 24) ERROR("a pool's record has 24 bytes");
