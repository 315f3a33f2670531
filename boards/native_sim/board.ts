import type { NativeBoard } from "../types.js";

/** The Node process itself; its network device is a model (hal/drivers/host.ts, runtime/node/host-nic.ts). */
export const board: NativeBoard = {
  kind: "native",
  name: "native_sim",
  title: "This machine, in Node",
  ram: { origin: 0, length: 16 * 1024 * 1024 },
  defaults: {
    ETH_HOST: true,
    ETH_LAN9118: false,
    ETH_STELLARIS: false,
    ETH_BASE_ADDRESS: 0x4000_0000,
    ETH_MAC_ADDRESS: "02:00:5e:10:00:01",
    SYS_CLOCK_HW_CYCLES_PER_SEC: 1_000_000,
  },
};
