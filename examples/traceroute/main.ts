// Shows the way to a host: probes with a TTL of 1, 2, 3 … end at one router after the other, and each says so.
//
// Arguments: its IPv4 address, hops at most (default 16), icmp (default) or udp.
// Exit code: 0 when the host was reached, 1 when not, 2 when the arguments are wrong.

import { INADDR_NONE, inet_addr, inet_ntoa } from "socklet/posix/arpa/inet";
import { ICMP_HOST_UNREACH, ICMP_NET_UNREACH, ICMP_PROT_UNREACH } from "socklet/posix/netinet/ip_icmp";
import { fflush, perror, print, printUnsigned, puts } from "socklet/posix/stdio";
import { argc, argv, atoi, EXIT_FAILURE, EXIT_SUCCESS } from "socklet/posix/stdlib";
import { HOST, NOBODY, Probe, REFUSED, ROUTER } from "./probe";

const EXIT_USAGE: i32 = 2;
const MOST_HOPS: i32 = 16;
const PROBES: i32 = 3;
/** The first letter of "udp". */
const LETTER_U: u8 = 0x75;

/** Prints µs as milliseconds with three decimals. */
function printTime(micros: u32): void {
  print("  ");
  printUnsigned(micros / 1000);
  print(".");
  printUnsigned(micros % 1000, 3);
  print(" ms");
}

/** Prints why somebody cannot go on, in the letters that traceroute has for it. */
function printRefusal(code: u32): void {
  print(" !");
  if (code == ICMP_NET_UNREACH) print("N");
  else if (code == ICMP_HOST_UNREACH) print("H");
  else if (code == ICMP_PROT_UNREACH) print("P");
  else printUnsigned(code);
}

/** Probes one hop, and prints its line: the last answer that was not NOBODY, or -1 when a probe could not be sent. */
function showHop(hops: i32): i32 {
  let outcome = NOBODY;
  let from: u32 = 0;
  if (hops < 10) print(" ");
  printUnsigned(hops);
  for (let i: i32 = 0; i < PROBES; i++) {
    if (!Probe.send(hops)) {
      puts("");
      perror("sendto");
      return -1;
    }
    const kind = Probe.wait();
    if (kind == NOBODY) {
      print("  *");
    } else {
      outcome = kind;
      if (Probe.from() != from) {
        from = Probe.from();
        print("  ");
        print(inet_ntoa(from));
      }
      printTime(Probe.time());
      if (kind == REFUSED) printRefusal(Probe.code());
    }
    fflush();
  }
  puts("");
  return outcome;
}

export function main(): i32 {
  const address = argc() >= 2 ? inet_addr(argv(1)) : INADDR_NONE;
  const most = argc() >= 3 ? atoi(argv(2)) : MOST_HOPS;
  if (address == INADDR_NONE || most < 1 || most > 255) {
    puts("traceroute: say the way to whom: an IPv4 address, and hops at most");
    return EXIT_USAGE;
  }
  if (!Probe.open(address, argc() >= 4 && load<u8>(argv(3)) == LETTER_U)) {
    perror("socket");
    return EXIT_FAILURE;
  }
  print("traceroute to ");
  print(inet_ntoa(address));
  print(", ");
  printUnsigned(most);
  puts(" hops max");
  let outcome = ROUTER;
  for (let hops: i32 = 1; hops <= most && (outcome == ROUTER || outcome == NOBODY); hops++) outcome = showHop(hops);
  return outcome == HOST ? EXIT_SUCCESS : EXIT_FAILURE;
}
