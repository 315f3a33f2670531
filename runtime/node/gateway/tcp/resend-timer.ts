/** When what has not been acknowledged goes again: each time after twice the time, until the node answers or has been silent too long. */

/** Milliseconds until something is sent again: the first time, and at most. */
const FIRST_TIMEOUT = 500;
const LAST_TIMEOUT = 4000;
/** Time-outs in a row without any segment of the node in between: about half a minute. */
const MAX_SILENT_TIMEOUTS = 10;

export class ResendTimer {
  /** Time-outs since the last progress: each doubles the next. */
  private timeouts = 0;
  /** Time-outs since the last segment of any kind. */
  private silentTimeouts = 0;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    /** The time has come to send again; the timer has stopped. */
    private readonly due: () => void,
    /** The node has been silent too long. */
    private readonly givenUp: () => void,
  ) {}

  get isRunning(): boolean {
    return this.timer !== undefined;
  }

  /** The node has sent something. */
  heard(): void {
    this.silentTimeouts = 0;
  }

  /** The node has acknowledged something new, or opened its window. */
  progress(): void {
    this.timeouts = 0;
  }

  /** Starts anew. */
  start(): void {
    clearTimeout(this.timer);
    const delay = Math.min(FIRST_TIMEOUT * 2 ** this.timeouts, LAST_TIMEOUT);
    this.timer = setTimeout(() => {
      this.timer = undefined;
      this.timeouts++;
      this.silentTimeouts++;
      if (this.silentTimeouts > MAX_SILENT_TIMEOUTS) this.givenUp();
      else this.due();
    }, delay).unref();
  }

  stop(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }
}
