/** Settings that several files use: each set is one more compilation of the core. */

/** Buffers beyond what a window field holds without scaling. */
export const LARGE_BUFFERS = { NET_TCP_RECV_BUFFER: 200_000, NET_TCP_SEND_BUFFER: 200_000, NET_TCP_SEND_RECORDS: 256 };

/** One buffer each way for all connections. */
export const ONE_BUFFER = { NET_TCP_RECV_BUFFERS: 1, NET_TCP_SEND_BUFFERS: 1 };

/** Fewer records than a window has segments, and than connections have gaps. */
export const FEW_RECORDS = { NET_TCP_SEND_RECORDS: 4, NET_TCP_REASSEMBLY: 2, NET_TCP_REASSEMBLY_RANGES: 2 };
