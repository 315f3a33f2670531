/** Waiting for many descriptors at a cost that does not grow with their number. Needs CONFIG_EPOLL. The numbers are Linux's. */
import { socklet_epoll_control, socklet_epoll_create, socklet_epoll_wait } from "../imports";
import { Result } from "./result";

/** Data can be read without waiting. */
export const ZSOCK_EPOLLIN: u32 = 0x01;
/** Urgent data. */
export const ZSOCK_EPOLLPRI: u32 = 0x02;
/** Data can be sent without waiting. */
export const ZSOCK_EPOLLOUT: u32 = 0x04;
/** Reported unasked: an error is pending (SO_ERROR). */
export const ZSOCK_EPOLLERR: u32 = 0x08;
/** Reported unasked: both directions are over. */
export const ZSOCK_EPOLLHUP: u32 = 0x10;
/** The peer sends nothing more. */
export const ZSOCK_EPOLLRDHUP: u32 = 0x2000;
/** Reported once; epoll_ctl with ZSOCK_EPOLL_CTL_MOD arms it again. */
export const ZSOCK_EPOLLONESHOT: u32 = 0x40000000;
/** Reported once for each time that something happens, not as long as it is so. */
export const ZSOCK_EPOLLET: u32 = 0x80000000;

export const ZSOCK_EPOLL_CTL_ADD: i32 = 1;
export const ZSOCK_EPOLL_CTL_DEL: i32 = 2;
export const ZSOCK_EPOLL_CTL_MOD: i32 = 3;
/** Accepted and without meaning, as SOCK_CLOEXEC. */
export const ZSOCK_EPOLL_CLOEXEC: i32 = 0x80000;

/** What is asked for or has happened, and the program's own value: 16 bytes. */
@unmanaged
@final
export class zsock_epoll_event {
  /** ZSOCK_EPOLL*. */
  events: u32;
  padding: u32;
  /** Given back as it was. C's union: a descriptor or an address fits. */
  data: u64;

  /** Entry `index` of the array at `array` (usize → zsock_epoll_event[]). */
  @inline static at(array: usize, index: i32): zsock_epoll_event {
    return changetype<zsock_epoll_event>(array + <usize>index * offsetof<zsock_epoll_event>());
  }
}

class Place {
  /** usize → i32: where the system calls put their result. */
  static result(): usize {
    return memory.data(4, 4);
  }
}

/**
 * Opens an empty set of descriptors.
 *
 * @param flags 0 or ZSOCK_EPOLL_CLOEXEC
 * @returns the descriptor, or -1 with errno: EINVAL (flag), EMFILE (descriptor table full), ENFILE (all CONFIG_EPOLL_SETS are open), ENOSYS
 *   (CONFIG_EPOLL=n)
 * @see https://man7.org/linux/man-pages/man2/epoll_create1.2.html
 */
export function zsock_epoll_create1(flags: i32): i32 {
  const place = Place.result();
  const wasi = socklet_epoll_create(flags, place);
  return wasi ? Result.failed(wasi) : load<i32>(place);
}

/**
 * Puts a descriptor into a set, takes it out or asks for something else. A descriptor that is closed leaves its sets; unlike on Linux also
 * while another descriptor of the same socket is open.
 *
 * @param operation ZSOCK_EPOLL_CTL_ADD, _DEL, _MOD
 * @param fd        a socket or an event counter
 * @param event     zsock_epoll_event or usize → u8[16]; not looked at with _DEL
 * @returns 0, or -1 with errno: EBADF (set or `fd` is not open), EEXIST (it is in the set), ENOENT (it is not), ENOSPC (all
 *   CONFIG_EPOLL_INTERESTS are taken), EPERM (the console), EINVAL (not a set; `fd` is one; operation; unknown events), EFAULT, ENOSYS
 * @see https://man7.org/linux/man-pages/man2/epoll_ctl.2.html
 */
export function zsock_epoll_ctl<E>(set: i32, operation: i32, fd: i32, event: E): i32 {
  return Result.of(socklet_epoll_control(set, operation, fd, changetype<usize>(event)));
}

/**
 * Waits until something has happened on descriptors of the set.
 *
 * @param events  zsock_epoll_event or usize → zsock_epoll_event[most], filled in
 * @param timeout milliseconds; negative for ever, 0 for not at all
 * @returns entries filled in, 0 when the time is over; or -1 with errno: EBADF, EINVAL (not a set; `most` is not positive), EFAULT, ENOSYS
 * @see https://man7.org/linux/man-pages/man2/epoll_wait.2.html
 */
export function zsock_epoll_wait<E>(set: i32, events: E, most: i32, timeout: i32): i32 {
  const place = Place.result();
  const wasi = socklet_epoll_wait(set, changetype<usize>(events), most, timeout < 0 ? -1 : timeout, place);
  return wasi ? Result.failed(wasi) : load<i32>(place);
}
