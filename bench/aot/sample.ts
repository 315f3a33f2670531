/**
 * The functions of the core that are compared with the same algorithms in C. They were chosen before the C was written, one of each
 * kind that the core is made of: a chain of pointers behind a hash, arithmetic on one record, a ring behind three pointers, bytes off the
 * wire, a table that is searched and written.
 */

/** One of them. */
export interface SampleFunction {
  /** In the core's module: file, class and method. */
  readonly name: string;
  /** In bench/aot/functions.c. */
  readonly cName: string;
  /** What kind of code it stands for. */
  readonly kind: string;
  /** Parameters that the emitted C has: Binaryen drops those that are the same in all calls. */
  readonly parameters: number;
}

export const SAMPLE: readonly SampleFunction[] = [
  {
    name: "net/transport/tcp/connections/Connections.lookup",
    cName: "connections_lookup",
    kind: "keyed hash, then a chain of pointers out of memory",
    parameters: 3,
  },
  {
    name: "net/transport/tcp/round-trip/RoundTrip.sample",
    cName: "round_trip_sample",
    kind: "arithmetic on fields of one record",
    parameters: 2,
  },
  {
    name: "net/transport/tcp/flight/Flight.acknowledge",
    cName: "flight_acknowledge",
    kind: "a ring of records, three pointers, a call in the loop",
    parameters: 3,
  },
  {
    name: "net/transport/tcp/segment/Segment#takeOption",
    cName: "segment_take_option",
    kind: "bytes off the wire, of any alignment and in the other order",
    parameters: 3,
  },
  {
    name: "net/link/neighbour/Neighbours.create",
    cName: "neighbours_create",
    kind: "a table searched twice, and state in five places",
    parameters: 3,
  },
];

/**
 * Three more, chosen when the translator had been made better for the five: what was done for these has to be good for others as well.
 */
export const CONTROL: readonly SampleFunction[] = [
  {
    name: "net/transport/tcp/out-of-order/OutOfOrder.add",
    cName: "out_of_order_add",
    kind: "ranges that are joined, four functions called",
    parameters: 3,
  },
  {
    name: "net/transport/tcp/cubic/Cubic.avoid",
    cName: "cubic_avoid",
    kind: "divisions, a cube root in 64 bits, fields of two records",
    parameters: 3,
  },
  {
    name: "net/transport/tcp/cubic/Cubic.curve",
    cName: "cubic_curve",
    kind: "64-bit arithmetic",
    parameters: 3,
  },
];

/** What they call. It is called in C, too, and counted in neither. */
export const CALLED: readonly string[] = [
  "net/transport/tcp/delivery/Delivery#segment",
  "net/transport/tcp/segment/Segment#takeSack",
  "net/link/arp/pending/Pending.drop",
  "net/link/neighbour/Neighbours.bumpGeneration",
  "net/transport/tcp/out-of-order/OutOfOrder.attach",
  "net/transport/tcp/out-of-order/OutOfOrder.detachEmpty",
  "net/transport/tcp/out-of-order/Reassembly#join",
];

/** Parts of them that other functions of the core call as well. Each has them in line, as in C, and they count. */
export const INCLUDED: readonly string[] = ["net/transport/tcp/tuple/TupleChain.find"];

/** Where the core's static state lies: the name in stack.h, the file, and the expression that says so there. */
export const PLACES: readonly { readonly symbol: string; readonly file: string; readonly expression: string }[] = [
  { symbol: "tuple_secret", file: "net/transport/tcp/tuple-hash.ts", expression: "SECRET" },
  { symbol: "connection_table", file: "net/transport/tcp/connections.ts", expression: "TABLE" },
  { symbol: "delivery", file: "net/transport/tcp/delivery.ts", expression: "STORAGE" },
  { symbol: "segment", file: "net/transport/tcp/segment.ts", expression: "STORAGE" },
  { symbol: "neighbour_table", file: "net/link/neighbour.ts", expression: "TABLE" },
  { symbol: "neighbour_state", file: "net/link/neighbour.ts", expression: "STATE" },
  { symbol: "neighbour_pool", file: "net/link/neighbour.ts", expression: "POOL" },
  { symbol: "out_of_order_pool", file: "net/transport/tcp/out-of-order.ts", expression: "POOL" },
  { symbol: "nic", file: "net/link/interface.ts", expression: "NIC" },
  { symbol: "host_clock", file: "net/base/clock.ts", expression: "STATE" },
];

/** Options that the C text has as numbers of the same name. */
export const OPTIONS_IN_C: readonly string[] = [
  "NET_TCP_HASH_BITS",
  "NET_TCP_SEND_RECORDS",
  "NET_TCP_REASSEMBLY_RANGES",
  "NET_ARP_TABLE_SIZE",
  "NET_TCP_MIN_RETRANSMISSION_TIMEOUT",
  "NET_TCP_MAX_RETRANSMISSION_TIMEOUT",
];
