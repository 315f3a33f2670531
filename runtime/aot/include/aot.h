/*
 * What the C text of runtime/aot uses: memory access, numeric operations of WebAssembly, trap kinds.
 *
 * Needs GCC or Clang, and a little-endian target. Nothing but <stdint.h> and compiler builtins; floating-point
 * rounding and square root need the C library's mathematics when the module uses them.
 */
#ifndef SOCKLET_AOT_H
#define SOCKLET_AOT_H

#include <stdint.h>

#if !defined(__BYTE_ORDER__) || __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "WebAssembly memory is little-endian; this translator has no support for big-endian targets."
#endif

/* Why a module trapped: the first argument of NAME_trap(kind, function). */
#define AOT_TRAP_UNREACHABLE 1        /* `unreachable`: in AssemblyScript a failed assertion, `throw`, abort */
#define AOT_TRAP_OUT_OF_BOUNDS 2      /* an access to linear memory, or a bulk operation, outside of it */
#define AOT_TRAP_DIVIDE_BY_ZERO 3     /* integer division or remainder by zero */
#define AOT_TRAP_INTEGER_OVERFLOW 4   /* signed division of the least value by -1 */
#define AOT_TRAP_INVALID_CONVERSION 5 /* a NaN, or a number out of range, converted to an integer */
#define AOT_TRAP_INDIRECT_CALL 6      /* call_indirect: index out of the table, empty element or wrong type */

/* Their text, for consoles. Index 0 and anything past the end is no trap kind. */
#define AOT_TRAP_TEXTS(TEXT) \
  TEXT("unknown") TEXT("unreachable") TEXT("out of bounds memory access") TEXT("integer divide by zero") \
  TEXT("integer overflow") TEXT("invalid conversion to integer") TEXT("invalid indirect call")

/* The function's number where a trap does not know it. */
#define AOT_NO_FUNCTION 0xfffu

#if defined(__arm__) && defined(__thumb2__)
/*
 * A trap in one 32-bit instruction: `#define core_trap AOT_TRAP_UDF` before the module. The UsageFault handler finds
 * (function << 4 | kind) in the instruction at the stacked PC, see AOT_UDF_VALUE. Numbers below AOT_NO_FUNCTION.
 */
#define AOT_TRAP_UDF(kind, function) \
  do { \
    __asm__ volatile("udf.w %0" : : "i"((kind) | (function) << 4)); \
    __builtin_unreachable(); \
  } while (0)
/* `code`: address of the instruction as two halfwords. (function << 4 | kind), or -1 when it is no `udf.w`. */
#define AOT_UDF_VALUE(code) \
  (((code)[0] & 0xfff0) == 0xf7f0 && ((code)[1] & 0xf000) == 0xa000 \
       ? (int32_t)(((code)[0] & 0xf) << 12 | ((code)[1] & 0xfff)) \
       : -1)
#endif

#define AOT_UNLIKELY(condition) __builtin_expect(!!(condition), 0)
#define AOT_INLINE static inline __attribute__((always_inline, unused))

/*
 * The check of a pointer as a call, for small images: a function for each register that may hold the pointer, which keeps all registers but ip
 * and lr. The trap is in that function; the link register tells which check it was. What the compiler sees to be in range is not
 * checked. Memory is a clobber: no access may be moved before the check, for which a branch is there where the check is in line. Elsewhere than on Thumb-2, and with another trap than an undefined instruction, it is the check itself.
 */
#if defined(__arm__) && defined(__thumb2__)
#define AOT_CHECK_CALL(name, pointer, outside) \
  do { \
    if (!__builtin_constant_p(outside) || (outside)) \
      __asm__ volatile("bl " #name "_check_%0" : : "r"(pointer) : "ip", "lr", "cc", "memory"); \
  } while (0)
#define AOT_CHECK_FUNCTION(name, register, base, size) \
  __attribute__((naked, used)) static void name##_check_##register(void) { \
    __asm__ volatile( \
        "sub.w ip, " #register ", %0\n" \
        "cmp.w ip, %1\n" \
        "it ls\n" \
        "bxls lr\n" \
        "udf.w %2" \
        : : "i"(base), "i"(size), "i"(AOT_TRAP_OUT_OF_BOUNDS | AOT_NO_FUNCTION << 4)); \
  }
/*
 * memory.copy and memory.fill with the checks of their ranges, as calls. Nothing is called before the trap: lr tells which call it was, as
 * with the functions above.
 */
#define AOT_COPY_CALL(name, base, size, to, from, length) name##_check_copy(to, from, length)
#define AOT_FILL_CALL(name, base, size, to, value, length) name##_check_fill(to, value, length)
#define AOT_BULK_FUNCTIONS(name, base, size) \
  static __attribute__((noinline, unused)) void name##_check_copy(uint32_t to, uint32_t from, uint32_t length) { \
    if (AOT_UNLIKELY(AOT_OUTSIDE(to - (base), length, size) || AOT_OUTSIDE(from - (base), length, size))) \
      AOT_TRAP_UDF(AOT_TRAP_OUT_OF_BOUNDS, AOT_NO_FUNCTION); \
    __builtin_memmove((unsigned char *)(uintptr_t)to, (unsigned char *)(uintptr_t)from, length); \
  } \
  static __attribute__((noinline, unused)) void name##_check_fill(uint32_t to, uint32_t value, uint32_t length) { \
    if (AOT_UNLIKELY(AOT_OUTSIDE(to - (base), length, size))) AOT_TRAP_UDF(AOT_TRAP_OUT_OF_BOUNDS, AOT_NO_FUNCTION); \
    __builtin_memset((unsigned char *)(uintptr_t)to, (uint8_t)value, length); \
  }
/* GCC calls r10 and r11 by either of their names. */
#define AOT_CHECK_FUNCTIONS(name, base, size) \
  AOT_BULK_FUNCTIONS(name, base, size) \
  AOT_CHECK_FUNCTION(name, r0, base, size) \
  AOT_CHECK_FUNCTION(name, r1, base, size) \
  AOT_CHECK_FUNCTION(name, r2, base, size) \
  AOT_CHECK_FUNCTION(name, r3, base, size) \
  AOT_CHECK_FUNCTION(name, r4, base, size) \
  AOT_CHECK_FUNCTION(name, r5, base, size) \
  AOT_CHECK_FUNCTION(name, r6, base, size) \
  AOT_CHECK_FUNCTION(name, r7, base, size) \
  AOT_CHECK_FUNCTION(name, r8, base, size) \
  AOT_CHECK_FUNCTION(name, r9, base, size) \
  AOT_CHECK_FUNCTION(name, r10, base, size) \
  AOT_CHECK_FUNCTION(name, sl, base, size) \
  AOT_CHECK_FUNCTION(name, r11, base, size) \
  AOT_CHECK_FUNCTION(name, fp, base, size)
#else
#define AOT_CHECK_CALL(name, pointer, outside) \
  if (AOT_UNLIKELY(outside)) goto trap_out_of_bounds
#define AOT_COPY_CALL(name, base, size, to, from, length) \
  do { \
    if (AOT_UNLIKELY(AOT_OUTSIDE((to) - (base), length, size))) goto trap_out_of_bounds; \
    if (AOT_UNLIKELY(AOT_OUTSIDE((from) - (base), length, size))) goto trap_out_of_bounds; \
    __builtin_memmove((unsigned char *)(uintptr_t)(to), (unsigned char *)(uintptr_t)(from), length); \
  } while (0)
#define AOT_FILL_CALL(name, base, size, to, value, length) \
  do { \
    if (AOT_UNLIKELY(AOT_OUTSIDE((to) - (base), length, size))) goto trap_out_of_bounds; \
    __builtin_memset((unsigned char *)(uintptr_t)(to), (uint8_t)(value), length); \
  } while (0)
#define AOT_CHECK_FUNCTIONS(name, base, size)
#endif

/* 1 when the `length` bytes at `address` do not all lie in a memory of `size` bytes; cannot wrap. */
#define AOT_OUTSIDE(address, length, size) ((length) > (size) || (address) > (size) - (length))

/*
 * Values in linear memory: any alignment, any type beneath. One instruction where the target allows it; where it does
 * not (ARMv6-M, RV32), bytes. Not a packed struct: GCC 12 stores a constant into one of those byte by byte on ARM.
 */
typedef uint16_t aot_u16 __attribute__((aligned(1), may_alias));
typedef uint32_t aot_u32 __attribute__((aligned(1), may_alias));
typedef uint64_t aot_u64 __attribute__((aligned(1), may_alias));

/*
 * Where `address` lies. On ARM the sum of the memory's base and an address that is not a constant is made once, and the
 * offset of the access goes into its instruction: GCC on its own adds the offset to the base, which takes an
 * instruction, or a literal, per access.
 */
#if defined(__arm__)
#define AOT_PLACE(memory, address) \
  (__builtin_constant_p(address) ? (memory) + (address) : aot_place((memory), (address)))
AOT_INLINE unsigned char *aot_place(unsigned char *memory, uint32_t address) {
  unsigned char *place;
  __asm__("add %0, %1, %2" : "=r"(place) : "r"(memory), "r"(address));
  return place;
}
#else
#define AOT_PLACE(memory, address) ((memory) + (address))
#endif

/*
 * The bytes at `anchor` + `ahead`, two constants; others are near them. Optimised for size, GCC for ARM is not told that the anchor is a
 * constant, so that it keeps it in a register and goes on from there (runtime/aot/anchors.ts).
 */
#if defined(__arm__) && defined(__OPTIMIZE_SIZE__)
#define AOT_NEAR(anchor, ahead) (aot_anchor(anchor) + (ahead))
AOT_INLINE unsigned char *aot_anchor(uint32_t address) {
  unsigned char *place;
  __asm__("" : "=r"(place) : "0"(address));
  return place;
}
#else
#define AOT_NEAR(anchor, ahead) ((unsigned char *)(uintptr_t)((anchor) + (ahead)))
#endif

#define AOT_AT8(pointer) (*(pointer))
#define AOT_AT16(pointer) (*(aot_u16 *)(pointer))
#define AOT_AT32(pointer) (*(aot_u32 *)(pointer))

/*
 * Lays the start image of a module into its memory, which is zero: the tokens of runtime/aot/start-image.ts. An image of two units has
 * it once: AOT_LAY_ELSEWHERE in that which does not have it.
 */
#ifdef AOT_LAY_ELSEWHERE
void aot_lay(unsigned char *to, const unsigned char *from);
#else
#ifndef AOT_LAY
#define AOT_LAY static __attribute__((noinline, unused))
#endif
AOT_LAY void aot_lay(unsigned char *to, const unsigned char *from) {
  uint32_t token;
  while ((token = *from++) != 0) {
    const unsigned char *source = from - 1;
    uint32_t count = 1, stride = 1;
    if (token >= 0x80) {
      source = to - ((token & 7) << 8 | *from++);
      count = (token >> 3) - 13;
    } else if (token < 0x20) {
      if (token >= 0x18) {
        to += (token & 7) << 8 | *from++;
        continue;
      }
      count = token;
      if (token >= 0x10) {
        count -= 0xf;
        stride = 2;
      }
      source = from;
      from += count;
    }
    do {
      *to = *source++;
      to += stride;
    } while (--count != 0);
  }
}
#endif

#if __SIZEOF_POINTER__ >= 8
AOT_INLINE uint64_t aot_load64(const unsigned char *p) { return *(const aot_u64 *)p; }
AOT_INLINE void aot_store64(unsigned char *p, uint64_t x) { *(aot_u64 *)p = x; }
#else
/* GCC for ARM moves a 64-bit value of unknown alignment byte by byte, two 32-bit ones with one instruction each. */
AOT_INLINE uint64_t aot_load64(const unsigned char *p) {
  return *(const aot_u32 *)p | (uint64_t)*(const aot_u32 *)(p + 4) << 32;
}
AOT_INLINE void aot_store64(unsigned char *p, uint64_t x) {
  *(aot_u32 *)p = (uint32_t)x;
  *(aot_u32 *)(p + 4) = (uint32_t)(x >> 32);
}
#endif

/* The two low bytes of `x`, swapped. */
AOT_INLINE uint32_t aot_swap16(uint32_t x) { return __builtin_bswap32(x) >> 16; }

AOT_INLINE uint32_t aot_bits_of_f32(float x) {
  union { float f; uint32_t u; } pun = {.f = x};
  return pun.u;
}
AOT_INLINE float aot_f32_of_bits(uint32_t x) {
  union { uint32_t u; float f; } pun = {.u = x};
  return pun.f;
}
AOT_INLINE uint64_t aot_bits_of_f64(double x) {
  union { double f; uint64_t u; } pun = {.f = x};
  return pun.u;
}
AOT_INLINE double aot_f64_of_bits(uint64_t x) {
  union { uint64_t u; double f; } pun = {.u = x};
  return pun.f;
}

/* Floats are moved as integers: a NaN keeps its bits on every target. */
AOT_INLINE float aot_load_f32(const unsigned char *p) { return aot_f32_of_bits(AOT_AT32(p)); }
AOT_INLINE double aot_load_f64(const unsigned char *p) { return aot_f64_of_bits(aot_load64(p)); }
AOT_INLINE void aot_store_f32(unsigned char *p, float x) { AOT_AT32(p) = aot_bits_of_f32(x); }
AOT_INLINE void aot_store_f64(unsigned char *p, double x) { aot_store64(p, aot_bits_of_f64(x)); }

/* Rotation and bit counts; defined for every operand. */
#define AOT_ROTATE(bits) \
  AOT_INLINE uint##bits##_t aot_rotl##bits(uint##bits##_t x, uint##bits##_t n) { \
    return x << (n & (bits - 1)) | x >> (-n & (bits - 1)); \
  } \
  AOT_INLINE uint##bits##_t aot_rotr##bits(uint##bits##_t x, uint##bits##_t n) { \
    return x >> (n & (bits - 1)) | x << (-n & (bits - 1)); \
  }
AOT_ROTATE(32)
AOT_ROTATE(64)
AOT_INLINE uint32_t aot_clz32(uint32_t x) { return x ? (uint32_t)__builtin_clz(x) : 32; }
AOT_INLINE uint64_t aot_clz64(uint64_t x) { return x ? (uint64_t)__builtin_clzll(x) : 64; }
AOT_INLINE uint32_t aot_ctz32(uint32_t x) { return x ? (uint32_t)__builtin_ctz(x) : 32; }
AOT_INLINE uint64_t aot_ctz64(uint64_t x) { return x ? (uint64_t)__builtin_ctzll(x) : 64; }
AOT_INLINE uint32_t aot_popcnt32(uint32_t x) { return (uint32_t)__builtin_popcount(x); }
AOT_INLINE uint64_t aot_popcnt64(uint64_t x) { return (uint64_t)__builtin_popcountll(x); }

/* Floating point. The result is a quiet NaN when an operand is a NaN. */
#define AOT_FLOAT(type, t, f) \
  AOT_INLINE type aot_##t##_quiet(type x) { return x != x ? aot_##t##_quiet_nan(x) : x; } \
  AOT_INLINE type aot_##t##_min(type x, type y) { \
    if (AOT_UNLIKELY(x != x || y != y)) return __builtin_nan##f(""); \
    if (x == 0 && y == 0) return __builtin_signbit(x) ? x : y; \
    return x < y ? x : y; \
  } \
  AOT_INLINE type aot_##t##_max(type x, type y) { \
    if (AOT_UNLIKELY(x != x || y != y)) return __builtin_nan##f(""); \
    if (x == 0 && y == 0) return __builtin_signbit(x) ? y : x; \
    return x > y ? x : y; \
  } \
  AOT_INLINE type aot_##t##_abs(type x) { return __builtin_fabs##f(x); } \
  AOT_INLINE type aot_##t##_copysign(type x, type y) { return __builtin_copysign##f(x, y); } \
  AOT_INLINE type aot_##t##_ceil(type x) { return x != x ? aot_##t##_quiet_nan(x) : __builtin_ceil##f(x); } \
  AOT_INLINE type aot_##t##_floor(type x) { return x != x ? aot_##t##_quiet_nan(x) : __builtin_floor##f(x); } \
  AOT_INLINE type aot_##t##_trunc(type x) { return x != x ? aot_##t##_quiet_nan(x) : __builtin_trunc##f(x); } \
  AOT_INLINE type aot_##t##_nearest(type x) { return x != x ? aot_##t##_quiet_nan(x) : __builtin_nearbyint##f(x); } \
  AOT_INLINE type aot_##t##_sqrt(type x) { return x != x ? aot_##t##_quiet_nan(x) : __builtin_sqrt##f(x); }
AOT_INLINE float aot_f32_quiet_nan(float x) { return aot_f32_of_bits(aot_bits_of_f32(x) | 0x7fc00000u); }
AOT_INLINE double aot_f64_quiet_nan(double x) { return aot_f64_of_bits(aot_bits_of_f64(x) | 0x7ff8000000000000ull); }
AOT_FLOAT(float, f32, f)
AOT_FLOAT(double, f64, )

/*
 * Conversion to integers. `AOT_FITS_*(x)` is 0 for a NaN and for what does not fit after truncation: the translator
 * tests it before the conversion. The saturating ones need no test.
 */
#define AOT_FITS_I32_S_F32(x) ((x) >= -2147483648.f && (x) < 2147483648.f)
#define AOT_FITS_I32_S_F64(x) ((x) > -2147483649. && (x) < 2147483648.)
#define AOT_FITS_I64_S_F32(x) ((x) >= -9223372036854775808.f && (x) < 9223372036854775808.f)
#define AOT_FITS_I64_S_F64(x) ((x) >= -9223372036854775808. && (x) < 9223372036854775808.)
#define AOT_FITS_I32_U_F32(x) ((x) > -1.f && (x) < 4294967296.f)
#define AOT_FITS_I32_U_F64(x) ((x) > -1. && (x) < 4294967296.)
#define AOT_FITS_I64_U_F32(x) ((x) > -1.f && (x) < 18446744073709551616.f)
#define AOT_FITS_I64_U_F64(x) ((x) > -1. && (x) < 18446744073709551616.)
#define AOT_SATURATE(bits, sign, from, type, F, to, least, greatest) \
  AOT_INLINE uint##bits##_t aot_i##bits##_sat_##sign##_##from(type x) { \
    if (x != x) return 0; \
    if (F(x)) return (uint##bits##_t)(to)x; \
    return (uint##bits##_t)(x < 0 ? least : greatest); \
  }
AOT_SATURATE(32, s, f32, float, AOT_FITS_I32_S_F32, int32_t, INT32_MIN, INT32_MAX)
AOT_SATURATE(32, s, f64, double, AOT_FITS_I32_S_F64, int32_t, INT32_MIN, INT32_MAX)
AOT_SATURATE(64, s, f32, float, AOT_FITS_I64_S_F32, int64_t, INT64_MIN, INT64_MAX)
AOT_SATURATE(64, s, f64, double, AOT_FITS_I64_S_F64, int64_t, INT64_MIN, INT64_MAX)
AOT_SATURATE(32, u, f32, float, AOT_FITS_I32_U_F32, uint32_t, 0, UINT32_MAX)
AOT_SATURATE(32, u, f64, double, AOT_FITS_I32_U_F64, uint32_t, 0, UINT32_MAX)
AOT_SATURATE(64, u, f32, float, AOT_FITS_I64_U_F32, uint64_t, 0, UINT64_MAX)
AOT_SATURATE(64, u, f64, double, AOT_FITS_I64_U_F64, uint64_t, 0, UINT64_MAX)

#endif
