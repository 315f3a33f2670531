/**
 * A program for tests of the Node host: prints three times, sleeps a quarter of a second in between, and exits with the code 7.
 */
// @ts-ignore: decorator
@external("wasi_snapshot_preview1", "fd_write")
declare function fd_write(fd: i32, iovs: usize, count: i32, written: usize): i32;
// @ts-ignore: decorator
@external("wasi_snapshot_preview1", "proc_exit")
declare function proc_exit(code: i32): void;
// @ts-ignore: decorator
@external("socklet_v1", "poll")
declare function poll(fds: usize, nfds: i32, timeout: i32, nready: usize): i32;

const TEXT: usize = memory.data<u8>([0x74, 0x69, 0x63, 0x6b, 0x0a]); // "tick\n"
const VECTOR: usize = memory.data(16, 4);

for (let i = 0; i < 3; i++) {
  store<u32>(VECTOR, <u32>TEXT);
  store<u32>(VECTOR + 4, 5);
  fd_write(1, VECTOR, 1, VECTOR + 8);
  if (i < 2) poll(0, 0, 250, VECTOR + 12);
}
proc_exit(7);
