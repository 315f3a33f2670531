/**
 * A register model of a real chip (test/models) as the network device of a stack, so that scripts run through a board's own driver.
 *
 *     const model = new Lan9118Model();
 *     const stack = await Stack.create({ board: mps2An385, nic: () => chipNic(model, board.nic.base) });
 *     …
 *     assert.deepEqual(model.violations, []);
 *
 * The models keep no snapshots: `fork` is for the host's device only.
 */
import type { NicModel } from "../../runtime/node/register-model.js";
import type { ChipModel } from "../models/chip.js";

/** @param base bus address of the register window */
export function chipNic(model: ChipModel, base: number): NicModel {
  /** Hands over what the chip has put on the wire since the last access. */
  const flush = (): void => {
    for (const frame of model.sent.splice(0)) nic.onTransmit(frame);
  };
  const nic: NicModel = {
    base,
    length: model.windowBytes,
    onTransmit: () => {},
    get interrupt() {
      return model.interrupt;
    },
    receive: (frame) => model.deliver(frame),
    setLink: (up) => model.setLink(up),
    read32: (address) => model.read32(address - base),
    write32(address, value) {
      model.write32(address - base, value);
      flush();
    },
  };
  return nic;
}
