/** An application that only computes: whatever the driver does, an interrupt has brought it. */
export function _start(): void {
  let n: u32 = 1;
  while (n != 0) n = n * 1664525 + 1013904223 || 1;
}
