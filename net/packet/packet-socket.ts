/**
 * The packet socket: what each call means for frames. Waiting, time-outs and events are those of the datagram socket, on the same ring.
 *
 * @see Linux's packet(7)
 */
import { ENETDOWN, ENOBUFS, ENODEV } from "../base/errno";
import { Interfaces, NetInterface } from "../link/interface";
import { DATAGRAM_INFO, DatagramInfo } from "../socket/datagram-info";
import { DATAGRAM_HEADER_BYTES, DATAGRAM_INFO_OFFSET, DatagramRings } from "../socket/datagram-ring";
import { DatagramSocket, RECEIVE_PEEK, RECEIVE_REAL_LENGTH } from "../socket/datagram-socket";
import { GuestVector } from "../socket/guest-vector";
import { Received } from "../socket/received";
import { Socket, STATE_BOUND } from "../socket/socket";
import { Task } from "../socket/task";
import { ETHERNET_SPACE, EthernetHeader } from "../wire/ethernet";
import { PacketAddress, PacketFields } from "./packet-fields";
import { PacketOutput } from "./packet-output";
import { PacketTable } from "./packet-table";

/** Bytes of padding before a frame. */
const PADDING: u32 = 2;

export class PacketSocket {
  /**
   * Prepares a new record.
   * @param protocolBe type of the frames that it receives, memory order; 0 = none before it is bound
   * @returns 0, or -ENOBUFS when no receive ring is left
   */
  static open(socket: Socket, isWhole: bool, protocolBe: u32): i32 {
    if (!DatagramRings.attach(socket.ring())) return -ENOBUFS;
    const fields = PacketFields.of(socket);
    fields.isWhole = u32(isWhole);
    fields.protocolBe = protocolBe & 0xffff;
    PacketTable.insert(socket);
    return 0;
  }

  static close(socket: Socket): void {
    PacketTable.remove(socket);
    DatagramRings.detach(socket.ring());
  }

  /**
   * Binds to an interface and a type; both may be changed again. What has been received stays.
   * @param index 0 = every interface; @param protocolBe memory order; 0 = as it was
   * @returns 0, -ENODEV (no such interface), -ENETDOWN (its chip did not answer; it is bound all the same, as on Linux)
   */
  static bind(socket: Socket, index: i32, protocolBe: u32): i32 {
    const p = index ? Interfaces.at(index) : 0;
    if (index && !p) return -ENODEV;
    socket.boundInterface = index;
    if (protocolBe) PacketFields.of(socket).protocolBe = protocolBe;
    socket.set(STATE_BOUND, true);
    return p && !NetInterface.at(p).up ? -ENETDOWN : 0;
  }

  /**
   * Sends what the shared GuestVector names to PacketAddress.destination.
   * @returns bytes sent, PENDING, the pending error of the socket, and what PacketOutput.send answers
   */
  static send(socket: Socket, task: i32, flags: u32): i32 {
    const vector = GuestVector.shared();
    const result = socket.error ? -socket.takeError() : PacketOutput.send(socket, task, vector);
    // The next call may have none.
    PacketAddress.destination().given = 0;
    if (result < 0) return DatagramSocket.sendLater(socket, task, result, flags);
    Task.at(task).finish();
    return <i32>vector.total;
  }

  /**
   * Takes the oldest frame into the shared GuestVector. Its sender is in PacketAddress.sender; without a frame `given` is 0 there.
   * @returns as DatagramSocket.receive
   */
  static receive(socket: Socket, task: i32, flags: u32): i32 {
    const ring = socket.ring();
    const sender = PacketAddress.sender();
    sender.given = 0;
    if (!ring.count || socket.error) return DatagramSocket.receiveNothing(socket, task, flags);
    Task.at(task).finish();
    const record = ring.front();
    const frame = record + DATAGRAM_HEADER_BYTES;
    const header = EthernetHeader.at(frame);
    sender.given = 1;
    sender.index = load<u32>(record, 4) & 0xff;
    sender.kind = load<u32>(record, 4) >>> 8;
    sender.protocolBe = load<u32>(record, 8);
    sender.macLow = header.source0123();
    sender.macHigh = header.source45();
    const offset = PacketSocket.offset(socket);
    const length = load<u32>(record) - offset;
    const copied = GuestVector.shared().write(task, frame + offset, length);
    Received.shared().truncated = u32(copied < length);
    if (DATAGRAM_INFO) DatagramInfo.take(record + DATAGRAM_INFO_OFFSET);
    if (!(flags & RECEIVE_PEEK)) ring.pop();
    return flags & RECEIVE_REAL_LENGTH ? <i32>length : <i32>copied;
  }

  /** Bytes of the next frame (FIONREAD); 0 when there is none. */
  static readable(socket: Socket): u32 {
    const ring = socket.ring();
    return ring.count ? load<u32>(ring.front()) - PacketSocket.offset(socket) : 0;
  }

  /** Where in a record's frame begins what is read. */
  private static offset(socket: Socket): u32 {
    return PacketFields.of(socket).isWhole ? PADDING : ETHERNET_SPACE;
  }
}
