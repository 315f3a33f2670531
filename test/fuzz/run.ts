/** `npm run fuzz [-- frames [seed]]`: mutated frames, 10 million unless told otherwise. */
import { fuzzFrames, WORK_BOUND } from "./frames.js";

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
