/**
 * Every option of socklet, typed. The names are Zephyr's where the meaning is the same.
 *
 * An application sets options in its prj.conf (`CONFIG_NET_MAX_CONTEXTS=8`) or with `-DCONFIG_…=…`. The build checks
 * them against this list and hands them to AssemblyScript as constants (config.ts), so that what an option switches
 * off is absent from the image.
 */

export type OptionValue = boolean | number | string;

export interface KconfigOption {
  /** Symbol without the CONFIG_ prefix. */
  readonly name: string;
  /** `ipv4` is dotted decimal; it reaches AssemblyScript as u32 in network order. */
  readonly type: "bool" | "int" | "hex" | "ipv4" | "mac" | "string";
  /** One line: what it is. */
  readonly prompt: string;
  readonly default: OptionValue;
  /** Inclusive, for int and hex. */
  readonly range?: readonly [number, number];
  /** The value must divide by this. */
  readonly multipleOf?: number;
  /** For ipv4: it is a network mask, ones before zeros. */
  readonly contiguousMask?: boolean;
  /** Allowed values of a string. */
  readonly values?: readonly string[];
  readonly unit?: string;
  /** Symbols that must be `y` (`!NAME`: must be `n`) for this one to be set. */
  readonly depends?: readonly string[];
  /** Set by the board or the build, never by an application. */
  readonly internal?: boolean;
  /** What it costs, what breaks when it is too small, why this default. */
  readonly help: string;
  /** Standard that defines it. */
  readonly rfc?: string;
}

export interface KconfigMenu {
  readonly title: string;
  readonly options: readonly KconfigOption[];
}

const sockets: KconfigMenu = {
  title: "Sockets",
  options: [
    {
      name: "NET_SOCKETS_POSIX_NAMES",
      type: "bool",
      prompt: "POSIX names (recv, FD_SET) beside zsock_recv and ZSOCK_FD_SET",
      default: true,
      help: "With n only the zsock_ and ZSOCK_ names exist, so that an application can define its own recv or select. Both spellings are the same function: there is no cost either way.",
    },
    {
      name: "NET_MAX_CONTEXTS",
      type: "int",
      prompt: "Sockets that can be open at once",
      default: 4,
      range: [1, 1024],
      help: "Each costs its record (124 bytes) and, for datagrams, a receive ring of NET_SOCKETS_UDP_RCVBUF bytes. When all are taken, socket() answers ENFILE.",
    },
    {
      name: "ZVFS_OPEN_MAX",
      type: "int",
      prompt: "Size of the descriptor table",
      default: 8,
      range: [4, 1024],
      help: "Descriptors 0, 1 and 2 are the console. FD_SETSIZE is this number rounded up to a multiple of 32. When all are taken, socket() answers EMFILE.",
    },
    {
      name: "NET_SOCKETS_UDP_RCVBUF",
      type: "int",
      unit: "bytes",
      prompt: "Receive ring of a datagram socket",
      default: 2048,
      range: [128, 65_536],
      help: "Holds datagrams with 12 bytes of record each until the application reads them; a datagram that does not fit is dropped and counted. To receive fragmented datagrams of n bytes it must be at least n + 16.",
      multipleOf: 4,
    },
    {
      name: "NET_SOCKETS_UDP_BUFFERS",
      type: "int",
      prompt: "Receive rings for datagram sockets",
      default: 4,
      range: [1, 1024],
      help: "A datagram socket takes one when it is opened; socket() answers ENOBUFS when none is left. Equal to NET_MAX_CONTEXTS unless most sockets are of other types.",
    },
    {
      name: "NET_SOCKETS_POLL_MAX",
      type: "int",
      prompt: "Entries that one poll() or poll_oneoff() may have",
      default: 16,
      range: [1, 2048],
      help: "Bounds the work of one call. More entries answer EINVAL.",
    },
    {
      name: "NET_SOCKETS_LOCAL_PORT_MIN",
      type: "int",
      prompt: "First ephemeral port",
      default: 49_152,
      range: [1024, 65_534],
      help: "Ports are drawn at random from this one to 65535.",
      rfc: "RFC 6056 §3.2, RFC 6335 §6",
    },
    {
      name: "NET_TASKS",
      type: "int",
      prompt: "Tasks that can wait in system calls at once",
      default: 1,
      range: [1, 16],
      help: "Each costs 40 bytes. Firmware has one task.",
    },
  ],
};

const ip: KconfigMenu = {
  title: "IPv4, ICMP and UDP",
  options: [
    {
      name: "NET_UDP",
      type: "bool",
      prompt: "UDP",
      default: true,
      help: "Datagram sockets. Without it the code is absent and UDP datagrams are answered with protocol unreachable.",
      rfc: "RFC 768",
    },
    {
      name: "NET_LOOPBACK",
      type: "bool",
      prompt: "Loopback interface (127.0.0.1)",
      default: true,
      help: "Datagrams to 127/8 and to the own addresses stay inside. Costs NET_LOOPBACK_BUFFER bytes of RAM.",
    },
    {
      name: "NET_LOOPBACK_BUFFER",
      type: "int",
      unit: "bytes",
      prompt: "Queue of the loopback interface",
      default: 2048,
      range: [256, 65_536],
      depends: ["NET_LOOPBACK"],
      help: "Datagrams that do not fit are dropped and counted. Each takes 20 bytes more than its length; what is larger than 1,500 bytes or this number less 32 goes in fragments, which must all fit.",
      multipleOf: 4,
    },
    {
      name: "NET_INITIAL_TTL",
      type: "int",
      prompt: "TTL of datagrams sent",
      default: 64,
      range: [1, 255],
      help: "Can be changed per socket with IP_TTL.",
      rfc: "RFC 1122 §3.2.1.7",
    },
    {
      name: "NET_IPV4_FRAGMENT",
      type: "bool",
      prompt: "Fragmentation and reassembly",
      default: true,
      help: "With n, fragments are dropped and counted and sending more than the MTU answers EMSGSIZE. Costs about 1.6 KiB of flash and the reassembly buffers.",
      rfc: "RFC 791, RFC 1122 §3.3.2",
    },
    {
      name: "NET_IPV4_FRAGMENT_MAX_COUNT",
      type: "int",
      prompt: "Datagrams being reassembled at once",
      default: 1,
      range: [1, 32],
      depends: ["NET_IPV4_FRAGMENT"],
      help: "Each costs NET_IPV4_FRAGMENT_BUFFER bytes. When all are taken the oldest is given up: a flood of fragments costs nothing but fragments.",
    },
    {
      name: "NET_IPV4_FRAGMENT_BUFFER",
      type: "int",
      unit: "bytes",
      prompt: "Largest datagram that can be reassembled",
      default: 2048,
      range: [576, 65_536],
      depends: ["NET_IPV4_FRAGMENT"],
      help: "Payload bytes after the IP header. RFC 1122 asks for at least 576 in all and the MTU if possible.",
      multipleOf: 8,
      rfc: "RFC 1122 §3.3.2",
    },
    {
      name: "NET_IPV4_FRAGMENT_TIMEOUT",
      type: "int",
      unit: "seconds",
      prompt: "Time for a datagram to be completed",
      default: 60,
      range: [1, 120],
      depends: ["NET_IPV4_FRAGMENT"],
      help: "From its first fragment to arrive; never extended.",
      rfc: "RFC 1122 §3.3.2 (60 to 120 s)",
    },
    {
      name: "NET_ICMP_ERROR_RATE",
      type: "int",
      unit: "messages per second",
      prompt: "ICMP errors sent, on average",
      default: 10,
      range: [1, 1000],
      help: "A token bucket per destination group; the interval is jittered so that the limit cannot be used to probe ports.",
      rfc: "RFC 1812 §4.3.2.8, RFC 4443 §2.4(f)",
    },
    {
      name: "NET_ICMP_ERROR_BURST",
      type: "int",
      unit: "messages",
      prompt: "ICMP errors that may be sent at once",
      default: 10,
      range: [1, 255],
      help: "Size of each bucket.",
    },
  ],
};

const link: KconfigMenu = {
  title: "Ethernet and ARP",
  options: [
    {
      name: "NET_ARP_TABLE_SIZE",
      type: "int",
      prompt: "Neighbours remembered",
      default: 6,
      range: [2, 256],
      help: "52 bytes each. When it is full the least recently used one is forgotten; one being resolved is never pushed out by what others send.",
    },
    {
      name: "NET_ARP_LIFETIME",
      type: "int",
      unit: "seconds",
      prompt: "Time until a neighbour is asked for again",
      default: 300,
      range: [10, 86_400],
      help: "Near the end of it the neighbour is asked directly; without an answer it is forgotten.",
      rfc: "RFC 1122 §2.3.2.1",
    },
    {
      name: "NET_ARP_PENDING",
      type: "int",
      prompt: "Datagrams kept while their neighbour is being resolved",
      default: 1,
      range: [1, 32],
      help: "1,524 bytes each. The latest datagram to a neighbour is kept; an older one is dropped and counted.",
      rfc: "RFC 1122 §2.3.2.2",
    },
    {
      name: "NET_ARP_REQUESTS",
      type: "int",
      prompt: "Requests before a neighbour counts as unreachable",
      default: 4,
      range: [1, 20],
      help: "One a second. Then the sender gets EHOSTUNREACH and new datagrams start a new round after 1 s.",
      rfc: "RFC 1122 §2.3.2.1",
    },
    {
      name: "NET_IPV4_ACD",
      type: "bool",
      prompt: "Address conflict detection",
      default: false,
      help: "The address is probed for up to 7 s before it is used and defended afterwards. Off by default since it delays the first datagram; conflicts are still noticed and defended once per 10 s.",
      rfc: "RFC 5227",
    },
  ],
};

const netConfig: KconfigMenu = {
  title: "Addresses",
  options: [
    {
      name: "NET_CONFIG_MY_IPV4_ADDR",
      type: "ipv4",
      prompt: "Address of the first interface",
      default: "10.0.2.15",
      help: "The default suits QEMU's user network.",
    },
    {
      name: "NET_CONFIG_MY_IPV4_NETMASK",
      type: "ipv4",
      prompt: "Network mask of the first interface",
      default: "255.255.255.0",
      contiguousMask: true,
      help: "A contiguous mask. Addresses inside it are reached directly, all others through the gateway.",
    },
    {
      name: "NET_CONFIG_MY_IPV4_GW",
      type: "ipv4",
      prompt: "Default gateway",
      default: "10.0.2.2",
      help: "0.0.0.0 for none: then only the own subnet can be reached and the rest answers ENETUNREACH.",
    },
    {
      name: "ETH_MAC_ADDRESS",
      type: "mac",
      prompt: "MAC address",
      default: "02:00:00:00:00:01",
      help: "The board sets a default. Must be unicast.",
    },
  ],
};

const application: KconfigMenu = {
  title: "Application and memory",
  options: [
    {
      name: "APP_MEMORY_SIZE",
      type: "int",
      unit: "bytes",
      prompt: "Linear memory of the application",
      default: 4096,
      range: [256, 16_777_216],
      multipleOf: 8,
      help: "Static data, heap and buffers. The build says how much the static data needs; what is left is heap.",
    },
    {
      name: "APP_ARGS",
      type: "string",
      prompt: "Arguments of the application",
      default: "",
      help: "Separated by blanks; the name of the application comes before them.",
    },
    {
      name: "APP_ENVIRONMENT",
      type: "string",
      prompt: "Environment of the application",
      default: "",
      help: "NAME=value, separated by blanks.",
    },
    {
      name: "APP_ON_TRAP",
      type: "string",
      prompt: "What follows a trap of the application",
      default: "stop",
      values: ["stop", "restart"],
      help: "stop: its sockets are closed, it stays stopped, the stack goes on answering. restart: its memory is laid out anew and it starts again.",
    },
    {
      name: "MAIN_STACK_SIZE",
      type: "int",
      unit: "bytes",
      prompt: "C stack",
      default: 2048,
      range: [512, 65_536],
      help: "Holds the frames of application, core and interrupts. The build computes what it can need and refuses a smaller number when it can tell.",
    },
    {
      name: "OPTIMIZE_FOR_SIZE",
      type: "bool",
      prompt: "Smaller rather than faster code",
      default: false,
      help: "asc -Oz and gcc -Os in place of -O3 and -O2.",
    },
    {
      name: "HOST_ACCOUNTING",
      type: "bool",
      prompt: "Count idle and busy time",
      default: false,
      help: "The host adds up the time that the CPU sleeps and prints it on exit; for measuring. About 20 instructions per wake-up.",
    },
  ],
};

const board: KconfigMenu = {
  title: "Set by the board",
  options: [
    {
      name: "ETH_HOST",
      type: "bool",
      prompt: "Network device of the Node host",
      default: true,
      internal: true,
      help: "Chosen by the board.",
    },
    {
      name: "ETH_LAN9118",
      type: "bool",
      prompt: "SMSC LAN9118 Ethernet",
      default: false,
      internal: true,
      help: "Chosen by the board.",
    },
    {
      name: "ETH_STELLARIS",
      type: "bool",
      prompt: "Stellaris Ethernet MAC",
      default: false,
      internal: true,
      help: "Chosen by the board.",
    },
    {
      name: "ETH_BASE_ADDRESS",
      type: "hex",
      prompt: "Base address of the Ethernet controller",
      default: 0x4000_0000,
      range: [0, 0xffff_ffff],
      internal: true,
      help: "Chosen by the board.",
    },
    {
      name: "SYS_CLOCK_HW_CYCLES_PER_SEC",
      type: "int",
      unit: "Hz",
      prompt: "CPU clock",
      default: 1_000_000,
      range: [1, 4_000_000_000],
      internal: true,
      help: "Chosen by the board; bounded waits in drivers are counted in it.",
    },
  ],
};

/** All menus, in the order in which they are shown. */
export const MENUS: readonly KconfigMenu[] = [application, netConfig, sockets, ip, link, board];

/** All options, in the order of the menus. */
export const OPTIONS: readonly KconfigOption[] = MENUS.flatMap((menu) => menu.options);
