/** A program that divides by zero, in a function of its own. */
import { fd_write } from "../../../posix/imports";

const TEXT: usize = memory.data<u8>([0x74, 0x69, 0x63, 0x6b, 0x0a]); // "tick\n"
const VECTOR: usize = memory.data(12, 4);

export function divide(a: i32, b: i32): i32 {
  return a / b;
}

store<u32>(VECTOR, <u32>TEXT);
store<u32>(VECTOR + 4, 5);
fd_write(1, VECTOR, 1, VECTOR + 8);
store<i32>(VECTOR, divide(1, load<i32>(VECTOR + 8) - 5));
