// A UDP server: says how many datagrams it has had, and sends each one back.
import { htonl, htons } from "socklet/posix/arpa/inet";
import { INADDR_ANY, sockaddr_in } from "socklet/posix/netinet/in";
import { perror, print, printNumber, puts } from "socklet/posix/stdio";
import { EXIT_FAILURE } from "socklet/posix/stdlib";
import { AF_INET, bind, IntCell, recvfrom, SOCK_DGRAM, Static, sendto, socket } from "socklet/posix/sys/socket";

const PORT: u16 = 7;
const BUFFER_BYTES: u32 = 1472;

const buffer: usize = memory.data(BUFFER_BYTES, 4);
const address = Static.of<sockaddr_in>();
const peer = Static.of<sockaddr_in>();
const peerLength = Static.of<IntCell>();

/** What main() returns is the exit code of the firmware, and of `socklet run`. */
export function main(): i32 {
  const server = socket(AF_INET, SOCK_DGRAM, 0);
  address.sin_family = <u16>AF_INET;
  address.sin_port = htons(PORT);
  address.sin_addr = htonl(INADDR_ANY);
  if (server < 0 || bind(server, address, offsetof<sockaddr_in>()) < 0) {
    perror("cannot listen");
    return EXIT_FAILURE;
  }
  puts("listening on UDP port 7");

  for (let count: i32 = 1; count < i32.MAX_VALUE; count++) {
    peerLength.value = <i32>offsetof<sockaddr_in>();
    const length = recvfrom(server, buffer, BUFFER_BYTES, 0, peer, peerLength);
    if (length < 0) {
      perror("recvfrom");
      continue;
    }
    print("datagram ");
    printNumber(count);
    puts("");
    if (sendto(server, buffer, length, 0, peer, peerLength.value) < 0) perror("sendto");
  }
  return 0;
}
