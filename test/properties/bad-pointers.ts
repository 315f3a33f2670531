/**
 * A program, made from the system-call table, that calls every row with one address at a time at or beyond an edge of its memory,
 * and prints what each call answers: a line per address, `sock_recv.ri_data 21 21 21 21`.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { SYSTEM_CALLS, type SystemCall } from "../../runtime/syscall/table/index.js";

export const MEMORY_SIZE = 24_576;
/** The first byte outside, words that are half outside, and addresses to which adding a length wraps around. */
const BAD = [MEMORY_SIZE, MEMORY_SIZE - 1, 0x8000_0000, 0xffff_fffc, 0xffff_ffff];
/** Parameters that lead to an I/O vector: what the vector points to is bad in turn. */
const VECTOR = /^(iovs|ri_data|si_data)$/;
const FD = 3;

/** Name under which posix/imports.ts declares a row. */
function declared({ module, name }: SystemCall): string {
  return module === "socklet_v1" ? `socklet_${name}` : name;
}

function plain(name: string): string {
  if (name === "fd" || name === "from") return String(FD);
  if (/_us$|_ms$|flags|offset|precision/.test(name)) return "0";
  if (name === "nfds") return "4";
  if (/iovs_len|data_len|^n/.test(name)) return "1";
  if (/len/.test(name)) return "16";
  return "1";
}

/** A call with `bad` in the place of parameter `at`, and good arguments elsewhere. */
function callWith(row: SystemCall, at: number): string {
  const args = row.parameters.map(({ name, type }, index) => {
    if (index === at) return "bad";
    return type === "pointer" ? "good()" : plain(name);
  });
  return `${declared(row)}(${args.join(", ")})`;
}

/** One line of the program for each address that a row takes. */
function lines(row: SystemCall): string[] {
  return row.parameters.flatMap(({ name, type }, at) => {
    if (type !== "pointer") return [];
    const title = `${declared(row)}.${name}`;
    const direct = [
      `  print("${title}");`,
      ...BAD.map((_, i) => `  bad = badAddress(${i}); answer(${callWith(row, at)});`),
    ];
    if (!VECTOR.test(name)) return [...direct, '  puts("");'];
    const inside = BAD.map((_, i) => `  bad = pointTo(badAddress(${i})); answer(${callWith(row, at)});`);
    return [...direct, '  puts("");', `  print("${title} -> buffer");`, ...inside, '  puts("");'];
  });
}

const ROWS = SYSTEM_CALLS.filter(({ name, parameters }) => {
  return name !== "proc_exit" && parameters.some(({ type }) => type === "pointer");
});

/** Lines that the program prints. */
export const LINES = ROWS.flatMap(lines).filter((line) => line === '  puts("");').length;

/** Writes the program into `folder`. */
export function writeProgram(folder: string): void {
  const functions = ROWS.map(
    (row, i) => `function call${i}(): void {\n  let bad: usize = 0;\n${lines(row).join("\n")}\n}\n`,
  );
  const source = `import { ${ROWS.map(declared).join(", ")}, fd_fdstat_set_flags } from "socklet/posix/imports";
import { print, printNumber, puts } from "socklet/posix/stdio";
import { AF_INET, SOCK_DGRAM, socket } from "socklet/posix/sys/socket";

const area: usize = memory.data(128, 8);
const vector: usize = memory.data(8, 4);
const edges: usize = memory.data<u32>([${BAD.join(", ")}]);

function badAddress(index: i32): usize {
  return <usize>load<u32>(edges + (<usize>index << 2));
}

/** An I/O vector of 8 bytes at \`address\`. */
function pointTo(address: usize): usize {
  store<u32>(vector, <u32>address);
  store<u32>(vector, 8, 4);
  return vector;
}

/** 128 bytes, zero but for the first word: an I/O vector of nothing, an address 0.0.0.0, an empty set. */
function good(): usize {
  memory.fill(area, 0, 128);
  return area;
}

function answer(errno: i32): void {
  print(" ");
  printNumber(errno);
}

${functions.join("\n")}
export function main(): i32 {
  if (socket(AF_INET, SOCK_DGRAM, 0) != ${FD}) return 1;
  if (fd_fdstat_set_flags(${FD}, 4) != 0) return 2;
${ROWS.map((_, i) => `  call${i}();`).join("\n")}
  puts("all called");
  return 0;
}
`;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "main.ts"), source);
  const options = [
    "ZVFS_OPEN_MAX=6",
    "NET_MAX_CONTEXTS=2",
    "NET_SOCKETS_UDP_BUFFERS=2",
    `APP_MEMORY_SIZE=${MEMORY_SIZE}`,
  ];
  writeFileSync(join(folder, "prj.conf"), options.map((option) => `CONFIG_${option}\n`).join(""));
}
