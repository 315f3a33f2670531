/**
 * Options of streams have one number inside the core (STREAM_*): names of IPPROTO_TCP as they are, those of SOL_SOCKET with LEVEL_SOCKET, so
 * that most of them fit an instruction.
 */
export const LEVEL_SOCKET: u32 = 0x80;
export const LEVEL_TCP: u32 = 0;
const SOL_SOCKET: i32 = 1;
const IPPROTO_TCP: i32 = 6;

/** The number of an option, or one that means nothing when a stream has none of this level and name. */
export function streamOption(level: i32, name: i32): u32 {
  // The range of LEVEL_SOCKET's names is one in which IPPROTO_TCP has none.
  const range = <u32>name >>> 7;
  if (level == IPPROTO_TCP) return range == 1 ? 0 : <u32>name;
  return level == SOL_SOCKET && !range ? <u32>name | LEVEL_SOCKET : 0;
}
