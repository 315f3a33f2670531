/**
 * Lines of a stream, through a buffer of the program's.
 *
 *     const lines = LineReader.create();
 *     lines.open(socket, buffer, BUFFER_BYTES);
 *     while (lines.next() >= 0) puts(lines.text());
 */
import { EMSGSIZE, setErrno } from "../errno";
import { Result } from "../zsock/result";
import { zsock_recv } from "../zsock/transfer";
import { TcpSocket } from "./stream-socket";

const LINE_FEED: u32 = 0x0a;
const CARRIAGE_RETURN: u32 = 0x0d;

@unmanaged
@final
export class LineReader {
  private fd: i32;
  /** usize → u8[room]. */
  private buffer: usize;
  private room: u32;
  /** Where the line begins, where the next one does, and where what has come ends. */
  private start: u32;
  private following: u32;
  private end: u32;

  /** One in static memory: each place in the source that says this has one of its own. */
  @inline static create(): LineReader {
    return changetype<LineReader>(memory.data(24, 4));
  }

  /** Reads lines of `socket` from now on, through `buffer` (usize → u8[bytes]): a line with its end has at most `bytes` less 1. */
  open(socket: TcpSocket, buffer: usize, bytes: u32): void {
    this.openDescriptor(socket.fd(), buffer, bytes);
  }

  /** As `open`, of a stream of any family. */
  openDescriptor(fd: i32, buffer: usize, bytes: u32): void {
    this.fd = fd;
    this.buffer = buffer;
    this.room = bytes;
    this.start = 0;
    this.following = 0;
    this.end = 0;
  }

  /**
   * Goes on to the next line, and waits for it. The last line of a stream need not have an end.
   * @returns its length without its end (LF, or CR LF); -1 with errno: 0 (the end of the stream), EMSGSIZE (it does not fit the buffer; what
   *   there is of it is dropped), EAGAIN (the time-out of the socket is over: the same line can be asked for again), and those of recv
   */
  next(): i32 {
    // What was read is forgotten first, so that a call that has to be repeated finds its line where it was.
    this.start = this.following;
    let at = this.start;
    while (true) {
      while (at < this.end) {
        if (<u32>load<u8>(this.buffer + at) == LINE_FEED) return this.take(at, at + 1);
        at++;
      }
      if (this.start) {
        memory.copy(this.buffer, this.buffer + this.start, this.end - this.start);
        this.end -= this.start;
        at -= this.start;
        this.start = 0;
        this.following = 0;
      }
      // A byte is kept for the zero behind the text.
      if (this.end + 1 >= this.room) {
        this.end = 0;
        return Result.error(EMSGSIZE);
      }
      const moved = zsock_recv(this.fd, this.buffer + this.end, this.room - 1 - this.end, 0);
      if (moved < 0) return -1;
      if (!moved) {
        if (this.end) return this.take(this.end, this.end);
        setErrno(0);
        return -1;
      }
      this.end += moved;
    }
  }

  /** The line ends at `end`, and the next one begins at `following`. Its length. */
  private take(end: u32, following: u32): i32 {
    if (end > this.start && following > end && <u32>load<u8>(this.buffer + end - 1) == CARRIAGE_RETURN) end--;
    store<u8>(this.buffer + end, 0);
    this.following = following;
    return <i32>(end - this.start);
  }

  /** The line: usize → C string in the buffer, until the next call of `next`. */
  text(): usize {
    return this.buffer + this.start;
  }

  /** Bytes that have come behind this line. */
  pending(): u32 {
    return this.end - this.following;
  }
}
