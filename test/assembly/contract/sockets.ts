/** What every contract program does with sockets: opening, addresses, waiting, bytes that can be recognised. */
import { htonl, htons } from "socklet/posix/arpa/inet";
import { sockaddr_in } from "socklet/posix/netinet/in";
import { POLLIN, poll, pollfd } from "socklet/posix/poll";
import { AF_INET, bind, IntCell, SOCK_DGRAM, Static, socket } from "socklet/posix/sys/socket";

/** 127.0.0.1, host order. */
export const LOOPBACK: u32 = 0x7f000001;
/** Bytes of a sockaddr_in. */
export const ADDRESS_BYTES: u32 = 8;
/** How long something that must happen may take, milliseconds. */
export const SOON: i32 = 2000;

/** A datagram socket. */
export function datagram(): i32 {
  return socket(AF_INET, SOCK_DGRAM, 0);
}

class Block {
  static address(): sockaddr_in {
    return changetype<sockaddr_in>(memory.data(8, 4));
  }

  static entry(): pollfd {
    return changetype<pollfd>(memory.data(8, 4));
  }

  static length(): IntCell {
    return changetype<IntCell>(memory.data(4, 4));
  }
}

/** `ip` (host order) and `port` as a sockaddr_in; the next call writes over it. */
export function at(ip: u32, port: u32): sockaddr_in {
  const address = Block.address();
  address.sin_family = <u16>AF_INET;
  address.sin_port = htons(port);
  address.sin_addr = htonl(ip);
  return address;
}

/** A datagram socket bound to 127.0.0.1 and `port`. */
export function bound(port: u32): i32 {
  const fd = datagram();
  return bind(fd, at(LOOPBACK, port), ADDRESS_BYTES) < 0 ? -1 : fd;
}

/** Waits until `fd` has something to read. */
export function arrived(fd: i32): bool {
  const entry = Block.entry();
  entry.fd = fd;
  entry.events = <i16>POLLIN;
  return poll(entry, 1, SOON) == 1;
}

/** An IntCell that says 8; the next call writes over it. */
export function room(): IntCell {
  const cell = Block.length();
  cell.value = <i32>ADDRESS_BYTES;
  return cell;
}

/** Fills `length` bytes with a pattern that depends on `seed`. */
export function fill(buffer: usize, length: u32, seed: u32): void {
  for (let i: u32 = 0; i < length; i++) store<u8>(buffer + i, <u8>(i * 7 + seed));
}

/** Whether `length` bytes are what `fill` with this seed made. */
export function filled(buffer: usize, length: u32, seed: u32): bool {
  for (let i: u32 = 0; i < length; i++) {
    if (load<u8>(buffer + i) != <u8>(i * 7 + seed)) return false;
  }
  return true;
}

export { Static, sockaddr_in };
