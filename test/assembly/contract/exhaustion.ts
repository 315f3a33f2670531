/** What happens when the third socket is one too many, for whatever reason. */
import { recv, sendto } from "socklet/posix/sys/socket";
import { close } from "socklet/posix/unistd";
import { ADDRESS_BYTES, at, bound, datagram, LOOPBACK } from "./sockets";
import { equal, fails } from "./tap";

/** Opens sockets until `error`, and shows that nothing is lost by it. */
export function exhaust(error: i32): void {
  const buffer: usize = memory.data(16, 4);
  equal(bound(7000), 3, "a first socket");
  equal(bound(7001), 4, "and a second");
  fails(datagram(), error, "the third is refused");
  fails(datagram(), error, "again");
  equal(sendto(3, buffer, 5, 0, at(LOOPBACK, 7001), ADDRESS_BYTES), 5, "the first one can send");
  equal(recv(4, buffer, 16, 0), 5, "and the second one receives");
  equal(close(3), 0, "when the first is closed");
  equal(bound(7002), 3, "another can be opened");
  fails(datagram(), error, "but only one");
  close(3);
  close(4);
  let wrong: i32 = 0;
  for (let round: i32 = 0; round < 1000; round++) {
    if (bound(7000) != 3 || bound(7001) != 4 || datagram() != -1) wrong++;
    if (close(4) != 0 || close(3) != 0) wrong++;
  }
  equal(wrong, 0, "a thousand times, without a loss");
}
