/** The numbers of the socket API. They are Zephyr's; where Zephyr has none, Linux's. */

// ---- address families, socket types, protocols: without a prefix in Zephyr -----------------------------------

export const AF_UNSPEC: i32 = 0;
export const AF_INET: i32 = 1;
export const AF_INET6: i32 = 2;
/** Ethernet frames; needs CONFIG_NET_SOCKETS_PACKET and CONFIG_APP_RAW_SOCKETS. */
export const AF_PACKET: i32 = 3;
/** Sockets inside the device; needs CONFIG_NET_SOCKETS_UNIX. */
export const AF_UNIX: i32 = 6;
export const AF_LOCAL: i32 = AF_UNIX;
export const PF_UNSPEC: i32 = AF_UNSPEC;
export const PF_INET: i32 = AF_INET;
export const PF_INET6: i32 = AF_INET6;
export const PF_PACKET: i32 = AF_PACKET;
export const PF_UNIX: i32 = AF_UNIX;
export const PF_LOCAL: i32 = AF_UNIX;

/** Connected byte stream (TCP). */
export const SOCK_STREAM: i32 = 1;
/** Datagrams (UDP). */
export const SOCK_DGRAM: i32 = 2;
/** Datagrams with their IP header (AF_INET, needs CONFIG_NET_SOCKETS_INET_RAW and CONFIG_APP_RAW_SOCKETS), frames with their header (AF_PACKET). */
export const SOCK_RAW: i32 = 3;
/** Connected messages (AF_UNIX). */
export const SOCK_SEQPACKET: i32 = 5;
/** May be or'd into the type: the new socket does not block. */
export const SOCK_NONBLOCK: i32 = 0x800;
/** May be or'd into the type: accepted and without meaning, since no program is ever replaced by another. */
export const SOCK_CLOEXEC: i32 = 0x80000;

export const IPPROTO_IP: i32 = 0;
export const IPPROTO_ICMP: i32 = 1;
export const IPPROTO_TCP: i32 = 6;
export const IPPROTO_UDP: i32 = 17;
export const IPPROTO_IPV6: i32 = 41;
/** Datagrams that bring their own IP header; nothing is received. */
export const IPPROTO_RAW: i32 = 255;

// ---- options --------------------------------------------------------------------------------------------------

/** Level of the options that all sockets share. */
export const SOL_SOCKET: i32 = 1;

/** int: kept and told, and nothing else. Needs CONFIG_NET_SOCKETS_SO_DEBUG. */
export const SO_DEBUG: i32 = 1;
/**
 * int: another socket may be bound to the same port when both have it; streams: unless it listens. A server's port can be bound again
 * while its last connections are in TIME-WAIT.
 */
export const SO_REUSEADDR: i32 = 2;
/** int, read only: SOCK_DGRAM, SOCK_STREAM or SOCK_RAW. */
export const SO_TYPE: i32 = 3;
/** int, read only: the pending error, cleared by reading it. */
export const SO_ERROR: i32 = 4;
/**
 * int: nothing goes over a router: ENETUNREACH for addresses that are not on the link of an interface. A listener hears no others, and its
 * connections have the option too. Needs CONFIG_NET_SOCKETS_DONTROUTE.
 */
export const SO_DONTROUTE: i32 = 5;
/** int: sending to a broadcast address is allowed; EACCES without it. */
export const SO_BROADCAST: i32 = 6;
/** int: bytes of the send buffer of a stream; a number out of range becomes the nearest there is. */
export const SO_SNDBUF: i32 = 7;
/** int: bytes of the receive buffer: of a stream its largest window (out of range: the nearest there is); of datagrams read only. */
export const SO_RCVBUF: i32 = 8;
/** int: connections are kept alive by probes. */
export const SO_KEEPALIVE: i32 = 9;
/** int: urgent data stays in the stream, and is not read apart with MSG_OOB. */
export const SO_OOBINLINE: i32 = 10;
/**
 * int, 0 to 6: which of what waits to be sent goes first; EPERM for other numbers. IP_TOS sets it too, as on Linux. The drivers have no
 * queue in which that would mean something: it is kept and told. Needs CONFIG_NET_CONTEXT_PRIORITY.
 */
export const SO_PRIORITY: i32 = 12;
/** struct linger: what close does with data not yet sent: waits for it, or with no time resets the connection. A listener has none. */
export const SO_LINGER: i32 = 13;
/** int: several sockets share a port; its datagrams, or the connections of a port that all of them listen on, are spread over them. */
export const SO_REUSEPORT: i32 = 15;
/** int: bytes that a receiving call on a stream waits for, and that make it readable; 1 by default. */
export const SO_RCVLOWAT: i32 = 18;
/** int, read only: bytes of room that make a stream writable: always 1. */
export const SO_SNDLOWAT: i32 = 19;
/** struct timeval: how long receiving may wait; 0 for ever. EAGAIN afterwards. */
export const SO_RCVTIMEO: i32 = 20;
/** struct timeval: how long sending may wait; 0 for ever. EAGAIN afterwards. */
export const SO_SNDTIMEO: i32 = 21;
/** Name of an interface, or an ifreq: the socket hears it only and sends over it alone; an empty name ends that. Needs CONFIG_NET_SOCKETS_BINDTODEVICE. */
export const SO_BINDTODEVICE: i32 = 25;
/** int: recvmsg says when a datagram came, as a timeval. Needs CONFIG_NET_CONTEXT_TIMESTAMPING. */
export const SO_TIMESTAMP: i32 = 29;
/** int, read only: 1 for a listening socket. */
export const SO_ACCEPTCONN: i32 = 30;
/** int: recvmsg says when a datagram came, as a timespec. Needs CONFIG_NET_CONTEXT_TIMESTAMPING; of the two the one set last counts. */
export const SO_TIMESTAMPNS: i32 = 35;
/**
 * int, SOF_TIMESTAMPING_* (linux/net_tstamp): recvmsg says when a datagram came, the error queue when one was sent. Needs
 * CONFIG_NET_CONTEXT_TIMESTAMPING.
 */
export const SO_TIMESTAMPING: i32 = 37;
/** int, read only: IPPROTO_UDP, IPPROTO_TCP, what a raw socket was opened with, or the type of frames that a packet socket receives. */
export const SO_PROTOCOL: i32 = 38;
/** int, read only: AF_INET, AF_UNIX or AF_PACKET. */
export const SO_DOMAIN: i32 = 39;

/** int: type of service of the datagrams sent. Of a stream the two bits of ECN are its own. */
export const IP_TOS: i32 = 1;
/** int, 1 to 255: time to live of the datagrams sent. */
export const IP_TTL: i32 = 2;
/**
 * Up to 40 bytes, as they lie in a header: options of the datagrams sent, on a stream of every segment; a source route names its first hop
 * first. Nothing takes them away. EINVAL for what Linux refuses too; unknown ones need CONFIG_APP_RAW_SOCKETS. Needs CONFIG_NET_IPV4_HDR_OPTIONS.
 */
export const IP_OPTIONS: i32 = 4;
/** int: recvmsg says where a datagram was sent to (in_pktinfo). Needs CONFIG_NET_CONTEXT_RECV_PKTINFO, as the next two do. */
export const IP_PKTINFO: i32 = 8;
export const IP_RECVPKTINFO: i32 = IP_PKTINFO;
/** int, IP_PMTUDISC_*: what becomes of a datagram that the path does not take in one piece. Needs CONFIG_NET_SOCKETS_MTU_DISCOVER. */
export const IP_MTU_DISCOVER: i32 = 10;
/** Value of IP_MTU_DISCOVER: routers may fragment what is sent. */
export const IP_PMTUDISC_DONT: i32 = 0;
/** Value of IP_MTU_DISCOVER, the default: it is sent in fragments; one that fits is not to be fragmented on the way. */
export const IP_PMTUDISC_WANT: i32 = 1;
/** Value of IP_MTU_DISCOVER: it is refused with EMSGSIZE. */
export const IP_PMTUDISC_DO: i32 = 2;
/** Value of IP_MTU_DISCOVER: refused only when the link does not take it, whatever routers have said. */
export const IP_PMTUDISC_PROBE: i32 = 3;
/**
 * int: every ICMP error about what the socket sent becomes its pending error and is queued (ZSOCK_MSG_ERRQUEUE), also without a peer; a
 * stream has no queue, but hears of errors at once. Needs CONFIG_NET_SOCKETS_RECVERR.
 */
export const IP_RECVERR: i32 = 11;
/** int: recvmsg says the TTL of a datagram (i32, type IP_TTL). */
export const IP_RECVTTL: i32 = 12;
/** int: recvmsg says the type of service of a datagram (u8, type IP_TOS). */
export const IP_RECVTOS: i32 = 13;
/** int, read only: bytes that the path to the peer is known to take in one datagram. Needs CONFIG_NET_SOCKETS_MTU_DISCOVER. */
export const IP_MTU: i32 = 14;
// Multicast, with CONFIG_NET_IPV4_IGMP; of datagram sockets only.
/** in_addr, ip_mreq or ip_mreqn: interface over which datagrams to groups go out; read: the in_addr that it was set with. */
export const IP_MULTICAST_IF: i32 = 32;
/** int or one byte, 0 to 255: time to live of datagrams to groups; 1 by default, 0 = they stay on this device, -1 = 1. */
export const IP_MULTICAST_TTL: i32 = 33;
/** int or one byte: members on this device hear what the socket sends to their groups; 1 by default. */
export const IP_MULTICAST_LOOP: i32 = 34;
/** ip_mreq or ip_mreqn: joins a group, to hear everybody. Only members hear what is sent to a group. */
export const IP_ADD_MEMBERSHIP: i32 = 35;
/** ip_mreq or ip_mreqn: leaves a group. */
export const IP_DROP_MEMBERSHIP: i32 = 36;
/** ip_mreq_source: a source that was blocked is heard again. */
export const IP_UNBLOCK_SOURCE: i32 = 37;
/** ip_mreq_source: a member hears this source no more. */
export const IP_BLOCK_SOURCE: i32 = 38;
/** ip_mreq_source: joins a group to hear this source, or, a member for some sources, hears this one too. */
export const IP_ADD_SOURCE_MEMBERSHIP: i32 = 39;
/** ip_mreq_source: a member for some sources hears this one no more, and leaves the group with the last one. */
export const IP_DROP_SOURCE_MEMBERSHIP: i32 = 40;
/** int or one byte, 0 or 1: the socket hears the groups of others on this device too; 0 by default (on Linux 1). */
export const IP_MULTICAST_ALL: i32 = 49;
/**
 * u32: ephemeral ports of this socket, the lowest in the low half, the highest in the high half; 0 for either, or one outside the range of the
 * device: as for other sockets. Needs CONFIG_NET_SOCKETS_LOCAL_PORT_RANGE.
 */
export const IP_LOCAL_PORT_RANGE: i32 = 51;
/** int, of raw sockets: what is sent begins with its own IP header. Its total length and checksum are filled in, and a source and identification of 0. */
export const IP_HDRINCL: i32 = 3;

/** Level of the options of raw sockets: ICMP_FILTER (netinet/ip_icmp). */
export const SOL_RAW: i32 = 255;

/** int: small segments are sent at once. */
export const TCP_NODELAY: i32 = 1;
/** int, seconds: idle time before the first keep-alive probe. */
export const TCP_KEEPIDLE: i32 = 2;
/** int, seconds: time between keep-alive probes. */
export const TCP_KEEPINTVL: i32 = 3;
/** int: keep-alive probes before the connection is given up. */
export const TCP_KEEPCNT: i32 = 4;
/** int: SYNs that are sent again before connect gives up. */
export const TCP_SYNCNT: i32 = 7;
/** int, seconds, up to 3,600: how long a closed connection waits for the peer's FIN; 0 = as configured. */
export const TCP_LINGER2: i32 = 8;
/** int, seconds, of a listener: connections are accepted when data has come, or after this time; 0 = at once. */
export const TCP_DEFER_ACCEPT: i32 = 9;
/** int, bytes: bound of the window that is offered; 0 = the receive buffer alone. */
export const TCP_WINDOW_CLAMP: i32 = 10;
/** struct tcp_info, read only: the state of the connection. */
export const TCP_INFO: i32 = 11;
/** int: acknowledgements are sent at once, for the time being. */
export const TCP_QUICKACK: i32 = 12;
/** char[16]: congestion control: "newreno" or "cubic". */
export const TCP_CONGESTION: i32 = 13;
/** int, milliseconds: how long sent data may stay without acknowledgement; 0 = by number of retries. */
export const TCP_USER_TIMEOUT: i32 = 18;
// TCP Fast Open (RFC 7413), with CONFIG_NET_TCP_FASTOPEN.
/** int, of a listener: connections that a SYN with data may open before its handshake is over; 0 = off, at most ZSOCK_SOMAXCONN. */
export const TCP_FASTOPEN: i32 = 23;
/** int, before connect: connect answers at once when the server's cookie is known, and the first send goes out with the SYN. */
export const TCP_FASTOPEN_CONNECT: i32 = 30;
/** 16 bytes: the key of the cookies that listeners give, one for all sockets; or 32, with the one used before behind it. */
export const TCP_FASTOPEN_KEY: i32 = 33;
/** int: data goes with SYNs, and is taken from them, without a cookie. For networks where no source address is forged. */
export const TCP_FASTOPEN_NO_COOKIE: i32 = 34;
// Zephyr has neither, and gave Linux's numbers 2 and 3 to others: Linux's plus 0x100.
/** int, bytes: most payload of a segment, before the connection is made; read: of the connection. */
export const TCP_MAXSEG: i32 = 0x102;
/** int: 1 = only full segments are sent; 0 = what was held back goes out. */
export const TCP_CORK: i32 = 0x103;
// socklet's own, behind the requests SIOCATMARK and SIOCOUTQ of ioctl.
/** int, read only: 1 when the next byte to be read is the one after the urgent mark. */
export const TCP_ATMARK: i32 = 0x110;
/** int, read only: bytes that were sent or queued and are not acknowledged. */
export const TCP_OUTQ: i32 = 0x111;

// ---- what Zephyr prefixes -------------------------------------------------------------------------------------

export const ZSOCK_SOL_SOCKET: i32 = SOL_SOCKET;

/** No more receiving. */
export const ZSOCK_SHUT_RD: i32 = 0;
/** No more sending. */
export const ZSOCK_SHUT_WR: i32 = 1;
export const ZSOCK_SHUT_RDWR: i32 = 2;
/** Largest backlog that listen takes. */
export const ZSOCK_SOMAXCONN: i32 = 128;

/** Out-of-band data. */
export const ZSOCK_MSG_OOB: i32 = 0x01;
/** Look at the data and leave it where it is. */
export const ZSOCK_MSG_PEEK: i32 = 0x02;
/**
 * Not over a router, this once: ENETUNREACH when the address is not on the link of an interface. On a stream the peer's address counts, and
 * nothing is taken when it is not (Linux ignores the flag there). Needs CONFIG_NET_SOCKETS_DONTROUTE.
 */
export const ZSOCK_MSG_DONTROUTE: i32 = 0x04;
/** Return the datagram's real length, even when it is longer than the buffer. On a stream: drop the bytes, do not copy them. */
export const ZSOCK_MSG_TRUNC: i32 = 0x20;
/** Do not wait, this once: EAGAIN instead. */
export const ZSOCK_MSG_DONTWAIT: i32 = 0x40;
/** Wait until the buffer is full. Means nothing for datagrams. */
export const ZSOCK_MSG_WAITALL: i32 = 0x100;
/** More follows: a stream waits for it before it sends a segment that is not full. */
export const ZSOCK_MSG_MORE: i32 = 0x8000;
/** Connect, and send the data with the SYN when the server's cookie is known. Streams, with CONFIG_NET_TCP_FASTOPEN; the number is Linux's. */
export const ZSOCK_MSG_FASTOPEN: i32 = 0x20000000;
/** Receiving: not a datagram, but the oldest error of the queue (IP_RECVERR), never waiting for one. Needs CONFIG_NET_SOCKETS_RECVERR. */
export const ZSOCK_MSG_ERRQUEUE: i32 = 0x2000;
/** Raise no signal on a broken connection. There are no signals here: accepted and without effect. */
export const ZSOCK_MSG_NOSIGNAL: i32 = 0x4000;

/** Data can be read without waiting. */
export const ZSOCK_POLLIN: i32 = 0x01;
/** Urgent data. */
export const ZSOCK_POLLPRI: i32 = 0x02;
/** Data can be sent without waiting. */
export const ZSOCK_POLLOUT: i32 = 0x04;
/** Only in `revents`: an error is pending (SO_ERROR). */
export const ZSOCK_POLLERR: i32 = 0x08;
/** Only in `revents`: the peer is gone. */
export const ZSOCK_POLLHUP: i32 = 0x10;
/** Only in `revents`: the descriptor is not open. */
export const ZSOCK_POLLNVAL: i32 = 0x20;

/** Another descriptor for the same: the lowest free number that is not below the argument. */
export const ZVFS_F_DUPFD: i32 = 0;
export const ZVFS_F_GETFL: i32 = 3;
export const ZVFS_F_SETFL: i32 = 4;
/** Calls on the descriptor do not wait: EAGAIN instead. */
export const ZVFS_O_NONBLOCK: i32 = 0x4000;

/** int*: bytes that recv would give: of the next datagram, or of the stream. */
export const ZFD_IOCTL_FIONREAD: i32 = 0x541b;
/** int*: 1 makes the descriptor non-blocking, 0 blocking. */
export const ZFD_IOCTL_FIONBIO: i32 = 0x5421;
/** int*: bytes that a stream has sent or queued and that are not acknowledged. */
export const ZFD_IOCTL_SIOCOUTQ: i32 = 0x5411;
/** int*: 1 when a stream is at the urgent mark. */
export const ZFD_IOCTL_SIOCATMARK: i32 = 0x8905;
