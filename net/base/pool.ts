/**
 * A pool: `capacity` elements of equal size in static memory. Free elements hold the address of the next free one in
 * their first word. Tables that manage their entries themselves use the record for its statistics alone.
 *
 *     const STORAGE: usize = memory.data(COUNT * ELEMENT_BYTES, 4);
 *     const POOL: usize = memory.data(32, 4);
 *     const NAME: usize = memory.data<u8>([…]);
 *     Pool.at(POOL).initialise(STORAGE, COUNT, ELEMENT_BYTES, NAME);
 */
@unmanaged
@final
export class Pool {
  capacity: u32;
  used: u32;
  /** Most elements that were ever used at once. */
  highWater: u32;
  /** Requests that found the pool empty. */
  refused: u32;
  elementBytes: u32;
  /** usize → NUL-terminated ASCII. */
  name: usize;
  /** usize → u8[capacity * elementBytes]; 0 when the owner keeps the elements itself. */
  storage: usize;
  private free: usize;

  @inline static at(p: usize): Pool {
    return changetype<Pool>(p);
  }

  /**
   * Lays out the free list. `storage`: usize → u8[capacity * elementBytes], 4-aligned; 0 for statistics alone. A name that the compiler
   * placed behind the record costs no code.
   */
  @inline initialise(storage: usize, capacity: u32, elementBytes: u32, name: usize): void {
    this.lay(storage, capacity, elementBytes);
    if (name != changetype<usize>(this) + POOL_BYTES) this.name = name;
  }

  /** `initialise` with the name behind the record. */
  private lay(storage: usize, capacity: u32, elementBytes: u32): void {
    this.capacity = capacity;
    this.used = 0;
    this.highWater = 0;
    this.refused = 0;
    this.elementBytes = elementBytes;
    this.name = changetype<usize>(this) + POOL_BYTES;
    this.storage = storage;
    this.free = storage;
    if (!storage) return;
    let element = storage;
    for (let i: u32 = 1; i < capacity; i++) {
      store<usize>(element, element + elementBytes);
      element += elementBytes;
    }
    store<usize>(element, 0);
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

/** Bytes of a pool's record. */
export const POOL_BYTES: usize = 32;
