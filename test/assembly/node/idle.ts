/** A program that waits: only the stack answers. */
import { socklet_poll } from "../../../posix/imports";

const READY: usize = memory.data(4, 4);

while (true) socklet_poll(0, 0, 60_000, READY);
