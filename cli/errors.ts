/**
 * A mistake that the person at the keyboard can mend: printed as its sentences, without a stack trace.
 * Everything else that is thrown is a bug of socklet and is printed with its stack.
 */
export class UserError extends Error {
  override readonly name = "UserError";

  /**
   * @param message  what is wrong and what to do, in sentences
   * @param exitCode 1: the work failed; 2: the command line is wrong
   */
  constructor(
    message: string,
    readonly exitCode: 1 | 2 = 1,
  ) {
    super(message);
  }
}
