/** Explains an import of a POSIX name that CONFIG_NET_SOCKETS_POSIX_NAMES=n has taken away. */
import { readFileSync } from "node:fs";
import { describeOrigin, type ResolvedConfig } from "../config/index.js";
import { packagePath } from "../package-root.js";

/** posix/names.json: POSIX name → its zsock_ or ZSOCK_ twin and the header (under posix/) that has both. */
type NameTable = Readonly<Record<string, { readonly twin: string; readonly header: string }>>;

let table: NameTable | undefined;

function nameTable(): NameTable {
  table ??= JSON.parse(readFileSync(packagePath("posix", "names.json"), "utf8")) as NameTable;
  return table;
}

/** A paragraph that says why `name` cannot be imported and what to write instead; "" when it is another mistake. */
export function explainImport(name: string, config: ResolvedConfig): string {
  const entry = config.entries.get("NET_SOCKETS_POSIX_NAMES");
  if (entry === undefined || entry.value === true) return "";
  const names = nameTable();
  const row = Object.hasOwn(names, name) ? names[name] : undefined;
  if (row === undefined) return "";
  return (
    `"${name}" exists only with CONFIG_NET_SOCKETS_POSIX_NAMES=y, and it is n (${describeOrigin(entry.origin)}). ` +
    `Import ${row.twin} from "socklet/posix/${row.header}" instead, or set CONFIG_NET_SOCKETS_POSIX_NAMES=y in prj.conf.`
  );
}
