// What the server knows of one connection. All of it lies in a table of fixed size: nothing is allocated while the program runs.

import { uptimeMilliseconds } from "socklet/posix/time";
import { close } from "socklet/posix/unistd";

/** Connections at a time; others wait in the listener's queue. */
export const CLIENTS: i32 = 8;
/** Bytes of input that wait to be looked at. */
export const INPUT_BYTES: u32 = 256;
/** Longest line that is understood: a longer request line is refused, of a longer header only the beginning counts. */
export const LINE_BYTES: u32 = 128;
/** Head of an answer, and its body when that is made for the occasion. */
export const OUTPUT_BYTES: u32 = 384;
/** Milliseconds that a request may take to arrive, an idle connection may last, an answer may stand still. */
export const PATIENCE: u32 = 15_000;

// Client.phase
/** Waiting for a request, or in the middle of one. */
export const READING: u8 = 0;
/** The answer is on its way. */
export const ANSWERING: u8 = 1;
/** The last answer has gone; what the client still sends is read and forgotten, so that no reset overtakes the answer. */
export const LINGERING: u8 = 2;

@unmanaged
@final
export class Client {
  /** Descriptor; 0, which is the console's, while the place is free. */
  fd: i32;
  /** Milliseconds of the clock when the request began to come, or when some of the answer went last. */
  activeAt: u32;

  // Input: filled bytes, of which `looked` have been taken by the parser.
  filled: u32;
  looked: u32;

  // Request, see request.ts
  /** Bytes of the line so far, those that did not fit included. */
  lineLength: u32;
  /** Bytes of the head so far. */
  headBytes: u32;
  /** Bytes of body that the head has announced. */
  bodyBytes: u32;
  /** Bytes of the last request's body still to be read over. */
  bodyLeft: u32;
  /** What is wrong with the request, as an HTTP status; 0: nothing yet. */
  status: u16;
  /** Bits of request.ts. */
  flags: u16;
  phase: u8;
  /** Line of the head: the request line, a header, or none, when it is complete. */
  part: u8;
  method: u8;
  /** What the path stands for: a number of pages.ts. */
  page: u8;

  // Answer: `outputLength` bytes of the output buffer, then `textLength` characters of a text that never changes.
  outputLength: u32;
  textLength: u32;
  text: usize;
  sent: u32;

  static at(index: i32): Client {
    const table: usize = memory.data(CLIENTS * <i32>offsetof<Client>(), 4);
    return changetype<Client>(table + <usize>index * offsetof<Client>());
  }

  private index(): usize {
    return (changetype<usize>(this) - changetype<usize>(Client.at(0))) / offsetof<Client>();
  }

  /** usize → u8[INPUT_BYTES] */
  input(): usize {
    const buffers: usize = memory.data(CLIENTS * <i32>INPUT_BYTES, 4);
    return buffers + this.index() * INPUT_BYTES;
  }

  /** usize → u8[LINE_BYTES] */
  line(): usize {
    const buffers: usize = memory.data(CLIENTS * <i32>LINE_BYTES, 4);
    return buffers + this.index() * LINE_BYTES;
  }

  /** usize → u8[OUTPUT_BYTES] */
  output(): usize {
    const buffers: usize = memory.data(CLIENTS * <i32>OUTPUT_BYTES, 4);
    return buffers + this.index() * OUTPUT_BYTES;
  }

  /** Takes the place for a new connection. */
  open(fd: i32): void {
    memory.fill(changetype<usize>(this), 0, offsetof<Client>());
    this.fd = fd;
    this.activeAt = uptimeMilliseconds();
  }

  close(): void {
    close(this.fd);
    this.fd = 0;
  }

  /** Whether nothing of a request has come: such a connection can be closed for the sake of a new one. */
  isIdle(): bool {
    return this.phase == READING && this.headBytes == 0 && this.bodyLeft == 0 && this.filled == this.looked;
  }
}
