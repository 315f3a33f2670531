/** Selective acknowledgements that the stack sends (RFC 2018, RFC 2883): the rows DAT-4 and DAT-5. */
import { script } from "../../harness/script.js";
import { tcp } from "../../harness/tcp-conversation.js";
import { FEW_RECORDS } from "./settings.js";

script("[DAT-4] without permission on both SYNs there are none", { rfc: "2018 §2" }, (stack) => {
  const t = tcp(stack);
  t.establish();
  t.in(". 101:201(100) ack 1");
  t.out(". 1:1(0) ack 1 <>");
});

script(
  "[DAT-4] built without them they are neither offered nor sent",
  { rfc: "2018 §2", settings: { NET_TCP_SACK: false } },
  (stack) => {
    const t = tcp(stack);
    t.listen();
    t.in("S 0:0(0) <mss 1460,sackOK>");
    t.out("S. 0:0(0) ack 1 <mss 1460>");
    t.in(". 1:1(0) ack 1");
    t.accept();
    t.in(". 101:201(100) ack 1");
    t.out(". 1:1(0) ack 1 <>");
  },
);

script(
  "[DAT-4] a block for what is out of order; it grows, and goes when the gap closes",
  { rfc: "2018 §4" },
  (stack) => {
    const t = tcp(stack);
    t.establish({ sackOK: true });
    t.in(". 101:201(100) ack 1");
    t.out(". 1:1(0) ack 1 <sack 101:201>");
    t.in(". 201:301(100) ack 1");
    t.out(". 1:1(0) ack 1 <sack 101:301>");
    t.in(". 51:101(50) ack 1");
    t.out(". 1:1(0) ack 1 <sack 51:301>");
    t.in(". 1:51(50) ack 1");
    t.out(". 1:1(0) ack 301 <>");
    t.read(300);
  },
);

script("[DAT-4] the latest first, four without timestamps", { rfc: "2018 §4" }, (stack) => {
  const t = tcp(stack);
  t.establish({ sackOK: true });
  t.in(". 101:111(10) ack 1");
  t.out(". 1:1(0) ack 1 <sack 101:111>");
  t.in(". 301:311(10) ack 1");
  t.out(". 1:1(0) ack 1 <sack 301:311 101:111>");
  t.in(". 201:211(10) ack 1");
  t.out(". 1:1(0) ack 1 <sack 201:211 301:311 101:111>");
  t.in(". 401:411(10) ack 1");
  t.out(". 1:1(0) ack 1 <sack 401:411 201:211 301:311 101:111>");
  t.in(". 501:511(10) ack 1");
  t.out(". 1:1(0) ack 1 <sack 501:511 401:411 201:211 301:311>");
  // One that grows comes to the front.
  t.in(". 311:321(10) ack 1");
  t.out(". 1:1(0) ack 1 <sack 301:321 501:511 401:411 201:211>");
  // Two that meet are one.
  t.in(". 211:301(90) ack 1");
  t.out(". 1:1(0) ack 1 <sack 201:321 501:511 401:411 101:111>");
});

script("[DAT-4] three with timestamps", { rfc: "2018 §3" }, (stack) => {
  const t = tcp(stack);
  t.establish({ sackOK: true, timestamps: true });
  for (const [at, blocks] of [
    [101, "101:111"],
    [201, "201:211 101:111"],
    [301, "301:311 201:211 101:111"],
    [401, "401:411 301:311 201:211"],
  ] as const) {
    t.in(`. ${at}(10) ack 1`);
    t.out(`. 1:1(0) ack 1 <TS val * ecr *,sack ${blocks}>`);
  }
});

script("[DAT-4] a gap that is filled in part leaves the blocks above it", { rfc: "2018 §4" }, (stack) => {
  const t = tcp(stack);
  t.establish({ sackOK: true });
  t.in(". 101:201(100) ack 1");
  t.out(". 1:1(0) ack 1 <sack 101:201>");
  t.in(". 301:401(100) ack 1");
  t.out(". 1:1(0) ack 1 <sack 301:401 101:201>");
  t.in(". 1:101(100) ack 1");
  t.out(". 1:1(0) ack 201 <sack 301:401>");
  t.read(200);
  t.in(". 201:301(100) ack 1");
  t.out(". 1:1(0) ack 401 <>");
  t.read(200);
});

script("[DAT-4] also on an ACK that is sent for another reason", { rfc: "2018 §4" }, (stack) => {
  const t = tcp(stack);
  t.establish({ sackOK: true });
  t.in(". 101:201(100) ack 1");
  t.out(". 1:1(0) ack 1 <sack 101:201>");
  // A challenge.
  t.in("S 0:0(0)");
  t.out(". 1:1(0) ack 1 <sack 101:201>");
});

script(
  "[DAT-4] a pool without room for one more range: nothing is said that is not kept",
  { rfc: "2018 §8", settings: FEW_RECORDS },
  (stack) => {
    const t = tcp(stack);
    t.establish({ sackOK: true });
    t.in(". 101:111(10) ack 1");
    t.out(". 1:1(0) ack 1 <sack 101:111>");
    t.in(". 201:211(10) ack 1");
    t.out(". 1:1(0) ack 1 <sack 201:211 101:111>");
    t.in(". 301:311(10) ack 1");
    t.out(". 1:1(0) ack 1 <sack 201:211 101:111>");
    t.in(". 1:201(200) ack 1");
    t.out(". 1:1(0) ack 211 <>");
    t.read(210);
  },
);

script("[DAT-5] a segment that was taken before is named first", { rfc: "2883 §4.1" }, (stack) => {
  const t = tcp(stack);
  t.establish({ sackOK: true });
  t.in("P. 1:101(100) ack 1");
  t.out(". 1:1(0) ack 101 <>", { after: 100 });
  t.in("P. 1:101(100) ack 1");
  t.out(". 1:1(0) ack 101 <sack 1:101>");
  // Once: the next one says nothing of it.
  t.in("P. 101:201(100) ack 1");
  t.out(". 1:1(0) ack 201 <>", { after: 100 });
  t.read(200);
});

script(
  "[DAT-5] a duplicate while something is out of order: first the duplicate, then the rest",
  { rfc: "2883 §4.1" },
  (stack) => {
    const t = tcp(stack);
    t.establish({ sackOK: true });
    t.in("P. 1:101(100) ack 1");
    t.out(". 1:1(0) ack 101", { after: 100 });
    t.in("P. 201:301(100) ack 1");
    t.out(". 1:1(0) ack 101 <sack 201:301>");
    t.in("P. 1:101(100) ack 1");
    t.out(". 1:1(0) ack 101 <sack 1:101 201:301>");
    t.read(100);
  },
);

script("[DAT-5] a duplicate of what is out of order: the part, then the whole block", { rfc: "2883 §4.2" }, (stack) => {
  const t = tcp(stack);
  t.establish({ sackOK: true });
  t.in("P. 201:301(100) ack 1");
  t.out(". 1:1(0) ack 1 <sack 201:301>");
  t.in("P. 301:401(100) ack 1");
  t.out(". 1:1(0) ack 1 <sack 201:401>");
  t.in("P. 201:301(100) ack 1");
  t.out(". 1:1(0) ack 1 <sack 201:301 201:401>");
  t.in("P. 1:11(10) ack 1");
  t.out(". 1:1(0) ack 11 <sack 201:401>");
  t.read(10);
});
