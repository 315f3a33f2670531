// Asks a host whether it is there: ICMP echo requests, one a second, and what comes back.
//
// Arguments: its IPv4 address, how many requests (default 4).
// Exit code: 0 when there was an answer, 1 when there was none, 2 when the arguments are wrong.

import { htons, INADDR_NONE, inet_addr, inet_ntoa, ntohs } from "socklet/posix/arpa/inet";
import { EHOSTUNREACH, errno } from "socklet/posix/errno";
import { IPPROTO_ICMP, SOL_RAW, sockaddr_in } from "socklet/posix/netinet/in";
import { iphdr } from "socklet/posix/netinet/ip";
import {
  ICMP_DEST_UNREACH,
  ICMP_ECHO,
  ICMP_ECHOREPLY,
  ICMP_FILTER,
  ICMP_TIME_EXCEEDED,
  icmp_checksum,
  icmp_filter,
  icmphdr,
} from "socklet/posix/netinet/ip_icmp";
import { POLLIN, poll, pollfd } from "socklet/posix/poll";
import { perror, print, printNumber, printUnsigned, puts } from "socklet/posix/stdio";
import { argc, argv, atoi, EXIT_FAILURE, EXIT_SUCCESS, getentropy } from "socklet/posix/stdlib";
import {
  AF_INET,
  MSG_DONTWAIT,
  NULL,
  recvfrom,
  SOCK_RAW,
  Static,
  sendto,
  setsockopt,
  socket,
} from "socklet/posix/sys/socket";
import { CLOCK_MONOTONIC, clock_gettime, timespec } from "socklet/posix/time";
import { close } from "socklet/posix/unistd";

const EXIT_USAGE: i32 = 2;
const COUNT: i32 = 4;
/** Between two requests, and for the last answer, µs. */
const INTERVAL: i64 = 1_000_000;
const MICROSECONDS: i64 = 1_000_000;
/** Bytes of a message: header and data, of which the first eight are the time at which it was sent. */
const ECHO_BYTES: u32 = 8;
const DATA_BYTES: u32 = 56;
const MESSAGE_BYTES: u32 = ECHO_BYTES + DATA_BYTES;
/** The largest IP header, and a message behind it; of errors, which may quote more, the beginning is enough. */
const ANSWER_BYTES: u32 = 60 + ECHO_BYTES + 60 + ECHO_BYTES;

const message: usize = memory.data(MESSAGE_BYTES, 8);
const answer: usize = memory.data(ANSWER_BYTES, 4);
const host = Static.of<sockaddr_in>();
const filter = Static.of<icmp_filter>();
const moment = Static.of<timespec>();
const entry = Static.of<pollfd>();
/** Which answers are ours. */
const identity: usize = memory.data(2, 2);

/** What has been seen: answers, and the shortest, the longest and all of their times, µs. */
@unmanaged
@final
class Statistics {
  received: u32;
  shortest: u32;
  longest: u32;
  sum: u64;
}
const statistics = Static.of<Statistics>();

/** µs of a clock that never goes back. */
function now(): i64 {
  clock_gettime(CLOCK_MONOTONIC, moment);
  return moment.tv_sec * MICROSECONDS + moment.tv_nsec / 1000;
}

/** Prints µs as milliseconds with three decimals. */
function printTime(micros: u32): void {
  printUnsigned(micros / 1000);
  print(".");
  printUnsigned(micros % 1000, 3);
}

/** Sends request number `sequence`. */
function ask(fd: i32, sequence: i32): bool {
  const header = icmphdr.at(message);
  header.type = <u8>ICMP_ECHO;
  header.code = 0;
  header.checksum = 0;
  header.id = load<u16>(identity);
  header.sequence = htons(sequence);
  store<i64>(message + ECHO_BYTES, now());
  // The checksum of an ICMP message is the business of whoever sends it through a raw socket.
  header.checksum = icmp_checksum(message, MESSAGE_BYTES);
  if (sendto(fd, message, MESSAGE_BYTES, 0, host, offsetof<sockaddr_in>()) >= 0) return true;
  if (errno() != EHOSTUNREACH) {
    perror("sendto");
    return false;
  }
  print("icmp_seq=");
  printNumber(sequence);
  puts(" nobody has that address");
  return true;
}

/** Prints an answer of `length` bytes: the IP header, and behind it the message. True when it answers a request of ours. */
function show(length: u32): bool {
  const ip = iphdr.at(answer);
  const headerBytes = ip.headerBytes();
  if (length < headerBytes + ECHO_BYTES) return false;
  const header = icmphdr.at(answer + headerBytes);
  if (header.type != ICMP_ECHOREPLY) return showError(ip, header, answer + length);
  if (length < headerBytes + MESSAGE_BYTES || header.id != load<u16>(identity)) return false;
  const sent = load<i64>(answer + headerBytes + ECHO_BYTES);
  const time = <u32>(now() - sent);
  printUnsigned(length - headerBytes);
  print(" bytes from ");
  print(inet_ntoa(ip.saddr));
  print(": icmp_seq=");
  printUnsigned(ntohs(header.sequence));
  print(" ttl=");
  printUnsigned(ip.ttl);
  print(" time=");
  printTime(time);
  puts(" ms");
  if (!statistics.received || time < statistics.shortest) statistics.shortest = time;
  if (time > statistics.longest) statistics.longest = time;
  statistics.sum += time;
  statistics.received += 1;
  return true;
}

/** Prints that a request did not reach the host. An error, which ends at `end`, quotes what it is about: its IP header and eight bytes. */
function showError(ip: iphdr, header: icmphdr, end: usize): bool {
  const quoted = changetype<usize>(header) + ECHO_BYTES;
  const about = icmphdr.at(quoted + iphdr.at(quoted).headerBytes());
  if (changetype<usize>(about) + ECHO_BYTES > end || about.id != load<u16>(identity)) return false;
  print("From ");
  print(inet_ntoa(ip.saddr));
  print(" icmp_seq=");
  printUnsigned(ntohs(about.sequence));
  puts(header.type == ICMP_TIME_EXCEEDED ? " time to live exceeded" : " destination unreachable");
  return true;
}

/** Prints what comes until `deadline`; when `once`, no longer than until the first answer of ours. */
function listen(fd: i32, deadline: i64, once: bool): void {
  entry.fd = fd;
  entry.events = <i16>POLLIN;
  for (let left = deadline - now(); left > 0; left = deadline - now()) {
    if (poll(entry, 1, <i32>((left + 999) / 1000)) <= 0) continue;
    const length = recvfrom(fd, answer, ANSWER_BYTES, MSG_DONTWAIT, NULL, NULL);
    if (length > 0 && show(length) && once) return;
  }
}

/** Prints the last lines; the exit code. */
function conclude(sent: u32): i32 {
  const received = statistics.received;
  print("--- ");
  print(inet_ntoa(host.sin_addr));
  puts(" ping statistics ---");
  printUnsigned(sent);
  print(" packets transmitted, ");
  printUnsigned(received);
  print(" received, ");
  printUnsigned(sent ? ((sent - min<u32>(received, sent)) * 100) / sent : 0);
  puts("% packet loss");
  if (!received) return EXIT_FAILURE;
  print("rtt min/avg/max = ");
  printTime(statistics.shortest);
  print("/");
  printTime(<u32>(statistics.sum / received));
  print("/");
  printTime(statistics.longest);
  puts(" ms");
  return EXIT_SUCCESS;
}

export function main(): i32 {
  const count = argc() >= 3 ? atoi(argv(2)) : COUNT;
  host.sin_family = <u16>AF_INET;
  host.sin_addr = argc() >= 2 ? inet_addr(argv(1)) : INADDR_NONE;
  if (host.sin_addr == INADDR_NONE || count < 1 || count > 65_535) {
    puts("ping: say whom to ask: an IPv4 address, and how often");
    return EXIT_USAGE;
  }
  const fd = socket(AF_INET, SOCK_RAW, IPPROTO_ICMP);
  if (fd < 0) {
    perror("socket");
    return EXIT_FAILURE;
  }
  // The socket would also see the requests that this device gets, and much else.
  filter.data = ~(((<u32>1) << ICMP_ECHOREPLY) | ((<u32>1) << ICMP_DEST_UNREACH) | ((<u32>1) << ICMP_TIME_EXCEEDED));
  setsockopt(fd, SOL_RAW, ICMP_FILTER, filter, offsetof<icmp_filter>());
  getentropy(identity, 2);
  for (let i: u32 = sizeof<i64>(); i < DATA_BYTES; i++) store<u8>(message + ECHO_BYTES + i, <u8>i);

  print("PING ");
  print(inet_ntoa(host.sin_addr));
  print(": ");
  printUnsigned(DATA_BYTES);
  puts(" data bytes");
  let sent: u32 = 0;
  for (let sequence: i32 = 1; sequence <= count; sequence++) {
    const next = now() + INTERVAL;
    if (!ask(fd, sequence)) return EXIT_FAILURE;
    sent++;
    listen(fd, next, sequence == count);
  }
  close(fd);
  return conclude(sent);
}
