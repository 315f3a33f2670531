// What the three programs of the bench have in common: a listener, and the time.

import { htonl, htons } from "socklet/posix/arpa/inet";
import { INADDR_ANY, sockaddr_in } from "socklet/posix/netinet/in";
import { AF_INET, bind, listen, SOCK_STREAM, Static, socket } from "socklet/posix/sys/socket";
import { CLOCK_MONOTONIC, clock_gettime, timespec } from "socklet/posix/time";

const address = Static.of<sockaddr_in>();
const now = Static.of<timespec>();

/** A socket that listens on `port`, or -1. */
export function listenOn(port: u16): i32 {
  const server = socket(AF_INET, SOCK_STREAM, 0);
  if (server < 0) return -1;
  address.sin_family = <u16>AF_INET;
  address.sin_port = htons(port);
  address.sin_addr = htonl(INADDR_ANY);
  if (bind(server, address, offsetof<sockaddr_in>()) < 0) return -1;
  return listen(server, 4) < 0 ? -1 : server;
}

/** Microseconds, wrapping. */
export function microseconds(): u32 {
  clock_gettime(CLOCK_MONOTONIC, now);
  return <u32>(now.tv_sec * 1_000_000) + <u32>now.tv_nsec / 1000;
}
