import { HostModel } from "../models/host.js";
import { driverContract } from "./contract.js";

driverContract("HOST", () => new HostModel(), {
  "probe programs the MAC address": "the emulated chip does not filter by address: the core does",
  "a reset that never ends is ETIMEDOUT after bounded steps, and logged":
    "the emulated chip resets within the write to RESET: there is nothing to wait for",
});
