/** Exit codes of `socklet run` that are not the application's. */

/** After --timeout, as timeout(1) has it. */
export const EXIT_TIMEOUT = 124;
/** After Ctrl-C: 128 + SIGINT. */
export const EXIT_INTERRUPTED = 130;
