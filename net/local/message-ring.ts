/**
 * The receive buffer of an AF_UNIX socket: messages one behind the other, of streams too, whose messages mean nothing to the reader.
 *
 *     +0  length of the payload, bytes
 *     +4  length of the sender's name, bytes, in the low half; above it the number of descriptors, and whether they were taken
 *     +8  the name, padded to a multiple of 4
 *     …   descriptors (local-rights.ts), 4 bytes each
 *     …   the payload, padded likewise
 *
 * Everything is a multiple of 4, so that no header is cut by the end of the buffer; names and payloads may be.
 */
import { CONFIG_NET_SOCKETS_UNIX_BUFFER, CONFIG_NET_SOCKETS_UNIX_NAME } from "../../config";
import { GuestVector } from "../socket/guest-vector";
import { LocalName } from "./local-name";
import { LocalRights } from "./local-rights";
import { LocalSocket } from "./local-socket";

const BUFFER: u32 = CONFIG_NET_SOCKETS_UNIX_BUFFER;
const HEADER_BYTES: u32 = 8;
/** In the second word of a message. */
const RIGHTS_SHIFT: u32 = 16;
const RIGHTS_MASK: u32 = 0xff;
const RIGHTS_TAKEN: u32 = 1 << 24;

function padded(bytes: u32): u32 {
  return (bytes + 3) & ~3;
}

export class MessageRing {
  /** Bytes in front of the payload of a message with the name and the descriptors that are being sent. */
  static headerBytes(nameLength: u32): u32 {
    return HEADER_BYTES + padded(nameLength) + (LocalRights.sent().count << 2);
  }

  /** True when a message of `length` bytes from a sender with a name of `nameLength` can ever fit. */
  static canHold(length: u32, nameLength: u32): bool {
    return length <= BUFFER && MessageRing.headerBytes(nameLength) + padded(length) <= BUFFER;
  }

  /** Payload bytes of one more message, from a sender with a name of `nameLength` bytes. */
  static room(socket: LocalSocket, nameLength: u32): u32 {
    const free = BUFFER - socket.ringUsed;
    const header = MessageRing.headerBytes(nameLength);
    return free > header ? free - header : 0;
  }

  /** True when there is room for a message of `length` bytes, 0 included. */
  static fits(socket: LocalSocket, length: u32, nameLength: u32): bool {
    return MessageRing.headerBytes(nameLength) + padded(length) <= BUFFER - socket.ringUsed;
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
    const rights = LocalRights.sent();
    store<u32>(ring + at, nameLength | (rights.count << RIGHTS_SHIFT));
    at = MessageRing.after(at, 4);
    if (nameLength) {
      const first = min<u32>(nameLength, BUFFER - at);
      memory.copy(ring + at, sender.name(), first);
      memory.copy(ring, sender.name() + first, nameLength - first);
      at = MessageRing.after(at, padded(nameLength));
    }
    for (let i: u32 = 0; i < rights.count; i++) {
      LocalRights.retain(rights.entry(i));
      store<usize>(ring + at, rights.entry(i));
      at = MessageRing.after(at, 4);
    }
    const vector = GuestVector.shared();
    const first = min<u32>(length, BUFFER - at);
    vector.read(task, ring + at, offset, first);
    vector.read(task, ring, offset + first, length - first);
    socket.ringHead = MessageRing.after(at, padded(length));
    socket.ringUsed += MessageRing.headerBytes(nameLength) + padded(length);
    socket.ringPayload += length;
    rights.count = 0;
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

  /** True when the oldest message carries descriptors that nobody has taken. */
  static hasRights(socket: LocalSocket): bool {
    const word = MessageRing.secondWord(socket, socket.ringTail);
    return ((word >>> RIGHTS_SHIFT) & RIGHTS_MASK) != 0 && !(word & RIGHTS_TAKEN);
  }

  /** Takes the descriptors of the oldest message into LocalRights.received. */
  static takeRights(socket: LocalSocket): void {
    if (!MessageRing.hasRights(socket)) return;
    const ring = socket.ring();
    const place = ring + MessageRing.after(socket.ringTail, 4);
    const word = load<u32>(place);
    store<u32>(place, word | RIGHTS_TAKEN);
    let at = MessageRing.after(socket.ringTail, HEADER_BYTES);
    at = MessageRing.after(at, padded(word & 0xffff));
    for (let i: u32 = (word >>> RIGHTS_SHIFT) & RIGHTS_MASK; i; i--) {
      LocalRights.received().add(load<usize>(ring + at));
      at = MessageRing.after(at, 4);
    }
  }

  /** Forgets all messages, and closes the descriptors in them. */
  static discard(socket: LocalSocket): void {
    while (socket.ringUsed) {
      MessageRing.takeRights(socket);
      LocalRights.received().drop(0);
      MessageRing.dropFront(socket, MessageRing.frontLength(socket));
    }
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
    at = MessageRing.after(at, MessageRing.rightsBytes(socket, message));
    at = MessageRing.after(at, skip);
    const vector = GuestVector.shared();
    const first = min<u32>(length, BUFFER - at);
    vector.writeAt(task, offset, ring + at, first);
    vector.writeAt(task, offset + first, ring, length - first);
  }

  private static secondWord(socket: LocalSocket, message: u32): u32 {
    return load<u32>(socket.ring() + MessageRing.after(message, 4));
  }

  private static nameLength(socket: LocalSocket, message: u32): u32 {
    return MessageRing.secondWord(socket, message) & 0xffff;
  }

  private static rightsBytes(socket: LocalSocket, message: u32): u32 {
    return ((MessageRing.secondWord(socket, message) >>> RIGHTS_SHIFT) & RIGHTS_MASK) << 2;
  }

  private static size(socket: LocalSocket, message: u32): u32 {
    const length = load<u32>(socket.ring() + message);
    const name = padded(MessageRing.nameLength(socket, message));
    return HEADER_BYTES + name + MessageRing.rightsBytes(socket, message) + padded(length);
  }

  /** The offset `bytes` (at most the buffer's) behind `at`. */
  @inline private static after(at: u32, bytes: u32): u32 {
    const next = at + bytes;
    return next < BUFFER ? next : next - BUFFER;
  }
}
