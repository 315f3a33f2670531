// One probe: a message with a small TTL, and the answer of whoever it ends at. Probes are ICMP echo requests, or datagrams to UDP ports at which
// nobody listens.

import { htons, ntohs } from "socklet/posix/arpa/inet";
import { IP_TTL, IPPROTO_ICMP, IPPROTO_IP, IPPROTO_UDP, SOL_RAW, sockaddr_in } from "socklet/posix/netinet/in";
import { iphdr } from "socklet/posix/netinet/ip";
import {
  ICMP_DEST_UNREACH,
  ICMP_ECHO,
  ICMP_ECHOREPLY,
  ICMP_FILTER,
  ICMP_PORT_UNREACH,
  ICMP_TIME_EXCEEDED,
  icmp_checksum,
  icmp_filter,
  icmphdr,
} from "socklet/posix/netinet/ip_icmp";
import { POLLIN, poll, pollfd } from "socklet/posix/poll";
import { getentropy } from "socklet/posix/stdlib";
import {
  AF_INET,
  IntCell,
  MSG_DONTWAIT,
  NULL,
  recvfrom,
  SOCK_DGRAM,
  SOCK_RAW,
  Static,
  sendto,
  setsockopt,
  socket,
} from "socklet/posix/sys/socket";
import { CLOCK_MONOTONIC, clock_gettime, timespec } from "socklet/posix/time";

/** Answers of `Probe.wait`: nobody within a second, a router on the way, the host itself, somebody who cannot go on. */
export const NOBODY: i32 = 0;
export const ROUTER: i32 = 1;
export const HOST: i32 = 2;
export const REFUSED: i32 = 3;

/** How long an answer may take, µs. */
const PATIENCE: i64 = 1_000_000;
const MICROSECONDS: i64 = 1_000_000;
/** The port of the first probe over UDP, as ever; each probe has the next one. */
const FIRST_PORT: i32 = 33_434;
const ICMP_BYTES: u32 = 8;
const MESSAGE_BYTES: u32 = 32;
/** IP header and ICMP header, and the same of what is quoted. */
const ANSWER_BYTES: u32 = 60 + ICMP_BYTES + 60 + ICMP_BYTES;

const message: usize = memory.data(MESSAGE_BYTES, 4);
const answer: usize = memory.data(ANSWER_BYTES, 4);
const host = Static.of<sockaddr_in>();
const filter = Static.of<icmp_filter>();
const ttl = Static.of<IntCell>();
const moment = Static.of<timespec>();
const entry = Static.of<pollfd>();

/** What there is to know about the probe that is on its way. */
@unmanaged
@final
class State {
  /** The raw socket that hears, and the one that sends: the same, or one of UDP. */
  ears: i32;
  mouth: i32;
  isUdp: i32;
  /** Number of the probe, from 1, and which answers are ours, network order. */
  sequence: i32;
  identity: u16;
  /** When it was sent, µs. */
  sentAt: i64;
  /** Who answered, network order, with which code, and after how many µs. */
  from: u32;
  code: u32;
  time: u32;
}
const state = Static.of<State>();

export class Probe {
  /** Opens the sockets for probes to `address` (network order). False, with errno, when that fails. */
  static open(address: u32, isUdp: bool): bool {
    host.sin_family = <u16>AF_INET;
    host.sin_addr = address;
    state.isUdp = i32(isUdp);
    state.ears = socket(AF_INET, SOCK_RAW, IPPROTO_ICMP);
    state.mouth = isUdp && state.ears >= 0 ? socket(AF_INET, SOCK_DGRAM, 0) : state.ears;
    if (state.mouth < 0) return false;
    filter.data = ~(((<u32>1) << ICMP_ECHOREPLY) | ((<u32>1) << ICMP_DEST_UNREACH) | ((<u32>1) << ICMP_TIME_EXCEEDED));
    setsockopt(state.ears, SOL_RAW, ICMP_FILTER, filter, offsetof<icmp_filter>());
    getentropy(changetype<usize>(state) + offsetof<State>("identity"), 2);
    return true;
  }

  /** Sends the next probe, over at most `hops` hops. False, with errno, when that fails. */
  static send(hops: i32): bool {
    state.sequence += 1;
    ttl.value = hops;
    if (setsockopt(state.mouth, IPPROTO_IP, IP_TTL, ttl, 4) < 0) return false;
    if (state.isUdp) {
      host.sin_port = htons(FIRST_PORT + state.sequence);
    } else {
      const header = icmphdr.at(message);
      header.type = <u8>ICMP_ECHO;
      header.checksum = 0;
      header.id = state.identity;
      header.sequence = htons(state.sequence);
      header.checksum = icmp_checksum(message, MESSAGE_BYTES);
    }
    state.sentAt = Probe.now();
    return sendto(state.mouth, message, MESSAGE_BYTES, 0, host, offsetof<sockaddr_in>()) >= 0;
  }

  /** Waits for the answer to the probe sent last: NOBODY, ROUTER, HOST or REFUSED. */
  static wait(): i32 {
    entry.fd = state.ears;
    entry.events = <i16>POLLIN;
    for (let left = PATIENCE; left > 0; left = state.sentAt + PATIENCE - Probe.now()) {
      if (poll(entry, 1, <i32>((left + 999) / 1000)) <= 0) continue;
      const length = recvfrom(state.ears, answer, ANSWER_BYTES, MSG_DONTWAIT, NULL, NULL);
      const kind = length > 0 ? Probe.judge(length) : NOBODY;
      if (kind == NOBODY) continue;
      state.time = <u32>(Probe.now() - state.sentAt);
      state.from = iphdr.at(answer).saddr;
      return kind;
    }
    return NOBODY;
  }

  /** Who answered last, network order. */
  static from(): u32 {
    return state.from;
  }

  /** After how many µs. */
  static time(): u32 {
    return state.time;
  }

  /** The code of a REFUSED. */
  static code(): u32 {
    return state.code;
  }

  /** µs of a clock that never goes back. */
  private static now(): i64 {
    clock_gettime(CLOCK_MONOTONIC, moment);
    return moment.tv_sec * MICROSECONDS + moment.tv_nsec / 1000;
  }

  /** What the datagram of `length` bytes at `answer` says about the probe; NOBODY when it is about something else. */
  private static judge(length: u32): i32 {
    const ip = iphdr.at(answer);
    const header = icmphdr.at(answer + ip.headerBytes());
    const end = answer + length;
    if (changetype<usize>(header) + ICMP_BYTES > end) return NOBODY;
    if (header.type == ICMP_ECHOREPLY) {
      const isOurs = !state.isUdp && header.id == state.identity && ntohs(header.sequence) == state.sequence;
      return isOurs ? HOST : NOBODY;
    }
    // An error quotes the IP header of what it is about, and eight bytes behind it.
    const quoted = iphdr.at(changetype<usize>(header) + ICMP_BYTES);
    const about = changetype<usize>(quoted) + quoted.headerBytes();
    if (about + ICMP_BYTES > end || quoted.daddr != host.sin_addr || !Probe.isOurs(quoted.protocol, about))
      return NOBODY;
    if (header.type == ICMP_TIME_EXCEEDED) return ROUTER;
    state.code = header.code;
    return state.isUdp && header.code == ICMP_PORT_UNREACH ? HOST : REFUSED;
  }

  /** True when the eight bytes at `about` are those of the probe sent last. */
  private static isOurs(protocol: i32, about: usize): bool {
    // Of UDP the destination port, the second 16 bits.
    if (state.isUdp) return protocol == IPPROTO_UDP && load<u16>(about, 2) == host.sin_port;
    const header = icmphdr.at(about);
    return protocol == IPPROTO_ICMP && header.id == state.identity && ntohs(header.sequence) == state.sequence;
  }
}
