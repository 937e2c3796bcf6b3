/** What bench/backfill.mjs runs in each slot. */
export async function noop() {}
