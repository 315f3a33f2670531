/** IPv4 and UDP input against an oracle that reads frames as RFC 791, 768 and 1122 describe them. */
import assert from "node:assert/strict";
import { before, test } from "node:test";
import fc from "fast-check";
import { internetChecksum, ipText, pattern } from "../harness/bytes.js";
import { type CompiledCore, compileCore } from "../harness/compile.js";
import { MSG_DONTWAIT } from "../harness/socket-calls.js";
import { Stack } from "../harness/stack.js";

const ETHERNET = 14;
const PORT = 7;

type Verdict =
  | { readonly kind: "delivered"; readonly data: Uint8Array; readonly port: number }
  | { readonly kind: "parameter problem"; readonly pointer: number }
  | { readonly kind: "dropped"; readonly counter: string };

const dropped = (counter: string): Verdict => ({ kind: "dropped", counter });

/**
 * Options (RFC 791 §3.1): each is one octet (end of list, no operation), or type, length, data with a length of all of them.
 * Source routes are not followed and silently refused (RFC 7126 §4.3); a list that cannot be read is a parameter problem
 * whose pointer names the octet (RFC 1122 §3.2.2.5): the length, or the type when there is no room for a length.
 */
function readOptions(header: Uint8Array): Verdict | undefined {
  let at = 20;
  while (at < header.length && header[at] !== 0) {
    if (header[at] === 1) {
      at += 1;
      continue;
    }
    if (at === header.length - 1) return { kind: "parameter problem", pointer: at };
    const length = header[at + 1];
    if (length < 2 || at + length > header.length) return { kind: "parameter problem", pointer: at + 1 };
    if (header[at] === 131 || header[at] === 137) return dropped("drop_ip_options");
    at += length;
  }
  return undefined;
}

/** What RFC 791, 1122 §3.2.1 and 768 say about a frame for this host and its one open port. */
function oracle(frame: Uint8Array, ownAddress: string, nobody: readonly string[]): Verdict {
  const ip = frame.subarray(ETHERNET);
  const headerBytes = (ip[0] & 15) * 4;
  const total = (ip[2] << 8) | ip[3];
  if (ip[0] >> 4 !== 4 || headerBytes < 20 || total < headerBytes || total > ip.length)
    return dropped("drop_ip_header");
  const header = ip.subarray(0, headerBytes);
  if (internetChecksum(header) !== 0) return dropped("drop_ip_checksum");
  if (nobody.includes(ipText(header.subarray(12, 16)))) return dropped("drop_ip_source");
  if (ipText(header.subarray(16, 20)) !== ownAddress) return dropped("drop_ip_destination");
  const options = readOptions(header);
  if (options !== undefined) return options;
  const datagram = ip.subarray(headerBytes, total);
  if (datagram.length < 8) return dropped("drop_udp_length");
  const length = (datagram[4] << 8) | datagram[5];
  if (length < 8 || length > datagram.length) return dropped("drop_udp_length");
  const udp = datagram.subarray(0, length);
  if (udp[6] !== 0 || udp[7] !== 0) {
    const pseudo = Uint8Array.of(...header.subarray(12, 20), 0, 17, udp[4], udp[5]);
    if (internetChecksum(pseudo, udp) !== 0) return dropped("drop_udp_checksum");
  }
  return { kind: "delivered", data: udp.slice(8), port: (udp[0] << 8) | udp[1] };
}

let compiled: CompiledCore;
before(async () => {
  compiled = await compileCore();
});

class Checked {
  readonly stack = new Stack(compiled);
  readonly fd: number;
  readonly verdicts = new Map<string, number>();
  private acquainted = 0;

  constructor() {
    this.stack.arpResolve();
    this.fd = this.stack.openUdp();
    this.stack.bind(this.fd, PORT);
  }

  /** The stack does with `frame` what the oracle says. */
  feed(frame: Uint8Array): void {
    const { stack, fd } = this;
    const verdict = oracle(frame, stack.ip, ["127.0.0.1", "0.0.0.0", "255.255.255.255", "224.0.0.1", stack.ip]);
    const before = stack.counters();
    stack.inject(frame);
    const name = verdict.kind === "dropped" ? verdict.counter : verdict.kind;
    this.verdicts.set(name, (this.verdicts.get(name) ?? 0) + 1);
    const call = stack.begin.recvFrom(fd, { flags: MSG_DONTWAIT });
    if (verdict.kind === "delivered") {
      assert.equal(call.errno, "SUCCESS");
      const { port, data } = call.value();
      assert.deepEqual([port, data], [verdict.port, verdict.data]);
    } else {
      assert.equal(call.errno, "EAGAIN");
      const counter = verdict.kind === "dropped" ? verdict.counter : "drop_ip_options";
      assert.equal(stack.counter(counter), (before[counter] ?? 0) + 1, counter);
    }
    if (verdict.kind === "parameter problem") {
      const sent = stack.expect({ ip: { dst: stack.peer.ip }, icmp: { type: 12, code: 0 } });
      assert.equal(sent.frame[ETHERNET + 20 + 4], verdict.pointer);
      stack.advance(200); // the rate of errors is limited
    }
    if (stack.elapsed > this.acquainted + 60_000) {
      stack.arpResolve(); // so that no entry gets so old that the stack asks by itself
      this.acquainted = stack.elapsed;
    }
    stack.expectNothing();
  }
}

const octet = fc.integer({ min: 0, max: 255 });
const option = fc.oneof(
  fc.constantFrom([0], [1], [1, 1, 1]),
  fc
    .tuple(fc.constantFrom(7, 68, 130, 131, 136, 137, 148, 2, 255), fc.integer({ min: 0, max: 12 }))
    .map(([type, length]) => [type, length, ...Array(Math.max(0, length - 2)).fill(4)]),
  fc.tuple(octet, fc.integer({ min: 0, max: 42 }), octet),
);
const optionBytes = fc.oneof(
  fc.array(option, { maxLength: 8 }).map((list) => list.flat().slice(0, 40)),
  fc.array(octet, { maxLength: 40 }),
);

test("options: accepted, refused or answered with a parameter problem, as RFC 791 and 1122 say", () => {
  const checked = new Checked();
  const { stack } = checked;
  fc.assert(
    fc.property(optionBytes, fc.integer({ min: 0, max: 200 }), (options, size) => {
      checked.feed(stack.peer.udp({ srcPort: 9000, dstPort: PORT, ip: { options } }, pattern(size)));
    }),
    { numRuns: 1500, seed: 791, endOnFailure: true },
  );
  stack.end();
  for (const kind of ["delivered", "parameter problem", "drop_ip_options"])
    assert.ok((checked.verdicts.get(kind) ?? 0) > 40, `${kind}: ${checked.verdicts.get(kind)}`);
});

test("header fields: version, header length, total length, checksum, addresses", () => {
  const checked = new Checked();
  const { stack } = checked;
  fc.assert(
    fc.property(
      fc.record({
        size: fc.oneof(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: 1400 })),
        options: fc.constantFrom([], [], [1, 1, 1, 0]),
        version: fc.oneof(
          { weight: 6, arbitrary: fc.constant(4) },
          { weight: 1, arbitrary: fc.integer({ min: 0, max: 15 }) },
        ),
        ihl: fc.option(fc.integer({ min: 0, max: 15 }), { freq: 5, nil: undefined }),
        total: fc.oneof(
          { weight: 3, arbitrary: fc.constant(undefined) },
          { weight: 2, arbitrary: fc.integer({ min: -40, max: 40 }) },
        ),
        checksum: fc.constantFrom("right" as const, "right" as const, "right" as const, "bad" as const),
        src: fc.constantFrom(undefined, undefined, undefined, "127.0.0.1", "0.0.0.0", "224.0.0.1", "255.255.255.255"),
        dst: fc.constantFrom(undefined, undefined, undefined, "10.0.2.16", "127.0.0.1", "8.8.8.8"),
        pad: fc.boolean(),
      }),
      ({ size, options, version, ihl, total, checksum, src, dst, pad }) => {
        const bytes = 20 + options.length + 8 + size;
        const totalLength = total === undefined ? undefined : Math.max(0, bytes + total);
        const ip = { options, version, checksum, src: src ?? stack.peer.ip, dst: dst ?? stack.ip };
        const more = { ...(ihl === undefined ? {} : { ihl }), ...(totalLength === undefined ? {} : { totalLength }) };
        const frame = stack.peer.udp(
          { srcPort: 9000, dstPort: PORT, ip: { ...ip, ...more }, eth: { pad } },
          pattern(size),
        );
        checked.feed(frame);
      },
    ),
    { numRuns: 1500, seed: 1122, endOnFailure: true },
  );
  stack.end();
  for (const kind of ["delivered", "drop_ip_header", "drop_ip_checksum", "drop_ip_source", "drop_ip_destination"])
    assert.ok((checked.verdicts.get(kind) ?? 0) > 20, `${kind}: ${checked.verdicts.get(kind)}`);
});

test("UDP: length and checksum fields, with and without bytes behind the datagram", () => {
  const checked = new Checked();
  const { stack } = checked;
  fc.assert(
    fc.property(
      fc.oneof(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 0, max: 1472 })),
      fc.oneof(fc.constant(0), fc.integer({ min: -12, max: 12 }), fc.integer({ min: 0, max: 65_535 })),
      fc.oneof(fc.constantFrom("right", "none", "bad"), fc.integer({ min: 0, max: 65_535 })),
      fc.boolean(),
      (size, off, checksum, repaired) => {
        const length = Math.min(65_535, Math.max(0, 8 + size + off));
        const kind = checksum as "right" | "none" | "bad" | number;
        const frame = stack.peer.udp({ srcPort: 9000, dstPort: PORT, length, checksum: kind }, pattern(size));
        if (repaired && length >= 8 && length <= 8 + size) {
          // A right sum over the shorter length.
          const udp = frame.subarray(34, 34 + length);
          udp.set([0, 0], 6);
          const sum = internetChecksum(Uint8Array.of(...frame.subarray(26, 34), 0, 17, udp[4], udp[5]), udp) || 0xffff;
          udp.set([sum >> 8, sum & 255], 6);
        }
        checked.feed(frame);
      },
    ),
    { numRuns: 1500, seed: 768, endOnFailure: true },
  );
  stack.end();
  for (const kind of ["delivered", "drop_udp_length", "drop_udp_checksum"])
    assert.ok((checked.verdicts.get(kind) ?? 0) > 100, `${kind}: ${checked.verdicts.get(kind)}`);
});
