/* socklet's kernels of runtime/mcu/arch/armv7m as they are, for C that is not socklet's. */
#ifndef SOCKLET_BENCH_KERNELS_H
#define SOCKLET_BENCH_KERNELS_H

#include <stdint.h>

typedef uint32_t u32;
#define INLINE static inline __attribute__((always_inline, unused))
#define KERNELS_SMALL 0
#define BOARD_NIC_BURST 1
#include "runtime/mcu/arch/armv7m/kernels.h"

#endif
