/** sys/epoll.h: waiting for many descriptors. */
export * from "../names/epoll";
export * from "../zsock/epoll";
