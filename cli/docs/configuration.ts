/** docs/configuration.md, from Kconfig.ts. */
import { type KconfigOption, MENUS } from "../../Kconfig.js";
import { formatValue } from "../config/index.js";

const INTRODUCTION = `# Configuration

Generated from Kconfig.ts by \`npm run docs\`; \`npm test\` holds the two together.

An application sets options in its \`prj.conf\`, one a line, or on the command line, which wins:

\`\`\`
# prj.conf
CONFIG_NET_MAX_CONTEXTS=8
CONFIG_NET_CONFIG_MY_IPV4_ADDR="192.0.2.1"
# CONFIG_NET_LOOPBACK is not set
\`\`\`

\`\`\`
socklet build . -b mps2_an385 -DCONFIG_NET_MAX_CONTEXTS=16
\`\`\`

The layers are, each above the one before: the defaults below, the board's, \`prj.conf\`, files that \`--conf\` names, \`-D\`. Within a layer the last assignment wins.
\`socklet config <app> -b <board>\` lists every value and where it came from. An unknown symbol, a wrong type, a value out of range and an unmet
dependency stop the build, with file and line.
`;

function describe(option: KconfigOption): string[] {
  const rows: string[] = [`\`${option.type}\`, default \`${formatValue(option, option.default)}\``];
  const show = (value: number): string =>
    option.type === "hex" ? `0x${value.toString(16)}` : value.toLocaleString("en-US");
  if (option.range !== undefined) rows.push(`${show(option.range[0])} to ${show(option.range[1])}`);
  if (option.unit !== undefined) rows.push(option.unit);
  if (option.multipleOf !== undefined) rows.push(`a multiple of ${option.multipleOf}`);
  if (option.values !== undefined) rows.push(option.values.map((value) => `\`"${value}"\``).join(" or "));
  if (option.depends !== undefined) {
    const needs = option.depends.map((name) =>
      name.startsWith("!") ? `CONFIG_${name.slice(1)}=n` : `CONFIG_${name}=y`,
    );
    rows.push(`needs \`${needs.join("`, `")}\``);
  }
  return rows;
}

function section(option: KconfigOption): string {
  const source = option.rfc === undefined ? "" : ` (${option.rfc})`;
  return `### CONFIG_${option.name}\n\n${option.prompt}. ${describe(option).join("; ")}.\n\n${option.help}${source}\n`;
}

/** The text of docs/configuration.md. */
export function configurationPage(): string {
  const menus = MENUS.map((menu) => {
    const own = menu.options.filter((option) => option.internal === true);
    const note = own.length === menu.options.length ? "\nAn application cannot set these.\n" : "";
    return `## ${menu.title}\n${note}\n${menu.options.map(section).join("\n")}`;
  });
  return `${INTRODUCTION}\n${menus.join("\n")}`;
}
