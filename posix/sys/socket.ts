/** sys/socket.h: sockets. As in C, select and its sets are reached from here too. */
export * from "../names/select";
export * from "../names/socket";
export * from "../names/time";
export * from "../names/uio";
export * from "../zsock/constants";
export * from "../zsock/control-message";
export * from "../zsock/message";
export { zsock_getsockopt, zsock_setsockopt, zsock_sockatmark } from "../zsock/option";
export * from "../zsock/socket";
export * from "../zsock/transfer";
export * from "../zsock/types";
export * from "../zsock/vector";
export * from "../zsock/wait";
