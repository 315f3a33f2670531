/** Random calls on both ends of connections over hostile wires; a model of the two byte streams judges every answer. */
import { before, test } from "node:test";
import { SeededRandom } from "../../../runtime/node/random.js";
import { Exploration, hostility } from "../../simulation/explore.js";
import { type Cores, compilePair, withCapture } from "../../simulation/network.js";

const SEEDS = 500;
const STEPS = 300;
/** Records for the sockets, and for what is left of closed connections. */
const ROOM = { NET_MAX_CONTEXTS: 40, ZVFS_OPEN_MAX: 24 };

let cores: Cores;
before(async () => {
  cores = await compilePair(ROOM);
});

function explore(which: Cores, seeds: number, first: number, start = 0): void {
  for (let seed = first; seed < first + seeds; seed++) {
    const wire = hostility(new SeededRandom(seed));
    withCapture("explore", which, { seed, wire, start }, (network) => new Exploration(network, seed).run(STEPS));
  }
}

test(`${SEEDS} random conversations of ${STEPS} steps: streams right, answers allowed, pools empty`, () => {
  explore(cores, SEEDS, 1);
});

test("the same across the wraps of the clocks: 2^31 ms, 2^32 µs, 2^32 ms", () => {
  for (const wrap of [2 ** 31 * 1000, 2 ** 32, 2 ** 32 * 1000]) explore(cores, 8, 1000, wrap - 3_000_000);
});

test("the same with fewer buffers than connections, without timestamps and SACK", async () => {
  const scarce = { ...ROOM, NET_TCP_RECV_BUFFERS: 2, NET_TCP_SEND_BUFFERS: 2, NET_TCP_REASSEMBLY: 1 };
  explore(await compilePair(scarce), 20, 2000);
  explore(
    await compilePair({ ...ROOM, NET_TCP_TIMESTAMPS: false, NET_TCP_SACK: false, NET_TCP_RACK: false }),
    20,
    3000,
  );
});
