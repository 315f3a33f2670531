import { equal, ok } from "node:assert/strict";
import { describe, test } from "node:test";
import { groupHash, Lan9118Model } from "../models/lan9118.js";
import { driverContract, frameOf } from "./contract.js";
import { Driver } from "./driver.js";

driverContract("LAN9118", () => new Lan9118Model());

async function started(): Promise<{ driver: Driver; model: Lan9118Model }> {
  const model = new Lan9118Model();
  return { model, driver: (await Driver.on("LAN9118", model)).start() };
}

const WHOLE = [{ how: "sum", words: 384 }] as const;

describe("LAN9118: what is particular to the chip", () => {
  test("every member of the family is accepted, its neighbours are not", async () => {
    const family = [0x0115, 0x0116, 0x0117, 0x0118, 0x115a, 0x116a, 0x117a, 0x118a, 0x9210, 0x9211, 0x9220, 0x9221];
    const others = [0x0000, 0x0114, 0x0119, 0x115b, 0x118b, 0x920f, 0x9212, 0x921f, 0x9222, 0xffff];
    for (const [ids, answer] of [
      [family, 0],
      [others, -43],
    ] as const) {
      for (const id of ids) {
        const model = new Lan9118Model();
        model.idRevision = (id << 16) | 0x0002;
        equal((await Driver.on("LAN9118", model)).probe(), answer, id.toString(16));
      }
    }
  });

  test("a wrong BYTE_TEST is ENODEV and nothing has been written", async () => {
    const model = new Lan9118Model();
    model.byteTest = 0x21436587; // a bus with the bytes swapped
    const driver = await Driver.on("LAN9118", model);
    equal(driver.probe(), -43);
    equal(driver.log[0], "Ethernet chip at 40200000: expected id 87654321, read 21436587");
    equal(model.accesses, 1);
  });

  test("a MAC register interface that stays busy is ETIMEDOUT", async () => {
    const model = new Lan9118Model();
    model.busyReads = Number.POSITIVE_INFINITY;
    const driver = await Driver.on("LAN9118", model);
    equal(driver.probe(), -73);
    ok(model.accesses < 100_000);
  });

  test("an EEPROM that stays busy is ETIMEDOUT", async () => {
    const model = new Lan9118Model();
    model.eepromReads = Number.POSITIVE_INFINITY;
    equal((await Driver.on("LAN9118", model)).probe(), -73);
  });

  test("probe sets the interrupt line active high, push-pull, one interrupt per frame, full duplex, no promiscuity", async () => {
    const { model } = await started();
    equal(model.irqConfiguration, 0x111);
    equal(model.fifoInterrupt & 0xff, 0);
    equal(model.interruptEnable, 0x8);
    equal(model.macControl, 0x0010000c);
  });

  for (const [bit, name] of [
    [0x8002, "CRC error"],
    [0x8040, "collision seen"],
    [0x8080, "frame too long"],
    [0x8800, "runt"],
    [0x40000000, "filtering fail"],
  ] as const) {
    test(`a frame with the status "${name}" is dropped and counted, its neighbours come`, async () => {
      const { driver, model } = await started();
      model.deliver(frameOf(100, 1));
      model.nextRxStatus = bit;
      model.deliver(frameOf(777, 2));
      model.deliver(frameOf(300, 3));
      driver.expectFrame(frameOf(100, 1), WHOLE);
      driver.expectFrame(frameOf(300, 3), WHOLE);
      equal(driver.nic.rxBegin(), 0);
      equal(driver.nic.rxErrors(), 1);
      driver.expectClean();
    });
  }

  test("broadcast, multicast, frame type and length error bits are no errors", async () => {
    const { driver, model } = await started();
    model.nextRxStatus = 0x2000 | 0x1000 | 0x400 | 0x20 | 0x08 | 0x04;
    model.deliver(frameOf(100));
    driver.expectFrame(frameOf(100), WHOLE);
    equal(driver.nic.rxErrors(), 0);
  });

  test("the hash of a group is the CRC's upper six bits", async () => {
    const { driver } = await started();
    const seen = new Set<number>();
    for (let i = 0; i < 500; i++) {
      const mac = Uint8Array.of(0x01, 0x00, 0x5e, i & 0x7f, (i * 37) & 255, (i * 101) & 255);
      const view = new DataView(mac.buffer);
      const hash = driver.nic.groupHash(view.getUint32(0, true), view.getUint16(4, true));
      equal(hash, groupHash(mac), mac.join(":"));
      seen.add(hash);
    }
    equal(seen.size, 64, "every bit of the table is some group's");
  });

  test("with a table of groups the chip takes those and no others, physical addresses and broadcast as before", async () => {
    const { driver, model } = await started();
    const to = (...mac: readonly number[]): Uint8Array => {
      const frame = frameOf(60, mac[5]);
      frame.set(mac);
      return frame;
    };
    const groups = [0xfb, 0x16, 0x01].map((last) => to(0x01, 0x00, 0x5e, 0x00, 0x00, last));
    const [mdns, igmp, all] = groups;
    const bits = [mdns, all].map(groupHash);
    ok(!bits.includes(groupHash(igmp)), "the one that is not wanted has another hash");
    const half = (upper: number): number =>
      bits.filter((hash) => hash >>> 5 === upper).reduce((sum, hash) => sum | (1 << (hash & 31)), 0);
    driver.nic.setGroups(half(0), half(1));
    for (const [frame, taken] of [
      [mdns, true],
      [igmp, false],
      [all, true],
      [to(0xff, 0xff, 0xff, 0xff, 0xff, 0xff), true],
      [to(0x02, 0x00, 0x5e, 0x99, 0x99, 0x99), false],
      [frameOf(60), true],
    ] as const) {
      equal(model.deliver(frame), taken);
      if (taken) driver.expectFrame(frame, WHOLE);
    }
    // Another duplex mode leaves the filter as it is.
    model.partner = 0x00a1;
    driver.nic.checkLink();
    equal(model.macControl, 0x0000200c);
    equal(model.deliver(igmp), false);
    driver.nic.setMulticast(1);
    equal(model.deliver(igmp), true);
    driver.expectFrame(igmp, WHOLE);
    driver.nic.setGroups(0, 0);
    for (const frame of groups) equal(model.deliver(frame), false);
    driver.expectClean();
  });

  test("a burst of bad frames is dropped within one rxBegin", async () => {
    const { driver, model } = await started();
    for (let i = 0; i < 100; i++) {
      model.nextRxStatus = 0x8002;
      model.deliver(frameOf(64, i));
    }
    model.deliver(frameOf(65));
    driver.expectFrame(frameOf(65), WHOLE);
    equal(driver.nic.rxErrors(), 100);
    driver.expectClean();
  });

  test("a length that does not fit loses the frames behind it, and counts each", async () => {
    const { driver, model } = await started();
    model.reportLength(0x3000);
    for (let i = 0; i < 4; i++) model.deliver(frameOf(64, i));
    equal(driver.nic.rxBegin(), 0);
    equal(driver.nic.rxErrors(), 4);
    equal(model.rxPending, 0);
    driver.expectClean();
  });

  test("a receiver error empties the receiver, counted, and frames come again", async () => {
    const { driver, model } = await started();
    model.deliver(frameOf(64));
    model.interruptStatus |= 0x4000;
    driver.nic.acknowledge();
    equal(driver.nic.rxErrors(), 2); // the error and the frame that was waiting
    equal(driver.nic.rxBegin(), 0);
    model.deliver(frameOf(70));
    driver.expectFrame(frameOf(70), WHOLE);
    driver.expectClean();
  });

  test("a transmitter error empties the transmitter, counted, and frames go out again", async () => {
    const { driver, model } = await started();
    model.holdTransmitter(true);
    driver.send(frameOf(64));
    model.interruptStatus |= 0x2000;
    driver.nic.acknowledge();
    model.holdTransmitter(false);
    equal(driver.nic.txErrors(), 1);
    equal(model.sent.length, 0);
    ok(driver.send(frameOf(65)));
    equal(model.sent.length, 1);
    driver.expectClean();
  });

  test("TX statuses never fill their FIFO, whatever the length of the frames", async () => {
    for (const size of [14, 42, 60, 1514]) {
      const { driver, model } = await started();
      for (let i = 0; i < 1000; i++) {
        ok(driver.send(frameOf(size)));
        ok(model.txStatuses.length <= 128);
      }
      driver.expectClean(); // the model complains about a full status FIFO
    }
  });

  test("errors in TX statuses are counted; carrier bits only in half duplex", async () => {
    const { driver, model } = await started();
    const sendUntilDrained = (): void => {
      for (let i = 0; i < 150; i++) driver.send(frameOf(60));
    };
    model.nextTxStatus = 0x0200; // late collision
    sendUntilDrained();
    equal(driver.nic.txErrors(), 1);
    model.nextTxStatus = 0x0c00; // loss of carrier, no carrier
    sendUntilDrained();
    equal(driver.nic.txErrors(), 1);
    model.partner = 0x0081; // 100BASE-TX half duplex
    driver.nic.checkLink();
    equal(model.macControl & 0x00100000, 0);
    model.nextTxStatus = 0x0c00;
    sendUntilDrained();
    equal(driver.nic.txErrors(), 2);
    driver.expectClean();
  });

  test("the free space is asked for once per few kilobytes, not per frame", async () => {
    const { driver, model } = await started();
    let asked = 0;
    const read = model.read32.bind(model);
    model.read32 = (offset) => {
      if (offset === 0x80) asked++;
      return read(offset);
    };
    for (let i = 0; i < 1000; i++) driver.send(frameOf(106));
    ok(asked <= 30, `${asked} readings of TX_FIFO_INF`);
  });

  test("bus accesses per frame of 106 bytes: 3 and its words to receive, 2 and its words to send", async () => {
    const { driver, model } = await started();
    driver.send(frameOf(106));
    const words = (106 + 5) >>> 2;
    let before = model.accesses;
    driver.send(frameOf(106));
    equal(model.accesses - before, words + 2);
    model.deliver(frameOf(106));
    before = model.accesses;
    driver.expectFrame(frameOf(106), WHOLE);
    equal(model.accesses - before, words + 3);
  });
});
