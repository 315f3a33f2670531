// Names of hosts, services and protocols: getaddrinfo and what belongs to it, without a name server.
import { CONFIG_NET_CONFIG_MY_IPV4_ADDR } from "socklet/config";
import { htonl, ntohs } from "socklet/posix/arpa/inet";
import { EINVAL, ENAMETOOLONG } from "socklet/posix/errno";
import {
  AI_ADDRCONFIG,
  AI_ALL,
  AI_CANONNAME,
  AI_NUMERICHOST,
  AI_NUMERICSERV,
  AI_PASSIVE,
  AI_V4MAPPED,
  addrinfo,
  EAI_ADDRFAMILY,
  EAI_AGAIN,
  EAI_BADFLAGS,
  EAI_FAMILY,
  EAI_MEMORY,
  EAI_NODATA,
  EAI_NONAME,
  EAI_OVERFLOW,
  EAI_SERVICE,
  EAI_SOCKTYPE,
  freeaddrinfo,
  gai_strerror,
  getaddrinfo,
  getnameinfo,
  getprotobyname,
  getservbyname,
  getservbyport,
  NI_DGRAM,
  NI_NAMEREQD,
  NI_NOFQDN,
  NI_NUMERICHOST,
  NI_NUMERICSERV,
  protoent,
  servent,
} from "socklet/posix/netdb";
import { strcmp } from "socklet/posix/string";
import {
  AF_INET,
  AF_INET6,
  IntCell,
  IPPROTO_TCP,
  IPPROTO_UDP,
  NULL,
  SOCK_DGRAM,
  SOCK_RAW,
  SOCK_STREAM,
  Static,
  sockaddr_in,
} from "socklet/posix/sys/socket";
import { gethostname, sethostname } from "socklet/posix/unistd";
import { at, LOOPBACK } from "../sockets";
import { check, done, equal, fails } from "../tap";

const hints = Static.of<addrinfo>();
const list = Static.of<IntCell>();
const text: usize = memory.data(64, 4);
const service: usize = memory.data(16, 4);

/** Hints with these fields and nothing else. */
function want(flags: i32, family: i32, type: i32, protocol: i32): addrinfo {
  hints.ai_flags = flags;
  hints.ai_family = family;
  hints.ai_socktype = type;
  hints.ai_protocol = protocol;
  return hints;
}

/** True when the C string at `p` is `expected`. */
function is(p: usize, expected: string): bool {
  for (let i = 0; i < expected.length; i++) {
    if (<i32>load<u8>(p + i) != expected.charCodeAt(i)) return false;
  }
  return load<u8>(p + expected.length) == 0;
}

function first(): addrinfo {
  return addrinfo.at(<usize>list.value);
}

function address(result: addrinfo): sockaddr_in {
  return changetype<sockaddr_in>(result.ai_addr);
}

function numeric(): void {
  equal(getaddrinfo("192.0.2.1", "80", NULL, list), 0, "a numeric address and port need no hints");
  equal(first().ai_family, AF_INET, "its family");
  equal(first().ai_socktype, SOCK_STREAM, "a stream first");
  equal(first().ai_protocol, IPPROTO_TCP, "of TCP");
  equal(first().ai_addrlen, 8, "the length of its address");
  equal(ntohs(address(first()).sin_port), 80, "the port");
  equal(address(first()).sin_addr, htonl(0xc0000201), "the address");
  const second = addrinfo.at(first().ai_next);
  equal(second.ai_socktype, SOCK_DGRAM, "then a datagram");
  equal(second.ai_protocol, IPPROTO_UDP, "of UDP");
  equal(<i32>second.ai_next, 0, "and no more");
  freeaddrinfo(<usize>list.value);
  equal(getaddrinfo("192.0.2.1", NULL, want(AI_CANONNAME, AF_INET, SOCK_DGRAM, 0), list), 0, "one type, no service");
  equal(<i32>first().ai_next, 0, "gives one result");
  equal(address(first()).sin_port, 0, "with port 0");
  check(is(first().ai_canonname, "192.0.2.1"), "AI_CANONNAME gives the name back");
  freeaddrinfo(first());
}

function own(): void {
  equal(getaddrinfo(NULL, "7", want(AI_PASSIVE, AF_INET, SOCK_STREAM, 0), list), 0, "AI_PASSIVE without a name");
  equal(address(first()).sin_addr, 0, "is any address");
  freeaddrinfo(first());
  equal(getaddrinfo(NULL, "7", want(0, 0, SOCK_STREAM, 0), list), 0, "without AI_PASSIVE");
  equal(address(first()).sin_addr, htonl(LOOPBACK), "it is 127.0.0.1");
  freeaddrinfo(first());
  equal(getaddrinfo("localhost", "7", want(0, 0, SOCK_DGRAM, 0), list), 0, "localhost is known");
  equal(address(first()).sin_addr, htonl(LOOPBACK), "as 127.0.0.1");
  freeaddrinfo(first());
  const few = AI_V4MAPPED | AI_ALL | AI_ADDRCONFIG;
  equal(
    getaddrinfo("localhost", "7", want(few, AF_INET, SOCK_DGRAM, 0), list),
    0,
    "AI_V4MAPPED, AI_ALL, AI_ADDRCONFIG",
  );
  equal(address(first()).sin_addr, htonl(LOOPBACK), "change nothing");
  freeaddrinfo(first());
  equal(getaddrinfo("Lamp-7", NULL, want(0, 0, SOCK_DGRAM, 0), list), 0, "so is the own name");
  equal(address(first()).sin_addr, CONFIG_NET_CONFIG_MY_IPV4_ADDR, "with the own address");
  freeaddrinfo(first());
}

function services(): void {
  equal(getaddrinfo("192.0.2.1", "http", NULL, list), 0, "a service by name");
  equal(ntohs(address(first()).sin_port), 80, "has its port");
  equal(<i32>first().ai_next, 0, "and only its protocol");
  freeaddrinfo(first());
  equal(
    getaddrinfo("192.0.2.1", "http", want(0, 0, SOCK_DGRAM, 0), list),
    EAI_SERVICE,
    "http is not of UDP: EAI_SERVICE",
  );
  equal(getaddrinfo("192.0.2.1", "nothing", NULL, list), EAI_SERVICE, "an unknown service: EAI_SERVICE");
  equal(getaddrinfo("192.0.2.1", "65536", NULL, list), EAI_SERVICE, "a port too large: EAI_SERVICE");
  const flags = AI_NUMERICSERV;
  equal(
    getaddrinfo("192.0.2.1", "http", want(flags, 0, 0, 0), list),
    EAI_NONAME,
    "AI_NUMERICSERV with a name: EAI_NONAME",
  );
  const found = changetype<servent>(getservbyname("ntp", "udp"));
  equal(ntohs(found.s_port), 123, "getservbyname");
  check(is(found.s_proto, "udp"), "says the protocol");
  equal(<i32>getservbyname("ntp", "tcp"), 0, "which must be right");
  check(is(changetype<servent>(getservbyport(found.s_port, NULL)).s_name, "ntp"), "getservbyport");
  equal(changetype<protoent>(getprotobyname("udp")).p_proto, IPPROTO_UDP, "getprotobyname");
  equal(<i32>getprotobyname("ipx"), 0, "knows a few only");
}

function mistakes(): void {
  equal(getaddrinfo(NULL, NULL, NULL, list), EAI_NONAME, "neither name nor service: EAI_NONAME");
  equal(getaddrinfo("a", NULL, want(0x8000, 0, 0, 0), list), EAI_BADFLAGS, "an unknown flag: EAI_BADFLAGS");
  equal(
    getaddrinfo(NULL, "7", want(AI_CANONNAME, 0, 0, 0), list),
    EAI_BADFLAGS,
    "AI_CANONNAME without a name: EAI_BADFLAGS",
  );
  equal(getaddrinfo("a", NULL, want(0, 77, 0, 0), list), EAI_FAMILY, "an unknown family: EAI_FAMILY");
  equal(getaddrinfo("a", NULL, want(0, 0, SOCK_RAW, 0), list), EAI_SOCKTYPE, "another type: EAI_SOCKTYPE");
  const type = SOCK_STREAM;
  equal(getaddrinfo("a", NULL, want(0, 0, type, IPPROTO_UDP), list), EAI_SOCKTYPE, "a stream of UDP: EAI_SOCKTYPE");
  equal(
    getaddrinfo("a.b", NULL, want(AI_NUMERICHOST, 0, 0, 0), list),
    EAI_NONAME,
    "AI_NUMERICHOST with a name: EAI_NONAME",
  );
  equal(
    getaddrinfo("1.2.3.4", NULL, want(0, AF_INET6, 0, 0), list),
    EAI_ADDRFAMILY,
    "IPv4 for AF_INET6: EAI_ADDRFAMILY",
  );
  equal(getaddrinfo("a.b", NULL, want(0, AF_INET6, 0, 0), list), EAI_NODATA, "no name has an IPv6 address: EAI_NODATA");
  equal(getaddrinfo("a..b", NULL, NULL, list), EAI_NONAME, "what is no name: EAI_NONAME");
  equal(getaddrinfo("www.example.org", NULL, NULL, list), EAI_AGAIN, "no name server: EAI_AGAIN");
  for (let i = 0; i < 4; i++) getaddrinfo("192.0.2.1", NULL, NULL, service);
  equal(getaddrinfo("192.0.2.1", NULL, NULL, list), EAI_MEMORY, "too many results at once: EAI_MEMORY");
  check(is(gai_strerror(EAI_AGAIN), "No answer, try again"), "gai_strerror has a sentence");
  check(strcmp(gai_strerror(-99), gai_strerror(1)) == 0, "and one for numbers that are no error");
}

function backwards(): void {
  const peer = at(0xc0000201, 80);
  equal(getnameinfo(peer, 8, text, 64, service, 16, 0), 0, "getnameinfo");
  check(is(text, "192.0.2.1") && is(service, "http"), "writes address and service");
  equal(getnameinfo(peer, 8, text, 64, NULL, 0, NI_NUMERICHOST | NI_NOFQDN), 0, "NI_NUMERICHOST, NI_NOFQDN");
  check(is(text, "192.0.2.1"), "write the number");
  equal(getnameinfo(peer, 8, NULL, 0, service, 16, NI_NUMERICSERV), 0, "NI_NUMERICSERV");
  check(is(service, "80"), "writes the number");
  equal(getnameinfo(peer, 8, NULL, 0, service, 16, NI_DGRAM), 0, "NI_DGRAM");
  check(is(service, "80"), "looks among the services of UDP");
  equal(getnameinfo(peer, 8, text, 9, NULL, 0, 0), EAI_OVERFLOW, "no room: EAI_OVERFLOW");
  equal(getnameinfo(peer, 8, text, 64, NULL, 0, NI_NAMEREQD), EAI_NONAME, "NI_NAMEREQD: EAI_NONAME");
  equal(getnameinfo(peer, 7, text, 64, NULL, 0, 0), EAI_FAMILY, "a short address: EAI_FAMILY");
  equal(getnameinfo(peer, 8, NULL, 0, NULL, 0, 0), EAI_NONAME, "nothing wanted: EAI_NONAME");
  equal(gethostname(text, 64), 0, "gethostname");
  check(is(text, "lamp-7"), "is the configured name");
  fails(gethostname(text, 6), ENAMETOOLONG, "without room for its zero byte: ENAMETOOLONG");
  fails(sethostname(text, 33), EINVAL, "sethostname, 33 bytes: EINVAL");
  equal(sethostname(text, 4), 0, "a shorter name");
  equal(gethostname(text, 5), 0, "gethostname");
  check(is(text, "lamp"), "says the new name");
  fails(gethostname(text, 4), ENAMETOOLONG, "which has its zero byte too: ENAMETOOLONG");
}

numeric();
own();
services();
mistakes();
backwards();
done();
