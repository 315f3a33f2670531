/** The contract suite on native_sim, as `socklet run` runs it. */
import { contractSuite, runOnBoard } from "./programs.js";

contractSuite("native_sim", "native_sim", runOnBoard);
