// Does what no program should, on command: as its argument says, or as a datagram to port 7 says.
//
// "read": reads outside its memory. "write": writes there. "stop": executes `unreachable`. "divide": divides by zero.
// "recurse": calls itself without end. Anything else is sent back.
// Console: "trespass: ready" at each start.
import { htonl, htons } from "socklet/posix/arpa/inet";
import { INADDR_ANY, sockaddr_in } from "socklet/posix/netinet/in";
import { perror, printNumber, puts } from "socklet/posix/stdio";
import { argv, EXIT_FAILURE } from "socklet/posix/stdlib";
import { AF_INET, bind, IntCell, NULL, recvfrom, SOCK_DGRAM, Static, sendto, socket } from "socklet/posix/sys/socket";

/** Far outside of any application's memory. */
const OUTSIDE: u32 = 0x7fff_fff0;

const buffer: usize = memory.data(256, 4);
const address = Static.of<sockaddr_in>();
const length = Static.of<IntCell>();
/** Numbers that the compiler does not know: where to trespass, what to divide by, how deep to go. */
const unknown: usize = memory.data(12, 4);

function readOutside(): void {
  printNumber(load<i32>(load<u32>(unknown)));
}

function writeOutside(): void {
  store<u32>(load<u32>(unknown), 1);
}

function divideByZero(): void {
  printNumber(1 / load<i32>(unknown, 4));
}

function recurse(depth: i32): i32 {
  return depth == 0 ? 0 : recurse(depth - 1) + load<i32>(unknown, 4) + 1;
}

/** Obeys the word at `text`, known by its first letter; returns when it is none of ours. */
function obey(text: usize): void {
  switch (load<u8>(text)) {
    case 0x72: // r
      if (load<u8>(text, 2) == 0x63) printNumber(recurse(load<i32>(unknown, 8)));
      else readOutside();
      break;
    case 0x77: // w
      writeOutside();
      break;
    case 0x73: // s
      unreachable();
      break;
    case 0x64: // d
      divideByZero();
      break;
    default:
      break;
  }
}

export function main(): i32 {
  store<u32>(unknown, OUTSIDE);
  store<i32>(unknown, 1_000_000_000, 8);
  puts("trespass: ready");
  if (argv(1) != NULL) obey(argv(1));
  const fd = socket(AF_INET, SOCK_DGRAM, 0);
  address.sin_family = <u16>AF_INET;
  address.sin_port = htons(7);
  address.sin_addr = htonl(INADDR_ANY);
  if (fd < 0 || bind(fd, address, offsetof<sockaddr_in>()) < 0) {
    perror("bind");
    return EXIT_FAILURE;
  }
  while (true) {
    length.value = <i32>offsetof<sockaddr_in>();
    const received = recvfrom(fd, buffer, 255, 0, address, length);
    if (received < 0) continue;
    store<u8>(buffer + <usize>received, 0);
    obey(buffer);
    sendto(fd, buffer, received, 0, address, length.value);
  }
}
