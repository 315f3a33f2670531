/**
 * A core that is nothing but a driver: every frame goes back to its sender with source and destination swapped, by
 * the same calls that the stack makes. Boots in place of core.wasm, to try a driver on the real host and chip.
 *
 * A frame of EtherType 0x88b6 is answered with the device's counters instead (from `rxErrors` to `txErrors`).
 */
import { Device } from "../../../hal/device";
import { host_log, host_mac_address } from "../../../hal/imports";
import { Nic } from "../../../hal/nic";

const DEVICE: usize = memory.data(offsetof<Device>(), 4);
const BUFFER: usize = memory.data(2048, 4);
/** `ready` */
const READY: usize = memory.data<u8>([0x72, 0x65, 0x61, 0x64, 0x79]);
const POLL_FRAMES = 8;
/** EtherType 0x88b6 (IEEE 802, local experiments) in the high half of word 3. */
const TYPE_COUNTERS: u32 = 0xb688;
const COUNTERS_WORDS: u32 = 5;

export function core_init(_now: u64): i32 {
  const device = Device.at(DEVICE);
  device.macLow = host_mac_address(0);
  device.macHigh = host_mac_address(1);
  device.mtu = 1500;
  const error = Nic.probe(device);
  if (error == 0) host_log(READY, 5);
  return error;
}

export function core_poll(_now: u64): u32 {
  const device = Device.at(DEVICE);
  Nic.acknowledge(device);
  for (let frame = 0; frame < POLL_FRAMES; frame++) {
    const length = Nic.rxBegin(device);
    if (length == 0) return u32.MAX_VALUE;
    echo(device, length);
  }
  return 0;
}

function echo(device: Device, length: u32): void {
  Nic.rxFirst(device);
  const word1 = Nic.rxWord(device);
  const word2 = Nic.rxWord(device);
  const word3 = Nic.rxWord(device);
  device.rxWords -= 4;
  if (word3 >>> 16 == TYPE_COUNTERS) {
    Nic.rxEnd(device);
    if (!Nic.txBegin(device, 14 + COUNTERS_WORDS * 4)) return;
    header(device, 14 + COUNTERS_WORDS * 4, word2, word3);
    Nic.countSent(device);
    Nic.txWrite(device, DEVICE + offsetof<Device>("rxErrors"), COUNTERS_WORDS);
    Nic.txEnd(device);
    return;
  }
  const words = device.rxWords;
  // Broadcast frames come back cut in half: what was not taken is left to rxEnd.
  const kept = word1 == 0xffffffff ? words >>> 1 : words;
  if (length & 1) Nic.rxRead(device, BUFFER, kept);
  else Nic.rxReadSum(device, BUFFER, kept, 0);
  Nic.rxEnd(device);
  if (kept < words) length = 14 + (kept << 2);
  if (!Nic.txBegin(device, length)) return;
  header(device, length, word2, word3);
  Nic.txWrite(device, BUFFER, kept);
  Nic.txEnd(device);
}

/** The Ethernet header of the answer: destination from words 2 and 3, own address as source, the same type. */
function header(device: Device, length: u32, word2: u32, word3: u32): void {
  Nic.txFirst(device, length, word2 << 16);
  Nic.txWord(device, (word2 >>> 16) | (word3 << 16));
  Nic.txWord(device, device.macLow);
  Nic.txWord(device, (device.macHigh & 0xffff) | (word3 & 0xffff0000));
}

export function core_task_park(_task: i32, _now: u64): u32 {
  return u32.MAX_VALUE;
}

export function core_task_ready(_task: i32): i32 {
  return 1;
}

export function core_task_reset(_task: i32, _now: u64): void {}
