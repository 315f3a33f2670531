// All receive rings are taken: ENOBUFS.
import { ENOBUFS } from "socklet/posix/errno";
import { exhaust } from "../exhaustion";
import { done } from "../tap";

exhaust(ENOBUFS);
done();
