/** What strerror says of each errno that a system call here can give; from it comes posix/zsock/error-text.ts. */

/** Zephyr's number, and the text. */
export const ERROR_TEXT: readonly (readonly [number: number, text: string])[] = [
  [1, "Not permitted"],
  [2, "No such entry"],
  [5, "Input/output error"],
  [7, "Arguments too long"],
  [9, "Bad file descriptor"],
  [11, "Would block, or timed out"],
  [12, "Out of memory"],
  [13, "Permission denied"],
  [14, "Bad address"],
  [17, "Already there"],
  [19, "No such device"],
  [22, "Invalid argument"],
  [23, "No socket left in the system"],
  [24, "Too many open descriptors"],
  [28, "No space left"],
  [29, "Cannot seek"],
  [32, "Broken pipe"],
  [33, "Out of domain"],
  [88, "Function not implemented"],
  [95, "Operation not supported"],
  [104, "Connection reset by peer"],
  [105, "No buffer left"],
  [106, "Address family not supported"],
  [107, "Wrong protocol for this type"],
  [108, "Not a socket"],
  [109, "Option not available"],
  [111, "Connection refused"],
  [112, "Address already in use"],
  [113, "Connection aborted"],
  [114, "Network unreachable"],
  [115, "Network is down"],
  [116, "Connection timed out"],
  [118, "Host unreachable"],
  [119, "Connection in progress"],
  [120, "Already connecting"],
  [121, "Destination address required"],
  [122, "Message too long"],
  [123, "Protocol not supported"],
  [125, "Address not available"],
  [126, "Connection aborted by network"],
  [127, "Already connected"],
  [128, "Not connected"],
];

/** The text of posix/zsock/error-text.ts. */
export function errorTextModule(): string {
  const entries = ERROR_TEXT.map(
    ([number, text]) => `      // ${number} ${text}\n${wrap([number, ...Buffer.from(`${text}\0`, "ascii")])}`,
  );
  return `/**
 * Texts of strerror: for each errno its number in one byte, the text, a zero byte; a zero byte after the last.
 * Generated from runtime/syscall/table/error-text.ts by generate-declarations.ts: do not edit.
 */
export class ErrorText {
  /** usize → u8[]: the entries, by rising number. Present only in programs that ask for a text. */
  static entries(): usize {
    // biome-ignore format: one entry after the other
    return memory.data<u8>([
${entries.join("\n")}
      0,
    ]);
  }
}
`;
}

/**
 * The text of posix/zsock/error-name.ts, for the same errnos.
 * @param constants text of posix/errno.ts, which has the names
 */
export function errorNameModule(constants: string): string {
  const names = new Map<number, string>();
  for (const [, name, number] of constants.matchAll(/^export const (E\w+): i32 = (\d+);/gm)) {
    // Of two names of one number the first counts.
    if (!names.has(Number(number))) names.set(Number(number), name as string);
  }
  const entries = ERROR_TEXT.map(([number]) => {
    const name = names.get(number);
    if (name === undefined) throw new Error(`posix/errno.ts has no name for ${number}`);
    return `      // ${number} ${name}\n${wrap([number, ...Buffer.from(`${name}\0`, "ascii")])}`;
  });
  return `/**
 * Names of errnos: for each its number in one byte, the name, a zero byte; a zero byte after the last.
 * Generated from posix/errno.ts by generate-declarations.ts: do not edit.
 */
export class ErrorName {
  /** usize → u8[]: the entries, by rising number. Present only in programs that ask for a name. */
  static entries(): usize {
    // biome-ignore format: one entry after the other
    return memory.data<u8>([
${entries.join("\n")}
      0,
    ]);
  }

  /** The name of an errno: usize → C string; "E" for one that is not here. */
  static of(error: i32): usize {
    let entry = ErrorName.entries();
    while (load<u8>(entry)) {
      if (<i32>load<u8>(entry) == error) return entry + 1;
      do entry++;
      while (load<u8>(entry));
      entry++;
    }
    return memory.data<u8>([69, 0]);
  }
}
`;
}

function wrap(bytes: readonly number[]): string {
  return `      ${bytes.join(", ")},`;
}
