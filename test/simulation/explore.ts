/**
 * Random programs on both ends of a hostile wire: each step is a call on one of a few connections, a pause, or a change of the wire. The
 * model of conversation-model.ts judges every answer; at the end everything is read and closed, the streams must have arrived, and the
 * pools must be empty.
 */
import { SeededRandom } from "../../runtime/node/random.js";
import { ModelEnd, ModelError } from "./conversation-model.js";
import type { Network } from "./network.js";
import {
  describeResult,
  EAGAIN,
  EINPROGRESS,
  failure,
  POLLIN,
  POLLOUT,
  SHUT_WR,
  type StreamHost,
} from "./stream-host.js";

const EISCONN = failure("EISCONN");
const EALREADY = failure("EALREADY");
const IPPROTO_TCP = 6;
const TCP_NODELAY = 1;
/** Connections that are open at once. */
const MOST_OPEN = 3;
const FIRST_PORT = 1000;
/** µs until everything that the connections leave behind has run out. */
const RUN_OUT = 400_000_000;
/** µs that the last bytes have to arrive over a wire without faults. */
const DRAIN = 300_000_000;

/** A listener of its own, a program that connects to it, and one that accepts. */
interface Pair {
  readonly active: ModelEnd;
  readonly passive: ModelEnd;
  listener: number;
  readonly port: number;
}

export class Exploration {
  /** What was done, a line each, for a failure's message. */
  readonly log: string[] = [];
  private readonly random: SeededRandom;
  private readonly pairs: Pair[] = [];
  private readonly settled: Pair[] = [];
  private count = 0;

  constructor(
    private readonly network: Network,
    readonly seed: number,
  ) {
    this.random = new SeededRandom(seed ^ 0xe_4b1);
  }

  /** `steps` random steps, then the end. @throws ModelError with the last steps */
  run(steps: number): void {
    try {
      for (let i = 0; i < steps; i++) this.step();
      this.finish();
    } catch (error) {
      const lines = this.log.slice(-40).join("\n  ");
      throw new ModelError(`${error instanceof Error ? error.message : error}\n  ${lines}`, { cause: error });
    }
  }

  private step(): void {
    const roll = this.random.below(100);
    if (roll < 4 || this.pairs.length === 0) this.begin();
    else if (roll < 30) this.pause();
    else if (roll < 33) this.changeWire();
    else this.use(this.pick(this.pairs));
  }

  private begin(): void {
    if (this.pairs.length >= MOST_OPEN) return;
    const { client, server } = this.network;
    const [from, to] = this.random.chance(0.5) ? [client, server] : [server, client];
    const number = this.count++;
    const port = FIRST_PORT + number;
    const listener = to.socket();
    this.must("bind", to.bind(listener, port));
    this.must("listen", to.listen(listener, 1));
    const active = new ModelEnd(`${number} active`, from, 2 * number + 1, 2 * number + 2);
    const passive = new ModelEnd(`${number} passive`, to, 2 * number + 2, 2 * number + 1);
    active.peer = passive;
    passive.peer = active;
    active.fd = from.socket();
    this.pairs.push({ active, passive, listener, port });
    this.connect(this.pairs[this.pairs.length - 1]);
  }

  private connect(pair: Pair): void {
    const { active, passive } = pair;
    const result = active.host.connect(active.fd, passive.host.ip, pair.port);
    this.note(active, `connect to port ${pair.port}: ${describeResult(result)}`);
    if (result === 0 || result === EISCONN) active.connected = true;
    else if (result !== EINPROGRESS && result !== EALREADY) active.judgeDeath("connect", result);
  }

  private accept(pair: Pair): void {
    const { passive } = pair;
    const result = passive.host.accept(pair.listener);
    this.note(passive, `accept: ${describeResult(result)}`);
    if (result === EAGAIN) return;
    // A connection that was reset while it waited may have vanished, or be there to report it.
    this.must("accept", result);
    passive.fd = result;
    passive.connected = true;
    passive.host.close(pair.listener);
    pair.listener = -1;
  }

  /** One call on one end of a pair. */
  private use(pair: Pair): void {
    const ends = [pair.active, pair.passive].filter((end) => end.open);
    if (pair.passive.fd < 0 && this.random.chance(0.3)) this.accept(pair);
    else if (ends.length === 0) this.retire(pair);
    else {
      const end = this.pick(ends);
      // A socket whose connection is dead could be connected anew; that is another story.
      if (!end.connected && !end.dead && end === pair.active && this.random.chance(0.5)) this.connect(pair);
      else this.useEnd(end);
    }
  }

  private useEnd(end: ModelEnd): void {
    const roll = this.random.below(100);
    if (roll < 38) this.send(end);
    else if (roll < 76) this.recv(end);
    else if (roll < 84) this.checkPoll(end);
    else if (roll < 88) this.option(end);
    else if (roll < 93) this.shutdown(end);
    else if (roll < 96) this.close(end);
    else if (roll < 97) this.abort(end);
  }

  private send(end: ModelEnd): void {
    const before = end.sent.position;
    end.send(this.size());
    this.note(end, `send: ${before} to ${end.sent.position}`);
  }

  private recv(end: ModelEnd): void {
    const before = end.received.position;
    end.recv(this.size());
    this.note(end, `recv: ${before} to ${end.received.position}${end.ended ? ", ended" : ""}`);
  }

  private shutdown(end: ModelEnd): void {
    // Before there is a connection, shutdown ends the attempt; that is another story.
    if (!end.connected) return;
    end.shutdown(SHUT_WR);
    this.note(end, "shutdown");
  }

  private close(end: ModelEnd): void {
    end.close();
    this.note(end, "close");
  }

  private abort(end: ModelEnd): void {
    end.abort();
    this.note(end, "abort");
  }

  private option(end: ModelEnd): void {
    this.must("TCP_NODELAY", end.host.setOption(end.fd, IPPROTO_TCP, TCP_NODELAY, this.random.below(2)));
  }

  /** What poll promises must be true: a call that it calls ready does not say EAGAIN. */
  private checkPoll(end: ModelEnd): void {
    const [events] = end.host.poll([{ fd: end.fd, events: POLLIN | POLLOUT }]);
    this.note(end, `poll: ${events}`);
    if (events & POLLIN) {
      const before = end.received.position;
      end.recv(1);
      if (end.received.position === before && !end.ended && !end.dead && !end.mayBeReset && end.connected) {
        throw new ModelError(`${end.name}: POLLIN, and nothing to read`);
      }
    } else if (events & POLLOUT && !end.finished) {
      const before = end.sent.position;
      end.send(1);
      if (end.sent.position === before && !end.dead && !end.mayBeReset && end.connected) {
        throw new ModelError(`${end.name}: POLLOUT, and send takes nothing`);
      }
    }
  }

  private pause(): void {
    const { random } = this;
    const duration = random.chance(0.9) ? random.below(30_000) : random.below(3_000_000);
    this.network.world.advance(duration);
  }

  private changeWire(): void {
    const { random } = this;
    if (random.chance(0.2)) {
      // A pause of the wire; short enough that nobody gives up.
      this.network.impair({ up: false });
      this.network.world.advance(random.below(4_000_000));
    }
    this.network.impair({ up: true, ...hostility(random) });
  }

  private retire(pair: Pair): void {
    if (pair.listener >= 0) {
      if (pair.passive.fd < 0) this.accept(pair);
      if (pair.passive.fd >= 0) return;
      // What connected and was not accepted is reset with its listener.
      pair.passive.aborted = true;
      pair.passive.host.close(pair.listener);
      pair.listener = -1;
    }
    this.pairs.splice(this.pairs.indexOf(pair), 1);
    this.settled.push(pair);
  }

  /** Over a good wire: accepts, closes and reads everything; then judges. */
  private finish(): void {
    const { world } = this.network;
    this.log.push("finish");
    this.network.impair({ up: true, loss: 0, duplicate: 0, corrupt: 0, reorder: 0, jitter: 0 });
    const until = world.now + DRAIN;
    const drain = (): boolean => {
      let quiet = true;
      for (const pair of this.pairs) {
        if (pair.passive.fd < 0 && pair.listener >= 0) this.accept(pair);
        if (pair.active.open && !pair.active.connected && !pair.active.dead) this.connect(pair);
        for (const end of [pair.active, pair.passive]) {
          if (end.open && end.connected && !end.finished && !end.dead) this.shutdown(end);
          while (end.open && !end.ended && !end.dead && end.recv(0x1_0000));
          if (end.open && !end.ended && !end.dead) quiet = false;
        }
      }
      return quiet;
    };
    while (world.now < until && !drain()) world.advance(50_000);
    for (const pair of this.pairs) {
      if (pair.listener >= 0) pair.passive.host.close(pair.listener);
      for (const end of [pair.active, pair.passive]) {
        end.judgeFinally();
        if (end.open) end.close();
      }
    }
    for (const pair of this.settled) for (const end of [pair.active, pair.passive]) end.judgeFinally();
    const left = this.network.leftovers(RUN_OUT);
    if (left.length > 0) throw new ModelError(`left in pools: ${left.join(", ")}`);
  }

  private size(): number {
    const { random } = this;
    return 1 + (random.chance(0.3) ? random.below(20) : random.below(6000));
  }

  private pick<T>(list: readonly T[]): T {
    return list[this.random.below(list.length)];
  }

  private must(call: string, result: number): void {
    if (result < 0) throw new ModelError(`${call} answered ${describeResult(result)}`);
  }

  private note(end: { readonly name: string; readonly host: StreamHost }, text: string): void {
    this.log.push(`${(this.network.world.now / 1000).toFixed(1).padStart(10)} ${end.name}: ${text}`);
  }
}

/** A bad wire. */
export function hostility(random: SeededRandom): Record<string, number> {
  const rate = (most: number): number => (random.chance(0.5) ? 0 : random.fraction() * most);
  return {
    delay: random.below(40_000),
    jitter: random.chance(0.5) ? 0 : random.below(20_000),
    loss: rate(0.15),
    duplicate: rate(0.15),
    corrupt: rate(0.1),
    reorder: rate(0.15),
    reorderDelay: random.below(60_000),
  };
}
