/*
 * host.random: ChaCha20 (RFC 8439) with fast key erasure. Each block of 16 words gives eight words of output and the
 * next key, so that what was given out cannot be computed from the state later. The count of the timer goes into every
 * block: the moments at which frames arrive add what little chance a board has.
 *
 * The seed: SOCKLET_RANDOM_SEED when defined (tests), else the timer, the MAC address
 * and the debugger's clock where there is one. A board with an entropy source adds it to the key in soc_init.
 */
#ifndef SOCKLET_HOST_RANDOM_H
#define SOCKLET_HOST_RANDOM_H

static struct {
  u32 block[16]; /* the last block: the next key, and RANDOM_OUTPUT words of output behind it */
  u32 left;      /* words of output not yet given */
} random_state;

#define RANDOM_OUTPUT 8u

#define ROTATE_RIGHT(x, n) ((x) >> (n) | (x) << (32 - (n)))

COLD static void chacha20_block(u32 x[16]) {
  u32 in[16];
  memcpy(in, x, sizeof in);
  for (u32 i = 0; i < 80; i++) {
    u32 shift = i >> 2 & 1u; /* odd rounds work on diagonals */
    u32 *a = &x[i & 3u];
    u32 *b = &x[4 + ((i + shift) & 3u)];
    u32 *c = &x[8 + ((i + 2 * shift) & 3u)];
    u32 *d = &x[12 + ((i + 3 * shift) & 3u)];
    /* Of the quarter round, the two halves of each half differ in their roles and by how much they rotate. */
#if !KERNELS_SMALL
#pragma GCC unroll 4
#endif
    for (u32 rights = 0x19181410u; rights != 0; rights >>= 8) {
      u32 *was = a;
      *a += *b;
      *d = ROTATE_RIGHT(*d ^ *a, (u8)rights);
      a = c, c = was;
      was = b, b = d, d = was;
    }
  }
  for (u32 i = 0; i < 16; i++) x[i] += in[i];
}

/* Next eight words of output and the next key; `input` is mixed in. */
COLD static void random_block(u32 input) {
  static const u32 constant[4] = {0x61707865u, 0x3320646eu, 0x79622d32u, 0x6b206574u}; /* "expand 32-byte k" */
  u32 *x = random_state.block;
  for (u32 i = 8; i > 0; i--) x[3 + i] = x[i - 1]; /* the key */
  memcpy(x, constant, sizeof constant);
  x[12] = 0;
  x[13] = input;
  x[14] = 0;
  x[15] = 0;
  chacha20_block(x);
  random_state.left = RANDOM_OUTPUT;
}

COLD static void random_init(void) {
#ifdef SOCKLET_RANDOM_SEED
  random_state.block[0] = (u32)(SOCKLET_RANDOM_SEED);
#else
  random_state.block[0] ^= timer_count();
  random_state.block[1] ^= BOARD_MAC_LOW;
  random_state.block[2] ^= BOARD_MAC_HIGH;
  random_state.block[3] ^= debugger_time();
  random_block(timer_count());
#endif
  random_state.left = 0;
}

INLINE u32 random_timer(void) {
#ifdef SOCKLET_RANDOM_SEED
  return 0;
#else
  return timer_count();
#endif
}

COLD static u32 host_random(void) {
  if (random_state.left == 0) random_block(random_timer());
  return random_state.block[16u - RANDOM_OUTPUT + --random_state.left];
}

#endif
