/*
 * malloc and its kin over what is left of the application's memory. The C library's own asks for pages of 64 KiB, of which a microcontroller
 * has none: here the memory ends at CONFIG_APP_MEMORY_SIZE. First fit over blocks in the order of their addresses, neighbours that are
 * free are joined: small, and without surprises for a program that allocates little.
 */
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* What a block begins with: 8 bytes, so that what follows is 8-aligned. Blocks of the C library's callers need no more. */
struct block {
  /* Bytes behind the head, a multiple of 8; bit 0: in use. */
  size_t size;
  size_t padding;
};

#define HEAD sizeof(struct block)
#define IN_USE ((size_t)1)

extern char __heap_base;

static struct block *first;
static char *end;

static char *data_of(struct block *block) { return (char *)block + HEAD; }
static size_t size_of(const struct block *block) { return block->size & ~IN_USE; }
static struct block *next_of(struct block *block) { return (struct block *)(data_of(block) + size_of(block)); }
static struct block *block_of(void *data) { return (struct block *)((char *)data - HEAD); }

static void begin(void) {
  uintptr_t base = ((uintptr_t)&__heap_base + 7) & ~(uintptr_t)7;
#ifdef CONFIG_APP_MEMORY_SIZE
  uintptr_t limit = CONFIG_APP_MEMORY_SIZE & ~(uintptr_t)7;
#else
  uintptr_t limit = __builtin_wasm_memory_size(0) * (uintptr_t)65536;
#endif
  first = (struct block *)base;
  end = (char *)(limit > base + HEAD ? limit : base);
  if ((char *)first < end) first->size = (size_t)(end - (char *)first) - HEAD;
}

/* Joins the free blocks behind `block`, which is free. */
static void join(struct block *block) {
  for (struct block *next = next_of(block); (char *)next < end && !(next->size & IN_USE); next = next_of(block))
    block->size += HEAD + next->size;
}

/* Gives what `block`, in use, has beyond `size` bytes back. */
static void split(struct block *block, size_t size) {
  if (size_of(block) < size + HEAD + 8) return;
  struct block *rest = (struct block *)(data_of(block) + size);
  rest->size = size_of(block) - size - HEAD;
  block->size = size | IN_USE;
  join(rest);
}

void *malloc(size_t bytes) {
  if (!first) begin();
  if (bytes > PTRDIFF_MAX - 8) {
    errno = ENOMEM;
    return 0;
  }
  size_t size = bytes ? (bytes + 7) & ~(size_t)7 : 8;
  for (struct block *each = first; (char *)each < end; each = next_of(each)) {
    if (each->size & IN_USE) continue;
    join(each);
    if (each->size < size) continue;
    each->size |= IN_USE;
    split(each, size);
    return data_of(each);
  }
  errno = ENOMEM;
  return 0;
}

void free(void *data) {
  if (data) block_of(data)->size &= ~IN_USE;
}

void *calloc(size_t count, size_t size) {
  size_t bytes;
  if (__builtin_mul_overflow(count, size, &bytes)) {
    errno = ENOMEM;
    return 0;
  }
  void *data = malloc(bytes);
  return data ? memset(data, 0, bytes) : 0;
}

void *realloc(void *data, size_t bytes) {
  if (!data) return malloc(bytes);
  struct block *block = block_of(data);
  if (bytes <= size_of(block)) {
    split(block, bytes ? (bytes + 7) & ~(size_t)7 : 8);
    return data;
  }
  void *larger = malloc(bytes);
  if (!larger) return 0;
  memcpy(larger, data, size_of(block));
  free(data);
  return larger;
}
