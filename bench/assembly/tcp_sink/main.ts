// Port 9: reads what a connection brings, and says at its end how much it was and how long it took.

import { print, printUnsigned, puts } from "socklet/posix/stdio";
import { EXIT_FAILURE } from "socklet/posix/stdlib";
import { accept, recv } from "socklet/posix/sys/socket";
import { close } from "socklet/posix/unistd";
import { listenOn, microseconds } from "../listening";

const BUFFER_BYTES: u32 = 5840;
const buffer: usize = memory.data(BUFFER_BYTES, 4);

export function main(): i32 {
  const server = listenOn(9);
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
      const count = recv(connection, buffer, BUFFER_BYTES, 0);
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
