/**
 * DHCP messages that come in (RFC 2131 §4.4). Only a reply to our transaction that has the kind and the server that the state waits
 * for is taken; everything else is counted and changes nothing.
 */
import { COUNTER_DHCP_IN, COUNTER_DROP_DHCP, Counter } from "../../base/counters";
import { Interfaces } from "../../link/interface";
import { DHCP_ACK, DHCP_FIXED_BYTES, DHCP_NAK, DHCP_OFFER, DHCP_SERVER_PORT_BE, DhcpMessage } from "../../wire/dhcp";
import { Ipv4Address } from "../../wire/ipv4";
import { DHCP_REBINDING, DHCP_REBOOTING, DHCP_RENEWING, DHCP_REQUESTING, DHCP_SELECTING, DhcpClient } from "./client";
import { DHCP_KIND, DHCP_SERVER, DhcpOptions } from "./options";

export class DhcpInput {
  /**
   * Takes one message. It is read before anything is sent, since both use the same memory.
   * @param message usize → u8[bytes]; @param sourcePort network order
   */
  static input(message: usize, bytes: u32, sourcePort: u32): void {
    const taken = sourcePort == DHCP_SERVER_PORT_BE && DhcpInput.take(message, bytes);
    Counter.add(taken ? COUNTER_DHCP_IN : COUNTER_DROP_DHCP);
  }

  private static take(p: usize, bytes: u32): bool {
    if (bytes < DHCP_FIXED_BYTES) return false;
    const message = DhcpMessage.at(p);
    const device = Interfaces.nicDevice();
    const client = DhcpClient.only();
    if (!message.isReplyTo(client.xid, device.macLow, device.macHigh)) return false;
    if (!DhcpOptions.parse(message, bytes)) return false;
    const server = DhcpOptions.wordBe(DHCP_SERVER, 0);
    if (!Ipv4Address.isUnicast(server)) return false;
    const kind = DhcpOptions.wordBe(DHCP_KIND, 0);
    const lease = DhcpClient.lease();
    const address = message.yourBe();
    switch (client.state) {
      case DHCP_SELECTING:
        // The first offer that can be a lease is as good as any.
        if (kind != DHCP_OFFER || !lease.take(address)) return false;
        client.request();
        return true;
      case DHCP_REQUESTING:
      case DHCP_RENEWING:
        if (server != lease.server) return false;
        break;
      case DHCP_REBINDING:
      case DHCP_REBOOTING:
        break;
      default:
        return false;
    }
    if (kind == DHCP_NAK) {
      client.refused();
      return true;
    }
    // The address that we asked for, or none.
    if (kind != DHCP_ACK || address != lease.address || !lease.take(address)) return false;
    client.acknowledged();
    return true;
  }
}
