/**
 * A program for tests of the Node host: prints three times, sleeps a quarter of a second in between, and exits with the code 7.
 */
import { fd_write, proc_exit, socklet_poll } from "../../../posix/imports";

const TEXT: usize = memory.data<u8>([0x74, 0x69, 0x63, 0x6b, 0x0a]); // "tick\n"
const VECTOR: usize = memory.data(16, 4);

for (let i: i32 = 0; i < 3; i++) {
  store<u32>(VECTOR, <u32>TEXT);
  store<u32>(VECTOR + 4, 5);
  fd_write(1, VECTOR, 1, VECTOR + 8);
  if (i < 2) socklet_poll(0, 0, 250, VECTOR + 12);
}
proc_exit(7);
