/**
 * What an earlier bench measured of lwIP 2.2.1 on this board, with the same operations, the same lwIP options and a port of its own
 * (instructions; for our kernels: an experiment, as far as it was written down). Our port is set more favourably, so its figures must be
 * a little lower:
 *
 * - Interrupts stay masked and end the sleep without a handler, and lwIP's timers are asked four times a second and not after every
 *   wake-up. With a handler and with timers as usual a wake-up costs 27 to 45 instructions more.
 * - Words go between pbuf and FIFO eight at a time: 2.4 instructions a word instead of 3.05. That is most of the rest for large frames.
 * - Driver and programs are a little shorter: 83 and 22 instructions for a datagram there, 70 and 10 here.
 * - What lwIP itself executes (stack, checksums and libc at -O2) is 0.1 to 1.5 % less than there for TCP, and 47 to 55 instructions less for
 *   a datagram, half of it the timers.
 *
 * With a handler, timers after every wake-up and four words at a time, our port's figures at -O2 were 1 to 3 % below the earlier ones
 * for TCP and for datagrams from 512 bytes, and 53 to 70 instructions below them for small frames.
 *
 * With our kernels, tcp_write sums while it copies; the experiment copied with memcpy first: 845 instructions of TCP echo 1460, 812 of
 * source. And large frames are summed while they are read: a tenth of the cycles less, instructions about the same.
 */
export const REFERENCE: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  "lwIP -Os": {
    "ARP reply": 910,
    "ICMP echo 56": 1367,
    "UDP echo 1": 1361,
    "UDP echo 64": 1800,
    "UDP echo 512": 5216,
    "UDP echo 1472": 12_536,
    "TCP echo 1": 3395,
    "TCP echo 64": 3888,
    "TCP echo 512": 7559,
    "TCP echo 1460": 15_362,
    "TCP conn": 6656,
    "TCP sink 1460": 7499,
    "TCP source 1460": 8157,
  },
  "lwIP -O2": {
    "ARP reply": 906,
    "ICMP echo 56": 1264,
    "UDP echo 1": 1343,
    "UDP echo 64": 1646,
    "UDP echo 512": 4110,
    "UDP echo 1472": 9390,
    "TCP echo 1": 3274,
    "TCP echo 64": 3632,
    "TCP echo 512": 6351,
    "TCP echo 1460": 12_130,
    "TCP conn": 6433,
    "TCP sink 1460": 5844,
    "TCP source 1460": 6558,
  },
  "lwIP LTO tuned": {
    "ARP reply": 747,
    "ICMP echo 56": 1019,
    "UDP echo 1": 1112,
    "UDP echo 64": 1338,
    "UDP echo 512": 3298,
    "UDP echo 1472": 7498,
    "TCP echo 1": 2968,
    "TCP echo 64": 3240,
    "TCP echo 512": 5455,
    "TCP echo 1460": 10_168,
    "TCP conn": 5640,
    "TCP sink 1460": 4779,
    "TCP source 1460": 5609,
  },
  "lwIP our kernels": {
    "UDP echo 64": 971,
    "UDP echo 512": 1279,
    "UDP echo 1472": 1939,
    "TCP echo 64": 2725,
    "TCP echo 1460": 4483,
    "TCP conn": 5073,
    "TCP sink 1460": 1915,
    "TCP source 1460": 2764,
  },
};
