/**
 * Descriptors on their way in a message (SCM_RIGHTS): entries of the descriptor table, each with a reference of its own. Internet sockets and
 * event counters can be passed. AF_UNIX sockets cannot: one that lies in its own buffer would never be closed; nor can epoll sets and the console.
 */
import { CONFIG_EVENTFD } from "../../config";
import { EventCounter } from "../event/event-counter";
import { HANDLE_COUNTER, Handle } from "../socket/handle";
import { Operations } from "../socket/operations";
import { Socket } from "../socket/socket";
import { Tasks } from "../socket/task";

/** Descriptors that one message can carry. */
export const RIGHTS_MOST: u32 = 4;

@unmanaged
@final
export class LocalRights {
  /** Entries in the list. */
  count: u32;

  /** What the message that is being sent carries; without references. */
  static sent(): LocalRights {
    return changetype<LocalRights>(memory.data(20, 4));
  }

  /** What the message that was received carried; with references, which are the taker's. */
  static received(): LocalRights {
    return changetype<LocalRights>(memory.data(20, 4));
  }

  /** usize → usize: entry `index` of the list. */
  @inline place(index: u32): usize {
    return changetype<usize>(this) + 4 + ((<usize>index) << 2);
  }

  @inline entry(index: u32): usize {
    return load<usize>(this.place(index));
  }

  /** Appends an entry; there is room. */
  add(entry: usize): void {
    store<usize>(this.place(this.count), entry);
    this.count += 1;
  }

  /** True when what `entry` stands for can be passed. */
  static canPass(entry: usize): bool {
    return CONFIG_EVENTFD && Handle.isEntry(entry) ? Handle.of(entry).kind == HANDLE_COUNTER : <isize>entry > 3;
  }

  /** One reference more to what `entry`, which can be passed, stands for. */
  static retain(entry: usize): void {
    if (Handle.isEntry(entry)) Handle.of(entry).references += 1;
    else Operations.retain(Socket.at(entry));
  }

  /** One reference less. */
  static release(entry: usize): void {
    if (!Handle.isEntry(entry)) {
      Operations.release(Socket.at(entry), -1);
      return;
    }
    const handle = Handle.of(entry);
    handle.references -= 1;
    if (!CONFIG_EVENTFD || handle.references) return;
    Tasks.leave(changetype<usize>(handle));
    EventCounter.close(handle);
  }

  /** Closes what nobody takes, from entry `first` on. */
  drop(first: u32): void {
    for (let i = first; i < this.count; i++) LocalRights.release(this.entry(i));
    this.count = 0;
  }
}
