/**
 * The core's exports: what a host may call. @see docs/architecture.md, "The core"
 */
import { CONFIG_DNS_RESOLVER, CONFIG_NET_TCP } from "../../config";
import { Clock } from "../../net/base/clock";
import { COUNTER_FRAMES_IN, COUNTER_IP_IN, COUNTER_TCP_PREDICTED, Counter } from "../../net/base/counters";
import { Timers } from "../../net/base/timers";
import { Interfaces } from "../../net/link/interface";
import { Pools } from "../../net/pools";
import { Queries } from "../../net/service/dns/query";
import { Operations } from "../../net/socket/operations";
import { Task } from "../../net/socket/task";
import { Stack } from "../../net/stack";
import { Descriptors } from "./descriptors";

export { sys_epoll_control, sys_epoll_create, sys_epoll_wait, sys_eventfd } from "./event-calls";
export {
  sys_dup,
  sys_dup2,
  sys_fd_close,
  sys_fd_fdstat_get,
  sys_fd_fdstat_set_flags,
  sys_fd_filestat_get,
  sys_fd_prestat_dir_name,
  sys_fd_prestat_get,
  sys_fd_read,
  sys_fd_renumber,
  sys_fd_seek,
  sys_fd_write,
} from "./input-output";
export { sys_socket_pair } from "./local-calls";
export { sys_receive_message, sys_send_message } from "./message-calls";
export { sys_host_name, sys_interface_info, sys_set_host_name, sys_wait_address } from "./network";
export {
  sys_get_option,
  sys_option_get,
  sys_option_set,
  sys_option_set_timeout,
  sys_set_option,
  sys_sock_get_ip_multicast_loop,
  sys_sock_get_linger,
  sys_sock_set_ip_add_membership,
  sys_sock_set_ip_drop_membership,
  sys_sock_set_ip_multicast_loop,
  sys_sock_set_linger,
} from "./options";
export {
  sys_clock_res_get,
  sys_clock_time_get,
  sys_proc_exit,
  sys_random_get,
  sys_sched_yield,
  sys_strings_get,
  sys_strings_sizes_get,
} from "./process";
export { sys_poll, sys_poll_oneoff, sys_select } from "./readiness";
export { sys_sock_addr_resolve } from "./resolve";
export { sys_sock_recv_from_short, sys_sock_recv_short, sys_sock_send_to_short } from "./short-calls";
export {
  sys_sock_accept,
  sys_sock_addr_local,
  sys_sock_addr_remote,
  sys_sock_bind,
  sys_sock_close,
  sys_sock_connect,
  sys_sock_listen,
  sys_sock_open,
  sys_sock_recv,
  sys_sock_recv_from,
  sys_sock_send,
  sys_sock_send_to,
  sys_sock_shutdown,
} from "./socket-calls";
export {
  sys_accept,
  sys_bind,
  sys_connect,
  sys_local_address,
  sys_peer_address,
  sys_recv_from,
  sys_send_to,
  sys_socket,
} from "./socklet-calls";

/** Once, first: pools, the NIC, addresses. 0, or -ENODEV / -ETIMEDOUT of the driver (loopback works all the same). */
export function core_init(now: u64): i32 {
  Descriptors.initialise();
  return Stack.initialise(now);
}

/** Frames and timers. µs until the next deadline, at most 30 minutes; 0 when there is more to be done at once. */
export function core_poll(now: u64): u32 {
  return Stack.poll(now);
}

/** The task is about to sleep in a call that answered PENDING. µs until the next deadline of all; 0 when it has come. */
export function core_task_park(task: i32, now: u64): u32 {
  Clock.enter(now);
  Task.at(task).park();
  return Timers.ahead();
}

/**
 * 1 when the call that answered PENDING has a time-out, so that core_task_park has something to fix. A host that asks may
 * leave core_task_park out when the answer is 0: no deadline has changed.
 */
export function core_task_timed(task: i32): i32 {
  return i32(Task.at(task).isTimed());
}

/** 1 when the parked call should be repeated. */
export function core_task_ready(task: i32): i32 {
  return Task.at(task).isReady;
}

/** The application ended or trapped: everything it had open is closed. */
export function core_task_reset(task: i32, now: u64): void {
  Clock.enter(now);
  Operations.forgetTask(task);
  if (CONFIG_DNS_RESOLVER) Queries.forget(task);
  Descriptors.reset();
}

/** Sets the addresses of interface `index` (1 = the NIC), network order. 0, or -EINVAL. */
export function core_interface_set(index: i32, address: u32, mask: u32, gateway: u32): i32 {
  return Stack.configure(index, address, mask, gateway);
}

/** Statistic `id` of net/base/counters.ts. */
export function core_counter(id: i32): u32 {
  // Frames are counted in the device.
  if (id == COUNTER_FRAMES_IN) return Interfaces.nicDevice().rxFrames;
  // A predicted segment counts for its datagram too: once, since it is the shortest way of all.
  return CONFIG_NET_TCP && id == COUNTER_IP_IN
    ? Counter.read(id) + Counter.read(COUNTER_TCP_PREDICTED)
    : Counter.read(id);
}

/** Field `field` of the pool with the name `index`; all are 0 when it is left out, and 0xffffffff past the last. @see Pools.field */
export function core_pool(index: i32, field: i32): u32 {
  if (Pools.isPast(index)) return 0xffffffff;
  const record = index ? Pools.at(index) : Descriptors.pool();
  return record ? Pools.field(record, field) : 0;
}
