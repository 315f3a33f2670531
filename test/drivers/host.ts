import { HostModel } from "../models/host.js";
import { NodeHostModel } from "../models/node-host.js";
import { driverContract, type Skips } from "./contract.js";

const SKIPS: Skips = {
  "probe programs the MAC address": "the emulated chip does not filter by address: the core does",
  "a reset that never ends is ETIMEDOUT after bounded steps, and logged":
    "the emulated chip resets within the write to RESET: there is nothing to wait for",
};

driverContract("HOST", () => new HostModel(), SKIPS);
driverContract("HOST", () => new NodeHostModel(), SKIPS, "on the Node host's own device");
