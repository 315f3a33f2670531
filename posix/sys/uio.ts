/** sys/uio.h: several buffers in one call. */
export * from "../names/uio";
export * from "../zsock/vector";
