/** The configuration as C macros: what a program in C includes before its first line. */
import type { ResolvedConfig } from "./resolved.js";

/** A C string literal. */
function literal(text: string): string {
  return JSON.stringify(text).replaceAll("?", "\\?");
}

/**
 * The text of the header: `CONFIG_…` as Zephyr's autoconf.h has them (a bool that is n is not defined), and
 * SOCKLET_NO_POSIX_NAMES with CONFIG_NET_SOCKETS_POSIX_NAMES=n.
 */
export function generateConfigHeader(config: ResolvedConfig): string {
  const lines = ["/* The configuration of this build. Generated. */"];
  for (const [name, { option, value }] of config.entries) {
    const symbol = `CONFIG_${name}`;
    if (option.type === "bool") {
      if (value === true) lines.push(`#define ${symbol} 1`);
    } else if (option.type === "int") {
      lines.push(`#define ${symbol} ${value}`);
    } else if (option.type === "hex") {
      lines.push(`#define ${symbol} 0x${Number(value).toString(16)}`);
    } else {
      lines.push(`#define ${symbol} ${literal(String(value))}`);
    }
  }
  if (!config.bool("NET_SOCKETS_POSIX_NAMES")) lines.push("#define SOCKLET_NO_POSIX_NAMES 1");
  return `${lines.join("\n")}\n`;
}
