/** The imports in C, with sanitizers: bounds of both memories, the runner's protocol and its device. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, it } from "node:test";
import { translate } from "../../runtime/aot/index.js";
import { compileNative } from "../../runtime/mcu/native.js";
import { importsCore } from "./fixtures/imports-core.js";
import { assemble } from "./images.js";
import { call, IN, OUT, record, runRecords } from "./native-runner.js";

const APP = 4096;
const CORE = 8192;
const PORT = 0x4000_0004;
const directory = mkdtempSync(join(tmpdir(), "socklet-native-"));
let runner = "";

before(async () => {
  const core = await translate(await assemble(importsCore()), { name: "core", memorySize: CORE });
  const built = await compileNative({ core, coreMemorySize: CORE, appMemorySize: APP, sanitize: true }, directory);
  assert.equal(built.warnings, "");
  runner = built.runner;
});
after(() => rmSync(directory, { recursive: true, force: true }));

/** Result of each call, "trap" for one that trapped. */
async function results(...input: Buffer[]): Promise<(bigint | "trap")[]> {
  const { records, code, errors } = await runRecords(runner, input);
  assert.equal(code, 0, errors);
  assert.deepEqual(
    records.filter(({ type }) => type === OUT.error).map(({ payload }) => payload.toString()),
    [],
  );
  return records
    .filter(({ type }) => type === OUT.result || type === OUT.trap)
    .map(({ type, payload }) => (type === OUT.trap ? "trap" : payload.readBigUInt64LE()));
}

/** Addresses and lengths at which a 32-bit sum wraps or a memory ends. */
const EDGES = [
  0,
  1,
  2,
  4,
  8,
  APP - 8,
  APP - 4,
  APP - 3,
  APP - 1,
  APP,
  APP + 1,
  0x7fff_ffff,
  0x8000_0000,
  0xffff_f000,
  0xffff_fffc,
  0xffff_ffff,
];

it("guest.check is exact at every edge, also where address plus length wraps", async () => {
  const pairs = EDGES.flatMap((address) => EDGES.map((length) => [address, length] as const));
  const answers = await results(...pairs.map(([address, length]) => call("guest_check", 0, address, length)));
  const wrong = pairs.filter(([address, length], index) => answers[index] !== (address + length <= APP ? 1n : 0n));
  assert.deepEqual(wrong, []);
});

it("guest loads outside give 0, inside the value at any alignment", async () => {
  const bytes = Buffer.from(Array.from({ length: APP }, (_, index) => (index * 37 + 1) & 0xff));
  const head = Buffer.concat([Buffer.alloc(4), bytes]);
  for (const bits of [8, 16, 32, 64]) {
    const [, ...answers] = await results(
      record(IN.guestWrite, head),
      ...EDGES.map((address) => call(`guest_load${bits}`, 0, address)),
    );
    const expected = EDGES.map((address) => {
      let value = 0n;
      if (address + bits / 8 > APP) return value;
      for (let i = bits / 8 - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[address + i]);
      return value;
    });
    assert.deepEqual(answers, expected);
  }
});

it("guest stores and copies touch nothing outside", async () => {
  for (const address of EDGES) {
    for (const [name, size] of [
      ["guest_store8", 1],
      ["guest_store16", 2],
      ["guest_store32", 4],
      ["guest_store64", 8],
    ] as const) {
      const { records, code } = await runRecords(runner, [
        call(name, 0, address, size === 8 ? 0x1122334455667788n : 0x55667788),
        record(IN.guestRead, Buffer.from(new Uint32Array([0, APP]).buffer)),
      ]);
      assert.equal(code, 0);
      const memory = records[1].payload;
      const expected = Buffer.alloc(APP);
      if (address + size <= APP)
        Buffer.from([0x88, 0x77, 0x66, 0x55, 0x44, 0x33, 0x22, 0x11]).copy(expected, address, 0, size);
      assert.ok(memory.equals(expected), `${name} at ${address}`);
    }
  }
  // [core address, guest address, length, expected]
  const copies: [number, number, number, bigint][] = [
    [0, 0, 0, 1n],
    [CORE, APP, 0, 1n],
    [CORE - 16, APP - 16, 16, 1n],
    [CORE - 16, APP - 15, 16, 0n],
    [CORE - 15, APP - 16, 16, 0n],
    [16, 0xffff_fff8, 16, 0n],
    [0xffff_fff8, 16, 16, 0n],
    [0, 0, 0xffff_ffff, 0n],
    [1, 1, 0xffff_ffff, 0n],
  ];
  const answers = await results(
    ...copies.flatMap(([core, guest, length]) => [
      call("guest_read", 0, core, guest, length),
      call("guest_write", 0, guest, core, length),
    ]),
  );
  assert.deepEqual(
    answers,
    copies.flatMap(([, , , expected]) => [expected, expected]),
  );
});

it("sums of guest memory: inside the sum, outside the seed", async () => {
  const words = Buffer.from(new Uint32Array([0, 0xffff_ffff, 2, 0x8000_0000]).buffer); // at 0: the address itself is first
  assert.deepEqual(
    await results(
      record(IN.guestWrite, words),
      call("guest_sum", 0, 0, 12, 5),
      call("guest_sum", 0, 0, 3, 5),
      call("guest_sum", 0, APP - 8, 8, 5),
      call("guest_sum", 0, APP - 8, 9, 5),
      call("guest_sum", 0, 2, 4, 5),
      call("guest_sum", 0, 0, 0xffff_fffc, 5),
      call("guest_read_sum", 0, 64, 0, 3, 5),
      call("load32", 68),
      call("guest_read_sum", 0, 64, APP, 1, 5),
      call("guest_read_sum", 0, CORE - 4, 0, 2, 5),
    ),
    [1n, 0x8000_0007n, 0x0100_0004n, 5n, 5n, 5n, 5n, 0x8000_0007n, 2n, 5n, "trap"],
  );
});

it("reverse gives the bytes in reverse, also of a short value", async () => {
  assert.deepEqual(await results(call("bulk_reverse", 0x0102_0304), call("bulk_reverse", 0x12)), [
    0x0403_0201n,
    0x1200_0000n,
  ]);
});

it("ranges of core memory and registers outside trap instead of being reached", async () => {
  const calls = [
    call("bulk_sum", CORE - 4, 1, 0),
    call("bulk_sum", CORE - 4, 2, 0),
    call("bulk_sum", 0, 385, 0),
    call("bulk_sum", 0xffff_fffc, 2, 0),
    call("bulk_copy", 0, CORE - 8, 3),
    call("bulk_copy", CORE - 8, 0, 3),
    call("bulk_copy_sum", CORE - 8, 0, 3, 0),
    call("port_read", PORT, CORE - 4, 2),
    call("port_read", PORT + 0x40, 0, 1),
    call("port_read_guest_sum", PORT, 0, APP - 4, 2, 0),
    call("port_write", PORT, CORE - 4, 2),
    call("mmio_read32", 0x4000_0020),
    call("mmio_read32", 0x4000_0022),
    call("mmio_read32", 0x4000_0040),
    call("mmio_read32", 0x3fff_fffc),
    call("mmio_write32", 0x2000_0000, 0),
  ];
  assert.deepEqual(await results(...calls), [0n, ...Array(10).fill("trap"), 0x534f434bn, ...Array(4).fill("trap")]);
});

it("the device gives frames as words and takes them back, padded; outside buffers go out as zeros", async () => {
  const frame = Buffer.from(Array.from({ length: 61 }, (_, index) => (index === 0 ? 2 : index)));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(0);
  const { records, code } = await runRecords(runner, [
    record(IN.frame, frame),
    call("mmio_read32", 0x4000_0000),
    call("port_read_sum", PORT, 128, 16, 0),
    call("mmio_write32", 0x4000_0008, 1),
    call("mmio_read32", 0x4000_0000),
    call("mmio_write32", 0x4000_000c, 61),
    call("port_write", 0x4000_0010, 128, 16),
    call("mmio_write32", 0x4000_0014, 1),
    call("mmio_write32", 0x4000_000c, 20),
    call("port_write_guest", 0x4000_0010, 0, APP - 4, 16),
    call("mmio_write32", 0x4000_0014, 1),
  ]);
  assert.equal(code, 0);
  const sent = records.filter(({ type }) => type === OUT.frame).map(({ payload }) => payload);
  assert.deepEqual(sent, [frame, Buffer.alloc(60)]);
  const words = new Uint32Array(Uint8Array.from([0, 0, ...frame, 0]).buffer);
  let sum = words.reduce((total, word) => total + word, 0);
  while (sum > 0xffff_ffff) sum = (sum % 2 ** 32) + Math.floor(sum / 2 ** 32);
  const answers = records.filter(({ type }) => type === OUT.result).map(({ payload }) => payload.readBigUInt64LE());
  assert.deepEqual(answers.slice(0, 5), [1n, 61n, BigInt(sum), 0n, 0n]);
});

it("host functions become records in their order", async () => {
  const { records } = await runRecords(runner, [
    record(IN.strings, Buffer.from("\x00app\x00one\x00", "latin1")),
    call("host_strings_count", 0),
    call("host_strings_size", 0),
    call("host_strings_byte", 0, 4),
    call("host_strings_byte", 0, 8),
    record(IN.mac, Buffer.from([2, 3, 4, 5, 6, 7])),
    call("host_mac_address", 0),
    call("host_mac_address", 1),
    call("host_console_read", 0, 0, 4),
    record(IN.consoleInput, Buffer.from("abcdef")),
    call("host_console_read", 0, 8, 4),
    call("host_console_write", 0, 1, 8, 4),
    call("host_console_write", 0, 3, 8, 4),
    call("host_exit", 0, 7),
    call("host_request_poll"),
    call("nothing"),
    call("host_exit", 1),
  ]);
  const shown = records.map(({ type, payload }) =>
    type === OUT.result ? payload.readBigInt64LE() : `${type.toString(16)} ${payload.toString("latin1")}`,
  );
  assert.deepEqual(shown, [
    1n,
    2n,
    8n,
    111n,
    0n,
    1n,
    0x05040302n,
    0x0706n,
    0xffff_fffan,
    1n,
    4n,
    "85 \x01abcd",
    4n,
    0xffff_fff8n,
    "86 \x07\0\0\0",
    0n,
    "87 ",
    0n,
    "8f a CALL of something that the core does not export",
    "8f a CALL with a wrong number of arguments",
  ]);
});
