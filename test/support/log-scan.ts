import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** A callback token: five segments, the second of them empty. */
const sealedToken = /eyJ[\w-]{10,}\.\.[\w-]+\.[\w-]+\.[\w-]+/;
const bearer = /authorization["']?\s*[:=]\s*["']?bearer\s+\S/i;

/**
 * Looks for secrets in everything under `<home>/logs`: tokens by their shape, the secrets of the home itself, and whatever else may
 * not be there (parts of bodies). Returns a line for each hit, which does not repeat the secret.
 */
export function leaksInLogs(home: string, others: Readonly<Record<string, string>> = {}): string[] {
  const folder = path.join(home, 'logs');
  const secrets = { ...secretsOf(home), ...others };
  const hits: string[] = [];
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = path.join(entry.parentPath, entry.name);
    const lines = readFileSync(file, 'utf8').split('\n');
    lines.forEach((line, index) => {
      const at = `${path.relative(folder, file)}:${index + 1}`;
      if (sealedToken.test(line)) hits.push(`${at} a callback token`);
      if (bearer.test(line)) hits.push(`${at} an Authorization header`);
      for (const [name, secret] of Object.entries(secrets)) if (line.includes(secret)) hits.push(`${at} ${name}`);
    });
  }
  return hits;
}

/** Keys and secrets that a platform made in its home, as far as it came. */
export function secretsOf(home: string): Record<string, string> {
  const read = (name: string) => {
    const file = path.join(home, name);
    return existsSync(file) ? readFileSync(file, 'utf8').trim() : undefined;
  };
  const [key, webhookSecret] = [read('admin.key'), read('webhook-secret')];
  const ring = JSON.parse(read('callback-keys.json') ?? '{"keys":[]}') as { keys: { kid: string; secret: string }[] };
  return {
    ...(key === undefined ? {} : { 'the admin key': key }),
    ...(webhookSecret === undefined ? {} : { 'the webhook secret': webhookSecret.replace(/^whsec_/, '') }),
    ...Object.fromEntries(ring.keys.map(({ kid, secret }) => [`the secret of ${kid}`, secret])),
  };
}
