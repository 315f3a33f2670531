/** All drivers in one process: the compiler takes longer to load than the tests to run. */
import "./host.js";
import "./lan9118.js";
import "./stellaris.js";
