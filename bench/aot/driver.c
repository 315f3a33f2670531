/*
 * Runs each function of the core and its twin in C on the same memory, many times, with random contents that such functions meet:
 * chains that have the connection and chains that have not, rings that wrap, tables that are full. Results and all of the core's
 * memory have to be the same. A line for each function says how often it was called, how often its result was not 0, and how often it
 * changed memory; the first difference ends the run.
 *
 * It stands behind the core's C text: CORE_… are the functions there, with the parameters that Binaryen has left them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stack.h"

#define CASES 1500
#define WORDS (CORE_MEMORY_SIZE / 4)
/* Records lie where the core has none that the functions know: in its last bytes (bench/aot/program.ts looks). */
#define RECORD_BYTES 256u
#define RECORDS 16u

static uint32_t *const memory = (uint32_t *)CORE_MEMORY_BASE;
static uint32_t before[WORDS], after[WORDS];
static uint32_t cases, hits, changes;

static uint32_t any(void) {
  static uint32_t state = 0x2545f491;
  state ^= state << 13;
  state ^= state >> 17;
  state ^= state << 5;
  return state * 0x9e3779b1u >> 3 ^ state;
}

static uint32_t below(uint32_t count) { return any() % count; }

/* A number of any size: small ones are as frequent as large ones. */
static uint32_t any_size(void) { return any() >> below(32); }

static void *record(uint32_t index) {
  return (void *)(CORE_MEMORY_BASE + CORE_MEMORY_SIZE - RECORD_BYTES * (index + 1));
}

static void fill(void *place, uint32_t bytes) {
  for (uint32_t i = 0; i < bytes; i++) ((uint8_t *)place)[i] = (uint8_t)any();
}

static void check(const char *name, uint32_t core, uint32_t c) {
  if (core != c) {
    printf("%s: case %lu: the core returns %lx, C %lx\n", name, (unsigned long)cases, (unsigned long)core, (unsigned long)c);
    exit(1);
  }
  for (uint32_t i = 0; i < WORDS; i++) {
    if (memory[i] == after[i]) continue;
    printf("%s: case %lu: at %lx the core writes %lx, C %lx, before it was %lx\n", name, (unsigned long)cases,
           (unsigned long)(CORE_MEMORY_BASE + i * 4), (unsigned long)after[i], (unsigned long)memory[i], (unsigned long)before[i]);
    exit(1);
  }
  cases++;
  if (core != 0) hits++;
  if (memcmp(before, after, sizeof before) != 0) changes++;
}

/* `core` and `c` are expressions that call the one and the other. */
#define BOTH(name, core, c) \
  do { \
    memcpy(before, memory, sizeof before); \
    const uint32_t core_result = (core); \
    memcpy(after, memory, sizeof after); \
    memcpy(memory, before, sizeof before); \
    check(name, core_result, (c)); \
  } while (0)

static void report(const char *name) {
  printf("%s %lu %lu %lu\n", name, (unsigned long)cases, (unsigned long)hits, (unsigned long)changes);
  cases = hits = changes = 0;
}

/* What both call is the core's own. */
APART void delivery_segment(struct delivery *delivery, uint32_t end, uint32_t word) {
  (void)delivery;
  CORE_DELIVERY_SEGMENT(end, word);
}
APART void segment_take_sack(struct segment *segment, const uint8_t *p, uint32_t count) {
  (void)segment;
  CORE_SEGMENT_TAKE_SACK((uint32_t)p, count);
}
APART void pending_drop(struct neighbour *entry) { CORE_PENDING_DROP((uint32_t)entry); }
APART void neighbours_bump_generation(void) { CORE_NEIGHBOURS_BUMP_GENERATION(); }
APART struct reassembly *out_of_order_attach(struct tcb *tcb) {
  return (struct reassembly *)CORE_OUT_OF_ORDER_ATTACH((uint32_t)tcb);
}
APART void out_of_order_detach_empty(struct tcb *tcb) { CORE_OUT_OF_ORDER_DETACH_EMPTY((uint32_t)tcb); }
APART uint64_t reassembly_join(struct reassembly *ranges, uint32_t left, uint32_t right) {
  return CORE_REASSEMBLY_JOIN((uint32_t)ranges, left, right);
}

extern struct delivery delivery;
extern struct segment segment;
/* The last word of the pool's record is its first free element. */
extern uint32_t out_of_order_pool[6];

static void lookups(void) {
  static const uint32_t addresses[] = {0x0200000a, 0x0300000a, 0x04030201};
  static const uint32_t ports[] = {0x0700c0de, 0x0800c0de, 0x0700c0df};
  for (int i = 0; i < CASES; i++) {
    tuple_secret = any() | 1;
    memset(connection_table, 0, sizeof connection_table);
    for (uint32_t at = below(RECORDS); at > 0; at--) {
      struct socket *socket = record(at);
      fill(socket, sizeof(struct tcb));
      socket->ports = ports[below(3)];
      socket->remote_address = addresses[below(3)];
      socket->local_address = addresses[below(2)];
      uint32_t hash = ((socket->remote_address ^ tuple_secret) * 0x9e3779b1u + socket->ports) * tuple_secret;
      struct tcb **head = &connection_table[hash >> (32 - CONFIG_NET_TCP_HASH_BITS)];
      socket->hash_next = *head;
      *head = (struct tcb *)socket;
    }
    const uint32_t local = addresses[below(2)], remote = addresses[below(3)], both = ports[below(3)];
    BOTH("connections_lookup", CORE_CONNECTIONS_LOOKUP(local, remote, both), (uint32_t)connections_lookup(local, remote, both));
  }
  report("connections_lookup");
}

static void samples(void) {
  struct tcb *tcb = record(0);
  for (int i = 0; i < CASES; i++) {
    fill(tcb, sizeof *tcb);
    tcb->socket.srtt = below(4) ? any_size() >> 2 : 0;
    tcb->rttvar = any_size() >> 2;
    const uint32_t micros = below(16) ? any_size() : 0;
    BOTH("round_trip_sample", (CORE_ROUND_TRIP_SAMPLE((uint32_t)tcb, micros), 0), (round_trip_sample(tcb, micros), 0));
  }
  report("round_trip_sample");
}

static void acknowledgements(void) {
  struct tcb *tcb = record(0);
  struct send_buffer *buffer = record(1);
  for (int i = 0; i < CASES; i++) {
    fill(tcb, sizeof *tcb);
    fill(buffer, sizeof *buffer);
    fill(&delivery, sizeof delivery);
    const uint32_t acked = below(4000);
    buffer->record_first = below(CONFIG_NET_TCP_SEND_RECORDS);
    buffer->record_count = below(CONFIG_NET_TCP_SEND_RECORDS + 1);
    uint32_t end = tcb->snd_una - acked;
    for (uint32_t at = 0; at < CONFIG_NET_TCP_SEND_RECORDS; at++) {
      end += 1 + below(1460);
      buffer->records[(buffer->record_first + at) % CONFIG_NET_TCP_SEND_RECORDS].end = end;
    }
    /* All signs, those that say what is valid among them. */
    delivery.signs = below(64);
    delivery.point = tcb->snd_una + below(4000) - 2000;
    delivery.highest = tcb->snd_una + below(4000) - 2000;
    delivery.top = delivery.highest;
    BOTH("flight_acknowledge", (CORE_FLIGHT_ACKNOWLEDGE((uint32_t)tcb, (uint32_t)buffer, acked), 0),
         (flight_acknowledge(tcb, buffer, acked, &delivery), 0));
  }
  report("flight_acknowledge");
}

static void options(void) {
  static const uint8_t lengths[] = {[2] = 4, [3] = 3, [4] = 2, [5] = 18, [8] = 10};
  for (int i = 0; i < CASES; i++) {
    fill(&segment, sizeof segment);
    uint8_t *p = (uint8_t *)record(1) + below(8);
    fill(p, 40);
    const uint32_t kind = below(10);
    const uint32_t right = kind < sizeof lengths && lengths[kind] != 0 ? lengths[kind] : 2;
    const uint32_t length = below(4) ? right : 2 + below(39);
    BOTH("segment_take_option", (CORE_SEGMENT_TAKE_OPTION((uint32_t)p, kind, length), 0),
         (segment_take_option(&segment, p, kind, length), 0));
  }
  report("segment_take_option");
}

static void neighbours(void) {
  for (int i = 0; i < CASES; i++) {
    fill(&nic, sizeof nic);
    fill(&neighbour_state, sizeof neighbour_state);
    fill(&neighbour_pool, sizeof neighbour_pool);
    host_clock.ticks = any();
    neighbour_pool.high_water = neighbour_pool.used + below(3) - 1;
    const uint32_t lowest = below(3), states = 1 + below(9 - lowest);
    for (uint32_t at = 0; at < CONFIG_NET_ARP_TABLE_SIZE; at++) {
      struct neighbour *entry = &neighbour_table[at];
      fill(entry, sizeof *entry);
      entry->state = lowest + below(states);
      entry->last_used = below(5) - 2;
      entry->is_ours = below(2);
      if (below(4) == 0) entry->address = nic.gateway;
    }
    const uint32_t address = any(), ours = below(2), resolved = below(2);
    BOTH("neighbours_create", CORE_NEIGHBOURS_CREATE(address, ours, resolved), (uint32_t)neighbours_create(address, ours, resolved));
  }
  report("neighbours_create");
}

static void ranges(void) {
  struct tcb *tcb = record(0);
  struct reassembly *reassembly = record(1);
  out_of_order_pool[5] = 0;
  for (int i = 0; i < CASES; i++) {
    fill(tcb, RECORD_BYTES);
    fill(reassembly, sizeof *reassembly);
    tcb->socket.out_of_order = below(16) ? reassembly : NULL;
    reassembly->count = below(CONFIG_NET_TCP_REASSEMBLY_RANGES + 1);
    const uint32_t begin = any();
    for (uint32_t at = 0; at < CONFIG_NET_TCP_REASSEMBLY_RANGES; at++) {
      reassembly->ranges[at].left = begin + below(20) * 100;
      reassembly->ranges[at].right = reassembly->ranges[at].left + (1 + below(5)) * 100;
    }
    const uint32_t left = begin + below(20) * 100, right = left + (1 + below(5)) * 100;
    BOTH("out_of_order_add", CORE_OUT_OF_ORDER_ADD((uint32_t)tcb, left, right), (uint32_t)out_of_order_add(tcb, left, right));
  }
  report("out_of_order_add");
}

/* Times of some minutes and windows of some megabytes, and now and then any. */
static void fill_cubic(struct tcb *tcb, struct send_buffer *buffer) {
  const uint32_t now = any();
  fill(tcb, sizeof *tcb);
  fill(buffer, sizeof *buffer);
  host_clock.now = (uint64_t)now << 10;
  tcb->socket.mss = 536 + below(9000);
  tcb->socket.srtt = below(1 << 23);
  tcb->socket.cwnd = 1 + (below(8) ? below(1 << 20) : any_size());
  tcb->socket.congestion_memory = below(8) ? below(1 << 20) : any_size();
  buffer->cubic_epoch = now - (below(8) ? below(1 << 14) : any());
  buffer->cubic_k = below(8) ? below(1 << 14) : any();
  buffer->cubic_estimate = below(1 << 20);
  buffer->cubic_origin = below(4) ? below(8) ? below(1 << 20) : any_size() : 0;
}

static void cubics(void) {
  struct tcb *tcb = record(0);
  struct send_buffer *buffer = record(1);
  for (int i = 0; i < CASES; i++) {
    fill_cubic(tcb, buffer);
    const uint32_t acked = 1 + below(3000);
    BOTH("cubic_avoid", (CORE_CUBIC_AVOID((uint32_t)tcb, (uint32_t)buffer, acked), 0), (cubic_avoid(tcb, buffer, acked), 0));
  }
  report("cubic_avoid");
  for (int i = 0; i < CASES; i++) {
    fill_cubic(tcb, buffer);
    const uint32_t time = below(8) ? below(1 << 15) : any();
    BOTH("cubic_curve", CORE_CUBIC_CURVE((uint32_t)buffer, 1460, time), cubic_curve(buffer, 1460, time));
  }
  report("cubic_curve");
}

int main(void) {
  fill(memory, CORE_MEMORY_SIZE);
  lookups();
  samples();
  acknowledgements();
  options();
  neighbours();
  ranges();
  cubics();
  return 0;
}
