/** Translations out of the build cache: the stack's C text is the same whatever changes in an application. */
import { type TranslateOptions, type Translation, translate } from "../../runtime/aot/index.js";
import { type BuildCache, hash } from "./build-cache.js";

const FILE = "translation.json";

/** Everything of a translation that is not bytes of memory, which its text has anyway. */
export type CachedTranslation = Omit<Translation, "memoryImage">;

/**
 * Translates a module, or takes what was translated from the same module with the same options before.
 *
 * @param translator a text that changes with the translator's own sources
 */
export async function translateCached(
  wasm: Uint8Array,
  options: TranslateOptions,
  translator: string,
  cache: BuildCache,
): Promise<CachedTranslation> {
  const key = hash("translation", wasm, JSON.stringify(options), translator);
  const known = cache.read(key)?.get(FILE);
  if (known !== undefined) return JSON.parse(new TextDecoder().decode(known)) as CachedTranslation;
  const { memoryImage: _, ...translation } = await translate(wasm, options);
  cache.write(key, new Map([[FILE, new TextEncoder().encode(JSON.stringify(translation))]]));
  return translation;
}
