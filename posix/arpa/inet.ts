/** arpa/inet.h: addresses as text, and byte order. */
export * from "../names/arpa-inet";
export * from "../zsock/inet";
