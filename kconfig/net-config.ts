/** Options: addresses and host name of the device. */
import type { KconfigMenu } from "./option.js";

export const netConfig: KconfigMenu = {
  title: "Addresses",
  options: [
    {
      name: "NET_CONFIG_MY_IPV4_ADDR",
      type: "ipv4",
      prompt: "Address of the first interface",
      default: "10.0.2.15",
      help: "The default suits QEMU's user network.",
    },
    {
      name: "NET_CONFIG_MY_IPV4_NETMASK",
      type: "ipv4",
      prompt: "Network mask of the first interface",
      default: "255.255.255.0",
      contiguousMask: true,
      help: "A contiguous mask. Addresses inside it are reached directly, all others through the gateway.",
    },
    {
      name: "NET_CONFIG_MY_IPV4_GW",
      type: "ipv4",
      prompt: "Default gateway",
      default: "10.0.2.2",
      help: "0.0.0.0 for none: then only the own subnet can be reached and the rest answers ENETUNREACH.",
    },
    {
      name: "NET_CONFIG_INIT_TIMEOUT",
      type: "int",
      unit: "seconds",
      prompt: "Time that the start of an application waits for an address",
      default: 30,
      range: [-1, 3600],
      depends: ["NET_DHCPV4"],
      help: "Before its first line runs, an AssemblyScript program waits until the first interface has an address, or for so long. 0 = it does not wait, -1 = it waits for ever. Other programs call socklet_v1.wait_address.",
    },
    {
      name: "ETH_MAC_ADDRESS",
      type: "mac",
      prompt: "MAC address",
      default: "02:00:00:00:00:01",
      help: "The board sets a default. Must be unicast.",
    },
  ],
};
