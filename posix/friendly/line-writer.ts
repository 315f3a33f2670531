/**
 * Text and bytes for a stream, gathered in a buffer of the program's: what belongs together goes out together, in as few segments as it needs.
 *
 *     const out = LineWriter.create();
 *     out.open(socket, buffer, BUFFER_BYTES);
 *     out.line("HTTP/1.1 200 OK");
 *     out.text("Content-Length: ");
 *     out.number(length);
 *     out.line("");
 *     if (!out.line("") || !out.write(page, length) || !out.flush()) printError("send");
 *
 * Everything answers true, or false with an error: those of send, EAGAIN (the time-out of the socket is over, or it does not wait). What the buffer
 * holds is never lost by that: a call that answered false has added nothing and can be repeated, and so can `flush`. Only what is
 * longer than the whole buffer goes out in pieces, and an error may be in the middle of it.
 */
import { EPIPE } from "../errno";
import { Result } from "../zsock/result";
import { zsock_send } from "../zsock/transfer";
import { StreamBytes } from "./stream-bytes";
import { TcpSocket } from "./stream-socket";

const CARRIAGE_RETURN: u32 = 0x0d;
const LINE_FEED: u32 = 0x0a;
const MINUS: u32 = 0x2d;
const ZERO: u32 = 0x30;
/** "-2147483648": the smallest buffer. */
const NUMBER_BYTES: u32 = 11;

@unmanaged
@final
export class LineWriter {
  private fd: i32;
  /** usize → u8[room]. */
  private buffer: usize;
  private room: u32;
  /** Bytes in the buffer. */
  private used: u32;

  /** One in static memory: each place in the source that says this has one of its own. */
  @inline static create(): LineWriter {
    return changetype<LineWriter>(memory.data(16, 4));
  }

  /** Writes to `socket` from now on, through `buffer` (usize → u8[bytes], at least 11). What was not flushed is forgotten. */
  open(socket: TcpSocket, buffer: usize, bytes: u32): void {
    this.openDescriptor(socket.fd(), buffer, bytes);
  }

  /** As `open`, to a stream of any family. */
  openDescriptor(fd: i32, buffer: usize, bytes: u32): void {
    this.fd = fd;
    this.buffer = buffer;
    this.room = bytes;
    this.used = 0;
  }

  /** Adds `length` bytes (usize → u8[length]). */
  write(bytes: usize, length: u32): bool {
    if (!this.makeRoom(length)) return false;
    if (length > this.room) return StreamBytes.sendAll(this.fd, bytes, length);
    memory.copy(this.buffer + this.used, bytes, length);
    this.used += length;
    return true;
  }

  /** Adds an ASCII text. */
  text(text: string): bool {
    const length = <u32>text.length;
    if (!this.makeRoom(length)) return false;
    if (length > this.room) return StreamBytes.sendText(this.fd, text);
    this.add(text);
    return true;
  }

  /** Adds an ASCII text, CR and LF. One that does not fit the buffer with these two is sent before them. */
  line(text: string): bool {
    const length = <u32>text.length;
    if (length + 2 > this.room) return this.text(text) && this.line("");
    if (!this.makeRoom(length + 2)) return false;
    this.add(text);
    this.byte(CARRIAGE_RETURN);
    this.byte(LINE_FEED);
    return true;
  }

  /** Adds a number in decimal. */
  number(value: i32): bool {
    if (!this.makeRoom(NUMBER_BYTES)) return false;
    if (value < 0) this.byte(MINUS);
    let rest: u32 = value < 0 ? <u32>0 - <u32>value : <u32>value;
    let digits: u32 = 1;
    for (let left = rest / 10; left; left /= 10) digits++;
    for (let i = digits; i; i--) {
      store<u8>(this.buffer + this.used + i - 1, <u8>(ZERO + (rest % 10)));
      rest /= 10;
    }
    this.used += digits;
    return true;
  }

  /** Sends what there is. What a call without success could not send stays. */
  flush(): bool {
    let done: u32 = 0;
    let moved = 1;
    while (done < this.used && moved > 0) {
      moved = zsock_send(this.fd, this.buffer + done, this.used - done, 0);
      if (moved > 0) done += moved;
    }
    this.used -= done;
    if (!this.used) return true;
    memory.copy(this.buffer, this.buffer + done, this.used);
    // Nothing taken and no error: the connection has ended while the call waited.
    return moved < 0 ? false : Result.error(EPIPE) == 0;
  }

  /** Bytes that wait to be flushed. */
  pending(): u32 {
    return this.used;
  }

  /** Room for `length` bytes behind what there is; what is longer than the buffer finds it empty. */
  private makeRoom(length: u32): bool {
    return length <= this.room - this.used || this.flush();
  }

  /** Adds what there is room for. */
  private add(text: string): void {
    for (let i = 0; i < text.length; i++) this.byte(<u32>text.charCodeAt(i));
  }

  private byte(value: u32): void {
    store<u8>(this.buffer + this.used, <u8>value);
    this.used += 1;
  }
}
