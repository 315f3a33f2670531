/** The driver contract as exports, so that one suite in Node can drive each driver on its register model. */
import { Device } from "../../../hal/device";
import { GroupHash } from "../../../hal/group-hash";
import { Nic } from "../../../hal/nic";

const DEVICE: usize = memory.data(offsetof<Device>(), 4);
const BUFFER: usize = memory.data(2048, 4);

export function buffer(): usize {
  return BUFFER;
}

/** Fills in what the core sets before probe: MAC address (memory order) and MTU. */
export function probe(macLow: u32, macHigh: u32): i32 {
  const device = Device.at(DEVICE);
  device.macLow = macLow;
  device.macHigh = macHigh;
  device.mtu = 1500;
  return Nic.probe(device);
}

export function rxBegin(): i32 {
  return Nic.rxBegin(Device.at(DEVICE));
}

/** The first word, as the hot path takes it. */
export function rxFirst(): u32 {
  const device = Device.at(DEVICE);
  const word = Nic.rxFirst(device);
  device.rxWords -= 1;
  return word;
}

/** One word, as the hot path takes it: rxWords is lowered by the caller. */
export function rxWord(): u32 {
  const device = Device.at(DEVICE);
  const word = Nic.rxWord(device);
  device.rxWords -= 1;
  return word;
}

export function rxRead(dst: usize, words: u32): void {
  Nic.rxRead(Device.at(DEVICE), dst, words);
}

export function rxReadSum(dst: usize, words: u32, seed: u32): u32 {
  return Nic.rxReadSum(Device.at(DEVICE), dst, words, seed);
}

export function rxReadGuestSum(task: i32, guest: usize, words: u32, seed: u32): u32 {
  return Nic.rxReadGuestSum(Device.at(DEVICE), task, guest, words, seed);
}

export function rxSkip(words: u32): void {
  Nic.rxSkip(Device.at(DEVICE), words);
}

export function rxEnd(): void {
  Nic.rxEnd(Device.at(DEVICE));
}

export function txBegin(length: u32): bool {
  return Nic.txBegin(Device.at(DEVICE), length);
}

export function txFirst(length: u32, word: u32): void {
  Nic.txFirst(Device.at(DEVICE), length, word);
}

export function txWord(word: u32): void {
  Nic.txWord(Device.at(DEVICE), word);
}

export function txWrite(src: usize, words: u32): void {
  Nic.txWrite(Device.at(DEVICE), src, words);
}

export function txWriteGuest(task: i32, guest: usize, bytes: u32): void {
  Nic.txWriteGuest(Device.at(DEVICE), task, guest, bytes);
}

export function txEnd(): void {
  Nic.txEnd(Device.at(DEVICE));
}

export function acknowledge(): void {
  Nic.acknowledge(Device.at(DEVICE));
}

export function setMulticast(all: bool): void {
  Nic.setMulticast(Device.at(DEVICE), all);
}

export function setGroups(low: u32, high: u32): void {
  Nic.setGroups(Device.at(DEVICE), low, high);
}

export function groupHash(macLow: u32, macHigh: u32): u32 {
  return GroupHash.of(macLow, macHigh);
}

export function checkLink(): void {
  Nic.checkLink(Device.at(DEVICE));
}

// ---- what the device says ----

export function linkUp(): u32 {
  return Device.at(DEVICE).linkUp;
}

export function rxWords(): u32 {
  return Device.at(DEVICE).rxWords;
}

export function rxErrors(): u32 {
  return Device.at(DEVICE).rxErrors;
}

export function txFrames(): u32 {
  Nic.countSent(Device.at(DEVICE));
  return Device.at(DEVICE).txFrames;
}

export function txBytes(): u32 {
  Nic.countSent(Device.at(DEVICE));
  return Device.at(DEVICE).txBytes;
}

export function txNoRoom(): u32 {
  return Device.at(DEVICE).txNoRoom;
}

export function txErrors(): u32 {
  return Device.at(DEVICE).txErrors;
}
