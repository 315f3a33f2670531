/* Types and attributes used by every part of the image. The image is two translation units: core and host, and the application. */
#ifndef SOCKLET_HOST_TYPES_H
#define SOCKLET_HOST_TYPES_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int32_t i32;

#define INLINE static inline __attribute__((always_inline, unused))
/* For what is longer than its call and stands in many places: when size counts, it is a call. */
#if KERNELS_SMALL
#define INLINE_BULK static __attribute__((noinline, unused))
#else
#define INLINE_BULK INLINE
#endif
#define LIKELY(condition) __builtin_expect(!!(condition), 1)
#define UNLIKELY(condition) __builtin_expect(!!(condition), 0)
/* A slow path: kept out of line and away from the fast one, unless size counts: what is called once is shorter in line. */
#if KERNELS_SMALL
#define COLD __attribute__((cold, unused))
#else
#define COLD __attribute__((noinline, cold, unused))
#endif

/* The answer of a system call that has to wait, as the core gives it (runtime/syscall/pending.ts). */
#define PENDING 0xffffffffu
#define LONG_WAY 0xfffffffeu

/* Words in one Ethernet frame, rounded up: the most that one bulk operation moves (hal/imports.ts). */
#define BULK_WORDS_MAX 384u

#endif
