/**
 * The resolver (RFC 1034 §5.3.1: a stub that asks recursive servers): one question at a time for a name, to one server after the
 * other, each with its time. A question that is asked again has another id and another port.
 */
import {
  CONFIG_DNS_NUM_CONCUR_QUERIES,
  CONFIG_DNS_RESOLVER_CACHE,
  CONFIG_DNS_RESOLVER_RANDOM_CASE,
  CONFIG_DNS_RESOLVER_TCP,
  CONFIG_DNS_RESOLVER_TIMEOUT,
  CONFIG_DNS_RESOLVER_TRIES,
  CONFIG_NET_SOCKETS_LOCAL_PORT_MIN,
} from "../../../config";
import { host_random } from "../../../hal/imports";
import { Be } from "../../base/be";
import { Clock, NO_DEADLINE } from "../../base/clock";
import { COUNTER_DNS_CACHE_HITS, COUNTER_DNS_OUT, Counter } from "../../base/counters";
import { ENETUNREACH, ETIMEDOUT } from "../../base/errno";
import { Timers } from "../../base/timers";
import { Route } from "../../ip/route";
import { Neighbour } from "../../link/neighbour";
import { Socket } from "../../socket/socket";
import { Tasks } from "../../socket/task";
import { OwnDatagram } from "../../transport/udp/own";
import { UdpTable } from "../../transport/udp/socket-table";
import { DNS_PORT_BE, DnsMessage } from "../../wire/dns";
import { DnsName } from "../../wire/dns-name";
import { DnsCache } from "./cache";
import { QUERY_ASKING, QUERY_DONE, Queries, Query } from "./query";
import { DnsServers } from "./servers";
import { DnsStream } from "./stream";

const TIMEOUT: u32 = CONFIG_DNS_RESOLVER_TIMEOUT * 1000;
const FIRST_PORT: u32 = CONFIG_NET_SOCKETS_LOCAL_PORT_MIN;
const PORTS: u32 = 65_536 - CONFIG_NET_SOCKETS_LOCAL_PORT_MIN;
/** Draws of a port that nobody has; the table of sockets is small against the range. */
const PORT_DRAWS: u32 = 16;
/** Bit that tells upper-case letters from lower-case ones. */
const CASE: u32 = 0x20;

export class Resolver {
  /** Begins to ask for `query.name()`: done at once when the cache has it, or when there is nobody to ask. */
  static begin(query: Query): void {
    query.state = QUERY_ASKING;
    if (CONFIG_DNS_RESOLVER_CACHE && DnsCache.find(query)) {
      Counter.add(COUNTER_DNS_CACHE_HITS);
      query.state = QUERY_DONE;
      return;
    }
    query.error = ETIMEDOUT;
    Resolver.ask(query);
  }

  /** The server asked has given no useful answer, or none: the next one. `error` is for the case that it was the last. */
  static askNext(query: Query, error: i32): void {
    query.error = error;
    Resolver.ask(query);
  }

  /** The name has `query.count` addresses, or `error` says why not; kept for `query.ttl`. Wakes the task. */
  static finish(query: Query, error: i32): void {
    query.error = error;
    if (CONFIG_DNS_RESOLVER_CACHE && query.ttl) Timers.arm(Clock.ticks() + DnsCache.keep(query));
    Resolver.done(query);
  }

  /** Servers whose time is over. Ticks until the next one's is, NO_DEADLINE for none. */
  static expire(ticks: u32): u32 {
    let next = NO_DEADLINE;
    for (let i: i32 = 0; i < CONFIG_DNS_NUM_CONCUR_QUERIES; i++) {
      const query = Query.at(Queries.at(i));
      if (!query.isAsking()) continue;
      if (Clock.isDue(query.deadline, ticks)) {
        if (CONFIG_DNS_RESOLVER_TCP) DnsStream.drop(query);
        Resolver.ask(query);
      }
      if (query.isAsking()) next = min<u32>(next, query.deadline - ticks);
    }
    if (CONFIG_DNS_RESOLVER_CACHE) next = min<u32>(next, DnsCache.expire());
    return next;
  }

  /** Ticks that a server has for its answer. */
  @inline static timeout(): u32 {
    return TIMEOUT;
  }

  private static done(query: Query): void {
    query.state = QUERY_DONE;
    Tasks.wake(changetype<usize>(query));
  }

  private static ask(query: Query): void {
    const servers = DnsServers.count();
    if (!servers) query.error = ENETUNREACH;
    if (query.tries >= servers * CONFIG_DNS_RESOLVER_TRIES) {
      Resolver.done(query);
      return;
    }
    if (CONFIG_DNS_RESOLVER_TCP) query.state = QUERY_ASKING;
    query.server = DnsServers.at(query.tries % servers);
    query.tries += 1;
    query.id = host_random() & 0xffff;
    query.port = Resolver.freePort();
    query.deadline = Clock.ticks() + TIMEOUT;
    if (CONFIG_DNS_RESOLVER_RANDOM_CASE) Resolver.mixCase(query);
    Resolver.send(query);
    Timers.arm(query.deadline);
  }

  /** A question that cannot be sent now is like one that was lost. */
  private static send(query: Query): void {
    const p = Route.find(query.server, 0);
    if (!p) return;
    const neighbour = Neighbour.at(p);
    const message = OwnDatagram.payload();
    const bytes = DnsMessage.at(message).question(query.id, query.name(), query.nameBytes);
    store<u32>(message + bytes, 0);
    const ports = query.port | (DNS_PORT_BE << 16);
    if (!OwnDatagram.send(neighbour, Route.source(neighbour), query.server, ports, bytes)) Counter.add(COUNTER_DNS_OUT);
  }

  /** A random port that no socket and no other query has, network order. */
  private static freePort(): u32 {
    let port: u32 = 0;
    for (let i: u32 = 0; i < PORT_DRAWS; i++) {
      port = Be.swap16(FIRST_PORT + (host_random() % PORTS));
      if (!Queries.atPort(port) && !Resolver.isBound(port)) break;
    }
    return port;
  }

  private static isBound(port: u32): bool {
    for (let p = UdpTable.first(port); p; p = Socket.at(p).hashNext) {
      if (Socket.at(p).localPort() == port) return true;
    }
    return false;
  }

  /** Draws the case of each letter of the name anew. */
  private static mixCase(query: Query): void {
    const name = query.name();
    let random: u32 = 0;
    for (let i: u32 = 0; i < query.nameBytes; i++) {
      if (!(i & 31)) random = host_random();
      const byte = <u32>load<u8>(name + i);
      if (DnsName.isLetter(byte) && random & 1) store<u8>(name + i, <u8>(byte ^ CASE));
      random >>>= 1;
    }
  }
}
