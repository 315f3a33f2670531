// What a program finds around it: arguments, environment, clocks, random numbers; and addresses as text.
import {
  htonl,
  htons,
  inet_addr,
  inet_aton,
  inet_ntoa,
  inet_ntop,
  inet_pton,
  ntohl,
  ntohs,
} from "socklet/posix/arpa/inet";
import { EAFNOSUPPORT, EINVAL, ENOSPC, errno, setErrno, strerror } from "socklet/posix/errno";
import { perror } from "socklet/posix/stdio";
import { argc, argv, atoi, getentropy, getenv } from "socklet/posix/stdlib";
import { strcmp, strlen } from "socklet/posix/string";
import { AF_INET, AF_INET6, NULL } from "socklet/posix/sys/socket";
import {
  CLOCK_MONOTONIC,
  CLOCK_REALTIME,
  clock_gettime,
  nanosleep,
  timespec,
  uptimeMilliseconds,
} from "socklet/posix/time";
import { usleep } from "socklet/posix/unistd";
import { Static } from "../sockets";
import { check, done, equal, fails } from "../tap";

const buffer: usize = memory.data(64, 4);
const other: usize = memory.data(64, 4);
const time = Static.of<timespec>();
const later = Static.of<timespec>();

/** Whether the C string is `expected` (ASCII). */
function reads(text: usize, expected: string): bool {
  if (text == NULL || strlen(text) != <u32>expected.length) return false;
  for (let i: i32 = 0; i < expected.length; i++) {
    if (<i32>load<u8>(text + i) != expected.charCodeAt(i)) return false;
  }
  return true;
}

function surroundings(): void {
  equal(argc(), 4, "the name and three arguments");
  check(argv(0) != NULL && strlen(argv(0)) > 0, "the program's name is the first");
  check(reads(argv(1), "first"), "the first argument");
  check(reads(argv(2), "2nd"), "the second argument");
  equal(atoi(argv(2)), 2, "atoi stops at what is no digit");
  equal(atoi(argv(3)), -3, "atoi knows the minus sign");
  equal(atoi(argv(1)), 0, "atoi of what is no number is 0");
  check(argv(4) == NULL, "there is no fourth argument");
  check(argv(-1) == NULL, "and none before the first");
  check(reads(getenv("NAME"), "value"), "a variable of the environment");
  check(reads(getenv("NAMES"), "others"), "one whose name begins the same");
  check(reads(getenv("EMPTY"), ""), "an empty one");
  check(getenv("NAM") == NULL, "the beginning of a name is not the name");
  check(getenv("MISSING") == NULL, "one that is not set");
  check(reads(getenv("SOCKLET_ABI"), "1"), "SOCKLET_ABI says that socklet_v1 is there");
}

function clocks(): void {
  equal(clock_gettime(CLOCK_MONOTONIC, time), 0, "the monotonic clock");
  check(time.tv_sec >= 0 && <u32>time.tv_nsec < 1_000_000_000, "has less than 1,000,000,000 nanoseconds");
  let backwards: i32 = 0;
  let last = time.tv_sec * 1_000_000_000 + time.tv_nsec;
  for (let i: i32 = 0; i < 200; i++) {
    clock_gettime(CLOCK_MONOTONIC, later);
    const now = later.tv_sec * 1_000_000_000 + later.tv_nsec;
    if (now < last) backwards++;
    last = now;
  }
  equal(backwards, 0, "never goes back");
  equal(clock_gettime(CLOCK_REALTIME, time), 0, "the time of day");
  fails(clock_gettime(99, time), EINVAL, "an unknown clock: EINVAL");
  const begin = uptimeMilliseconds();
  equal(usleep(25_000), 0, "a pause of 25 ms");
  const passed = uptimeMilliseconds() - begin;
  check(passed >= 25 && passed < 1000, "takes 25 ms");
  time.tv_sec = 0;
  time.tv_nsec = 15_000_000;
  clock_gettime(CLOCK_MONOTONIC, later);
  const from = later.tv_sec * 1_000_000_000 + later.tv_nsec;
  equal(nanosleep(time), 0, "nanosleep of 15 ms");
  clock_gettime(CLOCK_MONOTONIC, later);
  check(later.tv_sec * 1_000_000_000 + later.tv_nsec - from >= 15_000_000, "takes 15 ms");
  time.tv_nsec = 1_000_000_000;
  fails(nanosleep(time), EINVAL, "1,000,000,000 nanoseconds: EINVAL");
  time.tv_nsec = -1;
  fails(nanosleep(time), EINVAL, "negative nanoseconds: EINVAL");
}

function randomness(): void {
  store<u64>(buffer + 32, 0);
  equal(getentropy(buffer, 32), 0, "32 random bytes");
  equal(getentropy(other, 32), 0, "and 32 more");
  let same: i32 = 0;
  for (let i: usize = 0; i < 32; i++) same += i32(load<u8>(buffer + i) == load<u8>(other + i));
  check(same < 16, "differ");
  check(load<u64>(buffer + 32) == 0, "the bytes behind them stay");
  store<u8>(buffer + 5, 0);
  equal(getentropy(buffer, 5), 0, "5 bytes");
  check(load<u8>(buffer + 5) == 0, "are 5 bytes");
  equal(getentropy(buffer, 0), 0, "and 0 are possible");
}

function order(): void {
  equal(htons(0x1234), 0x3412, "htons exchanges the bytes");
  equal(ntohs(0xff00), 0x00ff, "ntohs too");
  check(htonl(0x12345678) == 0x78563412, "htonl turns the bytes around");
  check(ntohl(0x0100007f) == 0x7f000001, "ntohl too");
}

/** Whether inet_aton refuses `text`. */
function refused(text: string): bool {
  store<u32>(buffer, 0xa5a5a5a5);
  return inet_aton(text, buffer) == 0 && load<u32>(buffer) == 0xa5a5a5a5;
}

function text(): void {
  check(inet_addr("192.0.2.129") == 0x810200c0, "inet_addr reads an address");
  check(inet_addr("0.0.0.0") == 0, "0.0.0.0");
  check(inet_addr("255.255.255.254") == 0xfeffffff, "255.255.255.254");
  check(
    refused("") && refused("1") && refused("1.2.3") && refused("1.2.3.4.5"),
    "too few and too many parts are refused",
  );
  check(refused("1.2.3.256") && refused("1.2.3.1000") && refused("4294967296.0.0.1"), "numbers above 255 are refused");
  check(refused("1..2.3") && refused(".1.2.3.4") && refused("1.2.3.4."), "dots in wrong places are refused");
  check(
    refused("1.2.3.4 ") && refused(" 1.2.3.4") && refused("1.2.3.a") && refused("0x1.2.3.4"),
    "other characters are refused",
  );
  check(refused("01.2.3.4") && refused("1.2.3.00"), "leading zeros are refused: some read them as octal");
  check(refused("1.2.3.4İ"), "a character beyond ASCII is refused");
  equal(inet_pton(AF_INET, "10.1.2.3", buffer), 1, "inet_pton reads an address");
  check(load<u32>(buffer) == 0x0302010a, "in network order");
  equal(inet_pton(AF_INET, "10.1.2", buffer), 0, "inet_pton answers 0 for what is none");
  fails(inet_pton(AF_INET6, "1.2.3.4", buffer), EAFNOSUPPORT, "another family: EAFNOSUPPORT");
  check(reads(inet_ntoa(htonl(0xc0000281)), "192.0.2.129"), "inet_ntoa writes an address");
  check(reads(inet_ntoa(0), "0.0.0.0"), "0.0.0.0");
  check(reads(inet_ntoa(0xffffffff), "255.255.255.255"), "255.255.255.255");
  check(inet_addr(inet_ntoa(htonl(0x0a141e63))) == htonl(0x0a141e63), "inet_addr reads a C string too");
  store<u32>(buffer, htonl(0xc0000201));
  check(
    inet_ntop(AF_INET, buffer, other, 10) == other && reads(other, "192.0.2.1"),
    "inet_ntop fills what just suffices",
  );
  check(inet_ntop(AF_INET, buffer, other, 9) == NULL, "and not less");
  equal(errno(), ENOSPC, "but ENOSPC");
  setErrno(0);
  check(inet_ntop(AF_INET6, buffer, other, 64) == NULL && errno() == EAFNOSUPPORT, "another family: EAFNOSUPPORT");
  setErrno(EINVAL);
  perror("process");
  equal(errno(), EINVAL, "perror says it in words and leaves errno alone");
  check(reads(strerror(112), "Address already in use"), "strerror knows errors");
  check(reads(strerror(12345), "Unknown error"), "and says what it does not know");
  check(strcmp(strerror(1), strerror(1)) == 0 && strcmp(strerror(11), strerror(9)) > 0, "strcmp compares");
}

surroundings();
clocks();
randomness();
order();
text();
done();
