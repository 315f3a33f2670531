import type { McuBoard } from "../types.js";

/**
 * Luminary Stellaris LM3S6965 evaluation board, as QEMU models it.
 *
 * The FIFO of its Ethernet MAC is a single data register, so words go one by one. General-purpose timers cannot be
 * read in QEMU's model; the clock is the watchdog's down counter (runtime/mcu/timer/stellaris-gptm.h).
 */
export const board: McuBoard = {
  kind: "mcu",
  name: "qemu_cortex_m3",
  title: "TI LM3S6965 evaluation board in QEMU",
  arch: "armv7m",
  cpuFlags: ["-mcpu=cortex-m3", "-mthumb"],
  cpu: "Cortex-M3",
  soc: "lm3s",
  clock: 50_000_000,
  flash: { origin: 0x0000_0000, length: 256 * 1024 },
  ram: { origin: 0x2000_0000, length: 64 * 1024 },
  interrupts: 44,
  windows: [{ name: "Ethernet MAC", origin: 0x4004_8000, length: 0x1000 }],
  nic: {
    driver: "stellaris",
    base: 0x4004_8000,
    interrupt: 42,
    burst: false,
    mac: "02:00:5e:10:00:02",
  },
  uart: { kind: "pl011", base: 0x4000_c000, clock: 50_000_000 },
  timer: { kind: "stellaris-gptm", base: 0x4003_0000, counter: 0x4000_0000, frequency: 50_000_000, interrupt: 19 },
  qemu: {
    binary: "qemu-system-arm",
    arguments: ["-machine", "lm3s6965evb", "-cpu", "cortex-m3"],
    package: "qemu-system-arm",
  },
  defaults: {
    ETH_HOST: false,
    ETH_LAN9118: false,
    ETH_STELLARIS: true,
    ETH_BASE_ADDRESS: 0x4004_8000,
    ETH_MAC_ADDRESS: "02:00:5e:10:00:02",
    SYS_CLOCK_HW_CYCLES_PER_SEC: 50_000_000,
    // A small chip: the examples with all of the stack fit into 24 KiB of flash this way.
    OPTIMIZE_FOR_SIZE: true,
    // The frames are the same without them.
    NET_FAST_PATHS: false,
    // And of 64 KiB of RAM the buffers of two connections with data waiting take 12 this way, in place of 46.
    NET_TCP_RECV_BUFFER: 2920,
    NET_TCP_RECV_BUFFERS: 2,
    NET_TCP_SEND_BUFFER: 2920,
    NET_TCP_SEND_BUFFERS: 2,
  },
};
