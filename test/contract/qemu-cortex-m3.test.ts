/** The contract suite on qemu_cortex_m3, as `socklet run` runs it. */
import { contractSuite, runOnBoard } from "./programs.js";

contractSuite("qemu_cortex_m3", "qemu_cortex_m3", runOnBoard);
