/**
 * DHCP messages of the client. Each has the same options in the same order: kind first, then what its state asks for
 * (RFC 2131 §4.4.1, table 5), then what we can take and want to know, and our name.
 */
import { CONFIG_NET_HOSTNAME_DYNAMIC } from "../../../config";
import { Be } from "../../base/be";
import { COUNTER_DHCP_OUT, Counter } from "../../base/counters";
import { Route } from "../../ip/route";
import { BROADCAST_ADDRESS, Interfaces } from "../../link/interface";
import { Neighbour } from "../../link/neighbour";
import { OwnDatagram } from "../../transport/udp/own";
import { DHCP_CLIENT_PORT_BE, DHCP_DECLINE, DHCP_MIN_BYTES, DHCP_SERVER_PORT_BE, DhcpMessage } from "../../wire/dhcp";
import { ETHERNET_MTU } from "../../wire/ethernet";
import { HostName } from "../host-name";

const PORTS: u32 = DHCP_CLIENT_PORT_BE | (DHCP_SERVER_PORT_BE << 16);

const OPTION_HOST_NAME: u32 = 12;
const OPTION_REQUESTED: u32 = 50;
const OPTION_KIND: u32 = 53;
const OPTION_SERVER: u32 = 54;
const OPTION_WANTED: u32 = 55;
const OPTION_MAX_BYTES: u32 = 57;
const OPTION_END: u32 = 255;

const WANTED_BYTES: u32 = 7;

/** Memory of this file. In functions, so that an image without the service has nothing of it. */
class Memory {
  /** Option 55: mask, router, name servers, MTU, time servers, T1, T2. */
  static wanted(): usize {
    return memory.data<u8>([1, 3, 6, 26, 42, 58, 59]);
  }
}

export class DhcpOutput {
  /**
   * Sends a message.
   * @param kind      DHCP_*; @param secondsBe since the client began, network order
   * @param client    ciaddr: our address when we have it, 0 otherwise; the datagram comes from it
   * @param requested option 50, @param server option 54; 0 = without. All addresses in network order
   * @param to        where it goes: the server, or BROADCAST_ADDRESS
   */
  static send(kind: u32, xid: u32, secondsBe: u32, client: u32, requested: u32, server: u32, to: u32): void {
    const p = Route.find(to, 0);
    if (!p) return;
    const device = Interfaces.nicDevice();
    const start = OwnDatagram.payload();
    const message = DhcpMessage.at(start);
    message.begin(xid, secondsBe, !client && kind != DHCP_DECLINE, client, device.macLow, device.macHigh);
    let at = DhcpOutput.option(message.options(), OPTION_KIND, 1);
    store<u8>(at, <u8>kind);
    at++;
    if (requested) at = DhcpOutput.word(at, OPTION_REQUESTED, requested);
    if (server) at = DhcpOutput.word(at, OPTION_SERVER, server);
    if (kind != DHCP_DECLINE) {
      at = DhcpOutput.option(at, OPTION_MAX_BYTES, 2);
      store<u16>(at, <u16>Be.swap16(ETHERNET_MTU));
      at = DhcpOutput.bytes(at + 2, OPTION_WANTED, Memory.wanted(), WANTED_BYTES);
      // An option without a name would have no bytes, which is not allowed (RFC 2132 §3.14).
      if (!CONFIG_NET_HOSTNAME_DYNAMIC || HostName.length()) {
        at = DhcpOutput.bytes(at, OPTION_HOST_NAME, HostName.text(), HostName.length());
      }
    }
    store<u8>(at, <u8>OPTION_END);
    at++;
    // What is left of the shortest message is zero already; a longer one ends in zeros up to the next word.
    store<u32>(at, 0);
    const length = <u32>(at - start);
    const result = OwnDatagram.send(
      Neighbour.at(p),
      client,
      to,
      PORTS,
      length < DHCP_MIN_BYTES ? DHCP_MIN_BYTES : length,
    );
    if (!result) Counter.add(COUNTER_DHCP_OUT);
  }

  /** As `send`, to everybody. */
  static broadcast(kind: u32, xid: u32, secondsBe: u32, client: u32, requested: u32, server: u32): void {
    DhcpOutput.send(kind, xid, secondsBe, client, requested, server, BROADCAST_ADDRESS);
  }

  /** Code and length at `at`. @returns where the value belongs */
  private static option(at: usize, code: u32, length: u32): usize {
    store<u8>(at, <u8>code);
    store<u8>(at, <u8>length, 1);
    return at + 2;
  }

  /** An option of four bytes. @returns the address after it */
  private static word(at: usize, code: u32, value: u32): usize {
    store<u32>(DhcpOutput.option(at, code, 4), value);
    return at + 6;
  }

  private static bytes(at: usize, code: u32, source: usize, length: u32): usize {
    memory.copy(DhcpOutput.option(at, code, length), source, <usize>length);
    return at + 2 + length;
  }
}
