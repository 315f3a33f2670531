/**
 * Whole TCP scripts as text:
 *
 *     script("[SEQ-9] a delayed acknowledgement", { rfc: "9293 §3.8.6.3" }, tcpText(`
 *       +0    listen 8080 backlog 5
 *       +0    < S 0:0(0) win 65535 <mss 1000,sackOK,TS val 1 ecr 0,nop,wscale 6>
 *       +0    > S. 0:0(0) ack 1 <mss 1460,sackOK,TS val * ecr 1,wscale *>
 *       +.01  < . 1:1(0) ack 1 win 1000
 *       +0    accept
 *       +0    < P. 1:1001(1000) ack 1 win 1000
 *       +.1   > . 1:1(0) ack 1001          // delayed ACK
 *       quiet 3.0
 *       +0    read 1000
 *       +0    close
 *       +*    > F. 1:1(0) ack 1001
 *     `));
 *
 * A line begins with the time since the line before: `+s` in seconds. What happens (`<` and calls) happens then; what the stack sends (`>`)
 * must be sent exactly then. `+.2~.05` allows 50 ms more or less, `+*` any time within ten minutes. A comment begins with `//`.
 * Data is a number of bytes of the pattern, or text in quotes.
 *
 * Calls: listen [port] [backlog n] · accept · establish [words] · active [words] · connect · connected [errno] · send n|"text" [errno] ·
 * read n|"text"|end|errno · shutdown rd|wr|rdwr · close · abort · option NAME value · quiet s (nothing is
 * sent for so long). `establish` and `active` do the handshakes of TcpConversation.establish and .connect, with words as
 * `mss 1000 sackOK timestamps wscale 6 window 1000 iss 4294967040`.
 */
import assert from "node:assert/strict";
import type { ScriptBody } from "./script.js";
import { type Call, MSG_DONTWAIT, type ShutdownHow, socketConstant } from "./socket-calls.js";
import type { Stack } from "./stack.js";
import {
  type ConversationOptions,
  type EstablishOptions,
  type OutOptions,
  TcpConversation,
} from "./tcp-conversation.js";
import { parseSegmentText } from "./tcp-notation.js";

/** When a line happens, ms; undefined for "any time". */
interface When {
  readonly after: number | undefined;
  readonly tolerance: number;
}

/** What a line does. */
type Act = (run: Running, when: When) => void;

interface Line {
  readonly text: string;
  readonly when: When;
  readonly act: Act;
}

/** A script that is being played. */
interface Running {
  readonly t: TcpConversation;
  readonly stack: Stack;
  connecting: Call<undefined> | undefined;
}

/** Longest time that `+*` waits, ms. */
const ANY_TIME = 600_000;

/** The body of a script from its text. Mistakes in the text are found here, not when it runs. */
export function tcpText(text: string, options: ConversationOptions = {}): ScriptBody {
  const lines = parseLines(text);
  return (stack) => {
    const run: Running = { t: new TcpConversation(stack, options), stack, connecting: undefined };
    play(run, lines);
  };
}

/** Plays lines in a conversation that a script has begun by other means. */
export function playTcp(t: TcpConversation, text: string): void {
  play({ t, stack: t.stack, connecting: undefined }, parseLines(text));
}

function parseLines(text: string): Line[] {
  return text
    .split("\n")
    .map((line) => line.replace(/\/\/.*/, "").trim())
    .filter((line) => line !== "")
    .map(parseLine);
}

function play(run: Running, lines: readonly Line[]): void {
  for (const line of lines) {
    try {
      line.act(run, line.when);
    } catch (error) {
      if (error instanceof Error) error.message = `at "${line.text}": ${error.message}`;
      throw error;
    }
  }
}

const LINE = /^(?:\+(?<time>\*|\d*\.?\d+)(?:~(?<tolerance>\d*\.?\d+))?\s+)?(?<rest>.*)$/;

function parseLine(text: string): Line {
  const groups = LINE.exec(text)?.groups;
  if (groups === undefined) throw new Error(`"${text}" is no line of a script`);
  const after = groups.time === undefined ? 0 : groups.time === "*" ? undefined : Number(groups.time) * 1000;
  const when = { after, tolerance: Number(groups.tolerance ?? 0) * 1000 };
  const rest = (groups.rest as string).trim();
  if (rest.startsWith(">")) return { text, when, act: expectation(rest.slice(1).trim()) };
  if (after === undefined) throw new Error(`"${text}": only what the stack sends can come at any time`);
  const act = rest.startsWith("<") ? arrival(rest.slice(1).trim()) : call(rest);
  return { text, when, act: (run) => afterTime(run, after, act) };
}

function afterTime(run: Running, after: number, act: (run: Running) => void): void {
  if (after > 0) run.t.advance(after);
  act(run);
}

function expectation(segment: string): Act {
  parseSegmentText(segment);
  return (run, when) => {
    const options: OutOptions =
      when.after === undefined ? { within: ANY_TIME } : { after: when.after, tolerance: when.tolerance };
    run.t.out(segment, options);
  };
}

function arrival(segment: string): (run: Running) => void {
  parseSegmentText(segment);
  return ({ t }) => {
    t.in(segment);
  };
}

/** `"text"`, or a number. */
function data(word: string): string | number | undefined {
  const quoted = /^"(.*)"$/.exec(word);
  if (quoted !== null) return quoted[1];
  return /^\d+$/.test(word) ? Number(word) : undefined;
}

function call(text: string): (run: Running) => void {
  const [verb, ...words] = text.match(/"[^"]*"|\S+/g) ?? [];
  const first = words[0] ?? "";
  switch (verb) {
    case "listen": {
      const backlog = words.indexOf("backlog");
      const port = /^\d+$/.test(first) ? Number(first) : undefined;
      return ({ t }) => void t.listen(port, backlog < 0 ? undefined : Number(words[backlog + 1]));
    }
    case "accept":
      return ({ t }) => void t.accept();
    case "establish":
    case "active": {
      const options = establishOptions(words);
      return ({ t }) => void (verb === "active" ? t.connect(options) : t.establish(options));
    }
    case "connect":
      return (run) => {
        run.connecting = run.t.beginConnect();
      };
    case "connected":
      return (run) => connected(run, first || "SUCCESS");
    case "send":
      return sending(first, words[1]);
    case "read":
      return reading(first);
    case "shutdown":
      return ({ t }) => t.shutdown((first || "wr") as ShutdownHow);
    case "close":
      return ({ t }) => t.close();
    case "abort":
      return ({ t }) => t.abort();
    case "option":
      socketConstant(first);
      return ({ t, stack }) => stack.setSocketOption(t.fd >= 0 ? t.fd : t.listener, first, Number(words[1]));
    case "quiet": {
      const seconds = Number(first);
      if (first === "" || !(seconds >= 0)) throw new Error(`"${text}": quiet for how many seconds?`);
      return ({ t }) => t.quiet(seconds * 1000);
    }
  }
  throw new Error(`"${text}": unknown call`);
}

function establishOptions(words: readonly string[]): EstablishOptions {
  const options: Record<string, number | boolean> = {};
  for (let i = 0; i < words.length; i++) {
    const word = words[i] as string;
    if (["mss", "wscale", "window", "iss"].includes(word)) options[word] = Number(words[++i]);
    else if (["sackOK", "timestamps", "ecn"].includes(word)) options[word] = true;
    else throw new Error(`"${word}" is no option of a handshake`);
  }
  return options as EstablishOptions;
}

function connected(run: Running, errno: string): void {
  const connecting = run.connecting;
  assert(connecting !== undefined, "connect was not called");
  run.stack.world.settle();
  assert(connecting.done, "connect still waits");
  assert.equal(connecting.errno, errno, "connect");
}

function sending(word: string, errno: string | undefined): (run: Running) => void {
  const what = data(word);
  if (what === undefined) throw new Error(`"${word}": send how many bytes, or which text?`);
  if (errno === undefined) return ({ t }) => t.send(what);
  return ({ t, stack }) =>
    assert.equal(
      stack.errno(() => stack.sendWith(t.fd, typeof what === "number" ? new Uint8Array(what) : what, MSG_DONTWAIT)),
      errno,
      "send",
    );
}

function reading(word: string): (run: Running) => void {
  const what = data(word);
  if (typeof what === "number") return ({ t }) => t.read(what);
  if (typeof what === "string") return ({ t }) => t.readBytes(what);
  if (word === "end") return ({ t }) => t.readEnd();
  if (/^E[A-Z]+$/.test(word)) return ({ t }) => t.readError(word);
  throw new Error(`"${word}": read how many bytes, which text, "end", or which error?`);
}
