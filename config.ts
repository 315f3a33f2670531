/**
 * The configuration as AssemblyScript sees it: one constant per option of Kconfig.ts.
 * Generated: these are the defaults, for editors and the type checker. A build puts its own values here.
 */
export const CONFIG_APP_MEMORY_SIZE: i32 = 4096;
export const CONFIG_MAIN_STACK_SIZE: i32 = 2560;
export const CONFIG_OPTIMIZE_FOR_SIZE: bool = false;
export const CONFIG_HOST_ACCOUNTING: bool = false;
/** 10.0.2.15, network order. */
export const CONFIG_NET_CONFIG_MY_IPV4_ADDR: u32 = 0x0f02000a;
/** 255.255.255.0, network order. */
export const CONFIG_NET_CONFIG_MY_IPV4_NETMASK: u32 = 0x00ffffff;
/** 10.0.2.2, network order. */
export const CONFIG_NET_CONFIG_MY_IPV4_GW: u32 = 0x0202000a;
export const CONFIG_NET_CONFIG_INIT_TIMEOUT: i32 = 30;
/** 02:00:00:00:00:01: bytes 0 to 3, then 4 and 5, in memory order. */
export const CONFIG_ETH_MAC_ADDRESS_LOW: u32 = 0x00000002;
export const CONFIG_ETH_MAC_ADDRESS_HIGH: u32 = 0x0100;
export const CONFIG_NET_DHCPV4: bool = false;
export const CONFIG_NET_DHCPV4_INITIAL_DELAY_MAX: i32 = 10;
export const CONFIG_NET_IPV4_AUTO: bool = false;
export const CONFIG_NET_IPV4_AUTO_DHCP_TRIES: i32 = 3;
export const CONFIG_DNS_RESOLVER: bool = false;
/** 0.0.0.0, network order. */
export const CONFIG_DNS_SERVER1: u32 = 0x00000000;
/** 0.0.0.0, network order. */
export const CONFIG_DNS_SERVER2: u32 = 0x00000000;
export const CONFIG_DNS_RESOLVER_MAX_SERVERS: i32 = 3;
export const CONFIG_DNS_NUM_CONCUR_QUERIES: i32 = 1;
export const CONFIG_DNS_RESOLVER_MAX_QUERY_LEN: i32 = 128;
export const CONFIG_DNS_RESOLVER_AI_MAX_ENTRIES: i32 = 4;
export const CONFIG_DNS_RESOLVER_TIMEOUT: i32 = 5000;
export const CONFIG_DNS_RESOLVER_TRIES: i32 = 2;
export const CONFIG_DNS_RESOLVER_RANDOM_CASE: bool = false;
export const CONFIG_DNS_RESOLVER_CACHE: bool = true;
export const CONFIG_DNS_RESOLVER_CACHE_MAX_ENTRIES: i32 = 3;
/** "socklet": its length, then its bytes in memory order. */
export const CONFIG_NET_HOSTNAME_LENGTH: i32 = 7;
export const CONFIG_NET_HOSTNAME_WORD0: u32 = 0x6b636f73;
export const CONFIG_NET_HOSTNAME_WORD1: u32 = 0x0074656c;
export const CONFIG_NET_HOSTNAME_WORD2: u32 = 0x00000000;
export const CONFIG_NET_HOSTNAME_WORD3: u32 = 0x00000000;
export const CONFIG_NET_HOSTNAME_WORD4: u32 = 0x00000000;
export const CONFIG_NET_HOSTNAME_WORD5: u32 = 0x00000000;
export const CONFIG_NET_HOSTNAME_WORD6: u32 = 0x00000000;
export const CONFIG_NET_HOSTNAME_WORD7: u32 = 0x00000000;
export const CONFIG_NET_SOCKETS_POSIX_NAMES: bool = true;
export const CONFIG_NET_MAX_CONTEXTS: i32 = 4;
export const CONFIG_ZVFS_OPEN_MAX: i32 = 8;
export const CONFIG_NET_SOCKETS_UDP_RCVBUF: i32 = 2048;
export const CONFIG_NET_SOCKETS_UDP_BUFFERS: i32 = 4;
export const CONFIG_NET_CONTEXT_RECV_PKTINFO: bool = false;
export const CONFIG_NET_CONTEXT_TIMESTAMPING: bool = false;
export const CONFIG_NET_SOCKETS_POLL_MAX: i32 = 16;
export const CONFIG_NET_SOCKETS_LOCAL_PORT_MIN: i32 = 49152;
export const CONFIG_NET_TASKS: i32 = 1;
export const CONFIG_NET_SOCKETS_UNIX: bool = false;
export const CONFIG_NET_SOCKETS_UNIX_MAX: i32 = 4;
export const CONFIG_NET_SOCKETS_UNIX_BUFFER: i32 = 512;
export const CONFIG_NET_SOCKETS_UNIX_NAME: i32 = 32;
export const CONFIG_EVENTFD: bool = false;
export const CONFIG_ZVFS_EVENTFD_MAX: i32 = 4;
export const CONFIG_EPOLL: bool = false;
export const CONFIG_EPOLL_SETS: i32 = 1;
export const CONFIG_EPOLL_INTERESTS: i32 = 8;
export const CONFIG_NET_UDP: bool = true;
export const CONFIG_NET_LOOPBACK: bool = true;
export const CONFIG_NET_LOOPBACK_BUFFER: i32 = 2048;
export const CONFIG_NET_INITIAL_TTL: i32 = 64;
export const CONFIG_NET_IPV4_FRAGMENT: bool = true;
export const CONFIG_NET_IPV4_FRAGMENT_MAX_COUNT: i32 = 1;
export const CONFIG_NET_IPV4_FRAGMENT_BUFFER: i32 = 2048;
export const CONFIG_NET_IPV4_FRAGMENT_TIMEOUT: i32 = 60;
export const CONFIG_NET_ICMP_ERROR_RATE: i32 = 10;
export const CONFIG_NET_ICMP_ERROR_BURST: i32 = 10;
export const CONFIG_NET_TCP: bool = true;
export const CONFIG_NET_TCP_RECV_BUFFER: i32 = 5840;
export const CONFIG_NET_TCP_RECV_BUFFERS: i32 = 4;
export const CONFIG_NET_TCP_SEND_BUFFER: i32 = 5840;
export const CONFIG_NET_TCP_SEND_BUFFERS: i32 = 4;
export const CONFIG_NET_TCP_SEND_RECORDS: i32 = 16;
export const CONFIG_NET_TCP_HASH_BITS: i32 = 4;
export const CONFIG_NET_TCP_SYN_QUEUE: i32 = 8;
export const CONFIG_NET_TCP_SYN_COOKIES: bool = true;
export const CONFIG_NET_TCP_TIME_WAIT: i32 = 8;
export const CONFIG_NET_TCP_TIME_WAIT_DELAY: i32 = 60000;
export const CONFIG_NET_TCP_FIN_WAIT_2_TIMEOUT: i32 = 60;
export const CONFIG_NET_TCP_REASSEMBLY: i32 = 4;
export const CONFIG_NET_TCP_REASSEMBLY_RANGES: i32 = 8;
export const CONFIG_NET_TCP_WINDOW_SCALE: bool = true;
export const CONFIG_NET_TCP_TIMESTAMPS: bool = true;
export const CONFIG_NET_TCP_SACK: bool = true;
export const CONFIG_NET_TCP_RACK: bool = true;
export const CONFIG_NET_TCP_ECN: bool = false;
export const CONFIG_NET_TCP_CUBIC: bool = true;
export const CONFIG_NET_TCP_CUBIC_DEFAULT: bool = false;
export const CONFIG_NET_TCP_INITIAL_WINDOW: i32 = 10;
export const CONFIG_NET_TCP_INIT_RETRANSMISSION_TIMEOUT: i32 = 1000;
export const CONFIG_NET_TCP_MIN_RETRANSMISSION_TIMEOUT: i32 = 1000;
export const CONFIG_NET_TCP_MAX_RETRANSMISSION_TIMEOUT: i32 = 60000;
export const CONFIG_NET_TCP_RETRY_COUNT: i32 = 9;
export const CONFIG_NET_TCP_SYN_RETRY_COUNT: i32 = 7;
export const CONFIG_NET_TCP_SYN_ACK_RETRY_COUNT: i32 = 5;
export const CONFIG_NET_TCP_ACK_TIMEOUT: i32 = 100;
export const CONFIG_NET_TCP_CHALLENGE_ACKS: i32 = 10;
export const CONFIG_NET_TCP_KEEPIDLE_DEFAULT: i32 = 7200;
export const CONFIG_NET_TCP_KEEPINTVL_DEFAULT: i32 = 75;
export const CONFIG_NET_TCP_KEEPCNT_DEFAULT: i32 = 9;
export const CONFIG_NET_ARP_TABLE_SIZE: i32 = 6;
export const CONFIG_NET_ARP_LIFETIME: i32 = 300;
export const CONFIG_NET_ARP_PENDING: i32 = 1;
export const CONFIG_NET_ARP_REQUESTS: i32 = 4;
export const CONFIG_NET_IPV4_ACD: bool = false;
export const CONFIG_ETH_HOST: bool = true;
export const CONFIG_ETH_LAN9118: bool = false;
export const CONFIG_ETH_STELLARIS: bool = false;
export const CONFIG_ETH_BASE_ADDRESS: u32 = 0x40000000;
export const CONFIG_SYS_CLOCK_HW_CYCLES_PER_SEC: i32 = 1000000;
