/**
 * A wire with two directions that have impairments, bandwidth and queue of their own: what one station sends never waits for what the
 * other sends. ARP passes undamaged: it has no checksum, and a real Ethernet's CRC keeps damage from it.
 */
import { type Impairments, type Port, Segment, type SegmentClock } from "../../runtime/node/wire.js";

const ETHERTYPE_AT = 12;
const ETHERTYPE_ARP = 0x0806;

/** Both directions alike, or the first station's and all others'. */
export interface Directions {
  readonly there: Partial<Impairments>;
  readonly back: Partial<Impairments>;
}

export class DuplexWire extends Segment {
  private readonly stations: Port[] = [];
  private readonly ways = new Map<Port, Segment>();

  /** @param directions of what the station that is attached first sends, and of what the others send */
  constructor(
    private readonly world: SegmentClock,
    readonly directions: Directions,
  ) {
    super(world);
  }

  /** The direction of frames from `station`: its impairments may be changed, its counters read. */
  from(station: Port): Segment {
    const way = this.ways.get(station);
    if (way === undefined) throw new Error(`${station.name} is not on this wire`);
    return way;
  }

  /** All directions. */
  all(): Segment[] {
    return [...this.ways.values()];
  }

  override attach(station: Port): void {
    const { there, back } = this.directions;
    const way = new Segment(this.world, this.stations.length === 0 ? there : back);
    for (const other of this.stations) {
      way.attach(other);
      this.from(other).attach(station);
    }
    this.stations.push(station);
    this.ways.set(station, way);
  }

  override detach(station: Port): void {
    this.stations.splice(this.stations.indexOf(station), 1);
    this.ways.delete(station);
    for (const way of this.ways.values()) way.detach(station);
  }

  override send(sender: Port, frame: Uint8Array): void {
    const way = this.from(sender);
    const { corrupt } = way.impairments;
    if (((frame[ETHERTYPE_AT] << 8) | frame[ETHERTYPE_AT + 1]) === ETHERTYPE_ARP) way.impairments.corrupt = 0;
    way.send(sender, frame);
    way.impairments.corrupt = corrupt;
  }
}
