/**
 * What `@inline` means in a small image. In the stack it stands where a packet would pay for a call; each place then has a copy. An image
 * that is optimised for size keeps the copies that are no longer than the call: a function whose body is one short statement. Of all
 * others the compilers decide, which inline what is called once.
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** The part of asc's tree that is looked at. */
interface AscNode {
  readonly name?: { readonly text: string };
  readonly range: { readonly start: number; readonly end: number };
  /** Of a class or namespace. */
  readonly members?: readonly AscNode[];
  /** Of a function or method; null without a body. */
  readonly body?: (AscNode & { readonly statements?: readonly unknown[] }) | null;
  decorators?: AscNode[] | null;
}

interface AscSource {
  /** Relative to the base directory, without an extension. */
  readonly normalizedPath: string;
  readonly text: string;
  readonly statements: readonly AscNode[];
}

/**
 * Words and operators of the longest statement that is inlined everywhere. Found by measuring: tcp_echo for qemu_cortex_m3 has 600 bytes more with
 * 6, 400 more with 12.
 */
const LONGEST_STATEMENT = 9;

/** Longer in the source than in the image: a compiler makes one instruction or one call of it. */
const SHORT_IN_THE_IMAGE: ReadonlySet<string> = new Set(["Be.swap32", "Tcb.raise"]);

/** Longer in the image than in the source: 64 bits are loaded and shifted, or two fields loaded for another call. */
const LONG_IN_THE_IMAGE: ReadonlySet<string> = new Set(["LongClock.now", "SynCookies.period", "Tcb.payloadRoom"]);

/** The text of this file: what is inlined is part of what a module is made from. */
export function inliningText(): string {
  return readFileSync(fileURLToPath(import.meta.url), "utf8");
}

/** How many words and operators a body in braces has. */
function length(body: string): number {
  const code = body.replace(/\/\/.*$/gm, "").replace(/<\w+>/g, "");
  return code.match(/\w+|[-+*/&|^=<>!?]+|\(/g)?.length ?? 0;
}

/** True for a function that is no longer than its call. */
function isShort(body: NonNullable<AscNode["body"]>, source: AscSource, name: string): boolean {
  if (SHORT_IN_THE_IMAGE.has(name)) return true;
  if (LONG_IN_THE_IMAGE.has(name)) return false;
  // An arrow function's body is the expression itself.
  if (body.statements !== undefined && body.statements.length > 1) return false;
  return length(source.text.slice(body.range.start, body.range.end)) <= LONGEST_STATEMENT;
}

function takeInlineOff(node: AscNode, source: AscSource, scope: string): void {
  const name = `${scope}${node.name?.text ?? ""}`;
  for (const member of node.members ?? []) takeInlineOff(member, source, `${name}.`);
  // Without a body it is a constant, or an import.
  if (!node.decorators || !node.body || isShort(node.body, source, name)) return;
  const kept = node.decorators.filter((decorator) => decorator.name?.text !== "inline");
  node.decorators = kept.length > 0 ? kept : null;
}

/**
 * A transform for asc that takes `@inline` off the functions that are longer than a call.
 *
 * @param concerns which files, by their path relative to the base directory, without an extension
 */
export function inlineShortOnly(concerns: (path: string) => boolean): unknown {
  return class {
    afterParse(parser: { readonly sources: readonly AscSource[] }): void {
      for (const source of parser.sources) {
        if (!concerns(source.normalizedPath)) continue;
        for (const statement of source.statements) takeInlineOff(statement, source, "");
      }
    }
  };
}
