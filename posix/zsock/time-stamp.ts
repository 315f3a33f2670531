/**
 * SO_TIMESTAMPING: when a datagram came, and when one was sent (needs CONFIG_NET_CONTEXT_TIMESTAMPING). The value of the option is made of
 * the flags below; the stamps come in control messages ZSOCK_SCM_TIMESTAMPING, those of what was sent over the error queue.
 *
 * The numbers are Linux's. Zephyr has other ones for two of those that ask the hardware, which would collide with these.
 */
import { timespec } from "../time";

/** Hardware stamps of what is sent; accepted and without effect: no chip here makes them. So are the other three of hardware. */
export const SOF_TIMESTAMPING_TX_HARDWARE: i32 = 0x01;
/** Datagrams sent are stamped; the stamps come over the error queue. Needs CONFIG_NET_SOCKETS_RECVERR. */
export const SOF_TIMESTAMPING_TX_SOFTWARE: i32 = 0x02;
export const SOF_TIMESTAMPING_RX_HARDWARE: i32 = 0x04;
/** Datagrams that come are stamped. */
export const SOF_TIMESTAMPING_RX_SOFTWARE: i32 = 0x08;
/** Stamps are reported; without it they are made and not said. */
export const SOF_TIMESTAMPING_SOFTWARE: i32 = 0x10;
export const SOF_TIMESTAMPING_SYS_HARDWARE: i32 = 0x20;
export const SOF_TIMESTAMPING_RAW_HARDWARE: i32 = 0x40;
/** Each stamp of a datagram sent has its number in `ee_data`, from 0 on since the flag was set. */
export const SOF_TIMESTAMPING_OPT_ID: i32 = 0x80;
/** A stamp comes without the datagram; here it always does. */
export const SOF_TIMESTAMPING_OPT_TSONLY: i32 = 0x800;

/** `ee_info` of a time stamp: the datagram was given to the chip. */
export const SCM_TSTAMP_SND: i32 = 0;

/** Data of a control message ZSOCK_SCM_TIMESTAMPING: three times, 48 bytes. */
@unmanaged
@final
export class scm_timestamping {
  /** `ts[0]`: the software's stamp. */
  software_sec: i64;
  software_nsec: i64;
  /** `ts[1]`: always 0. */
  unused_sec: i64;
  unused_nsec: i64;
  /** `ts[2]`: the hardware's stamp; 0. */
  hardware_sec: i64;
  hardware_nsec: i64;

  /** `ts[index]`. */
  @inline ts(index: i32): timespec {
    return changetype<timespec>(changetype<usize>(this) + <usize>index * offsetof<timespec>());
  }
}
