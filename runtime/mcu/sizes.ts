/** Flash and RAM of an image by part, from its symbols and sections. */

/** Bytes of flash or RAM of one part of an image. */
export interface SizePart {
  readonly name: string;
  readonly flash: number;
  readonly ram: number;
}

export interface SizeReport {
  /** Bytes of flash: code, constants, initial values. */
  readonly flash: number;
  /** Bytes of RAM: stack, both linear memories, everything else. */
  readonly ram: number;
  readonly sections: Readonly<Record<string, number>>;
  readonly parts: readonly SizePart[];
}

interface Symbol {
  readonly address: number;
  readonly size: number;
  readonly name: string;
}

/** Lines of `nm --print-size --defined-only --radix=d`: address, size, type, name. */
function parseSymbols(nm: string): Symbol[] {
  return nm.split("\n").flatMap((line) => {
    const match = /^(\d+) (\d+) \S (\S+)$/.exec(line);
    return match === null ? [] : [{ address: Number(match[1]), size: Number(match[2]), name: match[3] }];
  });
}

/** Lines of `size -A -d`: section, size, address. */
function parseSections(size: string): Record<string, number> {
  const sections: Record<string, number> = {};
  for (const line of size.split("\n")) {
    const match = /^(\.\S+)\s+(\d+)\s+\d+\s*$/.exec(line);
    if (match !== null && !/^\.(debug|ARM|comment|stab)/.test(match[1])) sections[match[1]] = Number(match[2]);
  }
  return sections;
}

const RAM_PARTS: readonly [string, RegExp][] = [
  ["core memory", /^core_memory$/],
  ["application memory", /^app_memory$/],
];
const FLASH_PARTS: readonly [string, RegExp][] = [
  ["core", /^core_/],
  ["application", /^(app_|image_start_app$)/],
  ["kernels", /^kernel_/],
  ["vectors", /^vectors$/],
];

/**
 * @param nm output of `nm --print-size --defined-only --radix=d image.elf`
 * @param size output of `size -A -d image.elf`
 * @param glue C names of the system calls' glue
 * @param ramOrigin first address of RAM
 */
export function reportSizes(nm: string, size: string, glue: readonly string[], ramOrigin: number): SizeReport {
  const sections = parseSections(size);
  const section = (name: string) => sections[name] ?? 0;
  const flash = section(".text") + section(".data");
  const ram = section(".core_memory") + section(".stack") + section(".noinit") + section(".data") + section(".bss");
  const parts = new Map<string, { flash: number; ram: number }>();
  const part = (name: string) => {
    const found = parts.get(name) ?? { flash: 0, ram: 0 };
    parts.set(name, found);
    return found;
  };
  const glueNames = new Set(glue);
  let counted = 0;
  for (const symbol of parseSymbols(nm)) {
    // GCC's clones: name.constprop.0, name.part.1, name.isra.2, name.cold
    const name = symbol.name.split(".")[0];
    if (symbol.address >= ramOrigin) {
      const found = RAM_PARTS.find(([, pattern]) => pattern.test(name));
      part(found?.[0] ?? "host").ram += symbol.size;
    } else {
      const found = glueNames.has(name) ? "system calls" : FLASH_PARTS.find(([, pattern]) => pattern.test(name))?.[0];
      part(found ?? "host").flash += symbol.size;
      counted += symbol.size;
    }
  }
  part("stack").ram += section(".stack");
  // String literals, literal pools between functions and padding have no symbol.
  part("constants and padding").flash += Math.max(0, flash - counted);
  const named = [...parts].reduce((sum, [, { ram: bytes }]) => sum + bytes, 0);
  part("constants and padding").ram += Math.max(0, ram - named);
  return {
    flash,
    ram,
    sections,
    parts: [...parts].map(([name, bytes]) => ({ name, ...bytes })),
  };
}
