import type { KeyringFile } from './keyring.js';

/** The longest step is 365 days and its links live a minute longer: a key that was retired before opens nothing alive. */
export const defaultKeepMs = 366 * 24 * 60 * 60 * 1000;

export interface Rotation {
  keyring: KeyringFile;
  /** Key ids that were dropped: their tokens open no more. */
  dropped: string[];
}

/**
 * A ring in which `fresh` seals and the others only open. Keys that were retired longer than `keepMs` ago are dropped.
 */
export function rotateKeyring(
  ring: KeyringFile,
  { fresh, now, keepMs = defaultKeepMs }: { fresh: { kid: string; secret: string }; now: Date; keepMs?: number },
): Rotation {
  const nowText = now.toISOString();
  const retired = ring.keys.map((key) => ({ ...key, retiredAt: key.retiredAt ?? nowText }));
  const isKept = (key: { retiredAt: string }) => Date.parse(key.retiredAt) + keepMs > now.getTime();
  return {
    keyring: { current: fresh.kid, keys: [{ ...fresh, createdAt: nowText }, ...retired.filter(isKept)] },
    dropped: retired.filter((key) => !isKept(key)).map(({ kid }) => kid),
  };
}
