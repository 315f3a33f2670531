/** Configuration: from Kconfig.ts, a board, a prj.conf and -D arguments to values, and to AssemblyScript. */
export { generateConfigModule } from "./generate-module.js";
export { type Assignment, parsePrjConf } from "./prj-conf.js";
export { type ConfFile, type ConfigSources, DEFAULTS_BOARD, resolveConfig } from "./resolve.js";
export { describeOrigin, type Origin, ResolvedConfig, type ResolvedOption } from "./resolved.js";
export { formatValue } from "./values.js";
