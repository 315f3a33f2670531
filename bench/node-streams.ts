/** A TCP connection between two cores in this process, each byte of it compared. */
import { CALL_BYTES, done, EAGAIN, EINPROGRESS, type NodeHost, SHUT_WR } from "./node-host.js";
import { knownBytes, type Pair, type Run, settle, timed } from "./node-pair.js";

/** Each connection has the next one: the last one's is still kept by its TIME-WAIT. */
let port = 1024;
/** ms: a transfer that takes longer hangs. */
const PATIENCE = 120_000;
/** Bytes that a send is offered. */
const CHUNK = 16_384;

/** One end of a connection: sends its bytes and closes its direction, compares what comes with the other's bytes. */
class StreamEnd {
  /** Bytes that arrived. */
  arrived = 0;
  private sent = 0;
  private finSent = false;
  private finReceived = false;

  constructor(
    private readonly host: NodeHost,
    private readonly fd: number,
    private readonly outgoing: Uint8Array,
    private readonly incoming: Uint8Array,
  ) {}

  get finished(): boolean {
    return this.finSent && this.finReceived;
  }

  /** Whatever can be done now. */
  pump(): void {
    this.receive();
    this.send();
  }

  close(): void {
    done("close", this.host.close(this.fd));
  }

  private send(): void {
    const { host, outgoing } = this;
    while (!this.finSent) {
      const offered = outgoing.subarray(this.sent, this.sent + CHUNK);
      if (offered.length === 0) {
        done("shutdown", host.shutdown(this.fd, SHUT_WR));
        this.finSent = true;
        return;
      }
      host.room(offered.length).set(offered);
      const taken = host.send(this.fd, offered.length);
      if (taken === EAGAIN) return;
      this.sent += done("send", taken);
      if (taken < offered.length) return;
    }
  }

  private receive(): void {
    const { host, incoming } = this;
    while (!this.finReceived) {
      const count = host.recv(this.fd, CALL_BYTES);
      if (count === EAGAIN) return;
      if (done("recv", count) === 0) {
        if (this.arrived !== incoming.length)
          throw new Error(`the stream ended after ${this.arrived} of ${incoming.length} bytes`);
        this.finReceived = true;
        return;
      }
      const expected = incoming.subarray(this.arrived, this.arrived + count);
      if (Buffer.compare(host.room(count), expected) !== 0) {
        const wrong = host.room(count).findIndex((byte, i) => byte !== expected[i]);
        throw new Error(`byte ${this.arrived + wrong} of the stream is wrong`);
      }
      this.arrived += count;
    }
  }
}

/** The first host connects to the second: a descriptor on each. */
function connect(hosts: Pair): { client: number; server: number } {
  const { first, second } = hosts;
  const listener = done("socket", second.streamSocket());
  port++;
  done("bind", second.bind(listener, port));
  done("listen", second.listen(listener));
  const client = done("socket", first.streamSocket());
  const result = first.connect(client, second.ip, port);
  if (result !== EINPROGRESS) done("connect", result);
  settle(hosts);
  const server = done("accept", second.accept(listener));
  done("close", second.close(listener));
  return { client, server };
}

/**
 * Moves `there` bytes from the first host to the second and `back` bytes the other way, at the same time, over a connection of their
 * own. Timed from the handshake's end to the last byte and both ends of stream.
 * @throws Error when a byte is wrong, or missing
 */
export function stream(hosts: Pair, there: number, back: number): Run {
  const { client, server } = connect(hosts);
  const [up, down] = [knownBytes(1, there), knownBytes(2, back)];
  const one = new StreamEnd(hosts.first, client, up, down);
  const other = new StreamEnd(hosts.second, server, down, up);
  const run = timed(hosts, () => {
    const limit = performance.now() + PATIENCE;
    while (!one.finished || !other.finished) {
      one.pump();
      other.pump();
      settle(hosts);
      if (performance.now() > limit) {
        throw new Error(`a transfer hangs after ${other.arrived} bytes there and ${one.arrived} back`);
      }
    }
    return one.arrived + other.arrived;
  });
  one.close();
  other.close();
  settle(hosts);
  return run;
}
