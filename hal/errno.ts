/**
 * The errno values a driver can answer with, negated. WASI numbers, as everywhere in the core.
 *
 * @see wasi_snapshot_preview1, type `errno`
 */

/** No such device: another chip, or none, answers at the address. */
export const ENODEV: i32 = 43;

/** A bounded wait for the chip ran out. */
export const ETIMEDOUT: i32 = 73;
