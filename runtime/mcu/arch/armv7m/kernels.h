/*
 * Block moves and ones-complement sums for ARMv7-M, in whole words.
 *
 * Shape of all: the remainder of words / 8 goes first, through a jump table to one LDM/STM pair of that many
 * registers; then blocks of eight words, four blocks unrolled, entered at block count / 4 through a second table.
 * The sums keep the carry in the flag from the first word to the last: between the adcs only instructions that leave
 * C alone (and, lsr, add, tbb, teq with a register). At the end the carry is folded twice: after the last addition
 * the accumulator may be 0xffffffff with C set, where one `adc #0` would lose a count.
 *
 * KERNELS_SMALL (CONFIG_OPTIMIZE_FOR_SIZE): one block a turn, then the remainder word by word; a quarter of the code.
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

#define LOAD_MEMORY_1 "ldr r3, [r1], #4\n"
#define LOAD_MEMORY(n) "ldm r1!, " M##n "\n"
#define STORE_MEMORY_1 "str r3, [r0], #4\n"
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

/* r0 destination, r1 source, r2 words. */
#if KERNELS_SMALL
#define MOVE_KERNEL(LOAD, STORE)                                                                      \
  __asm volatile(                                                                                     \
      "push {r4-r10, lr}\n"                                                                           \
      "b 2f\n"                                                                                        \
      "1: " LOAD(8) STORE(8)                                                                          \
      "2: subs r2, r2, #8\n"                                                                          \
      "bge 1b\n"                                                                                      \
      "adds r2, r2, #8\n"                                                                             \
      "b 4f\n"                                                                                        \
      "3: " LOAD##_1 STORE##_1                                                                        \
      "4: subs r2, r2, #1\n"                                                                          \
      "bge 3b\n"                                                                                      \
      "pop {r4-r10, pc}\n")
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
      "and r3, r2, #3\n"                                                                              \
      "tbb [pc, r3]\n"                                                                                \
      "2: .byte (24f-2b)/2, (21f-2b)/2, (22f-2b)/2, (23f-2b)/2\n"                                     \
      "24: " LOAD(8) STORE(8)                                                                         \
      "23: " LOAD(8) STORE(8)                                                                         \
      "22: " LOAD(8) STORE(8)                                                                         \
      "21: " LOAD(8) STORE(8)                                                                         \
      "subs r2, r2, #4\n"                                                                             \
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

#define TAKE_END_1 "ldr r4, [r1], #4\n"
#define TAKE_END(n) "ldm r1!, " S##n "\n"
#define TAKE_MEMORY_1 "ldr r4, [r2], #4\n"
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
#define GIVE_END_1 "str r4, [r1], #4\n"
#define GIVE_END(n) "stm r1!, " S##n "\n"
#define GIVE_NOTHING_1
#define GIVE_NOTHING(n)

#define SUM_DONE "adcs r0, r0, #0\n" "adc r0, r0, #0\n" "pop {r4-r11, pc}\n"
#define SUM_BLOCK(TAKE, GIVE) TAKE(8) ADD8 GIVE(8)

/* WORDS: the register that has the number of words; r12 and lr are free. */
#if KERNELS_SMALL
#define SUM_KERNEL(WORDS, TAKE, GIVE)                                                                 \
  __asm volatile(                                                                                     \
      "push {r4-r11, lr}\n"                                                                           \
      "bic r12, " WORDS ", #7\n"                                                                      \
      "add lr, r1, r12, lsl #2\n"                                                                     \
      "add r12, r1, " WORDS ", lsl #2\n"                                                              \
      "adds r0, r0, #0\n"                                                                             \
      "b 2f\n"                                                                                        \
      "1: " SUM_BLOCK(TAKE, GIVE)                                                                     \
      "2: teq r1, lr\n"                                                                               \
      "bne 1b\n"                                                                                      \
      "b 4f\n"                                                                                        \
      "3: " TAKE##_1 ADD1 GIVE##_1                                                                    \
      "4: teq r1, r12\n"                                                                              \
      "bne 3b\n" SUM_DONE)
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
      "and r12, " WORDS ", #3\n"                                                                      \
      "add lr, r1, " WORDS ", lsl #5\n"                                                               \
      "tbb [pc, r12]\n"                                                                               \
      "2: .byte (24f-2b)/2, (21f-2b)/2, (22f-2b)/2, (23f-2b)/2\n"                                     \
      "29: " SUM_DONE                                                                                 \
      "24: " SUM_BLOCK(TAKE, GIVE)                                                                    \
      "23: " SUM_BLOCK(TAKE, GIVE)                                                                    \
      "22: " SUM_BLOCK(TAKE, GIVE)                                                                    \
      "21: " SUM_BLOCK(TAKE, GIVE)                                                                    \
      "teq r1, lr\n"                                                                                  \
      "bne 24b\n"                                                                                     \
      SUM_DONE)
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

/* Ones-complement sum of five words; both carries folded. */
INLINE u32 kernel_sum5(u32 a, u32 b, u32 c, u32 d, u32 e) {
  __asm("adds %0, %0, %1\n\tadcs %0, %0, %2\n\tadcs %0, %0, %3\n\tadcs %0, %0, %4\n\tadcs %0, %0, #0\n\tadc %0, %0, #0"
        : "+&r"(a)
        : "r"(b), "r"(c), "r"(d), "r"(e)
        : "cc");
  return a;
}

/* Ones-complement sum of two words. One fold is enough: a carry leaves at most 0xfffffffe. */
INLINE u32 kernel_add_carry(u32 a, u32 b) {
  if (__builtin_constant_p(a) && __builtin_constant_p(b)) return a + b + (a + b < a);
  __asm("adds %0, %0, %1\n\tadc %0, %0, #0" : "+&r"(a) : "r"(b) : "cc");
  return a;
}

#endif
