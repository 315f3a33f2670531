/**
 * The receive buffer of an AF_UNIX socket: messages one behind the other, of streams too, whose messages mean nothing to the reader.
 *
 *     +0  length of the payload, bytes
 *     +4  length of the sender's name, bytes
 *     +8  the name, padded to a multiple of 4
 *     …   the payload, padded likewise
 *
 * Everything is a multiple of 4, so that no header is cut by the end of the buffer; names and payloads may be.
 */
import { CONFIG_NET_SOCKETS_UNIX_BUFFER, CONFIG_NET_SOCKETS_UNIX_NAME } from "../../config";
import { GuestVector } from "../socket/guest-vector";
import { LocalName } from "./local-name";
import { LocalSocket } from "./local-socket";

const BUFFER: u32 = CONFIG_NET_SOCKETS_UNIX_BUFFER;
const HEADER_BYTES: u32 = 8;

function padded(bytes: u32): u32 {
  return (bytes + 3) & ~3;
}

export class MessageRing {
  /** True when a message of `length` bytes from a sender with a name of `nameLength` can ever fit. */
  static canHold(length: u32, nameLength: u32): bool {
    return length <= BUFFER && HEADER_BYTES + padded(nameLength) + padded(length) <= BUFFER;
  }

  /** Payload bytes of one more message, from a sender with a name of `nameLength` bytes. */
  static room(socket: LocalSocket, nameLength: u32): u32 {
    const free = BUFFER - socket.ringUsed;
    const header = HEADER_BYTES + padded(nameLength);
    return free > header ? free - header : 0;
  }

  /** True when there is room for a message of `length` bytes, 0 included. */
  static fits(socket: LocalSocket, length: u32, nameLength: u32): bool {
    return HEADER_BYTES + padded(nameLength) + padded(length) <= BUFFER - socket.ringUsed;
  }

  /** Half of the buffer is free: messages of unknown length are worth a try. */
  static isRoomy(socket: LocalSocket): bool {
    return socket.ringUsed <= BUFFER >> 1;
  }

  /**
   * Appends `length` bytes from offset `offset` of the shared GuestVector of `task`; they fit.
   * @param sender its name goes with the message; `nameLength` 0: it does not
   */
  static append(socket: LocalSocket, task: i32, offset: u32, length: u32, sender: LocalSocket, nameLength: u32): void {
    const ring = socket.ring();
    let at = socket.ringHead;
    store<u32>(ring + at, length);
    at = MessageRing.after(at, 4);
    store<u32>(ring + at, nameLength);
    at = MessageRing.after(at, 4);
    if (nameLength) {
      const first = min<u32>(nameLength, BUFFER - at);
      memory.copy(ring + at, sender.name(), first);
      memory.copy(ring, sender.name() + first, nameLength - first);
      at = MessageRing.after(at, padded(nameLength));
    }
    const vector = GuestVector.shared();
    const first = min<u32>(length, BUFFER - at);
    vector.read(task, ring + at, offset, first);
    vector.read(task, ring, offset + first, length - first);
    socket.ringHead = MessageRing.after(at, padded(length));
    socket.ringUsed += HEADER_BYTES + padded(nameLength) + padded(length);
    socket.ringPayload += length;
  }

  /** Bytes of the oldest message that have not been read; there is one. */
  static frontLength(socket: LocalSocket): u32 {
    return load<u32>(socket.ring() + socket.ringTail) - socket.ringTaken;
  }

  /** Takes the name of the oldest message's sender into LocalName.sender. */
  static frontName(socket: LocalSocket): void {
    const name = LocalName.sender();
    const length = min<u32>(MessageRing.nameLength(socket, socket.ringTail), CONFIG_NET_SOCKETS_UNIX_NAME);
    const at = MessageRing.after(socket.ringTail, HEADER_BYTES);
    const first = min<u32>(length, BUFFER - at);
    name.length = length;
    memory.copy(name.bytes(), socket.ring() + at, first);
    memory.copy(name.bytes() + first, socket.ring(), length - first);
  }

  /** Copies up to `length` bytes of the oldest message to the shared GuestVector, from offset `offset` of it. They stay. */
  static copyFront(socket: LocalSocket, task: i32, offset: u32, length: u32): void {
    MessageRing.copy(socket, task, socket.ringTail, socket.ringTaken, offset, length);
  }

  /** Forgets `length` bytes of the oldest message; with its last one, the message. `length` is not more than it has. */
  static dropFront(socket: LocalSocket, length: u32): void {
    socket.ringTaken += length;
    socket.ringPayload -= length;
    const whole = load<u32>(socket.ring() + socket.ringTail);
    if (socket.ringTaken < whole) return;
    const bytes = MessageRing.size(socket, socket.ringTail);
    socket.ringTail = MessageRing.after(socket.ringTail, bytes);
    socket.ringUsed -= bytes;
    socket.ringTaken = 0;
  }

  /** Copies up to `wanted` bytes of all messages to the beginning of the shared GuestVector; they stay. Bytes copied. */
  static peek(socket: LocalSocket, task: i32, wanted: u32): u32 {
    let message = socket.ringTail;
    let taken = socket.ringTaken;
    let left = socket.ringUsed;
    let done: u32 = 0;
    while (left && done < wanted) {
      const part = min<u32>(load<u32>(socket.ring() + message) - taken, wanted - done);
      MessageRing.copy(socket, task, message, taken, done, part);
      done += part;
      const bytes = MessageRing.size(socket, message);
      message = MessageRing.after(message, bytes);
      left -= bytes;
      taken = 0;
    }
    return done;
  }

  private static copy(socket: LocalSocket, task: i32, message: u32, skip: u32, offset: u32, length: u32): void {
    const ring = socket.ring();
    const name = padded(MessageRing.nameLength(socket, message));
    let at = MessageRing.after(message, HEADER_BYTES);
    at = MessageRing.after(at, name);
    at = MessageRing.after(at, skip);
    const vector = GuestVector.shared();
    const first = min<u32>(length, BUFFER - at);
    vector.writeAt(task, offset, ring + at, first);
    vector.writeAt(task, offset + first, ring, length - first);
  }

  private static nameLength(socket: LocalSocket, message: u32): u32 {
    return load<u32>(socket.ring() + MessageRing.after(message, 4));
  }

  private static size(socket: LocalSocket, message: u32): u32 {
    const length = load<u32>(socket.ring() + message);
    return HEADER_BYTES + padded(MessageRing.nameLength(socket, message)) + padded(length);
  }

  /** The offset `bytes` (at most the buffer's) behind `at`. */
  @inline private static after(at: u32, bytes: u32): u32 {
    const next = at + bytes;
    return next < BUFFER ? next : next - BUFFER;
  }
}
