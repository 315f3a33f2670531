// Port 7: what a connection brings goes back on it. One connection at a time, blocking calls, like the first program of a textbook.

import { puts } from "socklet/posix/stdio";
import { EXIT_FAILURE } from "socklet/posix/stdlib";
import { accept, recv, send } from "socklet/posix/sys/socket";
import { close } from "socklet/posix/unistd";
import { listenOn } from "../listening";

const BUFFER_BYTES: u32 = 5840;
const buffer: usize = memory.data(BUFFER_BYTES, 4);

function serve(connection: i32): void {
  while (true) {
    const count = recv(connection, buffer, BUFFER_BYTES, 0);
    if (count <= 0) return;
    // A blocking send takes everything.
    if (send(connection, buffer, count, 0) != count) return;
  }
}

export function main(): i32 {
  const server = listenOn(7);
  if (server < 0) {
    puts("cannot listen");
    return EXIT_FAILURE;
  }
  puts("listening");
  while (true) {
    const connection = accept(server, 0, 0);
    if (connection < 0) continue;
    serve(connection);
    close(connection);
  }
}
