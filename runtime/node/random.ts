/** Sources of 32-bit random numbers for the core: seeded for tests, the operating system's for real use. */
import { randomFillSync } from "node:crypto";
import type { Saved } from "./register-model.js";

export interface RandomSource {
  /** 32 random bits, as u32. */
  next32(): number;
  save?(): Saved;
  load?(state: Saved): void;
}

/** A seeded generator (xoshiro128**, Blackman and Vigna 2018): the same seed gives the same numbers. */
export class SeededRandom implements RandomSource {
  private readonly state = new Uint32Array(4);

  constructor(readonly seed: number = 1) {
    // splitmix32 spreads the seed over the state, which must not be all zero.
    let s = seed >>> 0;
    for (let i = 0; i < 4; i++) {
      s = (s + 0x9e37_79b9) >>> 0;
      let z = s;
      z = Math.imul(z ^ (z >>> 16), 0x85eb_ca6b);
      z = Math.imul(z ^ (z >>> 13), 0xc2b2_ae35);
      this.state[i] = z ^ (z >>> 16);
    }
    if (this.state.every((word) => word === 0)) this.state[0] = 1;
  }

  next32(): number {
    const s = this.state;
    const x = Math.imul(s[1], 5);
    const result = Math.imul((x << 7) | (x >>> 25), 9) >>> 0;
    const t = s[1] << 9;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = (s[3] << 11) | (s[3] >>> 21);
    return result;
  }

  /** A number in [0, 1). */
  fraction(): number {
    return this.next32() / 0x1_0000_0000;
  }

  /** An integer in [0, below). */
  below(below: number): number {
    return Math.floor(this.fraction() * below);
  }

  /** True with probability `probability`. */
  chance(probability: number): boolean {
    return probability > 0 && this.fraction() < probability;
  }

  save(): Saved {
    return [...this.state];
  }

  load(state: Saved): void {
    this.state.set(state as number[]);
  }
}

/** Random numbers of the operating system. */
export class SystemRandom implements RandomSource {
  private readonly pool = new Uint32Array(256);
  private used = 256;

  next32(): number {
    if (this.used === this.pool.length) {
      randomFillSync(this.pool);
      this.used = 0;
    }
    const value = this.pool[this.used];
    this.pool[this.used++] = 0; // handed out once
    return value;
  }
}
