/* linux/errqueue.h: what the error queue of a socket says (recvmsg with MSG_ERRQUEUE). Needs CONFIG_NET_SOCKETS_RECVERR. */
#ifndef _LINUX_ERRQUEUE_H
#define _LINUX_ERRQUEUE_H

#include <stdint.h>
#include <sys/socket.h>
#include <__struct_timespec.h>

#define SO_EE_ORIGIN_NONE 0
#define SO_EE_ORIGIN_LOCAL 1
#define SO_EE_ORIGIN_ICMP 2
#define SO_EE_ORIGIN_ICMP6 3
#define SO_EE_ORIGIN_TIMESTAMPING 4

/* Data of a control message IP_RECVERR, 16 bytes; behind them who found the error. */
struct sock_extended_err {
  uint32_t ee_errno;
  uint8_t ee_origin;
  /* Type and code of the ICMP message. */
  uint8_t ee_type;
  uint8_t ee_code;
  uint8_t ee_pad;
  /* EMSGSIZE: bytes that the path takes; a time stamp: SCM_TSTAMP_SND. */
  uint32_t ee_info;
  /* A time stamp: the number of the datagram (SOF_TIMESTAMPING_OPT_ID). */
  uint32_t ee_data;
};

/* Who sent the ICMP message: a struct sockaddr_in, of which the first 8 bytes are within cmsg_len; AF_UNSPEC when there is nobody. */
#define SO_EE_OFFENDER(error) ((struct sockaddr *)((error) + 1))

/* ee_info of a time stamp: the datagram was given to the chip. */
#define SCM_TSTAMP_SND 0

/* Data of a control message SCM_TIMESTAMPING: ts[0] is the software's stamp, the others are 0. */
struct scm_timestamping {
  struct timespec ts[3];
};

#endif
