/**
 * A world that keeps pace with the clock on the wall, so that stations outside of it can be on its wires: the Linux kernel behind TAP
 * interfaces. Frames still wait, get lost and are damaged exactly as the wire's impairments say.
 */

import type { TapWire } from "../../runtime/node/wire/tap.js";
import type { Port, Segment } from "../../runtime/node/wire.js";
import type { World } from "../../runtime/node/world.js";

/** ms: timers of Node are coarser than this; nearer events are waited for awake. */
const AWAKE = 2;
/** ms: a pause is never longer, so that a change of the world from outside is noticed. */
const LONGEST = 20;

export class RealTime {
  private readonly origin: number;
  private running = true;

  constructor(private readonly world: World) {
    this.origin = performance.now() * 1000 - world.now;
    this.tick();
  }

  /** Puts what a TAP interface sends on the wire, and the other way round. */
  connect(wire: Segment, name: string, tap: TapWire): Port {
    const port: Port = { name, receive: (frame) => tap.send(frame) };
    wire.attach(port);
    tap.attach((frame) => {
      if (!this.running) return;
      this.catchUp();
      wire.send(port, frame);
    });
    return port;
  }

  stop(): void {
    this.running = false;
  }

  /** Runs until `done`. @throws Error after `seconds` */
  async until(what: string, done: () => boolean, seconds: number): Promise<void> {
    for (const begin = performance.now(); !done(); ) {
      if (performance.now() - begin > seconds * 1000) throw new Error(`${what} took more than ${seconds} s`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  /** Everything up to now has happened. */
  private catchUp(): void {
    const now = Math.floor(performance.now() * 1000 - this.origin);
    if (now <= this.world.now) return;
    this.world.runUntil(() => false, now);
    this.world.now = Math.max(this.world.now, now);
  }

  private readonly tick = (): void => {
    if (!this.running) return;
    this.catchUp();
    const ahead = (this.world.nextTime() - this.world.now) / 1000;
    if (ahead < AWAKE) setImmediate(this.tick);
    else setTimeout(this.tick, Math.min(ahead - AWAKE / 2, LONGEST));
  };
}
