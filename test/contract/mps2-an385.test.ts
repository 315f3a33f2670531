/** The contract suite on mps2_an385, as `socklet run` runs it. */
import { contractSuite, runOnBoard } from "./programs.js";

contractSuite("mps2_an385", "mps2_an385", runOnBoard);
