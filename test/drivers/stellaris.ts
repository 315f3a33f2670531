import { deepEqual, equal, ok } from "node:assert/strict";
import { describe, test } from "node:test";
import { StellarisModel } from "../models/stellaris.js";
import { driverContract, frameOf } from "./contract.js";
import { ADDRESS, Driver } from "./driver.js";

driverContract("STELLARIS", () => new StellarisModel());

async function started(): Promise<{ driver: Driver; model: StellarisModel }> {
  const model = new StellarisModel();
  return { model, driver: (await Driver.on("STELLARIS", model)).start() };
}

describe("Stellaris: what is particular to the chip", () => {
  test("probe leaves receiver, transmitter, threshold and mask as the data sheet asks", async () => {
    const { model } = await started();
    equal(model.receiveControl, 0x09);
    equal(model.transmitControl, 0x17);
    equal(model.threshold, 0x3f);
    equal(model.mask, 0x19);
    deepEqual(model.address, ADDRESS);
  });

  test("a stuck bit in the address register is found in either pattern", async () => {
    for (const bit of [0x00000001, 0x00000002, 0x40000000, 0x80000000]) {
      const model = new StellarisModel();
      model.stuckBits = bit;
      const driver = await Driver.on("STELLARIS", model);
      equal(driver.probe(), -43);
      equal(driver.log.length, 1);
    }
  });

  test("a runt is dropped and counted, the next frame comes", async () => {
    const { driver, model } = await started();
    for (const size of [1, 7, 13]) {
      model.deliver(Uint8Array.from({ length: size }, () => 0xff));
      model.deliver(frameOf(60));
    }
    model.receiveControl |= 0x04; // promiscuous: runts have no whole address
    for (const size of [1, 7, 13]) {
      model.deliver(Uint8Array.from({ length: size }, () => 0xff));
      model.deliver(frameOf(60));
    }
    let frames = 0;
    while (driver.nic.rxBegin() === 60) {
      frames++;
      driver.nic.rxFirst();
      driver.nic.rxEnd();
    }
    equal(frames, 6);
    ok(driver.nic.rxErrors() >= 3);
    driver.expectClean();
  });

  test("a frame with an error that the chip dropped is counted", async () => {
    const { driver, model } = await started();
    model.receiveError();
    equal(model.interrupt, true);
    driver.nic.acknowledge();
    equal(model.interrupt, false);
    equal(driver.nic.rxErrors(), 1);
  });

  test("a transmit error is counted", async () => {
    const { driver, model } = await started();
    model.transmitError();
    driver.nic.acknowledge();
    equal(driver.nic.txErrors(), 1);
    ok(driver.send(frameOf(60)));
    driver.expectClean();
  });

  test("a length that cannot be loses the frames behind it, and counts each", async () => {
    const { driver, model } = await started();
    model.reportLength(4000);
    for (let i = 0; i < 4; i++) model.deliver(frameOf(64, i));
    equal(driver.nic.rxBegin(), 0);
    equal(driver.nic.rxErrors(), 4);
    equal(model.rxPending, 0);
    driver.expectClean();
  });

  test("the second frame waits for the first, as long as one takes on the wire", async () => {
    const { driver, model } = await started();
    model.transmitReads = 12_000;
    ok(driver.send(frameOf(1514, 1)));
    ok(driver.send(frameOf(700, 2)));
    equal(driver.nic.txNoRoom(), 0);
    deepEqual(
      model.sent.map((frame) => frame.length),
      [1514, 700],
    );
    driver.expectClean();
  });

  test("after a wait that ran out the transmitter is asked once per frame, until it is free", async () => {
    const { driver, model } = await started();
    model.holdTransmitter(true);
    ok(driver.send(frameOf(60)));
    equal(driver.send(frameOf(60)), false);
    const waited = model.transmitPolls;
    ok(waited > 10_000 && waited < 20_000, `${waited} readings`);
    equal(driver.send(frameOf(60)), false);
    ok(model.transmitPolls - waited <= 3);
    model.holdTransmitter(false);
    ok(driver.send(frameOf(60)));
    model.transmitReads = 5000;
    ok(driver.send(frameOf(60)));
    ok(driver.send(frameOf(60)), "it waits again");
    driver.expectClean();
  });

  test("without a PHY, as in QEMU, the link counts as up", async () => {
    const { driver, model } = await started();
    equal(model.hasPhy, false);
    driver.nic.checkLink();
    equal(driver.nic.linkUp(), 1);
  });
});
