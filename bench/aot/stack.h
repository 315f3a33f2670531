/*
 * The records that the functions of functions.c work on, as a TCP/IP stack in C would declare them. Their fields are those of
 * net/, in the same order: bench/aot/driver.c runs both on the same bytes.
 */
#ifndef BENCH_AOT_STACK_H
#define BENCH_AOT_STACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A function that is measured, or that one of them calls and that is measured with none of them: GCC sees neither from the other. */
#define APART __attribute__((noipa, externally_visible))

/* net/socket/socket.ts, with what of a connection lies in the place of `cached…`, time-outs and `ringHead` without fast paths (net/transport/tcp/near-fields.ts) */
struct socket {
  uint32_t options;
  uint16_t references;
  uint16_t receive_low_water;
  uint32_t states;
  uint32_t local_address;
  uint32_t remote_address;
  uint32_t ports;
  struct tcb *hash_next;
  uint32_t timers;
  uint16_t mss;
  uint16_t peer_mss;
  uint32_t linger;
  uint32_t snd_nxt;
  uint32_t rcv_nxt;
  struct send_buffer *send_buffer;
  struct reassembly *out_of_order;
  uint32_t snd_wnd_max;
  uint16_t way;
  uint16_t fin_wait_2_timeout;
  uint32_t cwnd;
  int32_t error;
  uint32_t ttl_tos;
  uint32_t detail;
  uint32_t snd_wnd;
  uint32_t rcv_adv;
  uint32_t srtt;
  uint32_t ssthresh;
  uint8_t *ring_base;
  uint32_t ring_capacity;
  uint32_t congestion_memory;
  uint32_t ring_tail;
  struct tcb *queue_next;
  uint32_t ring_count;
  uint32_t kind;
};

/* net/transport/tcp/connection.ts, as far as the functions look */
enum { TCP_HAS_TIMESTAMPS = 1, TIMESTAMPS_BYTES = 12 };

struct tcb {
  struct socket socket;
  uint32_t snd_una;
  /* The words that these fields have with fast paths. */
  uint32_t own[15];
  uint32_t snd_wl1;
  uint32_t snd_wl2;
  uint32_t last_ack_sent;
  uint32_t ts_recent;
  uint32_t ts_recent_at;
  uint32_t ts_offset;
  uint32_t rttvar;
  uint32_t rto;
};

/* net/transport/tcp/flight.ts */
enum { MARK_SACKED = 1, MARK_LOST = 2, MARK_RETRANSMITTED = 4 };

struct flight_record {
  uint32_t end;
  uint32_t word;
};

/* net/transport/tcp/send-buffer.ts: the words between those of the flight and its records are others' business. */
struct send_buffer {
  uint32_t start;
  uint32_t length;
  uint32_t snd_up;
  uint32_t record_first;
  uint32_t record_count;
  uint32_t sacked_bytes;
  uint32_t lost_bytes;
  uint32_t recovery[21];
  uint32_t cubic_epoch;
  uint32_t cubic_k;
  uint32_t cubic_estimate;
  uint32_t cubic_origin;
  struct flight_record records[CONFIG_NET_TCP_SEND_RECORDS];
};

/* net/transport/tcp/delivery.ts */
struct delivery {
  uint32_t bytes;
  uint32_t signs;
  uint32_t latest_word;
  uint32_t latest_end;
  uint32_t sample_at;
  uint32_t point;
  uint32_t highest;
  uint32_t top;
};

/* net/transport/tcp/segment.ts */
enum { TCP_SYN = 2 };
enum { OPTION_MSS = 2, OPTION_WINDOW_SCALE = 3, OPTION_SACK_PERMITTED = 4, OPTION_SACK = 5, OPTION_TIMESTAMPS = 8 };
enum { HAS_MSS = 1, HAS_SCALE = 2, HAS_SACK_PERMITTED = 4, HAS_TIMESTAMPS = 8, SCALE_MAX = 14 };

struct segment {
  uint32_t seq;
  uint32_t ack;
  uint32_t flags;
  uint32_t local;
  uint32_t remote;
  uint32_t ports;
  uint32_t window;
  uint32_t urgent_pointer;
  uint8_t *data;
  uint32_t length;
  uint32_t cut;
  uint32_t ecn;
  uint32_t options;
  uint32_t mss;
  uint32_t scale;
  uint32_t ts_val;
  uint32_t ts_ecr;
  uint32_t sack_count;
  uint32_t sack_blocks[4][2];
};

/* net/transport/tcp/out-of-order.ts */
struct range {
  uint32_t left;
  uint32_t right;
};

struct reassembly {
  uint32_t count;
  uint32_t fin;
  uint32_t has_fin;
  struct range ranges[CONFIG_NET_TCP_REASSEMBLY_RANGES];
};

/* net/link/neighbour.ts */
enum { NEIGHBOUR_FREE, NEIGHBOUR_NEW, NEIGHBOUR_INCOMPLETE, NEIGHBOUR_FAILED };

struct neighbour {
  uint32_t state;
  uint32_t address;
  struct device *device;
  uint32_t source;
  uint32_t header[4];
  uint32_t deadline;
  uint32_t left;
  uint32_t last_used;
  uint32_t is_ours;
};

/* net/base/pool.ts, as far as the functions look */
struct pool {
  uint32_t capacity;
  uint32_t element_bytes;
  uint32_t used;
  uint32_t high_water;
  uint32_t refused;
};

/* net/link/interface.ts, as far as the functions look */
struct interface {
  struct device *device;
  uint32_t address;
  uint32_t mask;
  uint32_t gateway;
};

extern uint32_t tuple_secret;
extern struct tcb *connection_table[1 << CONFIG_NET_TCP_HASH_BITS];
extern struct neighbour neighbour_table[CONFIG_NET_ARP_TABLE_SIZE];
extern struct { uint32_t generation, uses; } neighbour_state;
extern struct pool neighbour_pool;
extern struct interface nic;
/* Microseconds since the start; most look at the low half alone. */
extern union { uint64_t now; uint32_t ticks; } host_clock;

/* What they call. */
void delivery_segment(struct delivery *delivery, uint32_t end, uint32_t word);
void segment_take_sack(struct segment *segment, const uint8_t *p, uint32_t count);
void pending_drop(struct neighbour *entry);
void neighbours_bump_generation(void);
struct reassembly *out_of_order_attach(struct tcb *tcb);
void out_of_order_detach_empty(struct tcb *tcb);
uint64_t reassembly_join(struct reassembly *ranges, uint32_t left, uint32_t right);

/* What is measured. */
struct tcb *connections_lookup(uint32_t local, uint32_t remote, uint32_t ports);
void round_trip_sample(struct tcb *tcb, uint32_t micros);
void flight_acknowledge(struct tcb *tcb, struct send_buffer *buffer, uint32_t acked, struct delivery *delivery);
void segment_take_option(struct segment *segment, const uint8_t *p, uint32_t kind, uint32_t length);
struct neighbour *neighbours_create(uint32_t address, bool ours, bool resolved);
bool out_of_order_add(struct tcb *tcb, uint32_t left, uint32_t right);
void cubic_avoid(struct tcb *tcb, struct send_buffer *buffer, uint32_t acked);
uint32_t cubic_curve(const struct send_buffer *buffer, uint32_t segment, uint32_t time);

#endif
