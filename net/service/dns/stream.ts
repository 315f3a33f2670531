/**
 * A question over TCP (RFC 1035 §4.2.2, RFC 7766): asked when the answer over UDP did not fit its datagram (TC, RFC 2181 §9), of the
 * server that gave it. Each message has its length before it, two bytes.
 *
 * The call that waits for the name does the work: it waits for the connection instead of the query, and looks at it each time that it
 * is repeated. So nothing here runs while a frame is worked on, and the packet path knows nothing of it. The answer is read where it
 * lies in the receive ring; one that is longer than the ring cannot be taken.
 *
 * A connection has one question, and ends with its answer: RFC 7766 §6.2.1 would have it kept for the next one, but a device asks
 * seldom, and the record of a socket is worth more to it than a handshake.
 */
import { CONFIG_NET_TCP_RECV_BUFFER } from "../../../config";
import { Be } from "../../base/be";
import { Clock } from "../../base/clock";
import { COUNTER_DNS_OUT, Counter } from "../../base/counters";
import { EAGAIN } from "../../base/errno";
import { Timers } from "../../base/timers";
import { Task, Tasks } from "../../socket/task";
import { Tcb } from "../../transport/tcp/connection";
import { OwnConnection } from "../../transport/tcp/own";
import { DNS_PORT_BE, DnsMessage } from "../../wire/dns";
import { DnsInput } from "./input";
import { QUERY_CONNECTING, QUERY_DONE, QUERY_READING, Query } from "./query";
import { Resolver } from "./resolver";

/** Bytes before a message that say its length (RFC 1035 §4.2.2). */
const LENGTH_BYTES: u32 = 2;
/** Longest answer that can be taken, bytes. */
const LONGEST: u32 = CONFIG_NET_TCP_RECV_BUFFER - LENGTH_BYTES;
/** Wait before a question that found no free send buffer is tried again, µs: other connections give theirs back without a word. */
const BUFFER_DELAY: u32 = 5_000;

export class DnsStream {
  /** The answer over UDP is truncated: the call is to ask the same server over TCP, which has as long as for a datagram. */
  static want(query: Query): void {
    query.state = QUERY_CONNECTING;
    query.connection = 0;
    // What the call answers when neither this nor another server does.
    query.error = EAGAIN;
    query.deadline = Clock.ticks() + Resolver.timeout();
    Timers.arm(query.deadline);
    Tasks.wake(changetype<usize>(query));
  }

  /** Does what is to be done for `query`, if it is asked over TCP. Afterwards it is done, or waits for something else. */
  static look(query: Query): void {
    if (query.state <= QUERY_DONE) return;
    if (!query.connection) {
      query.connection = OwnConnection.open(query.server, DNS_PORT_BE);
      if (!query.connection) Resolver.askNext(query, EAGAIN);
      return;
    }
    const tcb = Tcb.of(query.connection);
    if (query.state == QUERY_CONNECTING && OwnConnection.canSend(tcb)) DnsStream.ask(query, tcb);
    if (query.state == QUERY_READING) {
      const available = OwnConnection.available(tcb);
      if (available >= LENGTH_BYTES) {
        const length = Be.swap16(load<u16>(OwnConnection.data(tcb)));
        if (length > LONGEST) {
          DnsStream.fail(query, tcb);
          return;
        }
        if (available - LENGTH_BYTES >= length) {
          DnsStream.take(query, tcb, length);
          return;
        }
      }
    }
    if (OwnConnection.hasEnded(tcb)) DnsStream.fail(query, tcb);
  }

  /** `task` waits for the next event of `query`, which is not done. */
  static wait(query: Query, task: i32): void {
    const p = query.state > QUERY_DONE ? query.connection : 0;
    const waiting = Task.at(task);
    waiting.wait(p ? p : changetype<usize>(query), 0);
    if (p && query.state == QUERY_CONNECTING && OwnConnection.canSend(Tcb.of(p))) waiting.retryAfter(BUFFER_DELAY);
  }

  /** Gives the connection of `query` up, if there is one: the server has had its time, or the program is gone. */
  static drop(query: Query): void {
    const p = query.state > QUERY_DONE ? query.connection : 0;
    if (!p) return;
    query.connection = 0;
    // The call looks at the query again, and waits for that.
    Tasks.wake(p);
    OwnConnection.abort(Tcb.of(p));
  }

  private static ask(query: Query, tcb: Tcb): void {
    const room = OwnConnection.room(tcb);
    if (!room) return;
    const bytes = DnsMessage.at(room + LENGTH_BYTES).question(query.id, query.name(), query.nameBytes);
    store<u16>(room, <u16>Be.swap16(bytes));
    query.state = QUERY_READING;
    Counter.add(COUNTER_DNS_OUT);
    OwnConnection.send(tcb, bytes + LENGTH_BYTES);
  }

  /** The whole answer is there. It counts as one over UDP would; a wrong one is the end of this server's turn, since no other follows. */
  private static take(query: Query, tcb: Tcb, length: u32): void {
    query.connection = 0;
    const taken = DnsInput.stream(query, OwnConnection.data(tcb) + LENGTH_BYTES, length);
    if (taken && query.state == QUERY_DONE) {
      OwnConnection.finish(tcb);
      return;
    }
    OwnConnection.abort(tcb);
    if (!taken) Resolver.askNext(query, EAGAIN);
  }

  /** Nothing useful comes from this server: the next one is asked. */
  private static fail(query: Query, tcb: Tcb): void {
    query.connection = 0;
    OwnConnection.abort(tcb);
    Resolver.askNext(query, EAGAIN);
  }
}
