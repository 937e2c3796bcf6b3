import { readdirSync, readFileSync } from 'node:fs';
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
  for (const file of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    const lines = readFileSync(path.join(folder, file), 'utf8').split('\n');
    lines.forEach((line, index) => {
      const at = `${file}:${index + 1}`;
      if (sealedToken.test(line)) hits.push(`${at} a callback token`);
      if (bearer.test(line)) hits.push(`${at} an Authorization header`);
      for (const [name, secret] of Object.entries(secrets)) if (line.includes(secret)) hits.push(`${at} ${name}`);
    });
  }
  return hits;
}

/** Keys and secrets that the platform made. */
function secretsOf(home: string): Record<string, string> {
  const read = (name: string) => readFileSync(path.join(home, name), 'utf8').trim();
  const ring = JSON.parse(read('callback-keys.json')) as { keys: { kid: string; secret: string }[] };
  return {
    'the admin key': read('admin.key'),
    'the webhook secret': read('webhook-secret').replace(/^whsec_/, ''),
    ...Object.fromEntries(ring.keys.map(({ kid, secret }) => [`the secret of ${kid}`, secret])),
  };
}
