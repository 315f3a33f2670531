// Computes for some seconds without a single system call while a socket is open, then answers what has come meanwhile.
//
// Argument: seconds. Console: "computing", then "computed for N ms", then "received N datagrams".
// Exit code: 0 when it computed at least that long.
import { htonl, htons } from "socklet/posix/arpa/inet";
import { INADDR_ANY, sockaddr_in } from "socklet/posix/netinet/in";
import { fflush, perror, print, printNumber, puts } from "socklet/posix/stdio";
import { argv, atoi, EXIT_FAILURE, EXIT_SUCCESS } from "socklet/posix/stdlib";
import {
  AF_INET,
  bind,
  IntCell,
  MSG_DONTWAIT,
  NULL,
  recvfrom,
  SOCK_DGRAM,
  Static,
  sendto,
  socket,
} from "socklet/posix/sys/socket";
import { uptimeMilliseconds } from "socklet/posix/time";

const DEFAULT_SECONDS: u32 = 5;
/** The loop is timed with ever more rounds until it takes this long, milliseconds. */
const MEASURABLE: u32 = 200;
const FIRST_ROUNDS: u32 = 10_000;
/** No machine needs more than this for MEASURABLE: a clock that stands still must not keep us here. */
const MOST_ROUNDS: u32 = 1_000_000_000;

const buffer: usize = memory.data(256, 4);
const address = Static.of<sockaddr_in>();
const length = Static.of<IntCell>();
const sum: usize = memory.data(4, 4);

/** Something that takes time and that no compiler can leave out. */
function compute(rounds: u32): void {
  let value = load<u32>(sum);
  for (let i: u32 = 0; i < rounds; i++) value = (value * 1_664_525 + 1_013_904_223) ^ (value >> 7);
  store<u32>(sum, value);
}

/** Milliseconds that `rounds` take. */
function measure(rounds: u32): u32 {
  const begin = uptimeMilliseconds();
  compute(rounds);
  return uptimeMilliseconds() - begin;
}

/** Rounds that take a tenth of a second when nothing else keeps the machine busy: so in truth they take longer. */
function roundsPerTenth(): u32 {
  let rounds = FIRST_ROUNDS;
  let passed = measure(rounds);
  while (passed < MEASURABLE && rounds < MOST_ROUNDS) {
    rounds *= 2;
    passed = measure(rounds);
  }
  for (let again: u32 = 0; again < 4; again++) passed = min(passed, measure(rounds));
  return passed == 0 ? rounds : (rounds / passed) * 100;
}

export function main(): i32 {
  const fd = socket(AF_INET, SOCK_DGRAM, 0);
  address.sin_family = <u16>AF_INET;
  address.sin_port = htons(7);
  address.sin_addr = htonl(INADDR_ANY);
  if (fd < 0 || bind(fd, address, offsetof<sockaddr_in>()) < 0) {
    perror("bind");
    return EXIT_FAILURE;
  }
  const seconds = argv(1) == NULL ? DEFAULT_SECONDS : <u32>atoi(argv(1));
  const rounds = roundsPerTenth();
  puts("computing");
  fflush();
  const begin = uptimeMilliseconds();
  // A third more than asked for, since the measurement is not exact. No system call in here.
  for (let tenth: u32 = 0; tenth < seconds * 13; tenth++) compute(rounds);
  const passed = uptimeMilliseconds() - begin;
  print("computed for ");
  printNumber(passed);
  puts(" ms");

  let datagrams: i32 = 0;
  while (true) {
    length.value = <i32>offsetof<sockaddr_in>();
    const received = recvfrom(fd, buffer, 256, MSG_DONTWAIT, address, length);
    if (received < 0) break;
    sendto(fd, buffer, received, 0, address, length.value);
    datagrams++;
  }
  print("received ");
  printNumber(datagrams);
  puts(" datagrams");
  return passed >= seconds * 1000 ? EXIT_SUCCESS : EXIT_FAILURE;
}
