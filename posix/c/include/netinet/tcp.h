/* netinet/tcp.h: options of streams, at level IPPROTO_TCP. Numbers as in posix/zsock/constants.ts. */
#ifndef _NETINET_TCP_H
#define _NETINET_TCP_H

#include <stdint.h>

#define TCP_NODELAY 1
/* Seconds: idle time before the first keep-alive probe, and between probes; their number. */
#define TCP_KEEPIDLE 2
#define TCP_KEEPINTVL 3
#define TCP_KEEPCNT 4
#define TCP_SYNCNT 7
/* Seconds that a closed connection waits for the peer's FIN; 0 = as configured. */
#define TCP_LINGER2 8
#define TCP_DEFER_ACCEPT 9
#define TCP_WINDOW_CLAMP 10
/* struct tcp_info, read only. */
#define TCP_INFO 11
#define TCP_QUICKACK 12
/* char[16]: "newreno" or "cubic". */
#define TCP_CONGESTION 13
/* Milliseconds. */
#define TCP_USER_TIMEOUT 18
/* TCP Fast Open, with CONFIG_NET_TCP_FASTOPEN. Of a listener: connections whose handshake need not be over. */
#define TCP_FASTOPEN 23
/* Before connect(): the SYN goes out with the first send(), when the server's cookie is known. */
#define TCP_FASTOPEN_CONNECT 30
/* 16 or 32 bytes: the key of the cookies, and the one before. */
#define TCP_FASTOPEN_KEY 33
#define TCP_FASTOPEN_NO_COOKIE 34
#define TCP_MAXSEG 0x102
#define TCP_CORK 0x103
#define TCP_ATMARK 0x110
#define TCP_OUTQ 0x111

/* Value of TCP_INFO: 104 bytes, as Linux lays them out; what is not kept for each connection is 0. @see posix/zsock/types.ts */
struct tcp_info {
  uint8_t tcpi_state;
  uint8_t tcpi_ca_state;
  uint8_t tcpi_retransmits;
  uint8_t tcpi_probes;
  uint8_t tcpi_backoff;
  uint8_t tcpi_options;
  uint8_t tcpi_snd_wscale : 4, tcpi_rcv_wscale : 4;
  uint8_t tcpi_flags;
  uint32_t tcpi_rto;
  uint32_t tcpi_ato;
  uint32_t tcpi_snd_mss;
  uint32_t tcpi_rcv_mss;
  uint32_t tcpi_unacked;
  uint32_t tcpi_sacked;
  uint32_t tcpi_lost;
  uint32_t tcpi_retrans;
  uint32_t tcpi_fackets;
  uint32_t tcpi_last_data_sent;
  uint32_t tcpi_last_ack_sent;
  uint32_t tcpi_last_data_recv;
  uint32_t tcpi_last_ack_recv;
  uint32_t tcpi_pmtu;
  uint32_t tcpi_rcv_ssthresh;
  uint32_t tcpi_rtt;
  uint32_t tcpi_rttvar;
  uint32_t tcpi_snd_ssthresh;
  uint32_t tcpi_snd_cwnd;
  uint32_t tcpi_advmss;
  uint32_t tcpi_reordering;
  uint32_t tcpi_rcv_rtt;
  uint32_t tcpi_rcv_space;
  uint32_t tcpi_total_retrans;
};

#endif
