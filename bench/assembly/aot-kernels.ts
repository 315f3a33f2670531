// The two kernels of bench/aot/kernels.ts: the same algorithms as in bench/aot/kernels.c, line by line.

/** Ones-complement sum of `length` bytes (even) at `data`, folded to 16 bits (RFC 1071). */
export function checksum(data: usize, length: u32): u32 {
  let sum: u32 = 0;
  const end = data + length;
  while (data < end) {
    sum += <u32>load<u16>(data);
    data += 2;
  }
  sum = (sum & 0xffff) + (sum >> 16);
  return (sum & 0xffff) + (sum >> 16);
}

/**
 * Forwards an IPv4 packet of 20 header bytes at `packet` to `destination` (network order): checks version, header
 * length, total length and header sum, takes one from the time to live, and writes the new sum. 0, or a reason.
 */
export function rewrite(packet: usize, length: u32, destination: u32): u32 {
  if (length < 20) return 1;
  if (load<u8>(packet) != 0x45) return 2;
  if (<u32>bswap<u16>(load<u16>(packet, 2)) > length) return 3;
  if (checksum(packet, 20) != 0xffff) return 4;
  const ttl = load<u8>(packet, 8);
  if (ttl <= 1) return 5;
  store<u8>(packet, <u8>(ttl - 1), 8);
  store<u32>(packet, destination, 16);
  store<u16>(packet, 0, 10);
  store<u16>(packet, <u16>~checksum(packet, 20), 10);
  return 0;
}
