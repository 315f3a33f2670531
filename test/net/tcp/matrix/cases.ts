/** The segments of the matrix: flags × sequence number × acknowledgement number × length, around the edges of a connection. */
import type { Arrival, Block } from "./oracle.js";

/** A segment, with the names of its positions. */
export interface Case extends Arrival {
  /** Letters as in the notation: also P and U, which must change nothing. */
  readonly flags: string;
  readonly name: () => string;
}

type Position = readonly [name: string, number: number];

function add(a: number, b: number): number {
  return (a + b) >>> 0;
}

function sequencePositions(block: Block): Position[] {
  const { rcvNxt, rcvWnd } = block;
  return [
    ["NXT-70000", add(rcvNxt, -70_000)],
    ["NXT-1", add(rcvNxt, -1)],
    ["NXT", rcvNxt],
    ["NXT+1", add(rcvNxt, 1)],
    // With a window of 0 this is NXT-1 again.
    ["NXT+W-1", add(rcvNxt, rcvWnd - 1)],
    ["NXT+W", add(rcvNxt, rcvWnd)],
    ["NXT+2^31-1", add(rcvNxt, 0x7fff_ffff)],
  ];
}

function acknowledgementPositions(block: Block): Position[] {
  const { sndUna, sndNxt, maxSndWnd } = block;
  const list: Position[] = [
    ["UNA-MAX-1", add(sndUna, -maxSndWnd - 1)],
    ["UNA-MAX", add(sndUna, -maxSndWnd)],
    ["UNA-1", add(sndUna, -1)],
    ["UNA", sndUna],
    ["SND.NXT", sndNxt],
    ["SND.NXT+1", add(sndNxt, 1)],
    ["SND.NXT+2^30", add(sndNxt, 0x4000_0000)],
  ];
  // What is in flight can be acknowledged in part.
  if (add(sndNxt, -sndUna) > 1) list.push(["UNA+1", add(sndUna, 1)]);
  return list;
}

const FLAG_SETS: readonly string[] = Array.from({ length: 64 }, (_, bits) =>
  [..."FSRP.U"].filter((_letter, bit) => bits & (1 << bit)).join(""),
);

/** All cases for a state; with timestamps each TSval in turn. */
export function* cases(block: Block): Generator<Case> {
  const stamps: readonly [string, number | undefined][] =
    block.tsRecent === undefined
      ? [["", undefined]]
      : [
          [" TS now", add(block.tsRecent, 1)],
          [" TS old", add(block.tsRecent, -1)],
          [" no TS", undefined],
        ];
  for (const flags of FLAG_SETS) {
    for (const [seqName, seq] of sequencePositions(block)) {
      for (const [ackName, ackNumber] of acknowledgementPositions(block)) {
        for (const length of [0, 1]) {
          for (const [stampName, tsVal] of stamps) {
            yield {
              ...{ flags, seq, ackNumber, length, tsVal },
              syn: flags.includes("S"),
              ack: flags.includes("."),
              rst: flags.includes("R"),
              fin: flags.includes("F"),
              name: () => `${flags || "-"} seq ${seqName} ack ${ackName} length ${length}${stampName}`,
            };
          }
        }
      }
    }
  }
}
