/** `npm run fuzz [-- frames [seed]]`: mutated frames, 10 million unless told otherwise; a tenth as many with raw and packet sockets open, and as many TCP segments. */
import { fuzzFrames, WORK_BOUND } from "./frames.js";
import { fuzzTcp, TCP_WORK_BOUND } from "./tcp.js";

const frames = Number(process.argv[2] ?? 10_000_000);
const seed = Number(process.argv[3] ?? 1);
const started = Date.now();
const result = await fuzzFrames(frames, seed, (done) => {
  if (done % 500_000 === 0)
    console.log(`${done.toLocaleString("en")} frames, ${((Date.now() - started) / 1000).toFixed(0)} s`);
});
console.log(
  `${frames.toLocaleString("en")} mutated frames, seed ${seed}: no trap; at most ${result.mostWork} loop turns and calls for one ` +
    `(bound ${WORK_BOUND}); ${result.datagramsIn.toLocaleString("en")} datagrams reached the socket, ` +
    `${result.framesOut.toLocaleString("en")} frames sent; ${result.answers.toLocaleString("en")} times asked for a ping and an echo, all answered`,
);
const watched = await fuzzFrames(Math.ceil(frames / 10), seed, undefined, true);
console.log(
  `${watched.frames.toLocaleString("en")} of them again, watched by raw and packet sockets, which read ${watched.copies.toLocaleString("en")} copies: no ` +
    `trap; at most ${watched.mostWork} loop turns and calls for one`,
);
const segments = await fuzzTcp(Math.ceil(frames / 10), seed);
console.log(
  `${Math.ceil(frames / 10).toLocaleString("en")} TCP segments: no trap; at most ${segments.mostWork} loop turns and calls for one (bound ` +
    `${TCP_WORK_BOUND}); ${segments.accepted.toLocaleString("en")} connections accepted, ${segments.connected.toLocaleString("en")} begun, ` +
    `${segments.bytesIn.toLocaleString("en")} bytes received; ${segments.answers.toLocaleString("en")} times a new connection was tried and worked`,
);
const fast = await fuzzTcp(Math.ceil(frames / 20), seed, undefined, true);
console.log(
  `${Math.ceil(frames / 20).toLocaleString("en")} TCP segments with TCP Fast Open: no trap; at most ${fast.mostWork} loop turns and calls for one; ` +
    `${fast.accepted.toLocaleString("en")} connections accepted, ${fast.connected.toLocaleString("en")} begun`,
);
