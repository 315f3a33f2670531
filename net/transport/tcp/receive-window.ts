/**
 * The window that we offer (RFC 9293 §3.8.6). Its right edge never goes back; it goes forward in steps that are worth a
 * segment (receiver's silly-window avoidance, §3.8.6.2.2). `rcvAdv` is the edge that the peer knows.
 */
import { CONFIG_NET_FAST_PATHS, CONFIG_NET_TCP_WINDOW_SCALE } from "../../../config";
import { Tcb } from "./connection";
import { RING_BYTES } from "./receive-ring";

/** What the window field holds without scaling. */
const FIELD_MAX: u32 = 65_535;
/** A window can be more than the field holds. Where it cannot, `scaleFor` has answered 0 for every connection. */
const CAN_EXCEED: bool = RING_BYTES > FIELD_MAX;
const CAN_SCALE: bool = CONFIG_NET_TCP_WINDOW_SCALE && CAN_EXCEED;

export class ReceiveWindow {
  /** Shift of the window field in what we send after our SYN. */
  @inline private static scale(tcb: Tcb): u32 {
    return CAN_SCALE ? <u32>tcb.rcvScale : 0;
  }

  /** The largest window: what the buffer and TCP_WINDOW_CLAMP allow. */
  @inline private static capacity(tcb: Tcb): u32 {
    const scale = ReceiveWindow.scale(tcb);
    // The edge is rounded up to a whole unit of the scale; that much is kept back.
    let capacity = tcb.ringCapacity;
    if (scale && capacity + (1 << scale) > RING_BYTES) capacity = RING_BYTES - (1 << scale);
    const clamp = (<u32>tcb.clamp) << 8;
    if (clamp && clamp < capacity) capacity = clamp;
    // More than the field can tell would be told again and again.
    if (CAN_EXCEED && capacity > FIELD_MAX << scale) capacity = FIELD_MAX << scale;
    return capacity;
  }

  /** Bytes that could be taken after rcvNxt. */
  @inline static free(tcb: Tcb): u32 {
    const capacity = ReceiveWindow.capacity(tcb);
    return tcb.ringCount < capacity ? capacity - tcb.ringCount : 0;
  }

  /**
   * The window field of a segment that goes out now, `commit` is called once it is on its
   * way.
   */
  @inline static field(tcb: Tcb): u32 {
    return CONFIG_NET_FAST_PATHS && !(ReceiveWindow.scale(tcb) | tcb.clamp)
      ? ReceiveWindow.fieldPlain(tcb)
      : ReceiveWindow.fieldScaled(tcb);
  }

  /** `field` when the peer's FIN has come: nothing follows it, so what the peer was offered stands. */
  @inline static fieldAfterFin(tcb: Tcb): u32 {
    return ReceiveWindow.scale(tcb) | tcb.clamp ? ReceiveWindow.fieldScaled(tcb) : tcb.rcvAdv - tcb.rcvNxt;
  }

  /** `fieldScaled` without a scale and without TCP_WINDOW_CLAMP: a fast path. */
  @inline private static fieldPlain(tcb: Tcb): u32 {
    let capacity = tcb.ringCapacity;
    if (CAN_EXCEED && capacity > FIELD_MAX) capacity = FIELD_MAX;
    const known = tcb.rcvAdv - tcb.rcvNxt;
    const taken = tcb.ringCount;
    const free = taken < capacity ? capacity - taken : 0;
    const half = capacity >>> 1;
    const segment = tcb.payloadRoom();
    return free >= known + (half < segment ? half : segment) ? free : known;
  }

  private static fieldScaled(tcb: Tcb): u32 {
    const scale = ReceiveWindow.scale(tcb);
    const known = tcb.rcvAdv - tcb.rcvNxt;
    let window = known;
    const free = ReceiveWindow.free(tcb);
    if (free >= known + ReceiveWindow.step(tcb)) window = free;
    // Down where that takes nothing back, up where it would.
    let field = window >>> scale;
    if (scale && field << scale < known) field++;
    return CAN_EXCEED && field > FIELD_MAX ? FIELD_MAX : field;
  }

  /** The segment with `field` has gone out: the peer may send up to there, and knows what we have taken. */
  @inline static commit(tcb: Tcb, field: u32): void {
    const rcvNxt = tcb.rcvNxt;
    tcb.rcvAdv = rcvNxt + (field << ReceiveWindow.scale(tcb));
    tcb.lastAckSent = rcvNxt;
  }

  /** Bytes that the window must grow by before it is worth telling: a segment, or half of a small buffer. */
  @inline static step(tcb: Tcb): u32 {
    const half = ReceiveWindow.capacity(tcb) >>> 1;
    const segment = tcb.payloadRoom();
    return half < segment ? half : segment;
  }

  /** True when the application has made so much room that the peer should hear of it without being asked. */
  @inline static shouldUpdate(tcb: Tcb): bool {
    const half = ReceiveWindow.capacity(tcb) >>> 1;
    const two = tcb.payloadRoom() << 1;
    const known = tcb.rcvAdv - tcb.rcvNxt;
    return ReceiveWindow.free(tcb) >= known + (half < two ? half : two);
  }

  /** The smallest shift with which the field reaches the whole buffer (RFC 7323 §2.3). */
  static scaleFor(capacity: u32): u32 {
    let scale: u32 = 0;
    while (CAN_EXCEED && capacity >>> scale > FIELD_MAX) scale++;
    return scale;
  }

  /** The window of a SYN, which is never scaled (RFC 7323 §2.2). */
  static ofSyn(tcb: Tcb): u32 {
    const free = ReceiveWindow.free(tcb);
    return CAN_EXCEED && free > FIELD_MAX ? FIELD_MAX : free;
  }
}
