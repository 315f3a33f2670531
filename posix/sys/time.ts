/** sys/time.h: the time span that select and SO_RCVTIMEO take. */
export * from "../names/time";
export { zsock_timeval } from "../zsock/types";
