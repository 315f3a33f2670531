/** One configuration for all tests of descriptors and what is not an internet socket, so that the core is compiled once. */
export const LOCAL = {
  settings: { NET_TASKS: 2, NET_MAX_CONTEXTS: 8, ZVFS_OPEN_MAX: 16 },
} as const;
