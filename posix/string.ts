/** string.h: C strings (usize → u8[], ended by a zero byte). */
import { ErrorText } from "./zsock/error-text";

/** Bytes of the C string before its zero byte. */
export function strlen(text: usize): u32 {
  let end = text;
  while (load<u8>(end)) end++;
  return <u32>(end - text);
}

/** Below 0, 0 or above: how the C strings `a` and `b` compare as unsigned bytes. */
export function strcmp(a: usize, b: usize): i32 {
  while (load<u8>(a) != 0 && load<u8>(a) == load<u8>(b)) {
    a++;
    b++;
  }
  return <i32>load<u8>(a) - <i32>load<u8>(b);
}

/**
 * A sentence for an errno: usize → C string; "Unknown error" for a number that no call here gives.
 * The sentences cost about 1 KiB of memory in programs that use this or perror.
 */
export function strerror(error: i32): usize {
  let entry = ErrorText.entries();
  while (load<u8>(entry)) {
    const text = entry + 1;
    if (<i32>load<u8>(entry) == error) return text;
    entry = text + <usize>strlen(text) + 1;
  }
  return UnknownError.text();
}

class UnknownError {
  static text(): usize {
    return memory.data<u8>([85, 110, 107, 110, 111, 119, 110, 32, 101, 114, 114, 111, 114, 0]);
  }
}
