/**
 * Random joining, leaving and filtering by several sockets, against a model: every call gives the error that the model says, each socket hears
 * what it should, and a router that takes in the reports knows exactly what the sockets want together (RFC 3376 §3.2, §6.4), also when it asks.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { SeededRandom } from "../../runtime/node/random.js";
import {
  type GroupRecord,
  groupMac,
  IP_ADD_SOURCE_MEMBERSHIP,
  IP_BLOCK_SOURCE,
  IP_DROP_SOURCE_MEMBERSHIP,
  IP_UNBLOCK_SOURCE,
  join,
  leave,
  queryFrame,
  readIgmp,
  source,
} from "../harness/igmp.js";
import { MSG_DONTWAIT, SO_REUSEADDR, SOL_SOCKET } from "../harness/socket-calls.js";
import { Stack } from "../harness/stack.js";

const SETTINGS = { NET_IPV4_IGMP: true, NET_TCP: false };
/** The defaults of the options. */
const GROUPS = 4;
const MEMBERSHIPS = 4;
const SOURCES = 4;
const PORT = 5000;
const SOCKETS = 3;
const ADDRESSES = ["239.0.0.1", "239.0.0.2", "239.0.0.3", "239.0.0.4", "239.0.0.5"];
const FROM = [2, 3, 4, 5, 6, 7].map((host) => `10.0.2.${host}`);
const RUNS = 12;
const STEPS = 60;

interface Filter {
  exclude: boolean;
  readonly sources: Set<string>;
}

/** Who is in which group. */
class Model {
  readonly members: Map<string, Filter>[] = Array.from({ length: SOCKETS }, () => new Map());

  filters(group: string): Filter[] {
    return this.members.flatMap((groups) => groups.get(group) ?? []);
  }

  hears(socket: number, group: string, from: string): boolean {
    const filter = this.members[socket].get(group);
    return filter !== undefined && filter.sources.has(from) !== filter.exclude;
  }

  private isFull(group: string): boolean {
    const joined = new Set(this.members.flatMap((groups) => [...groups.keys()]));
    const count = this.members.reduce((total, groups) => total + groups.size, 0);
    return count === MEMBERSHIPS || (!joined.has(group) && joined.size === GROUPS);
  }

  join(socket: number, group: string): string {
    const groups = this.members[socket];
    if (groups.has(group)) return "EADDRINUSE";
    if (this.isFull(group)) return "ENOBUFS";
    groups.set(group, { exclude: true, sources: new Set() });
    return "SUCCESS";
  }

  leave(socket: number, group: string): string {
    return this.members[socket].delete(group) ? "SUCCESS" : "EADDRNOTAVAIL";
  }

  /** IP_ADD_SOURCE_MEMBERSHIP, or with `exclude` IP_BLOCK_SOURCE. */
  add(socket: number, group: string, from: string, exclude: boolean): string {
    const groups = this.members[socket];
    const filter = groups.get(group);
    if (filter === undefined) {
      if (exclude) return "EINVAL";
      if (this.isFull(group) || !this.fits(group, from)) return "ENOBUFS";
      groups.set(group, { exclude, sources: new Set([from]) });
      return "SUCCESS";
    }
    if (filter.exclude !== exclude && filter.sources.size > 0) return "EINVAL";
    if (filter.sources.has(from)) return "EADDRNOTAVAIL";
    if (filter.sources.size === SOURCES || (!exclude && !this.fits(group, from))) return "ENOBUFS";
    filter.exclude = exclude;
    filter.sources.add(from);
    return "SUCCESS";
  }

  /** IP_DROP_SOURCE_MEMBERSHIP, or with `exclude` IP_UNBLOCK_SOURCE. */
  remove(socket: number, group: string, from: string, exclude: boolean): string {
    const filter = this.members[socket].get(group);
    if (filter === undefined || (filter.exclude !== exclude && filter.sources.size > 0)) return "EINVAL";
    if (!filter.sources.delete(from)) return "EADDRNOTAVAIL";
    if (!exclude && filter.sources.size === 0) this.members[socket].delete(group);
    return "SUCCESS";
  }

  private fits(group: string, from: string): boolean {
    const named = this.filters(group).flatMap(({ exclude, sources }) => (exclude ? [] : [...sources]));
    return new Set([...named, from]).size <= SOURCES * 2;
  }

  /** What the interface wants: mode and sources; undefined = nothing. */
  wanted(group: string): string | undefined {
    const filters = this.filters(group);
    if (filters.length === 0) return undefined;
    const exclude = filters.some((filter) => filter.exclude);
    const list = FROM.filter(
      (from) => filters.some((filter) => filter.sources.has(from) !== filter.exclude) !== exclude,
    );
    return [exclude ? "exclude" : "include", ...list].join(" ");
  }
}

/** What a router knows from the reports (RFC 3376 §6.4, without its timers: nothing is lost here). */
class Router {
  private readonly groups = new Map<string, Filter>();

  take({ type, group, sources }: GroupRecord): void {
    const known = this.groups.get(group) ?? { exclude: false, sources: new Set<string>() };
    if (type === "TO_IN" || type === "TO_EX") {
      this.groups.set(group, { exclude: type === "TO_EX", sources: new Set(sources) });
      return;
    }
    for (const each of sources) {
      if ((type === "ALLOW") === known.exclude) known.sources.delete(each);
      else known.sources.add(each);
    }
    this.groups.set(group, known);
  }

  knows(group: string): string | undefined {
    const known = this.groups.get(group);
    if (known === undefined || (!known.exclude && known.sources.size === 0)) return undefined;
    return [known.exclude ? "exclude" : "include", ...FROM.filter((from) => known.sources.has(from))].join(" ");
  }
}

class Run {
  readonly model = new Model();
  readonly router = new Router();
  readonly sockets: number[];

  constructor(
    readonly stack: Stack,
    readonly random: SeededRandom,
  ) {
    this.sockets = Array.from({ length: SOCKETS }, () => this.open());
  }

  private open(): number {
    const fd = this.stack.openUdp();
    this.stack.setOption(fd, SOL_SOCKET, SO_REUSEADDR, 1);
    this.stack.bind(fd, PORT);
    return fd;
  }

  pick<T>(list: readonly T[]): T {
    return list[this.random.next32() % list.length];
  }

  /** One call; it must end as the model says. */
  step(): void {
    const { stack, model } = this;
    const socket = this.random.next32() % SOCKETS;
    const fd = this.sockets[socket];
    const group = this.pick(ADDRESSES);
    const from = this.pick(FROM);
    const call = (name: number): string => stack.errno(() => source(stack, name, fd, group, from));
    switch (this.random.next32() % 12) {
      case 0:
        assert.equal(
          stack.errno(() => join(stack, fd, group)),
          model.join(socket, group),
        );
        break;
      case 1:
        assert.equal(
          stack.errno(() => leave(stack, fd, group)),
          model.leave(socket, group),
        );
        break;
      case 2:
        stack.close(fd);
        model.members[socket].clear();
        this.sockets[socket] = this.open();
        break;
      case 3:
      case 4:
      case 5:
        assert.equal(call(IP_ADD_SOURCE_MEMBERSHIP), model.add(socket, group, from, false));
        break;
      case 6:
      case 7:
        assert.equal(call(IP_DROP_SOURCE_MEMBERSHIP), model.remove(socket, group, from, false));
        break;
      case 8:
      case 9:
        assert.equal(call(IP_BLOCK_SOURCE), model.add(socket, group, from, true));
        break;
      default:
        assert.equal(call(IP_UNBLOCK_SOURCE), model.remove(socket, group, from, true));
    }
  }

  /** The router takes in what was sent. @returns the records that were answers */
  listen(): GroupRecord[] {
    const records = this.stack.takeSent().flatMap(({ packet }) => readIgmp(packet, this.stack).records);
    const isAnswer = ({ type }: GroupRecord): boolean => type.startsWith("IS_");
    for (const record of records) if (!isAnswer(record)) this.router.take(record);
    return records.filter(isAnswer);
  }

  /** Every socket hears what it wants. */
  deliver(): void {
    const group = this.pick(ADDRESSES);
    const from = this.pick(FROM);
    const ip = { src: from, dst: group, ttl: 1 };
    this.stack.inject(this.stack.peer.udp({ srcPort: 9000, dstPort: PORT, ip, eth: { dst: groupMac(group) } }, from));
    for (const [socket, fd] of this.sockets.entries()) {
      const expected = this.model.hears(socket, group, from) ? "SUCCESS" : "EAGAIN";
      assert.equal(
        this.stack.errno(() => this.stack.recvFrom(fd, { flags: MSG_DONTWAIT })),
        expected,
      );
    }
  }

  /** All has been said: the router knows what is wanted, and its query is answered with just that. */
  compare(): void {
    this.stack.advance(5000);
    this.listen();
    for (const group of ADDRESSES) assert.equal(this.router.knows(group), this.model.wanted(group), group);
    this.stack.inject(queryFrame(this.stack.peer, { code: 10 }));
    this.stack.advance(1000);
    const answers = this.listen().map(({ type, group, sources }) =>
      [group, type === "IS_EX" ? "exclude" : "include", ...FROM.filter((from) => sources.includes(from))].join(" "),
    );
    const wanted = ADDRESSES.flatMap((group) => {
      const each = this.model.wanted(group);
      return each === undefined ? [] : [`${group} ${each}`];
    });
    assert.deepEqual(answers.sort(), wanted);
  }
}

for (let seed = 1; seed <= RUNS; seed++) {
  test(`sockets, reports and a router agree (seed ${seed})`, async () => {
    const stack = await Stack.create({ settings: SETTINGS, seed });
    const run = new Run(stack, new SeededRandom(seed * 7919));
    for (let step = 0; step < STEPS; step++) {
      run.step();
      // Often the next change comes before the last one has been reported.
      if (run.random.next32() % 3 === 0) stack.advance(run.random.next32() % 800);
      run.listen();
      run.deliver();
      if (step % 10 === 9) run.compare();
    }
    run.compare();
    stack.end();
  });
}
