/** The headers of posix/c: numbers and layouts are those of posix/, both sets of names work, in C and in C++. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { build } from "../../cli/build/index.js";
import { UserError } from "../../cli/errors.js";
import { packagePath } from "../../cli/package-root.js";
import { missingForC } from "../../cli/toolchain.js";
import { TEST_CACHE } from "../harness/compile.js";

const absent = missingForC().map(({ name }) => name);
const skip = absent.length > 0 ? `${absent.join(", ")} not installed (scripts/setup.sh --tests)` : false;

const INCLUDE = packagePath("posix", "c", "include");
const SOURCE = packagePath("posix", "c", "source");

const directory = mkdtempSync(join(tmpdir(), "socklet-c-"));
after(() => rmSync(directory, { recursive: true, force: true }));

/** Every header but the generated one and the one that chooses names. */
const HEADERS = readdirSync(INCLUDE, { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".h") && !name.startsWith("socklet"))
  .sort();
const ALL = HEADERS.map((name) => `#include <${name}>\n`).join("");

/** Runs clang on a text; what it says, "" when it is content. */
function clang(text: string, ...parameters: string[]): string {
  const { stderr, status } = spawnSync(
    "clang",
    ["--target=wasm32-wasi", "-x", "c", "-Wall", "-Wextra", "-fsyntax-only", "-isystem", INCLUDE, ...parameters, "-"],
    { input: text, encoding: "utf8" },
  );
  return status === 0 ? stderr : stderr || `clang ended with ${status}`;
}

/** Builds a program for native_sim. */
function program(name: string, files: Readonly<Record<string, string>>, ...defines: string[]) {
  const folder = mkdtempSync(join(directory, `${name}-`));
  for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, file), text);
  return build({
    application: folder,
    board: "native_sim",
    // The stack of test/c/library, which is there already.
    defines: [...readFileSync(packagePath("test/c/library/prj.conf"), "utf8").matchAll(/^CONFIG_.*$/gm)]
      .map(([line]) => line)
      .filter((line) => !defines.some((each) => each.split("=")[0] === line.split("=")[0]))
      .concat(defines),
    buildDirectory: join(directory, "build"),
    cacheDirectory: TEST_CACHE.directory,
  });
}

/** Numbers of posix/zsock that C spells otherwise: O_NONBLOCK is WASI's there. */
const OTHERWISE = ["ZVFS_O_NONBLOCK"];

test("every number of posix/zsock has the same name and value in C", { skip }, () => {
  const numbers = new Map<string, string>();
  for (const file of [
    "constants",
    "netdb-constants",
    "message",
    "control-message",
    "epoll",
    "eventfd",
    "error-queue",
    "time-stamp",
  ]) {
    const text = readFileSync(packagePath("posix", "zsock", `${file}.ts`), "utf8");
    for (const [, name, value] of text.matchAll(/^export const (\w+): [iu]32 = (-?(?:0x[0-9a-f]+|\d+));/gim))
      if (!OTHERWISE.includes(name)) numbers.set(name, value);
  }
  assert.ok(numbers.size > 120, `${numbers.size} numbers`);
  const checks = [...numbers].map(([name, value]) => `_Static_assert((int)(${name}) == (int)${value}, "${name}");`);
  assert.equal(clang(`${ALL}${checks.join("\n")}\n`), "");
});

test("every POSIX name of posix/names.json that C has is there, with its twin", { skip }, () => {
  const names = Object.entries(
    JSON.parse(readFileSync(packagePath("posix/names.json"), "utf8")) as Record<string, { twin: string }>,
  );
  const structures = /^(addrinfo|cmsghdr|epoll_event|iovec|linger|mmsghdr|msghdr|pollfd|timeval)$/;
  const lines = names.map(([name, { twin }], i) => {
    if (structures.test(name)) return `struct ${name} *a${i}(struct ${twin} *p) { return p; }`;
    if (name === "fd_set") return `fd_set *a${i}(zsock_fd_set *p) { return p; }`;
    // A macro with parameters cannot stand alone; functions and numbers can.
    if (/^(FD_|CMSG_)/.test(name) && name !== "FD_SETSIZE")
      return `#if !defined ${name} || !(defined ${twin} || ${Number(name.startsWith("FD_"))})\n#error ${name}\n#endif`;
    return `void a${i}(void) { (void)(${name}); (void)(${twin}); }`;
  });
  // F_GETFL and O_NONBLOCK are the C library's.
  assert.equal(clang(`${ALL}${lines.join("\n")}\n`), "");
});

test("the structures have the layouts that cross into the host", { skip }, () => {
  const sizes: Readonly<Record<string, number>> = {
    "struct sockaddr_in": 16,
    "struct iovec": 8,
    "struct msghdr": 28,
    "struct mmsghdr": 32,
    "struct cmsghdr": 16,
    "struct in_pktinfo": 12,
    "struct sock_extended_err": 16,
    "struct scm_timestamping": 48,
    "struct sockaddr_ll": 20,
    "struct pollfd": 8,
    "struct timeval": 16,
    "struct timespec": 16,
    "struct linger": 8,
    "struct tcp_info": 104,
    "struct epoll_event": 16,
  };
  const checks = Object.entries(sizes).map(([type, size]) => `_Static_assert(sizeof(${type}) == ${size}, "${type}");`);
  checks.push(
    '_Static_assert(offsetof(struct msghdr, msg_flags) == 24, "msg_flags");',
    '_Static_assert(offsetof(struct sockaddr_in, sin_addr) == 4, "sin_addr");',
    '_Static_assert(offsetof(struct epoll_event, data) == 8, "data");',
    '_Static_assert(CMSG_SPACE(1) == 24 && CMSG_LEN(1) == 17, "CMSG");',
    '_Static_assert(sizeof(struct sockaddr_storage) >= sizeof(struct sockaddr_un), "sockaddr_storage");',
  );
  assert.equal(clang(`${ALL}#include <stddef.h>\n#include <time.h>\n${checks.join("\n")}\n`), "");
});

test("each header stands alone, in C99, C17 and C++, without a warning", { skip }, () => {
  for (const header of HEADERS) {
    for (const language of [["-std=gnu99"], ["-std=gnu17", "-DSOCKLET_NO_POSIX_NAMES"], ["-x", "c++", "-std=gnu++17"]])
      assert.equal(clang(`#include <${header}>\n`, ...language), "", `${header} ${language.join(" ")}`);
  }
  // Whatever the C library's own headers include of ours.
  for (const other of ["sys/types.h", "sys/time.h", "stdio.h", "stdlib.h", "time.h"])
    assert.equal(clang(`#define _GNU_SOURCE\n#include <${other}>\n${ALL}`), "", other);
});

test("the functions compile without a warning, with all options on and with none", { skip }, () => {
  for (const file of readdirSync(SOURCE).filter((name) => name.endsWith(".c"))) {
    const text = readFileSync(join(SOURCE, file), "utf8");
    for (const options of [
      [],
      ["-DCONFIG_NET_SOCKETS_UNIX=1", "-DCONFIG_NET_DHCPV4=1", "-DCONFIG_NET_CONFIG_INIT_TIMEOUT=9"],
    ])
      assert.equal(clang(text, "-I", SOURCE, ...options), "", file);
  }
});

const ECHO = `#include <netinet/in.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>
int main(void) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(7)};
  char buffer[64];
  fd_set set;
  int fd = socket(AF_INET, SOCK_DGRAM, 0);
  bind(fd, (struct sockaddr *)&address, sizeof address);
  FD_ZERO(&set);
  FD_SET(fd, &set);
  select(fd + 1, &set, 0, 0, 0);
  return (int)recv(fd, buffer, sizeof buffer, MSG_PEEK) + close(fd);
}
`;
const RENAMED = ECHO.replace(/\b(socket|bind|select|recv|close)\(/g, "zsock_$1(")
  .replace(/\b(FD_\w+|MSG_PEEK)/g, "ZSOCK_$1")
  .replace("fd_set", "zsock_fd_set");

test("both sets of names make the same module, byte for byte", { skip }, async () => {
  const { app } = await program("same", { "main.c": ECHO });
  assert.ok(WebAssembly.validate(new Uint8Array(app.wasm)));
  assert.deepEqual((await program("same", { "main.c": RENAMED })).app.wasm, app.wasm);
  const without = await program("same", { "main.c": RENAMED }, "CONFIG_NET_SOCKETS_POSIX_NAMES=n");
  assert.deepEqual(without.app.wasm, app.wasm);
});

test("with CONFIG_NET_SOCKETS_POSIX_NAMES=n a program can have names of POSIX for itself", { skip }, async () => {
  const own = `${ALL.replace(/#include <(unistd|fcntl|sys\/uio)\.h>\n/g, "")}
struct pollfd { double mine; };
struct addrinfo { int mine; };
typedef struct { int mine; } fd_set;
static int recv(fd_set *set) { return set->mine; }
static int select(double d) { return (int)d; }
static int socket(void) { return zsock_socket(AF_INET, SOCK_DGRAM, 0); }
enum { MSG_PEEK = 77, POLLIN = 78, FD_SETSIZE = 79 };
int main(void) { fd_set set = {MSG_PEEK + POLLIN + FD_SETSIZE}; return recv(&set) + select(2) + socket(); }
`;
  const names = ["CONFIG_NET_SOCKETS_POSIX_NAMES=n"];
  const { app } = await program("own", { "main.c": own }, ...names);
  assert.ok(app.wasm.length > 0);
  await assert.rejects(program("plain", { "main.c": ECHO }, ...names), /fd_set|FD_ZERO/);
});

test("a mistake is named with file and line; one that is a warning goes with the build", { skip }, async () => {
  await assert.rejects(program("wrong", { "main.c": "int main(void) {\n  return missing;\n}\n" }), (error) => {
    assert.ok(error instanceof UserError);
    assert.match(
      error.message,
      /main\.c does not compile:[\s\S]*main\.c:2:10: error: use of undeclared identifier 'missing'/,
    );
    return true;
  });
  await assert.rejects(
    program("link", { "main.c": "int absent(void);\nint main(void) { return absent(); }\n" }),
    /absent/,
  );
  const { app } = await program("warned", { "main.c": "int main(void) { int unused; return 0; }\n" });
  assert.match(app.diagnostics.join("\n"), /main\.c:1:\d+: warning: unused variable 'unused'/);
});

test("what does not fit CONFIG_APP_MEMORY_SIZE is refused with the number that does", { skip }, async () => {
  const large = (bytes: number) => ({
    "main.c": `static char field[${bytes}];\nint main(int n, char **p) { field[n] = *p[0]; return field[n + 1]; }\n`,
  });
  await assert.rejects(
    program("large", large(20_000)),
    /CONFIG_APP_MEMORY_SIZE is 16384\. Set CONFIG_APP_MEMORY_SIZE=2\d{4} or more in .*prj\.conf/,
  );
  await assert.rejects(program("larger", large(200_000)), /Set CONFIG_APP_MEMORY_SIZE=2\d{5} or more/);
  const { app } = await program("fits", large(8000));
  assert.ok(app.heapBase > 12_000 && app.heapBase < 14_000, `${app.heapBase}`);
});

test("several files make one program, and package.json may have further arguments for the compiler", {
  skip,
}, async () => {
  const { app } = await program("several", {
    "main.c": '#include "other.h"\nint main(void) { return other() - NUMBER; }\n',
    "other.h": "int other(void);\n",
    "other.c": '#include "other.h"\nint other(void) { return 7; }\n',
    "package.json": '{ "socklet": { "cflags": ["-DNUMBER=7"] } }',
  });
  assert.ok(app.wasm.length > 0);
});
