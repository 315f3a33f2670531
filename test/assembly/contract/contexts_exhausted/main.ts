// All sockets of the system are open: ENFILE.
import { ENFILE } from "socklet/posix/errno";
import { exhaust } from "../exhaustion";
import { done } from "../tap";

exhaust(ENFILE);
done();
