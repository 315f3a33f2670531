/**
 * What system calls mean on packet sockets where they differ from those on other sockets: wherever there is an address. The calls come here
 * behind a look at the socket's kind, which an image without packet sockets does not take.
 */
import { guest_check, guest_store32 } from "../../hal/imports";
import { EFAULT, ENOTSUP } from "../../net/base/errno";
import { Interfaces, NetInterface } from "../../net/link/interface";
import { PacketAddress, PacketFields } from "../../net/packet/packet-fields";
import { PacketSocket } from "../../net/packet/packet-socket";
import { GuestVector } from "../../net/socket/guest-vector";
import { Socket } from "../../net/socket/socket";
import { Descriptors } from "./descriptors";
import { LinkAddress } from "./link-address";

export class PacketCalls {
  /** bind. EINVAL, EFAULT, ENODEV, ENETDOWN. */
  static bind(task: i32, socket: Socket, address: usize, length: u32): i32 {
    const error = LinkAddress.check(task, address, length);
    if (error) return error;
    return -PacketSocket.bind(socket, LinkAddress.index(task, address), LinkAddress.protocol(task, address));
  }

  /** getsockname: type and interface that it is bound to, with the interface's MAC address. EFAULT; ENOTSUP for a peer. */
  static address(task: i32, socket: Socket, peer: bool, address: usize, addressLength: usize): i32 {
    if (peer) return ENOTSUP;
    if (LinkAddress.checkRoom(task, address, addressLength)) return EFAULT;
    const index = <i32>socket.boundInterface;
    const p = Interfaces.at(index);
    const low = p ? NetInterface.at(p).nic().macLow : 0;
    const high = p ? NetInterface.at(p).nic().macHigh : 0;
    const room = LinkAddress.room(task, addressLength);
    LinkAddress.store(task, address, room, PacketFields.of(socket).protocolBe, index, 0, low, high);
    guest_store32(task, addressLength, LinkAddress.BYTES);
    return 0;
  }

  /** recvfrom; `how` are the core's flags. `address` 0: the sender is not wanted. */
  static receiveFrom(
    task: i32,
    fd: i32,
    socket: Socket,
    buffer: usize,
    length: u32,
    how: u32,
    address: usize,
    addressLength: usize,
    countOut: usize,
  ): i32 {
    const error = GuestVector.shared().set(task, buffer, length);
    if (error) return -error;
    if (!guest_check(task, countOut, 4)) return EFAULT;
    if (address && LinkAddress.checkRoom(task, address, addressLength)) return EFAULT;
    // Read once: the frame may come to lie over it.
    const room = address ? LinkAddress.room(task, addressLength) : 0;
    const result = PacketSocket.receive(socket, task, how);
    if (result < 0) return Descriptors.failure(task, fd, result);
    if (address) {
      const from = PacketAddress.sender();
      if (from.given) {
        LinkAddress.store(task, address, room, from.protocolBe, from.index, from.kind, from.macLow, from.macHigh);
      }
      guest_store32(task, addressLength, from.given ? LinkAddress.BYTES : 0);
    }
    guest_store32(task, countOut, result);
    return 0;
  }

  /** sendto; `how` are the core's flags. `address` 0: out of the interface that the socket is bound to. */
  static sendTo(
    task: i32,
    fd: i32,
    socket: Socket,
    buffer: usize,
    length: u32,
    how: u32,
    address: usize,
    addressLength: u32,
    countOut: usize,
  ): i32 {
    const error = GuestVector.shared().set(task, buffer, length);
    if (error) return -error;
    if (!guest_check(task, countOut, 4)) return EFAULT;
    if (address) {
      const failed = LinkAddress.check(task, address, addressLength);
      if (failed) return failed;
      LinkAddress.setDestination(task, address);
    }
    const result = PacketSocket.send(socket, task, how);
    if (result < 0) return Descriptors.failure(task, fd, result);
    guest_store32(task, countOut, result);
    return 0;
  }
}
