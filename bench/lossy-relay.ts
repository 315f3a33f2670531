/**
 * A wire between a board in QEMU and a TAP interface that leads through this process and loses frames: for kernels without netem. Which
 * frame of a direction is lost follows from the seed and its number in that direction. ARP always passes.
 */
import { SeededRandom } from "../runtime/node/random.js";
import type { RealWire } from "../runtime/node/real-wire.js";

const ETHERTYPE_AT = 12;
const ETHERTYPE_ARP = 0x0806;

/** Frames of one direction, ARP not counted. */
export interface Traffic {
  passed: number;
  lost: number;
}

export class LossyRelay {
  readonly toBoard: Traffic = { passed: 0, lost: 0 };
  readonly fromBoard: Traffic = { passed: 0, lost: 0 };
  private loss = 0;

  /**
   * Joins the two from now on; nothing is lost yet.
   * @param seed of both directions, which have generators of their own: what one loses does not depend on when the other sends
   */
  constructor(board: RealWire, linux: RealWire, seed: number) {
    const [toBoard, fromBoard] = [new SeededRandom(seed * 2), new SeededRandom(seed * 2 + 1)];
    linux.attach((frame) => this.carry(frame, board, toBoard, this.toBoard));
    board.attach((frame) => this.carry(frame, linux, fromBoard, this.fromBoard));
  }

  /** From now on a frame is lost with probability `loss`, 0 to 1. */
  lose(loss: number): void {
    this.loss = loss;
  }

  /** Of both directions, since the relay was made. */
  total(): Traffic {
    const { toBoard, fromBoard } = this;
    return { passed: toBoard.passed + fromBoard.passed, lost: toBoard.lost + fromBoard.lost };
  }

  private carry(frame: Uint8Array, to: RealWire, random: SeededRandom, traffic: Traffic): void {
    const arp = ((frame[ETHERTYPE_AT] << 8) | frame[ETHERTYPE_AT + 1]) === ETHERTYPE_ARP;
    if (!arp && random.chance(this.loss)) {
      traffic.lost++;
      return;
    }
    if (!arp) traffic.passed++;
    to.send(frame);
  }
}
