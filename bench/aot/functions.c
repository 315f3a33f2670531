/*
 * Functions of the core, written by hand in C: the same conditions, the same results, no bounds checks. What each one does is said
 * in net/; bench/aot/driver.c compares what they do.
 */
#include "stack.h"

#define MICROS_PER_MILLI 1000u
#define RTO_MINIMUM (CONFIG_NET_TCP_MIN_RETRANSMISSION_TIMEOUT * MICROS_PER_MILLI)
#define RTO_MAXIMUM (CONFIG_NET_TCP_MAX_RETRANSMISSION_TIMEOUT * MICROS_PER_MILLI)
#define LONGEST (1u << 27)
#define MOST_UNRESOLVED ((CONFIG_NET_ARP_TABLE_SIZE + 1) / 2)

/* ---- net/transport/tcp/connections.ts ---- */

static uint32_t tuple_hash(uint32_t remote, uint32_t ports) {
  const uint32_t secret = tuple_secret;
  return ((remote ^ secret) * 0x9e3779b1u + ports) * secret;
}

APART struct tcb *connections_lookup(uint32_t local, uint32_t remote, uint32_t ports) {
  struct tcb *tcb = connection_table[tuple_hash(remote, ports) >> (32 - CONFIG_NET_TCP_HASH_BITS)];
  while (tcb != NULL) {
    const struct socket *socket = &tcb->socket;
    if (socket->ports == ports && socket->remote_address == remote && socket->local_address == local) break;
    tcb = socket->hash_next;
  }
  return tcb;
}

/* ---- net/transport/tcp/round-trip.ts ---- */

static uint32_t bounded(uint32_t rto) { return rto < RTO_MINIMUM ? RTO_MINIMUM : rto > RTO_MAXIMUM ? RTO_MAXIMUM : rto; }

APART void round_trip_sample(struct tcb *tcb, uint32_t micros) {
  const uint32_t measured = micros == 0 ? 1 : micros > LONGEST ? LONGEST : micros;
  uint32_t srtt = tcb->socket.srtt;
  uint32_t rttvar;
  if (srtt != 0) {
    const int32_t delta = (int32_t)measured - (int32_t)(srtt >> 3);
    rttvar = tcb->rttvar;
    rttvar += (uint32_t)(delta < 0 ? -delta : delta) - (rttvar >> 2);
    srtt += (uint32_t)delta;
  } else {
    srtt = measured << 3;
    rttvar = measured << 1;
  }
  tcb->socket.srtt = srtt;
  tcb->rttvar = rttvar;
  tcb->rto = bounded((srtt >> 3) + rttvar);
}

/* ---- net/transport/tcp/flight.ts ---- */

APART void flight_acknowledge(struct tcb *tcb, struct send_buffer *buffer, uint32_t acked, struct delivery *delivery) {
  const uint32_t una = tcb->snd_una;
  uint32_t start = una - acked;
  while (buffer->record_count != 0) {
    const struct flight_record *record = &buffer->records[buffer->record_first];
    const uint32_t end = record->end;
    const uint32_t word = record->word;
    const bool is_whole = (int32_t)(end - una) <= 0;
    const uint32_t length = (is_whole ? end : una) - start;
    if (word & MARK_LOST) buffer->lost_bytes -= length;
    if (word & MARK_SACKED) {
      buffer->sacked_bytes -= length;
    } else {
      delivery->bytes += length;
      if (is_whole) delivery_segment(delivery, end, word);
    }
    if (!is_whole) return;
    start = end;
    const uint32_t next = buffer->record_first + 1;
    buffer->record_first = next == CONFIG_NET_TCP_SEND_RECORDS ? 0 : next;
    buffer->record_count--;
  }
}

/* ---- net/transport/tcp/segment.ts ---- */

static uint32_t big_endian_16(const uint8_t *p) { return __builtin_bswap16(*(const uint16_t *)p); }
static uint32_t big_endian_32(const uint8_t *p) { return __builtin_bswap32(*(const uint32_t *)p); }

APART void segment_take_option(struct segment *segment, const uint8_t *p, uint32_t kind, uint32_t length) {
  if (kind == OPTION_TIMESTAMPS && length == 10) {
    segment->options |= HAS_TIMESTAMPS;
    segment->ts_val = big_endian_32(p + 2);
    segment->ts_ecr = big_endian_32(p + 6);
  } else if (kind == OPTION_SACK) {
    if (length >= 10 && ((length - 2) & 7) == 0) segment_take_sack(segment, p + 2, (length - 2) >> 3);
  } else if (!(segment->flags & TCP_SYN)) {
    return;
  } else if (kind == OPTION_MSS && length == 4) {
    segment->options |= HAS_MSS;
    segment->mss = big_endian_16(p + 2);
  } else if (kind == OPTION_WINDOW_SCALE && length == 3) {
    segment->options |= HAS_SCALE;
    segment->scale = p[2] < SCALE_MAX ? p[2] : SCALE_MAX;
  } else if (kind == OPTION_SACK_PERMITTED && length == 2) {
    segment->options |= HAS_SACK_PERMITTED;
  }
}

/* ---- net/link/neighbour.ts ---- */

static struct neighbour *room(bool ours, bool resolved) {
  struct neighbour *const end = neighbour_table + CONFIG_NET_ARP_TABLE_SIZE;
  struct neighbour *free = NULL;
  uint32_t unresolved = 0;
  for (struct neighbour *entry = neighbour_table; entry < end; entry++) {
    if (entry->state == NEIGHBOUR_FREE) {
      if (free == NULL) free = entry;
    } else if (entry->state <= NEIGHBOUR_INCOMPLETE) {
      unresolved++;
    }
  }
  const bool crowded = !resolved && unresolved >= MOST_UNRESOLVED;
  if (free != NULL && !crowded) return free;
  const uint32_t gateway = nic.gateway;
  const uint32_t limit = ours ? 8 : 2;
  struct neighbour *best = NULL;
  uint32_t best_rank = limit;
  for (struct neighbour *entry = neighbour_table; entry < end; entry++) {
    const uint32_t state = entry->state;
    if (state == NEIGHBOUR_FREE || (state <= NEIGHBOUR_INCOMPLETE) != crowded) continue;
    uint32_t rank = state == NEIGHBOUR_FAILED ? 0 : 1;
    if (entry->is_ours) rank += 2;
    if (entry->address == gateway) rank += 4;
    if (rank > best_rank || rank >= limit) continue;
    if (rank < best_rank || (int32_t)(entry->last_used - best->last_used) < 0) {
      best = entry;
      best_rank = rank;
    }
  }
  return best;
}

APART struct neighbour *neighbours_create(uint32_t address, bool ours, bool resolved) {
  struct neighbour *entry = room(ours, resolved);
  if (entry == NULL) {
    neighbour_pool.refused++;
    return NULL;
  }
  if (entry->state == NEIGHBOUR_FREE) {
    neighbour_pool.used++;
    if (neighbour_pool.used > neighbour_pool.high_water) neighbour_pool.high_water = neighbour_pool.used;
  } else {
    pending_drop(entry);
  }
  neighbours_bump_generation();
  entry->state = NEIGHBOUR_NEW;
  entry->address = address;
  entry->device = nic.device;
  entry->source = nic.address;
  entry->is_ours = ours;
  entry->deadline = host_clock.ticks;
  entry->last_used = ++neighbour_state.uses;
  return entry;
}

/* ---- net/transport/tcp/out-of-order.ts ---- */

APART bool out_of_order_add(struct tcb *tcb, uint32_t left, uint32_t right) {
  struct reassembly *ranges = out_of_order_attach(tcb);
  if (ranges == NULL) return false;
  const uint64_t joined = reassembly_join(ranges, left, right);
  if (ranges->count >= CONFIG_NET_TCP_REASSEMBLY_RANGES) {
    out_of_order_detach_empty(tcb);
    return false;
  }
  for (uint32_t i = ranges->count; i != 0; i--) ranges->ranges[i] = ranges->ranges[i - 1];
  ranges->ranges[0] = (struct range){.left = (uint32_t)joined, .right = (uint32_t)(joined >> 32)};
  ranges->count++;
  return true;
}

/* ---- net/transport/tcp/cubic.ts ---- */

static uint32_t payload_room(const struct tcb *tcb) {
  return tcb->socket.mss - (tcb->socket.detail & TCP_HAS_TIMESTAMPS ? TIMESTAMPS_BYTES : 0);
}

static uint32_t cube_root(uint64_t value) {
  uint32_t root = 0;
  for (uint32_t bit = 1 << 20; bit != 0; bit >>= 1) {
    const uint32_t next = root | bit;
    if ((uint64_t)next * (uint64_t)next * (uint64_t)next <= value) root = next;
  }
  return root;
}

static void begin(const struct tcb *tcb, struct send_buffer *buffer, uint32_t segment, uint32_t now) {
  const uint32_t cwnd = tcb->socket.cwnd;
  const uint32_t plateau = tcb->socket.congestion_memory;
  buffer->cubic_epoch = now;
  buffer->cubic_estimate = cwnd;
  if (plateau <= cwnd) {
    buffer->cubic_origin = cwnd;
    buffer->cubic_k = 0;
    return;
  }
  buffer->cubic_origin = plateau;
  const uint32_t parts = ((plateau - cwnd) << 8) / segment;
  buffer->cubic_k = cube_root(parts * 9094947ull);
}

APART void cubic_avoid(struct tcb *tcb, struct send_buffer *buffer, uint32_t acked) {
  const uint32_t segment = payload_room(tcb);
  const uint32_t now = (uint32_t)(host_clock.now >> 10);
  if (buffer->cubic_origin == 0) begin(tcb, buffer, segment, now);
  const uint32_t cwnd = tcb->socket.cwnd;
  const uint32_t parts = cwnd / acked;
  const uint32_t n = parts != 0 ? parts : 1;
  const uint32_t reno = buffer->cubic_estimate < tcb->socket.congestion_memory ? (segment * 135) >> 8 : segment;
  const uint32_t estimate = buffer->cubic_estimate + reno / n;
  buffer->cubic_estimate = estimate;
  const uint32_t since = now - buffer->cubic_epoch;
  const uint32_t target = cubic_curve(buffer, segment, since + (tcb->socket.srtt >> 13));
  if (cubic_curve(buffer, segment, since) < estimate) {
    if (estimate > cwnd) tcb->socket.cwnd = estimate;
  } else if (target > cwnd) {
    const uint32_t most = cwnd + (cwnd >> 1);
    tcb->socket.cwnd = cwnd + ((target < most ? target : most) - cwnd) / n;
  }
}

APART uint32_t cubic_curve(const struct send_buffer *buffer, uint32_t segment, uint32_t time) {
  const uint32_t k = buffer->cubic_k;
  const bool rises = time >= k;
  uint32_t distance = rises ? time - k : k - time;
  if (distance > 65535) distance = 65535;
  const uint64_t cube = ((uint64_t)(distance * distance) * distance) >> 10;
  const uint64_t bytes = (cube * (uint64_t)(segment * 472)) >> 30;
  const uint32_t origin = buffer->cubic_origin;
  if (rises) return bytes > 0x3fffffff ? 0x3fffffff : origin + (uint32_t)bytes;
  return bytes < origin ? origin - (uint32_t)bytes : 0;
}
