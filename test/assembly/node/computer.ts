/** A program that computes without a system call, and then reads outside of its memory. */
export function compute(rounds: u32): u32 {
  let x: u32 = 1;
  for (let i: u32 = 0; i < rounds; i++) x = x * 1_664_525 + 1_013_904_223;
  return x;
}

export function readOutside(address: usize): u32 {
  return load<u32>(address);
}

readOutside(<usize>(0x7fff_0000 | (compute(1_200_000_000) & 1)));
