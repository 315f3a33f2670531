/** The network as a whole: waiting until this host has an address. */
import { CONFIG_NET_DHCPV4 } from "../../config";
import { Clock } from "../../net/base/clock";
import { EAGAIN, ETIMEDOUT, PENDING } from "../../net/base/errno";
import { Interfaces } from "../../net/link/interface";
import { Task, WAIT_TIME } from "../../net/socket/task";

/** How often an address that is being probed is looked for, µs; the DHCP client says when it has one. */
const LOOK: u32 = 100_000;

/**
 * Waits until the first interface has an address. `timeoutMs`: 0 = it only looks, negative = for ever.
 * EAGAIN (it has none), ETIMEDOUT (it still has none).
 */
export function sys_wait_address(task: i32, now: u64, timeoutMs: i32): i32 {
  Clock.enter(now);
  const waiting = Task.at(task);
  if (Interfaces.nic().address) {
    waiting.finish();
    return 0;
  }
  if (!timeoutMs) return EAGAIN;
  if (waiting.timedOut()) {
    waiting.finish();
    return ETIMEDOUT;
  }
  waiting.wait(WAIT_TIME, timeoutMs < 0 ? 0 : <u64>timeoutMs * 1000);
  if (!CONFIG_NET_DHCPV4) waiting.retryAfter(LOOK);
  return PENDING;
}
