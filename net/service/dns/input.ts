/**
 * Answers of name servers (RFC 1035 §7.3, RFC 5452 §9): one is taken when id, ports, server and question are those of a query.
 * Everything else is counted and changes nothing, so a forged answer does not end the wait for the right one. Of an answer only the
 * chain from the name asked for, over aliases, to its addresses is looked at.
 */
import {
  CONFIG_DNS_RESOLVER_AI_MAX_ENTRIES,
  CONFIG_DNS_RESOLVER_RANDOM_CASE,
  CONFIG_DNS_RESOLVER_TCP,
} from "../../../config";
import { Be } from "../../base/be";
import { COUNTER_DNS_IN, COUNTER_DROP_DNS, Counter } from "../../base/counters";
import { EADDRNOTAVAIL, EAGAIN, EIO, ENOENT } from "../../base/errno";
import {
  DNS_HEADER_BYTES,
  DNS_PORT_BE,
  DNS_QUESTION_TAIL_BYTES,
  DNS_RCODE_NO_NAME,
  DNS_RCODE_NONE,
  DNS_RECORD_HEAD_BYTES,
  DNS_SOA_TAIL_BYTES,
  DNS_TYPE_A,
  DNS_TYPE_CNAME,
  DNS_TYPE_SOA,
  DnsMessage,
  DnsRecord,
} from "../../wire/dns";
import { DnsName } from "../../wire/dns-name";
import { QUERY_ASKING, Query } from "./query";
import { Resolver } from "./resolver";
import { DnsStream } from "./stream";

/** Aliases that are followed, and records of a section that are looked at: bounds of the work for one answer. */
const HOPS: u32 = 6;
const RECORDS: u32 = 32;
/** "The server failed": another may know (RFC 1035 §4.1.1). */
const RCODE_SERVER_FAILURE: u32 = 2;
const ADDRESS_BYTES: u32 = 4;
const NO_LIMIT: u32 = 0xffffffff;

/** What one look through the answer section found. Offsets in the message. */
@unmanaged
@final
class Found {
  /** Where the alias of the name is, 0 = it has none. */
  alias: u32;
  aliasTtl: u32;
  /** The offset after the last record looked at; 0 when there are more. */
  end: u32;
}

/** Memory of this file. In functions, so that an image without the service has nothing of it. */
class Memory {
  static found(): usize {
    return memory.data(12, 4);
  }
}

export class DnsInput {
  /**
   * Takes a message that came to the port of `query`. It is read before anything is sent, since both use the same memory.
   * @param message usize → u8[bytes]; @param source, @param sourcePort network order
   */
  static input(query: Query, message: usize, bytes: u32, source: u32, sourcePort: u32): void {
    const taken =
      source == query.server &&
      sourcePort == DNS_PORT_BE &&
      DnsInput.isAnswer(query, message, bytes) &&
      DnsInput.take(query, message, bytes);
    Counter.add(taken ? COUNTER_DNS_IN : COUNTER_DROP_DNS);
  }

  /**
   * Takes the answer that came over the connection of `query`, whose bytes nothing overwrites meanwhile.
   * @returns false when it is another message, or malformed: nothing has changed
   */
  static stream(query: Query, message: usize, bytes: u32): bool {
    const taken = DnsInput.isAnswer(query, message, bytes) && DnsInput.take(query, message, bytes);
    Counter.add(taken ? COUNTER_DNS_IN : COUNTER_DROP_DNS);
    return taken;
  }

  private static isAnswer(query: Query, message: usize, bytes: u32): bool {
    const end = DNS_HEADER_BYTES + query.nameBytes;
    if (bytes < end + DNS_QUESTION_TAIL_BYTES || !DnsMessage.at(message).isResponse(query.id)) return false;
    if (!DnsMessage.asksForA(message + end)) return false;
    const name = message + DNS_HEADER_BYTES;
    if (CONFIG_DNS_RESOLVER_RANDOM_CASE) return memory.compare(name, query.name(), query.nameBytes) == 0;
    return DnsName.same(name, query.name(), query.nameBytes);
  }

  /** False when the message is malformed. */
  private static take(query: Query, p: usize, bytes: u32): bool {
    const message = DnsMessage.at(p);
    const rcode = message.rcode();
    if (message.isTruncated()) {
      // What it has is not looked at (RFC 2181 §9). Over TCP nothing can have made it be cut.
      if (CONFIG_DNS_RESOLVER_TCP && query.state == QUERY_ASKING) DnsStream.want(query);
      else Resolver.askNext(query, EAGAIN);
      return true;
    }
    if (rcode != DNS_RCODE_NONE && rcode != DNS_RCODE_NO_NAME) {
      Resolver.askNext(query, rcode == RCODE_SERVER_FAILURE ? EAGAIN : EIO);
      return true;
    }
    const found = changetype<Found>(Memory.found());
    query.count = 0;
    query.ttl = NO_LIMIT;
    let owner = DNS_HEADER_BYTES;
    for (let hop: u32 = 0; hop < HOPS; hop++) {
      if (!DnsInput.look(query, p, bytes, owner, found)) return false;
      if (query.count) {
        Resolver.finish(query, 0);
        return true;
      }
      if (!found.alias) {
        query.ttl = found.end ? DnsInput.negativeTtl(p, bytes, found.end, message.authority()) : 0;
        Resolver.finish(query, rcode == DNS_RCODE_NO_NAME ? ENOENT : EADDRNOTAVAIL);
        return true;
      }
      owner = found.alias;
      query.ttl = min<u32>(query.ttl, found.aliasTtl);
    }
    // Aliases without end.
    Resolver.askNext(query, EIO);
    return true;
  }

  /** Looks for addresses and the alias of the name at `owner` among the answers. False when a record is malformed. */
  private static look(query: Query, message: usize, bytes: u32, owner: u32, found: Found): bool {
    const count = DnsMessage.at(message).answers();
    let at = DNS_HEADER_BYTES + query.nameBytes + DNS_QUESTION_TAIL_BYTES;
    found.alias = 0;
    for (let i: u32 = 0; i < min<u32>(count, RECORDS); i++) {
      const head = DnsName.end(message, bytes, at);
      if (!head || head + DNS_RECORD_HEAD_BYTES > bytes) return false;
      const fields = message + head;
      const data = head + DNS_RECORD_HEAD_BYTES;
      const length = DnsRecord.length(fields);
      if (length > bytes - data) return false;
      const type = DnsRecord.type(fields);
      if (DnsRecord.isInternet(fields) && (type == DNS_TYPE_A || type == DNS_TYPE_CNAME)) {
        if (type == DNS_TYPE_A ? length != ADDRESS_BYTES : DnsName.end(message, bytes, data) != data + length)
          return false;
        if (DnsName.equal(message, at, owner)) {
          const ttl = DnsRecord.ttl(fields);
          if (type == DNS_TYPE_A) DnsInput.add(query, load<u32>(message + data), ttl);
          else {
            found.alias = data;
            found.aliasTtl = ttl;
          }
        }
      }
      at = data + length;
    }
    found.end = count > RECORDS ? 0 : at;
    return true;
  }

  private static add(query: Query, address: u32, ttl: u32): void {
    if (query.count == <u32>CONFIG_DNS_RESOLVER_AI_MAX_ENTRIES) return;
    store<u32>(query.addresses() + (query.count << 2), address);
    query.count += 1;
    query.ttl = min<u32>(query.ttl, ttl);
  }

  /** How long it may be remembered that there is no address: from the SOA record of the zone, 0 without one (RFC 2308 §5). */
  private static negativeTtl(message: usize, bytes: u32, at: u32, count: u32): u32 {
    for (let i: u32 = 0; i < min<u32>(count, RECORDS); i++) {
      const head = DnsName.end(message, bytes, at);
      if (!head || head + DNS_RECORD_HEAD_BYTES > bytes) return 0;
      const fields = message + head;
      const data = head + DNS_RECORD_HEAD_BYTES;
      const length = DnsRecord.length(fields);
      if (length > bytes - data) return 0;
      if (DnsRecord.type(fields) == DNS_TYPE_SOA && length >= DNS_SOA_TAIL_BYTES + 2) {
        const minimum = Be.swap32(load<u32>(message + data + length - 4));
        return <i32>minimum < 0 ? 0 : min<u32>(minimum, DnsRecord.ttl(fields));
      }
      at = data + length;
    }
    return 0;
  }
}
