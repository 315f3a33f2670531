// What the server serves. The page is plain text in the program; the status is written anew for each request.

import { equals, Writer } from "./text";

// Client.page
export const NO_PAGE: u8 = 0;
export const PAGE_INDEX: u8 = 1;
export const PAGE_STATUS: u8 = 2;

/** The page that a path stands for. */
export function pageOf(path: usize, length: u32): u8 {
  if (length == 0 || equals(path, length, "/") || equals(path, length, "/index.html")) return PAGE_INDEX;
  if (equals(path, length, "/status.json")) return PAGE_STATUS;
  return NO_PAGE;
}

/** The page at "/": ASCII. It asks for the status every second and shows it. */
export const INDEX: string = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>socklet</title>
<link rel="icon" href="data:,">
<style>
:root{color-scheme:light dark;--ink:#1d2733;--pale:#667788;--paper:#f4f6f8;--card:#fff;--mark:#0a7d6c}
@media(prefers-color-scheme:dark){:root{--ink:#e4eaf0;--pale:#93a3b3;--paper:#12181f;--card:#1b232c;--mark:#3fc9b0}}
body{margin:0;min-height:100vh;display:grid;place-content:center;background:var(--paper);color:var(--ink);font:1rem/1.6 system-ui,sans-serif}
main{width:min(36rem,88vw)}
h1{margin:0;font-size:2.4rem;letter-spacing:-.03em}h1 b{color:var(--mark)}
p{color:var(--pale);margin:.3rem 0 1.6rem}
dl{display:grid;grid-template-columns:repeat(auto-fit,minmax(9rem,1fr));gap:.8rem;margin:0}
div{background:var(--card);border-radius:.6rem;padding:.8rem 1rem;box-shadow:0 1px 3px #0002}
dt{font-size:.8rem;color:var(--pale)}dd{margin:0;font-size:1.7rem;font-variant-numeric:tabular-nums}
a{color:var(--mark)}
</style>
<main>
<h1>sock<b>let</b></h1>
<p>This page comes from a microcontroller: a web server in TypeScript on sockets, on a TCP/IP stack in TypeScript.</p>
<dl>
<div><dt>uptime</dt><dd id="uptime">-</dd></div>
<div><dt>requests</dt><dd id="requests">-</dd></div>
<div><dt>connections</dt><dd id="connections">-</dd></div>
</dl>
<p><br>The numbers as <a href="/status.json">/status.json</a></p>
</main>
<script>
async function show(){try{
const s=await(await fetch("/status.json")).json()
for(const k of["requests","connections"])document.getElementById(k).textContent=s[k]
document.getElementById("uptime").textContent=s.uptime+" s"
}catch{}setTimeout(show,1000)}
show()
</script>
</html>
`;

/** The status as JSON: seconds since the start, requests answered, connections open now and accepted so far. */
export function writeStatus(uptime: u32, requests: u32, connections: u32, accepted: u32): void {
  Writer.text('{"uptime":');
  Writer.number(uptime);
  Writer.text(',"requests":');
  Writer.number(requests);
  Writer.text(',"connections":');
  Writer.number(connections);
  Writer.text(',"accepted":');
  Writer.number(accepted);
  Writer.text("}\n");
}
