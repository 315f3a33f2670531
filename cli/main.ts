#!/usr/bin/env node
/** The command `socklet`. */
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major < 20 || (major === 20 && minor < 10)) {
  process.stderr.write(
    `socklet needs Node.js 20.10 or newer; this is ${process.versions.node}. https://nodejs.org has it.\n`,
  );
  process.exit(1);
}

const interrupt = new AbortController();
let interrupts = 0;
for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(name, () => {
    interrupts++;
    interrupt.abort();
    // Nothing runs that listens, or it does not end: leave at once.
    if (interrupts > 1) process.exit(130);
  });
}

const { runCommandLine } = await import("./command-line.js");
process.exitCode = await runCommandLine(process.argv.slice(2), {
  stdout: process.stdout,
  stderr: process.stderr,
  stdin: process.stdin,
  signal: interrupt.signal,
});
// Standard input may still be open, which would keep the process.
process.exit();
