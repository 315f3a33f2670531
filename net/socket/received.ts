/** What a receiving call found beside the payload; valid until the next one. */
@unmanaged
@final
export class Received {
  /** Sender's address, network order. */
  address: u32;
  /** Sender's port, network order. */
  port: u32;
  /** 1 when the datagram was longer than the buffers. */
  truncated: u32;

  @inline static shared(): Received {
    return changetype<Received>(STORAGE);
  }
}

const STORAGE: usize = memory.data(<i32>offsetof<Received>(), 4);
