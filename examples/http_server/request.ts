// The HTTP parser (RFC 9112), a byte at a time: requests may come in any pieces, and several in one piece.
//
// Only the line that is being read is kept. What matters of a line is noted when it ends.

import { Client, LINE_BYTES } from "./client";
import { NO_PAGE, pageOf } from "./pages";
import { equals, equalsIgnoringCase } from "./text";

/** Longest head, bytes; a longer one is answered with 431. */
const HEAD_LIMIT: u32 = 8192;
/** Longest body that is read over; before a longer one the connection is closed. */
export const BODY_LIMIT: u32 = 65_536;

// Client.part
const REQUEST_LINE: u8 = 0;
const HEADERS: u8 = 1;

// Client.method
export const METHOD_GET: u8 = 1;
export const METHOD_HEAD: u8 = 2;
export const METHOD_OTHER: u8 = 3;

// Client.flags
/** HTTP/1.1, not 1.0. */
export const IS_1_1: u16 = 1;
const HAS_HOST: u16 = 2;
const HAS_LENGTH: u16 = 4;
const HAS_ENCODING: u16 = 8;
const SAYS_CLOSE: u16 = 16;
const SAYS_KEEP_ALIVE: u16 = 32;
/** The client waits for a word before it sends the body, which it may then leave out. */
const EXPECTS: u16 = 64;

const CR: u32 = 0x0d;
const LF: u32 = 0x0a;
const BLANK: u32 = 0x20;
const TAB: u32 = 0x09;
const COLON: u32 = 0x3a;
const COMMA: u32 = 0x2c;
const SLASH: u32 = 0x2f;
const QUESTION_MARK: u32 = 0x3f;
const ZERO: u32 = 0x30;

export class Request {
  /** Makes ready for the next request. */
  static reset(client: Client): void {
    client.bodyLeft = client.bodyBytes;
    client.bodyBytes = 0;
    client.lineLength = 0;
    client.headBytes = 0;
    client.status = 0;
    client.flags = 0;
    client.part = REQUEST_LINE;
    client.method = 0;
    client.page = NO_PAGE;
  }

  /** Looks at the input. True when a request is complete, or so wrong that it is to be answered at once. */
  static parse(client: Client): bool {
    while (client.looked < client.filled) {
      if (client.bodyLeft) {
        const rest = client.filled - client.looked;
        const skipped = rest < client.bodyLeft ? rest : client.bodyLeft;
        client.looked += skipped;
        client.bodyLeft -= skipped;
        continue;
      }
      const byte: u32 = load<u8>(client.input() + client.looked);
      client.looked++;
      if (Request.take(client, byte)) return true;
    }
    return false;
  }

  /** Whether the connection stays open after the answer. */
  static keepsAlive(client: Client): bool {
    const flags = client.flags;
    if (client.status == 400 || client.status == 414 || client.status == 431 || client.status >= 500) return false;
    if (flags & (SAYS_CLOSE | HAS_ENCODING | EXPECTS)) return false;
    if (client.bodyBytes > BODY_LIMIT) return false;
    return (flags & (IS_1_1 | SAYS_KEEP_ALIVE)) != 0;
  }

  /** One byte of the head. True when it is complete or wrong. */
  private static take(client: Client, byte: u32): bool {
    client.headBytes++;
    if (client.headBytes > HEAD_LIMIT) return Request.wrong(client, 431);
    if (byte != LF) {
      if (byte == 0) return Request.wrong(client, 400);
      if (client.lineLength < LINE_BYTES) store<u8>(client.line() + client.lineLength, byte);
      client.lineLength++;
      if (client.part == REQUEST_LINE && client.lineLength > LINE_BYTES) return Request.wrong(client, 414);
      return false;
    }
    let length = client.lineLength < LINE_BYTES ? client.lineLength : LINE_BYTES;
    if (length != 0 && length == client.lineLength && load<u8>(client.line() + length - 1) == CR) length--;
    client.lineLength = 0;
    if (client.part == REQUEST_LINE) {
      // Empty lines before a request are forgiven (RFC 9112 §2.2).
      if (length == 0) return false;
      client.part = HEADERS;
      return Request.requestLine(client, client.line(), length);
    }
    return length == 0 ? Request.headEnds(client) : Request.header(client, client.line(), length);
  }

  private static wrong(client: Client, status: u16): bool {
    client.status = status;
    return true;
  }

  /** First byte from `from` on that is `wanted`, or `end`. */
  private static find(from: usize, end: usize, wanted: u32): usize {
    let at = from;
    while (at < end && load<u8>(at) != wanted) at++;
    return at;
  }

  /** `GET /path?query HTTP/1.1` */
  private static requestLine(client: Client, line: usize, length: u32): bool {
    const end = line + length;
    const afterMethod = Request.find(line, end, BLANK);
    const afterTarget = Request.find(afterMethod + 1, end, BLANK);
    if (afterMethod == line || afterTarget >= end || afterTarget == afterMethod + 1) return Request.wrong(client, 400);
    const version = afterTarget + 1;
    const versionLength = <u32>(end - version);
    if (versionLength != 8 || !equals(version, 5, "HTTP/") || load<u8>(version, 6) != 0x2e) {
      return Request.wrong(client, 400);
    }
    if (load<u8>(version, 5) != 0x31) return Request.wrong(client, 505);
    if (load<u8>(version, 7) != ZERO) client.flags |= IS_1_1;

    const methodLength = <u32>(afterMethod - line);
    if (equals(line, methodLength, "GET")) client.method = METHOD_GET;
    else if (equals(line, methodLength, "HEAD")) client.method = METHOD_HEAD;
    else client.method = METHOD_OTHER;
    return Request.target(client, afterMethod + 1, afterTarget);
  }

  /** `/path`, or `http://host/path` as proxies say it; what follows a question mark does not matter here. */
  private static target(client: Client, from: usize, end: usize): bool {
    let path = from;
    if (load<u8>(path) != SLASH) {
      if (end - path < 7 || !equalsIgnoringCase(path, 7, "http://")) {
        return client.method == METHOD_OTHER ? false : Request.wrong(client, 400);
      }
      path = Request.find(path + 7, end, SLASH);
    }
    client.page = pageOf(path, <u32>(Request.find(path, end, QUESTION_MARK) - path));
    return false;
  }

  /** `Name: value` */
  private static header(client: Client, line: usize, length: u32): bool {
    const end = line + length;
    const colon = Request.find(line, end, COLON);
    const nameLength = <u32>(colon - line);
    // A name without colon, a blank before the colon, a line that continues the one before (RFC 9112 §5).
    if (nameLength == 0) return Request.wrong(client, 400);
    for (let at = line; at < colon; at++) {
      const letter: u32 = load<u8>(at);
      if (letter <= BLANK || letter >= 0x7f) return Request.wrong(client, 400);
    }
    if (colon == end) return length == LINE_BYTES ? false : Request.wrong(client, 400);

    let from = colon + 1;
    while (from < end && Request.isBlank(load<u8>(from))) from++;
    let to = end;
    while (to > from && Request.isBlank(load<u8>(to - 1))) to--;
    const valueLength = <u32>(to - from);
    if (equalsIgnoringCase(line, nameLength, "host")) {
      if (client.flags & HAS_HOST) return Request.wrong(client, 400);
      client.flags |= HAS_HOST;
    } else if (equalsIgnoringCase(line, nameLength, "content-length")) {
      return Request.contentLength(client, from, to);
    } else if (equalsIgnoringCase(line, nameLength, "transfer-encoding")) {
      client.flags |= HAS_ENCODING;
    } else if (equalsIgnoringCase(line, nameLength, "expect")) {
      if (equalsIgnoringCase(from, valueLength, "100-continue")) client.flags |= EXPECTS;
    } else if (equalsIgnoringCase(line, nameLength, "connection")) {
      Request.connection(client, from, to);
    }
    return false;
  }

  private static isBlank(byte: u32): bool {
    return byte == BLANK || byte == TAB;
  }

  /** Digits only, and the same number when it comes twice (RFC 9112 §6.3): anything else could hide a second request. */
  private static contentLength(client: Client, from: usize, to: usize): bool {
    let value: u32 = 0;
    if (from == to) return Request.wrong(client, 400);
    for (let at = from; at < to; at++) {
      const digit = <u32>load<u8>(at) - ZERO;
      if (digit > 9) return Request.wrong(client, 400);
      value = value > BODY_LIMIT ? value : value * 10 + digit;
    }
    if (client.flags & HAS_LENGTH && client.bodyBytes != value) return Request.wrong(client, 400);
    client.flags |= HAS_LENGTH;
    client.bodyBytes = value;
    return false;
  }

  /** A list of words. */
  private static connection(client: Client, from: usize, to: usize): void {
    let word = from;
    while (word < to) {
      let end = Request.find(word, to, COMMA);
      const next = end + 1;
      while (word < end && Request.isBlank(load<u8>(word))) word++;
      while (end > word && Request.isBlank(load<u8>(end - 1))) end--;
      if (equalsIgnoringCase(word, <u32>(end - word), "close")) client.flags |= SAYS_CLOSE;
      if (equalsIgnoringCase(word, <u32>(end - word), "keep-alive")) client.flags |= SAYS_KEEP_ALIVE;
      word = next;
    }
  }

  /** The empty line: what can only be said of the head as a whole. */
  private static headEnds(client: Client): bool {
    const flags = client.flags;
    if (flags & IS_1_1 && !(flags & HAS_HOST)) client.status = 400;
    else if (flags & HAS_LENGTH && flags & HAS_ENCODING) client.status = 400;
    else if (flags & HAS_ENCODING) client.status = 501;
    else if (client.method == METHOD_OTHER) client.status = 405;
    else client.status = client.page == NO_PAGE ? 404 : 200;
    return true;
  }
}
