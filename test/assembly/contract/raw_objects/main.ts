// socklet/net with raw sockets: ping.

import { CONFIG_NET_CONFIG_MY_IPV4_ADDR, CONFIG_NET_MAX_CONTEXTS } from "socklet/config";
import { Endpoint, lastError, ping, pingEndpoint } from "socklet/net";
import { htonl, inet_ntoa } from "socklet/posix/arpa/inet";
import { EACCES, EHOSTUNREACH, ENFILE, ETIMEDOUT } from "socklet/posix/errno";
import { IPPROTO_ICMP, SOL_RAW } from "socklet/posix/netinet/in";
import { ICMP_FILTER, icmp_filter } from "socklet/posix/netinet/ip_icmp";
import { AF_INET, MSG_DONTWAIT, recv, SOCK_RAW, Static, setsockopt, socket } from "socklet/posix/sys/socket";
import { uptimeMilliseconds } from "socklet/posix/time";
import { close } from "socklet/posix/unistd";
import { LOOPBACK } from "../sockets";
import { check, done, equal } from "../tap";

/** An address of the link that nobody has. */
const NOBODY: u32 = 0x0a0002c7;
const MICROSECONDS: i32 = 1_000_000;

const buffer: usize = memory.data(256, 4);
const end = Endpoint.create();
const filter = Static.of<icmp_filter>();

function answered(micros: i32): bool {
  return micros >= 0 && micros < MICROSECONDS;
}

function start(): void {
  check(answered(ping<string>("127.0.0.1")), "a ping of loopback");
  check(answered(ping<usize>(inet_ntoa(CONFIG_NET_CONFIG_MY_IPV4_ADDR))), "and of the own address, as a C string");
  end.set(htonl(LOOPBACK), 7);
  check(answered(pingEndpoint(end, 100)) && end.port() == 7, "pingEndpoint");
  equal(ping<string>("a.name"), -1, "a name without a resolver");
  equal(lastError(), EHOSTUNREACH, "EHOSTUNREACH");
  equal(ping<string>("255.255.255.255"), -1, "a broadcast");
  equal(lastError(), EACCES, "EACCES");
  const before = uptimeMilliseconds();
  end.set(htonl(NOBODY), 0);
  equal(pingEndpoint(end, 60), -1, "who is not there does not answer");
  equal(lastError(), ETIMEDOUT, "ETIMEDOUT");
  check(uptimeMilliseconds() - before >= 60, "when the time is over");
  equal(pingEndpoint(end, 20_000), -1, "nor later");
  equal(lastError(), EHOSTUNREACH, "but that nobody has the address is known sooner: EHOSTUNREACH");
  check(uptimeMilliseconds() - before < 15_000, "than the time is over");
  // Another program's pings are none of its business, nor the other way round.
  const other = socket(AF_INET, SOCK_RAW, IPPROTO_ICMP);
  filter.data = 0;
  setsockopt(other, SOL_RAW, ICMP_FILTER, filter, 4);
  check(answered(ping<string>("127.0.0.1")), "a ping beside another raw socket");
  equal(<i32>recv(other, buffer, 256, MSG_DONTWAIT), 36, "which sees the request");
  equal(<i32>recv(other, buffer, 256, MSG_DONTWAIT), 36, "and the answer");
  let taken = 1;
  while (socket(AF_INET, SOCK_RAW, IPPROTO_ICMP) >= 0) taken++;
  equal(taken, CONFIG_NET_MAX_CONTEXTS, "no descriptor and no socket was kept");
  equal(ping<string>("127.0.0.1"), -1, "without a free socket");
  equal(lastError(), ENFILE, "ENFILE");
  close(other);
  check(answered(ping<string>("127.0.0.1")), "with one again");
}

start();
done();
