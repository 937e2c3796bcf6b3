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

const keyId = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, 'a key id is 1 to 64 of A-Z, a-z, 0-9, _ and -');
const secret = z
  .string()
  .regex(/^[A-Za-z0-9_-]{43}$/, 'a secret is 32 bytes in base64url (43 characters)')
  .transform((text) => base64url.decode(text));

const keyringFile = z
  .strictObject({
    current: keyId,
    keys: z.array(z.strictObject({ kid: keyId, secret, createdAt: z.iso.datetime() })).min(1),
  })
  .refine((ring) => new Set(ring.keys.map((key) => key.kid)).size === ring.keys.length, {
    path: ['keys'],
    message: 'each key id may stand there once',
  })
  .refine((ring) => ring.keys.some((key) => key.kid === ring.current), {
    path: ['current'],
    message: 'no key has this id',
  });

/**
 * Parses `{ "current": kid, "keys": [{ "kid", "secret", "createdAt" }] }`.
 *
 * @throws AlmanacError `invalid-input` that names the paths at fault and never a value
 */
export function parseKeyring(json: string): Keyring {
  const parsed = keyringFile.safeParse(parseJson(json));
  if (parsed.success) {
    return { current: parsed.data.current, keys: new Map(parsed.data.keys.map((key) => [key.kid, key.secret])) };
  }
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
