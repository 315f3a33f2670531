/** What the scripts of TCP Fast Open share: settings, options by name, the cookie that a key makes, computed here anew. */
import { hex, ipBytes } from "../../harness/bytes.js";
import { IPPROTO_TCP, socketConstant } from "../../harness/socket-calls.js";
import type { Stack } from "../../harness/stack.js";
import { type TcpConversation, tcp } from "../../harness/tcp-conversation.js";

export const FAST = { settings: { NET_TCP_FASTOPEN: true, NET_MAX_CONTEXTS: 8, ZVFS_OPEN_MAX: 16 } };
export const MSG_FASTOPEN = 0x2000_0000;
/** tcpi_options. */
export const SYN_DATA = 32;
/** tcpi_fastopen_client_fail. */
export const NO_COOKIE = 1;
export const DATA_NOT_ACKED = 2;
export const SYN_RETRANSMITTED = 3;

export const KEY = "0123456789abcdef0123456789abcdef";

/** A listener with TCP_FASTOPEN `limit` and the key KEY. */
export function fastListener(stack: Stack, limit = 5, backlog = 5, port = 8080): TcpConversation {
  const t = tcp(stack);
  t.listen(port, backlog);
  stack.setSocketOption(t.listener, "TCP_FASTOPEN", limit);
  setKeys(stack, t.listener, KEY);
  return t;
}

/** TCP_FASTOPEN_KEY, in hexadecimal digits. */
export function setKeys(stack: Stack, fd: number, keys: string): void {
  stack.setOptionBytes(fd, IPPROTO_TCP, socketConstant("TCP_FASTOPEN_KEY"), Buffer.from(keys, "hex"));
}

/** Byte `offset` of struct tcp_info. */
function info(stack: Stack, fd: number, offset: number): number {
  return stack.getOptionBytes(fd, IPPROTO_TCP, socketConstant("TCP_INFO"), 104)[offset] as number;
}

/** tcpi_rtt, µs. */
export function infoRoundTrip(stack: Stack, fd: number): number {
  const bytes = stack.getOptionBytes(fd, IPPROTO_TCP, socketConstant("TCP_INFO"), 104);
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(68, true);
}

export const infoState = (stack: Stack, fd: number): number => info(stack, fd, 0);
export const infoOptions = (stack: Stack, fd: number): number => info(stack, fd, 5);
export const infoFailure = (stack: Stack, fd: number): number => (info(stack, fd, 7) >>> 1) & 3;

const MASK = (1n << 64n) - 1n;
const rotate = (value: bigint, by: bigint): bigint => ((value << by) | (value >> (64n - by))) & MASK;

/** SipHash-2-4, written from the paper of its authors. @param key 16 bytes in hexadecimal digits */
export function sipHash(key: string, data: Uint8Array): bigint {
  const bytes = Buffer.from(key, "hex");
  const [k0, k1] = [bytes.readBigUInt64LE(0), bytes.readBigUInt64LE(8)];
  let [v0, v1, v2, v3] = [
    k0 ^ 0x736f6d6570736575n,
    k1 ^ 0x646f72616e646f6dn,
    k0 ^ 0x6c7967656e657261n,
    k1 ^ 0x7465646279746573n,
  ];
  const round = (): void => {
    v0 = (v0 + v1) & MASK;
    v2 = (v2 + v3) & MASK;
    v1 = rotate(v1, 13n) ^ v0;
    v3 = rotate(v3, 16n) ^ v2;
    v0 = rotate(v0, 32n);
    v2 = (v2 + v1) & MASK;
    v0 = (v0 + v3) & MASK;
    v1 = rotate(v1, 17n) ^ v2;
    v3 = rotate(v3, 21n) ^ v0;
    v2 = rotate(v2, 32n);
  };
  const padded = Buffer.alloc((Math.floor(data.length / 8) + 1) * 8);
  padded.set(data);
  padded[padded.length - 1] = data.length & 255;
  for (let at = 0; at < padded.length; at += 8) {
    const word = padded.readBigUInt64LE(at);
    v3 ^= word;
    round();
    round();
    v0 ^= word;
  }
  v2 ^= 0xffn;
  for (let i = 0; i < 4; i++) round();
  return v0 ^ v1 ^ v2 ^ v3;
}

/** The cookie that a server at `server` gives to `client` under `key`, in hexadecimal digits. */
export function cookieOf(client: string, server: string, key = KEY): string {
  const out = Buffer.alloc(8);
  out.writeBigUInt64LE(sipHash(key, Uint8Array.from([...ipBytes(client), ...ipBytes(server)])));
  return hex(out);
}
