/** Errors as values: an errno with its name and its sentence. */
import { errno } from "../errno";
import { fflush, print, printNumber, puts } from "../stdio";
import { strerror } from "../string";
import { ErrorName } from "../zsock/error-name";

/** Why the last call of this program that failed did: an errno of socklet/posix/errno. */
export function lastError(): i32 {
  return errno();
}

/** Its name: usize → C string, "ECONNREFUSED"; "E" and nothing more for a number that no call here gives. */
export function errorName(error: i32): usize {
  return ErrorName.of(error);
}

/** A sentence about it: usize → C string, "Connection refused". */
export function errorText(error: i32): usize {
  return strerror(error);
}

/**
 * Prints what was tried and why it failed: "connect: ECONNREFUSED (111): Connection refused". The names and sentences cost about 2 KiB of
 * memory in programs that print them.
 *
 * @param what string, or usize → C string
 */
export function printError<S>(what: S): void {
  const error = lastError();
  print<S>(what);
  print<string>(": ");
  print<usize>(errorName(error));
  print<string>(" (");
  printNumber(error);
  print<string>("): ");
  puts<usize>(errorText(error));
  fflush();
}
