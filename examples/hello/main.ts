// What a program finds around it: the console, its arguments, its environment, clocks, random numbers, an exit code.
//
// The exit code is the number that the variable EXIT_CODE says, or 0.

import { print, printHex, printNumber, printUnsigned, puts } from "socklet/posix/stdio";
import { argc, argv, atoi, EXIT_SUCCESS, getentropy, getenv } from "socklet/posix/stdlib";
import { NULL, Static } from "socklet/posix/sys/socket";
import { CLOCK_MONOTONIC, clock_gettime, timespec } from "socklet/posix/time";
import { usleep } from "socklet/posix/unistd";

const before = Static.of<timespec>();
const after = Static.of<timespec>();
const random: usize = memory.data(4, 4);

/** Prints `time` in seconds with three decimals. */
function printTime(time: timespec): void {
  printNumber(<i32>time.tv_sec);
  print(".");
  printUnsigned(time.tv_nsec / 1_000_000, 3);
  puts(" s");
}

export function main(): i32 {
  const greeting = getenv("GREETING");
  if (greeting != NULL) print(greeting);
  else print("Good day");
  puts(" from socklet!");

  for (let i: i32 = 0; i < argc(); i++) {
    print("argument ");
    printNumber(i);
    print(": ");
    puts(argv(i));
  }

  clock_gettime(CLOCK_MONOTONIC, before);
  usleep(20_000);
  clock_gettime(CLOCK_MONOTONIC, after);
  print("up for ");
  printTime(before);
  print("after a pause of 20 ms: ");
  printTime(after);

  getentropy(random, 4);
  print("a random number: 0x");
  printHex(load<u32>(random), 8);
  puts("");

  const code = getenv("EXIT_CODE");
  return code == NULL ? EXIT_SUCCESS : atoi(code);
}
