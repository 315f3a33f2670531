/** IP_OPTIONS at the boundary: the options as they lie in a header, a source route with its first hop before the others. */
import { guest_read, guest_store32, guest_write } from "../../hal/imports";
import { EINVAL, ENOPROTOOPT } from "../../net/base/errno";
import { HeaderOptions } from "../../net/socket/header-options";
import { Socket } from "../../net/socket/socket";
import { Tcb } from "../../net/transport/tcp/connection";
import { TcpIcmp } from "../../net/transport/tcp/icmp";
import { IPV4_OPTIONS_MAX_BYTES } from "../../net/wire/ipv4-option";

/** Linux's number. */
export const IP_OPTIONS: i32 = 4;

/** Memory of this file. In a function, so that an image without the option has nothing of it. */
class Memory {
  /** usize → u8[40]. */
  static list(): usize {
    return memory.data(40, 4);
  }
}

export class IpOptions {
  /**
   * setsockopt: `value` (guest, u8[length], checked); 0 bytes take the options away. 0, ENOPROTOOPT (a packet socket), EINVAL (more than 40
   * bytes; an option that is cut, wrong, there twice or not known: net/ip/options-out.ts).
   */
  static set(task: i32, socket: Socket, value: usize, length: u32): i32 {
    if (socket.isPacket()) return ENOPROTOOPT;
    if (length > IPV4_OPTIONS_MAX_BYTES) return EINVAL;
    guest_read(task, Memory.list(), value, length);
    const result = HeaderOptions.set(socket, Memory.list(), length);
    if (result < 0) return -result;
    // A connection has more or less room in its segments now.
    if (socket.isStream()) {
      const tcb = changetype<Tcb>(socket);
      if (tcb.isSynchronized()) TcpIcmp.pathChanged(tcb);
    }
    return 0;
  }

  /** getsockopt: writes at most `room` bytes to `value` (guest, checked), and their number to `length`. 0, ENOPROTOOPT (a packet socket). */
  static get(task: i32, socket: Socket, value: usize, room: u32, length: usize): i32 {
    if (socket.isPacket()) return ENOPROTOOPT;
    const bytes = min<u32>(room, HeaderOptions.bytes(socket));
    guest_write(task, value, HeaderOptions.list(socket), bytes);
    guest_store32(task, length, bytes);
    return 0;
  }
}
