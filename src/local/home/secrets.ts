import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { chmod, mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { z } from 'zod';
import { AlmanacError } from '../../domain/errors.js';
import type { HomeLayout } from './layout.js';

/** As the API parses them; entries of one's own may be added by hand. */
const apiKeys = z.array(z.looseObject({ name: z.string(), role: z.string(), sha256: z.string() }));

/** Makes the folder (0700) and the secrets (0600) that are not there yet. What is there is kept. */
export async function ensureSecrets(layout: HomeLayout): Promise<void> {
  for (const folder of [layout.home, layout.logs, layout.mail, layout.s3]) {
    await mkdir(folder, { recursive: true, mode: 0o700 });
  }
  await chmod(layout.home, 0o700);
  const adminKey = await readOrCreate(layout.adminKey, () => `almanac_${randomBytes(32).toString('base64url')}`);
  await readOrCreate(layout.webhookSecret, () => `whsec_${randomBytes(32).toString('base64')}`);
  await readOrCreate(layout.callbackKeys, newKeyring);
  await enterAdminKey(layout.apiKeys, adminKey);
}

/** `{ "current", "keys": [{ "kid", "secret", "createdAt" }] }`, a secret being 32 bytes in base64url. */
function newKeyring(): string {
  const kid = `k-${randomUUID().slice(0, 8)}`;
  const key = { kid, secret: randomBytes(32).toString('base64url'), createdAt: new Date().toISOString() };
  return JSON.stringify({ current: kid, keys: [key] }, null, 2);
}

/** The API knows keys by their hash: `[{ "name", "role", "sha256" }]`. */
async function enterAdminKey(file: string, adminKey: string): Promise<void> {
  const sha256 = createHash('sha256').update(adminKey).digest('hex');
  const text = await readPrivate(file);
  const known = text === undefined ? [] : parseApiKeys(file, text);
  if (known.some((entry) => entry.sha256 === sha256)) return;
  const others = known.filter((entry) => entry.name !== 'admin');
  await writePrivate(file, JSON.stringify([{ name: 'admin', role: 'admin', sha256 }, ...others], null, 2));
}

function parseApiKeys(file: string, text: string): z.output<typeof apiKeys> {
  try {
    return apiKeys.parse(JSON.parse(text));
  } catch (error) {
    const message = `${file} is not a list of { "name", "role", "sha256" }: mend it, or delete it to have a new one made`;
    throw new AlmanacError('invalid-input', message, { cause: error });
  }
}

async function readOrCreate(file: string, create: () => string): Promise<string> {
  const text = await readPrivate(file);
  if (text !== undefined && text !== '') return text;
  const made = create();
  await writePrivate(file, made);
  return made;
}

/** Closes the file to others, in case an editor or a copy opened it. */
async function readPrivate(file: string): Promise<string | undefined> {
  try {
    const text = await readFile(file, 'utf8');
    if (((await stat(file)).mode & 0o077) !== 0) await chmod(file, 0o600);
    return text.trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

async function writePrivate(file: string, text: string): Promise<void> {
  const temporary = `${file}.new`;
  await writeFile(temporary, `${text}\n`, { mode: 0o600 });
  await rename(temporary, file);
}
