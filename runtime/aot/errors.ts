/** The translation was refused: `message` names what was met, where, and what to do about it. */
export class TranslateError extends Error {
  override readonly name = "TranslateError";
}
