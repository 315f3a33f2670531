/**
 * Every option of socklet, typed; a file of kconfig/ for each menu. The names are Zephyr's where the meaning is the same.
 *
 * An application sets options in its prj.conf (`CONFIG_NET_MAX_CONTEXTS=8`) or with `-DCONFIG_…=…`. The build checks
 * them against this list and hands them to AssemblyScript as constants (config.ts), so that what an option switches
 * off is absent from the image.
 */
import { application } from "./kconfig/application.js";
import { board } from "./kconfig/board.js";
import { capabilities } from "./kconfig/capabilities.js";
import { handles } from "./kconfig/handles.js";
import { ip } from "./kconfig/ip.js";
import { link } from "./kconfig/link.js";
import { multicast } from "./kconfig/multicast.js";
import { names } from "./kconfig/names.js";
import { netConfig } from "./kconfig/net-config.js";
import type { KconfigMenu, KconfigOption } from "./kconfig/option.js";
import { raw } from "./kconfig/raw.js";
import { sockets } from "./kconfig/sockets.js";
import { tcp } from "./kconfig/tcp.js";

export type { KconfigMenu, KconfigOption, OptionValue } from "./kconfig/option.js";

/** All menus, in the order in which they are shown. */
export const MENUS: readonly KconfigMenu[] = [
  application,
  capabilities,
  netConfig,
  names,
  sockets,
  raw,
  handles,
  ip,
  multicast,
  tcp,
  link,
  board,
];

/** All options, in the order of the menus. */
export const OPTIONS: readonly KconfigOption[] = MENUS.flatMap((menu) => menu.options);
