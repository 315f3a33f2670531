/** stdlib.h: ending the program, its arguments, its environment, numbers from text, randomness. */

import { E2BIG } from "./errno";
import { args_get, args_sizes_get, environ_get, environ_sizes_get, proc_exit, random_get } from "./imports";
import { Output } from "./zsock/output";
import { Result } from "./zsock/result";
import { NULL } from "./zsock/types";

export const EXIT_SUCCESS: i32 = 0;
export const EXIT_FAILURE: i32 = 1;

/** Most strings that the arguments, and likewise the environment, may have. */
const MAX_STRINGS: u32 = 16;
/** Bytes that they may have together, zero bytes included. */
const MAX_BYTES: u32 = 256;
/** Pointers, then the text, then count and size, then 1 once it has been read. */
const TEXT: usize = 64;
const COUNT: usize = 320;
const SIZE: usize = 324;
const READ: usize = 328;
const BLOCK_BYTES: i32 = 332;

const ZERO: u32 = 0x30;
const MINUS: u32 = 0x2d;
const EQUALS: u32 = 0x3d;

/** Arguments and environment, each read from the host when it is first asked for. */
class Process {
  /** usize → u8[332] */
  static argumentsBlock(): usize {
    const block: usize = memory.data(BLOCK_BYTES, 4);
    if (load<u32>(block, READ)) return block;
    const wasi = args_sizes_get(block + COUNT, block + SIZE);
    if (Process.fits(block, wasi)) Process.done(block, args_get(block, block + TEXT));
    return block;
  }

  /** usize → u8[332] */
  static environmentBlock(): usize {
    const block: usize = memory.data(BLOCK_BYTES, 4);
    if (load<u32>(block, READ)) return block;
    const wasi = environ_sizes_get(block + COUNT, block + SIZE);
    if (Process.fits(block, wasi)) Process.done(block, environ_get(block, block + TEXT));
    return block;
  }

  /** Whether there is room for the strings; if not the count becomes 0 and errno says why. */
  static fits(block: usize, wasi: i32): bool {
    if (wasi) Result.failed(wasi);
    else if (load<u32>(block, COUNT) > MAX_STRINGS || load<u32>(block, SIZE) > MAX_BYTES) Result.error(E2BIG);
    else return true;
    store<u32>(block, 0, COUNT);
    return false;
  }

  static done(block: usize, wasi: i32): void {
    if (wasi) {
      Result.failed(wasi);
      store<u32>(block, 0, COUNT);
    } else {
      store<u32>(block, 1, READ);
    }
  }
}

/** Ends the program: writes out the console's buffer, closes all descriptors, hands `code` to the host. Does not return. */
export function exit(code: i32): void {
  Output.flush();
  proc_exit(code);
  unreachable();
}

/**
 * Number of arguments, the program's name included.
 * 0 with errno E2BIG when there are more than 16 of them or they have more than 256 bytes together.
 */
export function argc(): i32 {
  return load<i32>(Process.argumentsBlock(), COUNT);
}

/** Argument `index`, 0 being the program's name: usize → C string, or NULL when there is none. */
export function argv(index: i32): usize {
  const block = Process.argumentsBlock();
  return <u32>index < load<u32>(block, COUNT) ? <usize>load<u32>(block + ((<usize>index) << 2)) : NULL;
}

/**
 * A variable of the environment.
 *
 * @param name string literal, ASCII
 * @returns usize → C string with its value, or NULL when it is not set; NULL with errno E2BIG when the environment has more than 16
 *   variables or more than 256 bytes
 * @see POSIX getenv()
 */
export function getenv(name: string): usize {
  const block = Process.environmentBlock();
  const count = load<u32>(block, COUNT);
  const length: u32 = name.length;
  for (let i: u32 = 0; i < count; i++) {
    const variable: usize = load<u32>(block + ((<usize>i) << 2));
    let at: u32 = 0;
    while (at < length && <u32>load<u8>(variable + at) == <u32>load<u16>(changetype<usize>(name) + ((<usize>at) << 1)))
      at++;
    if (at == length && load<u8>(variable + at) == EQUALS) return variable + at + 1;
  }
  return NULL;
}

/** The number that the C string `text` begins with, in decimal, with a minus sign or not; 0 when there is none. */
export function atoi(text: usize): i32 {
  const negative = <u32>load<u8>(text) == MINUS;
  let at = negative ? text + 1 : text;
  let value: i32 = 0;
  let digit = <u32>load<u8>(at) - ZERO;
  while (digit < 10) {
    value = value * 10 + <i32>digit;
    at++;
    digit = <u32>load<u8>(at) - ZERO;
  }
  return negative ? -value : value;
}

/**
 * Fills memory with random bytes, fit for keys where the board has a source of entropy.
 *
 * @param buffer usize → u8[length]
 * @returns 0, or -1 with errno EFAULT (buffer)
 * @see POSIX getentropy(), without its limit of 256 bytes
 */
export function getentropy(buffer: usize, length: u32): i32 {
  return Result.of(random_get(buffer, <i32>length));
}
