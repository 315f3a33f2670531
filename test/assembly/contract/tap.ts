/** The lines that a contract program prints: `ok 1 title`, `not ok 2 title # why`, at the end the plan `1..2`. */
import { errno } from "socklet/posix/errno";
import { print, printNumber, puts } from "socklet/posix/stdio";
import { exit } from "socklet/posix/stdlib";

class State {
  /** usize → u32 checks so far, u32 failures */
  static block(): usize {
    return memory.data(8, 4);
  }

  static next(holds: bool, title: string): void {
    const block = State.block();
    const number = load<u32>(block) + 1;
    store<u32>(block, number);
    if (!holds) {
      store<u32>(block, load<u32>(block, 4) + 1, 4);
      print("not ");
    }
    print("ok ");
    printNumber(number);
    print(" ");
    print(title);
  }
}

/** `holds` must be true. */
export function check(holds: bool, title: string): void {
  State.next(holds, title);
  puts("");
}

/** `actual` must be `expected`. */
export function equal(actual: i32, expected: i32, title: string): void {
  State.next(actual == expected, title);
  if (actual != expected) {
    print(" # got ");
    printNumber(actual);
    print(", not ");
    printNumber(expected);
    if (actual == -1) {
      print(", errno ");
      printNumber(errno());
    }
  }
  puts("");
}

/** A call that answered `result` must have failed with `error`. */
export function fails(result: i32, error: i32, title: string): void {
  const holds = result == -1 && errno() == error;
  State.next(holds, title);
  if (!holds) {
    print(" # got ");
    printNumber(result);
    print(", errno ");
    printNumber(errno());
    print(", not errno ");
    printNumber(error);
  }
  puts("");
}

/** Prints the plan and ends the program with the number of failures. */
export function done(): void {
  const block = State.block();
  print("1..");
  printNumber(load<i32>(block));
  puts("");
  exit(load<i32>(block, 4));
}
