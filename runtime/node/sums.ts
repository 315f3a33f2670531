/** Ones-complement sums of 32-bit little-endian words (RFC 1071), as `bulk.*`, `guest.*` and `port.*` give them. */

/**
 * Adds the end-around carries of a sum of at most 2^21 words.
 * The result is 0 only when all words were 0: the same representative that a chain of add-with-carry gives.
 */
export function carry(sum: number): number {
  while (sum > 0xffff_ffff) sum = (sum % 0x1_0000_0000) + Math.floor(sum / 0x1_0000_0000);
  return sum;
}

/** `seed` plus the sum of `count` words of `words` from `first`. */
export function sumWords(words: Uint32Array, first: number, count: number, seed: number): number {
  let sum = seed >>> 0;
  for (let i = first; i < first + count; i++) sum += words[i];
  return carry(sum);
}
