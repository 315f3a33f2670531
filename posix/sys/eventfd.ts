/** sys/eventfd.h: event counters. */
export * from "../names/eventfd";
export * from "../zsock/eventfd";
