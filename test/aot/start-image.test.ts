/** Start images: what is stored is laid as it was, by the TypeScript of the tests and by `aot_lay`. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { layImage, storedImage } from "../../runtime/aot/start-image.js";
import { compileHere } from "./differential.js";

const text = (characters: string) => new TextEncoder().encode(characters);

/** Bytes that no other bytes tell. */
const noise = (length: number) => Uint8Array.from({ length }, (_, index) => Math.imul(index, 0x9e3779b1) >>> 24);

/** Every kind of token, and more of each than one token can say. */
const RUNS = [
  { offset: 3, bytes: Uint8Array.of(1, 2) },
  { offset: 100, bytes: text("w\0i\0d\0e\0, wide, wider, w\0i\0d\0e\0s\0t and more\0") },
  { offset: 200, bytes: text("a\0b\0c\0d\0e\0f\0g\0h\0i\0j\0k\0l\0m") },
  { offset: 4_000, bytes: new Uint8Array(700).fill(0x20) },
  { offset: 6_000, bytes: noise(3_000) },
  { offset: 9_000, bytes: Uint8Array.from({ length: 512 }, (_, index) => index) },
  { offset: 20_000, bytes: new Uint8Array(7_000).fill(7) },
];
const SIZE = 30_000;
const END = 27_000;

function expected(): Uint8Array {
  const memory = new Uint8Array(SIZE);
  for (const { offset, bytes } of RUNS) memory.set(bytes, offset);
  return memory;
}

test("a start image is laid as it was, however long its zeros, bytes and copies are", () => {
  const memory = new Uint8Array(SIZE);
  const stored = storedImage(RUNS);
  assert.equal(layImage(stored, memory), END);
  assert.deepEqual(memory, expected());
  assert.ok(stored.length < 6_000, String(stored.length));
});

test("without data there is no start image", () => {
  assert.equal(storedImage([]).length, 0);
});

test("aot_lay makes the same memory of it", async () => {
  const program = await compileHere(
    `#include <stdio.h>
     #include "aot.h"
     static const unsigned char image[] = {${storedImage(RUNS).join(", ")}};
     static unsigned char memory[${SIZE}];
     int main(void) {
       aot_lay(memory, image);
       fwrite(memory, 1, sizeof memory, stdout);
       return 0;
     }`,
    ["-O2"],
  );
  assert.deepEqual(new Uint8Array(execFileSync(program)), expected());
});
