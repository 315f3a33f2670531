/** unistd.h: descriptors and pauses. */
export * from "./names/unistd";
export { sleep, usleep } from "./time";
export { zsock_dup, zsock_dup2 } from "./zsock/duplicate";
export { zsock_gethostname, zsock_sethostname } from "./zsock/host-name";
export { zsock_close } from "./zsock/socket";
export { zsock_read, zsock_write } from "./zsock/transfer";

export const STDIN_FILENO: i32 = 0;
export const STDOUT_FILENO: i32 = 1;
export const STDERR_FILENO: i32 = 2;
