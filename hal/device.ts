/**
 * A network device as driver and core both see it: identity, state of the frame being read, counters.
 *
 * A device is a FIFO of 32-bit words. Reading a frame: `Nic.rxBegin` gives its length, then the words come one
 * after the other; the first word holds two padding bytes and the first two bytes of the destination MAC, so
 * that the IP header starts on a word:
 *
 *     word 0      word 1      word 2      word 3        word 4 …
 *     -- -- D0 D1 D2 D3 D4 D5 S0 S1 S2 S3 S4 S5 TT TT   IP header …
 *
 * Writing a frame is the mirror image. A frame may also lie in core memory (loopback, reassembled datagrams,
 * replays of queued packets); then `rxMemory` is the address of the next word and the chip is not touched.
 *
 * @see docs/architecture.md, "Driver contract"
 */

/** Bytes of driver-private state at the end of `Device`. */
export const DEVICE_PRIVATE_BYTES: usize = 32;

/** `Device.kind` values. One driver for a real NIC is compiled in; loopback always exists beside it. */
export const DEVICE_KIND_NIC: u32 = 0;
export const DEVICE_KIND_LOOPBACK: u32 = 1;

@unmanaged
@final
export class Device {
  /** DEVICE_KIND_*. */
  kind: u32;
  /** Interface number as the application sees it (if_nametoindex), from 1. */
  index: u32;
  /** Largest IP datagram on this link, bytes (1500 on Ethernet). */
  mtu: u32;
  /** First four bytes of the MAC address, in memory order (little-endian load of them). */
  macLow: u32;
  /** Last two bytes of the MAC address in the low half, memory order. */
  macHigh: u32;
  /** 1 while the link is up. */
  linkUp: u32;

  // ---- the frame being read ----
  /** Words of it not yet read. */
  rxWords: u32;
  /** Bytes of a frame in core memory, Ethernet header included, CRC and leading padding not. */
  rxLength: u32;
  /** usize → u32[rxWords]: next word when the frame lies in core memory; 0 when it is in the chip. */
  rxMemory: usize;

  // ---- counters, never reset; each drop is counted exactly once. The core counts the frames it takes from a driver
  // (rxFrames, rxBytes: once per poll is cheaper), the driver everything else ----
  rxFrames: u32;
  rxBytes: u32;
  /** Frames the chip says it lost or received with errors (overrun, CRC, length). */
  rxErrors: u32;
  /** Frames and bytes given to the chip; @see Nic.countSent. */
  txFrames: u32;
  txBytes: u32;
  /** Frames not sent because the chip had no room. */
  txNoRoom: u32;
  /** Frames the chip says it could not send. */
  txErrors: u32;
  /** Interrupts or polls at which the chip had something to say. */
  wakeups: u32;

  // ---- driver-private words ----
  private0: u32;
  private1: u32;
  private2: u32;
  private3: u32;
  private4: u32;
  private5: u32;
  private6: u32;
  private7: u32;

  @inline static at(p: usize): Device {
    return changetype<Device>(p);
  }
}
