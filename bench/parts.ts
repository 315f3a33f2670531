/** Which part of the firmware an instruction belongs to, from the functions at its address, innermost first. */
import type { AddressCounts, Frames } from "./trace.js";

/** The parts, in the order of the table. */
export const PARTS = [
  "interrupt, wait, clock",
  "system-call glue",
  "application",
  "driver registers",
  "data moved and summed",
  "link and IP",
  "UDP and ICMP",
  "TCP",
  "sockets and system calls",
  "other",
] as const;
export type Part = (typeof PARTS)[number];

/** Classes of net/transport/tcp, by the beginnings of their names. */
const TCP_CLASSES = [
  "Tcp|Tcb|Sequence|Segment|SendBuffer|Connections|Listeners|SynQueue|SynCookies|SynSent|TimeWait|InitialSequence",
  "Reply|Challenge|Acknowledgement|Receiver|ReceiveRing|OutOfOrder|Sender|Output|Calls|Flight|Recovery|Rack",
  "Congestion|NewReno|Cubic|RoundTrip|LongClock|Urgent|Window|Persist|KeepAlive",
].join("|");

const RULES: readonly (readonly [RegExp, Part])[] = [
  [/^app_/, "application"],
  [
    /^(kernel_|port_|bulk_(?!sum5|add_carry|reverse)|guest_(read|write|sum|read_sum)$|copy_words|mem(cpy|move|set))/,
    "data moved and summed",
  ],
  [/^(mmio_|core_f\d+_(Lan9118|Stellaris|Nic)_)/, "driver registers"],
  [/^core_f\d+_(Ethernet|Ipv4|Route|Neighbour|Arp|Interfaces|Reassembly|Loopback|Received)/, "link and IP"],
  [/^core_f\d+_(Udp|Icmp)/, "UDP and ICMP"],
  [new RegExp(`^core_f\\d+_(${TCP_CLASSES})`), "TCP"],
  [/^core_(f\d+_|sys_|core_)|^core_f\d+/, "sockets and system calls"],
  [/^(wasi_snapshot_preview1_|socklet_v1_|syscall_|glue_)/, "system-call glue"],
  [/^(host_|clock_|alarm_|poll_|pendsv|nic_|timer_|irq|.*_handler|task_)/i, "interrupt, wait, clock"],
];

/** The part that the innermost function with a known name belongs to. */
export function partOf(frames: Frames): Part {
  for (const name of frames) {
    const rule = RULES.find(([pattern]) => pattern.test(name));
    if (rule !== undefined) return rule[1];
  }
  return "other";
}

/** Instructions by part. */
export function byPart(counts: AddressCounts, symbols: ReadonlyMap<number, Frames>): Map<Part, number> {
  const result = new Map<Part, number>(PARTS.map((part) => [part, 0]));
  for (const [address, count] of counts) {
    const part = partOf(symbols.get(address) ?? []);
    result.set(part, (result.get(part) ?? 0) + count);
  }
  return result;
}

/** Instructions by function, innermost, most first. */
export function byFunction(counts: AddressCounts, symbols: ReadonlyMap<number, Frames>): [string, number][] {
  const result = new Map<string, number>();
  for (const [address, count] of counts) {
    const name = symbols.get(address)?.[0] ?? "?";
    result.set(name, (result.get(name) ?? 0) + count);
  }
  return [...result].sort((a, b) => b[1] - a[1]);
}
