// A stream that is checked, in turn to the board (port 9) and from it (port 19): as many bytes as the argument says, up to 2 MiB.
//
// The word at offset 4 × i is i times an odd number, so that no two words are the same: what is lost, doubled or in the wrong place is
// noticed. All of it has its place in memory, and is compared there when the clock has stopped: checking costs the transfer nothing.

import { print, printUnsigned, puts } from "socklet/posix/stdio";
import { argc, argv, atoi, EXIT_FAILURE } from "socklet/posix/stdlib";
import { accept, recv, SHUT_WR, send, shutdown } from "socklet/posix/sys/socket";
import { close } from "socklet/posix/unistd";
import { listenOn, microseconds } from "../listening";

const MOST_BYTES: u32 = 2_097_152;
/** Most that one call is asked to move; a stream that is too long overruns by no more. */
const CALL_BYTES: u32 = 8760;
/** 2^32 divided by the golden ratio. */
const FACTOR: u32 = 0x9e37_79b1;
const buffer: usize = memory.data(MOST_BYTES + CALL_BYTES, 4);

function fill(length: u32): void {
  for (let i: u32 = 0; i < length; i += 4) store<u32>(buffer + i, (i >>> 2) * FACTOR);
}

/** The first byte that is not what was sent, as far as its word tells; `length` when all are right. */
function firstWrong(length: u32): u32 {
  for (let i: u32 = 0; i < length; i += 4) if (load<u32>(buffer + i) != (i >>> 2) * FACTOR) return i;
  return length;
}

/** Reads until the peer has sent all, or more than `length` bytes: how many came. */
function receive(connection: i32, length: u32): u32 {
  let total: u32 = 0;
  while (total <= length) {
    const count = recv(connection, buffer + total, CALL_BYTES, 0);
    if (count <= 0) break;
    total += count;
  }
  return total;
}

/** Sends `length` bytes and waits until the peer, which has them all, closes: how many went. */
function pour(connection: i32, length: u32): u32 {
  let total: u32 = 0;
  while (total < length) {
    const count = send(connection, buffer + total, min(CALL_BYTES, length - total), 0);
    if (count <= 0) return total;
    total += count;
  }
  shutdown(connection, SHUT_WR);
  return recv(connection, buffer, 4, 0) == 0 ? total : 0;
}

function report(name: string, total: u32, time: u32): void {
  print(name);
  print(": ");
  printUnsigned(total);
  print(" bytes in ");
  printUnsigned(time);
  print(" us");
}

export function main(): i32 {
  const length: u32 = argc() > 1 ? atoi(argv(1)) : 0;
  const sink = listenOn(9);
  const source = listenOn(19);
  if (sink < 0 || source < 0 || length == 0 || length > MOST_BYTES || length % 4 != 0) {
    puts("cannot listen, or the argument is no length");
    return EXIT_FAILURE;
  }
  puts("listening");
  while (true) {
    memory.fill(buffer, 0, length);
    let connection = accept(sink, 0, 0);
    let begin = microseconds();
    let total = receive(connection, length);
    report("sink", total, microseconds() - begin);
    close(connection);
    print(", right up to ");
    printUnsigned(firstWrong(min(total & ~3, length)));
    puts("");

    fill(length);
    connection = accept(source, 0, 0);
    begin = microseconds();
    total = pour(connection, length);
    report("source", total, microseconds() - begin);
    close(connection);
    puts("");
  }
}
