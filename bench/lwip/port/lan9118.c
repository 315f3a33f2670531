/*
 * LAN9118 (datasheet revision 1.5), programmed I/O, for lwIP: a frame is read straight into the pbuf that goes up, and written straight
 * from the pbuf that comes down. Kept short on purpose, so that what is measured is lwIP: no interrupt handler (main.c), no link
 * checks, transmit statuses are never read (the chip may overwrite them), free room is asked for only when the known room is used up.
 */
#include "lan9118.h"

#include "lwip/etharp.h"
#include "lwip/pbuf.h"
#include "netif/ethernet.h"
#include "registers.h"
#if KERNELS
#include "checksum.h"
#include "kernels.h"
#endif

#define NIC(offset) REGISTER(NIC_BASE + (offset))
#define RX_DATA_FIFO NIC(0x00)
#define TX_DATA_FIFO NIC(0x20)
#define RX_STATUS_FIFO NIC(0x40)
#define IRQ_CFG NIC(0x54)
#define INT_STS NIC(0x58)
#define INT_EN NIC(0x5C)
#define FIFO_INT NIC(0x68)
#define RX_CFG NIC(0x6C)
#define TX_CFG NIC(0x70)
#define HW_CFG NIC(0x74)
#define RX_FIFO_INF NIC(0x7C)
#define TX_FIFO_INF NIC(0x80)
#define PMT_CTRL NIC(0x84)
#define MAC_CSR_CMD NIC(0xA4)
#define MAC_CSR_DATA NIC(0xA8)

#define PMT_READY 1u
#define HW_RESET 1u
#define HW_MUST_BE_ONE (1u << 20)
#define HW_TX_FIFO_5K (5u << 16)
#define IRQ_ON_ACTIVE_HIGH 0x111u
#define INT_RX_STATUS 8u
#define FIFO_INT_EVERY_FRAME 0x48000000u
#define RX_OFFSET_2 (2u << 8)
#define TX_ON 2u
#define TX_STATUS_OVERRUN 4u
#define CSR_BUSY (1u << 31)
#define MAC_CR 1u
#define MAC_ADDRH 2u
#define MAC_ADDRL 3u
#define MAC_FULL_DUPLEX_RX_TX 0x0010000Cu

#define RX_STATUSES_USED 0x00ff0000u
#define RX_ERROR (1u << 15)
#define RX_LENGTH(status) ((status) >> 16 & 0x3fffu)
#define CRC_BYTES 4u
#define FRAME_MAX 1514u

#define TX_FIRST (1u << 13)
#define TX_LAST (1u << 12)
#define TX_OFFSET(bytes) ((uint32_t)(bytes) << 16)
/* Command words, start offset, rounding. */
#define TX_OVERHEAD 16u

/* Bytes that the transmit FIFO has free at least: the chip only ever frees room. */
static uint32_t known_room;

#if KERNELS
static inline void fifo_read(void *to, uint32_t words) { kernel_port_read(to, NIC_BASE, words); }
static inline void fifo_write(const void *from, uint32_t words) { kernel_port_write(NIC_BASE + 0x20u, from, words); }

/* Words up to the end of an IP header without options. */
#define HEADER_WORDS 9u
#define FRAME_HEADER_BYTES (14u + 20u)
#define ETHERTYPE_IPV4 0x0008u
#define VERSION_4_IHL_5 0x45u

/* Reads a frame of `length` bytes; the sum of what follows the IP header is taken in the same pass and remembered. */
static inline void frame_read(uint32_t *to, uint32_t words, uint32_t length) {
  if (length < FUSED_BYTES + FRAME_HEADER_BYTES) {
    fifo_read(to, words);
    return;
  }
  checksum_forget();
  fifo_read(to, HEADER_WORDS);
  uint32_t *segment = to + HEADER_WORDS;
  uint32_t left = words - HEADER_WORDS, bytes = __builtin_bswap16((uint16_t)(to[4] >> 16)) - 20u;
  if (to[3] >> 16 == ETHERTYPE_IPV4 && (to[4] & 0xffu) == VERSION_4_IHL_5 && bytes >= FUSED_BYTES &&
      bytes <= length - FRAME_HEADER_BYTES) {
    uint32_t whole = bytes >> 2;
    uint32_t sum = kernel_port_read_sum(0, segment, NIC_BASE, whole);
    if (left != whole) fifo_read(segment + whole, left - whole);
    checksum_remember(segment, bytes, checksum_add_tail(sum, (const uint8_t *)(segment + whole), (int)bytes));
  } else {
    fifo_read(segment, left);
  }
}
#else
static inline void fifo_read(void *buffer, uint32_t words) {
  uint32_t *to = buffer;
  for (; words >= 8; words -= 8, to += 8) {
    to[0] = RX_DATA_FIFO;
    to[1] = RX_DATA_FIFO;
    to[2] = RX_DATA_FIFO;
    to[3] = RX_DATA_FIFO;
    to[4] = RX_DATA_FIFO;
    to[5] = RX_DATA_FIFO;
    to[6] = RX_DATA_FIFO;
    to[7] = RX_DATA_FIFO;
  }
  while (words-- > 0) *to++ = RX_DATA_FIFO;
}

static inline void fifo_write(const void *buffer, uint32_t words) {
  const uint32_t *from = buffer;
  for (; words >= 8; words -= 8, from += 8) {
    TX_DATA_FIFO = from[0];
    TX_DATA_FIFO = from[1];
    TX_DATA_FIFO = from[2];
    TX_DATA_FIFO = from[3];
    TX_DATA_FIFO = from[4];
    TX_DATA_FIFO = from[5];
    TX_DATA_FIFO = from[6];
    TX_DATA_FIFO = from[7];
  }
  while (words-- > 0) TX_DATA_FIFO = *from++;
}

static inline void frame_read(uint32_t *to, uint32_t words, uint32_t length) {
  (void)length;
  fifo_read(to, words);
}
#endif

static void mac_write(uint32_t index, uint32_t value) {
  while (MAC_CSR_CMD & CSR_BUSY) {}
  MAC_CSR_DATA = value;
  MAC_CSR_CMD = CSR_BUSY | index;
  while (MAC_CSR_CMD & CSR_BUSY) {}
}

static void chip_start(const uint8_t *mac) {
  while (!(PMT_CTRL & PMT_READY)) {}
  HW_CFG = HW_RESET;
  while (HW_CFG & HW_RESET) {}
  HW_CFG = HW_MUST_BE_ONE | HW_TX_FIFO_5K;
  INT_STS = 0xffffffffu;
  FIFO_INT = FIFO_INT_EVERY_FRAME;
  RX_CFG = RX_OFFSET_2;
  TX_CFG = TX_ON | TX_STATUS_OVERRUN;
  IRQ_CFG = IRQ_ON_ACTIVE_HIGH;
  mac_write(MAC_ADDRH, (uint32_t)mac[4] | (uint32_t)mac[5] << 8);
  mac_write(MAC_ADDRL, (uint32_t)mac[0] | (uint32_t)mac[1] << 8 | (uint32_t)mac[2] << 16 | (uint32_t)mac[3] << 24);
  mac_write(MAC_CR, MAC_FULL_DUPLEX_RX_TX);
  INT_EN = INT_RX_STATUS;
  NVIC_ENABLE = 1u << NIC_IRQ;
}

/* A frame in several pbufs, or one that does not begin on a word: a buffer of the chip's for each, with its own start offset. */
static __attribute__((noinline)) void transmit_chain(struct pbuf *p, uint32_t length) {
  uint32_t flags = TX_FIRST, skip = ETH_PAD_SIZE;
  for (; p != NULL; p = p->next, skip = 0, flags = 0) {
    uintptr_t begin = (uintptr_t)p->payload + skip;
    uint32_t bytes = p->len - skip, offset = begin & 3u;
    if (bytes == 0 && p->next != NULL) continue;
    if (p->next == NULL) flags |= TX_LAST;
    TX_DATA_FIFO = flags | TX_OFFSET(offset) | bytes;
    TX_DATA_FIFO = length;
    fifo_write((const void *)(begin - offset), (offset + bytes + 3u) >> 2);
  }
}

static err_t transmit(struct netif *netif, struct pbuf *p) {
  uint32_t length = p->tot_len - ETH_PAD_SIZE, need = length + TX_OVERHEAD;
  (void)netif;
  if (p->next != NULL) need += 8u * TX_OVERHEAD;
  if (known_room < need) {
    known_room = TX_FIFO_INF & 0xffffu;
    if (known_room < need) return ERR_MEM;
  }
  known_room -= need;
  if (p->next != NULL || ((uintptr_t)p->payload & 3u) != 0) {
    transmit_chain(p, length);
  } else {
    TX_DATA_FIFO = TX_FIRST | TX_LAST | TX_OFFSET(ETH_PAD_SIZE) | length;
    TX_DATA_FIFO = length;
    fifo_write(p->payload, (length + ETH_PAD_SIZE + 3u) >> 2);
  }
  return ERR_OK;
}

static void discard(uint32_t words) {
  while (words-- > 0) (void)RX_DATA_FIFO;
}

void lan9118_input(struct netif *netif) {
  INT_STS = INT_STS;
  NVIC_FORGET = 1u << NIC_IRQ;
  while (RX_FIFO_INF & RX_STATUSES_USED) {
    uint32_t status = RX_STATUS_FIFO;
    uint32_t length = RX_LENGTH(status) - CRC_BYTES;
    uint32_t words = (length + ETH_PAD_SIZE + 3u) >> 2;
    struct pbuf *p = NULL;
    if (!(status & RX_ERROR) && length <= FRAME_MAX) p = pbuf_alloc(PBUF_RAW, length + ETH_PAD_SIZE, PBUF_POOL);
    /* Behind the frame's own words there is always one more, in which the CRC ends. */
    if (p == NULL) {
      discard(words + 1u);
      continue;
    }
    frame_read(p->payload, words, length);
    (void)RX_DATA_FIFO;
    if (ethernet_input(p, netif) != ERR_OK) pbuf_free(p);
  }
}

err_t lan9118_init(struct netif *netif) {
  netif->name[0] = 'e';
  netif->name[1] = 'n';
  netif->mtu = 1500;
  netif->flags = NETIF_FLAG_BROADCAST | NETIF_FLAG_ETHARP | NETIF_FLAG_LINK_UP;
  netif->output = etharp_output;
  netif->linkoutput = transmit;
  chip_start(netif->hwaddr);
  return ERR_OK;
}
