/**
 * Property 4: a copy of the core's memory, taken at any moment and put into a fresh instance, continues byte for byte: the
 * same frames at the same microsecond, the same answers, the same deadlines, and in the end the same memory.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { SeededRandom } from "../../runtime/node/random.js";
import { compileCore } from "../harness/compile.js";
import { Exchange, type Moment } from "./exchange.js";

const EVENTS = 2000;
const MOMENTS = 200;
/** Events that a restored instance goes on for. */
const CONTINUED = 80;

test("a snapshot at any moment of a busy exchange continues byte for byte", async (context) => {
  const { module, config } = await compileCore({ settings: { NET_ARP_LIFETIME: 10, NET_IPV4_FRAGMENT_TIMEOUT: 5 } });
  const target = { mac: config.string("ETH_MAC_ADDRESS").toLowerCase(), ip: config.string("NET_CONFIG_MY_IPV4_ADDR") };
  const original = new Exchange(module, target);
  original.start();
  const moments: Moment[] = [];
  /** Lines of the trace before each event. */
  const marks: number[] = [];
  for (let number = 0; number < EVENTS; number++) {
    moments.push(original.moment());
    marks.push(original.trace.length);
    original.event(number);
  }
  marks.push(original.trace.length);
  moments.push(original.moment());
  const text = original.trace.join("\n");
  for (const expected of [
    / frame /,
    /select waits/,
    /recv_from waits/,
    /recv_from 0 /,
    /select 0 /,
    /sock_send_to 0 /,
  ]) {
    assert.ok(expected.test(text), `the exchange is a busy one: ${expected}`);
  }

  const random = new SeededRandom(4);
  for (let i = 0; i < MOMENTS; i++) {
    const from = random.below(EVENTS);
    const to = Math.min(EVENTS, from + CONTINUED);
    const fresh = new Exchange(module, target);
    fresh.restore(moments[from] as Moment);
    for (let number = from; number < to; number++) fresh.event(number);
    const expected = original.trace.slice(marks[from], marks[to]);
    const different = fresh.trace.findIndex((line, index) => line !== expected[index]);
    assert.equal(different, -1, `restored before event ${from}: ${fresh.trace[different]}, not ${expected[different]}`);
    assert.equal(fresh.trace.length, expected.length);
    const there = moments[to] as Moment;
    assert.ok(Buffer.compare(fresh.core.snapshot(), there.core) === 0, `memory after ${from} to ${to}`);
  }
  const frames = original.trace.filter((line) => line.includes(" frame ")).length;
  context.diagnostic(
    `${MOMENTS} snapshots of an exchange of ${EVENTS} events and ${frames} frames sent, ${CONTINUED} events each`,
  );
});
