/**
 * Cache of names: addresses, or that there are none, for the time that the server said. Only what was asked for is kept, so nobody
 * can slip in an address for another name (RFC 5452 §6). An entry is freed when its time is over.
 */
import {
  CONFIG_DNS_RESOLVER_AI_MAX_ENTRIES,
  CONFIG_DNS_RESOLVER_CACHE_MAX_ENTRIES,
  CONFIG_DNS_RESOLVER_MAX_QUERY_LEN,
} from "../../../config";
import { NO_DEADLINE } from "../../base/clock";
import { LONG_TICKS_PER_SECOND, LongClock } from "../../base/long-clock";
import { Pool } from "../../base/pool";
import { DnsName } from "../../wire/dns-name";
import { Query } from "./query";

/** Longest time that an answer is kept: a day; that there is none: an hour. Seconds. */
const TTL_MAX: u32 = 86_400;
const NEGATIVE_TTL_MAX: u32 = 3600;
/** Microseconds of a long tick, as a power of two, and long ticks that still fit the ticks of a timer. */
const LONG_TICK_SHIFT: u32 = 10;
const LONGEST_STEP: u32 = NO_DEADLINE >>> 10;

@unmanaged
@final
class Entry {
  /** The pool's link while the record is free. */
  link: u32;
  used: u32;
  /** Long ticks at which its time is over. */
  deadline: u32;
  /** 0, or the errno that the call answers. */
  error: i32;
  count: u32;
  nameBytes: u32;

  @inline static at(p: usize): Entry {
    return changetype<Entry>(p);
  }

  @inline name(): usize {
    return changetype<usize>(this) + offsetof<Entry>();
  }

  @inline addresses(): usize {
    return this.name() + CONFIG_DNS_RESOLVER_MAX_QUERY_LEN;
  }
}

const ENTRY_BYTES: i32 =
  <i32>offsetof<Entry>() + CONFIG_DNS_RESOLVER_MAX_QUERY_LEN + CONFIG_DNS_RESOLVER_AI_MAX_ENTRIES * 4;
const COUNT: i32 = CONFIG_DNS_RESOLVER_CACHE_MAX_ENTRIES;

/** Memory of this file. In functions, so that an image without the service has nothing of it. */
class Memory {
  static storage(): usize {
    return memory.data(
      CONFIG_DNS_RESOLVER_CACHE_MAX_ENTRIES *
        (<i32>offsetof<Entry>() + CONFIG_DNS_RESOLVER_MAX_QUERY_LEN + CONFIG_DNS_RESOLVER_AI_MAX_ENTRIES * 4),
      4,
    );
  }

  static pool(): usize {
    return memory.data<u32>([COUNT, ENTRY_BYTES, 0, 0, 0, 0]);
  }
}

export class DnsCache {
  static initialise(): void {
    Pool.at(Memory.pool()).initialise(Memory.storage());
  }

  /** The statistics of the pool. */
  static pool(): usize {
    return Memory.pool();
  }

  /** Fills `query` from the cache. False when its name is not there. */
  static find(query: Query): bool {
    for (let i: i32 = 0; i < COUNT; i++) {
      const entry = DnsCache.entry(i);
      if (!entry.used || entry.nameBytes != query.nameBytes) continue;
      if (!DnsName.same(entry.name(), query.name(), entry.nameBytes)) continue;
      if (LongClock.isDue(entry.deadline, LongClock.now())) return false;
      query.error = entry.error;
      query.count = entry.count;
      memory.copy(query.addresses(), entry.addresses(), <usize>(entry.count << 2));
      return true;
    }
    return false;
  }

  /** Keeps the result of `query` for its TTL. @returns ticks until that is over, at most NO_DEADLINE */
  static keep(query: Query): u32 {
    const most = query.error ? NEGATIVE_TTL_MAX : TTL_MAX;
    const ttl = min<u32>(query.ttl, most);
    if (!ttl) return NO_DEADLINE;
    const entry = DnsCache.room();
    entry.used = 1;
    entry.deadline = LongClock.now() + ttl * LONG_TICKS_PER_SECOND;
    entry.error = query.error;
    entry.count = query.count;
    entry.nameBytes = query.nameBytes;
    memory.copy(entry.name(), query.name(), <usize>query.nameBytes);
    memory.copy(entry.addresses(), query.addresses(), <usize>(query.count << 2));
    return DnsCache.ahead(entry);
  }

  /** Frees what is over. Ticks until there is more, NO_DEADLINE for never. */
  static expire(): u32 {
    const now = LongClock.now();
    let next = NO_DEADLINE;
    for (let i: i32 = 0; i < COUNT; i++) {
      const entry = DnsCache.entry(i);
      if (!entry.used) continue;
      if (LongClock.isDue(entry.deadline, now)) DnsCache.free(entry);
      else next = min<u32>(next, DnsCache.ahead(entry));
    }
    return next;
  }

  /** A record: a free one, else that of the entry whose time is over first. */
  private static room(): Entry {
    const p = Pool.at(Memory.pool()).take();
    if (p) return Entry.at(p);
    let oldest = DnsCache.entry(0);
    for (let i: i32 = 1; i < COUNT; i++) {
      const entry = DnsCache.entry(i);
      if (<i32>(entry.deadline - oldest.deadline) < 0) oldest = entry;
    }
    return oldest;
  }

  private static free(entry: Entry): void {
    entry.used = 0;
    Pool.at(Memory.pool()).give(changetype<usize>(entry));
  }

  @inline private static entry(index: i32): Entry {
    return Entry.at(Memory.storage() + <usize>(index * ENTRY_BYTES));
  }

  private static ahead(entry: Entry): u32 {
    const left = entry.deadline - LongClock.now();
    return left < LONGEST_STEP ? left << LONG_TICK_SHIFT : NO_DEADLINE;
  }
}
