/** Puts the C text of a module together: declarations, state, functions, start. */
import { joinAnchors } from "./anchors.js";
import type { Signature, WasmModule } from "./binary.js";
import { type Body, type BodyContext, BodyTranslator, C_TYPES, UNIFORM_GUARD } from "./body.js";
import { joinBursts } from "./bursts.js";
import { joinByteSwaps } from "./byte-swaps.js";
import { callChecks, canCallChecks, checkFunctions } from "./check-calls.js";
import { dataEnd, memoryRuns } from "./data.js";
import { TranslateError } from "./errors.js";
import type { TranslatedFunction, TranslateOptions, Translation } from "./index.js";
import { dropKnownChecks } from "./known-pointers.js";
import { storedImage } from "./start-image.js";
import type { FunctionText } from "./wasm2c.js";

/** Warnings that translated code cannot avoid: stack slots that stay unused, checks that are always false. */
const IGNORED_WARNINGS = [
  "-Wunused-variable",
  "-Wunused-but-set-variable",
  "-Wunused-but-set-parameter",
  "-Wunused-parameter",
  "-Wunused-value",
  "-Wunused-function",
  "-Wunused-label",
  "-Wmaybe-uninitialized",
  "-Wuninitialized",
  "-Wtype-limits",
  "-Wcast-function-type",
  "-Wself-assign",
];

const identifier = (text: string) => text.replace(/[^A-Za-z0-9_]/g, "_");
const cString = (text: string) =>
  `"${text.replace(/[^ !#-[\]-~]/g, (character) => (/["\\]/.test(character) ? `\\${character}` : "?"))}"`;

function prototype(cName: string, type: Signature): string {
  const result = type.results.length === 0 ? "void" : C_TYPES[type.results[0]];
  const parameters = type.parameters.map((parameter, index) => `${C_TYPES[parameter]} var_p${index}`).join(", ");
  return `${result} ${cName}(${parameters || "void"})`;
}

function byteRows(bytes: Uint8Array): string {
  const rows: string[] = [];
  for (let at = 0; at < bytes.length; at += 20) rows.push(`  ${Array.from(bytes.subarray(at, at + 20)).join(", ")},`);
  return rows.join("\n");
}

function globalLiteral(global: WasmModule["globals"][number]): string {
  const hex = `0x${global.bits.toString(16)}`;
  switch (global.type) {
    case "i32":
      return `${global.bits}u`;
    case "i64":
      return `${global.bits}ull`;
    case "f32":
      return `aot_f32_of_bits(${hex}u)`;
    case "f64":
      return `aot_f64_of_bits(${hex}ull)`;
  }
}

/** C names of all functions, by index: `NAME_<export>`, `NAME_f12_<name>`, `<module>_<name>` for imports. */
function nameFunctions(module: WasmModule, name: string): { cNames: string[]; aliases: Map<string, number> } {
  const taken = new Map<string, string>([
    [`${name}_init`, "the start function of the C text"],
    [`${name}_trap`, "the trap handler"],
    [`${name}_memory`, "the memory"],
    [`${name}_image`, "the start image of the memory"],
    [`${name}_table`, "the table"],
    [`${name}_table_types`, "the types of the table"],
    [`${name}_function_names`, "the names of functions"],
  ]);
  const cNames: string[] = module.imports.map((entry) => identifier(`${entry.module}_${entry.name}`));
  for (const cName of cNames) taken.set(cName, "an import");
  const aliases = new Map<string, number>();
  for (const entry of module.exports) {
    if (entry.kind !== "function") continue;
    const cName = `${name}_${identifier(entry.name)}`;
    const other = taken.get(cName);
    if (other) {
      throw new TranslateError(
        `The export "${entry.name}" would be ${cName} in C, which is ${other}: rename the export.`,
      );
    }
    taken.set(cName, `the export "${entry.name}"`);
    if (entry.index >= module.imports.length && cNames[entry.index] === undefined) cNames[entry.index] = cName;
    else aliases.set(cName, entry.index);
  }
  module.functions.forEach((_, position) => {
    const index = module.imports.length + position;
    if (cNames[index] !== undefined) return;
    const debugName = module.functionNames.get(index)?.split("/").at(-1);
    let cName = `${name}_f${index}${debugName ? `_${identifier(debugName)}` : ""}`;
    while (taken.has(cName)) cName += "_";
    taken.set(cName, "a function");
    cNames[index] = cName;
  });
  return { cNames, aliases };
}

/** Emits the module. `texts` are its functions as wasm2c wrote them. */
export function emit(module: WasmModule, texts: FunctionText[], options: TranslateOptions): Translation {
  const { name } = options;
  const { cNames, aliases } = nameFunctions(module, name);
  const typeOf = (index: number) =>
    index < module.imports.length ? module.imports[index].type : module.functions[index - module.imports.length];
  const exportNames = (index: number) =>
    module.exports.filter((entry) => entry.kind === "function" && entry.index === index).map((entry) => entry.name);
  const displayName = (index: number) =>
    options.functionNames?.[index] ?? module.functionNames.get(index) ?? exportNames(index)[0] ?? `f${index}`;

  const typeIds = new Map<string, number>();
  const typeId = (type: Signature): number => {
    const key = `${type.parameters}:${type.results}`;
    const id = typeIds.get(key) ?? typeIds.size;
    if (id > 254) throw new TranslateError("The module calls functions of more than 255 types indirectly.");
    typeIds.set(key, id);
    return id;
  };
  const globalNames = module.globals.map((global, index) =>
    global.mutable ? `${name}_g${index}` : globalLiteral(global),
  );
  const memorySize = module.memoryPages === undefined ? 0 : options.memorySize;
  const { base } = options;
  const guard = options.uniformCheck ? UNIFORM_GUARD : 0;
  const context: BodyContext = {
    module,
    name,
    memorySize,
    base,
    guard,
    functionNames: cNames,
    typeId,
    global: (index) => globalNames[index],
  };

  const isExported = (index: number) => exportNames(index).length > 0;
  const trapping: string[] = [];
  const segments = new Set<number>();
  const translated = texts.map((text) => {
    const body = new BodyTranslator(context, `function ${text.index} (${displayName(text.index)})`).translate(text);
    for (const segment of body.segments) segments.add(segment);
    return body;
  });
  const isEntry = (index: number) =>
    isExported(index) || index === module.start || (module.table?.includes(index) ?? false);
  const needed =
    guard === 0
      ? translated.map(({ lines }) => lines)
      : dropKnownChecks(
          texts.map(({ index }, position) => ({
            cName: cNames[index],
            isEntry: isEntry(index),
            lines: translated[position].lines,
          })),
          { base: base ?? 0, memorySize, guard },
        );
  const { bursts } = options;
  const memory = { name, base: base ?? 0, memorySize };
  const checked = options.checkCalls && guard > 0 && canCallChecks(memory) ? memory : undefined;
  const bodies = texts.map((text, position) => {
    const swapped = joinByteSwaps(needed[position]);
    const joined = bursts === undefined ? swapped : joinBursts(swapped, bursts);
    const anchored = base === undefined ? joined : joinAnchors(joined);
    const lines = checked === undefined ? anchored : callChecks(anchored, checked);
    const body = { ...translated[position], lines };
    return functionText(name, text.index, body, typeOf(text.index), cNames[text.index], () => {
      trapping.push(displayName(text.index));
      return trapping.length - 1;
    });
  });

  const runs = memoryRuns(module, memorySize, base);
  const image = storedImage(runs);
  const upper = name.toUpperCase();
  const attribute = (index: number) => {
    const keys = [...exportNames(index), module.functionNames.get(index), displayName(index)];
    const text = keys.map((key) => key && options.attributes?.[key]).find((entry) => entry);
    return text ? `__attribute__((${text})) ` : "";
  };
  const defined = module.functions.map((_, position) => module.imports.length + position);
  const declaration = (index: number) =>
    `static __attribute__((unused)) ${attribute(index)}${prototype(cNames[index], typeOf(index))};`;

  const header = [
    `#ifndef ${upper}_MEMORY_SIZE`,
    `#define ${upper}_MEMORY_SIZE ${memorySize}u`,
    "#endif",
    "#include <stdint.h>",
    `_Static_assert(${upper}_MEMORY_SIZE == ${memorySize}u, "${upper}_MEMORY_SIZE is not what ${name} was translated for");`,
    ...(memorySize > 0 ? memoryText(name, guard, base) : []),
    ...defined.filter(isExported).map(declaration),
    ...[...aliases].map(([cName, index]) => `static __attribute__((unused)) ${prototype(cName, typeOf(index))};`),
    `static __attribute__((unused)) void ${name}_init(void);`,
    "",
  ];
  const source = [
    `/* The WASM module "${name}", translated to C by socklet. Do not edit. */`,
    '#include "aot.h"',
    ...header,
    "#pragma GCC diagnostic push",
    "#if defined(__clang__)",
    '#pragma GCC diagnostic ignored "-Wunknown-warning-option"',
    "#endif",
    '#pragma GCC diagnostic ignored "-Wpragmas"',
    ...IGNORED_WARNINGS.map((warning) => `#pragma GCC diagnostic ignored "${warning}"`),
    "",
    ...defined.filter((index) => !isExported(index)).map(declaration),
    "",
    ...module.globals.flatMap((global, index) =>
      global.mutable ? [`static ${C_TYPES[global.type]} ${globalNames[index]};`] : [],
    ),
    ...[...segments].flatMap((segment) => passiveSegment(name, segment, module.data[segment].bytes)),
    ...tableText(module, name, cNames, typeId, typeIds),
    ...(checked === undefined ? [] : [checkFunctions(checked), ""]),
    ...bodies.flat(),
    ...[...aliases].flatMap(([cName, index]) => forward(cName, cNames[index], typeOf(index))),
    ...initText(module, name, memorySize, base, image, segments, globalNames, cNames),
    ...(options.trapNames === false
      ? []
      : [
          `static const char *const ${name}_function_names[] __attribute__((unused)) = {`,
          ...(trapping.length === 0 ? ['  "",'] : trapping.map((text) => `  ${cString(text)},`)),
          "};",
        ]),
    "#pragma GCC diagnostic pop",
    "",
  ];
  const describe = (functionName: string, cName: string, index: number): TranslatedFunction => ({
    name: functionName,
    cName,
    parameters: typeOf(index).parameters,
    result: typeOf(index).results[0],
  });
  const passiveBytes = [...segments].reduce((sum, segment) => sum + module.data[segment].bytes.length, 0);
  return {
    source: source.filter((line, index) => line !== "" || source[index - 1] !== "").join("\n"),
    header: `${header.filter((line) => line !== "").join("\n")}\n`,
    exports: module.exports.flatMap((entry) =>
      entry.kind === "function" ? [describe(entry.name, `${name}_${identifier(entry.name)}`, entry.index)] : [],
    ),
    imports: module.imports.map((entry, index) => ({
      module: entry.module,
      ...describe(entry.name, cNames[index], index),
    })),
    globals: module.exports.flatMap((entry) => {
      if (entry.kind !== "global") return [];
      const { type, mutable } = module.globals[entry.index];
      return [{ name: entry.name, cName: globalNames[entry.index], type, mutable }];
    }),
    dataEnd: dataEnd(module),
    functionNames: trapping,
    memoryImage: { runs, flashBytes: image.length + passiveBytes },
  };
}

/** The declaration of linear memory: an array, or the address that its reservation must get from the linker. */
function memoryText(name: string, guard: number, base: number | undefined): string[] {
  const size = `${name.toUpperCase()}_MEMORY_SIZE`;
  if (base !== undefined) {
    return [
      `/* Linear memory. The linker has to put it at ${name.toUpperCase()}_MEMORY_BASE${guard ? `, and ${guard} bytes behind it that belong to nobody` : ""}. */`,
      `#define ${name.toUpperCase()}_MEMORY_BASE ${base}u`,
      `#define ${name.toUpperCase()}_MEMORY_GUARD ${guard}u`,
      `static unsigned char ${name}_memory[${size}] __attribute__((aligned(8), used));`,
    ];
  }
  return [
    `/* Linear memory${guard ? `, and ${guard} bytes of guard behind it` : ""}. */`,
    `static unsigned char ${name}_memory[${size}${guard ? ` + ${guard}` : ""}] __attribute__((aligned(8), unused));`,
  ];
}

/** A function; its traps are blocks behind the code that every check of the function jumps to. */
function functionText(
  name: string,
  index: number,
  body: Body,
  type: Signature,
  cName: string,
  trapNumber: () => number,
): string[] {
  const lines = [`static ${prototype(cName, type)} {`, ...body.lines.map((line) => `  ${line}`)];
  if (body.traps.size > 0) {
    if (type.results.length === 0) lines.push("  return;");
    const number = trapNumber();
    for (const kind of body.traps) {
      lines.push(`trap_${kind.toLowerCase()}:`, `  ${name}_trap(AOT_TRAP_${kind}, ${number}); /* function ${index} */`);
    }
  }
  return [...lines, "}", ""];
}

/** A function that passes its arguments on: a second export name, or an import that is exported. */
function forward(cName: string, target: string, type: Signature): string[] {
  const values = type.parameters.map((_, index) => `var_p${index}`).join(", ");
  return [
    `static ${prototype(cName, type)} {`,
    `  ${type.results.length === 0 ? "" : "return "}${target}(${values});`,
    "}",
    "",
  ];
}

function passiveSegment(name: string, segment: number, bytes: Uint8Array): string[] {
  const content = bytes.length === 0 ? ["  0,"] : [byteRows(bytes)];
  return [
    `static const unsigned char ${name}_data_${segment}[] __attribute__((unused)) = {`,
    ...content,
    "};",
    `static uint8_t ${name}_data_${segment}_dropped __attribute__((unused));`,
  ];
}

function tableText(
  module: WasmModule,
  name: string,
  cNames: string[],
  typeId: (type: Signature) => number,
  called: ReadonlyMap<string, number>,
): string[] {
  // Without an indirect call nothing reads the table.
  if (!module.table || module.table.length === 0 || called.size === 0) return [];
  const imported = [...new Set(module.table)].filter((index) => index >= 0 && index < module.imports.length);
  const target = (index: number) => (index < module.imports.length ? `${name}_import_${index}` : cNames[index]);
  const typeOf = (index: number) =>
    index < module.imports.length ? module.imports[index].type : module.functions[index - module.imports.length];
  return [
    // An import may be a macro: its address is taken from a function of our own.
    ...imported.flatMap((index) => forward(`${name}_import_${index}`, cNames[index], module.imports[index].type)),
    `static void (*const ${name}_table[])(void) = {`,
    ...module.table.map((index) => (index < 0 ? "  0," : `  (void (*)(void))${target(index)},`)),
    "};",
    `static const uint8_t ${name}_table_types[] = {`,
    `  ${module.table.map((index) => (index < 0 ? 255 : typeId(typeOf(index)))).join(", ")},`,
    "};",
    "",
  ];
}

/** `NAME_init`: the memory, the globals and the start function; also for a restart. */
function initText(
  module: WasmModule,
  name: string,
  memorySize: number,
  base: number | undefined,
  image: Uint8Array,
  segments: Set<number>,
  globalNames: string[],
  cNames: string[],
): string[] {
  const place = base === undefined ? `${name}_memory` : `(unsigned char *)(uintptr_t)${base}u`;
  const bytesOfMemory = base === undefined ? `sizeof ${name}_memory` : `${memorySize}`;
  const start = module.start === undefined ? [] : [`  ${cNames[module.start]}();`];
  return [
    ...(image.length > 0 ? [`static const unsigned char ${name}_image[] = {`, byteRows(image), "};"] : []),
    `static __attribute__((unused)) void ${name}_init(void) {`,
    ...(memorySize > 0 ? [`  __builtin_memset(${place}, 0, ${bytesOfMemory});`] : []),
    ...(image.length > 0 ? [`  aot_lay(${place}, ${name}_image);`] : []),
    ...module.globals.flatMap((global, index) =>
      global.mutable ? [`  ${globalNames[index]} = ${globalLiteral(global)};`] : [],
    ),
    ...[...segments].map((segment) => `  ${name}_data_${segment}_dropped = 0;`),
    ...start,
    "}",
    "",
  ];
}
