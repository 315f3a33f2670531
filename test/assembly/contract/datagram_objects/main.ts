// socklet/net over UDP.
import { Endpoint, lastError, UdpSocket } from "socklet/net";
import { htonl } from "socklet/posix/arpa/inet";
import { EACCES, EADDRINUSE, EAGAIN, EDESTADDRREQ, EHOSTUNREACH, ENFILE } from "socklet/posix/errno";
import { fill, filled, LOOPBACK } from "../sockets";
import { check, done, equal } from "../tap";

const buffer: usize = memory.data(1024, 4);
const end = Endpoint.create();
const from = Endpoint.create();

function start(): void {
  const server = UdpSocket.open(7004);
  const client = UdpSocket.open();
  check(server !== null && client !== null, "two sockets");
  if (!server || !client) return;
  check(UdpSocket.open() === null && lastError() == ENFILE, "a third one where there are two: ENFILE");
  check(!client.send(buffer, 1) && lastError() == EDESTADDRREQ, "no destination: EDESTADDRREQ");
  check(end.resolve<string>("127.0.0.1", 7004), "resolve a number");
  check(end.address == htonl(LOOPBACK) && end.port() == 7004, "address and port");
  check(!from.resolve<string>("a.name", 80) && lastError() == EHOSTUNREACH, "a name without a resolver: EHOSTUNREACH");
  fill(buffer, 300, 2);
  check(client.sendTo(end, buffer, 300), "sendTo");
  equal(
    server.receiveFrom(from, buffer + 512, 100),
    300,
    "receiveFrom gives the whole length of a datagram that is cut",
  );
  check(filled(buffer + 512, 100, 2), "and what fits");
  check(client.localEnd(end) && end.port() == from.port(), "from whom");
  check(server.sendTo(from, buffer, 0), "an empty answer");
  equal(client.receive(buffer, 10), 0, "arrives");
  end.set(htonl(LOOPBACK), 7004);
  check(client.connect(end) && client.send(buffer, 7), "connect, send");
  equal(server.receive(buffer, 100), 7, "receive");
  check(server.setTimeout(20), "setTimeout");
  equal(server.receive(buffer, 10), -1, "nothing there");
  equal(lastError(), EAGAIN, "EAGAIN");
  check(server.setTimeout(0) && server.setBlocking(false), "setBlocking");
  check(server.receive(buffer, 10) == -1 && lastError() == EAGAIN, "at once");
  end.set(0xffffffff, 9);
  check(!server.sendTo(end, buffer, 1) && lastError() == EACCES, "a broadcast: EACCES");
  check(server.setBroadcast(true) && server.sendTo(end, buffer, 1), "setBroadcast");
  check(client.close(), "close");
  check(UdpSocket.open(7004) === null && lastError() == EADDRINUSE, "a port that is taken: EADDRINUSE");
  const again = UdpSocket.open(7005, htonl(LOOPBACK));
  check(again !== null && again.localEnd(end) && end.address == htonl(LOOPBACK), "bound to one address");
}

start();
done();
