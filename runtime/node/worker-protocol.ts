/** The words that main thread and application thread share while a system call is under way. */

/** Index of the state word. */
export const CONTROL_STATE = 0;
/** Index of the result: errno, or the exit code with ENDED. */
export const RESULT = 1;
export const CONTROL_WORDS = 2;
/** Most arguments of a system call. */
export const ARGUMENTS = 16;

/** States: the application sleeps; the result is there; the program is over. */
export const WAITING = 1;
export const ANSWERED = 2;
export const ENDED = 3;
