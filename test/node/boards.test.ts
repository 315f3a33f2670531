/** The stack through each board's own driver, on the register models of the chips: the same exchange on all of them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { board as mps2 } from "../../boards/mps2_an385/board.js";
import { board as native } from "../../boards/native_sim/board.js";
import { board as cortexM3 } from "../../boards/qemu_cortex_m3/board.js";
import type { Board } from "../../boards/types.js";
import { RegisterFault } from "../../runtime/node/register-model.js";
import { CoreTrap } from "../../runtime/node/trap.js";
import { pattern } from "../harness/bytes.js";
import { chipNic } from "../harness/chip-nic.js";
import { Stack } from "../harness/stack.js";
import type { ChipModel } from "../models/chip.js";
import { Lan9118Model } from "../models/lan9118.js";
import { StellarisModel } from "../models/stellaris.js";

/** What a station sees of the stack: its frames, without the MAC address that differs from board to board. */
async function exchange(board: Board, model: ChipModel | undefined): Promise<string[]> {
  const nic = model !== undefined && board.kind === "mcu" ? () => chipNic(model, board.nic.base) : undefined;
  const settings = { NET_SOCKETS_UDP_RCVBUF: 4096, ETH_MAC_ADDRESS: "02:00:00:00:00:42" };
  const stack = await Stack.create({ board, nic, settings });
  assert.equal(stack.node.initResult, 0);
  const seen: string[] = [];
  const note = (): void => {
    for (const { packet } of stack.takeSent()) seen.push(Buffer.from(packet.frame).toString("hex"));
  };
  stack.arpResolve();
  for (const size of [0, 1, 2, 3, 18, 56, 1471, 1472]) {
    stack.inject(stack.peer.ping({ sequence: size }, pattern(size)));
    note();
  }
  const fd = stack.openUdp();
  stack.bind(fd, 7);
  for (const size of [0, 1, 2, 3, 5, 64, 512, 1471, 1472]) {
    stack.inject(stack.peer.udp({ srcPort: 5555, dstPort: 7 }, pattern(size, size)));
    const { from, port, data } = stack.recvFrom(fd);
    assert.deepEqual(data, pattern(size, size));
    assert.equal(stack.sendTo(fd, from, port, data), size);
    stack.advance(50);
    note();
  }
  for (const frame of stack.peer.udpFragments({ srcPort: 5555, dstPort: 7 }, pattern(2000), 1480)) {
    stack.inject(frame);
    stack.advance(1);
  }
  assert.deepEqual(stack.recvFrom(fd, { length: 4096 }).data, pattern(2000));
  assert.equal(seen.length, 17);
  stack.alive();
  stack.takeSent();
  stack.end();
  return seen;
}

test("LAN9118, Stellaris and the host's device put the same frames on the wire", async () => {
  const [lan9118, stellaris] = [new Lan9118Model(), new StellarisModel()];
  const reference = await exchange(native, undefined);
  assert.deepEqual(await exchange(mps2, lan9118), reference);
  assert.deepEqual(lan9118.violations, []);
  assert.equal(lan9118.underflows, 0);
  assert.deepEqual(await exchange(cortexM3, stellaris), reference);
  assert.deepEqual(stellaris.violations, []);
  assert.equal(stellaris.underflows, 0);
});

test("a register outside of the board's windows is a fault with its address, not an answer", async () => {
  const wrong = chipNic(new Lan9118Model(), 0x5000_0000);
  await assert.rejects(Stack.create({ board: mps2, nic: () => wrong }), (error) => {
    assert.ok(error instanceof CoreTrap && error.cause instanceof RegisterFault, String(error));
    assert.match(
      error.message,
      /\*\*\* core trapped: read of 0x402000[0-9a-f]{2}, which is in no register window in function \S+/,
    );
    return true;
  });
});
