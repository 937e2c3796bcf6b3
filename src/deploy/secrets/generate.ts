import { createHash, randomBytes } from 'node:crypto';
import { parseApiKeys } from '../../api/auth/api-keys.js';
import { parseKeyringFile } from '../../domain/callback/keyring.js';

/** The secrets that nobody chooses: how each is made, and what counts as one. */

export const callbackKeyring = {
  generate(): string {
    const kid = `k-${randomBytes(4).toString('hex')}`;
    const key = { kid, secret: randomBytes(32).toString('base64url'), createdAt: new Date().toISOString() };
    return JSON.stringify({ current: kid, keys: [key] });
  },
  isValid: (text: string): boolean => isParsed(parseKeyringFile, text),
};

/** 32 random bytes, as Standard Webhooks writes them; what people bring may be of 24 to 64 bytes. */
export const webhookSecret = {
  generate: (): string => `whsec_${randomBytes(32).toString('base64')}`,
  isValid(text: string): boolean {
    const base64 = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(text)?.[1] ?? '';
    const { length } = Buffer.from(base64, 'base64');
    return length >= 24 && length <= 64;
  },
};

export const adminKey = {
  generate: (): string => `almanac_${randomBytes(32).toString('base64url')}`,
  isValid: (text: string): boolean => /^almanac_[A-Za-z0-9_-]{43}$/.test(text),
};

/** The list by which the API knows its callers, with this one in it. */
export const apiKeys = {
  of: (key: string): string =>
    JSON.stringify([{ name: 'admin', role: 'admin', sha256: createHash('sha256').update(key).digest('hex') }]),
  isValid: (text: string): boolean => isParsed(parseApiKeys, text) && parseApiKeys(text).length > 0,
};

function isParsed(parse: (text: string) => unknown, text: string): boolean {
  try {
    parse(text);
    return true;
  } catch {
    return false;
  }
}
