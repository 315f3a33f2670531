/** Names of hosts: sock_addr_resolve of the WAMR socket ABI. */
import { ENOTSUP } from "../../net/base/errno";

/** No resolver is built in yet (README, "What does not work yet"): ENOTSUP for every name. */
export function sys_sock_addr_resolve(
  _task: i32,
  _now: u64,
  _host: usize,
  _service: usize,
  _hints: usize,
  _info: usize,
  _infoCount: u32,
  _total: usize,
): i32 {
  return ENOTSUP;
}
