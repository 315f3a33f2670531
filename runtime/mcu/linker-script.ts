/** The linker script of an image, from the board's memory map. */
import type { McuBoard } from "../../boards/types.js";

/** Bytes below the stack, a power of two: runtime/mcu/arch/armv7m/interrupts.h has it as STACK_GUARD_LOG2. */
const STACK_GUARD = 256;

const hex = (value: number) => `0x${value.toString(16).padStart(8, "0")}`;

/**
 * Flash: vectors, code, constants, initial values. RAM: the core's memory, at the address that its module was made for; 256
 * bytes that belong to nobody, for the uniform check (docs/aot.md) and as a guard below the C stack, which an MPU watches where
 * there is one; the stack; words that survive a reset; data; the rest zeroed at reset.
 * @param stackSize bytes of C stack, a multiple of 8
 */
export function linkerScript(board: McuBoard, stackSize: number): string {
  return `/* Generated for ${board.name} by socklet. */
MEMORY {
  FLASH (rx) : ORIGIN = ${hex(board.flash.origin)}, LENGTH = ${hex(board.flash.length)}
  RAM (rwx) : ORIGIN = ${hex(board.ram.origin)}, LENGTH = ${hex(board.ram.length)}
}
ENTRY(reset_entry)
SECTIONS {
  .text : {
    KEEP(*(.vectors))
    *(.text.kernels)
    *(.text .text.*)
    *(.rodata .rodata.*)
    . = ALIGN(4);
  } > FLASH
  .core_memory (NOLOAD) : { KEEP(*(.bss.core_memory)) } > RAM
  .stack (NOLOAD) : ALIGN(${STACK_GUARD}) {
    stack_guard = .;
    . += ${STACK_GUARD};
    stack_bottom = .;
    . += ${stackSize};
    stack_top = .;
  } > RAM
  .noinit (NOLOAD) : { *(.noinit) } > RAM
  .data : ALIGN(4) {
    data_start = .;
    *(.data .data.*)
    . = ALIGN(4);
    data_end = .;
  } > RAM AT > FLASH
  data_load = LOADADDR(.data);
  .bss (NOLOAD) : ALIGN(8) {
    bss_start = .;
    *(.bss .bss.* COMMON)
    . = ALIGN(4);
    bss_end = .;
  } > RAM
  /DISCARD/ : { *(.ARM.exidx*) *(.ARM.extab*) *(.init*) *(.fini*) *(.eh_frame*) }
}
`;
}
