/** Options: sockets and descriptors. */
import type { KconfigMenu } from "./option.js";

export const sockets: KconfigMenu = {
  title: "Sockets",
  options: [
    {
      name: "NET_SOCKETS_POSIX_NAMES",
      type: "bool",
      prompt: "POSIX names (recv, FD_SET) beside zsock_recv and ZSOCK_FD_SET",
      default: true,
      help: "With n only the zsock_ and ZSOCK_ names exist, so that an application can define its own recv or select. Both spellings are the same function: there is no cost either way.",
    },
    {
      name: "NET_MAX_CONTEXTS",
      type: "int",
      prompt: "Sockets that can be open at once",
      default: 4,
      range: [1, 1024],
      help: "Each costs its record (256 bytes with TCP, 128 without) and, for datagrams, a receive ring of NET_SOCKETS_UDP_RCVBUF bytes. When all are taken, socket() answers ENFILE.",
    },
    {
      name: "ZVFS_OPEN_MAX",
      type: "int",
      prompt: "Size of the descriptor table",
      default: 8,
      range: [4, 1024],
      help: "Descriptors 0, 1 and 2 are the console. FD_SETSIZE is this number rounded up to a multiple of 32. When all are taken, socket() answers EMFILE.",
    },
    {
      name: "NET_SOCKETS_UDP_RCVBUF",
      type: "int",
      unit: "bytes",
      prompt: "Receive ring of a datagram socket",
      default: 2048,
      range: [128, 65_536],
      help: "Holds datagrams with 12 bytes of record each until the application reads them; a datagram that does not fit is dropped and counted. To receive fragmented datagrams of n bytes it must be at least n + 16.",
      multipleOf: 4,
    },
    {
      name: "NET_SOCKETS_UDP_BUFFERS",
      type: "int",
      prompt: "Receive rings for datagram sockets",
      default: 4,
      range: [1, 1024],
      help: "A datagram socket takes one when it is opened, and so does a raw or packet socket; socket() answers ENOBUFS when none is left. Equal to NET_MAX_CONTEXTS unless most sockets are of other types.",
    },
    {
      name: "NET_SOCKETS_POLL_MAX",
      type: "int",
      prompt: "Entries that one poll() or poll_oneoff() may have",
      default: 16,
      range: [1, 2048],
      help: "Bounds the work of one call. More entries answer EINVAL.",
    },
    {
      name: "NET_SOCKETS_LOCAL_PORT_MIN",
      type: "int",
      prompt: "First ephemeral port",
      default: 49_152,
      range: [1024, 65_534],
      help: "Ports are drawn at random from this one to 65535.",
      rfc: "RFC 6056 §3.2, RFC 6335 §6",
    },
    {
      name: "NET_TASKS",
      type: "int",
      prompt: "Tasks that can wait in system calls at once",
      default: 1,
      range: [1, 16],
      help: "Each costs 40 bytes. Firmware has one task.",
    },
  ],
};
