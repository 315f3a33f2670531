/*
 * What wasm2c's output wants of its run-time library, as little of it as bench/aot/kernels.ts needs on bare metal: no
 * guard pages, checks by comparison, the call depth counted in a plain variable. The npm package has no run-time library.
 */
#ifndef WASM_RT_H_
#define WASM_RT_H_
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define LIKELY(x) __builtin_expect(!!(x), 1)
#define UNLIKELY(x) __builtin_expect(!!(x), 0)
#define WASM_RT_USE_SEGUE 0
#define WASM_RT_MEMCHECK_GUARD_PAGES 0
#define WASM_RT_SANITY_CHECKS 0
#define WASM_RT_STACK_DEPTH_COUNT 1
#define WASM_RT_MAX_CALL_STACK_DEPTH 500
#define WASM_RT_NO_RETURN __attribute__((noreturn))
#define wasm_rt_memcpy memcpy

typedef enum { WASM_RT_TRAP_NONE, WASM_RT_TRAP_OOB, WASM_RT_TRAP_INT_OVERFLOW, WASM_RT_TRAP_DIV_BY_ZERO,
  WASM_RT_TRAP_INVALID_CONVERSION, WASM_RT_TRAP_UNREACHABLE, WASM_RT_TRAP_CALL_INDIRECT,
  WASM_RT_TRAP_EXHAUSTION } wasm_rt_trap_t;
typedef enum { WASM_RT_I32, WASM_RT_I64, WASM_RT_F32, WASM_RT_F64 } wasm_rt_type_t;
typedef const char *wasm_rt_func_type_t;
typedef void (*wasm_rt_function_ptr_t)(void);
typedef struct wasm_rt_tailcallee_t { void (*fn)(void **, void *, struct wasm_rt_tailcallee_t *); } wasm_rt_tailcallee_t;
typedef struct { wasm_rt_func_type_t func_type; wasm_rt_function_ptr_t func; wasm_rt_tailcallee_t func_tailcallee;
  void *module_instance; } wasm_rt_funcref_t;
typedef struct { wasm_rt_funcref_t *data; uint32_t max_size, size; } wasm_rt_funcref_table_t;
typedef void *wasm_rt_externref_t;
typedef struct { wasm_rt_externref_t *data; uint32_t max_size, size; } wasm_rt_externref_table_t;
typedef struct { uint8_t *data; uint32_t page_size; uint64_t pages, max_pages, size; bool is64; } wasm_rt_memory_t;
static const wasm_rt_funcref_t wasm_rt_funcref_null_value;
static const wasm_rt_externref_t wasm_rt_externref_null_value;
extern uint32_t wasm_rt_call_stack_depth;
WASM_RT_NO_RETURN void wasm_rt_trap(wasm_rt_trap_t code);
void wasm_rt_allocate_memory(wasm_rt_memory_t *memory, uint64_t pages, uint64_t maximum, bool is64, uint32_t page_size);
static inline void wasm_rt_free_memory(wasm_rt_memory_t *memory) { (void)memory; }
static inline bool wasm_rt_is_initialized(void) { return true; }
#endif
