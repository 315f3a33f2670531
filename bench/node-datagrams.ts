/** Datagrams from one core to another in this process, each of them compared. */
import { CALL_BYTES, done, EAGAIN } from "./node-host.js";
import { knownBytes, type Pair, type Run, settle, timed } from "./node-pair.js";

const PORT = 7;
/** Datagrams between two looks of the receiver: they fit its ring, with what is kept of each. */
const BURST = 8;
/** Bytes of the number that each datagram begins with. */
const NUMBER_BYTES = 4;

/**
 * Sends `count` datagrams of `size` bytes from the first host to the second. Each begins with its number, so that one that is lost,
 * doubled or late is noticed; the rest are known bytes.
 * @param size at least 4
 * @throws Error when a datagram is not what was sent
 */
export function datagrams(hosts: Pair, size: number, count: number): Run {
  const { first, second } = hosts;
  if (size < NUMBER_BYTES) throw new RangeError(`a datagram of ${size} bytes has no room for its number`);
  const from = done("socket", first.datagramSocket());
  const to = done("socket", second.datagramSocket());
  done("bind", second.bind(to, PORT));
  const sending = Buffer.from(first.room(size).buffer, first.room(size).byteOffset, size);
  const arriving = Buffer.from(second.room(size).buffer, second.room(size).byteOffset, size);
  const expected = Buffer.from(knownBytes(size, size));
  sending.set(expected);

  const send = (number: number): void => {
    sending.writeUInt32BE(number);
    done("sendto", first.sendTo(from, size, second.ip, PORT));
  };
  const receive = (number: number): void => {
    const length = done("recvfrom", second.recvFrom(to, CALL_BYTES));
    expected.writeUInt32BE(number);
    if (length === size && expected.equals(arriving)) return;
    throw new Error(`datagram ${number} is wrong: ${length} bytes came, with the number ${arriving.readUInt32BE()}`);
  };
  // The first one waits for ARP.
  send(0);
  settle(hosts);
  receive(0);
  const run = timed(hosts, () => {
    for (let sent = 1; sent <= count; ) {
      const begin = sent;
      const end = Math.min(count + 1, begin + BURST);
      while (sent < end) send(sent++);
      settle(hosts);
      for (let number = begin; number < end; number++) receive(number);
    }
    return count * size;
  });
  if (second.recvFrom(to, CALL_BYTES) !== EAGAIN) throw new Error("more datagrams came than were sent");
  done("close", first.close(from));
  done("close", second.close(to));
  return run;
}
