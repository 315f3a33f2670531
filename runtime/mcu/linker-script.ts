/** The linker script of an image, from the board's memory map. */
import type { McuBoard } from "../../boards/types.js";

const hex = (value: number) => `0x${value.toString(16).padStart(8, "0")}`;

/**
 * Flash: vectors, code, constants, initial values. RAM: the C stack at the bottom, so that running over it faults instead
 * of reaching data; words that survive a reset; data; the rest zeroed at reset.
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
  .stack (NOLOAD) : {
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
