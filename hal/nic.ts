/**
 * The one place where the core meets the driver that this image was built with. Every method is a compile-time
 * choice: the drivers that the configuration leaves out are absent from the module.
 *
 * Contract of a driver (each is a class of static methods in hal/drivers):
 * - `probe(device)`: identifies and starts the chip; 0, or -ENODEV when another or no chip answers (with a log
 *   line that gives the expected and the actual identification), -ETIMEDOUT when a bounded wait ran out.
 * - `rxBegin(device)`: bytes of the next frame (Ethernet header included, CRC and the two padding bytes not), or
 *   0 when there is none. Sets rxWords. Frames the chip marks bad are dropped and counted here.
 * - `rxFirst(device)`: the first word. It is taken before all others and before rxEnd: on some chips it is the word
 *   that also tells the length. The caller lowers rxWords for it as for rxWord.
 * - `rxRead`, `rxReadSum`, `rxReadGuestSum`, `rxSkip`: take words and lower rxWords. `rxWord` does not lower it: the
 *   hot path takes a fixed number of header words and subtracts once. Nobody takes more than rxWords.
 * - `rxEnd(device)`: drops the words that are left. After it the next `rxBegin` is legal.
 * - `txBegin(device, length)`: true when the chip takes a frame of `length` bytes (Ethernet header included) now;
 *   then exactly (length + 2 + 3) / 4 words follow, the first (by `txFirst`) with two padding bytes, and `txEnd`. False: counted
 *   in txNoRoom, nothing was touched. Frames below 60 bytes are padded with zeros by the chip or the driver.
 * - `txFirst(device, length, word)`, then `txWord`, `txWrite`, `txWriteGuest`, and `txEnd`.
 * - `acknowledge(device)`: clears the chip's interrupt cause; called once at the start of a poll, before rxBegin,
 *   so that a frame arriving later raises the interrupt again.
 * - `setMulticast(device, all)`: receive all multicast frames or none.
 * - `setGroups(device, low, high)`, of chips that have a filter for it: receive multicast frames of these groups.
 * - `checkLink(device)`: reads the link state into `linkUp`.
 */
import { CONFIG_ETH_LAN9118, CONFIG_ETH_STELLARIS } from "../config";
import { Device } from "./device";
import { HostNic } from "./drivers/host";
import { Lan9118 } from "./drivers/lan9118";
import { Stellaris } from "./drivers/stellaris";

/** True when the chip chooses among groups (`setGroups`); otherwise it takes all multicast frames or none. */
export const NIC_FILTERS_GROUPS: bool = CONFIG_ETH_LAN9118;

export class Nic {
  /** Identifies and starts the chip. 0, -ENODEV or -ETIMEDOUT. */
  static probe(device: Device): i32 {
    if (CONFIG_ETH_LAN9118) return Lan9118.probe(device);
    if (CONFIG_ETH_STELLARIS) return Stellaris.probe(device);
    return HostNic.probe(device);
  }

  /** Bytes of the next frame, or 0 when there is none. */
  @inline static rxBegin(device: Device): i32 {
    if (CONFIG_ETH_LAN9118) return Lan9118.rxBegin(device);
    if (CONFIG_ETH_STELLARIS) return Stellaris.rxBegin(device);
    return HostNic.rxBegin(device);
  }

  /** First word of the frame, taken before all others. The caller lowers rxWords for it. */
  @inline static rxFirst(device: Device): u32 {
    if (CONFIG_ETH_LAN9118) return Lan9118.rxFirst(device);
    if (CONFIG_ETH_STELLARIS) return Stellaris.rxFirst(device);
    return HostNic.rxFirst(device);
  }

  /** Next word of the frame. The caller has checked rxWords, and lowers it by what it took (once, not per word). */
  @inline static rxWord(device: Device): u32 {
    if (CONFIG_ETH_LAN9118) return Lan9118.rxWord(device);
    if (CONFIG_ETH_STELLARIS) return Stellaris.rxWord(device);
    return HostNic.rxWord(device);
  }

  /** Next `words` words to core memory at `dst` (usize → u32[words], 4-aligned). */
  @inline static rxRead(device: Device, dst: usize, words: u32): void {
    if (CONFIG_ETH_LAN9118) Lan9118.rxRead(device, dst, words);
    else if (CONFIG_ETH_STELLARIS) Stellaris.rxRead(device, dst, words);
    else HostNic.rxRead(device, dst, words);
  }

  /** As rxRead; returns `seed` plus their ones-complement sum. */
  @inline static rxReadSum(device: Device, dst: usize, words: u32, seed: u32): u32 {
    if (CONFIG_ETH_LAN9118) return Lan9118.rxReadSum(device, dst, words, seed);
    if (CONFIG_ETH_STELLARIS) return Stellaris.rxReadSum(device, dst, words, seed);
    return HostNic.rxReadSum(device, dst, words, seed);
  }

  /** As rxReadSum, into guest memory (range checked by the caller). */
  @inline static rxReadGuestSum(device: Device, task: i32, guest: usize, words: u32, seed: u32): u32 {
    if (CONFIG_ETH_LAN9118) return Lan9118.rxReadGuestSum(device, task, guest, words, seed);
    if (CONFIG_ETH_STELLARIS) return Stellaris.rxReadGuestSum(device, task, guest, words, seed);
    return HostNic.rxReadGuestSum(device, task, guest, words, seed);
  }

  /** Drops the next `words` words. */
  @inline static rxSkip(device: Device, words: u32): void {
    if (CONFIG_ETH_LAN9118) Lan9118.rxSkip(device, words);
    else if (CONFIG_ETH_STELLARIS) Stellaris.rxSkip(device, words);
    else HostNic.rxSkip(device, words);
  }

  /** Drops what is left of the frame. */
  @inline static rxEnd(device: Device): void {
    if (CONFIG_ETH_LAN9118) Lan9118.rxEnd(device);
    else if (CONFIG_ETH_STELLARIS) Stellaris.rxEnd(device);
    else HostNic.rxEnd(device);
  }

  /** Starts a frame of `length` bytes; false (and counted) when the chip has no room. */
  @inline static txBegin(device: Device, length: u32): bool {
    if (CONFIG_ETH_LAN9118) return Lan9118.txBegin(device, length);
    if (CONFIG_ETH_STELLARIS) return Stellaris.txBegin(device, length);
    return HostNic.txBegin(device, length);
  }

  /** First word of the frame, whose low half is padding; `length` as for txBegin. */
  @inline static txFirst(device: Device, length: u32, word: u32): void {
    if (CONFIG_ETH_LAN9118) Lan9118.txFirst(device, length, word);
    else if (CONFIG_ETH_STELLARIS) Stellaris.txFirst(device, length, word);
    else HostNic.txFirst(device, length, word);
  }

  /** Next word of the frame. */
  @inline static txWord(device: Device, word: u32): void {
    if (CONFIG_ETH_LAN9118) Lan9118.txWord(device, word);
    else if (CONFIG_ETH_STELLARIS) Stellaris.txWord(device, word);
    else HostNic.txWord(device, word);
  }

  /** The next four words of the frame. */
  @inline static txWords4(device: Device, a: u32, b: u32, c: u32, d: u32): void {
    if (CONFIG_ETH_LAN9118) {
      Lan9118.txWords4(device, a, b, c, d);
      return;
    }
    Nic.txWord(device, a);
    Nic.txWord(device, b);
    Nic.txWord(device, c);
    Nic.txWord(device, d);
  }

  /** The first four words of the frame: the Ethernet header and two bytes of padding before it; `length` as for txBegin. */
  @inline static txHeader(device: Device, length: u32, a: u32, b: u32, c: u32, d: u32): void {
    if (CONFIG_ETH_LAN9118) {
      Lan9118.txWords4(device, a, b, c, d);
      return;
    }
    Nic.txFirst(device, length, a);
    Nic.txWord(device, b);
    Nic.txWord(device, c);
    Nic.txWord(device, d);
  }

  /** Next `words` words from core memory (usize → u32[words], 4-aligned). */
  @inline static txWrite(device: Device, src: usize, words: u32): void {
    if (CONFIG_ETH_LAN9118) Lan9118.txWrite(device, src, words);
    else if (CONFIG_ETH_STELLARIS) Stellaris.txWrite(device, src, words);
    else HostNic.txWrite(device, src, words);
  }

  /** The last `bytes` bytes of the frame, from guest memory (4-aligned), padded with zeros to a word. */
  @inline static txWriteGuest(device: Device, task: i32, guest: usize, bytes: u32): void {
    if (CONFIG_ETH_LAN9118) Lan9118.txWriteGuest(device, task, guest, bytes);
    else if (CONFIG_ETH_STELLARIS) Stellaris.txWriteGuest(device, task, guest, bytes);
    else HostNic.txWriteGuest(device, task, guest, bytes);
  }

  /** The frame is complete: it goes out. */
  @inline static txEnd(device: Device): void {
    if (CONFIG_ETH_LAN9118) Lan9118.txEnd(device);
    else if (CONFIG_ETH_STELLARIS) Stellaris.txEnd(device);
    else HostNic.txEnd(device);
  }

  /** Brings txFrames and txBytes up to date: a driver may count when it has reason to look. */
  static countSent(device: Device): void {
    if (CONFIG_ETH_LAN9118) Lan9118.countSent(device);
  }

  /** Clears the interrupt cause, so that the next frame raises it again. */
  @inline static acknowledge(device: Device): void {
    if (CONFIG_ETH_LAN9118) Lan9118.acknowledge(device);
    else if (CONFIG_ETH_STELLARIS) Stellaris.acknowledge(device);
    else HostNic.acknowledge(device);
  }

  /** Receive every multicast frame, or none. */
  static setMulticast(device: Device, all: bool): void {
    if (CONFIG_ETH_LAN9118) Lan9118.setMulticast(device, all);
    else if (CONFIG_ETH_STELLARIS) Stellaris.setMulticast(device, all);
    else HostNic.setMulticast(device, all);
  }

  /**
   * Receive the multicast frames of those groups whose hash (GroupHash) has its bit set: 0 to 31 in `low`, 32 to 63 in `high`. Only with
   * NIC_FILTERS_GROUPS.
   */
  static setGroups(device: Device, low: u32, high: u32): void {
    if (CONFIG_ETH_LAN9118) Lan9118.setGroups(device, low, high);
  }

  /** Reads the state of the link into `linkUp`. */
  static checkLink(device: Device): void {
    if (CONFIG_ETH_LAN9118) Lan9118.checkLink(device);
    else if (CONFIG_ETH_STELLARIS) Stellaris.checkLink(device);
    else HostNic.checkLink(device);
  }
}
