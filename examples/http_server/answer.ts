// Answers: a head that fits the request, then a body.

import { uptimeMilliseconds } from "socklet/posix/time";
import { ANSWERING, CLIENTS, Client, OUTPUT_BYTES } from "./client";
import { INDEX, PAGE_INDEX, writeStatus } from "./pages";
import { IS_1_1, METHOD_HEAD, Request } from "./request";
import { Writer } from "./text";

/** Longest body that is made for the occasion. */
const BODY_BYTES: u32 = 160;

class Counters {
  /** usize → u32 requests answered, u32 connections accepted. */
  static block(): usize {
    return memory.data(8, 4);
  }
}

export class Answer {
  /** Counts a new connection. */
  static countAccepted(): void {
    store<u32>(Counters.block(), load<u32>(Counters.block(), 4) + 1, 4);
  }

  /** Makes the answer to the request that has been read: status and page are in the client's record. */
  static make(client: Client): void {
    const requests = load<u32>(Counters.block()) + 1;
    store<u32>(Counters.block(), requests);
    const isIndex = client.status == 200 && client.page == PAGE_INDEX;
    const body: usize = memory.data(BODY_BYTES, 4);
    Writer.begin(body, BODY_BYTES);
    if (client.status != 200) Answer.writeReason(client.status);
    else if (!isIndex) Answer.writeStatus(requests);
    const bodyLength = <u32>(Writer.end() - body);

    Writer.begin(client.output(), OUTPUT_BYTES);
    Writer.text("HTTP/1.1 ");
    Answer.writeReason(client.status);
    Writer.text("\r\nContent-Type: ");
    if (isIndex) Writer.text("text/html; charset=utf-8\r\nCache-Control: max-age=60");
    else if (client.status == 200) Writer.text("application/json\r\nCache-Control: no-store");
    else Writer.text("text/plain");
    Writer.text("\r\nContent-Length: ");
    Writer.number(isIndex ? INDEX.length : bodyLength);
    if (client.status == 405) Writer.text("\r\nAllow: GET, HEAD");
    if (!Request.keepsAlive(client)) Writer.text("\r\nConnection: close");
    else if (!(client.flags & IS_1_1)) Writer.text("\r\nConnection: keep-alive");
    Writer.text("\r\n\r\n");
    client.textLength = 0;
    if (client.method != METHOD_HEAD) {
      Answer.copy(body, bodyLength);
      if (isIndex) {
        client.text = changetype<usize>(INDEX);
        client.textLength = INDEX.length;
      }
    }
    client.outputLength = <u32>(Writer.end() - client.output());
    client.sent = 0;
    client.phase = ANSWERING;
  }

  private static copy(from: usize, length: u32): void {
    for (let i: u32 = 0; i < length; i++) Writer.byte(load<u8>(from + i));
  }

  private static writeStatus(requests: u32): void {
    let connections: u32 = 0;
    for (let i: i32 = 0; i < CLIENTS; i++) if (Client.at(i).fd != 0) connections++;
    writeStatus(uptimeMilliseconds() / 1000, requests, connections, load<u32>(Counters.block(), 4));
  }

  /** `404 Not Found` */
  private static writeReason(status: u32): void {
    Writer.number(status);
    if (status == 200) Writer.text(" OK");
    else if (status == 400) Writer.text(" Bad Request");
    else if (status == 404) Writer.text(" Not Found");
    else if (status == 405) Writer.text(" Method Not Allowed");
    else if (status == 414) Writer.text(" URI Too Long");
    else if (status == 431) Writer.text(" Request Header Fields Too Large");
    else if (status == 501) Writer.text(" Not Implemented");
    else Writer.text(" HTTP Version Not Supported");
  }

  /** Bytes of the whole answer. */
  static length(client: Client): u32 {
    return client.outputLength + client.textLength;
  }

  /**
   * Copies up to `room` bytes of the answer, from byte `client.sent` on.
   *
   * @param to usize → u8[room], filled in
   * @returns bytes copied
   */
  static piece(client: Client, to: usize, room: u32): u32 {
    let filled: u32 = 0;
    if (client.sent < client.outputLength) {
      const rest = client.outputLength - client.sent;
      filled = rest < room ? rest : room;
      memory.copy(to, client.output() + client.sent, filled);
    }
    const end = Answer.length(client) - client.sent;
    const first = client.sent + filled - client.outputLength;
    // The text is ASCII in UTF-16: every second byte.
    for (let i = filled; i < room && i < end; i++) {
      store<u8>(to + i, load<u16>(client.text + ((<usize>(first + i - filled)) << 1)));
    }
    return end < room ? end : room;
  }
}
