/**
 * Control messages of datagrams (net/socket/datagram-info.ts, send-control.ts) in the layout of message-header.ts:
 *
 *     IPPROTO_IP  IP_PKTINFO        struct in_pktinfo: u32 interface, u32 local address, u32 destination, network order
 *     IPPROTO_IP  IP_TTL            i32
 *     IPPROTO_IP  IP_TOS            u8; sendmsg takes an i32 too
 *     SOL_SOCKET  SO_TIMESTAMP      struct timeval: i64 seconds, i64 microseconds
 *     SOL_SOCKET  SO_TIMESTAMPNS    struct timespec: i64 seconds, i64 nanoseconds
 *     SOL_SOCKET  SO_TIMESTAMPING   struct scm_timestamping: three struct timespec, of which the first is the software stamp
 *
 * Behind the type of service there are zeros where there is room, so that who reads an i32 there finds the same number.
 */
import { CONFIG_NET_CONTEXT_RECV_PKTINFO, CONFIG_NET_CONTEXT_TIMESTAMPING } from "../../config";
import { guest_load8, guest_load32, guest_store8, guest_store32, host_realtime_offset } from "../../hal/imports";
import { EINVAL } from "../../net/base/errno";
import { Interfaces } from "../../net/link/interface";
import { DatagramInfo } from "../../net/socket/datagram-info";
import { SendControl } from "../../net/socket/send-control";
import {
  OPTION_RECEIVE_PKTINFO,
  OPTION_RECEIVE_TOS,
  OPTION_RECEIVE_TTL,
  OPTION_TIMESTAMP,
  OPTION_TIMESTAMPNS,
  Socket,
} from "../../net/socket/socket";
import { Timestamping } from "../../net/socket/timestamping";
import { CONTROL_DATA } from "./message-header";

/** Levels and types, Zephyr's; Linux's where Zephyr has none. */
const SOL_SOCKET: i32 = 1;
const IPPROTO_IP: i32 = 0;
const IP_TOS: i32 = 1;
const IP_TTL: i32 = 2;
const IP_PKTINFO: i32 = 8;
const IP_RECVTTL: i32 = 12;
const IP_RECVTOS: i32 = 13;
const SO_TIMESTAMP: i32 = 29;
const SO_TIMESTAMPNS: i32 = 35;
const SO_TIMESTAMPING: i32 = 37;

const PKTINFO_BYTES: u32 = 12;
const TIME_BYTES: u32 = 16;
const STAMPS_BYTES: u32 = 48;
const MICROSECONDS: u64 = 1_000_000;
const NANOSECONDS_PER_MICROSECOND: u64 = 1000;

export class ControlMessages {
  /** Or'd into the answer of `store`: something found no room. No application has as much memory. */
  static readonly CUT: u32 = 0x80000000;

  /** The bit of a datagram socket that the option switches, or 0. */
  static option(level: i32, name: i32): u32 {
    if (CONFIG_NET_CONTEXT_RECV_PKTINFO && level == IPPROTO_IP) {
      if (name == IP_PKTINFO) return OPTION_RECEIVE_PKTINFO;
      if (name == IP_RECVTTL) return OPTION_RECEIVE_TTL;
      if (name == IP_RECVTOS) return OPTION_RECEIVE_TOS;
    }
    if (CONFIG_NET_CONTEXT_TIMESTAMPING && level == SOL_SOCKET) {
      if (name == SO_TIMESTAMP) return OPTION_TIMESTAMP;
      if (name == SO_TIMESTAMPNS) return OPTION_TIMESTAMPNS;
    }
    return 0;
  }

  /** True for a bit that is about time: raw and packet sockets have those too. */
  static isTime(bit: u32): bool {
    return (bit & (OPTION_TIMESTAMP | OPTION_TIMESTAMPNS)) != 0;
  }

  /** Switches what `option` has named. Of the two resolutions of time the one asked for last counts, as on Linux. */
  static switch(socket: Socket, bit: u32, on: bool): void {
    if (bit & (OPTION_TIMESTAMP | OPTION_TIMESTAMPNS)) socket.set(OPTION_TIMESTAMP | OPTION_TIMESTAMPNS, false);
    socket.set(bit, on);
  }

  /**
   * Takes the control messages at `place` (guest, checked) into the shared SendControl.
   * @returns 0, or EINVAL: a message that is cut or unknown, a TTL or type of service out of range
   */
  static take(task: i32, socket: Socket, place: usize, length: u32): i32 {
    const control = SendControl.shared();
    control.reset(socket);
    while (length) {
      if (length < CONTROL_DATA) return EINVAL;
      const whole = guest_load32(task, place);
      if (whole < CONTROL_DATA || whole > length || <i32>guest_load32(task, place + 4) != IPPROTO_IP) return EINVAL;
      const type = <i32>guest_load32(task, place + 8);
      if (!ControlMessages.takeOne(task, control, type, place + CONTROL_DATA, whole - CONTROL_DATA)) return EINVAL;
      const step = min<u32>((whole + 7) & ~7, length);
      place += step;
      length -= step;
    }
    return 0;
  }

  private static takeOne(task: i32, control: SendControl, type: i32, data: usize, bytes: u32): bool {
    if (type == IP_PKTINFO) {
      if (bytes != PKTINFO_BYTES) return false;
      control.interfaceIndex = guest_load32(task, data);
      control.source = guest_load32(task, data + 4);
      return true;
    }
    if (type == IP_TOS && bytes == 1) return ControlMessages.takeTos(control, guest_load8(task, data));
    if (bytes != 4) return false;
    const value = guest_load32(task, data);
    if (type == IP_TOS) return ControlMessages.takeTos(control, value);
    if (type != IP_TTL || value - 1 > 254) return false;
    control.ttlTos = (control.ttlTos & 0xff00) | value;
    return true;
  }

  private static takeTos(control: SendControl, value: u32): bool {
    if (value > 255) return false;
    control.ttlTos = (control.ttlTos & 0xff) | (value << 8);
    return true;
  }

  /**
   * Writes what the options of `socket` ask for about the datagram that was received to `place` (guest, checked for `room` bytes).
   * @returns bytes written; CUT when not all had room: what does not fit as a whole is left out
   */
  static store(task: i32, socket: Socket, place: usize, room: u32): u32 {
    let used = ControlMessages.storeTimes(task, socket, place, room, false);
    if (CONFIG_NET_CONTEXT_RECV_PKTINFO) used = ControlMessages.storeHeader(task, socket, place, room, used);
    return used;
  }

  /** The part of `store` that is about time; `queued`: it comes from the error queue, and may be that of a datagram sent. */
  static storeTimes(task: i32, socket: Socket, place: usize, room: u32, queued: bool): u32 {
    let used: u32 = 0;
    if (CONFIG_NET_CONTEXT_TIMESTAMPING && socket.has(OPTION_TIMESTAMP | OPTION_TIMESTAMPNS)) {
      const time = DatagramInfo.arrivedAt() + host_realtime_offset();
      const fine = socket.has(OPTION_TIMESTAMPNS);
      const type = fine ? SO_TIMESTAMPNS : SO_TIMESTAMP;
      const seconds = time / MICROSECONDS;
      const part = <u32>(time % MICROSECONDS) * (fine ? <u32>NANOSECONDS_PER_MICROSECOND : 1);
      used = ControlMessages.begin(task, place, room, used, SOL_SOCKET, type, TIME_BYTES);
      if (!(used & ControlMessages.CUT)) {
        const data = place + used - TIME_BYTES;
        guest_store32(task, data, <u32>seconds);
        guest_store32(task, data + 4, <u32>(seconds >>> 32));
        guest_store32(task, data + 8, part);
        guest_store32(task, data + 12, 0);
      }
    }
    if (CONFIG_NET_CONTEXT_TIMESTAMPING && Timestamping.reports(socket, queued))
      used = ControlMessages.storeStamps(task, place, room, used);
    return used;
  }

  /** SCM_TIMESTAMPING: the software stamp; no hardware has made the other two. */
  private static storeStamps(task: i32, place: usize, room: u32, used: u32): u32 {
    used = ControlMessages.begin(task, place, room, used, SOL_SOCKET, SO_TIMESTAMPING, STAMPS_BYTES);
    if (used & ControlMessages.CUT) return used;
    const time = DatagramInfo.arrivedAt() + host_realtime_offset();
    const data = place + used - STAMPS_BYTES;
    const seconds = time / MICROSECONDS;
    guest_store32(task, data, <u32>seconds);
    guest_store32(task, data + 4, <u32>(seconds >>> 32));
    guest_store32(task, data + 8, <u32>((time % MICROSECONDS) * NANOSECONDS_PER_MICROSECOND));
    for (let at: u32 = 12; at < STAMPS_BYTES; at += 4) guest_store32(task, data + at, 0);
    return used;
  }

  /** The part of `store` that comes from the IP header, behind the `used` bytes that are there. */
  static storeHeader(task: i32, socket: Socket, place: usize, room: u32, used: u32): u32 {
    if (socket.has(OPTION_RECEIVE_PKTINFO)) {
      used = ControlMessages.begin(task, place, room, used, IPPROTO_IP, IP_PKTINFO, PKTINFO_BYTES);
      if (!(used & ControlMessages.CUT)) {
        const data = place + used - PKTINFO_BYTES;
        const destination = DatagramInfo.destination();
        guest_store32(task, data, DatagramInfo.interfaceIndex());
        guest_store32(task, data + 4, Interfaces.isLocal(destination) ? destination : Interfaces.nic().address);
        guest_store32(task, data + 8, destination);
      }
    }
    if (socket.has(OPTION_RECEIVE_TTL)) {
      used = ControlMessages.begin(task, place, room, used, IPPROTO_IP, IP_TTL, 4);
      if (!(used & ControlMessages.CUT)) guest_store32(task, place + used - 4, DatagramInfo.timeToLive());
    }
    if (socket.has(OPTION_RECEIVE_TOS)) {
      used = ControlMessages.begin(task, place, room, used, IPPROTO_IP, IP_TOS, 1);
      if (!(used & ControlMessages.CUT)) {
        const data = place + used - 1;
        if (room - used >= 3) guest_store32(task, data, DatagramInfo.typeOfService());
        else guest_store8(task, data, DatagramInfo.typeOfService());
      }
    }
    return used;
  }

  /**
   * Writes the head of a control message with `bytes` bytes of data behind the `used` bytes that are there. What follows one that was
   * cut is left out as well, so that the order stays.
   * @returns where its data ends, or `used` with CUT
   */
  static begin(task: i32, place: usize, room: u32, used: u32, level: i32, type: i32, bytes: u32): u32 {
    if (used & ControlMessages.CUT) return used;
    const start = (used + 7) & ~7;
    const end = start + CONTROL_DATA + bytes;
    if (end > room) return used | ControlMessages.CUT;
    guest_store32(task, place + start, CONTROL_DATA + bytes);
    guest_store32(task, place + start + 4, level);
    guest_store32(task, place + start + 8, type);
    return end;
  }
}
