/**
 * stdio.h, as far as firmware needs it: printing to the console without a heap.
 *
 * Text is an AssemblyScript string or a C string (usize → u8[], ended by a zero byte). Output is kept until a line is complete, the
 * buffer of 128 bytes is full, or fflush() is called; exit() writes what is left.
 */
import { errno } from "./errno";
import { strerror } from "./string";
import { Output } from "./zsock/output";

/** Prints `text`. */
export function print<S>(text: S): void {
  const at = changetype<usize>(text);
  if (isString<S>()) Output.utf16(at, changetype<string>(text).length);
  else Output.text(at);
}

/** Prints `text` and ends the line. */
export function puts<S>(text: S): void {
  print<S>(text);
  Output.byte(Output.NEWLINE);
}

/** Prints one character, a byte. */
export function putchar(character: i32): void {
  Output.byte(<u32>character);
}

/** Prints `value` in decimal. */
export function printNumber(value: i32): void {
  if (value < 0) Output.byte(Output.MINUS);
  Output.decimal(value < 0 ? <u32>0 - <u32>value : <u32>value, 1);
}

/** Prints `value` in decimal, with zeros in front up to `digits` digits. */
export function printUnsigned(value: u32, digits: u32 = 1): void {
  Output.decimal(value, digits);
}

/** Prints the last `digits` (1 to 8) hexadecimal digits of `value`. */
export function printHex(value: u32, digits: u32): void {
  Output.hexadecimal(value, digits);
}

/** Writes out what has been printed and not yet written. */
export function fflush(): void {
  Output.flush();
}

/** Prints `what`, a colon and the sentence for errno, with its number: "bind: Address already in use (112)". */
export function perror<S>(what: S): void {
  const error = errno();
  print<S>(what);
  Output.byte(Output.COLON);
  Output.byte(Output.SPACE);
  Output.text(strerror(error));
  Output.byte(Output.SPACE);
  Output.byte(Output.OPENING);
  printNumber(error);
  Output.byte(Output.CLOSING);
  Output.byte(Output.NEWLINE);
}
