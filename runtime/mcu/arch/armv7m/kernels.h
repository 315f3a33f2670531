/*
 * Block moves and ones-complement sums for ARMv7-M, in whole words.
 *
 * Shape of all: the remainder of words / 8 goes first, through a jump table to one LDM/STM pair of that many
 * registers; then blocks of eight words, sixteen or eight of them unrolled (what a table of bytes can
 * jump over), entered at the remainder of the count through a second table.
 * The sums keep the carry in the flag from the first word to the last: between the adcs only instructions that leave
 * C alone (and, lsr, add, tbb, teq with a register). At the end one `adc #0` takes the carry in: a first addition that sets C leaves at
 * most 0xfffffffe, and so, one after the other, does each that adds a word and that carry.
 *
 * KERNELS_SMALL (CONFIG_OPTIMIZE_FOR_SIZE): word by word, without a block. Four or five instructions a word instead of one to three, and a tenth of
 * the code. Each addition of a sum takes its carry in at once there, which comes to the same bits.
 *
 * BOARD_NIC_BURST: the FIFO register is aliased over 32 bytes, so that LDM and STM without write-back reach the same
 * FIFO eight times. Without it each word is one LDR or STR of the same address.
 *
 * Arguments are not checked here: the callers in inline/ have done so. Pointers are 4-aligned.
 */
#ifndef SOCKLET_ARMV7M_KERNELS_H
#define SOCKLET_ARMV7M_KERNELS_H

/* The parameters are used by the assembly alone. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-parameter"

#define KERNEL __attribute__((naked, noipa, unused, section(".text.kernels")))

/* clang-format off */
/* -- words in r3… (moves): list of the first n of r3–r10 -- */
#define M1 "{r3}"
#define M2 "{r3-r4}"
#define M3 "{r3-r5}"
#define M4 "{r3-r6}"
#define M5 "{r3-r7}"
#define M6 "{r3-r8}"
#define M7 "{r3-r9}"
#define M8 "{r3-r10}"

#define LOAD_MEMORY_1 "ldm r1!, {r3}\n"
#define LOAD_MEMORY(n) "ldm r1!, " M##n "\n"
#define STORE_MEMORY_1 "stm r0!, {r3}\n"
#define STORE_MEMORY(n) "stm r0!, " M##n "\n"

#if BOARD_NIC_BURST
#define LOAD_PORT_1 "ldr r3, [r1]\n"
#define LOAD_PORT(n) "ldm r1, " M##n "\n"
#define STORE_PORT_1 "str r3, [r0]\n"
#define STORE_PORT(n) "stm r0, " M##n "\n"
#else
#define LOAD_PORT_1 "ldr r3, [r1]\n"
#define LP2 LOAD_PORT_1 "ldr r4, [r1]\n"
#define LP3 LP2 "ldr r5, [r1]\n"
#define LP4 LP3 "ldr r6, [r1]\n"
#define LP5 LP4 "ldr r7, [r1]\n"
#define LP6 LP5 "ldr r8, [r1]\n"
#define LP7 LP6 "ldr r9, [r1]\n"
#define LP8 LP7 "ldr r10, [r1]\n"
#define LOAD_PORT(n) LP##n
#define STORE_PORT_1 "str r3, [r0]\n"
#define SP2 STORE_PORT_1 "str r4, [r0]\n"
#define SP3 SP2 "str r5, [r0]\n"
#define SP4 SP3 "str r6, [r0]\n"
#define SP5 SP4 "str r7, [r0]\n"
#define SP6 SP5 "str r8, [r0]\n"
#define SP7 SP6 "str r9, [r0]\n"
#define SP8 SP7 "str r10, [r0]\n"
#define STORE_PORT(n) SP##n
#endif
#define STORE_NOTHING_1
#define STORE_NOTHING(n)

/* KERNEL_UNROLL blocks of one size between labels 24 and 25: ENTER_BLOCKS(r) jumps over all but the last r, over none for 0. */
#if BOARD_NIC_BURST
#define KERNEL_UNROLL "16"
#define KERNEL_UNROLL_MASK "15"
#define KERNEL_SKIPS "0,15,14,13,12,11,10,9,8,7,6,5,4,3,2,1"
#else
#define KERNEL_UNROLL "8"
#define KERNEL_UNROLL_MASK "7"
#define KERNEL_SKIPS "0,7,6,5,4,3,2,1"
#endif
#define ENTER_BLOCKS(r)                                                                               \
  "tbb [pc, " r "]\n"                                                                                 \
  "2: .irp skip," KERNEL_SKIPS "\n"                                                                   \
  ".byte (24f-2b)/2 + \\skip*((25f-24f)/(2*" KERNEL_UNROLL "))\n"                                    \
  ".endr\n"
#define BLOCKS(BLOCK) "24: .rept " KERNEL_UNROLL "\n" BLOCK ".endr\n25:\n"

/* r0 destination, r1 source, r2 words. */
#if KERNELS_SMALL
#define MOVE_KERNEL(LOAD, STORE)                                                                      \
  __asm volatile(                                                                                     \
      "b 2f\n"                                                                                        \
      "1: " LOAD##_1 STORE##_1                                                                        \
      "2: subs r2, r2, #1\n"                                                                          \
      "bge 1b\n"                                                                                      \
      "bx lr\n")
#else
#define MOVE_KERNEL(LOAD, STORE)                                                                      \
  __asm volatile(                                                                                     \
      "push {r4-r10, lr}\n"                                                                           \
      "and r3, r2, #7\n"                                                                              \
      "tbb [pc, r3]\n"                                                                                \
      "1: .byte (20f-1b)/2, (11f-1b)/2, (12f-1b)/2, (13f-1b)/2\n"                                     \
      ".byte (14f-1b)/2, (15f-1b)/2, (16f-1b)/2, (17f-1b)/2\n"                                        \
      "11: " LOAD##_1 STORE##_1 "b 20f\n"                                                             \
      "12: " LOAD(2) STORE(2) "b 20f\n"                                                               \
      "13: " LOAD(3) STORE(3) "b 20f\n"                                                               \
      "14: " LOAD(4) STORE(4) "b 20f\n"                                                               \
      "15: " LOAD(5) STORE(5) "b 20f\n"                                                               \
      "16: " LOAD(6) STORE(6) "b 20f\n"                                                               \
      "17: " LOAD(7) STORE(7)                                                                         \
      "20: lsrs r2, r2, #3\n"                                                                         \
      "beq 30f\n"                                                                                     \
      "and r3, r2, #" KERNEL_UNROLL_MASK "\n" ENTER_BLOCKS("r3") BLOCKS(LOAD(8) STORE(8))              \
      "subs r2, r2, #" KERNEL_UNROLL "\n"                                                             \
      "bgt 24b\n"                                                                                     \
      "30: pop {r4-r10, pc}\n")
#endif

KERNEL static void kernel_copy(void *dst, const void *src, u32 words) { MOVE_KERNEL(LOAD_MEMORY, STORE_MEMORY); }
KERNEL static void kernel_port_read(void *dst, u32 port, u32 words) { MOVE_KERNEL(LOAD_PORT, STORE_MEMORY); }
KERNEL static void kernel_port_write(u32 port, const void *src, u32 words) { MOVE_KERNEL(LOAD_MEMORY, STORE_PORT); }
KERNEL static void kernel_port_skip(u32 unused, u32 port, u32 words) { MOVE_KERNEL(LOAD_PORT, STORE_NOTHING); }

/* -- words in r4…r11 (sums): r0 sum, r1 the pointer that tells the end, r2 source or port -- */
#define S2 "{r4-r5}"
#define S3 "{r4-r6}"
#define S4 "{r4-r7}"
#define S5 "{r4-r8}"
#define S6 "{r4-r9}"
#define S7 "{r4-r10}"
#define S8 "{r4-r11}"
#define ADD1 "adcs r0, r4\n"
#define ADD2 ADD1 "adcs r0, r5\n"
#define ADD3 ADD2 "adcs r0, r6\n"
#define ADD4 ADD3 "adcs r0, r7\n"
#define ADD5 ADD4 "adcs r0, r8\n"
#define ADD6 ADD5 "adcs r0, r9\n"
#define ADD7 ADD6 "adcs r0, r10\n"
#define ADD8 ADD7 "adcs r0, r11\n"

#define TAKE_END_1 "ldm r1!, {r4}\n"
#define TAKE_END(n) "ldm r1!, " S##n "\n"
#define TAKE_MEMORY_1 "ldm r2!, {r4}\n"
#define TAKE_MEMORY(n) "ldm r2!, " S##n "\n"
#if BOARD_NIC_BURST
#define TAKE_PORT_1 "ldr r4, [r2]\n"
#define TAKE_PORT(n) "ldm r2, " S##n "\n"
#else
#define TAKE_PORT_1 "ldr r4, [r2]\n"
#define TP2 TAKE_PORT_1 "ldr r5, [r2]\n"
#define TP3 TP2 "ldr r6, [r2]\n"
#define TP4 TP3 "ldr r7, [r2]\n"
#define TP5 TP4 "ldr r8, [r2]\n"
#define TP6 TP5 "ldr r9, [r2]\n"
#define TP7 TP6 "ldr r10, [r2]\n"
#define TP8 TP7 "ldr r11, [r2]\n"
#define TAKE_PORT(n) TP##n
#endif
#define GIVE_END_1 "stm r1!, {r4}\n"
#define GIVE_END(n) "stm r1!, " S##n "\n"
#define GIVE_NOTHING_1
#define GIVE_NOTHING(n)

#define SUM_DONE "adc r0, r0, #0\n" "pop {r4-r11, pc}\n"
#define SUM_BLOCK(TAKE, GIVE) TAKE(8) ADD8 GIVE(8)

/* WORDS: the register that has the number of words; r12 and lr are free. */
#if KERNELS_SMALL
#define SUM_KERNEL(WORDS, TAKE, GIVE)                                                                 \
  __asm volatile(                                                                                     \
      "push {r4, lr}\n"                                                                               \
      "b 2f\n"                                                                                        \
      "1: " TAKE##_1                                                                                  \
      "adds r0, r0, r4\n"                                                                             \
      "adc r0, r0, #0\n" GIVE##_1                                                                     \
      "2: subs " WORDS ", " WORDS ", #1\n"                                                            \
      "bge 1b\n"                                                                                      \
      "pop {r4, pc}\n")
#else
#define SUM_KERNEL(WORDS, TAKE, GIVE)                                                                 \
  __asm volatile(                                                                                     \
      "push {r4-r11, lr}\n"                                                                           \
      "and r12, " WORDS ", #7\n"                                                                      \
      "adds r0, r0, #0\n"                                                                             \
      "tbb [pc, r12]\n"                                                                               \
      "1: .byte (20f-1b)/2, (11f-1b)/2, (12f-1b)/2, (13f-1b)/2\n"                                     \
      ".byte (14f-1b)/2, (15f-1b)/2, (16f-1b)/2, (17f-1b)/2\n"                                        \
      "11: " TAKE##_1 ADD1 GIVE##_1 "b 20f\n"                                                         \
      "12: " TAKE(2) ADD2 GIVE(2) "b 20f\n"                                                           \
      "13: " TAKE(3) ADD3 GIVE(3) "b 20f\n"                                                           \
      "14: " TAKE(4) ADD4 GIVE(4) "b 20f\n"                                                           \
      "15: " TAKE(5) ADD5 GIVE(5) "b 20f\n"                                                           \
      "16: " TAKE(6) ADD6 GIVE(6) "b 20f\n"                                                           \
      "17: " TAKE(7) ADD7 GIVE(7)                                                                     \
      "20: lsr " WORDS ", " WORDS ", #3\n"                                                            \
      "cbz " WORDS ", 29f\n"                                                                          \
      "and r12, " WORDS ", #" KERNEL_UNROLL_MASK "\n"                                                 \
      "add lr, r1, " WORDS ", lsl #5\n" ENTER_BLOCKS("r12")                                           \
      "29: " SUM_DONE BLOCKS(SUM_BLOCK(TAKE, GIVE))                                                   \
      "teq r1, lr\n"                                                                                  \
      "bne 24b\n" SUM_DONE)
#endif

KERNEL static u32 kernel_sum(u32 seed, const void *src, u32 words) { SUM_KERNEL("r2", TAKE_END, GIVE_NOTHING); }
KERNEL static u32 kernel_copy_sum(u32 seed, void *dst, const void *src, u32 words) {
  SUM_KERNEL("r3", TAKE_MEMORY, GIVE_END);
}
KERNEL static u32 kernel_port_read_sum(u32 seed, void *dst, u32 port, u32 words) {
  SUM_KERNEL("r3", TAKE_PORT, GIVE_END);
}
/* clang-format on */
#pragma GCC diagnostic pop

/*
 * Two to eight words of a burst port into variables, four into the port: one LDM or STM, for which the words must be in registers with
 * rising numbers. `port` has a register of its own: an LDM that loads its own base begins anew when it is interrupted.
 */
#define KERNEL_BURSTS
#define KERNEL_REGISTER(n) register u32 word##n __asm("r" #n)
#define KERNEL_TAKE_2(port, a, b) \
  do { \
    KERNEL_REGISTER(0); KERNEL_REGISTER(1); \
    __asm volatile("ldm %[from], {r0,r1}" : "=&r"(word0), "=&r"(word1) : [from] "r"(port)); \
    a = word0; b = word1; \
  } while (0)
#define KERNEL_TAKE_3(port, a, b, c) \
  do { \
    KERNEL_REGISTER(0); KERNEL_REGISTER(1); KERNEL_REGISTER(2); \
    __asm volatile("ldm %[from], {r0,r1,r2}" : "=&r"(word0), "=&r"(word1), "=&r"(word2) : [from] "r"(port)); \
    a = word0; b = word1; c = word2; \
  } while (0)
#define KERNEL_TAKE_4(port, a, b, c, d) \
  do { \
    KERNEL_REGISTER(0); KERNEL_REGISTER(1); KERNEL_REGISTER(2); KERNEL_REGISTER(3); \
    __asm volatile("ldm %[from], {r0,r1,r2,r3}" : "=&r"(word0), "=&r"(word1), "=&r"(word2), "=&r"(word3) : [from] "r"(port)); \
    a = word0; b = word1; c = word2; d = word3; \
  } while (0)
#define KERNEL_TAKE_5(port, a, b, c, d, e) \
  do { \
    KERNEL_REGISTER(0); KERNEL_REGISTER(1); KERNEL_REGISTER(2); KERNEL_REGISTER(4); KERNEL_REGISTER(5); \
    __asm volatile("ldm %[from], {r0,r1,r2,r4,r5}" : "=&r"(word0), "=&r"(word1), "=&r"(word2), "=&r"(word4), "=&r"(word5) : [from] "r"(port)); \
    a = word0; b = word1; c = word2; d = word4; e = word5; \
  } while (0)
#define KERNEL_TAKE_6(port, a, b, c, d, e, f) \
  do { \
    KERNEL_REGISTER(0); KERNEL_REGISTER(1); KERNEL_REGISTER(2); KERNEL_REGISTER(4); KERNEL_REGISTER(5); KERNEL_REGISTER(6); \
    __asm volatile("ldm %[from], {r0,r1,r2,r4,r5,r6}" : "=&r"(word0), "=&r"(word1), "=&r"(word2), "=&r"(word4), "=&r"(word5), "=&r"(word6) : [from] "r"(port)); \
    a = word0; b = word1; c = word2; d = word4; e = word5; f = word6; \
  } while (0)
#define KERNEL_TAKE_7(port, a, b, c, d, e, f, g) \
  do { \
    KERNEL_REGISTER(0); KERNEL_REGISTER(1); KERNEL_REGISTER(2); KERNEL_REGISTER(5); KERNEL_REGISTER(6); KERNEL_REGISTER(7); KERNEL_REGISTER(8); \
    __asm volatile("ldm %[from], {r0,r1,r2,r5,r6,r7,r8}" : "=&r"(word0), "=&r"(word1), "=&r"(word2), "=&r"(word5), "=&r"(word6), "=&r"(word7), "=&r"(word8) : [from] "r"(port)); \
    a = word0; b = word1; c = word2; d = word5; e = word6; f = word7; g = word8; \
  } while (0)
#define KERNEL_TAKE_8(port, a, b, c, d, e, f, g, h) \
  do { \
    KERNEL_REGISTER(0); KERNEL_REGISTER(1); KERNEL_REGISTER(2); KERNEL_REGISTER(4); KERNEL_REGISTER(5); KERNEL_REGISTER(6); KERNEL_REGISTER(7); KERNEL_REGISTER(8); \
    __asm volatile("ldm %[from], {r0,r1,r2,r4,r5,r6,r7,r8}" : "=&r"(word0), "=&r"(word1), "=&r"(word2), "=&r"(word4), "=&r"(word5), "=&r"(word6), "=&r"(word7), "=&r"(word8) : [from] "r"(port)); \
    a = word0; b = word1; c = word2; d = word4; e = word5; f = word6; g = word7; h = word8; \
  } while (0)

INLINE void kernel_put4(u32 port, u32 a, u32 b, u32 c, u32 d) {
  KERNEL_REGISTER(0) = a;
  KERNEL_REGISTER(1) = b;
  KERNEL_REGISTER(2) = c;
  KERNEL_REGISTER(3) = d;
  __asm volatile("stm %[to], {r0-r3}" : : [to] "r"(port), "r"(word0), "r"(word1), "r"(word2), "r"(word3));
}

#define KERNEL_ZERO(value) (__builtin_constant_p(value) && (value) == 0)

/* Ones-complement sum of five words, of which the last may be known to be zeros. */
INLINE u32 kernel_sum5(u32 a, u32 b, u32 c, u32 d, u32 e) {
  if (KERNEL_ZERO(e) && KERNEL_ZERO(d))
    __asm("adds %0, %0, %1\n\tadcs %0, %0, %2\n\tadc %0, %0, #0" : "+&r"(a) : "r"(b), "r"(c) : "cc");
  else if (KERNEL_ZERO(e))
    __asm("adds %0, %0, %1\n\tadcs %0, %0, %2\n\tadcs %0, %0, %3\n\tadc %0, %0, #0"
          : "+&r"(a)
          : "r"(b), "r"(c), "r"(d)
          : "cc");
  else
    __asm("adds %0, %0, %1\n\tadcs %0, %0, %2\n\tadcs %0, %0, %3\n\tadcs %0, %0, %4\n\tadc %0, %0, #0"
          : "+&r"(a)
          : "r"(b), "r"(c), "r"(d), "r"(e)
          : "cc");
  return a;
}

/* The bytes of `value` in reverse, in one instruction whatever is known of them. */
INLINE u32 kernel_reverse(u32 value) {
  u32 reversed;
  if (__builtin_constant_p(value)) return __builtin_bswap32(value);
  __asm("rev %0, %1" : "=r"(reversed) : "r"(value));
  return reversed;
}

/* Ones-complement sum of two words. */
INLINE u32 kernel_add_carry(u32 a, u32 b) {
  if (__builtin_constant_p(a) && __builtin_constant_p(b)) return a + b + (a + b < a);
  __asm("adds %0, %0, %1\n\tadc %0, %0, #0" : "+&r"(a) : "r"(b) : "cc");
  return a;
}

#endif
