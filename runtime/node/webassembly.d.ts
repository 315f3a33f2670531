/**
 * The part of the WebAssembly JavaScript interface that Node code here uses. Node's own types leave it to the
 * "dom" library, which would bring a browser's globals along.
 * @see https://webassembly.github.io/spec/js-api/
 */
declare namespace WebAssembly {
  type ImportExportKind = "function" | "global" | "memory" | "table" | "tag";

  interface ModuleExportDescriptor {
    readonly kind: ImportExportKind;
    readonly name: string;
  }

  interface ModuleImportDescriptor {
    readonly kind: ImportExportKind;
    readonly module: string;
    readonly name: string;
  }

  class Module {
    constructor(bytes: ArrayBufferView | ArrayBufferLike);
    static customSections(module: Module, name: string): ArrayBuffer[];
    static exports(module: Module): ModuleExportDescriptor[];
    static imports(module: Module): ModuleImportDescriptor[];
  }

  interface MemoryDescriptor {
    initial: number;
    maximum?: number;
    shared?: boolean;
  }

  class Memory {
    constructor(descriptor: MemoryDescriptor);
    readonly buffer: ArrayBufferLike;
    grow(pages: number): number;
  }

  class Global {
    value: unknown;
    valueOf(): unknown;
  }

  class Table {
    readonly length: number;
    get(index: number): unknown;
  }

  // biome-ignore lint/suspicious/noExplicitAny: the signature of an import is the module's business
  type ImportValue = ((...args: any[]) => unknown) | Memory | Global | Table | number;
  type Imports = Record<string, Record<string, ImportValue>>;
  type Exports = Readonly<Record<string, unknown>>;

  class Instance {
    constructor(module: Module, imports?: Imports);
    readonly exports: Exports;
  }

  class CompileError extends Error {}
  class LinkError extends Error {}
  class RuntimeError extends Error {}

  function compile(bytes: ArrayBufferView | ArrayBufferLike): Promise<Module>;
  function instantiate(module: Module, imports?: Imports): Promise<Instance>;
  function validate(bytes: ArrayBufferView | ArrayBufferLike): boolean;
}
