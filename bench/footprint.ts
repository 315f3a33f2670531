/** Flash and RAM of images, and what a TCP connection costs in RAM: ours from the pools, lwIP's from the symbols of its pools. */
import { execFileSync } from "node:child_process";
import { requireBoard } from "../cli/boards.js";
import { reportSizes } from "../runtime/mcu/sizes.js";
import { BOARD } from "./measure.js";
import type { SockletImage } from "./socklet.js";

export interface Footprint {
  readonly image: string;
  /** Bytes: code, constants, initial values. */
  readonly flash: number;
  /** Bytes without the C stack. */
  readonly ram: number;
}

export interface ConnectionMemory {
  readonly stack: string;
  /** Bytes of an established connection with nothing in its buffers. */
  readonly idle: number;
  /** Bytes with a full send buffer (four segments, not acknowledged) and a full receive window (four, not read). */
  readonly loaded: number;
}

const MSS = 1460;
const SEGMENTS = 4;
/** lwIP's defaults, as bench/lwip/port/lwipopts.h leaves or sets them. */
const LWIP_ENTRIES = { TCP_PCB: 5, TCP_SEG: 16, PBUF_POOL: 8 };
/** Before a segment's data on lwIP's heap: the block's header, struct pbuf, room for Ethernet (padded), IP and TCP headers. */
const LWIP_SEGMENT_OVERHEAD = 8 + 16 + 16 + 20 + 20;

function symbolsOf(elf: string): string {
  const options = { encoding: "utf8", maxBuffer: 1 << 28 } as const;
  return execFileSync("arm-none-eabi-nm", ["--print-size", "--defined-only", "--radix=d", elf], options);
}

/** Sizes of any image that has the sections of our linker script. */
export function footprintOf(image: string, elf: string): Footprint {
  const board = requireBoard(BOARD);
  const sections = execFileSync("arm-none-eabi-size", ["-A", "-d", elf], { encoding: "utf8" });
  const sizes = reportSizes(symbolsOf(elf), sections, [], board.kind === "mcu" ? board.ram.origin : 0);
  return { image, flash: sizes.flash, ram: sizes.ram - (sizes.sections[".stack"] ?? 0) };
}

/** Bytes of one entry of a memory pool of lwIP's. */
function lwipEntry(symbols: string, pool: keyof typeof LWIP_ENTRIES): number {
  const size = new RegExp(`^\\d+ (\\d+) \\S memp_memory_${pool}_base$`, "m").exec(symbols)?.[1];
  if (size === undefined) throw new Error(`the image of lwIP has no pool ${pool}`);
  // Up to three bytes are for aligning the whole pool.
  return Math.floor(Number(size) / LWIP_ENTRIES[pool]) & ~3;
}

/** lwIP's connection, from an image that was linked without LTO. */
export function lwipConnection(elf: string): ConnectionMemory {
  const symbols = symbolsOf(elf);
  const idle = lwipEntry(symbols, "TCP_PCB");
  const sent = LWIP_SEGMENT_OVERHEAD + MSS + lwipEntry(symbols, "TCP_SEG");
  return { stack: "lwIP", idle, loaded: idle + SEGMENTS * (sent + lwipEntry(symbols, "PBUF_POOL")) };
}

/** Our connection: its record, and the two buffers. */
export function sockletConnection({ pools, application }: SockletImage): ConnectionMemory {
  const bytes = (name: string): number => {
    const pool = pools.find((candidate) => candidate.name === name);
    if (pool === undefined) throw new Error(`${application} has no pool called ${name}`);
    return pool.elementBytes;
  };
  const idle = bytes("sockets");
  return { stack: "socklet", idle, loaded: idle + bytes("receive buffers") + bytes("send buffers") };
}
