/** What every driver must do, tested on its register model. A skip names the chip's reason. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { type ChipModel, padded } from "../models/chip.js";
import { ADDRESS, Driver, type DriverName, type ReadStep } from "./driver.js";

const ENODEV = 43;
const ETIMEDOUT = 73;
/** Bus accesses after which a bounded wait counts as unbounded. */
const WAIT_BOUND = 1_000_000;

/** Tests that a chip cannot have, by name, with the reason. */
export type Skips = Readonly<Record<string, string>>;

/** A frame to the driver's address whose bytes are all different from their neighbours. */
export function frameOf(length: number, salt = 0): Uint8Array {
  const frame = new Uint8Array(length);
  for (let i = 0; i < length; i++) frame[i] = (i * 7 + (i >>> 8) * 3 + salt * 13 + 1) & 0xff;
  frame.set(ADDRESS.subarray(0, length));
  return frame;
}

const HEADER_THEN = (how: ReadStep["how"]): ReadStep[] => [
  { how: "word", words: 3 },
  { how, words: 384 },
];

const LENGTHS = [14, 15, 16, 17, 42, 59, 60, 61, 62, 63, 64, 65, 106, 107, 590, 1022, 1511, 1512, 1513, 1514, 1518];

/** One step of the random test: frames in and out, with faults between. */
type Action =
  | { readonly kind: "in"; readonly length: number; readonly steps: readonly ReadStep[] }
  | { readonly kind: "out"; readonly length: number; readonly header: number; readonly split: number }
  | { readonly kind: "acknowledge" }
  | { readonly kind: "bad"; readonly which: number };

const length = fc.integer({ min: 14, max: 1518 });
const step: fc.Arbitrary<ReadStep> = fc.record({
  how: fc.constantFrom<ReadStep["how"]>("word", "read", "sum", "guest", "skip"),
  words: fc.oneof(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 380 })),
});
const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("in" as const), length, steps: fc.array(step) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("out" as const),
      length,
      header: fc.integer({ min: 0, max: 15 }),
      split: fc.integer({ min: 0, max: 380 }),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: "acknowledge" as const }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("bad" as const), which: fc.nat(20) }) },
);

/** Runs the contract suite for one driver. `create` gives a chip as it is after power-on. */
export function driverContract(
  name: DriverName,
  create: () => ChipModel,
  skips: Skips = {},
  where = "on its register model",
): void {
  const contract = (title: string, body: (driver: Driver) => void): void => {
    test(title, { skip: skips[title] ?? false }, async () => body(await Driver.on(name, create())));
  };

  describe(`${name}: the driver contract, ${where}`, () => {
    contract("another chip at the address is ENODEV, and the log gives both identifications", (driver) => {
      const found = driver.model.answerAsOtherChip();
      equal(driver.probe(), -ENODEV);
      equal(driver.log.length, 1);
      match(driver.log[0]!, /^Ethernet chip at 40200000: expected id [0-9a-f]{8}, read [0-9a-f]{8}$/);
      ok(driver.log[0]!.endsWith(found.toString(16).padStart(8, "0")), driver.log[0]);
      equal(driver.model.interrupt, false);
    });

    contract("a bus that answers all ones, or nothing, is ENODEV", (driver) => {
      for (const value of [0xffff_ffff, 0]) {
        driver.model.read32 = () => value;
        equal(driver.probe(), -ENODEV);
      }
      equal(driver.log.length, 2);
    });

    contract("a reset that never ends is ETIMEDOUT after bounded steps, and logged", (driver) => {
      driver.model.neverReset();
      equal(driver.probe(), -ETIMEDOUT);
      deepEqual(driver.log, ["Ethernet chip at 40200000: no answer in time"]);
      ok(driver.model.accesses < WAIT_BOUND, `${driver.model.accesses} accesses`);
    });

    contract("probe programs the MAC address", (driver) => {
      driver.start();
      deepEqual(driver.model.address, ADDRESS);
      driver.expectClean();
    });

    contract("probe works again on a chip that is running", (driver) => {
      driver.start();
      driver.model.deliver(frameOf(100));
      driver.start();
      equal(driver.nic.rxBegin(), 0, "the frame of before is gone");
      driver.model.deliver(frameOf(200));
      driver.expectFrame(frameOf(200), HEADER_THEN("sum"));
      driver.expectClean();
    });

    contract("an empty chip gives no frame", (driver) => {
      driver.start();
      equal(driver.nic.rxBegin(), 0);
      equal(driver.model.interrupt, false);
      driver.expectClean();
    });

    for (const how of ["word", "read", "sum", "guest", "skip"] as const) {
      contract(`frames of all lengths come whole by ${how}`, (driver) => {
        driver.start();
        for (const bytes of LENGTHS) {
          ok(driver.model.deliver(frameOf(bytes, bytes)));
          driver.expectFrame(frameOf(bytes, bytes), HEADER_THEN(how));
        }
        equal(driver.nic.rxBegin(), 0);
        equal(driver.nic.rxErrors(), 0);
        driver.expectClean();
      });
    }

    contract("every length from 60 to 1514 comes whole", (driver) => {
      driver.start();
      for (let bytes = 60; bytes <= 1514; bytes++) {
        ok(driver.model.deliver(frameOf(bytes, bytes)));
        driver.expectFrame(frameOf(bytes, bytes), HEADER_THEN("sum"));
      }
      driver.expectClean();
    });

    contract("rxEnd after any part of a frame leaves the next one whole", (driver) => {
      driver.start();
      const words = (61 + 5) >>> 2;
      for (const how of ["word", "read", "sum", "guest", "skip"] as const) {
        for (let taken = 0; taken < words; taken++) {
          driver.model.deliver(frameOf(61, 1));
          driver.model.deliver(frameOf(90, 2));
          driver.expectFrame(frameOf(61, 1), taken === 0 ? [] : [{ how, words: taken }]);
          driver.expectFrame(frameOf(90, 2), HEADER_THEN("read"));
          equal(driver.nic.rxBegin(), 0);
        }
      }
      driver.expectClean();
    });

    contract("frames that the chip says it lost are counted once", (driver) => {
      driver.start();
      driver.model.lose(1);
      driver.nic.acknowledge();
      equal(driver.nic.rxErrors(), 1);
      driver.nic.acknowledge();
      equal(driver.nic.rxErrors(), 1);
      driver.model.deliver(frameOf(64));
      driver.expectFrame(frameOf(64), HEADER_THEN("sum"));
      driver.expectClean();
    });

    contract("a full chip loses frames, says so, and keeps those it had", (driver) => {
      driver.start();
      let kept = 0;
      while (driver.model.deliver(frameOf(200, kept))) kept++;
      ok(kept >= 7);
      driver.nic.acknowledge();
      equal(driver.nic.rxErrors(), 1);
      for (let i = 0; i < kept; i++) driver.expectFrame(frameOf(200, i), HEADER_THEN("sum"));
      equal(driver.nic.rxBegin(), 0);
      driver.expectClean();
    });

    contract("a length that no frame can have is dropped and counted, without reading past it", (driver) => {
      driver.start();
      let errors = 0;
      for (const [i, impossible] of driver.model.impossibleLengths.entries()) {
        driver.model.reportLength(impossible);
        driver.model.deliver(frameOf(80, i));
        equal(driver.nic.rxBegin(), 0, `length ${impossible}`);
        equal(driver.nic.rxErrors(), ++errors);
        driver.model.deliver(frameOf(300, i));
        driver.expectFrame(frameOf(300, i), HEADER_THEN("sum"));
      }
      driver.expectClean();
    });

    contract("a frame longer than Ethernet allows is dropped and counted, the next one comes", (driver) => {
      driver.start();
      for (const bytes of [1519, 1600, 1900]) {
        ok(driver.model.deliver(frameOf(bytes)));
        ok(driver.model.deliver(frameOf(60)));
        driver.expectFrame(frameOf(60), HEADER_THEN("sum"));
      }
      equal(driver.nic.rxErrors(), 3);
      driver.expectClean();
    });

    contract("frames of all lengths go out byte for byte, short ones padded with zeros", (driver) => {
      driver.start();
      let bytes = 0;
      for (let size = 14; size <= 1514; size++) {
        ok(driver.send(frameOf(size, size), 4 + (size % 9), size % 97), `length ${size}`);
        bytes += size;
        deepEqual(Buffer.from(driver.model.sent.pop()!), Buffer.from(padded(frameOf(size, size))));
      }
      equal(driver.nic.txFrames(), 1501);
      equal(driver.nic.txBytes(), bytes);
      equal(driver.nic.txErrors(), 0);
      driver.expectClean();
    });

    contract("all words but the first may come from core memory, or from the guest", (driver) => {
      driver.start();
      for (const size of [42, 60, 61, 62, 63, 1514]) {
        driver.send(frameOf(size), 0, 400);
        deepEqual(Buffer.from(driver.model.sent.pop()!), Buffer.from(padded(frameOf(size))));
        driver.send(frameOf(size), 0, 0);
        deepEqual(Buffer.from(driver.model.sent.pop()!), Buffer.from(padded(frameOf(size))));
      }
      driver.expectClean();
    });

    contract(
      "a chip without room takes nothing, counts it in bounded steps, and takes frames again later",
      (driver) => {
        driver.start();
        driver.model.holdTransmitter(true);
        let taken = 0;
        while (driver.send(frameOf(1514, taken))) ok(++taken < 100);
        ok(taken >= 1);
        equal(driver.nic.txNoRoom(), 1);
        equal(driver.nic.txFrames(), taken);
        const before = driver.model.accesses;
        for (let i = 0; i < 10; i++) equal(driver.send(frameOf(1514)), false);
        equal(driver.nic.txNoRoom(), 11);
        equal(driver.nic.txFrames(), taken);
        ok(driver.model.accesses - before < 100, "a stuck transmitter is asked, not waited for");
        driver.model.holdTransmitter(false);
        equal(driver.model.sent.length, taken);
        for (let i = 0; i < 20; i++) ok(driver.send(frameOf(1514, i)));
        driver.model.sent.forEach((frame, i) => {
          deepEqual(Buffer.from(frame), Buffer.from(frameOf(1514, i < taken ? i : i - taken)));
        });
        driver.expectClean();
      },
    );

    contract("the interrupt comes with a frame, goes with acknowledge, and comes again", (driver) => {
      driver.start();
      for (let i = 0; i < 20; i++) {
        equal(driver.model.interrupt, false);
        driver.model.deliver(frameOf(60, i));
        equal(driver.model.interrupt, true);
        driver.nic.acknowledge();
        equal(driver.model.interrupt, false);
        driver.model.deliver(frameOf(61, i)); // between acknowledge and rxBegin
        equal(driver.model.interrupt, true);
        driver.expectFrame(frameOf(60, i), HEADER_THEN("sum"));
        driver.expectFrame(frameOf(61, i), HEADER_THEN("sum"));
        equal(driver.nic.rxBegin(), 0);
        driver.nic.acknowledge();
      }
      driver.expectClean();
    });

    contract("sending leaves no interrupt behind", (driver) => {
      driver.start();
      driver.send(frameOf(60));
      equal(driver.model.interrupt, false);
    });

    contract("a storm of interrupts without frames costs a bounded number of accesses each", (driver) => {
      driver.start();
      const before = driver.model.accesses;
      for (let i = 0; i < 1000; i++) {
        driver.nic.acknowledge();
        equal(driver.nic.rxBegin(), 0);
      }
      ok(driver.model.accesses - before <= 4000, `${driver.model.accesses - before} accesses`);
      equal(driver.nic.rxErrors(), 0);
      driver.expectClean();
    });

    contract("a chip that reads all ones after it was started does not hold the driver", (driver) => {
      driver.start();
      let accesses = 0;
      driver.model.read32 = () => {
        accesses++;
        return 0xffff_ffff;
      };
      driver.model.write32 = () => {
        accesses++;
      };
      driver.nic.acknowledge();
      equal(driver.nic.rxBegin(), 0);
      driver.send(frameOf(60));
      driver.nic.checkLink();
      driver.nic.setMulticast(1);
      ok(accesses < WAIT_BOUND, `${accesses} accesses`);
    });

    contract("the link goes down and comes up again", (driver) => {
      driver.start();
      equal(driver.nic.linkUp(), 1);
      driver.model.setLink(false);
      driver.nic.checkLink();
      equal(driver.nic.linkUp(), 0);
      driver.model.setLink(true);
      driver.nic.checkLink();
      equal(driver.nic.linkUp(), 1);
      driver.model.deliver(frameOf(60));
      driver.expectFrame(frameOf(60), HEADER_THEN("sum"));
      ok(driver.send(frameOf(60)));
      driver.expectClean();
    });

    contract("multicast frames come only when asked for; broadcast always", (driver) => {
      driver.start();
      const group = frameOf(60, 1);
      group.set([0x01, 0x00, 0x5e, 0x00, 0x00, 0xfb]);
      const broadcast = frameOf(60, 2);
      broadcast.fill(0xff, 0, 6);
      equal(driver.model.deliver(group), false);
      equal(driver.model.deliver(broadcast), true);
      driver.expectFrame(broadcast, HEADER_THEN("sum"));
      driver.nic.setMulticast(1);
      equal(driver.model.deliver(group), true);
      driver.expectFrame(group, HEADER_THEN("sum"));
      driver.nic.setMulticast(0);
      equal(driver.model.deliver(group), false);
      driver.expectClean();
    });

    contract("random frames in and out, taken in random pieces, with faults between", (driver) => {
      driver.start();
      fc.assert(
        fc.property(fc.array(action, { maxLength: 12 }), fc.nat(255), (actions, salt) => {
          const before = { tx: driver.nic.txFrames(), errors: driver.nic.rxErrors() };
          let [sent, bad] = [0, 0];
          for (const one of actions) {
            if (one.kind === "in") {
              ok(driver.model.deliver(frameOf(one.length, salt)));
              driver.expectFrame(frameOf(one.length, salt), one.steps);
            } else if (one.kind === "out") {
              ok(driver.send(frameOf(one.length, salt), one.header, one.split));
              deepEqual(Buffer.from(driver.model.sent.pop()!), Buffer.from(padded(frameOf(one.length, salt))));
              sent++;
            } else if (one.kind === "acknowledge") {
              driver.nic.acknowledge();
              equal(driver.model.interrupt, false);
            } else {
              const { impossibleLengths } = driver.model;
              driver.model.reportLength(impossibleLengths[one.which % impossibleLengths.length]!);
              driver.model.deliver(frameOf(70, salt));
              equal(driver.nic.rxBegin(), 0);
              bad++;
            }
          }
          equal(driver.nic.rxBegin(), 0);
          equal(driver.nic.txFrames() - before.tx, sent);
          equal(driver.nic.rxErrors() - before.errors, bad);
          driver.expectClean();
        }),
        { numRuns: 150 },
      );
    });
  });
}
