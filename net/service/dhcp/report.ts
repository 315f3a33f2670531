/** What the client has got and lost, on the stack's log. */
import { Be } from "../../base/be";
import { Line } from "../../base/line";
import { Text } from "../../base/text";
import { DHCP_INFINITE, Lease } from "./lease";

/** Memory of this file. In functions, so that an image without the service has nothing of it. */
class Memory {
  static textDhcp(): usize {
    return memory.data<u8>([
      // "dhcp: "
      100, 104, 99, 112, 58, 32, 0,
    ]);
  }

  static textFrom(): usize {
    return memory.data<u8>([
      // " from "
      32, 102, 114, 111, 109, 32, 0,
    ]);
  }

  static textLease(): usize {
    return memory.data<u8>([
      // ", lease "
      44, 32, 108, 101, 97, 115, 101, 32, 0,
    ]);
  }

  static textSeconds(): usize {
    return memory.data<u8>([
      // " s"
      32, 115, 0,
    ]);
  }

  static textSlash(): usize {
    return memory.data<u8>([
      // "/"
      47, 0,
    ]);
  }

  static textInfinite(): usize {
    return memory.data<u8>([
      // "without end"
      119, 105, 116, 104, 111, 117, 116, 32, 101, 110, 100, 0,
    ]);
  }

  static textLost(): usize {
    return memory.data<u8>([
      // "dhcp: the lease has ended, the address is not used any more"
      100, 104, 99, 112, 58, 32, 116, 104, 101, 32, 108, 101, 97, 115, 101, 32, 104, 97, 115, 32, 101, 110, 100, 101,
      100, 44, 32, 116, 104, 101, 32, 97, 100, 100, 114, 101, 115, 115, 32, 105, 115, 32, 110, 111, 116, 32, 117, 115,
      101, 100, 32, 97, 110, 121, 32, 109, 111, 114, 101, 0,
    ]);
  }

  static textRefused(): usize {
    return memory.data<u8>([
      // "dhcp: the server refuses the address"
      100, 104, 99, 112, 58, 32, 116, 104, 101, 32, 115, 101, 114, 118, 101, 114, 32, 114, 101, 102, 117, 115, 101, 115,
      32, 116, 104, 101, 32, 97, 100, 100, 114, 101, 115, 115, 0,
    ]);
  }

  static textLinkLocal(): usize {
    return memory.data<u8>([
      // "dhcp: no server answers; link-local address "
      100, 104, 99, 112, 58, 32, 110, 111, 32, 115, 101, 114, 118, 101, 114, 32, 97, 110, 115, 119, 101, 114, 115, 59,
      32, 108, 105, 110, 107, 45, 108, 111, 99, 97, 108, 32, 97, 100, 100, 114, 101, 115, 115, 32, 0,
    ]);
  }
}

export class DhcpReport {
  /** `dhcp: 10.0.2.15/24 from 10.0.2.2, lease 86400 s`. */
  static bound(lease: Lease): void {
    Line.begin(Memory.textDhcp());
    Line.address(lease.address);
    Line.text(Memory.textSlash());
    Line.number(<u32>popcnt<u32>(Be.swap32(lease.mask)));
    Line.text(Memory.textFrom());
    Line.address(lease.server);
    Line.text(Memory.textLease());
    if (lease.seconds == DHCP_INFINITE) {
      Line.text(Memory.textInfinite());
    } else {
      Line.number(lease.seconds);
      Line.text(Memory.textSeconds());
    }
    Line.log();
  }

  /** The lease has run out. */
  static lost(): void {
    Text.log(Memory.textLost());
  }

  /** The server has said no to the address in use. */
  static refused(): void {
    Text.log(Memory.textRefused());
  }

  /** `dhcp: no server answers; link-local address 169.254.1.2`. */
  static linkLocal(address: u32): void {
    Line.begin(Memory.textLinkLocal());
    Line.address(address);
    Line.log();
  }
}
