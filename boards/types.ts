/** A board is data: everything the build, the host and the runner know of it stands in one value of this type. */

export interface MemoryRegion {
  /** First address. */
  readonly origin: number;
  /** Bytes. */
  readonly length: number;
}

/** A range of device registers that the core may reach through mmio.* and port.*. */
export interface MmioWindow {
  readonly name: string;
  readonly origin: number;
  readonly length: number;
}

/** A free-running counter from which the monotonic clock is made, and the compare that wakes the CPU. */
export interface BoardTimer {
  readonly kind: "cmsdk-dualtimer" | "stellaris-gptm";
  readonly base: number;
  /** Base of the device whose counter is read, when it is another one than gives the alarm. */
  readonly counter?: number;
  /** Counter frequency, Hz: a whole number of MHz. */
  readonly frequency: number;
  readonly interrupt: number;
}

export interface BoardUart {
  readonly kind: "cmsdk-uart" | "pl011";
  readonly base: number;
  readonly clock: number;
}

export interface BoardNic {
  readonly driver: "lan9118" | "stellaris" | "host";
  readonly base: number;
  readonly interrupt: number;
  /** True when the FIFO register is aliased over 32 bytes, so that one LDM/STM moves eight words. */
  readonly burst: boolean;
  /** Default MAC address, `aa:bb:cc:dd:ee:ff`. */
  readonly mac: string;
}

/** A board that runs compiled firmware. */
export interface McuBoard {
  readonly kind: "mcu";
  readonly name: string;
  readonly title: string;
  readonly arch: "armv7m";
  /** Compiler flags that choose the CPU. */
  readonly cpuFlags: readonly string[];
  readonly cpu: string;
  /** Set-up of clocks and pins before anything else: runtime/mcu/soc/<soc>.h. */
  readonly soc: "mps2" | "lm3s";
  /** CPU clock, Hz. */
  readonly clock: number;
  readonly flash: MemoryRegion;
  readonly ram: MemoryRegion;
  /** External interrupts of the vector table. */
  readonly interrupts: number;
  readonly windows: readonly MmioWindow[];
  readonly nic: BoardNic;
  readonly uart: BoardUart;
  readonly timer: BoardTimer;
  readonly qemu: {
    readonly binary: string;
    readonly arguments: readonly string[];
    /** Debian package that has the binary. */
    readonly package: string;
  };
  /** Values of Kconfig options that this board sets, without the CONFIG_ prefix. */
  readonly defaults: Readonly<Record<string, string | number | boolean>>;
}

/** The board that runs in Node: no tools needed. */
export interface NativeBoard {
  readonly kind: "native";
  readonly name: string;
  readonly title: string;
  readonly ram: MemoryRegion;
  readonly defaults: Readonly<Record<string, string | number | boolean>>;
}

export type Board = McuBoard | NativeBoard;
