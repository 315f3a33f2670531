/**
 * The structures of the socket API, laid over linear memory: no allocation, no header, the layout of the C structures.
 *
 * Declare one as C's `static` would, at the top of the program:
 *
 *     const peer = Static.of<sockaddr_in>();
 *     peer.sin_port = htons(7);
 *
 * Every function takes such an object or a plain address (`usize`) where C takes a pointer; NULL is 0.
 */
import { CONFIG_NET_SOCKETS_UNIX_NAME, CONFIG_ZVFS_OPEN_MAX } from "../../config";

/** Unsigned length of an address. */
export type socklen_t = u32;

/** The address that points nowhere. */
export const NULL: usize = 0;

/** Memory that exists from the start of the program to its end, as C's `static` gives it. All zero at first. */
export class Static {
  /** A structure of type T, 8-aligned. Each place in the source that says this has a structure of its own. */
  @inline static of<T>(): T {
    return changetype<T>(memory.data(offsetof<T>(), 8));
  }
}

/** One C `int` in memory, for the functions that take an `int *` or a `socklen_t *`. */
@unmanaged
@final
export class IntCell {
  value: i32;
}

/** The head that all socket addresses share. */
@unmanaged
@final
export class sockaddr {
  /** AF_INET. */
  sa_family: u16;
}

/** An IPv4 address and port: 8 bytes. */
@unmanaged
@final
export class sockaddr_in {
  /** AF_INET. */
  sin_family: u16;
  /** Port in network order: `htons(7)`. */
  sin_port: u16;
  /** Address in network order: `htonl(INADDR_ANY)`, `inet_addr("192.0.2.1")`. */
  sin_addr: u32;
}

/** A group and an interface: 8 bytes. */
@unmanaged
@final
export class ip_mreq {
  /** Group, network order: `inet_addr("239.1.2.3")`. */
  imr_multiaddr: u32;
  /** Address of the interface, network order; `htonl(INADDR_ANY)`: any. */
  imr_interface: u32;
}

/** A group and an interface, by its number: 12 bytes. */
@unmanaged
@final
export class ip_mreqn {
  /** Group, network order. */
  imr_multiaddr: u32;
  /** Address of the interface, network order. It counts when there is no number. */
  imr_address: u32;
  /** Number of the interface: 1 is the network, 2 the loopback interface; 0: by address. */
  imr_ifindex: i32;
}

/** A group, an interface and a source: 12 bytes. */
@unmanaged
@final
export class ip_mreq_source {
  /** Group, network order. */
  imr_multiaddr: u32;
  /** Address of the interface, network order; `htonl(INADDR_ANY)`: any. */
  imr_interface: u32;
  /** Source, network order. */
  imr_sourceaddr: u32;
}

/**
 * An AF_UNIX address: the family, and behind it (`path`) the name. Declare it with `sockaddr_un.create()`; its length is what `setPath` and
 * `setAbstract` answer, or what a call has filled in.
 */
@unmanaged
@final
export class sockaddr_un {
  /** AF_UNIX. */
  sun_family: u16;

  /** An address in static memory: each place in the source that says this has one of its own. */
  @inline static create(): sockaddr_un {
    return changetype<sockaddr_un>(memory.data(SOCKADDR_UN_BYTES, 4));
  }

  /** usize → u8[CONFIG_NET_SOCKETS_UNIX_NAME + 1]: a path with its NUL, or NUL and an abstract name. */
  @inline path(): usize {
    return changetype<usize>(this) + offsetof<sockaddr_un>();
  }

  /** Makes it the address of the path `name`, an ASCII string; what is too long is cut. The address's length. */
  setPath(name: string): socklen_t {
    return sockaddr_un.write(this, 0, name) + 1;
  }

  /** Makes it the address of the abstract name `name`, an ASCII string without its leading NUL; what is too long is cut. The address's length. */
  setAbstract(name: string): socklen_t {
    return sockaddr_un.write(this, 1, name);
  }

  private static write(address: sockaddr_un, offset: i32, name: string): socklen_t {
    address.sun_family = AF_UNIX;
    const length = min<i32>(name.length, CONFIG_NET_SOCKETS_UNIX_NAME - offset);
    store<u8>(address.path(), 0);
    for (let i = 0; i < length; i++) store<u8>(address.path() + offset + i, <u8>name.charCodeAt(i));
    store<u8>(address.path() + offset + length, 0);
    return 2 + offset + length;
  }
}

/** An AF_PACKET address: 20 bytes. */
@unmanaged
@final
export class sockaddr_ll {
  /** AF_PACKET. */
  sll_family: u16;
  /** Type of the frame, network order: `htons(ETH_P_IP)`. */
  sll_protocol: u16;
  /** Interface; 0 for binding to all. */
  sll_ifindex: i32;
  /** Filled in: ARPHRD_ETHER. */
  sll_hatype: u16;
  /** Filled in: how the frame was addressed, PACKET_HOST and so on. */
  sll_pkttype: u8;
  /** Bytes of the address: 6. */
  sll_halen: u8;
  /** MAC address: its first four bytes, and behind them the last two. */
  sll_addr0: u32;
  sll_addr4: u32;

  /** usize → u8[8]: the MAC address, and two bytes more. */
  @inline address(): usize {
    return changetype<usize>(this) + offsetof<sockaddr_ll>("sll_addr0");
  }
}

const AF_UNIX: u16 = 6;
const SOCKADDR_UN_BYTES: i32 = (2 + CONFIG_NET_SOCKETS_UNIX_NAME + 1 + 3) & ~3;

/** Room for an internet address of any family: 24 bytes. */
@unmanaged
@final
export class sockaddr_storage {
  ss_family: u16;
  padding0: u16;
  padding1: u32;
  padding2: u64;
  padding3: u64;
}

/** A time span: 16 bytes, and so it crosses into SO_RCVTIMEO. */
@unmanaged
@final
export class zsock_timeval {
  /** Whole seconds. */
  tv_sec: i64;
  /** Microseconds, 0 to 999,999. */
  tv_usec: i64;
}

/** Value of SO_LINGER: 8 bytes. */
@unmanaged
@final
export class zsock_linger {
  /** Not 0: close waits for the peer's acknowledgement, or, with no time, resets the connection. */
  l_onoff: i32;
  /** Seconds. */
  l_linger: i32;
}

/**
 * Value of TCP_INFO: 104 bytes, as Linux lays them out. What a small stack does not keep for each connection is 0: tcpi_ato, _retrans,
 * _fackets, _last_*, _sacked, _lost, _rcv_ssthresh, _advmss, _reordering, _rcv_rtt, _total_retrans. Windows are in segments of tcpi_snd_mss.
 */
@unmanaged
@final
export class tcp_info {
  /** Linux's numbers: 1 ESTABLISHED, 2 SYN-SENT, … 7 CLOSED, 10 LISTEN. */
  tcpi_state: u8;
  /** 0 open, 3 recovery. */
  tcpi_ca_state: u8;
  /** Retransmissions in a row without an acknowledgement. */
  tcpi_retransmits: u8;
  /** Keep-alive probes without an answer. */
  tcpi_probes: u8;
  tcpi_backoff: u8;
  /** 1 timestamps, 2 SACK, 4 window scale, 8 ECN, 32 data of a SYN was taken. */
  tcpi_options: u8;
  /** Window scale of the peer in the low four bits, ours in the high four. */
  tcpi_wscale: u8;
  /** tcpi_fastopen_client_fail of Linux in bits 1 and 2: 1 no cookie was known, 2 the data of the SYN was not taken, 3 the SYN was sent again. */
  tcpi_flags: u8;
  /** µs. */
  tcpi_rto: u32;
  tcpi_ato: u32;
  /** Bytes of payload of a full segment. */
  tcpi_snd_mss: u32;
  tcpi_rcv_mss: u32;
  /** Segments in flight; of a listener: connections that wait to be accepted. */
  tcpi_unacked: u32;
  /** Of a listener: its backlog. */
  tcpi_sacked: u32;
  tcpi_lost: u32;
  tcpi_retrans: u32;
  tcpi_fackets: u32;
  tcpi_last_data_sent: u32;
  tcpi_last_ack_sent: u32;
  tcpi_last_data_recv: u32;
  tcpi_last_ack_recv: u32;
  /** Bytes of the largest datagram on this path. */
  tcpi_pmtu: u32;
  tcpi_rcv_ssthresh: u32;
  /** µs: smoothed round-trip time, 0 before the first sample, and its variation. */
  tcpi_rtt: u32;
  tcpi_rttvar: u32;
  tcpi_snd_ssthresh: u32;
  tcpi_snd_cwnd: u32;
  tcpi_advmss: u32;
  tcpi_reordering: u32;
  tcpi_rcv_rtt: u32;
  /** Bytes of the receive buffer. */
  tcpi_rcv_space: u32;
  tcpi_total_retrans: u32;
}

/** One entry of the array that poll looks at: 8 bytes. */
@unmanaged
@final
export class zsock_pollfd {
  /** Descriptor; the entry is ignored when it is negative. */
  fd: i32;
  /** POLLIN, POLLOUT, POLLPRI: what to wait for. */
  events: i16;
  /** What has happened: `events` and POLLERR, POLLHUP, POLLNVAL. */
  revents: i16;

  /** Entry `index` of the array at `array` (usize → zsock_pollfd[]). */
  @inline static at(array: usize, index: i32): zsock_pollfd {
    return changetype<zsock_pollfd>(array + <usize>index * offsetof<zsock_pollfd>());
  }
}

/** Descriptors that a zsock_fd_set has room for: CONFIG_ZVFS_OPEN_MAX rounded up to a multiple of 32. */
export const ZSOCK_FD_SETSIZE: i32 = (CONFIG_ZVFS_OPEN_MAX + 31) & ~31;

/**
 * A set of descriptors: ZSOCK_FD_SETSIZE bits, descriptor n is bit n % 32 of word n / 32.
 * Declare it with `zsock_fd_set.create()`; the class has no fields, since their number depends on the configuration.
 */
@unmanaged
@final
export class zsock_fd_set {
  /** An empty set in static memory: each place in the source that says this has a set of its own. */
  @inline static create(): zsock_fd_set {
    return changetype<zsock_fd_set>(memory.data(ZSOCK_FD_SETSIZE >> 3, 4));
  }
}
