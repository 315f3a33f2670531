// What AssemblyScript programs are made of, for the comparison of V8 with translated C: managed objects, arrays, maps,
// strings, closures through the table, 64-bit and floating-point arithmetic, static data and raw memory.

const TABLE: usize = memory.data(1024, 4);
const BYTES: usize = memory.data<u8>([0x31, 0x32, 0x33, 0x34, 0x35, 0x36, 0x37, 0x38, 0x39]);

/** CRC-32 of "123456789" repeated, with a table made at run time. */
export function crc(times: i32): u32 {
  for (let index: u32 = 0; index < 256; index++) {
    let value = index;
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
    store<u32>(TABLE + (index << 2), value);
  }
  let crc: u32 = 0xffffffff;
  for (let time = 0; time < times; time++) {
    for (let index: u32 = 0; index < 9; index++) {
      crc = (crc >>> 8) ^ load<u32>(TABLE + (((crc ^ load<u8>(BYTES + index)) & 255) << 2));
    }
  }
  return ~crc;
}

/** Sorts pseudo-random numbers with a comparison function, and folds them into one value. */
export function sorted(count: i32, seed: u32): u64 {
  const values = new Array<u32>(count);
  for (let index = 0; index < count; index++) {
    seed = seed * 1664525 + 1013904223;
    values[index] = seed;
  }
  values.sort((left, right) => (left < right ? -1 : left > right ? 1 : 0));
  let result: u64 = 0;
  for (let index = 0; index < count; index++) result = rotl<u64>(result, 7) ^ values[index];
  return result;
}

abstract class Shape {
  abstract area(): f64;
}
class Circle extends Shape {
  constructor(public radius: f64) {
    super();
  }
  area(): f64 {
    return this.radius * this.radius * Math.PI;
  }
}
class Square extends Shape {
  constructor(public side: f64) {
    super();
  }
  area(): f64 {
    return this.side * this.side;
  }
}

/** Virtual calls and double arithmetic. */
export function area(count: i32): f64 {
  let sum: f64 = 0;
  for (let index = 0; index < count; index++) {
    const shape: Shape = index & 1 ? new Circle(<f64>index / 3) : new Square(Math.sqrt(<f64>index));
    sum += shape.area();
  }
  return Math.floor(sum * 1000) / 1000;
}

/** Strings and a map: length of the text of all squares below `limit`, counted by their last digit. */
export function words(limit: i32): i32 {
  const counts = new Map<string, i32>();
  for (let value = 0; value < limit; value++) {
    const text = `${value * value}`;
    const digit = text.charAt(text.length - 1);
    counts.set(digit, (counts.has(digit) ? counts.get(digit) : 0) + text.length);
  }
  let result = 0;
  const keys = counts.keys();
  for (let index = 0; index < keys.length; index++) result = result * 31 + counts.get(keys[index]);
  return result;
}

/** Single precision. */
export function series(terms: i32): f32 {
  let sum: f32 = 0;
  for (let index = 1; index <= terms; index++) sum += <f32>1 / <f32>(index * index);
  return Mathf.sqrt(sum * 6);
}

/** Byte orders. */
export function swapped(value: u64): u64 {
  return bswap<u64>(value) ^ bswap<u32>(<u32>value) ^ bswap<u16>(<u16>value);
}

/** Division that may trap. */
export function divided(left: i32, right: i32): i32 {
  return left / right + (left % right);
}

/** A pointer that may lie outside. */
export function peek(pointer: usize): u32 {
  return load<u32>(pointer, 12);
}

/** An index out of range: abort, then unreachable. */
export function outside(index: i32): i32 {
  const values: i32[] = [1, 2, 3];
  return values[index];
}

/** Copies and clears. */
export function moved(length: i32): u32 {
  memory.fill(TABLE, 7, 64);
  memory.copy(TABLE + 3, BYTES, 9);
  memory.copy(TABLE + 1, TABLE, length);
  return load<u32>(TABLE) ^ load<u32>(TABLE + 8);
}
