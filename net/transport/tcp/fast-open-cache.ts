/**
 * What a client remembers of servers (RFC 7413 §4.1.3): the cookie and the MSS that one gave, by own and its address, and, by port,
 * that Fast Open has failed there and is not to be tried for a while (§4.1.3.1). A table of CONFIG_NET_TCP_FASTOPEN_COOKIES
 * records; the one that was used longest ago makes room. Times are in units of 2^20 µs: they do not wrap.
 *
 * A failure is a SYN with the option that had to be sent again, or data in a SYN that was not taken although no new cookie came.
 * The first ends Fast Open to the port for a minute, each further one in a row for twice as long, up to
 * CONFIG_NET_TCP_FASTOPEN_BLACKHOLE_TIMEOUT: a single SYN that was lost costs little, a path that drops all of them is left alone.
 */
import {
  CONFIG_NET_TCP_FASTOPEN,
  CONFIG_NET_TCP_FASTOPEN_BLACKHOLE_TIMEOUT,
  CONFIG_NET_TCP_FASTOPEN_COOKIES,
} from "../../../config";
import { Clock } from "../../base/clock";

const UNIT_BITS: u64 = 20;
/** Seconds of the first pause, and most of them in a row that are told apart. */
const FIRST_PAUSE: u32 = 60;
const FAILURES_MOST: u32 = 11;
const LONGEST_PAUSE: u32 = CONFIG_NET_TCP_FASTOPEN_BLACKHOLE_TIMEOUT;

@unmanaged
@final
export class FastOpenServerRecord {
  /** Server's and own address, network order; a remote of 0 = free. */
  remote: u32;
  local: u32;
  /** When it was last used. */
  usedAt: u32;
  /** Until when Fast Open is left alone; with `port`. */
  pausedUntil: u32;
  /** The port, network order, that the pause is for; 0 = all. */
  port: u16;
  /** The MSS option of its SYN-ACK; 0 = not known. */
  mss: u16;
  /** Bytes of `cookie`; 0 = none. */
  cookieBytes: u8;
  /** Failures in a row. */
  failures: u8;
  spare: u16;
  /** The cookie, as it lies in memory. */
  cookie0: u64;
  cookie1: u64;

  @inline static at(p: usize): FastOpenServerRecord {
    return changetype<FastOpenServerRecord>(p);
  }

  /** usize → u8[16]. */
  @inline cookie(): usize {
    return changetype<usize>(this) + offsetof<FastOpenServerRecord>("cookie0");
  }
}

const RECORD_BYTES: usize = 40;
const COUNT: usize = CONFIG_NET_TCP_FASTOPEN ? CONFIG_NET_TCP_FASTOPEN_COOKIES : 1;
const TABLE: usize = CONFIG_NET_TCP_FASTOPEN
  ? memory.data(CONFIG_NET_TCP_FASTOPEN ? CONFIG_NET_TCP_FASTOPEN_COOKIES * 40 : 40, 8)
  : 0;
const END: usize = TABLE + COUNT * RECORD_BYTES;

export class FastOpenCache {
  @inline private static now(): u32 {
    return <u32>(Clock.now() >>> UNIT_BITS);
  }

  /** What is known of a server: usize → FastOpenServerRecord, or 0. Addresses in network order. */
  static find(local: u32, remote: u32): usize {
    for (let p = TABLE; p < END; p += RECORD_BYTES) {
      const record = FastOpenServerRecord.at(p);
      if (record.remote != remote || record.local != local) continue;
      record.usedAt = FastOpenCache.now();
      return p;
    }
    return 0;
  }

  /** The record of a server, in place of another when it has none. */
  static obtain(local: u32, remote: u32): FastOpenServerRecord {
    const found = FastOpenCache.find(local, remote);
    if (found) return FastOpenServerRecord.at(found);
    let place = TABLE;
    for (let p = TABLE; p < END; p += RECORD_BYTES) {
      const record = FastOpenServerRecord.at(p);
      if (!record.remote) {
        place = p;
        break;
      }
      if (record.usedAt < FastOpenServerRecord.at(place).usedAt) place = p;
    }
    memory.fill(place, 0, RECORD_BYTES);
    const record = FastOpenServerRecord.at(place);
    record.remote = remote;
    record.local = local;
    record.usedAt = FastOpenCache.now();
    return record;
  }

  /** True while Fast Open to `port` (network order) of the server of the record at `p` (0: none) is left alone. */
  static isPaused(p: usize, port: u32): bool {
    if (!p) return false;
    const record = FastOpenServerRecord.at(p);
    return record.pausedUntil > FastOpenCache.now() && (!record.port || <u32>record.port == port);
  }

  /** Fast Open to `port` of a server has failed. */
  static failed(local: u32, remote: u32, port: u32): void {
    const record = FastOpenCache.obtain(local, remote);
    const now = FastOpenCache.now();
    // Two ports that fail at a time: it is the path.
    record.port = record.pausedUntil > now && <u32>record.port != port ? 0 : <u16>port;
    const before = <u32>record.failures;
    if (before < FAILURES_MOST) record.failures = <u8>(before + 1);
    const pause = min<u32>(FIRST_PAUSE << before, LONGEST_PAUSE);
    // 15,625 / 2^14 units are a second.
    record.pausedUntil = now + ((pause * 15_625 + 16_383) >>> 14);
  }

  /** Fast Open has worked with the server of `record`. */
  static worked(record: FastOpenServerRecord): void {
    record.failures = 0;
    record.pausedUntil = 0;
  }
}

if (offsetof<FastOpenServerRecord>() != RECORD_BYTES) ERROR("a record of the cache has 40 bytes");
