/** Options: what a board says of itself; set by boards, not by applications. */
import type { KconfigMenu } from "./option.js";

export const board: KconfigMenu = {
  title: "Set by the board",
  options: [
    {
      name: "ETH_HOST",
      type: "bool",
      prompt: "Network device of the Node host",
      default: true,
      internal: true,
      help: "Chosen by the board.",
    },
    {
      name: "ETH_LAN9118",
      type: "bool",
      prompt: "SMSC LAN9118 Ethernet",
      default: false,
      internal: true,
      help: "Chosen by the board.",
    },
    {
      name: "ETH_STELLARIS",
      type: "bool",
      prompt: "Stellaris Ethernet MAC",
      default: false,
      internal: true,
      help: "Chosen by the board.",
    },
    {
      name: "ETH_BASE_ADDRESS",
      type: "hex",
      prompt: "Base address of the Ethernet controller",
      default: 0x4000_0000,
      range: [0, 0xffff_ffff],
      internal: true,
      help: "Chosen by the board.",
    },
    {
      name: "SYS_CLOCK_HW_CYCLES_PER_SEC",
      type: "int",
      unit: "Hz",
      prompt: "CPU clock",
      default: 1_000_000,
      range: [1, 4_000_000_000],
      internal: true,
      help: "Chosen by the board; bounded waits in drivers are counted in it.",
    },
  ],
};
