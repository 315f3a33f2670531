/** Every load and store of WebAssembly as an export of one module, for the tests of bounds checks. */
import type { Call } from "./differential.js";

/** The module in text form, and its exports: "i32.load8_u 4" is the load with offset 4. */
export interface MemoryModule {
  wat: string;
  loads: string[];
  stores: string[];
}

const LOADS = { i32: ["load", "load8_s", "load8_u", "load16_s", "load16_u"], f32: ["load"], f64: ["load"] };
const LOADS_64 = [...LOADS.i32, "load32_s", "load32_u"];
const STORES = {
  i32: ["store", "store8", "store16"],
  i64: ["store", "store8", "store16", "store32"],
  f32: ["store"],
  f64: ["store"],
};
const OFFSETS = [0, 1, 4, 28, 29, 40, 65535, 65536, 4294967295];

/** A module with each load and store, at several offsets. */
export function memoryModule(): MemoryModule {
  const loads: string[] = [];
  const stores: string[] = [];
  const functions: string[] = [];
  for (const offset of OFFSETS) {
    for (const [type, names] of Object.entries({ ...LOADS, i64: LOADS_64 })) {
      for (const name of names) {
        const label = `${type}.${name} ${offset}`;
        loads.push(label);
        functions.push(
          `(func (export "${label}") (param i32) (result ${type}) (${type}.${name} offset=${offset} (local.get 0)))`,
        );
      }
    }
    for (const [type, names] of Object.entries(STORES)) {
      for (const name of names) {
        const label = `${type}.${name} ${offset}`;
        stores.push(label);
        functions.push(
          `(func (export "${label}") (param i32 ${type}) (${type}.${name} offset=${offset} (local.get 0) (local.get 1)))`,
        );
      }
    }
  }
  const bytes = Array.from({ length: 64 }, (_, index) => `\\${(0x80 + index).toString(16)}`).join("");
  return {
    wat: `(module (memory (export "memory") 1 1) (data (i32.const 0) "${bytes}") ${functions.join("\n")})`,
    loads,
    stores,
  };
}

const around = (end: number) => [
  0,
  1,
  2,
  3,
  5,
  end - 9,
  end - 8,
  end - 7,
  end - 5,
  end - 4,
  end - 3,
  end - 2,
  end - 1,
  end,
  end + 1,
];
const addresses = (size: number, offset: number) =>
  [...new Set([...around(size), ...around(size - offset), 4294967295, 4294967292])].filter(
    (address) => address >= 0 && address < 2 ** 32,
  );
/** Each access at addresses around the end of a memory of `size` bytes, and at both ends of the address space. */
export const memoryCalls = (memory: MemoryModule, size: number): Call[] =>
  [...memory.loads, ...memory.stores].flatMap((name) =>
    addresses(size, Number(name.split(" ")[1])).map((address) => ({
      name,
      values: name.includes("store")
        ? [BigInt(address), 0x8182838485868788n & (/^.32/.test(name) ? 0xffffffffn : -1n)]
        : [BigInt(address)],
    })),
  );
