/**
 * IGMP messages in (RFC 3376 §4.1, §7.1, §9.1): queries, and while version 1 or 2 is spoken the reports of others. A message is
 * looked at as a whole before anything follows from it; one that is not right in every respect changes nothing.
 */
import { DEVICE_KIND_LOOPBACK, Device } from "../../../hal/device";
import { Frame } from "../../../hal/frame";
import { Checksum } from "../../base/checksum";
import { COUNTER_DROP_IGMP, COUNTER_IGMP_IN, Counter } from "../../base/counters";
import { FLAG_IP_BROADCAST } from "../../link/ethernet";
import { ALL_HOSTS_ADDRESS, Interfaces } from "../../link/interface";
import { Received } from "../../link/received";
import {
  IGMP_BYTES,
  IGMP_QUERY,
  IGMP_QUERY_V3_BYTES,
  IGMP_REPORT_V1,
  IGMP_REPORT_V2,
  IgmpMessage,
} from "../../wire/igmp";
import { Ipv4Address } from "../../wire/ipv4";
import { Ipv4Options } from "../ipv4-options";
import { Ipv4Output } from "../ipv4-output";
import { Igmp } from "./igmp";

/** Longest message: what fits one frame. */
const MOST_BYTES: u32 = 1480;
/** µs of the unit of a Max Resp Code. */
const TENTH: u32 = 100_000;
/** Max Resp Time of version 1, in tenths of a second (RFC 1112: 10 s). */
const VERSION_1_TENTHS: u32 = 100;

export class IgmpInput {
  /**
   * Takes one message. Its IP header and first two words are in Received, the rest is in the frame being read.
   * A query may come to our own address or to any of our groups (§4.1.12), but not by broadcast.
   * @param flags       FLAG_* of the datagram; @param headerBytes of the IP header; @param length bytes of the message
   */
  static input(device: Device, flags: u32, headerBytes: u32, length: u32): void {
    const data = Ipv4Output.payload();
    const outside = device.kind != DEVICE_KIND_LOOPBACK && !(flags & FLAG_IP_BROADCAST);
    if (length < IGMP_BYTES || length > MOST_BYTES || !outside) {
      Counter.add(COUNTER_DROP_IGMP);
      return;
    }
    const header = Received.ipv4();
    memory.copy(data, changetype<usize>(header) + headerBytes, IGMP_BYTES);
    Frame.read(device, data + IGMP_BYTES, (length - IGMP_BYTES + 3) >>> 2);
    const source = header.sourceBe();
    const onLink = !source || Interfaces.nic().isOnLink(source);
    if (!Checksum.isValid(Checksum.sumBytes(data, length, 0)) || header.timeToLive() != 1 || !onLink) {
      Counter.add(COUNTER_DROP_IGMP);
      return;
    }
    const message = IgmpMessage.at(data);
    const type = message.type();
    if (type == IGMP_QUERY && !IgmpInput.query(message, length, headerBytes)) {
      Counter.add(COUNTER_DROP_IGMP);
      return;
    }
    Counter.add(COUNTER_IGMP_IN);
    if (type == IGMP_REPORT_V1 || type == IGMP_REPORT_V2) Igmp.heard(message.groupBe());
  }

  /** Takes a query. The length tells its version (§7.1). False when it is not right. */
  private static query(message: IgmpMessage, length: u32, headerBytes: u32): bool {
    const code = message.code();
    const group = message.groupBe();
    if (length == IGMP_BYTES && !code) {
      Igmp.query(1, VERSION_1_TENTHS * TENTH, 0, message, 0);
      return true;
    }
    // Versions 2 and 3 (§9.1): somebody who cannot set the option is no router.
    if (!Ipv4Options.hasRouterAlert(changetype<usize>(Received.ipv4()), headerBytes)) return false;
    if (group && (!Ipv4Address.isMulticast(group) || group == ALL_HOSTS_ADDRESS)) return false;
    if (length == IGMP_BYTES) {
      Igmp.query(2, code * TENTH, group, message, 0);
      return true;
    }
    if (length < IGMP_QUERY_V3_BYTES) return false;
    const sources = message.sourceCount();
    if (sources > (length - IGMP_QUERY_V3_BYTES) >>> 2 || (sources && !group)) return false;
    const tenths = IgmpMessage.decode(code);
    Igmp.adopt(message.robustness(), IgmpMessage.decode(message.intervalCode()));
    Igmp.query(3, (tenths ? tenths : 1) * TENTH, group, message, sources);
    return true;
  }
}
