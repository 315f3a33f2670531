/** What every connection has, whatever its family: TcpSocket and UnixSocket. */
import { ZSOCK_MSG_WAITALL, ZSOCK_SHUT_WR } from "../zsock/constants";
import { zsock_close, zsock_shutdown } from "../zsock/socket";
import { zsock_recv, zsock_send } from "../zsock/transfer";
import { Descriptor } from "./descriptor";
import { StreamBytes } from "./stream-bytes";

@unmanaged
export class Stream {
  /** The descriptor, for the functions of socklet/posix. */
  @inline fd(): i32 {
    return Descriptor.of(changetype<usize>(this));
  }

  /** Up to `length` bytes to `buffer` (usize → u8[length]): as many as there are, 0 at the end, -1 with an error. @see POSIX recv() */
  receive(buffer: usize, length: u32): i32 {
    return zsock_recv(this.fd(), buffer, length, 0);
  }

  /** Exactly `length` bytes to `buffer`: fewer when the stream ends or the time-out is over before; -1 with an error. */
  receiveExactly(buffer: usize, length: u32): i32 {
    return zsock_recv(this.fd(), buffer, length, ZSOCK_MSG_WAITALL);
  }

  /** Bytes of `buffer` (usize → u8[length]) that were taken, -1 with an error. @see POSIX send() */
  send(buffer: usize, length: u32): i32 {
    return zsock_send(this.fd(), buffer, length, 0);
  }

  /** @see StreamBytes.sendAll */
  sendAll(buffer: usize, length: u32): bool {
    return StreamBytes.sendAll(this.fd(), buffer, length);
  }

  /** @see StreamBytes.sendText */
  sendText(text: string): bool {
    return StreamBytes.sendText(this.fd(), text);
  }

  /** Nothing more will be sent; the peer reads the end, and can still answer. */
  finish(): bool {
    return zsock_shutdown(this.fd(), ZSOCK_SHUT_WR) == 0;
  }

  /** How long receiving and sending may wait, milliseconds; 0 for ever. EAGAIN afterwards. */
  setTimeout(milliseconds: i32): bool {
    return Descriptor.setTimeout(this.fd(), milliseconds);
  }

  /** Calls wait, or answer EAGAIN instead. */
  setBlocking(blocking: bool): bool {
    return Descriptor.setBlocking(this.fd(), blocking);
  }

  /** Closes it; the object must not be used any more. */
  close(): bool {
    return zsock_close(this.fd()) == 0;
  }
}
