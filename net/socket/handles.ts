/** The one place where the kinds of handles meet the calls, as operations.ts is for internet sockets. */
import { CONFIG_EPOLL, CONFIG_EVENTFD, CONFIG_NET_SOCKETS_UNIX } from "../../config";
import { EINVAL } from "../base/errno";
import { EventCounter } from "../event/event-counter";
import { InterestSet } from "../event/interest-set";
import { LocalConnection } from "../local/local-connection";
import { LocalSocket } from "../local/local-socket";
import { LocalTransfer } from "../local/local-transfer";
import { HANDLE_COUNTER, HANDLE_INTERESTS, HANDLE_LOCAL, Handle } from "./handle";
import { Tasks } from "./task";

export class Handles {
  /** One reference more: another descriptor of the same. */
  @inline static retain(handle: Handle): void {
    handle.references += 1;
  }

  /** The descriptor `fd` of it is closed. @see Operations.release */
  static release(handle: Handle, fd: i32): void {
    handle.references -= 1;
    if (handle.references) {
      Tasks.leaveDescriptor(changetype<usize>(handle), fd);
      return;
    }
    Tasks.leave(changetype<usize>(handle));
    if (CONFIG_EVENTFD && handle.kind == HANDLE_COUNTER) EventCounter.close(handle);
    if (CONFIG_EPOLL && handle.kind == HANDLE_INTERESTS) InterestSet.close(handle);
    if (CONFIG_NET_SOCKETS_UNIX && handle.kind == HANDLE_LOCAL) LocalConnection.close(handle);
  }

  /** Reads into the shared GuestVector. -EINVAL for a kind that cannot be read. @see EventCounter.read */
  static read(handle: Handle, task: i32): i32 {
    if (CONFIG_EVENTFD && handle.kind == HANDLE_COUNTER) return EventCounter.read(handle, task);
    if (CONFIG_NET_SOCKETS_UNIX && handle.kind == HANDLE_LOCAL)
      return LocalTransfer.receive(changetype<LocalSocket>(handle), task, 0);
    return -EINVAL;
  }

  /** Writes what the shared GuestVector names. -EINVAL for a kind that cannot be written. @see EventCounter.write */
  static write(handle: Handle, task: i32): i32 {
    if (CONFIG_EVENTFD && handle.kind == HANDLE_COUNTER) return EventCounter.write(handle, task);
    if (CONFIG_NET_SOCKETS_UNIX && handle.kind == HANDLE_LOCAL)
      return LocalTransfer.send(changetype<LocalSocket>(handle), task, 0, false);
    return -EINVAL;
  }

  /** EVENT_* that hold now. */
  static events(handle: Handle): u32 {
    if (CONFIG_EPOLL && handle.kind == HANDLE_INTERESTS) return InterestSet.events(handle);
    return Handles.eventsOfMember(handle);
  }

  /** As `events`, of a handle that can be in an epoll set; with EVENT_READ_HANGUP. */
  static eventsOfMember(handle: Handle): u32 {
    if (CONFIG_EVENTFD && handle.kind == HANDLE_COUNTER) return EventCounter.events(handle);
    if (CONFIG_NET_SOCKETS_UNIX && handle.kind == HANDLE_LOCAL) return LocalTransfer.events(handle);
    return 0;
  }

  /** The pending error, which stays. */
  static error(handle: Handle): i32 {
    return CONFIG_NET_SOCKETS_UNIX && handle.kind == HANDLE_LOCAL ? changetype<LocalSocket>(handle).error : 0;
  }

  /** Bytes that can be read at once (FIONREAD). */
  static readable(handle: Handle): u32 {
    if (CONFIG_EVENTFD && handle.kind == HANDLE_COUNTER) return EventCounter.readable(handle);
    if (CONFIG_NET_SOCKETS_UNIX && handle.kind == HANDLE_LOCAL) return LocalTransfer.readable(handle);
    return 0;
  }
}
