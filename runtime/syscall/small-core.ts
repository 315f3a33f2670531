/**
 * The core of a small image: the same, but for where its state lies. What is compiled first has the lowest addresses, and an access to the first 128
 * bytes of the memory is an instruction of two bytes, to the others one of four. The segment that is being looked at is what most is asked of.
 */
import "../../net/transport/tcp/segment";

export * from "./core";
