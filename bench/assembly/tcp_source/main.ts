// Port 19: sends numbered bytes until the peer closes, and says how much it was and how long it took.

import { print, printUnsigned, puts } from "socklet/posix/stdio";
import { EXIT_FAILURE } from "socklet/posix/stdlib";
import { accept, send } from "socklet/posix/sys/socket";
import { close } from "socklet/posix/unistd";
import { listenOn, microseconds } from "../listening";

/** Four segments; the pattern does not repeat with them, and every send begins at a multiple of 4. */
const BUFFER_BYTES: u32 = 5840;
const PERIOD: u32 = 252;
const buffer: usize = memory.data(BUFFER_BYTES + PERIOD, 4);

export function main(): i32 {
  for (let i: u32 = 0; i < BUFFER_BYTES + PERIOD; i++) store<u8>(buffer + i, <u8>(i % PERIOD));
  const server = listenOn(19);
  if (server < 0) {
    puts("cannot listen");
    return EXIT_FAILURE;
  }
  puts("listening");
  while (true) {
    const connection = accept(server, 0, 0);
    if (connection < 0) continue;
    const begin = microseconds();
    let total: u32 = 0;
    while (true) {
      const count = send(connection, buffer + (total % PERIOD), BUFFER_BYTES, 0);
      if (count <= 0) break;
      total += count;
    }
    const time = microseconds() - begin;
    close(connection);
    printUnsigned(total);
    print(" bytes in ");
    printUnsigned(time);
    puts(" us");
  }
}
