/**
 * Names that are being asked for: a record each, from the call that asks until it has taken the result. Every question has a port and
 * an id of its own, both random (RFC 5452 §9).
 */
import {
  CONFIG_DNS_NUM_CONCUR_QUERIES,
  CONFIG_DNS_RESOLVER_AI_MAX_ENTRIES,
  CONFIG_DNS_RESOLVER_MAX_QUERY_LEN,
  CONFIG_DNS_RESOLVER_TCP,
} from "../../../config";
import { Pool } from "../../base/pool";
import { DnsStream } from "./stream";

/** `Query.state`; 0 = free. */
export const QUERY_ASKING: u32 = 1;
export const QUERY_DONE: u32 = 2;
/** Over TCP: the question is still to be sent, or its answer awaited. */
export const QUERY_CONNECTING: u32 = 3;
export const QUERY_READING: u32 = 4;

@unmanaged
@final
export class Query {
  /** The pool's link while the record is free. */
  link: u32;
  /** QUERY_*. */
  state: u32;
  /** The task that waits for it. */
  task: i32;
  /** Once done: 0, or the errno that the call answers. */
  error: i32;
  /** Of the last question: id in memory order, own port in network order (over TCP see `connection`), server asked. */
  id: u32;
  port: u32;
  server: u32;
  /** Ticks at which that server has had its time. */
  deadline: u32;
  /** Questions asked so far. */
  tries: u32;
  /** Addresses found. */
  count: u32;
  /** Seconds that the result may be kept. */
  ttl: u32;
  /** Bytes of the name as labels. */
  nameBytes: u32;

  @inline static at(p: usize): Query {
    return changetype<Query>(p);
  }

  /** Asked over TCP: usize → Tcb, 0 before it is opened. A question has either this or a port. */
  @inline get connection(): usize {
    return this.port;
  }
  set connection(value: usize) {
    this.port = <u32>value;
  }

  /** True while the name is being asked for. */
  @inline isAsking(): bool {
    return this.state == QUERY_ASKING || (CONFIG_DNS_RESOLVER_TCP && this.state > QUERY_DONE);
  }

  /** usize → u8[CONFIG_DNS_RESOLVER_MAX_QUERY_LEN]: the name as labels. */
  @inline name(): usize {
    return changetype<usize>(this) + offsetof<Query>();
  }

  /** usize → u32[CONFIG_DNS_RESOLVER_AI_MAX_ENTRIES], network order. */
  @inline addresses(): usize {
    return this.name() + CONFIG_DNS_RESOLVER_MAX_QUERY_LEN;
  }
}

/** Bytes of a query. */
const QUERY_BYTES: i32 =
  <i32>offsetof<Query>() + CONFIG_DNS_RESOLVER_MAX_QUERY_LEN + CONFIG_DNS_RESOLVER_AI_MAX_ENTRIES * 4;

/** Memory of this file. In functions, so that an image without the service has nothing of it. */
class Memory {
  static storage(): usize {
    return memory.data(
      CONFIG_DNS_NUM_CONCUR_QUERIES *
        (<i32>offsetof<Query>() + CONFIG_DNS_RESOLVER_MAX_QUERY_LEN + CONFIG_DNS_RESOLVER_AI_MAX_ENTRIES * 4),
      4,
    );
  }

  static pool(): usize {
    return memory.data<u32>([CONFIG_DNS_NUM_CONCUR_QUERIES, QUERY_BYTES, 0, 0, 0, 0]);
  }
}

export class Queries {
  static initialise(): void {
    Pool.at(Memory.pool()).initialise(Memory.storage());
  }

  /** The statistics of the pool. */
  static pool(): usize {
    return Memory.pool();
  }

  /** A record for `task`, or 0 when CONFIG_DNS_NUM_CONCUR_QUERIES are taken. */
  static take(task: i32): usize {
    const p = Pool.at(Memory.pool()).take();
    if (p) Query.at(p).task = task;
    return p;
  }

  static give(query: Query): void {
    query.state = 0;
    Pool.at(Memory.pool()).give(changetype<usize>(query));
  }

  /** usize → Query number `index` (below CONFIG_DNS_NUM_CONCUR_QUERIES), in use or not. */
  static at(index: i32): usize {
    return Memory.storage() + <usize>(index * QUERY_BYTES);
  }

  /** usize → the query that `task` waits for, or 0. */
  static ofTask(task: i32): usize {
    for (let i: i32 = 0; i < CONFIG_DNS_NUM_CONCUR_QUERIES; i++) {
      const query = Query.at(Queries.at(i));
      if (query.state && query.task == task) return Queries.at(i);
    }
    return 0;
  }

  /** usize → the query whose question went out from `port` (network order) over UDP and is not answered, or 0. */
  static atPort(port: u32): usize {
    for (let i: i32 = 0; i < CONFIG_DNS_NUM_CONCUR_QUERIES; i++) {
      const query = Query.at(Queries.at(i));
      if (query.state == QUERY_ASKING && query.port == port) return Queries.at(i);
    }
    return 0;
  }

  /** The task is gone: nobody wants the result. */
  static forget(task: i32): void {
    const p = Queries.ofTask(task);
    if (p && CONFIG_DNS_RESOLVER_TCP) DnsStream.drop(Query.at(p));
    if (p) Queries.give(Query.at(p));
  }
}
