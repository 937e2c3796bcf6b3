import { base64url } from 'jose';
import { z } from 'zod';
import { AlmanacError } from '../errors.js';

/** Keys of callback tokens: the current one seals, every one opens. */
export interface Keyring {
  /** Key id that seals new tokens. */
  readonly current: string;
  /** 32 bytes by key id; the current key is among them. */
  readonly keys: ReadonlyMap<string, Uint8Array>;
}

/**
 * The ring as it is now: it may be rotated at any time, so it is asked for again at each use.
 * @param kid of a token: a source that keeps a copy reads again when this key is not in it
 */
export type KeyringSource = (kid?: string) => Promise<Keyring>;

const keyId = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, 'a key id is 1 to 64 of A-Z, a-z, 0-9, _ and -');
const secret = z.string().regex(/^[A-Za-z0-9_-]{43}$/, 'a secret is 32 bytes in base64url (43 characters)');
const keyEntry = z.strictObject({
  kid: keyId,
  secret,
  createdAt: z.iso.datetime(),
  /** Since when it seals nothing any more; absent on the current key. */
  retiredAt: z.iso.datetime().optional(),
});

const keyringFile = z
  .strictObject({ current: keyId, keys: z.array(keyEntry).min(1) })
  .refine((ring) => new Set(ring.keys.map((key) => key.kid)).size === ring.keys.length, {
    path: ['keys'],
    message: 'each key id may stand there once',
  })
  .refine((ring) => ring.keys.some((key) => key.kid === ring.current), {
    path: ['current'],
    message: 'no key has this id',
  });

/** The document itself, secrets as they are written. */
export type KeyringFile = z.output<typeof keyringFile>;

/** {@link parseKeyringFile}, ready for use. */
export function parseKeyring(json: string): Keyring {
  const { current, keys } = parseKeyringFile(json);
  return { current, keys: new Map(keys.map((key) => [key.kid, base64url.decode(key.secret)])) };
}

/**
 * Parses `{ "current": kid, "keys": [{ "kid", "secret", "createdAt", "retiredAt"? }] }`.
 *
 * @throws AlmanacError `invalid-input` that names the paths at fault and never a value
 */
export function parseKeyringFile(json: string): KeyringFile {
  const parsed = keyringFile.safeParse(parseJson(json));
  if (parsed.success) return parsed.data;
  const details = parsed.error.issues.map(({ path, message }) => ({ path: path.join('.'), message }));
  const faults = details.map((detail) => `${detail.path || 'the document'}: ${detail.message}`).join('; ');
  throw new AlmanacError('invalid-input', `the keyring of callback tokens is not usable: ${faults}`, { details });
}

function parseJson(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    // The parser's own message quotes the text, which is secret.
    throw new AlmanacError('invalid-input', 'the keyring of callback tokens is not usable: it is not JSON');
  }
}
