/** Descriptor numbers, and what select and poll say about descriptors, against models. */
import assert from "node:assert/strict";
import { before, test } from "node:test";
import fc from "fast-check";
import { type CompiledCore, compileCore } from "../harness/compile.js";
import { errnoNumber } from "../harness/errno.js";
import { ethernet, icmp, ipv4, quote } from "../harness/packets.js";
import { POLLERR, POLLHUP, POLLIN, POLLNVAL, POLLOUT } from "../harness/socket-calls.js";
import { Stack } from "../harness/stack.js";

const OPEN_MAX = 6;
const SOCKETS = 4;

let narrow: CompiledCore;
let standard: CompiledCore;
before(async () => {
  narrow = await compileCore({ settings: { ZVFS_OPEN_MAX: OPEN_MAX, NET_MAX_CONTEXTS: SOCKETS } });
  standard = await compileCore();
});

test("a new descriptor is the lowest free number; full tables answer EMFILE and ENFILE", () => {
  type Step = {
    readonly kind: "open" | "close" | "renumber" | "dup" | "dup2" | "restart";
    readonly fd: number;
    readonly to: number;
  };
  const fd = fc.integer({ min: -1, max: OPEN_MAX });
  const step: fc.Arbitrary<Step> = fc.record({
    kind: fc.constantFrom(
      "open",
      "open",
      "open",
      "open",
      "close",
      "close",
      "close",
      "renumber",
      "dup",
      "dup2",
      "restart",
    ),
    fd,
    to: fd,
  });
  const seen = new Set<string>();
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60, size: "max" }), (steps) => {
      const stack = new Stack(narrow);
      /** The port a socket is bound to tells which one it is; 0 is the console. */
      const table: (number | undefined)[] = [0, 0, 0, ...Array(OPEN_MAX - 3).fill(undefined)];
      let nextPort = 1000;
      for (const { kind, fd: at, to } of steps) {
        const isOpen = (number: number): boolean => table[number] !== undefined;
        if (kind === "open") {
          const lowest = table.indexOf(undefined);
          const sockets = new Set(table.filter((entry) => entry !== undefined && entry > 0)).size;
          const allowed = lowest < 0 ? ["EMFILE"] : [];
          if (sockets === SOCKETS) allowed.push("ENFILE");
          let got = -1;
          const errno = stack.errno(() => {
            got = stack.openUdp();
          });
          seen.add(errno);
          if (allowed.length > 0) {
            assert.ok(allowed.includes(errno), `${errno}, not ${allowed.join(" or ")}`);
            continue;
          }
          assert.equal(got, lowest);
          stack.bind(got, ++nextPort);
          table[got] = nextPort;
        } else if (kind === "close") {
          assert.equal(
            stack.errno(() => stack.close(at)),
            isOpen(at) ? "SUCCESS" : "EBADF",
          );
          if (isOpen(at)) table[at] = undefined;
        } else if (kind === "renumber") {
          const possible = isOpen(at) && isOpen(to);
          assert.equal(stack.sys("fd_renumber", at, to), possible ? 0 : 8);
          if (possible && at !== to) {
            table[to] = table[at];
            table[at] = undefined;
          }
        } else if (kind === "dup") {
          const free = to < 0 ? -1 : table.findIndex((entry, number) => entry === undefined && number >= to);
          const expected = !isOpen(at)
            ? "EBADF"
            : to < 0 || to >= OPEN_MAX
              ? "EINVAL"
              : free < 0
                ? "EMFILE"
                : "SUCCESS";
          let got = -1;
          const errno = stack.errno(() => {
            got = stack.dup(at, to);
          });
          assert.equal(errno, expected);
          seen.add(`dup ${errno}`);
          if (errno === "SUCCESS") {
            assert.equal(got, free);
            table[free] = table[at];
          }
        } else if (kind === "dup2") {
          const possible = isOpen(at) && to >= 0 && to < OPEN_MAX;
          assert.equal(stack.sys("dup2", at, to), possible ? 0 : errnoNumber("EBADF"));
          if (possible) table[to] = table[at];
        } else if (kind === "restart" && at === 0) {
          stack.node.reset(0);
          table.splice(0, OPEN_MAX, 0, 0, 0, ...Array(OPEN_MAX - 3).fill(undefined));
        }
        for (const [number, port] of table.entries()) {
          if (port === undefined || port === 0) {
            const errno = stack.errno(() => stack.localAddress(number));
            assert.equal(errno, port === 0 ? "ENOTSOCK" : "EBADF", `descriptor ${number}`);
          } else assert.equal(stack.localAddress(number).port, port, `descriptor ${number}`);
        }
      }
      stack.end();
    }),
    { numRuns: 60, seed: 1003 },
  );
  assert.deepEqual([...seen].sort(), [
    "EMFILE",
    "ENFILE",
    "SUCCESS",
    "dup EBADF",
    "dup EINVAL",
    "dup EMFILE",
    "dup SUCCESS",
  ]);
});

/** What a socket of the model has been through. */
interface State {
  readonly datagram: boolean;
  readonly error: boolean;
  readonly readShut: boolean;
  readonly writeShut: boolean;
}

const PORTS = [1001, 1002, 1003, 1004];
/** Console (0 to 2), sockets (3 to 6), not open (7). */
const DESCRIPTORS = 8;

/** A stack whose sockets, all connected to the peer, are in `states`. */
function prepared(states: readonly State[]): Stack {
  const stack = new Stack(standard);
  stack.arpResolve();
  for (const [i, state] of states.entries()) {
    const fd = stack.openUdp();
    stack.bind(fd, PORTS[i]);
    stack.connect(fd, stack.peer.ip, 9000);
    if (state.datagram) stack.inject(stack.peer.udp({ srcPort: 9000, dstPort: PORTS[i] }, "x"));
    if (state.error) {
      stack.send(fd, "anyone?");
      const { frame } = stack.expect({ udp: { srcPort: PORTS[i] } });
      const message = icmp({ type: 3, code: 3 }, quote(frame.subarray(14)));
      const packet = ipv4({ src: stack.peer.ip, dst: stack.ip, protocol: 1 }, message);
      stack.inject(ethernet({ dst: stack.mac, src: stack.peer.mac }, packet));
    }
    const how = (state.readShut ? 1 : 0) | (state.writeShut ? 2 : 0);
    if (how !== 0) assert.equal(stack.sys("sock_shutdown", fd, how), 0);
  }
  return stack;
}

/** POSIX: reading would not block with data, an error or the end of input there; writing of datagrams never does. */
function ready(
  states: readonly State[],
  fd: number,
): { read: boolean; write: boolean; error: boolean; hangup: boolean } {
  if (fd < 3) return { read: false, write: true, error: false, hangup: false };
  const { datagram, error, readShut, writeShut } = states[fd - 3];
  return { read: datagram || error || readShut, write: true, error, hangup: readShut && writeShut };
}

const states = fc.array(
  fc.record({ datagram: fc.boolean(), error: fc.boolean(), readShut: fc.boolean(), writeShut: fc.boolean() }),
  { minLength: 4, maxLength: 4 },
);
const set = fc.uniqueArray(fc.nat(DESCRIPTORS - 2), { maxLength: 7 });

test("select: every descriptor in every set, ready or not, as the model says", () => {
  let waits = 0;
  fc.assert(
    fc.property(
      states,
      set,
      fc.oneof(fc.constant([]), set),
      fc.nat(9).map((value) => value === 0),
      (sockets, read, write, bad) => {
        const stack = prepared(sockets);
        const asked = bad ? [...read, DESCRIPTORS - 1] : read;
        const call = stack.begin.select(asked, write, 1000);
        const expected = {
          read: read.filter((fd) => ready(sockets, fd).read).sort(),
          write: write.filter((fd) => ready(sockets, fd).write).sort(),
        };
        if (bad) assert.equal(call.errno, "EBADF");
        else if (expected.read.length + expected.write.length > 0) assert.deepEqual(call.value(), expected);
        else {
          // Nothing is ready: it waits for its time, and then the sets are empty.
          waits++;
          assert.equal(call.done, false);
          stack.advance(1);
          assert.deepEqual(call.value(), { read: [], write: [] });
        }
      },
    ),
    { numRuns: 200, seed: 1004 },
  );
  assert.ok(waits > 5, `${waits} calls waited`);
});

test("poll: revents of every entry as the model says, ready ones counted", () => {
  const entry = fc.record({
    fd: fc.integer({ min: -2, max: DESCRIPTORS + 1 }),
    events: fc.constantFrom(0, POLLIN, POLLOUT, POLLIN | POLLOUT),
  });
  let waits = 0;
  fc.assert(
    fc.property(states, fc.array(entry, { maxLength: 16 }), (sockets, entries) => {
      const stack = prepared(sockets);
      const expected = entries.map(({ fd, events }) => {
        if (fd < 0) return 0;
        if (fd > 6) return POLLNVAL;
        const { read, write, error, hangup } = ready(sockets, fd);
        // A stream of events: errors and hang-ups are told unasked; after a hang-up nothing can be written (POSIX).
        const told = (error ? POLLERR : 0) | (hangup ? POLLHUP : 0);
        return told | (read ? events & POLLIN : 0) | (write && !hangup ? events & POLLOUT : 0);
      });
      const call = stack.begin.poll(entries, 1);
      if (expected.some((events) => events !== 0)) assert.deepEqual(call.value(), expected);
      else {
        waits++;
        assert.equal(call.done, false);
        stack.advance(1);
        assert.deepEqual(call.value(), expected);
      }
    }),
    { numRuns: 200, seed: 1005 },
  );
  assert.ok(waits > 5, `${waits} calls waited`);
});
