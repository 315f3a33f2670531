/** ping, over QEMU's user network and the gateway of native_sim, which answer for 10.0.2.2 themselves. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { missing, start } from "./running.js";

const TIME = "\\d+\\.\\d{3}";

for (const board of ["native_sim", "qemu_cortex_m3"]) {
  test(`ping on ${board} prints each answer and what they come to`, { skip: missing(board) }, async () => {
    const running = await start("ping", board, [], ["CONFIG_APP_ARGS=10.0.2.2 2"]);
    const { reason, code } = await running.ended;
    assert.deepEqual({ reason, code }, { reason: "exit", code: 0 }, running.console());
    const lines = running.console().trim().split(/\r?\n/);
    for (const [index, expected] of [
      "PING 10\\.0\\.2\\.2: 56 data bytes",
      `64 bytes from 10\\.0\\.2\\.2: icmp_seq=1 ttl=\\d+ time=${TIME} ms`,
      `64 bytes from 10\\.0\\.2\\.2: icmp_seq=2 ttl=\\d+ time=${TIME} ms`,
      "--- 10\\.0\\.2\\.2 ping statistics ---",
      "2 packets transmitted, 2 received, 0% packet loss",
      `rtt min/avg/max = ${TIME}/${TIME}/${TIME} ms`,
    ].entries()) {
      assert.match(lines[index] ?? "", new RegExp(`^${expected}$`), running.console());
    }
  });
}

test("ping on native_sim: nobody is there, nobody is named", async () => {
  for (const [args, expected, printed] of [
    ["10.0.2.77 1", 1, /1 packets transmitted, 0 received, 100% packet loss/],
    ["nobody", 2, /say whom to ask/],
  ] as const) {
    const running = await start("ping", "native_sim", [], [`CONFIG_APP_ARGS=${args}`]);
    const { reason, code } = await running.ended;
    assert.deepEqual({ reason, code }, { reason: "exit", code: expected }, running.console());
    assert.match(running.console(), printed);
  }
});
