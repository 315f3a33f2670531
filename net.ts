/**
 * socklet/net: sockets as objects, on top of socklet/posix. (The stack itself lies in the folder of the same name; programs do not import from it.)
 *
 *     import { lastError, LineReader, printError, TcpListener } from "socklet/net";
 *
 *     const listener = TcpListener.open(7);
 *     if (!listener) printError("listen");
 *
 * Nothing here allocates: a socket object is its descriptor, and what has state (an address, a set, a reader) lies in static memory. There
 * are no exceptions: what fails is null, false or negative, and `lastError()` says why.
 */
export * from "./posix/friendly/datagram-socket";
export * from "./posix/friendly/endpoint";
export * from "./posix/friendly/error";
export * from "./posix/friendly/line-reader";
export * from "./posix/friendly/line-writer";
export * from "./posix/friendly/ping";
export * from "./posix/friendly/socket-set";
export * from "./posix/friendly/stream-socket";
export * from "./posix/friendly/unix-socket";
