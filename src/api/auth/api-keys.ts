import { createHash, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { AlmanacError } from '../../domain/errors.js';
import { type Principal, roles } from './principal.js';

const apiKeys = z
  .array(
    z.strictObject({
      name: z.string().min(1).max(100),
      role: z.enum(roles),
      sha256: z
        .string()
        .regex(/^[0-9a-f]{64}$/i, 'the SHA-256 of the key in hexadecimal (64 characters)')
        .transform((hex) => Buffer.from(hex, 'hex')),
    }),
  )
  .refine((keys) => new Set(keys.map(({ name }) => name)).size === keys.length, 'each name may stand there once');

export type ApiKeys = z.output<typeof apiKeys>;

/**
 * The keys as they are now: they may be rotated at any time, so they are asked for at each use.
 * @param credential of a caller: a source that keeps a copy reads again when none of its keys is this one
 */
export type ApiKeySource = (credential?: string) => Promise<ApiKeys>;

/**
 * Parses `[{ "name", "role", "sha256" }]`.
 * @throws AlmanacError invalid-input that names the paths at fault and never a value
 */
export function parseApiKeys(json: string): ApiKeys {
  const parsed = apiKeys.safeParse(parseJson(json));
  if (parsed.success) return parsed.data;
  const details = parsed.error.issues.map((issue) => ({ path: issue.path.join('.'), message: issue.message }));
  const list = details.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`)).join('; ');
  throw new AlmanacError('invalid-input', `the API keys are not usable: ${list}`, { details });
}

/** The holder of a key. Every entry is compared, each in constant time, so that the time tells nothing. */
export function findByKey(keys: ApiKeys, text: string): Principal | undefined {
  const digest = createHash('sha256').update(text).digest();
  let found: Principal | undefined;
  for (const { name, role, sha256 } of keys) {
    if (timingSafeEqual(digest, sha256)) found = { name, role };
  }
  return found;
}

function parseJson(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    throw new AlmanacError('invalid-input', 'the API keys are not JSON: [{ "name", "role", "sha256" }] is wanted');
  }
}
