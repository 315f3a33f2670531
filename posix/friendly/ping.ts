/** Asking a host whether it is there. */
import { EAGAIN, ETIMEDOUT, errno } from "../errno";
import { getentropy } from "../stdlib";
import { CLOCK_MONOTONIC, clock_gettime, timespec } from "../time";
import { AF_INET, IPPROTO_ICMP, SOCK_RAW, SOL_RAW } from "../zsock/constants";
import { ICMP_ECHO, ICMP_ECHOREPLY, ICMP_FILTER, icmp_checksum, icmp_filter, icmphdr } from "../zsock/icmp";
import { iphdr } from "../zsock/ip-header";
import { zsock_setsockopt } from "../zsock/option";
import { Result } from "../zsock/result";
import { zsock_close, zsock_connect, zsock_socket } from "../zsock/socket";
import { zsock_recv, zsock_send } from "../zsock/transfer";
import { Descriptor } from "./descriptor";
import { Endpoint } from "./endpoint";

const ADDRESS_BYTES: u32 = 8;
/** Bytes of a request: the header, and eight that nobody can guess, so that no answer to another one counts. */
const HEADER_BYTES: u32 = 8;
const SECRET_BYTES: u32 = 8;
const REQUEST_BYTES: u32 = HEADER_BYTES + SECRET_BYTES;
/** What is received begins with an IP header, of 60 bytes at most. */
const ANSWER_BYTES: u32 = 60 + REQUEST_BYTES;
const MICROSECONDS: i64 = 1_000_000;
/** Longest wait: what fits the answer. */
const MOST_MILLISECONDS: i32 = 2_000_000;

class Memory {
  /** usize → u8[REQUEST_BYTES]. */
  static request(): usize {
    return memory.data(<i32>REQUEST_BYTES, 4);
  }

  /** usize → u8[ANSWER_BYTES]. */
  static answer(): usize {
    return memory.data(<i32>ANSWER_BYTES, 4);
  }

  static target(): Endpoint {
    return changetype<Endpoint>(memory.data(8, 4));
  }

  static filter(): icmp_filter {
    return changetype<icmp_filter>(memory.data(4, 4));
  }

  static moment(): timespec {
    return changetype<timespec>(memory.data(16, 8));
  }
}

/** One question and its answer. */
class Echo {
  /** µs of a clock that never goes back. */
  static now(): i64 {
    const moment = Memory.moment();
    clock_gettime(CLOCK_MONOTONIC, moment);
    return moment.tv_sec * MICROSECONDS + moment.tv_nsec / 1000;
  }

  /** A socket that hears echo replies of `to` and nothing else; -1 with an error. */
  static open(to: Endpoint): i32 {
    const fd = zsock_socket(AF_INET, SOCK_RAW, IPPROTO_ICMP);
    if (fd < 0) return -1;
    Memory.filter().data = ~((<u32>1) << ICMP_ECHOREPLY);
    if (
      zsock_setsockopt<icmp_filter>(fd, SOL_RAW, ICMP_FILTER, Memory.filter(), 4) == 0 &&
      zsock_connect<Endpoint>(fd, to, ADDRESS_BYTES) == 0
    )
      return fd;
    Descriptor.giveUp(fd);
    return -1;
  }

  /** Sends the request. False with an error. */
  static ask(fd: i32): bool {
    const request = Memory.request();
    const header = icmphdr.at(request);
    getentropy(request + HEADER_BYTES, SECRET_BYTES);
    header.type = <u8>ICMP_ECHO;
    header.code = 0;
    header.checksum = 0;
    header.id = load<u16>(request + HEADER_BYTES);
    header.sequence = 0;
    header.checksum = icmp_checksum(request, REQUEST_BYTES);
    return zsock_send(fd, request, REQUEST_BYTES, 0) >= 0;
  }

  /** True when the `length` bytes received answer the request. */
  private static isAnswer(length: u32): bool {
    const answer = Memory.answer();
    const inside = iphdr.at(answer).headerBytes();
    if (length != inside + REQUEST_BYTES) return false;
    const header = icmphdr.at(answer + inside);
    if (header.id != icmphdr.at(Memory.request()).id || icmp_checksum(answer + inside, REQUEST_BYTES)) return false;
    return load<u64>(answer + inside + HEADER_BYTES) == load<u64>(Memory.request() + HEADER_BYTES);
  }

  /** Waits for the answer. µs since `begin`, or -1 with an error. */
  static wait(fd: i32, begin: i64, milliseconds: i32): i32 {
    const end = begin + <i64>milliseconds * 1000;
    for (let now = begin; now < end; now = Echo.now()) {
      if (!Descriptor.setTimeout(fd, <i32>((end - now + 999) / 1000))) return -1;
      const length = zsock_recv(fd, Memory.answer(), ANSWER_BYTES, 0);
      if (length < 0 && errno() != EAGAIN) return -1;
      if (length > 0 && Echo.isAnswer(length)) return <i32>(Echo.now() - begin);
    }
    return Result.error(ETIMEDOUT);
  }
}

/**
 * Asks `host` whether it is there: one echo request (ICMP), and how long its answer takes. Needs raw sockets (CONFIG_NET_SOCKETS_INET_RAW) and
 * the permission to use them (CONFIG_APP_RAW_SOCKETS), and for as long as it takes a socket and a descriptor.
 *
 * @param host         string, or usize → C string: a name or a numeric address
 * @param milliseconds that the answer has; more than 2,000,000 count as that
 * @returns microseconds until the answer; -1 with an error: ETIMEDOUT (none came), EHOSTUNREACH (nobody on this link has the address, or no
 *   router), ENETUNREACH, EACCES (raw sockets are not allowed, or a broadcast address), EPROTOTYPE (they are not built in), ENFILE, EMFILE, ENOBUFS,
 *   those of Endpoint.resolve. A router that says it cannot reach the host is no answer: that may mend
 */
export function ping<S>(host: S, milliseconds: i32 = 1000): i32 {
  const to = Memory.target();
  return to.resolve<S>(host, 0) ? pingEndpoint(to, milliseconds) : -1;
}

/** As `ping`, of an address that is known; its port does not count. */
export function pingEndpoint(to: Endpoint, milliseconds: i32 = 1000): i32 {
  const fd = Echo.open(to);
  if (fd < 0) return -1;
  const begin = Echo.now();
  const micros = Echo.ask(fd) ? Echo.wait(fd, begin, min<i32>(milliseconds, MOST_MILLISECONDS)) : -1;
  if (micros < 0) Descriptor.giveUp(fd);
  else zsock_close(fd);
  return micros;
}
