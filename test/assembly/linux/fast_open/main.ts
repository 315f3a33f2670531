// TCP Fast Open with the Linux kernel: four conversations with its server on port 5001, each as soon as that is possible, then a server on
// port 7 that sends back what comes. Says of each connection how many bytes came, and whether a SYN had data.
import { htonl, htons } from "socklet/posix/arpa/inet";
import { IPPROTO_TCP, sockaddr_in } from "socklet/posix/netinet/in";
import { TCP_FASTOPEN, TCP_FASTOPEN_KEY, TCP_INFO, tcp_info } from "socklet/posix/netinet/tcp";
import { print, printNumber, puts } from "socklet/posix/stdio";
import {
  AF_INET,
  accept,
  bind,
  getsockopt,
  IntCell,
  listen,
  MSG_FASTOPEN,
  NULL,
  recv,
  SHUT_WR,
  SOCK_STREAM,
  Static,
  send,
  sendto,
  setsockopt,
  shutdown,
  socket,
} from "socklet/posix/sys/socket";
import { usleep } from "socklet/posix/time";
import { close } from "socklet/posix/unistd";

const LINUX: u32 = 0x0a000202;
const LINUX_PORT: u32 = 5001;
const PORT: u32 = 7;
const ADDRESS_BYTES: u32 = 8;
const BYTES: u32 = 600;
const TIMES: i32 = 4;
/** TCPI_OPT_SYN_DATA. */
const SYN_DATA: u32 = 32;

const buffer: usize = memory.data(1024, 4);
const address = Static.of<sockaddr_in>();
const length = Static.of<IntCell>();
const info = Static.of<tcp_info>();

function at(ip: u32, port: u32): sockaddr_in {
  address.sin_family = <u16>AF_INET;
  address.sin_port = htons(port);
  address.sin_addr = htonl(ip);
  return address;
}

/** One line about the connection `fd`, over which `bytes` bytes came. */
function tell(who: string, fd: i32, bytes: i32): void {
  length.value = 104;
  getsockopt(fd, IPPROTO_TCP, TCP_INFO, info, length);
  print(who);
  print(": ");
  printNumber(bytes);
  puts((<u32>info.tcpi_options & SYN_DATA) != 0 ? " bytes, with the SYN" : " bytes, after the handshake");
}

/** Sends BYTES bytes with MSG_FASTOPEN, and counts those that come back right. -1 when there was no connection. */
function converse(): i32 {
  const fd = socket(AF_INET, SOCK_STREAM, 0);
  for (let i: u32 = 0; i < BYTES; i++) store<u8>(buffer + i, <u8>(i * 7 + 1));
  if (sendto(fd, buffer, BYTES, MSG_FASTOPEN, at(LINUX, LINUX_PORT), ADDRESS_BYTES) != <i32>BYTES) {
    close(fd);
    return -1;
  }
  shutdown(fd, SHUT_WR);
  let right = 0;
  let total = 0;
  let count = recv(fd, buffer, 1024, 0);
  while (count > 0) {
    for (let i = 0; i < count; i++) right += i32(load<u8>(buffer + i) == <u8>((total + i) * 7 + 1));
    total += count;
    count = recv(fd, buffer, 1024, 0);
  }
  tell("client", fd, right);
  close(fd);
  return right;
}

function serve(): void {
  const listener = socket(AF_INET, SOCK_STREAM, 0);
  bind(listener, at(0, PORT), ADDRESS_BYTES);
  length.value = 5;
  setsockopt(listener, IPPROTO_TCP, TCP_FASTOPEN, length, 4);
  for (let i: u32 = 0; i < 16; i++) store<u8>(buffer + i, <u8>(i * 17));
  setsockopt(listener, IPPROTO_TCP, TCP_FASTOPEN_KEY, buffer, 16);
  listen(listener, 4);
  puts("listening");
  while (true) {
    const fd = accept(listener, NULL, NULL);
    let bytes = 0;
    let count = recv(fd, buffer, 1024, 0);
    while (count > 0) {
      bytes += count;
      send(fd, buffer, count, 0);
      count = recv(fd, buffer, 1024, 0);
    }
    tell("server", fd, bytes);
    close(fd);
  }
}

for (let i = 0; i < TIMES; i++) {
  while (converse() < 0) usleep(200_000);
}
serve();
