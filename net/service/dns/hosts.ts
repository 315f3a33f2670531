/** Names that are known without asking: localhost and all below it (RFC 6761 §6.3), and the name of this host. */
import { CONFIG_NET_HOSTNAME_DYNAMIC } from "../../../config";
import { Interfaces, LOOPBACK_ADDRESS } from "../../link/interface";
import { DnsName } from "../../wire/dns-name";
import { HostName } from "../host-name";

const LOCALHOST_BYTES: u32 = 9;
const DOT: u32 = 0x2e;

/** Memory of this file. In functions, so that an image without the service has nothing of it. */
class Memory {
  static localhost(): usize {
    return memory.data<u8>([108, 111, 99, 97, 108, 104, 111, 115, 116]); // "localhost"
  }
}

export class Hosts {
  /** The address of the name `text` (usize → u8[length]), network order; 0 when it must be asked for. */
  static find(text: usize, length: u32): u32 {
    if (length && <u32>load<u8>(text + length - 1) == DOT) length--;
    if (length >= LOCALHOST_BYTES) {
      const end = text + length - LOCALHOST_BYTES;
      const whole = length == LOCALHOST_BYTES || <u32>load<u8>(end - 1) == DOT;
      if (whole && DnsName.same(end, Memory.localhost(), LOCALHOST_BYTES)) return LOOPBACK_ADDRESS;
    }
    if (CONFIG_NET_HOSTNAME_DYNAMIC && !length) return 0;
    if (length != HostName.length() || !DnsName.same(text, HostName.text(), length)) return 0;
    const address = Interfaces.nic().address;
    return address ? address : LOOPBACK_ADDRESS;
  }
}
