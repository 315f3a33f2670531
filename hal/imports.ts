/**
 * Everything the core imports from its host. There is nothing else: no clock, no allocator, no files.
 *
 * On a microcontroller each of these is a small inline C function (runtime/mcu/inline); in Node it is a
 * JavaScript function (runtime/node). All of them are total: an argument out of range never reaches memory
 * that the callee does not own.
 *
 * Conventions
 * - "core" addresses are offsets into the core's own linear memory; "guest" addresses are offsets into the
 *   memory of the application that `task` runs in.
 * - Words are 32 bit, little-endian, as they lie in memory. `words` is at most 384 (one Ethernet frame).
 * - Sums are unfolded 32-bit ones-complement sums of little-endian words (RFC 1071). They are passed in as
 *   `seed` and given back, so that pseudo-header, header and payload join without folding in between.
 */

// ---- mmio: device registers, only inside the windows that the board declares --------------------------------

/** Reads a device register. `addr`: absolute bus address, 4-aligned. Outside the board's windows: a trap. */
// @ts-expect-error: decorator
@external("mmio", "read32")
export declare function mmio_read32(addr: u32): u32;

/** Writes a device register. `addr`: absolute bus address, 4-aligned. Outside the board's windows: a trap. */
// @ts-expect-error: decorator
@external("mmio", "write32")
export declare function mmio_write32(addr: u32, value: u32): void;

// ---- port: data registers that are FIFOs --------------------------------------------------------------------

/** Next word of the FIFO register `port`. Several in a row become one load where the chip has bursts. */
// @ts-expect-error: decorator
@external("port", "take")
export declare function port_take(port: u32): u32;

/** Puts four words into the FIFO register `port`: one store where the chip has bursts. */
// @ts-expect-error: decorator
@external("port", "put4")
export declare function port_put4(port: u32, a: u32, b: u32, c: u32, d: u32): void;

/** Moves `words` words from the FIFO register `port` to core memory at `dst` (4-aligned). */
// @ts-expect-error: decorator
@external("port", "read")
export declare function port_read(port: u32, dst: usize, words: u32): void;

/** As `port_read`, and returns `seed` plus the sum of all words moved. */
// @ts-expect-error: decorator
@external("port", "read_sum")
export declare function port_read_sum(port: u32, dst: usize, words: u32, seed: u32): u32;

/** As `port_read_sum`, into guest memory at `guest` (4-aligned; the caller has checked the range). */
// @ts-expect-error: decorator
@external("port", "read_guest_sum")
export declare function port_read_guest_sum(port: u32, task: i32, guest: usize, words: u32, seed: u32): u32;

/** Takes `words` words out of the FIFO register `port` and drops them. */
// @ts-expect-error: decorator
@external("port", "skip")
export declare function port_skip(port: u32, words: u32): void;

/** Moves `words` words from core memory at `src` (4-aligned) into the FIFO register `port`. */
// @ts-expect-error: decorator
@external("port", "write")
export declare function port_write(port: u32, src: usize, words: u32): void;

/**
 * Moves `bytes` bytes of guest memory at `guest` (4-aligned) into the FIFO register `port`, the last word padded with zeros: what lies behind them
 * never leaves. A range that ends outside, or is not aligned, is sent as zeros.
 */
// @ts-expect-error: decorator
@external("port", "write_guest")
export declare function port_write_guest(port: u32, task: i32, guest: usize, bytes: u32): void;

// ---- bulk: checksum kernels over core memory ----------------------------------------------------------------

/** `seed` plus the sum of `words` words at `src` (4-aligned). */
// @ts-expect-error: decorator
@external("bulk", "sum")
export declare function bulk_sum(src: usize, words: u32, seed: u32): u32;

/** Copies `words` words from `src` to `dst` (both 4-aligned, not overlapping); returns `seed` plus their sum. */
// @ts-expect-error: decorator
@external("bulk", "copy_sum")
export declare function bulk_copy_sum(dst: usize, src: usize, words: u32, seed: u32): u32;

/** Copies `words` words from `src` to `dst` (both 4-aligned, not overlapping). */
// @ts-expect-error: decorator
@external("bulk", "copy")
export declare function bulk_copy(dst: usize, src: usize, words: u32): void;

/** Ones-complement sum of five words: an adcs chain on ARMv7-M. */
// @ts-expect-error: decorator
@external("bulk", "sum5")
export declare function bulk_sum5(a: u32, b: u32, c: u32, d: u32, e: u32): u32;

/** Ones-complement sum of two words (end-around carry). */
// @ts-expect-error: decorator
@external("bulk", "add_carry")
export declare function bulk_add_carry(a: u32, b: u32): u32;

/**
 * The bytes of `value` in reverse. For values that a compiler knows to be short: it makes three instructions of shifts and masks of the one that
 * reverses, when it sees that half of the bytes are 0.
 */
// @ts-expect-error: decorator
@external("bulk", "reverse")
export declare function bulk_reverse(value: u32): u32;

// ---- guest: the application's memory ------------------------------------------------------------------------

/** 1 when the `len` bytes at `guest` lie inside the application's memory, else 0 (the caller answers EFAULT). */
// @ts-expect-error: decorator
@external("guest", "check")
export declare function guest_check(task: i32, guest: usize, len: u32): i32;

/** Byte at `guest`; 0 when it lies outside. */
// @ts-expect-error: decorator
@external("guest", "load8")
export declare function guest_load8(task: i32, guest: usize): u32;

/** Little-endian 16-bit value at `guest`, any alignment; 0 when it lies outside. */
// @ts-expect-error: decorator
@external("guest", "load16")
export declare function guest_load16(task: i32, guest: usize): u32;

/** Little-endian 32-bit value at `guest`, any alignment; 0 when it lies outside. */
// @ts-expect-error: decorator
@external("guest", "load32")
export declare function guest_load32(task: i32, guest: usize): u32;

/** Little-endian 64-bit value at `guest`, any alignment; 0 when it lies outside. */
// @ts-expect-error: decorator
@external("guest", "load64")
export declare function guest_load64(task: i32, guest: usize): u64;

/** Stores the low 8 bits of `value`; nothing happens when `guest` lies outside. */
// @ts-expect-error: decorator
@external("guest", "store8")
export declare function guest_store8(task: i32, guest: usize, value: u32): void;

/** Stores the low 16 bits of `value`, any alignment; nothing happens when `guest` lies outside. */
// @ts-expect-error: decorator
@external("guest", "store16")
export declare function guest_store16(task: i32, guest: usize, value: u32): void;

/** Stores 32 bits, any alignment; nothing happens when `guest` lies outside. */
// @ts-expect-error: decorator
@external("guest", "store32")
export declare function guest_store32(task: i32, guest: usize, value: u32): void;

/** Stores 64 bits, any alignment; nothing happens when `guest` lies outside. */
// @ts-expect-error: decorator
@external("guest", "store64")
export declare function guest_store64(task: i32, guest: usize, value: u64): void;

/** Copies `len` bytes from guest memory to core memory, any alignment. 1, or 0 when either range lies outside. */
// @ts-expect-error: decorator
@external("guest", "read")
export declare function guest_read(task: i32, dst: usize, guest: usize, len: u32): i32;

/** Copies `len` bytes from core memory to guest memory, any alignment. 1, or 0 when either range lies outside. */
// @ts-expect-error: decorator
@external("guest", "write")
export declare function guest_write(task: i32, guest: usize, src: usize, len: u32): i32;

/**
 * `seed` plus the sum of `bytes` bytes of guest memory (4-aligned) as words, the last one padded with zeros; `seed` alone when the range lies
 * outside or is not aligned.
 */
// @ts-expect-error: decorator
@external("guest", "sum")
export declare function guest_sum(task: i32, guest: usize, bytes: u32, seed: u32): u32;

/** Copies `words` words of guest memory (4-aligned) to core memory at `dst` (4-aligned); `seed` plus their sum. */
// @ts-expect-error: decorator
@external("guest", "read_sum")
export declare function guest_read_sum(task: i32, dst: usize, guest: usize, words: u32, seed: u32): u32;

// ---- host: console, randomness, process -----------------------------------------------------------------------

/** 32 random bits: the board's entropy source and a keyed generator behind it; seeded in tests. */
// @ts-expect-error: decorator
@external("host", "random")
export declare function host_random(): u32;

/** The board's own MAC address (`part` 0: bytes 0–3, 1: bytes 4–5, memory order); 0 when it has none: configured one. */
// @ts-expect-error: decorator
@external("host", "mac_address")
export declare function host_mac_address(part: i32): u32;

/** Prints `len` bytes of core memory at `text` (ASCII) as one line of the stack's own log. */
// @ts-expect-error: decorator
@external("host", "log")
export declare function host_log(text: usize, len: u32): void;

/** Writes `len` bytes of guest memory to the console stream `fd` (1 out, 2 err). Bytes taken, or -errno. */
// @ts-expect-error: decorator
@external("host", "console_write")
export declare function host_console_write(task: i32, fd: i32, guest: usize, len: u32): i32;

/** Reads up to `len` bytes from the console into guest memory. Bytes read, 0 at end of input, -EAGAIN when none. */
// @ts-expect-error: decorator
@external("host", "console_read")
export declare function host_console_read(task: i32, guest: usize, len: u32): i32;

/** Number of strings in a list of the process: `kind` 0 = arguments, 1 = environment. */
// @ts-expect-error: decorator
@external("host", "strings_count")
export declare function host_strings_count(kind: i32): u32;

/** Bytes of all strings of that list together, each with its terminating NUL. */
// @ts-expect-error: decorator
@external("host", "strings_size")
export declare function host_strings_size(kind: i32): u32;

/** Byte `index` of that list (strings one after the other, each ended by a NUL); 0 past the end. */
// @ts-expect-error: decorator
@external("host", "strings_byte")
export declare function host_strings_byte(kind: i32, index: u32): u32;

/** The application of `task` ends with `code`. The host acts on it when the system call returns. */
// @ts-expect-error: decorator
@external("host", "exit")
export declare function host_exit(task: i32, code: i32): void;

/** Asks for a `core_poll` soon: a timer was armed, or a frame is waiting on the loopback interface. */
// @ts-expect-error: decorator
@external("host", "request_poll")
export declare function host_request_poll(): void;

/** What to add to the monotonic clock to get the time of day, in microseconds since 1970; 0 when unknown. */
// @ts-expect-error: decorator
@external("host", "realtime_offset")
export declare function host_realtime_offset(): u64;
