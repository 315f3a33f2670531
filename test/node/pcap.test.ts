/** Capture files are read back by tcpdump. */
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { PcapFile, pcap, writePcap } from "../../runtime/node/pcap.js";
import { Peer } from "../harness/peer.js";

const peer = new Peer({ mac: "02:00:00:00:00:99", ip: "10.0.2.2" }, { mac: "02:00:00:00:00:01", ip: "10.0.2.15" });
const FRAMES = [
  { time: 1_000_001, frame: peer.arpRequest() },
  { time: 2_500_000, frame: peer.ping({ id: 7, sequence: 3 }) },
  { time: 4_294_967_296, frame: peer.udp({ srcPort: 5555, dstPort: 7 }, "hello") },
];
const hasTcpdump = spawnSync("tcpdump", ["--version"]).status === 0;

test("tcpdump shows every frame with its time", { skip: hasTcpdump ? false : "tcpdump is not installed" }, () => {
  const folder = mkdtempSync(join(tmpdir(), "socklet-pcap-"));
  try {
    const path = join(folder, "frames.pcap");
    writePcap(path, FRAMES);
    const text = execFileSync("tcpdump", ["-r", path, "-n", "-tt", "-vv"], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
    assert.match(text, /^1\.000001 ARP.*who-has 10\.0\.2\.15 tell 10\.0\.2\.2/m);
    assert.match(text, /^2\.500000 IP[\s\S]*10\.0\.2\.2 > 10\.0\.2\.15: ICMP echo request, id 7, seq 3, length 16/m);
    assert.match(text, /^4294\.967296 IP[\s\S]*10\.0\.2\.2\.5555 > 10\.0\.2\.15\.7: \[udp sum ok\] UDP, length 5/m);
    assert.doesNotMatch(text, /bad cksum|incorrect|truncated/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("a growing capture is the same file, whole after each frame", () => {
  const folder = mkdtempSync(join(tmpdir(), "socklet-pcap-"));
  try {
    const path = join(folder, "growing.pcap");
    const file = new PcapFile(path);
    FRAMES.forEach((frame, index) => {
      file.write(frame);
      assert.deepEqual(Uint8Array.from(readFileSync(path)), pcap(FRAMES.slice(0, index + 1)));
    });
    file.close();
    file.write(FRAMES[0]); // after the end: ignored
    assert.equal(readFileSync(path).length, pcap(FRAMES).length);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
