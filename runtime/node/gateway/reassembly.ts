/** Puts fragments from the node together: a few datagrams at a time, for half a minute at most. */
import type { Datagram } from "./frames.js";

const MAX_DATAGRAMS = 16;
/** Milliseconds. */
const LIFETIME = 30_000;
const MAX_PAYLOAD = 65_515;

interface Incomplete {
  readonly bornAt: number;
  readonly parts: Map<number, Uint8Array>;
  header: Uint8Array | undefined;
  length: number | undefined;
}

export class Reassembly {
  private readonly datagrams = new Map<string, Incomplete>();

  /** Takes a fragment; the whole datagram when it is complete. @param now milliseconds */
  add(fragment: Datagram, now: number): Datagram | undefined {
    if (!fragment.more && fragment.offset === 0) return fragment;
    for (const [key, { bornAt }] of this.datagrams) if (now - bornAt > LIFETIME) this.datagrams.delete(key);
    const key = `${fragment.src} ${fragment.dst} ${fragment.id} ${fragment.protocol}`;
    let entry = this.datagrams.get(key);
    if (entry === undefined) {
      if (this.datagrams.size >= MAX_DATAGRAMS) this.datagrams.delete([...this.datagrams.keys()][0]);
      entry = { bornAt: now, parts: new Map(), header: undefined, length: undefined };
      this.datagrams.set(key, entry);
    }
    const { offset, payload, more } = fragment;
    if (offset + payload.length > MAX_PAYLOAD || (more && payload.length % 8 !== 0)) return undefined;
    entry.parts.set(offset, payload);
    if (offset === 0) entry.header = fragment.header;
    if (!more) entry.length = offset + payload.length;
    return this.complete(key, entry, fragment);
  }

  private complete(key: string, entry: Incomplete, fragment: Datagram): Datagram | undefined {
    if (entry.length === undefined || entry.header === undefined) return undefined;
    const payload = new Uint8Array(entry.length);
    let offset = 0;
    while (offset < entry.length) {
      const part = entry.parts.get(offset);
      if (part === undefined || part.length === 0 || offset + part.length > entry.length) return undefined;
      payload.set(part, offset);
      offset += part.length;
    }
    this.datagrams.delete(key);
    return { ...fragment, offset: 0, more: false, header: entry.header, payload };
  }
}
